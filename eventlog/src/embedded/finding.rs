//! What an open found wrong with a log. Nothing of it stops the log; all of it is told.

use std::fmt;
use std::path::PathBuf;

use crate::{Offset, Partition, Topic};

/// Offsets of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: Partition,
    /// The first offset.
    pub from: Offset,
    /// The offset after the last; [`Span::NOBODY_KNOWS`] when what would say so is lost as well.
    pub to: Offset,
}

impl Span {
    /// The end of a span that reaches to an end that nobody knows any more.
    pub const NOBODY_KNOWS: Offset = Offset(u64::MAX);
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { topic, partition: Partition(partition), from: Offset(from), to } = self;
        if *to == Span::NOBODY_KNOWS {
            write!(f, "{topic} partition {partition} from offset {from} on")
        } else {
            write!(f, "{topic} partition {partition} offsets {from} to {}", to.0)
        }
    }
}

/// Something that an open found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The last frame was not whole: nobody was told that it is durable. It was moved aside, or
    /// skipped when the log was opened read-only.
    Torn {
        /// The segment.
        file: PathBuf,
        /// How many bytes.
        bytes: u64,
        /// Where they are now; none when read-only.
        moved_to: Option<PathBuf>,
        /// What it would have held, where that can be said.
        spans: Vec<Span>,
    },
    /// Records are lost. They stay named, and a reader is told.
    Lost {
        /// The segment where they should be.
        file: PathBuf,
        /// Which ones.
        span: Span,
    },
    /// Nothing is left of a segment. What it held follows as [`Finding::Lost`]; a log with such a
    /// segment is opened only to read it.
    LostFile {
        /// The segment.
        file: PathBuf,
        /// How it is.
        what: &'static str,
    },
    /// A part of a segment that can be done without is damaged.
    Damaged {
        /// The segment.
        file: PathBuf,
        /// Which part.
        what: &'static str,
    },
    /// A segment that the manifest does not name, the rest of an interrupted change, was removed.
    Orphan {
        /// The segment.
        file: PathBuf,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Torn { file, bytes, moved_to, spans } => {
                write!(
                    f,
                    "{}: a torn last frame of {bytes} bytes, never acknowledged",
                    file.display()
                )?;
                match moved_to {
                    Some(to) => write!(f, ", was moved to {}", to.display())?,
                    None => f.write_str(" is skipped")?,
                }
                spans.iter().try_for_each(|span| write!(f, "; {span}"))
            }
            Finding::Lost { file, span } => {
                write!(f, "{}: damage: {span} cannot be read", file.display())
            }
            Finding::LostFile { file, what } => write!(f, "{} {what}", file.display()),
            Finding::Damaged { file, what } => write!(f, "{}: {what}", file.display()),
            Finding::Orphan { file } => {
                write!(f, "{}: removed the rest of an interrupted change", file.display())
            }
        }
    }
}
