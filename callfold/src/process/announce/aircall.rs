//! Aircall's side of the start: the lines, and who its agents are.

use ingest::aircall_api::{ApiError, Client, Line};
use schemas::Person;

use super::tell;
use crate::config::Settings;

/// Lines that are named; a company with more knows which it means.
const LINES_NAMED_MAX: usize = 20;

/// Tells the lines and returns the agents; none when they are not known.
pub async fn ask(settings: &Settings) -> Option<Vec<Person>> {
    let Some((id, token)) = settings.aircall.credentials.clone() else {
        tell(
            "  lines      not asked: set aircall.api_id and aircall.api_token to see lines and agents",
        );
        return None;
    };
    let asked = async {
        let client = Client::new(&settings.aircall.api_url, &id, token)?;
        Ok::<_, ApiError>((client.numbers().await?, client.users().await?))
    };
    match asked.await {
        Ok((lines, agents)) => {
            tell(&lines_text(&lines, settings.aircall.lines.as_deref()));
            Some(agents)
        }
        Err(error) => {
            tell(&format!("  lines      not known: {error}; webhooks are taken all the same"));
            None
        }
    }
}

fn lines_text(lines: &[Line], wanted: Option<&[String]>) -> String {
    let is_logged = |line: &&Line| {
        wanted.is_none_or(|wanted| wanted.iter().any(|wanted| is_named(line, wanted)))
    };
    let logged: Vec<&Line> = lines.iter().filter(is_logged).collect();
    let mut names: Vec<String> =
        logged.iter().take(LINES_NAMED_MAX).map(|line| name(line)).collect();
    if logged.len() > LINES_NAMED_MAX {
        names.push(format!("and {} more", logged.len() - LINES_NAMED_MAX));
    }
    let mut text = format!(
        "  lines      {} of {} are logged: {}",
        logged.len(),
        lines.len(),
        names.join(", ")
    );
    let absent = wanted.unwrap_or_default().iter();
    for absent in absent.filter(|wanted| !lines.iter().any(|line| is_named(line, wanted))) {
        text.push_str(&format!(
            "\n             aircall.lines names {absent}, which Aircall does not have"
        ));
    }
    text
}

fn is_named(line: &Line, wanted: &str) -> bool {
    line.name.as_deref() == Some(wanted) || line.id.to_string() == wanted
}

fn name(line: &Line) -> String {
    let id = line.id;
    line.name.as_deref().map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_aircall_does_not_have_is_told() {
        let lines = [
            Line { id: 7, name: Some("Support FR".to_owned()) },
            Line { id: 8, name: Some("Sales".to_owned()) },
        ];
        let wanted = ["Support FR".to_owned(), "8".to_owned(), "Suport".to_owned()];
        assert_eq!(
            lines_text(&lines, Some(&wanted)),
            "  lines      2 of 2 are logged: Support FR (7), Sales (8)\n             \
             aircall.lines names Suport, which Aircall does not have"
        );
        assert_eq!(
            lines_text(&lines, Some(&wanted[..1])),
            "  lines      1 of 2 are logged: Support FR (7)"
        );
    }
}
