//! The page at `/`: Front as a person would see it, rendered on the server, without scripts.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use minijinja::{Environment, Value, context};
use serde::Deserialize;

use super::shared::Shared;
use super::world::World;
use crate::snapshot::{ConversationView, EntryView};

/// Conversations on one page, newest first: more than a person looks through.
const CONVERSATIONS_MAX: usize = 200;

#[derive(Deserialize)]
struct Shown {
    inbox: Option<String>,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(overview))
        .route("/open/{conversation_id}", get(thread))
        .route("/style.css", get(style))
}

async fn overview(State(shared): State<Arc<Shared>>, Query(shown): Query<Shown>) -> Response {
    let page = {
        let gate = shared.gate();
        overview_of(&gate.world, shown.inbox.as_deref())
    };
    render("overview.html", page)
}

async fn thread(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let page = {
        let gate = shared.gate();
        let world = &gate.world;
        world.conversation(&id).map(|index| thread_of(world, world.survivor(index)))
    };
    match page {
        Some(page) => render("thread.html", page),
        None => (StatusCode::NOT_FOUND, "no such conversation").into_response(),
    }
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("page/style.css"))
        .into_response()
}

/// Every value is escaped: the names of the templates end in `.html`.
fn render(template: &str, page: Value) -> Response {
    let mut templates = Environment::new();
    for (name, text) in [
        ("layout.html", include_str!("page/layout.html")),
        ("overview.html", include_str!("page/overview.html")),
        ("thread.html", include_str!("page/thread.html")),
    ] {
        templates.add_template(name, text).expect("the page's templates are well formed");
    }
    let html = templates
        .get_template(template)
        .and_then(|template| template.render(page))
        .expect("the page's templates use only what they are given");
    let mut response = Html(html).into_response();
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'self'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn overview_of(world: &World, inbox: Option<&str>) -> Value {
    let mut newest: Vec<usize> = (0..world.conversations.len())
        .filter(|index| world.conversations[*index].merged_into.is_none())
        .filter(|index| {
            let own = &world.conversations[*index].inboxes;
            inbox.is_none_or(|id| own.iter().any(|own| world.inboxes[*own].id == id))
        })
        .collect();
    newest.sort_by_key(|index| std::cmp::Reverse(world.conversations[*index].updated_ms));
    let total = newest.len();
    let rows: Vec<Value> =
        newest.iter().take(CONVERSATIONS_MAX).map(|index| row(world, *index)).collect();
    context! {
        company => world.config.company_name,
        inboxes => inboxes(world),
        shown => inbox,
        rows,
        total,
        pending => world.pending.len(),
    }
}

fn inboxes(world: &World) -> Vec<Value> {
    let count = |inbox: usize| {
        let open = |index: &usize| {
            let conversation = &world.conversations[*index];
            conversation.merged_into.is_none()
                && conversation.inboxes.contains(&inbox)
                && world.status_of(*index).ends_with("assigned")
        };
        (0..world.conversations.len()).filter(open).count()
    };
    let each = world.inboxes.iter().enumerate();
    each.map(|(index, inbox)| {
        let members: Vec<String> =
            inbox.members.iter().map(|member| full_name(world, *member)).collect();
        context! { id => inbox.id, name => inbox.name, members, open => count(index) }
    })
    .collect()
}

fn row(world: &World, index: usize) -> Value {
    let view = world.view_conversation(index);
    context! {
        updated => date(world.conversations[index].updated_ms),
        name => contact_name(world, index),
        entries => view.entries.len(),
        assignee => view.assignee.as_deref().map(|email| name_of(world, email)),
        conversation => head(view),
    }
}

fn thread_of(world: &World, index: usize) -> Value {
    let view = world.view_conversation(index);
    let entries: Vec<Value> = view.entries.iter().map(|one| entry(world, one)).collect();
    let participants: Vec<String> =
        view.participants.iter().map(|email| name_of(world, email)).collect();
    context! {
        company => world.config.company_name,
        name => contact_name(world, index),
        assignee => view.assignee.as_deref().map(|email| name_of(world, email)),
        participants,
        entries,
        conversation => head(view),
    }
}

fn head(view: ConversationView) -> Value {
    let ConversationView { id, subject, status, inboxes, tags, contact_handle, .. } = view;
    context! { id, subject, status, inboxes, tags, contact_handle }
}

fn entry(world: &World, entry: &EntryView) -> Value {
    match entry {
        EntryView::Message {
            id,
            external_id: _,
            inbound,
            author,
            sender,
            to,
            subject,
            body,
            created_at,
        } => context! {
            kind => if *inbound { "inbound" } else { "outbound" },
            id,
            author => author_of(world, author.as_deref(), sender),
            sender,
            to,
            subject,
            body,
            at => date(created_at * 1_000),
        },
        EntryView::Comment { id, author, body, posted_at } => context! {
            kind => "comment",
            id,
            author => author_of(world, author.as_deref(), "API"),
            body,
            at => date((posted_at * 1_000.0) as i64),
        },
    }
}

fn contact_name(world: &World, conversation: usize) -> Option<&str> {
    let contact = world.surviving_contact(world.conversations[conversation].contact);
    world.contacts[contact].name.as_deref()
}

fn author_of(world: &World, email: Option<&str>, otherwise: &str) -> String {
    email.map_or_else(|| otherwise.to_owned(), |email| name_of(world, email))
}

fn name_of(world: &World, email: &str) -> String {
    world.teammate_by_email(email).map_or_else(|| email.to_owned(), |index| full_name(world, index))
}

fn full_name(world: &World, teammate: usize) -> String {
    let teammate = &world.teammates[teammate];
    format!("{} {}", teammate.first_name, teammate.last_name).trim().to_owned()
}

/// `2026-08-11 09:30:05 UTC`.
fn date(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).map_or_else(
        |_| "at no time".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}
