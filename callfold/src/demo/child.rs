//! The child process: this same executable as `callfold run`, so that it can be killed.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use schemas::TopicKind;
use serde_json::Value as Json;
use simulators::front::{PayloadForm, WebhookTarget};
use simulators::model::{self, Piece};
use tokio::process::{Child as Process, Command};

use super::world::{SETTLE_S, TIMEOUT_S, World};
use crate::config::settings::Settings;
use crate::config::{self, Needs};
use crate::failure::Failure;
use crate::reach::{self, Reach};
use crate::view::events::{From, Query};
use crate::view::status::StatusView;

/// The child's output in the demo's folder.
pub const OUTPUT: &str = "run.log";

/// How long a start may take on a slow machine before the demo gives up.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// How long its orderly end may take: its own deadline, and much more on a busy machine.
const STOP_TIMEOUT: Duration = Duration::from_secs(120);

/// A running `callfold run`.
pub struct Child {
    process: Process,
    dir: PathBuf,
    settings: Settings,
    ingest: String,
}

impl Child {
    /// Starts it with its log in `dir` and waits until it takes webhooks.
    ///
    /// # Errors
    /// A child that ends or does not get ready.
    pub async fn start(dir: &Path, world: &World) -> Result<Child, Failure> {
        Child::start_on(dir, world, "127.0.0.1:0").await
    }

    async fn start_on(dir: &Path, world: &World, listen: &str) -> Result<Child, Failure> {
        let variables = variables(dir, world, listen);
        let settings = settings(&variables)?;
        let process = spawn(dir, &variables)?;
        let mut child = Child { process, dir: dir.to_owned(), settings, ingest: String::new() };
        let ready = tokio::time::timeout(START_TIMEOUT, child.wait_until_ready());
        child.ingest = ready.await.map_err(|_| {
            let limit = START_TIMEOUT.as_secs();
            Failure::Failed(format!("callfold run did not get ready within {limit} s"))
        })??;
        Ok(child)
    }

    async fn wait_until_ready(&mut self) -> Result<String, Failure> {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            self.must_run()?;
            // Not there yet is no failure here.
            let Ok(Some(status)) = self.look().await else { continue };
            let process = status.process.filter(|it| it.pid == self.process.id().unwrap_or(0));
            if let Some(ingest) = process.and_then(|process| process.ingest) {
                return Ok(ingest);
            }
        }
    }

    async fn look(&self) -> Result<Option<StatusView>, Failure> {
        match reach::running(&self.settings).await? {
            Some(client) => Reach::Running(client).status().await.map(Some),
            None => Ok(None),
        }
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn status(&self) -> Result<StatusView, Failure> {
        let status = self.look().await?;
        status.ok_or_else(|| Failure::Failed("callfold run does not answer".to_owned()))
    }

    /// The activities and comments that it decided, as its log has them: a contact's in their order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn decided(&self) -> Result<Vec<(i64, Piece)>, Failure> {
        let query = Query {
            topic: TopicKind::Commands.short_name().to_owned(),
            from: From::Offset(0),
            to_ms: None,
            follow: false,
            limit: None,
            contact: None,
            partition: None,
            skip_damage: false,
            reached: BTreeMap::new(),
        };
        let mut texts = Vec::new();
        let mut keep = |line: &str| {
            let line: Json = serde_json::from_str(line)
                .map_err(|error| Failure::because("reading the commands", &error))?;
            let text = |action: &str| line["value"][action]["body"].as_str().map(str::to_owned);
            texts.extend(text("activity").or_else(|| text("comment")));
            Ok(())
        };
        reach::events(&self.settings, query, |_| (), &mut keep).await?;
        Ok(model::pieces(texts.iter().map(String::as_str)))
    }

    /// Where Aircall sends webhooks.
    #[must_use]
    pub fn webhook_url(&self) -> String {
        format!("http://{}/webhooks/aircall", self.ingest)
    }

    /// Where Front sends its events.
    #[must_use]
    pub fn front_webhook(&self, world: &World) -> WebhookTarget {
        WebhookTarget {
            url: format!("http://{}/webhooks/front", self.ingest),
            app_secret: world.app_secret.clone(),
            form: PayloadForm::Full,
        }
    }

    /// Where its log is.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        &self.settings.log.dir
    }

    /// Ends it with SIGKILL, as a crash would.
    ///
    /// # Errors
    /// When the system does not do it.
    pub async fn kill(mut self) -> Result<Killed, Failure> {
        let killed = self.process.kill().await;
        killed.map_err(|error| Failure::because("killing callfold run", &error))?;
        Ok(Killed { dir: self.dir, ingest: self.ingest })
    }

    /// # Errors
    /// When it has ended by itself.
    pub fn must_run(&mut self) -> Result<(), Failure> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                Err(Failure::Failed(format!("callfold run ended by itself: {status}")))
            }
            Err(error) => Err(Failure::because("watching callfold run", &error)),
        }
    }

    /// Ends it as a service manager does, with SIGTERM.
    ///
    /// # Errors
    /// When it does not end well within its deadline.
    pub async fn stop(mut self) -> Result<(), Failure> {
        if let Some(pid) = self.process.id().and_then(|id| i32::try_from(id).ok()) {
            let pid = rustix::process::Pid::from_raw(pid).expect("a child's id is not 0");
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)
                .map_err(|error| Failure::because("ending callfold run", &error))?;
        }
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.process.wait()).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => {
                Err(Failure::Failed(format!("callfold run did not end well: {status}")))
            }
            Ok(Err(error)) => Err(Failure::because("ending callfold run", &error)),
            Err(_) => Err(Failure::Failed("callfold run did not end in time".to_owned())),
        }
    }
}

/// A child that was killed: its log and its port are left.
pub struct Killed {
    dir: PathBuf,
    ingest: String,
}

impl Killed {
    /// Starts it again on the same log and port.
    ///
    /// # Errors
    /// As [`Child::start`].
    pub async fn start_again(self, world: &World) -> Result<Child, Failure> {
        Child::start_on(&self.dir, world, &self.ingest).await
    }
}

/// The child's whole configuration; secrets go by the environment, as they should.
fn variables(dir: &Path, world: &World, listen: &str) -> Vec<(String, String)> {
    let set = |name: &str, value: String| (format!("CALLFOLD_{name}"), value);
    let mut all = vec![
        set("LOG__DIR", dir.join("log").display().to_string()),
        set("INGEST__LISTEN", listen.to_owned()),
        set("TELEMETRY__LISTEN", "127.0.0.1:0".to_owned()),
        set("TELEMETRY__FORMAT", "json".to_owned()),
        set("TELEMETRY__LOG", world.log.clone()),
        set("AIRCALL__API_URL", world.aircall.url().to_owned()),
        set("AIRCALL__API_ID", "api-id".to_owned()),
        set("AIRCALL__API_TOKEN", "api-token".to_owned()),
        set("AIRCALL__WEBHOOK_TOKEN", world.webhook_token.clone()),
        set("AIRCALL__SETTLE_S", SETTLE_S.to_string()),
        set("FRONT__API_URL", world.front.url()),
        set("FRONT__TOKEN", world.front.token()),
        set("FRONT__APP_SECRET", world.app_secret.clone()),
        set("FRONT__TIMEOUT_S", TIMEOUT_S.to_string()),
        set("FRONT__REQUESTS_PER_RESOURCE_S", super::world::PER_RESOURCE_S.to_string()),
    ];
    all.extend(world.otlp_endpoint.clone().map(|url| set("TELEMETRY__OTLP_ENDPOINT", url)));
    all
}

fn settings(variables: &[(String, String)]) -> Result<Settings, Failure> {
    let no_file = |_: &str| Err(std::io::Error::other("the demo names no files"));
    let (_, settings) = config::check(None, variables, &no_file, Needs::Run)?;
    Ok(settings)
}

fn spawn(dir: &Path, variables: &[(String, String)]) -> Result<Process, Failure> {
    let failed = |error: std::io::Error| Failure::because("starting callfold run", &error);
    let executable = std::env::current_exe().map_err(failed)?;
    let output =
        File::options().create(true).append(true).open(dir.join(OUTPUT)).map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let mut command = Command::new(executable);
    // The user's own configuration is not the demo's.
    for (name, _) in config::environment::captured() {
        command.env_remove(name);
    }
    command
        .arg("run")
        .current_dir(dir)
        .envs(variables.iter().cloned())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)
}
