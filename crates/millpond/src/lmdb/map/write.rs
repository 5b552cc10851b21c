//! The write transaction.

use super::environment::Inner;
use super::read::open_database;
use super::{Database, NO_VALUE, bytes_of, check, ffi, value_of};
use crate::error::{Error, Result};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

/// The write transaction of an environment: committed, or undone when dropped. It stays in its thread.
pub(crate) struct WriteTxn {
    raw: Option<NonNull<ffi::MDB_txn>>,
    environment: Arc<Inner>,
    _thread: PhantomData<*const ()>,
}

impl Drop for WriteTxn {
    fn drop(&mut self) {
        if let Some(raw) = self.raw {
            // SAFETY: open, and its cursors are gone.
            unsafe { ffi::mdb_txn_abort(raw.as_ptr()) }
        }
    }
}

impl WriteTxn {
    pub(super) fn begin(environment: Arc<Inner>) -> Result<WriteTxn> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: an open environment, which the transaction holds.
        check("begin a write", unsafe { ffi::mdb_txn_begin(environment.raw(), std::ptr::null_mut(), 0, &mut raw) })?;
        Ok(WriteTxn { raw: NonNull::new(raw), environment, _thread: PhantomData })
    }

    fn raw(&self) -> *mut ffi::MDB_txn {
        self.raw.map_or(std::ptr::null_mut(), NonNull::as_ptr)
    }

    /// The database of this name, made if there is none. The handle is others' once this is committed.
    pub fn create_database(&mut self, name: &str) -> Result<Database> {
        open_database(self.raw(), name, ffi::MDB_CREATE)?.ok_or_else(|| Error::corruption("data.mdb: no database made"))
    }

    /// The value of `key`, which is not empty.
    pub fn get(&self, database: Database, key: &[u8]) -> Result<Option<&[u8]>> {
        let mut key = value_of(key);
        let mut value = NO_VALUE;
        // SAFETY: an open transaction and a database of its environment.
        match unsafe { ffi::mdb_get(self.raw(), database.0, &mut key, &mut value) } {
            // SAFETY: LMDB's until the next write, which needs `&mut self`.
            ffi::MDB_SUCCESS => Ok(Some(unsafe { bytes_of(value) })),
            ffi::MDB_NOTFOUND => Ok(None),
            code => check("get", code).map(|()| None),
        }
    }

    pub fn put(&mut self, database: Database, key: &[u8], value: &[u8]) -> Result<()> {
        let (mut key, mut value) = (value_of(key), value_of(value));
        // SAFETY: an open transaction and a database of its environment; LMDB copies both.
        check("put", unsafe { ffi::mdb_put(self.raw(), database.0, &mut key, &mut value, 0) })
    }

    /// Puts an entry behind all that the database has.
    pub fn append(&mut self, database: Database, key: &[u8], value: &[u8]) -> Result<()> {
        let (mut key, mut value) = (value_of(key), value_of(value));
        // SAFETY: as in `put`.
        check("append", unsafe { ffi::mdb_put(self.raw(), database.0, &mut key, &mut value, ffi::MDB_APPEND) })
    }

    /// Removes `key`, if it is there.
    pub fn delete(&mut self, database: Database, key: &[u8]) -> Result<()> {
        let mut key = value_of(key);
        // SAFETY: an open transaction and a database of its environment.
        match unsafe { ffi::mdb_del(self.raw(), database.0, &mut key, std::ptr::null_mut()) } {
            ffi::MDB_NOTFOUND => Ok(()),
            code => check("delete", code),
        }
    }

    /// Empties a database.
    pub fn clear(&mut self, database: Database) -> Result<()> {
        // SAFETY: an open transaction and a database of its environment.
        check("clear", unsafe { ffi::mdb_drop(self.raw(), database.0, 0) })
    }

    /// A cursor for writing in key order.
    pub fn cursor(&mut self, database: Database) -> Result<WriteCursor<'_>> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: an open transaction, which the cursor borrows, and a database of its environment.
        check("open a cursor", unsafe { ffi::mdb_cursor_open(self.raw(), database.0, &mut raw) })?;
        let raw = NonNull::new(raw).ok_or(Error::OutOfMemory { bytes: 0 })?;
        Ok(WriteCursor { raw, _txn: PhantomData })
    }

    /// Makes it all durable and visible, or undoes it.
    pub fn commit(mut self) -> Result<()> {
        let Some(raw) = self.raw.take() else { return Ok(()) };
        // SAFETY: open, its cursors are gone, and it is gone after this, whatever the outcome.
        match unsafe { ffi::mdb_txn_commit(raw.as_ptr()) } {
            // What LMDB makes of a write that the file took a part of, as it does of a disk that fails.
            libc::EIO if self.environment.is_disk_full() => check("commit", libc::ENOSPC),
            code => check("commit", code),
        }
    }
}

/// A place in a database that is written on. Going on in key order spares most of the search.
pub(crate) struct WriteCursor<'t> {
    raw: NonNull<ffi::MDB_cursor>,
    _txn: PhantomData<&'t mut WriteTxn>,
}

impl Drop for WriteCursor<'_> {
    fn drop(&mut self) {
        // SAFETY: open, and its transaction too.
        unsafe { ffi::mdb_cursor_close(self.raw.as_ptr()) }
    }
}

impl WriteCursor<'_> {
    /// Writes `parts`, one behind the other, as the value of `key`; returns the length of the value that it replaced.
    pub fn put(&mut self, key: &[u8], parts: [&[u8]; 2]) -> Result<Option<usize>> {
        let len = parts[0].len() + parts[1].len();
        let room = ffi::MDB_val { mv_size: len, mv_data: std::ptr::null_mut() };
        let mut value = room;
        match self.store(key, &mut value, ffi::MDB_NOOVERWRITE | ffi::MDB_RESERVE) {
            ffi::MDB_SUCCESS => {
                // SAFETY: room for `len` bytes, ours until the next call.
                unsafe { fill(value, parts) };
                Ok(None)
            }
            // LMDB stands at the entry now, and `value` is what it holds.
            ffi::MDB_KEYEXIST => {
                let replaced = value.mv_size;
                value = room;
                check("put", self.store(key, &mut value, ffi::MDB_CURRENT | ffi::MDB_RESERVE))?;
                // SAFETY: as above.
                unsafe { fill(value, parts) };
                Ok(Some(replaced))
            }
            code => check("put", code).map(|()| None),
        }
    }

    fn store(&mut self, key: &[u8], value: &mut ffi::MDB_val, flags: u32) -> i32 {
        let mut key = value_of(key);
        // SAFETY: an open cursor; LMDB copies the key and gives room for the value.
        unsafe { ffi::mdb_cursor_put(self.raw.as_ptr(), &mut key, value, flags) }
    }

    /// Removes `key`; returns the length of its value, if it was there.
    pub fn delete(&mut self, key: &[u8]) -> Result<Option<usize>> {
        let (mut key, mut value) = (value_of(key), NO_VALUE);
        // SAFETY: an open cursor.
        match unsafe { ffi::mdb_cursor_get(self.raw.as_ptr(), &mut key, &mut value, ffi::MDB_SET_KEY) } {
            ffi::MDB_SUCCESS => {}
            ffi::MDB_NOTFOUND => return Ok(None),
            code => return check("delete", code).map(|()| None),
        }
        // SAFETY: an open cursor that stands at an entry.
        check("delete", unsafe { ffi::mdb_cursor_del(self.raw.as_ptr(), 0) })?;
        Ok(Some(value.mv_size))
    }
}

/// # Safety
/// `room` is writable for the length of all parts.
unsafe fn fill(room: ffi::MDB_val, parts: [&[u8]; 2]) {
    let mut at = room.mv_data.cast::<u8>();
    for part in parts {
        // SAFETY: the caller's promise; LMDB's page and the caller's slices don't overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
    }
}
