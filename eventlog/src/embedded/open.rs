//! Opens a directory as a log.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread::Builder;

use tokio::sync::{Semaphore, mpsc, watch};

use super::EmbeddedLog;
use super::cleaner::Cleaner;
use super::committer::{Committer, Pace, StopOnPanic};
use super::core::{Core, Tail};
use super::files::{Files, RealFiles};
use super::finding::Finding;
use super::frame::FrameBuilder;
use super::identity;
use super::lanes::Lanes;
use super::load::{Loaded, Unclosed, load};
use super::lock::DirLock;
use super::manifest::{Manifest, ManifestSegment, segment_path};
use super::open_error::{LostFile, OpenError};
use super::options::Options;
use super::read_only::ReadOnlyLog;
use super::telemetry;
use super::tip::Tip;
use super::view::{Active, Index, Segment, SegmentParts, View};
use super::write::Queue;
use crate::{Clock, Identity, TopicSpec};

/// How many chores may wait for the cleaner. One is enough to wake it; the others are for those who
/// ask for a cleaning.
const CHORES: usize = 16;

/// Where torn tails go.
const ASIDE: &str = "aside";

/// Opens the log in `dir`, or makes one there. Topics that the log does not have yet are added;
/// topics that it has and are not named stay as they are.
///
/// # Errors
/// [`OpenError`]: each says what to do.
pub fn open(
    dir: &Path,
    topics: Vec<TopicSpec>,
    id_space: &str,
    clock: Arc<dyn Clock>,
    options: Options,
) -> Result<Arc<EmbeddedLog>, OpenError> {
    open_with(Arc::new(RealFiles), dir, topics, id_space, clock, options)
}

/// Like [`open`], on another file layer.
///
/// # Errors
/// [`OpenError`].
pub fn open_with(
    files: Arc<dyn Files>,
    dir: &Path,
    topics: Vec<TopicSpec>,
    id_space: &str,
    clock: Arc<dyn Clock>,
    options: Options,
) -> Result<Arc<EmbeddedLog>, OpenError> {
    make_dir(&*files, dir).map_err(|source| OpenError::io("make", dir, source))?;
    let lock = DirLock::exclusive(dir)?;
    let (identity, log_id) = match identity::load(&*files, dir)? {
        Some(known) => known,
        None => identity::create(&*files, dir, id_space)?,
    };
    if identity.id_space != id_space {
        let (found, wanted) = (identity.id_space, id_space.to_owned());
        return Err(OpenError::OtherIdSpace { dir: dir.to_owned(), found, wanted });
    }
    let stored = Manifest::load(&*files, dir)?;
    let mut manifest = stored.clone().unwrap_or_default();
    manifest.take_topics(&topics)?;
    let lanes = lanes_of(&manifest);
    let mut loaded = load(&*files, dir, log_id, &manifest, &lanes)?;
    let lost = LostFile::all_of(&loaded.findings);
    if !lost.is_empty() {
        return Err(OpenError::Lost { lost });
    }
    remove_orphans(&*files, dir, &manifest, &mut loaded.findings)?;
    let unclosed = loaded.unclosed.take();
    let mut core = core_of(files, dir, (identity, log_id), topics, manifest, loaded);
    let (tip, index, starts) = match unclosed {
        Some(unclosed) => continue_segment(&mut core, unclosed)?,
        None => begin_segment(&mut core)?,
    };
    let manifest = core.manifest.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
    if stored.as_ref() != Some(manifest) {
        let failed = |source| OpenError::io("write the manifest in", dir, source);
        manifest.store(&*core.files, dir).map_err(failed)?;
    }
    let active = Active { number: tip.number, file: tip.file.clone(), starts, index };
    core.view.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).active = Some(active);
    for finding in &core.findings {
        telemetry::found(dir, finding);
    }
    start(Arc::new(core), tip, clock, options, lock)
}

/// Opens a stopped log to read it, changing nothing.
///
/// # Errors
/// [`OpenError`]; [`OpenError::Held`] while a process has it open to write.
pub fn open_read_only(dir: &Path) -> Result<Arc<ReadOnlyLog>, OpenError> {
    let files: Arc<dyn Files> = Arc::new(RealFiles);
    let absent = || OpenError::Absent { dir: dir.to_owned() };
    let lock = DirLock::shared(dir)?;
    let (identity, log_id) = identity::load(&*files, dir)?.ok_or_else(absent)?;
    let manifest = Manifest::load(&*files, dir)?.ok_or_else(absent)?;
    let topics = manifest.topics.iter().map(super::manifest::ManifestTopic::spec).collect();
    let lanes = lanes_of(&manifest);
    let mut loaded = load(&*files, dir, log_id, &manifest, &lanes)?;
    if let Some(unclosed) = loaded.unclosed.take() {
        let Unclosed { number, index, starts, end, torn, .. } = unclosed;
        let path = segment_path(dir, number);
        if let Some(torn) = torn {
            let (bytes, spans) = (torn.bytes.len() as u64, torn.spans);
            loaded.findings.push(Finding::Torn {
                file: path.clone(),
                bytes,
                moved_to: None,
                spans,
            });
        }
        let parts = SegmentParts {
            number,
            path,
            bytes: end,
            level: 0,
            cleaned: false,
            damaged: false,
            starts,
        };
        loaded.segments.push(Arc::new(Segment::new(parts, index)));
    }
    let core = core_of(files, dir, (identity, log_id), topics, manifest, loaded);
    Ok(Arc::new(ReadOnlyLog { core: Arc::new(core), _lock: lock }))
}

/// Makes the directory, and the names of those that were not there yet durable.
fn make_dir(files: &dyn Files, dir: &Path) -> std::io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|above| !above.exists()).collect();
    files.create_dir(dir)?;
    for made in missing.iter().filter_map(|made| made.parent()) {
        let here = made.as_os_str().is_empty();
        files.sync_dir(if here { Path::new(".") } else { made })?;
    }
    Ok(())
}

fn lanes_of(manifest: &Manifest) -> Lanes {
    Lanes::of(manifest.topics.iter().map(|topic| (topic.id, topic.partitions)))
}

fn core_of(
    files: Arc<dyn Files>,
    dir: &Path,
    (identity, log_id): (Identity, u128),
    topics: Vec<TopicSpec>,
    manifest: Manifest,
    loaded: Loaded,
) -> Core {
    let lanes = lanes_of(&manifest);
    let id_of = |spec: &TopicSpec| {
        let known = manifest.topics.iter().find(|topic| topic.name == spec.topic.as_str());
        known.expect("the manifest took in all topics").id
    };
    let tails = loaded.ends.iter().map(|end| Tail { end: *end, stopped: false });
    Core {
        identity,
        log_id,
        dir: dir.to_owned(),
        files,
        lanes,
        topic_ids: topics.iter().map(id_of).collect(),
        topics,
        findings: loaded.findings,
        manifest: Mutex::new(manifest),
        tails: tails.map(watch::Sender::new).collect(),
        view: RwLock::new(View { segments: loaded.segments, active: None, ends: loaded.ends }),
        stopped: OnceLock::new(),
    }
}

/// Goes on in a segment that was not closed: moves a torn tail aside, and writes the last whole
/// frame again, because that it can be read does not prove that it is on the disk.
fn continue_segment(
    core: &mut Core,
    unclosed: Unclosed,
) -> Result<(Tip, Index, Vec<u64>), OpenError> {
    let Unclosed { number, index, starts, frames, end, last_frame, torn } = unclosed;
    let path = segment_path(&core.dir, number);
    let failed = |source| OpenError::io("repair", &path, source);
    let file = core.files.open(&path, true).map_err(failed)?;
    if let Some(torn) = torn {
        let aside = core.dir.join(ASIDE);
        core.files.create_dir(&aside).map_err(failed)?;
        let moved_to = aside.join(format!("{number:010}-{}.torn", torn.at));
        let _ = core.files.remove(&moved_to);
        let kept = core.files.create(&moved_to).map_err(failed)?;
        kept.write_at(&torn.bytes, 0).and_then(|()| kept.sync_data()).map_err(failed)?;
        core.files.sync_dir(&aside).map_err(failed)?;
        core.files.sync_dir(&core.dir).map_err(failed)?;
        file.set_len(end).map_err(failed)?;
        core.findings.push(Finding::Torn {
            file: path.clone(),
            bytes: torn.bytes.len() as u64,
            moved_to: Some(moved_to),
            spans: torn.spans,
        });
    }
    if let Some((at, frame)) = last_frame {
        file.write_at(&frame, at).map_err(failed)?;
    }
    file.sync_data().map_err(failed)?;
    Ok((Tip { number, file, at: end, frames }, index, starts))
}

fn begin_segment(core: &mut Core) -> Result<(Tip, Index, Vec<u64>), OpenError> {
    let ends = core.view().ends.clone();
    let manifest = core.manifest.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
    let number = manifest.next_segment;
    manifest.next_segment += 1;
    manifest.segments.push(ManifestSegment { number, cleaned: false });
    let failed = |source| OpenError::io("make", &segment_path(&core.dir, number), source);
    let tip = Tip::create(core, number, &ends).map_err(failed)?;
    Ok((tip, Index::new(&core.lanes), ends))
}

/// Removes segments that the manifest does not name: the rest of a change that was interrupted
/// before the manifest had it, or after it no longer did.
fn remove_orphans(
    files: &dyn Files,
    dir: &Path,
    manifest: &Manifest,
    findings: &mut Vec<Finding>,
) -> Result<(), OpenError> {
    let named: Vec<_> =
        manifest.segments.iter().map(|segment| segment_path(dir, segment.number)).collect();
    for path in files.list(dir).map_err(|source| OpenError::io("list", dir, source))? {
        let is_segment = path.extension().is_some_and(|extension| extension == "seg");
        if is_segment && !named.contains(&path) {
            files.remove(&path).map_err(|source| OpenError::io("remove", &path, source))?;
            findings.push(Finding::Orphan { file: path });
        }
    }
    Ok(())
}

fn start(
    core: Arc<Core>,
    tip: Tip,
    clock: Arc<dyn Clock>,
    options: Options,
    lock: DirLock,
) -> Result<Arc<EmbeddedLog>, OpenError> {
    let (sender, requests) = mpsc::channel(options.queue_requests);
    let (chores, to_do) = std::sync::mpsc::sync_channel(CHORES);
    let (dropped, stopping) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let queue = Queue {
        core: core.clone(),
        requests: sender,
        room: Arc::new(Semaphore::new(options.queue_bytes as usize)),
        room_bytes: options.queue_bytes,
    };
    let lock = Arc::new(lock);
    let cleaner = Cleaner {
        core: core.clone(),
        chores: to_do,
        clock: clock.clone(),
        options: options.clone(),
        stopping: stopping.clone(),
        requests: queue.requests.downgrade(),
        damaged: HashSet::new(),
        _lock: lock.clone(),
    };
    let committer = Committer {
        core: core.clone(),
        requests,
        clock,
        options,
        tip,
        dropped: dropped.clone(),
        chores: chores.clone(),
        lock,
        generations: HashMap::new(),
        pace: Pace::default(),
        refused_bytes: None,
        frame: FrameBuilder::default(),
        buffer: Vec::new(),
    };
    let on_panic = StopOnPanic(core.clone());
    let failed = |source| OpenError::io("start the threads of", &core.dir, source);
    let commits = Builder::new().name("eventlog-commit".to_owned()).spawn(move || {
        let _on_panic = on_panic;
        committer.run();
    });
    let commits = Mutex::new(Some(commits.map_err(failed)?));
    let cleans = Builder::new().name("eventlog-clean".to_owned()).spawn(move || cleaner.run());
    let cleans = Mutex::new(Some(cleans.map_err(failed)?));
    Ok(Arc::new(EmbeddedLog { core, queue, chores, dropped, stopping, commits, cleans }))
}
