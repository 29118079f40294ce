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

#[cfg(test)]
mod tests {
    use schemas::AgentId;

    use super::*;
    use crate::config::{self, Needs};

    fn settings(fallback: Option<&str>) -> Settings {
        let required = [("AIRCALL__WEBHOOK_TOKEN", "a"), ("FRONT__TOKEN", "b")];
        let chosen = fallback.map(|email| ("FRONT__FALLBACK_AUTHOR", email));
        let variables: Vec<(String, String)> = required
            .into_iter()
            .chain(chosen)
            .map(|(name, value)| (format!("CALLFOLD_{name}"), value.to_owned()))
            .collect();
        let no_file = |_: &str| Err(std::io::Error::other("there are no files"));
        config::check(None, &variables, &no_file, Needs::Run).expect("a configuration").1
    }

    fn directory(inbox: Option<(&str, &str)>, teammates: &[&str]) -> DirectoryView {
        DirectoryView {
            company: "Our Company".to_owned(),
            inbox: inbox.map(|(id, name)| (id.into(), name.to_owned())),
            teammates: teammates.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn agent(id: i64, email: Option<&str>) -> Person {
        let id = AgentId(id);
        Person { id, name: None, email: email.map(Into::into) }
    }

    #[test]
    fn the_company_and_the_inbox_with_its_id_are_told() {
        for (inbox, teammates, told) in [
            (
                Some(("inb_7", "Aircall Phone")),
                &["a@x.com", "b@x.com"][..],
                "  company    Our Company, inbox Aircall Phone (inb_7), 2 teammates",
            ),
            (None, &[][..], "  company    Our Company, the inbox is not there, 0 teammates"),
        ] {
            assert_eq!(directory_text(&directory(inbox, teammates)), told);
        }
    }

    #[test]
    fn b11_agents_without_a_teammate_are_told_by_their_ids_and_what_becomes_of_their_calls() {
        let without_author = "logged without an author (front.fallback_author names one)";
        let with_fallback = "logged by front.fallback_author";
        let known = directory(None, &["a@x.com", "b@x.com"]);
        let (a, b) = (agent(1, Some("a@x.com")), agent(2, Some("B@X.com")));
        let (stranger, nameless) = (agent(3, Some("c@x.com")), agent(4, None));
        for (fallback, agents, told) in [
            (None, vec![], None),
            (None, vec![a.clone(), b.clone()], None),
            (None, vec![a.clone(), stranger.clone()], Some(("1 of 2", without_author, "3"))),
            (
                Some("a@x.com"),
                vec![stranger, b, nameless, a],
                Some(("2 of 4", with_fallback, "3, 4")),
            ),
        ] {
            let told = told.map(|(count, author, ids)| {
                format!(
                    "  agents     {count} have no teammate with the same e-mail in Front, their \
                     calls are {author}: Aircall users {ids}"
                )
            });
            assert_eq!(missing_text(&settings(fallback), &agents, &known), told);
        }
        let many: Vec<Person> = (1..=21).map(|id| agent(id, None)).collect();
        let told = missing_text(&settings(None), &many, &known).expect("nobody is there");
        assert!(told.contains("21 of 21") && told.ends_with("19, 20, ..."), "{told}");
    }

    #[test]
    fn a_dispatcher_that_waits_says_why_and_when_it_goes_on() {
        for (reason, told) in [
            (
                Some("Front's token lacks the scope tags:read"),
                "  held       the dispatcher waits: Front's token lacks the scope tags:read\n             \
                 webhooks are taken and kept all the same",
            ),
            (None, "  released   the dispatcher goes on"),
        ] {
            assert_eq!(held_text(reason), told);
        }
    }
}
