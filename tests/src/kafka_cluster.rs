//! A real Kafka for tests: one or three brokers on free ports in a directory of their own, which can
//! be killed, frozen and started again, and which end with the process that started them.

mod broker;
mod jars;
mod java;
mod proxied;
pub mod reader;
pub mod registry;
pub mod secured;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::proxy::Proxy;
use broker::{Broker, Place};
use secured::Secured;

/// Brokers of one cluster.
#[derive(Debug)]
pub struct KafkaCluster {
    brokers: Vec<Broker>,
    /// In front of each broker, where clients go through them.
    proxies: Vec<Proxy>,
    secured: Option<Secured>,
    // Goes after the brokers that write into it.
    _dir: TempDir,
}

impl KafkaCluster {
    /// Starts a cluster of `brokers` and waits until all of them are ready.
    ///
    /// # Errors
    /// Why there can be none on this machine, as a reason to skip: no Java, no Maven, no jars.
    ///
    /// # Panics
    /// When there is everything that it takes, and a broker does not start all the same.
    pub async fn start(brokers: usize) -> Result<KafkaCluster, String> {
        KafkaCluster::start_with(brokers, "").await
    }

    /// As [`KafkaCluster::start`], with lines that are added to the configuration of each broker.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// As there.
    pub async fn start_with(brokers: usize, settings: &str) -> Result<KafkaCluster, String> {
        KafkaCluster::start_as(brokers, settings, None, false).await
    }

    /// A cluster whose clients reach each broker through a proxy; the brokers reach each other without.
    ///
    /// # Errors
    /// As [`KafkaCluster::start`].
    ///
    /// # Panics
    /// As there.
    pub async fn start_behind_proxies(brokers: usize) -> Result<KafkaCluster, String> {
        KafkaCluster::start_as(brokers, "", None, true).await
    }

    /// One broker that speaks TLS alone and lets these users in; each may do nothing yet.
    ///
    /// # Errors
    /// As [`KafkaCluster::start`].
    ///
    /// # Panics
    /// As there.
    pub async fn start_secured(users: &[&str]) -> Result<KafkaCluster, String> {
        KafkaCluster::start_as(1, "", Some(users), false).await
    }

    async fn start_as(
        brokers: usize,
        settings: &str,
        users: Option<&[&str]>,
        behind_proxies: bool,
    ) -> Result<KafkaCluster, String> {
        let java = java::find(17)?;
        let jars = jars::fetched(&java, &jars::KAFKA).await?;
        let dir = tempfile::Builder::new()
            .prefix("callfold-kafka-")
            .tempdir()
            .map_err(|error| format!("no directory for a broker ({error})"))?;
        let secured = users.map(|users| Secured::new(&java, dir.path(), users));
        let places = places(dir.path(), brokers);
        let proxies: Vec<Proxy> = match behind_proxies {
            true => places.iter().map(|place| Proxy::start(vec![place.address()])).collect(),
            false => Vec::new(),
        };
        let mut format = vec!["-t".to_owned(), format!("{}A", random_letters(21))];
        format.extend(secured.iter().flat_map(Secured::format_arguments));
        let mut started = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let (java, jars) = (java.clone(), jars.clone());
            let of_proxy = proxies.get(at).map(|proxy| proxied::lines(place, proxy));
            let more = secured.as_ref().map(|secured| secured.lines(place)).or(of_proxy);
            let more = more.unwrap_or_default();
            let config = format!("{}{settings}\n{more}", broker::properties(&places, at));
            started.push(Broker::formatted(java, jars, place, &config, &format).await);
        }
        for broker in &mut started {
            broker.launch();
        }
        let mut cluster = KafkaCluster { brokers: started, proxies, secured, _dir: dir };
        for broker in &mut cluster.brokers {
            broker.ready().await;
        }
        Ok(cluster)
    }

    /// One broker that all tests of a test binary share: they use topics with a prefix of their
    /// own.
    ///
    /// # Errors
    /// As [`KafkaCluster::start`].
    pub async fn shared() -> Result<&'static KafkaCluster, String> {
        static SHARED: OnceCell<Result<KafkaCluster, String>> = OnceCell::const_new();
        let started = SHARED.get_or_init(|| KafkaCluster::start(1)).await;
        started.as_ref().map_err(Clone::clone)
    }

    /// The addresses of all brokers, as a client is given them.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        let own = self.brokers.iter().map(|broker| broker.place().address());
        let of_proxies = self.proxies.iter().map(Proxy::address);
        let addresses: Vec<String> = match self.proxies.is_empty() {
            true => own.map(|address| address.to_string()).collect(),
            false => of_proxies.map(|address| address.to_string()).collect(),
        };
        addresses.join(",")
    }

    /// The folder in which a broker, by its place from 0, has a folder for each partition.
    #[must_use]
    pub fn data(&self, at: usize) -> PathBuf {
        self.brokers[at].place().dir.join("data")
    }

    /// The proxies in front of the brokers, by their places; none where clients go straight to them.
    #[must_use]
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// Starts the brokers that were killed, and lets the proxies carry again.
    ///
    /// # Panics
    /// When one does not get ready.
    pub async fn mend(&mut self) {
        self.proxies.iter().for_each(|proxy| proxy.stall(false));
        let dead = |broker: &&mut Broker| !broker.runs();
        for broker in self.brokers.iter_mut().filter(dead) {
            broker.launch();
        }
        for broker in &mut self.brokers {
            broker.ready().await;
        }
    }

    /// The properties of librdkafka with which a client is this user.
    ///
    /// # Panics
    /// When the cluster lets everybody in.
    #[must_use]
    pub fn librdkafka_of(&self, user: &str) -> Vec<(String, String)> {
        self.secured.as_ref().expect("a secured cluster").librdkafka_of(user)
    }

    /// Runs a script that calls one of Kafka's own commands, `class`, by the path in `variable`, as
    /// somebody who may do everything.
    ///
    /// # Panics
    /// When it fails, or the cluster lets everybody in.
    pub async fn run_script(
        &self,
        script: &Path,
        variable: &str,
        class: &str,
        more: &[(&str, &str)],
    ) {
        let secured = self.secured.as_ref().expect("a secured cluster");
        let java: Command = self.brokers[0].java();
        let words = std::iter::once(java.get_program()).chain(java.get_args());
        let words: Vec<String> = words.map(|word| format!("'{}'", word.display())).collect();
        let own = self.brokers[0].place().dir.join("command.sh");
        let text = format!("#!/bin/sh\nexec {} {class} \"$@\"\n", words.join(" "));
        std::fs::write(&own, text).expect("a file can be written");
        let mut command = tokio::process::Command::new("sh");
        // By the shell: the file may still be open elsewhere, in a process that was just forked.
        command.arg(script).env(variable, format!("sh {}", own.display()));
        command.envs(more.iter().copied()).args(["--bootstrap-server", &self.bootstrap()]);
        command.arg("--command-config").arg(secured.properties_of(secured::ADMIN));
        let answer = command.output().await.expect("a shell");
        let said = String::from_utf8_lossy(&answer.stderr);
        let told = String::from_utf8_lossy(&answer.stdout);
        assert!(answer.status.success(), "{}: {said}{told}", script.display());
    }

    /// `kill -9` of a broker, by its place from 0.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self, at: usize) {
        self.brokers[at].kill().await;
    }

    /// Starts a broker that was killed, on the same port and directory, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not get ready.
    pub async fn restart(&mut self, at: usize) {
        self.brokers[at].launch();
        self.brokers[at].ready().await;
    }

    /// SIGSTOP: the broker answers nothing, and its connections stay open.
    ///
    /// # Panics
    /// When it does not run.
    pub fn freeze(&self, at: usize) {
        self.brokers[at].signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT after [`KafkaCluster::freeze`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self, at: usize) {
        self.brokers[at].signal(rustix::process::Signal::CONT);
    }
}

/// Says, once in a process, that its `checks` checks are skipped and why. Past the capture of a test's
/// output, so that it is seen when nothing fails.
///
/// # Panics
/// In CI (`CI=true`): there nothing is skipped.
pub fn skipped(checks: usize, why: &str) {
    static SAID: Once = Once::new();
    say_skipped(&SAID, &format!("{why}, {checks} checks on a real broker not run"), 17);
}

#[allow(clippy::disallowed_methods, reason = "whether this is CI stands nowhere else")]
fn say_skipped(said: &Once, why: &str, java: u32) {
    let line = format!("SKIPPED: {why}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {line}");
    said.call_once(|| {
        let line = format!("{line}: install a JDK ({java} or newer) and Maven\n");
        // A terminal that is gone is no reason to fail.
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
}

/// Ports and folders of all brokers: each must know the controllers of all.
fn places(dir: &Path, brokers: usize) -> Vec<Place> {
    // All are held until all are known, so that no number comes twice.
    let listeners: Vec<_> = (0..3 * brokers)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    let port = |at: usize| listeners[at].local_addr().expect("a bound port").port();
    (0..brokers)
        .map(|at| Place {
            node: at + 1,
            port: port(3 * at),
            controller_port: port(3 * at + 1),
            internal_port: port(3 * at + 2),
            dir: dir.join(format!("broker-{}", at + 1)),
        })
        .collect()
}

/// For names that no other test has.
#[must_use]
pub fn random_letters(count: usize) -> String {
    (0..count).map(|_| char::from(rand::random_range(b'a'..=b'z'))).collect()
}
