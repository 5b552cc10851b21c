//! Checkpoints of stores in the memory engine: from snapshots, which another thread packs.

use super::format::TableKind;
use super::options::{CheckpointOptions, CheckpointSummary};
use super::writer::CheckpointWriter;
use crate::error::Result;
use crate::memory::Snapshot;
use crate::packed::{PackedInfo, SnapshotId};
use crate::work::Work;
use std::collections::HashMap;
use std::io::Write;

/// A store in memory at the moment of a checkpoint.
#[derive(Debug, Clone)]
pub struct MemoryCheckpointStore {
    /// Its name.
    pub name: String,
    /// What its owner says of its kind and codecs.
    pub definition: Vec<u8>,
    /// What its tables held.
    pub tables: Vec<(TableKind, Snapshot)>,
}

/// A checkpoint from which increments can go on. As long as it is kept, so is what the stores held then: pages are copied when
/// they are written.
#[derive(Debug)]
pub struct MemoryBase {
    id: SnapshotId,
    tables: HashMap<(String, TableKind), (SnapshotId, Snapshot)>,
}

impl MemoryBase {
    /// Its name.
    pub fn id(&self) -> SnapshotId {
        self.id
    }
}

/// Writes a checkpoint of stores in memory, and of the offsets that belong to them. Tables that `since` has too are packed as
/// increments where those are smaller. Returns the output, what it came to, and what increments go on from.
pub fn write_checkpoint<W: Write>(
    stores: Vec<MemoryCheckpointStore>,
    offsets: Vec<(String, u64)>,
    since: Option<&MemoryBase>,
    output: W,
    CheckpointOptions { id, from, .. }: CheckpointOptions,
    work: &Work,
) -> Result<(W, CheckpointSummary, MemoryBase)> {
    let since = since.filter(|since| Some(since.id) == from);
    let mut before = None;
    let tables = stores.iter().flat_map(|store| &store.tables);
    work.expect(tables.map(|(_, snapshot)| snapshot.size_bytes() as u64).sum());
    let mut writer = CheckpointWriter::new(output, id, work);
    let mut base = MemoryBase { id, tables: HashMap::new() };
    offsets.iter().for_each(|(source, position)| writer.offset(source, *position));
    for MemoryCheckpointStore { name, definition, tables } in stores {
        writer.store(&name, &definition);
        for (kind, snapshot) in tables {
            let (part, place) = (SnapshotId::random()?, (name.clone(), kind));
            let info = PackedInfo { id: part, name: name.clone(), ..PackedInfo::default() };
            let earlier = since.and_then(|since| since.tables.get(&place).map(|earlier| (since.id, earlier)));
            writer.table(&name, kind, |output| {
                let Some((base, (id, earlier))) = earlier else { return snapshot.pack(output, info).map(drop) };
                if snapshot.pack_since(earlier, *id, output, info)?.1.is_some() {
                    before = Some(base);
                }
                Ok(())
            })?;
            base.tables.insert(place, (part, snapshot));
        }
    }
    if let Some(base) = before {
        writer.set_base(base);
    }
    let (output, bytes) = writer.finish()?;
    Ok((output, CheckpointSummary { base: before, bytes, offsets }, base))
}
