//! How much is under way at once. What does not fit is told to come back, never queued.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{BODIES_KIB_MAX, BODY_BYTES_MAX, BODY_STEP_KIB, REQUESTS_MAX};

/// Room for requests and for the bytes of their bodies.
pub struct Room {
    requests: Arc<Semaphore>,
    bodies_kib: Arc<Semaphore>,
}

/// A request's room from when its body is there, given back when it is dropped.
pub type RequestPlace = OwnedSemaphorePermit;

/// A body's room, given back when it is dropped. It grows with the bytes that have come, not with
/// those that were promised: a promise costs its sender nothing.
pub struct BodyPlace {
    kib: Option<OwnedSemaphorePermit>,
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

    /// A place for a body of which nothing has come yet.
    #[must_use]
    pub fn body(&self) -> BodyPlace {
        BodyPlace { kib: None, bodies_kib: Arc::clone(&self.bodies_kib) }
    }

    /// Room for a request whose body has come. None when there is no room.
    #[must_use]
    pub fn request(&self) -> Option<RequestPlace> {
        Arc::clone(&self.requests).try_acquire_owned().ok()
    }
}

impl BodyPlace {
    /// Makes room for a body of which `body_bytes` have come, in whole steps; the first is free.
    /// False when there is no room for them; what was taken before stays taken.
    #[must_use]
    pub fn grow_to(&mut self, body_bytes: usize) -> bool {
        let kib = body_bytes.min(BODY_BYTES_MAX).div_ceil(1024);
        let step = BODY_STEP_KIB as usize;
        let kib = kib.next_multiple_of(step).saturating_sub(step);
        let taken = self.kib.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = kib.saturating_sub(taken);
        if more == 0 {
            return true;
        }
        let more = u32::try_from(more).expect("at most 1024 KiB");
        let Ok(more) = Arc::clone(&self.bodies_kib).try_acquire_many_owned(more) else {
            return false;
        };
        match &mut self.kib {
            Some(kib) => kib.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_bounded_and_come_back() {
        let room = Room::of(2, 2048);
        let first = room.request().unwrap();
        let second = room.request().unwrap();
        assert!(room.request().is_none(), "two requests are all");
        drop((first, second));
        assert!(room.request().is_some());
    }

    #[test]
    fn a_body_takes_room_as_it_comes_and_gives_it_back() {
        let room = Room::of(100, 1024 - 16);
        let (mut large, mut other) = (room.body(), room.body());
        assert!(large.grow_to(16 * 1024), "the first step is free");
        assert!(large.grow_to(1024 * 1024));
        assert!(large.grow_to(8 * 1024 * 1024), "more than a body is never kept");
        assert!(other.grow_to(16 * 1024), "the first step is free for everybody");
        assert!(!other.grow_to(16 * 1024 + 1), "there is no second step");
        drop(large);
        assert!(other.grow_to(16 * 1024 + 1));
        assert!(other.grow_to(1024 * 1024), "what was given back is there again");
    }
}
