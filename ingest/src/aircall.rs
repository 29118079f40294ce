//! Aircall's webhooks: verify, normalise, append, and only then answer.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use bytes::Bytes;
use http_body::Body as _;
use schemas::{Origin, Source, TimeMs};
use tracing::Instrument;

use crate::answer::Answer;
use crate::normalise::{Seen, normalise};
use crate::records::Body;
use crate::service::Service;
use crate::{body, envelope, telemetry};

/// `POST /webhooks/aircall`
pub(crate) async fn without_path_secret(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Answer {
    let answer = if service.credentials.has_path_secret() {
        Answer::NoSuchPlace
    } else {
        receive(&service, request, Proof::TokenAlone).await
    };
    service.answered(Source::Aircall, answer);
    answer
}

/// `POST /webhooks/aircall/<secret>`
pub(crate) async fn with_path_secret(
    State(service): State<Arc<Service>>,
    Path(secret): Path<String>,
    request: Request,
) -> Answer {
    let answer = if service.credentials.is_path_secret(&secret) {
        receive(&service, request, Proof::PathAndToken).await
    } else {
        Answer::NoSuchPlace
    };
    service.answered(Source::Aircall, answer);
    answer
}

/// What proves that a body is Aircall's.
#[derive(Clone, Copy)]
enum Proof {
    /// The token in it.
    TokenAlone,
    /// The path that it was sent to; and the token, where the body can be read.
    PathAndToken,
}

async fn receive(service: &Service, request: Request, proof: Proof) -> Answer {
    let Some(_place) = service.room.take(request.body().size_hint().exact()) else {
        return Answer::Busy;
    };
    let received_at = TimeMs(service.clock.now_ms());
    let started = tokio::time::Instant::now();
    let bytes = match body::read(request.into_body()).await {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    if let Err(answer) = verify(service, &bytes, proof) {
        return answer;
    }
    let answer = keep(service, &bytes, received_at).await;
    if answer == Answer::Durable {
        telemetry::acknowledged(started.elapsed());
    }
    answer
}

fn verify(service: &Service, body: &Bytes, proof: Proof) -> Result<(), Answer> {
    match (envelope::token_of(body), proof) {
        (Ok(Some(token)), _) if service.credentials.is_token(&token) => Ok(()),
        (Ok(_), _) => Err(Answer::NotAuthentic),
        (Err(_), Proof::PathAndToken) => Ok(()),
        (Err(_), Proof::TokenAlone) => Err(Answer::NotJson),
    }
}

async fn keep(service: &Service, body: &Bytes, received_at: TimeMs) -> Answer {
    fail::fail_point!("ingest.verified", |_| std::process::abort());
    let bytes = service.redactor.redact(body);
    let seen = Seen {
        received_at,
        origin: Origin::Webhook,
        default_region: service.default_region.as_deref(),
    };
    let made = normalise(&bytes, &seen);
    if let Ok(event) = &made
        && !service.kept_lines.keep(event)
    {
        return Answer::NotWanted;
    }
    let span = telemetry::span_of(&made);
    let records = span.in_scope(|| {
        let trace = eventlog::trace::inject();
        let origin = Origin::Webhook;
        let body = Body { source: Source::Aircall, origin, received_at, bytes, trace };
        service.routes.of_aircall(body, &made)
    });
    let answer = service.append(records).instrument(span.clone()).await;
    if answer == Answer::Durable {
        fail::fail_point!("ingest.appended", |_| std::process::abort());
        span.in_scope(|| telemetry::received(&made));
    }
    answer
}
