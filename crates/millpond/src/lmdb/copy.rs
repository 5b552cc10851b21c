//! Copying a directory: in key order, packed, every value verified on the way.

use super::catalog;
use super::checksum;
use super::directory;
use super::map::{Map, MapOptions};
use super::merge::{self, CHUNK_ENTRIES, FrozenStore, Job, Left, Merge};
use super::stores::Stores;
use super::verify;
use crate::error::{Error, Result};
use crate::work::Work;
use std::path::Path;

/// What one transaction of a copy takes: it is not synced, so its size only bounds the memory.
const CHUNK_BYTES: usize = 32 << 20;

/// How the copy's files are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct CopyOptions {
    pub map_size: usize,
    pub databases: u32,
    pub mode: u32,
}

/// Copies what `stores` see of LMDB into a directory that is empty, or is made.
pub(super) fn copy_base(
    source: &Map,
    stores: &Stores,
    target: &Path,
    options: CopyOptions,
    work: &Work,
) -> Result<Map> {
    let map_options = MapOptions {
        map_size: options.map_size,
        databases: options.databases,
        mode: options.mode,
        read_only: false,
        without_lock: false,
        without_sync: true,
    };
    let map = Map::open(target, map_options)?;
    work.expect(source.used_bytes()?);
    for store in stores.iter() {
        let Some(database) = store.below.base.database else { continue };
        let mut cursor = store.below.base.txn.cursor(database)?;
        let mut copy = Copy { map: &map, name: &store.name, store: store.id };
        // One without entries too: a store may have its empty key alone, which is in the catalog.
        let mut more = true;
        cursor.first()?;
        while more {
            more = copy.chunk(&mut cursor, work)?;
        }
    }
    // The commit before is of half a copy.
    merge::confirm(&map)?;
    Ok(map)
}

/// The copy of one database.
struct Copy<'m> {
    map: &'m Map,
    name: &'m str,
    store: u32,
}

impl Copy<'_> {
    /// Copies entries from where the cursor stands; whether there are more.
    fn chunk(&mut self, cursor: &mut super::map::Cursor, work: &Work) -> Result<bool> {
        let opening = self.map.opening();
        let mut txn = self.map.write()?;
        let known = self.map.known(self.name);
        let database = known.map_or_else(|| txn.create_database(self.name), Ok)?;
        let (mut bytes, mut more) = (0, !cursor.row().0.is_empty());
        while more && bytes < CHUNK_BYTES {
            let (key, stored) = cursor.row();
            let (store, guarded) =
                if self.store == catalog::STORE { catalog::guarded_as(key) } else { (self.store, key) };
            checksum::verified(store, guarded, stored)?;
            txn.append(database, key, stored)?;
            let len = key.len() + stored.len();
            bytes += len;
            work.advance(len)?;
            more = cursor.next()?;
        }
        txn.commit()?;
        self.map.know(self.name, database);
        drop(opening);
        Ok(more)
    }
}

/// Copies what `stores` hold, LMDB and the log above it, into `target`, which is missing or empty; makes it durable and
/// verifies it.
pub(super) fn back_up(
    source: &Map,
    mut stores: Stores,
    target: &Path,
    options: CopyOptions,
    work: &Work,
) -> Result<()> {
    let made = make_empty(target, options.mode)?;
    let copied = copy_all(source, &mut stores, target, options, work);
    if copied.is_err() {
        // Half a copy is none. What was there before stays.
        for name in [directory::DATA, directory::READERS] {
            let _removed = std::fs::remove_file(target.join(name));
        }
        if made {
            let _removed = std::fs::remove_dir(target);
        }
    }
    copied
}

fn copy_all(source: &Map, stores: &mut Stores, target: &Path, options: CopyOptions, work: &Work) -> Result<()> {
    let map = copy_base(source, stores, target, options, work)?;
    if let Some(job) = freeze_all(stores) {
        let mut merge = Merge::new(job, CHUNK_ENTRIES);
        while merge.chunk(&map)? == Left::Some {
            work.advance(0)?;
        }
    }
    map.sync()?;
    directory::sync(target)?;
    let problems = verify::verify(&map, &Work::default())?;
    match problems.first() {
        Some(problem) => Err(Error::corruption(format!("the copy of {}: {}", problem.store, problem.problem))),
        None => Ok(()),
    }
}

/// What the log has above LMDB, as a merge.
pub(super) fn freeze_all(stores: &mut Stores) -> Option<Job> {
    let through = stores.last_batch()?;
    let touched = stores.iter_mut().filter(|store| store.is_touched());
    let frozen =
        touched.map(|store| FrozenStore { id: store.id, database: store.name.clone(), overlay: store.freeze() });
    Some(Job { through, restored: 0, stores: frozen.collect() })
}

/// Makes a directory, or makes sure that it is empty; returns whether it was made.
fn make_empty(dir: &Path, mode: u32) -> Result<bool> {
    let existed = dir.exists();
    if existed {
        let mut entries =
            std::fs::read_dir(dir).map_err(|error| Error::io(format!("read {}", dir.display()), &error))?;
        if entries.next().is_some() {
            return Err(Error::Unusable { what: format!("{} is not empty", dir.display()) });
        }
    }
    directory::prepare(dir, mode)?;
    Ok(!existed)
}
