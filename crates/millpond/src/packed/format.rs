//! The bytes of a packed snapshot.
//!
//! ```text
//! header   "MPONDSNP"   version u32   crc32c u32 of the 12 bytes before
//! pages    one behind the other: those with entries in key order, and behind the last child of each page above it, that page
//! footer   what PackedInfo has, see `Footer`
//! tail     footer offset u64   footer length u32   crc32c u32 of the footer   "MPONDEND"
//! ```
//!
//! A page, and what it has from byte 16 on:
//!
//! ```text
//! crc32c u32 of the page's number (u32) and of all behind it   length u32   level u8   0 0 0   count u32
//! entries    key length u16   value length u32   key   value
//! places     where each entry begins, u32 each
//! ```
//!
//! On level 0 entries are those of the store, and in an increment changes: see `change`. Above, the key is the first one of a
//! page, and the value is where it is: offset u64, length u32, number u32. Integers are little-endian, keys sort as unsigned
//! bytes.

use crate::error::{Error, Result};
use bytes::Bytes;

pub(super) const MAGIC: [u8; 8] = *b"MPONDSNP";
pub(super) const END: [u8; 8] = *b"MPONDEND";
/// A later one is refused.
pub(super) const VERSION: u32 = 1;

pub(super) const HEADER_LEN: usize = 16;
pub(super) const TAIL_LEN: usize = 24;
pub(super) const PAGE_HEADER: usize = 16;
pub(super) const ENTRY_HEADER: usize = 6;
pub(super) const PLACE: usize = 4;
/// A page of entries ends behind the first that reaches this.
pub(super) const PAGE_TARGET: usize = 16 << 10;

/// Where a page is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageRef {
    pub offset: u64,
    pub len: u32,
    /// Pages are numbered from 0 in the order that they stand in.
    pub number: u32,
}

impl PageRef {
    pub const LEN: usize = 16;

    pub fn to_bytes(self) -> [u8; PageRef::LEN] {
        let mut bytes = [0; PageRef::LEN];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.len.to_le_bytes());
        bytes[12..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    pub fn read(bytes: &[u8]) -> Option<PageRef> {
        let mut rest = Fields(bytes);
        let page = PageRef { offset: rest.u64()?, len: rest.u32()?, number: rest.u32()? };
        rest.is_empty().then_some(page)
    }
}

/// Names a packed snapshot, so that an increment can say which one it goes on from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SnapshotId(pub [u8; 16]);

impl SnapshotId {
    const NONE: SnapshotId = SnapshotId([0; 16]);

    /// Sixteen random bytes: no two snapshots have the same.
    pub fn random() -> Result<SnapshotId> {
        let mut id = [0; 16];
        let failed = |_| Error::Unusable { what: "the system gives no random numbers".into() };
        getrandom::fill(&mut id).map_err(failed).map(|()| SnapshotId(id))
    }

    fn some(self) -> Option<SnapshotId> {
        (self != SnapshotId::NONE).then_some(self)
    }
}

impl std::fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for SnapshotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// What a packed snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedInfo {
    /// Its name among snapshots; where it is packed without one it gets a random one.
    pub id: SnapshotId,
    /// Of an increment: the snapshot, or the increment, from which it goes on. Nothing for one that holds all.
    pub base: Option<SnapshotId>,
    /// The number of entries; of an increment, what the store has with it.
    pub len: u64,
    /// The sum of the lengths of all keys and values; of an increment, the same.
    pub size_bytes: u64,
    /// When the snapshot was taken: milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The name of the store; empty for one that has none.
    pub name: String,
    /// What the store's owner says of its kind and codecs.
    pub definition: Bytes,
    /// What the user wanted kept with it, as the positions in the input.
    pub metadata: Bytes,
}

/// The footer: the info, and where the pages begin.
///
/// ```text
/// id 16 bytes   id of the base, 16 bytes, zeros for none   len u64   size u64   timestamp i64
/// entries u64   their bytes u64   pages u32   level of the root u8   0 0 0   the root as a page has its children
/// name length u32   definition length u32   metadata length u32   name   definition   metadata
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer {
    pub info: PackedInfo,
    /// What the pages have: of an increment not what the store has.
    pub entries: u64,
    pub entry_bytes: u64,
    pub pages: u32,
    pub level: u8,
    /// Of an empty snapshot all zeros.
    pub root: PageRef,
}

impl Footer {
    pub fn to_bytes(&self) -> Vec<u8> {
        let PackedInfo { id, base, len, size_bytes, timestamp_ms, name, definition, metadata } = &self.info;
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&id.0);
        bytes.extend_from_slice(&base.unwrap_or_default().0);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&size_bytes.to_le_bytes());
        bytes.extend_from_slice(&timestamp_ms.to_le_bytes());
        bytes.extend_from_slice(&self.entries.to_le_bytes());
        bytes.extend_from_slice(&self.entry_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.pages.to_le_bytes());
        bytes.extend_from_slice(&[self.level, 0, 0, 0]);
        bytes.extend_from_slice(&self.root.to_bytes());
        for part in [name.as_bytes(), definition, metadata] {
            bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        }
        for part in [name.as_bytes(), definition, metadata] {
            bytes.extend_from_slice(part);
        }
        bytes
    }

    pub fn read(bytes: &[u8]) -> Option<Footer> {
        let mut rest = Fields(bytes);
        let (id, base) = (SnapshotId(rest.array()?), SnapshotId(rest.array()?).some());
        let (len, size_bytes, timestamp_ms) = (rest.u64()?, rest.u64()?, rest.u64()? as i64);
        let (entries, entry_bytes) = (rest.u64()?, rest.u64()?);
        let (pages, [level, ..]) = (rest.u32()?, rest.u32()?.to_le_bytes());
        let root = PageRef::read(rest.take(PageRef::LEN)?)?;
        let lens = [rest.u32()?, rest.u32()?, rest.u32()?];
        let name = String::from_utf8(rest.take(lens[0] as usize)?.to_vec()).ok()?;
        let definition = Bytes::copy_from_slice(rest.take(lens[1] as usize)?);
        let metadata = Bytes::copy_from_slice(rest.take(lens[2] as usize)?);
        let info = PackedInfo { id, base, len, size_bytes, timestamp_ms, name, definition, metadata };
        rest.is_empty().then_some(Footer { info, entries, entry_bytes, pages, level, root })
    }
}

/// The header of a file of this version.
pub(super) fn header() -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// What comes behind the footer, which begins at `offset`.
pub(super) fn tail(offset: u64, footer: &[u8]) -> [u8; TAIL_LEN] {
    let mut bytes = [0; TAIL_LEN];
    bytes[..8].copy_from_slice(&offset.to_le_bytes());
    bytes[8..12].copy_from_slice(&(footer.len() as u32).to_le_bytes());
    bytes[12..16].copy_from_slice(&crc32c::crc32c(footer).to_le_bytes());
    bytes[16..].copy_from_slice(&END);
    bytes
}

/// Checks header and tail, and reads the footer; returns it with its offset, where the pages end.
pub(super) fn read_ends(bytes: &[u8]) -> Result<(Footer, u64)> {
    let (Some(head), Some(end)) = (bytes.first_chunk::<HEADER_LEN>(), bytes.last_chunk::<TAIL_LEN>()) else {
        return Err(damaged("it is shorter than header and tail"));
    };
    if bytes.len() < HEADER_LEN + TAIL_LEN || head[..8] != MAGIC {
        return Err(damaged("it does not begin as a snapshot does"));
    }
    let mut rest = Fields(&head[8..]);
    let (version, crc) = (rest.u32().unwrap_or(0), rest.u32().unwrap_or(0));
    if crc != crc32c::crc32c(&head[..12]) {
        return Err(damaged("its header has changed"));
    }
    if version > VERSION {
        let what = format!("a snapshot of format version {version}; the latest known here is {VERSION}");
        return Err(Error::Unusable { what });
    }
    let mut rest = Fields(end);
    let found = (rest.u64(), rest.u32(), rest.u32());
    let (Some(offset), Some(len), Some(crc)) = found else { return Err(damaged("its tail is cut off")) };
    if end[16..] != END || offset.checked_add(len as u64) != Some((bytes.len() - TAIL_LEN) as u64) {
        return Err(damaged("it does not end as a snapshot does"));
    }
    let footer = bytes.get(offset as usize..bytes.len() - TAIL_LEN).filter(|_| offset >= HEADER_LEN as u64);
    let footer = footer.filter(|footer| crc32c::crc32c(footer) == crc).and_then(Footer::read);
    footer.map(|footer| (footer, offset)).ok_or_else(|| damaged("its footer has changed"))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::corruption(format!("snapshot: {what}"))
}

/// Little-endian fields, one after the other.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
