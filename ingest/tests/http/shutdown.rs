//! An orderly end.

use schemas::TopicKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::bodies::ended;
use crate::rig::{Reply, Rig, config};

#[tokio::test]
async fn a_request_that_was_begun_is_finished_and_nothing_new_is_accepted() {
    let rig = Rig::start(config()).await;
    let body = ended(9001);
    let head = format!(
        "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut begun = rig.connect().await;
    begun.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut begun, &mut asked).await.unwrap();
    let mut idle = rig.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut idle, &mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");

    rig.shutdown.cancel();
    Reply::read_to_end(&mut idle).await; // an idle connection ends at once
    while TcpStream::connect(rig.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    begun.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(Reply::read_to_end(&mut begun).await.status, 200);
    assert_eq!(rig.on(TopicKind::Calls).await.len(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_half_sent_request_does_not_hold_up_the_end_for_longer_than_its_timeout() {
    let rig = Rig::start(config()).await;
    let mut head = rig.connect().await;
    head.write_all(b"POST /webhooks").await.unwrap();
    let mut body = rig.connect().await;
    body.write_all(b"POST /webhooks/aircall HTTP/1.1\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    let asked = tokio::time::Instant::now();
    rig.stop().await;
    assert!(asked.elapsed().as_secs() <= 15);
}
