//! A full disk that meets the local stores first: B30 the process lives, webhooks are answered, and when
//! there is space again everything goes on by itself.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::{
    any_order, everything_acknowledged_is_kept, front_shows_what_the_model_expects,
};

use crate::{BINARY, now};

const SEED: u64 = 77;
/// Long for a wait that doubles up to five seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// The program with its local stores on a small disk of their own, in a name space of its own.
fn wrapper(dir: &Path) -> PathBuf {
    let script = dir.join("callfold-on-a-small-disk");
    // The configuration is the last argument, and the log lies beside it.
    let text = format!(
        r#"#!/bin/sh
for config; do :; done
stores="$(dirname "$config")/log/stores"
mkdir -p "$stores"
exec unshare -Urm sh -c 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"' "$stores" {BINARY} "$@"
"#
    );
    std::fs::write(&script, text).expect("a script can be written");
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, all).expect("and made a program");
    script
}

/// Whether this system lets a user make such a disk; says so when it does not. In CI it must.
#[allow(clippy::disallowed_methods, reason = "a test that must know whether it may skip")]
fn is_possible() -> bool {
    let mount = ["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"];
    let tried = std::process::Command::new("unshare").args(mount).output();
    let possible = tried.is_ok_and(|output| output.status.success());
    if !possible {
        tell(
            "SKIPPED: a full disk under the local stores: this system does not let a user make a mount \
             namespace; allow unprivileged user namespaces to run it",
        );
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "mount namespaces must be allowed where CI is true");
    }
    possible
}

/// Where the child's stores are, as seen from here.
async fn stores(pipeline: &Pipeline) -> PathBuf {
    let child = pipeline.child.as_ref().expect("the program runs");
    let status = child.status().await.expect("a running program has a status");
    let root = PathBuf::from(format!("/proc/{}/root", status["process"]["pid"]));
    let inside = pipeline.dir().join("log/stores");
    root.join(inside.strip_prefix("/").expect("the folder of a test is absolute"))
}

/// Fills the disk to its last byte.
fn fill(ballast: &Path) {
    let mut file = std::fs::File::create(ballast).expect("a file can be made");
    for block in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![1; block]).is_ok() {}
    }
}

/// How often what the metric counts has happened.
fn counted(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_full_disk_under_the_local_stores_is_waited_out() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut load = Load::generate(SEED, 60, now());
    let mut options = Options::fast(BINARY);
    options.binary = wrapper(folder.path());
    load.seat_agents(&mut options.simulator);
    let pipeline = Pipeline::start(options).await;
    let third = load.left() / 3;
    load.send(&pipeline, third, std::future::pending()).await;

    let ballast = stores(&pipeline).await.join("ballast");
    fill(&ballast);
    load.send(&pipeline, third, std::future::pending()).await;
    assert!(load.unanswered.is_empty(), "the log has a disk of its own");
    let child = pipeline.child.as_ref().expect("the program runs");
    let met = async || {
        let metrics = pipeline.metrics().await;
        let names =
            ["callfold_projector_interruptions_total", "callfold_dispatcher_restarts_total"];
        let [projector, dispatcher] = names.map(|name| counted(&metrics, name));
        (projector > 0 && dispatcher > 0).then_some((projector, dispatcher))
    };
    let met = child.until(PATIENCE, "both services meet the full disk", met).await;
    tell(&format!("{} interruptions of the projector, {} of the dispatcher", met.0, met.1));

    std::fs::remove_file(&ballast).expect("its owner makes room");
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let shown = pipeline.front.snapshot();
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &any_order(), &shown).await;
}
