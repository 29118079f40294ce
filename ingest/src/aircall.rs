//! Aircall's webhooks: verify, normalise, append, and only then answer.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::Method;
use bytes::Bytes;
use schemas::{Origin, Source, TimeMs};
use tracing::Instrument;

use crate::answer::Answer;
use crate::normalise::{Seen, normalise};
use crate::records::Body;
use crate::service::Service;
use crate::{body, envelope, telemetry};

/// `/webhooks/aircall`
pub(crate) async fn without_path_secret(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Answer {
    let open = !service.credentials.has_path_secret();
    answer(&service, request, open.then_some(Proof::TokenAlone)).await
}

/// `/webhooks/aircall/<secret>`. What cannot be decoded is a wrong secret as any other.
pub(crate) async fn with_path_secret(
    State(service): State<Arc<Service>>,
    secret: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answer {
    let open = secret.is_ok_and(|Path(secret)| service.credentials.is_path_secret(&secret));
    answer(&service, request, open.then_some(Proof::PathAndToken)).await
}

/// What proves that a body is Aircall's.
#[derive(Clone, Copy)]
enum Proof {
    /// The token in it.
    TokenAlone,
    /// The path that it was sent to; and the token, where the body can be read.
    PathAndToken,
}

/// The place comes before the method: at a wrong one no method may tell that there are right ones.
async fn answer(service: &Service, request: Request, proof: Option<Proof>) -> Answer {
    let answer = match proof {
        None => Answer::NoSuchPlace,
        Some(_) if request.method() != Method::POST => Answer::OtherMethod,
        Some(proof) => receive(service, request, proof).await,
    };
    service.answered(Source::Aircall, answer);
    answer
}

async fn receive(service: &Service, request: Request, proof: Proof) -> Answer {
    let mut place = service.aircall_room.body();
    let received_at = TimeMs(service.clock.now_ms());
    let started = tokio::time::Instant::now();
    let bytes = match body::read(request.into_body(), &mut place).await {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    let Some(_request) = service.aircall_room.request() else {
        return Answer::Busy;
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
