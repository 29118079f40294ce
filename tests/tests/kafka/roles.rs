//! Each role in a process of its own, on real brokers: the same journeys, the same golden texts.

use simulators::front::PayloadForm;
use tests::pipeline::{Options, Pipeline};
use tests::together::groups;

use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b07_journeys_through_three_processes_show_what_the_article_asks_for() {
    let Some(cluster) = shared_cluster().await else { return };
    // When the first call of every journey starts: ten minutes ago.
    let base = now() - 600;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../end_to_end/golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for (company_rules, together) in groups(base) {
        let mut options = Options { events: Some(PayloadForm::Full), ..Options::fast(BINARY) };
        options.brokers = Some(cluster.bootstrap());
        options.front.push_str("layout = \"separate\"\n");
        options.settle_s = if together.hurries() { 300 } else { 4 };
        options.simulator.company_rules = company_rules;
        let pipeline = Pipeline::start(options).await;
        let snapshot = together.play(&pipeline).await;
        for (name, text) in together.texts(&snapshot, base) {
            let check =
                || settings.bind(|| insta::assert_snapshot!(format!("{name}.separate"), text));
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_err() {
                wrong.push(name);
            }
        }
    }
    assert!(wrong.is_empty(), "other than reviewed: {wrong:?}");
}
