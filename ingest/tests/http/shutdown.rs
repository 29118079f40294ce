//! An orderly end.

use std::time::Duration;

use schemas::TopicKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::bodies::ended;
use crate::rig::{Reply, Rig, config, until_asked_for_the_body};
use crate::standing_clock::StandingClock;

#[tokio::test]
async fn a_request_that_was_begun_is_finished_and_nothing_new_is_accepted() {
    let rig = Rig::start(config()).await;
    // A body may take five seconds, and the end is given as many.
    let clock = StandingClock::stop();
    let body = ended(9001);
    let head = format!(
        "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut begun = rig.connect().await;
    begun.write_all(head.as_bytes()).await.unwrap();
    until_asked_for_the_body(&mut begun).await;
    let mut idle = rig.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut idle, &mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");

    rig.shutdown.cancel();
    Reply::read_to_end(&mut idle).await; // an idle connection ends at once
    let mut tries = 0;
    while TcpStream::connect(rig.address).await.is_ok() {
        tries += 1;
        assert!(tries < 10_000, "new connections are taken");
        tokio::task::yield_now().await;
    }
    begun.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(Reply::read_to_end(&mut begun).await.status, 200);
    assert_eq!(rig.on(TopicKind::Calls).await.len(), 1);
    drop(clock);
    rig.stop().await;
}

#[tokio::test]
async fn a_half_sent_request_does_not_hold_up_the_end_for_longer_than_its_timeout() {
    let rig = Rig::start(config()).await;
    let clock = StandingClock::stop();
    let mut head = rig.connect().await;
    head.write_all(b"POST /webhooks").await.unwrap();
    let mut body = rig.connect().await;
    let begin =
        "POST /webhooks/aircall HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    body.write_all(begin.as_bytes()).await.unwrap();
    until_asked_for_the_body(&mut body).await;
    body.write_all(b"{").await.unwrap();
    // Connections are taken in order: both were taken when another one is served.
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    rig.shutdown.cancel();
    tokio::task::yield_now().await;
    clock.pass(Duration::from_secs(16)).await;
    // Nothing more is waited for: the clock stands, and this would not end.
    rig.stop().await;
}
