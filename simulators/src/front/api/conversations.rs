//! Conversations: read, changed with set semantics, commented on.

use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::super::call::Call;
use super::super::events::Actor;
use super::super::reply::{Refusal, Reply};
use super::super::switches::EqualTimes;
use super::super::world::{Stage, World, ordinal};
use super::directory::known_inbox;
use super::page::{LIMIT_MAX, paged, whole};

#[derive(Deserialize)]
struct Update {
    #[serde(default, deserialize_with = "present")]
    assignee_id: Option<Option<String>>,
    inbox_id: Option<String>,
    status: Option<String>,
    tag_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Assignee {
    assignee_id: Option<String>,
}

#[derive(Deserialize)]
struct TagIds {
    tag_ids: Vec<String>,
}

#[derive(Deserialize)]
struct NewComment {
    body: String,
    author_id: Option<String>,
    #[serde(default)]
    is_pinned: bool,
}

#[derive(Deserialize)]
struct CommentUpdate {
    body: Option<String>,
    is_pinned: Option<bool>,
}

pub(in super::super) fn conversations(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let all = newest_first(world, |_| true);
    paged(world, call, LIMIT_MAX, &all, World::render_conversation)
}

pub(in super::super) fn inbox_conversations(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let inbox = known_inbox(world, call.id())?;
    let all = newest_first(world, |index| world.conversations[index].inboxes.contains(&inbox));
    paged(world, call, LIMIT_MAX, &all, World::render_conversation)
}

/// Free words only: a conversation is found when its subject, its handle or one of its bodies
/// contains the query.
pub(in super::super) fn search(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let query = call.id();
    let all = newest_first(world, |index| {
        let conversation = &world.conversations[index];
        let messages = conversation.messages.iter().map(|message| &world.messages[*message].body);
        let comments = conversation.comments.iter().map(|comment| &world.comments[*comment].body);
        let heads = [&conversation.subject, &conversation.handle];
        heads.into_iter().chain(messages).chain(comments).any(|text| text.contains(query))
    });
    let mut reply = paged(world, call, LIMIT_MAX, &all, World::render_conversation)?;
    if let Some(body) = &mut reply.body {
        body["_total"] = json!(all.len());
    }
    Ok(reply)
}

pub(in super::super) fn conversation(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::read(world.render_conversation(known(world, call)?)))
}

pub(in super::super) fn update_conversation(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let fields = [
        "assignee_id",
        "inbox_id",
        "status",
        "status_id",
        "tag_ids",
        "custom_fields",
        "description",
        "due_at",
    ];
    let body: Update = call.body(world, &fields)?;
    let stage = body.status.as_deref().map(stage_of).transpose()?;
    let inbox = body.inbox_id.as_deref().map(|id| known_inbox(world, id)).transpose()?;
    let assignee = body.assignee_id.map(|id| assignee_of(world, id.as_deref())).transpose()?;
    let tags = body.tag_ids.map(|ids| known_tags(world, &ids)).transpose()?;
    let (actor, now_ms) = (Actor::Api, call.now_ms);
    let mut changed = false;
    if let Some(inbox) = inbox {
        changed |= world.move_to(conversation, inbox, actor, now_ms);
    }
    if let Some(assignee) = assignee {
        changed |= world.assign(conversation, assignee, actor, now_ms);
    }
    if let Some(tags) = tags {
        for former in world.conversations[conversation].tags.clone() {
            if !tags.contains(&former) {
                changed |= world.remove_tag_from(conversation, former, actor, now_ms);
            }
        }
        for tag in tags {
            changed |= world.add_tag_to(conversation, tag, actor, now_ms);
        }
    }
    if let Some(stage) = stage {
        changed |= world.set_stage(conversation, stage, actor, now_ms);
    }
    Ok(Reply::done(changed))
}

pub(in super::super) fn set_assignee(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let body: Assignee = call.body(world, &["assignee_id"])?;
    let assignee = assignee_of(world, body.assignee_id.as_deref())?;
    Ok(Reply::done(world.assign(conversation, assignee, Actor::Api, call.now_ms)))
}

pub(in super::super) fn add_tags(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let body: TagIds = call.body(world, &["tag_ids"])?;
    let mut changed = false;
    for tag in known_tags(world, &body.tag_ids)? {
        changed |= world.add_tag_to(conversation, tag, Actor::Api, call.now_ms);
    }
    Ok(Reply::done(changed))
}

pub(in super::super) fn remove_tags(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let body: TagIds = call.body(world, &["tag_ids"])?;
    let mut changed = false;
    for tag in known_tags(world, &body.tag_ids)? {
        changed |= world.remove_tag_from(conversation, tag, Actor::Api, call.now_ms);
    }
    Ok(Reply::done(changed))
}

pub(in super::super) fn add_comment(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let body: NewComment = call.body(world, &["author_id", "body", "is_pinned", "attachments"])?;
    if body.body.is_empty() {
        return Err(Refusal::invalid("body.body: empty"));
    }
    let author = body.author_id.as_deref().map(|id| known_teammate(world, id)).transpose()?;
    let comment = world.comment(conversation, author, &body.body, Actor::Api, call.now_ms);
    world.comments[comment].pinned = body.is_pinned;
    Ok(Reply::written(201, world.render_comment(comment)))
}

pub(in super::super) fn comment(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::read(world.render_comment(known_comment(world, call.id())?)))
}

pub(in super::super) fn update_comment(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let comment = known_comment(world, call.id())?;
    let update: CommentUpdate = call.body(world, &["body", "is_pinned"])?;
    if let Some(body) = update.body {
        world.comments[comment].body = body;
    }
    if let Some(pinned) = update.is_pinned {
        world.comments[comment].pinned = pinned;
    }
    Ok(Reply::written(200, world.render_comment(comment)))
}

pub(in super::super) fn conversation_comments(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let comments = world.conversations[conversation].comments.iter().rev();
    let comments = comments.map(|comment| world.render_comment(*comment)).collect();
    Ok(whole(world, call, comments))
}

pub(in super::super) fn conversation_messages(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let mut all = world.conversations[conversation].messages.clone();
    match world.config.switches.equal_times {
        EqualTimes::ByArrival => {}
        EqualTimes::NewestFirst => all.reverse(),
    }
    all.sort_by_key(|message| world.messages[*message].created_s);
    if call.query("sort_order") != Some("asc") {
        all.reverse();
    }
    paged(world, call, LIMIT_MAX, &all, World::render_message)
}

pub(in super::super) fn conversation_inboxes(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let inboxes = world.conversations[conversation].inboxes.iter();
    let inboxes = inboxes.map(|inbox| world.render_inbox(*inbox)).collect();
    Ok(whole(world, call, inboxes))
}

/// The conversation that the path names; one that was merged away answers 301.
pub(super) fn known(world: &World, call: &Call<'_>) -> Result<usize, Refusal> {
    let found = world.conversation(call.id());
    let named = found.ok_or_else(|| Refusal::unknown("conversation", call.id()))?;
    let survivor = world.survivor(named);
    if survivor == named {
        return Ok(named);
    }
    let id = &world.conversations[survivor].id;
    let path = call.path.replacen(call.id(), id, 1);
    Err(Refusal::Moved(format!("{}{path}", world.config.link_base)))
}

/// A teammate by id or alias, as a field of a body names one.
pub(super) fn known_teammate(world: &World, id: &str) -> Result<usize, Refusal> {
    world.teammate(id).ok_or_else(|| Refusal::invalid(format!("body: unknown teammate ID {id}")))
}

fn assignee_of(world: &World, id: Option<&str>) -> Result<Option<usize>, Refusal> {
    id.map(|id| known_teammate(world, id)).transpose()
}

fn known_tags(world: &World, ids: &[String]) -> Result<Vec<usize>, Refusal> {
    ids.iter()
        .map(|id| world.tag(id))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Refusal::invalid("body.tag_ids: unknown tag"))
}

fn known_comment(world: &World, id: &str) -> Result<usize, Refusal> {
    ordinal(id, "com_")
        .filter(|comment| *comment < world.comments.len())
        .ok_or_else(|| Refusal::unknown("comment", id))
}

fn stage_of(status: &str) -> Result<Stage, Refusal> {
    match status {
        "open" => Ok(Stage::Open),
        "archived" => Ok(Stage::Archived),
        "deleted" | "spam" => Ok(Stage::Deleted),
        _ => Err(Refusal::invalid("body.status: archived, open, deleted or spam")),
    }
}

fn newest_first(world: &World, fits: impl Fn(usize) -> bool) -> Vec<usize> {
    let alive = |index: &usize| world.conversations[*index].merged_into.is_none() && fits(*index);
    let mut all: Vec<usize> = (0..world.conversations.len()).filter(alive).collect();
    all.sort_by_key(|index| std::cmp::Reverse(world.conversations[*index].updated_ms));
    all
}

/// Tells `null` from absent: `assignee_id: null` takes the assignee away.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}
