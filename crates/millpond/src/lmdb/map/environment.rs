//! An open LMDB environment.

use super::pages::{PageFile, check_page_size};
use super::read::{RawRead, ReadTxn};
use super::write::WriteTxn;
use super::{Database, check, ffi, room};
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::ffi::CString;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How an environment is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MapOptions {
    /// The size of the map in bytes. Where so much address space can't be had, half of it is tried, and so on.
    pub map_size: usize,
    /// The most named databases.
    pub databases: u32,
    /// The mode of new files.
    pub mode: u32,
    pub read_only: bool,
    /// Only to look at a file that is nobody's: no lock file is made.
    pub without_lock: bool,
    /// For a copy that is synced once, at its end.
    pub without_sync: bool,
}

/// More readers than anyone has: an entry is 64 bytes of a shared file.
pub(super) const MAX_READERS: u32 = 1024;
/// Less address space than this is no use.
const SMALLEST_MAP: usize = 1 << 20;

/// An open environment, shared by all who use it in this process.
#[derive(Clone)]
pub(crate) struct Map(Arc<Inner>);

pub(super) struct Inner {
    raw: NonNull<ffi::MDB_env>,
    options: MapOptions,
    /// Told when it is closed, which is some time after nobody has it any more.
    closed: Arc<Closed>,
    /// The size of the file's pages.
    page_size: usize,
    /// The databases that are open, by name.
    databases: Mutex<HashMap<String, Database>>,
    /// LMDB wants one transaction at a time to open some: whoever holds this.
    opening: Mutex<()>,
}

// SAFETY: an environment may be used from every thread (lmdb.h); what may not is its write transaction, which is not
// `Send`, and the opening of databases, which the mutex is for.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: transactions hold an `Arc` of this, so none is left.
        unsafe { ffi::mdb_env_close(self.raw.as_ptr()) }
        *self.closed.is.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.closed.told.notify_all();
    }
}

/// Whether an environment is closed.
#[derive(Default)]
struct Closed {
    is: Mutex<bool>,
    told: Condvar,
}

impl Inner {
    pub fn raw(&self) -> *mut ffi::MDB_env {
        self.raw.as_ptr()
    }

    /// The size of the file's pages.
    pub fn page_size(&self) -> usize {
        self.page_size
    }

    /// Whether the disk has no room for another transaction.
    pub fn is_disk_full(&self) -> bool {
        room::is_disk_full(self.raw())
    }

    /// Whether what LMDB points to, in its map, lies where such bytes can: within a page, or, behind a page's header, within
    /// as many pages as that header says. A changed length on the disk would lead beyond the file's end.
    #[inline(always)]
    pub fn is_sound(&self, value: &ffi::MDB_val) -> bool {
        const HEADER: usize = 16;
        const PAGES_AT: usize = 12;
        let offset = value.mv_data as usize & (self.page_size - 1);
        if offset + value.mv_size <= self.page_size {
            return true;
        }
        if offset != HEADER {
            return false;
        }
        // SAFETY: the header of a page that LMDB found inside the file.
        let pages = unsafe { value.mv_data.cast::<u8>().sub(HEADER - PAGES_AT).cast::<u32>().read_unaligned() };
        HEADER + value.mv_size <= pages as usize * self.page_size
    }
}

impl Map {
    /// Opens the environment in the directory `dir`, which exists. In one process a directory must be opened only once:
    /// closing a second one would let go of the locks of the first.
    pub fn open(dir: &Path, options: MapOptions) -> Result<Map> {
        check_page_size(&dir.join("data.mdb"))?;
        if !options.without_lock {
            room::reserve_readers(dir, options.mode)?;
        }
        let mut map_size = options.map_size.next_multiple_of(page_size());
        loop {
            match Self::open_sized(dir, options, map_size) {
                Err(Error::Io { errno: libc::ENOMEM, .. }) if map_size / 2 >= SMALLEST_MAP => map_size /= 2,
                opened => return opened,
            }
        }
    }

    fn open_sized(dir: &Path, options: MapOptions, map_size: usize) -> Result<Map> {
        let path = CString::new(dir.as_os_str().as_encoded_bytes())
            .map_err(|_| Error::Unusable { what: "a path with a NUL byte".into() })?;
        let mut flags = ffi::MDB_NOTLS;
        for (wanted, flag) in [
            (options.read_only, ffi::MDB_RDONLY),
            (options.without_lock, ffi::MDB_NOLOCK),
            (options.without_sync, ffi::MDB_NOSYNC),
        ] {
            if wanted {
                flags |= flag;
            }
        }
        let mut raw = std::ptr::null_mut();
        // SAFETY: makes an environment in `raw`.
        check("mdb_env_create", unsafe { ffi::mdb_env_create(&mut raw) })?;
        let raw = NonNull::new(raw).ok_or(Error::OutOfMemory { bytes: 0 })?;
        // From here on it is closed when dropped.
        let mut inner = Inner {
            raw,
            page_size: page_size(),
            options,
            closed: Arc::default(),
            databases: Mutex::default(),
            opening: Mutex::default(),
        };
        // SAFETY: an environment that is not open yet; the path lives through the call.
        unsafe {
            check("mdb_env_set_mapsize", ffi::mdb_env_set_mapsize(inner.raw(), map_size))?;
            check("mdb_env_set_maxreaders", ffi::mdb_env_set_maxreaders(inner.raw(), MAX_READERS))?;
            check("mdb_env_set_maxdbs", ffi::mdb_env_set_maxdbs(inner.raw(), options.databases))?;
            check("open", ffi::mdb_env_open(inner.raw(), path.as_ptr(), flags, options.mode as ffi::mdb_mode_t))?;
        }
        // SAFETY: plain numbers, for which zeros are fine.
        let mut stat = unsafe { std::mem::zeroed::<ffi::MDB_stat>() };
        // SAFETY: an open environment; fills `stat`.
        check("mdb_env_stat", unsafe { ffi::mdb_env_stat(inner.raw(), &mut stat) })?;
        inner.page_size = stat.ms_psize as usize;
        Ok(Map(Arc::new(inner)))
    }

    /// How it was opened.
    pub fn options(&self) -> MapOptions {
        self.0.options
    }

    /// A view of what the last commit left.
    pub fn read(&self) -> Result<ReadTxn> {
        ReadTxn::begin(self.0.clone())
    }

    /// The one write transaction; waits for another one to end. It belongs to this thread.
    pub fn write(&self) -> Result<WriteTxn> {
        WriteTxn::begin(self.0.clone())
    }

    /// Opens all databases that there are. A transaction sees those alone that were opened before it began.
    pub fn open_databases(&self) -> Result<()> {
        let _opening = self.opening();
        let names = self.read()?.names()?;
        let txn = RawRead::begin(&self.0)?;
        let mut opened = Vec::new();
        for name in names.into_iter().filter(|name| self.known(name).is_none()) {
            if let Some(database) = txn.open_database(&name)? {
                opened.push((name, database));
            }
        }
        // The handles are the environment's from here on.
        txn.commit()?;
        self.databases().extend(opened);
        Ok(())
    }

    /// The database of this name, if it is open. Waits for nobody.
    pub fn known(&self, name: &str) -> Option<Database> {
        self.databases().get(name).copied()
    }

    /// The databases that are open now, by name. A view that is taken after this knows them all.
    pub fn open_now(&self) -> HashMap<String, Database> {
        self.databases().clone()
    }

    /// Takes note of a database that a committed transaction made.
    pub fn know(&self, name: &str, database: Database) {
        self.databases().insert(name.to_owned(), database);
    }

    /// To be held from before a write transaction makes databases until it has ended.
    pub fn opening(&self) -> MutexGuard<'_, ()> {
        self.0.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are open, by name.
    fn databases(&self) -> MutexGuard<'_, HashMap<String, Database>> {
        self.0.databases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of the pages that hold data, as of the last commit.
    pub fn used_bytes(&self) -> Result<u64> {
        let databases: Vec<Database> = self.databases().values().copied().collect();
        self.read()?.used_bytes(databases)
    }

    /// Forgets the readers of processes that died. For the writer alone.
    pub fn clear_stale_readers(&self) -> Result<usize> {
        let mut dead = 0;
        // SAFETY: an open environment.
        check("mdb_reader_check", unsafe { ffi::mdb_reader_check(self.0.raw(), &mut dead) })?;
        Ok(dead as usize)
    }

    /// Makes everything committed durable: for an environment that was opened without syncs.
    pub fn sync(&self) -> Result<()> {
        // SAFETY: an open environment.
        check("sync", unsafe { ffi::mdb_env_sync(self.0.raw(), 1) })
    }

    /// Its file, page by page.
    pub fn page_file(&self) -> Result<PageFile> {
        PageFile::of(self.0.raw(), self.0.page_size)
    }

    /// Whether it is another environment than that one.
    pub fn is_other_than(&self, other: &Map) -> bool {
        !Arc::ptr_eq(&self.0, &other.0)
    }

    /// Something to know it by while it lives.
    pub fn downgrade(&self) -> WeakMap {
        WeakMap { map: Arc::downgrade(&self.0), closed: self.0.closed.clone() }
    }
}

/// An environment that may be closed meanwhile.
pub(crate) struct WeakMap {
    map: std::sync::Weak<Inner>,
    closed: Arc<Closed>,
}

impl WeakMap {
    pub fn upgrade(&self) -> Option<Map> {
        self.map.upgrade().map(Map)
    }

    pub fn is_closed(&self) -> bool {
        *self.closed.is.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is closed: nobody has it any more.
    pub fn wait_closed(&self) {
        let closed = self.closed.is.lock().unwrap_or_else(PoisonError::into_inner);
        let _closed = self.closed.told.wait_while(closed, |closed| !*closed);
    }
}

/// The system's page size, which LMDB's pages have.
pub(crate) fn page_size() -> usize {
    #[cfg(unix)]
    {
        // SAFETY: asks for a constant.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(4096)
    }
    #[cfg(not(unix))]
    {
        4096
    }
}
