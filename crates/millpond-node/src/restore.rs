//! Checkpoints on their way back into stores.

use crate::addon::{Addon, Kind};
use crate::checkpoint::StoreTables;
use crate::durable::Offset;
use crate::jobs::{Ended, Job, Task, start, task};
use crate::open::{addon, run, value_or_status};
use crate::status::Status;
use crate::store::Store;
use crate::windowed::AnyTables;
use millpond::{
    Budget, Checkpoint, Environment, Error, HashStore, InMemoryStore, MemoryEngine, MemoryStore, PackedSnapshot, Range,
    StoreId, TableKind,
};
use napi::bindgen_prelude::{Either, Env, Uint8Array};
use napi_derive::napi;
use std::sync::Arc;

/// What a checkpoint says of itself.
#[napi(object)]
pub struct CheckpointContents {
    /// By source, the next position to read.
    pub offsets: Vec<Offset>,
    /// Its stores, by name.
    pub stores: Vec<CheckpointStoreContents>,
    /// The number of bytes of all its files.
    pub bytes: f64,
}

/// A store of a checkpoint.
#[napi(object)]
pub struct CheckpointStoreContents {
    /// Its name.
    pub name: String,
    /// What it is.
    pub definition: String,
    /// Whether rows of it expire.
    pub has_expiry: bool,
    /// Whether strings of it stand there by their codes.
    pub has_dictionary: bool,
}

/// What the files of a checkpoint say of it, the oldest first; a status where they can't be read.
#[napi]
pub fn read_checkpoint(env: &Env, paths: Vec<String>) -> napi::Result<Either<i64, CheckpointContents>> {
    Ok(value_or_status(addon(env)?, |_| Ok(contents(&Checkpoint::open(paths)?)?)))
}

fn contents(checkpoint: &Checkpoint) -> Result<CheckpointContents, Error> {
    let offset = |(source, position): (String, u64)| Offset { source, position: position.into() };
    let mut stores = Vec::new();
    for store in checkpoint.stores()? {
        stores.push(CheckpointStoreContents {
            has_expiry: checkpoint.has_table(&store.name, TableKind::Expiry)?,
            has_dictionary: checkpoint.has_table(&store.name, TableKind::Dictionary)?,
            definition: String::from_utf8_lossy(&store.definition).into_owned(),
            name: store.name,
        });
    }
    let offsets = checkpoint.offsets()?.into_iter().map(offset).collect();
    Ok(CheckpointContents { offsets, stores, bytes: checkpoint.bytes() as f64 })
}

/// Puts what a checkpoint holds in the place of all that a directory holds, by another thread; returns the number by which `job`
/// tells of it. Writes are refused meanwhile. All its stores and tables have to be open.
#[napi]
pub fn start_durable_restore(env: &Env, provider: i64, paths: Vec<String>) -> napi::Result<i64> {
    run(env, |addon| {
        let checkpoint = Checkpoint::open(paths)?;
        let Kind::Durable(environment) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let restore = environment.borrow_mut().restore_checkpoint(&checkpoint)?;
        let job = start(addon, task(restore))?;
        if let Kind::Durable(environment) = addon.kind(provider as u64)? {
            environment.borrow_mut().hold_restored(true);
        }
        Ok(job)
    })
}

/// Whether something was written to a directory that is not in a batch that has ended.
#[napi]
pub fn is_dirty(env: &Env, provider: i64) -> napi::Result<bool> {
    Ok(match addon(env)?.kind(provider as u64) {
        Ok(Kind::Durable(environment)) => environment.borrow().is_dirty(),
        _ => false,
    })
}

/// The restore of a directory has ended: reads see what was restored, if it was, and writes are let in again. JavaScript has to
/// forget what it knows of rows at once.
#[napi]
pub fn show_restored(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        if let Kind::Durable(environment) = &provider.kind {
            environment.borrow_mut().hold_restored(false);
        }
        // Of windows: they are others.
        provider.timelines.forget();
        Ok(0)
    })
}

/// The same for these stores in memory: those that the checkpoint does not have are empty then.
#[napi]
pub fn start_restore(env: &Env, provider: i64, paths: Vec<String>, stores: Vec<StoreTables>) -> napi::Result<i64> {
    run(env, |addon| {
        let Kind::Memory { budget, .. } = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let budget = budget.clone();
        let checkpoint = Checkpoint::open(paths)?;
        let targets = stores.iter().flat_map(StoreTables::targets).collect::<Vec<_>>();
        let targets = targets.into_iter().map(|target| target.of(addon)).collect::<Result<Vec<_>, _>>()?;
        let load: Task = Box::new(move |job| {
            job.work.expect(checkpoint.bytes());
            let load = |target: Target| target.load(&checkpoint, &budget, job);
            targets.into_iter().map(load).collect::<Result<_, _>>().map(Ended::Loaded)
        });
        start(addon, load)
    })
}

/// Puts what a file has of a store in the place of all that one of a directory holds, in the batch that is under way.
#[napi]
pub fn restore_durable_store(env: &Env, provider: i64, path: String, tables: StoreTables) -> napi::Result<i64> {
    run(env, |addon| {
        let checkpoint = Checkpoint::open([path])?;
        let mut targets = Vec::new();
        for Target { kind, handle, .. } in tables.targets() {
            match addon.store(handle as u64)? {
                Store::Durable { id, .. } => targets.push((kind, *id)),
                Store::Windowed(windowed) => {
                    let AnyTables::Durable { rows, index, .. } = windowed.tables else { return Err(Status::ReadOnly) };
                    targets.extend([(TableKind::Rows, rows), (TableKind::Index, index)]);
                }
                _ => return Err(Status::ReadOnly),
            }
        }
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Durable(environment) = &provider.kind else { return Err(Status::InvalidArgument) };
        let environment = &mut environment.borrow_mut();
        environment.savepoint();
        let filled = targets.iter().try_for_each(|&(kind, id)| fill(environment, id, &checkpoint, &tables.name, kind));
        match filled {
            Ok(()) => environment.release(),
            Err(_) => environment.roll_back()?,
        }
        provider.timelines.forget();
        filled?;
        Ok(0)
    })
}

fn fill(
    environment: &mut Environment,
    id: StoreId,
    checkpoint: &Checkpoint,
    store: &str,
    kind: TableKind,
) -> Result<(), Error> {
    environment.clear(id)?;
    let Some(chain) = checkpoint.table(store, kind)? else { return Ok(()) };
    chain.entries().try_for_each(|entry| entry.and_then(|(key, value)| environment.put(id, key, value)))
}

/// What a packed snapshot says of itself.
#[napi(object)]
pub struct PackedContents {
    /// When it was taken, in milliseconds since the epoch.
    pub timestamp: f64,
}

/// What a file says of itself that has a packed snapshot; a status where it is none.
#[napi]
pub fn packed_contents(env: &Env, path: String) -> napi::Result<Either<i64, PackedContents>> {
    Ok(value_or_status(addon(env)?, |_| {
        Ok(PackedContents { timestamp: PackedSnapshot::open(path)?.info().timestamp_ms as f64 })
    }))
}

/// Puts what was packed in the place of all that a store in memory holds.
#[napi]
pub fn unpack_bytes(env: &Env, store: i64, bytes: Uint8Array) -> napi::Result<Either<i64, PackedContents>> {
    let bytes = bytes.to_vec();
    Ok(value_or_status(addon(env)?, |addon| {
        let packed = PackedSnapshot::from_bytes(bytes)?;
        match addon.store(store as u64)? {
            Store::Memory { store, .. } => store.unpack(&packed)?,
            Store::Hash { store, .. } => store.unpack(&packed)?,
            _ => return Err(Status::InvalidArgument),
        }
        addon.count_bytes(store as u64);
        Ok(PackedContents { timestamp: packed.info().timestamp_ms as f64 })
    }))
}

/// The same of a file that was packed, by another thread; returns the number by which `job` tells of it.
#[napi]
pub fn start_unpack(env: &Env, store: i64, path: String) -> napi::Result<i64> {
    run(env, |addon| {
        let Store::Memory { store: target, .. } = addon.store(store as u64)? else {
            return Err(Status::InvalidArgument);
        };
        let budget = target.budget().cloned();
        let load: Task = Box::new(move |job| {
            let packed = PackedSnapshot::open(path)?;
            job.work.expect(packed.info().size_bytes);
            let mut loaded = Box::new(InMemoryStore::with_budget(budget));
            for entry in packed.iter(&Range::all(), false) {
                let (key, value) = entry?;
                loaded.put(key, value)?;
                job.work.advance(key.len() + value.len())?;
            }
            Ok(Ended::Loaded(vec![Loaded { handle: store, contents: Contents::Sorted(loaded) }]))
        });
        start(addon, load)
    })
}

/// A store or a table of one that is to be filled.
struct Target {
    name: String,
    kind: TableKind,
    handle: i64,
    is_hashed: bool,
    is_windowed: bool,
}

impl StoreTables {
    fn targets(&self) -> impl Iterator<Item = Target> {
        let StoreTables { name, store, expiry, dictionary, .. } = self;
        let tables =
            [(TableKind::Rows, Some(*store)), (TableKind::Expiry, *expiry), (TableKind::Dictionary, *dictionary)];
        tables.into_iter().filter_map(move |(kind, handle)| {
            Some(Target { name: name.clone(), kind, handle: handle?, is_hashed: false, is_windowed: false })
        })
    }
}

impl Target {
    /// The same with what it is found to be.
    fn of(self, addon: &mut Addon) -> Result<Target, Status> {
        match addon.store(self.handle as u64)? {
            Store::Memory { .. } => Ok(self),
            Store::Hash { .. } => Ok(Target { is_hashed: true, ..self }),
            Store::Windowed(windowed) if matches!(windowed.tables, AnyTables::Memory { .. }) => {
                Ok(Target { is_windowed: true, ..self })
            }
            _ => Err(Status::InvalidArgument),
        }
    }

    /// On another thread: what it is to hold.
    fn load(self, checkpoint: &Checkpoint, budget: &Option<Arc<Budget>>, job: &Job) -> Result<Loaded, Error> {
        let Target { name, kind, handle, is_hashed, is_windowed } = self;
        let contents = if is_hashed {
            Contents::Hash(Box::new(filled(checkpoint, &name, kind, budget, job)?))
        } else if is_windowed {
            let rows = Box::new(filled(checkpoint, &name, kind, budget, job)?);
            Contents::Windowed { rows, index: Box::new(filled(checkpoint, &name, TableKind::Index, budget, job)?) }
        } else {
            Contents::Sorted(Box::new(filled(checkpoint, &name, kind, budget, job)?))
        };
        Ok(Loaded { handle, contents })
    }
}

fn filled<E: MemoryEngine>(
    checkpoint: &Checkpoint,
    store: &str,
    kind: TableKind,
    budget: &Option<Arc<Budget>>,
    job: &Job,
) -> Result<MemoryStore<E>, Error> {
    let mut filled = MemoryStore::with_budget(budget.clone());
    let Some(chain) = checkpoint.table(store, kind)? else { return Ok(filled) };
    for entry in chain.entries() {
        let (key, value) = entry?;
        filled.put(key, value)?;
        job.work.advance(key.len() + value.len())?;
    }
    Ok(filled)
}

/// What a store in memory is to hold.
pub struct Loaded {
    handle: i64,
    contents: Contents,
}

enum Contents {
    Sorted(Box<InMemoryStore>),
    Hash(Box<HashStore>),
    Windowed { rows: Box<InMemoryStore>, index: Box<InMemoryStore> },
}

impl Loaded {
    /// Puts it into its store.
    pub fn put(self, addon: &mut Addon) -> Result<(), Status> {
        match (addon.store(self.handle as u64)?, self.contents) {
            (Store::Memory { store, .. }, Contents::Sorted(loaded)) => store.replace_by(*loaded),
            (Store::Hash { store, .. }, Contents::Hash(loaded)) => store.replace_by(*loaded),
            (Store::Windowed(windowed), Contents::Windowed { rows: loaded, index: loaded_index }) => {
                let AnyTables::Memory { rows, index, .. } = &mut windowed.tables else { return Err(Status::Closed) };
                rows.replace_by(*loaded);
                index.replace_by(*loaded_index);
                windowed.timeline.borrow_mut().forget();
            }
            _ => return Err(Status::Closed),
        }
        addon.count_bytes(self.handle as u64);
        Ok(())
    }
}
