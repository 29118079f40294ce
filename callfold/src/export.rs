//! A topic as a Parquet file: for analysts, whose tools read nothing from a log.
//!
//! Lines of `callfold events` become rows. So this works wherever that command does: on a stopped log,
//! through a running process, and on Kafka.

mod columns;
mod file;
mod layout;

use std::path::Path;

use schemas::{TopicKind, shape};
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::view::decode::what_is;
use columns::{Columns, Unfit};
use file::ParquetFile;
use layout::Layout;

/// Rows are written when their values take so much: a file of any length is made in little memory,
/// and readers like groups that are not small.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;
/// And when they are so many: what stands beside the values of a row has a size too.
const GROUP_ROWS_MAX: usize = 200_000;

/// A file that is being written.
pub struct Export {
    kind: TopicKind,
    /// The full name of the schema whose records become rows.
    record: &'static str,
    columns: Columns,
    file: ParquetFile,
    written: Written,
}

/// What came of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Records that are rows now.
    pub rows: u64,
    /// Keys that were deleted: such a record has no fields.
    pub deleted: u64,
    /// Records that cannot be read.
    pub undecodable: u64,
    /// Damaged places that were passed over.
    pub damaged: u64,
}

/// The schema that `wanted` names among those of a topic; where there is but one, it need not be named.
///
/// # Errors
/// A sentence with those that there are.
pub fn record_of(kind: TopicKind, wanted: Option<&str>) -> Result<&'static str, Failure> {
    let held = kind.schemas();
    let short = |name: &'static str| name.trim_start_matches("callfold.");
    let names = || held.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ");
    match (wanted, held) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::Usage(format!(
            "{} holds records of several kinds, and a Parquet file has rows of one: add --record \
             with one of {}",
            kind.short_name(),
            names()
        ))),
        (Some(wanted), _) => {
            let found = held.iter().find(|it| short(it) == wanted || **it == wanted);
            found.copied().ok_or_else(|| {
                Failure::Usage(format!(
                    "{} holds no record {wanted}: write one of {}",
                    kind.short_name(),
                    names()
                ))
            })
        }
    }
}

impl Export {
    /// Begins a file that will be at `path`; nothing is there before [`Export::finish`].
    ///
    /// # Errors
    /// A file that is there already, unless `force`; a folder that cannot be written to.
    pub fn begin(
        path: &Path,
        force: bool,
        kind: TopicKind,
        record: &'static str,
    ) -> Result<Export, Failure> {
        let fields = shape::of(record).expect("a topic's schemas are among those there are");
        let layout = Layout::of(record, &fields)
            .map_err(|error| Failure::because("laying out the columns", &error))?;
        let file = ParquetFile::begin(path, force, &layout)?;
        let columns = Columns::new(layout);
        Ok(Export { kind, record, columns, file, written: Written::default() })
    }

    /// Takes a line of `callfold events`.
    ///
    /// # Errors
    /// A line that is none, a record that does not have its schema's fields, a full disk.
    pub fn take(&mut self, line: &str) -> Result<(), Failure> {
        let line: Json = serde_json::from_str(line)
            .map_err(|error| Failure::because("reading a line of the log", &error))?;
        if line.get("damage").is_some() {
            self.written.damaged += 1;
            return Ok(());
        }
        let key = line["key"].as_str().unwrap_or_default();
        if what_is(self.kind, key.as_bytes()).schema() != self.record {
            return Ok(());
        }
        match line.get("value") {
            None => self.written.undecodable += 1,
            Some(Json::Null) => self.written.deleted += 1,
            Some(value) => {
                self.columns.push(&line, value).map_err(|unfit| refused(&line, &unfit))?;
                self.written.rows += 1;
            }
        }
        if self.columns.bytes() >= GROUP_BYTES_MAX || self.columns.rows() >= GROUP_ROWS_MAX {
            self.file.write(&mut self.columns)?;
        }
        Ok(())
    }

    /// Writes the rest, and puts the file where it belongs.
    ///
    /// # Errors
    /// A full disk, or a file that has come there meanwhile.
    pub fn finish(mut self) -> Result<Written, Failure> {
        self.file.write(&mut self.columns)?;
        self.file.finish()?;
        Ok(self.written)
    }
}

fn refused(line: &Json, unfit: &Unfit) -> Failure {
    Failure::Failed(format!(
        "the record at offset {} of partition {} of {} {unfit}: it was told by a process of another \
         version",
        line["offset"],
        line["partition"],
        line["topic"].as_str().unwrap_or_default(),
    ))
}
