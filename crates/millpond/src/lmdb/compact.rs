//! Making LMDB's file as small as what it holds, while the environment is in use.

use super::copy::{CopyOptions, copy_base};
use super::directory::{self, DATA, READERS};
use super::map::{Map, MapOptions};
use super::registry;
use super::stores::Stores;
use crate::error::{Error, Result};
use crate::work::Work;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Where the copy is made, on the same file system.
const WORK_DIR: &str = "compact.new";

/// What a compaction came to.
pub(super) enum Outcome {
    /// LMDB's file is another one: this.
    Compacted(Map),
    /// All is as it was.
    Failed(Error),
    /// Only a part of what has to change at once has changed: nobody must write to either.
    Torn(Error),
}

/// Puts a packed copy in the place of LMDB's file. On the merge thread: nothing else writes meanwhile.
///
/// The copy is opened where it is made, and then moved with its table of readers: there is nothing left to be done, and to
/// fail, between the two moves and the use of it.
pub(super) fn compact(map: &Map, dir: &Path, open: MapOptions, copy: CopyOptions, work: &Work) -> Outcome {
    let prepared = prepare(map, dir, open, copy, work);
    let (scratch, compacted) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Outcome::Failed(error),
    };
    // Again: someone may have come to read meanwhile.
    let alone = be_alone(dir);
    // Before anything is moved: all that could fail for want of a descriptor.
    let directory = File::open(dir).map_err(|error| Error::io(format!("open {}", dir.display()), &error));
    let moved = |name: &str| {
        let renamed = std::fs::rename(scratch.0.join(name), dir.join(name));
        renamed.map_err(|error| Error::io(format!("put the compacted {name} in its place"), &error))
    };
    // Who comes between the two moves waits until there is one pair again.
    let alone_there = be_alone(&scratch.0);
    let both = alone.as_ref().map_err(Clone::clone).and(alone_there.as_ref().map_err(Clone::clone));
    let directory = match both.and(directory) {
        Ok(directory) => directory,
        Err(error) => return Outcome::Failed(error),
    };
    if let Err(error) = moved(DATA) {
        return Outcome::Failed(error);
    }
    if let Err(error) = moved(READERS).and_then(|()| sync(&directory)) {
        return Outcome::Torn(error);
    }
    registry::adopt(dir, &compacted);
    Outcome::Compacted(compacted)
}

#[cfg(unix)]
fn sync(directory: &File) -> Result<()> {
    directory.sync_all().map_err(|error| Error::io("sync the directory", &error))
}

#[cfg(not(unix))]
fn sync(_directory: &File) -> Result<()> {
    Ok(())
}

/// Makes the copy, and opens it with all its databases.
fn prepare(map: &Map, dir: &Path, open: MapOptions, copy: CopyOptions, work: &Work) -> Result<(Scratch, Map)> {
    drop(be_alone(dir)?);
    let scratch = Scratch::make(dir, copy.mode)?;
    let (stores, _) = Stores::load(map)?;
    copy_base(map, &stores, &scratch.0, copy, work)?.sync()?;
    directory::sync(&scratch.0)?;
    let compacted = registry::open_all(&scratch.0, open)?;
    compacted.open_databases()?;
    Ok((scratch, compacted))
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
