//! Packing a snapshot of the memory engine to a file, on another thread than its writer's, and reading it back: gigabytes a
//! second, and what the first get takes of a file that is mapped. Beside it a `BTreeMap` that is cloned and written out.
//! `MILLPOND_BENCH_KEYS` is the number of entries, with keys of 16 bytes and values of 100.

#![allow(missing_docs, clippy::unwrap_used)]

use millpond::{InMemoryStore, PackedInfo, PackedSnapshot};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

fn key(number: u64) -> [u8; 16] {
    let mut key = *b"key-000000000000";
    key[8..].copy_from_slice(&(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_be_bytes());
    key
}

fn main() {
    let keys: u64 = std::env::var("MILLPOND_BENCH_KEYS").ok().and_then(|keys| keys.parse().ok()).unwrap_or(1_000_000);
    let dir = std::env::temp_dir().join(format!("millpond-packed-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("snapshot");
    let mut store = InMemoryStore::new();
    for number in 0..keys {
        store.put(&key(number), [number as u8; 100]).unwrap();
    }
    let bytes = store.size_bytes();
    let rate = |begun: Instant| bytes as f64 / begun.elapsed().as_secs_f64() / 1e9;
    for _ in 0..5 {
        let begun = Instant::now();
        let snapshot = store.snapshot();
        let pause = begun.elapsed();
        let target = path.clone();
        let packing = std::thread::spawn(move || {
            let file = std::fs::File::create(target).unwrap();
            let begun = Instant::now();
            snapshot.pack(file, PackedInfo::default()).unwrap();
            begun
        });
        let packed = rate(packing.join().unwrap());
        let begun = Instant::now();
        let opened = PackedSnapshot::open(&path).unwrap();
        let value = opened.get(&key(keys / 2)).unwrap().map(<[u8]>::len);
        let first = begun.elapsed();
        assert_eq!(value, Some(100));
        let begun = Instant::now();
        opened.verify().unwrap();
        let verified = rate(begun);
        println!(
            "pause {pause:?}   packed {packed:.2} GB/s   open and first get {first:?}   verified {verified:.2} GB/s"
        );
    }
    for _ in 0..3 {
        let snapshot = store.snapshot();
        let begun = Instant::now();
        snapshot.pack(std::io::sink(), PackedInfo::default()).unwrap();
        println!("to nowhere {:.2} GB/s", rate(begun));
    }
    let tree: BTreeMap<Vec<u8>, Vec<u8>> =
        (0..keys).map(|number| (key(number).to_vec(), vec![number as u8; 100])).collect();
    let begun = Instant::now();
    let cloned = tree.clone();
    let mut output = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for (key, value) in &cloned {
        output.write_all(&(key.len() as u32).to_le_bytes()).unwrap();
        output.write_all(key).unwrap();
        output.write_all(&(value.len() as u32).to_le_bytes()).unwrap();
        output.write_all(value).unwrap();
    }
    output.flush().unwrap();
    println!("BTreeMap, cloned and written: {:.2} GB/s", rate(begun));
    std::fs::remove_dir_all(&dir).unwrap();
}
