//! Changing values where they stand: numbers, fields, and what the overlay does with its tags.

use super::allocator::Admission;
use super::entries::MemoryEngine;
use super::store::{InMemoryStore, MemoryStore, check_key};
use super::tree::{ValueMut, View};
use crate::error::{Error, Result};
use crate::number::{FieldChange, Number, apply_all, apply_first, first_value};

impl<E: MemoryEngine> MemoryStore<E> {
    /// Adds `delta` to the number that is the value of `key`, a missing one counting as 0; returns the sum.
    /// One search. [`Error::Overflow`] and [`Error::WrongLayout`] change nothing.
    pub fn add(&mut self, key: &[u8], delta: Number) -> Result<Number> {
        self.change_number(key, delta, |number| number.plus(delta))
    }

    /// As [`add`](MemoryStore::add), for taking away from an unsigned number.
    pub fn subtract(&mut self, key: &[u8], delta: Number) -> Result<Number> {
        self.change_number(key, delta, |number| number.minus(delta))
    }

    #[inline]
    fn change_number(&mut self, key: &[u8], like: Number, f: impl Fn(Number) -> Result<Number>) -> Result<Number> {
        check_key(key)?;
        if self.undo.is_some() {
            self.note(key);
        }
        match self.entries.value_mut(key)? {
            Some(Ok(value)) => {
                let changed = f(like.read_like(value)?)?;
                changed.write(value);
                Ok(changed)
            }
            Some(Err(large)) => Err(Error::WrongLayout { len: large.len(), expected: like.width() }),
            None => {
                let mut bytes = [0; 8];
                let bytes = &mut bytes[..like.width()];
                let changed = f(like.zero())?;
                changed.write(bytes);
                self.entries.put(key, bytes, Admission::Budgeted)?;
                Ok(changed)
            }
        }
    }

    /// Applies the changes to the value of `key` in place: all of them, or none if one fails. Returns false, with
    /// nothing changed, where the key is missing.
    pub fn update_fields(&mut self, key: &[u8], changes: &[FieldChange]) -> Result<bool> {
        check_key(key)?;
        if self.undo.is_some() {
            self.note(key);
        }
        let before = &mut self.before;
        match self.entries.value_mut(key)? {
            Some(Ok(value)) => apply_all(value, changes, before).map(|()| true),
            Some(Err(large)) => {
                let mut value = large.bytes().to_vec();
                apply_all(&mut value, changes, before)?;
                self.entries.put(key, &value, Admission::Budgeted).map(|()| true)
            }
            None => Ok(false),
        }
    }

    /// As [`update_fields`](MemoryStore::update_fields) where the key is missing: stores `blank` with the changes.
    pub fn insert_fields(&mut self, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<()> {
        self.put(key, first_value(blank, changes)?)
    }

    /// Lets `f` change the value of `key` in place, its length apart; returns whether the key was there. One search.
    pub fn modify(&mut self, key: &[u8], f: impl FnOnce(&mut [u8])) -> Result<bool> {
        if self.undo.is_some() {
            self.note(key);
        }
        match self.entries.value_mut(key)? {
            Some(Ok(value)) => {
                f(value);
                Ok(true)
            }
            Some(Err(large)) => {
                let mut value = large.bytes().to_vec();
                f(&mut value);
                self.entries.put(key, &value, Admission::Budgeted).map(|()| true)
            }
            None => Ok(false),
        }
    }
}

/// What the overlay and the tables of windows ask of the sorted engine beside.
impl InMemoryStore {
    /// Changes fields in place, or stores `blank` with the changes where the key is missing. One search.
    pub(crate) fn upsert_fields(&mut self, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<()> {
        check_key(key)?;
        let (mut before, mut first) = (std::mem::take(&mut self.before), std::mem::take(&mut self.first));
        first.clear();
        first.extend_from_slice(blank);
        let mut outcome = Ok(true);
        let written = self.put_with(key, &mut first, |stored, first| match stored {
            None => {
                outcome = apply_first(first, changes).map(|()| true);
                outcome.is_ok()
            }
            Some(Stored::InPlace(value)) => {
                outcome = apply_all(value, changes, &mut before).map(|()| true);
                false
            }
            Some(Stored::Large(_)) => {
                outcome = Ok(false);
                false
            }
        });
        (self.before, self.first) = (before, first);
        written?;
        if outcome? { Ok(()) } else { self.update_fields(key, changes).map(drop) }
    }

    /// What is stored under `key`, to be changed in place if it stands in a page.
    pub(crate) fn stored_mut(&mut self, key: &[u8]) -> Result<Option<Stored<'_>>> {
        if self.undo.is_some() {
            self.note(key);
        }
        Ok(self.entries.0.value_mut(key)?.map(Stored::of))
    }

    /// Shows what is stored under `key` to `decide`, which may change it in place, and the value, which is stored where
    /// `decide` returns true. One search. Keys and values are checked by the caller.
    #[inline(always)]
    pub(crate) fn put_with(
        &mut self,
        key: &[u8],
        value: &mut [u8],
        decide: impl FnOnce(Option<Stored<'_>>, &mut [u8]) -> bool,
    ) -> Result<()> {
        if self.undo.is_some() {
            self.note(key);
        }
        self.entries.0.put_with(key, value, |stored, value| decide(stored.map(Stored::of), value))
    }

    /// As `put`, for an owner that checked key and value by limits of its own.
    #[inline]
    pub(crate) fn put_checked(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if self.undo.is_some() {
            self.note(key);
        }
        self.entries.0.put_as(key, value, Admission::Budgeted).map(drop)
    }

    /// The tree as it is now, for reading.
    #[inline(always)]
    pub(crate) fn view(&self) -> View<'_> {
        self.entries.0.view()
    }
}

/// What is stored under a key.
pub(crate) enum Stored<'a> {
    /// In a page, to be changed at will, its length apart.
    InPlace(&'a mut [u8]),
    /// Out of line, as it is.
    Large(&'a [u8]),
}

impl<'a> Stored<'a> {
    #[inline(always)]
    fn of(value: ValueMut<'a>) -> Stored<'a> {
        match value {
            Ok(bytes) => Stored::InPlace(bytes),
            Err(large) => Stored::Large(large.bytes()),
        }
    }
}
