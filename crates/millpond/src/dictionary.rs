//! Keys of which there are few, as small numbers.

use crate::error::{Error, Result};
use bytes::Bytes;
use std::collections::HashMap;

/// Gives each key a code: 0, 1, 2 … in the order in which they come.
///
/// For keys that are long and few: countries, symbols, names of devices. Four bytes stand for each, in keys of other stores and
/// in values. A code stands for its key as long as the dictionary lives; no key can be removed, only all of them.
///
/// A dictionary is saved as its [`rows`](DictionaryKeyEncoder::rows), in a table of any engine, and so with a snapshot or a
/// packed file of that table; [`restore`](DictionaryKeyEncoder::restore) reads it back with the same codes.
///
/// # Concurrency
/// It may be moved to another thread, and read from many.
///
/// ```
/// use millpond::{DictionaryKeyEncoder, InMemoryStore, Range, StateStore};
///
/// let mut countries = DictionaryKeyEncoder::new();
/// assert_eq!(countries.encode_or_insert(b"Iceland"), Some(0));
/// assert_eq!(countries.encode_or_insert(b"Norway"), Some(1));
/// assert_eq!(countries.encode_to_bytes(b"Norway"), Some([1, 0, 0, 0]));
/// assert_eq!(countries.encode(b"Atlantis"), None);
///
/// let mut table = InMemoryStore::new();
/// for (code, key) in countries.rows() {
///     table.put(&code, key)?;
/// }
/// let again = DictionaryKeyEncoder::restore(table.scan(&Range::all(), false))?;
/// assert_eq!(again.decode(1), Some(&b"Norway"[..]));
/// # Ok::<(), millpond::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct DictionaryKeyEncoder {
    codes: HashMap<Bytes, u32>,
    /// The same memory as the keys above.
    keys: Vec<Bytes>,
}

impl DictionaryKeyEncoder {
    /// An empty dictionary.
    pub fn new() -> DictionaryKeyEncoder {
        DictionaryKeyEncoder::default()
    }

    /// The same with room for so many keys.
    pub fn with_capacity(capacity: usize) -> DictionaryKeyEncoder {
        DictionaryKeyEncoder { codes: HashMap::with_capacity(capacity), keys: Vec::with_capacity(capacity) }
    }

    /// The code of `key`, if it has one. O(key).
    #[inline]
    pub fn encode(&self, key: &[u8]) -> Option<u32> {
        self.codes.get(key).copied()
    }

    /// The code of `key`, which gets the next one if it has none; nothing for a new key when all codes are given. O(key).
    pub fn encode_or_insert(&mut self, key: &[u8]) -> Option<u32> {
        if let Some(code) = self.encode(key) {
            return Some(code);
        }
        let code = code_after(self.keys.len())?;
        self.insert(Bytes::copy_from_slice(key), code);
        Some(code)
    }

    fn insert(&mut self, key: Bytes, code: u32) {
        self.codes.insert(key.clone(), code);
        self.keys.push(key);
    }

    /// The key that a code stands for; nothing for one that was not given. O(1).
    #[inline]
    pub fn decode(&self, code: u32) -> Option<&[u8]> {
        self.keys.get(code as usize).map(|key| &key[..])
    }

    /// The code of `key` as it stands in other keys: four bytes, the lowest first. They don't sort as keys do.
    #[inline]
    pub fn encode_to_bytes(&self, key: &[u8]) -> Option<[u8; 4]> {
        self.encode(key).map(u32::to_le_bytes)
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Forgets all keys: codes begin at 0 again, so that what was encoded can't be decoded any more.
    pub fn clear(&mut self) {
        self.codes.clear();
        self.keys.clear();
    }

    /// All that it knows, as rows of a table: the code, the highest byte first so that rows are in its order, and the key.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = ([u8; 4], &[u8])> {
        self.keys.iter().enumerate().map(|(code, key)| ((code as u32).to_be_bytes(), &key[..]))
    }

    /// The dictionary whose rows these are, in their order: each key has the code that it had. O(rows).
    ///
    /// # Errors
    /// [`Error::Corruption`] for rows that [`rows`](DictionaryKeyEncoder::rows) does not give: codes that are not 0, 1, 2 …,
    /// each of four bytes, or a key that has two. And any error of a row.
    pub fn restore<C: AsRef<[u8]>, K: AsRef<[u8]>>(
        rows: impl IntoIterator<Item = Result<(C, K)>>,
    ) -> Result<DictionaryKeyEncoder> {
        let mut dictionary = DictionaryKeyEncoder::new();
        for row in rows {
            let (code, key) = row?;
            let next = code_after(dictionary.len()).filter(|next| code.as_ref() == next.to_be_bytes());
            let next = next.ok_or_else(|| Error::corruption("dictionary: the codes are not 0, 1, 2 …"))?;
            if let Some(first) = dictionary.encode(key.as_ref()) {
                return Err(Error::corruption(format!("dictionary: the codes {first} and {next} stand for one key")));
            }
            dictionary.insert(Bytes::copy_from_slice(key.as_ref()), next);
        }
        Ok(dictionary)
    }
}

/// The code of the next key where there are so many.
fn code_after(keys: usize) -> Option<u32> {
    u32::try_from(keys).ok()
}

#[cfg(test)]
mod tests {
    use super::code_after;

    #[test]
    fn codes_end_with_u32() {
        assert_eq!(code_after(u32::MAX as usize), Some(u32::MAX));
        #[cfg(target_pointer_width = "64")]
        assert_eq!(code_after(u32::MAX as usize + 1), None);
    }
}
