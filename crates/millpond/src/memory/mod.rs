//! The sorted memory engine: a copy-on-write B+tree in an arena of 4 KiB pages.
//!
//! | file | what it holds |
//! |---|---|
//! | `page` | the layout of a page, the search in it and its changes |
//! | `arena`, `allocator`, `large`, `budget` | memory: chunks of pages, who may use which, large values, a limit |
//! | `tree` | the tree's state, and lookups |
//! | `insert`, `remove`, `restore` | changes |
//! | `cursor`, `iter` | reading in order |
//! | `snapshot`, `diff`, `bytes` | views of a moment, how two of them differ, and one as bytes |
//! | `undo` | taking back what a transaction wrote |
//! | `entries`, `sorted` | what the public face asks of what it keeps entries in; the tree as that |
//! | `store`, `in_place` | [`MemoryStore`], the public face of this engine and of the one in `hash` |

mod allocator;
mod arena;
mod budget;
mod bytes;
#[cfg(any(test, feature = "check"))]
mod check;
mod cursor;
mod diff;
mod entries;
mod in_place;
mod insert;
mod iter;
mod large;
mod page;
mod remove;
mod restore;
mod snapshot;
mod sorted;
mod store;
mod tree;
mod undo;

pub(crate) use allocator::Admission;
pub(crate) use arena::advise_huge_pages;
pub use budget::Budget;
pub(crate) use cursor::Walk;
pub(crate) use diff::{Change, Diff};
pub use entries::MemoryEngine;
pub(crate) use entries::{Entries, Index};
pub(crate) use in_place::Stored;
pub(crate) use iter::scan_some;
pub use iter::{Iter, Scan, Visit};
pub(crate) use large::LargeRef;
pub use snapshot::{Snapshot, StateSnapshot};
pub use store::{InMemoryStore, MemoryStore};
pub(crate) use tree::{GROUP, Tree, ValueMut, View};
