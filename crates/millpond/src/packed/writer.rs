//! [`PackedWriter`]: packing entries.

use super::format::{Footer, PAGE_HEADER, PAGE_TARGET, PLACE, PackedInfo, PageRef, header, tail};
use crate::error::{Error, Result};
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use std::io::Write;

/// So much is gathered before it is written.
const WRITE_STEP: usize = 256 << 10;

/// Writes a packed snapshot from its beginning to its end: to a file, to memory, or down a stream.
///
/// # Ordering
/// Each key is greater than the one before.
///
/// # Errors
/// An error of the output ends the writing: what is there is no snapshot, and is not taken for one.
pub struct PackedWriter<W> {
    output: W,
    /// What is not written yet: pages that are done, and at the end the page of entries that grows.
    bytes: Vec<u8>,
    /// What is.
    written: u64,
    /// Pages that grow: of entries, and above it of their pages.
    levels: Vec<Level>,
    pages: u32,
    info: PackedInfo,
    last: Vec<u8>,
}

/// A page that grows. Its bytes stand in memory of its own.
#[derive(Default)]
struct Level {
    body: Vec<u8>,
    places: Vec<u8>,
    /// The key of its first entry.
    first: Vec<u8>,
}

impl<W: Write> PackedWriter<W> {
    /// Begins a snapshot. What `info` says of lengths is counted anew.
    pub fn new(output: W, info: PackedInfo) -> PackedWriter<W> {
        let info = PackedInfo { len: 0, size_bytes: 0, ..info };
        let bytes = header().to_vec();
        PackedWriter { output, bytes, written: 0, levels: vec![Level::default()], pages: 0, info, last: Vec::new() }
    }

    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN });
        }
        if value.len() > MAX_VALUE_LEN {
            return Err(Error::ValueTooLarge { len: value.len(), limit: MAX_VALUE_LEN });
        }
        if self.info.len > 0 && key <= &self.last[..] {
            return Err(Error::Unusable { what: "the keys of a snapshot have to ascend".into() });
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.info.len += 1;
        self.info.size_bytes += (key.len() + value.len()) as u64;
        if self.levels[0].push(key, value) { self.end_page(0) } else { Ok(()) }
    }

    /// Ends the snapshot, and returns the output with all of it written.
    pub fn finish(mut self) -> Result<W> {
        let (root, level) = self.end_pages()?;
        let footer = Footer { info: std::mem::take(&mut self.info), pages: self.pages, level, root }.to_bytes();
        let offset = self.offset();
        self.bytes.extend_from_slice(&footer);
        self.bytes.extend_from_slice(&tail(offset, &footer));
        self.write()?;
        self.output.flush().map_err(|error| Error::io("write a snapshot", &error))?;
        Ok(self.output)
    }

    /// Ends the pages that grow, from below. The first that is alone on its level has all others below it: returns it, and
    /// its level.
    fn end_pages(&mut self) -> Result<(PageRef, u8)> {
        for level in 0.. {
            let is_top = level + 1 == self.levels.len();
            if is_top && self.levels[level].is_empty() {
                break;
            }
            if is_top && level > 0 && self.levels[level].count() == 1 {
                let root = self.levels[level].lone_page();
                return Ok((root, level as u8 - 1));
            }
            if !self.levels[level].is_empty() {
                self.end_page(level)?;
            }
        }
        Ok((PageRef::default(), 0))
    }

    /// Where the next byte comes to stand.
    fn offset(&self) -> u64 {
        self.written + self.bytes.len() as u64
    }

    #[cold]
    fn end_page(&mut self, level: usize) -> Result<()> {
        let page = std::mem::take(&mut self.levels[level]);
        let (begin, number) = (self.bytes.len(), self.pages);
        let len = PAGE_HEADER + page.body.len() + page.places.len();
        let too_large = |_| Error::Unusable { what: "a page of a snapshot would be larger than 4 GiB".into() };
        let place = PageRef { offset: self.offset(), len: u32::try_from(len).map_err(too_large)?, number };
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&place.len.to_le_bytes());
        self.bytes.extend_from_slice(&[level as u8, 0, 0, 0]);
        self.bytes.extend_from_slice(&(page.count() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&page.body);
        self.bytes.extend_from_slice(&page.places);
        let crc = checksum(number, &self.bytes[begin + 4..]);
        self.bytes[begin..begin + 4].copy_from_slice(&crc.to_le_bytes());
        self.pages += 1;
        if level + 1 == self.levels.len() {
            self.levels.push(Level::default());
        }
        let is_full = self.levels[level + 1].push(&page.first, &place.to_bytes());
        // Its memory serves the next page.
        self.levels[level].reuse(page);
        if self.bytes.len() >= WRITE_STEP {
            self.write()?;
        }
        if is_full { self.end_page(level + 1) } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        self.output.write_all(&self.bytes).map_err(|error| Error::io("write a snapshot", &error))?;
        self.written += self.bytes.len() as u64;
        self.bytes.clear();
        Ok(())
    }
}

impl Level {
    /// Adds an entry; returns whether the page is full.
    #[inline(always)]
    fn push(&mut self, key: &[u8], value: &[u8]) -> bool {
        if self.body.is_empty() {
            self.first.clear();
            self.first.extend_from_slice(key);
        }
        let place = (PAGE_HEADER + self.body.len()) as u32;
        self.places.extend_from_slice(&place.to_le_bytes());
        self.body.extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.body.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.body.extend_from_slice(key);
        self.body.extend_from_slice(value);
        self.body.len() + self.places.len() >= PAGE_TARGET
    }

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn count(&self) -> usize {
        self.places.len() / PLACE
    }

    /// The page that the one entry leads to.
    fn lone_page(&self) -> PageRef {
        let value = self.body.len() - PageRef::LEN;
        PageRef::read(&self.body[value..]).unwrap_or_default()
    }

    fn reuse(&mut self, mut page: Level) {
        page.body.clear();
        page.places.clear();
        *self = page;
    }
}

/// The checksum of a page: of its number, so that none is taken for another, and of what is behind it.
#[inline(always)]
pub(super) fn checksum(number: u32, rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), rest)
}
