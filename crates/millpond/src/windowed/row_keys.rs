//! [`RowKeys`]: the keys of many rows, in one piece of memory.

use crate::key::{Layout, Windowed};

/// The keys of rows, in the order that they were added.
#[derive(Debug, Default)]
pub(super) struct RowKeys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl RowKeys {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The lengths of all keys together.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// Adds the key of the row that an entry of the index is for, if that is wanted by its times and its escaped key; returns
    /// whether it is. Nothing for what is no entry.
    pub fn push_row_of(
        &mut self,
        layout: Layout,
        entry: &[u8],
        is_wanted: impl FnOnce(Windowed, &[u8]) -> bool,
    ) -> Option<bool> {
        let begun = self.bytes.len();
        layout.append_row_of(entry, &mut self.bytes)?;
        let (row, key) = layout.split_row(&self.bytes[begun..])?;
        let is_wanted = is_wanted(row, key);
        if is_wanted {
            self.ends.push(self.bytes.len());
        } else {
            self.bytes.truncate(begun);
        }
        Some(is_wanted)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, &end)| &self.bytes[begin..end])
    }
}
