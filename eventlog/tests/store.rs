//! The local store keeps what it is given together, and may always be lost.

use std::path::Path;

use eventlog::store::{Shelf, Store, StoreBatch, StoreError};
use eventlog::{Identity, Offset, Partition, Reached, Topic};

fn identity(log_id: &str) -> Identity {
    Identity { log_id: log_id.into(), id_space: "callfold".into(), format_version: 1 }
}

fn open(dir: &Path) -> Store {
    Store::open(dir, "projector", &identity("one")).expect("opens")
}

fn filled(dir: &Path) -> Store {
    let store = open(dir);
    let mut batch = StoreBatch::default();
    for n in 0..200_u32 {
        batch.put(1, &n.to_be_bytes(), format!("value {n} {}", "x".repeat(200)).as_bytes());
    }
    batch.put(2, b"due", b"7");
    let reached = Reached { offset: Offset(200), time_ms: -5 };
    batch.position(&Topic::new("conversations"), Partition(3), reached);
    store.apply(batch).expect("applies");
    store
}

#[test]
fn values_and_position_survive_a_close() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(filled(dir.path()));
    let store = open(dir.path());
    assert_eq!(store.rebuilt(), None);
    assert_eq!(store.get(2, b"due").expect("reads").as_deref(), Some(&b"7"[..]));
    assert_eq!(store.get(1, b"due").expect("reads"), None);
    let topic = Topic::new("conversations");
    let reached = store.position(&topic, Partition(3)).expect("reads");
    assert_eq!(reached, Some(Reached { offset: Offset(200), time_ms: -5 }));
    assert_eq!(store.position(&topic, Partition(4)).expect("reads"), None);
}

#[test]
fn scans_stay_in_their_space_and_limit() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path());
    let keys = |found: Vec<(bytes::Bytes, bytes::Bytes)>| -> Vec<u8> {
        found.iter().map(|(key, _)| *key.last().expect("not empty")).collect()
    };
    assert_eq!(keys(store.scan_prefix(1, &[0, 0], 3).expect("scans")), [0, 1, 2]);
    let (from, to) = (5_u32.to_be_bytes(), 8_u32.to_be_bytes());
    assert_eq!(keys(store.scan_range(1, &from[..]..&to[..], 9).expect("scans")), [5, 6, 7]);
    assert_eq!(keys(store.scan_range(1, &from[..].., 1_000).expect("scans")).len(), 195);
    assert_eq!(store.scan_range(2, .., 9).expect("scans").len(), 1);
    let mut batch = StoreBatch::default();
    batch.delete(1, &from);
    store.apply(batch).expect("applies");
    assert_eq!(keys(store.scan_range(1, &from[..]..&to[..], 9).expect("scans")), [6, 7]);
}

#[test]
fn a_store_of_another_log_is_emptied() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(filled(dir.path()));
    let store = Store::open(dir.path(), "projector", &identity("two")).expect("opens");
    assert_eq!(store.rebuilt(), Some("it belongs to another log"));
    assert_eq!(store.get(2, b"due").expect("reads"), None);
}

#[test]
fn a_cleared_store_is_empty_and_still_ours() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path());
    store.clear(&identity("one")).expect("clears");
    assert_eq!(store.position(&Topic::new("conversations"), Partition(3)).expect("reads"), None);
    drop(store);
    assert_eq!(open(dir.path()).rebuilt(), None);
}

#[test]
fn a_store_that_was_just_closed_opens_again() {
    let dir = tempfile::tempdir().expect("a directory");
    for _ in 0..50 {
        drop(filled(dir.path()));
        assert_eq!(open(dir.path()).rebuilt(), None);
    }
}

#[test]
fn a_second_handle_is_refused_and_destroys_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path());
    let second = Store::open(dir.path(), "projector", &identity("one"));
    assert!(matches!(second, Err(StoreError::Held(_))), "{second:?}");
    assert_eq!(store.get(2, b"due").expect("reads").as_deref(), Some(&b"7"[..]));
}

/// Batches, each of which moves the position and overwrites one of 50 keys.
fn history(dir: &Path, batches: std::ops::RangeInclusive<u64>) {
    let store = open(dir);
    for n in batches {
        let mut batch = StoreBatch::default();
        batch.put(1, &(n % 50).to_be_bytes(), value(n).as_bytes());
        batch.position(&Topic::new("t"), Partition(0), Reached { offset: Offset(n), time_ms: 0 });
        store.apply(batch).expect("applies");
    }
}

fn value(n: u64) -> String {
    format!("{n} {}", "x".repeat(300))
}

/// Asserts that what is there is what the batches up to the recorded position made.
fn is_a_prefix(store: &Store) -> Result<(), StoreError> {
    let reached = store.position(&Topic::new("t"), Partition(0))?.map_or(0, |r| r.offset.0);
    for key in 0..50_u64 {
        let newest = (1..=reached).rev().find(|n| n % 50 == key).map(value);
        let found = store.get(1, &key.to_be_bytes())?;
        assert_eq!(found.as_deref(), newest.as_deref().map(str::as_bytes), "at {reached}");
    }
    Ok(())
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("reads").map(|entry| entry.expect("an entry")) {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
        }
    }
}

/// One changed byte anywhere in sled's files, at 60 places: the store is then at an earlier
/// position with exactly what belongs to it, or says that it failed and can be discarded.
#[test]
fn damage_never_shows_a_value_of_another_position() {
    let made = tempfile::tempdir().expect("a directory");
    for round in 0..4 {
        history(made.path(), round * 500 + 1..=(round + 1) * 500);
    }
    let bytes = std::fs::read(made.path().join("projector/db")).expect("reads");
    let used = bytes.iter().rposition(|byte| *byte != 0).expect("not empty");
    let mut failed = 0;
    for place in 0..60_usize {
        let dir = tempfile::tempdir().expect("a directory");
        copy_files(&made.path().join("projector"), &dir.path().join("projector"));
        let mut damaged = bytes.clone();
        damaged[place * used / 60] ^= 0x40;
        std::fs::write(dir.path().join("projector/db"), damaged).expect("writes");
        let store = open(dir.path());
        if is_a_prefix(&store).is_err() {
            failed += 1;
            store.discard().expect("discards");
            assert_eq!(open(dir.path()).get(1, &[0]).expect("reads"), None);
        }
    }
    println!("{failed} of 60 said that they failed, the others are at an earlier position");
}

/// What is asked for ends, one way or the other.
fn ends<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(act()));
    ended.recv_timeout(std::time::Duration::from_secs(180)).expect("it ends")
}

#[test]
fn a_store_whose_files_are_gone_fails_and_can_be_let_go_of() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().to_owned();
    let store = filled(&path);
    std::fs::remove_dir_all(path.join("projector")).expect("its owner may");
    // Large values get files of their own, in a folder that is no longer there.
    let failed = ends(move || {
        let failed = (0..20_u32).find_map(|n| {
            let mut batch = StoreBatch::default();
            batch.put(1, &n.to_be_bytes(), &vec![b'x'; 1 << 20]);
            store.apply(batch).err()
        });
        let again = store.get(2, b"due").err();
        drop(store);
        (failed, again)
    });
    assert!(matches!(failed, (Some(StoreError::Failed { .. }), Some(_))), "{failed:?}");
    assert_eq!(open(&path).get(2, b"due").expect("reads"), None, "a new one, and empty");
}

/// Makes a store fail: large values get files of their own, in a folder that is no longer there.
fn fails(store: &Store, folder: &Path) {
    std::fs::remove_dir_all(folder).expect("its owner may");
    let failed = (0..20_u32).any(|n| {
        let mut batch = StoreBatch::default();
        batch.put(1, &n.to_be_bytes(), &vec![b'x'; 1 << 20]);
        store.apply(batch).is_err()
    });
    assert!(failed, "it noticed");
}

#[test]
fn a_shelf_gives_one_store_and_a_new_one_once_that_has_failed() {
    let dir = tempfile::tempdir().expect("a directory");
    let shelf = Shelf::new(dir.path().to_owned(), "projector", &identity("one"));
    let first = shelf.store().expect("opens");
    let mut batch = StoreBatch::default();
    batch.put(2, b"due", b"7");
    first.apply(batch).expect("applies");
    assert!(std::sync::Arc::ptr_eq(&first, &shelf.store().expect("is open")));
    for _ in 0..2 {
        let store = shelf.store().expect("opens");
        let folders = std::fs::read_dir(dir.path()).expect("reads").filter_map(|entry| {
            let entry = entry.expect("an entry");
            entry.path().is_dir().then(|| entry.path())
        });
        let folders: Vec<_> = folders.collect();
        let [folder] = &folders[..] else { panic!("one store has files: {folders:?}") };
        fails(&store, folder);
        let next = shelf.store().expect("opens");
        assert_eq!(next.get(2, b"due").expect("reads"), None, "nothing of the one before");
        // Whoever still has the old one hears it, and destroys nothing of the new one.
        assert!(matches!(store.get(2, b"due"), Err(StoreError::Failed { .. })));
        drop(store);
        let mut batch = StoreBatch::default();
        batch.put(2, b"due", b"8");
        next.apply(batch).expect("applies");
        assert_eq!(next.get(2, b"due").expect("reads").as_deref(), Some(&b"8"[..]));
    }
    let second = Store::open(dir.path(), "projector", &identity("one"));
    assert!(matches!(second, Err(StoreError::Held(_))), "{second:?}");
    drop((first, shelf));
    assert_eq!(open(dir.path()).get(2, b"due").expect("reads"), None);
    assert!(!dir.path().join("projector.2").exists(), "nothing is left of it");
}
