//! One page of the tree: its layout, and the search in it.
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

use super::arena::PAGE_SIZE;
use super::large::LargeRef;
use std::cmp::Ordering;

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

/// A value as a leaf stores it.
#[derive(Clone, Copy)]
pub(super) enum Stored<'a> {
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

/// A page in memory.
///
/// The one invariant: the address is that of a page of a live arena that was laid out by [`Page::init`] and changed by
/// the methods below alone, and only the arena's writer calls those that change it, on pages that no snapshot sees.
/// Everything `unsafe` in this file rests on that and on the offsets in the page, which the methods keep inside it
/// (`check` in the tests verifies them after random histories).
#[derive(Clone, Copy)]
pub(super) struct Page(*mut u8);

impl Page {
    /// # Safety
    /// `address` is that of `PAGE_SIZE` bytes that outlive the value and hold a page, or get one by `init` first.
    #[inline(always)]
    pub unsafe fn at(address: *mut u8) -> Page {
        Page(address)
    }

    #[inline(always)]
    fn u16_at(self, offset: usize) -> usize {
        debug_assert!(offset + 2 <= PAGE_SIZE);
        // SAFETY: offsets lie inside the page (the type's invariant).
        u16::from_le(unsafe { self.0.add(offset).cast::<u16>().read_unaligned() }) as usize
    }

    #[inline(always)]
    fn set_u16(self, offset: usize, value: usize) {
        debug_assert!(offset + 2 <= PAGE_SIZE && value <= u16::MAX as usize);
        // SAFETY: as above; the caller is the writer.
        unsafe { self.0.add(offset).cast::<u16>().write_unaligned((value as u16).to_le()) }
    }

    #[inline(always)]
    fn u32_at(self, offset: usize) -> u32 {
        debug_assert!(offset + 4 <= PAGE_SIZE);
        // SAFETY: as above.
        u32::from_le(unsafe { self.0.add(offset).cast::<u32>().read_unaligned() })
    }

    #[inline(always)]
    fn set_u32(self, offset: usize, value: u32) {
        debug_assert!(offset + 4 <= PAGE_SIZE);
        // SAFETY: as above.
        unsafe { self.0.add(offset).cast::<u32>().write_unaligned(value.to_le()) }
    }

    #[inline(always)]
    fn u64_at(self, offset: usize) -> u64 {
        debug_assert!(offset + 8 <= PAGE_SIZE);
        // SAFETY: as above.
        u64::from_le(unsafe { self.0.add(offset).cast::<u64>().read_unaligned() })
    }

    #[inline(always)]
    fn set_u64(self, offset: usize, value: u64) {
        debug_assert!(offset + 8 <= PAGE_SIZE);
        // SAFETY: as above.
        unsafe { self.0.add(offset).cast::<u64>().write_unaligned(value.to_le()) }
    }

    #[inline(always)]
    fn bytes<'a>(self, offset: usize, len: usize) -> &'a [u8] {
        debug_assert!(offset + len <= PAGE_SIZE);
        // SAFETY: inside the page; the lifetime is bounded by the callers, who tie it to the store or the snapshot.
        unsafe { std::slice::from_raw_parts(self.0.add(offset), len) }
    }

    #[inline(always)]
    fn write(self, offset: usize, bytes: &[u8]) {
        debug_assert!(offset + bytes.len() <= PAGE_SIZE);
        // SAFETY: inside the page; `bytes` is never part of it: callers pass their own keys and values or another page.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0.add(offset), bytes.len()) }
    }

    #[inline(always)]
    fn shift(self, from: usize, to: usize, len: usize) {
        debug_assert!(from + len <= PAGE_SIZE && to + len <= PAGE_SIZE);
        // SAFETY: both ranges lie inside the page.
        unsafe { std::ptr::copy(self.0.add(from), self.0.add(to), len) }
    }

    // ---- header ----

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
        // SAFETY: inside the page.
        unsafe { *self.0.add(16) }
    }

    #[inline(always)]
    pub fn is_leaf(self) -> bool {
        self.level() == 0
    }

    #[inline(always)]
    fn last_insert(self) -> u8 {
        // SAFETY: inside the page.
        unsafe { *self.0.add(17) }
    }

    #[inline(always)]
    fn set_last_insert(self, position: usize) {
        // SAFETY: inside the page; the caller is the writer.
        unsafe { *self.0.add(17) = if position < NO_INSERT as usize { position as u8 } else { NO_INSERT - 1 } }
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
        // SAFETY: inside the page; the caller is the writer.
        unsafe { std::ptr::write_bytes(self.0, 0, HEADER) };
        self.set_epoch(epoch);
        self.set_u16(10, prefix.len());
        self.set_u16(12, PAGE_SIZE);
        // SAFETY: inside the page.
        unsafe {
            *self.0.add(16) = level;
            *self.0.add(17) = NO_INSERT;
        }
        self.write(HEADER, prefix);
    }

    /// Makes this page a copy of another.
    pub fn copy_from(self, source: Page) {
        // SAFETY: two different pages, or a page and a scratch buffer of a page's size.
        unsafe { std::ptr::copy_nonoverlapping(source.0, self.0, PAGE_SIZE) }
    }

    // ---- slots ----

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
        debug_assert!(body + rest + len <= PAGE_SIZE);
        // SAFETY: inside the page, in a body that one slot alone points to; the caller is the writer and holds no other
        // borrow of the store.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(body + rest), len) }
    }

    /// Asks the processor for the line that a leaf's entry begins in.
    #[inline(always)]
    pub fn prefetch_entry(self, index: usize) {
        self.prefetch(self.u16_at(self.leaf_place(index)), 1)
    }

    /// Asks the processor for `lines` cache lines from `offset`.
    #[inline(always)]
    pub fn prefetch(self, offset: usize, lines: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in 0..lines {
            // SAFETY: a prefetch has no effect on memory and takes any address.
            unsafe {
                use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
                _mm_prefetch::<_MM_HINT_T0>(self.0.wrapping_add(offset + line * 64).cast())
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (offset, lines);
    }

    // ---- search ----

    /// Where `key` stands in a leaf or would be inserted, and whether it is there.
    #[inline(always)]
    pub fn search_leaf(self, key: &[u8]) -> (usize, bool) {
        self.search::<true>(key)
    }

    /// The child of an inner page under which `key` belongs.
    #[inline(always)]
    pub fn search_child(self, key: &[u8]) -> usize {
        let (position, exact) = self.search::<false>(key);
        position + exact as usize
    }

    /// Where a separator stands in an inner page or would be inserted.
    pub fn search_separator(self, key: &[u8]) -> (usize, bool) {
        self.search::<false>(key)
    }

    #[inline(always)]
    fn search<const LEAF: bool>(self, key: &[u8]) -> (usize, bool) {
        let count = self.count();
        let prefix_len = self.prefix_len();
        if prefix_len > 0 {
            let prefix = self.bytes(HEADER, prefix_len);
            if key.len() < prefix_len || !short_eq(&key[..prefix_len], prefix) {
                return (if key < prefix { 0 } else { count }, false);
            }
        }
        if count == 0 {
            return (0, false);
        }
        let suffix = &key[prefix_len..];
        let wanted = head(suffix);
        let mut base = 0;
        let mut len = count;
        while len > 1 {
            let half = len / 2;
            let below = self.head(base + half - 1) < wanted;
            base = std::hint::select_unpredictable(below, base + half, base);
            len -= half;
        }
        base += (self.head(base) < wanted) as usize;
        if base == count || self.head(base) != wanted {
            return (base, false);
        }
        match self.compare_rest::<LEAF>(base, suffix) {
            Ordering::Equal => (base, true),
            Ordering::Greater => (base, false),
            Ordering::Less => self.search_equal_heads::<LEAF>(base + 1, suffix, wanted),
        }
    }

    /// Goes on from `start` among keys whose heads are all equal to the wanted one.
    fn search_equal_heads<const LEAF: bool>(self, start: usize, suffix: &[u8], wanted: u64) -> (usize, bool) {
        let (mut low, mut high) = (start, self.count());
        while low < high {
            let middle = (low + high) / 2;
            let order = match self.head(middle).cmp(&wanted) {
                Ordering::Equal => self.compare_rest::<LEAF>(middle, suffix),
                other => other,
            };
            match order {
                Ordering::Equal => return (middle, true),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        (low, false)
    }

    /// Compares key `index` with `suffix`, whose heads are equal. Padding makes "a" and "a\0" equal there: lengths decide.
    #[inline(always)]
    fn compare_rest<const LEAF: bool>(self, index: usize, suffix: &[u8]) -> Ordering {
        let (len, rest) = if LEAF { self.leaf_suffix(index) } else { self.inner_suffix(index) };
        if len > HEAD && suffix.len() > HEAD {
            self.bytes(rest, len - HEAD).cmp(&suffix[HEAD..])
        } else {
            len.cmp(&suffix.len())
        }
    }

    // ---- change ----

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
    pub fn cost(self, range: std::ops::Range<usize>, prefix_len: usize) -> usize {
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

    fn place_size(self) -> usize {
        if self.is_leaf() { LEAF_PLACE } else { INNER_PLACE }
    }

    /// Removes entries: of an inner page separators, each with the child right of it.
    pub fn remove(self, run: std::ops::Range<usize>) {
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
    pub fn append(self, source: Page, range: std::ops::Range<usize>) {
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

    fn append_as_is(self, source: Page, run: std::ops::Range<usize>) {
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

    fn forget_last_insert(self) {
        // SAFETY: inside the page; the caller is the writer.
        unsafe { *self.0.add(17) = NO_INSERT };
    }

    /// The length of what the first and the last key have in common, and so all of them.
    pub fn common_prefix(self) -> usize {
        match self.count() {
            0 => self.prefix_len(),
            count => common(&self.key(0), &self.key(count - 1)),
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

/// A leaf to be read entry by entry: what the header says is looked up once.
#[derive(Clone, Copy)]
pub(super) struct LeafEntries {
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

/// The first eight bytes, zero-padded, as a number that sorts as they do.
#[inline(always)]
fn head(suffix: &[u8]) -> u64 {
    match suffix.len() {
        0 => 0,
        1..=3 => {
            let (first, middle, last) = (suffix[0], suffix[suffix.len() / 2], suffix[suffix.len() - 1]);
            let at = |index: usize, byte: u8| (byte as u64) << (56 - 8 * index);
            at(0, first) | at(suffix.len() / 2, middle) | at(suffix.len() - 1, last)
        }
        4..=7 => (be32(suffix, 0) << 32) | (be32(suffix, suffix.len() - 4) << (8 * (8 - suffix.len()))),
        _ => be64(suffix, 0),
    }
}

#[inline(always)]
fn be32(bytes: &[u8], at: usize) -> u64 {
    debug_assert!(at + 4 <= bytes.len());
    // SAFETY: the callers looked at the length.
    u32::from_be(unsafe { bytes.as_ptr().add(at).cast::<u32>().read_unaligned() }) as u64
}

#[inline(always)]
fn be64(bytes: &[u8], at: usize) -> u64 {
    debug_assert!(at + 8 <= bytes.len());
    // SAFETY: the callers looked at the length.
    u64::from_be(unsafe { bytes.as_ptr().add(at).cast::<u64>().read_unaligned() })
}

/// Equality of two slices of one length, without a call into libc for the short ones that prefixes are.
#[inline(always)]
fn short_eq(a: &[u8], b: &[u8]) -> bool {
    let len = a.len();
    if len >= 8 {
        let mut at = 0;
        while at + 8 <= len {
            if be64(a, at) != be64(b, at) {
                return false;
            }
            at += 8;
        }
        be64(a, len - 8) == be64(b, len - 8)
    } else if len >= 4 {
        be32(a, 0) == be32(b, 0) && be32(a, len - 4) == be32(b, len - 4)
    } else {
        a.iter().eq(b)
    }
}

/// How many bytes two keys have in common at their beginning.
pub(super) fn common(a: &[u8], b: &[u8]) -> usize {
    let len = a.len().min(b.len());
    let mut at = 0;
    while at + 8 <= len {
        let differing = be64(a, at) ^ be64(b, at);
        if differing != 0 {
            return at + (differing.leading_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < len && a[at] == b[at] {
        at += 1;
    }
    at
}
