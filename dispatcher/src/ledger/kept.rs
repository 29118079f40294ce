//! A ledger entry as the local store and the `outcomes` topic keep it: the outcome, and beside it (in
//! headers, on the topic) its place in the order and the request as it was sent.

use bytes::Bytes;
use eventlog::trace::TRACEPARENT;
use eventlog::{Header, Stored};
use schemas::Outcome;

use crate::request::FrontRequest;

/// The header with the command's place in the log: entries of a contact are ordered by it.
pub(crate) const ORDER: &str = "order";
/// The header with the request as it was sent, as long as it may have to be sent again.
pub(crate) const REQUEST: &str = "request";
/// The header with the state, so that a restore need not decode what is finished.
pub(crate) const STATE: &str = "state";

/// A request as it was sent: path and body, the same bytes again.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) body: String,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sent")
    }
}

impl Sent {
    pub(crate) fn of(request: &FrontRequest) -> Sent {
        Sent { path: request.path.clone(), body: request.body.clone().unwrap_or_default() }
    }

    /// The same request without one of its fields.
    pub(crate) fn without(self, field: &str) -> Sent {
        let parsed = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&self.body);
        let Ok(mut body) = parsed else { return self };
        body.remove(field);
        Sent { path: self.path, body: serde_json::Value::Object(body).to_string() }
    }

    fn bytes(&self) -> Vec<u8> {
        format!("{}\n{}", self.path, self.body).into_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Sent> {
        let (path, body) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        Some(Sent { path: path.to_owned(), body: body.to_owned() })
    }
}

/// A ledger entry.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) order: u64,
    pub(crate) sent: Option<Sent>,
    /// The trace that its command belongs to, as W3C `traceparent`: one call is one trace up to Front.
    pub(crate) trace: Option<Bytes>,
    pub(crate) outcome: Outcome,
}

impl Kept {
    /// As the store keeps it: order, request, trace (both with their lengths before them), outcome.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let sent = self.sent.as_ref().map_or_else(Vec::new, Sent::bytes);
        let trace = self.trace.as_deref().unwrap_or_default();
        let outcome = schemas::encode(&self.outcome);
        let mut bytes = Vec::with_capacity(16 + sent.len() + trace.len() + outcome.len());
        bytes.extend_from_slice(&self.order.to_be_bytes());
        for part in [&sent, trace] {
            let length = u32::try_from(part.len()).expect("a request is far below 4 GiB");
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(&outcome);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Kept> {
        let (order, rest) = bytes.split_first_chunk::<8>()?;
        let (sent, rest) = part(rest)?;
        let (trace, outcome) = part(rest)?;
        Some(Kept {
            order: u64::from_be_bytes(*order),
            sent: Sent::read(sent),
            trace: (!trace.is_empty()).then(|| Bytes::copy_from_slice(trace)),
            outcome: schemas::decode(outcome).ok()?,
        })
    }

    /// As the topic keeps it, beside the outcome itself.
    pub(crate) fn headers(&self) -> Vec<Header> {
        let header = |name: &str, value: Vec<u8>| Header {
            name: name.to_owned(),
            value: Bytes::from(value),
        };
        let mut headers = vec![
            header(STATE, self.outcome.state.name().as_bytes().to_vec()),
            header(ORDER, self.order.to_string().into_bytes()),
        ];
        if let Some(sent) = &self.sent {
            headers.push(header(REQUEST, sent.bytes()));
        }
        if let Some(trace) = &self.trace {
            headers.push(header(TRACEPARENT, trace.to_vec()));
        }
        headers
    }

    /// From the topic.
    pub(crate) fn from_record(record: &Stored) -> Option<Kept> {
        let outcome = schemas::decode(record.value.as_ref()?).ok()?;
        let order = record.header(ORDER).and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
        let sent = record.header(REQUEST).and_then(|bytes| Sent::read(bytes));
        let trace = record.header(TRACEPARENT).cloned();
        Some(Kept { order: order.unwrap_or(record.offset.0), sent, trace, outcome })
    }
}

/// A part with its length before it, and the rest.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eventlog::{Offset, Stored};
    use schemas::OutcomeState;
    use schemas::{Contact, EffectKey, TimeMs};

    #[test]
    fn b30_an_entry_is_the_same_from_the_store_and_from_the_topic() {
        let outcome = Outcome {
            contact: Contact::anonymous(None),
            effect_key: EffectKey::try_from("call:1:main".to_owned()).unwrap(),
            revision: 1,
            call_id: None,
            state: OutcomeState::InDoubt,
            reason: None,
            attempt: None,
            message_uid: None,
            message_id: None,
            comment_id: None,
            conversation_id: None,
            repeat_recognised: false,
            waiting_revision: None,
            command: Some(vec![1, 2]),
            cause_at: TimeMs(1),
            at: TimeMs(2),
        };
        let sent = Sent { path: "/inboxes/inb_1/imported_messages".into(), body: "{}\n".into() };
        let trace = Some(Bytes::from_static(b"00-1-2-01"));
        for (sent, trace) in [(Some(sent), trace), (None, None)] {
            let kept = Kept { order: 7, sent, trace, outcome: outcome.clone() };
            let record = Stored {
                offset: Offset(99),
                time_ms: 0,
                key: Bytes::new(),
                value: Some(Bytes::from(schemas::encode(&outcome))),
                headers: kept.headers(),
            };
            for read in [Kept::decode(&kept.encode()).unwrap(), Kept::from_record(&record).unwrap()]
            {
                assert_eq!((read.order, &read.sent), (kept.order, &kept.sent));
                assert_eq!((&read.trace, &read.outcome), (&kept.trace, &kept.outcome));
            }
        }
        assert!(Kept::decode(b"short").is_none());
    }
}
