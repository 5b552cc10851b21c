//! [`InMemoryStore`]: what is checked once, at the public door, and what a transaction takes note of.

use super::budget::Budget;
use super::iter::{Iter, Scan, Visit, scan_some};
use super::snapshot::Snapshot;
use super::tree::{GROUP, Tree, ValueMut, View};
use super::undo::Undo;
use crate::error::{Error, Result};
use crate::number::{FieldChange, Number, apply_all, apply_first, first_value};
use crate::range::Range;
use crate::store::StateStore;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use bytes::Bytes;
use std::sync::Arc;

/// The sorted memory engine.
///
/// Keys up to [`MAX_KEY_LEN`], values up to [`MAX_VALUE_LEN`]. Point operations are O(log n), range operations
/// O(log n + k), [`snapshot`](InMemoryStore::snapshot) is O(1) at any size. It grows in chunks, has no fixed capacity,
/// and gives all memory back on [`clear`](InMemoryStore::clear) and when it and its snapshots are dropped.
pub struct InMemoryStore {
    tree: Tree,
    budget: Option<Arc<Budget>>,
    /// What was written since the outermost savepoint.
    undo: Option<Vec<Undo>>,
    /// The number of savepoints that are open.
    savepoints: usize,
    /// The value before a numeric update, kept to take it back.
    before: Vec<u8>,
    /// The value that is put where there was none to update.
    first: Vec<u8>,
}

impl InMemoryStore {
    /// An empty store.
    pub fn new() -> InMemoryStore {
        Self::with_budget(None)
    }

    /// An empty store whose memory counts towards `budget`.
    pub fn with_budget(budget: Option<Arc<Budget>>) -> InMemoryStore {
        InMemoryStore {
            tree: Tree::new(budget.clone()),
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

    /// An empty store; the hint has no effect, for it grows without moving anything.
    pub fn with_capacity(_entries: usize) -> InMemoryStore {
        Self::new()
    }

    /// The number of entries, as there is no fixed capacity.
    pub fn capacity(&self) -> usize {
        self.len()
    }

    /// A hint without effect on the contents.
    pub fn shrink_to_fit(&mut self) {
        self.tree.alloc.note_released();
    }

    /// A copy of the value of `key`.
    pub fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.get_ref(key).map(Bytes::copy_from_slice)
    }

    /// The value of `key`, without a copy.
    #[inline]
    pub fn get_ref(&self, key: &[u8]) -> Option<&[u8]> {
        self.tree.view().get(key)
    }

    /// Whether `key` is there.
    #[inline]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.tree.view().contains(key)
    }

    /// Hands the value of each key, or nothing, to `visit` in the order of the keys. Keys are looked up in groups whose
    /// cache misses overlap: two to three times faster a key than [`get_ref`](InMemoryStore::get_ref) in large stores.
    pub fn get_many<'k>(&self, keys: impl IntoIterator<Item = &'k [u8]>, mut visit: impl FnMut(Option<&[u8]>)) {
        let view = self.tree.view();
        let mut group: [&[u8]; GROUP] = [&[]; GROUP];
        let mut filled = 0;
        for key in keys {
            group[filled] = key;
            filled += 1;
            if filled == GROUP {
                view.get_group(&group).into_iter().for_each(&mut visit);
                filled = 0;
            }
        }
        group[..filled].iter().for_each(|key| visit(view.get(key)));
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
        self.tree.put(key, value).map(drop)
    }

    /// Removes `key`; returns whether it was there.
    #[inline]
    pub fn delete(&mut self, key: &[u8]) -> Result<bool> {
        if self.undo.is_some() {
            self.note(key);
        }
        Ok(self.tree.delete(key)?.is_some())
    }

    /// Removes the entries of a range and returns their number. The one write that an error can leave half done: under a
    /// live snapshot, when the system has no memory for the pages it must copy.
    pub fn delete_range(&mut self, range: &Range) -> Result<usize> {
        if let Some(undo) = &mut self.undo {
            let mut iter = Iter::new(self.tree.view(), range, false);
            while let Some((key, value)) = iter.next_ref() {
                undo.push(Undo::Entry { key: key.to_vec(), before: Some(value.to_vec()) });
            }
        }
        self.tree.delete_range(range)
    }

    /// Adds `delta` to the number that is the value of `key`, a missing one counting as 0; returns the sum.
    /// One search. [`Error::Overflow`] and [`Error::WrongLayout`] change nothing.
    pub fn add(&mut self, key: &[u8], delta: Number) -> Result<Number> {
        self.change_number(key, delta, |number| number.plus(delta))
    }

    /// As [`add`](InMemoryStore::add), for taking away from an unsigned number.
    pub fn subtract(&mut self, key: &[u8], delta: Number) -> Result<Number> {
        self.change_number(key, delta, |number| number.minus(delta))
    }

    #[inline]
    fn change_number(&mut self, key: &[u8], like: Number, f: impl Fn(Number) -> Result<Number>) -> Result<Number> {
        check_key(key)?;
        if self.undo.is_some() {
            self.note(key);
        }
        match self.tree.value_mut(key)? {
            Some(Ok(value)) => {
                let changed = f(like.read_like(value)?)?;
                changed.write(value);
                Ok(changed)
            }
            Some(Err(large)) => Err(Error::WrongLayout { len: large.len(), expected: like.width() }),
            None => {
                let mut bytes = [0; 8];
                let bytes = &mut bytes[..like.width()];
                let changed = f(like.zero())?;
                changed.write(bytes);
                self.tree.put(key, bytes)?;
                Ok(changed)
            }
        }
    }

    /// Applies the changes to the value of `key` in place: all of them, or none if one fails. Returns false, with
    /// nothing changed, where the key is missing.
    pub fn update_fields(&mut self, key: &[u8], changes: &[FieldChange]) -> Result<bool> {
        check_key(key)?;
        if self.undo.is_some() {
            self.note(key);
        }
        let before = &mut self.before;
        match self.tree.value_mut(key)? {
            Some(Ok(value)) => apply_all(value, changes, before).map(|()| true),
            Some(Err(large)) => {
                let mut value = large.bytes().to_vec();
                apply_all(&mut value, changes, before)?;
                self.tree.put(key, &value).map(|_| true)
            }
            None => Ok(false),
        }
    }

    /// As [`update_fields`](InMemoryStore::update_fields) where the key is missing: stores `blank` with the changes.
    pub fn insert_fields(&mut self, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<()> {
        self.put(key, first_value(blank, changes)?)
    }

    /// Changes fields in place, or stores `blank` with the changes where the key is missing. One search.
    pub(crate) fn upsert_fields(&mut self, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<()> {
        check_key(key)?;
        let (mut before, mut first) = (std::mem::take(&mut self.before), std::mem::take(&mut self.first));
        first.clear();
        first.extend_from_slice(blank);
        let mut outcome = Ok(true);
        let written = self.put_with(key, &mut first, |stored, first| match stored {
            None => {
                outcome = apply_first(first, changes).map(|()| true);
                outcome.is_ok()
            }
            Some(Stored::InPlace(value)) => {
                outcome = apply_all(value, changes, &mut before).map(|()| true);
                false
            }
            Some(Stored::Large(_)) => {
                outcome = Ok(false);
                false
            }
        });
        (self.before, self.first) = (before, first);
        written?;
        if outcome? { Ok(()) } else { self.update_fields(key, changes).map(drop) }
    }

    /// Lets `f` change the value of `key` in place, its length apart; returns whether the key was there. One search.
    pub fn modify(&mut self, key: &[u8], f: impl FnOnce(&mut [u8])) -> Result<bool> {
        if self.undo.is_some() {
            self.note(key);
        }
        match self.tree.value_mut(key)? {
            Some(Ok(value)) => {
                f(value);
                Ok(true)
            }
            Some(Err(large)) => {
                let mut value = large.bytes().to_vec();
                f(&mut value);
                self.tree.put(key, &value).map(|_| true)
            }
            None => Ok(false),
        }
    }

    /// What is stored under `key`, to be changed in place if it stands in a page.
    pub(crate) fn stored_mut(&mut self, key: &[u8]) -> Result<Option<Stored<'_>>> {
        if self.undo.is_some() {
            self.note(key);
        }
        Ok(self.tree.value_mut(key)?.map(Stored::of))
    }

    /// Shows what is stored under `key` to `decide`, which may change it in place, and the value, which is stored where
    /// `decide` returns true. One search. Keys and values are checked by the caller.
    #[inline(always)]
    pub(crate) fn put_with(
        &mut self,
        key: &[u8],
        value: &mut [u8],
        decide: impl FnOnce(Option<Stored<'_>>, &mut [u8]) -> bool,
    ) -> Result<()> {
        if self.undo.is_some() {
            self.note(key);
        }
        self.tree.put_with(key, value, |stored, value| decide(stored.map(Stored::of), value))
    }

    /// As `put`, for an owner that checked key and value by limits of its own.
    #[inline]
    pub(crate) fn put_checked(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if self.undo.is_some() {
            self.note(key);
        }
        self.tree.put(key, value).map(drop)
    }

    /// The tree as it is now, for reading.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<'_> {
        self.tree.view()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.tree.len
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of the lengths of all keys and values.
    pub fn size_bytes(&self) -> usize {
        self.tree.size_bytes
    }

    /// Bytes of memory in use: pages, and values out of line, those that only snapshots see included.
    pub fn memory_bytes(&self) -> usize {
        self.tree.alloc.used_bytes()
    }

    /// Removes everything. The memory goes back to the system now, or with the last snapshot that reads it.
    pub fn clear(&mut self) {
        self.replace(Tree::new(self.budget.clone()));
    }

    /// Replaces everything by what another store holds, whose memory goes on counting as that one's did. O(1).
    pub fn replace_by(&mut self, other: InMemoryStore) {
        self.replace(other.tree);
    }

    fn replace(&mut self, tree: Tree) {
        let before = std::mem::replace(&mut self.tree, tree);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Tree(Box::new(before)));
        }
    }

    /// The entries of a range in key order, or the other way round.
    pub fn iter<'a>(&'a self, range: &'a Range, reverse: bool) -> Iter<'a> {
        Iter::new(self.tree.view(), range, reverse)
    }

    /// Hands entries to `visit` until it stops. Where it is full, returns what goes on from there and sees what is in
    /// the store now; a scan that is never full takes no snapshot.
    pub fn scan_some(&mut self, range: Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Option<Scan> {
        let walk = scan_some(self.tree.view(), &range, reverse, visit)?;
        Some(Scan::new(self.snapshot(), range, walk))
    }

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self) -> Snapshot {
        self.snapshot_with(Bytes::new())
    }

    /// A view of this moment that bears the user's own metadata, as the positions in the input that it agrees with. O(1).
    pub fn snapshot_with(&mut self, metadata: impl Into<Bytes>) -> Snapshot {
        Snapshot::new(&mut self.tree, metadata.into())
    }

    /// Live snapshots, open scans among them.
    pub fn live_snapshots(&mut self) -> usize {
        self.tree.alloc.note_released();
        self.tree.alloc.live_snapshots()
    }

    /// Replaces everything by what `snapshot` holds: O(pages changed since) for this store's newest live snapshot, else
    /// O(n).
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        if self.undo.is_none() && self.tree.alloc.is_newest(snapshot.arena(), snapshot.epoch()) {
            self.tree.roll_back(snapshot);
            return Ok(());
        }
        let mut restored = Tree::new(self.budget.clone());
        restored.copy_all(snapshot)?;
        self.replace(restored);
        Ok(())
    }

    /// Marks this moment, so that [`roll_back_to`](InMemoryStore::roll_back_to) can return to it. From the outermost mark
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
                last.take_back(&mut self.tree)?;
                undo.pop();
            }
        }
        self.release();
        Ok(())
    }

    #[cold]
    fn note(&mut self, key: &[u8]) {
        let before = self.tree.view().get(key).map(<[u8]>::to_vec);
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Entry { key: key.to_vec(), before });
        }
    }

    /// Looks at the whole tree, and panics where something is wrong with it: for tests.
    #[cfg(any(test, feature = "check"))]
    pub fn check(&mut self) {
        self.tree.check();
    }
}

/// What is stored under a key.
pub(crate) enum Stored<'a> {
    /// In a page, to be changed at will, its length apart.
    InPlace(&'a mut [u8]),
    /// Out of line, as it is.
    Large(&'a [u8]),
}

impl<'a> Stored<'a> {
    #[inline(always)]
    fn of(value: ValueMut<'a>) -> Stored<'a> {
        match value {
            Ok(bytes) => Stored::InPlace(bytes),
            Err(large) => Stored::Large(large.bytes()),
        }
    }
}

#[inline(always)]
fn check_key(key: &[u8]) -> Result<()> {
    if key.len() > MAX_KEY_LEN { Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN }) } else { Ok(()) }
}

impl Default for InMemoryStore {
    fn default() -> InMemoryStore {
        InMemoryStore::new()
    }
}

impl std::fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InMemoryStore").field("len", &self.len()).field("size_bytes", &self.size_bytes()).finish()
    }
}

impl StateStore for InMemoryStore {
    type Snapshot = Snapshot;

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.get(key))
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

    fn snapshot(&mut self) -> Snapshot {
        self.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.restore(snapshot)
    }
}
