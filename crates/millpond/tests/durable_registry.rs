//! An LMDB environment that is opened while the last one of its file is being closed, and work that must end.

#![cfg(feature = "lmdb")]
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod common;

use common::TempDir;
use millpond::{Environment, EnvironmentOptions, Error, Reader, Work};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

fn options(dir: &std::path::Path) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir);
    options.map_size = 1 << 30;
    options
}

/// `mdb_env_close` gives back the process's locks of lock.mdb, and its readers' slots, of all environments that it has open.
#[test]
fn readers_that_open_and_close_in_two_threads_keep_their_lock() {
    let dir = TempDir::new();
    let mut environment = Environment::open(options(&dir.path())).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    for number in 0..50_000u32 {
        environment.put(store, &number.to_be_bytes(), &[1; 1000]).expect("put");
    }
    environment.close(true).finish().expect("close");
    let inode = std::fs::metadata(dir.path().join("lock.mdb")).expect("lock.mdb").ino();
    let has_lock = || {
        let locks = std::fs::read_to_string("/proc/locks").expect("locks");
        locks.lines().any(|line| line.contains("POSIX") && line.contains(&format!(":{inode} ")))
    };
    let stop = Arc::new(AtomicBool::new(false));
    let closing = Arc::new(AtomicBool::new(false));
    let (stopped, about, path) = (stop.clone(), closing.clone(), dir.path());
    let other = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            let mut reader = Reader::open(&options(&path)).expect("open");
            let store = reader.store("store").expect("store");
            let mut sum = 0usize;
            drop(reader.scan_some(store, millpond::Range::all(), false, |_, value| {
                sum += value.len();
                millpond::Visit::Next
            }));
            about.store(true, Ordering::Release);
        }
    });
    let begun = Instant::now();
    let (mut lost, mut opened) = (0, 0);
    while begun.elapsed() < Duration::from_secs(2) && lost == 0 {
        // When the other thread is about to close.
        while !closing.swap(false, Ordering::AcqRel) {}
        let until = Instant::now() + Duration::from_micros(opened * 37 % 2000);
        while Instant::now() < until {}
        let reader = Reader::open(&options(&dir.path())).expect("open");
        std::thread::sleep(Duration::from_millis(3));
        // Read again, in case the list changed while it was read.
        lost += !(0..50).any(|_| has_lock()) as usize;
        opened += 1;
        drop(reader);
    }
    stop.store(true, Ordering::Relaxed);
    other.join().expect("no panic");
    assert_eq!(lost, 0, "an open reader had no lock, after {opened} openings");
}

#[test]
fn a_compaction_that_comes_after_the_close_ends() {
    let dir = TempDir::new();
    let environment = Environment::open(options(&dir.path())).expect("open");
    let compact = environment.compact();
    environment.close(true).finish().expect("close");
    let (done, outcome) = mpsc::channel();
    std::thread::spawn(move || done.send(compact(&Arc::new(Work::default()))));
    assert!(outcome.recv_timeout(Duration::from_secs(5)).is_ok(), "it waits for ever");
}

#[test]
fn a_reader_waits_for_the_writer_that_is_just_making_the_directory() {
    for _ in 0..100 {
        let dir = TempDir::new();
        let (path, done) = (dir.path(), Arc::new(AtomicBool::new(false)));
        let end = done.clone();
        let writer = std::thread::spawn(move || {
            let environment = Environment::open(options(&path)).expect("open");
            while !end.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            drop(environment);
        });
        loop {
            match Reader::open(&options(&dir.path())) {
                Ok(_) => break,
                Err(Error::Io { errno: libc::ENOENT, .. }) => {}
                Err(Error::Unusable { what }) if what.ends_with("has no data.mdb") => {}
                Err(error) => panic!("{error}"),
            }
        }
        done.store(true, Ordering::Relaxed);
        writer.join().expect("the writer");
    }
}
