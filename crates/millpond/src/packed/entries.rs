//! [`Packed`]: pages of entries, whatever the entries stand for.

use super::format::{Footer, HEADER_LEN, PAGE_HEADER, PageRef, damaged, read_ends};
use super::pages::{Checked, Page};
use super::source::Source;
use crate::error::Result;
use crate::range::Range;
use std::ops::Bound;

/// One of so many bytes is verified wholly when it is opened; of a larger one each page when it is first read.
const VERIFIED_WHOLLY: usize = 64 << 20;

/// What a packed snapshot and an increment have in common: entries in key order, in pages that are checked.
pub(super) struct Packed {
    source: Source,
    pub footer: Footer,
    /// Where the pages lie.
    pub within: std::ops::Range<u64>,
    checked: Checked,
}

impl Packed {
    pub fn open(source: Source) -> Result<Packed> {
        let (footer, end) = read_ends(source.bytes())?;
        // No more pages than there is room for: so a number that has changed asks for no memory.
        if footer.pages as usize > source.bytes().len() / PAGE_HEADER {
            return Err(damaged("it has more pages than room for them"));
        }
        let checked = Checked::new(footer.pages);
        Ok(Packed { source, footer, within: HEADER_LEN as u64..end, checked })
    }

    /// Whether it is small enough to be verified wholly when it is opened.
    pub fn is_small(&self) -> bool {
        self.source.bytes().len() <= VERIFIED_WHOLLY
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.source.bytes()
    }

    /// The value of `key`. O(log n).
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>> {
        let Some(mut page) = self.root()? else { return Ok(None) };
        loop {
            let (index, found) = page.search(key);
            if page.level == 0 {
                return Ok(found.then(|| page.get(index).1));
            }
            let Some(index) = holding(index, found) else { return Ok(None) };
            page = self.child(&page, index)?;
        }
    }

    /// The entries of a range in key order, or the other way round. After an error there are no more. O(log n + k).
    pub fn iter<'a>(&'a self, range: &'a Range, reverse: bool) -> PackedIter<'a> {
        PackedIter { packed: self, range, reverse, path: Vec::new(), is_begun: false, is_done: false }
    }

    pub fn root(&self) -> Result<Option<Page<'_>>> {
        if self.footer.pages == 0 {
            return if self.footer.entries == 0 { Ok(None) } else { Err(damaged("it has entries and no pages")) };
        }
        self.page(self.footer.root, self.footer.level).map(Some)
    }

    fn page(&self, place: PageRef, level: u8) -> Result<Page<'_>> {
        Page::read(self.source.bytes(), &self.within, place, level, &self.checked)
    }

    /// The page that an entry of one above leads to; its keys are from that entry's to before the next one's, which the last
    /// entry of a page has further above.
    pub fn child<'a>(&'a self, page: &Page<'a>, index: usize) -> Result<Page<'a>> {
        let place = page.child(index)?;
        let mut child = self.page(place, page.level - 1)?;
        let before = if index + 1 < page.count() { Some(page.get(index + 1).0) } else { page.before };
        let (first, last) = (child.get(0).0, child.get(child.count() - 1).0);
        if first != page.get(index).0 || before.is_some_and(|before| last >= before) {
            return Err(damaged(&format!("page {} at byte {} is not where it belongs", place.number, place.offset)));
        }
        child.before = before;
        Ok(child)
    }
}

/// Which entry of a page above leads to a key that was searched for there.
fn holding(index: usize, found: bool) -> Option<usize> {
    if found { Some(index) } else { index.checked_sub(1) }
}

/// Entries of a packed snapshot.
pub struct PackedIter<'a> {
    packed: &'a Packed,
    range: &'a Range,
    reverse: bool,
    /// From the root to a leaf, each page with the entry taken; of the leaf the next one, or the one behind it in reverse.
    path: Vec<(Page<'a>, usize)>,
    is_begun: bool,
    is_done: bool,
}

impl<'a> PackedIter<'a> {
    fn begin(&mut self) -> Result<()> {
        let Some(mut page) = self.packed.root()? else { return Ok(()) };
        loop {
            let bound = if self.reverse { &self.range.to } else { &self.range.from };
            let (index, found) = match bound {
                Bound::Included(key) | Bound::Excluded(key) => page.search(key),
                Bound::Unbounded if self.reverse => (page.count(), false),
                Bound::Unbounded => (0, false),
            };
            if page.level == 0 {
                let is_behind =
                    found && matches!((bound, self.reverse), (Bound::Excluded(_), false) | (Bound::Included(_), true));
                self.path.push((page, index + is_behind as usize));
                return Ok(());
            }
            let index = holding(index, found).unwrap_or(0);
            self.path.push((page, index));
            page = self.packed.child(&page, index)?;
        }
    }

    fn step(&mut self) -> Result<Option<(&'a [u8], &'a [u8])>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            self.begin()?;
        }
        loop {
            let Some((leaf, index)) = self.path.last_mut() else { return Ok(None) };
            let next =
                if self.reverse { index.checked_sub(1) } else { Some(*index).filter(|&index| index < leaf.count()) };
            if let Some(next) = next {
                *index = if self.reverse { next } else { next + 1 };
                let (key, value) = leaf.get(next);
                let is_inside = if self.reverse { self.range.begins_by(key) } else { self.range.ends_after(key) };
                return Ok(is_inside.then_some((key, value)));
            }
            self.path.pop();
            self.go_on()?;
        }
    }

    /// Goes to the leaf behind the one that was left, if there is one.
    fn go_on(&mut self) -> Result<()> {
        while let Some((page, index)) = self.path.last_mut() {
            let next = if self.reverse {
                index.checked_sub(1)
            } else {
                Some(*index + 1).filter(|&index| index < page.count())
            };
            let Some(next) = next else {
                self.path.pop();
                continue;
            };
            *index = next;
            let mut page = self.packed.child(page, next)?;
            while page.level > 0 {
                let index = if self.reverse { page.count() - 1 } else { 0 };
                self.path.push((page, index));
                page = self.packed.child(&page, index)?;
            }
            let index = if self.reverse { page.count() } else { 0 };
            self.path.push((page, index));
            return Ok(());
        }
        Ok(())
    }
}

impl<'a> Iterator for PackedIter<'a> {
    type Item = Result<(&'a [u8], &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let step = self.step().transpose();
        self.is_done = !matches!(step, Some(Ok(_)));
        step
    }
}
