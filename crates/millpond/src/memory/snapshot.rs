//! A view of a store at one moment, readable from any thread while the store is written on.

use super::arena::{Arena, PageTable};
use super::iter::{Iter, Scan, Visit, scan_some};
use super::tree::{Tree, View};
use crate::range::Range;
use bytes::Bytes;
use std::sync::Arc;
use std::time::SystemTime;

/// [`Snapshot`] under the name that users of other state stores know it by.
pub type StateSnapshot = Snapshot;

/// What a store held when the snapshot was taken.
///
/// Taking one is O(1) at any size, cloning one costs a reference count. The store goes on meanwhile: it copies a page
/// the first time that it changes it after the snapshot. What only the snapshot still sees is given back to the store
/// when its last clone is dropped. It outlives the store.
#[derive(Clone)]
pub struct Snapshot(Arc<Inner>);

struct Inner {
    arena: Arc<Arena>,
    table: PageTable,
    root: u32,
    leaf_lines: usize,
    epoch: u64,
    len: usize,
    size_bytes: usize,
    timestamp: SystemTime,
    metadata: Bytes,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.arena.release(self.epoch);
    }
}

impl Snapshot {
    pub(super) fn new(tree: &mut Tree, metadata: Bytes, timestamp: SystemTime) -> Snapshot {
        let (arena, epoch) = tree.alloc.freeze();
        Snapshot(Arc::new(Inner {
            arena,
            table: tree.alloc.table,
            root: tree.root,
            leaf_lines: tree.leaf_lines,
            epoch,
            len: tree.len,
            size_bytes: tree.size_bytes,
            timestamp,
            metadata,
        }))
    }

    #[inline(always)]
    pub(crate) fn view(&self) -> View<'_> {
        View { table: &self.0.table, root: self.0.root, leaf_lines: self.0.leaf_lines }
    }

    pub(super) fn arena(&self) -> &Arc<Arena> {
        &self.0.arena
    }

    pub(super) fn epoch(&self) -> u64 {
        self.0.epoch
    }

    pub(super) fn root(&self) -> u32 {
        self.0.root
    }

    /// A copy of the value of `key`. O(log n).
    pub fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.get_ref(key).map(Bytes::copy_from_slice)
    }

    /// The value of `key`, without a copy. O(log n).
    #[inline]
    pub fn get_ref(&self, key: &[u8]) -> Option<&[u8]> {
        self.view().get(key)
    }

    /// Whether `key` is there. O(log n).
    pub fn contains(&self, key: &[u8]) -> bool {
        self.view().contains(key)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of the lengths of all keys and values.
    pub fn size_bytes(&self) -> usize {
        self.0.size_bytes
    }

    /// When it was taken.
    pub fn timestamp(&self) -> SystemTime {
        self.0.timestamp
    }

    /// What the user wanted kept with it, as the positions in the input: see
    /// [`InMemoryStore::snapshot_with`](crate::InMemoryStore::snapshot_with). Empty if nothing was given.
    pub fn metadata(&self) -> &Bytes {
        &self.0.metadata
    }

    /// The entries of a range in key order, or the other way round. O(log n + k).
    pub fn iter<'a>(&'a self, range: &'a Range, reverse: bool) -> Iter<'a> {
        Iter::new(self.view(), range, reverse)
    }

    /// Hands entries to `visit` until it stops; returns what goes on from there, if it was full.
    pub fn scan_some(&self, range: Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Option<Scan> {
        let walk = scan_some(self.view(), &range, reverse, visit)?;
        Some(Scan::new(self.clone(), range, walk))
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("len", &self.len()).field("timestamp", &self.timestamp()).finish()
    }
}
