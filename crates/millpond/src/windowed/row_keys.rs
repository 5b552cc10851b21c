//! [`RowKeys`]: the keys of many rows, in one piece of memory.

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

    /// Adds the key that `write` appends, if it says so; else there is nothing of it.
    pub fn push_if(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let begun = self.bytes.len();
        let is_one = write(&mut self.bytes);
        if is_one {
            self.ends.push(self.bytes.len());
        } else {
            self.bytes.truncate(begun);
        }
        is_one
    }

    pub fn push(&mut self, key: &[u8]) {
        self.push_if(|bytes| {
            bytes.extend_from_slice(key);
            true
        });
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, &end)| &self.bytes[begin..end])
    }
}
