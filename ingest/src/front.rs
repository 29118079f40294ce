//! Front's application webhooks: verify, keep on `raw`, and only then answer. What they mean is
//! the dispatcher's business: it knows which conversation is whose.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemas::{Origin, Rejection, Source, TimeMs};
use secrecy::ExposeSecret;

use crate::answer::{self, Answer};
use crate::front_body::{self, FrontBody};
use crate::front_signature;
use crate::normalise::NORMALISER_REVISION;
use crate::records::Body;
use crate::service::Service;
use crate::{body, telemetry};

const TIMESTAMP: &str = "x-front-request-timestamp";
const SIGNATURE: &str = "x-front-signature";
const CHALLENGE: &str = "x-front-challenge";

/// `POST /webhooks/front`
pub(crate) async fn receive(State(service): State<Arc<Service>>, request: Request) -> Response {
    let challenge = text_of(request.headers(), CHALLENGE).map(str::to_owned);
    let answer = verify_and_keep(&service, request).await;
    service.answered(Source::Front, answer);
    match challenge {
        Some(challenge) if answer == Answer::Durable => answer::challenge(&challenge),
        Some(_) | None => answer.into_response(),
    }
}

async fn verify_and_keep(service: &Service, request: Request) -> Answer {
    let Some(secret) = &service.front_app_secret else {
        return Answer::NoSuchPlace;
    };
    let mut place = service.front_room.body();
    let received_at = TimeMs(service.clock.now_ms());
    let (head, body) = request.into_parts();
    let bytes = match body::read(body, &mut place).await {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    let Some(_request) = service.front_room.request() else {
        return Answer::Busy;
    };
    let verified = front_signature::verify(
        secret.expose_secret().as_bytes(),
        text_of(&head.headers, TIMESTAMP),
        text_of(&head.headers, SIGNATURE),
        &bytes,
        received_at.0,
    );
    if let Err(refusal) = verified {
        telemetry::front_refused(refusal);
        return Answer::NotAuthentic;
    }
    keep(service, &bytes, received_at).await
}

async fn keep(service: &Service, bytes: &Bytes, received_at: TimeMs) -> Answer {
    let body = Body {
        source: Source::Front,
        origin: Origin::Webhook,
        received_at,
        bytes: bytes.to_vec(),
        trace: eventlog::trace::inject(),
    };
    let records = match front_body::read(bytes) {
        FrontBody::Sync => return Answer::Durable,
        FrontBody::Event { event_id, event } => service.routes.of_orphan(body, &event_id, event),
        FrontBody::Unreadable { event_id } => {
            let rejection = Rejection {
                event_id,
                source: Source::Front,
                event: None,
                reason: "not_an_object".to_owned(),
                detail: "the body is no JSON object".to_owned(),
                normaliser_revision: NORMALISER_REVISION,
                received_at,
            };
            service.routes.of_rejected(body, &rejection)
        }
    };
    fail::fail_point!("ingest.verified", |_| std::process::abort());
    let answer = service.append(records).await;
    if answer == Answer::Durable {
        fail::fail_point!("ingest.appended", |_| std::process::abort());
    }
    answer
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
