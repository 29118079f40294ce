//! What the four company rules of the article do in Front, when they are switched on: voicemails go to
//! their inbox and come back when archived there, a word in a comment sets a tag until the archive.

use super::config::{Act, Comments, ModelConfig, PersonAct};
use super::people::inbox;
use crate::aircall::centre::{GeneratedCall, Qualification};

/// Where the rule moves voicemails.
const VOICEMAILS: &str = "Voicemails";
/// The word that sets the tag of the same name.
const WORD: &str = "Test";

/// The inboxes in which the conversation may lie: one, unless a person acted while a voicemail was
/// under way.
pub(super) fn inboxes(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> Vec<String> {
    let voicemails = calls.iter().filter(|call| call.qualification() == Qualification::Voicemail);
    if !config.company_rules || voicemails.clone().count() == 0 {
        return vec![inbox(acts, config)];
    }
    // (time, a voicemail before an act of the same second, the act)
    let mut story: Vec<(i64, bool, Option<&Act>)> =
        voicemails.map(|call| (call.ended_at, false, None)).collect();
    story.extend(acts.iter().map(|act| (act.at, true, Some(&act.act))));
    story.sort_by_key(|(at, person, _)| (*at, *person));
    let mut lies_in = config.inbox.clone();
    for (_, _, act) in story {
        match act {
            None => VOICEMAILS.clone_into(&mut lies_in),
            Some(Act::Archive) if lies_in == VOICEMAILS => lies_in.clone_from(&config.inbox),
            Some(Act::Move(to)) => lies_in.clone_from(to),
            Some(Act::Archive | Act::Reopen | Act::Assign(_)) => {}
        }
    }
    let mut allowed = vec![lies_in];
    if acts.iter().any(|act| !act.settled) {
        allowed.extend([config.inbox.clone(), VOICEMAILS.to_owned()]);
    }
    allowed
}

/// The tags, where they are certain: a comment sets one only while the conversation lies in the phone
/// inbox, so not where a voicemail or a person may have moved it.
pub(super) fn tags(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> Option<Vec<String>> {
    let voicemail = |call: &&&GeneratedCall| call.qualification() == Qualification::Voicemail;
    let moved = acts.iter().any(|act| matches!(act.act, Act::Move(_)) || !act.settled);
    if !config.company_rules || moved || calls.iter().any(|call| voicemail(&call)) {
        return None;
    }
    let archives = acts.iter().filter(|act| act.act == Act::Archive);
    let last_archive = archives.map(|act| act.at).max().unwrap_or(i64::MIN);
    let shown = calls
        .iter()
        .filter(|call| config.comments == Comments::All || call.answered_at.is_some())
        .flat_map(|call| &call.comments);
    let tagged = shown.clone().any(|one| one.at > last_archive && one.text.contains(WORD));
    Some(if tagged { vec![WORD.to_owned()] } else { Vec::new() })
}
