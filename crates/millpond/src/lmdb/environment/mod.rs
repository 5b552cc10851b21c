//! [`Environment`]: the stores of a directory, for the one thread that writes them.

mod batches;
mod room;
mod savepoints;
mod write;

use super::catalog::{self, Part};
use super::directory::WriterLock;
use super::map::Map;
use super::open::Threads;
use super::shared::Shared;
use super::store::{Scan, StoreSnapshot};
use super::stores::{StoreId, Stores};
use super::upkeep::Place;
use crate::error::{Error, Result};
use crate::key::Layout;
use crate::memory::Visit;
use crate::range::Range;
use crate::windowed::Depth;
use savepoints::Savepoint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
pub(super) use write::IndexedRow;
use write::LookedUp;

/// The stores of a directory.
///
/// # Concurrency
/// One thread writes, and reads what it wrote at once. Two more threads, which it never waits for, write the log and
/// merge into LMDB.
///
/// # Durability
/// Writes gather in a batch until [`seal`](Environment::seal), which hands it to the log: whole or not at all, over all
/// stores. It is durable once [`progress`](Environment::progress) says so.
///
/// # Errors
/// A call that fails changed nothing.
pub struct Environment {
    pub(super) stores: Stores,
    pub(super) shared: Arc<Shared>,
    pub(super) map: Map,
    /// What of the merge thread's commits the view shows.
    version: u64,
    /// How often all was replaced, as far as it was seen.
    restored: u64,
    /// What is restored is not to be seen yet.
    pub(in crate::lmdb) holds: bool,
    batch: Vec<u8>,
    /// The last batch that was sealed.
    sealed: u64,
    /// The last batch of the overlay that is being merged.
    freezing: Option<u64>,
    /// The last batch that was ever frozen.
    frozen: u64,
    /// Another one after each freeze, which has what was written leave the overlays; no two environments have the same.
    generation: u64,
    /// Bytes that may be written before it has to be looked whether there is room.
    room: usize,
    /// Sealed bytes since the last freeze, and how many there are when the overlay is looked at next.
    logged: usize,
    look_at: usize,
    savepoints: Vec<Savepoint>,
    limits: Limits,
    /// The key that was last looked up below the overlay, and whether it was there.
    looked_up: LookedUp,
    /// The value before a numeric update, kept to take it back.
    before: Vec<u8>,
    /// The value that is put where there was none to update, with its tag.
    first: Vec<u8>,
    pub(super) lock: Option<WriterLock>,
    pub(super) threads: Option<Threads>,
    pub(super) place: Option<Place>,
}

/// What an environment may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub max_batch_bytes: usize,
    pub merge_bytes: usize,
    pub most_merge_bytes: usize,
    /// The limit of the data.
    pub map_size: usize,
    pub max_stores: usize,
}

/// How far the durable side of an environment is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Batches up to this one are acknowledged: durable, by what [`Durability`](crate::Durability) says.
    pub durable: u64,
    /// Batches up to this one are on the disk.
    pub synced: u64,
    /// Commits up to this batch failed, and why: they are not durable yet, and are tried again with the next ones.
    pub failed: Option<(u64, Error)>,
    /// Counts the failures.
    pub failures: u64,
}

/// How much an environment holds and where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EnvironmentStats {
    /// Entries of all stores, about. Those of indexes are not counted.
    pub entries: usize,
    /// Bytes of LMDB's pages that hold data, as of the last merge.
    pub map_bytes: u64,
    /// Bytes of the log's files.
    pub log_bytes: u64,
    /// Memory of the overlays.
    pub overlay_bytes: usize,
    /// Sealed bytes that are not on the disk.
    pub pending_bytes: usize,
}

impl Environment {
    pub(super) fn new(stores: Stores, shared: Arc<Shared>, sealed: u64, limits: Limits) -> Environment {
        let (map, version, frozen) = (shared.map(), shared.version(), shared.merged());
        Environment {
            stores,
            shared,
            map,
            version,
            restored: 0,
            holds: false,
            batch: Vec::new(),
            sealed,
            freezing: None,
            frozen,
            generation: next_generation(),
            room: 0,
            logged: 0,
            look_at: 0,
            savepoints: Vec::new(),
            limits,
            looked_up: LookedUp::default(),
            before: Vec::new(),
            first: Vec::new(),
            lock: None,
            threads: None,
            place: None,
        }
    }

    /// Takes what has to last as long as it does.
    pub(super) fn own(&mut self, place: Place, lock: WriterLock, threads: Threads) {
        (self.place, self.lock, self.threads) = (Some(place), Some(lock), Some(threads));
    }

    // ---- stores ----

    /// The store of this name, made with this definition if there is none.
    pub fn open_store(&mut self, name: &str, definition: &[u8]) -> Result<StoreId> {
        self.catch_up();
        if let Some(known) = self.stores.by_name(name) {
            return Ok(known);
        }
        if name.starts_with(catalog::RESERVED) || name.contains('\0') || name.is_empty() || name.len() > MAX_NAME {
            let what = format!("store names are 1 to {MAX_NAME} bytes, without NUL, and don't begin with __millpond");
            return Err(Error::Unusable { what });
        }
        if self.stores.listed().count() >= self.limits.max_stores {
            return Err(Error::TooManyStores { limit: self.limits.max_stores });
        }
        self.make_store(name, definition)
    }

    /// The store that has the index of another one, whose keys are written so, made if there is none. It does not count as
    /// one of the stores.
    pub fn open_index(&mut self, store: StoreId, layout: Layout) -> Result<StoreId> {
        self.catch_up();
        let name = catalog::index_name(&self.stores.get(store).name);
        match self.stores.by_name(&name) {
            Some(known) => Ok(known),
            None => self.make_store(&name, &[layout.letter()]),
        }
    }

    /// A part of a store, if it has it.
    pub fn part(&self, store: StoreId, part: Part) -> Option<StoreId> {
        self.stores.by_name(&part.name_of(&self.stores.get(store).name))
    }

    /// The same, made if there is none. It does not count as one of the stores.
    pub fn open_part(&mut self, store: StoreId, part: Part) -> Result<StoreId> {
        self.catch_up();
        match self.part(store, part) {
            Some(known) => Ok(known),
            None => self.make_store(&part.name_of(&self.stores.get(store).name), &[]),
        }
    }

    fn make_store(&mut self, name: &str, definition: &[u8]) -> Result<StoreId> {
        let definition = catalog::definition(self.stores.next_id(), definition);
        self.put(StoreId(catalog::STORE), &catalog::store_key(name), &definition)?;
        let store = self.stores.add(name);
        for savepoint in &mut self.savepoints {
            savepoint.marks.push(self.stores.get_mut(store).active.savepoint());
        }
        Ok(store)
    }

    /// The definition of a store, as it was given when the store was made.
    ///
    /// Nothing for a store that there is not.
    pub fn definition(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.stores.definition(name)
    }

    /// Changes the definition of a store.
    pub fn redefine(&mut self, store: StoreId, definition: &[u8]) -> Result<()> {
        let name = self.stores.get(store).name.clone();
        let definition = catalog::definition(store.0, definition);
        self.put(StoreId(catalog::STORE), &catalog::store_key(&name), &definition)
    }

    /// The names of all stores, in the order that they were made.
    pub fn store_names(&self) -> impl Iterator<Item = &str> {
        self.stores.listed().map(|store| &store.name[..])
    }

    /// The next position to read from a source becomes part of the batch.
    pub fn set_offset(&mut self, source: &str, position: u64) -> Result<()> {
        self.put(StoreId(catalog::STORE), &catalog::offset_key(source), &position.to_le_bytes())
    }

    /// By source, the next position to read.
    pub fn offsets(&mut self) -> Result<Vec<(String, u64)>> {
        self.stores.offsets()
    }

    // ---- reading ----

    /// The value of `key`, without a copy. O(log n).
    #[inline]
    pub fn get(&mut self, store: StoreId, key: &[u8]) -> Result<Option<&[u8]>> {
        self.get_at(store, key, Depth::Any)
    }

    /// The same of a key that lies no deeper than said.
    #[inline]
    pub(super) fn get_at(&mut self, store: StoreId, key: &[u8], depth: Depth) -> Result<Option<&[u8]>> {
        self.catch_up();
        let found = self.stores.get(store);
        if let Some(found) = found.active.get(key) {
            return Ok(found);
        }
        let below = found.below_at(key, depth)?;
        self.looked_up.note(store, key, below.is_some());
        Ok(below)
    }

    /// Whether `key` is there. O(log n).
    pub fn contains(&mut self, store: StoreId, key: &[u8]) -> Result<bool> {
        self.get(store, key).map(|found| found.is_some())
    }

    /// Hands the value of each key, or nothing, to `visit` in the order of the keys.
    pub fn get_many<'k>(
        &mut self,
        store: StoreId,
        keys: impl IntoIterator<Item = &'k [u8]>,
        mut visit: impl FnMut(Option<&[u8]>),
    ) -> Result<()> {
        self.catch_up();
        let store = self.stores.get(store);
        for key in keys {
            visit(store.get(key)?);
        }
        Ok(())
    }

    /// The number of entries, exact. O(writes since the last merge) after writes to keys that nobody read, else O(1).
    pub fn len(&mut self, store: StoreId) -> Result<usize> {
        self.catch_up();
        self.stores.get_mut(store).len()
    }

    /// About the number of entries. O(1).
    pub fn approximate_len(&self, store: StoreId) -> usize {
        self.stores.get(store).approximate_len()
    }

    /// Hands entries to `visit` until it stops; returns what goes on from there, if it was full. O(log n + k).
    pub fn scan_some(
        &mut self,
        store: StoreId,
        range: Range,
        reverse: bool,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<Option<Scan>> {
        self.catch_up();
        self.stores.get_mut(store).scan_some(range, reverse, visit)
    }

    /// Hands entries that lie no deeper than said to `visit` until it stops.
    #[inline]
    pub(super) fn scan_at(
        &mut self,
        store: StoreId,
        range: &Range,
        reverse: bool,
        depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        self.catch_up();
        self.stores.get_mut(store).scan_at(range, reverse, depth, visit)
    }

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self, store: StoreId) -> StoreSnapshot {
        self.catch_up();
        self.stores.get_mut(store).snapshot()
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            // Left open: the log has what was sealed, and what is not merged yet will be after the next open.
            self.shared.abandon();
            super::open::stop(&self.shared, threads);
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("stores", &self.stores.len()).field("sealed", &self.sealed).finish()
    }
}

/// The longest name of a store, in bytes.
const MAX_NAME: usize = 511;

fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
