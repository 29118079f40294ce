//! How much is under way at once. What does not fit is told to come back, never queued.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{BODIES_KIB_MAX, BODY_BYTES_MAX, REQUESTS_MAX};

/// Room for requests and for the bytes of their bodies.
pub struct Room {
    requests: Arc<Semaphore>,
    bodies_kib: Arc<Semaphore>,
}

/// A request's room, given back when it is dropped.
pub struct Place {
    _request: OwnedSemaphorePermit,
    _body: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(REQUESTS_MAX, BODIES_KIB_MAX)
    }
}

impl Room {
    /// Room for so many requests, and so many KiB of bodies.
    #[must_use]
    pub fn of(requests: usize, bodies_kib: usize) -> Room {
        Room {
            requests: Arc::new(Semaphore::new(requests)),
            bodies_kib: Arc::new(Semaphore::new(bodies_kib)),
        }
    }

    /// Room for one request whose body has `body_bytes`, or as many as are allowed where the
    /// sender does not say. None when there is no room.
    #[must_use]
    pub fn take(&self, body_bytes: Option<u64>) -> Option<Place> {
        let request = Arc::clone(&self.requests).try_acquire_owned().ok()?;
        let bytes = body_bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .map_or(BODY_BYTES_MAX, |bytes| bytes.min(BODY_BYTES_MAX));
        let kib = u32::try_from(bytes.div_ceil(1024).max(1)).expect("at most 1024 KiB");
        let body = Arc::clone(&self.bodies_kib).try_acquire_many_owned(kib).ok()?;
        Some(Place { _request: request, _body: body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_bytes_are_bounded_apart_and_come_back() {
        let room = Room::of(2, 2048);
        let first = room.take(Some(1)).unwrap();
        let second = room.take(Some(0)).unwrap();
        assert!(room.take(Some(1)).is_none(), "two requests are all");
        drop((first, second));
        let whole = room.take(None).unwrap();
        assert!(room.take(Some(1024 * 1024 + 1)).is_some(), "more than a body is never kept");
        let half = room.take(Some(512 * 1024)).unwrap();
        assert!(room.take(None).is_none(), "two MiB are all");
        drop((whole, half));
        assert!(room.take(None).is_some());
    }
}
