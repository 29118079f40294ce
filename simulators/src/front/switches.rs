//! What Front's documentation leaves open: one field for each question that a caller of the import
//! endpoint meets, so that callers can be proved under every answer.

mod alternatives;

use serde::{Deserialize, Serialize};

/// The answers that this Front gives to questions that its documentation leaves open.
///
/// The defaults are the answers that Front's own words make most likely; a test that claims to be
/// independent of an answer runs with [`Switches::alternatives`] as well. UNCONFIRMED marks what
/// no public source answers, in the words of the question; a live test is one that only a real
/// account can answer, by its number in the list of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// What a second import with a known `external_id` is answered. The specification promises only
    /// that it is not imported again. UNCONFIRMED: "what a duplicate answers", live tests 1 and 2.
    pub duplicate_import: DuplicateImport,
    /// Within what an `external_id` is unique. UNCONFIRMED: "scope of `external_id` uniqueness",
    /// live test 1.
    pub external_id_scope: ExternalIdScope,
    /// Whether Front imports a repeat of what it accepted and lost. UNCONFIRMED: "resend with the same
    /// `external_id` after a lost import".
    pub lost_import_repeat: LostImportRepeat,
    /// Whether an import with `is_archived: false` reopens the archived conversation that it joins.
    /// UNCONFIRMED: live test 4.
    pub import_reopens_archived: bool,
    /// Whether an import with `is_archived: true` archives the open conversation that it joins.
    /// UNCONFIRMED: "determines if message is archived after import" says nothing of a
    /// conversation that was open.
    pub later_import_archives_open: bool,
    /// Whose subject the conversation shows. UNCONFIRMED: live test 3.
    pub conversation_subject: ConversationSubject,
    /// What `POST /contacts` and `POST /contacts/{id}/handles` answer for a handle that another
    /// contact has. UNCONFIRMED: live test 10.
    pub duplicate_handle: DuplicateStatus,
    /// What `POST /company/tags` answers for a name that is taken. UNCONFIRMED: live test 10.
    pub duplicate_tag: DuplicateStatus,
    /// Whether a message of type `custom` finds the contact by its phone handle; if not, only
    /// by a handle of source `custom`, and a second contact appears where there is none.
    /// UNCONFIRMED: live test 6.
    pub custom_type_links_phone: bool,
    /// Whether an import with `conversation_id` through another inbox adds that inbox to the
    /// conversation. UNCONFIRMED: live test 5.
    pub import_adds_inbox: bool,
    /// Whether a `thread_ref` finds a conversation that lies in another inbox. UNCONFIRMED:
    /// "whether `thread_ref` matches across inboxes".
    pub thread_ref_across_inboxes: bool,
    /// Whether an import with `should_skip_rules: false` fires company rules. UNCONFIRMED: live
    /// test 7.
    pub imports_fire_rules: bool,
    /// Which subject a rule's subject condition reads. UNCONFIRMED: whether it is the message's or
    /// the conversation's.
    pub voicemail_rule_reads: RuleSubject,
    /// Whether imports leave events (and application webhooks). UNCONFIRMED: live test 8.
    pub imports_emit_events: bool,
    /// What an import into an unknown or deleted `conversation_id` is answered. UNCONFIRMED:
    /// "whether an unknown/merged `conversation_id` fails at 202 time or silently later".
    pub unknown_conversation: UnknownConversation,
    /// Whether a `conversation_id` that was merged away leads to the survivor; if not it counts
    /// as unknown. UNCONFIRMED: as the row above.
    pub import_follows_merge: bool,
    /// Whether `sender.author_id` and `assignee_id` of an import take `alt:email:` aliases; if not
    /// they are refused with 400. UNCONFIRMED: live test 15.
    pub import_takes_teammate_alias: bool,
    /// What happens to body fields that the specification does not have. UNCONFIRMED: "unknown body
    /// fields seem to be ignored".
    pub unknown_fields: UnknownFields,
    /// How the body of a message that is no e-mail is shown when read. UNCONFIRMED: "how body renders
    /// for non-email types".
    pub body_shown: BodyShown,
    /// Whether a custom message shows its `thread_ref` when read. UNCONFIRMED: "whether an import
    /// of `type:custom` shows its thread_ref".
    pub custom_message_shows_thread_ref: bool,
    /// Whether the id of a contact that was merged away still leads to the survivor; if not: 404.
    /// UNCONFIRMED: "old `crd_` ids stop resolving".
    pub merged_contact_resolves: bool,
    /// Whether a comment reopens an archived conversation. The help centre says that new activity
    /// does; UNCONFIRMED for comments through the API.
    pub comment_reopens: bool,
    /// Who the source of the `comment` event is when the API comments for a teammate.
    /// UNCONFIRMED: the specification lists both kinds of source and not which one applies.
    pub comment_event_source: CommentSource,
    /// Whether the target of a `move` event is one inbox or a list. UNCONFIRMED: the specification
    /// names the target `inboxes` and shows one inbox.
    pub move_target: MoveTarget,
    /// Whether imports count against the limit of 5 per resource and second, by inbox.
    /// UNCONFIRMED: "imports: no published special limit", "exact full list of tier-2 routes".
    pub imports_are_tier_2: bool,
    /// How the minute of the company's limit is counted. UNCONFIRMED: the page names the headers,
    /// not the window.
    pub limit_window: LimitWindow,
    /// Whether imports of one thread become visible in the order of their acceptance. UNCONFIRMED:
    /// nothing is written about it.
    pub imports_in_order: bool,
    /// How messages with the same `created_at` are ordered. UNCONFIRMED: live test 11.
    pub equal_times: EqualTimes,
    /// How application webhooks name their `type`. UNCONFIRMED: two public transcriptions conflict.
    pub webhook_type_names: WebhookTypeNames,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            duplicate_import: DuplicateImport::SameUid,
            external_id_scope: ExternalIdScope::Company,
            lost_import_repeat: LostImportRepeat::Imported,
            import_reopens_archived: true,
            later_import_archives_open: false,
            conversation_subject: ConversationSubject::Latest,
            duplicate_handle: DuplicateStatus::Conflict409,
            duplicate_tag: DuplicateStatus::Conflict409,
            custom_type_links_phone: true,
            import_adds_inbox: false,
            thread_ref_across_inboxes: true,
            imports_fire_rules: true,
            voicemail_rule_reads: RuleSubject::Message,
            imports_emit_events: false,
            unknown_conversation: UnknownConversation::Refused,
            import_follows_merge: true,
            import_takes_teammate_alias: true,
            unknown_fields: UnknownFields::Ignored,
            body_shown: BodyShown::AsSent,
            custom_message_shows_thread_ref: false,
            merged_contact_resolves: false,
            comment_reopens: false,
            comment_event_source: CommentSource::Api,
            move_target: MoveTarget::List,
            imports_are_tier_2: true,
            limit_window: LimitWindow::Fixed,
            imports_in_order: true,
            equal_times: EqualTimes::ByArrival,
            webhook_type_names: WebhookTypeNames::Long,
        }
    }
}

/// The answer to an import whose `external_id` is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateImport {
    /// 202 with the uid of the first import.
    SameUid,
    /// 202 with another uid, under which the first message is found.
    NewUidResolves,
    /// 202 with another uid, under which nothing is ever found.
    NewUidNeverResolves,
    /// 400.
    Refused400,
    /// 409.
    Refused409,
}

/// Within what an `external_id` is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExternalIdScope {
    /// In the whole company.
    Company,
    /// In the inbox that the import names.
    Inbox,
}

/// What becomes of a repeat of an import that Front accepted and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostImportRepeat {
    /// It is imported: the first one never was.
    Imported,
    /// It is answered as every known `external_id`, and never shown.
    Ignored,
}

/// Which message's subject the conversation's header shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationSubject {
    /// That of its first message, for ever.
    First,
    /// That of the message with the newest `created_at`.
    Latest,
    /// That of the first message since it was last reopened by an import.
    LatestWhenReopened,
}

/// The status of a refusal because of a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateStatus {
    /// 409.
    Conflict409,
    /// 400.
    Bad400,
}

/// Which subject a rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSubject {
    /// The new message's.
    Message,
    /// The conversation's, after the message has joined it.
    Conversation,
}

/// The answer to an import into a conversation that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownConversation {
    /// 404 at once.
    Refused,
    /// 202, and the message never appears.
    LostLater,
}

/// What happens to body fields that the specification does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// They change nothing.
    Ignored,
    /// 400.
    Refused,
}

/// How a body is shown to whoever reads the message through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyShown {
    /// As it was sent, as body and as text.
    AsSent,
    /// As HTML, and without a text.
    Html,
}

/// The source of the event that a comment through the API leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentSource {
    /// `api`.
    Api,
    /// `teammate`, the author.
    Author,
}

/// The data of the target of a `move` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveTarget {
    /// The inbox.
    One,
    /// A list of inboxes.
    List,
}

/// How the company's limit counts a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitWindow {
    /// Minutes that begin with the first request after the last one ended.
    Fixed,
    /// The last 60 seconds at every moment.
    Sliding,
}

/// How messages of the same second are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EqualTimes {
    /// As they became visible.
    ByArrival,
    /// The one that became visible last comes first.
    NewestFirst,
}

/// How a webhook names what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookTypeNames {
    /// `conversation_archived`, `inbound_received`, ...
    Long,
    /// `archive`, `inbound`, ...: the event's own type.
    Short,
}
