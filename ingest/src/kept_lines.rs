//! B14: which lines' events are kept at all, for a customer who wants no others on the log.

use schemas::CallEvent;

/// The lines whose events are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeptLines {
    /// Every line's, so that history can include a line later.
    #[default]
    All,
    /// Those of lines with one of these names or ids.
    Only(Vec<String>),
}

impl KeptLines {
    /// Whether this event is kept. One that does not say its line is: it may be of a line that is
    /// wanted, and a call once acknowledged must not be lost.
    #[must_use]
    pub fn keep(&self, event: &CallEvent) -> bool {
        let KeptLines::Only(wanted) = self else { return true };
        let id = event.line_id.map(|id| id.get().to_string());
        let name = event.line_name.as_deref();
        if id.is_none() && name.is_none() {
            return true;
        }
        wanted
            .iter()
            .any(|line| Some(line.as_str()) == id.as_deref() || Some(line.as_str()) == name)
    }
}
