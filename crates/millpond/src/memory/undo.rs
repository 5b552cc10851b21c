//! Taking back what a transaction wrote: a list of what was there before, in the order of the writes.

use super::allocator::Admission;
use super::entries::Entries;
use crate::error::Result;

/// One write, by what it replaced.
pub(super) enum Undo<E> {
    Entry {
        key: Vec<u8>,
        before: Option<Vec<u8>>,
    },
    /// Everything was replaced.
    All(Box<E>),
}

impl<E: Entries> Undo<E> {
    /// Puts back what the write replaced. Where that fails, for want of memory, nothing changed and it can be tried again.
    pub fn take_back(&mut self, entries: &mut E) -> Result<()> {
        match self {
            Undo::Entry { key, before: Some(value) } => entries.put(key, value, Admission::Always),
            Undo::Entry { key, before: None } => entries.delete(key).map(drop),
            Undo::All(before) => {
                std::mem::swap(entries, before);
                Ok(())
            }
        }
    }
}
