//! How a command ends: the exit codes that scripts can rely on.

use std::process::ExitCode;

use crate::config::Problems;

/// A command that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it ran, and what it was to show is not so; it has said why.
    Failed,
    /// 3: the answer is "differs" or "not healthy".
    Differs,
}

/// A command that could not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// 1: something went wrong on the way.
    #[error("{0}")]
    Failed(String),
    /// 1: what somebody else runs cannot be reached now; later it may.
    #[error("{0}")]
    Away(String),
    /// 2: the command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// 2: the configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// 0: whoever read our output went away, as `head` does.
    #[error("the reader of the output went away")]
    ReaderGone,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Done => ExitCode::SUCCESS,
            Exit::Failed => ExitCode::from(1),
            Exit::Differs => ExitCode::from(3),
        }
    }
}

impl Failure {
    /// The code of this failure.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Failed(_) | Failure::Away(_) => ExitCode::from(1),
            Failure::Usage(_) | Failure::Configuration(_) => ExitCode::from(2),
            Failure::ReaderGone => ExitCode::SUCCESS,
        }
    }

    /// A failed attempt with its cause.
    pub fn because(attempted: &str, cause: &dyn std::fmt::Display) -> Failure {
        Failure::Failed(format!("{attempted}: {cause}"))
    }
}
