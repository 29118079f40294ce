//! The budget against a model of Front that counts for itself.

use proptest::prelude::*;

use super::*;

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
