//! Checkpoints on their way to JavaScript, which keeps them.

use crate::addon::{Addon, Kind};
use crate::chunks::ChunkWriter;
use crate::durable::Offset;
use crate::feed::{Step, StoreView, TableView, feed};
use crate::jobs::{Ended, Task, start};
use crate::open::{addon, run, value_or_status};
use crate::status::Status;
use crate::store::Store;
use crate::windowed::AnyTables;
use millpond::{CheckpointOptions, Error, MemoryCheckpointStore, PackedInfo, SnapshotId, TableKind, write_checkpoint};
use napi::bindgen_prelude::{BufferSlice, Either, Env, Uint8Array};
use napi_derive::napi;
use std::io::Write;

/// A store, or a view of one, and the tables that belong to it.
#[napi(object)]
pub struct StoreTables {
    /// The name of the store.
    pub name: String,
    /// What it is.
    pub definition: String,
    /// The store or the view itself.
    pub store: i64,
    /// What says when rows expire, if there is such a table.
    pub expiry: Option<i64>,
    /// What has the codes of strings.
    pub dictionary: Option<i64>,
}

/// Which checkpoint is wanted.
#[napi(object)]
pub struct CheckpointRequest {
    /// Its name: sixteen bytes.
    pub id: Uint8Array,
    /// The one that it may go on from.
    pub from: Option<Uint8Array>,
    /// Whether others are to go on from it: then `settleCheckpoint` has to follow.
    pub is_base: bool,
}

impl CheckpointRequest {
    fn options(&self) -> Result<CheckpointOptions, Status> {
        let id = |bytes: &Uint8Array| bytes[..].try_into().map(SnapshotId).map_err(|_| Status::InvalidArgument);
        let from = self.from.as_ref().map(id).transpose()?;
        Ok(CheckpointOptions { id: id(&self.id)?, is_base: self.is_base, from })
    }
}

/// Writes what is durable in a directory as a checkpoint, by another thread; returns the number by which `job` tells of it, and
/// `checkpointChunk` gives its bytes.
#[napi]
pub fn start_durable_checkpoint(env: &Env, provider: i64, request: CheckpointRequest) -> napi::Result<i64> {
    run(env, |addon| {
        let options = request.options()?;
        let Kind::Durable(environment) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let checkpoint = environment.borrow().checkpoints();
        let write: Task = Box::new(move |job| {
            let output = ChunkWriter::new(&job.chunks, &job.work);
            checkpoint.write(output, options, &job.work).map(|(_, summary)| Ended::Checkpoint(summary))
        });
        start(addon, write)
    })
}

/// The same of stores in memory, or of views of some, as they are now.
#[napi]
pub fn start_checkpoint(
    env: &Env,
    provider: i64,
    request: CheckpointRequest,
    stores: Vec<StoreTables>,
    offsets: Vec<Offset>,
) -> napi::Result<i64> {
    run(env, |addon| {
        let options = request.options()?;
        let since = addon.providers.get(provider as u64).ok_or(Status::Closed)?.base.clone();
        let stores = stores.into_iter().map(|store| store.views(addon)).collect::<Result<Vec<_>, _>>()?;
        let offsets: Vec<_> =
            offsets.into_iter().map(|Offset { source, position }| (source, position.get_u64().1)).collect();
        let Some(stores) = in_memory(&stores) else {
            let (feed, pack) = feed(stores, offsets, options);
            let job = start(addon, pack)?;
            addon.feeds.insert(job, feed);
            return Ok(job);
        };
        let write: Task = Box::new(move |job| {
            let output = ChunkWriter::new(&job.chunks, &job.work);
            let since = since.as_deref();
            let (_, summary, base) = write_checkpoint(stores, offsets, since, output, options, &job.work)?;
            Ok(if options.is_base {
                Ended::MemoryCheckpoint(summary, provider as u64, Box::new(base))
            } else {
                Ended::Checkpoint(summary)
            })
        });
        start(addon, write)
    })
}

/// The same stores, if all their tables are in memory: then another thread can read them.
fn in_memory(stores: &[StoreView]) -> Option<Vec<MemoryCheckpointStore>> {
    let table = |(kind, view): &(TableKind, TableView)| match view {
        TableView::Memory(view) => Some((*kind, view.clone())),
        TableView::Durable(_) => None,
    };
    let store = |store: &StoreView| {
        let tables = store.tables.iter().map(table).collect::<Option<_>>()?;
        Some(MemoryCheckpointStore { name: store.name.clone(), definition: store.definition.clone(), tables })
    };
    stores.iter().map(store).collect()
}

impl StoreTables {
    /// Views of this moment of all its tables.
    fn views(self, addon: &mut Addon) -> Result<StoreView, Status> {
        let mut tables = Vec::new();
        match addon.store(self.store as u64)?.snapshot()? {
            Store::Windowed(windowed) => match windowed.tables {
                AnyTables::Snapshot(view) => {
                    let [rows, index] = [view.rows, view.index].map(TableView::Memory);
                    tables.extend([(TableKind::Rows, rows), (TableKind::Index, index)]);
                }
                AnyTables::DurableSnapshot(view) => {
                    let [rows, index] = [view.rows, view.index].map(|view| TableView::Durable(Box::new(view)));
                    tables.extend([(TableKind::Rows, rows), (TableKind::Index, index)]);
                }
                _ => return Err(Status::InvalidArgument),
            },
            rows => tables.push((TableKind::Rows, view_of(rows)?)),
        }
        for (kind, table) in [(TableKind::Expiry, self.expiry), (TableKind::Dictionary, self.dictionary)] {
            if let Some(table) = table {
                tables.push((kind, view_of(addon.store(table as u64)?.snapshot()?)?));
            }
        }
        Ok(StoreView { name: self.name, definition: self.definition.into_bytes(), tables })
    }
}

fn view_of(view: Store) -> Result<TableView, Status> {
    match view {
        Store::Snapshot(view) => Ok(TableView::Memory(view)),
        Store::DurableSnapshot(view) => Ok(TableView::Durable(view)),
        _ => Err(Status::InvalidArgument),
    }
}

/// Hands rows of views that only this thread can read over to the job that packs them; returns whether there are more, or nobody
/// takes more for now. Nothing to do for any other job.
#[napi]
pub fn feed_checkpoint(env: &Env, job: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let Some(feed) = addon.feeds.get_mut(&(job as u64)) else { return Ok(0) };
        let step = feed.step();
        if !matches!(step, Ok(Step::More | Step::Full)) {
            addon.feeds.remove(&(job as u64));
        }
        step.map(|step| step as u64)
    })
}

/// The next bytes of what another thread writes; nothing where there are none yet, or none any more.
#[napi]
pub fn checkpoint_chunk<'e>(env: &'e Env, job: i64) -> napi::Result<Option<BufferSlice<'e>>> {
    let chunk = addon(env)?.jobs.peek(job as u64).and_then(|job| job.chunks.take());
    chunk.map(|chunk| BufferSlice::copy_from(env, chunk)).transpose()
}

/// The last checkpoint that is a base is kept somewhere, or is not: then others go on from the one before.
#[napi]
pub fn settle_checkpoint(env: &Env, provider: i64, kept: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let proposed = provider.proposed.take();
        match &provider.kind {
            Kind::Durable(environment) if kept => environment.borrow().accept_checkpoint(),
            Kind::Durable(environment) => environment.borrow().reject_checkpoint(),
            Kind::Memory { .. } if kept => provider.base = proposed,
            _ => {}
        }
        Ok(0)
    })
}

/// Packs what a view holds, all at once.
#[napi]
pub fn pack_view<'e>(env: &'e Env, view: i64) -> napi::Result<Either<i64, BufferSlice<'e>>> {
    let packed = value_or_status(addon(env)?, |addon| match addon.store(view as u64)?.snapshot()? {
        Store::Snapshot(view) => Ok(view.to_bytes()?),
        Store::DurableSnapshot(view) => Ok(view.pack(Vec::new(), PackedInfo::default())?),
        _ => Err(Status::InvalidArgument),
    });
    Ok(match packed {
        Either::A(status) => Either::A(status),
        Either::B(bytes) => Either::B(BufferSlice::copy_from(env, bytes)?),
    })
}

/// Packs what a view holds, by another thread; returns the number by which `job` tells of it, and `checkpointChunk` gives its bytes.
#[napi]
pub fn start_pack(env: &Env, view: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let pack: Task = match addon.store(view as u64)?.snapshot()? {
            Store::Snapshot(view) => Box::new(move |job| {
                job.work.expect(view.size_bytes() as u64);
                view.pack(ChunkWriter::new(&job.chunks, &job.work), PackedInfo::default()).map(|_| Ended::Done)
            }),
            // That only this thread can read: it packs at once what the other one gives out.
            Store::DurableSnapshot(view) => {
                let packed = view.pack(Vec::new(), PackedInfo::default())?;
                Box::new(move |job| {
                    let mut output = ChunkWriter::new(&job.chunks, &job.work);
                    let written = output.write_all(&packed).and_then(|()| output.flush());
                    written.map(|()| Ended::Done).map_err(|_| Error::Aborted)
                })
            }
            _ => return Err(Status::InvalidArgument),
        };
        start(addon, pack)
    })
}
