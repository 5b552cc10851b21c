//! [`MmapStateStore`]: has no batches; what was written is on the disk after a flush.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use millpond::{MmapStateStore, Range, StateStore};
use std::ops::Bound;
use std::path::Path;

pub struct Mapped {
    store: MmapStateStore,
    sync: bool,
}

impl Mapped {
    fn commit(&mut self) -> Outcome<()> {
        if self.sync { self.settle() } else { Ok(()) }
    }
}

impl Driver for Mapped {
    const DURABLE: bool = true;

    fn open(dir: &Path, sync: bool) -> Outcome<Self> {
        Ok(Mapped { store: MmapStateStore::persistent(dir, 0)?, sync })
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        keys.iter().try_for_each(|key| self.store.put(key, value))?;
        self.commit()
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        keys.iter().try_for_each(|key| self.store.delete(key).map(drop))?;
        self.commit()
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        let mut sum = 0;
        for key in keys {
            sum += self.store.get(key)?.as_deref().map_or(0, first);
        }
        Ok(sum)
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let mut sum = 0;
        for key in keys {
            let range = Range { from: Bound::Included(key.to_vec()), to: Bound::Unbounded };
            for entry in self.store.scan(&range, false).take(entries) {
                let (key, value) = entry?;
                sum += digest(&key, &value);
            }
        }
        Ok(sum)
    }

    /// Its flush is one to the disk: it knows no less.
    fn settle(&mut self) -> Outcome<()> {
        Ok(self.store.flush()?)
    }
}
