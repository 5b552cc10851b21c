//! Writing a frozen overlay into LMDB, in key order, a chunk a transaction.

use super::catalog::{self, Resize};
use super::checksum;
use super::map::{Database, Map, WriteTxn};
use super::overlay::{Frozen, entry};
use crate::error::{Error, Result};
use crate::memory::Walk;
use crate::range::Range;
use std::ops::Bound;
use std::sync::MutexGuard;

/// What one transaction takes at most: its pages are held in memory, and its commit keeps others waiting.
pub(super) const CHUNK_ENTRIES: usize = 16 * 1024;
const CHUNK_BYTES: usize = 32 << 20;
/// With fewer entries a transaction, a full map has no room for anything.
const SMALLEST_CHUNK: usize = 16;

/// The frozen overlay of a store.
#[derive(Clone)]
pub(super) struct FrozenStore {
    pub id: u32,
    /// The name of its database.
    pub database: String,
    pub overlay: Frozen,
}

/// A merge that is to be done.
pub(super) struct Job {
    /// The last batch that the overlays hold.
    pub through: u64,
    /// How often all had been replaced when they were written: after another time they are of what is no more.
    pub restored: u64,
    pub stores: Vec<FrozenStore>,
}

/// A merge under way.
pub(super) struct Merge {
    job: Job,
    /// The store that is next, and the last of its keys that is committed.
    store: usize,
    done: Option<Vec<u8>>,
    begun: bool,
    chunk_entries: usize,
}

/// What a chunk left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Some,
    Nothing,
}

impl Merge {
    pub fn new(job: Job, chunk_entries: usize) -> Merge {
        Merge { job, store: 0, done: None, begun: false, chunk_entries }
    }

    pub fn through(&self) -> u64 {
        self.job.through
    }

    pub fn restored(&self) -> u64 {
        self.job.restored
    }

    /// Writes and commits the next chunk. On an error nothing of it is there, and it can be tried again: with fewer entries,
    /// if the map is full.
    pub fn chunk(&mut self, map: &Map) -> Result<Left> {
        loop {
            match self.try_chunk(map) {
                Err(Error::MapFull) if self.chunk_entries > SMALLEST_CHUNK => self.chunk_entries /= 2,
                outcome => return outcome,
            }
        }
    }

    fn try_chunk(&mut self, map: &Map) -> Result<Left> {
        let mut databases = Databases { map, opening: None, made: Vec::new() };
        let mut txn = map.write()?;
        let catalog = databases.get(&mut txn, catalog::RESERVED)?;
        if !self.begun {
            catalog::set_merging(&mut txn, catalog, self.job.through)?;
        }
        let mut room = Room { entries: self.chunk_entries, bytes: CHUNK_BYTES };
        let (mut store, mut done) = (self.store, self.done.clone());
        while let Some(frozen) = self.job.stores.get(store) {
            let database = databases.get(&mut txn, &frozen.database)?;
            let target = Target { txn: &mut txn, database, catalog };
            done = target.write(frozen, done, &mut room)?;
            if done.is_some() {
                break;
            }
            store += 1;
        }
        let left = if store == self.job.stores.len() { Left::Nothing } else { Left::Some };
        if left == Left::Nothing {
            catalog::set_applied(&mut txn, catalog, self.job.through)?;
        }
        txn.commit()?;
        databases.committed();
        (self.store, self.done, self.begun) = (store, done, true);
        Ok(left)
    }
}

/// Commits once more, so that what was committed stays where LMDB's newest meta page is lost.
pub(super) fn confirm(map: &Map) -> Result<()> {
    let Some(catalog) = map.known(catalog::RESERVED) else { return Ok(()) };
    let mut txn = map.write()?;
    catalog::touch(&mut txn, catalog)?;
    txn.commit()
}

/// The databases of a write transaction, made where they are missing.
struct Databases<'m> {
    map: &'m Map,
    opening: Option<MutexGuard<'m, ()>>,
    made: Vec<(String, Database)>,
}

impl Databases<'_> {
    fn get(&mut self, txn: &mut WriteTxn, name: &str) -> Result<Database> {
        let made = self.made.iter().find_map(|(made, database)| (made == name).then_some(*database));
        if let Some(known) = made.or_else(|| self.map.known(name)) {
            return Ok(known);
        }
        self.opening.get_or_insert_with(|| self.map.opening());
        let database = txn.create_database(name)?;
        self.made.push((name.to_owned(), database));
        Ok(database)
    }

    /// They are others' too now.
    fn committed(self) {
        for (name, database) in &self.made {
            self.map.know(name, *database);
        }
    }
}

/// What a chunk may still take.
struct Room {
    entries: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) {
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    fn is_out(&self) -> bool {
        self.entries == 0 || self.bytes == 0
    }
}

/// Where the entries of a store go.
struct Target<'t> {
    txn: &'t mut WriteTxn,
    database: Database,
    catalog: Database,
}

impl Target<'_> {
    /// Writes the entries after `done` as far as there is room; returns the last key, if there may be more.
    fn write(self, frozen: &FrozenStore, done: Option<Vec<u8>>, room: &mut Room) -> Result<Option<Vec<u8>>> {
        let Target { txn, database, catalog } = self;
        let mut resize = Resize { cleared: false, by: 0 };
        if done.is_none() && frozen.overlay.counts.cleared {
            txn.clear(database)?;
            txn.delete(catalog, &catalog::empty_key(frozen.id))?;
            resize.cleared = true;
        }
        let from = done.map_or(Bound::Unbounded, Bound::Excluded);
        let range = Range { from, to: Bound::Unbounded };
        let view = frozen.overlay.snapshot.view();
        let mut walk = Walk::new(view, &range, false);
        let mut more = walk.advance(view, &range);
        if more && walk.row(view).0.is_empty() {
            resize.by += write_empty_key(txn, catalog, frozen.id, entry(walk.row(view).1))?;
            more = walk.advance(view, &range);
        }
        let mut last = None;
        let mut cursor = txn.cursor(database)?;
        while more {
            let (key, stored) = walk.row(view);
            let (len, replaced) = match entry(stored) {
                Some(value) => {
                    let trailer = checksum::of(frozen.id, key, value);
                    (key.len() + value.len(), cursor.put(key, [value, &trailer])?)
                }
                None => (0, cursor.delete(key)?),
            };
            resize.by += len as i64 - replaced.map_or(0, |replaced| size_of_entry(key, replaced));
            room.take(key.len() + stored.len());
            if room.is_out() {
                last = Some(key.to_vec());
                break;
            }
            more = walk.advance(view, &range);
        }
        drop(cursor);
        catalog::change_size(txn, catalog, frozen.id, resize)?;
        Ok(last)
    }
}

fn size_of_entry(key: &[u8], stored_len: usize) -> i64 {
    (key.len() + stored_len.saturating_sub(checksum::LEN)) as i64
}

/// Writes the empty key's entry to the catalog; returns by how much the store grows.
fn write_empty_key(txn: &mut WriteTxn, catalog: Database, store: u32, value: Option<&[u8]>) -> Result<i64> {
    let place = catalog::empty_key(store);
    let before = txn.get(catalog, &place)?.map_or(0, |stored| size_of_entry(&[], stored.len()));
    match value {
        Some(value) => {
            txn.put(catalog, &place, &[value, &checksum::of(store, &[], value)].concat())?;
            Ok(value.len() as i64 - before)
        }
        None => {
            txn.delete(catalog, &place)?;
            Ok(-before)
        }
    }
}
