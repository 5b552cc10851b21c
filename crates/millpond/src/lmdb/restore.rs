//! Putting a checkpoint in the place of all that a directory holds: at once, by another file in the place of LMDB's.

use super::catalog::{self, Resize};
use super::checksum;
use super::compact;
use super::environment::Environment;
use super::map::{Database, Map, MapOptions};
use super::merge;
use super::shared::{Command, Shared};
use super::upkeep::{Place, on_merge_thread, replaced};
use crate::checkpoint::{Checkpoint, TableKind};
use crate::error::{Error, Result};
use crate::packed::{ChainEntries, PackedChain};
use crate::work::Work;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What one transaction takes: it is not synced, so its size only bounds the memory.
const CHUNK_BYTES: usize = 32 << 20;
const PATIENCE: Duration = Duration::from_millis(100);

/// A store of the directory, and what it is to have.
struct Target {
    number: u32,
    name: String,
    definition: Vec<u8>,
    content: Option<PackedChain>,
}

impl Environment {
    /// Puts what a checkpoint holds in the place of all that the stores have, with its offsets: wholly, or not at all. Every
    /// store and table of it has to be open; stores that it does not have are empty afterwards. Until the work has ended
    /// writes are refused; reads go on, and see what was there before.
    ///
    /// # Errors
    /// [`Error::Busy`] in the middle of a batch, and while someone else reads the directory.
    pub fn restore_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> Result<impl FnOnce(&Arc<Work>) -> Result<()> + Send + use<>> {
        if self.is_dirty() || !self.savepoints_are_closed() {
            return Err(Error::Busy { what: "what was written is not committed".into() });
        }
        let targets = self.targets(checkpoint)?;
        let offsets = checkpoint.offsets()?;
        let (shared, place, bytes) = (self.shared.clone(), self.place.clone(), checkpoint.bytes());
        let (sealed, frozen) = (self.sealed(), self.frozen());
        self.refuse_writes();
        // Made here: work that nobody does lets writes in again, too.
        let refusing = Refusing(shared.clone());
        Ok(move |work: &Arc<Work>| {
            let refusing = refusing;
            let place = place.ok_or(Error::Aborted)?;
            work.expect(bytes);
            wait_for_merges(&shared, sealed, frozen, work)?;
            on_merge_thread(&refusing.0, work, move |shared, work| {
                let uuid = catalog::uuid(&shared.map())?;
                let make = |dir: &Path| make(dir, &place, uuid, sealed, &targets, &offsets, work);
                let map = replaced(shared, compact::replace(&place.dir, place.map, make))?;
                shared.set_restored(map, sealed);
                // What it has is applied in the file that is there now.
                shared.send(Command::RemoveThrough(sealed));
                Ok(())
            })
        })
    }

    /// Until it is called again, with false, reads go on to see what was there before, and nothing is written: for who knows
    /// something of rows, and must forget it first.
    pub fn hold_restored(&mut self, holds: bool) {
        self.holds = holds;
        self.catch_up();
    }

    /// The stores there are, each with what it is to have.
    fn targets(&self, checkpoint: &Checkpoint) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for store in self.stores.iter().skip(1) {
            let definition = self.stores.definition(&store.name)?.unwrap_or_default();
            targets.push(Target { number: store.id, name: store.name.clone(), definition, content: None });
        }
        for store in checkpoint.stores()? {
            for kind in TableKind::ALL {
                let Some(content) = checkpoint.table(&store.name, kind)? else { continue };
                let name = catalog::table_name(&store.name, kind);
                let unknown =
                    || Error::Unusable { what: format!("store {}: it is not open to be restored", store.name) };
                let target = targets.iter_mut().find(|target| target.name == name).ok_or_else(unknown)?;
                target.content = Some(content);
            }
        }
        Ok(targets)
    }
}

/// Lets writes in again when it is dropped.
struct Refusing(Arc<Shared>);

impl Drop for Refusing {
    fn drop(&mut self) {
        self.0.set_restoring(false);
    }
}

/// Waits until the log is on the disk and what is being merged is in LMDB: both would go on writing about what is no more.
fn wait_for_merges(shared: &Shared, sealed: u64, frozen: u64, work: &Work) -> Result<()> {
    let settled = |shared: &Shared| shared.synced() >= sealed && shared.merged() >= frozen || shared.is_poisoned();
    while !shared.wait(PATIENCE, settled) {
        work.advance(0)?;
        if let Some(error) = shared.outcome().failed.map(|(_, error)| error).or(shared.outcome().merge_failed) {
            return Err(error);
        }
        if shared.is_abandoned() {
            return Err(Error::Aborted);
        }
    }
    if shared.is_poisoned() { Err(Error::Poisoned) } else { Ok(()) }
}

/// Makes LMDB's file in a directory of its own.
fn make(
    dir: &Path,
    place: &Place,
    uuid: [u8; 16],
    applied: u64,
    targets: &[Target],
    offsets: &[(String, u64)],
    work: &Work,
) -> Result<Map> {
    let options = place.copy_options();
    let map = Map::open(
        dir,
        MapOptions {
            map_size: options.map_size,
            databases: options.databases.max(targets.len() as u32 + 1),
            mode: options.mode,
            read_only: false,
            without_lock: false,
            without_sync: true,
        },
    )?;
    let opening = map.opening();
    let mut txn = map.write()?;
    let catalog = txn.create_database(catalog::RESERVED)?;
    catalog::create(&mut txn, catalog, uuid, applied)?;
    for target in targets {
        let definition = catalog::definition(target.number, &target.definition);
        catalog::put(&mut txn, catalog, &catalog::store_key(&target.name), &definition)?;
    }
    for (source, position) in offsets {
        catalog::put(&mut txn, catalog, &catalog::offset_key(source), &position.to_le_bytes())?;
    }
    txn.commit()?;
    map.know(catalog::RESERVED, catalog);
    drop(opening);
    for target in targets {
        if let Some(content) = &target.content {
            Load { map: &map, catalog, target, work }.run(content)?;
        }
    }
    // LMDB has two meta pages, and the one before is of half of it.
    merge::confirm(&map)?;
    Ok(map)
}

/// The filling of one store.
struct Load<'m> {
    map: &'m Map,
    catalog: Database,
    target: &'m Target,
    work: &'m Work,
}

impl Load<'_> {
    fn run(&self, content: &PackedChain) -> Result<()> {
        let mut entries = content.entries();
        let mut database = None;
        while self.chunk(&mut entries, &mut database)? {}
        Ok(())
    }

    /// Adds entries in a transaction; whether there are more.
    fn chunk(&self, entries: &mut ChainEntries, known: &mut Option<Database>) -> Result<bool> {
        let number = self.target.number;
        let opening = self.map.opening();
        let mut txn = self.map.write()?;
        let database = known.map_or_else(|| txn.create_database(&self.target.name), Ok)?;
        let mut bytes = 0;
        let mut more = false;
        for entry in entries {
            let (key, value) = entry?;
            let stored = [value, &checksum::of(number, key, value)].concat();
            match key {
                [] => txn.put(self.catalog, &catalog::empty_key(number), &stored)?,
                key => txn.append(database, key, &stored)?,
            }
            let len = key.len() + value.len();
            bytes += len;
            self.work.advance(len)?;
            if bytes >= CHUNK_BYTES {
                more = true;
                break;
            }
        }
        catalog::change_size(&mut txn, self.catalog, number, Resize { cleared: false, by: bytes as i64 })?;
        txn.commit()?;
        self.map.know(&self.target.name, database);
        *known = Some(database);
        drop(opening);
        Ok(more)
    }
}
