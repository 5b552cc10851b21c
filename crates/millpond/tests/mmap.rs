//! The store mapped into memory: contract [14].

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use bytes::Bytes;
use common::TempDir;
use millpond::{Error, HashStore, InMemoryStore, MmapStateStore, Range, StateStore, StateStoreExt};

fn key(number: u32) -> Vec<u8> {
    format!("user:{number:08}").into_bytes()
}

fn filled(store: &mut MmapStateStore, count: u32) {
    (0..count).for_each(|number| store.put(&key(number), [number as u8; 100]).expect("put"));
}

#[test]
fn a_store_in_memory_grows_past_its_capacity() {
    let mut store = MmapStateStore::in_memory(4096);
    assert!(!store.is_persistent() && store.path().is_none() && store.is_empty());
    filled(&mut store, 50_000);
    assert_eq!((store.len(), store.size_bytes()), (50_000, 50_000 * 113));
    for number in (0..50_000).step_by(7) {
        assert_eq!(store.get(&key(number)).expect("get").as_deref(), Some(&[number as u8; 100][..]));
    }
}

#[test]
fn what_was_flushed_is_there_when_it_is_opened_again() {
    let dir = TempDir::new();
    {
        let mut store = MmapStateStore::persistent(dir.path(), 1024).expect("open");
        assert!(store.is_persistent() && store.path() == Some(&*dir.path()));
        filled(&mut store, 10_000);
        store.put(b"", b"the empty key").expect("put");
        store.delete(&key(3)).expect("delete");
        store.flush().expect("flush");
        let refused = MmapStateStore::persistent(dir.path(), 1024).map(drop);
        assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
        store.put(b"unflushed", b"dropped in good order").expect("put");
    }
    let store = MmapStateStore::persistent(dir.path(), 1024).expect("open again");
    assert_eq!((store.len(), store.size_bytes()), (10_001, 9_999 * 113 + 13 + 9 + 21));
    assert_eq!(store.get(b"").expect("get").as_deref(), Some(&b"the empty key"[..]));
    assert_eq!(store.get(&key(3)).expect("get"), None);
    assert!(store.contains(&key(9_999)).expect("contains") && store.contains(b"unflushed").expect("contains"));
}

#[test]
fn compacting_makes_the_file_small_and_leaves_no_fragmentation() {
    let dir = TempDir::new();
    let mut store = MmapStateStore::persistent(dir.path(), 1024).expect("open");
    filled(&mut store, 100_000);
    store.compact().expect("compact");
    let full = std::fs::metadata(dir.path().join("data.mdb")).expect("the file").len();
    assert_eq!(store.fragmentation(), 0.0);
    let gone = Range::half_open(&key(1000), &key(100_000));
    assert_eq!(store.delete_range(&gone).expect("delete_range"), 99_000);
    store.compact().expect("compact");
    let small = std::fs::metadata(dir.path().join("data.mdb")).expect("the file").len();
    assert!(small < full / 10, "{full} bytes, then {small}");
    assert_eq!((store.fragmentation(), store.len(), store.size_bytes()), (0.0, 1000, 113_000));
    store.put(b"after", b"it").expect("put");
    assert_eq!(store.get(&key(999)).expect("get").as_deref(), Some(&[999u32 as u8; 100][..]));
}

#[test]
fn scans_come_in_portions_in_order_both_ways() {
    let mut store = MmapStateStore::in_memory(0);
    filled(&mut store, 1000);
    let range = Range::half_open(&key(100), &key(900));
    let numbers = |reverse| -> Vec<Bytes> { store.scan(&range, reverse).map(|row| row.expect("row").0).collect() };
    let expected: Vec<Vec<u8>> = (100..900).map(key).collect();
    assert!(numbers(false).iter().eq(&expected));
    assert!(numbers(true).iter().eq(expected.iter().rev()));
    assert_eq!(store.prefix_scan(b"user:0000000").expect("prefix_scan").len(), 10);
    assert_eq!(store.range_scan(&b"z"[..]..&b"a"[..]).expect("range_scan").len(), 0);
}

#[test]
fn a_snapshot_goes_from_the_sorted_engine_to_the_hash_engine_to_the_disk_and_back() {
    let mut sorted = InMemoryStore::new();
    (0..5000).for_each(|number| sorted.put(&key(number), vec![7; number as usize % 3000]).expect("put"));
    let mut hash = HashStore::new();
    hash.restore(sorted.snapshot()).expect("restore");
    let mut disk = MmapStateStore::in_memory(0);
    disk.put(b"gone", b"x").expect("put");
    disk.restore(hash.snapshot()).expect("restore");
    assert_eq!((disk.len(), disk.size_bytes()), (sorted.len(), sorted.size_bytes()));
    let back = disk.snapshot().expect("snapshot");
    disk.clear().expect("clear");
    assert!(disk.is_empty() && disk.size_bytes() == 0);
    let range = Range::all();
    assert!(back.iter(&range, false).eq(sorted.iter(&range, false)));
}

#[test]
fn it_is_moved_to_another_thread_and_goes_on_there() {
    let mut store = MmapStateStore::in_memory(0);
    filled(&mut store, 2000);
    store.compact().expect("compact");
    let moved = std::thread::spawn(move || {
        store.put(&key(7), b"other").expect("put");
        store.flush().expect("flush");
        let value = store.get(&key(7)).expect("get");
        (store, value)
    });
    let (store, value) = moved.join().expect("the thread");
    assert_eq!(value.as_deref(), Some(&b"other"[..]));
    assert_eq!(store.get(&key(8)).expect("get").as_deref(), Some(&[8; 100][..]));
}

/// `MILLPOND_LOAD_MIB` is how much; in a cgroup with half as much memory it does the same.
#[test]
fn what_is_loaded_reads_back_key_by_key() {
    let load = std::env::var("MILLPOND_LOAD_MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(48usize);
    let dir = TempDir::new();
    let mut store = MmapStateStore::persistent(dir.path(), 1024).expect("open");
    let count = (load << 20) / 1024;
    let numbers = 0..count as u64;
    for number in numbers.clone() {
        store.put(&number.to_be_bytes(), [number as u8; 1016]).expect("put");
    }
    assert_eq!(store.len(), count);
    for number in numbers {
        let value = store.get(&number.to_be_bytes()).expect("get");
        assert_eq!(value.as_deref(), Some(&[number as u8; 1016][..]));
    }
}
