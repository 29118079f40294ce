//! One request to Front: sends it and reports what happened. It decides nothing, follows no redirect,
//! repeats nothing, and gives the token to the configured host only.

use std::error::Error as StdError;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::guard::{Guard, GuardedBody, Late};
use crate::budget::Taught;
use crate::reply::{Answer, Reply, Trouble};
use crate::request::{FrontRequest, Method};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections are closed before a proxy's usual minute, so that no write meets one that is dying.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Answers at most: a page of 100 messages of long texts stays far below.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none, or its scheme is plain http to another machine.
    #[error("front.api_url {0} is not usable: give https://host, or http:// to a loopback address")]
    Address(String),
    /// The token is not text that a header can carry.
    #[error("front.token contains characters that no header can carry")]
    Token,
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    Build(#[source] reqwest::Error),
}

/// The client.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    authorization: HeaderValue,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(
        api_url: &str,
        token: &SecretString,
        timeout: Duration,
    ) -> Result<Client, ClientError> {
        let url =
            reqwest::Url::parse(api_url).map_err(|_| ClientError::Address(api_url.to_owned()))?;
        let loopback = url.host_str().is_some_and(|host| {
            let host = host.trim_matches(['[', ']']);
            host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        });
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(ClientError::Address(api_url.to_owned()));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| ClientError::Token)?;
        authorization.set_sensitive(true);
        // Refused when another part of the process installed it first: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .no_proxy()
            .build()
            .map_err(ClientError::Build)?;
        let base = api_url.trim_end_matches('/').to_owned();
        Ok(Client { http, base, authorization, timeout })
    }

    /// Sends `request`; `guard` decides at the last moment whether a write may start.
    pub(crate) async fn send(&self, request: &FrontRequest, guard: &Guard) -> Reply {
        if !guard.allows() {
            return Reply::NotSent(Trouble::Late);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .http
            .request(method, format!("{}{}", self.base, request.path))
            .header(reqwest::header::AUTHORIZATION, self.authorization.clone())
            .timeout(self.timeout);
        if let Some(body) = &request.body {
            let body = GuardedBody::new(guard.clone(), body.clone());
            builder = builder
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(reqwest::Body::wrap(body));
        }
        match builder.send().await {
            Ok(response) => read(response, request.method).await,
            Err(error) => trouble(&error),
        }
    }
}

async fn read(mut response: reqwest::Response, method: Method) -> Reply {
    let status = response.status().as_u16();
    let taught = taught(response.headers());
    let location = text(response.headers(), "location");
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) | Ok(None) => break,
            // The status came: the request was taken for what it is. Of a read the body is what counts.
            Err(_) if status >= 300 || status == 204 => break,
            Err(error) => return trouble(&error),
        }
    }
    let body = match serde_json::from_slice(&bytes) {
        Ok(body) => body,
        // A proxy's page, or an answer that is too long: a list that cannot be read is no empty list.
        // Taken for one, a comment that is there would be missed and sent again.
        Err(_) if method == Method::Get && (200..300).contains(&status) => {
            return Reply::Unanswered(Trouble::Broken);
        }
        Err(_) => Value::Null,
    };
    Reply::Answered(Answer { status, taught, location, body })
}

fn trouble(error: &reqwest::Error) -> Reply {
    if is_late(error) {
        Reply::NotSent(Trouble::Late)
    } else if error.is_connect() || error.is_builder() {
        Reply::NotSent(Trouble::Connect)
    } else if error.is_timeout() {
        Reply::Unanswered(Trouble::Timeout)
    } else {
        Reply::Unanswered(Trouble::Broken)
    }
}

fn is_late(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if error.is::<Late>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn taught(headers: &HeaderMap) -> Taught {
    let number = |name: &str| text(headers, name)?.parse::<f64>().ok().filter(|it| it.is_finite());
    Taught {
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        reset_ms: number("x-ratelimit-reset").map(|seconds| (seconds * 1_000.0) as i64),
        burst_limit: number("x-ratelimit-burst-limit"),
        burst_remaining: number("x-ratelimit-burst-remaining"),
        retry_after_ms: number("retry-after").map(|seconds| (seconds * 1_000.0) as i64),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::{boottime, request};

    /// Sends one request to a server that answers with this status and body.
    async fn answered(request: FrontRequest, status: &str, body: &str) -> Reply {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let timeout = Duration::from_secs(30);
        let client = Client::new(&url, &SecretString::from("token"), timeout).unwrap();
        let deadline_ms = boottime::now_ms() + 30_000;
        let guard = Guard { deadline_ms, active: Arc::new(AtomicBool::new(true)) };
        let reply = client.send(&request, &guard).await;
        server.await.unwrap();
        reply
    }

    #[tokio::test]
    async fn b31_a_list_that_cannot_be_read_is_no_empty_list() {
        let page = "<html>back soon</html>";
        let list = || request::comments(&"cnv_1".into());
        let reply = answered(list(), "200 OK", page).await;
        assert!(matches!(reply, Reply::Unanswered(Trouble::Broken)), "{reply:?}");
        let reply = answered(list(), "200 OK", "{\"_results\": []}").await;
        assert_eq!((reply.status(), reply.body()["_results"].is_array()), (Some(200), true));
        assert_eq!(answered(list(), "404 Not Found", page).await.status(), Some(404));
        let write = request::comment(&"cnv_1".into(), "text", None);
        assert_eq!(answered(write, "201 Created", page).await.status(), Some(201));
    }
}
