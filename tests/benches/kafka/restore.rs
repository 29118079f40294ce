//! Take-over by a machine that has nothing: how long until a projector has brought its store up from
//! `conversations` and folds fresh calls again, on one core.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use eventlog::Log;
use eventlog::bench::Bars;
use eventlog::kafka::bare;
use schemas::TopicKind;
use tokio::time::Instant;

use crate::answered::PHASES;
use crate::fill;
use crate::fold::{fold, watch};
use crate::stage::{PARTITIONS, Stage, all, topic};

const BAR_S: f64 = 10.0;

pub async fn run(bars: &mut Bars, contacts: usize) {
    let stage = Stage::start("").await;
    let log = stage.log().await;
    // The last event of a call tells everything: as large a state as after all of them.
    fill::calls(&log, contacts, PHASES - 1..PHASES).await;
    let made = fold(&stage, contacts as f64).await;
    made.print("the states are made");
    let (records, bytes) = states(&log).await;
    println!(
        "{contacts} contacts: {records} states of {:.0} bytes of key and value each; {:.0} bytes a \
         contact, {:.0} on the broker's disk",
        bytes / records,
        bytes / contacts as f64,
        stage.disk_bytes(TopicKind::Conversations) as f64 / contacts as f64,
    );
    let brokers = stage.cluster.bootstrap();
    let bare = bare::read(&brokers, &topic(TopicKind::Conversations), PARTITIONS, records as usize);
    println!("       bare librdkafka reads them in {:.1} s", records / bare);

    // One fresh event for each partition, and more: whoever folds them has restored before.
    let fresh = 1_000;
    fill::calls(&log, fresh, 0..1).await;
    let mut start = stage.start.of_role("projector", 1);
    start.binary = stage.dir.path().join("pinned.sh");
    pin(&start.binary, &stage.start.binary);
    let began = Instant::now();
    let mut child = tests::child::Child::start(start);
    let (id, address) = (child.id(), child.ready().await.unwrap());
    let name = "callfold_projector_events_total";
    let restored =
        watch(began, id, fresh as f64, async || stage.counter(address, name).await).await;
    let count = stage.counter(address, "callfold_projector_restored_records_total").await;
    child.stop().await;
    let took = restored.took.as_secs_f64();
    restored.print("restored, and a thousand fresh events folded, on one core");
    let line = format!(
        "{contacts} contacts restored in {took:.1} s (under 10): {:.0} records/s",
        count / took
    );
    bars.judge(took < BAR_S, &line);
}

/// How many states there are, and how many bytes.
async fn states(log: &Arc<dyn Log>) -> (f64, f64) {
    let (mut records, mut bytes) = (0_u64, 0);
    all(log, TopicKind::Conversations, |stored| {
        records += 1;
        bytes += stored.key.len() + stored.value.as_ref().map_or(0, bytes::Bytes::len);
    })
    .await;
    (records as f64, bytes as f64)
}

/// A program that runs another one on the first processor alone.
fn pin(at: &std::path::Path, program: &std::path::Path) {
    let text = format!("#!/bin/sh\nexec taskset -c 0 '{}' \"$@\"\n", program.display());
    std::fs::write(at, text).unwrap();
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o700)).unwrap();
}
