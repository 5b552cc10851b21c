//! [`Walk`]: going over rows by key or by time, a bufferful at a time.

use super::row_keys::RowKeys;
use super::store::LATEST;
use super::tables::{Depth, Table, Tables};
use crate::error::{Error, Result};
use crate::key::{Layout, Windowed};
use crate::memory::Visit;
use crate::range::Range;
use std::ops::Bound;

/// Which times rows have to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The least and the greatest start, both inclusive.
    pub starts: (i64, i64),
    /// For sessions: the least end.
    pub ends_from: Option<i64>,
}

impl Times {
    /// Any time.
    pub const ALL: Times = Times { starts: (i64::MIN, i64::MAX), ends_from: None };

    fn have(&self, row: Windowed) -> bool {
        self.starts.0 <= row.start && row.start <= self.starts.1 && self.ends_from.is_none_or(|from| row.end >= from)
    }
}

/// Rows that are yet to be given. It holds no view: who goes on with it later lends it one of the moment when it began.
#[derive(Debug, Clone)]
pub struct Walk {
    layout: Layout,
    /// Where it goes on, and in which table.
    table: Table,
    range: Range,
    reverse: bool,
    times: Times,
    /// Of a walk by time: from which key to which, as escaped.
    keys: (Option<Vec<u8>>, Option<Vec<u8>>),
    /// Whether all rows are of one key, which whoever asks for them knows.
    is_of_one_key: bool,
    depth: Depth,
}

/// So many rows are looked up together at most.
const MOST_TOGETHER: usize = 256;

impl Walk {
    pub(super) fn of_key(layout: Layout, key: &[u8], first: i64, times: Times, reverse: bool, depth: Depth) -> Walk {
        let mut from = Vec::new();
        Layout::write_start(&mut from, key, first);
        // The bytes of a time far beyond all that rows have begin as what is behind a key does: a zero of a longer one.
        let to = if times.starts.1 < LATEST {
            let mut to = Vec::new();
            Layout::write_start(&mut to, key, times.starts.1 + 1);
            to
        } else {
            after_key(key)
        };
        let range = Range { from: Bound::Included(from), to: Bound::Excluded(to) };
        Walk { layout, table: Table::Rows, range, reverse, times, keys: (None, None), is_of_one_key: true, depth }
    }

    pub(super) fn by_key(layout: Layout, keys: (Option<&[u8]>, Option<&[u8]>), times: Times, reverse: bool) -> Walk {
        let from = keys.0.map_or(Bound::Unbounded, |key| Bound::Included(escaped(key)));
        let to = keys.1.map_or(Bound::Unbounded, |key| Bound::Excluded(after_key(key)));
        let range = Range { from, to };
        let (keys, depth) = ((None, None), Depth::Any);
        Walk { layout, table: Table::Rows, range, reverse, times, keys, is_of_one_key: false, depth }
    }

    pub(super) fn by_time(layout: Layout, keys: (Option<&[u8]>, Option<&[u8]>), times: Times, reverse: bool) -> Walk {
        let time = |time| {
            let mut bytes = Vec::new();
            Layout::write_time(&mut bytes, time);
            bytes
        };
        let range = Range {
            from: Bound::Included(time(times.starts.0)),
            to: times.starts.1.checked_add(1).map_or(Bound::Unbounded, |after| Bound::Excluded(time(after))),
        };
        let keys = (keys.0.map(escaped), keys.1.map(escaped));
        Walk { layout, table: Table::Index, range, reverse, times, keys, is_of_one_key: false, depth: Depth::Any }
    }

    /// Hands rows to `take` until it stops; returns whether there may be more. Not many more than `wanted` are looked at
    /// before the first is taken. The key of a row is empty where all are of one. O(log n + rows).
    pub fn fill<T: Tables>(
        &mut self,
        tables: &mut T,
        wanted: usize,
        take: impl FnMut(Windowed, &[u8]) -> Visit,
    ) -> Result<bool> {
        match self.table {
            Table::Rows => self.fill_by_key(tables, take),
            Table::Index => self.fill_by_time(tables, wanted, take),
        }
    }

    fn fill_by_key<T: Tables>(
        &mut self,
        tables: &mut T,
        mut take: impl FnMut(Windowed, &[u8]) -> Visit,
    ) -> Result<bool> {
        let (mut key, mut next, mut damaged) = (Vec::new(), None, false);
        let Walk { layout, times, is_of_one_key, .. } = *self;
        tables.scan(Table::Rows, &self.range, self.reverse, self.depth, |row, value| {
            let windowed = match is_of_one_key {
                true => layout.split_row(row).map(|(windowed, _)| windowed),
                false => layout.read_row(row, &mut key),
            };
            let Some(windowed) = windowed else {
                damaged = true;
                return Visit::Done;
            };
            if !times.have(windowed) {
                return Visit::Next;
            }
            match take(windowed, value) {
                Visit::Full => {
                    next = Some(row.to_vec());
                    Visit::Done
                }
                visit => visit,
            }
        })?;
        if damaged {
            return Err(no_row());
        }
        Ok(self.go_on_at(next.map(Bound::Included)))
    }

    fn fill_by_time<T: Tables>(
        &mut self,
        tables: &mut T,
        wanted: usize,
        mut take: impl FnMut(Windowed, &[u8]) -> Visit,
    ) -> Result<bool> {
        let together = wanted.clamp(1, MOST_TOGETHER);
        let (mut found, mut key, mut next) = (RowKeys::default(), Vec::new(), Vec::new());
        loop {
            let is_last = self.find(tables, together, &mut found)?;
            let mut outcome = Ok(Visit::Next);
            let mut rows = found.iter();
            tables.get_many(found.iter(), |value| {
                let Some(row) = rows.next() else { return };
                if outcome != Ok(Visit::Next) {
                    return;
                }
                outcome = match (self.layout.read_row(row, &mut key), value) {
                    (Some(windowed), Some(value)) => Ok(take(windowed, value)),
                    (Some(_), None) => Err(Error::corruption("the index has a row that is missing")),
                    (None, _) => Err(no_row()),
                };
                if outcome == Ok(Visit::Full) {
                    next.extend_from_slice(row);
                }
            })?;
            match outcome? {
                Visit::Full => {
                    let mut entry = Vec::new();
                    self.layout.write_index(&mut entry, &next).ok_or_else(no_row)?;
                    return Ok(self.go_on_at(Some(Bound::Included(entry))));
                }
                Visit::Done => return Ok(false),
                Visit::Next if is_last => return Ok(false),
                Visit::Next => {}
            }
        }
    }

    /// Finds the next rows by the index; returns whether there are no more behind them.
    fn find<T: Tables>(&mut self, tables: &mut T, together: usize, found: &mut RowKeys) -> Result<bool> {
        found.clear();
        let (layout, mut last, mut damaged) = (self.layout, None, false);
        let keys = (self.keys.0.as_deref(), self.keys.1.as_deref());
        tables.scan(Table::Index, &self.range, self.reverse, self.depth, |entry, _| {
            let lies_there = |key: &[u8]| keys.0.is_none_or(|from| from <= key) && keys.1.is_none_or(|to| key <= to);
            if found.push_row_of(layout, entry, |_, key| lies_there(key)).is_none() {
                damaged = true;
                return Visit::Done;
            }
            if found.len() < together {
                return Visit::Next;
            }
            last = Some(Bound::Excluded(entry.to_vec()));
            Visit::Done
        })?;
        if damaged {
            return Err(no_row());
        }
        Ok(!self.go_on_at(last))
    }

    /// Begins there from now on; returns whether there is anything more at all.
    fn go_on_at(&mut self, place: Option<Bound<Vec<u8>>>) -> bool {
        let Some(place) = place else { return false };
        *if self.reverse { &mut self.range.to } else { &mut self.range.from } = place;
        true
    }
}

fn escaped(key: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::new();
    Layout::write_key(&mut escaped, key);
    escaped
}

/// What is behind all rows of a key, and before those of any greater one: nothing in them begins with 0xFF after its end.
fn after_key(key: &[u8]) -> Vec<u8> {
    let mut after = escaped(key);
    after.push(0xFF);
    after
}

fn no_row() -> Error {
    Error::corruption("a window's or session's row that can't be one")
}
