//! Increments: a snapshot with its increments comes to what the store was, and to nothing else.

#![allow(missing_docs)]

mod common;

use bytes::Bytes;
use common::Random;
use millpond::{
    Error, InMemoryStore, IncrementWriter, PackedChain, PackedChange, PackedIncrement, PackedInfo, PackedSnapshot,
    PackedWriter, Range, Snapshot, SnapshotId,
};
use std::collections::BTreeMap;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn key(random: &mut Random) -> Vec<u8> {
    let mut key = format!("key-{:06}", random.below(30_000)).into_bytes();
    key.truncate(4 + random.below(7));
    key
}

/// Writes as operators do: a few keys, many, runs of them; and now and then all is gone.
fn write(random: &mut Random, store: &mut InMemoryStore, model: &mut Model) {
    match random.below(12) {
        0 => {
            let (from, to) = (key(random), key(random));
            store.delete_range(&Range::half_open(&from, &to)).expect("delete");
            model.retain(|key, _| *key < from || *key >= to);
        }
        1 if random.below(8) == 0 => {
            store.clear();
            model.clear();
        }
        2 => {
            let first = random.below(30_000);
            for number in first..first + random.below(2000) {
                let key = format!("key-{number:06}").into_bytes();
                let value = vec![random.below(256) as u8; random.below(40)];
                store.put(&key, &value).expect("put");
                model.insert(key, value);
            }
        }
        3 => {
            let key = key(random);
            let value = vec![1; 5000 + random.below(5000)];
            store.put(&key, &value).expect("put");
            model.insert(key, value);
        }
        4..=6 => {
            let key = key(random);
            store.delete(&key).expect("delete");
            model.remove(&key);
        }
        _ => {
            let key = key(random);
            let value = vec![random.below(256) as u8; random.below(100)];
            store.put(&key, &value).expect("put");
            model.insert(key, value);
        }
    }
}

fn entries(chain: &PackedChain) -> Model {
    chain.entries().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).expect("entry")).collect()
}

/// Adds what was packed to a chain: an increment, or all in place of it.
fn push(chain: Option<PackedChain>, bytes: Vec<u8>) -> PackedChain {
    match (chain, PackedIncrement::from_bytes(bytes.clone())) {
        (Some(mut chain), Ok(increment)) => {
            chain.push(increment).expect("goes on");
            chain
        }
        (_, Err(Error::WrongBase { .. })) => PackedChain::new(PackedSnapshot::from_bytes(bytes).expect("full")),
        (_, other) => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_comes_to_what_the_store_was_at_each_link() {
    let mut increments = 0;
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let (mut store, mut model) = (InMemoryStore::new(), Model::new());
        let mut chain = None;
        let mut base: Option<(Snapshot, SnapshotId)> = None;
        for _ in 0..12 {
            for _ in 0..[3, 30, 300][random.below(3)] {
                write(&mut random, &mut store, &mut model);
            }
            // One that is restored to what it was is of one line with it; to another one it is not.
            if random.below(6) == 0 {
                let other = store.snapshot();
                write(&mut random, &mut store, &mut model.clone());
                store.restore(&other).expect("restore");
            }
            let snapshot = store.snapshot();
            let bytes = match &base {
                None => snapshot.pack(Vec::new(), PackedInfo::default()),
                Some((base, id)) => {
                    snapshot.pack_since(base, *id, Vec::new(), PackedInfo::default()).map(|(bytes, _)| bytes)
                }
            };
            let packed = push(chain, bytes.expect("pack"));
            increments += packed.info().base.is_some() as usize;
            assert_eq!(entries(&packed), model, "seed {seed}");
            base = Some((snapshot, packed.info().id));
            chain = Some(packed);
        }
        let chain = chain.expect("made");
        let folded = PackedSnapshot::from_bytes(chain.fold(Vec::new()).expect("fold")).expect("open");
        assert_eq!((folded.len(), folded.info().id), (model.len(), chain.info().id));
        let mut other = InMemoryStore::new();
        other.put(b"before", b"").expect("put");
        other.unpack_chain(&chain).expect("unpack");
        assert_eq!((other.len(), other.size_bytes()), (store.len(), store.size_bytes()));
        store.check();
    }
    assert!(increments > 150, "{increments}");
}

/// What changed in a store, packed.
fn since(store: &mut InMemoryStore, base: &Snapshot, id: SnapshotId) -> Vec<u8> {
    store.snapshot().pack_since(base, id, Vec::new(), PackedInfo::default()).expect("pack").0
}

#[test]
fn an_increment_holds_what_changed_and_no_more() {
    let mut store = InMemoryStore::new();
    for number in 0..100_000u32 {
        store.put(&number.to_be_bytes(), [7; 60]).expect("put");
    }
    let base = store.snapshot();
    let full = PackedSnapshot::from_bytes(base.pack(Vec::new(), PackedInfo::default()).expect("pack")).expect("open");
    store.put(&5u32.to_be_bytes(), [8; 60]).expect("put");
    store.put(&6u32.to_be_bytes(), [7; 60]).expect("the same again");
    store.delete(&70_000u32.to_be_bytes()).expect("delete");
    store.delete_range(&Range::half_open(&1000u32.to_be_bytes(), &50_000u32.to_be_bytes())).expect("delete");
    let bytes = since(&mut store, &base, full.info().id);
    assert!(bytes.len() < 1000, "{}", bytes.len());
    let increment = PackedIncrement::from_bytes(bytes).expect("open");
    let changes: Vec<_> = increment.changes().collect::<Result<_, _>>().expect("changes");
    let number = u32::to_be_bytes;
    assert_eq!(
        changes,
        [
            (&number(5)[..], PackedChange::Put(&[8; 60])),
            (&number(1000)[..], PackedChange::DeleteThrough(&number(49_999))),
            (&number(70_000)[..], PackedChange::Delete),
        ]
    );
    assert_eq!((increment.info().len, increment.base()), (store.len() as u64, full.info().id));
    // Where every value is another one, all of it is smaller than what changed.
    for number in (0..1000).chain(50_000..100_000u32) {
        store.put(&number.to_be_bytes(), [9; 60]).expect("put");
    }
    let bytes = since(&mut store, &base, full.info().id);
    assert_eq!(PackedSnapshot::from_bytes(bytes).expect("full").len(), store.len());
}

fn full(id: u8, entries: &[(&str, &str)]) -> PackedSnapshot {
    let info = PackedInfo { id: SnapshotId([id; 16]), ..PackedInfo::default() };
    let mut writer = PackedWriter::new(Vec::new(), info).expect("new");
    entries.iter().for_each(|(key, value)| writer.push(key.as_bytes(), value.as_bytes()).expect("push"));
    PackedSnapshot::from_bytes(writer.finish().expect("finish")).expect("open")
}

fn increment(id: u8, base: u8, size: (u64, u64), changes: &[(&str, PackedChange)]) -> Vec<u8> {
    let info = PackedInfo { id: SnapshotId([id; 16]), len: size.0, size_bytes: size.1, ..PackedInfo::default() };
    let mut writer = IncrementWriter::new(Vec::new(), SnapshotId([base; 16]), info).expect("new");
    changes.iter().for_each(|(key, change)| writer.push(key.as_bytes(), *change).expect("push"));
    writer.finish().expect("finish")
}

#[test]
fn what_was_put_behind_a_stretch_that_was_deleted_stays() {
    let mut chain = PackedChain::new(full(1, &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]));
    let changes =
        [("a", PackedChange::DeleteThrough(b"c")), ("b", PackedChange::Put(b"5")), ("bb", PackedChange::Put(b""))];
    chain.push(PackedIncrement::from_bytes(increment(2, 1, (3, 6), &changes)).expect("open")).expect("push");
    let expected = [("b", "5"), ("bb", ""), ("d", "4")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(entries(&chain), Model::from(expected));
}

#[test]
fn a_wrong_base_a_wrong_order_and_a_missing_link_are_named() {
    let of = |bytes: Vec<u8>| PackedIncrement::from_bytes(bytes).expect("open");
    let second = || of(increment(2, 1, (1, 2), &[("a", PackedChange::Put(b"2"))]));
    let third = || of(increment(3, 2, (1, 2), &[("a", PackedChange::Put(b"3"))]));
    let mut chain = PackedChain::new(full(1, &[("a", "1")]));
    let error = chain.push(third()).expect_err("a link is missing");
    assert_eq!(error.code(), "ERR_MILLPOND_WRONG_BASE");
    assert!(error.to_string().contains(&SnapshotId([2; 16]).to_string()), "{error}");
    chain.push(second()).expect("goes on");
    assert!(matches!(chain.push(second()), Err(Error::WrongBase { .. })));
    chain.push(third()).expect("goes on");
    assert_eq!(entries(&chain), Model::from([(b"a".to_vec(), b"3".to_vec())]));
    let bytes = increment(2, 1, (0, 0), &[]);
    assert!(matches!(PackedSnapshot::from_bytes(bytes), Err(Error::WrongBase { .. })));
    let bytes = Bytes::copy_from_slice(full(1, &[]).as_bytes());
    assert!(matches!(PackedIncrement::from_bytes(bytes), Err(Error::WrongBase { .. })));
}

#[test]
fn a_chain_that_comes_to_something_else_than_it_says_is_corruption() {
    let mut chain = PackedChain::new(full(1, &[("a", "1")]));
    chain.push(PackedIncrement::from_bytes(increment(2, 1, (5, 9), &[])).expect("open")).expect("push");
    assert!(matches!(chain.entries().last(), Some(Err(Error::Corruption { .. }))));
    let mut store = InMemoryStore::new();
    store.put(b"before", b"it").expect("put");
    assert!(store.unpack_chain(&chain).is_err());
    assert_eq!((store.len(), store.get_ref(b"before")), (1, Some(&b"it"[..])));
}

#[test]
fn any_flipped_bit_of_an_increment_is_corruption_and_so_is_a_change_that_is_none() {
    let keys: Vec<String> = (0..300).map(|number| format!("{number:04}")).collect();
    let changes: Vec<_> = keys.iter().map(|key| (&key[..], PackedChange::Put(&[5; 40]))).collect();
    let bytes = increment(2, 1, (300, 300 * 44), &changes);
    for bit in (0..bytes.len() * 8).step_by(61) {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = PackedIncrement::from_bytes(changed).expect_err("a bit has changed");
        assert!(matches!(error, Error::Corruption { .. }), "bit {bit}: {error}");
    }
    let backwards = increment(2, 1, (0, 0), &[("b", PackedChange::DeleteThrough(b"a"))]);
    assert!(matches!(PackedIncrement::from_bytes(backwards), Err(Error::Corruption { .. })));
}
