//! Databases that are made while a view is taken. `MILLPOND_RACE_SECONDS` says for how long.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::TempDir;
use millpond::{Environment, EnvironmentOptions, Reader, Work};
use std::time::{Duration, Instant};

fn seconds() -> Duration {
    let seconds = std::env::var("MILLPOND_RACE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

fn options(dir: &TempDir) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir.path());
    options.map_size = 4 << 30;
    options.max_stores = 4000;
    options
}

/// A store that is merged for the first time while a backup reads the log: the backup finds its database, newer than its view.
#[test]
fn a_backup_beside_the_first_merge_of_a_store_works() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    let begun = Instant::now();
    let mut round = 0;
    while begun.elapsed() < seconds() {
        let first = environment.open_store(&format!("store {round}"), b"").expect("store");
        for number in 0..20_000u32 {
            environment.put(first, &number.to_be_bytes(), b"value").expect("put");
        }
        environment.put(first, &0u32.to_be_bytes(), b"value").expect("put");
        let sealed = environment.seal();
        while environment.progress().synced < sealed {}
        let target = dir.join(&format!("backup {round}"));
        let backup = environment.backup(target.clone());
        let thread = std::thread::spawn(move || backup(&Work::default()));
        std::thread::sleep(Duration::from_micros(300 * (round % 40)));
        environment.merge();
        let outcome = thread.join().expect("no panic");
        assert_eq!(outcome, Ok(()), "round {round}");
        std::fs::remove_dir_all(target).expect("remove");
        while environment.merging().is_some() {
            environment.progress();
        }
        // So that there is little to copy.
        environment.clear(first).expect("clear");
        environment.put(first, b"k", b"v").expect("put");
        round += 1;
    }
}

/// The owner's and a reader's view, the same way.
#[test]
fn reads_beside_the_first_merge_of_stores_work() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir)).expect("open");
    environment.seal();
    let path = dir.path();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = stop.clone();
    let reader = std::thread::spawn(move || {
        let mut reader = Reader::open(&EnvironmentOptions { max_stores: 4000, ..EnvironmentOptions::new(path) })?;
        let mut refreshed = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            reader.refresh()?;
            refreshed += 1;
        }
        Ok::<u32, millpond::Error>(refreshed)
    });
    let begun = Instant::now();
    let mut stores = Vec::new();
    let mut failed = None;
    'all: while begun.elapsed() < seconds() && stores.len() < 3900 {
        for _ in 0..20 {
            let store = environment.open_store(&format!("store {}", stores.len()), b"").expect("store");
            environment.put(store, b"key", &vec![1; 2 << 20]).expect("put");
            stores.push(store);
        }
        environment.seal();
        environment.merge();
        while environment.merging().is_some() {
            environment.progress();
            for &store in &stores[stores.len() - 20..] {
                if let Err(error) = environment.get(store, b"none").map(drop) {
                    failed = Some(error);
                    break 'all;
                }
            }
        }
        for &store in &stores[stores.len() - 20..] {
            environment.delete(store, b"key").expect("delete");
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let refreshed = reader.join().expect("no panic");
    assert!(refreshed.is_ok(), "a refresh failed: {refreshed:?}");
    assert_eq!(failed, None, "a get failed");
}
