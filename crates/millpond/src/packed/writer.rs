//! [`PackedWriter`]: packing entries.

use super::format::{
    ENTRY_HEADER, Footer, PAGE_HEADER, PAGE_TARGET, PLACE, PackedInfo, PageRef, SnapshotId, header, tail,
};
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
pub struct PackedWriter<W>(Pages<W>);

impl<W: Write> PackedWriter<W> {
    /// Begins a snapshot that holds all. What `info` says of lengths and of a base is not looked at.
    pub fn new(output: W, info: PackedInfo) -> Result<PackedWriter<W>> {
        Ok(PackedWriter(Pages::new(output, PackedInfo { base: None, ..info })?))
    }

    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if value.len() > MAX_VALUE_LEN {
            return Err(Error::ValueTooLarge { len: value.len(), limit: MAX_VALUE_LEN });
        }
        self.0.push(key, [value, &[]])
    }

    /// Ends the snapshot, and returns the output with all of it written.
    pub fn finish(mut self) -> Result<W> {
        (self.0.info.len, self.0.info.size_bytes) = (self.0.entries, self.0.entry_bytes);
        self.0.finish()
    }
}

/// Writes entries in pages, whatever they stand for.
pub(super) struct Pages<W> {
    output: W,
    /// What is not written yet: pages that are done, and at the end the page of entries that grows.
    bytes: Vec<u8>,
    /// What is.
    written: u64,
    /// Where in `bytes` the page of entries begins.
    leaf: usize,
    /// Where each of its entries begins in it.
    places: Vec<u8>,
    /// Where in `bytes` the last key is that was added, or where it was before it was written.
    last: std::ops::Range<usize>,
    last_written: Vec<u8>,
    /// Pages that grow above it, of their pages.
    above: Vec<Inner>,
    pages: u32,
    pub info: PackedInfo,
    pub entries: u64,
    pub entry_bytes: u64,
}

/// A page of pages that grows.
#[derive(Default)]
struct Inner {
    body: Vec<u8>,
    places: Vec<u8>,
    /// The key of its first entry.
    first: Vec<u8>,
}

impl<W: Write> Pages<W> {
    pub fn new(output: W, mut info: PackedInfo) -> Result<Pages<W>> {
        if info.id == SnapshotId::default() {
            info.id = SnapshotId::random()?;
        }
        Ok(Pages {
            output,
            bytes: header().to_vec(),
            written: 0,
            leaf: super::format::HEADER_LEN,
            places: Vec::new(),
            last: 0..0,
            last_written: Vec::new(),
            above: Vec::new(),
            pages: 0,
            info,
            entries: 0,
            entry_bytes: 0,
        })
    }

    /// Adds an entry, whose value comes in two parts.
    #[inline]
    pub fn push(&mut self, key: &[u8], value: [&[u8]; 2]) -> Result<()> {
        if key.len() > MAX_KEY_LEN {
            return Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN });
        }
        if self.entries > 0 && key <= self.last() {
            return Err(Error::Unusable { what: "the keys of a snapshot have to ascend".into() });
        }
        if self.places.is_empty() {
            self.leaf = self.bytes.len();
            self.bytes.extend_from_slice(&[0; PAGE_HEADER]);
        }
        let value_len = value[0].len() + value[1].len();
        let at = self.bytes.len();
        self.places.extend_from_slice(&((at - self.leaf) as u32).to_le_bytes());
        self.bytes.reserve(ENTRY_HEADER + key.len() + value_len);
        push_header(&mut self.bytes, key.len(), value_len);
        self.bytes.extend_from_slice(key);
        self.last = at + ENTRY_HEADER..self.bytes.len();
        self.bytes.extend_from_slice(value[0]);
        self.bytes.extend_from_slice(value[1]);
        self.entries += 1;
        self.entry_bytes += (key.len() + value_len) as u64;
        let is_full = self.bytes.len() - self.leaf - PAGE_HEADER + self.places.len() >= PAGE_TARGET;
        if is_full { self.end_leaf() } else { Ok(()) }
    }

    /// The key that was added last.
    #[inline(always)]
    fn last(&self) -> &[u8] {
        if self.places.is_empty() { &self.last_written } else { &self.bytes[self.last.clone()] }
    }

    /// Ends the snapshot, and returns the output with all of it written.
    pub fn finish(mut self) -> Result<W> {
        let (root, level) = self.end_pages()?;
        let info = std::mem::take(&mut self.info);
        let Pages { entries, entry_bytes, pages, .. } = self;
        let footer = Footer { info, entries, entry_bytes, pages, level, root }.to_bytes();
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
        if !self.places.is_empty() {
            self.end_leaf()?;
        }
        for index in 0.. {
            let Some(inner) = self.above.get(index) else { break };
            let is_top = index + 1 == self.above.len();
            if is_top && inner.places.len() == PLACE {
                return Ok((inner.lone_page(), index as u8));
            }
            if !inner.places.is_empty() {
                self.end_inner(index)?;
            }
        }
        Ok((PageRef::default(), 0))
    }

    /// Where the next byte comes to stand.
    fn offset(&self) -> u64 {
        self.written + self.bytes.len() as u64
    }

    #[cold]
    fn end_leaf(&mut self) -> Result<()> {
        self.last_written.clear();
        self.last_written.extend_from_slice(&self.bytes[self.last.clone()]);
        let mut places = std::mem::take(&mut self.places);
        self.bytes.extend_from_slice(&places);
        let first_len =
            u16::from_le_bytes([self.bytes[self.leaf + PAGE_HEADER], self.bytes[self.leaf + PAGE_HEADER + 1]]);
        let first_at = self.leaf + PAGE_HEADER + ENTRY_HEADER;
        let first = self.bytes[first_at..first_at + first_len as usize].to_vec();
        let place = self.seal(self.leaf, 0, places.len() / PLACE)?;
        places.clear();
        self.places = places;
        if self.bytes.len() >= WRITE_STEP {
            self.write()?;
        }
        self.add_above(0, &first, place)
    }

    /// Writes the head of the page that begins there and is whole; returns where it is.
    fn seal(&mut self, begin: usize, level: u8, count: usize) -> Result<PageRef> {
        let (number, offset) = (self.pages, self.written + begin as u64);
        let too_large = |_| Error::Unusable { what: "a page of a snapshot would be larger than 4 GiB".into() };
        let len = u32::try_from(self.bytes.len() - begin).map_err(too_large)?;
        let head = &mut self.bytes[begin..begin + PAGE_HEADER];
        head[4..8].copy_from_slice(&len.to_le_bytes());
        head[8..12].copy_from_slice(&[level, 0, 0, 0]);
        head[12..].copy_from_slice(&(count as u32).to_le_bytes());
        let crc = checksum(number, &self.bytes[begin + 4..]);
        self.bytes[begin..begin + 4].copy_from_slice(&crc.to_le_bytes());
        self.pages += 1;
        Ok(PageRef { offset, len, number })
    }

    /// Adds a page that is done to the one above it.
    fn add_above(&mut self, index: usize, first: &[u8], place: PageRef) -> Result<()> {
        if index == self.above.len() {
            self.above.push(Inner::default());
        }
        if self.above[index].push(first, place) { self.end_inner(index) } else { Ok(()) }
    }

    fn end_inner(&mut self, index: usize) -> Result<()> {
        let inner = std::mem::take(&mut self.above[index]);
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(&[0; PAGE_HEADER]);
        self.bytes.extend_from_slice(&inner.body);
        self.bytes.extend_from_slice(&inner.places);
        let place = self.seal(begin, index as u8 + 1, inner.places.len() / PLACE)?;
        self.add_above(index + 1, &inner.first, place)
    }

    fn write(&mut self) -> Result<()> {
        self.output.write_all(&self.bytes).map_err(|error| Error::io("write a snapshot", &error))?;
        self.written += self.bytes.len() as u64;
        self.bytes.clear();
        Ok(())
    }
}

impl Inner {
    /// Adds a page; returns whether this one is full.
    fn push(&mut self, key: &[u8], place: PageRef) -> bool {
        if self.body.is_empty() {
            self.first = key.to_vec();
        }
        self.places.extend_from_slice(&((PAGE_HEADER + self.body.len()) as u32).to_le_bytes());
        push_header(&mut self.body, key.len(), PageRef::LEN);
        self.body.extend_from_slice(key);
        self.body.extend_from_slice(&place.to_bytes());
        self.body.len() + self.places.len() >= PAGE_TARGET
    }

    /// The page that the one entry leads to.
    fn lone_page(&self) -> PageRef {
        let value = self.body.len() - PageRef::LEN;
        PageRef::read(&self.body[value..]).unwrap_or_default()
    }
}

#[inline(always)]
fn push_header(bytes: &mut Vec<u8>, key_len: usize, value_len: usize) {
    let mut header = [0; ENTRY_HEADER];
    header[..2].copy_from_slice(&(key_len as u16).to_le_bytes());
    header[2..].copy_from_slice(&(value_len as u32).to_le_bytes());
    bytes.extend_from_slice(&header);
}

/// The checksum of a page: of its number, so that none is taken for another, and of what is behind it.
#[inline(always)]
pub(super) fn checksum(number: u32, rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), rest)
}
