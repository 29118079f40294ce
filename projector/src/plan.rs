//! The plan of one call: which pieces of information Front is to have, and when (B07, B10, B13,
//! B14). A pure function of facts, configuration and rules; it knows nothing of what was sent.

use schemas::{CallState, Direction, Piece, TimeMs};

use crate::config::{Comments, Config, Layout};
use crate::qualification::{Qualification, final_agent};
use crate::rules::Rules;

/// B09: how long only a signed URL may be known before Front is told that the media is in Aircall.
pub const LINK_PATIENCE_MS: i64 = 10 * 60 * 1000;

/// When a piece may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Ready,
    /// When this time has passed without news.
    At(TimeMs),
    /// Not as far as is known.
    Never,
}

impl When {
    /// Whether it may be asked for when the wait until `reached` is over.
    #[must_use]
    pub fn is_due(self, reached: Option<TimeMs>) -> bool {
        match self {
            When::Ready => true,
            When::At(at) => reached.is_some_and(|reached| at <= reached),
            When::Never => false,
        }
    }

    /// The time that it waits for.
    #[must_use]
    pub fn waits_for(self) -> Option<TimeMs> {
        match self {
            When::At(at) => Some(at),
            When::Ready | When::Never => None,
        }
    }
}

/// What Front is to have of a call. Everything but main also waits for main.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What the call was.
    pub qualification: Qualification,
    /// The main activity.
    pub main: When,
    /// The duration.
    pub duration: When,
    /// The link, and whether it is the recording's or the voicemail's.
    pub link: Option<(Piece, When)>,
    /// Each comment.
    pub comments: When,
}

impl Plan {
    /// The plan for the call as it is known.
    #[must_use]
    pub fn of(call: &CallState, config: &Config, _rules: &Rules) -> Plan {
        let facts = &call.facts;
        let qualification = Qualification::of(facts);
        if facts.ended_at.is_none() || !config.lines.include(facts) {
            let never = When::Never;
            return Plan {
                qualification,
                main: never,
                duration: never,
                link: None,
                comments: never,
            };
        }
        let talked = qualification.answered() && facts.answered_at.is_some();
        let comments = match config.comments {
            Comments::Answered if !qualification.answered() => When::Never,
            Comments::Answered | Comments::All => When::Ready,
        };
        Plan {
            qualification,
            main: main(call, qualification, config),
            duration: if talked { When::Ready } else { When::Never },
            link: link(call, qualification),
            comments,
        }
    }
}

/// B13.
fn main(call: &CallState, qualification: Qualification, config: &Config) -> When {
    let facts = &call.facts;
    let settled = When::At(waited(call, call.receipts.ended_at, config.settle_ms));
    let waits = match qualification {
        Qualification::InboundAnswered | Qualification::OutboundAnswered => {
            final_agent(facts).is_none()
        }
        Qualification::OutboundUnanswered => false,
        Qualification::Missed => true,
        Qualification::Voicemail => false,
    };
    let more_may_come = match config.layout {
        Layout::Separate => false,
        Layout::Compact => {
            let no_media = qualification == Qualification::OutboundUnanswered;
            !no_media && facts.asset_url.is_none() && !facts.ended_seen
        }
    };
    let nothing_known = facts.direction == Direction::Unknown;
    if waits || more_may_come || nothing_known { settled } else { When::Ready }
}

/// B09.
fn link(call: &CallState, qualification: Qualification) -> Option<(Piece, When)> {
    let facts = &call.facts;
    let (piece, exists) = match qualification {
        Qualification::InboundAnswered | Qualification::OutboundAnswered => {
            (Piece::Recording, facts.has_recording)
        }
        Qualification::Missed | Qualification::Voicemail => (Piece::Voicemail, facts.has_voicemail),
        Qualification::OutboundUnanswered => return None,
    };
    if facts.asset_url.is_some() {
        Some((piece, When::Ready))
    } else if exists {
        Some((piece, When::At(waited(call, call.receipts.media_at, LINK_PATIENCE_MS))))
    } else {
        None
    }
}

/// The end of a wait that begins when the call has ended and we know of something.
fn waited(call: &CallState, known_at: Option<TimeMs>, wait_ms: i64) -> TimeMs {
    let ended_at = call.facts.ended_at.unwrap_or_default();
    known_at.map_or(ended_at, |known_at| known_at.max(ended_at)).plus_ms(wait_ms)
}
