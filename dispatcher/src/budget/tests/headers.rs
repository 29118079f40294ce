//! What Front's headers may teach the budget, and what not.

use proptest::prelude::*;

use super::*;

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
