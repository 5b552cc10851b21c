//! The sorted engine's entries: the tree, and nothing beside it.

use super::allocator::Admission;
use super::budget::Budget;
use super::entries::{Entries, MemoryEngine};
use super::snapshot::Snapshot;
use super::tree::{GROUP, Tree, ValueMut};
use crate::error::Result;
use crate::range::Range;
use std::sync::Arc;

/// Entries in a tree alone.
pub struct Sorted(pub(super) Tree);

impl MemoryEngine for Sorted {}

impl Entries for Sorted {
    fn new(budget: Option<Arc<Budget>>) -> Sorted {
        Sorted(Tree::new(budget))
    }

    #[inline(always)]
    fn tree(&self) -> &Tree {
        &self.0
    }

    #[inline(always)]
    fn tree_mut(&mut self) -> &mut Tree {
        &mut self.0
    }

    #[inline(always)]
    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.view().get(key)
    }

    #[inline(always)]
    fn contains(&self, key: &[u8]) -> bool {
        self.0.view().contains(key)
    }

    fn get_many<'k>(&self, keys: impl IntoIterator<Item = &'k [u8]>, mut visit: impl FnMut(Option<&[u8]>)) {
        let view = self.0.view();
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

    #[inline(always)]
    fn put(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<()> {
        self.0.put_as(key, value, admission).map(drop)
    }

    #[inline(always)]
    fn delete(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.0.delete(key)?.is_some())
    }

    fn delete_range(&mut self, range: &Range) -> Result<usize> {
        self.0.remove_range(range, &mut ())
    }

    #[inline(always)]
    fn value_mut(&mut self, key: &[u8]) -> Result<Option<ValueMut<'_>>> {
        self.0.value_mut(key)
    }

    fn roll_back(&mut self, snapshot: &Snapshot) {
        self.0.return_to(snapshot, &mut ());
    }
}
