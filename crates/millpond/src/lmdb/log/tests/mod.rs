//! What the tests of the log share.

mod committed;
mod flips;
mod history;
mod real;
mod recovery;
mod writing;

use super::format::{FRAME_HEADER, SEGMENT_HEADER, Uuid};
use super::recover::recover_sized;
use super::sim::SimDisk;
use super::write::Sizes;
use super::{Batch, Log};
use crate::error::Result;

const UUID: Uuid = *b"an environment's";
/// Small enough that batches of some hundred bytes do all that large ones do.
const SMALL: Sizes = Sizes { frame: 256, in_place: 1024, ahead: (512, 4096), write: 2048 };

/// A payload that no other batch has.
fn payload(seq: u64, len: usize) -> Vec<u8> {
    (0..len).map(|index| (seq as usize * 31 + index) as u8).collect()
}

fn batch(seq: u64, len: usize) -> Batch {
    Batch { seq, payload: payload(seq, len) }
}

/// Batches as recovery hands them over.
type Replayed = Vec<(u64, Vec<u8>)>;

/// What recovery hands over, and the log.
fn open(disk: &SimDisk, applied: u64) -> Result<(Log<SimDisk>, Replayed)> {
    let mut replayed = Vec::new();
    let log = recover_sized(disk.clone(), UUID, applied, SMALL, |seq, payload| {
        replayed.push((seq, payload.to_vec()));
        Ok(())
    })?;
    Ok((log, replayed))
}

/// The batches that recovery hands over.
fn replayed(disk: &SimDisk, applied: u64) -> Result<Vec<u64>> {
    let (_, replayed) = open(disk, applied)?;
    assert!(replayed.iter().all(|(seq, bytes)| *bytes == payload(*seq, bytes.len())), "bytes are those written");
    Ok(replayed.into_iter().map(|(seq, _)| seq).collect())
}

/// A log with batches of 100 bytes, each synced on its own.
fn log_of(batches: u64) -> (SimDisk, Log<SimDisk>) {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, 0).expect("a new log");
    append_synced(&mut log, batches);
    (disk, log)
}

fn append_synced(log: &mut Log<SimDisk>, batches: u64) {
    for _ in 0..batches {
        log.append(&[batch(log.last() + 1, 100)]).expect("append");
        log.sync().expect("sync");
    }
}

/// Where the n-th frame of a segment stands whose frames have 100 bytes.
fn frame_at(index: usize) -> usize {
    SEGMENT_HEADER + index * (FRAME_HEADER + 104)
}

fn segment(number: u64) -> String {
    super::format::file_name(number)
}

/// Changes a byte of a segment.
fn damage(disk: &SimDisk, number: u64, at: usize) {
    disk.flip(&segment(number), at * 8);
}
