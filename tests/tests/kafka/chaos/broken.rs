//! Builds that are broken on purpose: what happens in a chaos, aimed at what is broken, and the verdict sees
//! it. The same befalls the sound program, and the verdict has nothing to say.

use std::cell::Cell;
use std::time::Duration;

use tests::child::Child;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;

use super::verdict;
use crate::place::PATIENCE;
use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 4;

const SEED: u64 = 20_261_131;
/// One: then one projector has all the work, and what it stops in is what the next one takes over.
const PARTITIONS: u32 = 1;

/// Looks at a system that does nothing, at least a tenth of a second apart, until it is believed that what
/// waits in it waits for ever: longer than the dispatcher, which tells its lanes every ten seconds, takes.
const LOOKS: u32 = 150;

/// The variables of a process that stops itself where `at` says, in a build that is broken as `faults` says.
fn variables(faults: &str, at: &str) -> Vec<(String, String)> {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![variable("FAILPOINTS", faults), variable("STOPPOINTS", at)]
}

/// A projector that is broken as `faults` says, and stops itself at `at`; and a load of which it gets the
/// first part.
async fn projector_that_stops(faults: &str, at: &str) -> Option<(String, Load, Pipeline)> {
    let brokers = shared_cluster().await?.bootstrap();
    let mut load = Load::generate(SEED, 40, now());
    let mut options = Options { partitions: PARTITIONS, events: None, ..Options::fast(BINARY) };
    options.brokers = Some(brokers.clone());
    options.of_command.insert("projector", variables(faults, at));
    load.seat_agents(&mut options.simulator);
    let pipeline = Pipeline::start(options).await;
    let part = load.left() / 3;
    load.send(&pipeline, part, std::future::pending()).await;
    until_still(&pipeline.others[0]).await;
    Some((brokers, load, pipeline))
}

/// Waits until a process has stopped itself.
pub async fn until_still(child: &Child) {
    let still = || async { child.is_still().then_some(()) };
    child.until(PATIENCE, "it stops itself", still).await;
}

/// Starts another process of the role, with these faults and without a stop.
async fn another(pipeline: &Pipeline, faults: &str) -> Child {
    let mut start = pipeline.others[0].started_with().of_role("projector", 7);
    start.of_command.insert("projector", variables(faults, ""));
    let mut child = Child::start(start);
    assert!(child.ready().await.is_some(), "it ended: {}", child.log());
    child
}

/// Sends the rest, and waits until nothing goes on any more. How many effects wait all the same: for what is
/// lost.
async fn send_the_rest(pipeline: &Pipeline, load: &mut Load) -> i64 {
    let left = load.left();
    load.send(pipeline, left, std::future::pending()).await;
    let child = pipeline.child.as_ref().expect("the program runs");
    let before = Cell::new((0, 0));
    let at_rest = || async {
        let status = child.status().await?;
        let of = |part: &str, names: &[&str]| -> i64 {
            names.iter().filter_map(|name| status[part][name].as_i64()).sum()
        };
        let moving = of("lanes", &["intended", "in_doubt", "accepted"])
            + of("lag", &["projector", "dispatcher"])
            + status["due"].as_i64()?;
        let requests = pipeline.front.requests().len();
        let waits = of("lanes", &["queued"]);
        let (looks, known) = before.get();
        let same = moving == 0 && known == requests;
        before.set((if same { looks + 1 } else { 0 }, requests));
        let enough = if waits == 0 { 2 } else { LOOKS };
        (before.get().0 >= enough).then_some(waits)
    };
    child.until(Duration::from_secs(300), "nothing goes on any more", at_rest).await
}

async fn findings(brokers: &str, load: &Load, pipeline: &Pipeline, waits: i64) -> Vec<String> {
    let (centre, sent) = (&load.centre, &load.acknowledged);
    let mut findings = verdict::findings(pipeline, centre, &[], sent, brokers, PARTITIONS).await;
    if waits > 0 {
        findings.push(format!("{waits} effects wait for ever"));
    }
    findings
}

/// `kill -9` of a projector with commands in hand, where it stands still at `at`.
async fn killed_at(faults: &str, at: &str) -> Option<Vec<String>> {
    let (brokers, mut load, mut pipeline) = projector_that_stops(faults, at).await?;
    let next = another(&pipeline, faults).await;
    pipeline.others.remove(0).kill().await;
    pipeline.others.push(next);
    let waits = send_the_rest(&pipeline, &mut load).await;
    Some(findings(&brokers, &load, &pipeline, waits).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verdict_sees_a_position_that_is_committed_before_the_commands() {
    let faults = "projector.position_first=return";
    let Some(findings) = killed_at(faults, "projector.between=1").await else { return };
    tell(&format!("position first: {}", verdict::text(&findings)));
    assert!(!findings.is_empty(), "commands are forgotten, and the verdict must see it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verdict_has_nothing_to_say_of_a_kill_with_commands_in_hand() {
    let Some(findings) = killed_at("", "projector.folded=2").await else { return };
    assert!(findings.is_empty(), "{}", verdict::text(&findings));
}

/// A projector stands still with a batch in hand until another one has done everything, and goes on; then
/// either it is refused, or it commits what is long out of date and stops itself again.
async fn wakes_late(faults: &str) -> Option<(bool, Vec<String>)> {
    let at = "projector.folded=1;projector.committed=1";
    let (brokers, mut load, mut pipeline) = projector_that_stops(faults, at).await?;
    let next = another(&pipeline, faults).await;
    let late = pipeline.others.remove(0);
    pipeline.others.push(next);
    let waits = send_the_rest(&pipeline, &mut load).await;
    late.thaw();
    let ended = || async {
        let refused = late.said().contains("another projector took this partition over");
        (refused || late.is_still()).then_some(refused)
    };
    let refused = late.until(PATIENCE, "its commit ends", ended).await;
    let findings = findings(&brokers, &load, &pipeline, waits).await;
    late.kill().await;
    Some((refused, findings))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verdict_sees_a_writer_that_is_not_fenced() {
    let Some((refused, findings)) = wakes_late("kafka.unfenced=return").await else { return };
    assert!(!refused, "nobody is fenced");
    tell(&format!("no fence: {}", verdict::text(&findings)));
    assert!(!findings.is_empty(), "old states lie over new ones, and the verdict must see it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verdict_has_nothing_to_say_of_a_writer_that_is_fenced() {
    let Some((refused, findings)) = wakes_late("").await else { return };
    assert!(refused, "it is fenced");
    assert!(findings.is_empty(), "{}", verdict::text(&findings));
}
