//! Texts of the user's own, and the defaults.

use std::collections::BTreeMap;

use projector::Templates;
use projector::templates::Link;
use schemas::{CallFacts, CallId, Piece};

use crate::events::{Call, agent};
use crate::simulation::{Simulation, s};

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_mistake_in_templates_is_told_with_its_key() {
    let errors = Templates::parse(&texts(&[
        ("main.missed", "Missed by {{ nobody }}"),
        ("subject.voicemail", "{% if %}"),
        ("subject.lost", "x"),
        ("duration", "fine: {{ duration }}"),
    ]))
    .unwrap_err();
    let told: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
    assert_eq!(
        told,
        ["templates.main.missed", "templates.subject.lost", "templates.subject.voicemail"]
    );
    assert!(errors[1].what.contains("subject.missed"), "names those that exist: {}", errors[1]);
}

#[test]
fn a_variable_that_there_is_not_is_named_with_those_that_there_are() {
    let errors = Templates::parse(&texts(&[
        (
            "main.missed",
            "{% if false %}{{ agnet }}{% endif %}{{ line }}{% for i in range(3) %}.{% endfor %}",
        ),
        ("subject.missed", "{{ line }} {{ agent }}"),
    ]))
    .unwrap_err();
    let told: Vec<_> = errors.iter().map(|error| error.what.as_str()).collect();
    assert_eq!(
        told,
        [
            "there is no variable agnet; there are qualification, line, line_number, customer, \
             customer_name, agent, transferred_by, reason, started, duration, waited, url, media, \
             call_id",
            "there is no variable agent; there are qualification, line, line_number",
        ]
    );
}

/// Every variable that is told can be used.
#[test]
fn all_variables_that_a_template_may_name_have_values() {
    let refused = Templates::parse(&texts(&[("duration", "{{ none_of_them }}")])).unwrap_err();
    let (_, names) = refused[0].what.split_once("there are ").unwrap();
    let all: String = names.split(", ").map(|name| format!("{{{{ {name} }}}}")).collect();
    assert!(Templates::parse(&texts(&[("duration", &all)])).is_ok(), "{all}");
}

/// Both ways of writing the defaults, over calls of every kind.
#[test]
fn b07_the_defaults_as_templates_write_what_the_defaults_write() {
    let unknown = |call: &mut schemas::CallEvent| {
        call.line_name = None;
        call.started_at = None;
        call.contact_name = Some("<Ada>".into());
    };
    let calls = [
        Call::inbound(7, s(0)).answered(s(5), Some(agent(1))).ended(s(90)).recording(),
        Call::inbound(7, s(0)).answered(s(5), Some(agent(1))).ended(s(90)).change(unknown),
        Call::outbound(7, s(0)).ended(s(90)).change(|call| call.line_number = None),
        Call::inbound(7, s(0)).ended(s(90)).change(|call| {
            call.missed_call_reason = Some("no_available_agent".into());
            call.line_name = None;
            call.line_number = None;
        }),
        Call::inbound(7, s(0)).ended(s(90)).voicemail(),
        Call::inbound(7, s(0)).ended(s(90)).change(|call| call.has_voicemail = true),
    ];
    for layout in [projector::Layout::Separate, projector::Layout::Compact] {
        for call in &calls {
            let logged = |templates: Templates| {
                let mut simulation = Simulation::with(|config| {
                    config.layout = layout;
                    config.templates = templates;
                });
                simulation.call(&call.event("call.transferred", s(90)));
                simulation.transcript()
            };
            let defaults = Templates::defaults();
            assert!(defaults.contains_key("subject.missed"), "they are all there");
            let as_templates = Templates::parse(&defaults).unwrap();
            assert!(format!("{as_templates:?}").contains("custom: true"));
            assert_eq!(logged(as_templates), logged(Templates::default()));
        }
    }
}

#[test]
fn b05_a_subject_may_name_the_line_s_number() {
    let templates =
        Templates::parse(&texts(&[("subject.missed", "to {{ line_number }}")])).unwrap();
    let facts = CallFacts { line_number: Some("+33 1 23".into()), ..CallFacts::default() };
    let subject = templates.subject(projector::qualification::Qualification::Missed, &facts);
    assert_eq!(subject.as_str(), "to +33 1 23");
}

#[test]
fn b09_a_recording_and_a_voicemail_have_a_text_each() {
    let templates = Templates::parse(&texts(&[("recording", "R"), ("voicemail", "V")])).unwrap();
    let (call, facts) = (CallId::try_from(7).unwrap(), CallFacts::default());
    for (piece, text) in [(Piece::Recording, "R"), (Piece::Voicemail, "V")] {
        assert_eq!(templates.link(call, &facts, piece, Link::InAircall), text);
    }
}

#[test]
fn b05_a_subject_of_the_users_own_sticks_like_the_default() {
    let templates =
        Templates::parse(&texts(&[("subject.missed", "{{ line }}\nmissed"), ("main.missed", "x")]))
            .unwrap();
    let mut simulation = Simulation::with(|config| config.templates = templates);
    simulation.call(&Call::inbound(1, s(0)).ended(s(20)).event("call.ended", s(50)));
    simulation.settle();
    let call = Call::inbound(2, s(0)).answered(s(1), Some(agent(1))).ended(s(220));
    simulation.call(&call.event("call.hungup", s(220)));
    assert_eq!(simulation.activity("call:1:main").body, "x");
    assert_eq!(simulation.activity("call:2:main").subject, "Support missed");
}
