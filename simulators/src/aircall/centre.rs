//! A generated call centre as plain values: lines, agents, teams, contacts, and every call with the
//! whole truth about it. What Aircall tells of it, and when, is another matter.

use std::sync::Arc;

use super::bodies::Media;
use super::numbers::PhoneNumber;

/// Everything that a seed makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    /// When the first call could begin (Unix seconds).
    pub start_at: i64,
    /// The company's lines.
    pub lines: Vec<Arc<Line>>,
    /// The company's Aircall users.
    pub agents: Vec<Arc<Agent>>,
    /// Who answers the lines of a team.
    pub teams: Vec<Arc<Team>>,
    /// The external parties that have a number.
    pub contacts: Vec<Arc<Contact>>,
    /// The calls by their start.
    pub calls: Vec<GeneratedCall>,
}

/// An Aircall number.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Aircall's id.
    pub id: i64,
    /// The name that agents know it by.
    pub name: String,
    /// Its number.
    pub number: PhoneNumber,
    /// IANA time zone.
    pub time_zone: String,
    /// Ids of the agents who answer it: one on a user's line, several on a team's.
    pub agents: Vec<i64>,
    /// The team that owns it.
    pub team: Option<Arc<Team>>,
    /// It has a menu.
    pub is_ivr: bool,
}

/// An Aircall user.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Aircall's id.
    pub id: i64,
    /// The name in Aircall.
    pub name: String,
    /// The e-mail in Aircall, whose letters' case may differ from the one in Front.
    pub email: String,
    /// Whether a Front teammate has the same e-mail.
    pub in_front: bool,
}

/// A team in Aircall.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Aircall's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Ids of its agents.
    pub agents: Vec<i64>,
}

/// An external party with a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The number.
    pub number: PhoneNumber,
    /// What Aircall's address book says, if it knows the number.
    pub card: Option<Card>,
}

/// An entry in Aircall's address book.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Aircall's id.
    pub id: i64,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The company's name.
    pub company: Option<String>,
}

/// The other end of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Customer {
    /// Somebody with a number.
    Contact(Arc<Contact>),
    /// The number is withheld.
    Anonymous,
    /// Another line of the company: such a call has two ids, one on each line.
    OwnLine(PhoneNumber),
}

/// Who began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The customer called.
    Inbound,
    /// An agent called.
    Outbound,
}

/// What a call was, in the five words of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Qualification {
    /// An agent took it.
    InboundAnswered,
    /// The customer took it.
    OutboundAnswered,
    /// The customer did not.
    OutboundUnanswered,
    /// Nobody took it and the caller left nothing.
    Missed,
    /// Nobody took it and the caller left a voicemail.
    Voicemail,
}

/// One call: what happened, every time in Unix seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedCall {
    /// Aircall's id; most exceed 32 bits.
    pub id: i64,
    /// The seed of what is random in its deliveries.
    pub seed: u64,
    /// The centre's `start_at`, from which deliveries count.
    pub start_at: i64,
    /// Who began.
    pub direction: Direction,
    /// The line used.
    pub line: Arc<Line>,
    /// The other end.
    pub customer: Customer,
    /// Begin of the call.
    pub started_at: i64,
    /// When somebody took it.
    pub answered_at: Option<i64>,
    /// End of the call.
    pub ended_at: i64,
    /// Agents whose phone rang, with the time; those marked true declined.
    pub rang: Vec<(Arc<Agent>, i64, bool)>,
    /// Who took or made it first; none on a shared line and when nobody took it.
    pub first_agent: Option<Arc<Agent>>,
    /// What was tried to hand it on.
    pub transfer: Option<Transfer>,
    /// Begin and end of being on hold.
    pub hold: Option<(i64, i64)>,
    /// Aircall's word for why nobody took it.
    pub missed_reason: Option<String>,
    /// The menu's option that the caller chose.
    pub ivr_option: Option<(String, i64)>,
    /// What was recorded.
    pub media: Option<CallMedia>,
    /// What agents wrote.
    pub comments: Vec<CallComment>,
    /// What agents marked.
    pub tags: Vec<CallTag>,
    /// When it was assigned in Aircall, and to whom.
    pub assigned: Option<(Arc<Agent>, i64)>,
    /// When it was archived in Aircall.
    pub archived_at: Option<i64>,
}

/// An attempt to hand a call on.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// When it happened or failed.
    pub at: i64,
    /// Who handed it on.
    pub by: Arc<Agent>,
    /// Where to.
    pub to: TransferTo,
}

/// Where a transfer went.
#[derive(Debug, Clone, PartialEq)]
pub enum TransferTo {
    /// `named` is whom Aircall names (the team's first user for a team), `took` is who took it.
    Colleague {
        /// The user in `transferred_to`.
        named: Arc<Agent>,
        /// The user from then on.
        took: Arc<Agent>,
        /// `call.ended` and what follows it no longer tell of the transfer.
        forgotten: bool,
    },
    /// To a number outside: the agent's leg ends with it.
    External(PhoneNumber),
    /// To a colleague who did not take it.
    Failed(Arc<Agent>),
}

/// A recording or a voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallMedia {
    /// Which of the two.
    pub kind: Media,
    /// From when on Aircall's bodies have it.
    pub known_at: i64,
    /// How Aircall says so first.
    pub first_in: MediaEvent,
}

/// The event that first carries a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaEvent {
    /// `call.ended` has it already.
    Ended,
    /// `call.voicemail_left` has it.
    VoicemailLeft,
    /// It comes late, by `call.comm_assets_generated`.
    CommAssets,
}

/// A comment on a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallComment {
    /// Aircall's id.
    pub id: i64,
    /// What it says.
    pub text: String,
    /// Who wrote it; none when it was posted through the API.
    pub by: Option<Arc<Agent>>,
    /// When.
    pub at: i64,
}

/// A tag on a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallTag {
    /// Aircall's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who set it; none when the system did.
    pub by: Option<Arc<Agent>>,
    /// When it was set.
    pub at: i64,
    /// When it was taken away again.
    pub removed_at: Option<i64>,
}

impl GeneratedCall {
    /// What the call was in the end.
    #[must_use]
    pub fn qualification(&self) -> Qualification {
        let voicemail = self.media.is_some_and(|media| media.kind == Media::Voicemail);
        match (self.direction, self.answered_at) {
            (Direction::Inbound, Some(_)) => Qualification::InboundAnswered,
            (Direction::Outbound, Some(_)) => Qualification::OutboundAnswered,
            (Direction::Outbound, None) => Qualification::OutboundUnanswered,
            (Direction::Inbound, None) if voicemail => Qualification::Voicemail,
            (Direction::Inbound, None) => Qualification::Missed,
        }
    }

    /// Who had the call in the end: who took it over, or who took or made it.
    #[must_use]
    pub fn agent(&self) -> Option<&Arc<Agent>> {
        match &self.transfer {
            Some(Transfer { to: TransferTo::Colleague { took, .. }, .. }) => Some(took),
            Some(Transfer { to: TransferTo::External(_) | TransferTo::Failed(_), .. }) | None => {
                self.first_agent.as_ref()
            }
        }
    }

    /// Seconds of talk; 0 when nobody answered.
    #[must_use]
    pub fn talk_s(&self) -> i64 {
        self.answered_at.map_or(0, |answered| self.ended_at - answered)
    }

    /// Seconds until somebody answered, or until the end when nobody did.
    #[must_use]
    pub fn wait_s(&self) -> i64 {
        self.answered_at.unwrap_or(self.ended_at) - self.started_at
    }

    /// `raw_digits`: the other end as Aircall shows it.
    #[must_use]
    pub fn raw_digits(&self) -> &str {
        match &self.customer {
            Customer::Contact(contact) => &contact.number.display,
            Customer::Anonymous => "anonymous",
            Customer::OwnLine(number) => &number.display,
        }
    }
}
