//! The two simulators, set up for a show of half a minute, and what they must agree on.

use std::collections::BTreeMap;
use std::sync::Arc;

use eventlog::{Clock, SystemClock};
use simulators::aircall::{self, Centre, GenerateConfig, SendOptions, SendReport, generate};
use simulators::front::{
    self, InboxSeed, Limits, PHONE_INBOX, RecordedRequest, Span, TeammateSeed,
};
use simulators::model::{self, Difference, ModelConfig, PersonAct, Piece};
use simulators::spec::Spec;
use tokio::time::Instant;

use super::Choices;
use crate::failure::Failure;

/// All webhooks but the last few are sent within this time.
pub const SENDING_S: u64 = 20;
/// The last calls of the contacts on whom people acted are sent within this time.
pub const SENDING_LAST_S: u64 = 2;
/// The inbox to which people move conversations.
pub const MOVED_TO: &str = "Support";
/// `aircall.settle_s` for the show; 45 in earnest.
pub const SETTLE_S: u64 = 2;
/// `front.timeout_s` for the show; 30 in earnest.
pub const TIMEOUT_S: u64 = 2;
/// After so many milliseconds the simulated Front shows what it accepted; 1-15 s in earnest.
pub const VISIBLE_MS: Span = Span { min: 1_000, max: 5_000 };
/// Requests per second to one resource that the simulated Front allows; 5 in earnest.
pub const PER_RESOURCE_S: u32 = 100;

/// The calls' own times lie in the two hours that begin four days ago: the latest comment, three
/// days later, is then still in the past.
const BEGAN_BEFORE_S: i64 = 4 * 86_400;

/// Seconds of the calls' own time by which one call may overtake another: two hours are sent in
/// 20 s, so the settle time, the restart and a retry (5 s together) are half an hour, and a late
/// delivery is held back for ten minutes more.
const OVERTAKE_S: i64 = 3_600;

/// The two simulators.
pub struct World {
    /// The simulated Aircall.
    pub aircall: aircall::Simulator,
    /// The simulated Front.
    pub front: front::Simulator,
    /// The webhook's token.
    pub webhook_token: String,
    /// The secret with which Front signs its webhooks.
    pub app_secret: String,
    /// E-mails of Front's teammates.
    pub teammates: Vec<String>,
    /// What the child logs.
    pub log: String,
    /// Where the child exports its traces and metrics to.
    pub otlp_endpoint: Option<String>,
    inboxes: Vec<InboxSeed>,
}

/// What was sent, and when sending began on the wall clock.
pub struct Sent {
    /// Every delivery with its attempts.
    pub report: SendReport,
    /// Milliseconds since the epoch at which its times count from.
    pub began_ms: i64,
}

impl World {
    /// Starts both.
    ///
    /// # Errors
    /// No free port.
    pub async fn start(choices: &Choices) -> Result<World, Failure> {
        let centre = centre(choices);
        let inboxes = inboxes(&centre);
        let members = members(&centre);
        let teammates = members.iter().map(|it| TeammateSeed::from_email(it)).collect();
        let config = front::Config {
            token: format!("front-token-of-the-demo-{}", choices.seed),
            company_name: "Demo Company".to_owned(),
            inboxes: inboxes.clone(),
            teammates,
            limits: limits(choices),
            visible_delay_ms: VISIBLE_MS,
            // On a busy machine the child is slow, not away.
            webhook_patience_s: 120,
            seed: choices.seed,
            ..front::Config::default()
        };
        let front = match &choices.front_spec {
            None => front::Simulator::start(config).await,
            Some(path) => {
                let spec = Spec::load(path)
                    .map_err(|error| Failure::because("reading the specification", &error))?;
                front::Simulator::start_checked(config, Arc::new(spec)).await
            }
        };
        let front =
            front.map_err(|error| Failure::because("starting the simulated Front", &error))?;
        let aircall = aircall::Simulator::start(aircall::SimulatorConfig::new(centre))
            .await
            .map_err(|error| Failure::because("starting the simulated Aircall", &error))?;
        let webhook_token = format!("webhook-token-of-the-demo-{}", choices.seed);
        let app_secret = format!("app-secret-of-the-demo-{}", choices.seed);
        Ok(World {
            aircall,
            front,
            webhook_token,
            app_secret,
            teammates: members,
            log: choices.log.clone(),
            otlp_endpoint: choices.otlp_endpoint.clone(),
            inboxes,
        })
    }

    /// The calls.
    #[must_use]
    pub fn centre(&self) -> &Centre {
        self.aircall.centre()
    }

    /// Sends all webhooks of these calls, with every irregularity, and returns when each is
    /// acknowledged.
    ///
    /// # Errors
    /// A webhook that was never acknowledged.
    pub async fn send(&self, url: &str, calls: &[i64], within_s: u64) -> Result<Sent, Failure> {
        let (began_ms, began) = (SystemClock.now_ms(), Instant::now());
        let window_ms = within_s * 1_000;
        let options = SendOptions { window_ms, calls: calls.to_vec(), ..sending() };
        let report = self
            .aircall
            .send_all(url, &self.webhook_token, &options)
            .await
            .map_err(|error| Failure::because("sending webhooks", &error))?;
        let since = report.began.saturating_duration_since(began).as_millis();
        let began_ms = began_ms + i64::try_from(since).unwrap_or(0);
        match report.unacknowledged().count() {
            0 => Ok(Sent { report, began_ms }),
            many => Err(Failure::Failed(format!("{many} webhooks were never acknowledged"))),
        }
    }

    /// Where Front differs from what it must show, and where the order of sending is not the one
    /// in which callfold `decided`, contact by contact. `acts` is what people did.
    #[must_use]
    pub fn differences(&self, acts: &[PersonAct], decided: &[(i64, Piece)]) -> Vec<Difference> {
        let config = ModelConfig {
            overtake_s: OVERTAKE_S,
            members: self
                .inboxes
                .iter()
                .map(|inbox| (inbox.name.clone(), inbox.members.clone()))
                .collect(),
            ..ModelConfig::default()
        };
        let expected = model::expect(self.centre(), acts, &config);
        let mut differences = model::compare(&expected, &self.front.snapshot());
        let requests = self.front.requests();
        let sent = model::pieces(requests.iter().filter_map(RecordedRequest::text));
        differences.extend(model::compare_sending(&expected, &sent, decided));
        differences
    }

    /// Calls by qualification, in the article's words.
    #[must_use]
    pub fn calls_by_qualification(&self) -> BTreeMap<&'static str, usize> {
        by_qualification(self.centre())
    }

    /// What Front's specification says of the requests, where it was given.
    ///
    /// # Errors
    /// Requests or answers that it does not allow.
    pub fn judged(&self) -> Result<(), Failure> {
        let violations = self.front.violations();
        match violations.first() {
            None => Ok(()),
            Some(first) => Err(Failure::Failed(format!(
                "{} requests or answers are not as Front's specification has them; the first: {} {:?}: {}",
                violations.len(),
                first.operation,
                first.side,
                first.problem
            ))),
        }
    }

    /// Stops both.
    pub async fn stop(self) {
        self.aircall.stop().await;
        self.front.stop().await;
    }
}

/// How the webhooks are sent. The webhook stays on through the kill: how it is turned off and on
/// again is another show.
#[must_use]
pub fn sending() -> SendOptions {
    SendOptions { window_ms: SENDING_S * 1_000, disable_after: 0, ..SendOptions::default() }
}

/// What the simulated Front allows: with the burst that its plans have, half the minute's limit.
#[must_use]
pub fn limits(choices: &Choices) -> Limits {
    Limits {
        requests_per_minute: choices.front_rpm,
        burst: choices.front_rpm / 2,
        per_resource_per_s: PER_RESOURCE_S,
        ..Limits::default()
    }
}

fn centre(choices: &Choices) -> Centre {
    let start_at = SystemClock.now_ms() / 1_000 - BEGAN_BEFORE_S;
    generate(&GenerateConfig {
        seed: choices.seed,
        calls: choices.calls,
        contacts: (choices.calls * 2 / 5).max(1),
        start_at,
        ..GenerateConfig::default()
    })
}

fn by_qualification(centre: &Centre) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for call in &centre.calls {
        *counts.entry(word(call.qualification())).or_insert(0) += 1;
    }
    counts
}

fn members(centre: &Centre) -> Vec<String> {
    let in_front = centre.agents.iter().filter(|agent| agent.in_front);
    in_front.map(|agent| agent.email.to_lowercase()).collect()
}

fn inboxes(centre: &Centre) -> Vec<InboxSeed> {
    let inbox = |name: &str| InboxSeed { name: name.to_owned(), members: members(centre) };
    vec![inbox(PHONE_INBOX), inbox(MOVED_TO)]
}

fn word(qualification: aircall::centre::Qualification) -> &'static str {
    use aircall::centre::Qualification;
    match qualification {
        Qualification::InboundAnswered => "Inbound answered call",
        Qualification::OutboundAnswered => "Outbound answered call",
        Qualification::OutboundUnanswered => "Outbound unanswered call",
        Qualification::Missed => "Missed call",
        Qualification::Voicemail => "Voicemail",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_seed_makes_other_figures_and_the_same_one_makes_them_again() {
        let made = |seed| centre(&Choices { seed, calls: 300, ..Choices::default() });
        let figures = |centre: &Centre| {
            let comments: usize = centre.calls.iter().map(|call| call.comments.len()).sum();
            (by_qualification(centre), comments)
        };
        let (first, second) = (made(1), made(2));
        assert_eq!((first.calls.len(), second.calls.len()), (300, 300));
        assert_ne!(by_qualification(&first), by_qualification(&second));
        assert_eq!(figures(&made(1)), figures(&first));
    }
}
