//! From engines to packed snapshots and back.

use super::chain::PackedChain;
use super::format::{PackedInfo, SnapshotId};
use super::increment::{IncrementWriter, PackedChange};
use super::snapshot::PackedSnapshot;
use super::writer::PackedWriter;
use crate::error::Result;
#[cfg(feature = "lmdb")]
use crate::lmdb::StoreSnapshot;
#[cfg(feature = "lmdb")]
use crate::memory::Visit;
use crate::memory::{Change, Diff, MemoryEngine, MemoryStore, Snapshot};
use crate::range::Range;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

impl Snapshot {
    /// Packs what it holds, down to `output`. Its own timestamp and metadata go with it; the rest is what `info` says. The
    /// store may be written on meanwhile, in another thread.
    pub fn pack<W: Write>(&self, output: W, info: PackedInfo) -> Result<W> {
        let mut writer = PackedWriter::new(output, self.described(info))?;
        let range = Range::all();
        let mut iter = self.iter(&range, false);
        while let Some((key, value)) = iter.next_ref() {
            writer.push(key, value)?;
        }
        writer.finish()
    }

    /// Packs what changed since `base`, an earlier snapshot of the same store, which was packed under `id`. As long as that
    /// snapshot lives, the store keeps what it holds of it: pages are copied when they are written, as under any snapshot.
    /// O(pages written since).
    ///
    /// All of it is packed instead where that is smaller, and where the two have nothing in common: after `clear`, say. Beside
    /// the output comes back what it goes on from, as what was packed says too.
    pub fn pack_since<W: Write>(
        &self,
        base: &Snapshot,
        id: SnapshotId,
        output: W,
        info: PackedInfo,
    ) -> Result<(W, Option<SnapshotId>)> {
        let Some(diff) = self.diff(base).filter(|diff| diff.is_smaller_than(self)) else {
            return self.pack(output, info).map(|output| (output, None));
        };
        let (len, size_bytes) = (self.len() as u64, self.size_bytes() as u64);
        let info = PackedInfo { len, size_bytes, ..self.described(info) };
        let mut writer = IncrementWriter::new(output, id, info)?;
        diff.visit(|change| match change {
            Change::Put(key, value) => writer.push(key, PackedChange::Put(value)),
            Change::Delete(key) => writer.push(key, PackedChange::Delete),
            Change::DeleteThrough(first, last) => writer.push(first, PackedChange::DeleteThrough(last)),
        })?;
        writer.finish().map(|output| (output, Some(id)))
    }

    fn described(&self, info: PackedInfo) -> PackedInfo {
        PackedInfo { timestamp_ms: milliseconds(self.timestamp()), metadata: self.metadata().clone(), ..info }
    }
}

impl Diff<'_> {
    fn is_smaller_than(&self, snapshot: &Snapshot) -> bool {
        let mut bytes = 0;
        let counted = self.visit(|change| {
            bytes += match change {
                Change::Put(key, value) => key.len() + value.len(),
                Change::Delete(key) => key.len(),
                Change::DeleteThrough(first, last) => first.len() + last.len(),
            };
            Ok(())
        });
        counted.is_ok() && bytes < snapshot.size_bytes()
    }
}

#[cfg(feature = "lmdb")]
impl StoreSnapshot {
    /// Packs what it holds, down to `output`. Its own timestamp goes with it; the rest is what `info` says.
    pub fn pack<W: Write>(&self, output: W, info: PackedInfo) -> Result<W> {
        let info = PackedInfo { timestamp_ms: milliseconds(self.timestamp()), ..info };
        let mut writer = PackedWriter::new(output, info)?;
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
        self.load(snapshot.iter(&Range::all(), false))
    }

    /// The same by what a snapshot comes to with its increments.
    pub fn unpack_chain(&mut self, chain: &PackedChain) -> Result<()> {
        self.load(chain.entries())
    }

    fn load<'a>(&mut self, mut entries: impl Iterator<Item = Result<(&'a [u8], &'a [u8])>>) -> Result<()> {
        let mut loaded = MemoryStore::<E>::with_budget(self.budget().cloned());
        entries.try_for_each(|entry| entry.and_then(|(key, value)| loaded.put(key, value)))?;
        self.replace_by(loaded);
        Ok(())
    }
}

/// Milliseconds since the epoch.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}
