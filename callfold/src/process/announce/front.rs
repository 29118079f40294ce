//! Front's side of the start: the company, the inbox, which agents are missing, and why the
//! dispatcher waits when it does.

use std::time::Duration;

use dispatcher::{DirectoryView, Handle};
use schemas::Person;
use tokio_util::sync::CancellationToken;

use super::tell;
use crate::config::Settings;

/// How often the dispatcher is asked whether it has found Front.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Agents whose ids are told.
const AGENTS_NAMED_MAX: usize = 20;

/// Tells until `stop`.
pub async fn follow(
    settings: &Settings,
    handle: &Handle,
    agents: Option<Vec<Person>>,
    stop: CancellationToken,
) {
    let mut directory_told = false;
    let mut held: Option<String> = None;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        if let Some(directory) = handle.directory().filter(|_| !directory_told) {
            directory_told = true;
            tell(&directory_text(&directory));
            let missing =
                agents.as_deref().and_then(|agents| missing_text(settings, agents, &directory));
            missing.as_deref().into_iter().for_each(tell);
        }
        let status = handle.status();
        let reason = status.reason.filter(|_| status.state == "held");
        if reason != held {
            tell(&held_text(reason.as_deref()));
            held = reason;
        }
    }
}

fn directory_text(directory: &DirectoryView) -> String {
    let inbox = directory.inbox.as_ref().map_or_else(
        || "the inbox is not there".to_owned(),
        |(id, name)| format!("inbox {name} ({id})"),
    );
    let teammates = directory.teammates.len();
    format!("  company    {}, {inbox}, {teammates} teammates", directory.company)
}

fn missing_text(
    settings: &Settings,
    agents: &[Person],
    directory: &DirectoryView,
) -> Option<String> {
    let is_teammate = |agent: &&Person| {
        let email = agent.email.as_deref().map(str::to_lowercase);
        email.is_some_and(|email| directory.teammates.contains(&email))
    };
    let missing: Vec<String> =
        agents.iter().filter(|it| !is_teammate(it)).map(|it| it.id.to_string()).collect();
    if missing.is_empty() {
        return None;
    }
    let named = missing.iter().take(AGENTS_NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = if missing.len() > AGENTS_NAMED_MAX { ", ..." } else { "" };
    let author = match settings.front.fallback_author {
        Some(_) => "logged by front.fallback_author",
        None => "logged without an author (front.fallback_author names one)",
    };
    Some(format!(
        "  agents     {} of {} have no teammate with the same e-mail in Front, their calls are \
         {author}: Aircall users {named}{more}",
        missing.len(),
        agents.len()
    ))
}

fn held_text(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!(
            "  held       the dispatcher waits: {reason}\n             \
             webhooks are taken and kept all the same"
        ),
        None => "  released   the dispatcher goes on".to_owned(),
    }
}
