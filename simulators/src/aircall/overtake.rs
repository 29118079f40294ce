//! By how much one call may be logged before another that ended earlier, given how their webhooks are
//! sent. The model needs to know it, and must not look at webhooks itself.

use std::collections::HashMap;

use super::centre::{Centre, Customer, GeneratedCall};
use super::send::{SendOptions, plan};

/// Seconds of the calls' own time, for `ModelConfig::overtake_s`.
///
/// `delay_ms` is the longest time on the wire between the first delivery that tells the end of a call
/// and its logging: settle time, processing, and any outage of the receiver with the retries after
/// it. Two calls of one contact can change places if the later one's end is told before that time
/// after the earlier one's has passed.
#[must_use]
pub fn overtake_s(centre: &Centre, options: &SendOptions, delay_ms: u64) -> i64 {
    let deliveries = plan(centre, "", options);
    let count = u64::try_from(deliveries.len().max(1)).unwrap_or(u64::MAX);
    let told = first_told(centre, &deliveries);
    let slots = usize::try_from(delay_ms.saturating_mul(count) / options.window_ms.max(1))
        .unwrap_or(usize::MAX);
    let mut overtake_s = 0;
    for calls in by_contact(centre).values() {
        for earlier in calls {
            for later in calls.iter().filter(|later| earlier.ended_at <= later.ended_at) {
                let (Some(first), Some(second)) = (told.get(&earlier.id), told.get(&later.id))
                else {
                    continue;
                };
                if *second <= first.saturating_add(slots) {
                    overtake_s = overtake_s.max(later.ended_at - earlier.ended_at);
                }
            }
        }
    }
    overtake_s
}

/// The place in the plan of the first delivery that tells the end, by call.
fn first_told(centre: &Centre, deliveries: &[super::Delivery]) -> HashMap<i64, usize> {
    let ended: HashMap<i64, i64> =
        centre.calls.iter().map(|call| (call.id, call.ended_at)).collect();
    let mut told = HashMap::new();
    for (place, delivery) in deliveries.iter().enumerate() {
        if ended.get(&delivery.call_id).is_some_and(|ended| *ended <= delivery.timestamp) {
            told.entry(delivery.call_id).or_insert(place);
        }
    }
    told
}

fn by_contact(centre: &Centre) -> HashMap<String, Vec<&GeneratedCall>> {
    let mut all: HashMap<String, Vec<&GeneratedCall>> = HashMap::new();
    for call in &centre.calls {
        let key = match &call.customer {
            Customer::Contact(contact) => contact.number.e164.clone(),
            Customer::OwnLine(number) => number.e164.clone(),
            Customer::Anonymous => format!("anonymous:{}", call.line.id),
        };
        all.entry(key).or_default().push(call);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aircall::{GenerateConfig, Irregularities, generate};

    #[test]
    fn the_longer_the_delay_the_more_can_be_overtaken() {
        let centre = generate(&GenerateConfig::default());
        let options = SendOptions::default();
        let by = |delay_ms| overtake_s(&centre, &options, delay_ms);
        assert!(by(0) <= by(2_000) && by(2_000) < by(20_000));
        let plain = SendOptions { irregularities: Irregularities::NONE, ..options.clone() };
        assert_eq!(overtake_s(&centre, &plain, 0), 0);
    }
}
