//! Who may use which page: fresh and free pages, and the pages and large values that died under a live snapshot.

use super::arena::{Arena, FIRST_ID, Owned, PAGE_SIZE, PageTable};
use super::budget::Budget;
use super::entries::Index;
use super::large::{Large, LargeRef};
use super::page::Page;
use crate::error::{Error, Result};
use std::sync::Arc;

/// Whether a write may be refused for want of room in the budget.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may: a user's put.
    Budgeted,
    /// It may not: a delete needs pages too while a snapshot is live, and a rollback puts back what was there.
    Always,
}

/// The writer's side of an arena.
pub(crate) struct Allocator {
    pub table: PageTable,
    /// Grows with each snapshot; what is written now bears it.
    pub epoch: u64,
    /// The epoch of the newest live snapshot, or 0: a page or large value no newer must not be changed.
    pub floor: u64,
    free: Vec<u32>,
    /// Pages from `next` to `end` were never used.
    next: u32,
    end: u32,
    /// Live snapshots, oldest first.
    live: Vec<Live>,
    large_bytes: usize,
    /// Places of the list of values out of line that are free.
    large_places: Vec<usize>,
    owned: Owned,
    arena: Arc<Arena>,
}

/// A live snapshot, and what the writer no longer needs but this snapshot, as the newest one, still saw then.
struct Live {
    epoch: u64,
    pages: Vec<(u32, u64)>,
    large: Vec<LargeRef>,
}

impl Allocator {
    pub fn new(budget: Option<Arc<Budget>>) -> Allocator {
        Allocator {
            table: PageTable::new(),
            epoch: 1,
            floor: 0,
            free: Vec::new(),
            next: FIRST_ID,
            end: FIRST_ID,
            live: Vec::new(),
            large_bytes: 0,
            large_places: Vec::new(),
            owned: Owned::new(budget),
            arena: Arc::new(Arena::new()),
        }
    }

    #[inline(always)]
    pub fn page(&self, id: u32) -> Page {
        self.table.page(id)
    }

    /// Whether the budget has room for so many pages.
    #[inline]
    pub fn admit(&mut self, pages: usize, admission: Admission) -> Result<()> {
        self.admit_bytes(pages * PAGE_SIZE, admission)
    }

    /// Whether the budget has room for so many bytes.
    #[inline]
    pub fn admit_bytes(&mut self, bytes: usize, admission: Admission) -> Result<()> {
        match admission {
            Admission::Budgeted if self.owned.charged.is_some() => self.find_room(bytes),
            _ => Ok(()),
        }
    }

    #[cold]
    fn find_room(&mut self, bytes: usize) -> Result<()> {
        let room = |this: &Self| this.owned.charged.as_ref().map_or(Ok(()), |(budget, _)| budget.check(bytes));
        room(self).or_else(|_| {
            // What dropped snapshots held may be enough.
            self.note_released();
            room(self)
        })
    }

    /// Makes sure that the next `pages` calls of `take` succeed.
    #[inline]
    pub fn reserve(&mut self, pages: usize) -> Result<()> {
        if self.free.len() + ((self.end - self.next) as usize) < pages { self.grow(pages) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, pages: usize) -> Result<()> {
        self.note_released();
        while self.free.len() + ((self.end - self.next) as usize) < pages {
            if self.next < self.end {
                // What is left of the old chunk goes to the free list, so that fresh pages stay one range.
                self.free.extend(self.next..self.end);
                self.next = self.end;
            }
            let grown = if self.end == u32::MAX { None } else { self.owned.grow(&mut self.table, self.end) };
            self.end = grown.ok_or(Error::OutOfMemory { bytes: pages * PAGE_SIZE })?;
        }
        Ok(())
    }

    /// A page that was reserved before. Its contents are arbitrary.
    #[inline]
    pub fn take(&mut self) -> u32 {
        self.charge(PAGE_SIZE);
        match self.free.pop() {
            Some(id) => id,
            None => {
                assert!(self.next < self.end, "reserve comes first");
                self.next += 1;
                self.next - 1
            }
        }
    }

    /// A page that no snapshot can see goes back at once.
    fn give_back(&mut self, id: u32) {
        self.uncharge(PAGE_SIZE);
        self.free.push(id);
    }

    /// The page that the writer may change in place of `id`: itself, or a copy where a snapshot sees it. The caller
    /// reserved a page and puts the new id where the old one stood.
    #[inline(always)]
    pub fn writable(&mut self, id: u32) -> u32 {
        let page = self.page(id);
        let epoch = page.epoch();
        if epoch > self.floor {
            if epoch != self.epoch {
                page.set_epoch(self.epoch);
            }
            id
        } else {
            self.copy(id, epoch)
        }
    }

    #[cold]
    fn copy(&mut self, id: u32, epoch: u64) -> u32 {
        self.note_released();
        if epoch > self.floor {
            self.page(id).set_epoch(self.epoch);
            return id;
        }
        let copy = self.take();
        self.page(copy).copy_from(self.page(id));
        self.page(copy).set_epoch(self.epoch);
        self.retire(id);
        copy
    }

    /// The tree no longer refers to this page.
    pub fn retire(&mut self, id: u32) {
        let born = self.page(id).epoch();
        match self.live.last_mut() {
            Some(newest) if born <= newest.epoch => newest.pages.push((id, born)),
            _ => self.give_back(id),
        }
    }

    /// Copies a value out of line, with its key or without.
    pub fn allocate_large(&mut self, key: &[u8], value: &[u8], admission: Admission) -> Result<LargeRef> {
        let size = Large::size(key.len(), value.len());
        self.admit_bytes(size, admission)?;
        let index = self.large_places.last().copied().unwrap_or(self.owned.large.len());
        let large = Large::allocate(key, value, self.epoch, index)?;
        match self.large_places.pop() {
            Some(place) => self.owned.large[place] = Some(large),
            None => self.owned.large.push(Some(large)),
        }
        self.large_bytes += size;
        self.charge(size);
        Ok(large)
    }

    /// Whether the writer may change a value out of line: none that a snapshot sees.
    #[inline(always)]
    pub fn owns(&mut self, large: LargeRef) -> bool {
        large.born() > self.floor || {
            self.note_released();
            large.born() > self.floor
        }
    }

    #[inline]
    pub fn charge(&mut self, bytes: usize) {
        if let Some((budget, charged)) = &mut self.owned.charged {
            budget.add(bytes);
            *charged += bytes;
        }
    }

    #[inline]
    pub fn uncharge(&mut self, bytes: usize) {
        if let Some((budget, charged)) = &mut self.owned.charged {
            budget.subtract(bytes);
            *charged -= bytes;
        }
    }

    /// The tree no longer refers to this value.
    pub fn retire_large(&mut self, large: LargeRef) {
        match self.live.last_mut() {
            Some(newest) if large.born() <= newest.epoch => newest.large.push(large),
            _ => self.free_large(large),
        }
    }

    fn free_large(&mut self, large: LargeRef) {
        let (index, bytes) = (large.index(), large.size());
        self.owned.large[index] = None;
        self.large_places.push(index);
        self.large_bytes -= bytes;
        self.uncharge(bytes);
        // SAFETY: neither the tree nor a snapshot refers to it any more, and it is off the list.
        unsafe { Large::free(large) };
    }

    /// Begins a new epoch; what was written before is frozen until the snapshot is dropped.
    pub fn freeze(&mut self) -> (Arc<Arena>, u64) {
        self.note_released();
        let epoch = self.epoch;
        self.live.push(Live { epoch, pages: Vec::new(), large: Vec::new() });
        self.floor = epoch;
        self.epoch += 1;
        (self.arena.clone(), epoch)
    }

    /// Takes back what only dropped snapshots held.
    pub fn note_released(&mut self) {
        for epoch in self.arena.take_released() {
            let Ok(at) = self.live.binary_search_by_key(&epoch, |live| live.epoch) else { continue };
            let gone = self.live.remove(at);
            self.hand_down(at, gone);
        }
        self.floor = self.live.last().map_or(0, |newest| newest.epoch);
    }

    /// What a dropped snapshot kept alive goes to the one before it, if that sees it too, or is free.
    fn hand_down(&mut self, at: usize, gone: Live) {
        let heir = at.checked_sub(1).map(|index| (index, self.live[index].epoch));
        for (id, born) in gone.pages {
            match heir {
                Some((index, epoch)) if born <= epoch => self.live[index].pages.push((id, born)),
                _ => self.give_back(id),
            }
        }
        for large in gone.large {
            match heir {
                Some((index, epoch)) if large.born() <= epoch => self.live[index].large.push(large),
                _ => self.free_large(large),
            }
        }
    }

    /// Whether the snapshot of this arena and epoch is the newest live one.
    pub fn is_newest(&mut self, arena: &Arc<Arena>, epoch: u64) -> bool {
        self.note_released();
        Arc::ptr_eq(&self.arena, arena) && self.floor == epoch
    }

    /// What died since the newest live snapshot was taken, and what it sees, is the tree's again.
    pub fn revive(&mut self, index: &mut impl Index) {
        if let Some(newest) = self.live.last_mut() {
            newest.pages.clear();
            newest.large.drain(..).for_each(|large| index.revived(large));
        }
    }

    /// Bytes of pages in use and of large values, those that only snapshots see included.
    pub fn used_bytes(&self) -> usize {
        ((self.next - FIRST_ID) as usize - self.free.len()) * PAGE_SIZE + self.large_bytes
    }

    /// The number of live snapshots, by what the writer knows.
    pub fn live_snapshots(&self) -> usize {
        self.live.len()
    }

    /// Pages handed out, free ones, and those that only snapshots see; for the checks of the tests.
    #[cfg(any(test, feature = "check"))]
    pub fn census(&self) -> Census {
        Census {
            handed_out: (self.next - FIRST_ID) as usize,
            free: self.free.clone(),
            dead: self.live.iter().flat_map(|live| live.pages.iter().map(|&(id, _)| id)).collect(),
            large: self.owned.large.iter().flatten().count(),
            dead_large: self.live.iter().map(|live| live.large.len()).sum(),
        }
    }
}

/// See [`Allocator::census`].
#[cfg(any(test, feature = "check"))]
pub(crate) struct Census {
    pub handed_out: usize,
    pub free: Vec<u32>,
    pub dead: Vec<u32>,
    pub large: usize,
    pub dead_large: usize,
}

impl Drop for Allocator {
    fn drop(&mut self) {
        // The snapshots that are left may read it; with none left it is freed with the arena, right here.
        self.arena.leave(std::mem::take(&mut self.owned));
    }
}
