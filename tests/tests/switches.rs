//! The same visible result under both answers to everything that Front's documents leave open.
//!
//! What an answer itself decides is left out, and nothing else: which subject the header shows, how
//! a body is rendered, whether Front reopens an archived conversation, and how messages of the same
//! second are ordered. Messages, authors, texts and who is assigned must agree.

use futures::StreamExt;
use simulators::front::Switches;
use simulators::model::ModelConfig;
use simulators::snapshot::{EntryView, Snapshot};
use tests::journey::Journey;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::verdict::{everything_acknowledged_is_kept, front_shows_what_the_model_expects};
use tests::{journeys, thread_text};

const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
/// So many pipelines at once: they mostly wait, and two cores carry that.
const AT_ONCE: usize = 12;
/// Journeys that meet what the switches answer: new and known contacts, imports into an open and
/// into an archived conversation, comments. The voicemail comes after its call was logged: whether
/// one comes within the settle time depends on how busy the machine is.
const PLAYED: [&str; 5] = [
    "answered_with_recording",
    "voicemail_after_it_was_logged_as_missed",
    "comments",
    "call_after_an_archive",
    "late_recording_after_an_archive",
];
const SEED: u64 = 20_260_815;

#[allow(clippy::disallowed_methods, reason = "a test that plays calls of today must know today")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The default answers, each other answer, and all others at once.
fn answers() -> Vec<(&'static str, Switches)> {
    let mut all = vec![("the default answers", Switches::default())];
    all.extend(Switches::alternatives());
    all.push(("all others at once", Switches::all_other()));
    all
}

fn played(base: i64) -> Vec<Journey> {
    let mut all = journeys::all(base);
    all.retain(|journey| PLAYED.contains(&journey.name));
    assert_eq!(all.len(), PLAYED.len(), "every journey was found by its name");
    all
}

/// What Front shows without what the answers themselves decide: the messages and comments of all
/// conversations as text, sorted.
fn messages(snapshot: &Snapshot, base: i64) -> Vec<String> {
    let mut all = Vec::new();
    for conversation in &snapshot.conversations {
        for entry in &conversation.entries {
            let mut alone = conversation.clone();
            alone.entries = vec![entry.clone()];
            let only = Snapshot { contacts: Vec::new(), conversations: vec![alone] };
            let text = thread_text::render(&only, base);
            let of_entry = text.lines().skip_while(|line| !is_entry(line));
            all.push(of_entry.collect::<Vec<_>>().join("\n"));
        }
    }
    all.sort();
    all
}

/// Whether a line of a rendered conversation begins a message or a comment.
fn is_entry(line: &str) -> bool {
    line.starts_with("  +") || line.starts_with("  comment by ")
}

/// What one journey shows under one answer.
struct Shown {
    journey: &'static str,
    answer: &'static str,
    messages: Vec<String>,
    assignees: Vec<Option<String>>,
    conversations: usize,
}

async fn play(journey: Journey, answer: &'static str, switches: Switches, base: i64) -> Shown {
    let mut options = Options::fast(BINARY);
    options.simulator.company_rules = journey.company_rules;
    options.simulator.switches = switches;
    let pipeline = Pipeline::start(options).await;
    let snapshot = pipeline.play(&journey).await;
    let assignees = snapshot.conversations.iter().map(|it| it.assignee.clone()).collect();
    let conversations = snapshot.conversations.len();
    let messages = messages(&snapshot, base);
    Shown { journey: journey.name, answer, messages, assignees, conversations }
}

/// Runs everything, a few at a time, in order; then fails with the names of what failed.
async fn all_at_once<T: Send + 'static>(
    runs: impl IntoIterator<Item = (String, impl Future<Output = T> + Send + 'static)>,
) -> Vec<T> {
    let task = |(name, run)| async move { tokio::spawn(run).await.map_err(|_panic| name) };
    let runs = futures::stream::iter(runs.into_iter().map(task));
    let ended: Vec<Result<T, String>> = runs.buffered(AT_ONCE).collect().await;
    let failed: Vec<&String> = ended.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(failed.is_empty(), "failed, for reasons printed above: {failed:?}");
    ended.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_journeys_show_the_same_messages_under_every_answer() {
    let base = now() - 600;
    let mut plays = Vec::new();
    for (answer, switches) in answers() {
        for journey in played(base) {
            let name = format!("{} when {answer}", journey.name);
            plays.push((name, play(journey, answer, switches.clone(), base)));
        }
    }
    let shown = all_at_once(plays).await;
    let (default, others) = shown.split_at(PLAYED.len());
    let mut wrong = Vec::new();
    for other in others {
        let same = default.iter().find(|it| it.journey == other.journey).expect("played");
        assert!(!same.messages.is_empty(), "{}: the journey shows something", same.journey);
        let differs = same.messages != other.messages
            || same.assignees != other.assignees
            || same.conversations != other.conversations;
        if differs {
            wrong.push(format!(
                "{} when {}: {} conversations, assigned {:?}\n{}",
                other.journey,
                other.answer,
                other.conversations,
                other.assignees,
                other.messages.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Kills the program in the middle of its writes and lets it finish.
async fn kill_under_load(switches: Switches, seed: u64) {
    let mut load = Load::generate(seed, 12, now());
    let mut options = Options::fast(BINARY);
    load.seat_agents(&mut options.simulator);
    options.simulator.switches = switches;
    let mut pipeline = Pipeline::start(options).await;
    let mut child = pipeline.child.take();
    let half = load.left() / 2;
    let before = pipeline.front.counts().writes_total();
    // A task of its own: the senders may all be through before it is dead.
    let mut dying = None;
    let killed = async {
        // A few writes are done, others wait or are on their way.
        pipeline.front.until_counts(|counts| counts.writes_total() >= before + 5).await;
        if let Some(child) = child.take() {
            let dead = dying.insert(tokio::spawn(child.kill()));
            dead.await.expect("it was killed");
        }
    };
    load.send(&pipeline, half, killed).await;
    if let Some(child) = child {
        child.kill().await;
    }
    if let Some(dying) = dying.take_if(|dying| !dying.is_finished()) {
        dying.await.expect("it was killed");
    }
    pipeline.revive().await;
    load.send_unanswered(&pipeline).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = in_the_default_order(pipeline.front.snapshot());
    let model =
        ModelConfig { overtake_s: 100 * 86_400, late_media: true, ..ModelConfig::default() };
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &model, &snapshot).await;
}

/// Messages of the same second in one fixed order: an answer may show the newest first.
fn in_the_default_order(mut snapshot: Snapshot) -> Snapshot {
    for conversation in &mut snapshot.conversations {
        conversation.entries.sort_by_key(|entry| match entry {
            EntryView::Message { created_at, external_id, .. } => {
                (created_at * 1_000, external_id.clone())
            }
            EntryView::Comment { posted_at, .. } => ((posted_at * 1_000.0) as i64, String::new()),
        });
    }
    snapshot
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_kill_under_load_is_mended_under_every_answer() {
    let runs = answers().into_iter().enumerate().map(|(place, (answer, switches))| {
        (answer.to_owned(), kill_under_load(switches, SEED + place as u64))
    });
    all_at_once(runs).await;
}
