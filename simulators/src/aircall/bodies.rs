//! A builder of webhook and REST bodies of one call, written from Aircall's field tables.
//!
//! ```
//! use simulators::aircall::bodies::{CallBody, LineBody, UserBody};
//! let agent = UserBody::new(7, "Agent Seven", "agent.seven@example.com");
//! let body = CallBody::inbound(3_049_915_377)
//!     .line(LineBody::new(501, "Support", "+33 1 99 00 00 01").country("FR").time_zone("Europe/Paris"))
//!     .customer("+1 202-555-0123")
//!     .started_at(1_754_900_000)
//!     .agent(&agent)
//!     .answered_at(1_754_900_012)
//!     .ended_at(1_754_900_217)
//!     .comment(11, "Wants a call on Monday", 1_754_900_230, &agent)
//!     .recording()
//!     .event("call.ended", 1_754_900_247)
//!     .to_bytes("token");
//! assert!(body.starts_with(b"{"));
//! ```

mod media;
mod parts;

pub use media::{Media, asset_url, signed_url};
pub use parts::{ContactBody, LineBody, UserBody};

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The start of a call that nobody gave another: 2025-08-11 08:13:20 UTC.
pub const DEFAULT_STARTED_AT: i64 = 1_754_900_000;

/// How an optional object that has no value is written: all three occur on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Absent {
    /// The key is missing, as webhooks usually have it.
    #[default]
    Key,
    /// An explicit `null`, as REST has it.
    Null,
    /// `{}`, as seen for `tags[].tagged_by`.
    Empty,
}

/// One call, as much of it as is known at some moment.
#[derive(Debug, Clone)]
pub struct CallBody {
    id: i64,
    outbound: bool,
    uuid: String,
    line: LineBody,
    customer: String,
    started_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    missed_reason: Option<String>,
    agent: Option<UserBody>,
    assigned_to: Option<UserBody>,
    contact: Option<ContactBody>,
    transfer: Option<(UserBody, UserBody)>,
    media: Option<Media>,
    comments: Vec<Value>,
    tags: Vec<Value>,
    teams: Vec<Value>,
    archived: bool,
    absent: Absent,
    overrides: Vec<(String, Option<Value>)>,
}

impl CallBody {
    /// An incoming call that has just begun.
    #[must_use]
    pub fn inbound(id: i64) -> Self {
        Self {
            id,
            outbound: false,
            uuid: format!("CA{:032x}", id.unsigned_abs()),
            line: LineBody::new(501, "Support", "+33 1 99 00 00 01"),
            customer: "+33 1 99 00 12 34".to_owned(),
            started_at: DEFAULT_STARTED_AT,
            answered_at: None,
            ended_at: None,
            missed_reason: None,
            agent: None,
            assigned_to: None,
            contact: None,
            transfer: None,
            media: None,
            comments: Vec::new(),
            tags: Vec::new(),
            teams: Vec::new(),
            archived: false,
            absent: Absent::Key,
            overrides: Vec::new(),
        }
    }

    /// An outgoing call that has just begun.
    #[must_use]
    pub fn outbound(id: i64) -> Self {
        Self { outbound: true, ..Self::inbound(id) }
    }

    /// The line that was called, or called from.
    #[must_use]
    pub fn line(mut self, line: LineBody) -> Self {
        self.line = line;
        self
    }

    /// The external party as `raw_digits` shows it, for example `+1 202-555-0123`.
    #[must_use]
    pub fn customer(mut self, raw_digits: &str) -> Self {
        raw_digits.clone_into(&mut self.customer);
        self
    }

    /// A caller who withholds the number.
    #[must_use]
    pub fn anonymous(self) -> Self {
        self.customer("anonymous")
    }

    /// The Aircall contact of the external party.
    #[must_use]
    pub fn contact(mut self, contact: ContactBody) -> Self {
        self.contact = Some(contact);
        self
    }

    /// The agent: who made or took the call, or whose phone rings.
    #[must_use]
    pub fn agent(mut self, agent: &UserBody) -> Self {
        self.agent = Some(agent.clone());
        self
    }

    /// Unix seconds.
    #[must_use]
    pub fn started_at(mut self, at: i64) -> Self {
        self.started_at = at;
        self
    }

    /// Unix seconds.
    #[must_use]
    pub fn answered_at(mut self, at: i64) -> Self {
        self.answered_at = Some(at);
        self
    }

    /// Unix seconds.
    #[must_use]
    pub fn ended_at(mut self, at: i64) -> Self {
        self.ended_at = Some(at);
        self
    }

    /// Why a missed call was missed: an open set of words.
    #[must_use]
    pub fn missed_reason(mut self, reason: &str) -> Self {
        self.missed_reason = Some(reason.to_owned());
        self
    }

    /// A recording is known: signed URL and stable asset page.
    #[must_use]
    pub fn recording(mut self) -> Self {
        self.media = Some(Media::Recording);
        self
    }

    /// A voicemail is known: signed URL and stable asset page.
    #[must_use]
    pub fn voicemail(mut self) -> Self {
        self.media = Some(Media::Voicemail);
        self
    }

    /// A comment that an agent wrote.
    #[must_use]
    pub fn comment(self, id: i64, text: &str, at: i64, by: &UserBody) -> Self {
        self.comment_by(id, text, at, Some(by))
    }

    /// A comment; one posted through the API has no author.
    #[must_use]
    pub fn comment_by(mut self, id: i64, text: &str, at: i64, by: Option<&UserBody>) -> Self {
        let by = by.map_or(Value::Null, UserBody::to_webhook);
        self.comments.push(json!({"id": id, "content": text, "posted_at": at, "posted_by": by}));
        self
    }

    /// A tag; one set by the system has `{}` in the place of the agent.
    #[must_use]
    pub fn tag(mut self, id: i64, name: &str, at: i64, by: Option<&UserBody>) -> Self {
        let by = by.map_or(json!({}), UserBody::to_webhook);
        self.tags.push(json!({"id": id, "name": name, "tagged_by": by, "tagged_at": at}));
        self
    }

    /// A team that the call rang.
    #[must_use]
    pub fn team(mut self, id: i64, name: &str) -> Self {
        self.teams.push(json!({
            "id": id, "name": name, "direct_link": format!("https://api.aircall.io/v1/teams/{id}"),
            "created_at": "2025-01-02T11:41:01.000Z",
        }));
        self
    }

    /// The two ends of a transfer that was attempted. It proves nothing: a failed one has them as well.
    #[must_use]
    pub fn transfer(mut self, by: &UserBody, to: &UserBody) -> Self {
        self.transfer = Some((by.clone(), to.clone()));
        self
    }

    /// Whom the call is assigned to in Aircall.
    #[must_use]
    pub fn assigned_to(mut self, user: &UserBody) -> Self {
        self.assigned_to = Some(user.clone());
        self
    }

    /// The flag that `call.archived` reports.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// How objects without a value are written.
    #[must_use]
    pub fn absent_as(mut self, absent: Absent) -> Self {
        self.absent = absent;
        self
    }

    /// Sets a key of `data` to any value, for bodies that are wrong on purpose.
    #[must_use]
    pub fn set(mut self, key: &str, value: Value) -> Self {
        self.overrides.push((key.to_owned(), Some(value)));
        self
    }

    /// Leaves a key of `data` out.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.overrides.push((key.to_owned(), None));
        self
    }

    /// The webhook event with this name, whose payload was built at `timestamp` (Unix seconds).
    #[must_use]
    pub fn event(&self, name: &str, timestamp: i64) -> EventBody {
        EventBody { event: name.to_owned(), timestamp, data: self.webhook_data(timestamp) }
    }

    /// The call as `GET /v1/calls` lists it: explicit nulls, `sid`, no webhook-only fields.
    /// `now` (Unix seconds) is when its media URLs are signed.
    #[must_use]
    pub fn to_rest(&self, now: i64, with_contact: bool) -> Value {
        let mut data = self.common(now);
        data.insert("sid".to_owned(), json!(self.uuid));
        let user = |u: &Option<UserBody>| u.as_ref().map_or(Value::Null, UserBody::to_rest);
        data.insert("user".to_owned(), user(&self.agent));
        data.insert("assigned_to".to_owned(), user(&self.assigned_to));
        let (by, to) = self.transfer.clone().unzip();
        data.insert("transferred_by".to_owned(), user(&by));
        data.insert("transferred_to".to_owned(), user(&to));
        let contact = self.contact.as_ref().filter(|_| with_contact);
        data.insert("contact".to_owned(), contact.map_or(Value::Null, ContactBody::to_webhook));
        data.insert("tags".to_owned(), self.tags.iter().map(rest_tag).collect());
        self.apply_overrides(&mut data);
        Value::Object(data)
    }

    fn webhook_data(&self, timestamp: i64) -> Map<String, Value> {
        let mut data = self.common(timestamp);
        data.insert("call_uuid".to_owned(), json!(self.uuid));
        data.insert("hangup_cause".to_owned(), Value::Null);
        self.optional(&mut data, "user", self.agent.as_ref().map(UserBody::to_webhook));
        self.optional(&mut data, "contact", self.contact.as_ref().map(ContactBody::to_webhook));
        let assigned = self.assigned_to.as_ref().map(UserBody::to_webhook);
        self.optional(&mut data, "assigned_to", assigned);
        if let Some((by, to)) = &self.transfer {
            data.insert("transferred_by".to_owned(), by.to_webhook());
            data.insert("transferred_to".to_owned(), to.to_webhook());
        }
        data.insert("tags".to_owned(), json!(self.tags));
        self.apply_overrides(&mut data);
        data
    }

    fn common(&self, signed_at: i64) -> Map<String, Value> {
        let status = match (self.ended_at, self.answered_at) {
            (Some(_), _) => "done",
            (None, Some(_)) => "answered",
            (None, None) => "initial",
        };
        let url = |kind| (self.media == Some(kind)).then(|| signed_url(self.id, kind, signed_at));
        let fields = json!({
            "id": self.id,
            "direct_link": format!("https://api.aircall.io/v1/calls/{}", self.id),
            "direction": if self.outbound { "outbound" } else { "inbound" },
            "status": status,
            "missed_call_reason": self.missed_reason,
            "started_at": self.started_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
            // Documented as ended minus started; receivers are told not to trust it.
            "duration": self.ended_at.map_or(0, |ended| ended - self.started_at),
            "cost": "0.0",
            "voicemail": url(Media::Voicemail),
            "recording": url(Media::Recording),
            "asset": self.media.map(|kind| asset_url(self.id, kind)),
            "raw_digits": self.customer,
            "number": self.line.to_webhook(),
            "archived": self.archived,
            "teams": self.teams,
            "comments": self.comments,
        });
        match fields {
            Value::Object(map) => map,
            other => unreachable!("an object literal is an object, not {other}"),
        }
    }

    fn optional(&self, data: &mut Map<String, Value>, key: &str, value: Option<Value>) {
        let value = match (value, self.absent) {
            (Some(value), _) => value,
            (None, Absent::Key) => return,
            (None, Absent::Null) => Value::Null,
            (None, Absent::Empty) => json!({}),
        };
        data.insert(key.to_owned(), value);
    }

    fn apply_overrides(&self, data: &mut Map<String, Value>) {
        for (key, value) in &self.overrides {
            match value {
                Some(value) => data.insert(key.clone(), value.clone()),
                None => data.remove(key),
            };
        }
    }
}

fn rest_tag(tag: &Value) -> Value {
    let mut tag = tag.clone();
    if let Some(map) = tag.as_object_mut() {
        let at = map.remove("tagged_at");
        map.insert("created_at".to_owned(), at.unwrap_or(Value::Null));
    }
    tag
}

/// A webhook body before it gets its token.
#[derive(Debug, Clone)]
pub struct EventBody {
    event: String,
    timestamp: i64,
    data: Map<String, Value>,
}

impl EventBody {
    /// The envelope with its five fields.
    #[must_use]
    pub fn to_json(&self, token: &str) -> Value {
        json!({
            "resource": self.event.split('.').next().unwrap_or_default(),
            "event": self.event,
            "timestamp": self.timestamp,
            "token": token,
            "data": self.data,
        })
    }

    /// The envelope as compact JSON, as it goes over the wire.
    #[must_use]
    pub fn to_bytes(&self, token: &str) -> Bytes {
        self.to_json(token).to_string().into()
    }
}
