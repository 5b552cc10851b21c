//! For the fuzz targets: logs made of any bytes, on a disk in memory.

use super::format::{Frame, Seal, SegmentHeader, Uuid, file_name};
use super::recover::recover_sized;
use super::sim::SimDisk;
use super::write::Sizes;
use super::{Committed, read_committed};
use crate::error::Result;
use crate::lmdb::record;

const UUID: Uuid = *b"an environment's";
const SMALL: Sizes = Sizes { frame: 256, in_place: 1024, ahead: (512, 4096), write: 2048 };

/// What is handed over: batches, each with its number.
pub type Batches = Vec<(u64, Vec<u8>)>;

/// What a frame says, and its payload.
pub struct FuzzedFrame<'a> {
    /// The batch that it belongs to.
    pub seq: u64,
    /// The batch through which all was synced when it was written.
    pub durable_through: u64,
    /// Its number within the batch.
    pub part: u32,
    /// Whether the batch ends with it.
    pub last: bool,
    /// What it carries.
    pub payload: &'a [u8],
}

/// The bytes of a segment, its checksums right.
pub fn segment(number: u64, first_seq: u64, frames: &[FuzzedFrame]) -> Vec<u8> {
    let header = SegmentHeader { salt: number, number, first_seq };
    let mut bytes = header.encode(&UUID).to_vec();
    for &FuzzedFrame { seq, durable_through, part, last, payload } in frames {
        let frame = Frame { seq, durable_through, len: payload.len() as u32, part, last };
        Seal::new(&UUID, header.salt).encode(&frame, payload, &mut bytes);
    }
    bytes
}

/// A log, segment by segment.
#[derive(Default)]
pub struct FuzzedLog(SimDisk);

impl FuzzedLog {
    /// Puts the file of a segment there.
    pub fn put(&self, number: u64, bytes: Vec<u8>) {
        self.0.put(&file_name(number), bytes);
    }

    /// What is read beside a writer: through which batch, and the batches; nothing where segments are gone.
    pub fn read(&self, applied: u64, through: Option<u64>) -> Result<Option<(u64, Batches)>> {
        let mut batches = Batches::new();
        let committed = read_committed(&self.0, UUID, applied, through, |seq, payload| {
            batches.push((seq, payload.to_vec()));
            Ok(())
        })?;
        Ok(match committed {
            Committed::Through(seq) => Some((seq, batches)),
            Committed::Gone => None,
        })
    }

    /// What opening it for writing hands over, and the last batch. Its files are then others, with the same batches.
    pub fn recover(&self, applied: u64) -> Result<(u64, Batches)> {
        let mut batches = Batches::new();
        let log = recover_sized(self.0.clone(), UUID, applied, SMALL, |seq, payload| {
            batches.push((seq, payload.to_vec()));
            Ok(())
        })?;
        Ok((log.last(), batches))
    }
}

/// Reads the writes of a batch; returns how many there are.
pub fn read_batch(mut batch: &[u8]) -> Result<usize> {
    let mut count = 0;
    while !batch.is_empty() {
        record::read(&mut batch)?;
        count += 1;
    }
    Ok(count)
}
