//! How many files and connections the process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use ingest::limits::CONNECTIONS_MAX;

/// Takes as many open files as the system lets this process have, instead of the few that a login
/// shell gives to programs that cannot count above 1,024, and says how many that are; none: no limit.
#[must_use]
pub fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    }
}

/// How many connections may come in: half of the files, so that a crowd of them leaves the log, the
/// local stores and the way to Front what they need.
#[must_use]
pub fn connections_max(files: Option<u64>) -> usize {
    let half = files.map_or(u64::MAX, |files| files / 2).max(1);
    usize::try_from(half).unwrap_or(usize::MAX).min(CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_half_of_the_files_to_others() {
        let cases = [(None, 2_048), (Some(1 << 20), 2_048), (Some(1_024), 512), (Some(1), 1)];
        for (files, expected) in cases {
            assert_eq!(connections_max(files), expected, "of {files:?}");
        }
    }

    #[test]
    fn the_limit_of_open_files_is_raised_to_what_may_be_had() {
        let before = getrlimit(Resource::Nofile);
        let low = before.maximum.map_or(256, |most| most.min(256));
        let lowered = Rlimit { current: Some(low), maximum: before.maximum };
        setrlimit(Resource::Nofile, lowered).expect("an own limit can be lowered");
        assert_eq!(raise(), before.maximum);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }
}
