//! The stores of a directory, over one view of LMDB: made from its catalog, and changed by what the log says.

use super::below::{Base, Below};
use super::catalog::{self, Identity};
use super::checksum;
use super::map::{Database, Map, ReadTxn};
use super::overlay::{Frozen, Overlay};
use super::record::{self, Record};
use super::store::Store;
use crate::error::{Error, Result};
use crate::memory::Visit;
use crate::range::Range;
use std::collections::HashMap;

/// A store's number in its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreId(pub(super) u32);

/// All stores of a directory. The first is the catalog's own.
pub(super) struct Stores {
    list: Vec<Store>,
    names: HashMap<String, StoreId>,
    txn: ReadTxn,
    /// The databases that were open before the view was taken: it does not know later ones.
    databases: HashMap<String, Database>,
    /// The last batch that LMDB had wholly when they were loaded.
    applied: u64,
    /// The last batch that was replayed over LMDB.
    replayed: Option<u64>,
}

impl Stores {
    /// The stores that LMDB knows, and what the directory says of itself, which it must.
    pub fn load(map: &Map) -> Result<(Stores, Identity)> {
        let nothing = || Error::Unusable { what: "data.mdb was not made by millpond".into() };
        let (txn, databases) = view(map)?;
        let catalog = databases.get(catalog::RESERVED).copied().ok_or_else(nothing)?;
        let identity = catalog::identity(&txn, catalog)?.ok_or_else(nothing)?;
        let mut stores = Stores {
            list: Vec::new(),
            names: HashMap::new(),
            txn,
            databases,
            applied: identity.applied,
            replayed: None,
        };
        stores.push(catalog::RESERVED, Some(catalog), Some(catalog))?;
        let mut found = Vec::new();
        stores.list[0].scan_some(Range::prefix(b"s"), false, |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Visit::Next
        })?;
        let mut named = Vec::new();
        for (key, value) in &found {
            let name =
                catalog::store_name(key).ok_or_else(|| Error::corruption("data.mdb: a store's name is no text"))?;
            named.push((catalog::read_definition(value)?.0, name));
        }
        named.sort_unstable();
        for (number, name) in named {
            if number as usize != stores.list.len() {
                return Err(Error::corruption("data.mdb: the catalog does not number its stores one by one"));
            }
            let database = stores.databases.get(name).copied();
            let empty_key = stores.txn.get(catalog, &catalog::empty_key(number))?;
            let in_catalog = empty_key.map_or(0, |stored| stored.len().saturating_sub(checksum::LEN)) as u64;
            if database.is_none() && catalog::size(&stores.txn, catalog, number)? > in_catalog {
                return Err(Error::corruption(format!("data.mdb: the database of the store {name} is missing")));
            }
            stores.push(name, database, Some(catalog))?;
        }
        Ok((stores, identity))
    }

    fn push(&mut self, name: &str, database: Option<Database>, catalog: Option<Database>) -> Result<StoreId> {
        let (txn, store) = (self.txn.clone(), self.list.len() as u32);
        let len = Base { txn, store, database, catalog }.len()?;
        Ok(self.push_counted(name, database, catalog, len))
    }

    fn push_counted(
        &mut self,
        name: &str,
        database: Option<Database>,
        catalog: Option<Database>,
        len: usize,
    ) -> StoreId {
        let id = self.list.len() as u32;
        let below = Below { frozen: None, base: Base { txn: self.txn.clone(), store: id, database, catalog } };
        let name = name.to_owned();
        self.names.insert(name.clone(), StoreId(id));
        self.list.push(Store { id, name, active: Overlay::new(), below, below_len: Some(len), below_about: len });
        StoreId(id)
    }

    #[inline(always)]
    pub fn get(&self, id: StoreId) -> &Store {
        &self.list[id.0 as usize]
    }

    #[inline(always)]
    pub fn get_mut(&mut self, id: StoreId) -> &mut Store {
        &mut self.list[id.0 as usize]
    }

    pub fn catalog(&mut self) -> &mut Store {
        &mut self.list[catalog::STORE as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Store> {
        self.list.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Store> {
        self.list.iter_mut()
    }

    pub fn by_name(&self, name: &str) -> Option<StoreId> {
        self.names.get(name).copied()
    }

    /// The number of stores, the catalog's own not counted.
    pub fn len(&self) -> usize {
        self.list.len() - 1
    }

    /// Those that are not a part of another one.
    pub fn listed(&self) -> impl Iterator<Item = &Store> {
        self.list[1..].iter().filter(|store| !catalog::is_part(&store.name))
    }

    /// The number that a store gets when it is added next.
    pub fn next_id(&self) -> u32 {
        self.list.len() as u32
    }

    /// Adds the store that the catalog was just told of: LMDB has nothing of it yet.
    pub fn add(&mut self, name: &str) -> StoreId {
        let catalog = self.list[0].below.base.catalog;
        self.push_counted(name, None, catalog, 0)
    }

    /// Applies a batch of the log.
    pub fn replay(&mut self, seq: u64, mut batch: &[u8]) -> Result<()> {
        self.replayed = Some(seq);
        let mut tagged = Vec::new();
        while !batch.is_empty() {
            match record::read(&mut batch)? {
                Record::Put { store, key, tagged: value } => {
                    tagged.clear();
                    tagged.extend_from_slice(value);
                    self.replay_put(store, key, &mut tagged)?;
                }
                Record::Delete { store, key } => {
                    let store = self.known(store)?;
                    let newness = store.newness();
                    store.active.delete(key, newness)?;
                }
                Record::Clear { store } => self.known(store)?.active.clear(),
            }
        }
        Ok(())
    }

    fn replay_put(&mut self, number: u32, key: &[u8], tagged: &mut [u8]) -> Result<()> {
        let store = self.known(number)?;
        let newness = store.newness();
        store.active.put(key, tagged, newness)?;
        if number == catalog::STORE
            && let Some(name) = catalog::store_name(key)
            && !self.names.contains_key(name)
        {
            let (defined, _) = catalog::read_definition(tagged)?;
            if defined != self.next_id() {
                return Err(Error::corruption("log: the stores are not numbered one by one"));
            }
            // A merge that did not end may have made its database.
            let catalog = self.list[0].below.base.catalog;
            self.push(name, self.databases.get(name).copied(), catalog)?;
        }
        Ok(())
    }

    fn known(&mut self, number: u32) -> Result<&mut Store> {
        let unknown = || Error::corruption(format!("log: a record of store {number}, which there is not"));
        self.list.get_mut(number as usize).ok_or_else(unknown)
    }

    /// Takes a new view of LMDB, with the databases that were made since. What is frozen stays above it.
    pub fn renew(&mut self, map: &Map) -> Result<()> {
        let (txn, databases) = view(map)?;
        for store in &mut self.list {
            let base = &mut store.below.base;
            base.txn = txn.clone();
            // By name each time: after a compaction the numbers are others.
            base.database = databases.get(&store.name).copied();
            base.catalog = databases.get(catalog::RESERVED).copied();
        }
        (self.txn, self.databases) = (txn, databases);
        Ok(())
    }

    /// All frozen overlays are merged, and the view has them; returns them to be dropped elsewhere.
    pub fn thaw(&mut self) -> Vec<Frozen> {
        self.list.iter_mut().filter_map(Store::thaw).collect()
    }

    /// The last batch that LMDB had wholly when they were loaded.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// The last batch that was replayed over LMDB, if one was.
    pub fn last_batch(&self) -> Option<u64> {
        self.replayed
    }

    /// The definition of a store, as it was written.
    pub fn definition(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let stored = self.list[0].get(&catalog::store_key(name))?;
        stored.map(|value| catalog::read_definition(value).map(|(_, text)| text.to_vec())).transpose()
    }

    /// The names of all stores, in the order that they were made.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list[1..].iter().map(|store| &store.name[..])
    }

    /// The offsets, by source.
    pub fn offsets(&mut self) -> Result<Vec<(String, u64)>> {
        let mut offsets = Vec::new();
        self.catalog().scan_some(Range::prefix(b"o"), false, |key, value| {
            if let (Some(source), Ok(position)) = (catalog::offset_source(key), value.try_into()) {
                offsets.push((source.to_owned(), u64::from_le_bytes(position)));
            }
            Visit::Next
        })?;
        Ok(offsets)
    }

    /// Memory of the overlays that are written to.
    pub fn overlay_bytes(&self) -> usize {
        self.list.iter().filter(|store| store.is_touched()).map(|store| store.active.memory_bytes()).sum()
    }

    /// Memory of the overlays that are being merged.
    pub fn frozen_bytes(&self) -> usize {
        let frozen = |store: &Store| store.below.frozen.as_ref().map_or(0, |frozen| frozen.snapshot.size_bytes());
        self.list.iter().map(frozen).sum()
    }

    /// What all overlays, those that are being merged included, will take in LMDB, about: with random keys its pages are two
    /// thirds full.
    pub fn unmerged_estimate(&self) -> usize {
        // A node's header, its place in the page, and the checksum.
        const ENTRY: usize = 8 + 2 + 4;
        let frozen = |store: &Store| store.below.frozen.as_ref().map_or(0, |frozen| frozen.snapshot.len());
        let entries: usize = self.list.iter().map(|store| store.active.len() + frozen(store)).sum();
        (self.unmerged_bytes() + ENTRY * entries) * 3 / 2
    }

    /// Keys and values of all overlays, those that are being merged included.
    fn unmerged_bytes(&self) -> usize {
        self.list.iter().map(|store| store.active.size_bytes()).sum::<usize>() + self.frozen_bytes()
    }
}

/// A view of LMDB, and the databases that it has. One that is just being made must be in both or in neither: a handle that is
/// younger than the view is unknown to it, and without one for a database that the view has its entries would not be seen.
pub(super) fn view(map: &Map) -> Result<(ReadTxn, HashMap<String, Database>)> {
    for _ in 0..MOST_TRIES {
        let databases = map.open_now();
        let txn = map.read()?;
        if txn.names()?.iter().all(|name| databases.contains_key(name)) {
            return Ok((txn, databases));
        }
        // Committed, and not yet told: by another thread, in this moment; or by another process.
        map.open_databases()?;
    }
    Err(Error::Busy { what: "data.mdb: databases are made faster than they can be opened".into() })
}

const MOST_TRIES: usize = 1000;
