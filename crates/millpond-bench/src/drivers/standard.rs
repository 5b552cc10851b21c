//! The maps that a program in Rust would take: `BTreeMap`, and the table that `HashMap` is made of.

use crate::driver::{Driver, Outcome, digest, first};
use crate::keys::Key;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

pub type Tree = BTreeMap<Vec<u8>, Vec<u8>>;
/// With the hash that it comes with, foldhash.
pub type Table = hashbrown::HashMap<Vec<u8>, Vec<u8>>;

impl Driver for Tree {
    const DURABLE: bool = false;

    fn open(_dir: &Path, _sync: bool) -> Outcome<Self> {
        Ok(Tree::new())
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        keys.iter().for_each(|key| drop(self.insert(key.to_vec(), value.to_vec())));
        Ok(())
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        keys.iter().for_each(|key| drop(self.remove(&key[..])));
        Ok(())
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        Ok(keys.iter().filter_map(|key| Tree::get(self, &key[..])).map(|value| first(value)).sum())
    }

    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64> {
        let sum_from = |key: &Key| -> u64 {
            let range = self.range::<[u8], _>((Bound::Included(&key[..]), Bound::Unbounded));
            range.take(entries).map(|(key, value)| digest(key, value)).sum()
        };
        Ok(keys.iter().map(sum_from).sum())
    }
}

impl Driver for Table {
    const DURABLE: bool = false;

    fn open(_dir: &Path, _sync: bool) -> Outcome<Self> {
        Ok(Table::new())
    }

    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()> {
        keys.iter().for_each(|key| drop(self.insert(key.to_vec(), value.to_vec())));
        Ok(())
    }

    fn delete(&mut self, keys: &[Key]) -> Outcome<()> {
        keys.iter().for_each(|key| drop(self.remove(&key[..])));
        Ok(())
    }

    fn get(&mut self, keys: &[Key]) -> Outcome<u64> {
        Ok(keys.iter().filter_map(|key| Table::get(self, &key[..])).map(|value| first(value)).sum())
    }

    fn scan(&mut self, _keys: &[Key], _entries: usize) -> Outcome<u64> {
        Err("a hash table has no order".into())
    }
}
