//! A clock that goes on while the machine sleeps. An attempt's deadline is held against it: a process
//! that was stopped and wakes up must not send what another process has taken over meanwhile.

use rustix::time::{ClockId, clock_gettime};

/// Milliseconds since the machine started, suspension included.
#[must_use]
pub(crate) fn now_ms() -> i64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
}
