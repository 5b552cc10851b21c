//! A store: its overlay, and what lies below.

use super::below::{Below, size_of};
use super::overlay::{Frozen, Newness, Overlay, entry};
use super::scan::{Layers, Overlays};
use crate::error::Result;
use crate::memory::{Visit, scan_some};
use crate::range::Range;
use crate::windowed::Depth;
use std::time::SystemTime;

/// A store of an environment, as its owner has it.
pub(super) struct Store {
    pub id: u32,
    pub name: String,
    pub active: Overlay,
    pub below: Below,
    /// The number of entries below, where it is known without looking.
    pub below_len: Option<usize>,
    /// The same, where a guess will do.
    pub below_about: usize,
}

impl Store {
    /// The value of `key`. O(log n).
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        match self.active.get(key) {
            Some(found) => Ok(found),
            None => self.below(key),
        }
    }

    /// What lies below of `key`, as far as it is seen.
    #[inline(always)]
    pub fn below(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        if self.active.counts().cleared { Ok(None) } else { self.below.get(key) }
    }

    /// The same of a key that lies no deeper than said.
    #[inline(always)]
    pub fn below_at(&self, key: &[u8], depth: Depth) -> Result<Option<&[u8]>> {
        if depth == Depth::Top { Ok(None) } else { self.below(key) }
    }

    /// What can be said of a key below without looking.
    #[inline(always)]
    pub fn newness(&self) -> Newness {
        if self.active.counts().cleared || self.below_len == Some(0) { Newness::New } else { Newness::Unknown }
    }

    /// The number of entries, exact. O(writes since the last merge) where some were made blindly, else O(1).
    pub fn len(&mut self) -> Result<usize> {
        if self.active.counts().cleared {
            return Ok(self.active.counts().added);
        }
        self.active.settle(&self.below)?;
        let below = match self.below_len {
            Some(len) => len,
            None => *self.below_len.insert(self.below.len()?),
        };
        let counts = self.active.counts();
        Ok(below + counts.added - counts.removed)
    }

    /// The number of entries, as far as it is known; keys of which nobody knows count as new. O(1).
    pub fn approximate_len(&self) -> usize {
        let counts = self.active.counts();
        let below = if counts.cleared { 0 } else { self.below_len.unwrap_or(self.below_about) };
        (below + counts.added + counts.unknown_values).saturating_sub(counts.removed)
    }

    /// Whether the overlay was written to since the last freeze.
    pub fn is_touched(&self) -> bool {
        !self.active.is_untouched()
    }

    /// The overlay as it is becomes what is merged; a new one takes its place.
    pub fn freeze(&mut self) -> Frozen {
        let counts = self.active.counts();
        let len = match (counts.cleared, counts.unknown, self.below_len) {
            (true, _, _) => Some(counts.added),
            (false, 0, Some(below)) => Some(below + counts.added - counts.removed),
            _ => None,
        };
        self.below_about = self.approximate_len();
        self.below_len = len;
        let frozen = std::mem::replace(&mut self.active, Overlay::new()).into_frozen();
        self.below.frozen = Some(frozen.clone());
        frozen
    }

    /// What was frozen is merged: the base has it all.
    pub fn thaw(&mut self) -> Option<Frozen> {
        let merged = self.below.frozen.take();
        if merged.is_some() {
            self.below_len = self.below.base.len().ok();
        }
        merged
    }

    /// Hands entries to `visit` until it stops; returns the walk if it was full.
    pub fn scan_some(
        &mut self,
        range: Range,
        reverse: bool,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<Option<Scan>> {
        let Some(layers) = self.walk(&range, reverse, visit)? else { return Ok(None) };
        Ok(Some(Scan { view: self.snapshot(), range, layers }))
    }

    /// Hands entries that lie no deeper than said to `visit` until it stops.
    pub fn scan_at(
        &self,
        range: &Range,
        reverse: bool,
        depth: Depth,
        mut visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<()> {
        if depth == Depth::Top {
            scan_some(self.active.view(), range, reverse, |key, stored| {
                entry(stored).map_or(Visit::Next, |value| visit(key, value))
            });
            return Ok(());
        }
        self.walk(range, reverse, visit).map(drop)
    }

    /// Hands entries to `visit` until it stops; returns where it stopped if it was full.
    fn walk(&self, range: &Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Result<Option<Layers>> {
        let cleared = self.active.counts().cleared;
        let overlays = Overlays {
            active: (!self.active.is_empty()).then(|| self.active.view()),
            frozen: if cleared { None } else { self.below.frozen.as_ref() },
        };
        let mut layers = Layers::new(overlays, self.below.seen_base(cleared), range, reverse)?;
        Ok(layers.visit(overlays, range, visit)?.then_some(layers))
    }

    /// A view of this moment. O(1).
    pub fn snapshot(&mut self) -> StoreSnapshot {
        StoreSnapshot {
            active: self.active.snapshot(),
            below: self.below.clone(),
            below_len: self.below_len,
            timestamp: SystemTime::now(),
        }
    }
}

/// A store at one moment, for the thread that took it. It keeps LMDB from using old pages again: it should not grow old.
#[derive(Clone)]
pub struct StoreSnapshot {
    active: Frozen,
    below: Below,
    below_len: Option<usize>,
    timestamp: SystemTime,
}

impl StoreSnapshot {
    /// The value of `key`, without a copy. O(log n).
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        match self.active.get(key) {
            Some(found) => Ok(found),
            None if self.active.counts.cleared => Ok(None),
            None => self.below.get(key),
        }
    }

    /// The number of entries, exact. O(writes since the last merge).
    pub fn len(&self) -> Result<usize> {
        let counts = self.active.counts;
        if counts.cleared {
            return Ok(counts.added);
        }
        let below = self.below_len.map_or_else(|| self.below.len(), Ok)?;
        if counts.unknown == 0 {
            return Ok(below + counts.added - counts.removed);
        }
        let (mut len, range) = (below, Range::all());
        let mut iter = self.active.snapshot.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            match (entry(stored).is_some(), self.below.contains(key)?) {
                (true, false) => len += 1,
                (false, true) => len -= 1,
                _ => {}
            }
        }
        Ok(len)
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// The sum of the lengths of all keys and values. O(writes since the last merge).
    pub fn size_bytes(&self) -> Result<usize> {
        let hidden = self.active.counts.cleared;
        let mut size = if hidden { 0 } else { self.below.size_bytes()? };
        let range = Range::all();
        let mut iter = self.active.snapshot.iter(&range, false);
        while let Some((key, stored)) = iter.next_ref() {
            let below = if hidden { None } else { self.below.get(key)? };
            size = size + size_of(key, entry(stored)) - size_of(key, below);
        }
        Ok(size)
    }

    /// When it was taken.
    pub fn timestamp(&self) -> SystemTime {
        self.timestamp
    }

    /// Hands entries to `visit` until it stops; returns what goes on from there, if it was full.
    pub fn scan_some(
        &self,
        range: Range,
        reverse: bool,
        visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<Option<Scan>> {
        let Some(layers) = self.walk(&range, reverse, visit)? else { return Ok(None) };
        Ok(Some(Scan { view: self.clone(), range, layers }))
    }

    /// Hands entries to `visit` until it stops.
    pub(super) fn scan(&self, range: &Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Result<()> {
        self.walk(range, reverse, visit).map(drop)
    }

    fn walk(&self, range: &Range, reverse: bool, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Result<Option<Layers>> {
        let overlays = self.overlays();
        let mut layers = Layers::new(overlays, self.below.seen_base(self.active.counts.cleared), range, reverse)?;
        Ok(layers.visit(overlays, range, visit)?.then_some(layers))
    }

    /// What was written since the last merge.
    pub(super) fn above(&self) -> &Frozen {
        &self.active
    }

    fn overlays(&self) -> Overlays<'_> {
        Overlays {
            active: (!self.active.snapshot.is_empty()).then(|| self.active.snapshot.view()),
            frozen: if self.active.counts.cleared { None } else { self.below.frozen.as_ref() },
        }
    }
}

impl std::fmt::Debug for StoreSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("StoreSnapshot");
        debug.field("below", &self.below_len).field("above", &self.active.counts);
        debug.field("merging", &self.below.frozen.is_some()).field("timestamp", &self.timestamp).finish()
    }
}

/// A scan that was left for want of room. It sees what was there when it began, whatever was written since.
pub struct Scan {
    view: StoreSnapshot,
    range: Range,
    layers: Layers,
}

impl Scan {
    /// Hands the next entries to `visit`; returns whether there may be more.
    pub fn resume(&mut self, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> Result<bool> {
        self.layers.visit(self.view.overlays(), &self.range, visit)
    }

    /// The view that it reads.
    pub fn snapshot(&self) -> &StoreSnapshot {
        &self.view
    }
}
