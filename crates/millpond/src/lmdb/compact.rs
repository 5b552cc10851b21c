//! Making LMDB's file as small as what it holds, while the environment is in use.

use super::copy::{CopyOptions, copy_base};
use super::directory::{self, DATA, READERS};
use super::map::{Map, MapOptions};
use super::registry;
use super::stores::Stores;
use super::work::Work;
use crate::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Where the copy is made, on the same file system.
const WORK_DIR: &str = "compact.new";

/// Puts a packed copy in the place of LMDB's file, and opens it. On the merge thread: nothing else writes meanwhile.
pub(super) fn compact(map: &Map, dir: &Path, open: MapOptions, copy: CopyOptions, work: &Work) -> Result<Map> {
    drop(be_alone(dir)?);
    let scratch = Scratch::make(dir, copy.mode)?;
    {
        let (stores, _) = Stores::load(map)?;
        copy_base(map, &stores, &scratch.0, copy, work)?.sync()?;
    }
    // Again: someone may have come to read meanwhile.
    let _alone = be_alone(dir)?;
    let renamed = std::fs::rename(scratch.0.join(DATA), dir.join(DATA));
    renamed.map_err(|error| Error::io("put the compacted data.mdb in its place", &error))?;
    // The table of readers is that of the file that was.
    let _removed = std::fs::remove_file(dir.join(READERS));
    drop(scratch);
    directory::sync(dir)?;
    let compacted = registry::open(dir, open)?;
    // All its databases are open before others see it.
    let _loaded = Stores::load(&compacted)?;
    Ok(compacted)
}

/// Removes what a compaction that did not end left behind.
pub(super) fn clean_up(dir: &Path) {
    drop(Scratch(dir.join(WORK_DIR)));
}

/// Makes sure that nobody else reads the file, for as long as the lock is held.
fn be_alone(dir: &Path) -> Result<File> {
    let path = dir.join(DATA);
    let file = File::open(&path).map_err(|error| Error::io(format!("open {}", path.display()), &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { what: format!("{} is open for reading", dir.display()) }),
        Err(TryLockError::Error(error)) => Err(Error::io(format!("lock {}", path.display()), &error)),
    }
}

/// A directory that is removed with what is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn make(dir: &Path, mode: u32) -> Result<Scratch> {
        clean_up(dir);
        let path = dir.join(WORK_DIR);
        directory::create(&path, mode)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for name in [DATA, READERS] {
            let _removed = std::fs::remove_file(self.0.join(name));
        }
        let _removed = std::fs::remove_dir(&self.0);
    }
}
