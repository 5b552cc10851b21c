//! One page of the tree: its layout, and the way to its entries. `raw` has its bytes, and `search`, `change` and `entries`
//! what is done with them; `words` compares keys.
//!
//! ```text
//! 0   epoch          u64   when the page was last changed
//! 8   entries        u16
//! 10  prefix length  u16
//! 12  heap           u16   where the lowest entry body begins
//! 14  garbage        u16   bytes of the heap that no slot uses any more
//! 16  level          u8    0 is a leaf
//! 17  last           u8    where the last insert went, to tell a sequential load (255: not known)
//! 20  first child    u32   (inner pages) keys below the first separator
//! 24  reserved       8 bytes
//! 32  prefix               what all keys of the page begin with
//!     heads          u64   one an entry
//!     places               one an entry: where its body stands u16; in leaves suffix length u16, value length u16
//!     children       u32   (inner pages) one an entry: keys from its separator on
//!     free
//!     heap                 bodies, growing downwards from the end of the page
//! ```
//!
//! A *head* is the first eight bytes of a key after the prefix, zero-padded, so that most comparisons are one integer
//! comparison in a dense array. The arrays are as long as the page has entries. A leaf's body is the suffix beyond the
//! head, and the value: its lengths stand with the slots, so that an overwrite or a delete need not wait for the line
//! that the body is in. An inner page's body is `suffix length u16, suffix beyond the head`, and where the suffix ends
//! within the head there is no body: its place holds the length itself, which no offset can equal because it is less
//! than the header.
//! All integers are little-endian.

mod change;
mod entries;
mod raw;
mod search;
mod words;

use super::arena::PAGE_SIZE;
use super::large::LargeRef;

pub(super) use change::Stored;
pub(super) use entries::LeafEntries;
pub(super) use raw::Page;
pub(super) use words::common;

const HEADER: usize = 32;
/// The length of a head.
pub(super) const HEAD: usize = 8;
const LEAF_PLACE: usize = 6;
const INNER_PLACE: usize = 2;
const CHILD: usize = 4;
const LEAF_SLOT: usize = HEAD + LEAF_PLACE;
const INNER_SLOT: usize = HEAD + INNER_PLACE + CHILD;
const INNER_BODY: usize = 2;
/// The value length that says that the value is out of line and a [`LargeRef`] stands in its place.
const OUT_OF_LINE: u16 = u16::MAX;
/// What a page can hold beside its header.
pub(super) const ROOM: usize = PAGE_SIZE - HEADER;
/// Key and value together up to this size stand in the page; and any value no longer than a reference to it.
pub(super) const INLINE_MAX: usize = PAGE_SIZE / 4;
/// `last` of a page that nothing was inserted into since it was laid out.
const NO_INSERT: u8 = u8::MAX;

/// The header.
impl Page {
    #[inline(always)]
    pub fn epoch(self) -> u64 {
        self.u64_at(0)
    }

    #[inline(always)]
    pub fn set_epoch(self, epoch: u64) {
        self.set_u64(0, epoch)
    }

    /// The number of entries of a leaf, of separators of an inner page (which has one child more).
    #[inline(always)]
    pub fn count(self) -> usize {
        self.u16_at(8)
    }

    #[inline(always)]
    pub fn prefix_len(self) -> usize {
        self.u16_at(10)
    }

    #[inline(always)]
    fn heap(self) -> usize {
        self.u16_at(12)
    }

    #[inline(always)]
    fn garbage(self) -> usize {
        self.u16_at(14)
    }

    #[inline(always)]
    fn add_garbage(self, bytes: usize) {
        self.set_u16(14, self.garbage() + bytes)
    }

    #[inline(always)]
    pub fn level(self) -> u8 {
        self.u8_at(16)
    }

    #[inline(always)]
    pub fn is_leaf(self) -> bool {
        self.level() == 0
    }

    #[inline(always)]
    fn last_insert(self) -> u8 {
        self.u8_at(17)
    }

    #[inline(always)]
    fn set_last_insert(self, position: usize) {
        self.set_u8(17, if position < NO_INSERT as usize { position as u8 } else { NO_INSERT - 1 })
    }

    fn forget_last_insert(self) {
        self.set_u8(17, NO_INSERT)
    }

    /// Whether an insert at `position` goes on where the last one left off, upwards.
    pub fn continues_ascending(self, position: usize) -> bool {
        let last = self.last_insert();
        last != NO_INSERT && (position == last as usize + 1 || (last == NO_INSERT - 1 && position >= last as usize))
    }

    /// Whether an insert at the front follows another one there.
    pub fn continues_descending(self, position: usize) -> bool {
        position == 0 && self.last_insert() == 0
    }

    #[inline(always)]
    pub fn prefix<'a>(self) -> &'a [u8] {
        self.bytes(HEADER, self.prefix_len())
    }

    #[inline(always)]
    fn slot_size(self) -> usize {
        if self.is_leaf() { LEAF_SLOT } else { INNER_SLOT }
    }

    #[inline(always)]
    fn heads(self) -> usize {
        HEADER + self.prefix_len()
    }

    /// Where the slots end: what a search looks at lies before.
    pub fn slots_end(self) -> usize {
        self.heads() + self.count() * self.slot_size()
    }

    /// Lays out an empty page.
    pub fn init(self, level: u8, epoch: u64, prefix: &[u8]) {
        self.zero(HEADER);
        self.set_epoch(epoch);
        self.set_u16(10, prefix.len());
        self.set_u16(12, PAGE_SIZE);
        self.set_u8(16, level);
        self.set_u8(17, NO_INSERT);
        self.write(HEADER, prefix);
    }
}

/// The slots, and what they lead to.
impl Page {
    #[inline(always)]
    fn head(self, index: usize) -> u64 {
        self.u64_at(self.heads() + index * HEAD)
    }

    /// Where the array of places begins in a page of `count` entries.
    #[inline(always)]
    fn places(self, count: usize) -> usize {
        self.heads() + count * HEAD
    }

    /// Where the array of children begins in an inner page of `count` separators.
    #[inline(always)]
    fn children(self, count: usize) -> usize {
        self.heads() + count * (HEAD + INNER_PLACE)
    }

    #[inline(always)]
    fn leaf_place(self, index: usize) -> usize {
        self.places(self.count()) + index * LEAF_PLACE
    }

    #[inline(always)]
    fn inner_place(self, index: usize) -> usize {
        self.places(self.count()) + index * INNER_PLACE
    }

    fn place(self, index: usize) -> usize {
        if self.is_leaf() { self.leaf_place(index) } else { self.inner_place(index) }
    }

    fn place_size(self) -> usize {
        if self.is_leaf() { LEAF_PLACE } else { INNER_PLACE }
    }

    /// Of a leaf's entry: where its body stands, the part of the suffix in it, and the value's length as it is stored.
    #[inline(always)]
    fn entry(self, index: usize) -> (usize, usize, usize) {
        let place = self.leaf_place(index);
        (self.u16_at(place), self.u16_at(place + 2).saturating_sub(HEAD), self.u16_at(place + 4))
    }

    /// The length of a key's suffix and where the part of it beyond the head stands.
    #[inline(always)]
    fn leaf_suffix(self, index: usize) -> (usize, usize) {
        let place = self.leaf_place(index);
        (self.u16_at(place + 2), self.u16_at(place))
    }

    #[inline(always)]
    fn inner_suffix(self, index: usize) -> (usize, usize) {
        let body = self.u16_at(self.inner_place(index));
        if body < HEADER { (body, 0) } else { (self.u16_at(body), body + INNER_BODY) }
    }

    #[inline(always)]
    fn suffix(self, index: usize) -> (usize, usize) {
        if self.is_leaf() { self.leaf_suffix(index) } else { self.inner_suffix(index) }
    }

    /// The child left of separator `index`; `count()` is the last.
    #[inline(always)]
    pub fn child(self, index: usize) -> u32 {
        if index == 0 { self.u32_at(20) } else { self.u32_at(self.children(self.count()) + (index - 1) * CHILD) }
    }

    #[inline(always)]
    pub fn set_child(self, index: usize, child: u32) {
        if index == 0 {
            self.set_u32(20, child)
        } else {
            self.set_u32(self.children(self.count()) + (index - 1) * CHILD, child)
        }
    }

    /// Puts the whole key of `index` into `out`.
    #[inline]
    pub fn key_into(self, index: usize, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(self.prefix());
        let (len, rest) = self.suffix(index);
        let head = self.head(index).to_be_bytes();
        out.extend_from_slice(&head[..len.min(HEAD)]);
        if len > HEAD {
            out.extend_from_slice(self.bytes(rest, len - HEAD));
        }
    }

    pub fn key(self, index: usize) -> Vec<u8> {
        let mut key = Vec::new();
        self.key_into(index, &mut key);
        key
    }

    /// The length of a leaf's key.
    pub fn key_len(self, index: usize) -> usize {
        self.prefix_len() + self.leaf_suffix(index).0
    }

    /// The length of what the first and the last key have in common, and so all of them.
    pub fn common_prefix(self) -> usize {
        match self.count() {
            0 => self.prefix_len(),
            count => common(&self.key(0), &self.key(count - 1)),
        }
    }

    fn large_at(self, offset: usize) -> LargeRef {
        LargeRef::from_word(self.u64_at(offset))
    }

    /// The value of a leaf's entry.
    #[inline(always)]
    pub fn value<'a>(self, index: usize) -> &'a [u8] {
        let (body, rest, len) = self.entry(index);
        self.stored_value(body + rest, len)
    }

    #[inline(always)]
    fn stored_value<'a>(self, at: usize, len: usize) -> &'a [u8] {
        if len == OUT_OF_LINE as usize { self.large_at(at).bytes() } else { self.bytes(at, len) }
    }

    /// The length of a leaf's value.
    #[inline(always)]
    pub fn value_len(self, index: usize) -> usize {
        match self.entry(index) {
            (body, rest, len) if len == OUT_OF_LINE as usize => self.large_at(body + rest).len(),
            (_, _, len) => len,
        }
    }

    /// The out-of-line value of a leaf's entry, if it has one.
    #[inline(always)]
    pub fn large(self, index: usize) -> Option<LargeRef> {
        let (body, rest, len) = self.entry(index);
        (len == OUT_OF_LINE as usize).then(|| self.large_at(body + rest))
    }

    /// A leaf's value that is not out of line, to be changed in place by the writer.
    #[inline(always)]
    pub fn value_mut<'a>(self, index: usize) -> &'a mut [u8] {
        let (body, rest, len) = self.entry(index);
        self.bytes_mut(body + rest, len)
    }

    /// Asks the processor for the line that a leaf's entry begins in.
    #[inline(always)]
    pub fn prefetch_entry(self, index: usize) {
        self.prefetch(self.u16_at(self.leaf_place(index)), 1)
    }

    fn body_size(self, index: usize) -> usize {
        if self.is_leaf() {
            let (_, rest, len) = self.entry(index);
            rest + if len == OUT_OF_LINE as usize { LargeRef::SIZE } else { len }
        } else {
            match self.inner_suffix(index) {
                (_, 0) => 0,
                (len, _) => INNER_BODY + len - HEAD,
            }
        }
    }

    #[cfg(any(test, feature = "check"))]
    /// Whether the offsets and counts lie inside the page and add up; for the checks of the tests.
    pub fn is_sound(self) -> bool {
        let end = self.slots_end();
        let bodies: usize = (0..self.count()).map(|index| self.body_size(index)).sum();
        end <= self.heap() && self.heap() + bodies + self.garbage() == PAGE_SIZE
    }
}
