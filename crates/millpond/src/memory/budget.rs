//! A limit on memory that several stores share.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on the memory of the stores that share it: their pages in use and their large values, in bytes.
///
/// Reads, deletes and overwrites in place never need room. A write that does and finds none is refused with
/// [`Error::Full`] before it changes anything.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Budget> {
        Arc::new(Budget { limit, used: AtomicUsize::new(0) })
    }

    /// Bytes in use over all stores that share the budget.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn check(&self, bytes: usize) -> Result<()> {
        if self.used().saturating_add(bytes) > self.limit { Err(Error::Full { limit: self.limit }) } else { Ok(()) }
    }

    pub(super) fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}
