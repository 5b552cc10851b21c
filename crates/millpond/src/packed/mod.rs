//! Packed snapshots: all entries of a store in key order, in one file or one piece of memory, checksummed page by page.
//!
//! | module | what it knows |
//! |---|---|
//! | `format` | the bytes: header, page, footer; docs/format.md describes them |
//! | `writer` | [`PackedWriter`]: takes entries in key order, writes from the beginning to the end |
//! | `source` | where the bytes are: in memory, or in a file that is mapped |
//! | `pages` | pages that are checked when they are first read |
//! | `entries` | entries in those pages: lookups and walks |
//! | `snapshot` | [`PackedSnapshot`]: all entries of a store |
//! | `increment` | [`PackedIncrement`]: what changed since, and writing it |
//! | `chain` | [`PackedChain`]: a snapshot with its increments |
//! | `verify` | going over all of it |
//! | `engines` | from engines and back |
//! | `file` | a file that is there wholly or not at all |
//! | `fuzzing` | for fuzz targets: small ones that are read as large ones are |

mod chain;
mod engines;
mod entries;
mod file;
mod format;
#[cfg(fuzzing)]
mod fuzzing;
mod increment;
mod pages;
mod snapshot;
mod source;
mod verify;
mod writer;

pub use chain::{ChainEntries, PackedChain};
pub(crate) use engines::milliseconds;
pub use entries::PackedIter;
pub use format::{PackedInfo, SnapshotId};
pub use increment::{Changes, IncrementWriter, PackedChange, PackedIncrement};
pub use snapshot::PackedSnapshot;
pub use writer::PackedWriter;
