//! What runs and what waits: nothing that came in may be overlooked when all is called settled.

use bytes::Bytes;
use callfold::view::known::Known;
use callfold::view::status::{Live, Place, ProcessView, StatusView, look};
use eventlog::{Header, Partition};
use schemas::topics::key;
use schemas::{Input, Position, Status, TimeMs, TopicKind};

use crate::shelf::Shelf;

fn place() -> Place {
    Place { kind: "embedded", what: "data".to_owned() }
}

async fn seen(shelf: &Shelf) -> StatusView {
    look(shelf.log.as_ref(), &shelf.names, &place(), None, &mut Known::default()).await.unwrap()
}

/// The dispatcher has read `raw` of partition 1 up to `next`, and beyond as the header says.
async fn position(shelf: &Shelf, next: i64, read: Option<&'static str>) {
    let topic = shelf.names.topics.name(TopicKind::Raw);
    let position = Position {
        writer: "dispatcher".to_owned(),
        inputs: vec![Input { topic, partition: 1, next_offset: next }],
        front_cursor: None,
        at: TimeMs(1),
    };
    let value = schemas::encode(&position);
    let header = |read: &'static str| Header {
        name: "read".to_owned(),
        value: Bytes::from_static(read.as_bytes()),
    };
    let headers = read.map(header).into_iter().collect();
    let key = key::position("dispatcher");
    shelf.append_to(TopicKind::Outcomes, Partition(0), key, value, headers).await;
}

#[tokio::test]
async fn a_webhook_of_front_that_nobody_has_read_is_not_settled() {
    let shelf = Shelf::new();
    assert!(seen(&shelf).await.settled);
    let (key, value) = (b"?|e".to_vec(), b"raw".to_vec());
    shelf.append_to(TopicKind::Raw, Partition(1), key, value, Vec::new()).await;
    for (next, read, lag) in [
        (None, None, 1),
        (Some(0), None, 1),
        (Some(0), Some("callfold.raw/0/9 callfold.raw/1/0 "), 1),
        (Some(0), Some("callfold.raw/1/1 "), 0),
        (Some(1), None, 0),
    ] {
        if let Some(next) = next {
            position(&shelf, next, read).await;
        }
        let status = seen(&shelf).await;
        assert_eq!((status.lag.dispatcher, status.settled), (lag, lag == 0), "{next:?} {read:?}");
    }
}

#[tokio::test]
async fn requests_are_told_for_each_call_while_somebody_counts_them() {
    let shelf = Shelf::new();
    for (calls_logged, want) in [(0, None), (4, Some(2.5))] {
        let live = || live(10, calls_logged);
        let status =
            look(shelf.log.as_ref(), &shelf.names, &place(), Some(&live), &mut Known::default())
                .await
                .unwrap();
        assert_eq!(status.budget.calls_logged, Some(calls_logged));
        assert_eq!(status.budget.requests_per_call, want);
    }
    let stopped = seen(&shelf).await.budget;
    assert_eq!((stopped.calls_logged, stopped.requests_per_call), (None, None));
}

fn live(requests: i64, calls_logged: i64) -> Live {
    let active = Status { state: "active".to_owned(), requests, ..dispatcher::standing_by() };
    let process = ProcessView {
        pid: 1,
        version: "0".to_owned(),
        config_version: "0".to_owned(),
        ingest: None,
        telemetry: String::new(),
        dry_run: false,
        not_ready: Vec::new(),
    };
    let dispatcher = Some(active);
    Live { process, roles: Default::default(), dispatcher, outage: None, calls_logged }
}
