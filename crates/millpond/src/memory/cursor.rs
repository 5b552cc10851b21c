//! Walking over the entries of a tree in order, forwards or backwards.

use super::page::{LeafEntries, Page};
use super::tree::{MAX_DEPTH, View};
use crate::range::Range;
use std::ops::Bound;

/// How far ahead a cursor asks for the entries of the leaf it began in; later leaves it asks for as a whole.
const ENTRIES_AHEAD: usize = 6;
/// With so few entries left in a leaf it asks for a part of the next leaf with each.
const NEAR_END: usize = 16;
const PAGE_LINES: usize = super::arena::PAGE_SIZE / 64;

/// A position in a view of the tree. What it lends is valid while the view's pages are: as long as nothing is written,
/// or for as long as a snapshot of that view lives.
pub(super) struct Cursor<'a> {
    view: View<'a>,
    range: &'a Range,
    walk: Walk,
}

/// The part of a cursor that borrows nothing: the owner of the view and the range may keep it between calls.
pub(crate) struct Walk {
    reverse: bool,
    /// The inner pages above the leaf, each with the child taken.
    path: [(u32, u16); MAX_DEPTH],
    depth: usize,
    leaf: Page,
    reader: LeafEntries,
    /// What is left of the leaf.
    entries: std::ops::Range<usize>,
    /// Whether the range ends in this leaf.
    last: bool,
    /// Whether this is the leaf that the walk began in.
    first: bool,
    /// The leaf that comes next, if it is known.
    ahead: Option<Page>,
    /// The key of the entry that was lent last, its length, and its place in the leaf.
    key: Vec<u8>,
    key_len: usize,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(view: View<'a>, range: &'a Range, reverse: bool) -> Cursor<'a> {
        Cursor { view, range, walk: Walk::new(view, range, reverse) }
    }

    /// The next entry. The key is lent until the next call.
    #[inline(always)]
    pub fn next(&mut self) -> Option<(&[u8], &'a [u8])> {
        self.walk.next(self.view, self.range)
    }
}

impl Walk {
    /// Goes to the first entry of `range`, in the direction asked for.
    pub fn new(view: View, range: &Range, reverse: bool) -> Walk {
        let mut walk = Walk {
            reverse,
            path: [(0, 0); MAX_DEPTH],
            depth: 0,
            leaf: view.page(view.root),
            reader: LeafEntries::new(view.page(view.root)),
            entries: 0..0,
            last: false,
            first: true,
            ahead: None,
            key: vec![0; 64],
            key_len: 0,
            at: 0,
        };
        let start = if reverse { &range.to } else { &range.from };
        let mut id = view.root;
        while !walk.leaf.is_leaf() {
            let index = match start {
                Bound::Included(key) | Bound::Excluded(key) => walk.leaf.search_child(key),
                Bound::Unbounded if reverse => walk.leaf.count(),
                Bound::Unbounded => 0,
            };
            id = walk.step_down(view, id, index);
        }
        walk.enter(view, range, true);
        walk
    }

    fn step_down(&mut self, view: View, id: u32, index: usize) -> u32 {
        self.path[self.depth] = (id, index as u16);
        self.depth += 1;
        let child = self.leaf.child(index);
        self.leaf = view.page(child);
        self.leaf.prefetch(0, view.leaf_lines);
        child
    }

    /// Takes note of what of the leaf lies in the range.
    fn enter(&mut self, view: View, range: &Range, first: bool) {
        let leaf = self.leaf;
        let count = leaf.count();
        let start = if first || self.reverse { range.start_in(|key| leaf.search_leaf(key)) } else { 0 };
        let end = if first || !self.reverse { range.end_in(count, |key| leaf.search_leaf(key)) } else { count };
        self.entries = start..end.max(start);
        self.last = if self.reverse { start > 0 } else { end < count };
        let prefix = leaf.prefix();
        if self.key.len() < prefix.len() {
            self.key.resize(prefix.len(), 0);
        }
        self.key[..prefix.len()].copy_from_slice(prefix);
        self.first = first;
        self.reader = LeafEntries::new(leaf);
        self.ahead = if self.last { None } else { self.neighbour(view) };
    }

    /// The leaf that comes next under the same parent.
    fn neighbour(&self, view: View) -> Option<Page> {
        let &(id, index) = self.path[..self.depth].last()?;
        let (parent, index) = (view.page(id), index as usize);
        let next = if self.reverse { index.checked_sub(1)? } else { index + 1 };
        (next <= parent.count()).then(|| view.page(parent.child(next)))
    }

    /// The next entry. The key is lent until the next call.
    #[inline(always)]
    pub fn next<'a>(&mut self, view: View<'a>, range: &Range) -> Option<(&[u8], &'a [u8])> {
        let index = self.step(view, range)?;
        let (len, value) = self.reader.read(index, &mut self.key);
        Some((&self.key[..len], value))
    }

    /// Goes to the next entry, which `row` then lends as often as it is asked; whether there is one.
    pub fn advance(&mut self, view: View, range: &Range) -> bool {
        let Some(index) = self.step(view, range) else { return false };
        self.at = index;
        self.key_len = self.reader.read(index, &mut self.key).0;
        true
    }

    /// The entry that the last `advance` went to.
    #[inline(always)]
    pub fn row<'a>(&self, _view: View<'a>) -> (&[u8], &'a [u8]) {
        (&self.key[..self.key_len], self.reader.value(self.at))
    }

    /// The place of the next entry in its leaf.
    #[inline(always)]
    fn step(&mut self, view: View, range: &Range) -> Option<usize> {
        while self.entries.is_empty() {
            if self.last || !self.next_leaf(view) {
                return None;
            }
            self.enter(view, range, false);
        }
        let index = if self.reverse {
            self.entries.end -= 1;
            self.entries.end
        } else {
            self.entries.start += 1;
            self.entries.start - 1
        };
        let left = self.entries.len();
        if left < NEAR_END {
            self.ask_for_next_leaf(left);
        } else if self.first {
            let ahead = if self.reverse { index - ENTRIES_AHEAD } else { index + ENTRIES_AHEAD };
            self.reader.prefetch(ahead);
        }
        Some(index)
    }

    /// Asks for the part of the next leaf that falls to the entry with `left` others behind it in this one.
    #[inline(always)]
    fn ask_for_next_leaf(&self, left: usize) {
        const LINES: usize = PAGE_LINES / NEAR_END;
        if let Some(leaf) = self.ahead {
            leaf.prefetch((NEAR_END - 1 - left) * LINES * 64, LINES);
        }
    }

    /// Takes the last step back: the entry comes again.
    pub fn unread(&mut self) {
        if self.reverse {
            self.entries.end += 1;
        } else {
            self.entries.start -= 1;
        }
    }

    #[cold]
    fn next_leaf(&mut self, view: View) -> bool {
        while self.depth > 0 {
            let (id, index) = self.path[self.depth - 1];
            let (page, index) = (view.page(id), index as usize);
            let next = if self.reverse { index.checked_sub(1) } else { (index < page.count()).then_some(index + 1) };
            self.depth -= 1;
            if let Some(next) = next {
                self.leaf = page;
                let mut id = self.step_down(view, id, next);
                while !self.leaf.is_leaf() {
                    let end = if self.reverse { self.leaf.count() } else { 0 };
                    id = self.step_down(view, id, end);
                }
                return true;
            }
        }
        false
    }
}
