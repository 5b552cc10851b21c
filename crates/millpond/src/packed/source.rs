//! Where the bytes of a packed snapshot are.

use super::format::damaged;
use crate::error::{Error, Result};
use bytes::Bytes;
use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::path::Path;

/// Bytes that do not change.
pub(super) enum Source {
    Memory(Bytes),
    File(Mmap),
}

impl Source {
    /// Maps a file, or so many bytes of it from an offset on. Nobody may change it or cut it off meanwhile: snapshots are
    /// written under another name, and renamed.
    pub fn map(path: &Path, part: Option<(u64, u64)>) -> Result<Source> {
        let failed = |error| Error::io(format!("open {}", path.display()), &error);
        let file = File::open(path).map_err(failed)?;
        let all = file.metadata().map_err(failed)?.len();
        let (offset, len) = part.unwrap_or((0, all));
        // What lies beyond the end of a file can be mapped, but not read.
        if offset.checked_add(len).is_none_or(|end| end > all) {
            return Err(damaged(&format!("{} is shorter than it should be", path.display())));
        }
        if len == 0 {
            return Ok(Source::Memory(Bytes::new()));
        }
        // SAFETY: bytes that another process changed would be read as they are then, and checked like any; pages that it cut off
        // would end the process, as of any mapped file. What we write ourselves is never changed in place.
        let map = unsafe { MmapOptions::new().offset(offset).len(len as usize).map(&file) }.map_err(failed)?;
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
