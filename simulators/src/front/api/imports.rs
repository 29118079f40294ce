//! `POST /inboxes/{inbox_id}/imported_messages`: accepted, or recognised, or refused.

use serde::Deserialize;
use serde_json::json;

use super::super::call::Call;
use super::super::imports::PendingImport;
use super::super::reply::{Refusal, Reply};
use super::super::switches::{
    DuplicateImport, ExternalIdScope, LostImportRepeat, UnknownConversation,
};
use super::super::world::{Message, Stage, World};
use super::conversations::known_teammate;
use super::directory::known_inbox;

#[derive(Deserialize)]
struct Import {
    sender: Sender,
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
    #[serde(default)]
    subject: String,
    body: String,
    external_id: String,
    created_at: i64,
    #[serde(rename = "type", default = "email")]
    kind: String,
    assignee_id: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    conversation_id: Option<String>,
    body_format: Option<String>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Sender {
    handle: String,
    name: Option<String>,
    author_id: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    is_inbound: bool,
    thread_ref: Option<String>,
    #[serde(default = "yes")]
    is_archived: bool,
    #[serde(default = "yes")]
    should_skip_rules: bool,
}

fn email() -> String {
    "email".to_owned()
}

fn yes() -> bool {
    true
}

/// Every field of the body.
const FIELDS: [&str; 15] = [
    "sender",
    "to",
    "cc",
    "bcc",
    "subject",
    "body",
    "body_format",
    "external_id",
    "created_at",
    "type",
    "assignee_id",
    "tags",
    "conversation_id",
    "metadata",
    "attachments",
];

pub(in super::super) fn import_message(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let inbox = known_inbox(world, call.id())?;
    let body: Import = call.body(world, &FIELDS)?;
    check(&body)?;
    let external_id = body.external_id.clone();
    let scope = match world.config.switches.external_id_scope {
        ExternalIdScope::Company => external_id.clone(),
        ExternalIdScope::Inbox => format!("{} {external_id}", call.id()),
    };
    let again = world.config.switches.lost_import_repeat == LostImportRepeat::Imported
        && world.lost_ids.remove(&scope);
    if let Some(first) = world.external_ids.get(&scope).cloned().filter(|_| !again) {
        return Ok(repeated(world, first, external_id));
    }
    let mut import = pending(world, inbox, body)?;
    if world.imports_to_lose > 0 {
        world.imports_to_lose -= 1;
        import.lost = true;
    }
    if import.lost {
        world.lost_ids.insert(scope.clone());
    }
    let uid = import.uid.clone();
    world.external_ids.insert(scope, uid.clone());
    world.accept_import(import, call.now_ms);
    let accepted = json!({"status": "accepted", "message_uid": uid});
    Ok(Reply { external_id: Some(external_id), ..Reply::written(202, accepted) })
}

fn check(body: &Import) -> Result<(), Refusal> {
    let mut details = Vec::new();
    if body.external_id.is_empty() {
        details.push("body.external_id: empty".to_owned());
    }
    if body.sender.handle.is_empty() {
        details.push("body.sender.handle: empty".to_owned());
    }
    if !["email", "sms", "intercom", "custom"].contains(&body.kind.as_str()) {
        details.push("body.type: email, sms, intercom or custom".to_owned());
    }
    if body.body_format.is_some() && body.kind != "email" {
        details.push("body.body_format: only for type email".to_owned());
    }
    if details.is_empty() { Ok(()) } else { Err(Refusal::Invalid(details)) }
}

fn repeated(world: &mut World, first: String, external_id: String) -> Reply {
    let accepted = |uid: String| {
        let body = json!({"status": "accepted", "message_uid": uid});
        Reply { status: 202, ..Reply::read(body) }
    };
    let refusal = "external_id: already imported";
    let reply = match world.config.switches.duplicate_import {
        DuplicateImport::SameUid => accepted(first),
        DuplicateImport::NewUidResolves => {
            let uid = world.next_uid();
            world.uid_aliases.insert(uid.clone(), first);
            accepted(uid)
        }
        DuplicateImport::NewUidNeverResolves => accepted(world.next_uid()),
        DuplicateImport::Refused400 => Refusal::invalid(refusal).into(),
        DuplicateImport::Refused409 => Refusal::Conflict(refusal.to_owned()).into(),
    };
    Reply { external_id: Some(external_id), was_duplicate: true, ..reply }
}

fn pending(world: &mut World, inbox: usize, body: Import) -> Result<PendingImport, Refusal> {
    let author = match (&body.sender.author_id, body.metadata.is_inbound) {
        (Some(id), false) => Some(import_teammate(world, id)?),
        (Some(_), true) | (None, _) => None,
    };
    let assignee = body.assignee_id.as_deref().map(|id| import_teammate(world, id)).transpose()?;
    let conversation = body.conversation_id.as_deref().map(|id| target(world, id)).transpose()?;
    let uid = world.next_uid();
    Ok(PendingImport {
        uid: uid.clone(),
        inbox,
        lost: conversation == Some(None),
        conversation: conversation.flatten(),
        thread_ref: body.metadata.thread_ref.clone(),
        assignee,
        tags: body.tags,
        is_archived: body.metadata.is_archived,
        fires_rules: !body.metadata.should_skip_rules && world.config.switches.imports_fire_rules,
        message: Message {
            id: String::new(),
            uid,
            conversation: 0,
            external_id: body.external_id,
            thread_ref: body.metadata.thread_ref,
            kind: body.kind,
            inbound: body.metadata.is_inbound,
            author,
            sender: body.sender.handle,
            sender_name: body.sender.name,
            to: body.to,
            cc: body.cc,
            bcc: body.bcc,
            subject: body.subject,
            body: body.body,
            created_s: body.created_at,
        },
    })
}

/// The conversation that an import names: none when it is accepted only to be lost.
fn target(world: &World, id: &str) -> Result<Option<usize>, Refusal> {
    let found = world.conversation(id).filter(|index| {
        let conversation = &world.conversations[*index];
        let merged = conversation.merged_into.is_some();
        conversation.stage != Stage::Deleted
            && (!merged || world.config.switches.import_follows_merge)
    });
    match (found, world.config.switches.unknown_conversation) {
        (Some(index), _) => Ok(Some(index)),
        (None, UnknownConversation::Refused) => Err(Refusal::unknown("conversation", id)),
        (None, UnknownConversation::LostLater) => Ok(None),
    }
}

fn import_teammate(world: &World, id: &str) -> Result<usize, Refusal> {
    if id.starts_with("alt:") && !world.config.switches.import_takes_teammate_alias {
        return Err(Refusal::invalid("body: teammate ID expected, not an alias"));
    }
    known_teammate(world, id)
}
