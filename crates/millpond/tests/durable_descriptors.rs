//! A compaction that fails for want of descriptors. Alone in its process, for its limit.

#![cfg(feature = "lmdb")]
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod common;

use common::TempDir;
use millpond::{Environment, EnvironmentOptions, Work};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn options(dir: &TempDir) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir.path());
    options.map_size = 1 << 30;
    options
}

fn wait(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it takes too long");
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn commit(environment: &mut Environment) {
    let sealed = environment.seal();
    wait(|| environment.progress().durable >= sealed);
}

fn merge(environment: &mut Environment) {
    environment.seal();
    environment.merge();
    wait(|| {
        environment.progress();
        environment.merging().is_none()
    });
}

fn limit_descriptors(limit: u64) {
    // SAFETY: plain numbers.
    unsafe {
        let mut now = std::mem::zeroed::<libc::rlimit>();
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut now);
        now.rlim_cur = limit.min(now.rlim_max);
        libc::setrlimit(libc::RLIMIT_NOFILE, &now);
    }
}

/// The lowest descriptor that is free: with a limit of so many and `n` more, `n` can be opened (as far as none below is).
fn next_descriptor() -> u64 {
    use std::os::fd::AsRawFd;
    std::fs::File::open("/dev/null").expect("open").as_raw_fd() as u64
}

#[test]
fn a_compaction_that_fails_after_its_rename_loses_nothing() {
    for spare in 1..8 {
        let dir = TempDir::new();
        let mut environment = Environment::open(options(&dir)).expect("open");
        let store = environment.open_store("store", b"").expect("store");
        environment.put(store, b"before", b"1").expect("put");
        merge(&mut environment);
        limit_descriptors(next_descriptor() + spare);
        let compacted = environment.compact()(&Arc::new(Work::default()));
        limit_descriptors(1024);
        for number in 0..4u32 {
            environment.put(store, &number.to_be_bytes(), b"acknowledged").expect("put");
            commit(&mut environment);
            merge(&mut environment);
        }
        environment.close(true).finish().expect("close");
        let mut environment = Environment::open(options(&dir)).expect("open");
        let store = environment.open_store("store", b"").expect("store");
        assert_eq!(environment.len(store), Ok(5), "{spare} descriptors left: the compaction gave {compacted:?}");
    }
}
