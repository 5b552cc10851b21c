//! A page as bytes: everything `unsafe` of it but the words of keys.

use crate::memory::arena::PAGE_SIZE;

/// A page in memory.
///
/// The one invariant: the address is that of a page of a live arena that was laid out by [`Page::init`] and changed by
/// its methods alone, and only the arena's writer calls those that change it, on pages that no snapshot sees.
/// Everything `unsafe` in this file rests on that and on the offsets in the page, which the methods keep inside it
/// (`check` in the tests verifies them after random histories).
#[derive(Clone, Copy)]
pub struct Page(*mut u8);

impl Page {
    /// # Safety
    /// `address` is that of `PAGE_SIZE` bytes that outlive the value and hold a page, or get one by `init` first.
    #[inline(always)]
    pub unsafe fn at(address: *mut u8) -> Page {
        Page(address)
    }

    #[inline(always)]
    pub(super) fn u8_at(self, offset: usize) -> u8 {
        debug_assert!(offset < PAGE_SIZE);
        // SAFETY: offsets lie inside the page (the type's invariant).
        unsafe { *self.0.add(offset) }
    }

    #[inline(always)]
    pub(super) fn set_u8(self, offset: usize, value: u8) {
        debug_assert!(offset < PAGE_SIZE);
        // SAFETY: as above; the caller is the writer.
        unsafe { *self.0.add(offset) = value }
    }

    #[inline(always)]
    pub(super) fn u16_at(self, offset: usize) -> usize {
        debug_assert!(offset + 2 <= PAGE_SIZE);
        // SAFETY: as above.
        u16::from_le(unsafe { self.0.add(offset).cast::<u16>().read_unaligned() }) as usize
    }

    #[inline(always)]
    pub(super) fn set_u16(self, offset: usize, value: usize) {
        debug_assert!(offset + 2 <= PAGE_SIZE && value <= u16::MAX as usize);
        // SAFETY: as above; the caller is the writer.
        unsafe { self.0.add(offset).cast::<u16>().write_unaligned((value as u16).to_le()) }
    }

    #[inline(always)]
    pub(super) fn u32_at(self, offset: usize) -> u32 {
        debug_assert!(offset + 4 <= PAGE_SIZE);
        // SAFETY: as above.
        u32::from_le(unsafe { self.0.add(offset).cast::<u32>().read_unaligned() })
    }

    #[inline(always)]
    pub(super) fn set_u32(self, offset: usize, value: u32) {
        debug_assert!(offset + 4 <= PAGE_SIZE);
        // SAFETY: as above.
        unsafe { self.0.add(offset).cast::<u32>().write_unaligned(value.to_le()) }
    }

    #[inline(always)]
    pub(super) fn u64_at(self, offset: usize) -> u64 {
        debug_assert!(offset + 8 <= PAGE_SIZE);
        // SAFETY: as above.
        u64::from_le(unsafe { self.0.add(offset).cast::<u64>().read_unaligned() })
    }

    #[inline(always)]
    pub(super) fn set_u64(self, offset: usize, value: u64) {
        debug_assert!(offset + 8 <= PAGE_SIZE);
        // SAFETY: as above.
        unsafe { self.0.add(offset).cast::<u64>().write_unaligned(value.to_le()) }
    }

    #[inline(always)]
    pub(super) fn bytes<'a>(self, offset: usize, len: usize) -> &'a [u8] {
        debug_assert!(offset + len <= PAGE_SIZE);
        // SAFETY: inside the page; the lifetime is bounded by the callers, who tie it to the store or the snapshot.
        unsafe { std::slice::from_raw_parts(self.0.add(offset), len) }
    }

    /// Bytes to be changed in place by the writer.
    #[inline(always)]
    pub(super) fn bytes_mut<'a>(self, offset: usize, len: usize) -> &'a mut [u8] {
        debug_assert!(offset + len <= PAGE_SIZE);
        // SAFETY: inside the page; callers pass a body that one slot alone points to. The caller is the writer and holds no
        // other borrow of the store.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(offset), len) }
    }

    #[inline(always)]
    pub(super) fn write(self, offset: usize, bytes: &[u8]) {
        debug_assert!(offset + bytes.len() <= PAGE_SIZE);
        // SAFETY: inside the page; `bytes` is never part of it: callers pass their own keys and values or another page.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.0.add(offset), bytes.len()) }
    }

    #[inline(always)]
    pub(super) fn shift(self, from: usize, to: usize, len: usize) {
        debug_assert!(from + len <= PAGE_SIZE && to + len <= PAGE_SIZE);
        // SAFETY: both ranges lie inside the page.
        unsafe { std::ptr::copy(self.0.add(from), self.0.add(to), len) }
    }

    /// Makes the first bytes zero.
    #[inline(always)]
    pub(super) fn zero(self, len: usize) {
        debug_assert!(len <= PAGE_SIZE);
        // SAFETY: inside the page; the caller is the writer.
        unsafe { std::ptr::write_bytes(self.0, 0, len) }
    }

    /// Makes this page a copy of another.
    pub fn copy_from(self, source: Page) {
        // SAFETY: two different pages, or a page and a scratch buffer of a page's size.
        unsafe { std::ptr::copy_nonoverlapping(source.0, self.0, PAGE_SIZE) }
    }

    /// Asks the processor for `lines` cache lines from `offset`.
    #[inline(always)]
    pub fn prefetch(self, offset: usize, lines: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in 0..lines {
            // SAFETY: a prefetch has no effect on memory and takes any address.
            unsafe {
                use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
                _mm_prefetch::<_MM_HINT_T0>(self.0.wrapping_add(offset + line * 64).cast())
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (offset, lines);
    }
}
