//! From a key to its record.

use crate::memory::{Index, LargeRef};
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A table of the records of a tree, by the hash of their keys.
pub(super) struct KeyTable {
    slots: HashTable<Slot>,
    /// The key of the hash, other in each table. SipHash-1-3, as the standard library has it: hashes of a multiplication or
    /// two are ten nanoseconds quicker, but say themselves that who watches a program long enough may learn their key, and
    /// keys come from whoever sends events.
    hashing: RandomState,
}

/// The hash stands beside the record, so that growing reads no record: that would be a cache miss for each.
pub(super) struct Slot {
    hash: u64,
    pub record: LargeRef,
}

impl KeyTable {
    pub fn new() -> KeyTable {
        KeyTable { slots: HashTable::new(), hashing: RandomState::new() }
    }

    #[inline(always)]
    pub fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        hasher.write(key);
        hasher.finish()
    }

    #[inline(always)]
    pub fn find(&self, hash: u64, key: &[u8]) -> Option<LargeRef> {
        Some(self.slots.find(hash, |slot| slot.hash == hash && slot.record.key() == key)?.record)
    }

    #[inline(always)]
    pub fn find_mut(&mut self, hash: u64, key: &[u8]) -> Option<&mut Slot> {
        self.slots.find_mut(hash, |slot| slot.hash == hash && slot.record.key() == key)
    }

    /// What [`find`](KeyTable::find) will find, as good as always, without a look at it.
    #[inline(always)]
    pub fn guess(&self, hash: u64) -> Option<LargeRef> {
        Some(self.slots.iter_hash(hash).find(|slot| slot.hash == hash)?.record)
    }

    /// Leads to a record whose key it had not.
    #[inline(always)]
    pub fn insert(&mut self, hash: u64, record: LargeRef) {
        self.slots.insert_unique(hash, Slot { hash, record }, |slot| slot.hash);
    }

    /// Leads to this record, of a key with this hash, no more.
    #[inline(always)]
    pub fn remove(&mut self, hash: u64, record: LargeRef) {
        if let Ok(slot) = self.slots.find_entry(hash, |slot| slot.record == record) {
            slot.remove();
        }
    }

    /// Whether one record more makes it grow.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.slots.len() == self.slots.capacity()
    }

    /// Makes room for so many records more; returns whether the system has the memory.
    pub fn reserve(&mut self, records: usize) -> bool {
        self.slots.try_reserve(records, |slot| slot.hash).is_ok()
    }

    pub fn shrink(&mut self) {
        self.slots.shrink_to_fit(|slot| slot.hash);
    }

    /// Bytes of memory that it takes.
    pub fn memory_bytes(&self) -> usize {
        self.slots.allocation_size()
    }

    #[cfg(any(test, feature = "check"))]
    pub fn len(&self) -> usize {
        self.slots.len()
    }
}

impl Index for KeyTable {
    fn removed(&mut self, record: LargeRef) {
        self.remove(self.hash(record.key()), record);
    }

    fn revived(&mut self, record: LargeRef) {
        self.insert(self.hash(record.key()), record);
    }
}
