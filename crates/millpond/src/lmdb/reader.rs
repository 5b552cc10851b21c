//! [`Reader`]: the stores of a directory for reading, beside whoever writes.

use super::catalog::{self, Part};
use super::directory::{self, DATA, WriterLock};
use super::environment::EnvironmentStats;
use super::log::{self, Committed};
use super::map::Map;
use super::open::map_options;
use super::options::EnvironmentOptions;
use super::registry::{self, Use};
use super::store::{Scan, StoreSnapshot};
use super::stores::{StoreId, Stores};
use super::upkeep::Place;
use crate::disk::RealDisk;
use crate::error::{Error, Result};
use crate::memory::Visit;
use crate::range::Range;
use crate::windowed::Depth;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// The stores of a directory, for reading: every batch that was durable when it was opened or last refreshed, in LMDB or in
/// the log, and never a part of one. It writes nothing; what the log has above LMDB it holds in memory.
pub struct Reader {
    place: Place,
    map: Map,
    stores: Stores,
    /// Says that the file is read: a compaction leaves it where it is.
    _presence: File,
}

/// How often the log may run ahead of us before that is an error.
const TRIES: usize = 100;
/// How long a reader waits for who makes or compacts the directory, and how long between two looks.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);

impl Reader {
    /// Opens a directory that exists, beside its writer if there is one.
    pub fn open(options: &EnvironmentOptions) -> Result<Reader> {
        let begun = Instant::now();
        loop {
            match Self::try_open(options) {
                // Its writer is just making it.
                Err(Error::Unusable { .. }) if WriterLock::is_taken(&options.dir) && begun.elapsed() < PATIENCE => {}
                opened => return opened,
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn try_open(options: &EnvironmentOptions) -> Result<Reader> {
        let dir = directory::look_at(&options.dir)?;
        let presence = be_present(&dir)?;
        let map = match registry::open(&dir, map_options(options, false), Use::Reading) {
            // Without the right to write, LMDB's table of readers may be written still.
            Err(Error::Io { errno, .. }) if [libc::EACCES, libc::EROFS, libc::EPERM].contains(&errno) => {
                registry::open(&dir, map_options(options, true), Use::Reading)?
            }
            opened => opened?,
        };
        let stores = load_durable(&map, &dir)?;
        let place = Place { dir, map: map_options(options, false) };
        Ok(Reader { place, map, stores, _presence: presence })
    }

    /// Goes on to what is durable now. Scans and snapshots keep what they see.
    pub fn refresh(&mut self) -> Result<()> {
        self.stores = load_durable(&self.map, &self.place.dir)?;
        Ok(())
    }

    /// The store of this name.
    pub fn store(&self, name: &str) -> Option<StoreId> {
        self.stores.by_name(name)
    }

    /// The store that has the index of another one.
    pub fn index(&self, store: StoreId) -> Option<StoreId> {
        self.stores.by_name(&catalog::index_name(&self.stores.get(store).name))
    }

    /// A part of a store, if it has it.
    pub fn part(&self, store: StoreId, part: Part) -> Option<StoreId> {
        self.stores.by_name(&part.name_of(&self.stores.get(store).name))
    }

    /// The definition of a store, as it was given when the store was made.
    pub fn definition(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.stores.definition(name)
    }

    /// The names of all stores, in the order that they were made.
    pub fn store_names(&self) -> impl Iterator<Item = &str> {
        self.stores.listed().map(|store| &store.name[..])
    }

    /// By source, the next position to read.
    pub fn offsets(&mut self) -> Result<Vec<(String, u64)>> {
        self.stores.offsets()
    }

    /// The value of `key`, without a copy. O(log n).
    pub fn get(&self, store: StoreId, key: &[u8]) -> Result<Option<&[u8]>> {
        self.stores.get(store).get(key)
    }

    /// The number of entries, exact. O(entries of the log above LMDB), or O(1).
    pub fn len(&mut self, store: StoreId) -> Result<usize> {
        self.stores.get_mut(store).len()
    }

    /// Hands entries to `visit` until it stops; returns what goes on from there, if it was full. O(log n + k).
    pub fn scan_some(
        &mut self,
        store: StoreId,
        range: Range,
        reverse: bool,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<Option<Scan>> {
        self.stores.get_mut(store).scan_some(range, reverse, visit)
    }

    /// Hands entries to `visit` until it stops.
    pub(super) fn scan(
        &self,
        store: StoreId,
        range: &Range,
        reverse: bool,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        self.stores.get(store).scan_at(range, reverse, Depth::Any, visit)
    }

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self, store: StoreId) -> StoreSnapshot {
        self.stores.get_mut(store).snapshot()
    }

    /// How much there is and where. O(stores).
    pub fn stats(&self) -> EnvironmentStats {
        EnvironmentStats {
            entries: self.stores.listed().map(|store| store.approximate_len()).sum(),
            map_bytes: self.map.used_bytes().unwrap_or(0),
            overlay_bytes: self.stores.overlay_bytes(),
            ..EnvironmentStats::default()
        }
    }

    pub(super) fn place(&self) -> (Map, Place) {
        (self.map.clone(), self.place.clone())
    }
}

/// The stores as of the last batch that the writer says is durable; of all that is complete, without a writer.
pub(super) fn load_durable(map: &Map, dir: &Path) -> Result<Stores> {
    load(map, dir, || WriterLock::announced(dir))
}

/// The stores as LMDB and the log have them, up to the batch that `through` says is durable.
pub(super) fn load(map: &Map, dir: &Path, through: impl Fn() -> Option<u64>) -> Result<Stores> {
    for _ in 0..TRIES {
        let (mut stores, identity) = Stores::load(map)?;
        // Never less than what LMDB has parts of: that was durable before its merge began.
        let through = through().map(|batch| batch.max(identity.merging.unwrap_or(0)));
        let disk = RealDisk::open(dir.to_owned(), 0o600)?;
        let replay = |seq, batch: &[u8]| stores.replay(seq, batch);
        match log::read_committed(&disk, identity.uuid, identity.applied, through, replay)? {
            Committed::Through(last) if identity.merging.is_none_or(|merging| merging <= last) => return Ok(stores),
            Committed::Through(_) => {
                return Err(Error::corruption("the log ends before the merge that data.mdb is in the middle of"));
            }
            // Merged and removed while we read: LMDB has more now.
            Committed::Gone => {}
        }
    }
    if WriterLock::is_taken(dir) {
        return Err(Error::Busy { what: format!("{}: the log is removed faster than it can be read", dir.display()) });
    }
    Err(Error::corruption("the log does not go on where data.mdb ends"))
}

/// Takes the lock that keeps a compaction from putting another file in the place of this one.
fn be_present(dir: &Path) -> Result<File> {
    let path = dir.join(DATA);
    let begun = Instant::now();
    loop {
        let file = File::open(&path).map_err(|error| Error::io(format!("open {}", path.display()), &error))?;
        match file.try_lock_shared() {
            Ok(()) if is_at(&file, &path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy { what: format!("{} is being compacted", dir.display()) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io(format!("lock {}", path.display()), &error)),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Whether this is the file that the path leads to now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: std::fs::Metadata, b: std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().ok().zip(std::fs::metadata(path).ok()).is_some_and(|(open, there)| same(open, there))
}

/// A file that is open can't be replaced here.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}
