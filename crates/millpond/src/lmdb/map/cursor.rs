//! Walking over a database.

use super::read::{ReadTxn, unsound};
use super::{Database, NO_VALUE, bytes_of, check, ffi, value_of};
use crate::error::{Error, Result};
use std::ptr::NonNull;

/// A place in a database, kept between calls. It holds on to its view.
pub(crate) struct Cursor {
    raw: NonNull<ffi::MDB_cursor>,
    key: ffi::MDB_val,
    value: ffi::MDB_val,
    // Dropped after the cursor is closed.
    txn: ReadTxn,
}

impl Drop for Cursor {
    fn drop(&mut self) {
        // SAFETY: open, and its transaction too.
        unsafe { ffi::mdb_cursor_close(self.raw.as_ptr()) }
    }
}

impl Cursor {
    pub(super) fn open(txn: ReadTxn, database: Database) -> Result<Cursor> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: an open transaction, which the cursor holds, and a database of its environment.
        check("open a cursor", unsafe { ffi::mdb_cursor_open(txn.raw(), database.0, &mut raw) })?;
        let raw = NonNull::new(raw).ok_or(Error::OutOfMemory { bytes: 0 })?;
        Ok(Cursor { raw, key: NO_VALUE, value: NO_VALUE, txn })
    }

    #[inline(always)]
    fn go(&mut self, operation: ffi::MDB_cursor_op) -> Result<bool> {
        // SAFETY: an open cursor; `key` is the caller's for a seek, and LMDB's afterwards.
        match unsafe { ffi::mdb_cursor_get(self.raw.as_ptr(), &mut self.key, &mut self.value, operation) } {
            ffi::MDB_SUCCESS if self.txn.is_sound(&self.key) && self.txn.is_sound(&self.value) => Ok(true),
            ffi::MDB_SUCCESS => {
                (self.key, self.value) = (NO_VALUE, NO_VALUE);
                Err(unsound())
            }
            code => {
                (self.key, self.value) = (NO_VALUE, NO_VALUE);
                if code == ffi::MDB_NOTFOUND { Ok(false) } else { check("walk", code).map(|()| false) }
            }
        }
    }

    /// Goes to the first entry; whether there is one.
    pub fn first(&mut self) -> Result<bool> {
        self.go(ffi::MDB_FIRST)
    }

    /// Goes to the last entry; whether there is one.
    pub fn last(&mut self) -> Result<bool> {
        self.go(ffi::MDB_LAST)
    }

    /// Goes to the first entry whose key is not less than `key`; whether there is one.
    pub fn seek(&mut self, key: &[u8]) -> Result<bool> {
        // LMDB has no empty keys, and does not take one.
        if key.is_empty() {
            return self.first();
        }
        self.key = value_of(key);
        self.go(ffi::MDB_SET_RANGE)
    }

    /// Goes one entry on; whether there is one.
    #[inline(always)]
    pub fn next(&mut self) -> Result<bool> {
        self.go(ffi::MDB_NEXT)
    }

    /// Goes one entry back; whether there is one.
    #[inline(always)]
    pub fn previous(&mut self) -> Result<bool> {
        self.go(ffi::MDB_PREV)
    }

    /// The entry that the last step went to; empty where it found none.
    #[inline(always)]
    pub fn row(&self) -> (&[u8], &[u8]) {
        // SAFETY: LMDB's since the last step, in the map, unchanged as long as the transaction lives.
        unsafe { (bytes_of(self.key), bytes_of(self.value)) }
    }
}
