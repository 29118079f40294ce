//! Finer mistakes than the eight seeded ones: each is planted in a correct Front of a few hand-picked
//! generated calls, and the model must find it, and it alone.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "model/render.rs"]
mod render;

use render::render;
use simulators::aircall::centre::Qualification;
use simulators::aircall::{Centre, GenerateConfig, generate};
use simulators::model::{
    Class, Comments, Expectation, ModelConfig, Piece, compare, compare_sending, expect,
};
use simulators::snapshot::{EntryView, Snapshot};

fn centre() -> Centre {
    generate(&GenerateConfig { seed: 4, calls: 120, contacts: 25, ..GenerateConfig::default() })
}

fn classes(expectation: &Expectation, front: &Snapshot) -> Vec<Class> {
    compare(expectation, front).iter().map(|difference| difference.class).collect()
}

/// The messages of a conversation, to be changed.
fn messages(
    front: &mut Snapshot,
    conversation: usize,
) -> impl Iterator<Item = (&mut String, &mut String, &mut i64)> {
    front.conversations[conversation].entries.iter_mut().filter_map(|entry| match entry {
        EntryView::Message { subject, body, created_at, .. } => Some((subject, body, created_at)),
        EntryView::Comment { .. } => None,
    })
}

/// A conversation whose opener is not certain, and the two subjects that it may have.
fn uncertain(expectation: &Expectation) -> (usize, Vec<String>) {
    let several = |thread: &&simulators::model::ExpectedThread| {
        thread.calls.len() > 2
            && thread.calls.iter().all(|call| call.forms.len() == 1 && call.epoch.is_some())
            && thread.calls[0].forms[0].messages[0].subjects.len() > 1
    };
    let index = expectation.threads.iter().position(|thread| several(&thread)).unwrap();
    (index, expectation.threads[index].calls[0].forms[0].messages[0].subjects.clone())
}

#[test]
fn b05_two_subjects_in_one_open_conversation_are_found_though_each_is_allowed() {
    let config = ModelConfig { overtake_s: 100_000, ..ModelConfig::default() };
    let expectation = expect(&centre(), &[], &config);
    let correct = render(&expectation);
    let (index, subjects) = uncertain(&expectation);
    let mut other = correct.clone();
    for (subject, _, _) in messages(&mut other, index) {
        subject.clone_from(&subjects[1]);
    }
    other.conversations[index].subject.clone_from(&subjects[1]);
    assert_eq!(classes(&expectation, &other), [], "the other opener's subject on all");
    // The whole of the last call agrees with itself, and not with the calls before it.
    let mut mixed = correct;
    let last = expectation.threads[index].calls.last().unwrap();
    let own = format!("Aircall call {}", last.id);
    for (subject, ..) in messages(&mut mixed, index).filter(|(_, body, _)| body.ends_with(&own)) {
        subject.clone_from(&subjects[1]);
    }
    assert_eq!(classes(&expectation, &mixed), [Class::WrongSubject]);
}

#[test]
fn b05_a_duration_with_another_subject_than_its_main_activity_is_found() {
    let config = ModelConfig { overtake_s: 100_000, ..ModelConfig::default() };
    let expectation = expect(&centre(), &[], &config);
    let mut front = render(&expectation);
    let of_uncertain = expectation.threads.iter().position(|thread| {
        let answered = thread.calls.iter().find(|call| call.forms[0].messages.len() > 1);
        answered.is_some_and(|call| {
            call.forms[0].messages[1].piece == Piece::Duration
                && call.forms[0].messages[1].subjects.len() > 1
        })
    });
    let index = of_uncertain.unwrap();
    let allowed = expectation.threads[index].calls.iter().flat_map(|call| &call.forms[0].messages);
    let allowed = allowed.map(|message| message.subjects.clone()).find(|all| all.len() > 1);
    let (subject, ..) =
        messages(&mut front, index).find(|(_, body, _)| body.starts_with("Duration")).unwrap();
    subject.clone_from(&allowed.unwrap()[1]);
    assert_eq!(classes(&expectation, &front), [Class::WrongSubject]);
}

#[test]
fn b35_another_time_is_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let mut front = render(&expectation);
    let (_, _, created_at) = messages(&mut front, 0).last().unwrap();
    *created_at += 1;
    assert_eq!(classes(&expectation, &front), [Class::Order]);
}

#[test]
fn b01_another_name_or_a_handle_of_another_source_is_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let named = |one: &simulators::model::ExpectedThread| !one.handle.starts_with("anonymous:");
    let index = expectation.threads.iter().position(named).unwrap();
    let mut front = render(&expectation);
    front.contacts[index].name = Some("Somebody Else".to_owned());
    assert_eq!(classes(&expectation, &front), [Class::WrongContact]);
    let mut front = render(&expectation);
    front.contacts[index].handles.retain(|(source, _)| source != "phone");
    assert_eq!(classes(&expectation, &front), [Class::WrongContact]);
    let handle = expectation.threads[index].handle.clone();
    let known_contacts = vec![(handle, "Typed By Hand".to_owned())];
    let known = ModelConfig { known_contacts, ..ModelConfig::default() };
    let front = render(&expectation);
    assert_eq!(classes(&expect(&centre(), &[], &known), &front), [Class::WrongContact]);
}

#[test]
fn b12_other_participants_are_found() {
    let members = vec![("Aircall Phone".to_owned(), vec!["B@example.com".to_owned()])];
    let config = ModelConfig { members, ..ModelConfig::default() };
    let expectation = expect(&centre(), &[], &config);
    let mut front = render(&expectation);
    for conversation in &mut front.conversations {
        conversation.participants = vec!["b@example.com".to_owned()];
    }
    assert_eq!(classes(&expectation, &front), []);
    front.conversations[2].participants.push("c@example.com".to_owned());
    assert_eq!(classes(&expectation, &front), [Class::WrongParticipants]);
}

#[test]
fn b03_two_contacts_in_one_conversation_are_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let mut front = render(&expectation);
    let moved = front.conversations.remove(1);
    front.conversations[0].entries.extend(moved.entries);
    let found = classes(&expectation, &front);
    assert!(found.contains(&Class::WrongConversation), "{found:?}");
}

#[test]
fn messages_that_name_no_call_are_found_and_peoples_own_comments_are_left_alone() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let mut front = render(&expectation);
    front.conversations[0].entries.push(EntryView::Comment {
        id: "com_own".to_owned(),
        author: None,
        body: "I called back".to_owned(),
        posted_at: 2.0,
    });
    assert_eq!(classes(&expectation, &front), []);
    let (_, body, _) = messages(&mut front, 0).last().unwrap();
    "Something else".clone_into(body);
    assert_eq!(classes(&expectation, &front), [Class::Lost, Class::Unexpected]);
}

#[test]
fn b10_a_comment_on_a_call_that_nobody_took_is_found() {
    let mut centre = centre();
    let comments =
        centre.calls.iter().find(|call| !call.comments.is_empty()).unwrap().comments.clone();
    let missed = |call: &&mut simulators::aircall::GeneratedCall| {
        call.qualification() == Qualification::Missed
    };
    centre.calls.iter_mut().find(missed).unwrap().comments = comments[..1].to_vec();
    let all = ModelConfig { comments: Comments::All, ..ModelConfig::default() };
    let front = render(&expect(&centre, &[], &all));
    let answered_only = expect(&centre, &[], &ModelConfig::default());
    assert_eq!(classes(&answered_only, &front), [Class::Unexpected]);
}

#[test]
fn b13_half_of_one_form_and_half_of_another_is_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let mut front = render(&expectation);
    let voicemail = |entry: &EntryView| matches!(entry, EntryView::Message { body, .. } if body.starts_with("Voicemail - "));
    let conversations = front.conversations.iter_mut();
    let mut entries = conversations.flat_map(|conversation| &mut conversation.entries);
    let main = entries.find(|entry| voicemail(entry)).unwrap();
    let EntryView::Message { body, .. } = main else { unreachable!("found by its body") };
    // The main activity of a missed call, but with the bare subject of a voicemail.
    *body = body.replace("Voicemail - ", "Missed call - ");
    let found = classes(&expectation, &front);
    assert!(found == [Class::WrongSubject] || found == [Class::WrongText], "{found:?}");
}

/// Everything of an expectation in an order in which it may be sent.
fn sent(expectation: &Expectation) -> Vec<(i64, Piece)> {
    let mut sent = Vec::new();
    for call in expectation.threads.iter().flat_map(|thread| &thread.calls) {
        sent.extend(call.forms[0].messages.iter().map(|message| (call.id, message.piece)));
        sent.extend(call.comments.iter().map(|comment| (call.id, Piece::Comment(comment.id))));
    }
    sent
}

#[test]
fn b35_two_calls_of_a_contact_sent_in_another_order_than_decided_are_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let decided = sent(&expectation);
    assert_eq!(compare_sending(&expectation, &decided, &decided), []);
    let mut repeated = decided.clone();
    repeated.extend(&decided[..10]);
    assert_eq!(compare_sending(&expectation, &repeated, &decided), [], "repeats do not count");
    // Whole contacts may overtake each other.
    let mut contacts = expectation.clone();
    contacts.threads.reverse();
    assert_eq!(compare_sending(&expectation, &sent(&contacts), &decided), []);

    let several = expectation.threads.iter().position(|thread| thread.calls.len() > 1).unwrap();
    let mut swapped = expectation.clone();
    swapped.threads[several].calls.swap(0, 1);
    let found = compare_sending(&expectation, &sent(&swapped), &decided);
    assert!(!found.is_empty() && found.iter().all(|it| it.class == Class::Order), "{found:?}");
    // Decided again later: it may be sent at either place.
    let mut again = decided;
    again.extend(sent(&expectation));
    assert_eq!(compare_sending(&expectation, &sent(&swapped), &again), []);
}

#[test]
fn b35_a_main_activity_sent_late_or_a_newer_comment_sent_first_is_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let right = sent(&expectation);
    let place = right.iter().position(|(_, piece)| *piece == Piece::Duration).unwrap();
    let mut late = right.clone();
    late.swap(place - 1, place);
    // Decided in the same wrong order, so that only the rule itself is broken.
    let found = compare_sending(&expectation, &late, &late);
    assert_eq!(found.iter().map(|it| it.class).collect::<Vec<_>>(), [Class::Order]);

    let is_comment = |it: &(i64, Piece)| matches!(it.1, Piece::Comment(_));
    let pair = right
        .windows(2)
        .position(|pair| pair[0].0 == pair[1].0 && is_comment(&pair[0]) && is_comment(&pair[1]));
    let mut late = right;
    let place = pair.unwrap();
    late.swap(place, place + 1);
    let found = compare_sending(&expectation, &late, &late);
    assert_eq!(found.iter().map(|it| it.class).collect::<Vec<_>>(), [Class::Order]);
}

#[test]
fn b35_what_was_sent_without_a_decision_is_found() {
    let expectation = expect(&centre(), &[], &ModelConfig::default());
    let sent = sent(&expectation);
    let found = compare_sending(&expectation, &sent, &sent[1..]);
    assert_eq!(found.len(), 1, "{found:?}");
}
