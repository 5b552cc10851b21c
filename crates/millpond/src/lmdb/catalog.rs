//! The reserved database: what the directory is, how far the log is merged, which stores there are, and the offsets.
//!
//! ```text
//! 00 46          format version                u32
//! 00 55          the environment's uuid        16 bytes
//! 00 41          the last batch that is merged u64
//! 00 4D          the batch that a merge is at  u64   (only while one is)
//! 00 4B store    the value of a store's empty key, which LMDB can't hold
//! 00 5A store    bytes of a store's keys and values  u64
//! 73 name        a store: its number u32, and its definition as the user of this crate wrote it
//! 6F source      an offset: the next position to read from a source  u64
//! ```
//!
//! `store` is four bytes, the highest first, as keys sort; numbers in values are little-endian. Every value ends in a
//! checksum, as in any store; the first six are written by merges alone, the last two are entries of store 0, which go by
//! way of the overlay and the log as those of all stores do.

use super::checksum;
use super::map::{Database, Map, ReadTxn, WriteTxn};
use crate::checkpoint::TableKind;
use crate::error::{Error, Result};

/// The name of the reserved database, and how no other one may begin.
pub(crate) const RESERVED: &str = "__millpond";
/// How the names of stores begin that have the index of another one.
const INDEX_OF: &str = "__millpond.index.";
/// The store that the catalog's own entries are in.
pub(super) const STORE: u32 = 0;
/// The version of what this engine writes to `data.mdb`.
const FORMAT: u32 = 1;

const FORMAT_KEY: [u8; 2] = [0, b'F'];
const UUID_KEY: [u8; 2] = [0, b'U'];
const APPLIED_KEY: [u8; 2] = [0, b'A'];
const MERGING_KEY: [u8; 2] = [0, b'M'];

/// What a directory says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub uuid: [u8; 16],
    /// The last batch that is wholly in LMDB.
    pub applied: u64,
    /// The batch that an unfinished merge was at: parts of all up to it may be in LMDB.
    pub merging: Option<u64>,
}

pub(super) fn empty_key(store: u32) -> [u8; 6] {
    with_number(b'K', store)
}

pub(super) fn size_key(store: u32) -> [u8; 6] {
    with_number(b'Z', store)
}

fn with_number(kind: u8, store: u32) -> [u8; 6] {
    let [a, b, c, d] = store.to_be_bytes();
    [0, kind, a, b, c, d]
}

/// The store and the key that the checksum of a catalog's value is over.
pub(super) fn guarded_as(key: &[u8]) -> (u32, &[u8]) {
    match key {
        [0, b'K', number @ ..] => (number.try_into().map_or(STORE, u32::from_be_bytes), &[]),
        _ => (STORE, key),
    }
}

/// The name of the store that has the index of the one of this name.
pub(super) fn index_name(store: &str) -> String {
    [INDEX_OF, store].concat()
}

/// A store that belongs to another one, which some have: what is in it is the affair of whoever opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// When rows expire.
    Expiry,
    /// The strings that stand in rows by their codes.
    Dictionary,
}

impl Part {
    const ALL: [Part; 2] = [Part::Expiry, Part::Dictionary];

    /// How the names of such stores begin.
    fn prefix(self) -> &'static str {
        match self {
            Part::Expiry => "__millpond.expiry.",
            Part::Dictionary => "__millpond.dictionary.",
        }
    }

    /// The name of this part of the store of this name.
    pub(super) fn name_of(self, store: &str) -> String {
        [self.prefix(), store].concat()
    }
}

/// The name of the store that a table of the one of this name is.
pub(super) fn table_name(store: &str, kind: TableKind) -> String {
    match kind {
        TableKind::Rows => store.to_owned(),
        TableKind::Index => index_name(store),
        TableKind::Expiry => Part::Expiry.name_of(store),
        TableKind::Dictionary => Part::Dictionary.name_of(store),
    }
}

/// Whether a store is a part of another one, or its index.
pub(super) fn is_part(name: &str) -> bool {
    is_index(name) || Part::ALL.iter().any(|part| name.starts_with(part.prefix()))
}

/// Whether a store has the index of another one.
pub(super) fn is_index(name: &str) -> bool {
    name.starts_with(INDEX_OF)
}

/// Whether the entries of a catalog are of a merge that is under way: then stores are not all of one moment.
pub(super) fn is_merging(has: impl Fn(&[u8]) -> bool) -> bool {
    has(&MERGING_KEY)
}

/// The key of a store's definition.
pub(super) fn store_key(name: &str) -> Vec<u8> {
    [b"s", name.as_bytes()].concat()
}

/// The key of an offset.
pub(super) fn offset_key(source: &str) -> Vec<u8> {
    [b"o", source.as_bytes()].concat()
}

/// The name of the store whose definition stands under `key`, if one does.
pub(super) fn store_name(key: &[u8]) -> Option<&str> {
    key.strip_prefix(b"s").and_then(|name| std::str::from_utf8(name).ok())
}

/// The source whose offset stands under `key`, if one does.
pub(super) fn offset_source(key: &[u8]) -> Option<&str> {
    key.strip_prefix(b"o").and_then(|source| std::str::from_utf8(source).ok())
}

/// The value of a store's definition.
pub(super) fn definition(store: u32, text: &[u8]) -> Vec<u8> {
    [&store.to_le_bytes(), text].concat()
}

/// The number and the text of a definition.
pub(super) fn read_definition(value: &[u8]) -> Result<(u32, &[u8])> {
    let (number, text) = value.split_first_chunk().ok_or_else(|| Error::corruption("a store's definition is cut"))?;
    Ok((u32::from_le_bytes(*number), text))
}

/// Reads what a directory says of itself; nothing where it says nothing yet.
pub(super) fn identity(txn: &ReadTxn, catalog: Database) -> Result<Option<Identity>> {
    let Some(format) = number::<4>(txn, catalog, &FORMAT_KEY)? else { return Ok(None) };
    let format = u32::from_le_bytes(format);
    if format > FORMAT {
        let what = format!("the directory is of format {format}; this version of millpond reads up to {FORMAT}");
        return Err(Error::Unusable { what });
    }
    let lost = || Error::corruption("data.mdb: the catalog is not complete");
    Ok(Some(Identity {
        uuid: number::<16>(txn, catalog, &UUID_KEY)?.ok_or_else(lost)?,
        applied: u64::from_le_bytes(number::<8>(txn, catalog, &APPLIED_KEY)?.ok_or_else(lost)?),
        merging: number::<8>(txn, catalog, &MERGING_KEY)?.map(u64::from_le_bytes),
    }))
}

/// The uuid of a directory.
pub(super) fn uuid(map: &Map) -> Result<[u8; 16]> {
    let lost = || Error::corruption("data.mdb: the catalog is not complete");
    let catalog = map.known(RESERVED).ok_or_else(lost)?;
    identity(&map.read()?, catalog)?.map(|identity| identity.uuid).ok_or_else(lost)
}

/// Writes what a new directory says of itself.
pub(super) fn create(txn: &mut WriteTxn, catalog: Database, uuid: [u8; 16], applied: u64) -> Result<()> {
    put(txn, catalog, &FORMAT_KEY, &FORMAT.to_le_bytes())?;
    put(txn, catalog, &UUID_KEY, &uuid)?;
    put(txn, catalog, &APPLIED_KEY, &applied.to_le_bytes())
}

/// Writes what changes nothing, for a commit more: LMDB's other meta page then has what this one has.
pub(super) fn touch(txn: &mut WriteTxn, catalog: Database) -> Result<()> {
    put(txn, catalog, &FORMAT_KEY, &FORMAT.to_le_bytes())
}

/// A merge up to this batch begins, or is done.
pub(super) fn set_merging(txn: &mut WriteTxn, catalog: Database, batch: u64) -> Result<()> {
    put(txn, catalog, &MERGING_KEY, &batch.to_le_bytes())
}

pub(super) fn set_applied(txn: &mut WriteTxn, catalog: Database, batch: u64) -> Result<()> {
    put(txn, catalog, &APPLIED_KEY, &batch.to_le_bytes())?;
    txn.delete(catalog, &MERGING_KEY)
}

/// Bytes of the keys and values that LMDB has of a store.
pub(super) fn size(txn: &ReadTxn, catalog: Database, store: u32) -> Result<u64> {
    Ok(number::<8>(txn, catalog, &size_key(store))?.map_or(0, u64::from_le_bytes))
}

/// Changes that size by what a merge wrote, or sets it anew.
pub(super) fn change_size(txn: &mut WriteTxn, catalog: Database, store: u32, change: Resize) -> Result<()> {
    let key = size_key(store);
    let before = match txn.get(catalog, &key)? {
        Some(stored) => checksum::verified(STORE, &key, stored)?.try_into().map_or(0, u64::from_le_bytes),
        None => 0,
    };
    let from = if change.cleared { 0 } else { before };
    put(txn, catalog, &key, &from.wrapping_add_signed(change.by).to_le_bytes())
}

/// How a merge changes the size of a store.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resize {
    pub cleared: bool,
    pub by: i64,
}

/// Writes an entry of the catalog.
pub(super) fn put(txn: &mut WriteTxn, catalog: Database, key: &[u8], value: &[u8]) -> Result<()> {
    txn.put(catalog, key, &[value, &checksum::of(STORE, key, value)].concat())
}

fn number<const N: usize>(txn: &ReadTxn, catalog: Database, key: &[u8]) -> Result<Option<[u8; N]>> {
    let Some(stored) = txn.get(catalog, key)? else { return Ok(None) };
    let value = checksum::verified(STORE, key, stored)?;
    value.try_into().map(Some).map_err(|_| Error::corruption("data.mdb: the catalog has a number of another length"))
}
