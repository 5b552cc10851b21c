//! The keys of window and session stores: they read back, sort as what they are made of, and any bytes in their place are at
//! worst no key.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use millpond::fuzzing::{beginnings, first_time, index_key, read_row, row_key, row_of_index};
use millpond::{Layout, Windowed};

const LAYOUTS: [Layout; 3] =
    [Layout::Windows { duplicates: false }, Layout::Windows { duplicates: true }, Layout::Sessions];

#[derive(Arbitrary, Debug)]
struct Row {
    key: Vec<u8>,
    start: i64,
    end: i64,
    number: u32,
}

impl Row {
    /// As a store of this layout keeps it.
    fn windowed(&self, layout: Layout) -> Windowed<'_> {
        let number = if layout == (Layout::Windows { duplicates: true }) { self.number >> 1 } else { 0 };
        // Stores take times from -2^62 to 2^62, and numbers up to 2^31.
        Windowed { key: &self.key, start: self.start >> 1, end: self.end >> 1, number }
    }
}

fn assert_reads_back(layout: Layout, row: Windowed) {
    let bytes = row_key(layout, row);
    assert_eq!(read_row(layout, &bytes, &mut vec![1, 2]), Some(row));
    let index = index_key(layout, &bytes).expect("a row");
    assert_eq!(row_of_index(layout, &index).as_ref(), Some(&bytes));
    let first = if layout == Layout::Sessions { row.end } else { row.start };
    assert_eq!(first_time(&index), Some(first));
    let [of_key, of_start] = beginnings(row.key, row.start);
    assert!(bytes.starts_with(&of_key) && bytes.starts_with(&of_start));
}

fn assert_sort(layout: Layout, one: Windowed, other: Windowed) {
    let [a, b] = [one, other].map(|row| row_key(layout, row));
    assert_eq!(a.cmp(&b), one.cmp(&other), "{one:?} {other:?}");
    let times = |row: Windowed| if layout == Layout::Sessions { [row.end, 0] } else { [row.start, row.end] };
    let [a, b] = [a, b].map(|row| index_key(layout, &row).expect("a row"));
    let expected =
        (times(one), one.key, one.start, one.number).cmp(&(times(other), other.key, other.start, other.number));
    assert_eq!(a.cmp(&b), expected, "{one:?} {other:?}");
    // All rows of a key, and no others, are from what they begin with to before that with 0xFF behind it.
    let [of_key, from] = beginnings(one.key, one.start);
    let row = row_key(layout, other);
    let behind = [&of_key[..], &[0xFF]].concat();
    assert_eq!((of_key..behind).contains(&row), one.key == other.key);
    if one.key == other.key {
        assert_eq!(row >= from, other.start >= one.start);
    }
}

/// Bytes that nobody wrote: what is read of them, if anything, is what those that were written would say.
fn assert_safe(layout: Layout, bytes: &[u8]) {
    let mut key = Vec::new();
    if let Some(row) = read_row(layout, bytes, &mut key) {
        assert_eq!(row_key(layout, row), bytes);
    }
    if let Some(index) = index_key(layout, bytes) {
        assert_eq!(row_of_index(layout, &index).as_deref(), Some(bytes));
    }
    row_of_index(layout, bytes);
    first_time(bytes);
}

fuzz_target!(|input: (Row, Row, &[u8])| {
    let (one, other, bytes) = input;
    for layout in LAYOUTS {
        let (one, other) = (one.windowed(layout), other.windowed(layout));
        assert_reads_back(layout, one);
        assert_sort(layout, one, other);
        assert_sort(layout, one, Windowed { key: one.key, ..other });
        assert_safe(layout, bytes);
    }
});
