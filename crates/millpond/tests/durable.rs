//! What an environment promises, one promise a test.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{Environment, EnvironmentOptions, Error, Range, Reader, StoreId, Visit, Work};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn options(dir: &Path) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir);
    options.map_size = 1 << 30;
    options
}

fn open(dir: &TempDir) -> (Environment, StoreId) {
    let mut environment = Environment::open(options(&dir.path())).expect("open");
    let store = environment.open_store("store", b"definition").expect("store");
    (environment, store)
}

/// Seals, and waits until it is durable.
fn commit(environment: &mut Environment) {
    let sealed = environment.seal();
    wait(|| environment.progress().durable >= sealed);
}

fn wait(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it takes too long");
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn merge(environment: &mut Environment) {
    environment.seal();
    environment.merge();
    wait(|| {
        environment.progress();
        environment.merging().is_none()
    });
}

fn contents(environment: &mut Environment, store: StoreId) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    let scan = environment.scan_some(store, Range::all(), false, |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        Visit::Next
    });
    assert!(scan.expect("scan").is_none());
    rows
}

fn reader_contents(reader: &mut Reader, name: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let store = reader.store(name).expect("the store");
    let mut rows = Vec::new();
    let scan = reader.scan_some(store, Range::all(), false, |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        Visit::Next
    });
    assert!(scan.expect("scan").is_none());
    rows
}

fn fill(environment: &mut Environment, store: StoreId, entries: usize) {
    let mut random = Random::new(entries as u64);
    for number in 0..entries {
        let value = vec![random.below(256) as u8; random.below(300)];
        environment.put(store, format!("key {number:06}").as_bytes(), &value).expect("put");
    }
    environment.put(store, b"", b"of the empty key").expect("put");
}

#[test]
fn what_was_committed_is_there_after_a_close_and_without_one() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    environment.put(store, b"a", b"1").expect("put");
    environment.set_offset("topic", 7).expect("offset");
    commit(&mut environment);
    drop(environment);
    let (mut environment, store) = open(&dir);
    assert_eq!(environment.get(store, b"a"), Ok(Some(&b"1"[..])));
    assert_eq!(environment.offsets(), Ok(vec![("topic".to_owned(), 7)]));
    environment.put(store, b"b", b"2").expect("put");
    environment.close(true).finish().expect("close");
    let (mut environment, store) = open(&dir);
    assert_eq!(environment.get(store, b"b"), Ok(Some(&b"2"[..])));
    assert_eq!(environment.definition("store"), Ok(Some(b"definition".to_vec())));
    assert_eq!(environment.definition("other"), Ok(None));
}

#[test]
fn what_was_not_sealed_is_not_there() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    environment.put(store, b"a", b"1").expect("put");
    commit(&mut environment);
    environment.put(store, b"a", b"2").expect("put");
    environment.put(store, b"b", b"2").expect("put");
    environment.close(false).finish().expect("close");
    let (mut environment, store) = open(&dir);
    assert_eq!(contents(&mut environment, store), [(b"a".to_vec(), b"1".to_vec())]);
}

#[test]
fn a_close_that_discards_a_batch_leaves_all_sealed_ones_to_lmdb() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    environment.put(store, b"a", b"1").expect("put");
    environment.seal();
    environment.put(store, b"a", b"2").expect("put");
    environment.close(false).finish().expect("close");
    for entry in std::fs::read_dir(dir.path()).expect("list") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|extension| extension == "log") {
            std::fs::remove_file(path).expect("remove");
        }
    }
    let (mut environment, store) = open(&dir);
    assert_eq!(contents(&mut environment, store), [(b"a".to_vec(), b"1".to_vec())]);
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let dir = TempDir::new();
    let (environment, _) = open(&dir);
    let refused = Environment::open(options(&dir.path())).map(drop);
    assert_eq!(refused, Err(Error::Locked { holder: Some(std::process::id()) }));
    drop(environment);
    open(&dir);
}

#[test]
fn a_reader_sees_what_is_durable_when_it_opens_or_refreshes_and_no_more() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    fill(&mut environment, store, 500);
    merge(&mut environment);
    environment.put(store, b"key 000001", b"changed").expect("put");
    environment.delete(store, b"key 000002").expect("delete");
    commit(&mut environment);
    let before = contents(&mut environment, store);
    let mut reader = Reader::open(&options(&dir.path())).expect("reader");
    assert_eq!(reader_contents(&mut reader, "store"), before);
    assert_eq!(reader.definition("store"), Ok(Some(b"definition".to_vec())));
    environment.put(store, b"key 000003", b"later").expect("put");
    commit(&mut environment);
    merge(&mut environment);
    assert_eq!(reader_contents(&mut reader, "store"), before);
    reader.refresh().expect("refresh");
    assert_eq!(reader_contents(&mut reader, "store"), contents(&mut environment, store));
    drop(environment);
    reader.refresh().expect("refresh without a writer");
    assert_eq!(reader.get(reader.store("store").expect("store"), b"key 000003"), Ok(Some(&b"later"[..])));
}

#[test]
fn a_backup_holds_what_was_durable_and_opens_as_an_environment() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    fill(&mut environment, store, 20_000);
    merge(&mut environment);
    environment.put(store, b"in the log", b"alone").expect("put");
    environment.put(store, b"", b"another value of the empty key").expect("put");
    commit(&mut environment);
    let expected = contents(&mut environment, store);
    environment.put(store, b"not sealed", b"").expect("put");
    let (target, work) = (dir.join("backup"), Work::default());
    environment.backup(target.clone())(&work).expect("backup");
    let (done, total) = work.progress();
    assert!(done > 20_000 * 10 && done <= total);
    let mut copy = Environment::open(options(&target)).expect("open the backup");
    let copied = copy.open_store("store", b"").expect("store");
    assert_eq!(contents(&mut copy, copied), expected);
    assert_eq!(copy.verify()(&Work::default()), Ok(Vec::new()));
    assert!(matches!(environment.backup(target)(&work), Err(Error::Unusable { .. })));
}

#[test]
fn a_backup_that_is_called_off_leaves_nothing() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    fill(&mut environment, store, 1000);
    merge(&mut environment);
    let (target, work) = (dir.join("backup"), Work::default());
    work.abort();
    assert_eq!(environment.backup(target.clone())(&work), Err(Error::Aborted));
    assert!(!target.exists());
}

#[test]
fn compaction_makes_the_file_small_while_reads_and_writes_go_on() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    fill(&mut environment, store, 50_000);
    merge(&mut environment);
    for number in 0..49_000 {
        environment.delete(store, format!("key {number:06}").as_bytes()).expect("delete");
    }
    merge(&mut environment);
    let scan = environment.scan_some(store, Range::all(), false, |_, _| Visit::Full).expect("scan");
    let before = std::fs::metadata(dir.path().join("data.mdb")).expect("data.mdb").len();
    let compact = environment.compact();
    let work = Arc::new(Work::default());
    let thread = std::thread::spawn(move || compact(&work));
    let mut number = 0;
    while !thread.is_finished() {
        number += 1;
        environment.put(store, format!("meanwhile {number}").as_bytes(), b"value").expect("put");
        assert_eq!(environment.get(store, b""), Ok(Some(&b"of the empty key"[..])));
        environment.seal();
    }
    thread.join().expect("thread").expect("compact");
    let after = std::fs::metadata(dir.path().join("data.mdb")).expect("data.mdb").len();
    assert!(after * 5 < before, "{after} of {before} bytes");
    assert_eq!(environment.len(store), Ok(1001 + number));
    let mut rows = 0;
    let more = scan.expect("more").resume(|_, _| {
        rows += 1;
        Visit::Next
    });
    assert_eq!((more, rows), (Ok(false), 1001));
    merge(&mut environment);
    assert_eq!(environment.verify()(&Work::default()), Ok(Vec::new()));
    let expected = contents(&mut environment, store);
    environment.close(true).finish().expect("close");
    let (mut environment, store) = open(&dir);
    assert_eq!(contents(&mut environment, store), expected);
}

#[test]
fn compaction_is_refused_while_someone_reads_the_directory() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    fill(&mut environment, store, 100);
    merge(&mut environment);
    let reader = Reader::open(&options(&dir.path())).expect("reader");
    assert!(matches!(environment.compact()(&Arc::default()), Err(Error::Busy { .. })));
    drop(reader);
    environment.compact()(&Arc::default()).expect("compact");
}

#[test]
fn a_full_directory_refuses_puts_takes_deletes_and_goes_on_when_there_is_room() {
    let dir = TempDir::new();
    let mut options = options(&dir.path());
    options.map_size = 2 << 20;
    options.merge_bytes = 256 << 10;
    let mut environment = Environment::open(options).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    let key = |number: usize| format!("key {number:06}").into_bytes();
    let (mut number, begun) = (0, Instant::now());
    let error = loop {
        match environment.put(store, &key(number), &[7; 100]) {
            Ok(()) => number += 1,
            Err(error) => {
                environment.seal();
                environment.merge();
                // What was overwritten counts twice until it is merged: it has to be full for some time.
                std::thread::sleep(Duration::from_millis(20));
                if environment.merging().is_none() && environment.put(store, &key(number), &[7; 100]).is_err() {
                    break error;
                }
            }
        }
        if number.is_multiple_of(100) {
            environment.seal();
        }
        assert!(begun.elapsed() < Duration::from_secs(60));
    };
    assert_eq!(error, Error::MapFull);
    assert!(number > 8_000, "{number} entries fit into 2 MiB");
    assert_eq!(environment.get(store, &key(number)), Ok(None));
    for number in 0..number / 2 {
        environment.delete(store, &key(number)).expect("deletes still work");
    }
    merge(&mut environment);
    for number in 0..number / 4 {
        environment.put(store, &key(number), &[8; 100]).expect("there is room again");
    }
    merge(&mut environment);
    assert_eq!(environment.len(store), Ok(number - number / 2 + number / 4));
}

#[test]
fn a_batch_past_its_limit_is_refused_and_changes_nothing() {
    let dir = TempDir::new();
    let mut options = options(&dir.path());
    options.max_batch_bytes = 1000;
    let mut environment = Environment::open(options).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    environment.seal();
    environment.put(store, b"a", &[1; 500]).expect("put");
    assert_eq!(environment.put(store, b"b", &[1; 500]), Err(Error::TransactionTooLarge { limit: 1000 }));
    assert_eq!(environment.get(store, b"b"), Ok(None));
    environment.seal();
    environment.put(store, b"b", &[1; 500]).expect("a new batch");
}

#[test]
fn a_directory_of_others_is_refused_and_left_as_it_was() {
    let dir = TempDir::new();
    let refused = |path: &Path| matches!(Environment::open(options(path)).map(drop), Err(Error::Unusable { .. }));
    let listing = |path: &Path| {
        std::fs::read_dir(path).expect("list").map(|entry| entry.expect("entry").file_name()).collect::<Vec<_>>()
    };
    let file = dir.join("file");
    std::fs::write(&file, b"text").expect("write");
    assert!(refused(&file));
    let filled = dir.join("filled");
    std::fs::create_dir(&filled).expect("mkdir");
    std::fs::write(filled.join("CURRENT"), b"MANIFEST-000001").expect("write");
    assert!(refused(&filled));
    assert_eq!(listing(&filled), ["CURRENT"]);
    let other = dir.join("other");
    std::fs::create_dir(&other).expect("mkdir");
    std::fs::write(other.join("data.mdb"), [7; 8192]).expect("write");
    assert!(refused(&other));
    assert_eq!(listing(&other), ["data.mdb"]);
}

#[test]
fn a_missing_directory_is_an_error_for_a_reader_and_made_for_a_writer() {
    let dir = TempDir::new();
    assert!(matches!(Reader::open(&options(&dir.path())).map(drop), Err(Error::Io { .. })));
    let (environment, _) = open(&dir);
    drop(environment);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path()), 0o700);
        assert_eq!(mode(&dir.path().join("data.mdb")), 0o600);
    }
}

#[test]
fn a_log_that_lost_its_beginning_or_middle_is_corrupt_and_not_half_a_state() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    for round in 0..5 {
        environment.put(store, b"round", &[round]).expect("put");
        commit(&mut environment);
    }
    drop(environment);
    let mut logs: Vec<_> = std::fs::read_dir(dir.path())
        .expect("list")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    let log = logs.last().expect("a log");
    let bytes = std::fs::read(log).expect("read");
    let mut flipped = bytes.clone();
    // In the second batch's payload: those behind it say that it was on the disk.
    flipped[64 + 32 + 60] ^= 1;
    std::fs::write(log, &flipped).expect("write");
    let opened = Environment::open(options(&dir.path())).map(drop);
    assert!(matches!(&opened, Err(Error::Corruption { .. })), "{opened:?}");
    std::fs::write(log, &bytes).expect("write");
    open(&dir);
}

#[test]
fn more_stores_than_the_limit_are_refused() {
    let dir = TempDir::new();
    let mut options = options(&dir.path());
    options.max_stores = 3;
    let mut environment = Environment::open(options).expect("open");
    for name in ["a", "b", "c"] {
        environment.open_store(name, b"").expect("store");
    }
    assert_eq!(environment.open_store("d", b""), Err(Error::TooManyStores { limit: 3 }));
    environment.open_store("b", b"").expect("one that there is");
    merge(&mut environment);
}

#[test]
fn a_large_value_goes_through_log_merge_and_reopen() {
    let dir = TempDir::new();
    let (mut environment, store) = open(&dir);
    let value: Vec<u8> = (0..20_000_000u32).map(|number| (number >> 3) as u8).collect();
    environment.put(store, b"large", &value).expect("put");
    commit(&mut environment);
    drop(environment);
    let (mut environment, store) = open(&dir);
    assert!(environment.get(store, b"large").expect("get") == Some(&value[..]));
    merge(&mut environment);
    assert!(environment.get(store, b"large").expect("get") == Some(&value[..]));
}
