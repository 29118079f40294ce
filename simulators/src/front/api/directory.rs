//! What changes rarely: the company, inboxes, channels, teammates, tags, rules.

use serde::Deserialize;
use serde_json::Value;

use super::super::call::Call;
use super::super::company_rules::RULES;
use super::super::reply::{Refusal, Reply};
use super::super::switches::DuplicateStatus;
use super::super::world::World;
use super::page::{LIMIT_MAX, paged, whole};

pub(in super::super) fn me(world: &mut World, _call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::read(world.render_identity()))
}

pub(in super::super) fn inboxes(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    directory(world, call, world.inboxes.len(), World::render_inbox)
}

/// A list that the specification shows whole, or in pages where the configuration says so.
fn directory(
    world: &World,
    call: &Call<'_>,
    count: usize,
    render: impl Fn(&World, usize) -> Value,
) -> Result<Reply, Refusal> {
    match world.config.directory_page {
        Some(page) => paged(world, call, page, &(0..count).collect::<Vec<_>>(), render),
        None => Ok(whole(world, call, (0..count).map(|index| render(world, index)).collect())),
    }
}

pub(in super::super) fn inbox(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::read(world.render_inbox(known_inbox(world, call.id())?)))
}

pub(in super::super) fn inbox_teammates(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let inbox = known_inbox(world, call.id())?;
    let members = &world.inboxes[inbox].members;
    let members = members.iter().map(|member| world.render_teammate(*member)).collect();
    Ok(whole(world, call, members))
}

pub(in super::super) fn inbox_channels(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let inbox = known_inbox(world, call.id())?;
    Ok(whole(world, call, vec![world.render_channel(inbox)]))
}

pub(in super::super) fn channels(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let all = (0..world.inboxes.len()).map(|inbox| world.render_channel(inbox)).collect();
    Ok(whole(world, call, all))
}

pub(in super::super) fn channel(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let found = world.inboxes.iter().position(|inbox| inbox.channel_id == call.id());
    let inbox = found.ok_or_else(|| Refusal::unknown("channel", call.id()))?;
    Ok(Reply::read(world.render_channel(inbox)))
}

pub(in super::super) fn teammates(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    directory(world, call, world.teammates.len(), World::render_teammate)
}

pub(in super::super) fn teammate(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let teammate =
        world.teammate(call.id()).ok_or_else(|| Refusal::unknown("teammate", call.id()))?;
    Ok(Reply::read(world.render_teammate(teammate)))
}

pub(in super::super) fn tags(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let all: Vec<usize> = (0..world.tags.len()).collect();
    paged(world, call, LIMIT_MAX, &all, World::render_tag)
}

pub(in super::super) fn tag(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let tag = world.tag(call.id()).ok_or_else(|| Refusal::unknown("tag", call.id()))?;
    Ok(Reply::read(world.render_tag(tag)))
}

pub(in super::super) fn rules(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let count = if world.config.company_rules { RULES.len() } else { 0 };
    let all = (0..count).map(|rule| world.render_rule(rule)).collect();
    Ok(whole(world, call, all))
}

#[derive(Deserialize)]
struct NewTag {
    name: String,
}

/// A tag's name at most: the specification's maximum.
const TAG_NAME_MAX: usize = 64;

pub(in super::super) fn create_tag(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let fields = ["name", "description", "highlight", "is_visible_in_conversation_lists"];
    let NewTag { name } = call.body(world, &fields)?;
    if name.is_empty() || name.chars().count() > TAG_NAME_MAX {
        return Err(Refusal::invalid(format!("body.name: 1 to {TAG_NAME_MAX} characters")));
    }
    if world.tag_by_name(&name).is_some() {
        return Err(duplicate(world.config.switches.duplicate_tag, "Tag already exists"));
    }
    let tag = world.add_tag(name, call.now_ms);
    Ok(Reply::written(201, world.render_tag(tag)))
}

/// The refusal of something that is there already.
pub(super) fn duplicate(status: DuplicateStatus, message: &str) -> Refusal {
    match status {
        DuplicateStatus::Conflict409 => Refusal::Conflict(message.to_owned()),
        DuplicateStatus::Bad400 => Refusal::invalid(message),
    }
}

pub(super) fn known_inbox(world: &World, id: &str) -> Result<usize, Refusal> {
    world.inbox(id).ok_or_else(|| Refusal::unknown("inbox", id))
}
