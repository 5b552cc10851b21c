//! [`WindowedStore`]: the operations of window and session stores.

use super::meta::Meta;
use super::row_keys::RowKeys;
use super::sessions::Near;
use super::tables::{Depth, Table, Tables, WriteTables};
use super::walk::{Times, Walk};
use crate::error::{Error, Result};
use crate::key::{Layout, Windowed};
use crate::memory::Visit;
use crate::number::{FieldChange, Number, first_value};
use crate::range::Range;

/// No time of a row is later, and none earlier than this before the epoch.
pub(super) const LATEST: i64 = 1 << 62;

/// A store of windows or sessions, over tables that are lent to each call.
///
/// # Ordering
/// Rows of one key are by start, end and number. Over all keys windows are by start, end, key and number, sessions by key,
/// start and end.
///
/// # Errors
/// A call that fails changed nothing, unless it says otherwise.
#[derive(Debug)]
pub struct WindowedStore {
    pub(super) layout: Layout,
    window_size: i64,
    /// Nothing until it is asked for first, and again after what it is made from was taken back or replaced.
    pub(super) meta: Option<Meta>,
    /// The index has no entry of an earlier time: what there was has expired.
    pub(super) floor: i64,
    /// Counts what changed which rows there are.
    pub(super) writes: u64,
    pub(super) near: Near,
    /// Of which generation of the tables it is known what has left their uppermost layer, and its latest time.
    left: Option<(u64, Option<i64>)>,
    pub(super) row: Vec<u8>,
    pub(super) index: Vec<u8>,
}

impl WindowedStore {
    /// A store whose windows are so long if nobody says otherwise. For sessions that says nothing.
    pub fn new(layout: Layout, window_size: i64) -> WindowedStore {
        WindowedStore {
            layout,
            window_size,
            meta: None,
            floor: i64::MIN,
            writes: 1,
            near: Near::default(),
            left: None,
            row: Vec::new(),
            index: Vec::new(),
        }
    }

    /// How its keys are written.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The same store, of which nothing is known: for a view of it.
    pub fn anew(&self) -> WindowedStore {
        WindowedStore::new(self.layout, self.window_size)
    }

    /// Forgets what it knows of its rows: writes were taken back, or other rows are in their place.
    pub fn forget(&mut self) {
        (self.meta, self.floor, self.left) = (None, i64::MIN, None);
        self.writes += 1;
    }

    /// Counts what changed which rows there are: if it is what it was, they are too.
    pub fn writes(&self) -> u64 {
        self.writes
    }

    #[inline(always)]
    pub(super) fn meta<T: Tables>(&mut self, tables: &mut T) -> Result<&mut Meta> {
        if self.meta.is_none() {
            self.meta = Some(Meta::load(tables, self.layout, self.window_size)?);
        }
        self.meta.as_mut().ok_or_else(|| Error::corruption("no meta"))
    }

    /// How deep rows of this time and later ones may lie: all that has left the uppermost layer was put before.
    #[inline(always)]
    pub(super) fn depth<T: Tables>(&mut self, tables: &mut T, time: i64) -> Result<Depth> {
        let Some(generation) = tables.generation() else { return Ok(Depth::Any) };
        let latest = match self.left {
            Some((known, latest)) if known == generation => latest,
            _ => {
                let latest = self.meta(tables)?.stream_time;
                self.left = Some((generation, latest));
                latest
            }
        };
        Ok(if latest.is_none_or(|latest| latest < time) { Depth::Top } else { Depth::Any })
    }

    /// The time that the index has of a row, by which rows expire in order and stream time advances: when a window starts,
    /// when a session ends.
    #[inline(always)]
    pub(super) fn time_of(&self, row: Windowed) -> i64 {
        if self.layout == Layout::Sessions { row.end } else { row.start }
    }

    /// The largest start of a window, or end of a session, that was ever put; nothing before the first. O(1) once known.
    pub fn stream_time<T: Tables>(&mut self, tables: &mut T) -> Result<Option<i64>> {
        Ok(self.meta(tables)?.stream_time)
    }

    /// How many bytes the key of a row has.
    pub(super) fn row_len(&mut self, row: Windowed) -> usize {
        self.layout.write_row(&mut self.row, row);
        self.row.len()
    }

    /// The value of a row; of duplicates the one of this number. O(log n).
    #[inline(always)]
    pub fn get<'t, T: Tables>(&mut self, tables: &'t mut T, row: Windowed) -> Result<Option<&'t [u8]>> {
        let depth = self.depth(tables, self.time_of(row))?;
        self.layout.write_row(&mut self.row, row);
        tables.get(&self.row, depth)
    }

    /// Stores a row in place of an earlier one; where duplicates are kept, behind the earlier ones. O(log n).
    #[inline(always)]
    pub fn put<T: WriteTables>(&mut self, tables: &mut T, row: Windowed, value: &[u8]) -> Result<()> {
        let number = self.next_number(tables, row)?;
        self.begin_put(tables, Windowed { number, ..row })?;
        let depth = self.depth(tables, self.time_of(row))?;
        tables.put(&self.row, value, &self.index, depth)?;
        self.end_put(row);
        Ok(())
    }

    /// Writes the keys of a row that is to be put, and notes what has to be known of it before.
    #[inline(always)]
    pub(super) fn begin_put<T: WriteTables>(&mut self, tables: &mut T, row: Windowed) -> Result<()> {
        let layout = self.layout;
        if row.start.unsigned_abs() > LATEST as u64 || row.end.unsigned_abs() > LATEST as u64 {
            return Err(Error::Unusable { what: "times are from -2^62 to 2^62".into() });
        }
        self.meta(tables)?.put(tables, layout, row.start, row.end)?;
        layout.write_row(&mut self.row, row);
        layout.write_index(&mut self.index, &self.row).ok_or_else(|| Error::corruption("a row without times"))
    }

    #[inline(always)]
    pub(super) fn end_put(&mut self, row: Windowed) {
        let time = self.time_of(row);
        self.writes += 1;
        if let Some(meta) = &mut self.meta {
            meta.advance(time);
        }
        self.floor = self.floor.min(time);
    }

    /// The number behind those of the rows of this key and time.
    fn next_number<T: Tables>(&mut self, tables: &mut T, row: Windowed) -> Result<u32> {
        if self.layout != (Layout::Windows { duplicates: true }) {
            return Ok(0);
        }
        let layout = self.layout;
        let mut last = None;
        let depth = self.depth(tables, self.time_of(row))?;
        tables.scan(Table::Rows, &self.duplicates_of(row), true, depth, |key, _| {
            last = layout.split_row(key).map(|(row, _)| row.number);
            Visit::Done
        })?;
        match last.map_or(Some(0), |last| last.checked_add(1)) {
            // A larger one would begin with 0xFF, which nothing behind an escaped key may.
            Some(number) if number < u32::MAX / 2 => Ok(number),
            _ => Err(Error::Unusable { what: "too many rows of one key and time".into() }),
        }
    }

    /// The rows of this key and time.
    fn duplicates_of(&mut self, row: Windowed) -> Range {
        let mut row_key = |number| {
            self.layout.write_row(&mut self.row, Windowed { number, ..row });
            self.row.clone()
        };
        Range { from: std::ops::Bound::Included(row_key(0)), to: std::ops::Bound::Included(row_key(u32::MAX)) }
    }

    /// Removes a row; of duplicates all of them. One that is not there is no error. O(log n).
    pub fn delete<T: WriteTables>(&mut self, tables: &mut T, row: Windowed) -> Result<()> {
        let time = self.time_of(row);
        self.writes += 1;
        self.meta(tables)?.delete(tables, time)?;
        if self.layout == (Layout::Windows { duplicates: true }) {
            return self.delete_duplicates(tables, row);
        }
        self.layout.write_row(&mut self.row, row);
        self.layout.write_index(&mut self.index, &self.row);
        tables.delete(&self.row, &self.index)
    }

    fn delete_duplicates<T: WriteTables>(&mut self, tables: &mut T, row: Windowed) -> Result<()> {
        let mut found = RowKeys::default();
        tables.scan(Table::Rows, &self.duplicates_of(row), false, Depth::Any, |key, _| {
            found.push(key);
            Visit::Next
        })?;
        self.delete_rows(tables, &found)
    }

    /// Removes rows by their keys: all of them or none.
    pub(super) fn delete_rows<T: WriteTables>(&mut self, tables: &mut T, rows: &RowKeys) -> Result<()> {
        self.writes += 1;
        tables.admit_deletes(2 * rows.len(), 2 * rows.bytes())?;
        for row in rows.iter() {
            self.layout.write_index(&mut self.index, row);
            tables.delete(row, &self.index)?;
        }
        Ok(())
    }

    /// Adds `delta` to the number that a row is, a missing one counting as 0; returns the sum. O(log n).
    pub fn add<T: WriteTables>(
        &mut self,
        tables: &mut T,
        row: Windowed,
        delta: Number,
        subtracts: bool,
    ) -> Result<Number> {
        self.begin_put(tables, row)?;
        let depth = self.depth(tables, self.time_of(row))?;
        let sum = tables.add(&self.row, delta, subtracts, &self.index, depth)?;
        self.end_put(row);
        Ok(sum)
    }

    /// Changes fields of a row, all of them or none. One that is missing is made of `blank` and the changes; without a blank
    /// value returns false, with nothing changed. O(log n).
    pub fn update_fields<T: WriteTables>(
        &mut self,
        tables: &mut T,
        row: Windowed,
        changes: &[FieldChange],
        blank: Option<&[u8]>,
    ) -> Result<bool> {
        let depth = self.depth(tables, self.time_of(row))?;
        if depth == Depth::Top
            && let Some(blank) = blank
        {
            self.begin_put(tables, row)?;
            tables.upsert_fields(&self.row, changes, blank, &self.index)?;
            self.end_put(row);
            return Ok(true);
        }
        self.layout.write_row(&mut self.row, row);
        if tables.update_fields(&self.row, changes, depth)? {
            return Ok(true);
        }
        let Some(blank) = blank else { return Ok(false) };
        self.put(tables, row, &first_value(blank, changes)?).map(|()| true)
    }

    /// The rows of one key with these times, in their order or the other way round.
    pub fn walk_key<T: Tables>(&mut self, tables: &mut T, key: &[u8], times: Times, reverse: bool) -> Result<Walk> {
        let earliest = times.ends_from.unwrap_or(times.starts.0);
        let depth = self.depth(tables, earliest)?;
        // A session may have begun before the bound that its end is beyond, though no longer ago than the longest is long.
        let first = match times.ends_from {
            Some(from) => from.saturating_sub(self.meta(tables)?.span).max(times.starts.0),
            None => times.starts.0,
        };
        Ok(Walk::of_key(self.layout, key, first, times, reverse, depth))
    }

    /// The rows of all keys from one to another, both inclusive, with these times: windows by time, sessions by key.
    pub fn walk_all(&self, keys: (Option<&[u8]>, Option<&[u8]>), times: Times, reverse: bool) -> Walk {
        match self.layout {
            Layout::Windows { .. } => Walk::by_time(self.layout, keys, times, reverse),
            Layout::Sessions => Walk::by_key(self.layout, keys, times, reverse),
        }
    }
}
