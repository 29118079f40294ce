//! How far a copy is: a bar on a terminal, a line every ten seconds elsewhere. On standard error.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::terminal;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Tells it.
pub struct Telling {
    bar: Option<ProgressBar>,
    at_most: u64,
    last_line: Mutex<Instant>,
}

impl Telling {
    /// Of a copy that carries at most so many records.
    #[must_use]
    pub fn new(at_most: u64) -> Telling {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos} of at most {len} records")
                .expect("the template has no other placeholders")
                .progress_chars("=> ");
            ProgressBar::new(at_most).with_style(style)
        });
        Telling { bar, at_most, last_line: Mutex::new(Instant::now()) }
    }

    /// So many records are there.
    pub fn carried(&self, records: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(records);
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            terminal::tell(&format!("{records} of at most {} records", self.at_most));
        }
    }

    /// The end.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
