//! Doors for the fuzz targets to what is not public. They are there with `--cfg fuzzing`, which nothing else is built with.

pub use crate::lmdb::fuzzed_log;

use crate::key::{Layout, Windowed};

/// The key of a row.
pub fn row_key(layout: Layout, row: Windowed) -> Vec<u8> {
    let mut out = Vec::new();
    layout.write_row(&mut out, row);
    out
}

/// The index's entry of a row with this key.
pub fn index_key(layout: Layout, row: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    layout.write_index(&mut out, row).map(|()| out)
}

/// The key of the row that an entry of the index is for.
pub fn row_of_index(layout: Layout, index: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    layout.append_row_of(index, &mut out).map(|()| out)
}

/// What the key of a row says; its key is written to `key`.
pub fn read_row<'k>(layout: Layout, row: &[u8], key: &'k mut Vec<u8>) -> Option<Windowed<'k>> {
    layout.read_row(row, key)
}

/// Where the rows of a key begin, and those of it that start at a time or later.
pub fn beginnings(key: &[u8], start: i64) -> [Vec<u8>; 2] {
    let (mut of_key, mut of_start) = (Vec::new(), Vec::new());
    Layout::write_key(&mut of_key, key);
    Layout::write_start(&mut of_start, key, start);
    [of_key, of_start]
}

/// The time that an entry of the index begins with.
pub fn first_time(index: &[u8]) -> Option<i64> {
    Layout::first_time(index)
}
