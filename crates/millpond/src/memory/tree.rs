//! The tree: its state, and lookups.

use super::allocator::{Admission, Allocator};
use super::arena::{PAGE_SIZE, PageTable};
use super::budget::Budget;
use super::large::LargeRef;
use super::page::Page;
use crate::error::Result;
use std::sync::Arc;

/// More levels than a tree of 2³² pages can have: an inner page that was split has two children or more.
pub(super) const MAX_DEPTH: usize = 33;
/// How many keys a group lookup takes at a time.
pub(crate) const GROUP: usize = 16;

/// The copy-on-write B+tree. Keys and values are checked by its owner.
pub(crate) struct Tree {
    pub alloc: Allocator,
    pub root: u32,
    pub len: usize,
    pub size_bytes: usize,
    /// The pages from the root to the leaf that the last `descend` went through, each with the child taken.
    pub path: [(u32, u16); MAX_DEPTH],
    /// Where the leaf stands in `path`.
    pub depth: usize,
    /// Cache lines of a typical leaf that a search touches; learned at splits.
    pub leaf_lines: usize,
    /// A page's copy while the page itself is laid out anew.
    pub(super) scratch: Box<Scratch>,
}

#[repr(align(64))]
pub(super) struct Scratch([u8; PAGE_SIZE]);

impl Scratch {
    fn new() -> Box<Scratch> {
        Box::new(Scratch([0; PAGE_SIZE]))
    }

    /// Makes the scratch a copy of `page`.
    pub fn hold(&mut self, page: Page) -> Page {
        // SAFETY: a page's size, owned by the tree, and used only until the next call.
        let copy = unsafe { Page::at(self.0.as_mut_ptr()) };
        copy.copy_from(page);
        copy
    }
}

impl Tree {
    /// An empty tree. As for the standard collections, a system without memory for it is fatal.
    pub fn new(budget: Option<Arc<Budget>>) -> Tree {
        let mut alloc = Allocator::new(budget);
        if alloc.reserve(1).is_err() {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u8; PAGE_SIZE]>());
        }
        let root = alloc.take();
        alloc.page(root).init(0, alloc.epoch, &[]);
        Tree {
            alloc,
            root,
            len: 0,
            size_bytes: 0,
            path: [(0, 0); MAX_DEPTH],
            depth: 0,
            leaf_lines: 5,
            scratch: Scratch::new(),
        }
    }

    #[inline(always)]
    pub fn page(&self, id: u32) -> Page {
        self.alloc.page(id)
    }

    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        View { table: &self.alloc.table, root: self.root, leaf_lines: self.leaf_lines }
    }

    /// Goes to the leaf where `key` belongs, making every page on the way writable, and notes the way. Where a
    /// snapshot is live the caller reserved a page for each level.
    #[inline(always)]
    pub fn descend(&mut self, key: &[u8]) -> Page {
        let mut id = self.alloc.writable(self.root);
        self.root = id;
        let mut page = self.page(id);
        let mut depth = 0;
        while !page.is_leaf() {
            let index = page.search_child(key);
            self.path[depth] = (id, index as u16);
            depth += 1;
            let child = page.child(index);
            prefetch_child(page, self.page(child), self.leaf_lines, INNER_LINES);
            id = self.alloc.writable(child);
            if id != child {
                page.set_child(index, id);
            }
            page = self.page(id);
        }
        self.path[depth] = (id, 0);
        self.depth = depth;
        page
    }

    /// The value of `key`, to be changed in place by the writer; a large one as it is, for it can't be.
    // Compiled once, here: inlined into a caller's loop, the search has been seen to come out a third slower.
    #[inline(never)]
    pub fn value_mut(&mut self, key: &[u8]) -> Result<Option<ValueMut<'_>>> {
        if self.alloc.floor != 0 && !self.view().contains(key) {
            return Ok(None);
        }
        self.reserve_path(Admission::Budgeted)?;
        let leaf = self.descend(key);
        let (index, found) = leaf.search_leaf(key);
        Ok(found.then(|| value_mut(leaf, index)))
    }

    /// The number of levels above the leaves.
    pub fn height(&self) -> usize {
        self.page(self.root).level() as usize
    }

    /// Makes sure that a `descend` can copy every page on its way, and two siblings a level.
    #[inline(always)]
    pub fn reserve_path(&mut self, admission: Admission) -> Result<()> {
        if self.alloc.floor == 0 {
            return Ok(());
        }
        self.alloc.admit(self.height() + 1, admission)?;
        self.alloc.reserve(3 * (self.height() + 1))
    }
}

/// A value that can be changed in place, or a large one as it is.
pub(crate) type ValueMut<'a> = Result<&'a mut [u8], LargeRef>;

#[inline(always)]
pub(super) fn value_mut<'a>(leaf: Page, index: usize) -> ValueMut<'a> {
    match leaf.large(index) {
        Some(large) => Err(large),
        None => Ok(leaf.value_mut(index)),
    }
}

/// The cache lines of an inner page that are asked for before it is searched: a search looks all over its heads.
const INNER_LINES: usize = 28;
/// The same where a group of keys is on its way: so many requests at a time are all that a processor takes.
const GROUP_LINES: usize = 4;

#[inline(always)]
fn prefetch_child(parent: Page, child: Page, leaf_lines: usize, inner_lines: usize) {
    child.prefetch(0, 4);
    child.prefetch(4 * 64, if parent.level() == 1 { leaf_lines } else { inner_lines } - 4);
}

/// The tree at one moment, for reading: the live one, or that of a snapshot.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(super) table: &'a PageTable,
    pub(super) root: u32,
    pub(super) leaf_lines: usize,
}

impl<'a> View<'a> {
    #[inline(always)]
    pub(super) fn page(self, id: u32) -> Page {
        self.table.page(id)
    }

    #[inline(always)]
    fn leaf(self, key: &[u8]) -> Page {
        let mut page = self.page(self.root);
        while !page.is_leaf() {
            let child = self.page(page.child(page.search_child(key)));
            prefetch_child(page, child, self.leaf_lines, INNER_LINES);
            page = child;
        }
        page
    }

    // Compiled once, here: see `Tree::value_mut`.
    #[inline(never)]
    pub fn get(self, key: &[u8]) -> Option<&'a [u8]> {
        let leaf = self.leaf(key);
        let (index, found) = leaf.search_leaf(key);
        found.then(|| leaf.value(index))
    }

    #[inline(always)]
    pub fn contains(self, key: &[u8]) -> bool {
        self.leaf(key).search_leaf(key).1
    }

    /// Looks keys up in lock step, a level at a time, so that the cache misses of the group overlap.
    #[inline(always)]
    pub(super) fn get_group(self, keys: &[&[u8]; GROUP]) -> [Option<&'a [u8]>; GROUP] {
        let mut pages = [self.page(self.root); GROUP];
        while !pages[0].is_leaf() {
            for (page, key) in pages.iter_mut().zip(keys) {
                let child = self.page(page.child(page.search_child(key)));
                prefetch_child(*page, child, self.leaf_lines, GROUP_LINES);
                *page = child;
            }
        }
        let mut found = [None; GROUP];
        for ((page, key), place) in pages.iter().zip(keys).zip(&mut found) {
            let (index, exact) = page.search_leaf(key);
            if exact {
                page.prefetch_entry(index);
                *place = Some(index);
            }
        }
        let mut values = [None; GROUP];
        for ((page, index), value) in pages.iter().zip(found).zip(&mut values) {
            *value = index.map(|index| page.value(index));
        }
        values
    }
}
