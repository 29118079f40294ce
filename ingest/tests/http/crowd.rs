//! As many requests at once as there is room for, and one more.

use std::sync::Arc;

use async_trait::async_trait;
use eventlog::log::AppendError;
use eventlog::{Appender, Offset, Record};
use ingest::limits::REQUESTS_MAX;
use schemas::TopicKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::bodies::ended;
use crate::front::{EVENT, configured, signed};
use crate::limits::{allow_many_files, still_works};
use crate::rig::{NOW_MS, Reply, Rig};

/// A log that is slow: what is appended waits until it is let through, and is counted meanwhile.
struct Slow {
    log: Arc<dyn Appender>,
    waiting: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

#[async_trait]
impl Appender for Slow {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        self.waiting.send_modify(|count| *count += 1);
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.expect("whoever opens is this one itself");
        self.log.append(records).await
    }
}

/// A rig on a log that lets nothing through until the second says so; the third counts who waits for it.
async fn slow_rig() -> (Rig, watch::Sender<bool>, watch::Receiver<usize>) {
    let (open, (waiting, count)) = (watch::Sender::new(false), watch::channel(0));
    let opens = open.clone();
    let around = |log| -> Arc<dyn Appender> { Arc::new(Slow { log, waiting, open: opens }) };
    (Rig::start_behind(configured(), around).await, open, count)
}

async fn send(rig: &Rig, path: &str, headers: &str, body: &str) -> TcpStream {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = rig.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn with_1024_requests_under_way_the_next_is_503_and_the_other_sender_has_its_room() {
    allow_many_files();
    let (call, front) = (ended(9001), signed(EVENT, NOW_MS));
    let of_aircall = ("/webhooks/aircall", "", call.as_str());
    let of_front = ("/webhooks/front", front.as_str(), EVENT);
    for (crowded, other) in [(of_aircall, of_front), (of_front, of_aircall)] {
        let (rig, open, mut waiting) = slow_rig().await;
        let mut under_way = Vec::new();
        for _ in 0..REQUESTS_MAX {
            under_way.push(send(&rig, crowded.0, crowded.1, crowded.2).await);
        }
        waiting.wait_for(|count| *count == REQUESTS_MAX).await.unwrap();
        let refused = tokio::select! {
            reply = rig.post_with(crowded.0, crowded.1, crowded.2) => reply,
            _ = waiting.wait_for(|count| *count > REQUESTS_MAX) => panic!("there was room for it"),
        };
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
        let mut of_other = send(&rig, other.0, other.1, other.2).await;
        tokio::select! {
            reply = Reply::read_to_end(&mut of_other) => panic!("no room: {}", reply.status),
            _ = waiting.wait_for(|count| *count > REQUESTS_MAX) => under_way.push(of_other),
        }
        open.send_replace(true);
        for mut stream in under_way {
            assert_eq!(Reply::read_to_end(&mut stream).await.status, 200);
        }
        assert_eq!(rig.on(TopicKind::Raw).await.len(), REQUESTS_MAX + 1, "nothing of the refused");
        assert_eq!(rig.post_with(crowded.0, crowded.1, crowded.2).await.status, 200);
        still_works(rig).await;
    }
}
