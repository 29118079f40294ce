//! From webhook bodies to the threads that a person sees in Front: golden text, both layouts.
//! B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 B13: each row of the article is one journey.

use futures::StreamExt;
use simulators::front::PayloadForm;
use tests::journey::{Journey, Step};
use tests::pipeline::{Options, Pipeline};
use tests::{journeys, thread_text};
use tokio::sync::Semaphore;

use crate::{BINARY, now};

/// So many pipelines at once: they mostly wait, and two cores carry that.
const AT_ONCE: usize = 8;

async fn play(
    journey: Journey,
    layout: &'static str,
    events: Option<PayloadForm>,
) -> (String, String) {
    // Of all tests of this file together.
    static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);
    let _place = PLACES.acquire().await.expect("it is never closed");
    let mut options = Options { events, ..Options::fast(BINARY) };
    options.front.push_str(&format!("layout = \"{layout}\"\n"));
    options.settle_s = if journey.hurries() { 300 } else { 4 };
    options.simulator.company_rules = journey.company_rules;
    let pipeline = Pipeline::start(options).await;
    let snapshot = pipeline.play(&journey).await;
    (format!("{}.{layout}", journey.name), thread_text::render(&snapshot, base()))
}

/// When the first call of every journey starts: ten minutes ago, so that callfold's own clock lies
/// behind every time in a journey but those that are days late on purpose.
fn base() -> i64 {
    static BASE: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    *BASE.get_or_init(|| now() - 600)
}

async fn all_match(layout: &'static str) {
    let journeys = journeys::all(base()).into_iter();
    let plays = journeys.map(|journey| play(journey, layout, Some(PayloadForm::Full)));
    matched(plays.collect()).await;
}

async fn matched(plays: Vec<impl Future<Output = (String, String)>>) {
    let mut shown: Vec<_> = futures::stream::iter(plays).buffer_unordered(AT_ONCE).collect().await;
    shown.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for (name, text) in shown {
        let check = || settings.bind(|| insta::assert_snapshot!(name.clone(), text));
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "other than reviewed: {wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b07_journeys_show_what_the_article_asks_for_in_separate_layout() {
    all_match("separate").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b07_journeys_show_what_the_article_asks_for_in_compact_layout() {
    all_match("compact").await;
}

/// Which layout the activities have does not matter to what people do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b23_people_are_heard_by_webhooks_of_every_form_and_by_polling() {
    let mut plays = Vec::new();
    for events in [None, Some(PayloadForm::Preview), Some(PayloadForm::MergedRecipients)] {
        let mut of_people = journeys::all(base());
        of_people.retain(|it| it.steps.iter().any(|step| matches!(step, Step::Act(_))));
        assert!(of_people.len() >= 6, "people act in {} journeys", of_people.len());
        plays.extend(of_people.into_iter().map(|journey| play(journey, "separate", events)));
    }
    matched(plays).await;
}
