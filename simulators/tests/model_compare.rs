//! The independent model finds each of the seeded defects in an otherwise correct Front, and finds
//! nothing in a correct one, whatever the seed.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "model/render.rs"]
mod render;

use proptest::prelude::*;
use render::render;
use simulators::aircall::{Centre, GenerateConfig, generate};
use simulators::model::{
    Class, Comments, Difference, Expectation, Layout, ModelConfig, Piece, compare, expect,
};
use simulators::snapshot::{ConversationView, EntryView, Snapshot};

struct Correct {
    expectation: Expectation,
    front: Snapshot,
}

fn correct() -> Correct {
    let expectation = expect(&generate(&GenerateConfig::default()), &[], &ModelConfig::default());
    let front = render(&expectation);
    assert_eq!(compare(&expectation, &front), []);
    Correct { expectation, front }
}

impl Correct {
    /// The first entry for which `wanted` holds, of a conversation with several calls.
    fn find(&self, wanted: impl Fn(&EntryView) -> bool) -> (usize, usize) {
        let threads = self.expectation.threads.iter().enumerate();
        threads
            .filter(|(_, thread)| thread.calls.len() > 1)
            .find_map(|(index, _)| {
                let entries = &self.front.conversations[index].entries;
                entries.iter().position(&wanted).map(|place| (index, place))
            })
            .unwrap()
    }

    fn differences(&self) -> Vec<Difference> {
        compare(&self.expectation, &self.front)
    }

    fn classes(&self) -> Vec<Class> {
        self.differences().iter().map(|difference| difference.class).collect()
    }
}

fn is_comment(entry: &EntryView) -> bool {
    matches!(entry, EntryView::Comment { .. })
}

fn starts(entry: &EntryView, with: &str) -> bool {
    matches!(entry, EntryView::Message { body, .. } if body.starts_with(with))
}

#[test]
fn defect_1_a_dropped_comment_is_found() {
    let mut front = correct();
    let (conversation, place) = front.find(is_comment);
    front.front.conversations[conversation].entries.remove(place);
    assert_eq!(front.classes(), [Class::Lost]);
    assert!(matches!(front.differences()[0].piece, Some(Piece::Comment(_))));
}

#[test]
fn defect_2_a_wrong_author_is_found() {
    let mut front = correct();
    let (conversation, place) = front.find(|entry| starts(entry, "Inbound answered call"));
    let entry = &mut front.front.conversations[conversation].entries[place];
    let EntryView::Message { author, .. } = entry else { unreachable!("found by its body") };
    *author = Some("somebody.else@example.com".to_owned());
    assert_eq!(front.classes(), [Class::WrongAuthor]);
}

#[test]
fn defect_3_a_stale_subject_is_found() {
    let mut front = correct();
    let (conversation, _) = front.find(|entry| starts(entry, "Duration"));
    let entries = &mut front.front.conversations[conversation].entries;
    let mains = entries.iter_mut().filter_map(|entry| match entry {
        EntryView::Message { body, subject, .. } if !body.starts_with("Duration") => Some(subject),
        _ => None,
    });
    *mains.last().unwrap() = "Missed call - An older line".to_owned();
    assert_eq!(front.classes(), [Class::WrongSubject]);
}

#[test]
fn defect_4_a_wrong_assignee_is_found() {
    let mut front = correct();
    let assigned = front.front.conversations.iter_mut().find(|one| one.assignee.is_some());
    assigned.unwrap().assignee = Some("somebody.else@example.com".to_owned());
    assert_eq!(front.classes(), [Class::WrongAssignee]);
}

#[test]
fn defect_5_a_lost_activity_is_found() {
    for word in ["Duration", "Recording", "Missed call", "Outbound answered call"] {
        let mut front = correct();
        let (conversation, place) = front.find(|entry| starts(entry, word));
        front.front.conversations[conversation].entries.remove(place);
        assert_eq!(front.classes(), [Class::Lost], "{word}");
    }
}

#[test]
fn defect_6_an_activity_that_is_there_twice_is_found() {
    for wanted in [is_comment as fn(&EntryView) -> bool, |entry| starts(entry, "Recording")] {
        let mut front = correct();
        let (conversation, place) = front.find(wanted);
        let entries = &mut front.front.conversations[conversation].entries;
        entries.insert(place, entries[place].clone());
        assert_eq!(front.classes(), [Class::Duplicated]);
    }
}

#[test]
fn defect_7_a_wrong_order_is_found() {
    let mut front = correct();
    let (conversation, place) = front.find(|entry| starts(entry, "Duration"));
    front.front.conversations[conversation].entries.swap(place - 1, place);
    assert_eq!(front.classes(), [Class::Order]);
    let mut front = correct();
    let threads = &front.expectation.threads;
    let call = threads.iter().flat_map(|t| &t.calls).find(|call| call.comments.len() > 1).unwrap();
    let ids = [call.comments[0].id, call.comments[1].id].map(|id| format!("com_{id}"));
    let holds = |entry: &EntryView, wanted: &String| matches!(entry, EntryView::Comment { id, .. } if id == wanted);
    let conversations = &mut front.front.conversations;
    let entries = conversations.iter_mut().map(|one| &mut one.entries);
    let entries = entries.into_iter().find(|all| all.iter().any(|e| holds(e, &ids[0]))).unwrap();
    let places = ids.map(|id| entries.iter().position(|entry| holds(entry, &id)).unwrap());
    entries.swap(places[0], places[1]);
    assert_eq!(front.classes(), [Class::Order]);
}

#[test]
fn defect_8_a_wrong_inbox_is_found() {
    let mut front = correct();
    front.front.conversations[3].inboxes = vec!["Voicemails".to_owned()];
    assert_eq!(front.classes(), [Class::WrongInbox]);
    front.front.conversations[3].inboxes = vec!["Aircall Phone".to_owned(), "Other".to_owned()];
    assert_eq!(front.classes(), [Class::WrongInbox]);
}

#[test]
fn further_defects_are_found() {
    let mut front = correct();
    front.front.conversations[0].status = "archived".to_owned();
    assert_eq!(front.classes(), [Class::WrongStatus]);
    let mut front = correct();
    front.front.contacts.push(front.front.contacts[0].clone());
    assert_eq!(front.classes(), [Class::WrongContact]);
    let mut front = correct();
    let (conversation, place) = front.find(|entry| starts(entry, "Duration"));
    let entry = &mut front.front.conversations[conversation].entries[place];
    let EntryView::Message { body, .. } = entry else { unreachable!("found by its body") };
    *body = body.replace("waited", "wait");
    assert_eq!(front.classes(), [Class::WrongText]);
    let mut front = correct();
    let (conversation, place) = front.find(|entry| starts(entry, "Recording"));
    let entry = front.front.conversations[conversation].entries.remove(place);
    front.front.conversations.push(ConversationView {
        id: "cnv_second".to_owned(),
        entries: vec![entry],
        ..front.front.conversations[conversation].clone()
    });
    assert_eq!(front.classes(), [Class::WrongConversation]);
}

#[test]
fn an_empty_front_has_lost_everything() {
    let front = correct();
    let differences = compare(&front.expectation, &Snapshot::default());
    let calls = front.expectation.threads.iter().flat_map(|thread| &thread.calls).count();
    let mains = differences.iter().filter(|one| one.piece == Some(Piece::Main)).count();
    assert_eq!(mains, calls);
    assert!(differences.iter().all(|difference| difference.class == Class::Lost));
}

#[test]
fn what_a_difference_prints_has_no_number_and_no_text_of_a_person() {
    let mut front = correct();
    for conversation in &mut front.front.conversations {
        conversation.contact_handle = "+33000".to_owned();
        for entry in &mut conversation.entries {
            let (EntryView::Message { body, .. } | EntryView::Comment { body, .. }) = entry;
            *body = format!("wrong\n{body}");
        }
    }
    let differences = front.differences();
    assert!(differences.len() > 300);
    for difference in differences {
        let printed = difference.to_string();
        assert!(!printed.contains('+') && !printed.contains('@'), "{printed}");
        assert!(!printed.contains("Agent 0") && printed.len() < 160, "{printed}");
    }
}

#[test]
fn b14_calls_on_other_lines_are_not_expected_and_are_found_when_there() {
    let centre = generate(&GenerateConfig::default());
    let lines = Some(vec![centre.lines[0].id]);
    let some = expect(&centre, &[], &ModelConfig { lines, ..ModelConfig::default() });
    let ids: Vec<i64> = some.threads.iter().flat_map(|t| &t.calls).map(|call| call.id).collect();
    let on_line = |centre: &Centre, id: i64| {
        let call = centre.calls.iter().find(|call| call.id == id).unwrap();
        call.line.id == centre.lines[0].id
    };
    assert!(!ids.is_empty() && ids.iter().all(|id| on_line(&centre, *id)));
    let all = render(&expect(&centre, &[], &ModelConfig::default()));
    assert!(compare(&some, &all).iter().any(|one| one.class == Class::Unexpected));
}

fn config() -> impl Strategy<Value = ModelConfig> {
    (any::<bool>(), any::<bool>(), any::<bool>(), 0_i64..2_000, any::<bool>()).prop_map(
        |(compact, all, late_media, overtake_s, fallback)| ModelConfig {
            layout: if compact { Layout::Compact } else { Layout::Separate },
            comments: if all { Comments::All } else { Comments::Answered },
            late_media,
            overtake_s,
            fallback_author: fallback.then(|| "Fallback@Example.com".to_owned()),
            ..ModelConfig::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_rendering_of_any_centre_compares_clean(
        seed in any::<u64>(), calls in 1_usize..120, contacts in 1_usize..40, config in config(),
    ) {
        let centre = generate(&GenerateConfig { seed, calls, contacts, ..Default::default() });
        let expectation = expect(&centre, &[], &config);
        let front = render(&expectation);
        prop_assert_eq!(compare(&expectation, &front), []);
        prop_assert_eq!(expect(&centre, &[], &config), expectation);
    }

    #[test]
    fn no_entry_can_be_removed_or_repeated_unnoticed(
        seed in any::<u64>(), pick in any::<prop::sample::Index>(), config in config(),
    ) {
        let centre = generate(&GenerateConfig { seed, calls: 30, contacts: 8, ..Default::default() });
        let expectation = expect(&centre, &[], &config);
        let front = render(&expectation);
        let places: Vec<(usize, usize)> = front.conversations.iter().enumerate()
            .flat_map(|(index, one)| (0..one.entries.len()).map(move |place| (index, place)))
            .collect();
        let (index, place) = places[pick.index(places.len())];
        let mut less = front.clone();
        less.conversations[index].entries.remove(place);
        prop_assert!(!compare(&expectation, &less).is_empty());
        let mut more = front;
        let again = more.conversations[index].entries[place].clone();
        more.conversations[index].entries.push(again);
        let classes: Vec<Class> = compare(&expectation, &more).iter().map(|d| d.class).collect();
        prop_assert!(classes.contains(&Class::Duplicated));
    }
}
