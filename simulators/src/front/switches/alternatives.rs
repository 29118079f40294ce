//! The other answers: every switch at every value that is not the default, for callers that must
//! not depend on one.

use super::{
    BodyShown, CommentSource, ConversationSubject, DuplicateImport, DuplicateStatus, EqualTimes,
    ExternalIdScope, LimitWindow, LostImportRepeat, MoveTarget, RuleSubject, Switches,
    UnknownConversation, UnknownFields, WebhookTypeNames,
};

impl Switches {
    /// The default with one answer changed, for each other answer, with a name to print.
    pub fn alternatives() -> Vec<(&'static str, Self)> {
        let mut all = Self::about_imports();
        all.extend(Self::about_the_rest());
        all
    }

    /// Every answer other than the default at once; of several others the last one.
    pub fn all_other() -> Self {
        let mut other = serde_json::to_value(Self::default()).expect("switches are plain values");
        let default = other.clone();
        for (_, alternative) in Self::alternatives() {
            let changed = serde_json::to_value(alternative).expect("switches are plain values");
            for (field, value) in changed.as_object().into_iter().flatten() {
                if default[field] != *value {
                    other[field] = value.clone();
                }
            }
        }
        serde_json::from_value(other).expect("made of switches")
    }

    fn about_imports() -> Vec<(&'static str, Self)> {
        let same = Self::default;
        let duplicate = |duplicate_import| Self { duplicate_import, ..same() };
        let subject = |conversation_subject| Self { conversation_subject, ..same() };
        let lost = UnknownConversation::LostLater;
        vec![
            ("duplicates get another uid", duplicate(DuplicateImport::NewUidResolves)),
            ("duplicates get a uid of nothing", duplicate(DuplicateImport::NewUidNeverResolves)),
            ("duplicates are refused with 400", duplicate(DuplicateImport::Refused400)),
            ("duplicates are refused with 409", duplicate(DuplicateImport::Refused409)),
            (
                "external ids are unique within an inbox",
                Self { external_id_scope: ExternalIdScope::Inbox, ..same() },
            ),
            (
                "lost imports stay lost",
                Self { lost_import_repeat: LostImportRepeat::Ignored, ..same() },
            ),
            ("imports do not reopen", Self { import_reopens_archived: false, ..same() }),
            ("later imports archive", Self { later_import_archives_open: true, ..same() }),
            ("the first subject shows", subject(ConversationSubject::First)),
            ("the reopening subject shows", subject(ConversationSubject::LatestWhenReopened)),
            ("custom makes a second contact", Self { custom_type_links_phone: false, ..same() }),
            ("imports add their inbox", Self { import_adds_inbox: true, ..same() }),
            ("references end at the inbox", Self { thread_ref_across_inboxes: false, ..same() }),
            ("imports fire no rules", Self { imports_fire_rules: false, ..same() }),
            ("imports leave events", Self { imports_emit_events: true, ..same() }),
            ("unknown conversations lose imports", Self { unknown_conversation: lost, ..same() }),
            ("imports follow no merge", Self { import_follows_merge: false, ..same() }),
            (
                "imports take no teammate alias",
                Self { import_takes_teammate_alias: false, ..same() },
            ),
            ("imports are not tier 2", Self { imports_are_tier_2: false, ..same() }),
            ("imports show in any order", Self { imports_in_order: false, ..same() }),
        ]
    }

    fn about_the_rest() -> Vec<(&'static str, Self)> {
        let same = Self::default;
        let bad = DuplicateStatus::Bad400;
        vec![
            ("taken handles get 400", Self { duplicate_handle: bad, ..same() }),
            ("taken tag names get 400", Self { duplicate_tag: bad, ..same() }),
            (
                "rules read the conversation's subject",
                Self { voicemail_rule_reads: RuleSubject::Conversation, ..same() },
            ),
            (
                "unknown fields are refused",
                Self { unknown_fields: UnknownFields::Refused, ..same() },
            ),
            ("bodies show as HTML", Self { body_shown: BodyShown::Html, ..same() }),
            (
                "custom messages show their reference",
                Self { custom_message_shows_thread_ref: true, ..same() },
            ),
            ("merged contacts resolve", Self { merged_contact_resolves: true, ..same() }),
            ("comments reopen", Self { comment_reopens: true, ..same() }),
            (
                "comments come from their author",
                Self { comment_event_source: CommentSource::Author, ..same() },
            ),
            ("a move has one target", Self { move_target: MoveTarget::One, ..same() }),
            ("minutes slide", Self { limit_window: LimitWindow::Sliding, ..same() }),
            (
                "equal times show the newest first",
                Self { equal_times: EqualTimes::NewestFirst, ..same() },
            ),
            (
                "webhooks have short names",
                Self { webhook_type_names: WebhookTypeNames::Short, ..same() },
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_has_an_alternative() {
        let plain = |switches: Switches| serde_json::to_value(switches).unwrap();
        let (default, other) = (plain(Switches::default()), plain(Switches::all_other()));
        for (field, value) in default.as_object().unwrap() {
            assert_ne!(&other[field], value, "{field}");
        }
    }

    #[test]
    fn an_alternative_changes_one_answer() {
        let plain = |switches: Switches| serde_json::to_value(switches).unwrap();
        let default = plain(Switches::default());
        for (name, alternative) in Switches::alternatives() {
            let changed = plain(alternative);
            let fields = default.as_object().unwrap();
            let count = fields.iter().filter(|(field, value)| changed[*field] != **value).count();
            assert_eq!(count, 1, "{name}");
        }
    }
}
