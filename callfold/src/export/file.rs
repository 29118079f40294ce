//! The Parquet file: written beside its place, and moved there when it is whole.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use tempfile::NamedTempFile;

use super::columns::{Column, Columns, Values};
use super::layout::Layout;
use crate::failure::Failure;

/// A file on its way.
pub(super) struct ParquetFile {
    path: PathBuf,
    force: bool,
    /// Goes, with the bytes in it, unless it is moved to its place.
    beside: NamedTempFile,
    writer: SerializedFileWriter<File>,
}

impl ParquetFile {
    /// # Errors
    /// A file that is there already, unless `force`; a folder that cannot be written to.
    pub(super) fn begin(path: &Path, force: bool, layout: &Layout) -> Result<ParquetFile, Failure> {
        if path.is_dir() {
            return Err(Failure::Usage(format!("{} is a folder", path.display())));
        }
        if !force && path.exists() {
            return Err(there_already(path));
        }
        let failed =
            |error: &dyn std::fmt::Display| Failure::because(&format!("making {path:?}"), error);
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let beside = tempfile::Builder::new()
            .prefix(".callfold-")
            .suffix(".parquet-part")
            // What the user's umask leaves of it, as of every other file.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| failed(&error))?;
        let file = beside.as_file().try_clone().map_err(|error| failed(&error))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("callfold ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(file, layout.schema.clone(), Arc::new(properties))
            .map_err(|error| failed(&error))?;
        Ok(ParquetFile { path: path.to_owned(), force, beside, writer })
    }

    /// Writes the rows that wait as one group.
    ///
    /// # Errors
    /// A full disk.
    pub(super) fn write(&mut self, columns: &mut Columns) -> Result<(), Failure> {
        if columns.rows() == 0 {
            return Ok(());
        }
        let mut waiting = columns.take().into_iter();
        let written: Result<(), ParquetError> = (|| {
            let mut group = self.writer.next_row_group()?;
            while let Some(mut writer) = group.next_column()? {
                let column = waiting.next().expect("the file has the layout's columns");
                write_column(&mut writer, &column)?;
                writer.close()?;
            }
            group.close()?;
            Ok(())
        })();
        written.map_err(|error| self.failed(&error))
    }

    /// # Errors
    /// A full disk, or a file that has come to its place meanwhile.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.writer.finish().map_err(|error| self.failed(&error))?;
        self.beside.as_file().sync_all().map_err(|error| self.failed(&error))?;
        let ParquetFile { path, force, beside, .. } = self;
        let moved = if force { beside.persist(&path) } else { beside.persist_noclobber(&path) };
        moved.map(|_| ()).map_err(|failure| match failure.error.kind() {
            io::ErrorKind::AlreadyExists => there_already(&path),
            _ => Failure::because(&format!("making {path:?}"), &failure.error),
        })
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::because(&format!("writing {:?}", self.path), error)
    }
}

fn there_already(path: &Path) -> Failure {
    Failure::Usage(format!("{} is there already: add --force to replace it", path.display()))
}

fn write_column(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column,
) -> Result<(), ParquetError> {
    let definitions = Some(column.definitions.as_slice());
    let repetitions = Some(column.repetitions.as_slice());
    match &column.values {
        Values::Flags(values) => {
            writer.typed::<BoolType>().write_batch(values, definitions, repetitions)
        }
        Values::Ints(values) => {
            writer.typed::<Int32Type>().write_batch(values, definitions, repetitions)
        }
        Values::Longs(values) => {
            writer.typed::<Int64Type>().write_batch(values, definitions, repetitions)
        }
        Values::Doubles(values) => {
            writer.typed::<DoubleType>().write_batch(values, definitions, repetitions)
        }
        Values::Texts(values) => {
            writer.typed::<ByteArrayType>().write_batch(values, definitions, repetitions)
        }
    }?;
    Ok(())
}
