//! The texts of activities: the defaults, written directly because most calls use them, and the
//! user's own, written by templates that were checked when the configuration was read.

mod custom;
mod defaults;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemas::{CallFacts, CallId, Piece, Text};

use crate::qualification::Qualification;
use custom::Custom;
use values::Values;

/// Why a template was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {what}")]
pub struct TemplateError {
    /// The configuration key.
    pub key: String,
    /// What is wrong with it, with the line where that is known.
    pub what: String,
}

/// The texts of activities.
#[derive(Clone, Default)]
pub struct Templates {
    custom: Option<Arc<Custom>>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("custom", &self.custom.is_some()).finish()
    }
}

/// What of the media a text can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link<'a> {
    /// Its page.
    Page(&'a str),
    /// Only that it exists (B09).
    InAircall,
}

impl Templates {
    /// The texts with the user's own in place of some. Keys as in the configuration, without
    /// `templates.`: `subject.missed`, `main.voicemail`, `duration`, ...
    ///
    /// # Errors
    /// Every template that cannot be used, each with its key.
    pub fn parse(texts: &BTreeMap<String, String>) -> Result<Templates, Vec<TemplateError>> {
        if texts.is_empty() {
            return Ok(Templates::default());
        }
        Ok(Templates { custom: Some(Arc::new(Custom::parse(texts)?)) })
    }

    /// Every key that can be set, with the default's text as a template.
    #[must_use]
    pub fn defaults() -> BTreeMap<String, String> {
        defaults::as_templates()
    }

    /// The subject of a call's own activities, when no other one sticks.
    #[must_use]
    pub fn subject(&self, qualification: Qualification, facts: &CallFacts) -> Text {
        let custom = self.custom.as_ref().and_then(|custom| {
            custom.render(&format!("subject.{}", qualification.key()), || {
                Values::of_subject(qualification, facts)
            })
        });
        custom
            .map(|text| crate::text::one_line(&text).into())
            .unwrap_or_else(|| defaults::subject(qualification, facts))
    }

    /// The subject that sticks when this call opens the conversation. A voicemail's own subject is
    /// bare, and the line is added for later calls so that they do not look like voicemails (B05).
    #[must_use]
    pub fn stored_subject(&self, qualification: Qualification, facts: &CallFacts) -> Text {
        let text = self.subject(qualification, facts);
        match &facts.line_name {
            Some(line) if qualification == Qualification::Voicemail => {
                [&text, " - ", &crate::text::one_line(line)].concat().into()
            }
            Some(_) | None => text,
        }
    }

    /// The body of a main activity.
    #[must_use]
    pub fn main(&self, call: CallId, qualification: Qualification, facts: &CallFacts) -> String {
        self.custom("main.", qualification.key(), || {
            Values::of_call(call, qualification, facts, None)
        })
        .unwrap_or_else(|| defaults::main(call, qualification, facts))
    }

    /// The body of a `compact` activity.
    #[must_use]
    pub fn compact(
        &self,
        call: CallId,
        qualification: Qualification,
        facts: &CallFacts,
        link: Option<Link<'_>>,
    ) -> String {
        self.custom("compact.", qualification.key(), || {
            Values::of_call(call, qualification, facts, link)
        })
        .unwrap_or_else(|| defaults::compact(call, qualification, facts, link))
    }

    /// The body of a duration activity.
    #[must_use]
    pub fn duration(&self, call: CallId, facts: &CallFacts) -> String {
        let qualification = Qualification::of(facts);
        self.custom("", "duration", || Values::of_call(call, qualification, facts, None))
            .unwrap_or_else(|| defaults::duration(call, facts))
    }

    /// The body of a link's activity; `piece` is the recording or the voicemail.
    #[must_use]
    pub fn link(&self, call: CallId, facts: &CallFacts, piece: Piece, link: Link<'_>) -> String {
        let key = if piece == Piece::Voicemail { "voicemail" } else { "recording" };
        let qualification = Qualification::of(facts);
        self.custom("", key, || Values::of_call(call, qualification, facts, Some(link)))
            .unwrap_or_else(|| defaults::link(call, piece, link))
    }

    /// The user's own text under `<group><name>`. The key is put together only where there is any.
    fn custom(&self, group: &str, name: &str, values: impl FnOnce() -> Values) -> Option<String> {
        self.custom.as_ref()?.render(&format!("{group}{name}"), values)
    }
}
