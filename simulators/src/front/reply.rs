//! What an endpoint answers: a body with its effect, or a refusal in Front's words for errors.

use serde_json::{Value, json};

use super::records::Effect;

/// An answer before headers are added.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// `Location`, for 301.
    pub(super) location: Option<String>,
    pub(super) retry_after_s: Option<u64>,
    pub(super) effect: Effect,
    pub(super) external_id: Option<String>,
    pub(super) was_duplicate: bool,
}

impl Reply {
    /// 200 with a body, nothing changed.
    pub(super) fn read(body: Value) -> Self {
        Self::new(200, Some(body), Effect::None)
    }

    /// An answer to a write that took effect.
    pub(super) fn written(status: u16, body: Value) -> Self {
        Self::new(status, Some(body), Effect::Applied)
    }

    /// 204; `changed` says whether it took effect or all was so already.
    pub(super) fn done(changed: bool) -> Self {
        let effect = if changed { Effect::Applied } else { Effect::None };
        Self::new(204, None, effect)
    }

    fn new(status: u16, body: Option<Value>, effect: Effect) -> Self {
        Self {
            status,
            body,
            location: None,
            retry_after_s: None,
            effect,
            external_id: None,
            was_duplicate: false,
        }
    }
}

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The body is not JSON: Front answers without status and title.
    Malformed(String),
    /// The body or query does not fit.
    Invalid(Vec<String>),
    Unauthenticated,
    /// The scope that the token lacks.
    Forbidden(&'static str),
    NotFound(String),
    /// The path of the surviving conversation.
    Moved(String),
    Conflict(String),
    /// Too many requests: the tier's name if it is a resource's limit, and the wait.
    TooMany {
        tier_2: bool,
        wait_ms: i64,
    },
}

impl Refusal {
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid(vec![detail.into()])
    }

    pub(super) fn unknown(kind: &str, id: &str) -> Self {
        Self::NotFound(format!("Unknown {kind} ID {id}"))
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let plain = |status, title: &str, message: String| {
            let error = json!({"status": status, "title": title, "message": message});
            Self::new(status, Some(json!({"_error": error})), Effect::None)
        };
        match refusal {
            Refusal::Malformed(message) => {
                Self::new(400, Some(json!({"_error": {"message": message}})), Effect::None)
            }
            Refusal::Invalid(details) => {
                let error = json!({
                    "status": 400,
                    "title": "Bad request",
                    "message": "Body did not satisfy requirements",
                    "details": details,
                });
                Self::new(400, Some(json!({"_error": error})), Effect::None)
            }
            Refusal::Unauthenticated => plain(401, "Unauthenticated", "Invalid token".to_owned()),
            Refusal::Forbidden(scope) => plain(403, "Forbidden", format!("Missing scope {scope}")),
            Refusal::NotFound(message) => plain(404, "Not found", message),
            Refusal::Moved(location) => {
                let moved = Self::new(301, None, Effect::None);
                Self { location: Some(location), ..moved }
            }
            Refusal::Conflict(message) => plain(409, "Conflict", message),
            Refusal::TooMany { tier_2, wait_ms } => {
                let limit = if tier_2 { " for tier-2 route" } else { "" };
                let message =
                    format!("Rate limit exceeded{limit}. Please retry in {wait_ms} milliseconds.");
                let reply = plain(429, "Too many requests", message);
                let seconds = wait_ms.max(1).unsigned_abs().div_ceil(1_000);
                Self { retry_after_s: Some(seconds), ..reply }
            }
        }
    }
}
