//! What a sender is told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::limits::RETRY_AFTER_S;

/// Every answer of the webhook endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200: durable, whatever it was.
    Durable,
    /// 200: of a line that the customer does not want on the log. Nothing was kept.
    NotWanted,
    /// 401: not from who it says it is from. Nothing was kept.
    NotAuthentic,
    /// 404: not an address of ours.
    NoSuchPlace,
    /// 405: an address of ours, but not a `POST`.
    OtherMethod,
    /// 400: no JSON, so there is no token to check.
    NotJson,
    /// 400: the connection's bytes are no request.
    Broken,
    /// 413: more than the body's limit.
    TooLarge,
    /// 408: the body did not come in time.
    TooSlow,
    /// 503: too many requests at once.
    Busy,
    /// 503: the log cannot take it.
    NotDurable,
}

impl Answer {
    /// The label under which it is counted.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Answer::Durable => "durable",
            Answer::NotWanted => "not_wanted",
            Answer::NotAuthentic => "not_authentic",
            Answer::NoSuchPlace => "no_such_place",
            Answer::OtherMethod => "other_method",
            Answer::NotJson => "not_json",
            Answer::Broken => "broken",
            Answer::TooLarge => "too_large",
            Answer::TooSlow => "too_slow",
            Answer::Busy => "busy",
            Answer::NotDurable => "not_durable",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Answer::Durable | Answer::NotWanted => StatusCode::OK,
            Answer::NotAuthentic => StatusCode::UNAUTHORIZED,
            Answer::NoSuchPlace => StatusCode::NOT_FOUND,
            Answer::OtherMethod => StatusCode::METHOD_NOT_ALLOWED,
            Answer::NotJson | Answer::Broken => StatusCode::BAD_REQUEST,
            Answer::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Answer::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Answer::Busy | Answer::NotDurable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Answer::Durable | Answer::NotWanted => "",
            Answer::NotAuthentic => "the request is not authentic\n",
            Answer::NoSuchPlace => "there is nothing here\n",
            Answer::OtherMethod => "only POST is understood here\n",
            Answer::NotJson => "the body is not JSON\n",
            Answer::Broken => "the body ended early\n",
            Answer::TooLarge => "the body is larger than 1 MiB\n",
            Answer::TooSlow => "the body did not arrive within 5 s\n",
            Answer::Busy => "too many requests at once, try again\n",
            Answer::NotDurable => "nothing can store this now, try again\n",
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.sentence()).into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        if self == Answer::OtherMethod {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        if matches!(self, Answer::TooSlow | Answer::TooLarge | Answer::Broken) {
            // What is left of the body cannot be told from a next request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// 200 with Front's challenge sent back.
#[must_use]
pub fn challenge(challenge: &str) -> Response {
    Json(serde_json::json!({ "challenge": challenge })).into_response()
}
