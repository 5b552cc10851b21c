//! The engines in memory: [`InMemoryStore`] and [`HashStore`].

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use millpond::{HashStore, InMemoryStore, Range};
use std::ops::Bound;
use std::path::Path;

pub type Sorted = InMemoryStore;
pub type Hashed = HashStore;

macro_rules! driver {
    ($engine:ty) => {
        impl Driver for $engine {
            const DURABLE: bool = false;

            fn open(_dir: &Path, _sync: bool) -> Outcome<Self> {
                Ok(<$engine>::new())
            }

            fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
                Ok(keys.iter().try_for_each(|key| <$engine>::put(self, key, value))?)
            }

            fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
                Ok(keys.iter().try_for_each(|key| <$engine>::delete(self, key).map(drop))?)
            }

            fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
                Ok(keys.iter().filter_map(|key| self.get_ref(key)).map(first).sum())
            }

            fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
                let mut sum = 0;
                for key in keys {
                    let range = Range { from: Bound::Included(key.to_vec()), to: Bound::Unbounded };
                    let mut rows = self.iter(&range, false);
                    for _ in 0..entries {
                        let Some((key, value)) = rows.next_ref() else { break };
                        sum += digest(key, value);
                    }
                }
                Ok(sum)
            }
        }
    };
}

driver!(InMemoryStore);
driver!(HashStore);
