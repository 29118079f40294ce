//! Front as a local HTTP server that keeps state, limits and faults.
//!
//! It is made from Front's public documentation alone. Where that leaves a question open, the
//! answer is a field of [`Switches`]. Start one with [`Simulator::start`] and talk to it as to
//! Front; what a person does in Front's window is an [`Act`]. A simulator in another process is
//! steered through the same types under `/_sim` ([`control`]).

// What is decided: values in, values out.
mod act;
mod api;
mod call;
mod company_rules;
mod config;
mod contacts;
mod conversations;
mod events;
mod faults;
mod imports;
mod limits;
mod people;
mod records;
mod render;
mod reply;
mod route;
mod switches;
mod view;
mod world;

// What is done: sockets, timers, the lock.
mod clock;
pub mod control;
mod gate;
mod page;
mod server;
mod shared;
mod webhooks;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

pub use act::{Act, ActError, On, What};
pub use config::{
    ALL_SCOPES, Config, ContactSeed, InboxSeed, Limits, PHONE_INBOX, PayloadForm, RULE_TAG, Span,
    TeammateSeed, VOICEMAIL_INBOX, WebhookTarget,
};
pub use faults::{Faults, Outage, OutageForm};
pub use records::{Counts, Effect, RecordedRequest};
pub use switches::{
    BodyShown, CommentSource, ConversationSubject, DuplicateImport, DuplicateStatus, EqualTimes,
    ExternalIdScope, LimitWindow, LostImportRepeat, MoveTarget, RuleSubject, Switches,
    UnknownConversation, UnknownFields, WebhookTypeNames,
};

pub use webhooks::SaveWebhookError;

use crate::snapshot::Snapshot;
use crate::spec::{Spec, Violation};
use shared::{Holding, Shared};

/// A running Front. Dropping it stops it without waiting; [`Simulator::stop`] waits.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
}

/// Every endpoint as `POST /inboxes/{inbox_id}/imported_messages`, as [`RecordedRequest::route`]
/// names it.
pub fn endpoints() -> Vec<String> {
    route::ROUTES.iter().map(route::Route::name).collect()
}

impl Simulator {
    /// Starts on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start(config: Config) -> io::Result<Self> {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await?, config, None)
    }

    /// As [`Simulator::start`], and every request that comes and every response that goes is
    /// checked against the specification: see [`Simulator::violations`].
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start_checked(config: Config, spec: Arc<Spec>) -> io::Result<Self> {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await?, config, Some(spec))
    }

    /// Starts for a test: checked against the specification where that is at hand
    /// ([`crate::spec::for_tests`]). A test ends with `assert_eq!(front.violations(), [])`.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    pub async fn start_for_tests(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Self::start_on(listener, config, crate::spec::for_tests())
    }

    /// Starts on a listener that the caller has bound, with a specification or without.
    ///
    /// # Errors
    ///
    /// When the listener has no address.
    pub fn start_on(
        listener: TcpListener,
        config: Config,
        spec: Option<Arc<Spec>>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (shared, queue) = Shared::new(config, spec);
        shared.tasks.spawn(server::run(Arc::clone(&shared), listener));
        shared.tasks.spawn(shared::show_imports(Arc::clone(&shared)));
        shared.tasks.spawn(webhooks::deliver_all(Arc::clone(&shared), queue));
        Ok(Self { shared, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end: the API's base and the page.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token that requests must carry.
    pub fn token(&self) -> String {
        self.shared.gate().world.config.token.clone()
    }

    /// Front's time, in Unix milliseconds: what it dates requests by.
    pub fn clock(&self) -> impl Fn() -> i64 + Send + Sync + 'static {
        let clock = self.shared.clock;
        move || clock.now_ms()
    }

    /// Everything that a person would see now.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Every request to the API so far, in order of effect.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.gate().records.requests.clone()
    }

    /// The requests after the first so many, in order of effect.
    pub fn requests_since(&self, skipped: usize) -> Vec<RecordedRequest> {
        self.shared.gate().records.requests.iter().skip(skipped).cloned().collect()
    }

    /// Sums over all requests so far.
    pub fn counts(&self) -> Counts {
        self.shared.gate().records.counts.clone()
    }

    /// Does what a person does in Front's window; says whether anything changed.
    ///
    /// # Errors
    ///
    /// When the act names something that is not there.
    pub fn act(&self, act: &Act) -> Result<bool, ActError> {
        self.shared.act(act)
    }

    /// What was sent or answered against the specification, each kind once; empty without one.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.gate().violations.iter().cloned().collect()
    }

    /// Saves an application webhook as Front does: its target must echo a challenge. It replaces
    /// the one that was saved before.
    ///
    /// # Errors
    ///
    /// When the target does not echo within [`Config::webhook_patience_s`].
    pub async fn save_webhook(&self, target: WebhookTarget) -> Result<(), SaveWebhookError> {
        self.shared.save_webhook(target).await
    }

    /// Replaces the faults; an outage that was turned on by hand lasts.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(faults);
    }

    /// Turns an outage without end on or off.
    pub fn outage(&self, on: bool) {
        self.shared.gate().dice.outage(on);
    }

    /// Lets Front accept so many of the next new imports and lose them.
    pub fn lose_imports(&self, count: u32) {
        self.shared.gate().world.imports_to_lose = count;
    }

    /// Holds the answers to imports back from now on, or no longer: they take effect, and whoever
    /// sent them does not hear of it.
    pub fn hold_import_answers(&self, on: bool) {
        let holding = if on { Holding::Imports } else { Holding::None };
        self.shared.held.send_modify(|held| held.holding = holding);
    }

    /// The same for the answers to all writes.
    pub fn hold_write_answers(&self, on: bool) {
        let holding = if on { Holding::Writes } else { Holding::None };
        self.shared.held.send_modify(|held| held.holding = holding);
    }

    /// Waits until an answer is held back.
    pub async fn until_answer_held(&self) {
        let mut held = self.shared.held.subscribe();
        // The sender lives as long as `self`.
        let _held = held.wait_for(|held| held.answers > 0).await;
    }

    /// Replaces the scopes that the token has.
    pub fn scopes(&self, scopes: Vec<String>) {
        self.shared.gate().world.config.scopes = scopes;
    }

    /// Replaces the limits; what was counted before is forgotten.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.set_limits(limits);
    }

    /// Replaces the token: the one before is revoked.
    pub fn set_token(&self, token: String) {
        self.shared.gate().world.config.token = token;
    }

    /// Waits until so many requests have come, whether or not they have taken effect yet.
    pub async fn until_arrived(&self, requests: u64) {
        let mut arrived = self.shared.arrived.subscribe();
        // The sender lives as long as `self`.
        let _all = arrived.wait_for(|arrived| *arrived >= requests).await;
    }

    /// Waits until every accepted import can be seen.
    pub async fn settled(&self) {
        let mut pending = self.shared.pending.subscribe();
        // The sender lives as long as `self`.
        let _zero = pending.wait_for(|pending| *pending == 0).await;
    }

    /// Waits until the sums are as wished: without polling, whenever something has changed.
    pub async fn until_counts(&self, wished: impl Fn(&Counts) -> bool) {
        let mut ticks = self.shared.ticks.subscribe();
        let here = |_: &u64| wished(&self.counts());
        // The sender lives as long as `self`.
        let _tick = ticks.wait_for(here).await;
    }

    /// Waits until what a person would see is as wished: without polling, whenever something has
    /// changed.
    pub async fn until_snapshot(&self, wished: impl Fn(&Snapshot) -> bool) {
        let mut ticks = self.shared.ticks.subscribe();
        let here = |_: &u64| wished(&self.snapshot());
        // The sender lives as long as `self`.
        let _tick = ticks.wait_for(here).await;
    }

    /// Stops: connections are closed, and everything has ended when this returns.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
