//! Increments: what changed in a store since a packed snapshot, or since another increment.
//!
//! An increment is packed as a snapshot is. The value of an entry begins with a byte that says what happened to the key:
//!
//! ```text
//! 0   it was put: the value follows
//! 1   it was deleted: nothing follows
//! 2   it and all keys after it up to one, that one too, were deleted: that one follows
//! ```
//!
//! What stands behind such an entry, with keys that it covers, was put after all.

use super::entries::{Packed, PackedIter};
use super::format::{PackedInfo, SnapshotId, damaged};
use super::source::Source;
use super::writer::Pages;
use crate::error::{Error, Result};
use crate::range::Range;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};
use bytes::Bytes;
use std::io::Write;
use std::path::Path;

const PUT: u8 = 0;
const DELETE: u8 = 1;
const DELETE_THROUGH: u8 = 2;

/// What happened to a key, or to a stretch of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedChange<'a> {
    /// It has this value now.
    Put(&'a [u8]),
    /// It is gone.
    Delete,
    /// It is gone, with all keys after it up to this one, which is gone too.
    DeleteThrough(&'a [u8]),
}

impl<'a> PackedChange<'a> {
    fn read(key: &[u8], stored: &'a [u8]) -> Result<PackedChange<'a>> {
        match stored {
            [PUT, value @ ..] => Ok(PackedChange::Put(value)),
            [DELETE] => Ok(PackedChange::Delete),
            [DELETE_THROUGH, last @ ..] if last > key && last.len() <= MAX_KEY_LEN => {
                Ok(PackedChange::DeleteThrough(last))
            }
            _ => Err(damaged("an increment has an entry that is no change")),
        }
    }
}

/// Writes an increment from its beginning to its end, as [`PackedWriter`](crate::PackedWriter) writes a snapshot.
pub struct IncrementWriter<W>(Pages<W>);

impl<W: Write> IncrementWriter<W> {
    /// Begins an increment that goes on from `base`. `info` says what the store has with it.
    pub fn new(output: W, base: SnapshotId, info: PackedInfo) -> Result<IncrementWriter<W>> {
        Ok(IncrementWriter(Pages::new(output, PackedInfo { base: Some(base), ..info })?))
    }

    /// Adds a change.
    pub fn push(&mut self, key: &[u8], change: PackedChange) -> Result<()> {
        match change {
            PackedChange::Put(value) if value.len() > MAX_VALUE_LEN => {
                Err(Error::ValueTooLarge { len: value.len(), limit: MAX_VALUE_LEN })
            }
            PackedChange::Put(value) => self.0.push(key, [&[PUT], value]),
            PackedChange::Delete => self.0.push(key, [&[DELETE], &[]]),
            PackedChange::DeleteThrough(last) => self.0.push(key, [&[DELETE_THROUGH], last]),
        }
    }

    /// Ends the increment, and returns the output with all of it written.
    pub fn finish(self) -> Result<W> {
        self.0.finish()
    }
}

/// An increment, in memory or in a file that is mapped. What holds of a [`PackedSnapshot`](crate::PackedSnapshot) holds of it.
pub struct PackedIncrement {
    packed: Packed,
    base: SnapshotId,
}

impl PackedIncrement {
    /// Opens a file. It is mapped: nobody may write to it as long as this lives.
    pub fn open(path: impl AsRef<Path>) -> Result<PackedIncrement> {
        Self::of(Source::map(path.as_ref(), None)?)
    }

    /// Opens one that is a part of a file: `len` bytes from `offset` on.
    pub fn open_at(path: impl AsRef<Path>, offset: u64, len: u64) -> Result<PackedIncrement> {
        Self::of(Source::map(path.as_ref(), Some((offset, len)))?)
    }

    /// Reads one from memory, without a copy.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<PackedIncrement> {
        Self::of(Source::Memory(bytes.into()))
    }

    fn of(source: Source) -> Result<PackedIncrement> {
        let increment = Self::lazily(source)?;
        if increment.packed.is_small() {
            increment.verify()?;
        }
        Ok(increment)
    }

    /// One of which no page was looked at.
    pub(super) fn lazily(source: Source) -> Result<PackedIncrement> {
        let packed = Packed::open(source)?;
        let PackedInfo { id, base, .. } = packed.footer.info;
        let base =
            base.ok_or_else(|| Error::WrongBase { what: format!("{id} holds everything: it is no increment") })?;
        Ok(PackedIncrement { packed, base })
    }

    /// What it says of itself, and of the store with it.
    pub fn info(&self) -> &PackedInfo {
        &self.packed.footer.info
    }

    /// What it goes on from.
    pub fn base(&self) -> SnapshotId {
        self.base
    }

    /// The number of its bytes.
    pub fn bytes(&self) -> usize {
        self.packed.as_bytes().len()
    }

    /// The changes, in key order. After an error there are no more.
    pub fn changes(&self) -> Changes<'_> {
        static ALL: Range = Range::all();
        Changes(self.packed.iter(&ALL, false))
    }

    /// Reads all of it; an error where anything is not what was written. O(bytes).
    pub fn verify(&self) -> Result<()> {
        self.packed.verify()?;
        self.changes().try_for_each(|change| change.map(drop))
    }
}

impl std::fmt::Debug for PackedIncrement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedIncrement").field("info", self.info()).finish()
    }
}

/// The changes of an increment.
pub struct Changes<'a>(PackedIter<'a>);

impl<'a> Iterator for Changes<'a> {
    type Item = Result<(&'a [u8], PackedChange<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.0.next()?;
        Some(entry.and_then(|(key, stored)| PackedChange::read(key, stored).map(|change| (key, change))))
    }
}
