//! What an answer means: a pure function of the request's nature, the status and the transport error.
//! Classified by status alone, never by message text (Front's texts changed before).

use schemas::FrontConversationId;

use crate::reply::{Reply, Trouble};

/// What kind of request it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// Changes nothing.
    Read,
    /// An import: repeat-safe by its external id.
    Import,
    /// A comment: a repeat would be a second one.
    Comment,
    /// Sets an attribute: repeat-safe.
    Set,
    /// Creates a contact or gives it a handle: guarded by Front's unique handles.
    Contact,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Front has done it, or this is what was asked for.
    Done,
    /// Front has taken it and will show it later.
    Accepted,
    /// What was asked for does not exist.
    Absent,
    /// Not applied; it may be sent again.
    Retry,
    /// Too many requests: not applied, never counted as a failure.
    Slower,
    /// Sent, and what came of it is not known.
    InDoubt,
    /// Refused for what it is, with a sentence.
    Park(String),
    /// The token may not do this: everything waits.
    Stop(Stop),
    /// The conversation was merged into this one (`cnv_...`).
    Redirected(FrontConversationId),
}

/// Why everything waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// 401: the token is wrong or revoked.
    Unauthorised,
    /// 403: the token lacks a scope, or access to a workspace.
    Forbidden,
}

/// What `reply` means for a request of this nature.
#[must_use]
pub fn judge(nature: Nature, reply: &Reply) -> Verdict {
    match reply {
        Reply::NotSent(Trouble::Connect | Trouble::Late | Trouble::Timeout | Trouble::Broken) => {
            Verdict::Retry
        }
        Reply::Unanswered(_) => unknown(nature),
        Reply::Answered(answer) => judge_status(nature, answer.status, answer.location.as_deref()),
    }
}

/// Whether the reply says that Front, or the way to it, is in trouble.
#[must_use]
pub const fn is_failure(reply: &Reply) -> bool {
    match reply {
        Reply::NotSent(Trouble::Late) => false,
        Reply::NotSent(_) | Reply::Unanswered(_) => true,
        Reply::Answered(answer) => answer.status >= 500,
    }
}

fn judge_status(nature: Nature, status: u16, location: Option<&str>) -> Verdict {
    match status {
        202 if nature == Nature::Import => Verdict::Accepted,
        200..=299 => Verdict::Done,
        301 | 302 | 307 | 308 => match location.and_then(conversation_in) {
            Some(survivor) => Verdict::Redirected(survivor),
            None => Verdict::Park(format!("Front redirects ({status}) to no conversation")),
        },
        401 => Verdict::Stop(Stop::Unauthorised),
        403 => Verdict::Stop(Stop::Forbidden),
        404 | 410 if nature == Nature::Read => Verdict::Absent,
        408 => unknown(nature),
        429 => Verdict::Slower,
        400..=499 => Verdict::Park(format!("Front refused it with status {status}")),
        500..=599 => unknown(nature),
        _ => {
            Verdict::Park(format!("Front answered with status {status}, which means nothing here"))
        }
    }
}

const fn unknown(nature: Nature) -> Verdict {
    match nature {
        Nature::Read => Verdict::Retry,
        Nature::Import | Nature::Comment | Nature::Set | Nature::Contact => Verdict::InDoubt,
    }
}

/// The conversation that a path or link names: only its id is taken, never its host.
#[must_use]
pub fn conversation_in(link: &str) -> Option<FrontConversationId> {
    let after = link.split("/conversations/").nth(1)?;
    let id = after.split(['/', '?', '#']).next()?;
    id.starts_with("cnv_").then(|| id.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Taught;
    use crate::reply::Answer;
    use serde_json::Value;

    fn answered(status: u16, location: Option<&str>) -> Reply {
        let location = location.map(str::to_owned);
        Reply::Answered(Answer { status, taught: Taught::default(), location, body: Value::Null })
    }

    #[test]
    fn b31_every_answer_has_one_meaning() {
        use Nature::{Comment, Contact, Import, Read, Set};
        let refused = |status: u16| Verdict::Park(format!("Front refused it with status {status}"));
        for (nature, status, verdict) in [
            (Import, 202, Verdict::Accepted),
            (Comment, 201, Verdict::Done),
            (Comment, 202, Verdict::Done),
            (Set, 204, Verdict::Done),
            (Contact, 201, Verdict::Done),
            (Read, 200, Verdict::Done),
            (Read, 404, Verdict::Absent),
            (Import, 404, refused(404)),
            (Import, 400, refused(400)),
            (Comment, 422, refused(422)),
            (Contact, 409, refused(409)),
            (Import, 401, Verdict::Stop(Stop::Unauthorised)),
            (Read, 403, Verdict::Stop(Stop::Forbidden)),
            (Import, 408, Verdict::InDoubt),
            (Import, 429, Verdict::Slower),
            (Read, 429, Verdict::Slower),
            (Import, 500, Verdict::InDoubt),
            (Comment, 503, Verdict::InDoubt),
            (Contact, 502, Verdict::InDoubt),
            (Read, 504, Verdict::Retry),
        ] {
            assert_eq!(judge(nature, &answered(status, None)), verdict, "{nature:?} {status}");
        }
    }

    #[test]
    fn b31_an_answer_that_means_nothing_waits_for_a_person() {
        for status in [100, 304, 600] {
            let sentence = format!("Front answered with status {status}, which means nothing here");
            let verdict = judge(Nature::Read, &answered(status, None));
            assert_eq!(verdict, Verdict::Park(sentence));
        }
    }

    #[test]
    fn trouble_is_what_no_answer_came_for_and_what_front_could_not_do() {
        for (reply, trouble) in [
            (Reply::NotSent(Trouble::Connect), true),
            (Reply::NotSent(Trouble::Late), false),
            (Reply::Unanswered(Trouble::Timeout), true),
            (Reply::Unanswered(Trouble::Broken), true),
            (answered(200, None), false),
            (answered(429, None), false),
            (answered(499, None), false),
            (answered(500, None), true),
            (answered(503, None), true),
        ] {
            assert_eq!(is_failure(&reply), trouble, "{reply:?}");
        }
    }

    #[test]
    fn b31_only_what_never_left_is_simply_sent_again() {
        for (reply, verdict) in [
            (Reply::NotSent(Trouble::Connect), Verdict::Retry),
            (Reply::NotSent(Trouble::Late), Verdict::Retry),
            (Reply::Unanswered(Trouble::Timeout), Verdict::InDoubt),
            (Reply::Unanswered(Trouble::Broken), Verdict::InDoubt),
        ] {
            assert_eq!(judge(Nature::Import, &reply), verdict);
            assert_eq!(judge(Nature::Comment, &reply), verdict);
            assert_eq!(judge(Nature::Read, &reply), Verdict::Retry);
        }
    }

    #[test]
    fn b03_a_301_names_the_survivor_and_no_host() {
        for (location, verdict) in [
            (
                Some("https://elsewhere.example/conversations/cnv_9"),
                Verdict::Redirected("cnv_9".into()),
            ),
            (Some("/conversations/cnv_9/comments?x=1"), Verdict::Redirected("cnv_9".into())),
            (
                Some("/contacts/crd_1"),
                Verdict::Park("Front redirects (301) to no conversation".into()),
            ),
            (None, Verdict::Park("Front redirects (301) to no conversation".into())),
        ] {
            assert_eq!(judge(Nature::Comment, &answered(301, location)), verdict);
        }
        for status in [302, 307, 308] {
            let answer = answered(status, Some("/conversations/cnv_9"));
            let survivor = Verdict::Redirected("cnv_9".into());
            assert_eq!(judge(Nature::Read, &answer), survivor, "{status}");
        }
    }
}
