//! The write-ahead log: what makes batches durable before LMDB has them.
//!
//! A log is a row of *segments*, files named `wal-<number, 16 hex digits>.log`, each a header and *frames*. All integers are
//! little-endian.
//!
//! ```text
//! segment   0   magic            8   "MPONDLOG"
//!           8   version          u32
//!           12  crc32c           u32 of the other 60 bytes of the header
//!           16  uuid             16  of the environment
//!           32  salt             u64 random
//!           40  number           u64
//!           48  first seq        u64 the first batch that belongs to this segment
//!           56  zero             8
//!           64  frames, each at a multiple of 8; zeros behind the last
//!
//! frame     0   marker           4   "MPFR"
//!           4   crc32c           u32 of uuid, salt, the rest of this header, and the payload
//!           8   seq              u64 the batch
//!           16  durable through  u64 the batch through which all was synced when this was written
//!           24  payload length   u32 at most 1 MiB
//!           28  part             u32 the frame's number within the batch; the highest bit is set in the last
//!           32  payload
//! ```
//!
//! A batch counts when all of its frames verify, up to the last. In segment n, what belongs to n + 1 by that one's first seq
//! is superseded; all before it was durable when n + 1 was made, so anything that is not there is damage. In the last
//! segment the first batch that is not there whole ends the log, unless a later frame says that it was durable.
//!
//! | file | what it holds |
//! |---|---|
//! | `format` | the bytes of headers |
//! | `write` | a segment that is written to |
//! | `read`, `chain`, `survey` | a segment that is read; all of them in order; where the last one ends |
//! | `recover`, `committed` | opening a log for writing, and reading beside who does |
//! | `sim`, `fuzzing` | for tests: a disk that crashes; logs made of any bytes |

mod chain;
mod committed;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
mod read;
mod recover;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(dead_code, unreachable_pub))]
pub(crate) mod sim;
mod survey;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use committed::{Committed, read_committed};
pub(crate) use recover::recover;

use super::planted::{self, Bug};
use crate::disk::Disk;
use crate::error::{Error, Result};
use format::{Uuid, file_name};
use std::collections::VecDeque;
use std::io;
use write::{Sizes, Unpublished, Writer};

/// A batch on its way to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Its number; they count up by one.
    pub seq: u64,
    pub payload: Vec<u8>,
}

/// A log that is open for writing. Nothing in it waits but for the disk, and a thread has to drive it.
pub(crate) struct Log<D: Disk> {
    disk: D,
    uuid: Uuid,
    sizes: Sizes,
    /// The segments before the current one.
    older: VecDeque<Older>,
    current: Writer<D::File>,
    durable: u64,
    last: u64,
    poisoned: bool,
}

/// A segment that is not written to any more.
struct Older {
    number: u64,
    /// The first batch of the segment behind it.
    next: u64,
    bytes: u64,
}

impl<D: Disk> Log<D> {
    /// Writes batches behind what is there, in one write unless they are large. They are durable after the next
    /// [`sync`](Log::sync).
    ///
    /// # Errors
    /// [`Error::Io`]: nothing of them counts, and they are to be appended again, the same and in the same order, before any
    /// others; a crash may bring some of them back nevertheless. [`Error::Poisoned`].
    pub fn append(&mut self, batches: &[Batch]) -> Result<()> {
        self.check()?;
        debug_assert!(batches.iter().map(|batch| batch.seq).eq(self.last + 1..=self.last + batches.len() as u64));
        self.current.append(self.durable, batches.iter().map(|batch| (batch.seq, &batch.payload[..])))?;
        self.last += batches.len() as u64;
        Ok(())
    }

    /// Returns when all that was appended is on the disk: through which batch.
    ///
    /// # Errors
    /// [`Error::Poisoned`], from then on: the system may forget what it could not write, and report success the next time.
    pub fn sync(&mut self) -> Result<u64> {
        self.check()?;
        if self.durable < self.last {
            if !planted::has(Bug::SkipSync) {
                let synced = self.current.sync();
                self.poison_unless(synced)?;
            }
            self.durable = self.last;
        }
        Ok(self.durable)
    }

    /// Syncs, and goes on in a new segment; in the same if it has no batch yet.
    ///
    /// # Errors
    /// [`Error::Io`]: the log goes on in the old segment. [`Error::Poisoned`].
    pub fn rotate(&mut self) -> Result<()> {
        self.sync()?;
        let Writer { header, .. } = &self.current;
        let (number, next) = (header.number, self.last + 1);
        if header.first_seq == next {
            return Ok(());
        }
        let writer = Writer::create(&self.disk, &self.uuid, number + 1, next, self.sizes)?;
        match writer.publish(&self.disk) {
            Ok(()) => {}
            Err(Unpublished::Refused(error)) => return Err(error),
            Err(Unpublished::NotSynced(_)) => {
                self.poisoned = true;
                return Err(Error::Poisoned);
            }
        }
        self.older.push_back(Older { number, next, bytes: self.current.bytes() });
        self.current = writer;
        Ok(())
    }

    /// Removes the segments that hold no batch after `seq`, the oldest first; never the current one. They have to be
    /// durable elsewhere.
    ///
    /// # Errors
    /// [`Error::Io`]: what is left is removed the next time. [`Error::Poisoned`].
    pub fn remove_through(&mut self, seq: u64) -> Result<()> {
        self.check()?;
        let mut removed = Ok(());
        let before = self.older.len();
        while let Some(oldest) = self.older.front().filter(|oldest| oldest.next <= seq.saturating_add(1)) {
            let name = file_name(oldest.number);
            match self.disk.remove(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    removed = Err(Error::io(format!("remove {name}"), &error));
                    break;
                }
                _ => self.older.pop_front(),
            };
        }
        if self.older.len() < before {
            let synced = self.disk.sync_dir();
            self.poison_unless(synced)?;
        }
        removed
    }

    /// The batch through which all is on the disk.
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// The last batch that was appended.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Bytes of all segments, without the zeros that stand ready in the current one.
    pub fn bytes(&self) -> u64 {
        self.older.iter().map(|older| older.bytes).sum::<u64>() + self.current.bytes()
    }

    fn check(&self) -> Result<()> {
        if self.poisoned { Err(Error::Poisoned) } else { Ok(()) }
    }

    fn poison_unless(&mut self, synced: io::Result<()>) -> Result<()> {
        self.poisoned |= synced.is_err();
        self.check()
    }
}
