//! Where a read transaction found values: a search in LMDB costs several cache misses, this table one, and one for the entry.
//!
//! It holds addresses of nodes in the map, which stay good as long as the transaction lives: of all entries but those whose
//! value is so large that it stands on pages of its own. There is a table for each database that is read. It begins when
//! there were some look-ups, small, and gets its full size when there were more. In the end, if it has room for all entries,
//! it takes note of all that stand on a page with the one that was looked up: a search finds a page, of which there are few.

use super::Database;
use crate::memory::advise_huge_pages;
use std::ptr;

/// So many look-ups go by before there is a table: a transaction that is soon replaced has none.
const BEGIN: usize = 1 << 10;
const FIRST_SLOTS: usize = 1 << 13;
/// So many look-ups of a table at its full size go by before it takes note of whole pages, which takes microseconds.
const PATIENCE: usize = 1 << 16;
/// Of all tables of a transaction: 32 MiB.
const MOST_SLOTS: usize = 1 << 22;
/// The slots of a cache line.
const WAYS: usize = 8;
/// LMDB's pages are no smaller than this.
const SMALLEST_PAGE: usize = 4096;

/// The tables of a transaction, by the numbers of its databases.
#[derive(Default)]
pub(super) struct Recent {
    tables: Vec<Table>,
    slots: usize,
}

impl Recent {
    /// The stored value of `key`, if it was found before.
    ///
    /// # Safety
    /// What was noted was in the map of the transaction that this belongs to, which lives as long as `'a`.
    #[inline(always)]
    pub unsafe fn find<'a>(&self, database: Database, key: &[u8]) -> Option<&'a [u8]> {
        let table = self.tables.get(database.0 as usize)?;
        // SAFETY: the caller's promise.
        unsafe { table.find(key) }
    }

    /// Takes note of the stored value that the transaction found in the map.
    #[inline(always)]
    pub fn note(&mut self, database: Database, key: &[u8], stored: &[u8], about: impl FnOnce() -> About) {
        let number = database.0 as usize;
        if self.tables.len() <= number {
            self.tables.resize_with(number + 1, Table::default);
        }
        let table = &mut self.tables[number];
        table.missed += 1;
        if table.missed > table.enough {
            self.slots -= table.slots();
            table.grow(about(), MOST_SLOTS - self.slots);
            self.slots += table.slots();
        }
        table.note_found(key, stored);
    }
}

/// What a table wants to know of its database.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub entries: usize,
    /// Of LMDB's pages.
    pub page_size: usize,
}

/// The table of a database: buckets of a cache line, eight slots each. A slot has the address of a node, and in the 16 bits
/// that an address has not, some of the key's hash; it is zero where nothing is.
struct Table {
    words: Vec<u64>,
    /// Where the first bucket begins, at a cache line.
    start: usize,
    /// How many bits of a hash choose the bucket.
    bits: u32,
    stage: Stage,
    /// Values that were found elsewhere in this stage, and how many end it.
    missed: usize,
    enough: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Nothing,
    Small,
    Full,
    WholePages,
}

impl Default for Table {
    fn default() -> Table {
        Table { words: Vec::new(), start: 0, bits: 0, stage: Stage::Nothing, missed: 0, enough: BEGIN }
    }
}

impl Table {
    fn slots(&self) -> usize {
        if self.words.is_empty() { 0 } else { WAYS << self.bits }
    }

    /// # Safety
    /// As of [`Recent::find`].
    #[inline(always)]
    unsafe fn find<'a>(&self, key: &[u8]) -> Option<&'a [u8]> {
        if self.words.is_empty() {
            return None;
        }
        let (bucket, tag) = self.place(key);
        for slot in self.words[bucket..bucket + WAYS].iter() {
            if slot >> ADDRESS_BITS != tag {
                continue;
            }
            let node = ptr::with_exposed_provenance::<u8>((slot & ADDRESS) as usize);
            if slot & ADDRESS == 0 {
                return None;
            }
            // SAFETY: a node that `note` saw; the caller's promise.
            match unsafe { read_node(node) } {
                Some((found, stored)) if found == key => return Some(stored),
                _ => {}
            }
        }
        None
    }

    #[inline(always)]
    fn note_found(&mut self, key: &[u8], stored: &[u8]) {
        if self.words.is_empty() {
            return;
        }
        let Some(node) = node_of(key, stored) else { return };
        if self.stage == Stage::WholePages {
            self.note_page(node);
        }
        self.note(key, node);
    }

    /// Takes note of all entries on the page of a node, unless that was done before.
    #[cold]
    fn note_page(&mut self, node: *const u8) {
        const LIST_END_AT: usize = 12;
        const PAGE_HEADER: usize = 16;
        let page = node.wrapping_sub(node as usize % SMALLEST_PAGE);
        // SAFETY: the whole page is in the map.
        let number = |at: usize| unsafe { page.add(at).cast::<u16>().read() } as usize;
        // What stands there may have changed on the disk.
        let list = PAGE_HEADER..number(LIST_END_AT).min(SMALLEST_PAGE - 1);
        for (index, at) in list.step_by(size_of::<u16>()).map(number).enumerate() {
            if !(PAGE_HEADER..=SMALLEST_PAGE - NODE_HEADER).contains(&at) {
                return;
            }
            // SAFETY: on the page, with a header's length before its end.
            let Some((key, _)) = (unsafe { read_node(page.add(at)) }) else { continue };
            // SAFETY: nodes that were noted are on pages of the same transaction.
            if index == 0 && unsafe { self.find(key) }.is_some() {
                return;
            }
            self.note(key, page.wrapping_add(at));
        }
    }

    #[inline(always)]
    fn note(&mut self, key: &[u8], node: *const u8) {
        let (bucket, tag) = self.place(key);
        let bucket = &mut self.words[bucket..bucket + WAYS];
        let noted = node.expose_provenance() as u64 & ADDRESS | tag << ADDRESS_BITS;
        // Where all are taken, which one goes is as good as random.
        let slot = bucket.iter().position(|slot| *slot == 0 || *slot == noted).unwrap_or(tag as usize % WAYS);
        bucket[slot] = noted;
    }

    /// The first slot of a key's bucket, and its tag.
    #[inline(always)]
    fn place(&self, key: &[u8]) -> (usize, u64) {
        let hash = hash(key);
        // Of a product the highest bits alone depend on all bits of its factors.
        let bucket = (hash >> (u64::BITS - self.bits)) as usize;
        let tag = (hash >> (u64::BITS - self.bits - TAG_BITS)) & ((1 << TAG_BITS) - 1);
        (self.start + bucket * WAYS, tag)
    }

    /// Goes on to the next stage.
    #[cold]
    fn grow(&mut self, About { entries, page_size }: About, most: usize) {
        let wanted = (entries + entries / 2).next_power_of_two().max(FIRST_SLOTS);
        let fits = wanted <= most;
        self.missed = 0;
        (self.stage, self.enough) = match self.stage {
            Stage::Nothing => (Stage::Small, FIRST_SLOTS),
            Stage::Small => (Stage::Full, PATIENCE),
            // On larger pages of LMDB a node's address does not tell where its page begins.
            Stage::Full if self.slots() >= wanted && page_size == SMALLEST_PAGE => (Stage::WholePages, usize::MAX),
            Stage::Full | Stage::WholePages => (Stage::Full, usize::MAX),
        };
        match self.stage {
            Stage::Small if FIRST_SLOTS <= most => self.resize(FIRST_SLOTS),
            Stage::Full if fits => self.resize(wanted),
            Stage::Full if most >= FIRST_SLOTS => self.resize(1 << most.ilog2()),
            _ => {}
        }
    }

    /// Makes the table anew, if it is to be larger: what was in it is soon found again.
    fn resize(&mut self, slots: usize) {
        if slots <= self.slots() {
            return;
        }
        self.bits = (slots / WAYS).ilog2();
        self.words = vec![0; slots + WAYS];
        self.start = self.words.as_ptr().align_offset(WAYS * size_of::<u64>()).min(WAYS);
        let first = self.words[self.start..].as_ptr().cast::<u8>();
        let skipped = first.align_offset(SMALLEST_PAGE);
        let bytes = (slots * size_of::<u64>()).saturating_sub(skipped);
        advise_huge_pages(first.wrapping_add(skipped), bytes);
    }
}

/// Where a node's address ends and the tag begins: user space has no more bits.
const ADDRESS_BITS: u32 = 48;
const ADDRESS: u64 = (1 << ADDRESS_BITS) - 1;
const TAG_BITS: u32 = u64::BITS - ADDRESS_BITS;

/// LMDB's node: the value's length, flags, the key's length; the key; the value. At even addresses.
const NODE_HEADER: usize = 8;
const FLAGS_AT: usize = 4;
const KEY_LEN_AT: usize = 6;

/// The node that a value stands in, behind its key, if it does; a large one stands at the beginning of pages of its own.
#[inline(always)]
fn node_of(key: &[u8], stored: &[u8]) -> Option<*const u8> {
    let before = NODE_HEADER + key.len();
    if stored.as_ptr() as usize % SMALLEST_PAGE < before {
        return None;
    }
    // SAFETY: bytes of the page that the value is in, which is in the map.
    let node = unsafe { stored.as_ptr().sub(before) };
    // SAFETY: as above.
    let (found, value) = unsafe { read_node(node) }?;
    (found == key && ptr::eq(value, stored)).then_some(node)
}

/// The key and the value of a node, if they end in its page: what the disk has may have changed.
///
/// # Safety
/// `node` is in a page of the map, with a header's length before that page's end.
#[inline(always)]
unsafe fn read_node<'a>(node: *const u8) -> Option<(&'a [u8], &'a [u8])> {
    // SAFETY: the caller's promise; a page is aligned, but the nodes on it are not so that any number may be read.
    let (value_len, flags, key_len) = unsafe {
        (
            node.cast::<u32>().read_unaligned() as usize,
            node.add(FLAGS_AT).cast::<u16>().read_unaligned(),
            node.add(KEY_LEN_AT).cast::<u16>().read_unaligned() as usize,
        )
    };
    let end = (node as usize % SMALLEST_PAGE) + NODE_HEADER + key_len + value_len;
    if flags != 0 || end > SMALLEST_PAGE {
        return None;
    }
    // SAFETY: within the page, as was just seen.
    unsafe {
        let key = node.add(NODE_HEADER);
        Some((std::slice::from_raw_parts(key, key_len), std::slice::from_raw_parts(key.add(key_len), value_len)))
    }
}

#[inline(always)]
fn hash(key: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = key.len() as u64;
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(MULTIPLIER);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = About { entries: 2, page_size: SMALLEST_PAGE };

    #[repr(align(4096))]
    struct Page([u8; SMALLEST_PAGE]);

    impl Page {
        fn with(at: usize, key: &[u8], value: &[u8]) -> Page {
            let mut page = Page([b'x'; SMALLEST_PAGE]);
            let header = [&(value.len() as u32).to_ne_bytes()[..], &[0, 0], &(key.len() as u16).to_ne_bytes()].concat();
            let node = [&header, key, value].concat();
            page.0[at..at + node.len()].copy_from_slice(&node);
            page
        }
    }

    #[test]
    fn what_was_noted_is_found_and_nothing_else() {
        let page = Page::with(100, b"key", b"value");
        let mut recent = Recent::default();
        let stored = &page.0[111..116];
        for _ in 0..BEGIN + 2 {
            recent.note(Database(2), b"key", stored, || ABOUT);
        }
        // SAFETY: the page outlives the table.
        let find = |database, key: &[u8]| unsafe { recent.find(Database(database), key) };
        assert_eq!(find(2, b"key"), Some(&b"value"[..]));
        assert_eq!((find(3, b"key"), find(2, b"kez"), find(2, b"ke"), find(2, b"")), (None, None, None, None));
    }

    #[test]
    fn a_node_whose_lengths_have_changed_on_disk_is_not_read_beyond_its_page() {
        let mut page = Page::with(100, b"key", b"value");
        let mut recent = Recent::default();
        for _ in 0..BEGIN + 2 {
            recent.note(Database(2), b"key", &page.0[111..116], || ABOUT);
        }
        std::hint::black_box(&mut page).0[101] = 0x10;
        // SAFETY: the page outlives the table.
        assert_eq!(unsafe { recent.find(Database(2), b"key") }, None);
    }

    #[test]
    fn in_the_end_all_entries_of_a_page_are_noted_with_one() {
        let mut page = Page::with(1000, b"first", b"1");
        page.0[2000..2015].copy_from_slice(&Page::with(0, b"second", b"2").0[..15]);
        page.0[12..14].copy_from_slice(&20u16.to_ne_bytes());
        page.0[16..20].copy_from_slice(&[1000u16.to_ne_bytes(), 2000u16.to_ne_bytes()].concat());
        let mut table = Table::default();
        while table.stage != Stage::WholePages {
            table.grow(ABOUT, MOST_SLOTS);
        }
        table.note_found(b"second", &page.0[2014..2015]);
        // SAFETY: the page outlives the table.
        let find = |key: &[u8]| unsafe { table.find(key) };
        assert_eq!((find(b"first"), find(b"second"), find(b"third")), (Some(&b"1"[..]), Some(&b"2"[..]), None));
    }

    #[test]
    fn half_as_many_keys_as_there_are_slots_keep_their_places() {
        let mut table = Table::default();
        table.grow(ABOUT, MOST_SLOTS);
        let keys: Vec<Vec<u8>> = (0..table.slots() / 2).map(|n| format!("user:{n:011}").into_bytes()).collect();
        let pages: Vec<Page> = keys.iter().map(|key| Page::with(0, key, b"v")).collect();
        for (key, page) in keys.iter().zip(&pages) {
            table.note_found(key, &page.0[NODE_HEADER + key.len()..][..1]);
        }
        // SAFETY: the pages outlive the table.
        let found = keys.iter().filter(|key| unsafe { table.find(key) }.is_some()).count();
        assert!(found * 100 > keys.len() * 97, "{found} of {}", keys.len());
    }
}
