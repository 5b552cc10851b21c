//! Checkpoints: the stores of a provider at one moment, with the positions in the input, in one file.
//!
//! | module | what it knows |
//! |---|---|
//! | `format` | the bytes: tables one behind the other, and what they are; docs/format.md describes them |
//! | `writer` | [`CheckpointWriter`]: written forwards, to any output |
//! | `memory` | checkpoints of the memory engine; those of directories are in `lmdb` |
//! | `reader` | [`Checkpoint`]: a file, or a chain of them where the later ones hold what changed |

mod format;
mod memory;
mod options;
mod reader;
mod writer;

pub use format::TableKind;
pub use memory::{MemoryBase, MemoryCheckpointStore, write_checkpoint};
pub use options::{CheckpointOptions, CheckpointSummary};
pub use reader::{Checkpoint, CheckpointStore};
pub use writer::CheckpointWriter;
