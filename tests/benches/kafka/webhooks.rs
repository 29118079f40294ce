//! Webhooks acknowledged by `callfold ingest` on Kafka: raw body and event both written.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::bench::Bars;
use eventlog::kafka::bare;
use eventlog::{Log, Record};
use schemas::TopicKind;
use tokio::runtime::Runtime;

use crate::body;
use crate::load::Generator;
use crate::process::Cost;
use crate::stage::{Stage, all, topic};

/// Webhooks/s with 64 connections.
const BAR: f64 = 20_000.0;
const WARM: Duration = Duration::from_secs(2);

pub fn run(runtime: &Runtime, bars: &mut Bars, seconds: u64, synced: bool) {
    // The broker syncs after each batch that it appends.
    let settings = if synced { "log.flush.interval.messages=1\n" } else { "" };
    let stage = runtime.block_on(Stage::start(settings));
    // A child belongs to the runtime that it was started in.
    let _inside = runtime.enter();
    let mut child = stage.child("ingest", 0);
    let address = runtime.block_on(child.ready()).unwrap();
    println!(
        "one broker; an acknowledgement says: {}",
        if synced { "on its disk" } else { "in its page cache" }
    );
    let mut answered = 0.0;
    for connections in [64, 256] {
        let mut generator = Generator::connect(address, connections);
        generator.closed(WARM);
        let before = Cost::of(child.id());
        let figures = generator.closed(Duration::from_secs(seconds));
        let cpu = Cost::of(child.id()).cpu - before.cpu;
        let line = format!("closed loop, {connections} connections: {figures}");
        if connections == 64 && !synced {
            bars.judge(figures.rate() >= BAR, &format!("{line} (at least 20,000/s)"));
        } else {
            println!("       {line}");
        }
        let count = figures.rate() * seconds as f64;
        answered += count;
        println!(
            "       of its processor time per webhook: {:.1} us",
            cpu.as_micros() as f64 / count
        );
    }
    println!(
        "ingest, {} contacts called: {:.0} MiB at most",
        answered.min(body::CONTACTS as f64),
        Cost::of(child.id()).peak_mib
    );
    runtime.block_on(child.stop());
    runtime.block_on(on_disk(&stage));
    let log = runtime.block_on(stage.log());
    let batch = runtime.block_on(pairs(&log));
    let bare = bare::append(&stage.cluster.bootstrap(), &batch, 400_000, "lz4") / 2.0;
    println!("       bare librdkafka, the same records: {bare:.0} pairs of raw and event/s");
}

async fn on_disk(stage: &Stage) {
    let log = stage.log().await;
    for kind in [TopicKind::Calls, TopicKind::Raw] {
        let (mut records, mut bytes) = (0_u64, 0);
        all(&log, kind, |stored| {
            records += 1;
            bytes += stored.key.len() + stored.value.as_ref().map_or(0, Bytes::len);
        })
        .await;
        let on_disk = stage.disk_bytes(kind) as f64 / records as f64;
        let mean = bytes as f64 / records as f64;
        println!(
            "{}: {on_disk:.0} bytes on disk per event ({mean:.0} of key and value, {records} events)",
            topic(kind)
        );
    }
}

/// A thousand webhooks as ingest wrote them, each as raw and event.
async fn pairs(log: &Arc<dyn Log>) -> Vec<Record> {
    let mut batch = Vec::new();
    for kind in [TopicKind::Raw, TopicKind::Calls] {
        for partition in (0..crate::stage::PARTITIONS).map(eventlog::Partition) {
            let topic = topic(kind);
            let mut reader = log.reader(&topic, partition, eventlog::Offset::START).await.unwrap();
            let records = reader.next_if_any(84).await.unwrap().records;
            batch.extend(records.into_iter().map(|it| Record {
                topic: topic.clone(),
                partition,
                key: it.key,
                value: it.value,
                headers: it.headers,
            }));
        }
    }
    batch
}
