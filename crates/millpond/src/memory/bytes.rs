//! Snapshots as bytes, in the format of packed snapshots.

use super::snapshot::Snapshot;
use super::store::InMemoryStore;
use crate::error::Result;
use crate::packed::{PackedInfo, PackedSnapshot};
use bytes::Bytes;
use std::time::{Duration, UNIX_EPOCH};

impl Snapshot {
    /// What it holds, packed: with its timestamp in milliseconds, its metadata, and checksums. O(n).
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.pack(Vec::new(), PackedInfo::default())
    }

    /// What was packed, from a slice at any alignment. O(n).
    ///
    /// # Errors
    /// [`Error::Corruption`](crate::Error::Corruption) where a bit has changed, or bytes are missing or too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<Snapshot> {
        let packed = PackedSnapshot::from_bytes(Bytes::copy_from_slice(bytes))?;
        let mut store = InMemoryStore::new();
        store.unpack(&packed)?;
        let (info, age) = (packed.info(), Duration::from_millis(packed.info().timestamp_ms.unsigned_abs()));
        let timestamp = if info.timestamp_ms < 0 { UNIX_EPOCH - age } else { UNIX_EPOCH + age };
        Ok(Snapshot::new(&mut store.entries.0, info.metadata.clone(), timestamp))
    }
}
