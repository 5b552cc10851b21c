//! The environments of LMDB that are open in this process: closing a second one of the same files would let go of the locks
//! of the first, and of its place in the table of readers.

use super::directory::DATA;
use super::map::{Map, MapOptions, WeakMap};
use super::verify;
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static OPEN: Mutex<Option<HashMap<Identity, WeakMap>>> = Mutex::new(None);

/// What tells a file from others, whatever path leads to it.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

#[cfg(unix)]
fn identity(dir: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(dir.join(DATA)).ok().map(|data| (data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity(dir: &Path) -> Option<Identity> {
    dir.join(DATA).canonicalize().ok()
}

/// What an environment is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Any that is open will do.
    Reading,
    /// One that is open must have the limits that are asked for.
    Writing,
}

/// The environment in `dir`, opened or, if this process has it open, shared.
pub(super) fn open(dir: &Path, options: MapOptions, wanted: Use) -> Result<Map> {
    let mut guard = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = guard.get_or_insert_default();
    known.retain(|_, map| !map.is_closed());
    if let Some(weak) = identity(dir).and_then(|identity| known.get(&identity)) {
        if let Some(map) = weak.upgrade() {
            return if wanted == Use::Reading { Ok(map) } else { shared_for_writing(map, dir, options) };
        }
        // The last one who had it is just closing it.
        weak.wait_closed();
    }
    let map = open_all(dir, options)?;
    if let Some(identity) = identity(dir) {
        known.insert(identity, map.downgrade());
    }
    Ok(map)
}

/// Takes note of an environment that was opened elsewhere and is in `dir` now.
pub(super) fn adopt(dir: &Path, map: &Map) {
    let mut guard = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(identity) = identity(dir) {
        guard.get_or_insert_default().insert(identity, map.downgrade());
    }
}

/// Opens an environment with room for all the databases that it has.
pub(super) fn open_all(dir: &Path, options: MapOptions) -> Result<Map> {
    let map = Map::open(dir, options)?;
    // Again before it is refused: a meta page may have been written just while it was read.
    verify::check_directory(&map).or_else(|_| verify::check_directory(&map))?;
    let there = map.read()?.names()?.len() as u32;
    if there <= options.databases {
        return Ok(map);
    }
    drop(map);
    Map::open(dir, MapOptions { databases: there, ..options })
}

/// One that is open, if its limits will do.
fn shared_for_writing(map: Map, dir: &Path, options: MapOptions) -> Result<Map> {
    let has = map.options();
    if !has.read_only && has.databases >= options.databases && has.map_size >= options.map_size {
        return Ok(map);
    }
    let what = format!("{} is open in this process for reading, or with lower limits", dir.display());
    Err(Error::Busy { what })
}
