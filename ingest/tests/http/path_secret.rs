//! The optional secret in the path.

use ingest::Config;
use schemas::{Raw, Rejection, TopicKind};
use tokio::io::AsyncWriteExt;

use crate::bodies::{TOKEN, ended};
use crate::rig::{Reply, Rig, config};

fn with_secret() -> Config {
    Config { path_secret: Some("only-aircall-knows".into()), ..config() }
}

#[tokio::test]
async fn without_a_path_secret_what_is_no_json_is_400_and_leaves_nothing() {
    let rig = Rig::start(config()).await;
    let truncated = ended(9001)[..200].to_owned();
    for body in ["", "hello", truncated.as_str(), "{\"token\":}"] {
        assert_eq!(rig.post("/webhooks/aircall", body).await.status, 400, "{body}");
    }
    let broken_later = ended(9001).replace("\"archived\":false", "\"archived\":flase");
    assert_eq!(rig.post("/webhooks/aircall", broken_later).await.status, 400);
    assert_eq!(rig.post("/webhooks/aircall/anything", ended(9001)).await.status, 404);
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn with_a_path_secret_there_is_no_other_path() {
    let rig = Rig::start(with_secret()).await;
    for path in ["", "/", "/only-aircall-know", "/only-aircall-knows2", "/only-aircall-knows/x"] {
        let reply = rig.post(&format!("/webhooks/aircall{path}"), ended(9001)).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    assert_eq!(rig.post("/webhooks/aircall/only-aircall-knows", ended(9001)).await.status, 200);
    rig.stop().await;
}

#[tokio::test]
async fn with_a_path_secret_no_method_and_no_bytes_tell_that_there_is_a_path() {
    let rig = Rig::start(with_secret()).await;
    let right = "/only-aircall-knows";
    for (method, path, expected) in [
        ("POST", "/%ff", (404, None)),
        ("GET", "", (404, None)),
        ("GET", "/x", (404, None)),
        ("PUT", "/%ff", (404, None)),
        ("GET", right, (405, Some("POST"))),
    ] {
        let request = format!(
            "{method} /webhooks/aircall{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        );
        let mut stream = rig.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let reply = Reply::read_to_end(&mut stream).await;
        assert_eq!((reply.status, reply.header("allow")), expected, "{method} {path}");
        assert_eq!(reply.status == 404, reply.text.ends_with("there is nothing here\n"));
    }
    rig.stop().await;
}

#[tokio::test]
async fn the_token_is_still_asked_for_where_the_body_can_be_read() {
    let rig = Rig::start(with_secret()).await;
    let wrong = ended(9001).replace(TOKEN, "wrong");
    assert_eq!(rig.post("/webhooks/aircall/only-aircall-knows", wrong).await.status, 401);
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn b20_with_a_path_secret_an_unreadable_body_is_kept_without_its_token() {
    let rig = Rig::start(with_secret()).await;
    let body = ended(9001)[..200].to_owned();
    let path = "/webhooks/aircall/only-aircall-knows";
    assert_eq!(rig.post(path, &body).await.status, 200);
    let raw: Vec<Raw> = rig.values(TopicKind::Raw).await;
    let rejected: Vec<Rejection> = rig.values(TopicKind::Rejected).await;
    assert_eq!(raw[0].body, body.replace(TOKEN, "").into_bytes());
    assert_eq!((rejected.len(), rejected[0].reason.as_str()), (1, "not_json"));
    assert_eq!(rejected[0].event_id, raw[0].event_id);
    rig.stop().await;
}

#[tokio::test]
async fn an_empty_secret_opens_nothing() {
    let empty =
        Config { path_secret: Some("".into()), aircall_tokens: vec!["".into()], ..config() };
    let rig = Rig::start(empty).await;
    let body = ended(9001).replace(TOKEN, "");
    assert_eq!(rig.post("/webhooks/aircall", body).await.status, 401);
    assert_eq!(rig.post("/webhooks/aircall/", "x").await.status, 404);
    rig.stop().await;
}
