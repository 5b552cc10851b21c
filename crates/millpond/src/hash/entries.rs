//! A tree and a table that leads to its entries, kept in agreement.

use super::table::KeyTable;
use crate::error::{Error, Result};
use crate::memory::{Admission, Budget, Entries, GROUP, MemoryEngine, Snapshot, Tree, ValueMut};
use crate::range::Range;
use std::sync::Arc;

/// Entries in a tree, and by the hash of their keys.
pub struct Hashed {
    tree: Tree,
    table: KeyTable,
    /// What of the table's memory the budget was charged for.
    charged: usize,
}

impl Hashed {
    /// Makes room in the table for one key more.
    #[inline(always)]
    fn reserve_slot(&mut self, admission: Admission) -> Result<()> {
        if self.table.is_full() { self.grow(admission) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, admission: Admission) -> Result<()> {
        // While it grows there are two, the new one twice as large.
        let bytes = 2 * self.table.memory_bytes();
        self.tree.alloc.admit_bytes(bytes, admission)?;
        if !self.table.reserve(1) {
            return Err(Error::OutOfMemory { bytes });
        }
        self.charge();
        Ok(())
    }

    /// Has the budget know what the table takes.
    fn charge(&mut self) {
        let bytes = self.table.memory_bytes();
        self.tree.alloc.charge(bytes);
        self.tree.alloc.uncharge(self.charged);
        self.charged = bytes;
    }
}

impl MemoryEngine for Hashed {}

impl Entries for Hashed {
    fn new(budget: Option<Arc<Budget>>) -> Hashed {
        Hashed { tree: Tree::new(budget), table: KeyTable::new(), charged: 0 }
    }

    #[inline(always)]
    fn tree(&self) -> &Tree {
        &self.tree
    }

    #[inline(always)]
    fn tree_mut(&mut self) -> &mut Tree {
        &mut self.tree
    }

    #[inline]
    fn get(&self, key: &[u8]) -> Option<&[u8]> {
        Some(self.table.find(self.table.hash(key), key)?.bytes())
    }

    #[inline]
    fn contains(&self, key: &[u8]) -> bool {
        self.table.find(self.table.hash(key), key).is_some()
    }

    fn get_many<'k>(&self, keys: impl IntoIterator<Item = &'k [u8]>, mut visit: impl FnMut(Option<&[u8]>)) {
        let mut group: [(&[u8], u64); GROUP] = [(&[], 0); GROUP];
        let mut keys = keys.into_iter();
        loop {
            let mut filled = 0;
            for (place, key) in group.iter_mut().zip(&mut keys) {
                *place = (key, self.table.hash(key));
                filled += 1;
            }
            // All of a group are asked for before the first is looked at.
            for (_, hash) in &group[..filled] {
                if let Some(record) = self.table.guess(*hash) {
                    record.prefetch();
                }
            }
            for (key, hash) in &group[..filled] {
                visit(self.table.find(*hash, key).map(|record| record.bytes()));
            }
            if filled < GROUP {
                return;
            }
        }
    }

    #[inline]
    fn put(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<()> {
        let hash = self.table.hash(key);
        if let Some(slot) = self.table.find_mut(hash, key) {
            let before = slot.record.len();
            if self.tree.alloc.owns(slot.record) && slot.record.overwrite(value) {
                self.tree.size_bytes = self.tree.size_bytes - before + value.len();
            } else {
                slot.record = self.tree.put_record(key, value, admission)?;
            }
            return Ok(());
        }
        self.reserve_slot(admission)?;
        let record = self.tree.put_record(key, value, admission)?;
        self.table.insert(hash, record);
        Ok(())
    }

    fn delete(&mut self, key: &[u8]) -> Result<bool> {
        let hash = self.table.hash(key);
        let Some(record) = self.table.find(hash, key) else { return Ok(false) };
        self.tree.delete(key)?;
        self.table.remove(hash, record);
        Ok(true)
    }

    fn delete_range(&mut self, range: &Range) -> Result<usize> {
        self.tree.remove_range(range, &mut self.table)
    }

    fn value_mut(&mut self, key: &[u8]) -> Result<Option<ValueMut<'_>>> {
        let hash = self.table.hash(key);
        let Some(slot) = self.table.find_mut(hash, key) else { return Ok(None) };
        if !self.tree.alloc.owns(slot.record) {
            slot.record = self.tree.put_record(key, slot.record.bytes(), Admission::Budgeted)?;
        }
        Ok(Some(Ok(slot.record.bytes_mut())))
    }

    fn roll_back(&mut self, snapshot: &Snapshot) {
        self.tree.return_to(snapshot, &mut self.table);
        self.charge();
    }

    fn reserve(&mut self, entries: usize) {
        // Only a hint: where the system has not got the memory, it grows as it goes.
        self.table.reserve(entries);
        self.charge();
    }

    fn shrink(&mut self) {
        self.tree.alloc.note_released();
        self.table.shrink();
        self.charge();
    }

    fn memory_bytes(&self) -> usize {
        self.tree.alloc.used_bytes() + self.table.memory_bytes()
    }

    #[cfg(any(test, feature = "check"))]
    fn check(&mut self) {
        self.tree.check();
        assert_eq!(self.table.len(), self.tree.len, "as many keys in the table as in the tree");
        let range = Range::all();
        let mut cursor = crate::memory::Iter::new(self.tree.view(), &range, false);
        while let Some((key, value)) = cursor.next_ref() {
            let found = self.get(key).map(<[u8]>::as_ptr_range);
            assert_eq!(found, Some(value.as_ptr_range()), "the table and the tree lead to one record");
        }
    }
}
