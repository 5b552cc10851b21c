//! Memory that JavaScript made and shares with us: one of the two places of `unsafe` in this crate.

/// Bytes of an ArrayBuffer that JavaScript keeps alive until it takes the buffer back.
///
/// What could go wrong: JavaScript collects, detaches or resizes the buffer, and the address dangles. `src/native/io.ts`
/// upholds that it does not: whoever makes a call holds the buffer, which is taken back when it was collected; buffers
/// never reach user code, a resizable one is refused when it is registered, and the length, which a detached buffer
/// shows as 0, is looked at before use.
#[derive(Clone, Copy)]
pub struct SharedBuffer {
    address: *mut u8,
    len: usize,
}

impl SharedBuffer {
    /// # Safety
    /// `address` leads to `len` bytes that live as long as the value, and only this thread uses them.
    pub unsafe fn new(address: *mut u8, len: usize) -> SharedBuffer {
        SharedBuffer { address, len }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The bytes `start..end`; nothing where they lie outside.
    #[inline(always)]
    pub fn get(&self, start: usize, end: usize) -> Option<&[u8]> {
        if start > end || end > self.len {
            return None;
        }
        // SAFETY: inside the buffer, which lives as long as `self`; JavaScript does not run while a slice is used.
        Some(unsafe { std::slice::from_raw_parts(self.address.add(start), end - start) })
    }

    /// Copies `bytes` to `at`; false, with nothing written, where they don't fit.
    #[inline(always)]
    pub fn put(&self, at: usize, bytes: &[u8]) -> bool {
        if bytes.len() > self.len.saturating_sub(at) {
            return false;
        }
        // SAFETY: inside the buffer; `bytes` is the engine's memory or our own, never the buffer.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.address.add(at), bytes.len()) };
        true
    }

    /// Reads a number as JavaScript's typed arrays write it; 0 beyond the end.
    #[inline(always)]
    pub fn u32_at(&self, index: usize) -> u32 {
        let bytes = self.get(index * 4, index * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_ne_bytes)
    }

    /// Writes a number as JavaScript's typed arrays read it, at a multiple of four.
    #[inline(always)]
    pub fn put_u32(&self, index: usize, value: u32) {
        let at = index * 4;
        debug_assert!(at + 4 <= self.len);
        if at + 4 <= self.len {
            // SAFETY: inside the buffer.
            unsafe { self.address.add(at).cast::<u32>().write_unaligned(value) };
        }
    }
}
