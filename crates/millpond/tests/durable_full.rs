//! A directory that was filled to its limit with entries that LMDB needs much room for.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{Environment, EnvironmentOptions, Error};
use std::time::{Duration, Instant};

#[test]
fn writing_goes_on_after_everything_was_deleted() {
    let dir = TempDir::new();
    let mut wanted = EnvironmentOptions::new(dir.path());
    wanted.map_size = 16 << 20;
    let mut environment = Environment::open(wanted).expect("open");
    let store = environment.open_store("store", b"").expect("store");
    let mut random = Random::new(1);
    let mut entries = 0u64;
    loop {
        match environment.put(store, &random.next().to_be_bytes(), b"1234") {
            Ok(()) => entries += 1,
            Err(error) => {
                assert_eq!(error, Error::MapFull);
                break;
            }
        }
        if entries.is_multiple_of(1000) {
            let sealed = environment.seal();
            while environment.progress().durable < sealed {
                std::thread::yield_now();
            }
        }
    }
    environment.seal();
    environment.merge();
    let begun = Instant::now();
    while environment.merging().is_some() && begun.elapsed() < Duration::from_secs(20) {
        environment.progress();
        std::thread::sleep(Duration::from_millis(1));
    }
    let stuck = environment.merging().is_some();
    environment.clear(store).expect("clear");
    environment.seal();
    let begun = Instant::now();
    let mut put = environment.put(store, b"key", b"value");
    while put.is_err() && begun.elapsed() < Duration::from_secs(10) {
        environment.seal();
        environment.merge();
        environment.progress();
        std::thread::sleep(Duration::from_millis(10));
        put = environment.put(store, b"key", b"value");
    }
    assert_eq!(put, Ok(()), "{entries} entries; the merge was stuck: {stuck}; {:?}", environment.stats());
}
