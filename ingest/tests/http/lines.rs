//! B14: lines that the customer does not want on the log.

use ingest::{Config, KeptLines};
use schemas::{CallEvent, TopicKind};

use crate::bodies::ended;
use crate::rig::{Rig, config};

fn only(line: &str) -> Config {
    Config { kept_lines: KeptLines::Only(vec![line.to_owned()]), ..config() }
}

async fn kept_under(config: Config, body: &str) -> (usize, usize) {
    let rig = Rig::start(config).await;
    assert_eq!(rig.post("/webhooks/aircall", body).await.status, 200);
    let calls: Vec<CallEvent> = rig.values(TopicKind::Calls).await;
    let raw = rig.on(TopicKind::Raw).await.len();
    rig.stop().await;
    (calls.len(), raw)
}

#[tokio::test]
async fn b14_other_lines_are_answered_and_not_kept_when_they_are_not_wanted() {
    let rig = Rig::start(config()).await;
    rig.post("/webhooks/aircall", ended(9001)).await;
    let calls: Vec<CallEvent> = rig.values(TopicKind::Calls).await;
    rig.stop().await;
    let id = calls[0].line_id.expect("the line has an id").to_string();
    let name = calls[0].line_name.clone().expect("the line has a name");

    assert_eq!(kept_under(only("another line"), &ended(9001)).await, (0, 0));
    assert_eq!(kept_under(only(&id), &ended(9001)).await, (1, 1));
    assert_eq!(kept_under(only(&name), &ended(9001)).await, (1, 1));
    // Nobody can say of what line this is, so it is not thrown away.
    let without_line = ended(9001).replace("\"number\":{", "\"nothing\":{");
    assert_ne!(without_line, ended(9001));
    assert_eq!(kept_under(only("another line"), &without_line).await, (1, 1));
}
