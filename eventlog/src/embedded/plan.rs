//! Which closed segments are worth rewriting: a pure decision over their figures.

use std::ops::Range;

use super::options::Options;

/// A closed segment in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    /// Its length.
    pub(crate) bytes: u64,
    /// Bytes of topics that are compacted.
    pub(crate) compacted_bytes: u64,
    /// Bytes of blocks that are wholly older than their topic's retention.
    pub(crate) expired_bytes: u64,
    /// Bytes of all blocks.
    pub(crate) block_bytes: u64,
    /// How many blocks have records.
    pub(crate) blocks: u64,
    /// Whether compaction has seen its keys.
    pub(crate) cleaned: bool,
    /// Whether it was rewritten before.
    pub(crate) rewritten: bool,
    /// Something in it cannot be read: it is kept as it is.
    pub(crate) damaged: bool,
}

/// How many small neighbours are put together at the least: each is then rewritten about three
/// times until it is full-sized.
const MERGE_SEGMENTS: usize = 4;

/// Each new byte of a compacted topic has at most so many bytes rewritten: where most of a log is in
/// topics that are not compacted, compaction would copy them again and again for little.
const REWRITTEN_PER_DIRTY: u64 = 16;

/// Whether compaction is worth its work.
pub(crate) fn compaction_is_due(segments: &[Figures], options: &Options) -> bool {
    let all: u64 = segments.iter().map(|segment| segment.bytes).sum();
    let compacted: u64 = segments.iter().map(|segment| segment.compacted_bytes).sum();
    let dirty = segments.iter().filter(|segment| !segment.cleaned && !segment.damaged);
    let dirty: u64 = dirty.map(|segment| segment.compacted_bytes).sum();
    #[allow(clippy::cast_precision_loss, reason = "a share of bytes need not be exact")]
    let share = dirty as f64 / compacted.max(1) as f64;
    dirty >= options.compact_dirty_bytes.max(all / REWRITTEN_PER_DIRTY)
        && share >= options.compact_dirty_ratio
}

/// The runs of neighbours to rewrite, each into one segment. `compact_to` segments from the first
/// on are compacted; `force` rewrites all that can be.
pub(crate) fn runs(
    segments: &[Figures],
    compact_to: usize,
    force: bool,
    options: &Options,
) -> Vec<Range<usize>> {
    let wanted: Vec<bool> = segments
        .iter()
        .enumerate()
        .map(|(at, segment)| {
            let compact = at < compact_to && segment.compacted_bytes > 0;
            !segment.damaged && (force || compact || is_worn(segment, options))
        })
        .collect();
    let mut runs = grouped(segments, options, |at| wanted[at], 1);
    let taken: Vec<bool> =
        (0..segments.len()).map(|at| runs.iter().any(|run| run.contains(&at))).collect();
    let is_small = |at: usize| {
        let segment = &segments[at];
        !taken[at] && !segment.damaged && segment.bytes <= options.segment_bytes / 2
    };
    runs.extend(grouped(segments, options, is_small, MERGE_SEGMENTS));
    runs.sort_by_key(|run| run.start);
    runs
}

/// Whether a segment should be rewritten for its own sake.
fn is_worn(segment: &Figures, options: &Options) -> bool {
    #[allow(clippy::cast_precision_loss, reason = "a share of bytes need not be exact")]
    let expired = segment.expired_bytes as f64 / segment.block_bytes.max(1) as f64;
    let mean_block = segment.block_bytes / segment.blocks.max(1);
    let small_blocks =
        !segment.rewritten && segment.blocks > 1 && mean_block < options.small_block_bytes;
    expired >= options.expired_ratio && segment.expired_bytes > 0 || small_blocks
}

/// Neighbours that are `wanted`, as many together as fit in one segment.
fn grouped(
    segments: &[Figures],
    options: &Options,
    wanted: impl Fn(usize) -> bool,
    least: usize,
) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, segment) in segments.iter().enumerate().filter(|(at, _)| wanted(*at)) {
        match runs.last_mut() {
            Some(run) if run.end == at && bytes + segment.bytes <= options.segment_bytes => {
                run.end += 1;
                bytes += segment.bytes;
            }
            _ => {
                runs.push(at..at + 1);
                bytes = segment.bytes;
            }
        }
    }
    runs.retain(|run| run.len() >= least);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn full() -> Figures {
        let bytes = 128 * MIB;
        Figures {
            bytes,
            compacted_bytes: bytes,
            block_bytes: bytes,
            blocks: 600,
            cleaned: true,
            rewritten: true,
            ..Figures::default()
        }
    }

    #[test]
    fn compaction_waits_until_half_is_dirty() {
        let dirty = Figures { cleaned: false, ..full() };
        let little = Figures { compacted_bytes: 60 * MIB, bytes: 60 * MIB, ..dirty };
        let damaged = Figures { damaged: true, ..dirty };
        let plain = Figures { compacted_bytes: 0, ..full() };
        for (segments, due) in [
            (vec![], false),
            (vec![full()], false),
            (vec![dirty], true),
            (vec![little], false),
            (vec![full(), dirty], true),
            (vec![full(), full(), dirty], false),
            (vec![full(), full(), dirty, dirty], true),
            (vec![damaged], false),
            (vec![plain, plain, plain, dirty], true),
            ([vec![plain; 16], vec![dirty]].concat(), false),
        ] {
            assert_eq!(compaction_is_due(&segments, &Options::default()), due, "{segments:?}");
        }
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "a list of runs that has one run")]
    fn what_is_rewritten_and_with_whom() {
        let plain = full();
        let expired = Figures { expired_bytes: 40 * MIB, ..full() };
        let fresh = Figures { expired_bytes: 30 * MIB, ..full() };
        let crumbs = Figures { blocks: 100_000, rewritten: false, ..full() };
        let crumbs_again = Figures { rewritten: true, ..crumbs };
        let small = Figures { bytes: 30 * MIB, block_bytes: 30 * MIB, ..full() };
        let damaged = Figures { damaged: true, ..expired };
        let small_expired = Figures { expired_bytes: 20 * MIB, ..small };
        for (segments, compact_to, force, expected) in [
            (vec![plain, plain], 0, false, vec![]),
            (vec![plain, expired, fresh], 0, false, vec![1..2]),
            (vec![crumbs, crumbs_again], 0, false, vec![0..1]),
            (vec![damaged, small_expired, small_expired], 0, false, vec![1..3]),
            (vec![small, small, small], 0, false, vec![]),
            (vec![small, small, small, small, small], 0, false, vec![0..4]),
            (vec![small, small, damaged, small, small], 0, false, vec![]),
            (vec![plain, plain, plain], 2, false, vec![0..1, 1..2]),
            (vec![small, small, plain], 3, false, vec![0..2, 2..3]),
            (vec![plain, damaged, small], 0, true, vec![0..1, 2..3]),
        ] {
            let got = runs(&segments, compact_to, force, &Options::default());
            assert_eq!(got, expected, "{segments:?}");
        }
    }
}
