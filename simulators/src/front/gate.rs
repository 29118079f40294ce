//! The way of every request: trouble, token, scope, limits, endpoint, record. All of it happens
//! under one lock, so that requests take effect one after the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::Call;
use super::clock::Clock;
use super::config::Config;
use super::faults::{Dice, Fate};
use super::limits::{Ask, Limiter, Refused};
use super::records::{Effect, RecordedRequest, Records};
use super::reply::{Refusal, Reply};
use super::route::{Limit, Met, find};
use super::world::World;
use crate::spec::{Spec, Violation};

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    pub(super) arrived_ms: i64,
    pub(super) method: String,
    /// Undecoded, without the query.
    pub(super) path: String,
    /// Undecoded, without `?`.
    pub(super) query: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What the client meets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Reply {
        reply: Reply,
        headers: Vec<(&'static str, String)>,
    },
    /// A server error from something before Front.
    Error(u16),
    /// The connection is closed.
    Cut,
    /// Nothing, for ever.
    Hang,
}

/// Front behind its counter: the state and everything that stands before it.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) world: World,
    pub(super) dice: Dice,
    pub(super) records: Records,
    pub(super) limiter: Limiter,
    /// What was sent or answered against the specification. Violations name operations and fields,
    /// so there are never many kinds.
    pub(super) violations: BTreeSet<Violation>,
    spec: Option<Arc<Spec>>,
    clock: Clock,
}

impl Gate {
    pub(super) fn new(config: Config, clock: Clock, spec: Option<Arc<Spec>>) -> Self {
        let now_ms = clock.now_ms();
        Self {
            dice: Dice::new(config.faults.clone()),
            limiter: Limiter::new(config.limits, config.switches.limit_window, now_ms),
            world: World::new(config, now_ms),
            records: Records::default(),
            violations: BTreeSet::new(),
            spec,
            clock,
        }
    }

    /// What befalls the next request, and after how many milliseconds.
    pub(super) fn throw(&mut self) -> (Fate, u64) {
        let since_start_ms = self.clock.now_ms() - self.clock.started_ms();
        self.dice.throw(u64::try_from(since_start_ms).unwrap_or(0))
    }

    /// Serves a request now, as its fate has it.
    pub(super) fn serve(&mut self, request: &Incoming, fate: Fate) -> Answer {
        let now_ms = self.clock.now_ms();
        self.world.advance(now_ms);
        let met = find(&request.method, &request.path);
        let reply = match fate {
            Fate::ErrorBefore(_) | Fate::CutBefore => None,
            Fate::Served | Fate::ErrorAfter(_) | Fate::CutAfter | Fate::HangAfter => {
                Some(self.reply(request, met.as_ref(), now_ms).unwrap_or_else(Reply::from))
            }
        };
        self.check(request, reply.as_ref());
        self.record(request, met.as_ref(), fate, reply.as_ref());
        match (fate, reply) {
            (Fate::ErrorBefore(status) | Fate::ErrorAfter(status), _) => Answer::Error(status),
            (Fate::HangAfter, _) => Answer::Hang,
            (Fate::Served, Some(reply)) => {
                let headers = self.headers(&reply, now_ms);
                Answer::Reply { reply, headers }
            }
            (Fate::CutBefore | Fate::CutAfter | Fate::Served, _) => Answer::Cut,
        }
    }

    fn reply(
        &mut self,
        request: &Incoming,
        met: Option<&Met>,
        now_ms: i64,
    ) -> Result<Reply, Refusal> {
        let expected = format!("Bearer {}", self.world.config.token);
        if request.authorization.as_deref() != Some(expected.as_str()) {
            return Err(Refusal::Unauthenticated);
        }
        let met = met.ok_or_else(|| Refusal::NotFound("Route not found".to_owned()))?;
        self.take_from_limits(met, now_ms)?;
        if let Some(scope) = met.route.scope
            && !self.world.config.scopes.iter().any(|held| held == scope)
        {
            return Err(Refusal::Forbidden(scope));
        }
        let query = decode_query(request.query.as_deref().unwrap_or(""));
        let call = Call {
            path: &request.path,
            parameters: &met.parameters,
            query: &query,
            body: &request.body,
            now_ms,
        };
        (met.route.handler)(&mut self.world, &call)
    }

    fn take_from_limits(&mut self, met: &Met, now_ms: i64) -> Result<(), Refusal> {
        let own = match met.route.limit {
            Limit::None | Limit::Search => false,
            Limit::Resource => true,
            Limit::Import => self.world.config.switches.imports_are_tier_2,
        };
        let resource = own.then(|| resource_of(met));
        let search = met.route.limit == Limit::Search;
        let ask = Ask { resource: resource.as_deref(), search };
        self.limiter.take(ask, now_ms).map_err(|refused| match refused {
            Refused::Company { wait_ms } | Refused::Search { wait_ms } => {
                self.records.counts.rejected_429_company += 1;
                Refusal::TooMany { tier_2: false, wait_ms }
            }
            Refused::Resource { wait_ms } => {
                self.records.counts.rejected_429_resource += 1;
                Refusal::TooMany { tier_2: true, wait_ms }
            }
        })
    }

    fn headers(&mut self, reply: &Reply, now_ms: i64) -> Vec<(&'static str, String)> {
        let standing = self.limiter.standing(now_ms);
        let mut headers = vec![
            ("x-ratelimit-limit", standing.limit.to_string()),
            ("x-ratelimit-remaining", standing.remaining.to_string()),
            ("x-ratelimit-reset", format!("{:.3}", standing.reset_ms as f64 / 1_000.0)),
            ("x-ratelimit-burst-limit", standing.burst_limit.to_string()),
            ("x-ratelimit-burst-remaining", standing.burst_remaining.to_string()),
        ];
        if let Some(seconds) = reply.retry_after_s {
            headers.push(("retry-after", seconds.to_string()));
        }
        if let Some(location) = &reply.location {
            headers.push(("location", location.clone()));
        }
        headers
    }

    fn check(&mut self, request: &Incoming, reply: Option<&Reply>) {
        let Some(spec) = &self.spec else { return };
        let query = decode_query(request.query.as_deref().unwrap_or(""));
        // A body that is not JSON is checked as null, which no operation takes.
        let body = (!request.body.is_empty())
            .then(|| serde_json::from_slice(&request.body).unwrap_or(serde_json::Value::Null));
        let (method, path) = (&request.method, &request.path);
        self.violations.extend(spec.check_request(method, path, &query, body.as_ref()));
        if let Some(reply) = reply {
            let found = spec.check_response(method, path, reply.status, reply.body.as_ref());
            self.violations.extend(found);
        }
    }

    fn record(&mut self, request: &Incoming, met: Option<&Met>, fate: Fate, reply: Option<&Reply>) {
        let (fault, status) = match fate {
            Fate::Served => (None, reply.map(|reply| reply.status)),
            Fate::ErrorBefore(status) => (Some("error_before"), Some(status)),
            Fate::ErrorAfter(status) => (Some("error_after"), Some(status)),
            Fate::CutBefore => (Some("cut_before"), None),
            Fate::CutAfter => (Some("cut_after"), None),
            Fate::HangAfter => (Some("hang_after"), None),
        };
        let path = match &request.query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        };
        self.records.add(RecordedRequest {
            at_ms: request.arrived_ms,
            method: request.method.clone(),
            path,
            route: met.map(|met| met.route.name()),
            body: serde_json::from_slice(&request.body).ok(),
            status,
            retry_after_s: reply.and_then(|reply| reply.retry_after_s),
            effect: reply.map_or(Effect::None, |reply| reply.effect),
            external_id: reply.and_then(|reply| reply.external_id.clone()),
            was_duplicate: reply.is_some_and(|reply| reply.was_duplicate),
            fault: fault.map(str::to_owned),
        });
    }
}

/// `conversations/cnv_1`: what the first two parts of the template name.
fn resource_of(met: &Met) -> String {
    let kind = met.route.template.split('/').nth(1).unwrap_or("");
    format!("{kind}/{}", met.parameters.first().map_or("", String::as_str))
}

/// A query in order, decoded; names and values that are not UTF-8 are left as they were sent.
pub(super) fn decode_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), |decoded| decoded.into_owned())
}
