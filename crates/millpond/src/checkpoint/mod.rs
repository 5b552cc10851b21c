//! Checkpoints: the stores of a provider at one moment, with the positions in the input, in one file.
//!
//! | module | what it knows |
//! |---|---|
//! | `format` | the bytes: tables one behind the other, and what they are; docs/format.md describes them |
//! | `writer` | [`CheckpointWriter`]: written forwards, to any output |
//! | `reader` | [`Checkpoint`]: a file, or a chain of them where the later ones hold what changed |

mod format;
mod reader;
mod writer;

pub use format::TableKind;
pub use reader::{Checkpoint, CheckpointStore};
pub use writer::CheckpointWriter;
