//! The search in a page.

use super::words::{head, short_eq};
use super::{HEAD, HEADER, Page};
use std::cmp::Ordering;

impl Page {
    /// Where `key` stands in a leaf or would be inserted, and whether it is there.
    #[inline(always)]
    pub fn search_leaf(self, key: &[u8]) -> (usize, bool) {
        self.search::<true>(key)
    }

    /// The child of an inner page under which `key` belongs.
    #[inline(always)]
    pub fn search_child(self, key: &[u8]) -> usize {
        let (position, exact) = self.search::<false>(key);
        position + exact as usize
    }

    /// Where a separator stands in an inner page or would be inserted.
    pub fn search_separator(self, key: &[u8]) -> (usize, bool) {
        self.search::<false>(key)
    }

    #[inline(always)]
    fn search<const LEAF: bool>(self, key: &[u8]) -> (usize, bool) {
        let count = self.count();
        let prefix_len = self.prefix_len();
        if prefix_len > 0 {
            let prefix = self.bytes(HEADER, prefix_len);
            if key.len() < prefix_len || !short_eq(&key[..prefix_len], prefix) {
                return (if key < prefix { 0 } else { count }, false);
            }
        }
        if count == 0 {
            return (0, false);
        }
        let suffix = &key[prefix_len..];
        let wanted = head(suffix);
        let mut base = 0;
        let mut len = count;
        while len > 1 {
            let half = len / 2;
            let below = self.head(base + half - 1) < wanted;
            base = std::hint::select_unpredictable(below, base + half, base);
            len -= half;
        }
        base += (self.head(base) < wanted) as usize;
        if base == count || self.head(base) != wanted {
            return (base, false);
        }
        match self.compare_rest::<LEAF>(base, suffix) {
            Ordering::Equal => (base, true),
            Ordering::Greater => (base, false),
            Ordering::Less => self.search_equal_heads::<LEAF>(base + 1, suffix, wanted),
        }
    }

    /// Goes on from `start` among keys whose heads are all equal to the wanted one.
    fn search_equal_heads<const LEAF: bool>(self, start: usize, suffix: &[u8], wanted: u64) -> (usize, bool) {
        let (mut low, mut high) = (start, self.count());
        while low < high {
            let middle = (low + high) / 2;
            let order = match self.head(middle).cmp(&wanted) {
                Ordering::Equal => self.compare_rest::<LEAF>(middle, suffix),
                other => other,
            };
            match order {
                Ordering::Equal => return (middle, true),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        (low, false)
    }

    /// Compares key `index` with `suffix`, whose heads are equal. Padding makes "a" and "a\0" equal there: lengths decide.
    #[inline(always)]
    fn compare_rest<const LEAF: bool>(self, index: usize, suffix: &[u8]) -> Ordering {
        let (len, rest) = if LEAF { self.leaf_suffix(index) } else { self.inner_suffix(index) };
        if len > HEAD && suffix.len() > HEAD {
            self.bytes(rest, len - HEAD).cmp(&suffix[HEAD..])
        } else {
            len.cmp(&suffix.len())
        }
    }
}
