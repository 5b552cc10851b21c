//! Edges at which data was once lost, invented or hidden.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::TempDir;
use millpond::{Durability, Environment, EnvironmentOptions, Error, Range, StoreId, Visit};
use std::time::{Duration, Instant};

fn options(dir: &TempDir) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir.path());
    options.map_size = 4 << 30;
    options
}

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

fn rows(environment: &mut Environment, store: StoreId) -> usize {
    let mut rows = 0;
    let scan = environment.scan_some(store, Range::all(), false, |_, _| {
        rows += 1;
        Visit::Next
    });
    assert!(scan.expect("scan").is_none());
    rows
}

/// A merge waits for the log (100 ms at a time) when the close hands over another: the first is forgotten, the second says
/// that all is applied.
#[test]
fn a_close_while_a_merge_waits_for_the_log_keeps_what_it_was_to_merge() {
    let dir = TempDir::new();
    let mut wanted = options(&dir);
    wanted.merge_bytes = 1 << 20;
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    commit(&mut environment);
    let value = vec![7; 4 << 20];
    for number in 0..150u32 {
        environment.put(store, &number.to_be_bytes(), &value).expect("put");
    }
    let sealed = environment.seal();
    assert_eq!(environment.merging(), Some(sealed), "a merge is under way");
    environment.put(store, b"last", b"1").expect("put");
    environment.close(true).finish().expect("closed, everything durable");
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    assert_eq!(rows(&mut environment, store), 151);
}

/// The same with acknowledged data and small batches, where the disk is told of them only every 100 ms.
#[test]
fn a_relaxed_close_while_a_merge_waits_for_the_disk_keeps_what_it_was_to_merge() {
    for round in 0..20 {
        let dir = TempDir::new();
        let wanted = || EnvironmentOptions { durability: Durability::Relaxed, ..options(&dir) };
        let mut environment = Environment::open(wanted()).expect("open");
        let store = environment.open_store("store", b"").expect("store");
        for number in 0..1000u32 {
            environment.put(store, &number.to_be_bytes(), b"value").expect("put");
        }
        commit(&mut environment);
        environment.merge();
        environment.put(store, b"last", b"1").expect("put");
        environment.close(true).finish().expect("closed");
        let mut environment = Environment::open(options(&dir)).expect("open");
        let store = environment.open_store("store", b"").expect("store");
        assert_eq!(rows(&mut environment, store), 1001, "round {round}");
    }
}

/// A put that finds the map full freezes the overlay, inside a savepoint too; rolling back then gives the counts of the
/// frozen overlay to the new one, `cleared` among them.
#[test]
fn a_transaction_that_finds_the_map_full_hides_nothing() {
    let dir = TempDir::new();
    let mut wanted = options(&dir);
    wanted.map_size = 2 << 20;
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    environment.clear(store).expect("clear");
    commit(&mut environment);
    let value = [7; 1000];
    let mut written = 0u32;
    // Each in its own transaction, as `batch` and `update` do it.
    loop {
        environment.savepoint();
        match environment.put(store, &written.to_be_bytes(), &value) {
            Ok(()) => environment.release(),
            Err(error) => {
                assert_eq!(error, Error::MapFull);
                environment.roll_back().expect("roll back");
                break;
            }
        }
        commit(&mut environment);
        written += 1;
    }
    assert!(written > 100);
    assert!(environment.get(store, &0u32.to_be_bytes()).expect("get").is_some(), "it is still there");
    assert_eq!(environment.len(store), Ok(written as usize));
    environment.close(true).finish().expect("close");
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    assert_eq!(rows(&mut environment, store), written as usize);
}

/// As above, and a delete in the same transaction is neither taken back nor logged.
#[test]
fn a_transaction_that_finds_the_map_full_is_taken_back_whole() {
    let dir = TempDir::new();
    let mut wanted = options(&dir);
    wanted.map_size = 2 << 20;
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    let mut written = 0u32;
    loop {
        environment.savepoint();
        let put = environment.put(store, &written.to_be_bytes(), &[7; 1000]);
        if put.is_ok() {
            environment.release();
            commit(&mut environment);
            written += 1;
            continue;
        }
        environment.delete(store, &0u32.to_be_bytes()).expect("a delete is let in");
        environment.roll_back().expect("roll back");
        break;
    }
    assert!(environment.get(store, &0u32.to_be_bytes()).expect("get").is_some(), "it was taken back");
    assert_eq!(environment.len(store), Ok(written as usize));
}

/// Nothing is left to merge, so the log is never rotated and never removed.
#[test]
fn a_queue_that_is_always_empty_does_not_fill_the_disk() {
    let dir = TempDir::new();
    let mut wanted = options(&dir);
    wanted.merge_bytes = 1 << 20;
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("queue", b"").expect("store");
    merge(&mut environment);
    for _ in 0..200 {
        for number in 0..100u32 {
            environment.put(store, &number.to_be_bytes(), &[7; 1000]).expect("put");
            environment.delete(store, &number.to_be_bytes()).expect("delete");
        }
        commit(&mut environment);
    }
    let log = environment.stats().log_bytes;
    assert!(log < 12 << 20, "the log has {log} bytes, for nothing");
}

/// A limit that is lowered later.
#[test]
fn a_directory_with_more_stores_than_the_limit_opens() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    for number in 0..200 {
        let store = environment.open_store(&format!("store {number}"), b"").expect("store");
        environment.put(store, b"key", b"value").expect("put");
    }
    environment.close(true).finish().expect("close");
    let wanted = EnvironmentOptions { max_stores: 64, ..options(&dir) };
    Environment::open(wanted).expect("open");
}

/// Dropping a `Closing` lets go of the lock while the threads go on.
#[test]
fn a_closing_that_is_dropped_ends_its_threads_before_it_lets_go_of_the_lock() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    commit(&mut environment);
    let value = vec![7; 4 << 20];
    for number in 0..50u32 {
        environment.put(store, &number.to_be_bytes(), &value).expect("put");
    }
    drop(environment.close(true));
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    let before = rows(&mut environment, store);
    for number in 0..10u32 {
        environment.put(store, format!("new {number}").as_bytes(), b"acknowledged").expect("put");
        commit(&mut environment);
    }
    let expected = before + 10;
    std::thread::sleep(Duration::from_secs(2));
    environment.close(true).finish().expect("close");
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    assert_eq!(rows(&mut environment, store), expected);
}

/// A reader of this process that has other limits decides them for the writer.
#[test]
fn a_readers_limits_are_not_the_writers() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    environment.open_store("store", b"").expect("store");
    environment.close(true).finish().expect("close");
    let few = EnvironmentOptions { max_stores: 4, ..options(&dir) };
    let reader = millpond::Reader::open(&few).expect("a reader");
    let mut environment = Environment::open(options(&dir)).expect("open");
    for number in 0..20 {
        let store = environment.open_store(&format!("store {number}"), b"").expect("store");
        environment.put(store, b"key", b"value").expect("put");
    }
    commit(&mut environment);
    environment.merge();
    std::thread::sleep(Duration::from_millis(500));
    environment.progress();
    let store = environment.open_store("store", b"").expect("store");
    assert_eq!(environment.put(store, b"key", b"value"), Ok(()));
    drop(reader);
}

/// Updates in place are let in by the length of their keys alone.
#[test]
fn updates_in_place_keep_to_the_limit_of_a_batch() {
    let dir = TempDir::new();
    let wanted = EnvironmentOptions { max_batch_bytes: 1 << 20, ..options(&dir) };
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    environment.put(store, b"key", &[0; 900]).expect("put");
    commit(&mut environment);
    let changes = [millpond::FieldChange { offset: 0, change: millpond::Change::Add(millpond::Number::U32(1)) }];
    let mut updates = 0;
    while environment.update_fields(store, b"key", &changes).is_ok() {
        updates += 1;
    }
    assert!(updates * 900 <= 1 << 20, "{} bytes went in", updates * 900);
}

/// A bit of a store's name in LMDB's own list: the store had no entries then, and nothing said so.
#[test]
fn a_store_whose_database_is_lost_is_no_empty_one() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("a-name-of-its-own", b"").expect("store");
    environment.put(store, b"key", b"value").expect("put");
    commit(&mut environment);
    environment.close(true).finish().expect("close");
    let path = dir.path().join("data.mdb");
    let mut bytes = std::fs::read(&path).expect("read");
    let name = b"a-name-of-its-own";
    let places: Vec<usize> = (1..bytes.len() - name.len())
        // Behind an `s` it is the catalog's entry, which has a checksum.
        .filter(|at| bytes[*at..].starts_with(name) && bytes[*at - 1] != b's')
        .collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at] ^= 1);
    std::fs::write(&path, bytes).expect("write");
    let refused = Environment::open(options(&dir)).expect_err("its database is missing");
    assert!(matches!(&refused, Error::Corruption { what } if what.contains("a-name-of-its-own")), "{refused}");
}

#[test]
fn a_closed_directory_has_no_log_of_what_is_merged() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    for _ in 0..100 {
        environment.put(store, b"hot", &[7; 100_000]).expect("put");
        environment.seal();
    }
    environment.close(true).finish().expect("close");
    let logs = std::fs::read_dir(dir.path()).expect("list").map(|entry| entry.expect("entry"));
    let logs = logs.filter(|entry| entry.file_name().to_string_lossy().ends_with(".log"));
    let bytes: u64 = logs.map(|entry| entry.metadata().expect("metadata").len()).sum();
    assert!(bytes < 4096, "{bytes} bytes of log");
}

/// The value of the empty key is in the catalog: its store has a database without entries.
#[test]
fn a_store_of_the_empty_key_alone_outlives_compaction_and_backup() {
    let (dir, target) = (TempDir::new(), TempDir::new());
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    environment.put(store, b"", b"value").expect("put");
    commit(&mut environment);
    merge(&mut environment);
    environment.compact()(&std::sync::Arc::default()).expect("compact");
    assert_eq!(environment.verify()(&millpond::Work::default()), Ok(vec![]));
    environment.backup(target.join("backup"))(&millpond::Work::default()).expect("backup");
    environment.close(true).finish().expect("close");
    for dir in [dir.path(), target.join("backup")] {
        let mut environment = Environment::open(EnvironmentOptions::new(dir)).expect("open again");
        let store = environment.open_store("store", b"").expect("store");
        assert_eq!(environment.get(store, b""), Ok(Some(&b"value"[..])));
    }
}

/// LMDB takes the size of the pages from the newer of two meta pages, and looks at nothing before it uses it.
#[test]
fn a_changed_page_size_is_corruption_and_ends_nothing() {
    const META_HEADER: usize = 40;
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    // Each of the two is the newer one in one of the rounds.
    for round in 0..2u32 {
        environment.put(store, b"key", &round.to_le_bytes()).expect("put");
        commit(&mut environment);
        merge(&mut environment);
        environment.close(true).finish().expect("close");
        let data = dir.path().join("data.mdb");
        let good = std::fs::read(&data).expect("read");
        let page_size = u32::from_ne_bytes(good[META_HEADER..META_HEADER + 4].try_into().expect("four bytes"));
        for meta in [0, page_size as usize] {
            for bit in 0..u32::BITS {
                let mut bad = good.clone();
                let at = meta + META_HEADER;
                bad[at..at + 4].copy_from_slice(&(page_size ^ 1 << bit).to_ne_bytes());
                std::fs::write(&data, &bad).expect("write");
                let opened = Environment::open(options(&dir)).map(drop);
                assert!(matches!(opened, Err(Error::Corruption { .. })), "bit {bit} at {at}: {opened:?}");
            }
        }
        std::fs::write(&data, &good).expect("write");
        environment = Environment::open(options(&dir)).expect("open");
        assert_eq!(environment.get(store, b"key").expect("get"), Some(&round.to_le_bytes()[..]));
    }
}
