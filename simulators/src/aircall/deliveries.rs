//! The webhooks of a call as they leave Aircall: unordered, repeated, late.

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde_json::json;

use super::bodies::Absent;
use super::centre::GeneratedCall;
use super::snapshot_at::{body_at, line, user};
use super::timeline::{Moment, moments};

/// One webhook to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Milliseconds of the calls' own time since the centre's `start_at`.
    pub at_ms: i64,
    /// The call.
    pub call_id: i64,
    /// The event's name.
    pub event: String,
    /// The envelope's timestamp, Unix seconds.
    pub timestamp: i64,
    /// What goes over the wire.
    pub body: Bytes,
    /// The first delivery of the event, or how it repeats.
    pub kind: DeliveryKind,
}

/// Why a delivery is made. Whether a real retry is byte-identical or built anew is not documented, so
/// both occur.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// The event's first delivery.
    First,
    /// The same bytes again.
    Repeat,
    /// The payload built anew later: fresh timestamp, fresh signed URLs, the call as it is by then.
    Rebuilt,
}

/// How often deliveries go wrong, each a probability per delivery.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Irregularities {
    /// Held back for up to 90 s, so that later events overtake it.
    pub reordered: f64,
    /// Held back for 2 to 10 minutes.
    pub late: f64,
    /// Sent again with the same bytes, up to a minute later.
    pub repeated: f64,
    /// Sent twice at the same moment.
    pub doubled: f64,
    /// Sent again as built anew, 5 to 120 s later.
    pub rebuilt: f64,
    /// Never sent at all: only the REST API tells of it. 0 as a rule, since nothing can be complete
    /// then without reading that API.
    pub lost: f64,
    /// Objects without a value are `null` or `{}` instead of absent; fields nobody documented appear.
    pub odd_shapes: f64,
}

impl Irregularities {
    /// Every event once, in order, in the usual shape.
    pub const NONE: Self = Self {
        reordered: 0.0,
        late: 0.0,
        repeated: 0.0,
        doubled: 0.0,
        rebuilt: 0.0,
        lost: 0.0,
        odd_shapes: 0.0,
    };
}

impl Default for Irregularities {
    fn default() -> Self {
        Self {
            reordered: 0.15,
            late: 0.01,
            repeated: 0.05,
            doubled: 0.02,
            rebuilt: 0.03,
            lost: 0.0,
            odd_shapes: 0.2,
        }
    }
}

impl GeneratedCall {
    /// The call's webhooks with the usual irregularities, by the time at which they are sent.
    #[must_use]
    pub fn deliveries(&self, token: &str) -> Vec<Delivery> {
        self.deliveries_with(token, &Irregularities::default())
    }

    /// The call's webhooks with these irregularities. The same call gives the same deliveries.
    #[must_use]
    pub fn deliveries_with(&self, token: &str, odds: &Irregularities) -> Vec<Delivery> {
        let mut rng = ChaCha12Rng::seed_from_u64(self.seed);
        let mut all = Vec::new();
        for moment in moments(&mut rng, self) {
            if !rng.random_bool(odds.lost) {
                self.deliver(&mut rng, token, odds, &moment, &mut all);
            }
        }
        all.sort_by_key(|delivery| delivery.at_ms);
        all
    }

    fn deliver(
        &self,
        rng: &mut ChaCha12Rng,
        token: &str,
        odds: &Irregularities,
        moment: &Moment,
        all: &mut Vec<Delivery>,
    ) {
        let mut at_ms = (moment.at - self.start_at) * 1_000 + rng.random_range(50..400);
        if rng.random_bool(odds.reordered) {
            at_ms += rng.random_range(200..90_000);
        }
        if rng.random_bool(odds.late) {
            at_ms += rng.random_range(120_000..600_000);
        }
        let first = Delivery {
            at_ms,
            call_id: self.id,
            event: moment.event.to_owned(),
            timestamp: moment.at,
            body: self.body(rng, token, odds, moment, moment.at),
            kind: DeliveryKind::First,
        };
        if rng.random_bool(odds.doubled) {
            all.push(Delivery { kind: DeliveryKind::Repeat, ..first.clone() });
        }
        if rng.random_bool(odds.repeated) {
            let at_ms = at_ms + rng.random_range(500..60_000);
            all.push(Delivery { at_ms, kind: DeliveryKind::Repeat, ..first.clone() });
        }
        if moment.ringing.is_none() && rng.random_bool(odds.rebuilt) {
            let timestamp = moment.at + rng.random_range(5..120);
            all.push(Delivery {
                at_ms: at_ms + (timestamp - moment.at) * 1_000,
                timestamp,
                body: self.body(rng, token, odds, moment, timestamp),
                kind: DeliveryKind::Rebuilt,
                ..first.clone()
            });
        }
        all.push(first);
    }

    fn body(
        &self,
        rng: &mut ChaCha12Rng,
        token: &str,
        odds: &Irregularities,
        moment: &Moment,
        timestamp: i64,
    ) -> Bytes {
        let mut body = body_at(self, timestamp, moment.event);
        if let Some(agent) = &moment.ringing {
            body = body.agent(&user(agent));
        }
        if moment.event == "call.ivr_option_selected"
            && let Some((title, _)) = &self.ivr_option
        {
            let option = json!([{"id": "1", "title": title, "key": "1", "branch": title}]);
            body = body.set("ivr_options_selected", option);
        }
        if rng.random_bool(odds.odd_shapes) {
            body = match rng.random_range(0..5) {
                0 => body.absent_as(Absent::Null),
                1 => body.absent_as(Absent::Empty),
                2 => body.line(line(&self.line).without_e164()),
                3 => body.without("call_uuid").without("hangup_cause"),
                _ => body.set("participants", json!([])).set("new_field", json!({"a": [1, null]})),
            };
        }
        body.event(moment.event, timestamp).to_bytes(token)
    }
}
