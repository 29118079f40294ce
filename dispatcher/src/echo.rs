//! Whether what Front says happened is the echo of something that we did.

use schemas::{
    Action, Attribute, Command, EffectKey, FrontChange, FrontTagId, InboxId, TeammateId, TimeMs,
};

use crate::notice::{Notice, SourceKind};
use crate::request::Resolved;

/// How far Front's clock may be from ours, both ways.
const CLOCKS_APART_MS: i64 = 5_000;
/// How long after an attempt its echo may come: an import acts when it becomes visible.
const ECHO_WITHIN_MS: i64 = 120_000;

/// One thing that an attempt changes in Front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// Archives.
    Archive,
    /// Opens.
    Reopen,
    /// Assigns; to whom, where it is still known.
    Assign(Option<TeammateId>),
    /// Unassigns.
    Unassign,
    /// Moves; where to, where it is still known.
    Move(Option<InboxId>),
    /// Puts a tag on.
    Tag(Option<FrontTagId>),
    /// Takes a tag off.
    Untag(Option<FrontTagId>),
}

/// What remains of an attempt, for its echo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Which effect.
    pub effect: EffectKey,
    /// The time of its cause.
    pub cause_at: TimeMs,
    /// When it was announced.
    pub from: TimeMs,
    /// What it changes.
    pub touches: Vec<Touch>,
}

/// The trace that an attempt of `command` leaves.
#[must_use]
pub fn trace(command: &Command, resolved: &Resolved, from: TimeMs) -> Trace {
    let touches = match &command.action {
        Action::Activity(activity) => {
            let status = if activity.is_archived { Touch::Archive } else { Touch::Reopen };
            let assigns = activity.assignee.is_some();
            let assign = assigns.then(|| Touch::Assign(resolved.assignee_id.clone()));
            [Some(status), assign].into_iter().flatten().collect()
        }
        Action::Comment(_) => vec![Touch::Reopen],
        Action::Attribute(Attribute::Assignee(Some(_))) => {
            vec![Touch::Assign(resolved.assignee_id.clone())]
        }
        Action::Attribute(Attribute::Assignee(None)) => vec![Touch::Unassign],
        Action::Attribute(Attribute::Inbox(_)) => vec![Touch::Move(resolved.inbox_id.clone())],
        Action::Attribute(Attribute::Archived(true)) => vec![Touch::Archive],
        Action::Attribute(Attribute::Archived(false)) => vec![Touch::Reopen],
        Action::Attribute(Attribute::TagOn(_)) => vec![Touch::Tag(resolved.tag_id.clone())],
        Action::Attribute(Attribute::TagOff(_)) => vec![Touch::Untag(resolved.tag_id.clone())],
        Action::Withdraw => vec![],
    };
    Trace { effect: command.effect_key.clone(), cause_at: command.cause_at, from, touches }
}

/// The newest attempt that `notice` is the echo of.
#[must_use]
pub fn of<'a>(notice: &Notice, traces: impl IntoIterator<Item = &'a Trace>) -> Option<&'a Trace> {
    if notice.source != SourceKind::Api {
        return None;
    }
    let at = notice.emitted_at.0;
    let in_time =
        |trace: &Trace| at >= trace.from.0 - CLOCKS_APART_MS && at <= trace.from.0 + ECHO_WITHIN_MS;
    traces
        .into_iter()
        .filter(|trace| in_time(trace) && trace.touches.iter().any(|it| it.causes(&notice.change)))
        .max_by_key(|trace| trace.from)
}

/// Whether what is still known of ours is what Front says; what is not known may be anything.
fn same<T: PartialEq>(ours: &Option<T>, theirs: &T) -> bool {
    ours.as_ref().is_none_or(|ours| ours == theirs)
}

impl Touch {
    fn causes(&self, change: &FrontChange) -> bool {
        match (self, change) {
            (Touch::Archive, FrontChange::Archived)
            | (Touch::Reopen, FrontChange::Reopened)
            | (Touch::Unassign, FrontChange::Unassigned) => true,
            (Touch::Assign(ours), FrontChange::Assigned { teammate_id, .. }) => {
                same(ours, teammate_id)
            }
            (Touch::Move(ours), FrontChange::Moved { inbox_id, .. }) => same(ours, inbox_id),
            (Touch::Tag(ours), FrontChange::Tagged { tag_id, .. })
            | (Touch::Untag(ours), FrontChange::Untagged { tag_id, .. }) => same(ours, tag_id),
            (
                Touch::Archive
                | Touch::Reopen
                | Touch::Unassign
                | Touch::Assign(_)
                | Touch::Move(_)
                | Touch::Tag(_)
                | Touch::Untag(_),
                _,
            ) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(source: SourceKind, change: FrontChange, at: i64) -> Notice {
        Notice {
            event_id: schemas::EventId::try_from("evt_1").unwrap(),
            conversation_id: "cnv_1".into(),
            merged_ids: vec![],
            change,
            source,
            teammate_id: None,
            emitted_at: TimeMs(at),
        }
    }

    fn assigned(to: &str) -> FrontChange {
        FrontChange::Assigned { teammate_id: to.into(), email: None }
    }

    #[test]
    fn b23_our_own_changes_are_told_from_those_of_others() {
        let trace = |name: &str, from: i64, touches: Vec<Touch>| Trace {
            effect: EffectKey::try_from(name.to_owned()).unwrap(),
            cause_at: TimeMs(1),
            from: TimeMs(from),
            touches,
        };
        let to_2 = Touch::Assign(Some("tea_2".into()));
        let traces = [
            trace("call:1:main", 100_000, vec![Touch::Reopen, to_2.clone()]),
            trace("call:2:main", 150_000, vec![Touch::Reopen]),
            trace("conversation:assignee", 300_000, vec![Touch::Assign(None)]),
        ];
        for (source, change, at, effect) in [
            (SourceKind::Api, assigned("tea_2"), 104_000, Some("call:1:main")),
            (SourceKind::Api, assigned("tea_3"), 104_000, None),
            (SourceKind::Api, assigned("tea_3"), 301_000, Some("conversation:assignee")),
            (SourceKind::Teammate, assigned("tea_2"), 104_000, None),
            (SourceKind::Rule, FrontChange::Reopened, 104_000, None),
            (SourceKind::Api, FrontChange::Reopened, 104_000, Some("call:1:main")),
            (SourceKind::Api, FrontChange::Reopened, 151_000, Some("call:2:main")),
            (SourceKind::Api, FrontChange::Reopened, 90_000, None),
            (SourceKind::Api, FrontChange::Reopened, 271_000, None),
            (SourceKind::Api, FrontChange::Archived, 104_000, None),
        ] {
            let notice = notice(source, change.clone(), at);
            let found = of(&notice, &traces).map(|trace| trace.effect.as_str());
            assert_eq!(found, effect, "{source:?} {change:?} {at}");
        }
    }
}
