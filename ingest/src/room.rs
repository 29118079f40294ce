//! How much is under way at once. What does not fit is told to come back, never queued.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{BODIES_KIB_MAX, BODY_BYTES_MAX, BODY_STEP_KIB, REQUESTS_MAX};

/// Room for requests and for the bytes of their bodies.
pub struct Room {
    requests: Arc<Semaphore>,
    bodies_kib: Arc<Semaphore>,
}

/// A request's room, given back when it is dropped. It grows with the bytes that have come, not
/// with those that were promised: a promise costs its sender nothing.
pub struct Place {
    _request: OwnedSemaphorePermit,
    body_kib: OwnedSemaphorePermit,
    bodies_kib: Arc<Semaphore>,
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

    /// Room for one request and the first step of its body. None when there is no room.
    #[must_use]
    pub fn take(&self) -> Option<Place> {
        let request = Arc::clone(&self.requests).try_acquire_owned().ok()?;
        let bodies_kib = Arc::clone(&self.bodies_kib);
        let body_kib = Arc::clone(&bodies_kib).try_acquire_many_owned(BODY_STEP_KIB).ok()?;
        Some(Place { _request: request, body_kib, bodies_kib })
    }
}

impl Place {
    /// Makes room for a body of which `body_bytes` have come, in whole steps. False when there is
    /// no room for them; what was taken before stays taken.
    #[must_use]
    pub fn grow_to(&mut self, body_bytes: usize) -> bool {
        let kib = body_bytes.min(BODY_BYTES_MAX).div_ceil(1024);
        let kib = kib.next_multiple_of(BODY_STEP_KIB as usize);
        let more = kib.saturating_sub(self.body_kib.num_permits());
        if more == 0 {
            return true;
        }
        let more = u32::try_from(more).expect("at most 1024 KiB");
        match Arc::clone(&self.bodies_kib).try_acquire_many_owned(more) {
            Ok(more) => {
                self.body_kib.merge(more);
                true
            }
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_bounded_and_come_back() {
        let room = Room::of(2, 2048);
        let first = room.take().unwrap();
        let second = room.take().unwrap();
        assert!(room.take().is_none(), "two requests are all");
        drop((first, second));
        assert!(room.take().is_some());
    }

    #[test]
    fn a_body_takes_room_as_it_comes_and_gives_it_back() {
        let room = Room::of(100, 1024 + 16);
        let mut large = room.take().unwrap();
        let small = room.take().unwrap();
        assert!(large.grow_to(16 * 1024), "the first step is there already");
        assert!(large.grow_to(1024 * 1024));
        assert!(large.grow_to(8 * 1024 * 1024), "more than a body is never kept");
        assert!(room.take().is_none(), "all is taken");
        drop(small);
        let mut another = room.take().unwrap();
        assert!(!another.grow_to(16 * 1024 + 1), "there is no second step");
        drop(large);
        assert!(another.grow_to(16 * 1024 + 1));
        assert!(another.grow_to(1024 * 1024), "what was given back is there again");
    }
}
