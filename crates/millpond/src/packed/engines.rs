//! From engines to packed snapshots and back.

use super::format::PackedInfo;
use super::reader::PackedSnapshot;
use super::writer::PackedWriter;
use crate::error::Result;
#[cfg(feature = "lmdb")]
use crate::lmdb::StoreSnapshot;
#[cfg(feature = "lmdb")]
use crate::memory::Visit;
use crate::memory::{MemoryEngine, MemoryStore, Snapshot};
use crate::range::Range;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

impl Snapshot {
    /// Packs what it holds, down to `output`. Its own timestamp and metadata go with it; the rest is what `info` says. The
    /// store may be written on meanwhile, in another thread.
    pub fn pack<W: Write>(&self, output: W, info: PackedInfo) -> Result<W> {
        let info =
            PackedInfo { timestamp_ms: milliseconds(self.timestamp()), metadata: self.metadata().clone(), ..info };
        let mut writer = PackedWriter::new(output, info);
        let range = Range::all();
        let mut iter = self.iter(&range, false);
        while let Some((key, value)) = iter.next_ref() {
            writer.push(key, value)?;
        }
        writer.finish()
    }
}

#[cfg(feature = "lmdb")]
impl StoreSnapshot {
    /// Packs what it holds, down to `output`. Its own timestamp goes with it; the rest is what `info` says.
    pub fn pack<W: Write>(&self, output: W, info: PackedInfo) -> Result<W> {
        let info = PackedInfo { timestamp_ms: milliseconds(self.timestamp()), ..info };
        let mut writer = PackedWriter::new(output, info);
        let mut outcome = Ok(());
        self.scan_some(Range::all(), false, |key, value| {
            outcome = writer.push(key, value);
            if outcome.is_ok() { Visit::Next } else { Visit::Done }
        })?;
        outcome?;
        writer.finish()
    }
}

impl<E: MemoryEngine> MemoryStore<E> {
    /// Replaces everything by what a packed snapshot holds: all of it, or nothing. O(n).
    pub fn unpack(&mut self, snapshot: &PackedSnapshot) -> Result<()> {
        let mark = self.savepoint();
        self.clear();
        let range = Range::all();
        let loaded = snapshot.iter(&range, false).try_for_each(|entry| {
            let (key, value) = entry?;
            self.put(key, value)
        });
        match loaded {
            Ok(()) => self.release(),
            Err(_) => self.roll_back_to(mark)?,
        }
        loaded
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}
