//! Aircall's REST API, as far as the start of `run` needs it: the lines and the users.
//!
//! One request goes to the configured host and nowhere else: redirects are not followed, and the
//! link to a next page must be of the same origin, because the token goes with it.

use std::time::Duration;

use reqwest::{StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use crate::call::person;
use crate::fields::{id, line};
use crate::json::{Json, text_of};

/// Aircall answers within a second or so; a start does not wait for longer than people do.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Rows of a page: the most that the API gives.
const PAGE_ROWS: u32 = 50;

/// Pages that are read: 2,000 rows, a third of the company's minute of requests.
const PAGES_MAX: usize = 40;

/// Bytes of one answer. A page of users with all their numbers has some 100 kB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why the API could not be read. None of these contains the token or what the API wrote.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address is no URL, or plain http to another machine.
    #[error("`aircall.api_url` must be https, or http to this machine")]
    Address,
    /// The key is wrong (Aircall says 403) or absent (401).
    #[error("Aircall refuses the key ({0}): check `aircall.api_id` and `aircall.api_token`")]
    Refused(StatusCode),
    /// Any other status but 200.
    #[error("Aircall answered {0}")]
    Status(StatusCode),
    /// A next page lies on another host.
    #[error("Aircall's link to the next page leads to another host, it was not followed")]
    Elsewhere,
    /// No list of what was asked for.
    #[error("Aircall's answer could not be read")]
    Unreadable,
    /// Nothing came back.
    #[error("ask Aircall: {0}")]
    Transport(#[source] reqwest::Error),
}

/// A line, in the API's words a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: Option<String>,
}

/// Reads the API of one company.
pub struct Client {
    http: reqwest::Client,
    url: Url,
    api_id: String,
    api_token: SecretString,
}

impl Client {
    /// A client of the API at `url` (`aircall.api_url`) with these credentials.
    ///
    /// # Errors
    /// [`ApiError::Address`], and [`ApiError::Transport`] when TLS cannot be set up.
    pub fn new(url: &str, api_id: &str, api_token: SecretString) -> Result<Client, ApiError> {
        let url = Url::parse(url).map_err(|_| ApiError::Address)?;
        if !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
            return Err(ApiError::Address);
        }
        // An error means that another client of this process was here before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(ApiError::Transport)?;
        Ok(Client { http, url, api_id: api_id.to_owned(), api_token })
    }

    /// All lines of the company.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn numbers(&self) -> Result<Vec<Line>, ApiError> {
        let read =
            |row: &Json<'_>| Some(Line { id: id(row.get("id"))?, name: line(row.get("name")) });
        self.all("v1/numbers", "numbers", read).await
    }

    /// All users of the company, e-mails in lower case.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn users(&self) -> Result<Vec<schemas::Person>, ApiError> {
        self.all("v2/users", "users", |row| person(Some(row))).await
    }

    /// The rows of every page of a list.
    async fn all<T>(
        &self,
        path: &str,
        list: &str,
        read: impl Fn(&Json<'_>) -> Option<T>,
    ) -> Result<Vec<T>, ApiError> {
        let mut page = self.url.join(path).map_err(|_| ApiError::Address)?;
        page.query_pairs_mut().append_pair("per_page", &PAGE_ROWS.to_string());
        let mut rows = Vec::new();
        for _ in 0..PAGES_MAX {
            let body = self.get(page).await?;
            let text = text_of(&body);
            let answer = Json::parse(&text).map_err(|_| ApiError::Unreadable)?;
            let found = answer.get(list).ok_or(ApiError::Unreadable)?;
            rows.extend(found.elements().iter().filter_map(&read));
            let next = answer.get("meta").and_then(|meta| line(meta.get("next_page_link")));
            let Some(next) = next else { break };
            page = Url::parse(&next).map_err(|_| ApiError::Unreadable)?;
            if page.origin() != self.url.origin() {
                return Err(ApiError::Elsewhere);
            }
        }
        Ok(rows)
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, ApiError> {
        let request =
            self.http.get(url).basic_auth(&self.api_id, Some(self.api_token.expose_secret()));
        let mut answer = request.send().await.map_err(transport)?;
        match answer.status() {
            StatusCode::OK => {}
            refused @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(ApiError::Refused(refused));
            }
            other => return Err(ApiError::Status(other)),
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(transport)? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(ApiError::Unreadable);
            }
        }
        Ok(body)
    }
}

/// The URL goes: a next page's query is Aircall's to write.
fn transport(error: reqwest::Error) -> ApiError {
    ApiError::Transport(error.without_url())
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}
