//! The real program as a child process: started, asked, killed and started again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use callfold::config::{self, Needs, Settings};
use callfold::reach::socket_path::SOCKET;
use callfold::reach::{self, Reach};
use serde_json::Value;
use tokio::process::{Child as Process, Command};
use tokio::sync::OnceCell;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often a child is asked. Short against every wait of the program, long against one question.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// A debug build starts within a few seconds, on a busy machine whose brokers are being killed within some
/// tens of them; longer than this is a hang.
const START_MAX: Duration = Duration::from_secs(300);

/// What a child is started with.
#[derive(Debug, Clone)]
pub struct Start {
    /// The program.
    pub binary: PathBuf,
    /// Its configuration file.
    pub config: PathBuf,
    /// Which command it is: `run`, or a role.
    pub command: &'static str,
    /// Where the log is that it works on.
    pub log: Where,
    /// Variables beside an otherwise empty environment: secrets, crash points.
    pub variables: Vec<(String, String)>,
    /// More of them, each for one command alone: who it is for the brokers.
    pub of_command: OfCommand,
    /// Where its standard output and error are appended.
    pub output: PathBuf,
}

/// Variables by the first word of a command.
pub type OfCommand = BTreeMap<&'static str, Vec<(String, String)>>;

/// Where a child's log is, and so where its state is asked for.
#[derive(Debug, Clone)]
pub enum Where {
    /// In this folder: the child answers on its socket there.
    Folder(PathBuf),
    /// On brokers: anybody can look.
    Brokers,
}

impl Start {
    /// The same for the process of another role, with a folder and an output of its own.
    #[must_use]
    pub fn of_role(&self, role: &'static str, number: usize) -> Start {
        let mut start = Start { command: role, ..self.clone() };
        start.output.set_file_name(format!("{role}-{number}.txt"));
        let dir = start.output.with_extension("data").display().to_string();
        start.variables.push(("CALLFOLD_LOG__DIR".to_owned(), dir));
        start
    }

    /// Runs another command of the program under this configuration; what came of it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn output_of(&self, arguments: &[&str]) -> std::process::Output {
        command(self, arguments).output().await.expect("the program can be started")
    }

    /// Runs another command of the program under this configuration, to its end.
    ///
    /// # Panics
    /// When it fails.
    pub async fn once(&self, arguments: &[&str]) {
        let output = self.output_of(arguments).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {}\n{said}", output.status);
    }
}

/// A running child.
pub struct Child {
    start: Start,
    process: Process,
    look: Look,
    /// The output of starts before this one, in bytes.
    said_before: usize,
}

/// How the state of a child's log is had.
enum Look {
    Socket(Box<reqwest::Client>),
    Brokers(Box<OnceCell<Reach>>),
}

impl Child {
    /// Starts the program; use [`Child::ready`] to wait for it.
    ///
    /// # Panics
    /// When the program cannot be started at all.
    #[must_use]
    pub fn start(start: Start) -> Child {
        let output = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&start.output)
            .expect("the output file can be made");
        let said_before = read(&start.output).len();
        let errors = output.try_clone().expect("a file handle can be cloned");
        let process = command(&start, &[start.command])
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started");
        let look = match &start.log {
            Where::Brokers => Look::Brokers(Box::default()),
            Where::Folder(dir) => {
                let socket = reqwest::Client::builder().no_proxy().unix_socket(dir.join(SOCKET));
                Look::Socket(Box::new(socket.build().expect("a client without TLS")))
            }
        };
        Child { start, process, look, said_before }
    }

    /// Waits until the child takes webhooks, or, where its role takes none, answers for its health, and
    /// says where. None when it ended before.
    ///
    /// # Panics
    /// When it neither ends nor gets ready in time.
    pub async fn ready(&mut self) -> Option<SocketAddr> {
        let deadline = Instant::now() + START_MAX;
        let mut ticks = ticks();
        loop {
            ticks.tick().await;
            if self.has_ended() {
                return None;
            }
            if let Some(address) = self.address().await {
                let address = address.rsplit('/').find(|part| part.contains(':'))?;
                return Some(address.parse().expect("an address that was bound"));
            }
            assert!(Instant::now() < deadline, "the child is not ready in time: {}", self.log());
        }
    }

    /// Waits until it has printed one of these words, and what it has printed by then.
    ///
    /// # Panics
    /// When it ends, or goes on for long, without.
    pub async fn until_said(&mut self, words: &[&str]) -> String {
        let deadline = Instant::now() + START_MAX;
        let mut ticks = ticks();
        loop {
            ticks.tick().await;
            let ended = self.has_ended();
            let said = self.said();
            if words.iter().any(|word| said.contains(word)) {
                return said;
            }
            assert!(!ended && Instant::now() < deadline, "none of {words:?}: {said}");
        }
    }

    /// What this start of it has printed so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.log().get(self.said_before..).unwrap_or_default().to_owned()
    }

    /// The address of `/readyz`, where it has said it.
    #[must_use]
    pub fn health(&self) -> Option<String> {
        let said = self.said();
        let line = said.lines().find_map(|line| line.trim_start().strip_prefix("health"))?;
        let address = line.trim().split(',').next()?;
        Some(address.to_owned())
    }

    /// Where it answers; none as long as it does not.
    async fn address(&self) -> Option<String> {
        if let Look::Socket(_) = self.look {
            return self.status().await?["process"]["ingest"].as_str().map(str::to_owned);
        }
        let wanted = if self.start.command == "ingest" { "webhooks" } else { "health" };
        let said = self.said();
        let line = said.lines().find_map(|line| line.trim_start().strip_prefix(wanted))?;
        let address = line.split("http://").nth(1)?.split('/').next()?;
        Some(address.to_owned())
    }

    /// The document of `callfold status --json`, from where that command has it; none when it cannot be
    /// had. A process for each of so many looks would cost more than all that is tested.
    pub async fn status(&self) -> Option<Value> {
        match &self.look {
            Look::Socket(socket) => {
                let request = socket.post("http://callfold/v1/status").json(&Value::Null);
                request.send().await.ok()?.error_for_status().ok()?.json().await.ok()
            }
            Look::Brokers(reach) => {
                let open = async || reach::reach(&settings(&self.start)).await;
                let status = reach.get_or_try_init(open).await.ok()?.status().await.ok()?;
                serde_json::to_value(status).ok()
            }
        }
    }

    /// Runs another command of the program beside the child, under the same configuration.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn ask(&self, arguments: &[&str]) -> std::process::Output {
        command(&self.start, arguments).output().await.expect("the program can be started")
    }

    /// Waits until nothing more will happen by itself.
    ///
    /// # Panics
    /// When that takes longer than `at_most`.
    pub async fn settled(&self, at_most: Duration) {
        let settled = || async { (self.status().await?["settled"] == true).then_some(()) };
        self.until(at_most, "settled", settled).await;
    }

    /// Asks again and again until there is an answer.
    ///
    /// # Panics
    /// When there is none after `at_most`: with `what`, the last status and the child's log.
    pub async fn until<T, F: Future<Output = Option<T>>>(
        &self,
        at_most: Duration,
        what: &str,
        ask: impl Fn() -> F,
    ) -> T {
        let deadline = Instant::now() + at_most;
        let mut ticks = ticks();
        loop {
            ticks.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
            if Instant::now() > deadline {
                let status = self.status().await.unwrap_or_default();
                panic!("in vain: {what}\n{status:#}\n{}", self.log());
            }
        }
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it was waited for.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id().expect("it was not waited for")
    }

    /// What it was started with.
    #[must_use]
    pub fn started_with(&self) -> &Start {
        &self.start
    }

    /// Whether it has ended.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("a child can be waited for").is_some()
    }

    /// SIGSTOP: it stands still, and its connections stay open.
    ///
    /// # Panics
    /// When it is dead.
    pub fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT after [`Child::freeze`].
    ///
    /// # Panics
    /// When it is dead.
    pub fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// Whether it stands still: it was stopped, or has stopped itself.
    ///
    /// # Panics
    /// When it is dead.
    #[must_use]
    pub fn is_still(&self) -> bool {
        let id = self.process.id().expect("it was not waited for");
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Behind the command's name in brackets stands the state's letter.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id =
            rustix::process::Pid::from_raw(self.id().cast_signed()).expect("ids are above zero");
        rustix::process::kill_process(id, signal).expect("a child of ours can be signalled");
    }

    /// `kill -9`, without waiting: it dies while others still talk to it.
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub fn begin_to_die(&mut self) {
        self.process.start_kill().expect("a child of ours can be killed");
    }

    /// `kill -9`, and waits until it is dead.
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("a child of ours can be killed");
    }

    /// Waits until it ends by itself, for example at a crash point.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        self.process.wait().await.expect("a child of ours can be waited for")
    }

    /// SIGTERM, and waits for the orderly end.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub async fn stop(mut self) -> std::process::ExitStatus {
        if self.process.id().is_some() {
            self.signal(rustix::process::Signal::TERM);
        }
        self.ended().await
    }

    /// Everything that the child has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        read(&self.start.output)
    }
}

/// What a child reads from its configuration.
///
/// # Panics
/// When the configuration is wrong.
#[must_use]
pub fn settings(start: &Start) -> Settings {
    let file = read(&start.config);
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    let file = Some(("callfold.toml", file.as_str()));
    let checked = config::check(file, &variables(start, "status"), &no_file, Needs::Look);
    checked.expect("the child's configuration is right").1
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = interval(ASK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn command(start: &Start, arguments: &[&str]) -> Command {
    let mut command = Command::new(&start.binary);
    command.args(arguments).arg("--config").arg(&start.config).stdin(Stdio::null()).env_clear();
    command.envs(variables(start, arguments[0]));
    command
}

fn variables(start: &Start, command: &str) -> Vec<(String, String)> {
    let of_command = start.of_command.get(command).into_iter().flatten();
    start.variables.iter().chain(of_command).cloned().collect()
}
