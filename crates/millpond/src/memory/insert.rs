//! Writing an entry: in place, in a page laid out anew, or after a split.

use super::allocator::Admission;
use super::arena::PAGE_SIZE;
use super::large::LargeRef;
use super::page::{HEAD, INLINE_MAX, Page, ROOM, Stored, common};
use super::tree::{Tree, ValueMut, value_mut};
use crate::error::Result;

/// Below this gain it is better to split a page than to lay it out anew again and again.
const WORTHWHILE: usize = PAGE_SIZE / 16;
/// With fewer entries than this, each is so large that any room found is worth it.
const FEW: usize = 8;

impl Tree {
    /// Stores an entry; returns the size of the value that it replaced.
    // Compiled once, here: see `Tree::value_mut`.
    #[inline(never)]
    pub fn put_as(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<Option<usize>> {
        self.reserve_path(admission)?;
        let leaf = self.descend(key);
        let place = leaf.search_leaf(key);
        self.store(leaf, place, key, value, admission)
    }

    /// Shows what is stored under `key` to `decide`, which may change it in place, and the value; stores that where
    /// `decide` returns true. One search.
    #[inline(always)]
    pub fn put_with(
        &mut self,
        key: &[u8],
        value: &mut [u8],
        decide: impl FnOnce(Option<ValueMut<'_>>, &mut [u8]) -> bool,
    ) -> Result<()> {
        self.reserve_path(Admission::Budgeted)?;
        let leaf = self.descend(key);
        let (position, found) = leaf.search_leaf(key);
        if decide(found.then(|| value_mut(leaf, position)), value) {
            self.store(leaf, (position, found), key, value, Admission::Budgeted)?;
        }
        Ok(())
    }

    /// Stores an entry out of line, with its key, and returns where.
    #[inline(never)]
    pub fn put_record(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<LargeRef> {
        self.reserve_path(admission)?;
        let leaf = self.descend(key);
        let place = leaf.search_leaf(key);
        let record = self.alloc.allocate_large(key, value, admission)?;
        let replaced = self.place_large(leaf, place, key, record, admission)?;
        self.count(key, value, replaced);
        Ok(record)
    }

    /// Stores an entry in the leaf that was descended to, at the place that was searched for.
    #[inline(always)]
    fn store(
        &mut self,
        leaf: Page,
        place: (usize, bool),
        key: &[u8],
        value: &[u8],
        admission: Admission,
    ) -> Result<Option<usize>> {
        let replaced = if is_inline(key, value) {
            self.place(leaf, place, key, Stored::Inline(value), admission)?
        } else {
            let large = self.alloc.allocate_large(&[], value, admission)?;
            self.place_large(leaf, place, key, large, admission)?
        };
        self.count(key, value, replaced);
        Ok(replaced)
    }

    fn place_large(
        &mut self,
        leaf: Page,
        place: (usize, bool),
        key: &[u8],
        large: LargeRef,
        admission: Admission,
    ) -> Result<Option<usize>> {
        let placed = self.place(leaf, place, key, Stored::Large(large), admission);
        if placed.is_err() {
            self.alloc.retire_large(large);
        }
        placed
    }

    /// Counts an entry that was stored in place of a value of so many bytes.
    #[inline(always)]
    fn count(&mut self, key: &[u8], value: &[u8], replaced: Option<usize>) {
        match replaced {
            Some(old) => self.size_bytes -= old,
            None => {
                self.len += 1;
                self.size_bytes += key.len();
            }
        }
        self.size_bytes += value.len();
    }

    #[inline(always)]
    fn place(
        &mut self,
        leaf: Page,
        (position, found): (usize, bool),
        key: &[u8],
        value: Stored,
        admission: Admission,
    ) -> Result<Option<usize>> {
        if found {
            let old = leaf.value_len(position);
            if let Stored::Inline(bytes) = value
                && leaf.overwrite(position, bytes)
            {
                return Ok(Some(old));
            }
            self.replace(leaf, position, key, value, admission)?;
            return Ok(Some(old));
        }
        if key.starts_with(leaf.prefix()) && leaf.insert_leaf(position, &key[leaf.prefix_len()..], value) {
            self.tighten(self.path[self.depth].0);
            return Ok(None);
        }
        self.reserve_splits(admission)?;
        self.insert_with_room(leaf, position, key, value);
        Ok(None)
    }

    /// Replaces a value by one that does not fit in its place.
    fn replace(&mut self, leaf: Page, position: usize, key: &[u8], value: Stored, admission: Admission) -> Result<()> {
        let old = leaf.large(position);
        if let (Some(_), Stored::Large(new)) = (old, value) {
            leaf.overwrite_large(position, new);
        } else {
            self.reserve_splits(admission)?;
            leaf.remove(position..position + 1);
            if !leaf.insert_leaf(position, &key[leaf.prefix_len()..], value) {
                self.insert_with_room(leaf, position, key, value);
            }
        }
        if let Some(old) = old {
            self.alloc.retire_large(old);
        }
        Ok(())
    }

    /// Reserves the pages that the splits of one insert can take: each level may split and the root grow, and with keys
    /// of half a page a leaf may split more than once.
    fn reserve_splits(&mut self, admission: Admission) -> Result<()> {
        let levels = self.height() + 2;
        self.alloc.admit(levels, admission)?;
        self.alloc.reserve(4 * levels)
    }

    /// Inserts into a leaf that has no room as it is. The pages that this takes are reserved.
    #[cold]
    fn insert_with_room(&mut self, mut leaf: Page, mut position: usize, key: &[u8], value: Stored) {
        loop {
            if !self.make_room(position, key, value) {
                leaf = self.descend(key);
            }
            (position, _) = leaf.search_leaf(key);
            if key.starts_with(leaf.prefix()) && leaf.insert_leaf(position, &key[leaf.prefix_len()..], value) {
                return;
            }
        }
    }

    /// Makes room for `key` in the leaf that the path leads to. Returns whether the key still belongs there.
    fn make_room(&mut self, position: usize, key: &[u8], value: Stored) -> bool {
        let id = self.path[self.depth].0;
        let leaf = self.page(id);
        let count = leaf.count();
        if count == 0 {
            leaf.init(0, self.alloc.epoch, &key[..common(leaf.prefix(), key)]);
            return true;
        }
        leaf.prefetch(0, PAGE_SIZE / 64);
        let (first, last) = (leaf.key(0), leaf.key(count - 1));
        let shared = common(&first, &last);
        let with_key = shared.min(common(&first, key));
        let entry = Page::leaf_cost(key.len() - with_key, value);
        let cost = entry + if with_key == leaf.prefix_len() { leaf.used() } else { leaf.cost(0..count, with_key) };
        let gain = if with_key < leaf.prefix_len() || count < FEW { 0 } else { WORTHWHILE };
        if cost + gain <= ROOM {
            self.lay_out(id, &first[..with_key]);
            return true;
        }
        self.leaf_lines = (cache_lines(leaf) * 3 / 4).clamp(4, 14);
        self.split_leaf(id, position, key, with_key, entry);
        false
    }

    /// Lays a page out anew: no garbage, and `prefix` as its prefix.
    pub fn lay_out(&mut self, id: u32, prefix: &[u8]) {
        let page = self.page(id);
        let old = self.scratch.hold(page);
        page.init(old.level(), self.alloc.epoch, prefix);
        if !old.is_leaf() {
            page.set_child(0, old.child(0));
        }
        page.append(old, 0..old.count());
    }

    /// A prefix is as long as the keys allowed when the page was laid out; look again when their number has doubled.
    /// A root whose prefix is too short costs three times the search.
    #[inline(always)]
    fn tighten(&mut self, id: u32) {
        let page = self.page(id);
        let count = page.count();
        if count.is_power_of_two() && count > 1 {
            let shared = page.common_prefix();
            // A longer prefix takes room of its own, and saves none where suffixes lie within their heads.
            if shared > page.prefix_len() && page.cost(0..count, shared) <= ROOM {
                let key = page.key(0);
                self.lay_out(id, &key[..shared]);
            }
        }
    }

    fn split_leaf(&mut self, id: u32, position: usize, key: &[u8], with_key: usize, entry: usize) {
        let leaf = self.page(id);
        let count = leaf.count();
        let at = if position == count && leaf.continues_ascending(position) {
            count
        } else if leaf.continues_descending(position) {
            0
        } else {
            let middle = balance(leaf, entry, position);
            // The key goes into one of the halves. Where it would shorten that one's prefix by too much, it goes alone.
            let half = if position <= middle { 0..middle } else { middle..count };
            match position {
                0 if leaf.cost(half.clone(), with_key) + entry > ROOM => 0,
                _ if position == count && leaf.cost(half, with_key) + entry > ROOM => count,
                _ => middle,
            }
        };
        let right_id = self.alloc.take();
        let right = self.page(right_id);
        let epoch = self.alloc.epoch;
        let separator = if at == count {
            let last = leaf.key(count - 1);
            let shared = common(&last, key);
            right.init(0, epoch, &key[..shared]);
            key[..shared + 1].to_vec()
        } else if at == 0 {
            let first = leaf.key(0);
            let shared = common(key, &first);
            right.copy_from(leaf);
            right.set_epoch(epoch);
            leaf.init(0, epoch, &key[..shared]);
            first[..shared + 1].to_vec()
        } else {
            let old = self.scratch.hold(leaf);
            let (before, after) = (old.key(at - 1), old.key(at));
            let shared = common(&before, &after);
            let first = old.key(0);
            let last = old.key(count - 1);
            leaf.init(0, epoch, &first[..common(&first, &before)]);
            leaf.append(old, 0..at);
            right.init(0, epoch, &after[..common(&after, &last)]);
            right.append(old, at..count);
            after[..shared + 1].to_vec()
        };
        self.insert_separator(self.depth, &separator, id, right_id);
    }

    /// Puts a page and the separator left of it into the parent of the page at `depth` of the path, which was split.
    fn insert_separator(&mut self, depth: usize, separator: &[u8], left: u32, right: u32) {
        if depth == 0 {
            let root = self.alloc.take();
            let page = self.page(root);
            page.init(self.page(left).level() + 1, self.alloc.epoch, lone_prefix(separator));
            page.set_child(0, left);
            let fits = page.insert_inner(0, &separator[page.prefix_len()..], right);
            assert!(fits, "an empty page holds any separator");
            self.root = root;
            return;
        }
        let mut id = self.path[depth - 1].0;
        let mut split = false;
        loop {
            let page = self.page(id);
            let (position, _) = page.search_separator(separator);
            if separator.starts_with(page.prefix())
                && page.insert_inner(position, &separator[page.prefix_len()..], right)
            {
                self.tighten(id);
                return;
            }
            let count = page.count();
            if count == 0 {
                let first = page.child(0);
                page.init(page.level(), self.alloc.epoch, lone_prefix(separator));
                page.set_child(0, first);
                continue;
            }
            let (first, last) = (page.key(0), page.key(count - 1));
            let with_separator = common(&first, &last).min(common(&first, separator));
            let cost = page.cost(0..count, with_separator) + Page::inner_cost(separator.len() - with_separator);
            let gain = if with_separator < page.prefix_len() || count < FEW { 0 } else { WORTHWHILE };
            if cost + gain <= ROOM {
                self.lay_out(id, &first[..with_separator]);
                continue;
            }
            // A second split at one level would need a new path: its parent may have been split by the first.
            assert!(!split, "half a page has room for any separator");
            split = true;
            let shrinks = with_separator < common(&first, &last);
            let cost = Page::inner_cost(separator.len() - with_separator);
            let (up, new) = self.split_inner(id, position, cost, shrinks);
            self.insert_separator(depth - 1, &up, id, new);
            if separator >= &up[..] {
                id = new;
            }
        }
    }

    /// Splits an inner page; returns the separator that goes up and the page right of it. At an end, and where the
    /// separator to come would shorten the prefix, it is to find an empty page there.
    fn split_inner(&mut self, id: u32, position: usize, cost: usize, shrinks: bool) -> (Vec<u8>, u32) {
        let page = self.page(id);
        let count = page.count();
        let at = match position {
            0 if shrinks => 0,
            _ if position == count && (shrinks || page.continues_ascending(position)) => count - 1,
            _ => middle_separator(page, cost, position),
        };
        let right_id = self.alloc.take();
        let right = self.page(right_id);
        let old = self.scratch.hold(page);
        let up = old.key(at);
        let prefix_of = |from: usize, to: usize| {
            if from == to {
                return Vec::new();
            }
            let mut first = old.key(from);
            first.truncate(common(&first, &old.key(to - 1)));
            first
        };
        page.init(old.level(), self.alloc.epoch, &prefix_of(0, at));
        page.set_child(0, old.child(0));
        page.append(old, 0..at);
        right.init(old.level(), self.alloc.epoch, &prefix_of(at + 1, count));
        right.set_child(0, old.child(at + 1));
        right.append(old, at + 1..count);
        (up, right_id)
    }
}

/// Whether a value stands in the page with its key: with one as short as a reference would be, it always does.
fn is_inline(key: &[u8], value: &[u8]) -> bool {
    key.len() + value.len() <= INLINE_MAX || value.len() <= LargeRef::SIZE
}

/// The prefix of a page with one separator: as much as lets its end stand in the head, where most keys differ.
fn lone_prefix(separator: &[u8]) -> &[u8] {
    &separator[..separator.len().saturating_sub(HEAD)]
}

/// Where to split a page so that both halves take about the same, with an entry of `cost` to come at `position`.
/// Neither half is empty.
fn balance(page: Page, cost: usize, position: usize) -> usize {
    let count = page.count();
    let total = (0..count).map(|index| page.entry_cost(index)).sum::<usize>() + cost;
    let mut sum = 0;
    for index in 0..count {
        if index == position {
            sum += cost;
        }
        sum += page.entry_cost(index);
        if sum >= total / 2 {
            return (index + 1).clamp(1, count.max(2) - 1);
        }
    }
    count - 1
}

/// The separator that goes up when an inner page is split: the larger of what is left of it and right of it, with a
/// separator of `cost` to come at `position`, is as small as can be, and so never more than a page.
fn middle_separator(page: Page, cost: usize, position: usize) -> usize {
    let total = (0..page.count()).map(|index| page.entry_cost(index)).sum::<usize>();
    let mut left = 0;
    let larger_half = |index: usize| {
        let own = page.entry_cost(index);
        let right = total - left - own;
        let halves = if position <= index { (left + cost, right) } else { (left, right + cost) };
        left += own;
        halves.0.max(halves.1)
    };
    let halves: Vec<usize> = (0..page.count()).map(larger_half).collect();
    (0..halves.len()).min_by_key(|&index| halves[index]).unwrap_or(0)
}

/// The cache lines that a search in this leaf may touch.
fn cache_lines(leaf: Page) -> usize {
    leaf.slots_end().div_ceil(64)
}
