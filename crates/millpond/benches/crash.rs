//! What opening costs after a crash: LMDB has a state, and the log all that was written since. The longest log there is
//! before a merge begins: of keys that are all others, and of few keys again and again.
//! `MILLPOND_BENCH_KEYS` scales it: entries of a kilobyte.

#![allow(missing_docs, clippy::unwrap_used)]

use millpond::{Environment, EnvironmentOptions, StoreId};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const VALUE: [u8; 1000] = [7; 1000];
const BATCH: usize = 1000;
const HOT_KEYS: usize = 1000;

fn open(dir: &Path) -> (Environment, StoreId) {
    let mut environment = Environment::open(EnvironmentOptions::new(dir)).unwrap();
    let store = environment.open_store("bench", b"").unwrap();
    (environment, store)
}

fn key(number: usize) -> [u8; 16] {
    // Spread: as keys of a stream are.
    let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    [mixed.to_be_bytes(), (number as u64).to_be_bytes()].concat().try_into().unwrap()
}

/// Writes until a merge begins, and then leaves without another word. Merged is what was there before.
fn write_and_crash(dir: &Path, keys: usize) -> ! {
    let (mut environment, store) = open(dir);
    let mut number = 0;
    while environment.merging().is_none() {
        environment.put(store, &key(number % keys), &VALUE).unwrap();
        number += 1;
        if number.is_multiple_of(BATCH) {
            let sealed = environment.seal();
            while environment.progress().durable < sealed {}
        }
    }
    std::process::abort();
}

fn main() {
    let keys = std::env::var("MILLPOND_BENCH_KEYS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    if let (Ok(dir), Ok(hot)) = (std::env::var("CRASH_IN"), std::env::var("CRASH_KEYS")) {
        write_and_crash(Path::new(&dir), hot.parse().unwrap());
    }
    let dir = std::env::temp_dir().join(format!("millpond-bench-{}", std::process::id()));
    for (name, among) in [("all others", usize::MAX), ("of few keys", HOT_KEYS)] {
        let (mut environment, store) = open(&dir);
        for number in 0..keys {
            environment.put(store, &key(number), &VALUE).unwrap();
            if number % BATCH == BATCH - 1 {
                let sealed = environment.seal();
                while environment.progress().durable < sealed {}
            }
        }
        environment.close(true).finish().unwrap();
        let me = std::env::current_exe().unwrap();
        Command::new(me).env("CRASH_IN", &dir).env("CRASH_KEYS", among.to_string()).status().unwrap();
        let log = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap());
        let log = log.filter(|entry| entry.file_name().to_string_lossy().ends_with(".log"));
        let bytes: u64 = log.map(|entry| entry.metadata().unwrap().len()).sum();
        let begun = Instant::now();
        let (mut environment, store) = open(&dir);
        let opened = begun.elapsed();
        let entries = environment.len(store).unwrap();
        println!("writes {name}: a log of {} MB over {entries} entries opens in {opened:?}", bytes / 1_000_000);
        drop(environment);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
