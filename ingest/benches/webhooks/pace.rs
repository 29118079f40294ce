//! When requests are due: as soon as the last one was answered, or at fixed times by a timer of the
//! kernel. The runtime's own timers round up to whole milliseconds, which would count as waiting.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How the requests of a run follow each other.
#[derive(Clone)]
pub enum Pace {
    /// Each connection at once, until then.
    Closed { until: Instant },
    /// All together so often, whether earlier ones were answered or not.
    Open(Arc<Schedule>),
}

/// When one request was due.
pub struct Due {
    pub at: Instant,
    /// It waited for a connection, not the connection for it.
    pub held_up: bool,
}

/// The times of an open loop.
pub struct Schedule {
    started: Instant,
    rate: u64,
    requests: u64,
    next: AtomicU64,
    due: Semaphore,
}

impl Pace {
    pub fn closed(lasts: Duration) -> Pace {
        Pace::Closed { until: Instant::now() + lasts }
    }

    /// Starts the timer; call it within the runtime.
    pub fn open(rate: u64, lasts: Duration) -> Pace {
        let requests = u64::try_from(lasts.as_nanos()).unwrap() * rate / 1_000_000_000;
        let (started, next) = (Instant::now(), AtomicU64::new(0));
        let schedule = Arc::new(Schedule { started, rate, requests, next, due: Semaphore::new(0) });
        tokio::spawn(schedule.clone().release());
        Pace::Open(schedule)
    }

    /// Waits until the next request is due; none at the end of the run.
    pub async fn next(&self) -> Option<Due> {
        match self {
            Pace::Closed { until } => {
                let at = Instant::now();
                (at < *until).then_some(Due { at, held_up: false })
            }
            Pace::Open(schedule) => schedule.next().await,
        }
    }
}

impl Schedule {
    async fn next(&self) -> Option<Due> {
        let held_up = match self.due.try_acquire() {
            Ok(permit) => {
                permit.forget();
                true
            }
            Err(_) => {
                self.due.acquire().await.ok()?.forget();
                false
            }
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.requests).then(|| Due { at: self.at(number), held_up })
    }

    fn at(&self, number: u64) -> Instant {
        self.started + Duration::from_nanos(number * 1_000_000_000 / self.rate)
    }

    /// Lets requests go when they are due, then those who still wait for one.
    async fn release(self: Arc<Schedule>) {
        let timer = timer(Duration::from_nanos(1_000_000_000 / self.rate));
        let mut released = 0;
        while released < self.requests {
            let mut ready = timer.readable().await.unwrap();
            let mut expirations = [0; 8];
            if rustix::io::read(timer.get_ref(), &mut expirations).is_err() {
                ready.clear_ready();
                continue;
            }
            let past = u64::try_from(self.started.elapsed().as_nanos()).unwrap();
            let due = (past * self.rate / 1_000_000_000 + 1).min(self.requests);
            self.due.add_permits(usize::try_from(due - released).unwrap());
            released = due;
        }
        // What is left to take is taken; who gets none by then has nothing more to do.
        while self.next.load(Ordering::Relaxed) < self.requests {
            timer.readable().await.unwrap().clear_ready();
            let _ = rustix::io::read(timer.get_ref(), &mut [0; 8]);
        }
        self.due.close();
    }
}

/// Becomes readable so often.
fn timer(every: Duration) -> AsyncFd<OwnedFd> {
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags).unwrap();
    let every = Timespec::try_from(every).unwrap();
    let times = Itimerspec { it_interval: every, it_value: every };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &times).unwrap();
    #[expect(deprecated, reason = "the other way is unsafe code; an owned descriptor stays open")]
    AsyncFd::new(timer).unwrap()
}
