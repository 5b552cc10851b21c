//! Writing: to the overlay, and to the batch that the log will get.

use super::Environment;
use crate::error::{Error, Result};
use crate::lmdb::overlay::{At, Before, Newness, Upserted};
use crate::lmdb::planted::{self, Bug};
use crate::lmdb::record;
use crate::lmdb::stores::StoreId;
use crate::memory::Visit;
use crate::number::{FieldChange, Number, apply_all, apply_first, first_value};
use crate::range::Range;
use crate::windowed::Depth;
use crate::{MAX_KEY_LEN, MAX_VALUE_LEN};

/// A row of a store, and its entry in another one that has an entry for each row: it is written where there may be none. The
/// caller deletes both.
#[derive(Clone, Copy)]
pub(in crate::lmdb) struct IndexedRow<'a> {
    pub store: StoreId,
    pub key: &'a [u8],
    pub index: StoreId,
    pub entry: &'a [u8],
    pub depth: Depth,
}

impl IndexedRow<'_> {
    fn check(&self) -> Result<()> {
        check_key(self.key)?;
        check_key(self.entry)
    }

    /// The most that row and entry take in a batch, the value apart.
    fn room(&self) -> usize {
        2 * record::OVERHEAD + self.key.len() + self.entry.len()
    }
}

/// The last key that was looked up below.
#[derive(Default)]
pub(super) struct LookedUp {
    store: Option<StoreId>,
    key: Vec<u8>,
    exists: bool,
    /// Whether nothing was written since: the overlay has not got it.
    is_last: bool,
}

/// What is known of a key before it is looked for in the overlay.
#[derive(Debug, Clone, Copy)]
enum Known {
    Nothing,
    /// The overlay has not got it; and what is known below.
    Absent(Newness),
    /// What is known below.
    Below(Newness),
}

impl Known {
    fn at(depth: Depth) -> Known {
        if depth == Depth::Top { Known::Below(Newness::New) } else { Known::Nothing }
    }
}

impl Environment {
    /// Stores a value in place of an earlier one. O(log n) of the overlay: nothing is read from LMDB.
    #[inline]
    pub fn put(&mut self, store: StoreId, key: &[u8], value: &[u8]) -> Result<()> {
        check_key(key)?;
        check_value(value)?;
        self.admit(record::OVERHEAD + key.len() + value.len())?;
        self.write(store, key, value, Known::Nothing).map(drop)
    }

    /// As [`put`](Environment::put), of a row that has an entry in an index.
    pub(in crate::lmdb) fn put_indexed(&mut self, row: IndexedRow, value: &[u8]) -> Result<()> {
        row.check()?;
        check_value(value)?;
        self.admit(row.room() + value.len())?;
        let before = self.write(row.store, row.key, value, Known::at(row.depth))?;
        self.follow(before, row)
    }

    /// As [`put`](Environment::put), of a few bytes that go with a delete: let in where that is.
    pub(in crate::lmdb) fn put_note(&mut self, store: StoreId, key: &[u8], value: &[u8]) -> Result<()> {
        self.admit_removal(record::OVERHEAD + key.len() + value.len())?;
        self.write(store, key, value, Known::Nothing).map(drop)
    }

    /// Writes the entry of an index where what it is for may be new. There was room for both: without memory for it, nobody
    /// can go on.
    #[inline(always)]
    fn follow(&mut self, before: Before, row: IndexedRow) -> Result<()> {
        let Before::Nothing(newness) = before else { return Ok(()) };
        // What is known below of the key that it is for is true of it.
        let written = self.write(row.index, row.entry, &[], Known::Below(newness));
        written.map(drop).inspect_err(|_| self.shared.poison())
    }

    /// Writes what was admitted, and says what there was before.
    #[inline(always)]
    fn write(&mut self, store: StoreId, key: &[u8], value: &[u8], known: Known) -> Result<Before> {
        let begun = self.batch.len();
        let at = record::put(&mut self.batch, store.0, key, value);
        let found = self.stores.get_mut(store);
        let looked_up = &mut self.looked_up;
        let tagged = &mut self.batch[at..];
        let absent = if let Known::Absent(newness) = known { Some(newness) } else { looked_up.absent(store, key) };
        let written = match (absent, known) {
            (Some(newness), _) => found.active.insert(key, tagged, newness),
            (None, Known::Below(newness)) => found.active.put(key, tagged, newness),
            (None, _) => found.active.put(key, tagged, looked_up.newness(store, key, found.newness())),
        };
        looked_up.is_last = false;
        // The tag is the overlay's alone.
        if let Some(tag) = self.batch.last_mut() {
            *tag = 0;
        }
        if written.is_err() {
            self.batch.truncate(begun);
        }
        if planted::has(Bug::FreezeMidBatch) && self.sealed > 0 && self.freezing.is_none() {
            self.freeze();
        }
        written
    }

    /// Removes `key`; one that is not there is no error. O(log n) of the overlay: nothing is read from LMDB.
    #[inline]
    pub fn delete(&mut self, store: StoreId, key: &[u8]) -> Result<()> {
        check_key(key)?;
        self.admit_removal(record::OVERHEAD + key.len())?;
        let found = self.stores.get_mut(store);
        let newness = self.looked_up.newness(store, key, found.newness());
        self.looked_up.is_last = false;
        if found.active.delete(key, newness)? {
            record::delete(&mut self.batch, store.0, key);
        }
        Ok(())
    }

    /// Makes sure that deletes of so many bytes of keys, in so many calls, are not refused in the middle of a batch.
    pub fn admit_deletes(&mut self, calls: usize, bytes: usize) -> Result<()> {
        self.admit_removal(calls * record::OVERHEAD + bytes)
    }

    /// Removes the entries of a range and returns their number. O(log n + k).
    pub fn delete_range(&mut self, store: StoreId, range: &Range) -> Result<usize> {
        let mut keys = Vec::new();
        self.scan_some(store, range.clone(), false, |key, _| {
            keys.push(key.to_vec());
            Visit::Next
        })?;
        let bytes = keys.iter().map(|key| record::OVERHEAD + key.len()).sum();
        self.admit_removal(bytes)?;
        self.looked_up.is_last = false;
        for key in &keys {
            let deleted = self.stores.get_mut(store).active.delete(key, Newness::Existing)?;
            debug_assert!(deleted, "the scan found it");
            record::delete(&mut self.batch, store.0, key);
        }
        Ok(keys.len())
    }

    /// Removes everything. O(1).
    pub fn clear(&mut self, store: StoreId) -> Result<()> {
        self.admit_removal(record::OVERHEAD)?;
        self.stores.get_mut(store).active.clear();
        self.looked_up = LookedUp::default();
        record::clear(&mut self.batch, store.0);
        Ok(())
    }

    /// Adds `delta` to the number that is the value of `key`, a missing one counting as 0; returns the sum.
    pub fn add(&mut self, store: StoreId, key: &[u8], delta: Number) -> Result<Number> {
        check_key(key)?;
        self.admit(record::OVERHEAD + key.len() + delta.width())?;
        self.change_number(store, key, delta, Depth::Any, |number| number.plus(delta)).map(|(sum, _)| sum)
    }

    /// As [`add`](Environment::add), for taking away from an unsigned number.
    pub fn subtract(&mut self, store: StoreId, key: &[u8], delta: Number) -> Result<Number> {
        check_key(key)?;
        self.admit(record::OVERHEAD + key.len() + delta.width())?;
        self.change_number(store, key, delta, Depth::Any, |number| number.minus(delta)).map(|(sum, _)| sum)
    }

    /// As [`add`](Environment::add) or [`subtract`](Environment::subtract), of a row that has an entry in an index.
    pub(in crate::lmdb) fn add_indexed(&mut self, row: IndexedRow, delta: Number, subtracts: bool) -> Result<Number> {
        row.check()?;
        self.admit(row.room() + delta.width())?;
        let change = |number: Number| if subtracts { number.minus(delta) } else { number.plus(delta) };
        let (sum, before) = self.change_number(row.store, row.key, delta, row.depth, change)?;
        self.follow(before, row).map(|()| sum)
    }

    /// As [`update_fields`](Environment::update_fields) of a row that lies at the top; where it is missing, stores `blank` with the
    /// changes. One search.
    pub(in crate::lmdb) fn upsert_fields(
        &mut self,
        row: IndexedRow,
        changes: &[FieldChange],
        blank: &[u8],
    ) -> Result<()> {
        row.check()?;
        self.admit(row.room() + blank.len())?;
        let mut first = std::mem::take(&mut self.first);
        first.clear();
        first.extend_from_slice(blank);
        first.push(0);
        let Environment { stores, batch, before, .. } = self;
        let change = |value: &mut [u8]| {
            if value.len() > blank.len() {
                // There may be no room for it.
                return Ok(Upserted::Neither);
            }
            apply_all(value, changes, before)?;
            record::put(batch, row.store.0, row.key, value);
            Ok(Upserted::Changed)
        };
        let make = |value: &mut [u8]| apply_first(value, changes);
        let outcome = stores.get_mut(row.store).active.upsert(row.key, &mut first, change, make);
        if outcome == Ok(Upserted::Inserted) {
            record::put(batch, row.store.0, row.key, &first[..blank.len()]);
        }
        self.first = first;
        match outcome? {
            Upserted::Changed => Ok(()),
            Upserted::Inserted => self.follow(Before::Nothing(Newness::New), row),
            Upserted::Neither if self.update_fields_at(row.store, row.key, changes, row.depth)? => Ok(()),
            Upserted::Neither => self.put_indexed(row, &first_value(blank, changes)?),
        }
    }

    fn change_number(
        &mut self,
        store: StoreId,
        key: &[u8],
        like: Number,
        depth: Depth,
        f: impl Fn(Number) -> Result<Number>,
    ) -> Result<(Number, Before)> {
        let found = self.stores.get_mut(store);
        let (before, known) = match found.active.value_mut(key)? {
            At::Here(value) => {
                let changed = f(like.read_like(value)?)?;
                changed.write(value);
                record::put(&mut self.batch, store.0, key, value);
                return Ok((changed, Before::Value));
            }
            At::Elsewhere => (found.get(key)?, Known::Nothing),
            At::Nowhere => {
                let below = found.below_at(key, depth)?;
                (below, Known::Absent(Newness::known(below.is_some())))
            }
        };
        let changed = f(before.map_or(Ok(like.zero()), |value| like.read_like(value))?)?;
        let mut bytes = [0; 8];
        changed.write(&mut bytes[..like.width()]);
        let before = self.write(store, key, &bytes[..like.width()], known)?;
        Ok((changed, before))
    }

    /// Applies the changes to the value of `key`: all of them, or none if one fails. Returns false, with nothing changed,
    /// where the key is missing.
    pub fn update_fields(&mut self, store: StoreId, key: &[u8], changes: &[FieldChange]) -> Result<bool> {
        self.update_fields_at(store, key, changes, Depth::Any)
    }

    /// The same of a key that lies no deeper than said.
    #[inline]
    pub(in crate::lmdb) fn update_fields_at(
        &mut self,
        store: StoreId,
        key: &[u8],
        changes: &[FieldChange],
        depth: Depth,
    ) -> Result<bool> {
        check_key(key)?;
        let mut before = std::mem::take(&mut self.before);
        let outcome = self.update_fields_with(store, key, changes, depth, &mut before);
        self.before = before;
        outcome
    }

    /// As [`update_fields`](Environment::update_fields) where the key is missing: stores `blank` with the changes.
    pub fn insert_fields(&mut self, store: StoreId, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<()> {
        self.put(store, key, &first_value(blank, changes)?)
    }

    fn update_fields_with(
        &mut self,
        store: StoreId,
        key: &[u8],
        changes: &[FieldChange],
        depth: Depth,
        before: &mut Vec<u8>,
    ) -> Result<bool> {
        let overhead = record::OVERHEAD + key.len();
        self.admit(overhead)?;
        let found = self.stores.get_mut(store);
        let found = match found.active.value_mut(key)? {
            At::Here(value) => {
                let len = value.len();
                if len <= self.room {
                    self.room -= len;
                    apply_all(value, changes, before)?;
                    record::put(&mut self.batch, store.0, key, value);
                    return Ok(true);
                }
                self.look_for_room(overhead + len)?;
                return self.update_fields_with(store, key, changes, depth, before);
            }
            At::Elsewhere => found.get(key)?,
            At::Nowhere => {
                let below = found.below_at(key, depth)?;
                self.looked_up.note(store, key, below.is_some());
                below
            }
        };
        let Some(value) = found else { return Ok(false) };
        let mut value = value.to_vec();
        apply_all(&mut value, changes, before)?;
        self.put(store, key, &value).map(|()| true)
    }
}

impl LookedUp {
    #[inline(always)]
    pub fn note(&mut self, store: StoreId, key: &[u8], exists: bool) {
        self.store = Some(store);
        self.key.clear();
        self.key.extend_from_slice(key);
        (self.exists, self.is_last) = (exists, true);
    }

    /// What is known below of a key that the overlay has not got: it was looked for just now.
    #[inline(always)]
    fn absent(&self, store: StoreId, key: &[u8]) -> Option<Newness> {
        (self.is_last && self.store == Some(store) && self.key == key).then(|| Newness::known(self.exists))
    }

    /// What is known of a key below: by the store itself, or because it was just looked up.
    #[inline(always)]
    fn newness(&self, store: StoreId, key: &[u8], otherwise: Newness) -> Newness {
        if otherwise == Newness::Unknown && self.store == Some(store) && self.key == key {
            return Newness::known(self.exists);
        }
        otherwise
    }
}

#[inline(always)]
fn check_key(key: &[u8]) -> Result<()> {
    if key.len() > MAX_KEY_LEN { Err(Error::KeyTooLarge { len: key.len(), limit: MAX_KEY_LEN }) } else { Ok(()) }
}

#[inline(always)]
fn check_value(value: &[u8]) -> Result<()> {
    let (len, limit) = (value.len(), MAX_VALUE_LEN);
    if len > limit { Err(Error::ValueTooLarge { len, limit }) } else { Ok(()) }
}
