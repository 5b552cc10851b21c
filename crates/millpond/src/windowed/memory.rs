//! Windowed stores in the memory engine.

use super::tables::{Depth, Table, Tables, WriteTables};
use crate::error::{Error, Result};
use crate::memory::{InMemoryStore, Snapshot, Visit, scan_some};
use crate::number::{FieldChange, Number};
use crate::range::Range;

/// A windowed store's tables in the sorted memory engine.
#[derive(Debug)]
pub struct MemoryTables<'s> {
    /// The rows.
    pub rows: &'s mut InMemoryStore,
    /// Their index.
    pub index: &'s mut InMemoryStore,
}

impl Tables for MemoryTables<'_> {
    type View = SnapshotTables;

    /// There is one layer.
    #[inline(always)]
    fn generation(&self) -> Option<u64> {
        Some(0)
    }

    #[inline(always)]
    fn get(&mut self, row: &[u8], _depth: Depth) -> Result<Option<&[u8]>> {
        Ok(self.rows.get_ref(row))
    }

    fn get_many<'k>(&mut self, rows: impl Iterator<Item = &'k [u8]>, visit: impl FnMut(Option<&[u8]>)) -> Result<()> {
        self.rows.get_many(rows, visit);
        Ok(())
    }

    fn scan(
        &mut self,
        table: Table,
        range: &Range,
        reverse: bool,
        _depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        let store = if table == Table::Rows { &self.rows } else { &self.index };
        scan_some(store.view(), range, reverse, visit);
        Ok(())
    }

    fn view(&mut self) -> SnapshotTables {
        SnapshotTables { rows: self.rows.snapshot(), index: self.index.snapshot() }
    }
}

impl WriteTables for MemoryTables<'_> {
    #[inline(always)]
    fn put(&mut self, row: &[u8], value: &[u8], index: &[u8], _depth: Depth) -> Result<()> {
        let before = self.rows.len();
        self.rows.put(row, value)?;
        self.follow(row, index, before)
    }

    fn delete(&mut self, row: &[u8], index: &[u8]) -> Result<()> {
        self.rows.delete(row)?;
        self.index.delete(index)?;
        Ok(())
    }

    fn admit_deletes(&mut self, _calls: usize, _bytes: usize) -> Result<()> {
        Ok(())
    }

    fn add(&mut self, row: &[u8], number: Number, subtracts: bool, index: &[u8], _depth: Depth) -> Result<Number> {
        let before = self.rows.len();
        let sum = if subtracts { self.rows.subtract(row, number) } else { self.rows.add(row, number) }?;
        self.follow(row, index, before).map(|()| sum)
    }

    fn update_fields(&mut self, row: &[u8], changes: &[FieldChange], _depth: Depth) -> Result<bool> {
        self.rows.update_fields(row, changes)
    }

    fn upsert_fields(&mut self, row: &[u8], changes: &[FieldChange], blank: &[u8], index: &[u8]) -> Result<()> {
        let before = self.rows.len();
        self.rows.upsert_fields(row, changes, blank)?;
        self.follow(row, index, before)
    }

    fn put_note(&mut self, key: &[u8], note: &[u8]) -> Result<()> {
        match self.index.put(key, note) {
            // It stands in an earlier one's place, but for a snapshot that holds that one. What a note says the store knows
            // as well: here it has to outlive nothing but a rollback.
            Err(Error::Full { .. }) if self.index.contains(key) => Ok(()),
            written => written,
        }
    }
}

impl MemoryTables<'_> {
    /// Has the index follow a write: if there are more rows than before, the row is new.
    #[inline(always)]
    fn follow(&mut self, row: &[u8], index: &[u8], before: usize) -> Result<()> {
        if self.rows.len() == before {
            return Ok(());
        }
        let written = self.index.put(index, []);
        if written.is_err() {
            self.rows.delete(row)?;
        }
        written
    }
}

/// Tables of the memory engine at one moment.
#[derive(Debug, Clone)]
pub struct SnapshotTables {
    /// The rows.
    pub rows: Snapshot,
    /// Their index.
    pub index: Snapshot,
}

impl Tables for SnapshotTables {
    type View = SnapshotTables;

    fn get(&mut self, row: &[u8], _depth: Depth) -> Result<Option<&[u8]>> {
        Ok(self.rows.get_ref(row))
    }

    fn scan(
        &mut self,
        table: Table,
        range: &Range,
        reverse: bool,
        _depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        let snapshot = if table == Table::Rows { &self.rows } else { &self.index };
        scan_some(snapshot.view(), range, reverse, visit);
        Ok(())
    }

    fn view(&mut self) -> SnapshotTables {
        self.clone()
    }
}
