//! Where a read transaction found values: a search in LMDB costs a cache line a step, this table one, and one for the entry.
//!
//! It holds addresses in the map, which stay good as long as the transaction lives, of values that stand in a page behind
//! their keys, as all but large ones do. It begins when there were some look-ups, and grows with them.

use super::Database;

/// So many look-ups go by before there is a table: a transaction that is soon replaced has none.
const BEGIN: usize = 1 << 10;
const FIRST_SLOTS: usize = 1 << 12;
/// 16 MiB.
const MOST_SLOTS: usize = 1 << 20;

/// The table.
#[derive(Default)]
pub(super) struct Recent {
    slots: Vec<Slot>,
    /// Values that were found elsewhere since the table had its size.
    missed: usize,
}

/// Where a value is, and how long it and the key before it are; all zeros where nothing is.
#[derive(Clone, Copy)]
struct Slot {
    value: *const u8,
    value_len: u32,
    key_len: u16,
    database: u16,
}

const EMPTY: Slot = Slot { value: std::ptr::null(), value_len: 0, key_len: 0, database: 0 };

impl Recent {
    /// The value of `key`, if it was found before.
    ///
    /// # Safety
    /// What was noted was in the map of the transaction that this belongs to, which lives as long as `'a`.
    #[inline(always)]
    pub unsafe fn find<'a>(&self, database: Database, key: &[u8]) -> Option<&'a [u8]> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[place(database, key, self.slots.len())];
        if slot.key_len as usize != key.len() || slot.database as u32 != database.0 || slot.value.is_null() {
            return None;
        }
        // SAFETY: `note` saw such a key right before the value, in the map; the caller's promise.
        let found = unsafe { std::slice::from_raw_parts(slot.value.sub(key.len()), key.len()) };
        if found != key {
            return None;
        }
        // SAFETY: as above.
        Some(unsafe { std::slice::from_raw_parts(slot.value, slot.value_len as usize) })
    }

    /// Takes note of a value that the transaction found in the map.
    #[inline(always)]
    pub fn note(&mut self, database: Database, key: &[u8], value: &[u8]) {
        self.missed += 1;
        if self.missed > BEGIN.max(self.slots.len()) && self.slots.len() < MOST_SLOTS {
            self.grow();
        }
        if self.slots.is_empty() || !stands_behind(key, value) {
            return;
        }
        let (Ok(value_len), Ok(key_len), Ok(number)) =
            (u32::try_from(value.len()), u16::try_from(key.len()), u16::try_from(database.0))
        else {
            return;
        };
        let place = place(database, key, self.slots.len());
        self.slots[place] = Slot { value: value.as_ptr(), value_len, key_len, database: number };
    }

    #[cold]
    fn grow(&mut self) {
        let slots = if self.slots.is_empty() { FIRST_SLOTS } else { self.slots.len() * 4 };
        // What was in it is soon found again.
        self.slots = vec![EMPTY; slots.min(MOST_SLOTS)];
        self.missed = 0;
    }
}

/// Whether the value stands right behind its key, in a page: a large one stands at the beginning of pages of its own.
#[inline(always)]
fn stands_behind(key: &[u8], value: &[u8]) -> bool {
    // LMDB's pages are no smaller than this, so that what lies so far before the value is of the same page.
    const SMALLEST_PAGE: usize = 4096;
    if value.as_ptr() as usize % SMALLEST_PAGE < key.len() {
        return false;
    }
    // SAFETY: bytes of the page that the value is in, which is in the map.
    let before = unsafe { std::slice::from_raw_parts(value.as_ptr().sub(key.len()), key.len()) };
    before == key
}

/// The slot of a key, of so many: a power of two.
#[inline(always)]
fn place(database: Database, key: &[u8], slots: usize) -> usize {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = database.0 as u64 ^ (key.len() as u64) << 32;
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIER);
    }
    // Of a product the highest bits alone depend on all bits of its factors.
    (hash >> (u64::BITS - slots.ilog2())) as usize & (slots - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_found_and_nothing_else() {
        let page = vec![b'x'; 4096 * 3];
        let mut recent = Recent::default();
        let start = page.as_ptr() as usize;
        let first = start.next_multiple_of(4096) - start;
        let mut page = page;
        page[first + 100..first + 108].copy_from_slice(b"keyvalue");
        let (key, value) = (&page[first + 100..first + 103], &page[first + 103..first + 108]);
        for _ in 0..BEGIN + 2 {
            recent.note(Database(2), key, value);
        }
        // SAFETY: the page outlives the table.
        let find = |database, key: &[u8]| unsafe { recent.find(Database(database), key) };
        assert_eq!(find(2, b"key"), Some(&b"value"[..]));
        assert_eq!((find(3, b"key"), find(2, b"kez"), find(2, b"ke"), find(2, b"")), (None, None, None, None));
    }

    #[test]
    fn keys_that_differ_in_their_last_bytes_spread_over_the_slots() {
        let slot = |number: usize| place(Database(2), format!("user:{number:011}").as_bytes(), 4096);
        let taken: std::collections::HashSet<usize> = (0..4096).map(slot).collect();
        // A random choice would take 63 %.
        assert!(taken.len() > 4096 / 2, "{} slots", taken.len());
    }
}
