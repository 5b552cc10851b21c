//! [`Driver`]: what every store that is compared does.

use crate::keys::Key;
use std::path::Path;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A store, by the calls that its own documentation recommends for many keys at a time: one transaction for a batch of writes,
/// and one for a round of reads, where it has transactions.
pub trait Driver: Sized {
    /// Whether it is there when it is opened again.
    const DURABLE: bool;

    /// The store in this directory, made if it is missing. With `sync` a batch is on the disk when it returns; without, the
    /// system writes it when it likes.
    fn open(dir: &Path, sync: bool) -> Outcome<Self>;

    /// Puts this value at each of the keys, in one batch.
    fn put(&mut self, keys: &[Key], value: &[u8]) -> Outcome<()>;

    /// Removes each of the keys, in one batch.
    fn delete(&mut self, keys: &[Key]) -> Outcome<()>;

    /// Looks each of the keys up; returns the sum of the first bytes of the values found.
    fn get(&mut self, keys: &[Key]) -> Outcome<u64>;

    /// From each of the keys on reads so many entries; returns a sum over all of them, by [`digest`].
    fn scan(&mut self, keys: &[Key], entries: usize) -> Outcome<u64>;

    /// Waits until all batches have at least been written to a file.
    fn settle(&mut self) -> Outcome<()> {
        Ok(())
    }

    /// Ends in good order.
    fn close(self) -> Outcome<()> {
        Ok(())
    }
}

/// A look at an entry, so that none is skipped.
#[inline(always)]
pub fn digest(key: &[u8], value: &[u8]) -> u64 {
    let end = |bytes: &[u8]| bytes.last().copied().unwrap_or(0) as u64;
    end(key) + end(value)
}

#[inline(always)]
pub fn first(value: &[u8]) -> u64 {
    value.first().copied().unwrap_or(0) as u64
}
