//! Sessions that grow together.

use super::store::WindowedStore;
use super::tables::{Tables, WriteTables};
use super::walk::{Times, Walk};
use crate::error::Result;
use crate::key::Windowed;
use crate::memory::Visit;

impl WindowedStore {
    /// The sessions of a key that `time` lies in, or no further from than `gap`.
    pub fn walk_near<T: Tables>(&mut self, tables: &mut T, key: &[u8], time: i64, gap: i64) -> Result<Walk> {
        self.walk_key(tables, key, near(time, gap), false)
    }

    /// Puts `value` as the session from the first start of the sessions near `time` to their last end, and `time` itself,
    /// in their place; returns its start and end. O(log n + sessions near).
    pub fn merge<T: WriteTables>(
        &mut self,
        tables: &mut T,
        key: &[u8],
        time: i64,
        gap: i64,
        value: &[u8],
    ) -> Result<(i64, i64)> {
        let mut union = Windowed { key, start: time, end: time, number: 0 };
        let mut merged = Vec::new();
        self.walk_near(tables, key, time, gap)?.fill(tables, usize::MAX, |session, _| {
            (union.start, union.end) = (union.start.min(session.start), union.end.max(session.end));
            merged.push((session.start, session.end));
            Visit::Next
        })?;
        merged.retain(|&session| session != (union.start, union.end));
        let rows: Vec<Vec<u8>> = merged
            .iter()
            .map(|&(start, end)| {
                let mut row = Vec::new();
                self.layout.write_row(&mut row, Windowed { key, start, end, number: 0 });
                row
            })
            .collect();
        let bytes = rows.iter().map(|row| 2 * row.len()).sum::<usize>() + 2 * self.row_len(union) + value.len();
        tables.admit_deletes(2 * rows.len() + 2, bytes)?;
        // The value first: of what is left it alone can be refused. The stream time is not before any session's end, so it stays.
        self.put(tables, union, value)?;
        self.delete_rows(tables, &rows)?;
        Ok((union.start, union.end))
    }

    /// Removes all sessions of a key, all or none. O(log n + sessions).
    pub fn delete_key<T: WriteTables>(&mut self, tables: &mut T, key: &[u8]) -> Result<()> {
        let mut rows = Vec::new();
        let mut row = Vec::new();
        let layout = self.layout;
        let mut latest = i64::MIN;
        self.walk_key(tables, key, Times::ALL, false)?.fill(tables, usize::MAX, |windowed, _| {
            layout.write_row(&mut row, Windowed { key, ..windowed });
            rows.push(row.clone());
            latest = latest.max(windowed.end);
            Visit::Next
        })?;
        self.meta(tables)?.delete(tables, latest)?;
        self.delete_rows(tables, &rows)
    }
}

/// The times that sessions have which a moment belongs to.
fn near(time: i64, gap: i64) -> Times {
    Times { starts: (i64::MIN, time.saturating_add(gap)), ends_from: Some(time.saturating_sub(gap)) }
}
