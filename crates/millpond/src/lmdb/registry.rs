//! The environments of LMDB that are open in this process: a second one of the same files would, when it is closed, let go
//! of the locks of the first.

use super::directory::DATA;
use super::map::{Map, MapOptions, WeakMap};
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

/// The environment in `dir`, opened or, if this process has it open, shared.
pub(super) fn open(dir: &Path, options: MapOptions) -> Result<Map> {
    let mut guard = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = guard.get_or_insert_default();
    known.retain(|_, map| map.upgrade().is_some());
    if let Some(map) = identity(dir).and_then(|identity| known.get(&identity)?.upgrade()) {
        if map.is_read_only() && !options.read_only {
            return Err(Error::Busy { what: format!("{} is open for reading in this process", dir.display()) });
        }
        return Ok(map);
    }
    let map = Map::open(dir, options)?;
    if let Some(identity) = identity(dir) {
        known.insert(identity, map.downgrade());
    }
    Ok(map)
}
