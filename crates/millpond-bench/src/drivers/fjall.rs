//! fjall: an LSM tree.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable};
use std::ops::Bound;
use std::path::Path;

/// As much as redb takes by default; fjall's own default is for smaller machines.
const CACHE: u64 = 1 << 30;

pub struct FjallDriver {
    database: Database,
    keyspace: Keyspace,
    sync: bool,
}

impl FjallDriver {
    fn batch(&self, len: usize) -> OwnedWriteBatch {
        let mode = if self.sync { PersistMode::SyncData } else { PersistMode::Buffer };
        OwnedWriteBatch::with_capacity(self.database.clone(), len).durability(Some(mode))
    }
}

impl Driver for FjallDriver {
    const DURABLE: bool = true;

    fn open(dir: &Path, sync: bool) -> Outcome<Self> {
        let database = Database::builder(dir).cache_size(CACHE).open()?;
        let keyspace = database.keyspace("bench", KeyspaceCreateOptions::default)?;
        Ok(FjallDriver { database, keyspace, sync })
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        let mut batch = self.batch(keys.len());
        keys.iter().for_each(|key| batch.insert(&self.keyspace, &key[..], value));
        Ok(batch.commit()?)
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        let mut batch = self.batch(keys.len());
        keys.iter().for_each(|key| batch.remove(&self.keyspace, &key[..]));
        Ok(batch.commit()?)
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        let snapshot = self.database.snapshot();
        let mut sum = 0;
        for key in keys {
            sum += snapshot.get(&self.keyspace, key)?.as_deref().map_or(0, first);
        }
        Ok(sum)
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let snapshot = self.database.snapshot();
        let mut sum = 0;
        for key in keys {
            let range = (Bound::Included(&key[..]), Bound::<&[u8]>::Unbounded);
            for entry in snapshot.range::<&[u8], _>(&self.keyspace, range).take(entries) {
                let (key, value) = entry.into_inner()?;
                sum += digest(&key, &value);
            }
        }
        Ok(sum)
    }

    fn close(self) -> Outcome<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}
