//! The three services, each of which can be a process of its own.

use std::fmt;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes webhooks.
    Ingest,
    /// Folds events.
    Projector,
    /// Writes to Front.
    Dispatcher,
}

impl Role {
    /// All of them, in the order in which a call passes them.
    pub const ALL: [Role; 3] = [Role::Ingest, Role::Projector, Role::Dispatcher];

    /// Its name, which is its folder's and its command's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Ingest => "ingest",
            Role::Projector => "projector",
            Role::Dispatcher => "dispatcher",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
