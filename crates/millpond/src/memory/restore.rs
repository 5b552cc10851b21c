//! Making a snapshot's contents the store's own again.

use super::allocator::Admission;
use super::cursor::Cursor;
use super::snapshot::Snapshot;
use super::tree::Tree;
use crate::error::Result;
use crate::range::Range;

impl Tree {
    /// Goes back to what `snapshot` holds, the newest live one of this tree: O(pages changed since it was taken). To an
    /// older one there is no way back: a page's epoch would no longer tell which of the newer ones sees it.
    pub fn roll_back(&mut self, snapshot: &Snapshot) {
        self.retire_newer(self.root, snapshot.epoch());
        self.alloc.revive();
        self.root = snapshot.root();
        self.len = snapshot.len();
        self.size_bytes = snapshot.size_bytes();
    }

    /// Retires the pages and large values under `id` that were written after `epoch`: older ones are the snapshot's.
    fn retire_newer(&mut self, id: u32, epoch: u64) {
        let page = self.page(id);
        if page.epoch() <= epoch {
            return;
        }
        if page.is_leaf() {
            for index in 0..page.count() {
                if let Some(large) = page.large(index)
                    && large.born() > epoch
                {
                    self.alloc.retire_large(large);
                }
            }
        } else {
            for index in 0..=page.count() {
                self.retire_newer(page.child(index), epoch);
            }
        }
        self.alloc.retire(id);
    }

    /// Fills this empty tree with what a snapshot of another one holds: O(n).
    pub fn copy_all(&mut self, snapshot: &Snapshot) -> Result<()> {
        let range = Range::all();
        let mut cursor = Cursor::new(snapshot.view(), &range, false);
        while let Some((key, value)) = cursor.next() {
            self.put_as(key, value, Admission::Budgeted)?;
        }
        Ok(())
    }
}
