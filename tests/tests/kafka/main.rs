//! The log on Kafka, against real brokers: the whole contract, and what only brokers can do to it.

mod chaos;
mod cleaning;
mod contract;
mod copying;
mod lag;
mod members;
mod outage;
mod place;
mod readers;
mod registry;
mod roles;
#[cfg(feature = "tls")]
mod secured;
mod spooling;
mod takeover;
mod topics;

use tests::kafka_cluster::{KafkaCluster, skipped};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

#[cfg(feature = "tls")]
const SECURED: usize = secured::CHECKS;
#[cfg(not(feature = "tls"))]
const SECURED: usize = 0;

/// All tests that need a broker.
const CHECKS: usize = contract::CHECKS
    + chaos::CHECKS
    + cleaning::CHECKS
    + copying::CHECKS
    + lag::CHECKS
    + members::CHECKS
    + outage::CHECKS
    + readers::CHECKS
    + registry::CHECKS
    + roles::CHECKS
    + SECURED
    + spooling::CHECKS
    + takeover::CHECKS
    + topics::CHECKS;

/// The broker that most tests share; none, and a line that says so, on a machine without Java.
async fn shared_cluster() -> Option<&'static KafkaCluster> {
    KafkaCluster::shared().await.map_err(|why| skipped(CHECKS, &why)).ok()
}

/// Three brokers behind proxies, all well, for one test at a time of those that do them harm.
async fn three_brokers() -> Option<MutexGuard<'static, KafkaCluster>> {
    static SHARED: OnceCell<Result<Mutex<KafkaCluster>, String>> = OnceCell::const_new();
    let start = || async { KafkaCluster::start_behind_proxies(3).await.map(Mutex::new) };
    let started = SHARED.get_or_init(start).await;
    let mut cluster = started.as_ref().map_err(|why| skipped(CHECKS, why)).ok()?.lock().await;
    cluster.mend().await;
    Some(cluster)
}

/// Brokers for one test, with additional settings.
async fn own_cluster(brokers: usize, settings: &str) -> Option<KafkaCluster> {
    let started = KafkaCluster::start_with(brokers, settings).await;
    started.map_err(|why| skipped(CHECKS, &why)).ok()
}

/// The program, with crash points that the environment may arm.
const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a test that plays calls of today must know today")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "what a simulator notes must be told from the rest")]
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
