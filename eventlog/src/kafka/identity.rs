//! Who a log is: the first record of a topic of its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::OpenError;
use super::core::Core;
use super::reader::KafkaReader;
use super::writer::own_writer;
use crate::{CommitError, Identity, LogError, Offset, Partition, Reader};

/// The newest format that this program writes and reads.
const FORMAT_VERSION: u32 = 1;
const KEY: &str = "identity";
/// The writer that says it; no role has a name with a space.
const WRITER: &str = "log identity";
/// How often several who open a new log at once may fence each other before one gives up.
const TRIES: usize = 20;
const READ: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Written {
    format_version: u32,
    log_id: String,
    id_space: String,
}

/// Who the log is; none when nobody has said so yet.
pub(super) async fn load(core: &Arc<Core>) -> Result<Option<Identity>, OpenError> {
    let topic = core.options.identity_topic();
    let mut reader = KafkaReader::open(core.clone(), &topic, Partition(0), Offset::START).await?;
    loop {
        let batch = reader.next_if_any(READ).await.map_err(|error| match error {
            crate::ReadError::Log(error) => error,
            damaged @ crate::ReadError::Damaged { .. } => LogError::Stopped(damaged.to_string()),
        })?;
        if batch.records.is_empty() {
            return Ok(None);
        }
        // Writers keep records of their own here.
        let ours = batch.records.iter().find(|record| record.key == KEY);
        if let Some(value) = ours.and_then(|record| record.value.as_ref()) {
            return read(core, value).map(Some);
        }
    }
}

fn read(core: &Core, value: &[u8]) -> Result<Identity, OpenError> {
    let topic = core.options.identity_topic();
    let written: Written = serde_json::from_slice(value).map_err(|_| OpenError::Foreign(topic))?;
    let Written { format_version, log_id, id_space } = written;
    if format_version > FORMAT_VERSION {
        return Err(OpenError::NewerFormat { found: format_version, known: FORMAT_VERSION });
    }
    if id_space != core.options.id_space {
        let (found, wanted) = (id_space, core.options.id_space.clone());
        return Err(OpenError::IdSpace { found, wanted });
    }
    Ok(Identity { log_id, id_space, format_version })
}

/// Who the log is; says so when nobody has. Of several who do this at once one wins, and the others
/// take what it said: they share a writer's name, and who is fenced looks again.
pub(super) async fn load_or_create(core: &Arc<Core>) -> Result<Identity, OpenError> {
    let mut last = String::new();
    for _ in 0..TRIES {
        if let Some(identity) = load(core).await? {
            return Ok(identity);
        }
        let written = Written {
            format_version: FORMAT_VERSION,
            log_id: format!("{:032x}", rand::random::<u128>()),
            id_space: core.options.id_space.clone(),
        };
        let json = serde_json::to_vec(&written).expect("three plain fields serialise");
        let topic = core.options.identity_topic();
        let (mut writer, record) = own_writer(core, WRITER, &topic, KEY, json).await?;
        // Whoever said it before this writer was opened is seen now, and nobody can any more.
        if let Some(identity) = load(core).await? {
            return Ok(identity);
        }
        match writer.commit_own(record).await {
            Err(CommitError::Log(error)) => return Err(error.into()),
            Err(error) => last = error.to_string(),
            Ok(()) => {}
        }
    }
    Err(LogError::Stopped(format!("the log's identity could not be written: {last}")).into())
}
