//! Sessions that grow together.

use super::row_keys::RowKeys;
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

    /// Hands the sessions of a key that `time` lies in, or no further from than `gap`, to `visit`, by their start. They are kept
    /// for a [`merge`](WindowedStore::merge) that follows.
    pub fn near<T: Tables>(
        &mut self,
        tables: &mut T,
        key: &[u8],
        time: i64,
        gap: i64,
        mut visit: impl FnMut(Windowed, &[u8]),
    ) -> Result<()> {
        let mut walk = self.walk_near(tables, key, time, gap)?;
        let Near { key: known, of, writes, sessions } = &mut self.near;
        known.clear();
        known.extend_from_slice(key);
        (*of, *writes) = ((time, gap), self.writes);
        sessions.clear();
        let filled = walk.fill(tables, usize::MAX, |session, value| {
            sessions.push((session.start, session.end));
            visit(session, value);
            Visit::Next
        });
        if filled.is_err() {
            self.near = Near::default();
        }
        filled.map(drop)
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
        if !self.near.is_of(key, time, gap, self.writes) {
            self.near(tables, key, time, gap, |_, _| {})?;
        }
        let mut merged = std::mem::take(&mut self.near.sessions);
        // Whatever comes of this, they are looked for again.
        self.near.writes = 0;
        let start = merged.iter().map(|session| session.0).min().map_or(time, |start| start.min(time));
        let end = merged.iter().map(|session| session.1).max().map_or(time, |end| end.max(time));
        let union = Windowed { key, start, end, number: 0 };
        merged.retain(|&session| session != (union.start, union.end));
        let mut rows = RowKeys::default();
        for &(start, end) in &merged {
            self.layout.write_row(&mut self.row, Windowed { key, start, end, number: 0 });
            rows.push(&self.row);
        }
        let bytes = 2 * rows.bytes() + 2 * self.row_len(union) + value.len();
        tables.admit_deletes(2 * rows.len() + 2, bytes)?;
        // The value first: of what is left it alone can be refused. The stream time is not before any session's end, so it stays.
        self.put(tables, union, value)?;
        self.delete_rows(tables, &rows)?;
        Ok((union.start, union.end))
    }

    /// Removes all sessions of a key, all or none. O(log n + sessions).
    pub fn delete_key<T: WriteTables>(&mut self, tables: &mut T, key: &[u8]) -> Result<()> {
        let mut rows = RowKeys::default();
        let mut row = Vec::new();
        let layout = self.layout;
        let mut latest = i64::MIN;
        self.walk_key(tables, key, Times::ALL, false)?.fill(tables, usize::MAX, |windowed, _| {
            layout.write_row(&mut row, Windowed { key, ..windowed });
            rows.push(&row);
            latest = latest.max(windowed.end);
            Visit::Next
        })?;
        self.meta(tables)?.delete(tables, latest)?;
        self.delete_rows(tables, &rows)
    }
}

/// The sessions that were found near a moment, as long as nothing is written.
#[derive(Debug, Default)]
pub(super) struct Near {
    key: Vec<u8>,
    /// The moment and the gap.
    of: (i64, i64),
    /// What the count of writes was.
    writes: u64,
    sessions: Vec<(i64, i64)>,
}

impl Near {
    fn is_of(&self, key: &[u8], time: i64, gap: i64, writes: u64) -> bool {
        self.writes == writes && self.of == (time, gap) && self.key == key
    }
}

/// The times that sessions have which a moment belongs to.
fn near(time: i64, gap: i64) -> Times {
    Times { starts: (i64::MIN, time.saturating_add(gap)), ends_from: Some(time.saturating_sub(gap)) }
}
