//! Removing entries, and merging the pages that this leaves too empty.

use super::allocator::Admission;
use super::arena::PAGE_SIZE;
use super::cursor::Cursor;
use super::entries::Index;
use super::page::{Page, ROOM, common};
use super::tree::Tree;
use crate::error::Result;
use crate::range::Range;

/// A page with less than this in use looks for a sibling to merge with.
const SPARSE: usize = PAGE_SIZE / 4;
/// Two pages merge only if the result leaves room, so that the next inserts don't split it again.
const MERGED_MAX: usize = ROOM * 3 / 4;

impl Tree {
    /// Removes an entry; returns the size of its value.
    #[inline(never)]
    pub fn delete(&mut self, key: &[u8]) -> Result<Option<usize>> {
        // Under a live snapshot the way down copies pages: look first.
        if self.alloc.floor != 0 && !self.view().contains(key) {
            return Ok(None);
        }
        self.reserve_path(Admission::Always)?;
        let leaf = self.descend(key);
        let (position, found) = leaf.search_leaf(key);
        if !found {
            return Ok(None);
        }
        let size = leaf.value_len(position);
        self.remove_run(leaf, position..position + 1);
        self.len -= 1;
        self.size_bytes -= key.len() + size;
        Ok(Some(size))
    }

    /// Removes what a range holds, a leaf at a time, and returns how many entries that was. O(log n + k).
    pub fn remove_range(&mut self, range: &Range, others: &mut impl Index) -> Result<usize> {
        let before = self.len;
        let mut first = Vec::new();
        loop {
            {
                let mut cursor = Cursor::new(self.view(), range, false);
                let Some((key, _)) = cursor.next() else { break };
                first.clear();
                first.extend_from_slice(key);
            }
            self.reserve_path(Admission::Always)?;
            let leaf = self.descend(&first);
            let (start, _) = leaf.search_leaf(&first);
            let end = range.end_in(leaf.count(), |key| leaf.search_leaf(key));
            for index in start..end {
                self.size_bytes -= leaf.key_len(index) + leaf.value_len(index);
                if let Some(large) = leaf.large(index) {
                    others.removed(large);
                }
            }
            self.len -= end - start;
            self.remove_run(leaf, start..end);
        }
        Ok(before - self.len)
    }

    /// Removes entries of the leaf that the path leads to.
    #[inline(always)]
    fn remove_run(&mut self, leaf: Page, run: std::ops::Range<usize>) {
        for index in run.clone() {
            if let Some(large) = leaf.large(index) {
                self.alloc.retire_large(large);
            }
        }
        leaf.remove(run);
        if leaf.used() < SPARSE {
            self.merge(self.depth);
        }
    }

    /// Merges the page at `depth` of the path with a sibling, where it is too empty and they fit together.
    #[cold]
    fn merge(&mut self, mut depth: usize) {
        while depth > 0 {
            let (id, _) = self.path[depth];
            let (parent_id, index) = self.path[depth - 1];
            let (parent, index) = (self.page(parent_id), index as usize);
            if self.page(id).is_leaf() && self.page(id).count() == 0 && parent.count() > 0 {
                self.unlink(parent, index);
            } else {
                let _merged = (index < parent.count() && self.merge_siblings(parent, index))
                    || (index > 0 && self.merge_siblings(parent, index - 1));
            }
            if parent.used() >= SPARSE {
                break;
            }
            depth -= 1;
        }
        self.lower_root();
    }

    /// Takes an empty leaf out of its parent, which has another child.
    fn unlink(&mut self, parent: Page, index: usize) {
        self.alloc.retire(parent.child(index));
        if index > 0 {
            parent.remove(index - 1..index);
        } else {
            parent.set_child(0, parent.child(1));
            parent.remove(0..1);
        }
    }

    /// Merges the children left and right of separator `index`, if they fit into one page; returns whether they did.
    fn merge_siblings(&mut self, parent: Page, index: usize) -> bool {
        let (left_id, right_id) = (parent.child(index), parent.child(index + 1));
        let (left, right) = (self.page(left_id), self.page(right_id));
        if left.used() + right.used() > MERGED_MAX {
            return false;
        }
        let separator = parent.key(index);
        let prefix = merged_prefix(left, right, &separator);
        let (left_count, right_count) = (left.count(), right.count());
        let mut cost = left.cost(0..left_count, prefix.len()) + right.cost(0..right_count, prefix.len());
        if !left.is_leaf() {
            cost += Page::inner_cost(separator.len() - prefix.len());
        }
        if cost > MERGED_MAX {
            return false;
        }
        let target = self.alloc.writable(left_id);
        parent.set_child(index, target);
        let page = self.page(target);
        let old = self.scratch.hold(page);
        page.init(old.level(), self.alloc.epoch, &prefix);
        if !old.is_leaf() {
            page.set_child(0, old.child(0));
        }
        page.append(old, 0..left_count);
        if !old.is_leaf() {
            let fits = page.insert_inner(left_count, &separator[prefix.len()..], right.child(0));
            assert!(fits, "the cost was looked at");
        }
        page.append(right, 0..right_count);
        parent.remove(index..index + 1);
        self.alloc.retire(right_id);
        true
    }

    /// A root with one child gives way to it.
    fn lower_root(&mut self) {
        while !self.page(self.root).is_leaf() && self.page(self.root).count() == 0 {
            let old = self.root;
            self.root = self.page(old).child(0);
            self.alloc.retire(old);
        }
    }
}

/// What all keys of two neighbours, and of the separator that comes between them in an inner page, begin with.
fn merged_prefix(left: Page, right: Page, separator: &[u8]) -> Vec<u8> {
    let between = (!left.is_leaf()).then(|| separator.to_vec());
    let key = |page: Page, index: usize| (page.count() > 0).then(|| page.key(index));
    let first = key(left, 0).or(between.clone()).or_else(|| key(right, 0));
    let last =
        key(right, right.count().saturating_sub(1)).or(between).or_else(|| key(left, left.count().saturating_sub(1)));
    match (first, last) {
        (Some(mut first), Some(last)) => {
            first.truncate(common(&first, &last));
            first
        }
        _ => Vec::new(),
    }
}
