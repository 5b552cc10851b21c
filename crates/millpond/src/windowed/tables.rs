//! The seam between windowed stores and engines.

use crate::error::Result;
use crate::memory::Visit;
use crate::number::{FieldChange, Number};
use crate::range::Range;

/// One of the two tables of a windowed store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The rows, by key and time.
    Rows,
    /// For each row an entry, by time and key; and the store's own notes, under a key that is shorter than any of them.
    Index,
}

/// How deep a row may lie, in an engine of several layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Anywhere.
    Any,
    /// In the uppermost layer, if there is such a row at all.
    Top,
}

/// The rows of a windowed store and their index, to be read.
pub trait Tables {
    /// Both of them at one moment.
    type View: Tables + 'static;

    /// Another number whenever rows that were put have left the uppermost layer; nothing where nobody counts that. Tables of
    /// several layers have numbers that no others have.
    fn generation(&self) -> Option<u64> {
        None
    }

    /// The value of a row.
    fn get(&mut self, row: &[u8], depth: Depth) -> Result<Option<&[u8]>>;

    /// Hands the value of each row, or nothing, to `visit` in their order.
    fn get_many<'k>(
        &mut self,
        rows: impl Iterator<Item = &'k [u8]>,
        mut visit: impl FnMut(Option<&[u8]>),
    ) -> Result<()> {
        for row in rows {
            visit(self.get(row, Depth::Any)?);
        }
        Ok(())
    }

    /// Hands the entries of a range to `visit` until it stops.
    fn scan(
        &mut self,
        table: Table,
        range: &Range,
        reverse: bool,
        depth: Depth,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()>;

    /// A view of this moment.
    fn view(&mut self) -> Self::View;
}

/// The rows of a windowed store and their index, to be written. Each method changes both, or neither.
pub trait WriteTables: Tables {
    /// Stores a row and its entry in the index.
    fn put(&mut self, row: &[u8], value: &[u8], index: &[u8], depth: Depth) -> Result<()>;

    /// Removes a row and its entry, if they are there.
    fn delete(&mut self, row: &[u8], index: &[u8]) -> Result<()>;

    /// Makes sure that deletes of so many bytes of keys, in so many calls, are not refused in the middle.
    fn admit_deletes(&mut self, calls: usize, bytes: usize) -> Result<()>;

    /// Changes the number of a row in place and returns it; a row that is missing is made, with its entry.
    fn add(&mut self, row: &[u8], number: Number, subtracts: bool, index: &[u8], depth: Depth) -> Result<Number>;

    /// Changes fields of a row in place; false where it is missing.
    fn update_fields(&mut self, row: &[u8], changes: &[FieldChange], depth: Depth) -> Result<bool>;

    /// Changes fields of a row in place; one that is missing is made of `blank` and the changes, with its entry. Such a row
    /// lies at the top.
    fn upsert_fields(&mut self, row: &[u8], changes: &[FieldChange], blank: &[u8], index: &[u8]) -> Result<()>;

    /// Stores an entry of the index alone: a note of the store's own, which is no reason to refuse a delete.
    fn put_note(&mut self, key: &[u8], note: &[u8]) -> Result<()>;
}
