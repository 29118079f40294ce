//! The read part of the registry API, as a stock reader asks it.

use schemas::registry::VERSIONS;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::rig::{Reply, Rig, config};

async fn get(rig: &Rig, path: &str) -> (u16, Value) {
    let mut stream = rig.connect().await;
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let reply = Reply::read_to_end(&mut stream).await;
    let content_type = reply.header("content-type");
    assert_eq!(content_type, Some("application/vnd.schemaregistry.v1+json"), "{path}");
    let body = reply.text.split_once("\r\n\r\n").unwrap().1;
    (reply.status, serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn b52_every_schema_is_found_by_its_id_and_by_its_name() {
    let rig = Rig::start(config()).await;
    let (status, subjects) = get(&rig, "/subjects").await;
    assert_eq!((status, subjects[0].as_str()), (200, Some("callfold.CallEvent")));
    for version in VERSIONS {
        let by_id = get(&rig, &format!("/schemas/ids/{}", version.id)).await;
        assert_eq!(by_id, (200, json!({"schema": version.json})));
        let (status, text) = get(&rig, &format!("/schemas/ids/{}/schema", version.id)).await;
        assert_eq!((status, text), (200, serde_json::from_str(version.json).unwrap()));
        let (_, of) = get(&rig, &format!("/schemas/ids/{}/versions", version.id)).await;
        assert_eq!(of[0]["subject"], version.name);
        let at = format!("/subjects/{}/versions/{}", version.name, of[0]["version"]);
        let (status, whole) = get(&rig, &at).await;
        assert_eq!(status, 200);
        assert_eq!(whole["id"], version.id);
        assert_eq!(whole["schema"], version.json);
        assert!(subjects.as_array().unwrap().contains(&json!(version.name)));
    }
    let (status, latest) = get(&rig, "/subjects/callfold.Raw/versions/latest").await;
    assert_eq!((status, latest["subject"].as_str()), (200, Some("callfold.Raw")));
    let (_, numbers) = get(&rig, "/subjects/callfold.Raw/versions").await;
    assert_eq!(numbers[0], 1);
    rig.stop().await;
}

#[tokio::test]
async fn b52_what_is_not_there_has_the_api_s_own_codes() {
    let rig = Rig::start(config()).await;
    for (path, code) in [
        ("/subjects/none/versions", 40_401),
        ("/subjects/none/versions/1", 40_401),
        ("/subjects/callfold.Raw/versions/0", 40_402),
        ("/subjects/callfold.Raw/versions/999", 40_402),
        ("/subjects/callfold.Raw/versions/x", 40_402),
        ("/schemas/ids/1", 40_403),
        ("/schemas/ids/x", 40_403),
    ] {
        let (status, error) = get(&rig, path).await;
        assert_eq!((status, &error["error_code"]), (404, &json!(code)), "{path}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn b52_where_a_registry_numbers_the_schemas_there_are_none_here() {
    let rig = Rig::start(ingest::Config { serves_schemas: false, ..config() }).await;
    for path in ["/subjects", "/schemas/types", "/schemas/ids/2000001001"] {
        let mut stream = rig.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(Reply::read_to_end(&mut stream).await.status, 404, "{path}");
    }
    rig.stop().await;
}
