//! A conversation of the Front simulator as text that a person can review: what the golden files of
//! the journeys hold. Ids that differ from run to run are left out.

use std::fmt::Write;

use simulators::snapshot::{ConversationView, EntryView, Snapshot};

/// Every conversation, in order of creation. Times are shown relative to `base` (Unix seconds), and
/// local times in bodies as `<local time>`: the journeys play calls of today.
#[must_use]
pub fn render(snapshot: &Snapshot, base: i64) -> String {
    let mut text = String::new();
    for conversation in &snapshot.conversations {
        render_conversation(&mut text, conversation, base);
    }
    for contact in &snapshot.contacts {
        let handles: Vec<_> =
            contact.handles.iter().map(|(source, handle)| format!("{source} {handle}")).collect();
        let name = contact.name.as_deref().unwrap_or("(no name)");
        writeln!(text, "contact: {name}: {}", handles.join(", ")).expect("writing to a string");
    }
    text
}

fn render_conversation(text: &mut String, conversation: &ConversationView, base: i64) {
    let ConversationView { subject, status, inboxes, assignee, tags, participants, .. } =
        conversation;
    let mut line = |label: &str, value: &str| {
        writeln!(text, "{label}: {value}").expect("writing to a string");
    };
    line("conversation", subject);
    line("  status", status);
    line("  inbox", &inboxes.join(", "));
    line("  assignee", assignee.as_deref().unwrap_or("-"));
    line("  participants", &participants.join(", "));
    if !tags.is_empty() {
        line("  tags", &tags.join(", "));
    }
    for entry in &conversation.entries {
        render_entry(text, entry, base);
    }
    text.push('\n');
}

fn render_entry(text: &mut String, entry: &EntryView, base: i64) {
    let (head, body) = match entry {
        EntryView::Message { inbound, author, sender, to, subject, body, created_at, .. } => {
            let way = if *inbound { "inbound" } else { "outbound" };
            let by = author.as_deref().unwrap_or("-");
            let to = to.join(", ");
            let at = created_at - base;
            (format!("  +{at} s {way} by {by}: {sender} -> {to}: \"{subject}\""), body)
        }
        EntryView::Comment { author, body, .. } => {
            (format!("  comment by {}", author.as_deref().unwrap_or("-")), body)
        }
    };
    writeln!(text, "{head}").expect("writing to a string");
    for line in body.lines() {
        let line = without_local_time(line);
        writeln!(text, "    | {line}").expect("writing to a string");
    }
}

/// The line with `YYYY-MM-DD HH:MM:SS zone` at its end replaced.
fn without_local_time(line: &str) -> String {
    for label in ["Started: ", "Written "] {
        let Some(time) = line.strip_prefix(label) else { continue };
        let is_time = time.len() >= 21
            && time.bytes().take(19).all(|byte| byte.is_ascii_digit() || b"-: ".contains(&byte));
        if is_time {
            return format!("{label}<local time>");
        }
    }
    line.to_owned()
}
