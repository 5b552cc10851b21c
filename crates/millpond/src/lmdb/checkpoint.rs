//! Checkpoints of a directory: what is durable, from LMDB and from the log above it, on another thread than the owner's.

use super::catalog;
use super::changed::{Base, Keys, Since};
use super::environment::Environment;
use super::reader;
use super::shared::Shared;
use super::store::{Store, StoreSnapshot};
use super::stores::Stores;
use super::upkeep::Place;
use crate::checkpoint::{CheckpointOptions, CheckpointSummary, CheckpointWriter, TableKind};
use crate::error::{Error, Result};
use crate::memory::{InMemoryStore, Visit};
use crate::packed::{IncrementWriter, PackedChange, PackedInfo, SnapshotId, milliseconds};
use crate::range::Range;
use crate::work::Work;
use std::io::Write;
use std::ops::Bound;
use std::sync::Arc;

/// Writes checkpoints of an environment, on any thread.
pub struct Checkpoints {
    shared: Arc<Shared>,
    place: Option<Place>,
}

impl Checkpoints {
    /// Writes what is durable now as a checkpoint, of all stores at one moment, with their offsets. Writes go on meanwhile. With
    /// `is_base`, [`accept_checkpoint`](Environment::accept_checkpoint) or
    /// [`reject_checkpoint`](Environment::reject_checkpoint) has to follow before the next one.
    pub fn write<W: Write>(self, output: W, options: CheckpointOptions, work: &Work) -> Result<(W, CheckpointSummary)> {
        let place = self.place.ok_or(Error::Aborted)?;
        let shared = &self.shared;
        // The file as it is then: another may be in its place by the time that no merge begins.
        let load = || reader::load(&shared.map(), &place.dir, || Some(shared.synced()));
        if !options.is_base {
            let (output, summary, _) = write(&mut load()?, shared.used_bytes(), None, output, options, work)?;
            return Ok((output, summary));
        }
        let (mut stores, (number, mut since)) = {
            // No merge begins between the two: what one changes is in the view, or will be known to the next checkpoint.
            let mut increments = shared.increments();
            let stores = load()?;
            let since = increments.begin(stores.applied(), options.from);
            (stores, since)
        };
        let written = write(&mut stores, shared.used_bytes(), since.as_mut(), output, options, work);
        let (written, base) = match written {
            Ok((output, summary, base)) => (Ok((output, summary)), Some(base)),
            Err(error) => (Err(error), None),
        };
        shared.increments().end(number, since, base);
        written
    }
}

impl Environment {
    /// What writes checkpoints of it.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints { shared: self.shared.clone(), place: self.place.clone() }
    }

    /// The last checkpoint is kept: others can go on from it.
    pub fn accept_checkpoint(&self) {
        self.shared.increments().accept();
    }

    /// It is not: others go on from the one before it.
    pub fn reject_checkpoint(&self) {
        self.shared.increments().reject();
    }
}

fn write<W: Write>(
    stores: &mut Stores,
    used_bytes: u64,
    mut since: Option<&mut Since>,
    output: W,
    CheckpointOptions { id, is_base, .. }: CheckpointOptions,
    work: &Work,
) -> Result<(W, CheckpointSummary, Base)> {
    let mut base = Base { id, ..Base::default() };
    let mut before = None;
    let mut writer = CheckpointWriter::new(output, id, work);
    work.expect(used_bytes);
    let offsets = stores.offsets()?;
    offsets.iter().for_each(|(source, position)| writer.offset(source, *position));
    let names: Vec<String> = stores.listed().map(|store| store.name.clone()).collect();
    for name in names {
        writer.store(&name, &stores.definition(&name)?.unwrap_or_default());
        for kind in TableKind::ALL {
            let Some(table) = stores.by_name(&catalog::table_name(&name, kind)) else { continue };
            let part = SnapshotId::random()?;
            let info = PackedInfo { id: part, name: name.clone(), ..PackedInfo::default() };
            let place = (name.clone(), kind);
            let store = stores.get_mut(table);
            let view = store.snapshot();
            if store.is_touched() && is_base {
                base.unmerged.add(table.0, view.above());
            }
            let changes = since.as_deref_mut().and_then(|since| Changes::new(since, &place, store, &view));
            match changes {
                Some(changes) if changes.are_smaller()? => {
                    before = Some(changes.base.id);
                    writer.table(&name, kind, |output| changes.pack(output, info))?;
                }
                _ => writer.table(&name, kind, |output| view.pack(output, info).map(drop))?,
            }
            base.tables.insert(place, part);
        }
    }
    if let Some(base) = before {
        writer.set_base(base);
    }
    let (output, bytes) = writer.finish()?;
    Ok((output, CheckpointSummary { base: before, bytes, offsets }, base))
}

/// What may have changed in a table since the base.
struct Changes<'a> {
    base: &'a Base,
    part: SnapshotId,
    store: u32,
    keys: &'a InMemoryStore,
    view: &'a StoreSnapshot,
}

impl<'a> Changes<'a> {
    /// Nothing where that is all.
    fn new(
        since: &'a mut Since,
        place: &(String, TableKind),
        store: &Store,
        view: &'a StoreSnapshot,
    ) -> Option<Changes<'a>> {
        let Since { base, changed } = since;
        let part = *base.tables.get(place)?;
        let keys = changed.keys(store.id);
        if store.is_touched() {
            keys.add(view.above());
        }
        base.unmerged.add_to(store.id, keys);
        let Keys::Some(keys) = keys else { return None };
        Some(Changes { base, part, store: store.id, keys, view })
    }

    /// Hands each change to `visit`: a key, and the value that it has, if it has one.
    fn visit(&self, mut visit: impl FnMut(&[u8], Option<&[u8]>) -> Result<()>) -> Result<()> {
        let range = Range::all();
        let mut iter = self.keys.iter(&range, false);
        while let Some((key, _)) = iter.next_ref() {
            let value = self.view.get(key)?;
            if !self.base.unmerged.has(self.store, key, value) {
                visit(key, value)?;
            }
        }
        Ok(())
    }

    fn are_smaller(&self) -> Result<bool> {
        let mut bytes = 0;
        self.visit(|key, value| {
            bytes += key.len() + value.map_or(0, <[u8]>::len);
            Ok(())
        })?;
        Ok(bytes < self.view.size_bytes()?)
    }

    fn pack(&self, output: &mut dyn Write, info: PackedInfo) -> Result<()> {
        let (len, size_bytes) = (self.view.len()? as u64, self.view.size_bytes()? as u64);
        let timestamp_ms = milliseconds(self.view.timestamp());
        let info = PackedInfo { len, size_bytes, timestamp_ms, ..info };
        let mut writer = IncrementWriter::new(output, self.part, info)?;
        let mut gone = Gone::default();
        self.visit(|key, value| match value {
            Some(value) => {
                gone.end(&mut writer)?;
                writer.push(key, PackedChange::Put(value))
            }
            None => gone.add(key, self.view, &mut writer),
        })?;
        gone.end(&mut writer)?;
        writer.finish().map(drop)
    }
}

/// Keys that are gone, with none between them that is not.
#[derive(Default)]
struct Gone {
    first: Option<Vec<u8>>,
    last: Vec<u8>,
    /// The first key behind them that is not gone; nothing where none is.
    next: Option<Vec<u8>>,
}

impl Gone {
    fn add(&mut self, key: &[u8], view: &StoreSnapshot, writer: &mut IncrementWriter<&mut dyn Write>) -> Result<()> {
        if self.first.is_some() && self.next.as_deref().is_some_and(|next| next < key) {
            self.end(writer)?;
        }
        if self.first.is_none() {
            self.first = Some(key.to_vec());
            self.next = next_key(view, key)?;
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        Ok(())
    }

    fn end(&mut self, writer: &mut IncrementWriter<&mut dyn Write>) -> Result<()> {
        match self.first.take() {
            None => Ok(()),
            Some(first) if first == self.last => writer.push(&first, PackedChange::Delete),
            Some(first) => writer.push(&first, PackedChange::DeleteThrough(&self.last)),
        }
    }
}

/// The first key behind this one that a view has.
fn next_key(view: &StoreSnapshot, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut next = None;
    let range = Range { from: Bound::Excluded(key.to_vec()), to: Bound::Unbounded };
    view.scan(&range, false, |key, _| {
        next = Some(key.to_vec());
        Visit::Done
    })?;
    Ok(next)
}
