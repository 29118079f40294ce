//! What is asked of Front, as values: method, path and JSON body of every request that is ever sent.
//! Facts: Front's core API specification, `ImportMessage`, `CreateComment`, `CreateContact`,
//! `UpdateConversation`, and <https://dev.frontapp.com/docs/resource-aliases-1>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemas::{
    Activity, Attribute, Command, Contact, EventId, FrontContactId, FrontConversationId,
    FrontTagId, InboxId, MessageUid, TeammateId, Thread,
};
use serde_json::{Map, Value, json};

use crate::budget::Resource;
use crate::verdict::Nature;

/// What a path segment may hold as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Sets.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct FrontRequest {
    /// The HTTP method.
    pub method: Method,
    /// Path and query, encoded.
    pub path: String,
    /// The JSON body. Kept as text: a repeat is the same bytes.
    pub body: Option<String>,
    /// The resource whose limit it counts against.
    pub resource: Option<Resource>,
    /// What kind it is.
    pub nature: Nature,
    /// The scope that Front asks for it.
    pub scope: &'static str,
}

impl std::fmt::Debug for FrontRequest {
    /// Without path and body: they contain numbers and names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FrontRequest({:?} {:?})", self.method, self.nature)
    }
}

/// The Front side of what a command names: ids instead of e-mails and names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// `inb_...`: the inbox to import through, or to move to.
    pub inbox_id: Option<InboxId>,
    /// `tea_...` of the author.
    pub author_id: Option<TeammateId>,
    /// `tea_...` of the assignee.
    pub assignee_id: Option<TeammateId>,
    /// `tag_...`
    pub tag_id: Option<FrontTagId>,
    /// The external id of an earlier attempt; none where there was none. See [`kept_external_id`].
    pub external_id: Option<String>,
}

/// The id by which Front recognises a repeated import. The contact is part of it: when Aircall corrects
/// a call's number, the call belongs to another contact, and what its conversation gets is no repeat of
/// what the wrong one got.
#[must_use]
pub fn external_id(command: &Command, generation: i32) -> String {
    let (contact, effect) = (command.contact.as_str(), &command.effect_key);
    format!("callfold:{contact}:{effect}{}", of_generation(generation))
}

/// The external id of an import that was tried before, if it is of this generation of the thread: what
/// was tried under one id is never tried under another, whatever version made the first attempt.
/// (The first version left the contact out.)
#[must_use]
pub fn kept_external_id(body: &str, generation: i32) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let id = body["external_id"].as_str()?;
    id.ends_with(&of_generation(generation)).then(|| id.to_owned())
}

/// The reference by which Front threads imports until the conversation's id is known.
#[must_use]
pub fn thread_ref(contact: &Contact, generation: i32) -> String {
    format!("callfold:{}{}", contact.as_str(), of_generation(generation))
}

fn of_generation(generation: i32) -> String {
    if generation >= 2 { format!(":g{generation}") } else { String::new() }
}

/// An import; none when no inbox is known to import through.
#[must_use]
pub fn import(
    command: &Command,
    activity: &Activity,
    thread: &Thread,
    resolved: &Resolved,
    message_type: &str,
) -> Option<FrontRequest> {
    let inbox_id = resolved.inbox_id.as_ref()?;
    let mut metadata = json!({
        "is_inbound": activity.inbound,
        "is_archived": activity.is_archived,
        "should_skip_rules": false,
    });
    let mut sender = Map::new();
    let to = if activity.inbound {
        sender.insert("handle".into(), json!(activity.customer.handle));
        if let Some(name) = &activity.customer.name {
            sender.insert("name".into(), json!(name));
        }
        &activity.line_handle
    } else {
        sender.insert("handle".into(), json!(activity.line_handle));
        if let Some(author_id) = &resolved.author_id {
            sender.insert("author_id".into(), json!(author_id));
        }
        &activity.customer.handle
    };
    let mut body = json!({
        "sender": sender,
        "to": [to],
        "subject": activity.subject,
        "body": activity.body,
        "external_id": resolved
            .external_id
            .clone()
            .unwrap_or_else(|| external_id(command, thread.generation)),
        "created_at": activity.shown_at.seconds(),
        "type": message_type,
    });
    match &thread.conversation_id {
        Some(conversation_id) => body["conversation_id"] = json!(conversation_id),
        None => metadata["thread_ref"] = json!(thread_ref(&thread.contact, thread.generation)),
    }
    if let Some(assignee_id) = &resolved.assignee_id {
        body["assignee_id"] = json!(assignee_id);
    }
    body["metadata"] = metadata;
    Some(FrontRequest {
        method: Method::Post,
        path: format!("/inboxes/{}/imported_messages", encoded(inbox_id.as_str())),
        body: Some(body.to_string()),
        resource: Some(inbox_resource(inbox_id)),
        nature: Nature::Import,
        scope: "messages:write",
    })
}

/// An import once more, byte for byte.
#[must_use]
pub fn repeated_import(path: String, body: String) -> FrontRequest {
    let inbox_id = InboxId::from(path.split('/').nth(2).unwrap_or_default());
    FrontRequest {
        method: Method::Post,
        resource: Some(inbox_resource(&inbox_id)),
        path,
        body: Some(body),
        nature: Nature::Import,
        scope: "messages:write",
    }
}

/// A comment.
#[must_use]
pub fn comment(
    conversation_id: &FrontConversationId,
    text: &str,
    author_id: Option<&TeammateId>,
) -> FrontRequest {
    let mut body = json!({ "body": text });
    if let Some(author_id) = author_id {
        body["author_id"] = json!(author_id);
    }
    FrontRequest {
        method: Method::Post,
        path: format!("/conversations/{}/comments", encoded(conversation_id.as_str())),
        body: Some(body.to_string()),
        resource: Some(conversation_resource(conversation_id)),
        nature: Nature::Comment,
        scope: "comments:write",
    }
}

/// A change of an attribute; none when something that it names has no id in Front.
#[must_use]
pub fn attribute(
    conversation_id: &FrontConversationId,
    attribute: &Attribute,
    resolved: &Resolved,
) -> Option<FrontRequest> {
    let own = format!("/conversations/{}", encoded(conversation_id.as_str()));
    let status = |archived: bool| if archived { "archived" } else { "open" };
    let tags = || resolved.tag_id.as_ref().map(|tag_id| json!({ "tag_ids": [tag_id] }));
    let (method, path, body) = match attribute {
        Attribute::Assignee(Some(_)) => {
            let assignee_id = resolved.assignee_id.as_ref()?;
            (Method::Put, format!("{own}/assignee"), json!({ "assignee_id": assignee_id }))
        }
        Attribute::Assignee(None) => {
            (Method::Put, format!("{own}/assignee"), json!({ "assignee_id": null }))
        }
        Attribute::Inbox(_) => {
            (Method::Patch, own, json!({ "inbox_id": resolved.inbox_id.as_ref()? }))
        }
        Attribute::Archived(archived) => {
            (Method::Patch, own, json!({ "status": status(*archived) }))
        }
        Attribute::TagOn(_) => (Method::Post, format!("{own}/tags"), tags()?),
        Attribute::TagOff(_) => (Method::Delete, format!("{own}/tags"), tags()?),
    };
    Some(FrontRequest {
        method,
        path,
        body: Some(body.to_string()),
        resource: Some(conversation_resource(conversation_id)),
        nature: Nature::Set,
        scope: "conversations:write",
    })
}

/// `alt:phone:` or `alt:custom:` of a contact.
fn alias(contact: &Contact) -> String {
    let source = if contact.e164().is_some() { "phone" } else { "custom" };
    encoded(&format!("alt:{source}:{}", contact.as_str()))
}

/// Looks a contact up by its handle.
#[must_use]
pub fn contact(contact: &Contact) -> FrontRequest {
    read(format!("/contacts/{}", alias(contact)), "contacts:read")
}

/// Looks a contact up by its custom handle, which an imported message may have made.
#[must_use]
pub fn contact_by_custom(contact: &Contact) -> FrontRequest {
    let alias = encoded(&format!("alt:custom:{}", contact.as_str()));
    read(format!("/contacts/{alias}"), "contacts:read")
}

/// Creates a contact with both handles: which of them an imported message finds is not documented.
#[must_use]
pub fn create_contact(contact: &Contact, name: &str) -> FrontRequest {
    let handle = |source: &str| json!({ "handle": contact.as_str(), "source": source });
    let handles = match contact.e164() {
        Some(_) => vec![handle("phone"), handle("custom")],
        None => vec![handle("custom")],
    };
    let body = json!({ "handles": handles, "name": name });
    write_contact("/contacts".to_owned(), &body)
}

/// Gives a contact that has only one of the two handles the other one too.
#[must_use]
pub fn add_handle(contact: &Contact, contact_id: &FrontContactId, source: &str) -> FrontRequest {
    let body = json!({ "handle": contact.as_str(), "source": source });
    write_contact(format!("/contacts/{}/handles", encoded(contact_id.as_str())), &body)
}

fn write_contact(path: String, body: &Value) -> FrontRequest {
    FrontRequest {
        method: Method::Post,
        path,
        body: Some(body.to_string()),
        resource: None,
        nature: Nature::Contact,
        scope: "contacts:write",
    }
}

/// The conversations of a contact.
#[must_use]
pub fn conversations_of(contact_id: &FrontContactId) -> FrontRequest {
    read(
        format!("/contacts/{}/conversations?limit=25", encoded(contact_id.as_str())),
        "conversations:read",
    )
}

/// A message by the uid that an import was answered with.
#[must_use]
pub fn message_by_uid(uid: &MessageUid) -> FrontRequest {
    read(format!("/messages/{}", encoded(&format!("alt:uid:{uid}"))), "messages:read")
}

/// The newest messages of a conversation.
#[must_use]
pub fn messages(conversation_id: &FrontConversationId) -> FrontRequest {
    let path = format!("/conversations/{}/messages?limit=100", encoded(conversation_id.as_str()));
    read(path, "messages:read")
}

/// The comments of a conversation, newest first.
#[must_use]
pub fn comments(conversation_id: &FrontConversationId) -> FrontRequest {
    read(format!("/conversations/{}/comments", encoded(conversation_id.as_str())), "comments:read")
}

/// A conversation.
#[must_use]
pub fn conversation(conversation_id: &FrontConversationId) -> FrontRequest {
    read(format!("/conversations/{}", encoded(conversation_id.as_str())), "conversations:read")
}

/// Whose token it is. Any token may ask that.
#[must_use]
pub fn me() -> FrontRequest {
    read("/me".to_owned(), "")
}

/// All inboxes that the token sees.
#[must_use]
pub fn inboxes() -> FrontRequest {
    read("/inboxes".to_owned(), "inboxes:read")
}

/// All teammates.
#[must_use]
pub fn teammates() -> FrontRequest {
    read("/teammates".to_owned(), "teammates:read")
}

/// A teammate by e-mail.
#[must_use]
pub fn teammate(email: &str) -> FrontRequest {
    read(format!("/teammates/{}", encoded(&format!("alt:email:{email}"))), "teammates:read")
}

/// All tags.
#[must_use]
pub fn tags() -> FrontRequest {
    read("/tags?limit=100".to_owned(), "tags:read")
}

/// One event, whole.
#[must_use]
pub fn event(event_id: &EventId) -> FrontRequest {
    read(format!("/events/{}", encoded(&event_id.to_string())), "events:*:read")
}

/// Events of these types between two times (Unix milliseconds), newest first; Front gives 15 at most.
#[must_use]
pub fn events(types: &[&str], after_ms: i64, before_ms: i64) -> FrontRequest {
    let seconds = |ms: i64| format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000));
    let mut path = "/events?limit=15".to_owned();
    for kind in types {
        path.push_str("&q[types][]=");
        path.push_str(kind);
    }
    path.push_str(&format!("&q[after]={}&q[before]={}", seconds(after_ms), seconds(before_ms)));
    read(path.replace('[', "%5B").replace(']', "%5D"), "events:*:read")
}

/// The next page of a list: path and query of Front's link, whatever host it names.
#[must_use]
pub fn next_page(list: &Value, scope: &'static str) -> Option<FrontRequest> {
    let link = list["_pagination"]["next"].as_str()?;
    let after_scheme = link.split_once("://").map_or(link, |(_, rest)| rest);
    let path = after_scheme.find('/').map(|slash| &after_scheme[slash..])?;
    Some(read(path.to_owned(), scope))
}

fn read(path: String, scope: &'static str) -> FrontRequest {
    FrontRequest {
        method: Method::Get,
        path,
        body: None,
        resource: None,
        nature: Nature::Read,
        scope,
    }
}

/// The resource that imports through an inbox count against.
#[must_use]
pub fn inbox_resource(inbox_id: &InboxId) -> Resource {
    Resource(format!("inboxes/{inbox_id}"))
}

/// The resource that changes of a conversation count against.
#[must_use]
pub fn conversation_resource(conversation_id: &FrontConversationId) -> Resource {
    Resource(format!("conversations/{conversation_id}"))
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

#[cfg(test)]
mod tests;
