//! What a simulated Front starts with: who is there, what the token may do, limits, delays and
//! trouble.

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::switches::Switches;

/// The inbox that the default configuration and the company rules call the phone inbox.
pub const PHONE_INBOX: &str = "Aircall Phone";
/// The inbox to which the company rules move voicemails.
pub const VOICEMAIL_INBOX: &str = "Voicemails";
/// The word that a comment must contain for the company rule, and the tag that it then gives.
pub const RULE_TAG: &str = "Test";

/// Everything that a [`Simulator`](super::Simulator) is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The bearer token that requests must carry.
    pub token: String,
    /// `cmp_...`, as `GET /me` and webhooks report it.
    pub company_id: String,
    /// The company's name.
    pub company_name: String,
    /// Scheme and host of the links in answers. Front's own name another host than the one that was
    /// asked.
    pub link_base: String,
    /// The scopes that the token has, as the specification's `x-required-scopes` names them.
    pub scopes: Vec<String>,
    /// Shared inboxes, in order.
    pub inboxes: Vec<InboxSeed>,
    /// Teammates, in order.
    pub teammates: Vec<TeammateSeed>,
    /// Names of company tags.
    pub tags: Vec<String>,
    /// Contacts that exist from the start.
    pub contacts: Vec<ContactSeed>,
    /// Inboxes and teammates per page of their lists. None: the whole list at once, as the
    /// specification has it; a company with hundreds of them may see pages, as in Front's other lists.
    pub directory_page: Option<usize>,
    /// The request limits.
    pub limits: Limits,
    /// After how many milliseconds an accepted import can be seen, drawn per import.
    pub visible_delay_ms: Span,
    /// Where events are posted to, already saved (no challenge). See also
    /// [`Simulator::save_webhook`](super::Simulator::save_webhook).
    pub webhook: Option<WebhookTarget>,
    /// How many seconds a webhook's target may take to echo a challenge; half of that to take an event.
    pub webhook_patience_s: u64,
    /// Whether the four company rules of Aircall's article on its Front integration are on.
    pub company_rules: bool,
    /// Trouble on purpose.
    pub faults: Faults,
    /// Answers to what the documentation leaves open.
    pub switches: Switches,
    /// Draws visibility delays.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        let members = vec!["agent.one@example.com".to_owned(), "agent.two@example.com".to_owned()];
        Self {
            token: "front-simulator-token".to_owned(),
            company_id: "cmp_1".to_owned(),
            company_name: "Example Company".to_owned(),
            link_base: "https://example-company.api.frontapp.example".to_owned(),
            scopes: ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            inboxes: [PHONE_INBOX, VOICEMAIL_INBOX, "Support"]
                .map(|name| InboxSeed { name: name.to_owned(), members: members.clone() })
                .to_vec(),
            teammates: members.iter().map(|email| TeammateSeed::from_email(email)).collect(),
            tags: vec![RULE_TAG.to_owned()],
            contacts: Vec::new(),
            directory_page: None,
            limits: Limits::default(),
            visible_delay_ms: Span { min: 1_000, max: 15_000 },
            webhook: None,
            webhook_patience_s: 10,
            company_rules: false,
            faults: Faults::default(),
            switches: Switches::default(),
            seed: 0,
        }
    }
}

/// Every scope that an endpoint of this simulator asks for.
pub const ALL_SCOPES: &[&str] = &[
    "channels:read",
    "comments:read",
    "comments:write",
    "contacts:read",
    "contacts:write",
    "conversations:read",
    "conversations:write",
    "events:*:read",
    "inboxes:read",
    "messages:read",
    "messages:write",
    "rules:read",
    "tags:read",
    "tags:write",
    "teammates:read",
];

/// A shared inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxSeed {
    /// Its name.
    pub name: String,
    /// E-mails of the teammates who see it.
    pub members: Vec<String>,
}

/// A teammate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeammateSeed {
    /// E-mail, by which the API finds the teammate in any case of letters.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

impl TeammateSeed {
    /// A teammate named after the local part of an e-mail: `agent.one@...` is "Agent One".
    pub fn from_email(email: &str) -> Self {
        let local = email.split('@').next().unwrap_or(email);
        let (first, last) = local.split_once('.').unwrap_or((local, ""));
        Self { email: email.to_owned(), first_name: capital(first), last_name: capital(last) }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSeed {
    /// The name, if anybody gave one.
    pub name: Option<String>,
    /// `(source, handle)`.
    pub handles: Vec<(String, String)>,
}

/// The limits on requests. They apply to the company; every request of a test counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests per minute: 50, 100 or 200 by plan.
    pub requests_per_minute: u32,
    /// Requests above that, regained over ten minutes: half the limit in Front's plans.
    pub burst: u32,
    /// Writes to one resource per second: 5 at Front.
    pub per_resource_per_s: u32,
    /// The part of the minute's limit that searches may use: 0.4 at Front.
    pub search_share: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: 50, burst: 25, per_resource_per_s: 5, search_share: 0.4 }
    }
}

/// A range of milliseconds, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The shortest.
    pub min: u64,
    /// The longest; at least `min`, else `min` is meant.
    pub max: u64,
}

/// A saved application webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTarget {
    /// Where events are posted.
    pub url: String,
    /// The application's signing secret.
    pub app_secret: String,
    /// How much of an event is sent.
    #[serde(default)]
    pub form: PayloadForm,
}

/// How much of an event a webhook carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadForm {
    /// The event as `GET /events/{id}` shows it.
    #[default]
    Full,
    /// Ids and links only.
    Preview,
    /// As `Full`, with one recipient per handle: who is both sender and receiver appears once.
    MergedRecipients,
}
