//! What the fold is told: every choice that the configuration leaves to the user, as values.

use schemas::{CallFacts, Text, TopicNames};

use crate::templates::Templates;

/// B10: whose comments are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// Those of answered calls, as the article has it.
    Answered,
    /// Those of all calls.
    All,
}

/// B07: how a call is cut into activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One activity per piece of information, as the article has it.
    Separate,
    /// One activity with all of it.
    Compact,
}

/// B14: which lines are logged in Front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// All of them.
    All,
    /// Those with one of these names or ids.
    Only(Vec<String>),
}

impl Lines {
    /// Whether calls of this call's line are logged. A line that is not known yet is not.
    #[must_use]
    pub fn include(&self, facts: &CallFacts) -> bool {
        match self {
            Lines::All => true,
            Lines::Only(wanted) => {
                let id = facts.line_id.map(|id| id.get().to_string());
                wanted.iter().any(|line| {
                    Some(line.as_str()) == id.as_deref()
                        || Some(line.as_str()) == facts.line_name.as_deref()
                })
            }
        }
    }
}

/// B12: how an answered call's conversation gets its assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assign {
    /// With the main activity's import.
    Import,
    /// By a request of its own.
    Put,
}

/// Everything that the fold is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// B13: how long to wait for what may still come, in milliseconds.
    pub settle_ms: i64,
    /// B10.
    pub comments: Comments,
    /// B07.
    pub layout: Layout,
    /// B14.
    pub lines: Lines,
    /// B12.
    pub assign: Assign,
    /// The texts of activities.
    pub templates: Templates,
    /// The configuration's version, named by every command.
    pub version: Text,
    /// The topics' names.
    pub topics: TopicNames,
    /// Partitions of each topic.
    pub partitions: u32,
}
