//! Changes of a page, and what entries take in it.

use super::words::head;
use super::{CHILD, HEAD, INNER_BODY, INNER_PLACE, INNER_SLOT, LEAF_PLACE, LEAF_SLOT, OUT_OF_LINE, Page, ROOM};
use crate::memory::large::LargeRef;
use std::ops::Range;

/// A value as a leaf stores it.
#[derive(Clone, Copy)]
pub enum Stored<'a> {
    Inline(&'a [u8]),
    Large(LargeRef),
}

impl Stored<'_> {
    fn size(self) -> usize {
        match self {
            Stored::Inline(bytes) => bytes.len(),
            Stored::Large(_) => LargeRef::SIZE,
        }
    }
}

/// What entries take.
impl Page {
    fn free(self) -> usize {
        self.heap() - self.slots_end()
    }

    /// Bytes in use, prefix included.
    pub fn used(self) -> usize {
        ROOM - self.free() - self.garbage()
    }

    /// What one more entry takes beside the prefix.
    pub fn leaf_cost(suffix_len: usize, value: Stored) -> usize {
        LEAF_SLOT + suffix_len.saturating_sub(HEAD) + value.size()
    }

    /// What one more separator takes beside the prefix.
    pub fn inner_cost(suffix_len: usize) -> usize {
        INNER_SLOT + if suffix_len > HEAD { INNER_BODY + suffix_len - HEAD } else { 0 }
    }

    /// What the entries `range` would take in a page whose prefix has `prefix_len` bytes, prefix included.
    pub fn cost(self, range: Range<usize>, prefix_len: usize) -> usize {
        let grown = self.prefix_len() as isize - prefix_len as isize;
        let mut total = prefix_len;
        for index in range {
            let (len, _) = self.suffix(index);
            let longer = (len as isize + grown) as usize;
            total += if self.is_leaf() {
                LEAF_SLOT + self.body_size(index) - len.saturating_sub(HEAD) + longer.saturating_sub(HEAD)
            } else {
                Self::inner_cost(longer)
            };
        }
        total
    }

    /// What entry `index` takes as it stands, beside the prefix.
    pub fn entry_cost(self, index: usize) -> usize {
        self.slot_size() + self.body_size(index)
    }
}

/// Changes.
impl Page {
    /// Inserts an entry into a leaf; false, with nothing changed, where it does not fit without a new layout.
    #[inline]
    pub fn insert_leaf(self, position: usize, suffix: &[u8], value: Stored) -> bool {
        if Self::leaf_cost(suffix.len(), value) > self.free() {
            return false;
        }
        let rest = suffix.len().saturating_sub(HEAD);
        let body = self.heap() - rest - value.size();
        self.set_u16(12, body);
        if rest > 0 {
            self.write(body, &suffix[HEAD..]);
        }
        let len = match value {
            Stored::Inline(bytes) => {
                self.write(body + rest, bytes);
                bytes.len()
            }
            Stored::Large(large) => {
                self.set_u64(body + rest, large.to_word());
                OUT_OF_LINE as usize
            }
        };
        self.open(position, LEAF_PLACE);
        self.set_u64(self.heads() + position * HEAD, head(suffix));
        let place = self.leaf_place(position);
        self.set_u16(place, body);
        self.set_u16(place + 2, suffix.len());
        self.set_u16(place + 4, len);
        true
    }

    /// Inserts a separator and the child right of it; false, with nothing changed, where it does not fit.
    pub fn insert_inner(self, position: usize, suffix: &[u8], child: u32) -> bool {
        if Self::inner_cost(suffix.len()) > self.free() {
            return false;
        }
        let body = if suffix.len() > HEAD {
            let body = self.heap() - INNER_BODY - (suffix.len() - HEAD);
            self.set_u16(12, body);
            self.set_u16(body, suffix.len());
            self.write(body + INNER_BODY, &suffix[HEAD..]);
            body
        } else {
            suffix.len()
        };
        self.open(position, INNER_PLACE);
        self.set_u64(self.heads() + position * HEAD, head(suffix));
        self.set_u16(self.inner_place(position), body);
        self.set_child(position + 1, child);
        true
    }

    /// Makes the arrays one longer, with room for entry `position`.
    #[inline(always)]
    fn open(self, position: usize, place_size: usize) {
        let count = self.count();
        let (after, places) = (count - position, self.places(count));
        // From the top down, so that nothing is overwritten before it is moved.
        if !self.is_leaf() {
            let children = self.children(count);
            let grown = children + HEAD + INNER_PLACE;
            self.shift(children + position * CHILD, grown + (position + 1) * CHILD, after * CHILD);
            self.shift(children, grown, position * CHILD);
        }
        let grown = places + HEAD;
        self.shift(places + position * place_size, grown + (position + 1) * place_size, after * place_size);
        self.shift(places, grown, position * place_size);
        let head = self.heads() + position * HEAD;
        self.shift(head, head + HEAD, after * HEAD);
        self.set_u16(8, count + 1);
        self.set_last_insert(position);
    }

    /// Removes entries: of an inner page separators, each with the child right of it.
    pub fn remove(self, run: Range<usize>) {
        let garbage: usize = run.clone().map(|index| self.body_size(index)).sum();
        self.add_garbage(garbage);
        let (count, size) = (self.count(), self.place_size());
        let (left, after) = (count - run.len(), count - run.end);
        let (places, children) = (self.places(count), self.children(count));
        // From the bottom up, so that nothing is overwritten before it is moved.
        self.shift(self.heads() + run.end * HEAD, self.heads() + run.start * HEAD, after * HEAD);
        let shrunk = self.places(left);
        self.shift(places, shrunk, run.start * size);
        self.shift(places + run.end * size, shrunk + run.start * size, after * size);
        if !self.is_leaf() {
            let shrunk = self.children(left);
            self.shift(children, shrunk, run.start * CHILD);
            self.shift(children + run.end * CHILD, shrunk + run.start * CHILD, after * CHILD);
        }
        self.set_u16(8, left);
        self.forget_last_insert();
    }

    /// Overwrites an inline value where the new one is no longer; false, with nothing changed, where it is.
    #[inline(always)]
    pub fn overwrite(self, index: usize, value: &[u8]) -> bool {
        let (body, rest, len) = self.entry(index);
        if len == OUT_OF_LINE as usize || len < value.len() {
            return false;
        }
        self.write(body + rest, value);
        if len != value.len() {
            self.set_u16(self.leaf_place(index) + 4, value.len());
            self.add_garbage(len - value.len());
        }
        true
    }

    /// Replaces a reference to an out-of-line value by another.
    pub fn overwrite_large(self, index: usize, large: LargeRef) {
        let (body, rest, _) = self.entry(index);
        self.set_u64(body + rest, large.to_word());
    }

    /// Appends entries of another page, whose keys all begin with this page's prefix and sort after those here.
    /// The caller made sure that there is room.
    pub fn append(self, source: Page, range: Range<usize>) {
        debug_assert!(
            self.cost(0..self.count(), self.prefix_len()) + source.cost(range.clone(), self.prefix_len())
                <= ROOM + self.prefix_len()
        );
        if self.prefix_len() == source.prefix_len() {
            return self.append_as_is(source, range);
        }
        let mut key = Vec::with_capacity(64);
        for index in range {
            source.key_into(index, &mut key);
            let suffix = &key[self.prefix_len()..];
            let fits = if self.is_leaf() {
                let stored = match source.large(index) {
                    Some(large) => Stored::Large(large),
                    None => Stored::Inline(source.value(index)),
                };
                self.insert_leaf(self.count(), suffix, stored)
            } else {
                self.insert_inner(self.count(), suffix, source.child(index + 1))
            };
            assert!(fits, "the caller made room");
        }
        self.forget_last_insert();
    }

    fn append_as_is(self, source: Page, run: Range<usize>) {
        let (count, source_count, size) = (self.count(), source.count(), self.place_size());
        let grown = count + run.len();
        if !self.is_leaf() {
            self.shift(self.children(count), self.children(grown), count * CHILD);
            let children = source.bytes(source.children(source_count) + run.start * CHILD, run.len() * CHILD);
            self.write(self.children(grown) + count * CHILD, children);
        }
        self.shift(self.places(count), self.places(grown), count * size);
        let places = source.bytes(source.places(source_count) + run.start * size, run.len() * size);
        self.write(self.places(grown) + count * size, places);
        let heads = source.bytes(source.heads() + run.start * HEAD, run.len() * HEAD);
        self.write(self.heads() + count * HEAD, heads);
        self.set_u16(8, grown);
        let mut heap = self.heap();
        for (index, target) in run.zip(count..) {
            let len = source.body_size(index);
            // Without a body a separator has its length there, which was copied with the place.
            if len > 0 {
                heap -= len;
                self.write(heap, source.bytes(source.u16_at(source.place(index)), len));
                self.set_u16(self.place(target), heap);
            }
        }
        self.set_u16(12, heap);
    }
}
