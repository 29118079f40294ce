//! How far the demo is: a bar on a terminal, a line every ten seconds elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::Choices;
use crate::terminal;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Tells on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl Progress {
    /// Begins to tell.
    #[must_use]
    pub fn new(choices: &Choices, page: &str) -> Progress {
        terminal::tell(&format!(
            "{} calls from seed {}: simulated Aircall -> callfold run -> simulated Front \
             (its page: {page})",
            choices.calls, choices.seed
        ));
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {msg}")
                .expect("the template has no other placeholders")
                .progress_chars("=> ");
            ProgressBar::new(1).with_style(style)
        });
        Progress { bar, last_line: Mutex::new(Instant::now()) }
    }

    /// While webhooks are sent.
    pub fn sent(&self, acknowledged: usize, planned: usize) {
        self.tell(acknowledged as u64, planned as u64, || {
            format!("{acknowledged} of {planned} webhooks acknowledged")
        });
    }

    /// While the rest goes to Front.
    pub fn settling(&self, unread: u64, due: u64, open: i64) {
        self.tell(1, 1, || {
            format!(
                "all webhooks sent; {due} calls wait, {open} effects open, {unread} records unread"
            )
        });
    }

    /// Something worth a line of its own.
    pub fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal::tell(what)),
            None => terminal::tell(what),
        }
    }

    /// The end.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn tell(&self, place: u64, length: u64, message: impl Fn() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_length(length.max(1));
            bar.set_position(place);
            bar.set_message(message());
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            terminal::tell(&message());
        }
    }
}
