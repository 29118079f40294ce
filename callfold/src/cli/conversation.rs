//! `callfold conversation <number>`: one contact as people read it.

use std::fmt::Write as _;

use super::{Common, block_on};
use crate::config::{self, Needs};
use crate::failure::{Exit, Failure};
use crate::reach;
use crate::terminal::{self, Tone, toned};
use crate::view::conversation::{CallView, ConversationView, KnownView};
use crate::view::effect::EffectView;
use crate::view::events::contact_of;

/// Show one contact: its calls, what Front was asked for because of each, what came of it and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold conversation '+33 6 12 34 56 78'\n  \
    callfold conversation anonymous:123456 --json")]
pub struct Args {
    /// The contact's number with its country, or anonymous:<line id>.
    number: String,
    /// One JSON document with contact, front, known, state, calls (each with effects), and
    /// `conversation_effects`.
    #[arg(long)]
    json: bool,
}

/// Shows it.
///
/// # Errors
/// A number that is none, no log, or one that cannot be read. A contact of which nothing is known
/// ends with 1.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    let (_, settings) = config::load(common.config.as_deref(), Needs::Look)?;
    // Told before a log is looked for: the one who typed it wrong may not have one yet.
    contact_of(&args.number)?;
    let view = block_on(async { reach::reach(&settings).await?.conversation(&args.number).await })?;
    if args.json {
        terminal::print_json(&view)?;
    } else if is_unknown(&view) {
        return Err(Failure::Failed(
            "nothing is known of this contact: no call of it has come in yet".to_owned(),
        ));
    } else {
        terminal::print(&text(&view, terminal::is_coloured()))?;
    }
    Ok(if is_unknown(&view) { Exit::Failed } else { Exit::Done })
}

fn is_unknown(view: &ConversationView) -> bool {
    view.state.is_none() && view.calls.is_empty() && view.front.is_none()
}

fn text(view: &ConversationView, coloured: bool) -> String {
    let mut text = toned(&view.contact, Tone::Heading, coloured);
    text.push('\n');
    let link = view.front.as_ref().and_then(|front| front.link.as_deref());
    let _ = writeln!(text, "Front  {}", link.unwrap_or("no conversation yet"));
    if let Some(known) = &view.known {
        text.push_str(&known_text(known));
    }
    for call in &view.calls {
        text.push('\n');
        text.push_str(&call_text(call, coloured));
    }
    if !view.conversation_effects.is_empty() {
        text.push_str("\nConversation\n");
        for effect in &view.conversation_effects {
            text.push_str(&effect_text(effect, coloured));
        }
    }
    text
}

fn known_text(known: &KnownView) -> String {
    let state = if known.archived { "archived" } else { "open" };
    let subject = known.subject.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
    let (calls, missed) = (known.calls, known.calls_missed);
    let plural = if calls == 1 { "" } else { "s" };
    format!("Known  {state}{subject}; {calls} call{plural}, {missed} missed\n")
}

fn call_text(call: &CallView, coloured: bool) -> String {
    let mut text = toned(&format!("Call {}", call.call_id), Tone::Heading, coloured);
    let _ = writeln!(text, "{}", call_words(call));
    if let Some(waits) = &call.waits {
        let until = call.due_at.as_deref().map(|at| format!(", until {at}")).unwrap_or_default();
        let _ = writeln!(text, "  waits: {waits}{until}");
    }
    if call.effects.is_empty() && call.waits.is_none() {
        text.push_str("  nothing was asked of Front for it\n");
    }
    for effect in &call.effects {
        text.push_str(&effect_text(effect, coloured));
    }
    text
}

/// What the call was, behind its id.
fn call_words(call: &CallView) -> String {
    let what = call.qualification.as_deref().unwrap_or("not ended");
    let line = call.line.as_deref().map(|it| format!(" on {it}")).unwrap_or_default();
    let agent = call.agent.as_deref().map(|it| format!(" with {it}")).unwrap_or_default();
    let started = call.started_at.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
    format!("  {what}{line}{agent}{started}")
}

fn effect_text(effect: &EffectView, coloured: bool) -> String {
    let tone = match effect.state.as_str() {
        "done" | "accepted" => Tone::Good,
        "parked" | "unknown" => Tone::Bad,
        _ => Tone::Faint,
    };
    let mut text = format!(
        "  {}  {} ({})\n",
        toned(&format!("{:<9}", effect.state), tone, coloured),
        effect.effect_key,
        effect.part_of.as_deref().map_or_else(|| effect.what.clone(), |it| format!("part of {it}"))
    );
    for line in effect.text.iter().flat_map(|text| text.lines()) {
        let _ = writeln!(text, "               {line}");
    }
    if effect.part_of.is_some() {
        return text;
    }
    let by = effect.rule.as_deref().map(|rule| format!(", rule {rule}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "             because of event {}, decided {}{by}",
        short(&effect.cause),
        effect.decided_at
    );
    if let Some(reason) = &effect.reason {
        let _ = writeln!(text, "             {reason}");
    }
    if let Some(link) = &effect.link {
        let _ = writeln!(text, "             {link}");
    }
    text
}

/// Enough of an event's id to find it.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
