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
    pub const fn all() -> Range {
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
        self.begins_by(key) && self.ends_after(key)
    }

    /// Whether `key` does not lie before it.
    #[inline(always)]
    pub(crate) fn begins_by(&self, key: &[u8]) -> bool {
        match &self.from {
            Bound::Included(from) => &from[..] <= key,
            Bound::Excluded(from) => &from[..] < key,
            Bound::Unbounded => true,
        }
    }

    /// Whether `key` does not lie behind it.
    #[inline(always)]
    pub(crate) fn ends_after(&self, key: &[u8]) -> bool {
        match &self.to {
            Bound::Included(to) => key <= &to[..],
            Bound::Excluded(to) => key < &to[..],
            Bound::Unbounded => true,
        }
    }

    /// The first of sorted keys that lies in it or behind it, by a search that says where a key stands or would stand,
    /// and whether it is there.
    pub(crate) fn start_in(&self, search: impl Fn(&[u8]) -> (usize, bool)) -> usize {
        match &self.from {
            Bound::Unbounded => 0,
            Bound::Included(key) => search(key).0,
            Bound::Excluded(key) => behind(search(key)),
        }
    }

    /// The first of `count` sorted keys that lies beyond it.
    pub(crate) fn end_in(&self, count: usize, search: impl Fn(&[u8]) -> (usize, bool)) -> usize {
        match &self.to {
            Bound::Unbounded => count,
            Bound::Excluded(key) => search(key).0,
            Bound::Included(key) => behind(search(key)),
        }
    }
}

/// The place behind a key that stands there or would.
fn behind((position, found): (usize, bool)) -> usize {
    position + found as usize
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_next_sibling() {
        assert_eq!(Range::prefix(b"ab").to, Bound::Excluded(b"ac".to_vec()));
        assert_eq!(Range::prefix(&[1, 0xFF, 0xFF]).to, Bound::Excluded(vec![2]));
    }

    #[test]
    fn a_prefix_of_the_highest_bytes_and_the_empty_one_have_no_end() {
        assert_eq!(Range::prefix(&[0xFF, 0xFF]).to, Bound::Unbounded);
        assert_eq!(Range::prefix(b"").to, Bound::Unbounded);
    }

    #[test]
    fn reversed_bounds_hold_nothing() {
        let range = Range::inclusive(b"b", b"a");
        assert!(!range.contains(b"a") && !range.contains(b"b"));
    }
}
