//! [`Environment`]: the stores of a directory, for the one thread that writes them.

use super::catalog;
use super::directory::WriterLock;
use super::log::Batch;
use super::map::Map;
use super::merge::{FrozenStore, Job};
use super::open::Threads;
use super::overlay::{At, Before, Mark, Newness};
use super::planted::{self, Bug};
use super::record;
use super::shared::{Command, Outcome, Shared, Task};
use super::store::{Scan, StoreSnapshot};
use super::stores::{StoreId, Stores};
use super::upkeep::Place;
use crate::error::{Error, Result};
use crate::key::Layout;
use crate::memory::Visit;
use crate::number::{FieldChange, Number, apply_all};
use crate::range::Range;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use std::sync::Arc;

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
    batch: Vec<u8>,
    /// The last batch that was sealed.
    sealed: u64,
    /// The last batch of the overlay that is being merged.
    freezing: Option<u64>,
    /// The last batch that was ever frozen.
    frozen: u64,
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
    pub(super) lock: Option<WriterLock>,
    pub(super) threads: Option<Threads>,
    pub(super) place: Option<Place>,
}

/// What an environment may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub max_batch_bytes: usize,
    pub merge_bytes: usize,
    /// The limit of the data.
    pub map_size: usize,
    pub max_stores: usize,
}

/// A moment of all stores.
struct Savepoint {
    marks: Vec<Mark>,
    batch: usize,
    /// How many stores there were.
    stores: usize,
}

/// The last key that was looked up below.
#[derive(Default)]
struct LookedUp {
    store: Option<StoreId>,
    key: Vec<u8>,
    exists: bool,
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

/// What is known of a key before it is looked for in the overlay.
#[derive(Debug, Clone, Copy)]
enum Known {
    Nothing,
    /// The overlay has not got it; and what is known below.
    Absent(Newness),
    /// It is an index's, and what is known below of the key that it is for is true of it.
    OfIndexed(Newness),
}

/// Less is not looked at between merges.
const LOOK_STEP: usize = 1 << 20;
/// A put is let in without a look for so many bytes at most.
const ROOM_STEP: usize = 64 << 20;
/// The log may be so many times as large as an overlay before it is merged, hot keys or not.
const LOG_FACTOR: usize = 4;
/// An overlay grows with the data, but not beyond this.
const MOST_OVERLAY: usize = 512 << 20;
/// What an entry takes in LMDB beside key and value, about.
const ENTRY_OVERHEAD: usize = 16;

impl Environment {
    pub(super) fn new(stores: Stores, shared: Arc<Shared>, sealed: u64, limits: Limits) -> Environment {
        let (map, version, frozen) = (shared.map(), shared.version(), shared.merged());
        Environment {
            stores,
            shared,
            map,
            version,
            batch: Vec::new(),
            sealed,
            freezing: None,
            frozen,
            room: 0,
            logged: 0,
            look_at: 0,
            savepoints: Vec::new(),
            limits,
            looked_up: LookedUp::default(),
            before: Vec::new(),
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

    /// The store that says when rows of another one expire, if there is one.
    pub fn expiry(&self, store: StoreId) -> Option<StoreId> {
        self.stores.by_name(&catalog::expiry_name(&self.stores.get(store).name))
    }

    /// The same, made if there is none.
    pub fn open_expiry(&mut self, store: StoreId) -> Result<StoreId> {
        self.catch_up();
        match self.expiry(store) {
            Some(known) => Ok(known),
            None => self.make_store(&catalog::expiry_name(&self.stores.get(store).name.clone()), &[]),
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
        self.catch_up();
        let found = self.stores.get(store);
        if let Some(found) = found.active.get(key) {
            return Ok(found);
        }
        let below = found.below(key)?;
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

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self, store: StoreId) -> StoreSnapshot {
        self.catch_up();
        self.stores.get_mut(store).snapshot()
    }

    // ---- writing ----

    /// Stores a value in place of an earlier one. O(log n) of the overlay: nothing is read from LMDB.
    #[inline]
    pub fn put(&mut self, store: StoreId, key: &[u8], value: &[u8]) -> Result<()> {
        check_key(key)?;
        check_value(value)?;
        self.admit(record::OVERHEAD + key.len() + value.len())?;
        self.write(store, key, value, Known::Nothing).map(drop)
    }

    /// As [`put`](Environment::put), with an entry of another store, which has one for each entry of this one: it is written
    /// where there may be none. The caller deletes both.
    pub fn put_indexed(
        &mut self,
        store: StoreId,
        key: &[u8],
        value: &[u8],
        index: StoreId,
        entry: &[u8],
    ) -> Result<()> {
        check_key(key)?;
        check_key(entry)?;
        check_value(value)?;
        self.admit(2 * record::OVERHEAD + key.len() + value.len() + entry.len())?;
        let before = self.write(store, key, value, Known::Nothing)?;
        self.follow(before, index, entry)
    }

    /// Writes the entry of an index where what it is for may be new. There was room for both: without memory for it, nobody
    /// can go on.
    #[inline(always)]
    fn follow(&mut self, before: Before, index: StoreId, entry: &[u8]) -> Result<()> {
        let Before::Nothing(newness) = before else { return Ok(()) };
        let written = self.write(index, entry, &[], Known::OfIndexed(newness));
        written.map(drop).inspect_err(|_| self.shared.poison())
    }

    /// Writes what was admitted, and says what there was before.
    #[inline(always)]
    fn write(&mut self, store: StoreId, key: &[u8], value: &[u8], known: Known) -> Result<Before> {
        let begun = self.batch.len();
        let at = record::put(&mut self.batch, store.0, key, value);
        let found = self.stores.get_mut(store);
        let (newness, looked_up) = (found.newness(), &mut self.looked_up);
        let tagged = &mut self.batch[at..];
        let written = match known {
            Known::Absent(newness) => found.active.insert(key, tagged, newness),
            Known::OfIndexed(newness) => found.active.put(key, tagged, || newness),
            Known::Nothing => found.active.put(key, tagged, || looked_up.newness(store, key, newness)),
        };
        // The tag is the overlay's alone.
        if let Some(tag) = self.batch.last_mut() {
            *tag = 0;
        }
        if written.is_err() {
            self.batch.truncate(begun);
        }
        if planted::has(Bug::FreezeMidBatch) && self.sealed > 0 && self.freezing.is_none() {
            self.freeze();
        }
        written
    }

    /// Removes `key`; one that is not there is no error. O(log n) of the overlay: nothing is read from LMDB.
    #[inline]
    pub fn delete(&mut self, store: StoreId, key: &[u8]) -> Result<()> {
        check_key(key)?;
        self.admit_removal(record::OVERHEAD + key.len())?;
        let found = self.stores.get_mut(store);
        let (newness, looked_up) = (found.newness(), &mut self.looked_up);
        if found.active.delete(key, || looked_up.newness(store, key, newness))? {
            record::delete(&mut self.batch, store.0, key);
        }
        Ok(())
    }

    /// Makes sure that deletes of so many bytes of keys, in so many calls, are not refused in the middle of a batch.
    pub fn admit_deletes(&mut self, calls: usize, bytes: usize) -> Result<()> {
        self.admit_removal(calls * record::OVERHEAD + bytes)
    }

    /// Removes the entries of a range and returns their number. O(log n + k).
    pub fn delete_range(&mut self, store: StoreId, range: &Range) -> Result<usize> {
        let mut keys = Vec::new();
        self.scan_some(store, range.clone(), false, |key, _| {
            keys.push(key.to_vec());
            Visit::Next
        })?;
        let bytes = keys.iter().map(|key| record::OVERHEAD + key.len()).sum();
        self.admit_removal(bytes)?;
        for key in &keys {
            let deleted = self.stores.get_mut(store).active.delete(key, || Newness::Existing)?;
            debug_assert!(deleted, "the scan found it");
            record::delete(&mut self.batch, store.0, key);
        }
        Ok(keys.len())
    }

    /// Removes everything. O(1).
    pub fn clear(&mut self, store: StoreId) -> Result<()> {
        self.admit_removal(record::OVERHEAD)?;
        self.stores.get_mut(store).active.clear();
        self.looked_up = LookedUp::default();
        record::clear(&mut self.batch, store.0);
        Ok(())
    }

    /// Adds `delta` to the number that is the value of `key`, a missing one counting as 0; returns the sum.
    pub fn add(&mut self, store: StoreId, key: &[u8], delta: Number) -> Result<Number> {
        check_key(key)?;
        self.admit(record::OVERHEAD + key.len() + delta.width())?;
        self.change_number(store, key, delta, |number| number.plus(delta)).map(|(sum, _)| sum)
    }

    /// As [`add`](Environment::add), for taking away from an unsigned number.
    pub fn subtract(&mut self, store: StoreId, key: &[u8], delta: Number) -> Result<Number> {
        check_key(key)?;
        self.admit(record::OVERHEAD + key.len() + delta.width())?;
        self.change_number(store, key, delta, |number| number.minus(delta)).map(|(sum, _)| sum)
    }

    /// As [`add`](Environment::add) or [`subtract`](Environment::subtract), with an entry of an index as of
    /// [`put_indexed`](Environment::put_indexed).
    pub fn add_indexed(
        &mut self,
        store: StoreId,
        key: &[u8],
        delta: Number,
        subtracts: bool,
        index: StoreId,
        entry: &[u8],
    ) -> Result<Number> {
        check_key(key)?;
        check_key(entry)?;
        self.admit(2 * record::OVERHEAD + key.len() + delta.width() + entry.len())?;
        let change = |number: Number| if subtracts { number.minus(delta) } else { number.plus(delta) };
        let (sum, before) = self.change_number(store, key, delta, change)?;
        self.follow(before, index, entry).map(|()| sum)
    }

    fn change_number(
        &mut self,
        store: StoreId,
        key: &[u8],
        like: Number,
        f: impl Fn(Number) -> Result<Number>,
    ) -> Result<(Number, Before)> {
        let found = self.stores.get_mut(store);
        let (before, known) = match found.active.value_mut(key)? {
            At::Here(value) => {
                let changed = f(like.read_like(value)?)?;
                changed.write(value);
                record::put(&mut self.batch, store.0, key, value);
                return Ok((changed, Before::Value));
            }
            At::Elsewhere => (found.get(key)?, Known::Nothing),
            At::Nowhere => {
                let below = found.below(key)?;
                (below, Known::Absent(Newness::known(below.is_some())))
            }
        };
        let changed = f(before.map_or(Ok(like.zero()), |value| like.read_like(value))?)?;
        let mut bytes = [0; 8];
        changed.write(&mut bytes[..like.width()]);
        let before = self.write(store, key, &bytes[..like.width()], known)?;
        Ok((changed, before))
    }

    /// Applies the changes to the value of `key`: all of them, or none if one fails. Returns false, with nothing changed,
    /// where the key is missing.
    pub fn update_fields(&mut self, store: StoreId, key: &[u8], changes: &[FieldChange]) -> Result<bool> {
        check_key(key)?;
        let mut before = std::mem::take(&mut self.before);
        let outcome = self.update_fields_with(store, key, changes, &mut before);
        self.before = before;
        outcome
    }

    fn update_fields_with(
        &mut self,
        store: StoreId,
        key: &[u8],
        changes: &[FieldChange],
        before: &mut Vec<u8>,
    ) -> Result<bool> {
        let overhead = record::OVERHEAD + key.len();
        self.admit(overhead)?;
        let found = self.stores.get_mut(store);
        if let At::Here(value) = found.active.value_mut(key)? {
            let len = value.len();
            if len <= self.room {
                self.room -= len;
                apply_all(value, changes, before)?;
                record::put(&mut self.batch, store.0, key, value);
                return Ok(true);
            }
            self.look_for_room(overhead + len)?;
            return self.update_fields_with(store, key, changes, before);
        }
        let Some(value) = self.get(store, key)? else { return Ok(false) };
        let mut value = value.to_vec();
        apply_all(&mut value, changes, before)?;
        self.put(store, key, &value).map(|()| true)
    }

    /// Whether there is room for so many bytes of the batch, and of data.
    #[inline(always)]
    fn admit(&mut self, bytes: usize) -> Result<()> {
        self.catch_up();
        if bytes > self.room {
            self.look_for_room(bytes)?;
        }
        self.room -= bytes;
        Ok(())
    }

    #[cold]
    fn look_for_room(&mut self, bytes: usize) -> Result<()> {
        let in_batch = self.admit_to_batch(bytes)?;
        if self.shared.is_full() {
            // The next try may find room: the log is told to make one.
            self.shared.send(Command::Retry);
            return Err(self.full());
        }
        let unmerged = self.stores.unmerged_estimate();
        let used = self.shared.used_bytes() as usize + unmerged;
        let left = self.limits.map_size.saturating_sub(used);
        if bytes + ENTRY_OVERHEAD > left {
            // What was overwritten counts twice until it is merged.
            self.room = 0;
            if self.may_freeze() {
                self.freeze();
            } else {
                self.look_at = 0;
            }
            return Err(Error::MapFull);
        }
        // An entry takes more in LMDB than in the batch, and what is left is looked at again long before its end.
        self.room = in_batch.min((left / 8).max(bytes)).min(ROOM_STEP.max(bytes));
        Ok(())
    }

    /// The same for what makes room in the end.
    fn admit_removal(&mut self, bytes: usize) -> Result<()> {
        self.catch_up();
        if bytes > self.room {
            self.admit_to_batch(bytes)?;
        }
        self.room = self.room.saturating_sub(bytes);
        Ok(())
    }

    fn admit_to_batch(&self, bytes: usize) -> Result<usize> {
        if self.shared.is_poisoned() {
            return Err(Error::Poisoned);
        }
        let left = self.limits.max_batch_bytes.saturating_sub(self.batch.len());
        if bytes > left {
            return Err(Error::TransactionTooLarge { limit: self.limits.max_batch_bytes });
        }
        Ok(left)
    }

    fn full(&self) -> Error {
        let Outcome { failed, merge_failed, .. } = self.shared.outcome();
        let known = failed.map(|(_, error)| error).or(merge_failed);
        // It may have been cleared in this moment.
        known.unwrap_or_else(|| Error::io("write the log", &std::io::ErrorKind::StorageFull.into()))
    }

    // ---- transactions ----

    /// Marks this moment, so that [`roll_back`](Environment::roll_back) can return to it. Marks nest.
    pub fn savepoint(&mut self) {
        let marks = self.stores.iter_mut().map(|store| store.active.savepoint()).collect();
        self.savepoints.push(Savepoint { marks, batch: self.batch.len(), stores: self.stores.len() });
    }

    /// Ends the innermost mark and keeps what was written since.
    pub fn release(&mut self) {
        if self.savepoints.pop().is_some() {
            self.stores.iter_mut().for_each(|store| store.active.release());
        }
    }

    /// Ends the innermost mark and takes back what was written since; stores that were made since stay, empty. Where the
    /// system has no memory for it, the error leaves the environment half rolled back: it takes no more writes, and merges
    /// nothing of them.
    pub fn roll_back(&mut self) -> Result<()> {
        let rolled_back = self.try_roll_back();
        if rolled_back.is_err() {
            self.shared.poison();
        }
        rolled_back
    }

    fn try_roll_back(&mut self) -> Result<()> {
        let Some(savepoint) = self.savepoints.pop() else { return Ok(()) };
        let mut made = Vec::new();
        for name in self.stores.names().skip(savepoint.stores) {
            made.push((name.to_owned(), self.stores.definition(name)?.unwrap_or_default()));
        }
        // What was written since is never sealed, whatever comes of the rest.
        self.batch.truncate(savepoint.batch);
        for (store, mark) in self.stores.iter_mut().zip(&savepoint.marks) {
            store.active.roll_back_to(mark)?;
        }
        self.looked_up = LookedUp::default();
        for (name, definition) in made {
            if let Some(store) = self.stores.by_name(&name) {
                self.redefine(store, &definition)?;
            }
        }
        Ok(())
    }

    // ---- commits ----

    /// Ends the batch: it will be durable whole or not at all. Returns its number, by which
    /// [`progress`](Environment::progress) tells; the last one's, if nothing was written since.
    pub fn seal(&mut self) -> u64 {
        if self.batch.is_empty() {
            return self.sealed;
        }
        debug_assert!(self.savepoints.is_empty(), "a batch does not end inside a transaction");
        self.sealed += 1;
        let capacity = self.batch.len().min(LOOK_STEP);
        let payload = std::mem::replace(&mut self.batch, Vec::with_capacity(capacity));
        self.logged += payload.len();
        self.shared.send(Command::Append(Batch { seq: self.sealed, payload }));
        self.room = 0;
        self.catch_up();
        if self.freezing.is_none() && self.logged >= self.look_at {
            self.look_whether_to_merge();
        }
        self.sealed
    }

    /// Has what failed tried again, and what is written synced at once.
    pub fn retry(&self) {
        self.shared.send(Command::Retry);
    }

    /// The last batch that was sealed.
    pub fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Whether something was written since the last seal.
    pub fn is_dirty(&self) -> bool {
        !self.batch.is_empty()
    }

    /// How far the durable side is, and what went wrong.
    pub fn progress(&mut self) -> Progress {
        self.catch_up();
        if self.shared.is_failing() || self.shared.is_poisoned() {
            // The next write looks before it is let in.
            self.room = 0;
        }
        let Outcome { failed, failures, .. } = self.shared.outcome();
        Progress { durable: self.shared.durable(), synced: self.shared.synced(), failed, failures }
    }

    /// The memory of an overlay that is worth a merge.
    fn enough_to_merge(&self) -> usize {
        self.limits.merge_bytes.max((self.shared.used_bytes() as usize / 8).min(MOST_OVERLAY))
    }

    #[cold]
    fn look_whether_to_merge(&mut self) {
        let overlay = self.stores.overlay_bytes();
        let enough = self.enough_to_merge();
        if overlay >= enough || self.logged >= LOG_FACTOR * enough {
            self.freeze();
        } else {
            self.look_at = self.logged + LOOK_STEP.min(enough / 8);
        }
    }

    /// Has the overlay merged, if a batch is not under way and no merge is.
    pub fn merge(&mut self) {
        if self.may_freeze() {
            self.freeze();
        }
    }

    /// Whether this is the end of a batch, no transaction is open, and no merge is under way.
    fn may_freeze(&self) -> bool {
        self.batch.is_empty() && self.savepoints.is_empty() && self.freezing.is_none()
    }

    /// Has all that is sealed merged, after a merge that is under way.
    pub(super) fn merge_at_close(&mut self) {
        self.freeze();
    }

    /// The last batch that will be in LMDB when what is under way is done.
    pub fn merging(&self) -> Option<u64> {
        self.freezing
    }

    /// What was written so far goes on its way into LMDB; what comes now goes into a new overlay. At the end of a batch
    /// only: LMDB must never have a part of one.
    fn freeze(&mut self) {
        let mut stores = Vec::new();
        for store in self.stores.iter_mut().filter(|store| store.is_touched()) {
            stores.push(FrozenStore { id: store.id, database: store.name.clone(), overlay: store.freeze() });
        }
        self.looked_up = LookedUp::default();
        (self.logged, self.look_at) = (0, 0);
        // Where all that was written was removed again, the log alone is to be merged: so that it can go.
        if self.frozen == self.sealed {
            return;
        }
        self.frozen = self.sealed;
        self.freezing = Some(self.sealed);
        self.shared.send(Command::Rotate);
        self.shared.hand_over(Task::Merge(Job { through: self.sealed, stores }));
    }

    /// Takes a new view when the merge thread committed something: old pages can be used again only then.
    #[inline(always)]
    fn catch_up(&mut self) {
        if self.shared.version() != self.version {
            self.renew();
        }
    }

    #[cold]
    fn renew(&mut self) {
        let version = self.shared.version();
        let merged = self.shared.merged();
        let map = self.shared.map();
        // Without a new view, for want of memory, the old one is as good as ever.
        if self.stores.renew(&map).is_err() {
            return;
        }
        // Closing a map that was compacted away takes a while: not in this thread.
        let before = std::mem::replace(&mut self.map, map);
        if before.is_other_than(&self.map) {
            self.shared.hand_over(Task::Run(Box::new(move || drop(before))));
        }
        self.version = version;
        self.room = 0;
        if self.freezing.is_some_and(|through| merged >= through) {
            self.freezing = None;
            // Freeing so much memory takes a while: not in this thread.
            let merged = self.stores.thaw();
            self.shared.hand_over(Task::Drop(merged));
        }
    }

    /// Memory in use: of the overlays, and of what waits for the disk. O(stores).
    pub fn memory_bytes(&self) -> usize {
        self.stores.overlay_bytes() + self.stores.frozen_bytes() + self.pending_bytes() + self.batch.capacity()
    }

    /// Sealed bytes that are not on the disk.
    pub fn pending_bytes(&self) -> usize {
        self.shared.pending_bytes()
    }

    /// Memory of the overlay beyond what is worth a merge, while another merge is under way: what sealed writes are ahead
    /// of merges. Nothing while merges fail: nobody should wait for them. O(stores).
    pub fn unmerged_bytes(&self) -> usize {
        let is_merging = self.freezing.is_some_and(|through| through > self.shared.merged());
        if !is_merging || self.shared.is_poisoned() || self.shared.outcome().merge_failed.is_some() {
            return 0;
        }
        self.stores.overlay_bytes().saturating_sub(self.batch.len() + self.enough_to_merge())
    }

    /// How much there is and where.
    pub fn stats(&mut self) -> EnvironmentStats {
        self.catch_up();
        EnvironmentStats {
            entries: self.stores.listed().map(|store| store.approximate_len()).sum(),
            map_bytes: self.shared.used_bytes(),
            log_bytes: self.shared.log_bytes(),
            overlay_bytes: self.stores.overlay_bytes() + self.stores.frozen_bytes(),
            pending_bytes: self.shared.pending_bytes() + self.batch.len(),
        }
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

impl LookedUp {
    #[inline(always)]
    fn note(&mut self, store: StoreId, key: &[u8], exists: bool) {
        self.store = Some(store);
        self.key.clear();
        self.key.extend_from_slice(key);
        self.exists = exists;
    }

    /// What is known of a key below: by the store itself, or because it was just looked up.
    #[inline(always)]
    fn newness(&mut self, store: StoreId, key: &[u8], otherwise: Newness) -> Newness {
        if otherwise == Newness::Unknown && self.store == Some(store) && self.key == key {
            return Newness::known(self.exists);
        }
        otherwise
    }
}

#[inline(always)]
fn check_key(key: &[u8]) -> Result<()> {
    if key.len() > MAX_KEY_LEN { Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN }) } else { Ok(()) }
}

#[inline(always)]
fn check_value(value: &[u8]) -> Result<()> {
    let (len, limit) = (value.len(), MAX_VALUE_LEN);
    if len > limit { Err(Error::ValueTooLarge { len, limit }) } else { Ok(()) }
}
