//! In a build without Kafka: the configuration has been refused before anybody comes here.

use std::sync::Arc;

use eventlog::{Clock, Log, LogReader};

use crate::config::Role;
use crate::config::settings::{Kafka, Settings};
use crate::failure::Failure;

fn absent() -> Failure {
    Failure::Usage("this callfold was built without Kafka".to_owned())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn open(
    _settings: &Settings,
    _kafka: &Kafka,
    _clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Log>, Failure> {
    Err(absent())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn open_read_only(
    _settings: &Settings,
    _kafka: &Kafka,
    _clock: Arc<dyn Clock>,
) -> Result<Arc<dyn LogReader>, Failure> {
    Err(absent())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn create(_settings: &Settings, _kafka: &Kafka) -> Result<Vec<String>, Failure> {
    Err(absent())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn check(_settings: &Settings, _kafka: &Kafka) -> Result<Vec<String>, Failure> {
    Err(absent())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn partitions(_settings: &Settings, _kafka: &Kafka) -> Result<Option<u32>, Failure> {
    Err(absent())
}

/// Refuses.
///
/// # Errors
/// Always.
pub async fn members(_settings: &Settings, _kafka: &Kafka, _role: Role) -> Result<usize, Failure> {
    Err(absent())
}
