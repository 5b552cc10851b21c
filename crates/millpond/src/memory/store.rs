//! [`MemoryStore`]: what is checked once, at the public door, and what a transaction takes note of.

use super::allocator::Admission;
use super::budget::Budget;
use super::entries::MemoryEngine;
use super::iter::{Iter, Scan, Visit, scan_some};
use super::snapshot::Snapshot;
use super::sorted::Sorted;
use super::undo::Undo;
use crate::error::{Error, Result};
use crate::range::Range;
use crate::store::StateStore;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use bytes::Bytes;
use std::borrow::Borrow;
use std::sync::Arc;
use std::time::SystemTime;

/// The sorted memory engine: point operations are O(log n). It grows in chunks, and nothing that is written is ever moved to
/// make room.
pub type InMemoryStore = MemoryStore<Sorted>;

/// An engine in memory: [`InMemoryStore`] or [`HashStore`](crate::HashStore), which differ in how they find one key.
///
/// Keys up to [`MAX_KEY_LEN`], values up to [`MAX_VALUE_LEN`]. Range operations are O(log n + k),
/// [`snapshot`](MemoryStore::snapshot) is O(1) at any size. It has no fixed capacity, and gives all memory back on
/// [`clear`](MemoryStore::clear) and when it and its snapshots are dropped.
pub struct MemoryStore<E> {
    pub(super) entries: E,
    budget: Option<Arc<Budget>>,
    /// What was written since the outermost savepoint.
    pub(super) undo: Option<Vec<Undo<E>>>,
    /// The number of savepoints that are open.
    savepoints: usize,
    /// The value before a numeric update, kept to take it back.
    pub(super) before: Vec<u8>,
    /// The value that is put where there was none to update.
    pub(super) first: Vec<u8>,
}

impl<E: MemoryEngine> MemoryStore<E> {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_budget(None)
    }

    /// An empty store whose memory counts towards `budget`.
    pub fn with_budget(budget: Option<Arc<Budget>>) -> Self {
        MemoryStore {
            entries: E::new(budget.clone()),
            budget,
            undo: None,
            savepoints: 0,
            before: Vec::new(),
            first: Vec::new(),
        }
    }

    /// The limit that its memory counts towards.
    pub fn budget(&self) -> Option<&Arc<Budget>> {
        self.budget.as_ref()
    }

    /// An empty store for about so many entries: a hint, which saves the hash engine the growing of its table.
    pub fn with_capacity(entries: usize) -> Self {
        let mut store = Self::new();
        store.entries.reserve(entries);
        store
    }

    /// The number of entries, as there is no fixed capacity.
    pub fn capacity(&self) -> usize {
        self.len()
    }

    /// A hint without effect on the contents.
    pub fn shrink_to_fit(&mut self) {
        self.entries.shrink();
    }

    /// A copy of the value of `key`.
    pub fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.get_ref(key).map(Bytes::copy_from_slice)
    }

    /// The value of `key`, without a copy.
    #[inline]
    pub fn get_ref(&self, key: &[u8]) -> Option<&[u8]> {
        self.entries.get(key)
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.contains(key)
    }

    /// Hands the value of each key, or nothing, to `visit` in the order of the keys. Keys are looked up in groups whose
    /// cache misses overlap: two to three times faster a key than [`get_ref`](MemoryStore::get_ref) in large stores.
    pub fn get_many<'k>(&self, keys: impl IntoIterator<Item = &'k [u8]>, visit: impl FnMut(Option<&[u8]>)) {
        self.entries.get_many(keys, visit)
    }

    /// Copies `key` and `value` into the store, in place of an earlier value.
    #[inline]
    pub fn put(&mut self, key: &[u8], value: impl AsRef<[u8]>) -> Result<()> {
        let value = value.as_ref();
        check_key(key)?;
        if value.len() > MAX_VALUE_LEN {
            return Err(Error::ValueTooLarge { len: value.len(), limit: MAX_VALUE_LEN });
        }
        if self.undo.is_some() {
            self.note(key);
        }
        self.entries.put(key, value, Admission::Budgeted)
    }

    /// Removes `key`; returns whether it was there.
    #[inline]
    pub fn delete(&mut self, key: &[u8]) -> Result<bool> {
        if self.undo.is_some() {
            self.note(key);
        }
        self.entries.delete(key)
    }

    /// Removes the entries of a range and returns their number. The one write that an error can leave half done: under a
    /// live snapshot, when the system has no memory for the pages it must copy.
    pub fn delete_range(&mut self, range: &Range) -> Result<usize> {
        if let Some(undo) = &mut self.undo {
            let mut iter = Iter::new(self.entries.tree().view(), range, false);
            while let Some((key, value)) = iter.next_ref() {
                undo.push(Undo::Entry { key: key.to_vec(), before: Some(value.to_vec()) });
            }
        }
        self.entries.delete_range(range)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.tree().len
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of the lengths of all keys and values.
    pub fn size_bytes(&self) -> usize {
        self.entries.tree().size_bytes
    }

    /// Bytes of memory in use: pages, and values out of line, those that only snapshots see included.
    pub fn memory_bytes(&self) -> usize {
        self.entries.memory_bytes()
    }

    /// Removes everything. The memory goes back to the system now, or with the last snapshot that reads it.
    pub fn clear(&mut self) {
        self.replace(E::new(self.budget.clone()));
    }

    /// Replaces everything by what another store holds, whose memory goes on counting as that one's did. O(1).
    pub fn replace_by(&mut self, other: MemoryStore<E>) {
        self.replace(other.entries);
    }

    fn replace(&mut self, entries: E) {
        let before = std::mem::replace(&mut self.entries, entries);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::All(Box::new(before)));
        }
    }

    /// The entries of a range in key order, or the other way round.
    pub fn iter<'a>(&'a self, range: &'a Range, reverse: bool) -> Iter<'a> {
        Iter::new(self.entries.tree().view(), range, reverse)
    }

    /// The entries that begin with `prefix`, in key order.
    pub fn prefix_scan(&self, prefix: &[u8]) -> Iter<'_> {
        Iter::over(self.entries.tree().view(), Range::prefix(prefix))
    }

    /// The entries with `start` ≤ key < `end`, in key order; none where these are the wrong way round.
    pub fn range_scan(&self, range: std::ops::Range<&[u8]>) -> Iter<'_> {
        Iter::over(self.entries.tree().view(), Range::half_open(range.start, range.end))
    }

    /// Hands entries to `visit` until it stops. Where it is full, returns what goes on from there and sees what is in
    /// the store now; a scan that is never full takes no snapshot.
    pub fn scan_some(&mut self, range: Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Option<Scan> {
        let walk = scan_some(self.entries.tree().view(), &range, reverse, visit)?;
        Some(Scan::new(self.snapshot(), range, walk))
    }

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self) -> Snapshot {
        self.snapshot_with(Bytes::new())
    }

    /// A view of this moment that bears the user's own metadata, as the positions in the input that it agrees with. O(1).
    pub fn snapshot_with(&mut self, metadata: impl Into<Bytes>) -> Snapshot {
        Snapshot::new(self.entries.tree_mut(), metadata.into(), SystemTime::now())
    }

    /// Live snapshots, open scans among them.
    pub fn live_snapshots(&mut self) -> usize {
        let alloc = &mut self.entries.tree_mut().alloc;
        alloc.note_released();
        alloc.live_snapshots()
    }

    /// Replaces everything by what `snapshot` holds: O(pages changed since) for this store's newest live snapshot, else
    /// O(n).
    pub fn restore(&mut self, snapshot: impl Borrow<Snapshot>) -> Result<()> {
        let snapshot = snapshot.borrow();
        if self.undo.is_none() && self.entries.tree_mut().alloc.is_newest(snapshot.arena(), snapshot.epoch()) {
            self.entries.roll_back(snapshot);
            return Ok(());
        }
        let mut restored = E::new(self.budget.clone());
        restored.copy_all(snapshot)?;
        self.replace(restored);
        Ok(())
    }

    /// Marks this moment, so that [`roll_back_to`](MemoryStore::roll_back_to) can return to it. From the outermost mark
    /// on, the store takes note of what each write replaces. Marks nest: each is ended, the innermost first.
    pub fn savepoint(&mut self) -> usize {
        self.savepoints += 1;
        self.undo.get_or_insert_default().len()
    }

    /// Ends the innermost mark and keeps what was written since.
    pub fn release(&mut self) {
        self.savepoints = self.savepoints.saturating_sub(1);
        if self.savepoints == 0 {
            self.undo = None;
        }
    }

    /// Ends the innermost mark and takes back what was written since. Where the system has no memory for it, the error
    /// leaves the mark open, and what was not taken back yet can be: call again.
    pub fn roll_back_to(&mut self, savepoint: usize) -> Result<()> {
        if let Some(undo) = &mut self.undo {
            while undo.len() > savepoint
                && let Some(last) = undo.last_mut()
            {
                last.take_back(&mut self.entries)?;
                undo.pop();
            }
        }
        self.release();
        Ok(())
    }

    #[cold]
    pub(super) fn note(&mut self, key: &[u8]) {
        let before = self.entries.get(key).map(<[u8]>::to_vec);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Entry { key: key.to_vec(), before });
        }
    }

    /// Looks at the whole tree, and panics where something is wrong with it: for tests.
    #[cfg(any(test, feature = "check"))]
    pub fn check(&mut self) {
        self.entries.check();
    }
}

#[inline(always)]
pub(super) fn check_key(key: &[u8]) -> Result<()> {
    if key.len() > MAX_KEY_LEN { Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN }) } else { Ok(()) }
}

impl<E: MemoryEngine> Default for MemoryStore<E> {
    fn default() -> Self {
        MemoryStore::new()
    }
}

impl<E: MemoryEngine> std::fmt::Debug for MemoryStore<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("len", &self.len()).field("size_bytes", &self.size_bytes()).finish()
    }
}

impl<E: MemoryEngine> StateStore for MemoryStore<E> {
    type Snapshot = Snapshot;

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.get(key))
    }

    fn get_ref(&self, key: &[u8]) -> Option<&[u8]> {
        self.get_ref(key)
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.put(key, value)
    }

    fn delete(&mut self, key: &[u8]) -> Result<()> {
        self.delete(key).map(drop)
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        Ok(self.contains(key))
    }

    fn scan<'a>(&'a self, range: &'a Range, reverse: bool) -> Box<dyn Iterator<Item = Result<(Bytes, Bytes)>> + 'a> {
        Box::new(self.iter(range, reverse).map(Ok))
    }

    fn delete_range(&mut self, range: &Range) -> Result<usize> {
        self.delete_range(range)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn size_bytes(&self) -> usize {
        self.size_bytes()
    }

    fn clear(&mut self) -> Result<()> {
        self.clear();
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        Ok(self.snapshot())
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.restore(snapshot)
    }
}
