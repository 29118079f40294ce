//! The budget against tables.

mod against_front;
mod headers;

use super::*;

const READ: Ask<'_> = Ask { resource: None, search: false, urgent: false };
const LIMITS: Limits = Limits { requests_per_minute: 60.0, share: 1.0, per_resource_per_s: 5 };

fn taught(remaining: f64, reset_ms: i64) -> Taught {
    Taught {
        limit: Some(60.0),
        remaining: Some(remaining),
        reset_ms: Some(reset_ms),
        ..Taught::default()
    }
}

/// A budget that one answer has taught `remaining` until `reset_ms`.
fn after_one_answer(limits: Limits, remaining: f64, reset_ms: i64) -> Budget {
    let mut budget = Budget::new(limits, 0);
    let ticket = budget.sent(1_000, READ);
    budget.ended(1_000, ticket, None);
    budget.learn(1_000, ticket, &taught(remaining, reset_ms));
    budget
}

/// Sends as long as the budget says go, a thousand requests at most.
fn send_all(budget: &mut Budget, now: i64, ask: Ask<'_>) -> Vec<Ticket> {
    let go =
        |budget: &mut Budget| (budget.ask(now, ask) == Decision::Go).then(|| budget.sent(now, ask));
    std::iter::from_fn(|| go(budget)).take(1_000).collect()
}

#[test]
fn it_starts_empty_and_the_first_answer_teaches_it() {
    let mut budget = Budget::new(LIMITS, 0);
    assert_eq!(budget.ask(0, READ), Decision::Wait { ms: 1_000, why: Why::Learning });
    assert_eq!(budget.ask(1_000, READ), Decision::Go);
    let ticket = budget.sent(1_000, READ);
    assert_eq!(budget.ask(1_001, READ), Decision::Wait { ms: 999, why: Why::Learning });
    budget.learn(1_100, ticket, &taught(59.0, 61_000));
    assert_eq!(budget.ask(1_101, READ), Decision::Go);
}

#[test]
fn what_others_used_shows_in_remaining_and_waits_for_the_reset() {
    let mut budget = after_one_answer(LIMITS, 2.0, 31_000);
    for _ in 0..2 {
        assert_eq!(budget.ask(2_000, READ), Decision::Go);
        budget.sent(2_000, READ);
    }
    assert_eq!(budget.ask(2_000, READ), Decision::Wait { ms: 29_000, why: Why::Company });
    assert_eq!(budget.ask(31_000, READ), Decision::Go, "one request that teaches");
    budget.sent(31_000, READ);
    assert!(matches!(budget.ask(31_001, READ), Decision::Wait { why: Why::Learning, .. }));
}

#[test]
fn a_429_closes_its_resource_when_something_remains_and_everything_when_not() {
    let inbox = Resource("inboxes/inb_1".into());
    let other = Resource("inboxes/inb_2".into());
    for (remaining, same, another) in [
        (10.0, Some((7_000, Why::RetryAfter)), None),
        (0.0, Some((7_000, Why::RetryAfter)), Some((7_000, Why::RetryAfter))),
    ] {
        let mut budget = after_one_answer(LIMITS, 20.0, 61_000);
        let ticket = budget.sent(2_000, Ask { resource: Some(&inbox), ..READ });
        let headers = Taught { retry_after_ms: Some(7_000), ..taught(remaining, 61_000) };
        budget.ended(2_000, ticket, Some(&inbox));
        budget.learn(2_000, ticket, &headers);
        budget.refused(2_000, &headers, Some(&inbox));
        for (resource, wait) in [(&inbox, same), (&other, another)] {
            let expected = wait.map_or(Decision::Go, |(ms, why)| Decision::Wait { ms, why });
            assert_eq!(budget.ask(2_000, Ask { resource: Some(resource), ..READ }), expected);
        }
    }
}

#[test]
fn a_resource_takes_five_writes_per_second_and_others_do_not_notice() {
    let mut budget = after_one_answer(LIMITS, 59.0, 61_000);
    let inbox = Resource("inboxes/inb_1".into());
    let write = Ask { resource: Some(&inbox), ..READ };
    for _ in 0..5 {
        assert_eq!(budget.ask(2_000, write), Decision::Go);
        let ticket = budget.sent(2_000, write);
        budget.ended(2_000, ticket, Some(&inbox));
    }
    assert_eq!(budget.ask(2_000, write), Decision::Wait { ms: 1_010, why: Why::Resource });
    assert_eq!(budget.ask(2_000, READ), Decision::Go);
}

#[test]
fn only_urgent_requests_use_the_burst_bucket() {
    let mut budget = Budget::new(LIMITS, 0);
    let ticket = budget.sent(1_000, READ);
    let headers =
        Taught { burst_limit: Some(30.0), burst_remaining: Some(2.0), ..taught(0.0, 61_000) };
    budget.ended(1_000, ticket, None);
    budget.learn(1_000, ticket, &headers);
    let urgent = Ask { urgent: true, ..READ };
    assert_eq!(budget.ask(2_000, READ), Decision::Wait { ms: 59_000, why: Why::Company });
    for _ in 0..2 {
        assert_eq!(budget.ask(2_000, urgent), Decision::Go);
        budget.sent(2_000, urgent);
    }
    assert_eq!(budget.ask(2_000, urgent), Decision::Wait { ms: 59_000, why: Why::Company });
}

#[test]
fn searches_have_their_own_share() {
    let mut budget = after_one_answer(LIMITS, 59.0, 61_000);
    let search = Ask { search: true, ..READ };
    for _ in 0..24 {
        assert_eq!(budget.ask(2_000, search), Decision::Go);
        budget.sent(2_000, search);
    }
    assert!(matches!(budget.ask(2_000, search), Decision::Wait { why: Why::Search, .. }));
    assert_eq!(budget.ask(2_000, READ), Decision::Go);
}

#[test]
fn a_share_leaves_the_rest_to_others() {
    let mut budget = after_one_answer(Limits { share: 0.5, ..LIMITS }, 59.0, 61_000);
    assert_eq!(send_all(&mut budget, 2_000, READ).len(), 29);
}

#[test]
fn a_429_is_believed_between_one_second_and_five_minutes_and_the_longest_counts() {
    for (retry_after_ms, closed_ms) in [
        (None, 1_000),
        (Some(0), 1_000),
        (Some(7_000), 7_000),
        (Some(300_000), 300_000),
        (Some(86_400_000), 300_000),
    ] {
        let mut budget = after_one_answer(LIMITS, 20.0, 1_000_000);
        budget.refused(2_000, &Taught { retry_after_ms, ..Taught::default() }, None);
        budget.refused(2_000, &Taught::default(), None);
        let wait = |ms| Decision::Wait { ms, why: Why::RetryAfter };
        assert_eq!(budget.ask(2_000, READ), wait(closed_ms));
        assert_eq!(budget.ask(1_999 + closed_ms, READ), wait(1));
        assert_eq!(budget.available(1_999 + closed_ms), 0.0);
        assert_ne!(budget.available(2_000 + closed_ms), 0.0);
        assert!(matches!(
            budget.ask(2_000 + closed_ms, READ),
            Decision::Go | Decision::Wait { why: Why::Company | Why::Learning, .. }
        ));
    }
}

#[test]
fn a_resource_that_was_refused_opens_when_front_said_so() {
    let inbox = Resource("inboxes/inb_1".into());
    let write = Ask { resource: Some(&inbox), ..READ };
    let mut budget = after_one_answer(LIMITS, 20.0, 61_000);
    let headers = |ms| Taught { retry_after_ms: Some(ms), ..taught(1.0, 61_000) };
    budget.refused(2_000, &headers(7_000), Some(&inbox));
    budget.refused(2_000, &headers(3_000), Some(&inbox));
    assert_eq!(budget.ask(8_999, write), Decision::Wait { ms: 1, why: Why::RetryAfter });
    assert_eq!(budget.ask(9_000, write), Decision::Go);
    assert_eq!(budget.ask(2_000, READ), Decision::Go, "reads have no resource");
    budget.refused(9_000, &headers(7_000), None);
    assert_ne!(budget.ask(9_000, READ), Decision::Go, "without a resource it is about everything");
}

#[test]
fn what_was_sent_counts_a_little_longer_than_a_minute_after_its_answer_and_what_is_out_always() {
    let limits = Limits { requests_per_minute: 3.0, ..LIMITS };
    let mut budget = after_one_answer(limits, 50.0, 500_000);
    budget.learn(
        1_000,
        Ticket { number: 0, burst: false, search: false },
        &Taught { limit: Some(3.0), ..taught(50.0, 500_000) },
    );
    let second = budget.sent(2_000, READ);
    let third = budget.sent(3_000, READ);
    assert_eq!(budget.available(3_000), 0.0);
    budget.ended(4_000, second, None);
    assert_eq!(budget.ask(3_000, READ), Decision::Wait { ms: 58_050, why: Why::Company });
    assert_eq!(budget.ask(61_049, READ), Decision::Wait { ms: 1, why: Why::Company });
    assert_eq!(budget.ask(61_050, READ), Decision::Go);
    assert_eq!((budget.available(61_050), budget.available(64_050)), (1.0, 2.0));
    budget.ended(70_000, third, None);
    assert_eq!((budget.available(130_049), budget.available(130_050)), (2.0, 3.0));
}

#[test]
fn while_something_remains_only_our_own_minute_is_waited_for() {
    let mut budget = after_one_answer(LIMITS, 1.0, 500_000);
    budget.limit = 1.0;
    assert_eq!(budget.ask(2_000, READ), Decision::Wait { ms: 59_050, why: Why::Company });
}

#[test]
fn what_could_go_at_once_is_the_least_of_our_share_and_what_remains() {
    for (share, remaining, available) in [
        (1.0, 59.0, 59.0),
        (1.0, 40.0, 40.0),
        (0.5, 59.0, 29.0),
        (0.5, 10.0, 10.0),
        (1.0, -3.0, 0.0),
    ] {
        let budget = after_one_answer(Limits { share, ..LIMITS }, remaining, 31_000);
        assert_eq!(budget.available(2_000), available, "{share} of 60, {remaining} remain");
        let ours = share * 60.0;
        assert_eq!(budget.per_minute(), ours);
        assert_eq!(budget.available(30_999), available);
        assert_eq!(budget.available(31_000), ours - 1.0, "what remained is out of date");
    }
}

#[test]
fn the_burst_bucket_is_ours_by_our_share_and_refills_in_ten_minutes() {
    let urgent = Ask { urgent: true, ..READ };
    for (share, burst_limit, burst_remaining, most) in
        [(1.0, 4.0, 3.0, 3), (0.5, 4.0, 4.0, 2), (1.0, 2.0, 9.0, 2), (1.0, 4.0, 0.0, 0)]
    {
        let mut budget = after_one_answer(Limits { share, ..LIMITS }, 0.0, 900_000);
        let first = Ticket { number: 0, burst: false, search: false };
        let headers = Taught {
            burst_limit: Some(burst_limit),
            burst_remaining: Some(burst_remaining),
            ..taught(0.0, 900_000)
        };
        budget.learn(1_000, first, &headers);
        let sent = send_all(&mut budget, 2_000, urgent);
        assert_eq!(sent.len(), most, "{burst_remaining} of {burst_limit}");
        for ticket in sent {
            budget.ended(3_000, ticket, None);
        }
        assert_eq!(budget.minute.used(2_000), 1, "they do not count in the minute");
        assert_eq!(budget.burst.used(603_499), most);
        assert_eq!(budget.burst.used(603_500), 0);
    }
}

#[test]
fn an_urgent_request_leaves_the_burst_bucket_alone_while_the_minute_has_room() {
    let mut budget = after_one_answer(LIMITS, 1.0, 61_000);
    let urgent = Ask { urgent: true, ..READ };
    budget.sent(2_000, urgent);
    assert_eq!((budget.minute.used(2_000), budget.burst.used(2_000)), (2, 0));
    budget.sent(2_000, READ);
    assert_eq!((budget.minute.used(2_000), budget.burst.used(2_000)), (3, 0), "nor do others");
    budget.sent(2_000, urgent);
    assert_eq!((budget.minute.used(2_000), budget.burst.used(2_000)), (3, 1));
}

#[test]
fn searches_have_two_fifths_of_our_share_of_the_minute() {
    let mut budget = after_one_answer(Limits { share: 0.5, ..LIMITS }, 59.0, 61_000);
    let search = Ask { search: true, ..READ };
    let tickets = send_all(&mut budget, 2_000, search);
    assert_eq!(tickets.len(), 12);
    for ticket in tickets {
        budget.ended(3_000, ticket, None);
    }
    assert_eq!(budget.ask(3_000, search), Decision::Wait { ms: 60_050, why: Why::Search });
    assert_eq!(budget.search.used(63_050), 0);
    let other = budget.sent(63_050, READ);
    budget.ended(63_050, other, None);
    assert_eq!(budget.search.used(63_050), 0, "what is no search counts as none");
}

#[test]
fn of_two_answers_the_one_to_the_newer_request_counts_and_what_went_out_after_it() {
    let mut budget = after_one_answer(LIMITS, 59.0, 61_000);
    let older = budget.sent(2_000, READ);
    let newer = budget.sent(2_000, READ);
    budget.sent(2_000, READ);
    budget.learn(3_000, newer, &taught(7.0, 61_000));
    budget.learn(3_000, older, &taught(30.0, 61_000));
    assert_eq!(budget.available(3_000), 6.0);
}

#[test]
fn nonsense_in_the_headers_teaches_nothing_and_a_far_reset_is_two_minutes_off() {
    let first = Ticket { number: 0, burst: false, search: false };
    let mut budget = after_one_answer(LIMITS, 59.0, 61_000);
    for limit in [0.9, 0.0, -5.0] {
        budget.learn(2_000, first, &Taught { limit: Some(limit), ..Taught::default() });
        assert_eq!(budget.per_minute(), 60.0);
    }
    for (told, learned) in [(3.0, 3.0), (-1.0, 3.0), (0.0, 0.0)] {
        budget.learn(2_000, first, &Taught { burst_limit: Some(told), ..Taught::default() });
        assert_eq!(budget.burst_limit, learned);
    }
    budget.learn(2_000, first, &Taught { limit: Some(1.0), ..Taught::default() });
    assert_eq!(budget.per_minute(), 1.0);
    for (reset_ms, until) in [(None, 62_050), (Some(50_000), 50_000), (Some(9_999_999), 122_100)] {
        budget.learn(2_000, first, &Taught { remaining: Some(5.0), reset_ms, ..Taught::default() });
        assert_eq!(budget.report.map(|report| report.reset_ms), Some(until));
    }
}

#[test]
fn a_front_without_such_headers_is_used_by_the_configured_limit() {
    let mut budget = Budget::new(LIMITS, 0);
    let ticket = budget.sent(1_000, READ);
    budget.ended(1_000, ticket, None);
    budget.learn(1_000, ticket, &Taught::default());
    assert_eq!(send_all(&mut budget, 1_000, READ).len(), 59);
    let mut taught_before = after_one_answer(LIMITS, 5.0, 61_000);
    taught_before.learn(2_000, ticket, &Taught::default());
    assert!(!taught_before.answers_without_limits);
    assert_eq!(taught_before.available(2_000), 5.0, "one answer without them changes nothing");
}

#[test]
fn a_new_process_waits_as_long_as_one_request_of_its_share_takes() {
    for (requests_per_minute, share, pace_ms) in
        [(60.0, 1.0, 1_000), (60.0, 0.5, 2_000), (120.0, 1.0, 500), (0.0, 1.0, 600_000)]
    {
        let budget = Budget::new(Limits { requests_per_minute, share, ..LIMITS }, 50);
        let wait = Decision::Wait { ms: pace_ms, why: Why::Learning };
        assert_eq!(budget.ask(50, READ), wait, "{share} of {requests_per_minute}");
    }
}

#[test]
fn after_the_reset_one_request_teaches_and_is_waited_for_two_seconds() {
    let mut budget = after_one_answer(LIMITS, 0.0, 31_000);
    assert_eq!(budget.ask(30_999, READ), Decision::Wait { ms: 1, why: Why::Company });
    assert_eq!(budget.ask(31_000, READ), Decision::Go);
    let ticket = budget.sent(31_000, READ);
    let polls = Decision::Wait { ms: 25, why: Why::Learning };
    assert_eq!((budget.ask(31_000, READ), budget.ask(32_999, READ)), (polls, polls));
    assert_eq!(budget.ask(33_000, READ), Decision::Go, "its answer does not come");
    budget.learn(32_000, ticket, &taught(50.0, 91_000));
    assert_eq!(budget.ask(32_000, READ), Decision::Go);
}

#[test]
fn resources_that_nothing_waits_for_take_no_room() {
    let mut budget = after_one_answer(LIMITS, 59.0, 61_000);
    let named = |name: &str| Resource(format!("conversations/{name}"));
    let (closed, under_way) = (named("closed"), named("under way"));
    budget.resource(2_000, &closed).closed_until = 9_000;
    budget.resource(2_000, &under_way).window.begin();
    for index in 2..4_096 {
        budget.resource(2_000, &named(&index.to_string()));
    }
    assert_eq!(budget.resources.len(), 4_096);
    budget.resource(8_999, &named("last"));
    assert_eq!(budget.resources.len(), 3);
    assert!(budget.resources.contains_key(&closed) && budget.resources.contains_key(&under_way));
    for index in 3..4_096 {
        budget.resource(8_999, &named(&index.to_string()));
    }
    budget.resource(9_000, &named("last again"));
    assert!(!budget.resources.contains_key(&closed), "it is open by now");
}
