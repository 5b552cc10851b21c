//! Where the last segment ends.

use super::read::{Beyond, Segment, Walk};
use crate::disk::DiskFile;
use crate::error::Result;

/// What the last segment has.
pub(super) struct Survey {
    /// The last batch that is there whole.
    pub last: u64,
    /// The batch through which all is known to have been synced.
    pub proven: u64,
    /// The place behind the last whole batch.
    pub end: u64,
}

/// Reads the last segment up to the first batch that is not there whole: the end of the log, or a write that a crash cut
/// short, or damage. It is damage where a later frame proves that the batch was on the disk; else nobody was told that it
/// was, and it goes, with all that follows.
pub(super) fn survey<F: DiskFile>(segment: &Segment<F>, applied: u64) -> Result<Survey> {
    let mut walk = segment.walk();
    let mut payload = Vec::new();
    let beyond = loop {
        while walk.next(&mut payload)?.is_some() {}
        let beyond = walk.look_beyond()?;
        if !is_proof(&beyond, &walk, applied) {
            break beyond;
        }
        // Or it was being written while we read it, and is there by now.
        walk.refresh();
        if walk.next(&mut payload)?.is_none() {
            return Err(walk.missing("but was durable, as later ones say"));
        }
    };
    let last = walk.seq() - 1;
    let proven = walk.synced().max(beyond.synced).max(segment.header.first_seq - 1).min(last).max(applied);
    Ok(Survey { last: last.max(applied), proven, end: walk.end() })
}

/// Whether what stands behind the batch that is not there says that it should be: it was synced before later ones were
/// written, or it was applied, which only durable ones are, and later ones can't be reached without it.
fn is_proof<F: DiskFile>(beyond: &Beyond, walk: &Walk<'_, F>, applied: u64) -> bool {
    beyond.synced >= walk.seq() || (walk.seq() <= applied && beyond.seq > applied)
}
