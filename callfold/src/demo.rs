//! The demo: a simulated Aircall makes calls, `callfold run` (a child process of its own, killed
//! once on the way) brings them to a simulated Front, and an independent model says what Front
//! must show in the end.

mod child;
mod figures;
mod people;
mod progress;
mod report;
mod settle;
mod thread;
mod world;

use std::path::{Path, PathBuf};
use std::time::Duration;

use simulators::model::PersonAct;
use tokio::time::Instant;

use crate::failure::{Exit, Failure};
use crate::process::signals;
use crate::terminal;
use child::Child;
use figures::Figures;
use progress::Progress;
use world::World;

/// How long the demo may take to end when it is told to.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// How many calls.
    pub calls: usize,
    /// What everything random is drawn from.
    pub seed: u64,
    /// What Front allows per minute.
    pub front_rpm: u32,
    /// Where the log goes.
    pub dir: Option<PathBuf>,
    /// What the child logs, as `telemetry.log` has it.
    pub log: String,
    /// Leave it running.
    pub stay: bool,
    /// What requests to Front are judged by.
    pub front_spec: Option<PathBuf>,
    /// Where the child exports its traces and metrics to.
    pub otlp_endpoint: Option<String>,
    /// JSON instead of text.
    pub json: bool,
}

/// Runs it from the first call to the report.
///
/// # Errors
/// A folder that is not empty, a child that cannot be started or does not settle.
pub async fn run(choices: Choices) -> Result<Exit, Failure> {
    let began = Instant::now();
    let told_to_stop = signals::listen(END_TIMEOUT)?;
    let folder = Folder::of(&choices)?;
    let world = World::start(&choices).await?;
    let progress = Progress::new(&choices, &world.front.url());
    let child = Child::start(folder.path(), &world).await?;
    let played = tokio::select! {
        played = play(&world, child, &progress) => played,
        () = told_to_stop.first() => {
            return Err(Failure::Failed("stopped before the end; nothing is left running".to_owned()));
        }
    };
    let (child, played) = match played {
        Ok(played) => played,
        Err(failure) => return Err(with_log(&failure, folder)),
    };
    let took = began.elapsed();
    let figures = Figures::of(&world, &played, &child.decided().await?, took);
    progress.done();
    if choices.json {
        terminal::print_json(&figures.document(&choices))?;
    } else {
        terminal::print(&report::text(&figures, &world, &choices, terminal::is_coloured()))?;
    }
    if choices.stay {
        stay(&world, &child, choices.json)?;
        told_to_stop.first().await;
    }
    child.stop().await?;
    let judged = world.judged();
    world.stop().await;
    judged?;
    Ok(figures.exit())
}

/// What was played.
struct Played {
    /// All webhooks, in the order of sending.
    sent: Vec<world::Sent>,
    /// What people did in Front.
    acts: Vec<PersonAct>,
    /// SIGKILLs.
    kills: u32,
}

/// Sends everything but the last calls of some contacts, kills the child once, and waits until all is in
/// Front. Then people act on these contacts, and their last calls come.
async fn play(
    world: &World,
    child: Child,
    progress: &Progress,
) -> Result<(Child, Played), Failure> {
    let url = child.webhook_url();
    world.front.save_webhook(child.front_webhook(world)).await.map_err(|error| {
        Failure::because("telling the simulated Front where to send its events", &error)
    })?;
    let chosen = people::choose(world.centre());
    let last: Vec<i64> = chosen.iter().map(|it| it.last_call).collect();
    let all = world.centre().calls.iter().map(|call| call.id);
    let first: Vec<i64> = all.filter(|id| !last.contains(id)).collect();
    let (sent, child) = tokio::try_join!(
        world.send(&url, &first, world::SENDING_S),
        killed_once(world, child, progress)
    )?;
    settle::wait(world, &child, progress).await?;
    let mut played = Played { sent: vec![sent], acts: Vec::new(), kills: 1 };
    if !chosen.is_empty() {
        played.acts = people::act(world, &child, &chosen).await?;
        settle::wait(world, &child, progress).await?;
        played.sent.push(world.send(&url, &last, world::SENDING_LAST_S).await?);
        settle::wait(world, &child, progress).await?;
    }
    Ok((child, played))
}

/// How long the kill waits for an import to be under way. There are several in a second; on a machine that
/// is busy with something else it takes longer until the next one.
const IN_HAND_MAX: Duration = Duration::from_secs(60);

/// Kills the child when two fifths of the webhooks are acknowledged and Front has an import in hand
/// whose answer the child does not know: some are being folded then, and many are still to come.
async fn killed_once(
    world: &World,
    mut child: Child,
    progress: &Progress,
) -> Result<Child, Failure> {
    let mut killed = false;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    loop {
        ticks.tick().await;
        let (planned, finished, acknowledged) = world.aircall.progress();
        progress.sent(acknowledged, planned);
        if !killed && planned > 0 && acknowledged * 5 >= planned * 2 {
            killed = true;
            child = kill_in_the_middle(world, child, progress).await?;
        }
        if killed && finished == planned {
            return Ok(child);
        }
        child.must_run()?;
    }
}

/// Front holds its answers back until it has one, so that the kill meets a write that was done and
/// that the child knows nothing of.
async fn kill_in_the_middle(
    world: &World,
    child: Child,
    progress: &Progress,
) -> Result<Child, Failure> {
    world.front.hold_import_answers(true);
    let in_hand = world.front.until_answer_held();
    let in_hand = tokio::time::timeout(IN_HAND_MAX, in_hand).await.is_ok();
    let (_, _, acknowledged) = world.aircall.progress();
    let killed = child.kill().await;
    world.front.hold_import_answers(false);
    let child = killed?.start_again(world).await?;
    let doing = if in_hand { ", with a write done that it did not know of," } else { "" };
    progress.say(&format!(
        "ended callfold with SIGKILL after {acknowledged} webhooks{doing} and started it again: \
         nothing may be lost, nothing sent twice"
    ));
    Ok(child)
}

/// Says where to look. After a JSON document this goes to standard error: nothing else stands where
/// the document does.
fn stay(world: &World, child: &Child, json: bool) -> Result<(), Failure> {
    let text = format!(
        "\nEverything goes on until Ctrl-C.\n  \
           Front's page   {}\n  \
           look inside    CALLFOLD_LOG__DIR={} callfold status",
        world.front.url(),
        child.log_dir().display()
    );
    if json {
        terminal::tell(&text);
        Ok(())
    } else {
        terminal::print_line(&text)
    }
}

/// Keeps the folder of a failure, and says where its log is.
fn with_log(failure: &Failure, folder: Folder) -> Failure {
    let kept = folder.keep();
    Failure::Failed(format!(
        "{failure}\nwhat callfold said is in {}",
        kept.join(child::OUTPUT).display()
    ))
}

/// Where the demo's files are.
enum Folder {
    Temporary(tempfile::TempDir),
    Named(PathBuf),
}

impl Folder {
    fn of(choices: &Choices) -> Result<Folder, Failure> {
        let Some(dir) = &choices.dir else {
            return tempfile::Builder::new()
                .prefix("callfold-demo-")
                .tempdir()
                .map(Folder::Temporary)
                .map_err(|error| Failure::because("making a temporary folder", &error));
        };
        std::fs::create_dir_all(dir)
            .map_err(|error| Failure::because(&format!("making {}", dir.display()), &error))?;
        let mut inside = std::fs::read_dir(dir)
            .map_err(|error| Failure::because(&format!("reading {}", dir.display()), &error))?;
        if inside.next().is_some() {
            return Err(Failure::Usage(format!(
                "{} is not empty: the demo starts from nothing, name another folder",
                dir.display()
            )));
        }
        // The child's working folder is this one: a relative path would be another one there.
        std::path::absolute(dir)
            .map(Folder::Named)
            .map_err(|error| Failure::because(&format!("finding {}", dir.display()), &error))
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Temporary(dir) => dir.path(),
            Folder::Named(dir) => dir,
        }
    }

    fn keep(self) -> PathBuf {
        match self {
            Folder::Temporary(dir) => dir.keep(),
            Folder::Named(dir) => dir,
        }
    }
}
