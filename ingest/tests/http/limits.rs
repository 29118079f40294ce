//! What happens at each limit, by bytes on a socket. Time is simulated where a limit is a time.

use std::time::Duration;

use ingest::Config;
use ingest::limits::{
    BODIES_KIB_MAX, BODY_BYTES_MAX, BODY_DRAINED_BYTES_MAX, BODY_STEP_KIB, HEAD_BYTES_MAX,
    HEADERS_MAX, REQUESTS_MAX, WRITE_TIMEOUT,
};
use schemas::TopicKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bodies::ended;
use crate::rig::{Reply, Rig, config, until_asked_for_the_body};
use crate::standing_clock::StandingClock;

/// A good body, filled up with white space to this size.
fn padded(bytes: usize) -> String {
    let body = ended(9001);
    format!("{body}{}", " ".repeat(bytes - body.len()))
}

/// Both ends of each connection are this process's.
pub fn allow_many_files() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, most).unwrap();
}

pub async fn still_works(rig: Rig) {
    let before = rig.on(TopicKind::Calls).await.len();
    assert_eq!(rig.post("/webhooks/aircall", ended(9777)).await.status, 200);
    assert_eq!(rig.on(TopicKind::Calls).await.len(), before + 1);
    rig.stop().await;
}

async fn send(rig: &Rig, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = rig.connect().await;
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_body_of_one_mib_is_taken_and_one_byte_more_is_413() {
    let rig = Rig::start(config()).await;
    assert_eq!(rig.post("/webhooks/aircall", padded(BODY_BYTES_MAX)).await.status, 200);
    let reply = rig.post("/webhooks/aircall", padded(BODY_BYTES_MAX + 1)).await;
    assert_eq!((reply.status, reply.header("connection")), (413, Some("close")));
    assert_eq!(rig.post("/webhooks/aircall", padded(2 * BODY_BYTES_MAX)).await.status, 413);
    assert_eq!(rig.on(TopicKind::Raw).await.len(), 1);
    still_works(rig).await;
}

#[tokio::test]
async fn a_body_that_does_not_say_its_size_has_the_same_limit() {
    let rig = Rig::start(config()).await;
    for (bytes, expected) in [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)] {
        let body = padded(bytes);
        let mut request = b"POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
            transfer-encoding: chunked\r\n\r\n"
            .to_vec();
        for chunk in body.as_bytes().chunks(100_000) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        let mut stream = send(&rig, request).await;
        assert_eq!(Reply::read_to_end(&mut stream).await.status, expected, "{bytes} bytes");
    }
    still_works(rig).await;
}

#[tokio::test]
async fn a_body_far_over_the_limit_is_answered_before_it_is_sent() {
    let rig = Rig::start(config()).await;
    let head = format!(
        "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        BODY_DRAINED_BYTES_MAX + 1
    );
    let mut stream = send(&rig, head).await;
    assert_eq!(Reply::read_to_end(&mut stream).await.status, 413);
    still_works(rig).await;
}

/// Lets the time pass after which the server must do something on a connection, and not before. Needs a
/// connection that the server has taken. Gives all that comes on it then.
async fn only_after(clock: &StandingClock, seconds: u64, stream: &mut TcpStream) -> Reply {
    let moment = Duration::from_millis(1);
    clock.pass(Duration::from_secs(seconds) - moment).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let early = stream.try_read(&mut [0]);
    assert!(early.is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock), "not before");
    // Timers are as exact as a millisecond.
    clock.pass(2 * moment).await;
    Reply::read_to_end(stream).await
}

#[tokio::test]
async fn a_body_that_is_not_sent_within_five_seconds_is_408() {
    let rig = Rig::start(config()).await;
    let clock = StandingClock::stop();
    let request = "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
        content-length: 100\r\n\r\n";
    let mut stream = send(&rig, request).await;
    until_asked_for_the_body(&mut stream).await;
    stream.write_all(b"{").await.unwrap();
    let reply = only_after(&clock, 5, &mut stream).await;
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    drop(clock);
    still_works(rig).await;
}

#[tokio::test]
async fn a_head_that_is_not_sent_in_time_ends_the_connection() {
    let rig = Rig::start(config()).await;
    let clock = StandingClock::stop();
    let mut stream = send(&rig, "POST /webhooks/aircall HTTP/1.1\r\nhost").await;
    // Connections are taken in order: the first one was taken when a second one is served.
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    let reply = only_after(&clock, 15, &mut stream).await;
    assert_eq!(reply.text, "");
    drop(clock);
    still_works(rig).await;
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_ends_when_it_is_idle() {
    let rig = Rig::start(config()).await;
    let clock = StandingClock::stop();
    let body = ended(9001);
    let request = format!(
        "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = send(&rig, format!("{request}{request}")).await;
    let mut came = Vec::new();
    while String::from_utf8_lossy(&came).matches("HTTP/1.1 200 OK").count() < 2 {
        assert_ne!(stream.read_buf(&mut came).await.unwrap(), 0, "it ended early");
    }
    clock.pass(Duration::from_secs(16)).await;
    Reply::read_to_end(&mut stream).await;
    drop(clock);
    still_works(rig).await;
}

#[tokio::test]
async fn a_head_with_too_much_in_it_is_431() {
    let rig = Rig::start(config()).await;
    let with = |headers: String| {
        format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
    };
    let many = |count: usize| with("a: b\r\n".repeat(count));
    let large = |bytes: usize| with(format!("a: {}\r\n", "b".repeat(bytes)));
    for (request, expected) in [
        (many(HEADERS_MAX - 2), 404),
        (many(HEADERS_MAX - 1), 431),
        (large(HEAD_BYTES_MAX - 100), 404),
        (large(HEAD_BYTES_MAX), 431),
    ] {
        let mut stream = send(&rig, request).await;
        assert_eq!(Reply::read_to_end(&mut stream).await.status, expected);
    }
    still_works(rig).await;
}

/// Sends so many bodies to `path` that another large one finds no room there. Each lacks its last byte.
/// Needs a clock that stands: they come within the time that a body may take.
async fn fill(rig: &Rig, path: &str) -> Vec<TcpStream> {
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {BODY_BYTES_MAX}\r\n\r\n");
    let begin = async || {
        let mut stream = send(rig, &head).await;
        stream.write_all(&[b' '; BODY_BYTES_MAX - 1]).await.unwrap();
        // What was written may not have been read yet: the server has its turns before anything else comes,
        // or one of these would find no room itself.
        for _ in 0..3 {
            rig.post(path, "{}").await;
        }
        stream
    };
    let mut waiting = Vec::new();
    let kib_each = BODY_BYTES_MAX / 1024 - BODY_STEP_KIB as usize;
    for _ in 0..BODIES_KIB_MAX / kib_each {
        waiting.push(begin().await);
    }
    let (large, mut refused) = (" ".repeat(BODY_BYTES_MAX), 0);
    for _ in 0..10 * BODIES_KIB_MAX / kib_each {
        if rig.post(path, &large).await.status == 503 {
            refused += 1;
        } else {
            // Whatever found no room has gone, and another one takes its place.
            refused = 0;
            waiting.push(begin().await);
        }
        if refused == 3 {
            return waiting;
        }
    }
    panic!("that many bytes are all");
}

#[tokio::test]
async fn with_no_room_for_another_body_503_says_when_to_come_back() {
    let rig = Rig::start(config()).await;
    let clock = StandingClock::stop();
    let waiting = fill(&rig, "/webhooks/aircall").await;
    let large = padded(BODY_BYTES_MAX);
    let reply = rig.post("/webhooks/aircall", &large).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200, "a usual one fits");
    drop(waiting);
    while rig.post("/webhooks/aircall", &large).await.status == 503 {
        tokio::task::yield_now().await;
    }
    drop(clock);
    still_works(rig).await;
}

#[tokio::test]
async fn bodies_sent_to_front_leave_aircall_its_room() {
    let rig = Rig::start(Config { front_app_secret: Some("secret".into()), ..config() }).await;
    let clock = StandingClock::stop();
    let waiting = fill(&rig, "/webhooks/front").await;
    assert_eq!(rig.post("/webhooks/aircall", padded(BODY_BYTES_MAX)).await.status, 200);
    drop((waiting, clock));
    still_works(rig).await;
}

/// More of them than requests may be under way at once, none of which says more than a byte.
#[tokio::test]
async fn heads_that_promise_bodies_take_no_room_from_bodies_that_come() {
    allow_many_files();
    let rig = Rig::start(config()).await;
    let mut waiting = Vec::new();
    for promise in ["transfer-encoding: chunked", "content-length: 1048576"] {
        for _ in 0..=REQUESTS_MAX / 2 {
            let mut stream = send(
                &rig,
                format!("POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n{promise}\r\n\r\n"),
            )
            .await;
            until_asked_for_the_body(&mut stream).await;
            stream.write_all(b"1").await.unwrap();
            waiting.push(stream);
        }
    }
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    drop(waiting);
    still_works(rig).await;
}

/// Asks again and again without ever reading: the answers fill the buffers between both, and then the
/// server would wait for ever.
#[tokio::test]
async fn who_never_reads_the_answers_is_cut_off() {
    let rig = Rig::start(config()).await;
    let mut stream = rig.connect().await;
    let many = "GET /schemas/types HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000);
    let asked = async { while stream.write_all(many.as_bytes()).await.is_ok() {} };
    let patience = WRITE_TIMEOUT + Duration::from_secs(30);
    tokio::time::timeout(patience, asked).await.expect("the connection ends");
    still_works(rig).await;
}

#[tokio::test]
async fn a_sender_that_goes_away_leaves_nothing() {
    let rig = Rig::start(config()).await;
    let body = ended(9001);
    let head = format!(
        "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len() + 1
    );
    let mut stream = send(&rig, format!("{head}{body}")).await;
    stream.shutdown().await.unwrap();
    assert!(Reply::read_to_end(&mut stream).await.status != 200);
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    still_works(rig).await;
}

#[tokio::test]
async fn what_is_no_http_or_no_address_of_ours_gets_an_error() {
    let rig = Rig::start(config()).await;
    for (request, expected) in [
        ("GET /webhooks/aircall HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 404),
        ("POST /webhooks HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 404),
        ("\u{16}\u{3}\u{1} hello\r\n\r\n", 400),
        ("POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", 400),
        (
            "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\n",
            400,
        ),
    ] {
        let mut stream = send(&rig, request).await;
        assert_eq!(Reply::read_to_end(&mut stream).await.status, expected, "{request:?}");
    }
    still_works(rig).await;
}
