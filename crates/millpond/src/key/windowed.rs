//! The keys of window and session stores.
//!
//! ```text
//! row              key, escaped and ended   start 8   end 8   number 4 (where duplicates are kept)
//! index, windows   start 8   end 8   key, escaped and ended   number 4 (as above)
//! index, sessions  end 8   key, escaped and ended   start 8
//! ```
//!
//! Rows are by key, so that those of one are found with one search, together. The index has them by time, for all keys and
//! for what expires; its values are empty.

use super::{escape, time};

const TIMES: usize = 2 * time::LEN;
const NUMBER: usize = size_of::<u32>();

/// A key, and the time that its row is about: the start and the end of a window or a session, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Windowed<'k> {
    /// The key, as its codec wrote it.
    pub key: &'k [u8],
    /// When it starts.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// Which of the rows of one key and time it is; 0 where duplicates are not kept.
    pub number: u32,
}

/// How a store's keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Of windows.
    Windows {
        /// Whether rows of one key and time are kept apart, by a number.
        duplicates: bool,
    },
    /// Of sessions.
    Sessions,
}

impl Layout {
    /// How many bytes a key takes that counts against the limit of keys: as escaped.
    pub fn key_len(key: &[u8]) -> usize {
        escape::len(key)
    }

    /// A letter for it, to be kept with the store.
    pub(crate) fn letter(self) -> u8 {
        match self {
            Layout::Windows { duplicates: false } => b'w',
            Layout::Windows { duplicates: true } => b'd',
            Layout::Sessions => b's',
        }
    }

    /// The layout of this letter.
    pub(crate) fn of_letter(letter: u8) -> Option<Layout> {
        [Layout::Windows { duplicates: false }, Layout::Windows { duplicates: true }, Layout::Sessions]
            .into_iter()
            .find(|layout| layout.letter() == letter)
    }

    fn number_len(self) -> usize {
        if self == (Layout::Windows { duplicates: true }) { NUMBER } else { 0 }
    }

    /// Writes the key of a row to `out`, in place of what it holds.
    #[inline(always)]
    pub(crate) fn write_row(self, out: &mut Vec<u8>, row: Windowed) {
        out.clear();
        escape::write(out, row.key);
        out.extend_from_slice(&time::bytes(row.start));
        out.extend_from_slice(&time::bytes(row.end));
        if self.number_len() > 0 {
            out.extend_from_slice(&row.number.to_be_bytes());
        }
    }

    /// Writes what all rows of a key begin with.
    pub(crate) fn write_key(out: &mut Vec<u8>, key: &[u8]) {
        out.clear();
        escape::write(out, key);
    }

    /// Writes where the rows of a key begin that start at `start` or later.
    pub(crate) fn write_start(out: &mut Vec<u8>, key: &[u8], start: i64) {
        Layout::write_key(out, key);
        out.extend_from_slice(&time::bytes(start));
    }

    /// Writes where the index's entries begin whose first time is `from` or later.
    pub(crate) fn write_time(out: &mut Vec<u8>, from: i64) {
        out.clear();
        out.extend_from_slice(&time::bytes(from));
    }

    /// Writes the index's entry of the row with this key to `out`, in place of what it holds.
    #[inline(always)]
    pub(crate) fn write_index(self, out: &mut Vec<u8>, row: &[u8]) -> Option<()> {
        let (rest, number) = row.split_at_checked(row.len().checked_sub(self.number_len())?)?;
        let (key, times) = rest.split_at_checked(rest.len().checked_sub(TIMES)?)?;
        let (start, end) = times.split_at(time::LEN);
        let parts = match self {
            Layout::Windows { .. } => [times, key, number],
            Layout::Sessions => [end, key, start],
        };
        out.clear();
        parts.iter().for_each(|part| out.extend_from_slice(part));
        Some(())
    }

    /// Writes the key of the row that an entry of the index is for behind `out`.
    #[inline(always)]
    pub(crate) fn append_row_of(self, index: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let parts = match self {
            Layout::Windows { .. } => {
                let (times, rest) = index.split_at_checked(TIMES)?;
                let (key, number) = rest.split_at_checked(rest.len().checked_sub(self.number_len())?)?;
                [key, times, number]
            }
            Layout::Sessions => {
                let (end, rest) = index.split_at_checked(time::LEN)?;
                let (key, start) = rest.split_at_checked(rest.len().checked_sub(time::LEN)?)?;
                [key, start, end]
            }
        };
        parts.iter().for_each(|part| out.extend_from_slice(part));
        Some(())
    }

    /// Reads the key of a row. The key itself is written to `key`, in place of what that holds.
    #[inline(always)]
    pub(crate) fn read_row<'k>(self, row: &[u8], key: &'k mut Vec<u8>) -> Option<Windowed<'k>> {
        let (times, escaped) = self.split_row(row)?;
        key.clear();
        if !escape::read(escaped, key) {
            return None;
        }
        Some(Windowed { key, ..times })
    }

    /// The times and the number of a row, with no key, and the key as escaped.
    #[inline(always)]
    pub(crate) fn split_row(self, row: &[u8]) -> Option<(Windowed<'static>, &[u8])> {
        let (rest, number) = row.split_at_checked(row.len().checked_sub(self.number_len())?)?;
        let (rest, end) = rest.split_last_chunk::<{ time::LEN }>()?;
        let (key, start) = rest.split_last_chunk::<{ time::LEN }>()?;
        let number = number.try_into().map_or(0, u32::from_be_bytes);
        Some((Windowed { key: &[], start: time::read(*start), end: time::read(*end), number }, key))
    }

    /// The time that an entry of the index begins with: a window's start, a session's end.
    pub(crate) fn first_time(index: &[u8]) -> Option<i64> {
        index.first_chunk().map(|bytes| time::read(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Layout; 3] =
        [Layout::Windows { duplicates: false }, Layout::Windows { duplicates: true }, Layout::Sessions];

    fn rows() -> Vec<Windowed<'static>> {
        let keys: [&[u8]; 7] = [b"", b"\0", b"\0\0", b"\0\xFF", b"a", b"a\0", b"aa"];
        let times = [-(1 << 53), -10, -1, 0, 1, 10, 60_000, 1 << 53];
        let mut rows = Vec::new();
        for key in keys {
            for start in times {
                for end in times.into_iter().filter(|&end| end >= start) {
                    rows.push(Windowed { key, start, end, number: 0 });
                }
            }
        }
        rows
    }

    #[test]
    fn rows_sort_by_key_start_and_end_and_read_back() {
        for layout in ALL {
            let (mut before, mut row, mut key) = (Vec::new(), Vec::new(), Vec::new());
            for windowed in rows() {
                layout.write_row(&mut row, windowed);
                assert!(before < row, "{windowed:?}");
                assert_eq!(layout.read_row(&row, &mut key), Some(windowed));
                std::mem::swap(&mut before, &mut row);
            }
        }
    }

    #[test]
    fn the_index_sorts_by_time_and_leads_back() {
        for layout in ALL {
            let mut entries = Vec::new();
            for windowed in rows() {
                let (mut row, mut index, mut back) = (Vec::new(), Vec::new(), Vec::new());
                layout.write_row(&mut row, windowed);
                layout.write_index(&mut index, &row).expect("a row");
                layout.append_row_of(&index, &mut back).expect("an entry");
                assert_eq!(back, row);
                entries.push((index, windowed));
            }
            entries.sort();
            let order = |row: &Windowed<'static>| match layout {
                Layout::Windows { .. } => (row.start, row.end, row.key),
                Layout::Sessions => (row.end, 0, row.key),
            };
            assert!(entries.windows(2).all(|pair| order(&pair[0].1) <= order(&pair[1].1)));
        }
    }

    #[test]
    fn numbers_keep_the_order_of_the_puts() {
        let layout = Layout::Windows { duplicates: true };
        let (mut first, mut second) = (Vec::new(), Vec::new());
        layout.write_row(&mut first, Windowed { key: b"a", start: 0, end: 10, number: 255 });
        layout.write_row(&mut second, Windowed { key: b"a", start: 0, end: 10, number: 256 });
        assert!(first < second);
    }

    #[test]
    fn what_is_too_short_is_no_row() {
        for layout in ALL {
            for len in 0..TIMES {
                assert_eq!(layout.split_row(&vec![0; len]), None);
                assert_eq!(layout.write_index(&mut Vec::new(), &vec![0; len]), None);
            }
            assert_eq!(layout.append_row_of(&[0; 7], &mut Vec::new()), None);
        }
    }
}
