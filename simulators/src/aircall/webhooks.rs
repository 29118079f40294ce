//! The webhooks that a company has registered, and what turns one off.

use serde::Serialize;

/// A registered webhook.
#[derive(Debug, Clone, Serialize)]
pub struct Webhook {
    /// A UUID.
    pub webhook_id: String,
    /// Its address in the API.
    pub direct_link: String,
    /// ISO 8601.
    pub created_at: String,
    /// What a person called it.
    pub custom_name: Option<String>,
    /// Where events go.
    pub url: String,
    /// Off after too many failures in a row.
    pub active: bool,
    /// Which events; never empty, "all" is written out.
    pub events: Vec<String>,
    /// What every body carries.
    pub token: String,
    /// Failures in a row.
    #[serde(skip)]
    pub failures: u32,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    all: Vec<Webhook>,
    made: u64,
}

/// A company can have so many, says the reference.
pub(super) const WEBHOOKS_MAX: usize = 100;

/// The published call events, which is what "all" means here; the other families are not sent.
pub const CALL_EVENTS: [&str; 19] = [
    "call.created",
    "call.ringing_on_agent",
    "call.agent_declined",
    "call.answered",
    "call.hold",
    "call.unhold",
    "call.transferred",
    "call.external_transferred",
    "call.unsuccessful_transfer",
    "call.ivr_option_selected",
    "call.hungup",
    "call.ended",
    "call.voicemail_left",
    "call.comm_assets_generated",
    "call.assigned",
    "call.archived",
    "call.tagged",
    "call.untagged",
    "call.commented",
];

/// `events` omitted or empty means all of them, on create and on update.
pub(super) fn or_all(events: Vec<String>) -> Vec<String> {
    if events.is_empty() { CALL_EVENTS.map(str::to_owned).to_vec() } else { events }
}

impl Webhooks {
    /// Registers another one; the same URL twice is two webhooks.
    pub(super) fn add(
        &mut self,
        url: &str,
        name: Option<String>,
        events: Vec<String>,
        token: String,
    ) -> Webhook {
        self.made += 1;
        let webhook_id = format!("0d3e5b1a-0000-4000-8000-{:012x}", self.made);
        let webhook = Webhook {
            direct_link: format!("https://api.aircall.io/v1/webhooks/{webhook_id}"),
            webhook_id,
            created_at: "2025-01-02T11:41:01.000Z".to_owned(),
            custom_name: name,
            url: url.to_owned(),
            active: true,
            events: or_all(events),
            token,
            failures: 0,
        };
        self.all.push(webhook.clone());
        webhook
    }

    pub(super) fn all(&self) -> &[Webhook] {
        &self.all
    }

    pub(super) fn get(&self, id: &str) -> Option<&Webhook> {
        self.all.iter().find(|webhook| webhook.webhook_id == id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Webhook> {
        self.all.iter_mut().find(|webhook| webhook.webhook_id == id)
    }

    /// The one with this URL and token, if there is one.
    pub(super) fn find(&self, url: &str, token: &str) -> Option<&Webhook> {
        self.all.iter().find(|webhook| webhook.url == url && webhook.token == token)
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let before = self.all.len();
        self.all.retain(|webhook| webhook.webhook_id != id);
        self.all.len() < before
    }

    /// Whether an event of this name is sent at all at this moment.
    pub(super) fn wants(&self, id: &str, event: &str) -> bool {
        self.get(id)
            .is_some_and(|webhook| webhook.active && webhook.events.iter().any(|e| e == event))
    }

    /// A success turns a webhook on, `disable_after` failures in a row turn it off (0: never).
    pub(super) fn note(&mut self, id: &str, acknowledged: bool, disable_after: u32) {
        let Some(webhook) = self.get_mut(id) else { return };
        if acknowledged {
            webhook.active = true;
            webhook.failures = 0;
            return;
        }
        webhook.failures += 1;
        if disable_after > 0 && webhook.failures >= disable_after {
            webhook.active = false;
        }
    }
}
