//! What is wrong with a configuration, where, and what to write instead: all of it at once.

use std::fmt;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A line of the file.
    File {
        /// As it was named on the command line.
        file: String,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A command line option.
    Option(&'static str),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File { file, line } => write!(f, "{file}:{line}"),
            Source::Variable(name) => f.write_str(name),
            Source::Option(name) => f.write_str(name),
            Source::Default => f.write_str("default"),
        }
    }
}

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where; the default source when something is missing everywhere.
    pub source: Source,
    /// A sentence: what is wrong and what to write instead.
    pub what: String,
}

/// Everything to correct, at least one.
#[derive(Debug, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            match problem.source {
                Source::Default => writeln!(f, "{}", problem.what)?,
                Source::File { .. } | Source::Variable(_) | Source::Option(_) => {
                    writeln!(f, "{}: {}", problem.source, problem.what)?;
                }
            }
        }
        match self.0.len() {
            1 => f.write_str("1 thing to correct in the configuration; nothing was started"),
            many => write!(f, "{many} things to correct in the configuration; nothing was started"),
        }
    }
}
