//! Pages of a packed snapshot, each checked when it is first read.

use super::format::{ENTRY_HEADER, Fields, PAGE_HEADER, PLACE, PageRef, damaged};
use super::writer::checksum;
use crate::error::Result;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many pages are noted together.
const BLOCK: usize = 128;

/// Which pages are known to be what was written: by number, where each of them lies, and 0 for the others. Another place that
/// goes by the number of one is not known by that. Blocks are made when one of their pages is noted, so that opening a large
/// file does not wait for them.
pub(super) struct Checked(Box<[OnceLock<Box<[AtomicU64; BLOCK]>>]>);

impl Checked {
    pub fn new(pages: u32) -> Checked {
        Checked((0..pages.div_ceil(BLOCK as u32)).map(|_| OnceLock::new()).collect())
    }

    fn has(&self, place: PageRef) -> bool {
        let block = self.0.get(place.number as usize / BLOCK).and_then(OnceLock::get);
        block.is_some_and(|block| block[place.number as usize % BLOCK].load(Ordering::Acquire) == place.offset)
    }

    fn add(&self, place: PageRef) {
        if let Some(block) = self.0.get(place.number as usize / BLOCK) {
            let block = block.get_or_init(|| Box::new([const { AtomicU64::new(0) }; BLOCK]));
            block[place.number as usize % BLOCK].store(place.offset, Ordering::Release);
        }
    }
}

/// A page whose bytes are what was written, and as they have to be.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    bytes: &'a [u8],
    count: usize,
    pub level: u8,
    /// What all keys of it and of the pages below it have to come before; nothing for those at the right edge of the tree.
    pub before: Option<&'a [u8]>,
}

impl<'a> Page<'a> {
    /// The page at `place` in `bytes`, where pages lie in `within`.
    pub fn read(
        bytes: &'a [u8],
        within: &Range<u64>,
        place: PageRef,
        level: u8,
        checked: &Checked,
    ) -> Result<Page<'a>> {
        let end = place.offset.checked_add(place.len as u64).filter(|&end| end <= within.end);
        let bytes = match end {
            Some(end) if place.offset >= within.start => bytes.get(place.offset as usize..end as usize),
            _ => None,
        };
        let header = |bytes: &'a [u8]| {
            let mut rest = Fields(bytes);
            Some((rest.u32()?, rest.u32()?, rest.u32()?.to_le_bytes()[0], rest.u32()? as usize))
        };
        let Some((bytes, (crc, len, found, count))) = bytes.and_then(|bytes| Some((bytes, header(bytes)?))) else {
            return Err(damaged("a page lies outside of it"));
        };
        let page = Page { bytes, count, level: found, before: None };
        let is_known = checked.has(place);
        if !is_known && crc != checksum(place.number, &bytes[4..]) {
            return Err(changed(place));
        }
        if len != place.len || !(is_known || page.is_whole()) {
            return Err(damaged(&format!("page {} at byte {} is none", place.number, place.offset)));
        }
        if found != level {
            return Err(damaged(&format!("page {} at byte {} is not where it belongs", place.number, place.offset)));
        }
        if !is_known {
            checked.add(place);
        }
        Ok(page)
    }

    /// Whether its entries lie one behind the other from the header to the places, with keys that ascend.
    fn is_whole(&self) -> bool {
        let Some(places_at) = self.places_at().filter(|_| self.count > 0) else { return false };
        let (mut at, mut last) = (PAGE_HEADER, None);
        for index in 0..self.count {
            let Some((key, value)) = self.entry(index).filter(|_| self.place(index) == Some(at)) else { return false };
            if last.is_some_and(|last| last >= key) || self.level > 0 && PageRef::read(value).is_none() {
                return false;
            }
            // The value of an increment's entry has a byte before it.
            if key.len() > MAX_KEY_LEN || value.len() > MAX_VALUE_LEN + 1 {
                return false;
            }
            at += ENTRY_HEADER + key.len() + value.len();
            last = Some(key);
        }
        at == places_at
    }

    fn places_at(&self) -> Option<usize> {
        self.bytes.len().checked_sub(self.count.checked_mul(PLACE)?).filter(|&at| at >= PAGE_HEADER)
    }

    fn place(&self, index: usize) -> Option<usize> {
        let at = self.places_at()? + index * PLACE;
        Fields(self.bytes.get(at..)?).u32().map(|place| place as usize)
    }

    pub fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    fn entry(&self, index: usize) -> Option<(&'a [u8], &'a [u8])> {
        let mut rest = Fields(self.bytes.get(self.place(index)?..)?);
        let (key_len, value_len) = (rest.u16()? as usize, rest.u32()? as usize);
        Some((rest.take(key_len)?, rest.take(value_len)?))
    }

    /// An entry that there is.
    #[inline(always)]
    pub fn get(&self, index: usize) -> (&'a [u8], &'a [u8]) {
        self.entry(index).unwrap_or_default()
    }

    /// The page that an entry leads to.
    pub fn child(&self, index: usize) -> Result<PageRef> {
        PageRef::read(self.get(index).1).ok_or_else(|| damaged("a page has no child"))
    }

    /// The place of `key`, or where it would be; and whether it is there.
    pub fn search(&self, key: &[u8]) -> (usize, bool) {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).0.cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return (middle, true),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        (low, false)
    }
}

#[cold]
fn changed(place: PageRef) -> crate::Error {
    damaged(&format!("page {} at byte {} has changed", place.number, place.offset))
}
