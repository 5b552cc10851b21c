//! [`MmapStateStore`]: one store of an environment of its own, as a [`StateStore`].

use super::Durability;
use super::directory::DATA;
use super::environment::Environment;
use super::options::EnvironmentOptions;
use super::rows::Rows;
use super::stores::StoreId;

use crate::error::{Error, Result};
use crate::memory::{InMemoryStore, Snapshot};
use crate::range::Range;
use crate::store::StateStore;
use crate::work::Work;
use bytes::Bytes;
use std::borrow::Borrow;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

const NAME: &str = "state";
/// A key-value store of bytes, as the JavaScript side of the library writes it.
const DEFINITION: &[u8] = br#"{"kind":"key-value","keyCodec":"bytes","valueCodec":"bytes"}"#;
/// A batch is handed to the log when it is as large as this.
const BATCH: usize = 1 << 20;
/// A write waits while more bytes than this are ahead of the disk, or of merges.
const AHEAD: usize = 8 << 20;
/// The overlay is merged when it is so large: what memory there is belongs to LMDB's pages.
const MERGE: usize = 8 << 20;
/// What LMDB has beside data, and keeps: two meta pages, and the few pages that its commits go round in.
const IN_MOTION: u64 = 64 << 10;
/// News may come when nobody listens.
const PATIENCE: Duration = Duration::from_millis(50);

/// A store in a directory, mapped into memory: what is larger than memory works too, and what was flushed is there when it is
/// opened again. It is one store of an [`Environment`], which has more to offer where that is wanted.
///
/// # Concurrency
/// One thread at a time. Writes go to a log and into LMDB on threads of its own.
///
/// # Durability
/// What was written before [`flush`](MmapStateStore::flush) returned, and all when it is dropped in good order. After a crash
/// what was written later may be there, in the order it was written, or not.
///
/// # Errors
/// Reads verify checksums: [`Error::Corruption`]. A write that the disk has no room for changes nothing.
///
/// ```
/// use millpond::MmapStateStore;
///
/// # let dir = std::env::temp_dir().join(format!("millpond-doc-{}", std::process::id()));
/// let mut store = MmapStateStore::persistent(&dir, 1 << 20)?;
/// store.put(b"key", b"value")?;
/// store.flush()?;
/// drop(store);
///
/// let store = MmapStateStore::persistent(&dir, 1 << 20)?;
/// assert_eq!(store.get(b"key")?.as_deref(), Some(&b"value"[..]));
/// # drop(store);
/// # std::fs::remove_dir_all(&dir).ok();
/// # Ok::<(), millpond::Error>(())
/// ```
pub struct MmapStateStore {
    /// In a cell because reading notes what was found.
    environment: RefCell<Environment>,
    store: StoreId,
    dir: PathBuf,
    /// Goes after the environment, which is in it.
    temporary: Option<Temporary>,
    news: Receiver<()>,
    len: usize,
    size_bytes: usize,
    /// Bytes written since a batch was last handed to the log.
    unsealed: usize,
}

// SAFETY: what keeps an environment in its thread are the counted references to LMDB's read transactions. All of them are in
// here: nothing that this type gives out holds one beyond a borrow of it, and it is not `Sync`. LMDB lets a transaction that is
// opened with MDB_NOTLS, as all are, be used by one thread after another.
unsafe impl Send for MmapStateStore {}

impl MmapStateStore {
    /// An empty store in a temporary directory, which goes with it. The capacity in bytes is a hint: it grows as it must.
    ///
    /// # Panics
    /// Where no such directory can be made; [`try_in_memory`](MmapStateStore::try_in_memory) says why.
    pub fn in_memory(capacity: usize) -> MmapStateStore {
        match Self::try_in_memory(capacity) {
            Ok(store) => store,
            Err(error) => panic!("a store in the temporary directory: {error}"),
        }
    }

    /// As [`in_memory`](MmapStateStore::in_memory), where the system may have no room for one.
    pub fn try_in_memory(_capacity: usize) -> Result<MmapStateStore> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique)
            .map_err(|_| Error::Unusable { what: "the system gives no random numbers".into() })?;
        let dir = std::env::temp_dir().join(format!("millpond-{:016x}", u64::from_le_bytes(unique)));
        let temporary = Temporary(dir.clone());
        let options = EnvironmentOptions { durability: Durability::Relaxed, ..EnvironmentOptions::new(dir) };
        Self::open(options, Some(temporary))
    }

    /// The store in this directory, made if it is missing. The capacity in bytes is a hint: it grows as it must.
    ///
    /// # Errors
    /// Those of [`Environment::open`]: [`Error::Locked`] while someone else has it open for writing, for one.
    pub fn persistent(path: impl AsRef<Path>, _capacity: usize) -> Result<MmapStateStore> {
        Self::open(EnvironmentOptions::new(path.as_ref()), None)
    }

    fn open(options: EnvironmentOptions, temporary: Option<Temporary>) -> Result<MmapStateStore> {
        let (tell, news) = sync_channel(1);
        // Where one is waiting already, that one serves.
        let notify = Box::new(move || _ = tell.try_send(()));
        let dir = options.dir.clone();
        let small = EnvironmentOptions { merge_bytes: MERGE, most_merge_bytes: MERGE, notify, ..options };
        let mut environment = Environment::open(small)?;
        let store = environment.open_store(NAME, DEFINITION)?;
        let view = environment.snapshot(store);
        let (len, size_bytes) = (view.len()?, view.size_bytes()?);
        drop(view);
        let environment = RefCell::new(environment);
        Ok(MmapStateStore { environment, store, dir, temporary, news, len, size_bytes, unsealed: 0 })
    }

    /// Whether it is there when it is opened again.
    pub fn is_persistent(&self) -> bool {
        self.temporary.is_none()
    }

    /// Its directory, if it is persistent.
    pub fn path(&self) -> Option<&Path> {
        self.is_persistent().then_some(&*self.dir)
    }

    /// A copy of the value of `key`. O(log n).
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.environment.borrow_mut().get(self.store, key)?.map(Bytes::copy_from_slice))
    }

    /// Whether `key` is there. O(log n).
    pub fn contains(&self, key: &[u8]) -> Result<bool> {
        self.environment.borrow_mut().contains(self.store, key)
    }

    /// Copies `key` and `value` into the store, in place of an earlier value. O(log n).
    pub fn put(&mut self, key: &[u8], value: impl AsRef<[u8]>) -> Result<()> {
        let value = value.as_ref();
        self.admit()?;
        let before = self.len_of(key)?;
        let store = self.store;
        self.environment.get_mut().put(store, key, value)?;
        self.size_bytes = self.size_bytes + key.len() + value.len() - before.map_or(0, |len| key.len() + len);
        self.len += before.is_none() as usize;
        self.unsealed += key.len() + value.len();
        Ok(())
    }

    /// Removes `key`; returns whether it was there. O(log n).
    pub fn delete(&mut self, key: &[u8]) -> Result<bool> {
        self.admit()?;
        let Some(len) = self.len_of(key)? else { return Ok(false) };
        let store = self.store;
        self.environment.get_mut().delete(store, key)?;
        self.size_bytes -= key.len() + len;
        self.len -= 1;
        self.unsealed += key.len();
        Ok(true)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The sum of the lengths of all keys and values.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Removes everything.
    pub fn clear(&mut self) -> Result<()> {
        let store = self.store;
        self.environment.get_mut().clear(store)?;
        (self.len, self.size_bytes) = (0, 0);
        Ok(())
    }

    /// Returns when all that was written is on the disk.
    pub fn flush(&mut self) -> Result<()> {
        self.unsealed = 0;
        let environment = self.environment.get_mut();
        let known = environment.progress();
        if known.failed.is_some() {
            environment.retry();
        }
        let sealed = environment.seal();
        self.wait(|environment| {
            let progress = environment.progress();
            match progress.failed {
                Some((_, error)) if progress.failures > known.failures => Err(error),
                _ => Ok(progress.synced >= sealed),
            }
        })
    }

    /// What it holds, copied into memory: O(n). Of a store that is larger than memory, an [`Environment`] has views in O(1).
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        let mut copy = InMemoryStore::new();
        for entry in self.scan(&Range::all(), false) {
            let (key, value) = entry?;
            copy.put(&key, value)?;
        }
        Ok(copy.snapshot())
    }

    /// Replaces everything by what `snapshot` holds, of an engine of any kind: all of it or, where that fails, nothing. O(n).
    ///
    /// # Errors
    /// [`Error::TransactionTooLarge`] for more than 2 GiB, beside those of a put.
    pub fn restore(&mut self, snapshot: impl Borrow<Snapshot>) -> Result<()> {
        let (snapshot, store) = (snapshot.borrow(), self.store);
        let environment = self.environment.get_mut();
        environment.savepoint();
        let range = Range::all();
        let mut iter = snapshot.iter(&range, false);
        let mut copied = environment.clear(store);
        while let (Ok(()), Some((key, value))) = (&copied, iter.next_ref()) {
            copied = environment.put(store, key, value);
        }
        match copied {
            Ok(()) => environment.release(),
            Err(_) => environment.roll_back()?,
        }
        copied?;
        (self.len, self.size_bytes) = (snapshot.len(), snapshot.size_bytes());
        self.unsealed += snapshot.size_bytes();
        Ok(())
    }

    /// Writes all that it holds anew, so that its file is as small as can be. O(n).
    ///
    /// # Errors
    /// [`Error::Busy`] while another process reads it.
    pub fn compact(&mut self) -> Result<()> {
        self.flush()?;
        self.environment.get_mut().merge();
        self.wait(|environment| {
            environment.progress();
            match environment.shared.outcome().merge_failed {
                Some(error) => Err(error),
                None => Ok(environment.merging().is_none()),
            }
        })?;
        // What was written while an earlier merge was under way.
        self.environment.get_mut().merge();
        self.wait(|environment| {
            environment.progress();
            Ok(environment.merging().is_none() || environment.shared.outcome().merge_failed.is_some())
        })?;
        let compact = self.environment.get_mut().compact();
        compact(&Arc::new(Work::default()))?;
        self.environment.get_mut().progress();
        Ok(())
    }

    /// How much of its file a [`compact`](MmapStateStore::compact) would give back, from 0 to 1; 0 after one. The log, and what
    /// was written since the last merge, are not in that file.
    pub fn fragmentation(&self) -> f64 {
        let used = self.environment.borrow_mut().stats().map_bytes;
        let file = std::fs::metadata(self.dir.join(DATA)).map_or(0, |file| file.len());
        let unused = file.saturating_sub(used + IN_MOTION);
        if unused == 0 { 0.0 } else { unused as f64 / file as f64 }
    }

    /// Lets a write in: hands what was written to the log now and then, and waits for the disk where that is far behind.
    fn admit(&mut self) -> Result<()> {
        if self.unsealed < BATCH {
            return Ok(());
        }
        self.unsealed = 0;
        let environment = self.environment.get_mut();
        let failures = environment.progress().failures;
        environment.seal();
        self.wait(|environment| {
            let progress = environment.progress();
            match progress.failed {
                Some((_, error)) if progress.failures > failures => Err(error),
                _ => Ok(environment.pending_bytes() + environment.unmerged_bytes() < AHEAD),
            }
        })
    }

    /// Waits until it is so.
    fn wait(&mut self, mut is_so: impl FnMut(&mut Environment) -> Result<bool>) -> Result<()> {
        while !is_so(self.environment.get_mut())? {
            // Whether there was news or time went by: look again.
            let _news = self.news.recv_timeout(PATIENCE);
        }
        Ok(())
    }

    fn len_of(&mut self, key: &[u8]) -> Result<Option<usize>> {
        let store = self.store;
        Ok(self.environment.get_mut().get(store, key)?.map(<[u8]>::len))
    }
}

impl Drop for MmapStateStore {
    fn drop(&mut self) {
        if self.is_persistent() {
            // Where that fails, what was flushed before is on the disk all the same.
            let _durable = self.flush();
        }
    }
}

/// A directory that is removed with what is in it.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What can't be removed the system clears away, as all in that place.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

impl std::fmt::Debug for MmapStateStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MmapStateStore").field("dir", &self.dir).field("len", &self.len).finish()
    }
}

impl StateStore for MmapStateStore {
    type Snapshot = Snapshot;

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.get(key)
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.put(key, value)
    }

    fn delete(&mut self, key: &[u8]) -> Result<()> {
        self.delete(key).map(drop)
    }

    fn contains(&self, key: &[u8]) -> Result<bool> {
        self.contains(key)
    }

    fn scan<'a>(&'a self, range: &'a Range, reverse: bool) -> Box<dyn Iterator<Item = Result<(Bytes, Bytes)>> + 'a> {
        let mut environment = self.environment.borrow_mut();
        Box::new(Rows::begin(|take| environment.scan_some(self.store, range.clone(), reverse, take)))
    }

    fn delete_range(&mut self, range: &Range) -> Result<usize> {
        let mut removed = 0;
        for entry in self.scan(range, false) {
            let (key, value) = entry?;
            removed += key.len() + value.len();
        }
        let store = self.store;
        let count = self.environment.get_mut().delete_range(store, range)?;
        self.len -= count;
        self.size_bytes -= removed;
        self.unsealed += removed;
        Ok(count)
    }

    fn len(&self) -> usize {
        self.len
    }

    fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    fn clear(&mut self) -> Result<()> {
        self.clear()
    }

    fn flush(&mut self) -> Result<()> {
        self.flush()
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        self.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.restore(snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_memory_takes_its_directory_with_it() {
        let mut store = MmapStateStore::in_memory(0);
        let dir = store.dir.clone();
        store.put(b"key", b"value").expect("put");
        store.flush().expect("flush");
        assert!(dir.join(DATA).exists());
        drop(store);
        assert!(!dir.exists());
    }
}
