//! The whole way: a Front simulator, the program in front of it, and webhooks into it.

mod moving;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use simulators::front::{
    Act, Config as FrontConfig, Limits, PayloadForm, Simulator, Span, WebhookTarget,
};
use simulators::snapshot::Snapshot;
use tempfile::TempDir;

use crate::child::{Child, OfCommand, Start, Where};
use crate::collector::Collector;
use crate::journey::{Journey, Step, TOKEN};

/// Nothing in a journey waits longer than the settle time and one confirmation: many times that, even on a
/// busy machine, is a hang.
const SETTLE_MAX: Duration = Duration::from_secs(600);

/// Limits of Front and waits of callfold that a test shortens, beside what it tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program.
    pub binary: PathBuf,
    /// How long an unanswered call waits for a voicemail.
    pub settle_s: u32,
    /// More lines of configuration, below `[front]`.
    pub front: String,
    /// Front's side.
    pub simulator: FrontConfig,
    /// More variables of the child.
    pub variables: Vec<(String, String)>,
    /// More variables of one command alone.
    pub of_command: OfCommand,
    /// How Front's own events come: by its webhook in this form, or by polling.
    pub events: Option<PayloadForm>,
    /// Brokers: then each role is a process of its own. None: `callfold run` on the embedded log.
    pub brokers: Option<String>,
    /// The prefix of its topics on brokers; none: one that no other test has.
    pub topic_prefix: Option<String>,
    /// How many projectors and how many dispatchers there are, on brokers.
    pub of_each: usize,
    /// How many brokers hold each partition.
    pub replication: usize,
    /// Partitions of every topic on brokers.
    pub partitions: u32,
}

pub use moving::To;

/// The secret with which the simulated Front signs its webhooks.
const APP_SECRET: &str = "app-secret-of-the-simulated-front";
/// The program's output in the pipeline's folder.
const OUTPUT: &str = "output.txt";

impl Options {
    /// A fast Front without faults, and a settle time of one second.
    #[must_use]
    pub fn fast(binary: &str) -> Options {
        let simulator = FrontConfig {
            limits: Limits {
                requests_per_minute: 60_000,
                burst: 60_000,
                per_resource_per_s: 1_000,
                ..Limits::default()
            },
            visible_delay_ms: Span { min: 20, max: 200 },
            // On a busy machine the program is slow, not away.
            webhook_patience_s: 240,
            ..FrontConfig::default()
        };
        let front =
            "requests_per_minute = 60000\nrequests_per_resource_s = 1000\ntimeout_s = 2\n".into();
        Options {
            binary: binary.into(),
            settle_s: 1,
            front,
            simulator,
            variables: Vec::new(),
            of_command: OfCommand::new(),
            events: Some(PayloadForm::Full),
            brokers: None,
            topic_prefix: None,
            of_each: 1,
            replication: 1,
            partitions: 3,
        }
    }

    /// With everything that the program can say about itself: its log at trace level, and its traces
    /// and metrics exported to `collector`.
    #[must_use]
    pub fn talkative(mut self, collector: &Collector) -> Options {
        let variables = [
            ("CALLFOLD_TELEMETRY__LOG", "trace".to_owned()),
            ("CALLFOLD_TELEMETRY__OTLP_ENDPOINT", collector.url()),
        ];
        self.variables.extend(variables.map(|(name, value)| (name.to_owned(), value)));
        self
    }
}

/// A Front simulator and the program in front of it.
pub struct Pipeline {
    /// Front.
    pub front: Simulator,
    /// The program, or its ingest; none while it is dead.
    pub child: Option<Child>,
    /// The other roles, where each is a process of its own: projectors, then dispatchers.
    pub others: Vec<Child>,
    of_each: usize,
    start: Start,
    address: Option<SocketAddr>,
    client: reqwest::Client,
    events: Option<PayloadForm>,
    // Deleted when the pipeline goes.
    dir: TempDir,
}

impl Pipeline {
    /// Starts Front and the program.
    ///
    /// # Panics
    /// When either does not start.
    pub async fn start(options: Options) -> Pipeline {
        // The client speaks plain http only, but is built with a TLS that must name its provider; a
        // second pipeline of the same process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let front =
            Simulator::start_for_tests(options.simulator.clone()).await.expect("Front starts");
        let dir = tempfile::tempdir().expect("a folder can be made");
        let config = dir.path().join("callfold.toml");
        std::fs::write(&config, configuration(dir.path(), &front, &options))
            .expect("a file can be written");
        let mut variables = vec![
            ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN".to_owned(), TOKEN.to_owned()),
            ("CALLFOLD_FRONT__TOKEN".to_owned(), front.token()),
        ];
        if options.events.is_some() {
            variables.push(("CALLFOLD_FRONT__APP_SECRET".to_owned(), APP_SECRET.to_owned()));
        }
        variables.extend(options.variables);
        let (command, log) = match options.brokers {
            None => ("run", Where::Folder(dir.path().join("log"))),
            Some(_) => ("ingest", Where::Brokers),
        };
        let start = Start {
            binary: options.binary,
            config,
            command,
            variables,
            of_command: options.of_command,
            log,
            output: dir.path().join(OUTPUT),
        };
        if options.brokers.is_some() {
            start.once(&["topics", "create"]).await;
        }
        let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
        let (address, events, child, others) = (None, options.events, None, Vec::new());
        let of_each = options.of_each;
        let mut pipeline =
            Pipeline { front, child, others, of_each, start, address, client, events, dir };
        pipeline.revive().await;
        pipeline
    }

    /// Starts the program (again).
    ///
    /// # Panics
    /// When it ends at once.
    pub async fn revive(&mut self) {
        if let Where::Brokers = self.start.log {
            let roles = ["projector", "dispatcher"].into_iter();
            let starts = roles.flat_map(|role| (0..self.of_each).map(move |it| (role, it)));
            for (role, number) in starts.skip(self.others.len()) {
                self.others.push(other(self.start.of_role(role, number)).await);
            }
        }
        let mut child = Child::start(self.start.clone());
        self.address = child.ready().await;
        let Some(address) = self.address else { panic!("the child ended: {}", child.log()) };
        self.child = Some(child);
        self.tell_events_to(&format!("http://{address}")).await;
    }

    /// Has Front's own events sent to this address, if they come by webhook.
    ///
    /// # Panics
    /// When the program does not answer there.
    pub async fn tell_events_to(&self, address: &str) {
        if let Some(form) = self.events {
            let url = format!("{address}/webhooks/front");
            let target = WebhookTarget { url, app_secret: APP_SECRET.to_owned(), form };
            self.front.save_webhook(target).await.expect("the challenge is echoed");
        }
    }

    /// `kill -9` of the program.
    pub async fn kill(&mut self) {
        for child in self.child.take().into_iter().chain(self.others.drain(..)) {
            child.kill().await;
        }
    }

    /// Puts back a process that was taken out of `others`: `kill -9`, and a new start of it.
    ///
    /// # Panics
    /// When it does not start again.
    pub async fn start_again(&mut self, place: usize, killed: Child) {
        let start = killed.started_with().clone();
        killed.kill().await;
        self.others.insert(place, other(start).await);
    }

    /// Starts a process with these variables for its command instead of its own, waits until it says
    /// that something is refused, and what it said.
    ///
    /// # Panics
    /// When it says nothing of the kind.
    pub async fn refused(&self, command: &'static str, variables: Vec<(String, String)>) -> String {
        let mut start = self.start.of_role(command, 99);
        start.of_command.insert(command, variables);
        Child::start(start).until_said(&["uthoriz", "uthentic"]).await
    }

    /// What all processes have printed so far.
    #[must_use]
    pub fn outputs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).expect("the folder is there");
        let files = entries.flatten().map(|entry| entry.path());
        files.filter_map(|file| std::fs::read_to_string(file).ok()).collect()
    }

    /// The variables that the next start of the program gets.
    pub fn variables(&mut self) -> &mut Vec<(String, String)> {
        &mut self.start.variables
    }

    /// The folder of the log, the configuration and the output.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Keeps the folder when the pipeline goes, with what all processes have printed; or not any more.
    pub fn keep_folder(&mut self, keep: bool) {
        self.dir.disable_cleanup(keep);
    }

    /// What every start of the program has printed.
    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.dir.path().join(OUTPUT)
    }

    /// The prefix of its topics on brokers: one of its own, since tests share them.
    #[must_use]
    pub fn topic_prefix(&self) -> String {
        topic_prefix(self.dir.path())
    }

    /// The tokens and secrets that the program is given.
    #[must_use]
    pub fn tokens(&self) -> [String; 3] {
        [TOKEN.to_owned(), self.front.token(), APP_SECRET.to_owned()]
    }

    /// Where webhooks are taken, and the schemas are had; none as long as the program has not started.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.address.map(|address| format!("http://{address}"))
    }

    /// Sends a webhook; the status of the answer, none when there was no answer.
    pub async fn send(&self, body: Bytes) -> Option<u16> {
        let url = format!("http://{}/webhooks/aircall", self.address?);
        let request = self.client.post(url).header("content-type", "application/json").body(body);
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }

    /// The Prometheus text of the running program.
    ///
    /// # Panics
    /// When the program is dead or does not answer.
    pub async fn metrics(&self) -> String {
        let child = self.child.as_ref().expect("only a running program has metrics");
        let status = child.status().await.expect("a running program has a status");
        let address = status["process"]["telemetry"].as_str().expect("metrics have an address");
        let address = address.rsplit('/').find(|part| part.contains(':')).unwrap_or(address);
        let answer = self.client.get(format!("http://{address}/metrics")).send().await;
        answer.expect("metrics answer").text().await.expect("metrics are text")
    }

    /// Waits until neither callfold nor Front will do anything more by itself.
    ///
    /// # Panics
    /// When that takes too long, or the program is dead.
    pub async fn settle(&self) {
        let child = self.child.as_ref().expect("only a running program settles");
        // Front's own events may cause commands, so callfold is asked again behind Front.
        child.settled(SETTLE_MAX).await;
        self.front.settled().await;
        child.settled(SETTLE_MAX).await;
        let violations = self.front.violations();
        assert!(violations.is_empty(), "against Front's specification: {violations:?}");
    }

    /// A person does something in Front, and callfold hears of it.
    ///
    /// # Panics
    /// When the act is impossible, changes nothing, or is not heard of in time.
    pub async fn act(&self, act: &Act) {
        let child = self.child.as_ref().expect("only a running program hears");
        let before = events_of_front(child).await;
        assert!(self.front.act(act).expect("a possible act"), "the act changes nothing");
        let heard = || async { (events_of_front(child).await > before).then_some(()) };
        child.until(SETTLE_MAX, "an act in Front is heard of", heard).await;
    }

    /// Plays a journey to its end, and what Front shows then.
    ///
    /// # Panics
    /// When a webhook is not answered 200 or a person's act is impossible.
    pub async fn play(&self, journey: &Journey) -> Snapshot {
        for step in &journey.steps {
            self.step(step).await;
        }
        self.settle().await;
        self.front.snapshot()
    }

    /// Takes one step of a journey.
    ///
    /// # Panics
    /// As [`Pipeline::play`].
    pub async fn step(&self, step: &Step) {
        match step {
            Step::Webhook(body) => assert_eq!(self.send(body.clone()).await, Some(200)),
            Step::Act(act) => self.act(act).await,
            Step::Settle => self.settle().await,
        }
    }
}

async fn other(start: Start) -> Child {
    let mut child = Child::start(start);
    let ready = child.ready().await;
    assert!(ready.is_some(), "it ended: {}", child.log());
    child
}

fn topic_prefix(dir: &Path) -> String {
    let name = dir.file_name().map(|name| name.to_string_lossy().replace('.', "t"));
    name.unwrap_or_default()
}

fn configuration(dir: &Path, front: &Simulator, options: &Options) -> String {
    let Options { settle_s, front: more, .. } = options;
    let kafka = options.brokers.as_ref().map_or_else(String::new, |brokers| {
        let prefix = options.topic_prefix.clone().unwrap_or_else(|| topic_prefix(dir));
        format!(
            "kind = \"kafka\"\nbrokers = {brokers:?}\ntopic_prefix = {prefix:?}\n\
             replication = {}\npartitions = {}\n",
            options.replication, options.partitions
        )
    });
    format!(
        "[log]\n{kafka}dir = {:?}\n[ingest]\nlisten = \"127.0.0.1:0\"\n[telemetry]\nlisten = \"127.0.0.1:0\"\n\
         [aircall]\nsettle_s = {settle_s}\n[front]\napi_url = {:?}\n{more}",
        dir.join("log"),
        front.url(),
    )
}

/// How many events of Front callfold has kept.
async fn events_of_front(child: &Child) -> u64 {
    let status = child.status().await.unwrap_or_default();
    status["log"]["appended"]["front"].as_u64().unwrap_or(0)
}
