//! What a batch is made of: the outcome of each write, never how it came about.
//!
//! ```text
//! put      01 store varint, key length varint, value length varint, key, value, 00
//! delete   02 store varint, key length varint, key
//! clear    03 store varint
//! ```
//!
//! Varints are LEB128. The zero behind a value is room for the overlay's tag, so that value and tag are one slice.

use crate::error::{Error, Result};

const PUT: u8 = 1;
const DELETE: u8 = 2;
const CLEAR: u8 = 3;

/// The most that a record takes beside its key and value.
pub(super) const OVERHEAD: usize = 1 + 5 + 5 + 10 + 1;

/// A write, by its outcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// The value has a byte of room behind it.
    Put {
        store: u32,
        key: &'a [u8],
        tagged: &'a [u8],
    },
    Delete {
        store: u32,
        key: &'a [u8],
    },
    Clear {
        store: u32,
    },
}

/// Appends a put; returns where the value begins, which ends, with its byte of room, at the end of the batch.
#[inline(always)]
pub(super) fn put(batch: &mut Vec<u8>, store: u32, key: &[u8], value: &[u8]) -> usize {
    batch.reserve(OVERHEAD + key.len() + value.len());
    batch.push(PUT);
    varint(batch, store as u64);
    varint(batch, key.len() as u64);
    varint(batch, value.len() as u64);
    batch.extend_from_slice(key);
    let at = batch.len();
    batch.extend_from_slice(value);
    batch.push(0);
    at
}

#[inline(always)]
pub(super) fn delete(batch: &mut Vec<u8>, store: u32, key: &[u8]) {
    batch.push(DELETE);
    varint(batch, store as u64);
    varint(batch, key.len() as u64);
    batch.extend_from_slice(key);
}

pub(super) fn clear(batch: &mut Vec<u8>, store: u32) {
    batch.push(CLEAR);
    varint(batch, store as u64);
}

#[inline(always)]
fn varint(batch: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        batch.push(number as u8 | 0x80);
        number >>= 7;
    }
    batch.push(number as u8);
}

/// Takes the first record off a batch.
pub(super) fn read<'a>(batch: &mut &'a [u8]) -> Result<Record<'a>> {
    let kind = take(batch, 1)?[0];
    let store = u32::try_from(read_varint(batch)?).map_err(|_| broken())?;
    match kind {
        PUT => {
            let (key_len, value_len) = (length(batch)?, length(batch)?);
            Ok(Record::Put { store, key: take(batch, key_len)?, tagged: take(batch, value_len + 1)? })
        }
        DELETE => {
            let len = length(batch)?;
            Ok(Record::Delete { store, key: take(batch, len)? })
        }
        CLEAR => Ok(Record::Clear { store }),
        _ => Err(broken()),
    }
}

fn take<'a>(batch: &mut &'a [u8], len: usize) -> Result<&'a [u8]> {
    let (taken, rest) = batch.split_at_checked(len).ok_or_else(broken)?;
    *batch = rest;
    Ok(taken)
}

fn length(batch: &mut &[u8]) -> Result<usize> {
    // No longer than what is left: so no sum with it overflows.
    let len = read_varint(batch)?;
    if len <= batch.len() as u64 { Ok(len as usize) } else { Err(broken()) }
}

fn read_varint(batch: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(batch, 1)?[0];
        number |= ((byte & 0x7F) as u64) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(broken())
}

fn broken() -> Error {
    Error::corruption("log: a record is not what was written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back() {
        let mut batch = Vec::new();
        let at = put(&mut batch, 300, b"key", b"value");
        assert_eq!(&batch[at..], b"value\0");
        delete(&mut batch, u32::MAX, b"");
        clear(&mut batch, 0);
        let mut rest = &batch[..];
        assert_eq!(read(&mut rest), Ok(Record::Put { store: 300, key: b"key", tagged: b"value\0" }));
        assert_eq!(read(&mut rest), Ok(Record::Delete { store: u32::MAX, key: b"" }));
        assert_eq!(read(&mut rest), Ok(Record::Clear { store: 0 }));
        assert!(rest.is_empty());
    }

    #[test]
    fn cut_and_foreign_bytes_are_errors_and_no_panics() {
        let mut batch = Vec::new();
        put(&mut batch, 1, b"key", b"value");
        for len in 0..batch.len() {
            assert!(read(&mut &batch[..len]).is_err());
        }
        assert!(read(&mut &[9, 0][..]).is_err());
        assert!(read(&mut &[1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF][..]).is_err());
    }
}
