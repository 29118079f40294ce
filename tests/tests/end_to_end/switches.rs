//! The same visible result under both answers to everything that Front's documents leave open.
//!
//! What an answer itself decides is left out, and nothing else: see [`left_open`]. Journeys are played
//! in the separate layout: it has every kind of activity, and no answer is about how one is laid out.

use futures::StreamExt;
use simulators::front::Switches;
use simulators::snapshot::{EntryView, Snapshot};
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::together::{Together, groups};
use tests::verdict::{
    any_order, everything_acknowledged_is_kept, front_shows_what_the_model_expects,
};
use tests::{journeys, thread_text};
use tokio::sync::Semaphore;

use crate::{BINARY, now};

/// So many pipelines at once: they mostly wait, and two cores carry that.
const AT_ONCE: usize = 16;
const SEED: u64 = 20_260_815;
/// In each run that is killed.
const CALLS: usize = 24;

/// The default answers, each other answer, and all others at once.
fn answers() -> Vec<(&'static str, Switches)> {
    let mut all = vec![("the default answers", Switches::default())];
    all.extend(Switches::alternatives());
    all.push(("all others at once", Switches::all_other()));
    all
}

/// What an answer decides by itself, so that nobody can say what must be shown.
#[derive(Default)]
struct Open {
    /// Whose subject the header shows.
    subject: bool,
    /// Where the conversation lies: rules fire or not, an import adds its inbox or not.
    inboxes: bool,
}

fn left_open(answer: &Switches) -> Open {
    let default = Switches::default();
    Open {
        subject: answer.conversation_subject != default.conversation_subject,
        inboxes: answer.import_adds_inbox != default.import_adds_inbox
            || answer.imports_fire_rules != default.imports_fire_rules
            || answer.voicemail_rule_reads != default.voicemail_rule_reads,
    }
}

/// Everything that is shown, as text, without what is left open. Entries of the same time stand in one
/// order: which one Front takes is an answer too.
fn visible(snapshot: &Snapshot, base: i64, open: &Open) -> String {
    let mut shown = in_the_default_order(snapshot.clone());
    for conversation in &mut shown.conversations {
        if open.subject {
            conversation.subject = "(open)".to_owned();
        }
        if open.inboxes {
            conversation.inboxes.clear();
            conversation.participants.clear();
        }
    }
    thread_text::render(&shown, base)
}

async fn play(
    company_rules: bool,
    together: Together,
    switches: Switches,
) -> Vec<(&'static str, Snapshot)> {
    let mut options = Options::fast(BINARY);
    options.simulator.company_rules = company_rules;
    options.simulator.switches = switches;
    options.settle_s = if together.hurries() { 300 } else { 4 };
    let pipeline = Pipeline::start(options).await;
    let snapshot = together.play(&pipeline).await;
    together.apart(&snapshot)
}

/// Runs everything, a few at a time, in order; then fails with the names of what failed.
///
/// The tests of this file share the places, so that the machine is not asked for more at once.
async fn all_at_once<T: Send + 'static>(
    runs: impl IntoIterator<Item = (String, impl Future<Output = T> + Send + 'static)>,
) -> Vec<T> {
    static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);
    let task = |(name, run)| async move {
        let _place = PLACES.acquire().await.expect("it is never closed");
        tokio::spawn(run).await.map_err(|_panic| name)
    };
    let runs = futures::stream::iter(runs.into_iter().map(task));
    let ended: Vec<Result<T, String>> = runs.buffered(AT_ONCE).collect().await;
    let failed: Vec<&String> = ended.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(failed.is_empty(), "failed, for reasons printed above: {failed:?}");
    ended.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_journeys_show_the_same_under_every_answer() {
    let base = now() - 600;
    let answers = answers();
    let mut plays = Vec::new();
    for (answer, switches) in &answers {
        for (company_rules, together) in groups(base) {
            let name = format!("{answer}, company rules: {company_rules}");
            plays.push((name, play(company_rules, together, switches.clone())));
        }
    }
    let shown = all_at_once(plays).await;
    // As many groups for each answer; the first answer is the default.
    let of_each = shown.len() / answers.len();
    let of_answers: Vec<Vec<_>> = shown.chunks(of_each).map(|groups| groups.concat()).collect();
    let default = &of_answers[0];
    assert_eq!(default.len(), journeys::all(base).len(), "every journey is played");
    let mut wrong = Vec::new();
    for ((answer, switches), others) in answers.iter().zip(&of_answers) {
        let open = left_open(switches);
        for (journey, expected) in default {
            let found = others.iter().find(|(name, _)| name == journey);
            let (_, shown) = found.expect("every journey is played under every answer");
            assert!(!expected.conversations.is_empty(), "{journey} shows something");
            let (expected, shown) = (visible(expected, base, &open), visible(shown, base, &open));
            if expected != shown {
                wrong.push(format!("{journey} when {answer}:\n{shown}instead of\n{expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A load of some calls in front of a Front with these answers, and its model.
async fn load_under(switches: Switches, seed: u64) -> (Load, Pipeline) {
    let load = Load::generate(seed, CALLS, now());
    let mut options = Options::fast(BINARY);
    load.seat_agents(&mut options.simulator);
    options.simulator.switches = switches;
    (load, Pipeline::start(options).await)
}

/// Lets the program finish after a crash, and judges.
async fn finish(mut load: Load, mut pipeline: Pipeline) {
    pipeline.revive().await;
    load.send_unanswered(&pipeline).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = in_the_default_order(pipeline.front.snapshot());
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &any_order(), &snapshot).await;
}

/// Kills the program in the middle of its writes and lets it finish.
async fn kill_under_load(switches: Switches, seed: u64) {
    let (mut load, mut pipeline) = load_under(switches, seed).await;
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
    finish(load, pipeline).await;
}

/// Ends the program at a crash point and lets it finish.
async fn crash_in(gap: &str, switches: Switches, seed: u64) {
    let (mut load, mut pipeline) = load_under(switches, seed).await;
    pipeline.kill().await;
    pipeline.variables().push(("FAILPOINTS".to_owned(), format!("{gap}=3*off->return")));
    pipeline.revive().await;
    let mut child = pipeline.child.take().expect("the program runs");
    let half = load.left() / 2;
    let crashed = async {
        child.ended().await;
    };
    load.send(&pipeline, half, crashed).await;
    assert!(!child.ended().await.success(), "the crash point was reached");
    pipeline.variables().retain(|(name, _)| name != "FAILPOINTS");
    finish(load, pipeline).await;
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

/// Answers that decide what becomes of an import that is sent again.
fn about_repeats() -> Vec<(&'static str, Switches)> {
    let default = Switches::default();
    let mut all = answers();
    all.retain(|(_, it)| {
        it.duplicate_import != default.duplicate_import
            || it.external_id_scope != default.external_id_scope
            || it.imports_in_order != default.imports_in_order
            || it.lost_import_repeat != default.lost_import_repeat
    });
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_crash_in_every_gap_around_a_write_is_mended_under_every_answer_to_a_repeat() {
    let mut runs = Vec::new();
    for (place, (answer, switches)) in about_repeats().into_iter().enumerate() {
        for gap in ["dispatcher.intended", "dispatcher.sent", "dispatcher.noted"] {
            let run = crash_in(gap, switches.clone(), SEED + 100 + place as u64);
            runs.push((format!("{gap} when {answer}"), run));
        }
    }
    assert!(runs.len() >= 3 * 8, "{} runs", runs.len());
    all_at_once(runs).await;
}
