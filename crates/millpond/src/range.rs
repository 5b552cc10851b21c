//! A stretch of keys.

use std::ops::Bound;

/// A stretch of keys between two bounds, in unsigned byte order. Reversed bounds hold nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Where it begins.
    pub from: Bound<Vec<u8>>,
    /// Where it ends.
    pub to: Bound<Vec<u8>>,
}

impl Range {
    /// Every key.
    pub fn all() -> Range {
        Range { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// `start` ≤ key < `end`.
    pub fn half_open(start: &[u8], end: &[u8]) -> Range {
        Range { from: Bound::Included(start.to_vec()), to: Bound::Excluded(end.to_vec()) }
    }

    /// `from` ≤ key ≤ `to`.
    pub fn inclusive(from: &[u8], to: &[u8]) -> Range {
        Range { from: Bound::Included(from.to_vec()), to: Bound::Included(to.to_vec()) }
    }

    /// The keys that begin with `prefix`. An empty prefix is every key; one of 0xFF bytes has no upper end.
    pub fn prefix(prefix: &[u8]) -> Range {
        Range { from: Bound::Included(prefix.to_vec()), to: after_prefix(prefix) }
    }

    /// Whether `key` lies in it.
    pub fn contains(&self, key: &[u8]) -> bool {
        let starts = match &self.from {
            Bound::Included(from) => &from[..] <= key,
            Bound::Excluded(from) => &from[..] < key,
            Bound::Unbounded => true,
        };
        let ends = match &self.to {
            Bound::Included(to) => key <= &to[..],
            Bound::Excluded(to) => key < &to[..],
            Bound::Unbounded => true,
        };
        starts && ends
    }

    /// The first of `count` sorted keys that lies behind the lower bound, by a search that says where a key stands or
    /// would stand and whether it is there.
    pub(crate) fn start_in(&self, search: impl Fn(&[u8]) -> (usize, bool)) -> usize {
        match &self.from {
            Bound::Unbounded => 0,
            Bound::Included(key) => search(key).0,
            Bound::Excluded(key) => match search(key) {
                (position, found) => position + found as usize,
            },
        }
    }

    /// The first of `count` sorted keys that lies beyond the upper bound.
    pub(crate) fn end_in(&self, count: usize, search: impl Fn(&[u8]) -> (usize, bool)) -> usize {
        match &self.to {
            Bound::Unbounded => count,
            Bound::Excluded(key) => search(key).0,
            Bound::Included(key) => match search(key) {
                (position, found) => position + found as usize,
            },
        }
    }
}

/// The bound behind all keys that begin with `prefix`: the prefix with its last byte that is not 0xFF counted up.
fn after_prefix(prefix: &[u8]) -> Bound<Vec<u8>> {
    match prefix.iter().rposition(|&byte| byte != 0xFF) {
        None => Bound::Unbounded,
        Some(last) => {
            let mut end = prefix[..=last].to_vec();
            end[last] += 1;
            Bound::Excluded(end)
        }
    }
}
