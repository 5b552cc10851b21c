//! Read transactions.

use super::cursor::Cursor;
use super::environment::Inner;
use super::recent::{About, Recent};
use super::{Database, NO_VALUE, bytes_of, check, ffi, value_of};
use crate::error::{Error, Result};
use std::cell::RefCell;
use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

/// LMDB's own database of names.
const MAIN: Database = Database(1);

/// A view of what was committed when it began. Pages that it can see are not used again: it should not grow old.
///
/// Shared by reference count among those who read the same view in one thread: the store and its open scans.
#[derive(Clone)]
pub(crate) struct ReadTxn(Rc<RawRead>);

/// A read transaction, ended when dropped.
pub(super) struct RawRead {
    raw: NonNull<ffi::MDB_txn>,
    environment: Arc<Inner>,
    /// What was found, and is known to be sound.
    recent: RefCell<Recent>,
}

impl Drop for RawRead {
    fn drop(&mut self) {
        // SAFETY: open, and nobody holds it any more.
        unsafe { ffi::mdb_txn_abort(self.raw.as_ptr()) }
    }
}

impl RawRead {
    pub fn begin(environment: &Arc<Inner>) -> Result<RawRead> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: an open environment; the transaction holds it.
        check("begin a read", unsafe {
            ffi::mdb_txn_begin(environment.raw(), std::ptr::null_mut(), ffi::MDB_RDONLY, &mut raw)
        })?;
        let raw = NonNull::new(raw).ok_or(Error::OutOfMemory { bytes: 0 })?;
        Ok(RawRead { raw, environment: environment.clone(), recent: RefCell::default() })
    }

    pub fn raw(&self) -> *mut ffi::MDB_txn {
        self.raw.as_ptr()
    }

    /// A handle for a database that exists. It is the environment's only once this transaction is committed.
    pub fn open_database(&self, name: &str) -> Result<Option<Database>> {
        open_database(self.raw(), name, 0)
    }

    pub fn commit(self) -> Result<()> {
        let ended = ManuallyDrop::new(self);
        // SAFETY: read once each; the value that they are read from is not dropped.
        let _rest = unsafe { (std::ptr::read(&ended.environment), std::ptr::read(&ended.recent)) };
        // SAFETY: open, and gone after this, whatever the outcome.
        check("commit", unsafe { ffi::mdb_txn_commit(ended.raw()) })
    }
}

/// What LMDB points to can't be what it wrote.
#[cold]
pub(super) fn unsound() -> Error {
    Error::corruption("data.mdb: a length on a page has changed on disk")
}

/// Opens a database in a transaction; nothing if there is none and none is to be made.
pub(super) fn open_database(txn: *mut ffi::MDB_txn, name: &str, flags: u32) -> Result<Option<Database>> {
    let name = CString::new(name).map_err(|_| Error::Unusable { what: "a name with a NUL byte".into() })?;
    let mut database = 0;
    // SAFETY: an open transaction; the name lives through the call.
    match unsafe { ffi::mdb_dbi_open(txn, name.as_ptr(), flags, &mut database) } {
        ffi::MDB_NOTFOUND => Ok(None),
        code => check("open a database", code).map(|()| Some(Database(database))),
    }
}

impl ReadTxn {
    pub(super) fn begin(environment: Arc<Inner>) -> Result<ReadTxn> {
        RawRead::begin(&environment).map(|txn| ReadTxn(Rc::new(txn)))
    }

    pub(super) fn raw(&self) -> *mut ffi::MDB_txn {
        self.0.raw()
    }

    /// The value of `key`, which is not empty. In the map: no copy.
    #[inline(always)]
    pub fn get(&self, database: Database, key: &[u8]) -> Result<Option<&[u8]>> {
        let mut key = value_of(key);
        let mut value = NO_VALUE;
        // SAFETY: an open transaction and a database of its environment.
        match unsafe { ffi::mdb_get(self.raw(), database.0, &mut key, &mut value) } {
            // SAFETY: in the map, unchanged as long as the transaction lives.
            ffi::MDB_SUCCESS if self.is_sound(&value) => Ok(Some(unsafe { bytes_of(value) })),
            ffi::MDB_SUCCESS => Err(unsound()),
            ffi::MDB_NOTFOUND => Ok(None),
            code => check("get", code).map(|()| None),
        }
    }

    /// The stored value of `key`, if it was found before and [noted](ReadTxn::note).
    #[inline(always)]
    pub fn recent(&self, database: Database, key: &[u8]) -> Option<&[u8]> {
        // SAFETY: noted below, of this transaction.
        unsafe { self.0.recent.borrow().find(database, key) }
    }

    /// Takes note of where a value was found: `stored` is what [`get`](ReadTxn::get) gave for this key.
    #[inline(always)]
    pub fn note(&self, database: Database, key: &[u8], stored: &[u8]) {
        let about = || About {
            entries: self.entries(database).map_or(0, |entries| entries as usize),
            page_size: self.0.environment.page_size(),
        };
        self.0.recent.borrow_mut().note(database, key, stored, about);
    }

    #[inline(always)]
    pub(super) fn is_sound(&self, value: &ffi::MDB_val) -> bool {
        self.0.environment.is_sound(value)
    }

    /// The number of entries of a database.
    pub fn entries(&self, database: Database) -> Result<u64> {
        self.stat(database).map(|stat| stat.ms_entries as u64)
    }

    fn stat(&self, database: Database) -> Result<ffi::MDB_stat> {
        // SAFETY: plain numbers, for which zeros are fine.
        let mut stat = unsafe { std::mem::zeroed::<ffi::MDB_stat>() };
        // SAFETY: an open transaction and a database of its environment; fills `stat`.
        check("mdb_stat", unsafe { ffi::mdb_stat(self.raw(), database.0, &mut stat) })?;
        Ok(stat)
    }

    /// Bytes of the pages of all databases that are open: of the file, what is not free.
    pub fn used_bytes(&self, databases: impl IntoIterator<Item = Database>) -> Result<u64> {
        const FREE: Database = Database(0);
        let mut pages = 0;
        for database in [FREE, MAIN].into_iter().chain(databases) {
            let stat = self.stat(database)?;
            pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
        }
        Ok((pages * self.0.environment.page_size()) as u64)
    }

    /// The number of the commit that it sees.
    pub fn id(&self) -> u64 {
        // SAFETY: an open transaction.
        unsafe { ffi::mdb_txn_id(self.raw()) as u64 }
    }

    /// A cursor that holds on to this transaction.
    pub fn cursor(&self, database: Database) -> Result<Cursor> {
        Cursor::open(self.clone(), database)
    }

    /// Names of all databases, in order.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut cursor = self.cursor(MAIN)?;
        let mut names = Vec::new();
        let mut found = cursor.first()?;
        while found {
            names.push(String::from_utf8_lossy(cursor.row().0).into_owned());
            found = cursor.next()?;
        }
        Ok(names)
    }
}
