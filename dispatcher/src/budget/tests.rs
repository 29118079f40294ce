//! The budget against tables, and against a model of Front that counts for itself.

use super::*;
use proptest::prelude::*;

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
    let mut sent = 1;
    while budget.ask(2_000, READ) == Decision::Go {
        budget.sent(2_000, READ);
        sent += 1;
    }
    assert_eq!(sent, 30);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn b32_no_header_lifts_the_budget_without_limit(
        configured in 1.0f64..10_000.0,
        share in 0.01f64..=1.0,
        headers in prop::collection::vec(prop::option::of(any::<f64>()), 4..40),
        urgent: bool,
    ) {
        let limits = Limits { requests_per_minute: configured, share, per_resource_per_s: 5 };
        let most = configured.max(6_000.0);
        let mut budget = Budget::new(limits, 0);
        let ask = Ask { urgent, ..READ };
        let mut sent = 0u32;
        let mut now = 120_000;
        for four in headers.chunks(4) {
            let at = |place: usize| four.get(place).copied().flatten().filter(|it| it.is_finite());
            let ticket = budget.sent(now, ask);
            budget.ended(now, ticket, None);
            let taught = Taught {
                limit: at(0),
                burst_limit: at(1),
                remaining: at(2).map(f64::abs),
                burst_remaining: at(3).map(f64::abs),
                reset_ms: Some(now + 60_000),
                retry_after_ms: None,
            };
            budget.learn(now, ticket, &taught);
            sent += 1;
            prop_assert!(budget.per_minute() <= most * share, "{}", budget.per_minute());
            prop_assert!(budget.available(now) <= most * share);
            now += 1;
        }
        while budget.ask(now, ask) == Decision::Go && f64::from(sent) <= 3.0 * most {
            let ticket = budget.sent(now, ask);
            budget.ended(now, ticket, None);
            sent += 1;
        }
        let allowed = 2.0 * most * share + headers.len() as f64 + 2.0;
        prop_assert!(f64::from(sent) <= allowed, "{sent} at once of {allowed}");
    }
}

/// Front's own count, by fixed minutes or by moving ones.
struct Front {
    fixed: bool,
    limit: usize,
    seen: Vec<i64>,
    minute_from: i64,
}

impl Front {
    /// The headers of an answer, or none for 429.
    fn take(&mut self, now: i64) -> Option<Taught> {
        if self.fixed && now >= self.minute_from + 60_000 {
            (self.minute_from, self.seen) = (now, Vec::new());
        }
        if !self.fixed {
            self.seen.retain(|at| at + 60_000 > now);
        }
        if self.seen.len() >= self.limit {
            return None;
        }
        self.seen.push(now);
        let from = if self.fixed { self.minute_from } else { self.seen[0] };
        Some(Taught {
            limit: Some(self.limit as f64),
            remaining: Some((self.limit - self.seen.len()) as f64),
            reset_ms: Some(from + 60_000),
            ..Taught::default()
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_full_queue_uses_98_percent_of_the_limit_and_meets_no_429(
        fixed: bool, limit in 50usize..300, latencies in prop::collection::vec(5i64..400, 16)
    ) {
        let limits = Limits { requests_per_minute: 50.0, share: 1.0, per_resource_per_s: 5 };
        let mut budget = Budget::new(limits, 0);
        let mut front = Front { fixed, limit, seen: Vec::new(), minute_from: i64::MIN / 2 };
        let (mut now, mut count, mut under_way) = (0, 0, Vec::new());
        let minutes = 20;
        while now < minutes * 60_000 {
            under_way.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
            while under_way.last().is_some_and(|(at, _, _)| *at <= now) {
                let (_, ticket, headers) = under_way.pop().unwrap();
                budget.ended(now, ticket, None);
                budget.learn(now, ticket, &headers);
            }
            match budget.ask(now, READ) {
                Decision::Go => {
                    let ticket = budget.sent(now, READ);
                    let latency = latencies[count % latencies.len()];
                    let headers = front.take(now + latency / 4);
                    prop_assert!(headers.is_some(), "429 at {now} after {count}");
                    under_way.push((now + latency, ticket, headers.unwrap()));
                    count += 1;
                }
                Decision::Wait { ms, .. } => {
                    let answer = under_way.iter().map(|(at, _, _)| *at - now).min();
                    now += ms.min(answer.unwrap_or(ms)).max(1);
                }
            }
        }
        let most = limit * usize::try_from(minutes).unwrap();
        prop_assert!(count * 100 >= most * 98, "{count} of {most}");
    }
}
