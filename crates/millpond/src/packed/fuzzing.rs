//! For the fuzz targets: small snapshots that are read as large ones are.

use super::increment::PackedIncrement;
use super::snapshot::PackedSnapshot;
use super::source::Source;
use crate::error::Result;
use bytes::Bytes;

impl PackedSnapshot {
    /// One whose pages are checked when they are first read.
    pub fn from_bytes_lazily(bytes: impl Into<Bytes>) -> Result<PackedSnapshot> {
        Self::lazily(Source::Memory(bytes.into()))
    }
}

impl PackedIncrement {
    /// One whose pages are checked when they are first read.
    pub fn from_bytes_lazily(bytes: impl Into<Bytes>) -> Result<PackedIncrement> {
        Self::lazily(Source::Memory(bytes.into()))
    }
}
