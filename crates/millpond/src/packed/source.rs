//! Where the bytes of a packed snapshot are.

use crate::error::{Error, Result};
use bytes::Bytes;
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// Bytes that do not change.
pub(super) enum Source {
    Memory(Bytes),
    File(Mmap),
}

impl Source {
    /// Maps a file. Nobody may change it or cut it off meanwhile: snapshots are written under another name, and renamed.
    pub fn map(path: &Path) -> Result<Source> {
        let failed = |error| Error::io(format!("open {}", path.display()), &error);
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() == 0 {
            return Ok(Source::Memory(Bytes::new()));
        }
        // SAFETY: bytes that another process changed would be read as they are then, and checked like any; pages that it cut off
        // would end the process, as of any mapped file. What we write ourselves is never changed in place.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Ok(Source::File(map))
    }

    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Source::Memory(bytes) => bytes,
            Source::File(map) => map,
        }
    }
}
