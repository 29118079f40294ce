//! From events on Kafka to states and commands on Kafka: how many a projector folds per core, and the same
//! of a Kafka Streams program that does it.

use std::collections::BTreeMap;
use std::time::Duration;

use eventlog::bench::Bars;
use eventlog::kafka::bare;
use schemas::{Command, TopicKind, decode};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::answered::PHASES;
use crate::dispatcher;
use crate::fill;
use crate::peer::Peer;
use crate::process::Cost;
use crate::stage::{PARTITIONS, Stage, all, topic};

/// How often it is asked how far somebody is.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// Only a hang lasts longer.
const FOLDED_IN: Duration = Duration::from_secs(1_800);
/// Times as many events per core as the peer: what must be.
const BAR: f64 = 2.0;

/// What folding cost.
pub struct Folded {
    events: f64,
    /// From the process's start to its last event.
    pub took: Duration,
    all: Cost,
    /// From half of the events on: whoever must warm up has done so.
    second_half: Duration,
}

impl Folded {
    pub fn peak_mib(&self) -> f64 {
        self.all.peak_mib
    }

    fn per_core(&self) -> f64 {
        self.events / self.all.cpu.as_secs_f64()
    }

    fn per_core_warm(&self) -> f64 {
        self.events / 2.0 / self.second_half.as_secs_f64()
    }

    pub fn print(&self, who: &str) {
        println!(
            "{who}: {:.0} events in {:.1} s, {:.1} s of processor time: {:.0} events/s per core, \
             {:.0} in the second half; {:.0} MiB at most",
            self.events,
            self.took.as_secs_f64(),
            self.all.cpu.as_secs_f64(),
            self.per_core(),
            self.per_core_warm(),
            self.all.peak_mib,
        );
    }
}

/// Watches a process that was started when `began` until `folded` says that it has folded all.
pub async fn watch(
    began: Instant,
    id: u32,
    events: f64,
    mut folded: impl AsyncFnMut() -> f64,
) -> Folded {
    let mut half = None;
    let mut ticks = interval(ASK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = folded().await;
        assert!(began.elapsed() < FOLDED_IN, "{now} of {events} are folded, and no more");
        if now >= events / 2.0 && half.is_none() {
            half = Some((now, Cost::of(id).cpu));
        }
        if now >= events {
            let all = Cost::of(id);
            let (at, cpu) = half.unwrap();
            // As if it had been seen at the half exactly.
            let second_half = (all.cpu - cpu).mul_f64(events / 2.0 / (now - at).max(1.0));
            return Folded { events, took: began.elapsed(), all, second_half };
        }
    }
}

/// Lets a projector fold everything that is on `calls`.
pub async fn fold(stage: &Stage, events: f64) -> Folded {
    let began = Instant::now();
    let mut child = stage.child("projector", 0);
    let id = child.id();
    let address = child.ready().await.unwrap();
    let name = "callfold_projector_events_total";
    let folded = watch(began, id, events, async || stage.counter(address, name).await).await;
    assert!(child.stop().await.success(), "the projector ends well");
    folded
}

pub async fn run(bars: &mut Bars, contacts: usize) {
    let stage = Stage::start("").await;
    let log = stage.log().await;
    fill::calls(&log, contacts, 0..PHASES).await;
    let count = contacts * PHASES;
    println!(
        "{contacts} contacts with one answered call each, {count} events, {PARTITIONS} partitions"
    );
    let brokers = stage.cluster.bootstrap();
    let bare = bare::read(&brokers, &topic(TopicKind::Calls), PARTITIONS, count);
    println!("       bare librdkafka reads them at {bare:.0}/s");
    let ours = fold(&stage, count as f64).await;
    ours.print("callfold projector");
    let mut states = (0_u64, 0);
    all(&log, TopicKind::Conversations, |stored| {
        states.0 += 1;
        states.1 += stored.value.as_ref().map_or(0, bytes::Bytes::len);
    })
    .await;
    println!(
        "       it wrote {} states of {} bytes each",
        states.0,
        states.1 as u64 / states.0.max(1)
    );

    let mut peer = match Peer::start(&stage).await {
        Ok(peer) => peer,
        Err(why) => {
            bars.judge(false, &format!("no Kafka Streams program beside it: {why}"));
            return;
        }
    };
    let theirs = peer.fold(count as f64).await;
    theirs.print("Kafka Streams");
    peer.stop().await;
    compare(bars, &stage, &log).await;
    let times = ours.per_core() / theirs.per_core();
    let warm = ours.per_core_warm() / theirs.per_core_warm();
    let line = format!(
        "callfold folds {times:.1} times as many per core, in the second half {warm:.1} (at least 2)"
    );
    bars.judge(times >= BAR && warm >= BAR, &line);
    let mut commands = 0_u64;
    all(&log, TopicKind::Commands, |_| commands += 1).await;
    dispatcher::memory(&stage, contacts, commands as f64).await;
}

/// Whether both ask Front for the same: commands without when, and under which configuration, they were
/// decided.
async fn compare(bars: &mut Bars, stage: &Stage, log: &std::sync::Arc<dyn eventlog::Log>) {
    let mut wanted = BTreeMap::new();
    all(log, TopicKind::Commands, |stored| {
        let command: Command = decode(stored.value.as_ref().unwrap()).unwrap();
        wanted.insert(stored.key.clone(), asked_for(command));
    })
    .await;
    let (mut same, mut other, mut shown) = (0, 0, false);
    for (key, value) in Peer::commands(stage).await {
        let command: Command = decode(&value).unwrap();
        let theirs = asked_for(command);
        if wanted.remove(&key).as_ref() == Some(&theirs) {
            same += 1;
        } else {
            other += 1;
            if !std::mem::replace(&mut shown, true) {
                println!("       first difference: {theirs}");
            }
        }
    }
    let line = format!(
        "commands: {same} the same in both, {other} other ones of Kafka Streams, {} missing there",
        wanted.len()
    );
    bars.judge(same > 0 && other == 0 && wanted.is_empty(), &line);
}

fn asked_for(mut command: Command) -> String {
    command.decided_at = schemas::TimeMs(0);
    command.config_version = schemas::Text::new_static("");
    command.rules_version = schemas::Text::new_static("");
    let value = serde_json::to_value(&command).unwrap();
    value.to_string()
}
