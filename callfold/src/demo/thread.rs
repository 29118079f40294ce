//! A conversation of the simulated Front as a person reads it there.

use std::fmt::Write as _;

use simulators::snapshot::{ConversationView, EntryView, Snapshot};

use crate::terminal::{Tone, toned};
use crate::view::rendered::rendered;

/// More entries than this fill the screen and show nothing new.
const ENTRIES_SHOWN_MAX: usize = 10;

/// Two threads worth a look: one with as much as fits of calls and comments, and one that begins
/// with a voicemail.
#[must_use]
pub fn two_of(snapshot: &Snapshot) -> Vec<&ConversationView> {
    let fits = |it: &&ConversationView| it.entries.len() <= ENTRIES_SHOWN_MAX;
    let comments = |it: &ConversationView| {
        it.entries.iter().filter(|entry| matches!(entry, EntryView::Comment { .. })).count()
    };
    let all = || snapshot.conversations.iter();
    let rich = all().filter(fits).max_by_key(|it| (comments(it).min(2), it.entries.len()));
    let voicemail = all()
        .filter(fits)
        .filter(|it| rich.is_none_or(|rich| rich.id != it.id))
        .filter(|it| it.entries.first().is_some_and(is_voicemail))
        .max_by_key(|it| it.entries.len());
    let other = all().find(|it| rich.is_none_or(|rich| rich.id != it.id));
    rich.into_iter().chain(voicemail.or(other)).collect()
}

fn is_voicemail(entry: &EntryView) -> bool {
    match entry {
        EntryView::Message { subject, .. } => subject == "Voicemail",
        EntryView::Comment { .. } => false,
    }
}

/// The thread as text.
#[must_use]
pub fn text(thread: &ConversationView, coloured: bool) -> String {
    let mut text = format!(
        "  {}\n  {}, in {}, {}\n",
        toned(&thread.subject, Tone::Heading, coloured),
        if thread.status == "archived" { "archived" } else { "open" },
        thread.inboxes.join(" and "),
        thread
            .assignee
            .as_deref()
            .map_or_else(|| "assigned to nobody".to_owned(), |who| format!("assigned to {who}")),
    );
    for entry in &thread.entries {
        entry_text(entry, coloured, &mut text);
    }
    text
}

fn entry_text(entry: &EntryView, coloured: bool, text: &mut String) {
    let (time, who, body) = match entry {
        EntryView::Message { created_at, author, sender, body, .. } => {
            (*created_at, author.as_deref().unwrap_or(sender), body)
        }
        EntryView::Comment { posted_at, author, body, .. } => {
            (*posted_at as i64, author.as_deref().unwrap_or("callfold"), body)
        }
    };
    let time = jiff::Timestamp::from_second(time)
        .map_or_else(|_| String::new(), |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let kind = match entry {
        EntryView::Message { .. } => "",
        EntryView::Comment { .. } => " (comment)",
    };
    let _ = writeln!(text, "    {}", toned(&format!("{time}  {who}{kind}"), Tone::Faint, coloured));
    for line in rendered(body).lines() {
        let _ = writeln!(text, "      {line}");
    }
}
