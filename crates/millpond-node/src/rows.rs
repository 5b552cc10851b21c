//! Many rows in one call: how they stand in a buffer that an iterator leased.
//!
//! ```text
//! u32 0, 1   the scan that has more, its lower half first; or NONE in both
//! u32 2 + 2i where the key of row i ends; it begins where the row before ended, the first at DATA_AT
//! u32 3 + 2i where its value ends; or LARGE, and it is asked for alone; or MISSING
//! ```

use crate::buffer::SharedBuffer;
use crate::status::Outcome;
use crate::store::Store;
use millpond::Visit;
use std::cell::Cell;

pub const NONE: u32 = u32::MAX;
const LARGE: u32 = u32::MAX;
const MISSING: u32 = u32::MAX - 1;
/// The most rows of a buffer.
const ROWS: usize = 512;
const HEAD: usize = 2;
/// Where rows begin, in bytes.
const DATA_AT: usize = (HEAD + 2 * ROWS) * 4;

/// Takes the rows of a scan into a buffer.
pub struct Fill<'a> {
    target: &'a SharedBuffer,
    end: usize,
    count: usize,
    /// The most rows that go into the buffer, and that are wanted at all.
    rows: usize,
    limit: usize,
    /// Whether there is a row whose value is asked for alone.
    has_large: bool,
}

impl<'a> Fill<'a> {
    pub fn new(target: &'a SharedBuffer, rows: usize, limit: usize) -> Fill<'a> {
        Fill { target, end: DATA_AT, count: 0, rows: rows.min(ROWS), limit, has_large: false }
    }

    /// Whether the view that the rows are of is needed yet: a value is to be asked for.
    pub fn has_large(&self) -> bool {
        self.has_large
    }

    /// How many rows it takes at most.
    pub fn wanted(&self) -> usize {
        self.rows.min(self.limit)
    }

    #[inline(always)]
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Visit {
        if self.count >= self.limit {
            return Visit::Done;
        }
        if self.count == self.rows {
            return Visit::Full;
        }
        let key_end = self.end + key.len();
        let mut value_end = key_end + value.len();
        if value_end > self.target.len() {
            // A row that does not fit into an empty buffer goes alone, without its value.
            if self.count > 0 {
                return Visit::Full;
            }
            self.rows = 1;
            value_end = key_end;
        }
        let is_large = value_end - key_end != value.len();
        self.has_large |= is_large;
        self.target.put(self.end, key);
        if !is_large {
            self.target.put(key_end, value);
        }
        self.target.put_u32(HEAD + 2 * self.count, key_end as u32);
        self.target.put_u32(HEAD + 2 * self.count + 1, if is_large { LARGE } else { value_end as u32 });
        self.end = value_end;
        self.count += 1;
        if self.count == self.limit { Visit::Done } else { Visit::Next }
    }

    /// Says in the buffer's head which scan goes on; returns the number of rows.
    pub fn finish(self, open: Option<u64>) -> i32 {
        self.target.put_u32(0, open.map_or(NONE, |handle| handle as u32));
        self.target.put_u32(1, open.map_or(NONE, |handle| (handle >> 32) as u32));
        self.count as i32
    }
}

/// Looks up keys in `keys`, laid out as rows without values, and writes rows without keys to `values`. Returns how many
/// keys were done before `values` was full; the first always is.
pub fn get_many(
    store: &mut Store,
    keys: &SharedBuffer,
    values: &SharedBuffer,
    rows: std::ops::Range<usize>,
) -> Outcome {
    let end_of = |row: usize| match row.checked_sub(1) {
        None => DATA_AT,
        Some(before) => keys.u32_at(HEAD + 2 * before) as usize,
    };
    let full = Cell::new(false);
    let wanted = rows.map(|row| keys.get(end_of(row), end_of(row + 1)).unwrap_or_default()).take_while(|_| !full.get());
    let (mut end, mut done) = (DATA_AT, 0);
    let take = |value: Option<&[u8]>| {
        let place = HEAD + 2 * done + 1;
        match value {
            // Keys that were looked up together with the one that filled the buffer.
            _ if full.get() => return,
            None => values.put_u32(place, MISSING),
            Some(value) if values.put(end, value) => {
                end += value.len();
                values.put_u32(place, end as u32);
            }
            Some(value) if DATA_AT + value.len() > values.len() => values.put_u32(place, LARGE),
            Some(_) => return full.set(true),
        }
        done += 1;
    };
    store.read_many(wanted, take)?;
    Ok(done as i32)
}
