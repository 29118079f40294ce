//! Events as ingest would write them, built from what Aircall knows at a moment.

#![allow(dead_code, reason = "each test crate uses its part")]

use schemas::{
    Actor, AgentId, CallEvent, CallId, CallStatus, Comment, CommentId, Contact, Direction,
    EffectKey, EventId, FrontChange, FrontEvent, LineId, Origin, Person, Tag, TagId, Text, TimeMs,
};

/// A contact's number, from the range that is reserved for stories.
pub fn contact() -> Contact {
    Contact::from_e164("+12025550123").unwrap()
}

/// An agent.
pub fn agent(id: i64) -> Person {
    Person {
        id: AgentId(id),
        name: Some(format!("Agent {id}").into()),
        email: Some(format!("agent{id}@example.com").into()),
    }
}

/// A call as Aircall knows it; [`Call::event`] makes an event of it.
#[derive(Debug, Clone)]
pub struct Call {
    pub snapshot: CallEvent,
    serial: u32,
}

fn event_id(text: &str) -> EventId {
    EventId::try_from(text.to_owned()).unwrap()
}

impl Call {
    /// A call that starts `at`.
    pub fn starts(id: i64, direction: Direction, at: TimeMs) -> Call {
        let snapshot = CallEvent {
            event_id: event_id("none"),
            event: String::new(),
            snapshot_at: at,
            received_at: at,
            origin: Origin::Webhook,
            normaliser_revision: 1,
            replaces: None,
            clears: Vec::new(),
            contact: contact(),
            contact_number: Some("+12025550123".into()),
            contact_number_received: Some("+1 202-555-0123".to_owned()),
            contact_name: None,
            call_id: CallId::try_from(id).unwrap(),
            call_uuid: None,
            direction,
            status: CallStatus::Initial,
            missed_call_reason: None,
            started_at: Some(at),
            answered_at: None,
            ended_at: None,
            duration_received_s: None,
            callback_of_call_id: None,
            line_id: Some(LineId::try_from(11).unwrap()),
            line_name: Some("Support".into()),
            line_number: Some("+12025550100".into()),
            line_country: Some("US".into()),
            line_time_zone: Some("America/New_York".into()),
            teams: Vec::new(),
            agent: None,
            assigned_to: None,
            transferred_by: None,
            transferred_to: None,
            external_transferred_to: None,
            asset_url: None,
            has_recording: false,
            has_voicemail: false,
            comments: Vec::new(),
            tags: Vec::new(),
            archived: Some(false),
        };
        Call { snapshot, serial: 0 }
    }

    pub fn inbound(id: i64, at: TimeMs) -> Call {
        Call::starts(id, Direction::Inbound, at)
    }

    pub fn outbound(id: i64, at: TimeMs) -> Call {
        Call::starts(id, Direction::Outbound, at)
    }

    pub fn answered(mut self, at: TimeMs, by: Option<Person>) -> Call {
        self.snapshot.answered_at = Some(at);
        self.snapshot.status = CallStatus::Answered;
        self.snapshot.agent = by;
        self
    }

    pub fn ended(mut self, at: TimeMs) -> Call {
        self.snapshot.ended_at = Some(at);
        self.snapshot.status = CallStatus::Done;
        self
    }

    pub fn recording(mut self) -> Call {
        self.snapshot.has_recording = true;
        self.snapshot.asset_url = Some(self.asset("recording"));
        self
    }

    pub fn voicemail(mut self) -> Call {
        self.snapshot.has_voicemail = true;
        self.snapshot.asset_url = Some(self.asset("voicemail"));
        self
    }

    fn asset(&self, what: &str) -> Text {
        format!("https://assets.example.com/calls/{}/{what}", self.snapshot.call_id).into()
    }

    pub fn comment(mut self, id: i64, content: &str, at: TimeMs, by: Option<Person>) -> Call {
        let content = content.into();
        let comment = Comment { id: CommentId(id), content, posted_at: Some(at), posted_by: by };
        self.snapshot.comments.push(comment);
        self
    }

    pub fn tag(mut self, id: i64) -> Call {
        self.snapshot.tags.push(Tag {
            id: TagId(id),
            name: Some(format!("tag {id}").into()),
            tagged_at: None,
        });
        self
    }

    pub fn change(mut self, change: impl FnOnce(&mut CallEvent)) -> Call {
        change(&mut self.snapshot);
        self
    }

    /// What Aircall sends of it when it is called `name` and built and received `at`.
    pub fn event(&self, name: &str, at: TimeMs) -> CallEvent {
        let mut event = self.snapshot.clone();
        event.event = name.to_owned();
        event.snapshot_at = TimeMs::from_seconds(at.seconds());
        event.received_at = at;
        event.event_id = event_id(&format!("{}-{name}-{}", event.call_id, at.0));
        event
    }
}

/// Something that a teammate does in Front.
pub fn by_teammate(change: FrontChange, at: TimeMs) -> FrontEvent {
    front_event(change, Actor::Teammate, at)
}

/// Something that happens in Front.
pub fn front_event(change: FrontChange, actor: Actor, at: TimeMs) -> FrontEvent {
    FrontEvent {
        event_id: event_id(&format!("evt_{}_{change:?}", at.0)),
        contact: contact(),
        conversation_id: "cnv_1".into(),
        change,
        actor,
        teammate_id: (actor == Actor::Teammate).then(|| "tea_1".into()),
        emitted_at: at,
        cause_at: at,
        echo_of: None,
        received_at: at,
    }
}

/// What Front does because of one of our own effects.
pub fn echo(change: FrontChange, of: &EffectKey, cause_at: TimeMs, at: TimeMs) -> FrontEvent {
    let event = front_event(change, Actor::Callfold, at);
    FrontEvent { cause_at, echo_of: Some(of.clone()), ..event }
}
