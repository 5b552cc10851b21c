//! Verifying a packed snapshot wholly.

use super::entries::Packed;
use super::format::{Footer, damaged};
use super::pages::Page;
use crate::error::Result;

/// What was counted on the way.
#[derive(Default)]
struct Counted {
    pages: u32,
    entries: u64,
    size_bytes: u64,
    /// Where the next page has to begin.
    offset: u64,
}

impl Packed {
    /// Reads all of it; an error where anything is not what was written. O(bytes).
    pub fn verify(&self) -> Result<()> {
        let mut counted = Counted { offset: self.within.start, ..Counted::default() };
        if let Some(root) = self.root()? {
            self.visit(&root, &mut counted)?;
            counted.add(&root, self.footer.root.number, self.footer.root.offset, self.footer.root.len)?;
        }
        let (footer, end) = (&self.footer, self.within.end);
        if counted.pages != self.footer.pages || counted.offset != end {
            return Err(damaged("it has bytes that belong to no page"));
        }
        if (counted.entries, counted.size_bytes) != (footer.entries, footer.entry_bytes) {
            return Err(damaged("it has other entries than it says"));
        }
        Ok(())
    }

    /// Makes sure that what the store has is what the pages have.
    pub fn requires_all(&self) -> Result<()> {
        let Footer { info, entries, entry_bytes, .. } = &self.footer;
        let is_all = (info.len, info.size_bytes) == (*entries, *entry_bytes);
        if is_all { Ok(()) } else { Err(damaged("it has other entries than it says")) }
    }

    /// Goes through what lies below a page, in the order in which it was written.
    fn visit(&self, page: &Page, counted: &mut Counted) -> Result<()> {
        if page.level == 0 {
            return Ok(());
        }
        for index in 0..page.count() {
            let place = page.child(index)?;
            let child = self.child(page, index)?;
            self.visit(&child, counted)?;
            counted.add(&child, place.number, place.offset, place.len)?;
        }
        Ok(())
    }
}

impl Counted {
    fn add(&mut self, page: &Page, number: u32, offset: u64, len: u32) -> Result<()> {
        if number != self.pages || offset != self.offset {
            return Err(damaged(&format!("page {number} at byte {offset} is not where it belongs")));
        }
        self.pages += 1;
        self.offset += len as u64;
        if page.level == 0 {
            self.entries += page.count() as u64;
            self.size_bytes += (0..page.count())
                .map(|index| page.get(index))
                .map(|(key, value)| (key.len() + value.len()) as u64)
                .sum::<u64>();
        }
        Ok(())
    }
}
