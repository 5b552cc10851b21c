//! The door to LMDB: the one place of this engine where its C functions are called.
//!
//! [`Map`] is an open environment, [`ReadTxn`] and [`WriteTxn`] are its transactions, [`Cursor`] walks over a database.
//! Everything above is safe Rust: a transaction holds its environment, a cursor its transaction, and what they lend is
//! bound to them.
//!
//! The crate `heed` is the well-kept way to LMDB; it is not used here because its cursors borrow their transaction, where
//! ours are kept between calls from JavaScript, and because it neither renews a read transaction nor writes at a cursor.

// Every call here passes pointers that the types of this module own: environments, transactions and cursors that are
// open until they are dropped, and values that live as long as the call.

mod cursor;
mod environment;
mod pages;
mod read;
mod recent;
mod room;
mod write;

pub(crate) use cursor::Cursor;
pub(crate) use environment::{Map, MapOptions, WeakMap};
pub(crate) use pages::{Entry, Fault, PageFile, Roots, Tree, Visitor, Walker};
pub(crate) use read::ReadTxn;
pub(crate) use write::WriteTxn;

use crate::error::{Error, Result};
use lmdb_master_sys as ffi;
use std::ffi::{CStr, c_int};

/// A named database of an environment, by LMDB's number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Database(ffi::MDB_dbi);

/// What LMDB takes and gives in place of a slice.
fn value_of(bytes: &[u8]) -> ffi::MDB_val {
    ffi::MDB_val { mv_size: bytes.len(), mv_data: bytes.as_ptr().cast_mut().cast() }
}

const NO_VALUE: ffi::MDB_val = ffi::MDB_val { mv_size: 0, mv_data: std::ptr::null_mut() };

/// # Safety
/// LMDB filled `value`, and the transaction that it belongs to outlives `'a` without a write.
unsafe fn bytes_of<'a>(value: ffi::MDB_val) -> &'a [u8] {
    if value.mv_size == 0 {
        return &[];
    }
    // SAFETY: the caller's promise: LMDB's own memory, readable for the length it gave.
    unsafe { std::slice::from_raw_parts(value.mv_data.cast::<u8>(), value.mv_size) }
}

/// Turns LMDB's code into an error that says what was being done.
fn check(what: &'static str, code: c_int) -> Result<()> {
    match code {
        ffi::MDB_SUCCESS => Ok(()),
        ffi::MDB_MAP_FULL => Err(Error::MapFull),
        ffi::MDB_CORRUPTED | ffi::MDB_PAGE_NOTFOUND | ffi::MDB_PANIC => {
            Err(Error::corruption(format!("data.mdb: {what}: {}", message(code))))
        }
        ffi::MDB_VERSION_MISMATCH | ffi::MDB_INVALID | ffi::MDB_INCOMPATIBLE => {
            Err(Error::Unusable { what: format!("data.mdb: {}", message(code)) })
        }
        code if code > 0 => Err(Error::Io { what: format!("{what} (data.mdb)"), errno: code }),
        code => Err(Error::Io { what: format!("{what} (data.mdb): {}", message(code)), errno: 0 }),
    }
}

fn message(code: c_int) -> String {
    // SAFETY: gives a static text for every code.
    unsafe { CStr::from_ptr(ffi::mdb_strerror(code)) }.to_string_lossy().into_owned()
}
