//! A topic as Aircall leaves it: repeats, late and overtaken events, and corrections of some.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use callfold::config::{self, Needs, Settings};
use callfold::process::log;
use eventlog::partitioner::partition_of;
use eventlog::{Record, SystemClock, Topic};
use ingest::{Seen, normalise};
use schemas::topics::key;
use schemas::{AgentId, CallEvent, EventId, Origin, Person, TimeMs, TopicKind, TopicNames};
use simulators::aircall::send::plan;
use simulators::aircall::{Centre, Irregularities, SendOptions};
use tests::journey::TOKEN;

/// Far more goes wrong than on a bad day.
const ODDS: Irregularities = Irregularities {
    reordered: 0.4,
    late: 0.2,
    repeated: 0.3,
    doubled: 0.1,
    rebuilt: 0.1,
    lost: 0.0,
    odd_shapes: 0.2,
};
/// Every so many calls have an event that was read wrong and was corrected.
const CORRECTED_EVERY: usize = 5;

/// Makes the log of a stopped callfold in `dir`, and the configuration that names it.
pub async fn make(dir: &Path, centre: &Centre) {
    let text = format!("[log]\ndir = {:?}\npartitions = 3\n", dir.join("log"));
    std::fs::write(dir.join("callfold.toml"), &text).expect("a file can be written");
    let settings = settings(&text);
    let events = events(centre);
    let opened = log::open(&settings, Arc::new(SystemClock)).await.expect("the log opens");
    let topic = Topic::new(&TopicNames::with_prefix("callfold").name(TopicKind::Calls));
    let appender = opened.log().appender().expect("an open log has an appender");
    for some in events.chunks(500) {
        let records = some.iter().map(|event| record(&topic, event)).collect();
        appender.append(records).await.expect("becomes durable");
    }
    drop(appender);
    opened.close().await;
}

fn settings(text: &str) -> Settings {
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    let checked = config::check(Some(("callfold.toml", text)), &[], &no_file, Needs::Look);
    checked.expect("the configuration is right").1
}

fn record(topic: &Topic, event: &CallEvent) -> Record {
    Record {
        topic: topic.clone(),
        partition: partition_of(event.contact.as_str().as_bytes(), 3),
        key: Bytes::from(key::event(&event.contact, &event.event_id)),
        value: Some(Bytes::from(schemas::encode(event))),
        headers: Vec::new(),
    }
}

fn events(centre: &Centre) -> Vec<CallEvent> {
    let options = SendOptions { irregularities: ODDS, ..SendOptions::default() };
    let mut events: Vec<CallEvent> = plan(centre, TOKEN, &options)
        .into_iter()
        .map(|delivery| {
            let received_at = TimeMs(centre.start_at * 1_000 + delivery.at_ms);
            let seen = Seen { received_at, origin: Origin::Webhook, default_region: None };
            normalise(&delivery.body, &seen).expect("the simulator's bodies are calls")
        })
        .collect();
    let overtaken = events.windows(2).filter(|it| it[0].snapshot_at > it[1].snapshot_at).count();
    let mut ids: Vec<String> = events.iter().map(|it| it.event_id.to_string()).collect();
    ids.sort();
    ids.dedup();
    let repeats = events.len() - ids.len();
    assert!(overtaken > 500 && repeats > 500, "{overtaken} overtaken, {repeats} repeats");
    correct(&mut events);
    events
}

/// The newest events of some calls become wrong wherever they stand, and a correction of each comes: in
/// front of everything or behind it.
fn correct(events: &mut Vec<CallEvent>) {
    let mut newest: BTreeMap<i64, &CallEvent> = BTreeMap::new();
    for event in events.iter() {
        let of_call = newest.entry(event.call_id.get()).or_insert(event);
        let when = |it: &CallEvent| (it.snapshot_at, it.event_id.to_string());
        if when(of_call) < when(event) {
            *of_call = event;
        }
    }
    let chosen: Vec<CallEvent> = newest.into_values().step_by(CORRECTED_EVERY).cloned().collect();
    for (place, right) in chosen.into_iter().enumerate() {
        for wrong in events.iter_mut().filter(|it| it.event_id == right.event_id) {
            wrong.line_name = Some("a line that there is not".into());
            wrong.answered_at = Some(TimeMs(right.snapshot_at.0 + 1_000));
            wrong.agent = Some(Person { id: AgentId(1), name: Some("Nobody".into()), email: None });
        }
        let mut correction = right.clone();
        let id = format!("correction-{}", right.event_id);
        correction.event_id = EventId::try_from(id).expect("an id is any text");
        correction.replaces = Some(right.event_id);
        correction.normaliser_revision += 1;
        correction.clears = vec!["answered_at".to_owned(), "agent".to_owned()];
        correction.clears.retain(|name| {
            (name == "answered_at" && right.answered_at.is_none())
                || (name == "agent" && right.agent.is_none())
        });
        let at = if place % 2 == 0 { 0 } else { events.len() };
        events.insert(at, correction);
    }
}
