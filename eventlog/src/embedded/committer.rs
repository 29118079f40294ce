//! The committer: one thread that takes everything that waits, writes it as one frame, syncs once,
//! shows it to readers and answers. In this order: an answer is given, and a record can be read,
//! only after the sync.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::cleaner::Chore;
use super::core::Core;
use super::format::{BLOCK_BYTES, Entry};
use super::frame::FrameBuilder;
use super::lanes::Lane;
use super::lock::DirLock;
use super::options::Options;
use super::request::{NotWritten, Request, Write};
use super::telemetry;
use super::tip::{Tip, TipError};
use super::view::Piece;
use crate::{Clock, LogError, WriterName};

/// The thread's own.
pub(crate) struct Committer {
    pub(crate) core: Arc<Core>,
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) tip: Tip,
    /// The log was dropped without being closed.
    pub(crate) dropped: Arc<AtomicBool>,
    /// Where the cleaner hears that a segment was closed, and that the log ends.
    pub(crate) chores: std::sync::mpsc::SyncSender<Chore>,
    /// Nobody else may open the directory while this thread runs.
    pub(crate) lock: Arc<DirLock>,
    pub(crate) generations: HashMap<WriterName, u64>,
    pub(crate) pace: Pace,
    /// How long the frame was that found no space, until there is some again.
    pub(crate) refused_bytes: Option<usize>,
    pub(crate) frame: FrameBuilder,
    pub(crate) buffer: Vec<u8>,
}

/// How the last frame went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// How many waited for it.
    writes: usize,
    /// How long writing and syncing it took.
    took: Duration,
}

/// For how much of the last sync's time the committer waits for more company: short beside the sync
/// that somebody who comes too late would wait for.
const GATHER_SHARE: u32 = 8;

impl Pace {
    /// Those who were answered together come again together: without this the first of them would
    /// get a frame of its own, and all others would wait for two syncs. One alone does not wait.
    fn gather(&self, waiting: impl Fn() -> usize) {
        let began = Instant::now();
        while waiting() < self.writes && began.elapsed() < self.took / GATHER_SHARE {
            std::thread::yield_now();
        }
    }
}

/// What one turn takes in.
#[derive(Default)]
struct Turn {
    writes: Vec<Write>,
    fences: Vec<(u64, oneshot::Sender<Result<u64, LogError>>)>,
    ready: Vec<oneshot::Sender<Result<(), LogError>>>,
    rotate: Option<oneshot::Sender<Result<(), LogError>>>,
    close: Option<oneshot::Sender<()>>,
}

/// What a frame has for one lane.
struct Shown {
    lane: Lane,
    entry: Entry,
}

impl Committer {
    /// Runs until the log is closed, dropped or has failed.
    pub(crate) fn run(mut self) {
        let mut closed = None;
        while let Some(first) = self.requests.blocking_recv() {
            let mut turn = self.take(first);
            if let Err(why) = self.turn(&mut turn) {
                telemetry::log_stopped(&self.core.dir, &why);
                self.core.stop(why);
                break;
            }
            if let Some(done) = turn.close {
                self.tip.close(&self.core);
                closed = Some(done);
                break;
            }
            if self.dropped.load(Ordering::SeqCst) {
                break;
            }
        }
        self.core.stop("it was closed".to_owned());
        self.refuse_the_rest();
        // When there is no room the cleaner is busy, and sees before its next run that the log ends.
        let _ = self.chores.try_send(Chore::Stop);
        drop(self.lock);
        if let Some(done) = closed {
            let _ = done.send(());
        }
    }

    /// Everything that waits, up to a frame's size.
    fn take(&mut self, first: Request) -> Turn {
        self.pace.gather(|| self.requests.len() + 1);
        let mut turn = Turn::default();
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Write(write) => {
                    let owner = write.owner.as_ref();
                    if owner.is_some_and(|(name, own)| self.generations.get(name) != Some(own)) {
                        let _ = write.done.send(Err(NotWritten::Fenced));
                    } else {
                        bytes += write.parts.iter().map(|part| part.bytes.len()).sum::<usize>();
                        turn.writes.push(write);
                    }
                }
                Request::Fence { name, done } => {
                    let generation = self.generations.entry(name).or_insert(0);
                    *generation += 1;
                    turn.fences.push((*generation, done));
                }
                Request::Ready { done } => turn.ready.push(done),
                Request::Rotate { done } => {
                    turn.rotate = Some(done);
                    break;
                }
                Request::Close { done } => {
                    turn.close = Some(done);
                    break;
                }
                Request::Wake => {}
            }
            next =
                if bytes < self.options.frame_bytes { self.requests.try_recv().ok() } else { None };
        }
        turn
    }

    /// Writes a turn and answers everybody in it. An error stops the log.
    fn turn(&mut self, turn: &mut Turn) -> Result<(), String> {
        let (shown, bases) = self.fill(&turn.writes);
        let asked = !self.frame.is_empty() || !turn.ready.is_empty();
        let written = if let Some(why) = self.lock.is_gone().filter(|_| asked) {
            Err(TipError::Cut(why))
        } else if self.frame.is_empty() {
            Ok(Vec::new())
        } else {
            let began = Instant::now();
            let written = self.tip.write(&self.core, &mut self.frame, &mut self.buffer);
            self.pace = Pace { writes: turn.writes.len(), took: began.elapsed() };
            written
        };
        let fate = match written {
            Ok(entries) => {
                if !entries.is_empty() {
                    self.refused_bytes = None;
                }
                self.show(shown, &entries);
                Ok(())
            }
            Err(TipError::NoSpace(why)) => {
                telemetry::no_space(&self.core.dir, &why);
                self.refused_bytes = Some(self.buffer.len());
                Err((NotWritten::NoSpace(why), None))
            }
            Err(TipError::Cut(why)) => Err((NotWritten::Stopped(why.clone()), Some(why))),
            Err(TipError::Unknown(why)) => Err((NotWritten::Unknown(why.clone()), Some(why))),
        };
        let stopped = fate.as_ref().err().and_then(|(_, stopped)| stopped.clone());
        for (write, bases) in turn.writes.drain(..).zip(bases) {
            let answer = fate.as_ref().map(|()| bases).map_err(|(why, _)| why.clone());
            // Whoever waited may have gone: the write stands all the same.
            let _ = write.done.send(answer);
        }
        for (generation, done) in turn.fences.drain(..) {
            let answer = stopped.clone().map_or(Ok(generation), |why| Err(LogError::Stopped(why)));
            let _ = done.send(answer);
        }
        for done in turn.ready.drain(..) {
            let answer =
                stopped.clone().map_or_else(|| self.has_room(), |why| Err(LogError::Stopped(why)));
            let _ = done.send(answer);
        }
        if let Some(why) = stopped {
            return Err(why);
        }
        if let Some(done) = turn.rotate.take() {
            return self.close_segment(done);
        }
        self.close_full_segment()
    }

    /// Whether a frame as long as the one that found no space finds it now.
    fn has_room(&mut self) -> Result<(), LogError> {
        if let Some(bytes) = self.refused_bytes {
            self.tip.try_room(&self.core, bytes).map_err(LogError::Full)?;
            self.refused_bytes = None;
        }
        Ok(())
    }

    /// Closes the segment because somebody asked.
    fn close_segment(&mut self, done: oneshot::Sender<Result<(), LogError>>) -> Result<(), String> {
        let rotated = if self.tip.is_empty() { Ok(()) } else { self.tip.rotate(&self.core) };
        let (answer, outcome) = match rotated {
            Ok(()) => (Ok(()), Ok(())),
            Err(TipError::NoSpace(why)) => (Err(LogError::Stopped(why)), Ok(())),
            Err(TipError::Cut(why) | TipError::Unknown(why)) => {
                (Err(LogError::Stopped(why.clone())), Err(why))
            }
        };
        // Whoever asked may have gone.
        let _ = done.send(answer);
        outcome
    }

    /// Puts the parts of all writes into the frame, small ones of a lane together in one block.
    /// Gives the lanes of the frame's blocks, and per write the base offsets of its parts.
    fn fill(&mut self, writes: &[Write]) -> (Vec<Shown>, Vec<Vec<u64>>) {
        let mut bases: Vec<Vec<u64>> =
            writes.iter().map(|write| vec![0; write.parts.len()]).collect();
        let mut order: Vec<(Lane, usize, usize)> = Vec::new();
        for (w, write) in writes.iter().enumerate() {
            order.extend(write.parts.iter().enumerate().map(|(p, part)| (part.lane, w, p)));
        }
        order.sort_by_key(|(lane, _, _)| *lane);
        let ends = self.core.view().ends.clone();
        let time_ms = self.clock.now_ms();
        let mut shown = Vec::new();
        let mut rest = order.as_slice();
        let mut next = 0;
        let mut joined = Vec::new();
        while let Some((lane, _, _)) = rest.first().copied() {
            if shown.last().is_none_or(|last: &Shown| last.lane != lane) {
                next = ends[lane.0];
            }
            let (base, mut bytes, mut taken, mut times_ms) = (next, 0, 0, None);
            for (_, w, p) in rest.iter().take_while(|(other, _, _)| *other == lane) {
                let part = &writes[*w].parts[*p];
                let is_dated = part.times_ms.or(times_ms).is_some();
                if taken > 0 && (is_dated || bytes + part.bytes.len() > BLOCK_BYTES) {
                    break;
                }
                times_ms = part.times_ms;
                bases[*w][*p] = next;
                next += u64::from(part.records);
                bytes += part.bytes.len();
                taken += 1;
            }
            joined.clear();
            let (block_parts, after) = rest.split_at(taken);
            let block = if let [(_, w, p)] = block_parts {
                &writes[*w].parts[*p].bytes
            } else {
                block_parts.iter().for_each(|(_, w, p)| joined.extend(&writes[*w].parts[*p].bytes));
                &joined
            };
            let records = u32::try_from(next - base).expect("a frame has far fewer records");
            let id = self.core.lanes.id(lane);
            let entry =
                Entry::of_block(id, base..next, times_ms.unwrap_or((time_ms, time_ms)), records);
            self.frame.push(entry, block);
            shown.push(Shown { lane, entry });
            rest = after;
        }
        (shown, bases)
    }

    /// Makes a durable frame visible, all of it at once, and wakes who waits for it.
    fn show(&self, shown: Vec<Shown>, entries: &[Entry]) {
        let mut view = self.core.view_mut();
        for (Shown { lane, entry }, written) in shown.iter().zip(entries) {
            let active = view.active.as_mut().expect("a log that is written has an active segment");
            active.index.push(*lane, Piece { entry: *written, lost: false });
            view.ends[lane.0] = entry.end;
        }
        drop(view);
        for Shown { lane, entry } in shown {
            self.core.tails[lane.0].send_modify(|tail| tail.end = tail.end.max(entry.end));
        }
    }

    fn close_full_segment(&mut self) -> Result<(), String> {
        if self.tip.at() < self.options.segment_bytes {
            return Ok(());
        }
        match self.tip.rotate(&self.core) {
            // The cleaner hears it, or has not yet come to the last one it heard of.
            Ok(()) => {
                let _ = self.chores.try_send(Chore::Look);
                Ok(())
            }
            Err(TipError::NoSpace(why)) => {
                telemetry::segment_not_closed(&self.core.dir, &why);
                Ok(())
            }
            Err(TipError::Cut(why) | TipError::Unknown(why)) => Err(why),
        }
    }

    fn refuse_the_rest(&mut self) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            let why = self.core.stop_reason();
            match request {
                Request::Write(write) => {
                    let _ = write.done.send(Err(NotWritten::Stopped(match why {
                        LogError::Stopped(why) => why,
                        other => other.to_string(),
                    })));
                }
                Request::Fence { done, .. } => {
                    let _ = done.send(Err(why));
                }
                Request::Ready { done } | Request::Rotate { done } => {
                    let _ = done.send(Err(why));
                }
                Request::Close { done } => {
                    let _ = done.send(());
                }
                Request::Wake => {}
            }
        }
    }
}

/// Says that the log has stopped when its thread panics: who waits must not wait for ever.
pub(crate) struct StopOnPanic(pub(crate) Arc<Core>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        self.0.stop("its thread ended".to_owned());
    }
}
