//! The sorted memory engine: a copy-on-write B+tree in an arena of 4 KiB pages.
//!
//! | file | what it holds |
//! |---|---|
//! | `page` | the layout of a page, the search in it and its changes |
//! | `arena`, `allocator`, `large`, `budget` | memory: chunks of pages, who may use which, large values, a limit |
//! | `tree` | the tree's state, and lookups |
//! | `insert`, `remove`, `restore` | changes |
//! | `cursor`, `iter` | reading in order |
//! | `snapshot`, `diff` | views of a moment, and how two of them differ |
//! | `undo` | taking back what a transaction wrote |
//! | `store` | [`InMemoryStore`], the public face |

mod allocator;
mod arena;
mod budget;
#[cfg(any(test, feature = "check"))]
mod check;
mod cursor;
mod diff;
mod insert;
mod iter;
mod large;
mod page;
mod remove;
mod restore;
mod snapshot;
mod store;
mod tree;
mod undo;

pub(crate) use arena::advise_huge_pages;
pub use budget::Budget;
pub(crate) use cursor::Walk;
pub(crate) use diff::{Change, Diff};
pub(crate) use iter::scan_some;
pub use iter::{Iter, Scan, Visit};
pub use snapshot::Snapshot;
pub use store::InMemoryStore;
pub(crate) use store::Stored;
pub(crate) use tree::View;
