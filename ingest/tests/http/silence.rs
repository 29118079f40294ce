//! Nothing that is told contains what people said, are called or are called at.

use std::io::Write;
use std::sync::{Arc, Mutex};

use eventlog::memory::Failure;
use ingest::Config;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::bodies::{TOKEN, ended};
use crate::rig::{Rig, config};

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Told {
    type Writer = Told;

    fn make_writer(&'a self) -> Told {
        self.clone()
    }
}

#[tokio::test]
async fn at_trace_level_there_is_no_number_name_token_or_text() {
    let told = Told::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::FULL)
        .with_writer(told.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let rig = Rig::start(Config {
        path_secret: Some("the-path-secret".into()),
        front_app_secret: Some("the-front-secret".into()),
        ..config()
    })
    .await;
    let path = "/webhooks/aircall/the-path-secret";
    rig.post(path, ended(9001)).await;
    rig.post(path, ended(9001).replace("\"id\":9001,", "")).await;
    rig.post(path, ended(9001).replace(TOKEN, "a-wrong-token")).await;
    rig.post(path, &ended(9001)[..300]).await;
    rig.post(path, ended(9001).replace("call.ended", "user.opened")).await;
    rig.post("/webhooks/aircall/a-wrong-secret", ended(9001)).await;
    rig.post("/webhooks/front", "{}").await;
    rig.log.fail_next(Failure::Retry);
    rig.post(path, ended(9001)).await;
    rig.stop().await;

    let told = String::from_utf8(told.0.lock().unwrap().clone()).unwrap();
    for expected in ["call_id=9001", "event_id=", "cannot be understood", "not authentic"] {
        assert!(told.contains(expected), "{expected} is told in:\n{told}");
    }
    for secret in [
        "3308180000",
        "330 818",
        "880000",
        "Agent Seven",
        "Example.com",
        "example.com",
        "Support",
        TOKEN,
        "a-wrong-token",
        "an-older-token",
        "the-path-secret",
        "a-wrong-secret",
        "the-front-secret",
        "X-Amz",
    ] {
        assert!(!told.contains(secret), "{secret} is told in:\n{told}");
    }
    assert!(!format!("{:?}", config()).contains(TOKEN));
}

#[tokio::test]
async fn a_flood_of_wrong_tokens_does_not_flood_the_log() {
    let told = Told::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(told.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let rig = Rig::start(config()).await;
    for _ in 0..50 {
        rig.post("/webhooks/aircall", ended(9001).replace(TOKEN, "a-wrong-token")).await;
    }
    rig.stop().await;
    let told = String::from_utf8(told.0.lock().unwrap().clone()).unwrap();
    assert_eq!(told.matches("not authentic").count(), 1, "{told}");
}
