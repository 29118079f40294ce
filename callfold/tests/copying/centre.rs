//! A small centre's log with everything in it that can be in one, and what a copy must make of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use callfold::copy::found;
use callfold::copy::home;
use callfold::copy::plan::{Found, Plan};
use callfold::view::Names;
use eventlog::embedded::{self, EmbeddedLog, Options};
use eventlog::partitioner::partition_of;
use eventlog::{
    Cleanup, Clock, Dated, Header, Log, LogReader, Offset, Partition, Record, Stored, SystemClock,
    Topic, TopicSpec, WriterName,
};
use schemas::topics::key;
use schemas::{Contact, EventId, Input, Position, TimeMs, TopicKind, TopicNames};

pub const PREFIX: &str = "callfold";
/// Days ago, so that times that are not carried over show.
const LONG_AGO_MS: i64 = 3 * 86_400_000;

pub fn names(partitions: u32) -> Names {
    Names { topics: TopicNames::with_prefix(PREFIX), partitions }
}

pub fn specs(partitions: u32) -> Vec<TopicSpec> {
    let names = names(partitions);
    let spec = |kind: TopicKind| TopicSpec {
        topic: names.topic(kind),
        partitions,
        cleanup: Cleanup { compact: kind.keeps().compact, retention: None },
    };
    TopicKind::ALL.map(spec).to_vec()
}

pub fn open(dir: &Path, partitions: u32) -> Arc<EmbeddedLog> {
    let clock = Arc::new(SystemClock);
    embedded::open(dir, specs(partitions), "callfold", clock, Options::default()).unwrap()
}

pub fn contact(number: u32) -> Contact {
    Contact::from_e164(&format!("+336000{number:05}")).unwrap()
}

/// A centre of some contacts. Of each partition's inputs the last `unread` were not read.
pub struct Centre {
    pub log: Arc<EmbeddedLog>,
    pub names: Names,
}

impl Centre {
    pub async fn new(dir: &Path, partitions: u32, contacts: u32, unread: u32) -> Centre {
        let centre = Centre { log: open(dir, partitions), names: names(partitions) };
        let mut writer = centre.log.writer(&WriterName("past".to_owned())).await.unwrap();
        for round in 0..3 {
            let records = (0..contacts).flat_map(|it| centre.of_contact(it, round)).collect();
            writer.commit_dated(records).await.unwrap();
        }
        centre.positions(Some(TimeMs(77))).await;
        for round in 3..3 + unread {
            let records = (0..contacts).flat_map(|it| centre.new_inputs(it, round)).collect();
            writer.commit_dated(records).await.unwrap();
        }
        centre
    }

    fn dated(&self, kind: TopicKind, key: Vec<u8>, value: Option<&str>, round: u32) -> Dated {
        let home = home::of(&key).partition(self.names.partitions).unwrap_or(Partition(0));
        let header = Header { name: "event-id".to_owned(), value: Bytes::from(format!("{round}")) };
        let record = Record {
            topic: self.names.topic(kind),
            partition: home,
            key: Bytes::from(key),
            value: value.map(|text| Bytes::from(format!("{text} {round}"))),
            headers: vec![header],
        };
        Dated { record, time_ms: SystemClock.now_ms() - LONG_AGO_MS + i64::from(round) }
    }

    fn new_inputs(&self, number: u32, round: u32) -> Vec<Dated> {
        let who = contact(number);
        let event = EventId::try_from(format!("event-{number}-{round}")).unwrap();
        let effect = schemas::EffectKey::try_from(format!("call:{round}:main")).unwrap();
        vec![
            self.dated(TopicKind::Calls, key::event(&who, &event), Some("call"), round),
            self.dated(TopicKind::Raw, key::orphan(&event), Some("raw"), round),
            self.dated(TopicKind::Commands, key::effect(&who, &effect), Some("command"), round),
        ]
    }

    fn of_contact(&self, number: u32, round: u32) -> Vec<Dated> {
        let who = contact(number);
        let event = EventId::try_from(format!("event-{number}-{round}")).unwrap();
        let effect = schemas::EffectKey::try_from(format!("call:{round}:main")).unwrap();
        let mut records = self.new_inputs(number, round);
        records.extend([
            self.dated(TopicKind::Front, key::event(&who, &event), Some("front"), round),
            self.dated(TopicKind::Rejected, key::orphan(&event), Some("rejected"), round),
            self.dated(TopicKind::Outcomes, key::effect(&who, &effect), Some("outcome"), round),
            self.dated(TopicKind::Outcomes, key::thread(&who), Some("thread"), round),
            self.dated(TopicKind::Outcomes, key::status("dispatcher"), Some("status"), round),
            self.dated(TopicKind::Conversations, key::conversation(&who), Some("state"), round),
            self.dated(TopicKind::Outcomes, key::effect(&who, &effect), None, round),
        ]);
        records
    }

    /// The services have read everything that is there.
    async fn positions(&self, front_cursor: Option<TimeMs>) {
        let ends = found::ends(&*self.log, &self.names).await.unwrap();
        let input = |kind: TopicKind, partition: u32| Input {
            topic: self.names.topics.name(kind),
            partition: i32::try_from(partition).unwrap(),
            next_offset: i64::try_from(ends[&(kind, partition)].end.0).unwrap(),
        };
        let record = |kind, partition, writer: String, inputs: Vec<Input>, front_cursor| Record {
            topic: self.names.topic(kind),
            partition: Partition(partition),
            key: Bytes::from(key::position(&writer)),
            value: Some(Bytes::from(schemas::encode(&Position {
                writer,
                inputs,
                front_cursor,
                at: TimeMs(1),
            }))),
            headers: Vec::new(),
        };
        let all = 0..self.names.partitions;
        let mut records: Vec<Record> = all
            .clone()
            .map(|at| {
                let inputs = vec![input(TopicKind::Calls, at), input(TopicKind::Front, at)];
                record(TopicKind::Conversations, at, format!("projector/{at}"), inputs, None)
            })
            .collect();
        let kinds = [TopicKind::Commands, TopicKind::Raw];
        let inputs = kinds.into_iter().flat_map(|kind| all.clone().map(move |at| (kind, at)));
        let inputs = inputs.map(|(kind, at)| input(kind, at)).collect();
        let writer = "dispatcher".to_owned();
        records.push(record(TopicKind::Outcomes, 0, writer, inputs, front_cursor));
        self.log.appender().unwrap().append(records).await.unwrap();
    }

    pub async fn found(&self) -> Found {
        found::of(&*self.log, &self.names).await.unwrap()
    }

    pub async fn plan(&self, partitions: u32) -> Plan {
        Plan::of(&self.found().await, partitions)
    }
}

/// All records of a partition.
pub async fn records(log: &dyn LogReader, topic: &Topic, partition: u32) -> Vec<Stored> {
    let mut reader = log.reader(topic, Partition(partition), Offset::START).await.unwrap();
    let mut all = Vec::new();
    loop {
        let batch = reader.next_if_any(1_000).await.unwrap().records;
        if batch.is_empty() {
            return all;
        }
        all.extend(batch);
    }
}

/// What of a record must be the same in a copy: its time, key, value and headers.
pub type Kept = (i64, Bytes, Option<Bytes>, Vec<Header>);

/// Everything that must be the same in a copy: per topic and owner (a contact, an event) its records in
/// their order.
pub async fn kept(log: &dyn LogReader, names: &Names) -> BTreeMap<(String, Vec<u8>), Vec<Kept>> {
    let mut kept: BTreeMap<(String, Vec<u8>), Vec<Kept>> = BTreeMap::new();
    for kind in TopicKind::ALL {
        for partition in 0..names.partitions {
            for stored in records(log, &names.topic(kind), partition).await {
                let owner = match home::of(&stored.key) {
                    home::Home::Spread(bytes) => {
                        let home = partition_of(bytes, names.partitions);
                        assert_eq!(home, Partition(partition), "{kind:?} {:?}", stored.key);
                        bytes.to_vec()
                    }
                    home::Home::First => {
                        assert_eq!(partition, 0, "{kind:?} {:?}", stored.key);
                        b"first".to_vec()
                    }
                    home::Home::Stays => continue,
                };
                let mut headers = stored.headers;
                headers.retain(|header| header.name != "order");
                let one = (stored.time_ms, stored.key, stored.value, headers);
                kept.entry((kind.short_name().to_owned(), owner)).or_default().push(one);
            }
        }
    }
    kept
}

/// The position of a writer, and its kind of log beside it: the last one that the log has.
pub async fn position(log: &dyn LogReader, names: &Names, writer: &str) -> Option<Position> {
    let (kind, partition) = match writer.strip_prefix("projector/") {
        Some(partition) => (TopicKind::Conversations, partition.parse().unwrap()),
        None => (TopicKind::Outcomes, 0),
    };
    let own = key::position(writer);
    let all = records(log, &names.topic(kind), partition).await;
    let last = all.iter().rev().find(|stored| stored.key == own)?;
    Some(schemas::decode(last.value.as_ref().unwrap()).unwrap())
}
