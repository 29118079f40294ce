//! Which subject sticks: the first call after an archive sets it, all others carry it.

use super::config::{Act, ModelConfig, PersonAct};
use super::text;
use crate::aircall::centre::{GeneratedCall, Qualification};

/// The subjects of one conversation, by epoch: the time between two archives.
pub(super) struct Subjects {
    /// Per call, in the order of the calls.
    pub(super) calls: Vec<Epochs>,
    /// Per epoch, the subjects one of which sticks in it; the most likely first.
    sticky: Vec<Vec<String>>,
}

/// The epochs in which a call may have been logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epochs {
    pub(super) first_epoch: usize,
    pub(super) last_epoch: usize,
}

impl Subjects {
    /// The last epoch in which anything was logged.
    pub(super) fn last_epoch(&self) -> usize {
        self.calls.iter().map(|call| call.last_epoch).max().unwrap_or(0)
    }

    /// What sticks in any of these epochs.
    pub(super) fn between(&self, first: usize, last: usize) -> Vec<String> {
        let mut all = Vec::new();
        for subject in self.sticky.iter().take(last + 1).skip(first).flatten() {
            if !all.contains(subject) {
                all.push(subject.clone());
            }
        }
        all
    }
}

/// `calls` by their end, `acts` of this conversation.
pub(super) fn subjects(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> Subjects {
    let of_calls: Vec<Epochs> = calls.iter().map(|call| epochs(call, acts, config)).collect();
    let last = of_calls.iter().map(|epochs| epochs.last_epoch).max().unwrap_or(0);
    let sticky = (0..=last).map(|epoch| {
        let mut subjects: Vec<String> = Vec::new();
        for call in openers(epoch, calls, &of_calls, config) {
            for subject in subjects_set_by(call, config) {
                if !subjects.contains(&subject) {
                    subjects.push(subject);
                }
            }
        }
        subjects
    });
    let sticky = sticky.collect();
    Subjects { calls: of_calls, sticky }
}

/// The archives that came before the call was logged: certainly, and possibly.
fn epochs(call: &GeneratedCall, acts: &[&PersonAct], config: &ModelConfig) -> Epochs {
    let (mut certainly, mut possibly) = (0, 0);
    for archive in acts.iter().filter(|act| act.act == Act::Archive) {
        let before = archive.at < call.ended_at;
        let reopened = acts
            .iter()
            .any(|act| act.act == Act::Reopen && archive.at <= act.at && act.at < call.ended_at);
        let logged_after = !archive.settled && archive.at <= call.ended_at + config.overtake_s;
        certainly += usize::from(before && !reopened);
        possibly += usize::from(before || logged_after);
    }
    Epochs { first_epoch: certainly, last_epoch: possibly }
}

/// The calls one of which was logged first in an epoch: those that can have been logged before all
/// that certainly belong to it.
fn openers<'a>(
    epoch: usize,
    calls: &[&'a GeneratedCall],
    of_calls: &[Epochs],
    config: &ModelConfig,
) -> Vec<&'a GeneratedCall> {
    let members: Vec<(&GeneratedCall, &Epochs)> = calls
        .iter()
        .copied()
        .zip(of_calls)
        .filter(|(_, epochs)| (epochs.first_epoch..=epochs.last_epoch).contains(&epoch))
        .collect();
    let timed = calls.iter().all(|call| config.logged_between.contains_key(&call.id));
    let logged_between = |call: &GeneratedCall| match config.logged_between.get(&call.id) {
        Some(between) if timed => *between,
        Some(_) | None => (call.ended_at, call.ended_at + config.overtake_s),
    };
    let certain = members.iter().filter(|(_, epochs)| epochs.first_epoch == epochs.last_epoch);
    let by_then = certain.map(|(call, _)| logged_between(call).1).min().unwrap_or(i64::MAX);
    let calls = members.into_iter().map(|(call, _)| call);
    calls.filter(|call| logged_between(call).0 <= by_then).collect()
}

/// What sticks when this call is the first one. After a voicemail it is `Voicemail - <line>`, so that
/// later calls do not look like voicemails themselves.
fn subjects_set_by(call: &GeneratedCall, config: &ModelConfig) -> Vec<String> {
    let own = call.qualification();
    let mut subjects = vec![text::subject(call, own)];
    if own == Qualification::Voicemail && config.late_media {
        subjects.push(text::subject(call, Qualification::Missed));
    }
    subjects
}
