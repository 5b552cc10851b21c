//! What was written since the last merge: one overlay a store, in the sorted memory engine.
//!
//! A stored value ends in a tag: whether it is a tombstone, and whether what lies below has the key.

use super::below::Below;
use crate::error::Result;
use crate::memory::{InMemoryStore, Snapshot, Stored, View};

const TOMBSTONE: u8 = 1;

/// What lies below an entry, in its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newness {
    /// Nobody looked yet.
    Unknown = 0,
    /// What lies below has the key.
    Existing = 2,
    /// It has not.
    New = 4,
}

impl Newness {
    fn of(tag: u8) -> Newness {
        match tag & !TOMBSTONE {
            2 => Newness::Existing,
            4 => Newness::New,
            _ => Newness::Unknown,
        }
    }

    pub fn known(exists: bool) -> Newness {
        if exists { Newness::Existing } else { Newness::New }
    }
}

/// An entry of an overlay: a value, or `None` for a tombstone.
pub(super) fn entry(stored: &[u8]) -> Option<&[u8]> {
    match stored.split_last() {
        Some((tag, value)) if tag & TOMBSTONE == 0 => Some(value),
        _ => None,
    }
}

/// What a key had before it was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// A value, in the overlay or below.
    Value,
    /// None that the overlay knows; and what is known below.
    Nothing(Newness),
}

/// The writable overlay of a store.
pub(super) struct Overlay {
    tree: InMemoryStore,
    counts: Counts,
}

/// How an overlay changes what lies below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// The store was cleared: what lies below is not seen.
    pub cleared: bool,
    /// Values of keys that are not below.
    pub added: usize,
    /// Tombstones of keys that are.
    pub removed: usize,
    /// Entries of which it is not known, tombstones among them.
    pub unknown: usize,
    /// Those of them that are values.
    pub unknown_values: usize,
}

/// A moment of an overlay, to return to.
pub(super) struct Mark {
    savepoint: usize,
    counts: Counts,
}

impl Overlay {
    pub fn new() -> Overlay {
        Overlay { tree: InMemoryStore::new(), counts: Counts::default() }
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    pub fn len(&self) -> usize {
        self.tree.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    pub fn is_untouched(&self) -> bool {
        self.tree.is_empty() && !self.counts.cleared
    }

    pub fn memory_bytes(&self) -> usize {
        self.tree.memory_bytes()
    }

    /// Keys and values, for an estimate of what they will take below.
    pub fn size_bytes(&self) -> usize {
        self.tree.size_bytes()
    }

    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        self.tree.view()
    }

    /// What the overlay says of `key`: a value, a tombstone (`Some(None)`), or nothing.
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        if self.tree.is_empty() { None } else { self.tree.get_ref(key).map(entry) }
    }

    /// Stores a value, behind which `tagged` has a byte of room for the tag. `below` says what is known of a key that the
    /// overlay has not.
    // Compiled once, here, as the searches of the tree are.
    #[inline(never)]
    pub fn put(&mut self, key: &[u8], tagged: &mut [u8], below: Newness) -> Result<Before> {
        let (mut before, mut newness) = (None, Newness::Unknown);
        self.tree.put_with(key, tagged, |stored, tagged| {
            let last = tagged.len() - 1;
            let Some(stored) = stored else {
                newness = below;
                tagged[last] = newness as u8;
                return true;
            };
            let tag = tag_of(&stored);
            (before, newness) = (Some(tag), Newness::of(tag));
            tagged[last] = tag & !TOMBSTONE;
            match stored {
                Stored::InPlace(place) if place.len() == tagged.len() => {
                    place.copy_from_slice(tagged);
                    false
                }
                _ => true,
            }
        })?;
        match (before, newness) {
            (None, _) => return Ok(self.count_new(newness)),
            (Some(tag), _) if tag & TOMBSTONE == 0 => return Ok(Before::Value),
            (Some(_), Newness::Existing) => self.counts.removed -= 1,
            (Some(_), Newness::Unknown) => self.counts.unknown_values += 1,
            // A tombstone of a key that turned out not to be below.
            (Some(_), Newness::New) => self.counts.added += 1,
        }
        Ok(Before::Nothing(newness))
    }

    /// Has `change` change the value of a key in place, without its tag. Where the overlay has not got the key, nor what lies
    /// below, has `first` make a value of what `tagged` holds, and stores that.
    #[inline(always)]
    pub fn upsert(
        &mut self,
        key: &[u8],
        tagged: &mut [u8],
        change: impl FnOnce(&mut [u8]) -> Result<Upserted>,
        first: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<Upserted> {
        let mut outcome = Ok(Upserted::Neither);
        self.tree.put_with(key, tagged, |stored, tagged| {
            outcome = match (stored, tagged) {
                (None, [value @ .., tag]) => {
                    *tag = Newness::New as u8;
                    first(value).map(|()| Upserted::Inserted)
                }
                (Some(Stored::InPlace([value @ .., tag])), _) if *tag & TOMBSTONE == 0 => change(value),
                _ => Ok(Upserted::Neither),
            };
            outcome == Ok(Upserted::Inserted)
        })?;
        if outcome == Ok(Upserted::Inserted) {
            self.counts.added += 1;
        }
        outcome
    }

    /// As [`put`](Overlay::put), of a key that the overlay has not.
    pub fn insert(&mut self, key: &[u8], tagged: &mut [u8], newness: Newness) -> Result<Before> {
        let last = tagged.len() - 1;
        tagged[last] = newness as u8;
        self.tree.put_checked(key, tagged)?;
        Ok(self.count_new(newness))
    }

    fn count_new(&mut self, newness: Newness) -> Before {
        match newness {
            Newness::New => self.counts.added += 1,
            Newness::Existing => return Before::Value,
            Newness::Unknown => {
                self.counts.unknown += 1;
                self.counts.unknown_values += 1;
            }
        }
        Before::Nothing(newness)
    }

    /// Removes a key; returns false where there was nothing to remove for sure.
    #[inline(never)]
    pub fn delete(&mut self, key: &[u8], below: Newness) -> Result<bool> {
        let (mut before, mut newness) = (None, Newness::Unknown);
        self.tree.put_with(key, &mut [0], |stored, tombstone| {
            before = stored.map(|stored| tag_of(&stored));
            newness = before.map_or(below, Newness::of);
            tombstone[0] = TOMBSTONE | newness as u8;
            newness != Newness::New && before.is_none_or(|tag| tag & TOMBSTONE == 0)
        })?;
        match (before, newness) {
            (Some(tag), _) if tag & TOMBSTONE != 0 => return Ok(false),
            (None, Newness::New) => return Ok(false),
            (Some(_), Newness::New) => {
                self.tree.delete(key)?;
                self.counts.added -= 1;
            }
            (_, Newness::Existing) => self.counts.removed += 1,
            (None, Newness::Unknown) => self.counts.unknown += 1,
            (Some(_), Newness::Unknown) => self.counts.unknown_values -= 1,
        }
        Ok(true)
    }

    /// The value of `key`, without its tag, to be changed in place.
    #[inline(always)]
    pub fn value_mut(&mut self, key: &[u8]) -> Result<At<'_>> {
        if self.tree.is_empty() {
            return Ok(At::Nowhere);
        }
        Ok(match self.tree.stored_mut(key)? {
            Some(Stored::InPlace(place)) => match place.split_last_mut() {
                Some((tag, value)) if *tag & TOMBSTONE == 0 => At::Here(value),
                _ => At::Elsewhere,
            },
            Some(Stored::Large(_)) => At::Elsewhere,
            None => At::Nowhere,
        })
    }

    /// Removes everything, and hides what lies below.
    pub fn clear(&mut self) {
        self.tree.clear();
        self.counts = Counts { cleared: true, ..Counts::default() };
    }

    /// Looks for the keys of which it is not known whether they are below, so that the counts are exact.
    pub fn settle(&mut self, below: &Below) -> Result<()> {
        if self.counts.unknown == 0 {
            return Ok(());
        }
        let mut unknown = Vec::new();
        let range = crate::range::Range::all();
        let mut iter = self.tree.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            if stored.last().is_some_and(|&tag| Newness::of(tag) == Newness::Unknown) {
                unknown.push((key.to_vec(), below.contains(key)?));
            }
        }
        for (key, exists) in unknown {
            let Some(stored) = self.tree.stored_mut(&key)? else { continue };
            let tag = tag_of(&stored) & TOMBSTONE | Newness::known(exists) as u8;
            match stored {
                Stored::InPlace([.., place]) => *place = tag,
                Stored::InPlace([]) => {}
                Stored::Large(bytes) => {
                    let mut value = bytes.to_vec();
                    value.pop();
                    value.push(tag);
                    self.tree.put_checked(&key, &value)?;
                }
            }
            let is_value = tag & TOMBSTONE == 0;
            self.counts.unknown -= 1;
            self.counts.unknown_values -= is_value as usize;
            self.counts.added += (is_value && !exists) as usize;
            self.counts.removed += (!is_value && exists) as usize;
        }
        Ok(())
    }

    /// A view of this moment. What it holds is not changed any more: later writes copy.
    pub fn snapshot(&mut self) -> Frozen {
        Frozen { snapshot: self.tree.snapshot(), counts: self.counts }
    }

    /// Its last state, to be read alone.
    pub fn into_frozen(mut self) -> Frozen {
        self.snapshot()
    }

    pub fn savepoint(&mut self) -> Mark {
        Mark { savepoint: self.tree.savepoint(), counts: self.counts }
    }

    pub fn release(&mut self) {
        self.tree.release();
    }

    pub fn roll_back_to(&mut self, mark: &Mark) -> Result<()> {
        self.tree.roll_back_to(mark.savepoint)?;
        self.counts = mark.counts;
        Ok(())
    }
}

/// What became of a value that was to be changed, or put where there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upserted {
    /// It was changed in place.
    Changed,
    /// It is the first one.
    Inserted,
    /// Nothing: it is not in a page, or was removed, or is not as it has to be.
    Neither,
}

/// Where the value of a key is.
pub(super) enum At<'a> {
    /// In a page of the overlay.
    Here(&'a mut [u8]),
    /// Not in a page, or removed.
    Elsewhere,
    /// The overlay has nothing of this key.
    Nowhere,
}

fn tag_of(stored: &Stored) -> u8 {
    let bytes = match stored {
        Stored::InPlace(bytes) => &bytes[..],
        Stored::Large(bytes) => bytes,
    };
    bytes.last().copied().unwrap_or(0)
}

/// An overlay at one moment: on its way into LMDB, or part of a view. Readable on every thread.
#[derive(Clone)]
pub(super) struct Frozen {
    pub snapshot: Snapshot,
    pub counts: Counts,
}

impl Frozen {
    /// As [`Overlay::get`].
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        if self.snapshot.is_empty() { None } else { self.snapshot.get_ref(key).map(entry) }
    }
}
