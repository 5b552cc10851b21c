//! Walking over all layers of a store at once, in key order: of a key that several have, the uppermost one's entry.

use super::below::{Base, BaseWalk};
use super::overlay::{Frozen, entry};
use crate::error::Result;
use crate::memory::{View, Visit, Walk};
use crate::range::Range;
use std::cmp::Ordering;

/// A walk over an overlay, and whether it stands at an entry.
struct OverlayWalk {
    walk: Walk,
    at_entry: bool,
}

impl OverlayWalk {
    fn new(view: View, range: &Range, reverse: bool) -> OverlayWalk {
        let mut walk = Walk::new(view, range, reverse);
        let at_entry = walk.advance(view, range);
        OverlayWalk { walk, at_entry }
    }

    #[inline(always)]
    fn key<'a>(&'a self, view: View<'a>) -> Option<&'a [u8]> {
        self.at_entry.then(|| self.walk.row(view).0)
    }

    fn advance(&mut self, view: View, range: &Range) {
        self.at_entry = self.walk.advance(view, range);
    }
}

/// The overlays of a walk, as they are while it is gone on with.
#[derive(Clone, Copy)]
pub(super) struct Overlays<'a> {
    pub active: Option<View<'a>>,
    pub frozen: Option<&'a Frozen>,
}

/// A walk over the layers of a store. It holds no overlay: the caller lends them, unchanged, for each stretch.
pub(super) struct Layers {
    reverse: bool,
    active: Option<OverlayWalk>,
    frozen: Option<OverlayWalk>,
    base: Option<BaseWalk>,
    base_at_entry: bool,
}

/// Which layer the next entry comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Active,
    Frozen,
    Base,
}

impl Layers {
    /// Begins a walk. A layer that hides those below it is given without them.
    pub fn new(overlays: Overlays, base: Option<&Base>, range: &Range, reverse: bool) -> Result<Layers> {
        let over = |view: View| OverlayWalk::new(view, range, reverse);
        let mut base = base.map(|base| base.walk(range, reverse)).transpose()?.flatten();
        let base_at_entry = match &mut base {
            Some(walk) => walk.advance(range)?,
            None => false,
        };
        let active = overlays.active.map(over);
        let frozen = overlays.frozen.map(|frozen| over(frozen.snapshot.view()));
        Ok(Layers { reverse, active, frozen, base, base_at_entry })
    }

    /// Hands entries to `visit` until it stops; returns whether it was full.
    pub fn visit(
        &mut self,
        overlays: Overlays,
        range: &Range,
        mut visit: impl FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<bool> {
        loop {
            if self.is_base_only()
                && let Some(base) = &mut self.base
            {
                // Nothing above: the common case after an open, and what scans of large stores spend their time in.
                while self.base_at_entry {
                    match visit(base.key(), base.value()?) {
                        Visit::Next => self.base_at_entry = base.advance(range)?,
                        Visit::Done => return Ok(false),
                        Visit::Full => return Ok(true),
                    }
                }
            }
            let Some((layer, same)) = self.next(overlays) else { return Ok(false) };
            let outcome = match self.row(layer, overlays)? {
                (key, Some(value)) => visit(key, value),
                _ => Visit::Next,
            };
            match outcome {
                Visit::Next => self.step(layer, same, overlays, range)?,
                Visit::Done => return Ok(false),
                Visit::Full => return Ok(true),
            }
        }
    }

    fn is_base_only(&self) -> bool {
        let at_entry = |walk: &Option<OverlayWalk>| walk.as_ref().is_some_and(|walk| walk.at_entry);
        !at_entry(&self.active) && !at_entry(&self.frozen)
    }

    /// The layer that the next entry comes from, and those below it that stand at the same key: frozen, base.
    fn next(&self, overlays: Overlays) -> Option<(Layer, [bool; 2])> {
        let active = overlays.active.and_then(|view| self.active.as_ref()?.key(view));
        let frozen = overlays.frozen.and_then(|frozen| self.frozen.as_ref()?.key(frozen.snapshot.view()));
        let base = self.base.as_ref().filter(|_| self.base_at_entry).map(BaseWalk::key);
        let mut first: Option<(Layer, &[u8])> = None;
        let mut same = [false; 2];
        for (layer, key) in [(Layer::Active, active), (Layer::Frozen, frozen), (Layer::Base, base)] {
            let Some(key) = key else { continue };
            match first.map_or(Ordering::Less, |(_, least)| self.order(key, least)) {
                Ordering::Less => {
                    first = Some((layer, key));
                    same = [false; 2];
                }
                Ordering::Equal => same[(layer == Layer::Base) as usize] = true,
                Ordering::Greater => {}
            }
        }
        first.map(|(layer, _)| (layer, same))
    }

    fn order(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.reverse { b.cmp(a) } else { a.cmp(b) }
    }

    /// The entry that a layer stands at; no value for a tombstone.
    fn row<'a>(&'a self, layer: Layer, overlays: Overlays<'a>) -> Result<(&'a [u8], Option<&'a [u8]>)> {
        let of = |walk: &'a Option<OverlayWalk>, view: Option<View<'a>>| {
            let (key, stored) = walk.as_ref().zip(view).map(|(walk, view)| walk.walk.row(view)).unwrap_or_default();
            (key, entry(stored))
        };
        Ok(match layer {
            Layer::Active => of(&self.active, overlays.active),
            Layer::Frozen => of(&self.frozen, overlays.frozen.map(|frozen| frozen.snapshot.view())),
            Layer::Base => match &self.base {
                Some(base) => (base.key(), Some(base.value()?)),
                None => (&[], None),
            },
        })
    }

    /// Goes on in the layer whose entry was taken, and in those that it hid.
    fn step(&mut self, layer: Layer, same: [bool; 2], overlays: Overlays, range: &Range) -> Result<()> {
        if layer == Layer::Active
            && let (Some(walk), Some(view)) = (&mut self.active, overlays.active)
        {
            walk.advance(view, range);
        }
        if (layer == Layer::Frozen || same[0])
            && let (Some(walk), Some(frozen)) = (&mut self.frozen, overlays.frozen)
        {
            walk.advance(frozen.snapshot.view(), range);
        }
        if (layer == Layer::Base || same[1])
            && let Some(walk) = &mut self.base
        {
            self.base_at_entry = walk.advance(range)?;
        }
        Ok(())
    }
}
