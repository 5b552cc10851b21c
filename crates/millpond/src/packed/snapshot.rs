//! [`PackedSnapshot`]: reading what was packed.

use super::entries::{Packed, PackedIter};
use super::format::PackedInfo;
use super::source::Source;
use crate::error::{Error, Result};
use crate::range::Range;
use bytes::Bytes;
use std::path::Path;

/// A packed snapshot, in memory or in a file that is mapped: usable at once, whatever its size.
///
/// # Ordering
/// Keys are in unsigned byte order.
///
/// # Concurrency
/// It may be read on any thread, by several at a time.
///
/// # Errors
/// [`Error::Corruption`] for bytes that are not what was written: when it is opened, of one up to 64 MiB, else at the latest
/// when they are first read. [`Error::WrongBase`] for an increment, which is nothing without its base.
pub struct PackedSnapshot(Packed);

impl PackedSnapshot {
    /// Opens a file. It is mapped: nobody may write to it as long as this lives.
    pub fn open(path: impl AsRef<Path>) -> Result<PackedSnapshot> {
        Self::of(Source::map(path.as_ref(), None)?)
    }

    /// Opens one that is a part of a file: `len` bytes from `offset` on.
    pub fn open_at(path: impl AsRef<Path>, offset: u64, len: u64) -> Result<PackedSnapshot> {
        Self::of(Source::map(path.as_ref(), Some((offset, len)))?)
    }

    /// Reads one from memory, without a copy.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<PackedSnapshot> {
        Self::of(Source::Memory(bytes.into()))
    }

    fn of(source: Source) -> Result<PackedSnapshot> {
        let snapshot = Self::lazily(source)?;
        if snapshot.0.is_small() {
            snapshot.verify()?;
        }
        Ok(snapshot)
    }

    /// One of which no page was looked at.
    pub(super) fn lazily(source: Source) -> Result<PackedSnapshot> {
        let packed = Packed::open(source)?;
        let PackedInfo { id, base, .. } = &packed.footer.info;
        if let Some(base) = base {
            return Err(Error::WrongBase { what: format!("{id} is an increment: it needs {base}, its base") });
        }
        Ok(PackedSnapshot(packed))
    }

    /// What it says of itself.
    pub fn info(&self) -> &PackedInfo {
        &self.0.footer.info
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.info().len as usize
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of its bytes, as they are in a file.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The value of `key`, without a copy. O(log n).
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        self.0.get(key)
    }

    /// The entries of a range in key order, or the other way round. After an error there are no more. O(log n + k).
    pub fn iter<'a>(&'a self, range: &'a Range, reverse: bool) -> PackedIter<'a> {
        self.0.iter(range, reverse)
    }

    /// Reads all of it; an error where anything is not what was written. O(bytes).
    pub fn verify(&self) -> Result<()> {
        self.0.verify()?;
        self.0.requires_all()
    }
}

impl std::fmt::Debug for PackedSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedSnapshot").field("info", self.info()).finish()
    }
}
