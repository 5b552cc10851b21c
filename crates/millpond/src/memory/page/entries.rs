//! Reading a leaf entry by entry.

use super::{HEAD, HEADER, LEAF_PLACE, Page};

/// A leaf to be read entry by entry: what the header says is looked up once.
#[derive(Clone, Copy)]
pub struct LeafEntries {
    page: Page,
    prefix_len: usize,
    places: usize,
}

impl LeafEntries {
    pub fn new(page: Page) -> LeafEntries {
        LeafEntries { page, prefix_len: page.prefix_len(), places: page.places(page.count()) }
    }

    /// Reads an entry: writes its key behind the prefix, which stands in `key` already, and returns where the key ends,
    /// and the value.
    #[inline(always)]
    pub fn read<'a>(self, index: usize, key: &mut Vec<u8>) -> (usize, &'a [u8]) {
        let (page, start) = (self.page, self.prefix_len);
        let place = self.places + index * LEAF_PLACE;
        let (body, len, value_len) = (page.u16_at(place), page.u16_at(place + 2), page.u16_at(place + 4));
        let end = start + len;
        let head_end = start + HEAD;
        if key.len() < end.max(head_end) {
            key.resize(end.max(head_end).next_power_of_two(), 0);
        }
        let head = page.u64_at(HEADER + start + index * HEAD);
        key[start..head_end].copy_from_slice(&head.to_be_bytes());
        if len <= HEAD {
            return (end, page.stored_value(body, value_len));
        }
        let rest = len - HEAD;
        key[head_end..end].copy_from_slice(page.bytes(body, rest));
        (end, page.stored_value(body + rest, value_len))
    }

    /// The value of an entry.
    #[inline(always)]
    pub fn value<'a>(self, index: usize) -> &'a [u8] {
        let place = self.places + index * LEAF_PLACE;
        let rest = self.page.u16_at(place + 2).saturating_sub(HEAD);
        self.page.stored_value(self.page.u16_at(place) + rest, self.page.u16_at(place + 4))
    }

    /// Asks the processor for the line that an entry's body begins in.
    #[inline(always)]
    pub fn prefetch(self, index: usize) {
        self.page.prefetch(self.page.u16_at(self.places + index * LEAF_PLACE), 1)
    }
}
