//! Values that stand out of line, alone or each with its key: an allocation a value, freed by epoch as pages are.
//!
//! In the sorted engine these are the values too large for a page; in the hash engine all are, with their keys, so that a
//! look-up need not go through a page.

use crate::error::{Error, Result};
use std::alloc::Layout;
use std::ptr::NonNull;

/// The head of an allocation. The key follows it, if it has one, then the value, then what is spare.
pub(crate) struct Large {
    born: u64,
    index: usize,
    /// The value's length.
    len: u32,
    key_len: u16,
    /// Bytes that the value could be longer.
    spare: u16,
}

/// Sizes are rounded up to this: the system's allocator does no less, and a value may grow into what is left.
const ROUND: usize = 8;

impl Large {
    /// Copies `value`, and `key` if it is to be found there, written in epoch `born`; `index` is where the caller puts it in
    /// its list.
    pub fn allocate(key: &[u8], value: &[u8], born: u64, index: usize) -> Result<LargeRef> {
        let size = Self::size(key.len(), value.len());
        let out_of_memory = Error::OutOfMemory { bytes: size };
        let Some(layout) = Self::layout(size) else { return Err(out_of_memory) };
        // SAFETY: the size is not zero.
        let memory = unsafe { std::alloc::alloc(layout) };
        let Some(large) = NonNull::new(memory.cast::<Large>()) else { return Err(out_of_memory) };
        let spare = (size - size_of::<Large>() - key.len() - value.len()) as u16;
        // SAFETY: the allocation has room for the head and the bytes behind it, and nobody else knows it.
        unsafe {
            large.write(Large { born, index, len: value.len() as u32, key_len: key.len() as u16, spare });
            let key_at = memory.add(size_of::<Large>());
            std::ptr::copy_nonoverlapping(key.as_ptr(), key_at, key.len());
            std::ptr::copy_nonoverlapping(value.as_ptr(), key_at.add(key.len()), value.len());
        }
        Ok(LargeRef(large))
    }

    /// What an allocation for a key and a value of these lengths takes.
    pub fn size(key_len: usize, len: usize) -> usize {
        (size_of::<Large>() + key_len + len).next_multiple_of(ROUND)
    }

    fn layout(size: usize) -> Option<Layout> {
        Layout::from_size_align(size, align_of::<Large>()).ok()
    }

    /// # Safety
    /// `large` came from `allocate`, is not freed yet, and nobody reads it any more.
    pub unsafe fn free(large: LargeRef) {
        if let Some(layout) = Self::layout(large.size()) {
            // SAFETY: the layout it was allocated with, by the caller's promise.
            unsafe { std::alloc::dealloc(large.0.as_ptr().cast(), layout) };
        }
    }
}

/// What a leaf holds in place of a value that stands out of line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LargeRef(NonNull<Large>);

// SAFETY: a plain address. What it leads to is changed by the writer alone, and never what a snapshot sees.
unsafe impl Send for LargeRef {}
// SAFETY: as above.
unsafe impl Sync for LargeRef {}

impl LargeRef {
    pub const SIZE: usize = 8;

    pub fn from_word(word: u64) -> LargeRef {
        let address = std::ptr::with_exposed_provenance_mut::<Large>(word as usize);
        debug_assert!(!address.is_null());
        // SAFETY: words are written by `to_word` alone.
        LargeRef(unsafe { NonNull::new_unchecked(address) })
    }

    pub fn to_word(self) -> u64 {
        self.0.as_ptr().expose_provenance() as u64
    }

    /// The key, empty where it has none. The lifetime is bounded by the callers, as that of the value is.
    #[inline(always)]
    pub fn key<'a>(self) -> &'a [u8] {
        // SAFETY: as in `bytes`; a key is never changed.
        unsafe { std::slice::from_raw_parts(self.body(), self.key_len()) }
    }

    /// The value. The lifetime is bounded by the callers, who tie it to the store or the snapshot that holds it.
    #[inline(always)]
    pub fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: freed only when neither the store nor a live snapshot refers to it.
        unsafe { std::slice::from_raw_parts(self.body().add(self.key_len()), self.len()) }
    }

    /// The value, to be changed by the writer; one that no snapshot sees.
    #[inline(always)]
    pub fn bytes_mut<'a>(self) -> &'a mut [u8] {
        // SAFETY: as in `bytes`; the writer lends it on for as long as nothing else is done with its store.
        unsafe { std::slice::from_raw_parts_mut(self.body().add(self.key_len()), self.len()) }
    }

    /// Writes another value over this one, which no snapshot sees; false, with nothing changed, where it does not fit, or
    /// would leave too much unused. Called by the writer alone.
    #[inline(always)]
    pub fn overwrite(self, value: &[u8]) -> bool {
        let len = self.len();
        if value.len() != len {
            // SAFETY: as in `bytes`.
            let room = len + unsafe { (*self.0.as_ptr()).spare } as usize;
            let Some(spare) = room.checked_sub(value.len()).filter(|spare| *spare <= room / 2) else { return false };
            let Ok(spare) = u16::try_from(spare) else { return false };
            // SAFETY: as above, and no snapshot reads it: the writer alone looks at these fields.
            unsafe {
                (*self.0.as_ptr()).len = value.len() as u32;
                (*self.0.as_ptr()).spare = spare;
            }
        }
        self.bytes_mut().copy_from_slice(value);
        true
    }

    /// Where the key begins.
    #[inline(always)]
    fn body(self) -> *mut u8 {
        // SAFETY: within the allocation, right behind its head.
        unsafe { self.0.as_ptr().cast::<u8>().add(size_of::<Large>()) }
    }

    #[inline(always)]
    fn key_len(self) -> usize {
        // SAFETY: as in `bytes`.
        unsafe { (*self.0.as_ptr()).key_len as usize }
    }

    /// The value's length.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).len as usize }
    }

    /// What the allocation takes.
    pub fn size(self) -> usize {
        // SAFETY: as above.
        let spare = unsafe { (*self.0.as_ptr()).spare } as usize;
        size_of::<Large>() + self.key_len() + self.len() + spare
    }

    /// Where it stands in the owner's list.
    pub fn index(self) -> usize {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).index }
    }

    #[inline(always)]
    pub fn born(self) -> u64 {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).born }
    }

    /// Asks the processor for the line that it begins in, and the next.
    #[inline(always)]
    pub fn prefetch(self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint, which reads nothing; both lines are addresses alone.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let line = self.0.as_ptr().cast::<i8>();
            _mm_prefetch::<_MM_HINT_T0>(line);
            _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(64));
        }
    }
}
