//! The cleaner: one thread that compacts, drops what is older than its retention, and puts small
//! pieces together, one run of segments at a time.
//!
//! It writes a new segment beside the old ones, syncs it, puts it into the manifest, shows it to
//! readers, and only then removes the old ones. A crash at any point leaves either the old or the
//! new ones named, and the next open removes the others.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::block::BlockCursor;
use super::core::Core;
use super::lock::DirLock;
use super::manifest::{ManifestSegment, ManifestTopic, segment_path};
use super::newest::NewestKeys;
use super::options::Options;
use super::plan::{Figures, compaction_is_due, runs};
use super::request::Request;
use super::rest::Rest;
use super::rewrite::{RewriteError, Rules, read_block, rewrite};
use super::telemetry;
use super::view::Segment;
use crate::topic::TOMBSTONES_KEPT;
use crate::{Cleanup, Clock};

/// Something for the cleaner.
pub(crate) enum Chore {
    /// A segment was closed: look whether something is due.
    Look,
    /// Clean everything that can be, due or not, and say when it is done.
    Everything(oneshot::Sender<Result<(), String>>),
    /// The log ends.
    Stop,
}

/// The thread's own.
pub(crate) struct Cleaner {
    pub(crate) core: Arc<Core>,
    pub(crate) chores: Receiver<Chore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) stopping: Arc<AtomicBool>,
    /// To have the growing segment closed.
    pub(crate) requests: mpsc::WeakSender<Request>,
    /// Segments that turned out to be damaged.
    pub(crate) damaged: HashSet<u64>,
    /// Nobody else may open the directory while this thread runs.
    pub(crate) _lock: Arc<DirLock>,
}

impl Cleaner {
    /// Runs until the log ends.
    pub(crate) fn run(mut self) {
        while self.goes_on() {
            match self.chores.recv_timeout(self.options.clean_every) {
                Ok(Chore::Look) | Err(RecvTimeoutError::Timeout) => {
                    self.have_old_segment_closed();
                    if let Err(why) = self.clean(false) {
                        telemetry::not_cleaned(&self.core.dir, &why);
                    }
                }
                Ok(Chore::Everything(done)) => {
                    // Whoever asked may have gone.
                    let _ = done.send(self.clean(true));
                }
                Ok(Chore::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn goes_on(&self) -> bool {
        self.going()()
    }

    /// What says whether the log goes on.
    fn going(&self) -> impl Fn() -> bool + use<> {
        let (stopping, core) = (self.stopping.clone(), self.core.clone());
        move || !stopping.load(Ordering::SeqCst) && core.stopped.get().is_none()
    }

    /// On a quiet log the growing segment may hold records that are older than their retention: only
    /// a closed one can be cleaned. The next look finds it.
    fn have_old_segment_closed(&self) {
        let (cleanups, now_ms) = (self.cleanups(), self.clock.now_ms());
        let rules = Rules { cleanups: &cleanups, newest: None, tombstones_from_ms: None, now_ms };
        let view = self.core.view();
        let is_old = view.active.as_ref().is_some_and(|active| {
            self.core.lanes.all().any(|(lane, _)| {
                let oldest_ms = rules.oldest_ms(lane);
                active.index.lane(lane).iter().any(|piece| piece.entry.time_max_ms < oldest_ms)
            })
        });
        drop(view);
        if is_old && let Some(requests) = self.requests.upgrade() {
            let (done, _) = oneshot::channel();
            // A full queue means that the log is not quiet: later, then.
            let _ = requests.try_send(Request::Rotate { done });
        }
    }

    /// One pass over all closed segments.
    fn clean(&mut self, everything: bool) -> Result<(), String> {
        let segments = self.core.view().segments.clone();
        let cleanups = self.cleanups();
        let now_ms = self.clock.now_ms();
        let plain = Rules { cleanups: &cleanups, newest: None, tombstones_from_ms: None, now_ms };
        let figures: Vec<Figures> =
            segments.iter().map(|segment| self.figures(segment, &plain)).collect();
        let compacts = everything || compaction_is_due(&figures, &self.options);
        let (newest, compact_to) = if compacts {
            let (newest, to) = self.newest(&segments, &figures, &cleanups, everything)?;
            (Some(newest), to)
        } else {
            (None, 0)
        };
        let kept_ms = u64::try_from(TOMBSTONES_KEPT.as_millis()).expect("a week fits");
        // In a damaged segment an older record of a tombstone's key may still be readable.
        let may_forget = figures[..compact_to].iter().all(|segment| !segment.damaged);
        let compacting = Rules {
            newest: newest.as_ref(),
            tombstones_from_ms: may_forget.then(|| now_ms.saturating_sub_unsigned(kept_ms)),
            ..plain
        };
        let all = runs(&figures, compact_to, everything, &self.options);
        for run in split_at(all, compact_to) {
            if !self.goes_on() {
                return Err("the log was closed".to_owned());
            }
            let rules = if run.end <= compact_to { &compacting } else { &plain };
            self.replace(&segments[run], rules, everything).map_err(|error| {
                if let RewriteError::Damaged(number) = error {
                    self.damaged.insert(number);
                }
                error.to_string()
            })?;
        }
        Ok(())
    }

    /// What each lane's topic keeps. Topics that the log was not opened with keep what the manifest
    /// says.
    fn cleanups(&self) -> Vec<Cleanup> {
        let manifest = self.core.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |topic: &ManifestTopic| (topic.id, topic.spec().cleanup);
        let topics: std::collections::HashMap<u32, Cleanup> =
            manifest.topics.iter().map(of).collect();
        self.core.lanes.all().map(|(_, id)| topics[&id.topic]).collect()
    }

    fn figures(&self, segment: &Segment, rules: &Rules<'_>) -> Figures {
        let mut figures = Figures {
            bytes: segment.bytes,
            cleaned: segment.cleaned,
            rewritten: segment.level > 0,
            damaged: segment.damaged || self.damaged.contains(&segment.number),
            ..Figures::default()
        };
        for (lane, _) in self.core.lanes.all() {
            for piece in segment.index.lane(lane).iter().filter(|piece| piece.entry.records > 0) {
                let bytes = u64::from(piece.entry.bytes);
                figures.blocks += 1;
                figures.block_bytes += bytes;
                if rules.cleanups[lane.0].compact {
                    figures.compacted_bytes += bytes;
                }
                if piece.entry.time_max_ms < rules.oldest_ms(lane) {
                    figures.expired_bytes += bytes;
                }
            }
        }
        figures
    }

    /// The newest offsets of the keys that compaction has not seen yet, and how many segments from
    /// the first on can be compacted with them: as many as have keys that fit, at least one.
    fn newest(
        &mut self,
        segments: &[Arc<Segment>],
        figures: &[Figures],
        cleanups: &[Cleanup],
        hurries: bool,
    ) -> Result<(NewestKeys, usize), String> {
        let going = self.going();
        let rest = Rest::new(&going, hurries);
        let mut newest = NewestKeys::new();
        for (at, segment) in segments.iter().enumerate() {
            if figures[at].cleaned || figures[at].damaged {
                continue;
            }
            if newest.len() >= self.options.compact_keys {
                return Ok((newest, at));
            }
            if let Err(error) = note_keys(&self.core, segment, cleanups, &mut newest, &rest) {
                if let RewriteError::Damaged(number) = error {
                    self.damaged.insert(number);
                }
                return Err(error.to_string());
            }
        }
        Ok((newest, segments.len()))
    }

    /// Writes a run again and puts it in its place.
    fn replace(
        &self,
        run: &[Arc<Segment>],
        rules: &Rules<'_>,
        hurries: bool,
    ) -> Result<(), RewriteError> {
        let core = &*self.core;
        let number = {
            let mut manifest = core.manifest.lock().unwrap_or_else(PoisonError::into_inner);
            manifest.next_segment += 1;
            manifest.next_segment - 1
        };
        let going = self.going();
        let rewritten = rewrite(core, run, number, rules, &Rest::new(&going, hurries));
        let (segment, records) = rewritten.inspect_err(|_| {
            // Nothing names it: what cannot be removed now is removed at the next open.
            let _ = core.files.remove(&segment_path(&core.dir, number));
        })?;
        let bytes = segment.bytes;
        self.swap(run, segment, records)?;
        telemetry::cleaned(&core.dir, run.len(), run.iter().map(|s| s.bytes).sum(), bytes);
        Ok(())
    }

    fn swap(&self, run: &[Arc<Segment>], new: Segment, records: u64) -> Result<(), RewriteError> {
        let core = &*self.core;
        let is_old = |number: u64| run.iter().any(|old| old.number == number);
        let mut manifest = core.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = manifest.clone();
        let at = changed.segments.iter().position(|named| is_old(named.number));
        let at = at.expect("only this thread takes segments out of the manifest");
        changed.segments.retain(|named| !is_old(named.number));
        // The first segment may go altogether: the next one's header says where its lanes begin.
        let goes = records == 0 && at == 0;
        if !goes {
            let named = ManifestSegment { number: new.number, cleaned: new.cleaned };
            changed.segments.insert(at, named);
        }
        // When this fails the old manifest or the new one may be on the disk: both sets of files
        // stay, and the next change of the manifest decides.
        changed.store(&*core.files, &core.dir)?;
        *manifest = changed;
        let new_path = new.path.clone();
        let mut view = core.view_mut();
        view.segments.retain(|old| !is_old(old.number));
        if !goes {
            view.segments.insert(at, Arc::new(new));
        }
        drop(view);
        drop(manifest);
        let unneeded = run.iter().map(|old| &old.path).chain(goes.then_some(&new_path));
        for path in unneeded {
            // Readers keep their open file; what cannot be removed now is removed at the next open.
            let _ = core.files.remove(path);
        }
        Ok(())
    }
}

/// Blocks are read for their keys in pieces of this size, about a millisecond of a processor.
const NOTED_BYTES: usize = 1 << 20;

fn note_keys(
    core: &Core,
    segment: &Segment,
    cleanups: &[Cleanup],
    newest: &mut NewestKeys,
    rest: &Rest<'_>,
) -> Result<(), RewriteError> {
    let mut unrested_bytes = 0;
    for (lane, _) in core.lanes.all().filter(|(lane, _)| cleanups[lane.0].compact) {
        for piece in segment.index.lane(lane).iter().filter(|piece| piece.entry.records > 0) {
            let entry = &piece.entry;
            let block = read_block(core, segment, entry)?;
            let mut records = BlockCursor::new(block, entry.base, entry.end, entry.time_ms);
            let damaged = |_| RewriteError::Damaged(segment.number);
            while let Some(stored) = records.next().map_err(damaged)? {
                newest.note(lane, &stored.key, stored.offset.0);
            }
            unrested_bytes += entry.bytes as usize;
            if unrested_bytes >= NOTED_BYTES {
                unrested_bytes = 0;
                if !rest.between() {
                    return Err(RewriteError::Stopped);
                }
            }
        }
    }
    Ok(())
}

/// Cuts the run that goes over `at` in two: the two halves have other rules.
fn split_at(runs: Vec<Range<usize>>, at: usize) -> Vec<Range<usize>> {
    let halves = |run: Range<usize>| {
        if run.start < at && at < run.end {
            [Some(run.start..at), Some(at..run.end)]
        } else {
            [Some(run), None]
        }
    };
    runs.into_iter().flat_map(halves).flatten().collect()
}
