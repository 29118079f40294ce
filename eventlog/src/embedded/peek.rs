//! What stands in a log's manifest, read without opening the log.

use std::path::Path;

use super::files::RealFiles;
use super::manifest::{Manifest, ManifestTopic};
use super::open_error::OpenError;
use crate::TopicSpec;

/// The topics of the log in `dir`; none where there is no log. A process may hold it: the manifest
/// is replaced as a whole.
///
/// # Errors
/// [`OpenError`]: a manifest that cannot be read.
pub fn topics_in(dir: &Path) -> Result<Vec<TopicSpec>, OpenError> {
    let manifest = Manifest::load(&RealFiles, dir)?;
    Ok(manifest.iter().flat_map(|it| &it.topics).map(ManifestTopic::spec).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::embedded::{Options, open};
    use crate::{Cleanup, SystemClock, Topic};

    #[tokio::test]
    async fn the_topics_of_a_log_are_known_without_opening_it() {
        let dir = tempfile::tempdir().unwrap();
        let log_dir = dir.path().join("log");
        assert_eq!(topics_in(&log_dir).unwrap(), Vec::new());
        let spec = TopicSpec {
            topic: Topic::new("mine.calls"),
            partitions: 3,
            cleanup: Cleanup { compact: true, retention: None },
        };
        let topics = vec![spec.clone()];
        let log =
            open(&log_dir, topics, "test", Arc::new(SystemClock), Options::default()).unwrap();
        assert_eq!(topics_in(&log_dir).unwrap(), [spec]);
        log.close().await;
    }
}
