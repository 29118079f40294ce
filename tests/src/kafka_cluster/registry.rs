//! A real schema registry for tests: Apicurio, on a free port in a folder of its own. It can be stopped
//! and started again, with what it held or without, and ends with the process that started it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{jars, java};

/// It is ready after 5 s on an idle machine.
const START_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Starts the registry and waits for a word: `term` ends it in order. At the end of its input, which
/// comes with the end of whoever started it, whatever that was, it kills the registry and removes the
/// folder. Arguments: folder, program, its arguments.
const KEEPER: &str = r#"
dir=$1; shift
"$@" </dev/null >"$dir/output.txt" 2>&1 &
registry=$!
read -r word
if [ "$word" = term ]; then kill $registry; else kill -9 $registry; fi 2>/dev/null
wait $registry 2>/dev/null
[ "$word" = term ] || rm -rf "$dir"
"#;

/// Where a registry keeps what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// In memory: a stop loses it.
    InMemory,
    /// In a file, which outlives an orderly stop.
    OnDisk,
}

/// The registry.
#[derive(Debug)]
pub struct Registry {
    java: PathBuf,
    program: PathBuf,
    ports: [u16; 2],
    keeps: Keeps,
    client: reqwest::Client,
    running: Option<(Child, ChildStdin)>,
    // Goes after the process that writes into it.
    dir: TempDir,
}

impl Registry {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// Why there can be none on this machine, as a reason to skip: no Java, no Maven, no registry.
    ///
    /// # Panics
    /// When there is everything that it takes, and it does not start all the same.
    pub async fn start(keeps: Keeps) -> Result<Registry, String> {
        let java = java::find(21).map_err(|_| "no Java 21".to_owned())?;
        let program = jars::fetched(&java, &jars::REGISTRY).await?.join("quarkus-run.jar");
        let dir = tempfile::Builder::new().prefix("callfold-registry-").tempdir();
        let dir = dir.map_err(|error| format!("no directory for a registry ({error})"))?;
        // Both are held until both are known, so that no number comes twice.
        let listeners =
            [0; 2].map(|_| std::net::TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let ports =
            listeners.each_ref().map(|it| it.local_addr().expect("a bound port has one").port());
        drop(listeners);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
        let mut registry = Registry { java, program, ports, keeps, client, running: None, dir };
        registry.start_again().await;
        Ok(registry)
    }

    /// The address of its Confluent-compatible API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.ports[0])
    }

    /// Ends it in order, and waits for that.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn stop(&mut self) {
        let (mut keeper, mut words) = self.running.take().expect("it runs");
        writeln!(words, "term").expect("the keeper listens");
        drop(words);
        let waited = tokio::task::spawn_blocking(move || keeper.wait()).await;
        waited.expect("waits").expect("a keeper of ours can be waited for");
    }

    /// Starts it on the same port and folder, and waits until it answers.
    ///
    /// # Panics
    /// When it runs, or does not start.
    pub async fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let folder = self.dir.path();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(folder).arg(&self.java).arg("-Xmx256m");
        keeper.arg(format!("-Djava.io.tmpdir={}", folder.display()));
        keeper.arg(format!("-Dquarkus.http.port={}", self.ports[0]));
        keeper.arg(format!("-Dquarkus.management.port={}", self.ports[1]));
        keeper.args(["-Dquarkus.http.host=127.0.0.1", "-Dquarkus.management.host=127.0.0.1"]);
        if self.keeps == Keeps::OnDisk {
            let file = folder.join("held");
            keeper.arg(format!("-Dapicurio.datasource.url=jdbc:h2:file:{}", file.display()));
        }
        keeper.arg("-jar").arg(&self.program);
        let mut keeper = keeper.stdin(Stdio::piped()).spawn().expect("a shell");
        let words = keeper.stdin.take().expect("its input is a pipe");
        self.running = Some((keeper, words));
        let deadline = Instant::now() + START_MAX;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.client.get(format!("{}/subjects", self.url())).send().await.is_err() {
            ticks.tick().await;
            let output = || said(folder);
            assert!(Instant::now() < deadline, "the registry is not ready:\n{}", output());
        }
    }

    /// Its answer to a GET of this path.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url())).send().await;
        answer.expect("it answers").json().await.expect("it answers in JSON")
    }

    /// Registers a schema, as somebody else does, and says its id.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn register(&self, subject: &str, schema: &str) -> u64 {
        let url = format!("{}/subjects/{subject}/versions", self.url());
        let answer = self.client.post(url).json(&json!({ "schema": schema })).send().await;
        let answer: Value = answer.expect("it answers").json().await.expect("in JSON");
        answer["id"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    }

    /// Sets the compatibility level of a subject.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn insist_on(&self, subject: &str, level: &str) {
        let url = format!("{}/config/{subject}", self.url());
        let answer = self.client.put(url).json(&json!({ "compatibility": level })).send().await;
        answer.expect("it answers").error_for_status().expect("a level that there is");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        if let Some((mut keeper, words)) = self.running.take() {
            drop(words);
            // Only a shell that cannot be waited for fails here, and then nothing can be done.
            let _ = keeper.wait();
        }
    }
}

fn said(folder: &Path) -> String {
    let output = std::fs::read(folder.join("output.txt")).unwrap_or_default();
    String::from_utf8_lossy(&output).into_owned()
}

/// As [`super::skipped`], of the checks on a real registry.
///
/// # Panics
/// In CI (`CI=true`): there nothing is skipped.
pub fn skipped(checks: usize, why: &str) {
    static SAID: Once = Once::new();
    super::say_skipped(&SAID, &format!("{why}, {checks} checks on a real registry not run"), 21);
}
