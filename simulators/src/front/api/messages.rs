//! Messages, by id or by the uid that an import was given.

use super::super::call::Call;
use super::super::reply::{Refusal, Reply};
use super::super::world::World;

pub(in super::super) fn message(world: &mut World, call: &Call<'_>) -> Result<Reply, Refusal> {
    let message = world.message(call.id()).ok_or_else(|| Refusal::unknown("message", call.id()))?;
    Ok(Reply::read(world.render_message(message)))
}
