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

/// Takes the writes back, the last one first.
pub(super) fn roll_back(tree: &mut Tree, writes: Vec<Undo>) -> Result<()> {
    for write in writes.into_iter().rev() {
        match write {
            Undo::Entry { key, before: Some(value) } => {
                tree.put_as(&key, &value, Admission::Always)?;
            }
            Undo::Entry { key, before: None } => {
                tree.delete(&key)?;
            }
            Undo::Tree(before) => *tree = *before,
        }
    }
    Ok(())
}
