//! Lists: `_results` with `_pagination`, where the endpoint has pages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::reply::{Refusal, Reply};
use super::super::world::World;

/// Results per page when the request does not say.
const LIMIT_DEFAULT: usize = 50;
/// Results per page at most: the specification's maximum.
pub(super) const LIMIT_MAX: usize = 100;
/// Events per page, at most and when the request does not say.
pub(super) const EVENTS_LIMIT_MAX: usize = 15;

/// A whole list in one answer: inboxes, teammates, comments, ...
pub(super) fn whole(world: &World, call: &Call<'_>, results: Vec<Value>) -> Reply {
    let own = format!("{}{}", world.config.link_base, call.path);
    Reply::read(json!({"_links": {"self": own}, "_results": results}))
}

/// One page of a list. Pages are places in the list as it is when asked, so that they drift when
/// new items arrive, as Front's do.
pub(super) fn paged(
    world: &World,
    call: &Call<'_>,
    limit_max: usize,
    all: &[usize],
    render: impl Fn(&World, usize) -> Value,
) -> Result<Reply, Refusal> {
    let limit = match call.query("limit") {
        None => LIMIT_DEFAULT.min(limit_max),
        Some(text) => {
            text.parse().ok().filter(|limit| (1..=limit_max).contains(limit)).ok_or_else(|| {
                Refusal::invalid(format!("query.limit: 1 to {limit_max} expected"))
            })?
        }
    };
    let from = match call.query("page_token") {
        None => 0,
        Some(token) => token
            .strip_prefix("after")
            .and_then(|place| place.parse().ok())
            .ok_or_else(|| Refusal::invalid("query.page_token: unknown page"))?,
    };
    let page = all.iter().skip(from).take(limit);
    let results: Vec<Value> = page.map(|index| render(world, *index)).collect();
    let until = from + results.len();
    let next = (until < all.len()).then(|| next_link(world, call, limit, until));
    Ok(Reply::read(json!({
        "_pagination": {"next": next},
        "_links": {"self": format!("{}{}", world.config.link_base, call.path)},
        "_results": results,
    })))
}

fn next_link(world: &World, call: &Call<'_>, limit: usize, until: usize) -> String {
    let mut link = format!("{}{}?limit={limit}", world.config.link_base, call.path);
    for (key, value) in call.query {
        if key != "limit" && key != "page_token" {
            let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            link.push_str(&format!("&{key}={value}"));
        }
    }
    link.push_str(&format!("&page_token=after{until}"));
    link
}
