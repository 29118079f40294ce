//! The read part of the Confluent registry API, for the schemas that are built in: stock readers
//! of the log then need no registry.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use schemas::registry::{VERSIONS, Version, by_id};
use serde_json::{Value, json};

/// What the API calls its answers.
const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";

/// What is not there; the API has a code for each.
#[derive(Clone, Copy)]
enum Missing {
    Subject,
    Version,
    Schema,
}

/// The routes. A subject is a schema's full name (the strategy that the API calls record name):
/// some topics hold several kinds of records.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/subjects", get(async || answer(json!(subjects()))))
        .route("/subjects/{subject}/versions", get(versions))
        .route("/subjects/{subject}/versions/{version}", get(version))
        .route("/subjects/{subject}/versions/{version}/schema", get(version_text))
        .route("/schemas/types", get(async || answer(json!(["AVRO"]))))
        .route("/schemas/ids/{id}", get(schema))
        .route("/schemas/ids/{id}/schema", get(schema_text))
        .route("/schemas/ids/{id}/versions", get(schema_versions))
}

async fn versions(Path(subject): Path<String>) -> Response {
    match of_subject(&subject).len() {
        0 => not_found(Missing::Subject),
        count => answer(json!((1..=count).collect::<Vec<_>>())),
    }
}

async fn version(Path((subject, wanted)): Path<(String, String)>) -> Response {
    match find(&subject, &wanted) {
        Ok((number, found)) => answer(json!({
            "subject": found.name, "version": number, "id": found.id, "schema": found.json,
        })),
        Err(missing) => not_found(missing),
    }
}

async fn version_text(Path((subject, wanted)): Path<(String, String)>) -> Response {
    find(&subject, &wanted).map_or_else(not_found, |(_, found)| text(found.json))
}

async fn schema(Path(id): Path<String>) -> Response {
    with_id(&id, |found| answer(json!({ "schema": found.json })))
}

async fn schema_text(Path(id): Path<String>) -> Response {
    with_id(&id, |found| text(found.json))
}

async fn schema_versions(Path(id): Path<String>) -> Response {
    with_id(&id, |found| {
        let place = of_subject(found.name).iter().position(|version| version.id == found.id);
        let number = place.expect("a version is one of its own subject's") + 1;
        answer(json!([{ "subject": found.name, "version": number }]))
    })
}

fn subjects() -> Vec<&'static str> {
    let mut names: Vec<_> = VERSIONS.iter().map(|version| version.name).collect();
    names.dedup();
    names
}

fn of_subject(subject: &str) -> Vec<&'static Version> {
    VERSIONS.iter().filter(|version| version.name == subject).collect()
}

/// The version of a number, from 1, or the one that is called `latest`.
fn find(subject: &str, wanted: &str) -> Result<(usize, &'static Version), Missing> {
    let versions = of_subject(subject);
    if versions.is_empty() {
        return Err(Missing::Subject);
    }
    let number = if wanted == "latest" { Some(versions.len()) } else { wanted.parse().ok() };
    number
        .and_then(|number: usize| Some((number, *versions.get(number.checked_sub(1)?)?)))
        .ok_or(Missing::Version)
}

fn with_id(id: &str, found: impl Fn(&'static Version) -> Response) -> Response {
    id.parse().ok().and_then(by_id).map_or_else(|| not_found(Missing::Schema), found)
}

fn answer(value: Value) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], Json(value).into_response().into_body())
        .into_response()
}

fn text(schema: &'static str) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], schema).into_response()
}

fn not_found(missing: Missing) -> Response {
    let (code, message) = match missing {
        Missing::Subject => (40_401, "subject not found"),
        Missing::Version => (40_402, "version not found"),
        Missing::Schema => (40_403, "schema not found"),
    };
    let body = json!({ "error_code": code, "message": message });
    (StatusCode::NOT_FOUND, answer(body)).into_response()
}
