//! Following a topic in which something cannot be read.

use std::sync::Arc;

use async_trait::async_trait;
use callfold::view::events::{From, Query, spawn};
use eventlog::partitioner::partition_of;
use eventlog::{
    Batch, Ends, Identity, LogError, LogReader, Offset, Partition, ReadError, Reader, Topic,
    TopicSpec,
};
use schemas::TopicKind;

use crate::shelf::{NUMBER, PARTITIONS, Shelf};

/// A log whose every partition is damaged at offset 0 for whoever follows it.
struct Damaged(Arc<dyn LogReader>);

struct DamagedReader {
    reader: Box<dyn Reader>,
    damage: Option<(Topic, Partition)>,
}

#[async_trait]
impl LogReader for Damaged {
    fn identity(&self) -> &Identity {
        self.0.identity()
    }

    fn topics(&self) -> &[TopicSpec] {
        self.0.topics()
    }

    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        self.0.ends(topic, partition).await
    }

    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError> {
        let reader = self.0.reader(topic, partition, from).await?;
        Ok(Box::new(DamagedReader { reader, damage: Some((topic.clone(), partition)) }))
    }
}

#[async_trait]
impl Reader for DamagedReader {
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        match self.damage.clone() {
            Some((topic, partition)) => Err(ReadError::Damaged {
                topic,
                partition,
                offset: Offset(0),
                what: "a checksum differs".to_owned(),
            }),
            None => self.reader.next(records_max).await,
        }
    }

    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        self.reader.next_if_any(records_max).await
    }

    fn position(&self) -> Offset {
        self.reader.position()
    }

    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError> {
        self.damage = None;
        Ok((Offset(0), Offset(3)))
    }
}

fn query(skip_damage: bool) -> Query {
    Query {
        topic: "calls".to_owned(),
        from: From::Offset(0),
        to_ms: None,
        follow: true,
        limit: Some(1),
        contact: None,
        partition: Some(0),
        skip_damage,
        reached: Default::default(),
    }
}

#[tokio::test]
async fn damage_met_while_following_is_told_before_what_comes_after_it() {
    let shelf = Shelf::new();
    let log: Arc<dyn LogReader> = Arc::new(Damaged(shelf.log.clone()));
    let mut lines = spawn(log, &shelf.names, query(true)).unwrap();
    let damage = lines.recv().await.unwrap().unwrap();
    assert_eq!(damage["partition"], 0);
    assert_eq!((&damage["damage"]["from"], &damage["damage"]["to"]), (&0.into(), &3.into()));
    let what = damage["damage"]["what"].as_str().unwrap();
    assert!(what.contains("a checksum differs"), "{what}");

    let value = b"none".to_vec();
    shelf.append_to(TopicKind::Calls, Partition(0), b"k".to_vec(), value, Vec::new()).await;
    let record = lines.recv().await.unwrap().unwrap();
    assert_eq!((&record["offset"], &record["key"]), (&0.into(), &"k".into()));
}

#[tokio::test]
async fn damage_met_while_following_ends_it_when_it_is_not_to_be_skipped() {
    let shelf = Shelf::new();
    let log: Arc<dyn LogReader> = Arc::new(Damaged(shelf.log.clone()));
    let mut lines = spawn(log, &shelf.names, query(false)).unwrap();
    let error = lines.recv().await.unwrap().unwrap_err().to_string();
    assert!(error.contains("--skip-damage"), "{error}");
    assert!(lines.recv().await.is_none());
}

#[tokio::test]
async fn a_partition_that_is_not_the_contact_s_is_refused_with_the_one_that_is() {
    let shelf = Shelf::new();
    let own = partition_of(NUMBER.as_bytes(), PARTITIONS).0;
    for (partition, fits) in [(own, true), (1 - own, false)] {
        let contact = Some("+33 6 00 00 00 01".to_owned());
        let query = Query { contact, partition: Some(partition), follow: false, ..query(false) };
        match spawn(shelf.log.clone(), &shelf.names, query) {
            Ok(_) => assert!(fits),
            Err(error) => {
                assert!(!fits && error.to_string().contains(&format!("partition {own}:")));
            }
        }
    }
}
