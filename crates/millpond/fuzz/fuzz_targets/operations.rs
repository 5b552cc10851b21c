//! Any sequence of operations on the memory engines gives what a `BTreeMap` gives: on the store, in its snapshots, and in what
//! is packed of them, whole and as what changed.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use millpond::{
    HashStore, InMemoryStore, MAX_KEY_LEN, MemoryEngine, MemoryStore, PackedChain, PackedIncrement, PackedInfo,
    PackedSnapshot, Range, Snapshot, SnapshotId,
};
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
    Restore(u8),
    Clear,
    /// A run of keys, so that there are pages enough for a difference to skip some.
    Fill(u8, u8),
    /// Packs what changed since this was done before, or all.
    Pack,
    Savepoint,
    RollBack,
    Keep,
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

/// A store, what it should hold, and what was kept of both on the way.
struct Run<E: MemoryEngine> {
    store: MemoryStore<E>,
    model: Model,
    snapshots: Vec<(Snapshot, Model)>,
    packed: Option<(PackedChain, Snapshot)>,
    savepoints: Vec<(usize, Model)>,
}

impl<E: MemoryEngine> Run<E> {
    fn of(store: MemoryStore<E>) -> Self {
        let (model, snapshots, savepoints) = (Model::new(), Vec::new(), Vec::new());
        Run { store, model, snapshots, packed: None, savepoints }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.store.put(&key, &value).expect("put");
        assert_eq!(self.store.get_ref(&key), Some(&value[..]));
        self.model.insert(key, value);
    }

    fn step(&mut self, step: usize, operation: &Operation) {
        match operation {
            Operation::Put(key, len) => self.put(key.bytes(), vec![step as u8; *len as usize % 3000]),
            Operation::Fill(first, count) => {
                for number in 0..*count as u16 {
                    self.put((*first as u16 * 16 + number).to_be_bytes().to_vec(), vec![step as u8; 40]);
                }
            }
            Operation::Delete(key) => {
                let existed = self.model.remove(&key.bytes()).is_some();
                assert_eq!(self.store.delete(&key.bytes()), Ok(existed));
                assert_eq!(self.store.get_ref(&key.bytes()), None);
            }
            Operation::DeleteRange(from, to) => {
                let (range, before) = (range(from, to), self.model.len());
                self.model.retain(|key, _| !range.contains(key));
                assert_eq!(self.store.delete_range(&range), Ok(before - self.model.len()));
            }
            Operation::Scan(from, to, reverse) => self.scan(&range(from, to), *reverse),
            Operation::Clear => {
                self.store.clear();
                self.model.clear();
            }
            Operation::Pack => self.pack(),
            Operation::Snapshot | Operation::Release(_) | Operation::Restore(_) => self.keep(operation),
            Operation::Savepoint if self.savepoints.len() < 4 => {
                self.savepoints.push((self.store.savepoint(), self.model.clone()));
            }
            Operation::Savepoint => {}
            Operation::RollBack => {
                if let Some((savepoint, then)) = self.savepoints.pop() {
                    self.store.roll_back_to(savepoint).expect("roll back");
                    self.model = then;
                }
            }
            Operation::Keep => {
                if self.savepoints.pop().is_some() {
                    self.store.release();
                }
            }
        }
        assert_eq!(self.store.len(), self.model.len());
    }

    fn scan(&self, range: &Range, reverse: bool) {
        let rows = self.store.iter(range, reverse).map(|(key, _)| key.to_vec());
        let mut expected: Vec<_> = self.model.keys().filter(|key| range.contains(key)).cloned().collect();
        if reverse {
            expected.reverse();
        }
        assert!(rows.eq(expected));
    }

    fn keep(&mut self, operation: &Operation) {
        let index = |which: &u8| (*which as usize).checked_rem(self.snapshots.len());
        match operation {
            Operation::Snapshot if self.snapshots.len() < 4 => {
                self.snapshots.push((self.store.snapshot(), self.model.clone()));
            }
            Operation::Release(which) => {
                if let Some(index) = index(which) {
                    let (snapshot, then) = self.snapshots.swap_remove(index);
                    assert_same(&snapshot, &then);
                }
            }
            Operation::Restore(which) => {
                if let Some(index) = index(which) {
                    let (snapshot, then) = &self.snapshots[index];
                    self.store.restore(snapshot).expect("restore");
                    self.model.clone_from(then);
                }
            }
            _ => {}
        }
    }

    fn pack(&mut self) {
        let snapshot = self.store.snapshot();
        let (info, packed) = (PackedInfo { id: SnapshotId([1; 16]), ..PackedInfo::default() }, self.packed.take());
        let (chain, bytes) = match packed {
            None => (None, snapshot.pack(Vec::new(), info).expect("pack")),
            Some((chain, base)) => {
                let id = chain.info().id;
                let (bytes, since) = snapshot.pack_since(&base, id, Vec::new(), info).expect("pack");
                (since.map(|_| chain), bytes)
            }
        };
        let chain = match chain {
            None => PackedChain::new(PackedSnapshot::from_bytes(bytes).expect("packed")),
            Some(mut chain) => {
                chain.push(PackedIncrement::from_bytes(bytes).expect("packed")).expect("it goes on");
                chain
            }
        };
        let entries: Result<Vec<_>, _> = chain.entries().collect();
        let expected = self.model.iter().map(|(key, value)| (&key[..], &value[..]));
        assert!(entries.expect("sound").into_iter().eq(expected));
        let mut other = MemoryStore::<E>::new();
        other.unpack_chain(&chain).expect("unpack");
        assert_eq!((other.len(), other.size_bytes()), (self.store.len(), self.store.size_bytes()));
        self.packed = Some((chain, snapshot));
    }

    fn end(mut self) {
        self.store.check();
        self.snapshots.iter().for_each(|(snapshot, then)| assert_same(snapshot, then));
        assert_same(&self.store.snapshot(), &self.model);
        let values = |key: &Vec<u8>| self.store.get_ref(key).map(<[u8]>::to_vec);
        assert!(self.model.iter().all(|(key, value)| values(key).as_ref() == Some(value)));
    }
}

fuzz_target!(|operations: Vec<Operation>| {
    let (mut sorted, mut hash) = (Run::of(InMemoryStore::new()), Run::of(HashStore::new()));
    for (step, operation) in operations.iter().enumerate() {
        sorted.step(step, operation);
        hash.step(step, operation);
    }
    sorted.end();
    hash.end();
});
