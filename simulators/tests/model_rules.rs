//! The model against hand-made calls and acts: rule by rule what a conversation must show.

#[path = "model/calls.rs"]
mod calls;

use calls::{NOON, act, agent, answered, exact, messages, missed, thread, voicemail};
use simulators::aircall::centre::{CallComment, Customer};
use simulators::model::{Act, Comments, ExpectedThread, ModelConfig, PersonAct};

fn subjects(thread: &ExpectedThread) -> Vec<String> {
    messages(thread).iter().map(|message| message.subjects.join(" | ")).collect()
}

#[test]
fn b02_an_anonymous_caller_has_a_conversation_per_line() {
    let mut call = missed(7, 0);
    call.customer = Customer::Anonymous;
    let thread = thread(&[call], &[], &exact());
    assert_eq!(thread.handle, "anonymous:501");
    assert_eq!(messages(&thread)[0].lines[2].texts, ["Customer: anonymous"]);
}

#[test]
fn b05_the_subject_sticks_until_an_archive() {
    let calls = [missed(1, 0), answered(2, 100), answered(3, 1_000)];
    let open = subjects(&thread(&calls, &[], &exact()));
    assert!(open.iter().all(|subject| subject == "Missed call - Support [FR]"), "{open:?}");
    let archived = subjects(&thread(&calls, &[act(500, Act::Archive)], &exact()));
    assert_eq!(archived[0], "Missed call - Support [FR]");
    // The duration of a call before the archive may have come after it.
    assert_eq!(archived[1], "Missed call - Support [FR]");
    assert_eq!(archived[4], "Inbound answered call - Support [FR]");
    assert_eq!(archived[5], "Inbound answered call - Support [FR]");
}

#[test]
fn b05_after_an_archive_that_a_person_undid_both_subjects_are_allowed() {
    let calls = [missed(1, 0), answered(2, 1_000)];
    let acts = [act(500, Act::Archive), act(600, Act::Reopen)];
    let undone = subjects(&thread(&calls, &acts, &exact()));
    let both = "Missed call - Support [FR] | Inbound answered call - Support [FR]";
    assert_eq!(undone[1], both);
    let again = [act(500, Act::Archive), act(600, Act::Reopen), act(700, Act::Archive)];
    let subjects = subjects(&thread(&calls, &again, &exact()));
    assert_eq!(subjects[1], "Inbound answered call - Support [FR]");
}

#[test]
fn b05_voicemails_are_bare_and_what_follows_one_is_not() {
    let calls = [voicemail(1, 0), missed(2, 200), voicemail(3, 400)];
    let subjects = subjects(&thread(&calls, &[], &exact()));
    let expected = ["Voicemail", "Voicemail", "Voicemail - Support [FR]", "Voicemail", "Voicemail"];
    assert_eq!(subjects, expected);
}

#[test]
fn b05_calls_that_may_have_overtaken_each_other_allow_either_subject() {
    let config = ModelConfig { overtake_s: 300, ..exact() };
    let near = subjects(&thread(&[missed(1, 0), answered(2, 10)], &[], &config));
    let either = "Missed call - Support [FR] | Inbound answered call - Support [FR]";
    assert_eq!(near[0], either);
    let far = subjects(&thread(&[missed(1, 0), answered(2, 900)], &[], &config));
    assert_eq!(far[0], "Missed call - Support [FR]");
    let mut hasty = act(100, Act::Archive);
    hasty.settled = false;
    let calls = [missed(1, 0), missed(2, 2_000)];
    let thread = thread(&calls, &[hasty], &config);
    assert_eq!(thread.calls[0].epoch, None);
    assert_eq!(thread.calls[1].epoch, Some(1));
}

#[test]
fn b04_people_decide_about_inbox_and_status_until_the_next_call() {
    let calls = [missed(1, 0), missed(2, 1_000)];
    let moved = act(100, Act::Move("Claims".to_owned()));
    assert_eq!(thread(&calls, &[moved], &exact()).inboxes, ["Claims"]);
    let status = |acts: &[PersonAct]| thread(&calls, acts, &exact()).archived;
    assert_eq!(status(&[act(100, Act::Archive)]), [false]);
    assert_eq!(status(&[act(2_000, Act::Archive)]), [true]);
    assert_eq!(status(&[act(2_000, Act::Archive), act(2_100, Act::Reopen)]), [false]);
    let hasty = PersonAct { settled: false, ..act(1_100, Act::Archive) };
    let config = ModelConfig { overtake_s: 300, ..exact() };
    assert_eq!(thread(&calls, std::slice::from_ref(&hasty), &config).archived, [true, false]);
    let later = PersonAct { at: NOON + 1_400, ..hasty };
    assert_eq!(thread(&calls, &[later], &config).archived, [true]);
}

#[test]
fn b04_b05_the_company_rules_bring_voicemails_to_their_inbox_and_back() {
    let config = ModelConfig { company_rules: true, ..exact() };
    let calls = [missed(1, 0), voicemail(2, 100)];
    let inboxes = |acts: &[PersonAct]| thread(&calls, acts, &config).inboxes;
    assert_eq!(inboxes(&[]), ["Voicemails"]);
    assert_eq!(inboxes(&[act(500, Act::Archive)]), ["Aircall Phone"]);
    assert_eq!(inboxes(&[act(500, Act::Move("Claims".to_owned()))]), ["Claims"]);
    let early = act(50, Act::Move("Claims".to_owned()));
    assert_eq!(inboxes(std::slice::from_ref(&early)), ["Voicemails"]);
    assert_eq!(thread(&calls, &[early], &exact()).inboxes, ["Claims"]);
}

#[test]
fn b10_the_company_rules_tag_by_a_word_until_the_archive() {
    let config = ModelConfig { company_rules: true, ..exact() };
    let mut call = answered(1, 0);
    let text = "Please Test".to_owned();
    call.comments = vec![CallComment { id: 3, text, by: Some(agent(1)), at: NOON + 230 }];
    let tags = |acts: &[PersonAct]| thread(&[call.clone()], acts, &config).tags;
    assert_eq!(tags(&[]), Some(vec!["Test".to_owned()]));
    assert_eq!(tags(&[act(500, Act::Archive)]), Some(Vec::new()));
    assert_eq!(thread(&[call.clone(), voicemail(2, 900)], &[], &config).tags, None);
}

#[test]
fn b05_times_of_logging_narrow_who_can_have_opened_the_conversation() {
    let calls = [missed(1, 0), answered(2, 10), answered(3, 400)];
    let logged_between = [(1, (900, 2_900)), (2, (100, 1_000)), (3, (1_100, 3_000))].into();
    let config = ModelConfig { overtake_s: 10_000, logged_between, ..exact() };
    let either = "Missed call - Support [FR] | Inbound answered call - Support [FR]";
    assert_eq!(subjects(&thread(&calls, &[], &config))[0], either);
    let logged_between = [(1, (1_001, 2_900)), (2, (100, 1_000)), (3, (1_100, 3_000))].into();
    let config = ModelConfig { logged_between, ..config };
    let only = "Inbound answered call - Support [FR]";
    assert_eq!(subjects(&thread(&calls, &[], &config))[0], only);
}

#[test]
fn b12_the_agent_who_took_the_last_call_is_assigned_unless_a_person_assigned_later() {
    let someone = |number: i64| Some(format!("agent.{number}@example.com"));
    let mut second = answered(2, 1_000);
    second.first_agent = Some(agent(2));
    let calls = [answered(1, 0), second, missed(3, 3_000)];
    let assignees = |acts: &[PersonAct]| thread(&calls, acts, &exact()).assignees;
    assert_eq!(assignees(&[]), [someone(2)]);
    assert_eq!(assignees(&[act(500, Act::Assign(someone(3)))]), [someone(2)]);
    assert_eq!(assignees(&[act(2_500, Act::Assign(someone(3)))]), [someone(3)]);
    assert_eq!(assignees(&[act(2_500, Act::Assign(None))]), [None]);
    // In the same second as the end of the call the person wins; the answer was earlier anyway.
    assert_eq!(assignees(&[act(1_217, Act::Assign(someone(3)))]), [someone(3)]);
    // Between answer and end both readings of "when" are allowed.
    assert_eq!(assignees(&[act(1_100, Act::Assign(someone(3)))]), [someone(2), someone(3)]);
    let missed_only = thread(&[missed(3, 0)], &[], &exact());
    assert_eq!(missed_only.assignees, [None]);
}

#[test]
fn b12_an_agent_without_a_teammate_leaves_the_assignment_as_it_was_or_empty() {
    let mut second = answered(2, 1_000);
    second.first_agent = Some(agent(11));
    let thread = thread(&[answered(1, 0), second], &[], &exact());
    assert_eq!(thread.assignees, [Some("agent.1@example.com".to_owned()), None]);
}

#[test]
fn b10_comments_of_calls_that_nobody_took_are_shown_only_when_wanted() {
    let mut call = missed(1, 0);
    call.comments =
        vec![CallComment { id: 3, text: "x".to_owned(), by: Some(agent(1)), at: NOON + 30 }];
    assert!(thread(&[call.clone()], &[], &exact()).calls[0].comments.is_empty());
    let all = ModelConfig { comments: Comments::All, ..exact() };
    assert_eq!(thread(&[call], &[], &all).calls[0].comments.len(), 1);
}

#[test]
fn b13_a_voicemail_that_may_have_come_late_has_two_forms() {
    let config = ModelConfig { late_media: true, ..exact() };
    let thread = thread(&[voicemail(1, 0)], &[], &config);
    let first_lines: Vec<Vec<&str>> = thread.calls[0]
        .forms
        .iter()
        .map(|form| form.messages.iter().map(|m| m.lines[0].texts[0].as_str()).collect())
        .collect();
    let link = "Voicemail: https://assets.aircall.io/calls/1/voicemail";
    let expected = [[r"Voicemail - Support \[FR\]", link], [r"Missed call - Support \[FR\]", link]];
    assert_eq!(first_lines, expected);
}

#[test]
fn b11_the_fallback_author_stands_in_for_agents_without_a_teammate() {
    let mut call = answered(1, 0);
    call.first_agent = Some(agent(11));
    let config = ModelConfig { fallback_author: Some("Lead@Example.com".to_owned()), ..exact() };
    let thread = thread(&[call], &[], &config);
    assert_eq!(messages(&thread)[0].authors, [Some("lead@example.com".to_owned())]);
    assert_eq!(messages(&thread)[0].lines[3].texts, ["Agent: Agent 11"]);
}
