//! Reading many entries: an iterator, and scans that can be left and gone on with.

use super::cursor::Walk;
use super::snapshot::Snapshot;
use super::tree::View;
use crate::range::Range;
use bytes::Bytes;
use std::borrow::Cow;

/// The entries of a range, as copies. [`Iter::next_ref`] lends them instead.
pub struct Iter<'a> {
    view: View<'a>,
    range: Cow<'a, Range>,
    walk: Walk,
}

impl<'a> Iter<'a> {
    pub(crate) fn new(view: View<'a>, range: &'a Range, reverse: bool) -> Iter<'a> {
        Iter { view, range: Cow::Borrowed(range), walk: Walk::new(view, range, reverse) }
    }

    /// Forwards over a range that is its own.
    pub(super) fn over(view: View<'a>, range: Range) -> Iter<'a> {
        let walk = Walk::new(view, &range, false);
        Iter { view, range: Cow::Owned(range), walk }
    }

    /// The next entry without a copy: the key until the next call, the value as long as what is iterated.
    #[inline]
    pub fn next_ref(&mut self) -> Option<(&[u8], &'a [u8])> {
        self.walk.next(self.view, &self.range)
    }
}

impl Iterator for Iter<'_> {
    type Item = (Bytes, Bytes);

    fn next(&mut self) -> Option<(Bytes, Bytes)> {
        self.next_ref().map(|(key, value)| (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)))
    }
}

/// What a scan's visitor says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Taken: the next one, please.
    Next,
    /// Taken, and it was the last one wanted.
    Done,
    /// Not taken, for want of room: it comes first when the scan goes on.
    Full,
}

/// A scan that was left for want of room. It sees what was there when it began, whatever was written since.
pub struct Scan {
    snapshot: Snapshot,
    range: Range,
    walk: Walk,
}

impl Scan {
    pub(super) fn new(snapshot: Snapshot, range: Range, walk: Walk) -> Scan {
        Scan { snapshot, range, walk }
    }

    /// Hands the next entries to `visit`; returns whether there may be more.
    pub fn resume(&mut self, visit: impl FnMut(&[u8], &[u8]) -> Visit) -> bool {
        self.walk.visit(self.snapshot.view(), &self.range, visit)
    }

    /// The view that it reads.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// Hands entries to `visit` until it stops; returns the place where it was full.
pub(crate) fn scan_some(
    view: View,
    range: &Range,
    reverse: bool,
    visit: impl FnMut(&[u8], &[u8]) -> Visit,
) -> Option<Walk> {
    let mut walk = Walk::new(view, range, reverse);
    walk.visit(view, range, visit).then_some(walk)
}

impl Walk {
    /// Hands entries to `visit` until it stops; returns whether it was full.
    fn visit(&mut self, view: View, range: &Range, mut visit: impl FnMut(&[u8], &[u8]) -> Visit) -> bool {
        while let Some((key, value)) = self.next(view, range) {
            match visit(key, value) {
                Visit::Next => {}
                Visit::Done => return false,
                Visit::Full => {
                    self.unread();
                    return true;
                }
            }
        }
        false
    }
}
