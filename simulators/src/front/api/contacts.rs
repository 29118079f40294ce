//! Contacts: found by id or by handle, made once per handle.

use serde::Deserialize;

use super::super::call::Call;
use super::super::contacts::{SOURCES, normal_handle};
use super::super::reply::{Refusal, Reply};
use super::super::world::{Stage, World};
use super::directory::duplicate;
use super::page::{LIMIT_MAX, paged};

/// The fields of a contact that a request may set.
const CONTACT_FIELDS: [&str; 8] = [
    "handles",
    "name",
    "description",
    "avatar",
    "links",
    "group_names",
    "list_names",
    "custom_fields",
];

/// Contacts merged by one request, at most.
const MERGED_MAX: usize = 50;

#[derive(Deserialize)]
struct HandleBody {
    handle: String,
    source: String,
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize)]
struct ContactBody {
    handles: Option<Vec<HandleBody>>,
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct MergeBody {
    target_contact_id: Option<String>,
    contact_ids: Vec<String>,
}

pub(in super::super) fn contacts(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let shown = |index: &usize| world.contacts[*index].merged_into.is_none();
    let all: Vec<usize> = (0..world.contacts.len()).rev().filter(shown).collect();
    paged(world, call, LIMIT_MAX, &all, World::render_contact)
}

pub(in super::super) fn contact(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let contact = known_contact(world, call.id())?;
    Ok(Reply::read(world.render_contact(contact)))
}

pub(in super::super) fn create_contact(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let body: ContactBody = call.body(world, &CONTACT_FIELDS)?;
    let handles = body.handles.ok_or_else(|| Refusal::invalid("body.handles: missing"))?;
    if handles.is_empty() {
        return Err(Refusal::invalid("body.handles: at least one"));
    }
    let pairs = handles.iter().map(pair_of).collect::<Result<Vec<_>, _>>()?;
    if pairs.iter().any(|pair| world.handles.contains_key(pair)) {
        let status = world.config.switches.duplicate_handle;
        return Err(duplicate(status, "A contact with this handle already exists"));
    }
    let contact = world.add_contact(body.name, body.description, pairs);
    Ok(Reply::written(201, world.render_contact(contact)))
}

pub(in super::super) fn update_contact(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let contact = known_contact(world, call.id())?;
    let body: ContactBody = call.body(world, &CONTACT_FIELDS[1..])?;
    let known = &mut world.contacts[contact];
    let mut changed = false;
    for (value, place) in [(body.name, &mut known.name), (body.description, &mut known.description)]
    {
        if value.is_some() && *place != value {
            *place = value;
            changed = true;
        }
    }
    Ok(Reply::done(changed))
}

pub(in super::super) fn add_handle(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let contact = known_contact(world, call.id())?;
    let body: HandleBody = call.body(world, &["handle", "source"])?;
    let (source, handle) = pair_of(&body)?;
    match world.contact_by_handle(&source, &handle) {
        Some(owner) if owner == contact => Ok(Reply::done(false)),
        Some(_) => {
            let status = world.config.switches.duplicate_handle;
            Err(duplicate(status, "Another contact has this handle"))
        }
        None => {
            world.add_handle(contact, &source, handle);
            Ok(Reply::done(true))
        }
    }
}

pub(in super::super) fn delete_handle(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let contact = known_contact(world, call.id())?;
    let body: HandleBody = call.body(world, &["handle", "source", "force"])?;
    let pair = pair_of(&body)?;
    let known = &world.contacts[contact].handles;
    if !known.contains(&pair) {
        return Err(Refusal::NotFound("Unknown handle".to_owned()));
    }
    if known.len() == 1 && !body.force {
        return Err(Refusal::invalid("body.force: the last handle of a contact"));
    }
    world.remove_handle(contact, &pair);
    Ok(Reply::done(true))
}

pub(in super::super) fn merge_contacts(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let body: MergeBody = call.body(world, &["target_contact_id", "contact_ids"])?;
    if body.contact_ids.is_empty() || body.contact_ids.len() > MERGED_MAX {
        return Err(Refusal::invalid(format!("body.contact_ids: 1 to {MERGED_MAX}")));
    }
    let known = |id: &String| known_contact(world, id);
    let merged = body.contact_ids.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    let target = body.target_contact_id.as_ref().map(known).transpose()?;
    let into = target.unwrap_or(merged[0]);
    for from in merged {
        if from != into && world.contacts[from].merged_into.is_none() {
            world.merge_contacts(from, into);
        }
    }
    Ok(Reply::written(200, world.render_contact(into)))
}

pub(in super::super) fn contact_conversations(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let contact = known_contact(world, call.id())?;
    let statuses = call.query_all("q[statuses][]");
    let fits = |index: &usize| {
        let conversation = &world.conversations[*index];
        let status = match conversation.stage {
            Stage::Deleted => "trashed",
            Stage::Open | Stage::Archived => world.status_of(*index),
        };
        conversation.merged_into.is_none() && (statuses.is_empty() || statuses.contains(&status))
    };
    let own = world.conversations_of.get(&contact).map_or(&[][..], Vec::as_slice);
    let all: Vec<usize> = own.iter().rev().copied().filter(fits).collect();
    paged(world, call, LIMIT_MAX, &all, World::render_conversation)
}

fn pair_of(body: &HandleBody) -> Result<(String, String), Refusal> {
    if !SOURCES.contains(&body.source.as_str()) {
        return Err(Refusal::invalid("body.source: not a kind of handle"));
    }
    let handle = normal_handle(&body.source, &body.handle)
        .ok_or_else(|| Refusal::invalid(format!("body.handle: not of kind {}", body.source)))?;
    Ok((body.source.clone(), handle))
}

fn known_contact(world: &World, id: &str) -> Result<usize, Refusal> {
    world.contact(id).ok_or_else(|| Refusal::unknown("contact", id))
}
