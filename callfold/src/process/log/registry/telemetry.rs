//! What is told of the registry.

use super::client::RegistryError;

/// All schemas stand in the registry.
pub(super) fn registered(address: &str, schemas: usize, new: usize) {
    tracing::info!(
        schemas,
        new,
        "the registry at {address} has all {schemas} schemas; {new} of them were registered just now"
    );
}

/// A start without the registry.
pub(super) fn away(error: &RegistryError) {
    tracing::warn!(
        "{error}; this machine remembers the ids of all schemas, so the work goes on without it"
    );
}
