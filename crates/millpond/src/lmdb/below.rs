//! What lies below the writable overlay of a store: the overlay that is being merged, if one is, and LMDB.

use super::catalog;
use super::checksum;
use super::map::{Cursor, Database, ReadTxn};
use super::overlay::{Frozen, entry};
use crate::error::Result;
use crate::range::Range;

/// The layers below, as one view.
#[derive(Clone)]
pub(super) struct Below {
    pub frozen: Option<Frozen>,
    pub base: Base,
}

impl Below {
    /// The value of `key`. O(log n).
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        if let Some(frozen) = &self.frozen {
            match frozen.get(key) {
                Some(found) => return Ok(found),
                None if frozen.counts.cleared => return Ok(None),
                None => {}
            }
        }
        self.base.get(key)
    }

    /// The base, where no layer above it hides it.
    pub fn seen_base(&self, cleared: bool) -> Option<&Base> {
        let hidden = cleared || self.frozen.as_ref().is_some_and(|frozen| frozen.counts.cleared);
        (!hidden).then_some(&self.base)
    }

    pub fn contains(&self, key: &[u8]) -> Result<bool> {
        self.get(key).map(|found| found.is_some())
    }

    /// The number of entries, exact: what LMDB has, and how the frozen overlay differs from it, merged in part or not.
    pub fn len(&self) -> Result<usize> {
        let Some(frozen) = &self.frozen else { return self.base.len() };
        let hidden = frozen.counts.cleared;
        let mut len = if hidden { 0 } else { self.base.len()? };
        let range = Range::all();
        let mut iter = frozen.snapshot.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            match (entry(stored).is_some(), !hidden && self.base.stored(key)?.is_some()) {
                (true, false) => len += 1,
                (false, true) => len -= 1,
                _ => {}
            }
        }
        Ok(len)
    }
}

impl Below {
    /// The sum of the lengths of all keys and values. O(entries of the frozen overlay).
    pub fn size_bytes(&self) -> Result<usize> {
        let Some(frozen) = &self.frozen else { return self.base.size_bytes() };
        let hidden = frozen.counts.cleared;
        let mut size = if hidden { 0 } else { self.base.size_bytes()? };
        let range = Range::all();
        let mut iter = frozen.snapshot.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            let below = if hidden { None } else { self.base.get(key)? };
            size = size + size_of(key, entry(stored)) - size_of(key, below);
        }
        Ok(size)
    }
}

/// What an entry adds to a store's size.
pub(super) fn size_of(key: &[u8], value: Option<&[u8]>) -> usize {
    value.map_or(0, |value| key.len() + value.len())
}

/// What LMDB has of a store.
#[derive(Clone)]
pub(super) struct Base {
    pub txn: ReadTxn,
    pub store: u32,
    /// Where the store is; nothing until it is first merged.
    pub database: Option<Database>,
    /// Where the value of the empty key is, which LMDB can't hold.
    pub catalog: Option<Database>,
}

impl Base {
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        let Some(database) = self.database.filter(|_| !key.is_empty()) else {
            return self.stored(key)?.map(|stored| checksum::verified(self.store, key, stored)).transpose();
        };
        if let Some(stored) = self.txn.recent(database, key) {
            return checksum::verified(self.store, key, stored).map(Some);
        }
        let Some(stored) = self.txn.get(database, key)? else { return Ok(None) };
        let value = checksum::verified(self.store, key, stored)?;
        self.txn.note(database, key, stored);
        Ok(Some(value))
    }

    /// The value of `key` with its trailer.
    #[inline(always)]
    pub fn stored(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        if key.is_empty() {
            return self.empty_key();
        }
        match self.database {
            Some(database) => self.txn.get(database, key),
            None => Ok(None),
        }
    }

    fn empty_key(&self) -> Result<Option<&[u8]>> {
        match self.catalog {
            Some(catalog) => self.txn.get(catalog, &catalog::empty_key(self.store)),
            None => Ok(None),
        }
    }

    /// The number of entries. O(1).
    pub fn len(&self) -> Result<usize> {
        let empty = self.empty_key()?.is_some() as usize;
        match self.database {
            Some(database) => Ok(self.txn.entries(database)? as usize + empty),
            None => Ok(empty),
        }
    }

    fn size_bytes(&self) -> Result<usize> {
        self.catalog.map_or(Ok(0), |catalog| Ok(catalog::size(&self.txn, catalog, self.store)? as usize))
    }

    /// A walk over a range; `None` where there is nothing to walk over.
    pub fn walk(&self, range: &Range, reverse: bool) -> Result<Option<BaseWalk>> {
        let cursor = self.database.map(|database| self.txn.cursor(database)).transpose()?;
        let empty = range.contains(&[]) && self.empty_key()?.is_some();
        if cursor.is_none() && !empty {
            return Ok(None);
        }
        Ok(Some(BaseWalk { base: self.clone(), cursor, reverse, place: Place::Before, empty }))
    }
}

/// A walk over what LMDB has of a store, the empty key included.
pub(super) struct BaseWalk {
    base: Base,
    cursor: Option<Cursor>,
    reverse: bool,
    place: Place,
    /// Whether the empty key has a value and lies in the range.
    empty: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    AtEmpty,
    InDatabase,
    Behind,
}

impl BaseWalk {
    /// Goes to the next entry of the range; whether there is one.
    pub fn advance(&mut self, range: &Range) -> Result<bool> {
        self.place = match (self.place, self.reverse) {
            (Place::Before, false) if self.empty => Place::AtEmpty,
            (Place::Before | Place::AtEmpty, false) => self.enter(range)?,
            (Place::Before, true) => self.enter(range)?,
            (Place::InDatabase, _) => self.step(range)?,
            _ => Place::Behind,
        };
        if self.place == Place::Behind && self.reverse && self.empty {
            self.empty = false;
            self.place = Place::AtEmpty;
        }
        Ok(self.place != Place::Behind)
    }

    /// Goes to the first entry of the range that the database has.
    fn enter(&mut self, range: &Range) -> Result<Place> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let Some(cursor) = &mut self.cursor else { return Ok(Place::Behind) };
        let found = if self.reverse {
            match &range.to {
                Unbounded => cursor.last()?,
                Included(key) | Excluded(key) => {
                    let beyond = cursor.seek(key)?;
                    let is_last = beyond && matches!(&range.to, Included(key) if cursor.row().0 == &key[..]);
                    match (beyond, is_last) {
                        (true, true) => true,
                        (true, false) => cursor.previous()?,
                        (false, _) => cursor.last()?,
                    }
                }
            }
        } else {
            match &range.from {
                Unbounded => cursor.first()?,
                Included(key) => cursor.seek(key)?,
                Excluded(key) => cursor.seek(key)? && (cursor.row().0 != &key[..] || cursor.next()?),
            }
        };
        Ok(self.settle(found, range))
    }

    fn step(&mut self, range: &Range) -> Result<Place> {
        let Some(cursor) = &mut self.cursor else { return Ok(Place::Behind) };
        let found = if self.reverse { cursor.previous()? } else { cursor.next()? };
        Ok(self.settle(found, range))
    }

    #[inline(always)]
    fn settle(&self, found: bool, range: &Range) -> Place {
        let inside = found
            && self.cursor.as_ref().is_some_and(|cursor| {
                let key = cursor.row().0;
                if self.reverse { range.begins_by(key) } else { range.ends_after(key) }
            });
        if inside { Place::InDatabase } else { Place::Behind }
    }

    /// The key of the entry that the last step went to.
    #[inline(always)]
    pub fn key(&self) -> &[u8] {
        match (&self.cursor, self.place) {
            (Some(cursor), Place::InDatabase) => cursor.row().0,
            _ => &[],
        }
    }

    /// The value of the entry that the last step went to, verified.
    #[inline(always)]
    pub fn value(&self) -> Result<&[u8]> {
        match (&self.cursor, self.place) {
            (Some(cursor), Place::InDatabase) => {
                let (key, stored) = cursor.row();
                checksum::verified(self.base.store, key, stored)
            }
            _ => Ok(self.base.get(&[])?.unwrap_or_default()),
        }
    }
}
