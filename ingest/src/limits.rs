//! Every limit of the HTTP edge, and why it is that number. What happens at each: the README.

use std::time::Duration;

/// Bytes of a body. Aircall's largest seen have some 10 kB; users with hundreds of lines have more.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a body over the limit that are still read (and dropped) so that the sender sees the
/// answer instead of a reset. Whoever sends more is cut off.
pub const BODY_DRAINED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Time to send a body. Aircall itself gives up after 5 s.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Time to send a head, and how long a connection may be idle between two requests. Below the 20 s
/// that an orderly stop has, so that a half-sent head cannot outlast it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// The same for connections that come when three quarters of all places are taken. Whoever has something
/// to say says it within two round trips.
pub const HEAD_TIMEOUT_UNDER_PRESSURE: Duration = Duration::from_secs(2);

/// How long an answer may wait for its reader, whose buffers it always fits in: only who never reads
/// and asks again gets here. Below the 20 s that an orderly stop has.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a head. Common proxies and servers stop at 8 to 16 KiB.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Headers of a request. Aircall sends about ten, a chain of proxies adds as many.
pub const HEADERS_MAX: usize = 64;

/// Connections at once, where the system lets the process have twice as many files. Each idle one costs
/// some 20 KiB.
pub const CONNECTIONS_MAX: usize = 2048;

/// Requests at once whose bodies have come, for each of the two senders. At 20,000/s and 50 ms for the slowest disk there are 1,000 under way.
pub const REQUESTS_MAX: usize = 1024;

/// KiB of bodies in memory at once, for each of the two senders: 32 bodies of the largest size,
/// 2,048 usual ones. Each has its own, so that who floods one does not keep the other out.
pub const BODIES_KIB_MAX: usize = 32 * 1024;

/// KiB of room that a body takes at a time. The first step takes none: nearly all bodies fit in it, and
/// there are no more of them than connections. So who only promises bodies keeps nobody out.
pub const BODY_STEP_KIB: u32 = 16;

/// What `retry-after` says when the log cannot take a body, in seconds. Aircall has a schedule of
/// its own; other senders should not come back before a disk can have been cleared a little.
pub const RETRY_AFTER_S: u32 = 5;
