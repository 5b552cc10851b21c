//! Taking back what a transaction wrote: a list of what was there before, in the order of the writes.

use super::allocator::Admission;
use super::tree::Tree;
use crate::error::Result;

/// One write, by what it replaced.
pub(super) enum Undo {
    Entry {
        key: Vec<u8>,
        before: Option<Vec<u8>>,
    },
    /// The whole tree was replaced.
    Tree(Box<Tree>),
}

impl Undo {
    /// Puts back what the write replaced. Where that fails, for want of memory, nothing changed and it can be tried again.
    pub fn take_back(&mut self, tree: &mut Tree) -> Result<()> {
        match self {
            Undo::Entry { key, before: Some(value) } => tree.put_as(key, value, Admission::Always).map(drop),
            Undo::Entry { key, before: None } => tree.delete(key).map(drop),
            Undo::Tree(before) => {
                std::mem::swap(tree, before);
                Ok(())
            }
        }
    }
}
