//! Removing what is over.

use super::row_keys::RowKeys;
use super::store::WindowedStore;
use super::tables::{Depth, Table, Tables, WriteTables};
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
        let Ended { rows, latest, floor } = self.ended_before(tables, time)?;
        self.meta(tables)?.delete(tables, latest)?;
        self.delete_rows(tables, &rows)?;
        self.floor = self.floor.max(floor);
        let mut key = Vec::new();
        for row in rows.iter() {
            removed(self.layout.read_row(row, &mut key).ok_or_else(|| Error::corruption("no row"))?);
        }
        Ok(rows.len())
    }

    fn ended_before<T: Tables>(&mut self, tables: &mut T, time: i64) -> Result<Ended> {
        // Windows are in the order of their starts: none that ends before has started later than that.
        let shortest = if self.layout == Layout::Sessions { 0 } else { self.meta(tables)?.span };
        let bound = |time| {
            let mut bytes = Vec::new();
            Layout::write_time(&mut bytes, time);
            bytes
        };
        let to = time.saturating_sub(shortest);
        let range = Range { from: Bound::Included(bound(self.floor)), to: Bound::Excluded(bound(to)) };
        let (layout, mut damaged) = (self.layout, false);
        let mut ended = Ended { rows: RowKeys::default(), latest: i64::MIN, floor: to };
        tables.scan(Table::Index, &range, false, Depth::Any, |entry, _| {
            let has_ended = ended.rows.push_row_of(layout, entry, |row, _| row.end < time);
            let Some((has_ended, in_index)) = has_ended.zip(Layout::first_time(entry)) else {
                damaged = true;
                return Visit::Done;
            };
            if has_ended {
                ended.latest = in_index;
            } else {
                ended.floor = ended.floor.min(in_index);
            }
            Visit::Next
        })?;
        if damaged { Err(Error::corruption("an entry of an index that can't be one")) } else { Ok(ended) }
    }
}

/// What ends before some time.
struct Ended {
    rows: RowKeys,
    /// The last of their times in the index.
    latest: i64,
    /// The time of the index before which there are no others.
    floor: i64,
}
