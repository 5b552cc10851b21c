//! Long work that another thread does: how far it is, and calling it off.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far long work is. Shared by who does it and who waits for it.
#[derive(Debug, Default)]
pub struct Work {
    done: AtomicU64,
    total: AtomicU64,
    aborted: AtomicBool,
}

impl Work {
    /// Bytes that are done, and bytes that there are to do, about.
    pub fn progress(&self) -> (u64, u64) {
        let done = self.done.load(Ordering::Relaxed);
        (done, self.total.load(Ordering::Relaxed).max(done))
    }

    /// Calls it off: it ends with [`Error::Aborted`] soon.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::Relaxed);
    }

    /// Whether it was called off.
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }

    /// So many bytes more are to be done.
    pub fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many bytes more are done; an error if it was called off.
    pub fn advance(&self, bytes: usize) -> Result<()> {
        self.done.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.is_aborted() { Err(Error::Aborted) } else { Ok(()) }
    }
}
