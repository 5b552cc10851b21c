//! Putting another file in the place of LMDB's, while the environment is in use: one as small as what it holds, or a restored
//! one.

use super::directory::{self, DATA, READERS};
use super::map::{Map, MapOptions};
use super::registry;
use crate::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Where the copy is made, on the same file system.
const WORK_DIR: &str = "compact.new";

/// What it came to.
pub(super) enum Outcome {
    /// LMDB's file is another one: this.
    Replaced(Map),
    /// All is as it was.
    Failed(Error),
    /// Only a part of what has to change at once has changed: nobody must write to either.
    Torn(Error),
}

/// Has `make` write a file, in a directory that is there for it, and puts it in the place of LMDB's. On the merge thread:
/// nothing else writes meanwhile.
///
/// The file is opened where it is made, and then moved with its table of readers: there is nothing left to be done, and to
/// fail, between the two moves and the use of it.
pub(super) fn replace(dir: &Path, open: MapOptions, make: impl FnOnce(&Path) -> Result<Map>) -> Outcome {
    let prepared = prepare(dir, open, make);
    let (scratch, made) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Outcome::Failed(error),
    };
    // Again: someone may have come to read meanwhile.
    let alone = be_alone(dir);
    // Before anything is moved: all that could fail for want of a descriptor.
    let directory = File::open(dir).map_err(|error| Error::io(format!("open {}", dir.display()), &error));
    let moved = |name: &str| {
        let renamed = std::fs::rename(scratch.0.join(name), dir.join(name));
        renamed.map_err(|error| Error::io(format!("put the new {name} in its place"), &error))
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
    registry::adopt(dir, &made);
    Outcome::Replaced(made)
}

#[cfg(unix)]
fn sync(directory: &File) -> Result<()> {
    directory.sync_all().map_err(|error| Error::io("sync the directory", &error))
}

#[cfg(not(unix))]
fn sync(_directory: &File) -> Result<()> {
    Ok(())
}

/// Has the file made, and opens it with all its databases.
fn prepare(dir: &Path, open: MapOptions, make: impl FnOnce(&Path) -> Result<Map>) -> Result<(Scratch, Map)> {
    drop(be_alone(dir)?);
    let scratch = Scratch::make(dir, open.mode)?;
    make(&scratch.0)?.sync()?;
    directory::sync(&scratch.0)?;
    let made = registry::open_all(&scratch.0, open)?;
    made.open_databases()?;
    Ok((scratch, made))
}

/// Removes what one that did not end left behind.
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
