//! What is asked of a checkpoint, and what comes of it.

use crate::packed::SnapshotId;

/// Which checkpoint is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckpointOptions {
    /// Its name.
    pub id: SnapshotId,
    /// Whether others are to hold what changed since it.
    pub is_base: bool,
    /// The one that it may go on from, where it is known what changed since.
    pub from: Option<SnapshotId>,
}

/// What a checkpoint came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckpointSummary {
    /// The one that its increments go on from; nothing where it holds all.
    pub base: Option<SnapshotId>,
    /// The number of its bytes.
    pub bytes: u64,
    /// By source, the next position to read.
    pub offsets: Vec<(String, u64)>,
}
