//! Making the contents of a tree's own snapshot the tree's again.

use super::entries::Index;
use super::snapshot::Snapshot;
use super::tree::Tree;

impl Tree {
    /// Goes back to what `snapshot` holds, the newest live one of this tree: O(pages changed since it was taken). To an
    /// older one there is no way back: a page's epoch would no longer tell which of the newer ones sees it.
    pub fn return_to(&mut self, snapshot: &Snapshot, index: &mut impl Index) {
        self.retire_newer(self.root, snapshot.epoch(), index);
        self.alloc.revive(index);
        self.root = snapshot.root();
        self.len = snapshot.len();
        self.size_bytes = snapshot.size_bytes();
    }

    /// Retires the pages and values out of line under `id` that were written after `epoch`: older ones are the snapshot's.
    fn retire_newer(&mut self, id: u32, epoch: u64, index: &mut impl Index) {
        let page = self.page(id);
        if page.epoch() <= epoch {
            return;
        }
        if page.is_leaf() {
            for entry in 0..page.count() {
                if let Some(large) = page.large(entry)
                    && large.born() > epoch
                {
                    index.removed(large);
                    self.alloc.retire_large(large);
                }
            }
        } else {
            for child in 0..=page.count() {
                self.retire_newer(page.child(child), epoch, index);
            }
        }
        self.alloc.retire(id);
    }
}
