//! Removing what is over.

use super::store::WindowedStore;
use super::tables::{Table, Tables, WriteTables};
use crate::error::{Error, Result};
use crate::key::{Layout, Windowed};
use crate::memory::Visit;
use crate::range::Range;
use std::ops::Bound;

impl WindowedStore {
    /// Removes the rows that end before `time`, all of them or none, hands each to `removed` in the order of their times,
    /// and returns their number. Costs what they cost, and nothing for what earlier calls removed; of windows that are of
    /// several lengths, those that are longer than the shortest and over by less than that are looked at.
    pub fn expire<T: WriteTables>(
        &mut self,
        tables: &mut T,
        time: i64,
        mut removed: impl FnMut(Windowed),
    ) -> Result<usize> {
        let (rows, floor) = self.ended_before(tables, time)?;
        let layout = self.layout;
        if let Some(latest) =
            rows.iter().filter_map(|row| layout.split_row(row)).map(|(row, _)| self.time_of(row)).max()
        {
            self.meta(tables)?.delete(tables, latest)?;
        }
        self.delete_rows(tables, &rows)?;
        self.floor = self.floor.max(floor);
        let mut key = Vec::new();
        for row in &rows {
            removed(self.layout.read_row(row, &mut key).ok_or_else(|| Error::corruption("no row"))?);
        }
        Ok(rows.len())
    }

    /// The rows that end before `time`, and the time of the index before which there are no others.
    fn ended_before<T: Tables>(&mut self, tables: &mut T, time: i64) -> Result<(Vec<Vec<u8>>, i64)> {
        // Windows are in the order of their starts: none that ends before has started later than that.
        let shortest = if self.layout == Layout::Sessions { 0 } else { self.meta(tables)?.span };
        let bound = |time| {
            let mut bytes = Vec::new();
            Layout::write_time(&mut bytes, time);
            bytes
        };
        let to = time.saturating_sub(shortest);
        let range = Range { from: Bound::Included(bound(self.floor)), to: Bound::Excluded(bound(to)) };
        let (layout, mut rows, mut left, mut damaged) = (self.layout, Vec::new(), to, false);
        tables.scan(Table::Index, range, false, |entry, _| {
            let mut row = Vec::new();
            let windowed = layout.append_row_of(entry, &mut row).and_then(|()| layout.split_row(&row));
            let Some((windowed, _)) = windowed else {
                damaged = true;
                return Visit::Done;
            };
            if windowed.end < time {
                rows.push(row);
            } else {
                left = Layout::first_time(entry).map_or(left, |time| left.min(time));
            }
            Visit::Next
        })?;
        if damaged { Err(Error::corruption("an entry of an index that can't be one")) } else { Ok((rows, left)) }
    }
}
