//! Any sequence of operations on the memory engines, with snapshots alive, gives what a `BTreeMap` gives.
#![no_main]

#[path = "../../tests/both/mod.rs"]
#[allow(dead_code)]
mod both;

use arbitrary::Arbitrary;
use both::Both;
use libfuzzer_sys::fuzz_target;
use millpond::{MAX_KEY_LEN, Range, Snapshot};
use std::collections::BTreeMap;
use std::ops::Bound;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// A key: a few bytes of the input, behind a run of one byte, so that long and shared prefixes come up.
#[derive(Arbitrary, Debug)]
struct Key {
    run: u16,
    byte: u8,
    tail: [u8; 3],
    tail_len: u8,
}

impl Key {
    fn bytes(&self) -> Vec<u8> {
        let tail = &self.tail[..self.tail_len as usize % 4];
        let mut key = vec![self.byte % 4; self.run as usize % (MAX_KEY_LEN - 3)];
        if self.run % 3 == 0 {
            key.truncate(self.run as usize % 24);
        }
        key.extend_from_slice(tail);
        key
    }
}

#[derive(Arbitrary, Debug)]
enum Operation {
    Put(Key, u16),
    Delete(Key),
    DeleteRange(Key, Key),
    Scan(Key, Key, bool),
    Snapshot,
    Release(u8),
    /// Of one's own snapshot, or of that of the other engine.
    Restore(u8, bool),
    Clear,
}

fn range(from: &Key, to: &Key) -> Range {
    Range { from: Bound::Included(from.bytes()), to: Bound::Excluded(to.bytes()) }
}

fn assert_same(snapshot: &Snapshot, model: &Model) {
    let all = Range::all();
    let mut rows = snapshot.iter(&all, false);
    for (key, value) in model {
        assert_eq!(rows.next_ref(), Some((&key[..], &value[..])));
    }
    assert!(rows.next_ref().is_none());
}

fuzz_target!(|operations: Vec<Operation>| {
    let mut store = Both::default();
    let mut model = Model::new();
    let mut snapshots: Vec<([Snapshot; 2], Model)> = Vec::new();
    for (step, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Put(key, len) => {
                let value = vec![step as u8; *len as usize % 3000];
                store.put(&key.bytes(), &value);
                model.insert(key.bytes(), value);
            }
            Operation::Delete(key) => {
                assert_eq!(store.delete(&key.bytes()), model.remove(&key.bytes()).is_some());
            }
            Operation::DeleteRange(from, to) => {
                let range = range(from, to);
                let before = model.len();
                model.retain(|key, _| !range.contains(key));
                assert_eq!(store.delete_range(&range), before - model.len());
            }
            Operation::Scan(from, to, reverse) => {
                let range = range(from, to);
                let mut expected: Vec<_> = model.keys().filter(|key| range.contains(key)).cloned().collect();
                if *reverse {
                    expected.reverse();
                }
                for rows in store.iters(&range, *reverse) {
                    assert!(rows.map(|(key, _)| key.to_vec()).eq(expected.iter().cloned()));
                }
            }
            Operation::Snapshot if snapshots.len() < 4 => snapshots.push((store.snapshot(), model.clone())),
            Operation::Snapshot => {}
            Operation::Release(which) if !snapshots.is_empty() => {
                let (snapshot, then) = snapshots.swap_remove(*which as usize % snapshots.len());
                snapshot.iter().for_each(|snapshot| assert_same(snapshot, &then));
            }
            Operation::Restore(which, crossed) if !snapshots.is_empty() => {
                let (snapshot, then) = &snapshots[*which as usize % snapshots.len()];
                store.restore(snapshot, *crossed);
                model = then.clone();
            }
            Operation::Release(_) | Operation::Restore(..) => {}
            Operation::Clear => {
                store.clear();
                model.clear();
            }
        }
        assert_eq!(store.len(), model.len());
    }
    store.check();
    snapshots.iter().for_each(|(both, then)| both.iter().for_each(|snapshot| assert_same(snapshot, then)));
});
