//! What the conversation's header may show as its subject.

use super::config::{HeaderSubject, ModelConfig};
use super::subjects::Subjects;
use crate::aircall::centre::{GeneratedCall, Qualification};

/// The subjects of messages that may have been the first or the last.
pub(super) fn headers(
    calls: &[&GeneratedCall],
    subjects: &Subjects,
    config: &ModelConfig,
) -> Vec<String> {
    let last = subjects.last_epoch();
    let epochs: &[usize] = match config.header {
        HeaderSubject::First => &[0],
        HeaderSubject::Latest => &[last],
        HeaderSubject::Either => &[0, last],
    };
    let mut headers = Vec::new();
    for epoch in epochs {
        let voicemail = calls.iter().zip(&subjects.calls).any(|(call, epochs)| {
            call.qualification() == Qualification::Voicemail
                && (epochs.first_epoch..=epochs.last_epoch).contains(epoch)
        });
        headers.extend(subjects.between(*epoch, *epoch));
        if voicemail {
            headers.push("Voicemail".to_owned());
        }
    }
    headers
}
