//! The table of endpoints: method, path, scope, limits, handler.

use percent_encoding::percent_decode_str;

use super::api;
use super::call::Call;
use super::reply::{Refusal, Reply};
use super::world::World;

/// What serves an endpoint.
pub(super) type Handler = fn(&mut World, &Call<'_>) -> Result<Reply, Refusal>;

/// Which limit beside the company's an endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    /// Tier 2: so many per second on the resource that the first two parts of the path name.
    Resource,
    /// As `Resource`, if imports are limited so.
    Import,
    Search,
}

/// One endpoint.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) scope: Option<&'static str>,
    pub(super) limit: Limit,
    pub(super) handler: Handler,
}

impl Route {
    /// `POST /inboxes/{inbox_id}/imported_messages`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

const fn read(template: &'static str, scope: &'static str, handler: Handler) -> Route {
    Route { method: "GET", template, scope: Some(scope), limit: Limit::None, handler }
}

const fn write(
    method: &'static str,
    template: &'static str,
    scope: &'static str,
    limit: Limit,
    handler: Handler,
) -> Route {
    Route { method, template, scope: Some(scope), limit, handler }
}

const IDENTITY: Route =
    Route { method: "GET", template: "/me", scope: None, limit: Limit::None, handler: api::me };

/// Every endpoint of this Front. Fixed words stand before parameters of the same place.
pub(super) const ROUTES: &[Route] = &[
    IDENTITY,
    read("/inboxes", "inboxes:read", api::inboxes),
    read("/inboxes/{inbox_id}", "inboxes:read", api::inbox),
    read("/inboxes/{inbox_id}/teammates", "teammates:read", api::inbox_teammates),
    read("/inboxes/{inbox_id}/channels", "channels:read", api::inbox_channels),
    read("/inboxes/{inbox_id}/conversations", "conversations:read", api::inbox_conversations),
    write(
        "POST",
        "/inboxes/{inbox_id}/imported_messages",
        "messages:write",
        Limit::Import,
        api::import_message,
    ),
    read("/channels", "channels:read", api::channels),
    read("/channels/{channel_id}", "channels:read", api::channel),
    read("/teammates", "teammates:read", api::teammates),
    read("/teammates/{teammate_id}", "teammates:read", api::teammate),
    read("/tags", "tags:read", api::tags),
    read("/tags/{tag_id}", "tags:read", api::tag),
    read("/company/tags", "tags:read", api::tags),
    write("POST", "/company/tags", "tags:write", Limit::None, api::create_tag),
    read("/company/rules", "rules:read", api::rules),
    read("/contacts", "contacts:read", api::contacts),
    write("POST", "/contacts", "contacts:write", Limit::None, api::create_contact),
    write("POST", "/contacts/merge", "contacts:write", Limit::None, api::merge_contacts),
    read("/contacts/{contact_id}", "contacts:read", api::contact),
    write("PATCH", "/contacts/{contact_id}", "contacts:write", Limit::None, api::update_contact),
    write("POST", "/contacts/{contact_id}/handles", "contacts:write", Limit::None, api::add_handle),
    write(
        "DELETE",
        "/contacts/{contact_id}/handles",
        "contacts:write",
        Limit::None,
        api::delete_handle,
    ),
    read("/contacts/{contact_id}/conversations", "conversations:read", api::contact_conversations),
    read("/messages/{message_id}", "messages:read", api::message),
    read("/comments/{comment_id}", "comments:read", api::comment),
    write("PATCH", "/comments/{comment_id}/", "comments:write", Limit::None, api::update_comment),
    read("/conversations", "conversations:read", api::conversations),
    Route {
        method: "GET",
        template: "/conversations/search/{query}",
        scope: Some("conversations:read"),
        limit: Limit::Search,
        handler: api::search,
    },
    read("/conversations/{conversation_id}", "conversations:read", api::conversation),
    write(
        "PATCH",
        "/conversations/{conversation_id}",
        "conversations:write",
        Limit::Resource,
        api::update_conversation,
    ),
    write(
        "PUT",
        "/conversations/{conversation_id}/assignee",
        "conversations:write",
        Limit::Resource,
        api::set_assignee,
    ),
    write(
        "POST",
        "/conversations/{conversation_id}/tags",
        "conversations:write",
        Limit::Resource,
        api::add_tags,
    ),
    write(
        "DELETE",
        "/conversations/{conversation_id}/tags",
        "conversations:write",
        Limit::Resource,
        api::remove_tags,
    ),
    write(
        "POST",
        "/conversations/{conversation_id}/comments",
        "comments:write",
        Limit::Resource,
        api::add_comment,
    ),
    read("/conversations/{conversation_id}/comments", "comments:read", api::conversation_comments),
    read("/conversations/{conversation_id}/messages", "messages:read", api::conversation_messages),
    read("/conversations/{conversation_id}/inboxes", "inboxes:read", api::conversation_inboxes),
    read("/conversations/{conversation_id}/events", "events:*:read", api::conversation_events),
    read("/events", "events:*:read", api::events),
    read("/events/{event_id}", "events:*:read", api::event),
];

/// An endpoint and the decoded parts of the path that fill its parameters.
pub(super) struct Met {
    pub(super) route: &'static Route,
    pub(super) parameters: Vec<String>,
}

/// Finds the endpoint of a method and a path without query.
pub(super) fn find(method: &str, path: &str) -> Option<Met> {
    let parts: Vec<&str> = path.split('/').collect();
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| {
        let parameters = parameters_of(route.template, &parts)?;
        Some(Met { route, parameters })
    })
}

fn parameters_of(template: &str, parts: &[&str]) -> Option<Vec<String>> {
    let expected: Vec<&str> = template.split('/').collect();
    if expected.len() != parts.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (expected, part) in expected.iter().zip(parts) {
        if expected.starts_with('{') {
            if part.is_empty() {
                return None;
            }
            parameters.push(percent_decode_str(part).decode_utf8().ok()?.into_owned());
        } else if expected != part {
            return None;
        }
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_endpoints() {
        for (method, path, expected, parameter) in [
            ("GET", "/me", Some("/me"), None),
            (
                "GET",
                "/contacts/alt:phone:%2B336",
                Some("/contacts/{contact_id}"),
                Some("alt:phone:+336"),
            ),
            ("POST", "/contacts/merge", Some("/contacts/merge"), None),
            (
                "GET",
                "/conversations/search/a%20b",
                Some("/conversations/search/{query}"),
                Some("a b"),
            ),
            ("PATCH", "/comments/com_1/", Some("/comments/{comment_id}/"), Some("com_1")),
            ("POST", "/me", None, None),
            ("GET", "/inboxes/", None, None),
            ("GET", "/nowhere", None, None),
        ] {
            let met = find(method, path);
            assert_eq!(met.as_ref().map(|met| met.route.template), expected, "{method} {path}");
            let found = met.and_then(|met| met.parameters.first().cloned());
            assert_eq!(found.as_deref(), parameter, "{method} {path}");
        }
    }

    #[test]
    fn scopes_are_those_of_the_specification() {
        let Some(spec) = crate::spec::for_tests() else { return };
        let operations = spec.operations();
        for route in ROUTES {
            let expected = operations.get(&route.name()).map(Vec::as_slice).unwrap_or_default();
            let scopes: Vec<&str> = route.scope.into_iter().collect();
            assert_eq!(scopes, expected, "{}", route.name());
            assert!(operations.contains_key(&route.name()), "{}", route.name());
        }
    }
}
