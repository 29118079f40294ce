//! Hand-made calls and acts around one noon, and what the model expects of them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use simulators::aircall::bodies::Media;
use simulators::aircall::centre::{
    Agent, CallMedia, Card, Centre, Contact, Customer, Direction, GeneratedCall, Line, MediaEvent,
};
use simulators::aircall::numbers::{LineCountry, contact_number, line_number};
use simulators::model::{Act, ExpectedMessage, ExpectedThread, ModelConfig, PersonAct, expect};

/// 2026-01-15 12:00:00 UTC.
pub const NOON: i64 = 1_768_478_400;

pub fn agent(number: i64) -> Arc<Agent> {
    Arc::new(Agent {
        id: number,
        name: format!("Agent {number}"),
        email: format!("Agent.{number}@Example.com"),
        in_front: number < 10,
    })
}

pub fn line() -> Arc<Line> {
    Arc::new(Line {
        id: 501,
        name: "Support [FR]".to_owned(),
        number: line_number(LineCountry::France, 1),
        time_zone: "Europe/Paris".to_owned(),
        agents: vec![1],
        team: None,
        is_ivr: false,
    })
}

pub fn customer() -> Customer {
    let card = Card {
        id: 9,
        first_name: "Amber".to_owned(),
        last_name: "Lake & Co".to_owned(),
        company: None,
    };
    Customer::Contact(Arc::new(Contact { number: contact_number(0), card: Some(card) }))
}

/// A missed call of 20 s that begins so many seconds after noon.
pub fn missed(id: i64, after: i64) -> GeneratedCall {
    GeneratedCall {
        id,
        seed: 1,
        start_at: NOON,
        direction: Direction::Inbound,
        line: line(),
        customer: customer(),
        started_at: NOON + after,
        answered_at: None,
        ended_at: NOON + after + 20,
        rang: Vec::new(),
        first_agent: None,
        transfer: None,
        hold: None,
        missed_reason: Some("agents_did_not_answer".to_owned()),
        ivr_option: None,
        media: None,
        comments: Vec::new(),
        tags: Vec::new(),
        assigned: None,
        archived_at: None,
    }
}

/// A call that agent 1 takes after 12 s and that ends 205 s later, recorded.
pub fn answered(id: i64, after: i64) -> GeneratedCall {
    GeneratedCall {
        answered_at: Some(NOON + after + 12),
        ended_at: NOON + after + 217,
        first_agent: Some(agent(1)),
        missed_reason: None,
        media: Some(CallMedia {
            kind: Media::Recording,
            known_at: NOON + after + 230,
            first_in: MediaEvent::Ended,
        }),
        ..missed(id, after)
    }
}

pub fn voicemail(id: i64, after: i64) -> GeneratedCall {
    let known_at = NOON + after + 53;
    let first_in = MediaEvent::VoicemailLeft;
    let media = Some(CallMedia { kind: Media::Voicemail, known_at, first_in });
    GeneratedCall { media, ..missed(id, after) }
}

pub fn act(after: i64, act: Act) -> PersonAct {
    let contact = contact_number(0).e164;
    PersonAct { at: NOON + after, contact, act, settled: true }
}

pub fn thread(calls: &[GeneratedCall], acts: &[PersonAct], config: &ModelConfig) -> ExpectedThread {
    let centre = Centre {
        start_at: NOON,
        lines: vec![line()],
        agents: vec![agent(1)],
        teams: Vec::new(),
        contacts: Vec::new(),
        calls: calls.to_vec(),
    };
    let mut threads = expect(&centre, acts, config).threads;
    assert_eq!(threads.len(), 1);
    threads.remove(0)
}

pub fn exact() -> ModelConfig {
    ModelConfig { late_media: false, ..ModelConfig::default() }
}

pub fn messages(thread: &ExpectedThread) -> Vec<&ExpectedMessage> {
    let forms = thread.calls.iter().map(|call| call.forms.as_slice());
    forms
        .flat_map(|forms| match forms {
            [only] => &only.messages,
            _ => panic!("more than one form"),
        })
        .collect()
}
