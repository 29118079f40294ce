//! What a call was (B06), who took it, and how long it took (B08): functions of its facts.

use schemas::{CallFacts, Direction, Person};

/// What a call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Qualification {
    /// The contact called and somebody took it.
    InboundAnswered,
    /// An agent called and the contact took it.
    OutboundAnswered,
    /// An agent called and nobody took it.
    OutboundUnanswered,
    /// The contact called and nobody took it, whatever the reason.
    Missed,
    /// Nobody took it and the contact left a voicemail.
    Voicemail,
}

impl Qualification {
    /// All of them.
    pub const ALL: [Qualification; 5] = [
        Qualification::InboundAnswered,
        Qualification::OutboundAnswered,
        Qualification::OutboundUnanswered,
        Qualification::Missed,
        Qualification::Voicemail,
    ];

    /// What the call was, as far as `facts` tell. A direction that is not known counts as inbound.
    #[must_use]
    pub fn of(facts: &CallFacts) -> Qualification {
        let outbound = facts.direction == Direction::Outbound;
        match (outbound, is_answered(facts)) {
            (false, true) => Qualification::InboundAnswered,
            (true, true) => Qualification::OutboundAnswered,
            (true, false) => Qualification::OutboundUnanswered,
            // Only an inbound call that nobody took gets a voicemail, so that its page is one.
            (false, false) if facts.has_voicemail || facts.asset_url.is_some() => {
                Qualification::Voicemail
            }
            (false, false) => Qualification::Missed,
        }
    }

    /// The words that people read.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Qualification::InboundAnswered => "Inbound answered call",
            Qualification::OutboundAnswered => "Outbound answered call",
            Qualification::OutboundUnanswered => "Outbound unanswered call",
            Qualification::Missed => "Missed call",
            Qualification::Voicemail => "Voicemail",
        }
    }

    /// The name in configuration keys.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Qualification::InboundAnswered => "inbound_answered",
            Qualification::OutboundAnswered => "outbound_answered",
            Qualification::OutboundUnanswered => "outbound_unanswered",
            Qualification::Missed => "missed",
            Qualification::Voicemail => "voicemail",
        }
    }

    /// Somebody took it.
    #[must_use]
    pub const fn answered(self) -> bool {
        match self {
            Qualification::InboundAnswered | Qualification::OutboundAnswered => true,
            Qualification::OutboundUnanswered
            | Qualification::Missed
            | Qualification::Voicemail => false,
        }
    }

    /// B11: logged by the customer, not by the agent.
    #[must_use]
    pub const fn logged_by_customer(self) -> bool {
        match self {
            Qualification::Missed | Qualification::Voicemail => true,
            Qualification::InboundAnswered
            | Qualification::OutboundAnswered
            | Qualification::OutboundUnanswered => false,
        }
    }
}

/// Somebody took the call.
#[must_use]
pub fn is_answered(facts: &CallFacts) -> bool {
    facts.answered_at.is_some() || facts.answered_seen
}

/// Who had the call in the end. After a transfer that happened it is never who handed it on, even
/// where no later snapshot says who took it.
#[must_use]
pub fn final_agent(facts: &CallFacts) -> Option<&Person> {
    let handler = facts.agent.as_ref();
    if !facts.transferred {
        return handler;
    }
    let handed_on = match (handler, &facts.transferred_by) {
        (Some(handler), Some(by)) => handler.id == by.id,
        (None, _) => true,
        (Some(_), None) => false,
    };
    if handed_on { facts.transferred_to.as_ref().or(handler) } else { handler }
}

/// Milliseconds of talk and of waiting before it, from timestamps alone; never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    /// From answer to end; none when it was not answered, or it is not known when.
    pub talk_ms: Option<i64>,
    /// From start to answer, or to the end when nobody answered.
    pub wait_ms: Option<i64>,
}

impl Durations {
    /// Those of the call that `facts` tell of.
    #[must_use]
    pub fn of(facts: &CallFacts) -> Durations {
        let between = |from: Option<schemas::TimeMs>, to: Option<schemas::TimeMs>| {
            Some(to?.0.saturating_sub(from?.0).max(0))
        };
        let until = if is_answered(facts) { facts.answered_at } else { facts.ended_at };
        Durations {
            talk_ms: between(facts.answered_at, facts.ended_at),
            wait_ms: between(facts.started_at, until),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemas::TimeMs;

    use super::*;

    #[test]
    fn b06_a_voicemail_is_one_by_its_page_or_by_what_was_said_of_it() {
        let by_word = CallFacts { has_voicemail: true, ..CallFacts::default() };
        let by_page = CallFacts { asset_url: Some("https://x/1".into()), ..CallFacts::default() };
        for facts in [by_word, by_page] {
            assert_eq!(Qualification::of(&facts), Qualification::Voicemail);
        }
        assert_eq!(Qualification::of(&CallFacts::default()), Qualification::Missed);
    }

    #[test]
    fn b06_a_call_is_answered_by_its_time_or_because_it_was_seen() {
        let by_time = CallFacts { answered_at: Some(TimeMs(1)), ..CallFacts::default() };
        let seen = CallFacts { answered_seen: true, ..CallFacts::default() };
        for facts in [by_time, seen] {
            assert_eq!(Qualification::of(&facts), Qualification::InboundAnswered);
        }
    }
}
