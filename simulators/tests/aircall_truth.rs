//! The generated calls cover every case, and their webhooks together tell the whole truth about each.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::HashSet;

use serde_json::Value;
use simulators::aircall::bodies::Media;
use simulators::aircall::centre::{Customer, Direction, Qualification, Transfer, TransferTo};
use simulators::aircall::{Centre, GenerateConfig, GeneratedCall, generate};

fn centres() -> impl Iterator<Item = Centre> {
    (0..6).map(|seed| generate(&GenerateConfig { seed, calls: 200, ..GenerateConfig::default() }))
}

fn bodies(call: &GeneratedCall) -> Vec<Value> {
    let all = call.deliveries("t").into_iter();
    all.map(|delivery| serde_json::from_slice(&delivery.body).unwrap()).collect()
}

fn some<'a>(
    centre: &'a Centre,
    wanted: impl Fn(&GeneratedCall) -> bool + 'a,
) -> impl Iterator<Item = &'a GeneratedCall> {
    centre.calls.iter().filter(move |call| wanted(call))
}

#[test]
fn every_kind_of_call_is_there_even_among_thirty() {
    for seed in 0..20 {
        let centre = generate(&GenerateConfig { seed, calls: 30, ..GenerateConfig::default() });
        let has = |wanted: &dyn Fn(&GeneratedCall) -> bool| centre.calls.iter().any(wanted);
        for qualification in [
            Qualification::InboundAnswered,
            Qualification::OutboundAnswered,
            Qualification::OutboundUnanswered,
            Qualification::Missed,
            Qualification::Voicemail,
        ] {
            assert!(has(&|call| call.qualification() == qualification), "{qualification:?}");
        }
        let reasons: HashSet<&str> =
            centre.calls.iter().filter_map(|call| call.missed_reason.as_deref()).collect();
        assert_eq!(reasons.len(), 7);
        assert!(has(&|c| c.qualification() == Qualification::Missed && c.missed_reason.is_none()));
        assert!(has(&|c| c.customer == Customer::Anonymous));
        assert!(has(&|c| matches!(c.customer, Customer::OwnLine(_))));
        assert!(has(&|c| c.answered_at.is_some() && c.agent().is_none()));
        assert!(has(&|c| c.agent().is_some_and(|agent| !agent.in_front)));
        assert!(has(&|c| c.ivr_option.is_some()));
        for wanted in ["Colleague", "External", "Failed"] {
            let is = |to: &TransferTo| format!("{to:?}").starts_with(wanted);
            assert!(has(&|c| c.transfer.as_ref().is_some_and(|t| is(&t.to))), "{wanted}");
        }
        assert!(has(&|c| c.comments.windows(2).any(|two| two[0].text == two[1].text)));
        assert!(has(&|c| c.comments.iter().any(|one| one.at > c.ended_at + 80_000)));
    }
}

#[test]
fn missed_calls_occur_on_lines_of_users_and_of_teams() {
    let centre = generate(&GenerateConfig::default());
    let mut missed = some(&centre, |call| call.qualification() == Qualification::Missed);
    assert!(missed.any(|call| call.line.team.is_some()));
    let mut missed = some(&centre, |call| call.qualification() == Qualification::Missed);
    assert!(missed.any(|call| call.line.team.is_none() && call.line.agents.len() == 1));
}

#[test]
fn a_call_between_two_lines_has_two_ids_that_point_at_each_other() {
    for centre in centres() {
        for out in some(&centre, |call| call.direction == Direction::Outbound) {
            let Customer::OwnLine(number) = &out.customer else { continue };
            let twin = some(&centre, |call| {
                call.direction == Direction::Inbound
                    && call.started_at == out.started_at
                    && call.customer == Customer::OwnLine(out.line.number.clone())
            });
            assert!(twin.map(|call| &call.line.number).any(|other| other == number));
        }
    }
}

#[test]
fn nobody_is_in_two_calls_at_once() {
    let centre = generate(&GenerateConfig::default());
    for (index, call) in centre.calls.iter().enumerate() {
        let Customer::Contact(contact) = &call.customer else { continue };
        for other in &centre.calls[index + 1..] {
            let same = other.customer == Customer::Contact(contact.clone());
            assert!(!same || other.started_at > call.ended_at, "{} {}", call.id, other.id);
        }
    }
}

#[test]
fn the_webhooks_of_a_call_tell_the_whole_truth_in_the_end() {
    for call in centres().flat_map(|centre| centre.calls) {
        let bodies = bodies(&call);
        let newest = bodies.iter().max_by_key(|body| body["timestamp"].as_i64()).unwrap();
        let data = &newest["data"];
        assert_eq!(data["status"], "done");
        assert_eq!(data["ended_at"], call.ended_at);
        assert_eq!(data["answered_at"].as_i64(), call.answered_at);
        assert_eq!(data["raw_digits"], call.raw_digits());
        assert_eq!(data["user"]["id"].as_i64(), call.agent().map(|agent| agent.id));
        assert_eq!(data["missed_call_reason"].as_str(), call.missed_reason.as_deref());
        assert_eq!(data["comments"].as_array().unwrap().len(), call.comments.len());
        let asset = data["asset"].as_str();
        assert_eq!(asset.is_some(), call.media.is_some());
        let media = call.media.map(|media| media.kind);
        assert_eq!(data["voicemail"].is_string(), media == Some(Media::Voicemail));
        assert_eq!(data["recording"].is_string(), media == Some(Media::Recording));
    }
}

#[test]
fn an_ended_snapshot_always_names_the_agent_in_the_end() {
    for call in centres().flat_map(|centre| centre.calls) {
        for body in bodies(&call).iter().filter(|body| body["data"]["ended_at"].is_i64()) {
            let rings = body["event"] == "call.ringing_on_agent";
            let user = body["data"]["user"]["id"].as_i64();
            assert!(rings || user == call.agent().map(|agent| agent.id), "{}", call.id);
        }
    }
}

#[test]
fn the_event_of_a_transfer_says_whether_it_happened() {
    for call in centres().flat_map(|centre| centre.calls) {
        let events: HashSet<String> =
            call.deliveries("t").into_iter().map(|delivery| delivery.event).collect();
        let has = |event: &str| events.contains(event);
        let (happened, outside, failed) = match &call.transfer {
            Some(Transfer { to: TransferTo::Colleague { .. }, .. }) => (true, false, false),
            Some(Transfer { to: TransferTo::External(_), .. }) => (false, true, false),
            Some(Transfer { to: TransferTo::Failed(_), .. }) => (false, false, true),
            None => (false, false, false),
        };
        assert_eq!(has("call.transferred"), happened);
        assert_eq!(has("call.external_transferred"), outside);
        assert_eq!(has("call.unsuccessful_transfer"), failed);
    }
}

#[test]
fn links_come_when_they_are_known_and_hungup_never_has_one() {
    for call in centres().flat_map(|centre| centre.calls) {
        let mut first = call.deliveries_with("t", &simulators::aircall::Irregularities::NONE);
        first.retain(|delivery| delivery.event == "call.hungup");
        let body: Value = serde_json::from_slice(&first[0].body).unwrap();
        assert_eq!(body["data"]["asset"], Value::Null);
        assert_eq!(body["timestamp"], call.ended_at);
    }
}

#[test]
fn nothing_is_sent_before_it_was_built() {
    for call in centres().flat_map(|centre| centre.calls) {
        for delivery in call.deliveries("t") {
            assert!(delivery.at_ms >= (delivery.timestamp - call.start_at) * 1_000);
        }
    }
}

#[test]
fn absent_objects_are_missing_null_and_empty() {
    let mut seen = HashSet::new();
    for body in centres().flat_map(|centre| centre.calls).flat_map(|call| bodies(&call)) {
        match body["data"].as_object().unwrap().get("user") {
            None => seen.insert("missing"),
            Some(Value::Null) => seen.insert("null"),
            Some(Value::Object(map)) if map.is_empty() => seen.insert("empty"),
            Some(_) => seen.insert("there"),
        };
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn talk_and_wait_add_up_to_the_length() {
    for call in centres().flat_map(|centre| centre.calls) {
        assert_eq!(call.talk_s() + call.wait_s(), call.ended_at - call.started_at);
    }
}
