//! The endpoints, one file for each kind of resource.

mod contacts;
mod conversations;
mod directory;
mod events;
mod imports;
mod messages;
mod page;

pub(super) use contacts::{
    add_handle, contact, contact_conversations, contacts, create_contact, delete_handle,
    merge_contacts, update_contact,
};
pub(super) use conversations::{
    add_comment, add_tags, comment, conversation, conversation_comments, conversation_inboxes,
    conversation_messages, conversations, inbox_conversations, remove_tags, search, set_assignee,
    update_comment, update_conversation,
};
pub(super) use directory::{
    channel, channels, create_tag, inbox, inbox_channels, inbox_teammates, inboxes, me, rules, tag,
    tags, teammate, teammates,
};
pub(super) use events::{conversation_events, event, events};
pub(super) use imports::import_message;
pub(super) use messages::message;
