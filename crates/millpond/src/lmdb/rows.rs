//! The rows of a scan as an iterator, fetched a portion at a time.

use super::store::Scan;
use crate::error::{Error, Result};
use crate::memory::Visit;
use bytes::Bytes;
use std::collections::VecDeque;

/// Rows that are taken at a time.
const PORTION: usize = 256;

/// The rows of a scan. It borrows nothing, but holds on to the view that it reads.
pub(super) struct Rows {
    taken: VecDeque<(Bytes, Bytes)>,
    rest: Option<Scan>,
    failed: Option<Error>,
}

impl Rows {
    /// The rows of a scan that `scan` begins: it hands the first of them to what it is given.
    pub fn begin(scan: impl FnOnce(&mut dyn FnMut(&[u8], &[u8]) -> Visit) -> Result<Option<Scan>>) -> Rows {
        let mut taken = VecDeque::new();
        match scan(&mut |key, value| take(&mut taken, key, value)) {
            Ok(rest) => Rows { taken, rest, failed: None },
            Err(error) => Rows { taken, rest: None, failed: Some(error) },
        }
    }
}

impl Iterator for Rows {
    type Item = Result<(Bytes, Bytes)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.taken.is_empty()
            && let Some(rest) = &mut self.rest
        {
            let taken = &mut self.taken;
            match rest.resume(|key, value| take(taken, key, value)) {
                Ok(true) => {}
                Ok(false) => self.rest = None,
                Err(error) => (self.rest, self.failed) = (None, Some(error)),
            }
        }
        self.taken.pop_front().map(Ok).or_else(|| self.failed.take().map(Err))
    }
}

fn take(taken: &mut VecDeque<(Bytes, Bytes)>, key: &[u8], value: &[u8]) -> Visit {
    if taken.len() == PORTION {
        return Visit::Full;
    }
    taken.push_back((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
    Visit::Next
}
