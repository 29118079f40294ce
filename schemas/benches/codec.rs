//! How fast a `CallEvent` is encoded and decoded: as callfold does it, and through Avro's `Value`,
//! which is the library's way to read what another version wrote.

#![allow(missing_docs, reason = "criterion's macros make functions without docs")]

use std::hint::black_box;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Schema, from_value, to_value};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use schemas::codec::HEAD_BYTES;
use schemas::{CallEvent, Message, decode, encode, registry};

/// An answered call's `call.ended`, as most of the records on `calls` are.
fn usual() -> CallEvent {
    serde_json::from_str(
        r#"{"event_id":"9f86d081884c7d659a2feaa0c55ad015","event":"call.ended",
        "snapshot_at":1700000100000,"received_at":1700000101234,"origin":"webhook",
        "normaliser_revision":1,"contact":"+12025550123","contact_number":"+12025550123",
        "contact_number_received":"+1 202-555-0123","contact_name":"Grace","call_id":3000000007,
        "call_uuid":"CA00000000000000000000000000000007","direction":"inbound","status":"done",
        "started_at":1700000000000,"answered_at":1700000010000,"ended_at":1700000099000,
        "duration_received_s":99,"line_id":42,"line_name":"Support","line_number":"+12025550199",
        "line_country":"US","line_time_zone":"America/New_York","teams":[],
        "agent":{"id":1,"name":"Ada","email":"ada@example.com"},
        "assigned_to":{"id":1,"name":"Ada","email":"ada@example.com"},
        "asset_url":"https://assets.example.com/calls/3000000007/recording","has_recording":true,
        "has_voicemail":false,"comments":[],"tags":[],"archived":false}"#,
    )
    .expect("it has every field that has no default")
}

fn codec(criterion: &mut Criterion) {
    let event = usual();
    let framed = encode(&event);
    let text = registry::by_id(CallEvent::SCHEMA_ID).expect("it is registered").json;
    let schema = Schema::parse_str(text).expect("it is a schema");
    let reader = GenericDatumReader::builder(&schema)
        .reader_schema(&schema)
        .build()
        .expect("it names what it defines");
    let writer = GenericDatumWriter::builder(&schema).build().expect("it names what it defines");

    let mut group = criterion.benchmark_group("call_event");
    group.throughput(Throughput::Elements(1));
    group.bench_function("encode", |bencher| bencher.iter(|| encode(black_box(&event))));
    group.bench_function("encode_through_value", |bencher| {
        bencher.iter(|| {
            let value = to_value(black_box(&event)).expect("it has a value");
            let value = value.resolve(&schema).expect("it fits the schema");
            writer.write_value_to_vec(value).expect("it fits the schema")
        });
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| decode::<CallEvent>(black_box(&framed)).expect("it was just encoded"));
    });
    group.bench_function("decode_through_value", |bencher| {
        bencher.iter(|| {
            let mut body = black_box(&framed[HEAD_BYTES..]);
            let value = reader.read_value(&mut body).expect("it was just encoded");
            from_value::<CallEvent>(&value).expect("it was just encoded")
        });
    });
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
