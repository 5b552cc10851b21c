//! Reading a log beside its writer.

use super::chain::{self, Chain, hand_over};
use super::format::Uuid;
use super::survey::survey;
use crate::disk::Disk;
use crate::error::Result;

/// What reading beside a writer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Committed {
    /// Everything through this batch was handed over, or was applied before.
    Through(u64),
    /// Segments that are needed are not there any more: the writer has applied and removed them meanwhile. What was handed
    /// over is to be forgotten; a newer state has it.
    Gone,
}

/// Hands over the whole batches after `applied`, in order, up to `through`, which the writer says is durable; without it,
/// all that are whole. Changes nothing on the disk.
///
/// # Errors
/// As [`recover`](super::recover): batches may have been handed over before.
pub(crate) fn read_committed<D: Disk>(
    disk: &D,
    uuid: Uuid,
    applied: u64,
    through: Option<u64>,
    mut replay: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<Committed> {
    if through.is_some_and(|through| through <= applied) {
        return Ok(Committed::Through(applied));
    }
    let Ok(chain) = Chain::open(disk, &uuid, applied, chain::numbers(disk)?)? else { return Ok(Committed::Gone) };
    let Some(last) = chain.needed.last() else {
        // A writer has a segment before it says that a batch is durable.
        return Ok(if through.is_some() { Committed::Gone } else { Committed::Through(applied) });
    };
    let until = through.map_or(u64::MAX, |through| through.saturating_add(1));
    let mut replay = |seq, payload: &[u8]| if seq < until { replay(seq, payload) } else { Ok(()) };
    chain.replay_full(applied, &mut replay)?;
    let through = match through {
        // Not beyond: there it may just be writing.
        Some(through) => through,
        None => survey(last, applied)?.last,
    };
    if through > applied {
        hand_over(&mut last.walk(), applied, through + 1, &mut replay)?;
    }
    Ok(Committed::Through(through))
}
