//! One request to the registry, in the API that Confluent's registry has and others speak too. It
//! decides nothing, follows no redirect, repeats nothing, and shows no credentials.

use std::error::Error as StdError;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::{Method, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// A registry in the same building connects within milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// It answers within a second, when it has just started too.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of one answer: the largest schema of ours has some 10 kB.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// What the API calls its requests and answers.
const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// Characters of what the registry says that are repeated: enough for the field's name and the rule.
const SAID_MAX: usize = 500;

/// Why the registry did not do what it was asked. None of these has credentials in it.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The address is none.
    #[error("log.registry_url cannot be used: write an address such as http://registry:8081")]
    Address,
    /// No HTTP client could be built.
    #[error("the HTTP client for the registry could not be built: {0}")]
    Build(#[source] reqwest::Error),
    /// It cannot be reached, does not answer in time, or cannot serve now.
    #[error("the registry at {address} is away: {why}")]
    Away {
        /// Where it was asked.
        address: String,
        /// What happened.
        why: String,
    },
    /// It wants other credentials.
    #[error(
        "the registry at {address} refuses us ({status}): write the name and the password into \
         log.registry_url, http://name:password@host"
    )]
    Unauthorised {
        /// Where it was asked.
        address: String,
        /// What it answered.
        status: StatusCode,
    },
    /// It holds other versions under a subject, which do not go with ours.
    #[error(
        "the registry at {address} refuses {schema} under subject {subject}: {why}. Under this name it \
         holds something else, or its compatibility level is one that no schema of ours can keep; \
         nothing was written"
    )]
    Incompatible {
        /// Where it was asked.
        address: String,
        /// The subject.
        subject: String,
        /// The schema and its version.
        schema: String,
        /// What the registry says.
        why: String,
    },
    /// An answer that the API does not have.
    #[error(
        "the registry at {address} answered {asked} with {what}: does log.registry_url name the whole \
         address of a Confluent-compatible API, with its path?"
    )]
    Unexpected {
        /// Where it was asked.
        address: String,
        /// The request: method and path.
        asked: String,
        /// What is wrong.
        what: String,
    },
}

impl RegistryError {
    /// Whether it may be another answer when the registry is back.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, RegistryError::Away { .. })
    }
}

/// The client.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    credentials: Option<(String, SecretString)>,
}

/// What came back.
struct Answer {
    asked: String,
    status: StatusCode,
    body: Value,
}

impl Client {
    /// A client of the registry at `url`, which may have a name and a password in it.
    ///
    /// # Errors
    /// [`RegistryError::Address`], [`RegistryError::Build`].
    pub fn new(url: &SecretString) -> Result<Client, RegistryError> {
        let mut base = Url::parse(url.expose_secret()).map_err(|_| RegistryError::Address)?;
        if !base.has_host() || !["http", "https"].contains(&base.scheme()) {
            return Err(RegistryError::Address);
        }
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let password = SecretString::from(base.password().map(decoded).unwrap_or_default());
        let name = decoded(base.username());
        let credentials =
            (!name.is_empty() || base.password().is_some()).then_some((name, password));
        // From here on the address can be shown.
        base.set_username("").map_err(|()| RegistryError::Address)?;
        base.set_password(None).map_err(|()| RegistryError::Address)?;
        // An error means that another client of this process was here before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A registry that was restarted meanwhile has closed what was open: nobody asks often.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .map_err(RegistryError::Build)?;
        Ok(Client { http, base, credentials })
    }

    /// Where it is, without credentials.
    #[must_use]
    pub fn address(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// The id of a schema that stands under `subject` already.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn registered(
        &self,
        subject: &str,
        schema: &str,
    ) -> Result<Option<u32>, RegistryError> {
        let answer = self.send(Method::POST, &["subjects", subject], Some(schema)).await?;
        if answer.is_missing() { Ok(None) } else { self.id(&answer).map(Some) }
    }

    /// Asks whether a schema may follow what stands under `subject`; `name` says which it is.
    ///
    /// # Errors
    /// [`RegistryError::Incompatible`] when not, and [`RegistryError`].
    pub async fn check(
        &self,
        subject: &str,
        name: &str,
        schema: &str,
    ) -> Result<(), RegistryError> {
        let path = ["compatibility", "subjects", subject, "versions", "latest"];
        let answer = self.send(Method::POST, &path, Some(schema)).await?;
        if answer.is_missing() {
            return Ok(());
        }
        match answer.body["is_compatible"].as_bool() {
            Some(true) => Ok(()),
            Some(false) => {
                let why = answer.body["messages"].as_array().into_iter().flatten();
                let why: Vec<&str> = why.filter_map(Value::as_str).collect();
                let none = "it is not compatible with the latest version there".to_owned();
                let why = if why.is_empty() { none } else { cut(&why.join("; ")) };
                Err(self.incompatible(subject, name, why))
            }
            None => self.refused(subject, name, answer),
        }
    }

    /// Registers a schema under `subject`, and says its id; `name` says which it is.
    ///
    /// # Errors
    /// [`RegistryError::Incompatible`], and [`RegistryError`].
    pub async fn register(
        &self,
        subject: &str,
        name: &str,
        schema: &str,
    ) -> Result<u32, RegistryError> {
        let answer =
            self.send(Method::POST, &["subjects", subject, "versions"], Some(schema)).await?;
        if answer.status.is_success() {
            self.id(&answer)
        } else {
            self.refused(subject, name, answer)
        }
    }

    /// The schema with this id.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        let answer = self.send(Method::GET, &["schemas", "ids", &id.to_string()], None).await?;
        if answer.is_missing() {
            return Ok(None);
        }
        let schema = answer.body["schema"].as_str().map(str::to_owned);
        schema.map(Some).ok_or_else(|| self.unexpected(&answer))
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        schema: Option<&str>,
    ) -> Result<Answer, RegistryError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| RegistryError::Address)?.pop_if_empty().extend(path);
        let asked = format!("{method} {}", url.path());
        let mut request = self.http.request(method, url).header("accept", CONTENT_TYPE);
        if let Some((name, password)) = &self.credentials {
            request = request.basic_auth(name, Some(password.expose_secret()));
        }
        if let Some(schema) = schema {
            let body = json!({ "schema": schema, "schemaType": "AVRO" });
            request = request.header("content-type", CONTENT_TYPE).body(body.to_string());
        }
        let mut answer = request.send().await.map_err(|error| self.away(error))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.away(error))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        let address = self.address();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(RegistryError::Unauthorised { address, status })
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(RegistryError::Away { address, why: format!("it answered {status}") })
            }
            _ if status.is_server_error() => {
                Err(RegistryError::Away { address, why: format!("it answered {status}") })
            }
            _ => {
                let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                Ok(Answer { asked, status, body })
            }
        }
    }

    fn id(&self, answer: &Answer) -> Result<u32, RegistryError> {
        let id = answer.body["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        id.filter(|_| answer.status.is_success()).ok_or_else(|| self.unexpected(answer))
    }

    /// What an answer means that takes a schema neither in nor for known.
    fn refused<T>(&self, subject: &str, name: &str, answer: Answer) -> Result<T, RegistryError> {
        let status = answer.status;
        if matches!(status, StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY) {
            let why = answer.said().unwrap_or_else(|| format!("it answered {status}"));
            return Err(self.incompatible(subject, name, why));
        }
        Err(self.unexpected(&answer))
    }

    fn incompatible(&self, subject: &str, name: &str, why: String) -> RegistryError {
        let (subject, schema) = (subject.to_owned(), name.to_owned());
        RegistryError::Incompatible { address: self.address(), subject, schema, why }
    }

    fn unexpected(&self, answer: &Answer) -> RegistryError {
        let status = answer.status;
        let what = match answer.said() {
            Some(said) => format!("{status} ({said})"),
            None if status.is_success() => "something that is not of the API".to_owned(),
            None => status.to_string(),
        };
        RegistryError::Unexpected { address: self.address(), asked: answer.asked.clone(), what }
    }

    fn away(&self, error: reqwest::Error) -> RegistryError {
        // The URL goes: a person knows it, and its sentence is long.
        let error = error.without_url();
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            why = format!("{why}: {cause}");
            source = cause.source();
        }
        RegistryError::Away { address: self.address(), why: cut(&why) }
    }
}

impl Answer {
    /// That there is no such subject, version or schema: said in the API's own codes, since a wrong
    /// address answers 404 to everything.
    fn is_missing(&self) -> bool {
        let code = self.body["error_code"].as_u64();
        self.status == StatusCode::NOT_FOUND && matches!(code, Some(40_401..=40_403))
    }

    fn said(&self) -> Option<String> {
        self.body["message"].as_str().map(cut)
    }
}

/// One line of what somebody else wrote, and not without end.
fn cut(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(SAID_MAX).collect()
}
