//! The manifest: which topics a log has and which segments, in the order of their records.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{Files, read_all, replace};
use super::open_error::OpenError;
use crate::{Cleanup, Topic, TopicSpec};

/// The manifest's file.
pub(crate) const MANIFEST: &str = "MANIFEST";

/// A topic as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManifestTopic {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) partitions: u32,
    pub(crate) compact: bool,
    pub(crate) retention_ms: Option<u64>,
}

impl ManifestTopic {
    pub(crate) fn spec(&self) -> TopicSpec {
        let retention = self.retention_ms.map(std::time::Duration::from_millis);
        let cleanup = Cleanup { compact: self.compact, retention };
        TopicSpec { topic: Topic::new(&self.name), partitions: self.partitions, cleanup }
    }
}

/// A segment as the manifest has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManifestSegment {
    pub(crate) number: u64,
    /// Whether compaction has seen its keys.
    pub(crate) cleaned: bool,
}

/// What the log consists of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) topics: Vec<ManifestTopic>,
    pub(crate) segments: Vec<ManifestSegment>,
    pub(crate) next_segment: u64,
}

impl Manifest {
    /// Reads the manifest; none when there is none.
    pub(crate) fn load(files: &dyn Files, dir: &Path) -> Result<Option<Manifest>, OpenError> {
        let path = dir.join(MANIFEST);
        let content = match files.open(&path, false).and_then(|file| read_all(&*file)) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::io("read", &path, source)),
        };
        match Manifest::parse(&content) {
            Some(manifest) => Ok(Some(manifest)),
            None => Err(OpenError::Damaged { file: path }),
        }
    }

    fn parse(content: &[u8]) -> Option<Manifest> {
        let text = std::str::from_utf8(content).ok()?.strip_suffix('\n')?;
        let (json, checksum) = text.rsplit_once('\n')?;
        if format!("{:08x}", crc32c::crc32c(json.as_bytes())) != checksum {
            return None;
        }
        serde_json::from_str(json).ok()
    }

    /// Makes this the log's manifest, durably.
    pub(crate) fn store(&self, files: &dyn Files, dir: &Path) -> std::io::Result<()> {
        let json = serde_json::to_string(self).map_err(std::io::Error::other)?;
        let text = format!("{json}\n{:08x}\n", crc32c::crc32c(json.as_bytes()));
        replace(files, dir, MANIFEST, text.as_bytes())
    }

    /// Takes in the topics that a log is opened with: new ones are added, a changed cleanup is
    /// taken over, other partitions are refused.
    pub(crate) fn take_topics(&mut self, topics: &[TopicSpec]) -> Result<(), OpenError> {
        for spec in topics {
            let retention_ms = spec
                .cleanup
                .retention
                .map(|retention| u64::try_from(retention.as_millis()).unwrap_or(u64::MAX));
            let known = self.topics.iter_mut().find(|topic| topic.name == spec.topic.as_str());
            let Some(known) = known else {
                let id = self.topics.iter().map(|topic| topic.id + 1).max().unwrap_or(0);
                self.topics.push(ManifestTopic {
                    id,
                    name: spec.topic.as_str().to_owned(),
                    partitions: spec.partitions,
                    compact: spec.cleanup.compact,
                    retention_ms,
                });
                continue;
            };
            if known.partitions != spec.partitions {
                return Err(OpenError::Partitions {
                    topic: spec.topic.clone(),
                    stored: known.partitions,
                    wanted: spec.partitions,
                });
            }
            known.compact = spec.cleanup.compact;
            known.retention_ms = retention_ms;
        }
        Ok(())
    }
}

/// Where a segment's file is.
pub(crate) fn segment_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.seg"))
}
