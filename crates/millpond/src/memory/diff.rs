//! What changed between two snapshots of a store: found by the pages that they don't share.

use super::page::LeafEntries;
use super::snapshot::Snapshot;
use super::tree::View;
use crate::error::Result;
use std::collections::HashSet;
use std::sync::Arc;

/// What happened to a key between two snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    Put(&'a [u8], &'a [u8]),
    Delete(&'a [u8]),
    /// All keys from the first to the last, both included, of which there are two at least.
    DeleteThrough(&'a [u8], &'a [u8]),
}

/// The pages of two snapshots that they don't share.
pub(crate) struct Diff<'a> {
    now: Leaves<'a>,
    before: Leaves<'a>,
}

impl Snapshot {
    /// How this snapshot differs from an earlier one of the same store: O(pages written since). Nothing where pages don't tell:
    /// where the store was cleared or restored meanwhile, or `base` is of another one.
    pub(crate) fn diff<'a>(&'a self, base: &'a Snapshot) -> Option<Diff<'a>> {
        if !Arc::ptr_eq(self.arena(), base.arena()) || base.epoch() > self.epoch() {
            return None;
        }
        // As long as the base lives, what it sees is not changed: a page no younger than it is one of its own.
        let mut shared = HashSet::new();
        let mut now = Leaves::new(self.view());
        now.gather(self.root(), &mut |id, epoch| {
            let is_shared = epoch <= base.epoch();
            if is_shared {
                shared.insert(id);
            }
            is_shared
        });
        let mut before = Leaves::new(base.view());
        before.gather(base.root(), &mut |id, _| shared.contains(&id));
        Some(Diff { now, before })
    }
}

impl Diff<'_> {
    /// Hands each change to `visit`, in key order.
    pub fn visit(&self, mut visit: impl FnMut(Change) -> Result<()>) -> Result<()> {
        let (mut now, mut before) = (self.now.walk(), self.before.walk());
        let mut gone = Gone::default();
        let (mut new, mut old) = (now.advance(), before.advance());
        while new || old {
            let order = match (new, old) {
                (true, true) => now.key().cmp(before.key()),
                (true, false) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            if order.is_gt() {
                if before.is_behind_gap {
                    gone.end(&mut visit)?;
                }
                gone.add(before.key());
                old = before.advance();
                continue;
            }
            gone.end(&mut visit)?;
            if order.is_lt() || now.value() != before.value() {
                visit(Change::Put(now.key(), now.value()))?;
            }
            if order.is_eq() {
                old = before.advance();
            }
            new = now.advance();
        }
        gone.end(&mut visit)
    }
}

/// Keys that are gone, with none between them that is not.
#[derive(Default)]
struct Gone {
    first: Vec<u8>,
    last: Vec<u8>,
    count: usize,
}

impl Gone {
    fn add(&mut self, key: &[u8]) {
        let place = if self.count == 0 { &mut self.first } else { &mut self.last };
        place.clear();
        place.extend_from_slice(key);
        self.count += 1;
    }

    fn end(&mut self, mut visit: impl FnMut(Change) -> Result<()>) -> Result<()> {
        match std::mem::take(&mut self.count) {
            0 => Ok(()),
            1 => visit(Change::Delete(&self.first)),
            _ => visit(Change::DeleteThrough(&self.first, &self.last)),
        }
    }
}

/// Leaves of a tree, in key order.
struct Leaves<'a> {
    view: View<'a>,
    /// Each with whether leaves that are left out stand between it and the one before.
    pages: Vec<(u32, bool)>,
    is_behind_gap: bool,
}

impl<'a> Leaves<'a> {
    fn new(view: View<'a>) -> Leaves<'a> {
        Leaves { view, pages: Vec::new(), is_behind_gap: false }
    }

    /// Adds the leaves from a page down, without those below pages that are left out.
    fn gather(&mut self, id: u32, leave_out: &mut impl FnMut(u32, u64) -> bool) {
        let page = self.view.page(id);
        if leave_out(id, page.epoch()) {
            self.is_behind_gap = true;
        } else if page.is_leaf() {
            self.pages.push((id, std::mem::take(&mut self.is_behind_gap)));
        } else {
            (0..=page.count()).for_each(|index| self.gather(page.child(index), leave_out));
        }
    }

    fn walk(&self) -> LeafWalk<'_> {
        LeafWalk {
            leaves: self,
            next: 0,
            reader: None,
            index: 0,
            key: Vec::new(),
            len: 0,
            value: &[],
            is_behind_gap: false,
        }
    }
}

/// A walk over the entries of leaves.
struct LeafWalk<'a> {
    leaves: &'a Leaves<'a>,
    next: usize,
    reader: Option<(LeafEntries, usize)>,
    index: usize,
    key: Vec<u8>,
    len: usize,
    value: &'a [u8],
    /// Whether entries that are left out stand between this one and the one before.
    is_behind_gap: bool,
}

impl<'a> LeafWalk<'a> {
    /// Goes to the next entry; whether there is one.
    fn advance(&mut self) -> bool {
        self.is_behind_gap = false;
        loop {
            if let Some((reader, count)) = self.reader
                && self.index < count
            {
                (self.len, self.value) = reader.read(self.index, &mut self.key);
                self.index += 1;
                return true;
            }
            let Some(&(id, is_behind_gap)) = self.leaves.pages.get(self.next) else { return false };
            self.is_behind_gap |= is_behind_gap;
            self.next += 1;
            let page = self.leaves.view.page(id);
            let prefix = page.prefix();
            self.key.resize(self.key.len().max(prefix.len()), 0);
            self.key[..prefix.len()].copy_from_slice(prefix);
            (self.reader, self.index) = (Some((LeafEntries::new(page), page.count())), 0);
        }
    }

    fn key(&self) -> &[u8] {
        &self.key[..self.len]
    }

    fn value(&self) -> &'a [u8] {
        self.value
    }
}
