//! Values too large for a page: each an allocation of its own, freed by epoch as pages are.

use crate::error::{Error, Result};
use std::alloc::Layout;
use std::ptr::NonNull;

/// The head of an allocation; the value's bytes follow it.
pub(super) struct Large {
    born: u64,
    index: usize,
    len: usize,
}

impl Large {
    /// Copies `value`, written in epoch `born`; `index` is where the caller puts it in its list.
    pub fn allocate(value: &[u8], born: u64, index: usize) -> Result<LargeRef> {
        let out_of_memory = Error::OutOfMemory { bytes: value.len() };
        let Some(layout) = Self::layout(value.len()) else { return Err(out_of_memory) };
        // SAFETY: the size is not zero.
        let memory = unsafe { std::alloc::alloc(layout) };
        let Some(large) = NonNull::new(memory.cast::<Large>()) else { return Err(out_of_memory) };
        // SAFETY: the allocation has room for the head and the bytes behind it, and nobody else knows it.
        unsafe {
            large.write(Large { born, index, len: value.len() });
            std::ptr::copy_nonoverlapping(value.as_ptr(), memory.add(size_of::<Large>()), value.len());
        }
        Ok(LargeRef(large))
    }

    fn layout(len: usize) -> Option<Layout> {
        Layout::from_size_align(len.checked_add(size_of::<Large>())?, align_of::<Large>()).ok()
    }

    /// # Safety
    /// `large` came from `allocate`, is not freed yet, and nobody reads it any more.
    pub unsafe fn free(LargeRef(large): LargeRef) {
        // SAFETY: the caller's promise.
        let len = unsafe { large.as_ref() }.len;
        if let Some(layout) = Self::layout(len) {
            // SAFETY: the layout it was allocated with.
            unsafe { std::alloc::dealloc(large.as_ptr().cast(), layout) };
        }
    }
}

/// What a leaf holds in place of a large value.
#[derive(Clone, Copy)]
pub(super) struct LargeRef(NonNull<Large>);

// SAFETY: a plain address; what it leads to is never changed but for `index`, which the writer alone looks at.
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

    /// The value. The lifetime is bounded by the callers, who tie it to the store or the snapshot that holds it.
    pub fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: freed only when neither the store nor a live snapshot refers to it.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast::<u8>().add(size_of::<Large>()), self.len()) }
    }

    pub fn len(self) -> usize {
        // SAFETY: as above. A read of the field alone: the writer may change `index` meanwhile.
        unsafe { (*self.0.as_ptr()).len }
    }

    /// Where it stands in the owner's list.
    pub fn index(self) -> usize {
        // SAFETY: as above; called by the writer alone.
        unsafe { (*self.0.as_ptr()).index }
    }

    pub fn set_index(self, index: usize) {
        // SAFETY: as above; called by the writer alone, and nobody else looks at this field.
        unsafe { (*self.0.as_ptr()).index = index }
    }

    pub fn born(self) -> u64 {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).born }
    }
}
