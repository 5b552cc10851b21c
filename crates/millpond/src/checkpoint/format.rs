//! The bytes of a checkpoint.
//!
//! ```text
//! tables     packed snapshots and increments, one behind the other
//! contents   a packed snapshot that says what they are
//! tail       offset of the contents u64   their length u64   version u32   crc32c u32 of the 20 bytes before   "MPONDCKP"
//! ```
//!
//! The entries of the contents, whose id is the checkpoint's own:
//!
//! ```text
//! 62             the checkpoint that the increments go on from: its id, 16 bytes; where there are some
//! 6F source      an offset: the next position to read from a source u64
//! 73 store       a store: its definition
//! 74 store 00 k  a table of it: offset u64   length u64. k is "r" for the rows, "i" for their index, "e" for when they expire,
//!                "d" for the dictionary
//! ```

use crate::error::{Error, Result};

pub(super) const MAGIC: [u8; 8] = *b"MPONDCKP";
/// A later one is refused.
pub(super) const VERSION: u32 = 1;
pub(super) const TAIL_LEN: usize = 32;

pub(super) const BASE: &[u8] = b"b";
pub(super) const OFFSET: u8 = b'o';
pub(super) const STORE: u8 = b's';
pub(super) const TABLE: u8 = b't';

/// What a table of a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableKind {
    /// Its rows.
    Rows,
    /// The index of windows and sessions.
    Index,
    /// When rows expire.
    Expiry,
    /// The codes of strings.
    Dictionary,
}

impl TableKind {
    /// All of them, the rows first.
    pub const ALL: [TableKind; 4] = [TableKind::Rows, TableKind::Index, TableKind::Expiry, TableKind::Dictionary];

    fn letter(self) -> u8 {
        match self {
            TableKind::Rows => b'r',
            TableKind::Index => b'i',
            TableKind::Expiry => b'e',
            TableKind::Dictionary => b'd',
        }
    }
}

pub(super) fn table_key(store: &str, kind: TableKind) -> Vec<u8> {
    [&[TABLE], store.as_bytes(), &[0, kind.letter()]].concat()
}

pub(super) fn table_value(offset: u64, len: u64) -> [u8; 16] {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&offset.to_le_bytes());
    value[8..].copy_from_slice(&len.to_le_bytes());
    value
}

/// Offset and length of a table.
pub(super) fn read_table(value: &[u8]) -> Result<(u64, u64)> {
    let read = || {
        let (offset, len) = value.split_first_chunk()?;
        Some((u64::from_le_bytes(*offset), u64::from_le_bytes(len.try_into().ok()?)))
    };
    read().ok_or_else(|| damaged("a table has no place"))
}

pub(super) fn tail(offset: u64, len: u64) -> [u8; TAIL_LEN] {
    let mut bytes = [0; TAIL_LEN];
    bytes[..16].copy_from_slice(&table_value(offset, len));
    bytes[16..20].copy_from_slice(&VERSION.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..24].copy_from_slice(&crc.to_le_bytes());
    bytes[24..].copy_from_slice(&MAGIC);
    bytes
}

/// Offset and length of the contents of a checkpoint of so many bytes.
pub(super) fn read_tail(bytes: &[u8; TAIL_LEN], file_len: u64) -> Result<(u64, u64)> {
    if bytes[24..] != MAGIC {
        return Err(damaged("it does not end as a checkpoint does"));
    }
    if bytes[20..24] != crc32c::crc32c(&bytes[..20]).to_le_bytes() {
        return Err(damaged("its tail has changed"));
    }
    let (offset, len) = read_table(&bytes[..16])?;
    if bytes[16..20] != VERSION.to_le_bytes() {
        let what = "a checkpoint of another version of the format than is known here".into();
        return Err(Error::Unusable { what });
    }
    if offset.checked_add(len) != file_len.checked_sub(TAIL_LEN as u64) {
        return Err(damaged("its tail is not where its contents end"));
    }
    Ok((offset, len))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::corruption(format!("checkpoint: {what}"))
}
