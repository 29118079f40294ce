//! Events of other families: authentic, no call, and kept all the same.

use metrics_exporter_prometheus::PrometheusBuilder;
use schemas::{Raw, Source, TopicKind};

use crate::bodies::TOKEN;
use crate::rig::{Rig, config};

#[tokio::test]
async fn b20_an_event_of_another_family_is_kept_raw_and_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    // The server's tasks run on this thread.
    let _counts = metrics::set_default_local_recorder(&recorder);
    let rig = Rig::start(config()).await;
    let body = format!(
        r#"{{"resource":"user","event":"user.opened.v2","timestamp":1767261655,"token":"{TOKEN}","data":{{"id":7,"available":true}}}}"#
    );
    assert_eq!(rig.post("/webhooks/aircall", body).await.status, 200);
    let raw: Vec<Raw> = rig.values(TopicKind::Raw).await;
    let [raw] = &raw[..] else { panic!("one record: {raw:?}") };
    assert_eq!((raw.source, raw.event.as_deref()), (Source::Aircall, Some("user.opened.v2")));
    assert!(rig.on(TopicKind::Calls).await.is_empty());
    assert!(rig.on(TopicKind::Rejected).await.is_empty());
    let told = recorder.handle().render();
    assert!(told.contains("callfold_ingest_other_events_total 1\n"), "{told}");
    assert!(!told.contains("callfold_ingest_events_total"), "{told}");
    rig.stop().await;
}
