//! How the cleaner leaves the disk and the processors to those who wait for commits.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// So many times as long as it worked, the cleaner rests: it has a quarter of the time. Rewriting a
/// full segment takes some seconds then, and nobody waits for it.
const RESTS: u32 = 3;

/// A piece of work that took long met a busy disk, not much work: 200 ms, so that an end of the log
/// is never waited for longer.
const REST_MAX: Duration = Duration::from_millis(200);

/// The cleaner's rests.
pub(crate) struct Rest<'a> {
    /// Whether the log goes on.
    go_on: &'a dyn Fn() -> bool,
    /// Somebody waits for the cleaner: no rests.
    hurries: bool,
    worked_from: Cell<Instant>,
}

impl<'a> Rest<'a> {
    /// From here on it works.
    pub(crate) fn new(go_on: &'a dyn Fn() -> bool, hurries: bool) -> Rest<'a> {
        Rest { go_on, hurries, worked_from: Cell::new(Instant::now()) }
    }

    /// Between two pieces of work, each of which a commit's sync may have to wait for. False when
    /// the log ends.
    pub(crate) fn between(&self) -> bool {
        let now = Instant::now();
        let rest = ((now - self.worked_from.get()) * RESTS).min(REST_MAX);
        // Whoever ends the log unparks this thread; it may also wake without a reason.
        while !self.hurries && (self.go_on)() && now.elapsed() < rest {
            std::thread::park_timeout(rest - now.elapsed().min(rest));
        }
        self.worked_from.set(Instant::now());
        (self.go_on)()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_three_times_as_long_as_it_worked_unless_somebody_waits_or_the_log_ends() {
        for (hurries, goes_on, rests) in
            [(false, true, true), (true, true, false), (false, false, false)]
        {
            let go_on = || goes_on;
            let rest = Rest::new(&go_on, hurries);
            let worked = Duration::from_millis(20);
            rest.worked_from.set(Instant::now() - worked);
            let began = Instant::now();
            assert_eq!(rest.between(), goes_on);
            assert_eq!(began.elapsed() >= worked * RESTS, rests, "{hurries} {goes_on}");
        }
    }
}
