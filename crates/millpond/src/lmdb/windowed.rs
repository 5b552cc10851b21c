//! Windowed stores in a directory: two stores of an environment, written in the same batches.

use super::environment::{Environment, IndexedRow};
use super::reader::Reader;
use super::store::StoreSnapshot;
use super::stores::StoreId;
use crate::error::Result;
use crate::memory::Visit;
use crate::number::{FieldChange, Number};
use crate::range::Range;
use crate::windowed::{Depth, Table, Tables, WriteTables};

/// A windowed store's tables in an environment.
pub struct EnvironmentTables<'e> {
    /// Where they are.
    pub environment: &'e mut Environment,
    /// The rows.
    pub rows: StoreId,
    /// Their index.
    pub index: StoreId,
}

impl Tables for EnvironmentTables<'_> {
    type View = StoreSnapshotTables;

    #[inline(always)]
    fn generation(&self) -> Option<u64> {
        Some(self.environment.generation())
    }

    #[inline(always)]
    fn get(&mut self, row: &[u8], depth: Depth) -> Result<Option<&[u8]>> {
        self.environment.get_at(self.rows, row, depth)
    }

    fn get_many<'k>(&mut self, rows: impl Iterator<Item = &'k [u8]>, visit: impl FnMut(Option<&[u8]>)) -> Result<()> {
        self.environment.get_many(self.rows, rows, visit)
    }

    fn scan(
        &mut self,
        table: Table,
        range: &Range,
        reverse: bool,
        depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        let store = if table == Table::Rows { self.rows } else { self.index };
        self.environment.scan_at(store, range, reverse, depth, visit)
    }

    fn view(&mut self) -> StoreSnapshotTables {
        let EnvironmentTables { environment, rows, index } = self;
        StoreSnapshotTables { rows: environment.snapshot(*rows), index: environment.snapshot(*index) }
    }
}

impl WriteTables for EnvironmentTables<'_> {
    #[inline(always)]
    fn put(&mut self, row: &[u8], value: &[u8], index: &[u8], depth: Depth) -> Result<()> {
        let row = IndexedRow { store: self.rows, key: row, index: self.index, entry: index, depth };
        self.environment.put_indexed(row, value)
    }

    fn delete(&mut self, row: &[u8], index: &[u8]) -> Result<()> {
        self.admit_deletes(2, row.len() + index.len())?;
        self.environment.delete(self.rows, row)?;
        self.environment.delete(self.index, index)
    }

    fn admit_deletes(&mut self, calls: usize, bytes: usize) -> Result<()> {
        self.environment.admit_deletes(calls, bytes)
    }

    fn add(&mut self, row: &[u8], number: Number, subtracts: bool, index: &[u8], depth: Depth) -> Result<Number> {
        let row = IndexedRow { store: self.rows, key: row, index: self.index, entry: index, depth };
        self.environment.add_indexed(row, number, subtracts)
    }

    fn update_fields(&mut self, row: &[u8], changes: &[FieldChange], depth: Depth) -> Result<bool> {
        self.environment.update_fields_at(self.rows, row, changes, depth)
    }

    fn upsert_fields(&mut self, row: &[u8], changes: &[FieldChange], blank: &[u8], index: &[u8]) -> Result<()> {
        let row = IndexedRow { store: self.rows, key: row, index: self.index, entry: index, depth: Depth::Top };
        self.environment.upsert_fields(row, changes, blank)
    }

    fn put_note(&mut self, key: &[u8], note: &[u8]) -> Result<()> {
        self.environment.put_note(self.index, key, note)
    }
}

/// A windowed store's tables in a directory that is only read.
pub struct ReaderTables<'r> {
    /// Where they are.
    pub reader: &'r mut Reader,
    /// The rows.
    pub rows: StoreId,
    /// Their index.
    pub index: StoreId,
}

impl Tables for ReaderTables<'_> {
    type View = StoreSnapshotTables;

    fn get(&mut self, row: &[u8], _depth: Depth) -> Result<Option<&[u8]>> {
        self.reader.get(self.rows, row)
    }

    fn scan(
        &mut self,
        table: Table,
        range: &Range,
        reverse: bool,
        _depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        let store = if table == Table::Rows { self.rows } else { self.index };
        self.reader.scan(store, range, reverse, visit)
    }

    fn view(&mut self) -> StoreSnapshotTables {
        StoreSnapshotTables { rows: self.reader.snapshot(self.rows), index: self.reader.snapshot(self.index) }
    }
}

/// Tables of a directory at one moment.
#[derive(Debug, Clone)]
pub struct StoreSnapshotTables {
    /// The rows.
    pub rows: StoreSnapshot,
    /// Their index.
    pub index: StoreSnapshot,
}

impl Tables for StoreSnapshotTables {
    type View = StoreSnapshotTables;

    fn get(&mut self, row: &[u8], _depth: Depth) -> Result<Option<&[u8]>> {
        self.rows.get(row)
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
        snapshot.scan(range, reverse, visit)
    }

    fn view(&mut self) -> StoreSnapshotTables {
        self.clone()
    }
}
