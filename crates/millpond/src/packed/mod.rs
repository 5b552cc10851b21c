//! Packed snapshots: all entries of a store in key order, in one file or one piece of memory, checksummed page by page.
//!
//! | module | what it knows |
//! |---|---|
//! | `format` | the bytes: header, page, footer; docs/format.md describes them |
//! | `writer` | [`PackedWriter`]: takes entries in key order, writes from the beginning to the end |
//! | `source` | where the bytes are: in memory, or in a file that is mapped |
//! | `pages` | pages that are checked when they are first read |
//! | `reader` | [`PackedSnapshot`]: lookups and walks |
//! | `verify` | going over all of it |
//! | `engines` | from engines and back |
//! | `file` | a file that is there wholly or not at all |

mod engines;
mod file;
mod format;
mod pages;
mod reader;
mod source;
mod verify;
mod writer;

pub use format::PackedInfo;
pub use reader::{PackedIter, PackedSnapshot};
pub use writer::PackedWriter;
