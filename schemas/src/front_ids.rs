//! Front's identifiers, each its own type, so that no two can be taken for each other. In the examples of
//! Front's core API specification each is a prefix for the kind and an opaque rest (`cnv_yo1kg5q`);
//! callfold compares them and sends them back, and reads nothing out of them but the prefix.

use crate::ids::given_text_id;

given_text_id!(
    /// Front's id of a conversation, `cnv_...`: `id` of a `ConversationResponse` and the last part of a
    /// link to one. It changes when the conversation is merged into another.
    FrontConversationId
);
given_text_id!(
    /// Front's id of a message, `msg_...`: `id` of a `MessageResponse`.
    FrontMessageId
);
given_text_id!(
    /// The uid that Front answers an import with (`message_uid`): a text without a prefix, by which the
    /// message can be read (`alt:uid:...`) before its id is known.
    MessageUid
);
given_text_id!(
    /// Front's id of a comment, `com_...`: `id` of a `CommentResponse`. A comment on a call has another one,
    /// Aircall's [`crate::CommentId`].
    FrontCommentId
);
given_text_id!(
    /// Front's id of a contact, `crd_...`: `id` of a `ContactResponse`. The contact that records are keyed
    /// by is [`crate::Contact`].
    FrontContactId
);
given_text_id!(
    /// Front's id of a teammate, `tea_...`: `id` of a `TeammateResponse`. The same person's id in Aircall is
    /// an [`crate::AgentId`]; what joins the two is the e-mail.
    TeammateId
);
given_text_id!(
    /// Front's id of an inbox, `inb_...`: `id` of an `InboxResponse`. Where a person may as well have written
    /// the inbox's name it is a plain text: the configured inbox, [`crate::Attribute::Inbox`].
    InboxId
);
given_text_id!(
    /// Front's id of a tag on a conversation, `tag_...`: `id` of a `TagResponse`. A tag on a call has another
    /// one, Aircall's [`crate::TagId`].
    FrontTagId
);
