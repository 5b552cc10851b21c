//! What [`MemoryStore`](super::MemoryStore) asks of what it keeps its entries in.

use super::allocator::Admission;
use super::budget::Budget;
use super::cursor::Cursor;
use super::large::LargeRef;
use super::snapshot::Snapshot;
use super::tree::{Tree, ValueMut};
use crate::error::Result;
use crate::range::Range;
use std::sync::Arc;

/// The entries of an engine in memory. All are in a tree, in order; an engine may have a shorter way to single ones.
pub(crate) trait Entries: Sized {
    /// None yet.
    fn new(budget: Option<Arc<Budget>>) -> Self;

    /// The tree that holds them all.
    fn tree(&self) -> &Tree;

    /// The same, to be asked about snapshots and memory: what it holds is changed through the methods below.
    fn tree_mut(&mut self) -> &mut Tree;

    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Option<&[u8]>;

    /// Whether `key` is there.
    fn contains(&self, key: &[u8]) -> bool;

    /// Hands the value of each key, or nothing, to `visit`, in the order of the keys.
    fn get_many<'k>(&self, keys: impl IntoIterator<Item = &'k [u8]>, visit: impl FnMut(Option<&[u8]>));

    /// Stores an entry.
    fn put(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<()>;

    /// Removes an entry; returns whether it was there.
    fn delete(&mut self, key: &[u8]) -> Result<bool>;

    /// Removes what a range holds; returns how many entries that was.
    fn delete_range(&mut self, range: &Range) -> Result<usize>;

    /// The value of `key`, to be changed in place by the writer, or as it is where it can't be.
    fn value_mut(&mut self, key: &[u8]) -> Result<Option<ValueMut<'_>>>;

    /// Goes back to what `snapshot` holds, the newest live one of the tree.
    fn roll_back(&mut self, snapshot: &Snapshot);

    /// Makes room for so many entries: a hint.
    fn reserve(&mut self, _entries: usize) {}

    /// Gives back what is not in use.
    fn shrink(&mut self) {
        self.tree_mut().alloc.note_released();
    }

    /// Bytes of memory in use.
    fn memory_bytes(&self) -> usize {
        self.tree().alloc.used_bytes()
    }

    /// Fills these empty ones with what a snapshot of others holds: O(n).
    fn copy_all(&mut self, snapshot: &Snapshot) -> Result<()> {
        let range = Range::all();
        let mut cursor = Cursor::new(snapshot.view(), &range, false);
        while let Some((key, value)) = cursor.next() {
            self.put(key, value, Admission::Budgeted)?;
        }
        Ok(())
    }

    /// Panics where something is wrong: for tests.
    #[cfg(any(test, feature = "check"))]
    fn check(&mut self) {
        self.tree_mut().check();
    }
}

/// An engine in memory: the sorted or the hash one. Nobody else can make one.
#[allow(private_bounds)]
pub trait MemoryEngine: Entries + Send {}

/// Whatever else leads to the values that stand out of line, when the tree changes many at a time.
pub(crate) trait Index {
    /// The tree lets go of a value.
    fn removed(&mut self, large: LargeRef);

    /// A value that the tree had let go of is in it again.
    fn revived(&mut self, large: LargeRef);
}

/// The sorted engine has no other way to its values.
impl Index for () {
    #[inline(always)]
    fn removed(&mut self, _: LargeRef) {}

    #[inline(always)]
    fn revived(&mut self, _: LargeRef) {}
}
