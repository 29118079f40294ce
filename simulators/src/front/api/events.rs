//! Events, newest first, filtered by type, inbox and time.

use super::super::call::Call;
use super::super::events::Event;
use super::super::reply::{Refusal, Reply};
use super::super::world::{World, ordinal};
use super::conversations::known;
use super::page::{EVENTS_LIMIT_MAX, LIMIT_MAX, paged};

pub(in super::super) fn events(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let types = call.query_all("q[types][]");
    let inboxes = call.query_all("q[inboxes][]");
    let after_ms = time_of(call, "q[after]")?;
    let before_ms = time_of(call, "q[before]")?;
    let fits = |event: &Event| {
        let mut own = event.inboxes.iter().map(|inbox| world.inboxes[*inbox].id.as_str());
        (types.is_empty() || types.contains(&event.kind.names().0))
            && (inboxes.is_empty() || own.any(|inbox| inboxes.contains(&inbox)))
            && after_ms.is_none_or(|after_ms| event.at_ms as f64 > after_ms)
            && before_ms.is_none_or(|before_ms| (event.at_ms as f64) < before_ms)
    };
    let mut all: Vec<usize> =
        (0..world.events.len()).rev().filter(|index| fits(&world.events[*index])).collect();
    if call.query("sort_order") == Some("asc") {
        all.reverse();
    }
    paged(world, call, EVENTS_LIMIT_MAX, &all, render)
}

pub(in super::super) fn event(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let index = ordinal(call.id(), "evt_").filter(|index| *index < world.events.len());
    let index = index.ok_or_else(|| Refusal::unknown("event", call.id()))?;
    Ok(Reply::read(render(world, index)))
}

pub(in super::super) fn conversation_events(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Reply, Refusal> {
    let conversation = known(world, call)?;
    let own = |index: &usize| world.survivor(world.events[*index].conversation) == conversation;
    let all: Vec<usize> = (0..world.events.len()).rev().filter(own).collect();
    paged(world, call, LIMIT_MAX, &all, render)
}

fn render(world: &World, index: usize) -> serde_json::Value {
    world.render_event(&world.events[index])
}

/// A time of the query in milliseconds; it is sent in seconds with up to three decimals.
fn time_of(call: &Call<'_>, name: &str) -> Result<Option<f64>, Refusal> {
    let Some(text) = call.query(name) else { return Ok(None) };
    let seconds: f64 =
        text.parse().map_err(|_| Refusal::invalid(format!("query.{name}: seconds expected")))?;
    Ok(Some((seconds * 1_000.0).round()))
}
