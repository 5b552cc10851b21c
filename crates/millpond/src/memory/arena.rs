//! The memory that pages live in: chunks that double in size and never move, addressed by a 32-bit page id.

use super::budget::Budget;
use super::large::{Large, LargeRef};
use super::page::Page;
use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) const PAGE_SIZE: usize = 4096;
/// Ids below this one are not used, so that an id's highest bit names its chunk. The first chunk has as many pages.
pub(super) const FIRST_ID: u32 = 16;
const CHUNKS: usize = u32::BITS as usize;
const HUGE_PAGE: usize = 2 << 20;

/// Where the chunks are. Copied into each snapshot, so that readers on other threads need no synchronisation.
#[derive(Clone, Copy)]
pub(crate) struct PageTable {
    /// For ids whose highest bit is `index`: the address that page 0 would have.
    bases: [*mut u8; CHUNKS],
}

// SAFETY: the table is plain addresses; who reads through them holds the arena, and the writer changes no page that a
// snapshot on another thread can reach.
unsafe impl Send for PageTable {}
// SAFETY: as above.
unsafe impl Sync for PageTable {}

impl PageTable {
    pub fn new() -> PageTable {
        PageTable { bases: [std::ptr::null_mut(); CHUNKS] }
    }

    #[inline(always)]
    pub fn page(&self, id: u32) -> Page {
        debug_assert!(id >= FIRST_ID);
        // As `id.ilog2()`, in a form that needs no check of bounds.
        let chunk = (31 - (id | 1).leading_zeros()) as usize % CHUNKS;
        // SAFETY: ids come from `Allocator` alone, which made their chunk; it lives as long as the arena, and
        // whoever holds the table holds the arena.
        unsafe { Page::at(self.bases[chunk].wrapping_add(id as usize * PAGE_SIZE)) }
    }
}

/// The memory that a store and its snapshots share. Freed when the last of them is gone.
pub(crate) struct Arena {
    /// What the store owned, handed over when the store itself went before a snapshot did.
    left_behind: Mutex<Owned>,
    /// Epochs of snapshots that were dropped and that the store has not taken note of.
    released: Mutex<Vec<u64>>,
    has_released: AtomicBool,
}

impl Arena {
    pub fn new() -> Arena {
        Arena {
            left_behind: Mutex::new(Owned::default()),
            released: Mutex::new(Vec::new()),
            has_released: AtomicBool::new(false),
        }
    }

    /// A snapshot is gone; called on any thread.
    pub fn release(&self, epoch: u64) {
        lock(&self.released).push(epoch);
        self.has_released.store(true, Ordering::Release);
    }

    /// The epochs of the snapshots that went since the last call.
    #[inline]
    pub fn take_released(&self) -> Vec<u64> {
        if !self.has_released.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut released = lock(&self.released);
        self.has_released.store(false, Ordering::Relaxed);
        std::mem::take(&mut released)
    }

    /// The store is gone: what it owned stays for the snapshots.
    pub fn leave(&self, owned: Owned) {
        *lock(&self.left_behind) = owned;
    }
}

/// The mutexes guard plain lists that no panic can leave half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Chunks of pages and large values, and their share of the budget.
#[derive(Default)]
pub(crate) struct Owned {
    chunks: Vec<(NonNull<u8>, Layout)>,
    /// Values out of line, each in a place of its own for as long as it is there.
    pub large: Vec<Option<LargeRef>>,
    /// The budget and what of it this memory takes.
    pub charged: Option<(Arc<Budget>, usize)>,
}

// SAFETY: the pointers are to memory that this value alone owns; readers hold the arena that it ends up in.
unsafe impl Send for Owned {}

impl Owned {
    pub fn new(budget: Option<Arc<Budget>>) -> Owned {
        Owned { chunks: Vec::new(), large: Vec::new(), charged: budget.map(|budget| (budget, 0)) }
    }

    /// Adds the chunk that `id` is the first page of; `None` when the system has no memory. Returns the id after it.
    pub fn grow(&mut self, table: &mut PageTable, id: u32) -> Option<u32> {
        let bytes = (id as usize).checked_mul(PAGE_SIZE)?;
        let align = if bytes >= HUGE_PAGE { HUGE_PAGE } else { PAGE_SIZE };
        let layout = Layout::from_size_align(bytes, align).ok()?;
        // SAFETY: the size is not zero.
        let chunk = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
        advise_huge_pages(chunk.as_ptr(), bytes);
        self.chunks.push((chunk, layout));
        table.bases[id.ilog2() as usize] = chunk.as_ptr().wrapping_sub(bytes);
        id.checked_mul(2).or(Some(u32::MAX))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some((budget, bytes)) = self.charged.take() {
            budget.subtract(bytes);
        }
        for large in self.large.drain(..).flatten() {
            // SAFETY: made by `Large::allocate`, once in this list, and neither store nor snapshot is left to read it.
            unsafe { Large::free(large) };
        }
        for (chunk, layout) in self.chunks.drain(..) {
            // SAFETY: allocated by `grow` with this layout; nobody is left to read it.
            unsafe { std::alloc::dealloc(chunk.as_ptr(), layout) };
        }
    }
}

/// Fewer page faults and fewer misses of the TLB, where the system has huge pages and leaves the choice to us.
pub(crate) fn advise_huge_pages(chunk: *const u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    if bytes >= HUGE_PAGE {
        // SAFETY: the range was just allocated; the advice does not change its contents. A refusal does not matter.
        unsafe { libc::madvise(chunk.cast_mut().cast(), bytes, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (chunk, bytes);
}
