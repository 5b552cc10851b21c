//! A look at the whole tree, for tests: order, prefixes, separators, counts, and that no page is lost or used twice.

use super::page::Page;
use super::tree::Tree;
use std::collections::HashSet;

struct Walked {
    pages: HashSet<u32>,
    entries: usize,
    size_bytes: usize,
    large: usize,
    last: Option<Vec<u8>>,
}

impl Tree {
    /// Panics where something is wrong.
    pub fn check(&mut self) {
        self.alloc.note_released();
        let mut walked = Walked { pages: HashSet::new(), entries: 0, size_bytes: 0, large: 0, last: None };
        let level = self.page(self.root).level();
        self.check_page(self.root, level, None, None, &mut walked);
        assert_eq!(walked.entries, self.len, "len");
        assert_eq!(walked.size_bytes, self.size_bytes, "size_bytes");

        let census = self.alloc.census();
        let mut seen = walked.pages.clone();
        for id in census.free.iter().chain(&census.dead) {
            assert!(seen.insert(*id), "page {id} is in use twice");
        }
        assert_eq!(seen.len(), census.handed_out, "a page is lost");
        assert_eq!(walked.large + census.dead_large, census.large, "a large value is lost");
    }

    fn check_page(&self, id: u32, level: u8, low: Option<&[u8]>, high: Option<&[u8]>, walked: &mut Walked) {
        assert!(walked.pages.insert(id), "page {id} has two parents");
        let page = self.page(id);
        assert_eq!(page.level(), level, "level of page {id}");
        assert!(page.is_sound(), "layout of page {id}");
        assert!(page.epoch() <= self.alloc.epoch, "epoch of page {id}");
        let keys: Vec<Vec<u8>> = (0..page.count()).map(|index| page.key(index)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "order in page {id}");
        assert!(keys.iter().all(|key| low.is_none_or(|low| key.as_slice() >= low)), "below the separator of {id}");
        assert!(keys.iter().all(|key| high.is_none_or(|high| key.as_slice() < high)), "above the separator of {id}");
        if page.is_leaf() {
            self.check_leaf(page, &keys, walked);
            return;
        }
        for index in 0..=page.count() {
            let low = if index == 0 { low } else { Some(&keys[index - 1][..]) };
            let high = keys.get(index).map(Vec::as_slice).or(high);
            self.check_page(page.child(index), level - 1, low, high, walked);
        }
    }

    fn check_leaf(&self, page: Page, keys: &[Vec<u8>], walked: &mut Walked) {
        for (index, key) in keys.iter().enumerate() {
            assert!(walked.last.as_ref().is_none_or(|last| last < key), "order between leaves");
            walked.last = Some(key.clone());
            walked.entries += 1;
            walked.size_bytes += key.len() + page.value_len(index);
            walked.large += page.large(index).is_some() as usize;
        }
    }
}
