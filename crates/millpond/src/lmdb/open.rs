//! Opening and closing a directory.

use super::catalog;
use super::committer::Committer;
use super::compact;
use super::directory::{self, WriterLock};
use super::environment::{Environment, Limits};
use super::log;
use super::map::{Map, MapOptions};
use super::merger::Merger;
use super::options::{DEFAULT_STORES, EnvironmentOptions};
use super::registry::{self, Use};
use super::shared::{Command, Shared, Task};
use super::stores::Stores;
use super::upkeep::Place;
use crate::disk::{Disk, RealDisk};
use crate::error::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What an environment's two threads run; driven step by step in tests.
pub(super) struct Parts<D: Disk> {
    pub environment: Environment,
    pub committer: Committer<D>,
    pub merger: Merger,
}

impl Environment {
    /// Opens a directory for writing, as the only one, and makes it what it was after the last batch that is on the disk.
    ///
    /// # Errors
    /// [`Error::Locked`] while another thread or process writes it; [`Error::Unusable`] for a directory that is not ours, or
    /// of a later version; [`Error::Corruption`] where what is there can't be what was written.
    pub fn open(options: EnvironmentOptions) -> Result<Environment> {
        let dir = directory::prepare(&options.dir, options.mode)?;
        let lock = WriterLock::take(&dir, options.mode)?;
        compact::clean_up(&dir);
        let place = Place { dir: dir.clone(), map: map_options(&options, false) };
        let map = registry::open(&dir, place.map, Use::Writing)?;
        map.clear_stale_readers()?;
        let disk = RealDisk::open(dir.clone(), options.mode)?;
        let announcer = lock.announcer()?;
        let mut parts = assemble(disk, map, options, Some(announcer))?;
        directory::sync(&dir)?;
        let threads = spawn(parts.committer, parts.merger, &parts.environment.shared)?;
        parts.environment.own(place, lock, threads);
        Ok(parts.environment)
    }
}

/// How LMDB is opened for an environment: with a reserve beyond its limit, in which deletes can be merged when it is full.
pub(super) fn map_options(options: &EnvironmentOptions, read_only: bool) -> MapOptions {
    const MOST: usize = 1 << 30;
    const LEAST: usize = 256 << 20;
    MapOptions {
        map_size: options.map_size.saturating_add((options.map_size / 4).clamp(LEAST, MOST)),
        // A store may have an index, one for what expires and a dictionary; the catalog comes on top. What a reader opens a
        // writer may share: never few.
        databases: (4 * options.max_stores as u32).max(4 * DEFAULT_STORES as u32) + 8,
        mode: options.mode,
        read_only,
        without_lock: false,
        without_sync: false,
    }
}

/// Puts an environment together over a disk and a map, and recovers what the log has.
pub(super) fn assemble<D: Disk>(
    disk: D,
    map: Map,
    options: EnvironmentOptions,
    announcer: Option<directory::Announcer>,
) -> Result<Parts<D>> {
    create_catalog(&map)?;
    let (mut stores, identity) = Stores::load(&map)?;
    let log = log::recover(disk, identity.uuid, identity.applied, |seq, batch| stores.replay(seq, batch))?;
    let last = log.last();
    if identity.merging.is_some_and(|merging| merging > last) {
        return Err(Error::corruption("the log ends before the merge that data.mdb is in the middle of"));
    }
    let limits = Limits {
        max_batch_bytes: options.max_batch_bytes,
        merge_bytes: options.merge_bytes,
        most_merge_bytes: options.most_merge_bytes,
        map_size: options.map_size,
        max_stores: options.max_stores,
    };
    let used = map.used_bytes()?;
    let shared = Arc::new(Shared::new(map, last, identity.applied, log.bytes(), options.notify));
    shared.set_used_bytes(used);
    let committer = Committer::new(log, shared.clone(), options.durability, announcer);
    let merger = Merger::new(shared.clone());
    Ok(Parts { environment: Environment::new(stores, shared, last, limits), committer, merger })
}

/// Writes what a new directory says of itself, if it says nothing yet.
fn create_catalog(map: &Map) -> Result<()> {
    map.open_databases()?;
    if map.known(catalog::RESERVED).is_some() {
        return Ok(());
    }
    let mut uuid = [0; 16];
    getrandom::fill(&mut uuid).map_err(|_| Error::Unusable { what: "the system gives no random numbers".into() })?;
    let opening = map.opening();
    let mut txn = map.write()?;
    let database = txn.create_database(catalog::RESERVED)?;
    catalog::create(&mut txn, database, uuid, 0)?;
    txn.commit()?;
    map.know(catalog::RESERVED, database);
    drop(opening);
    Ok(())
}

/// Refuses LMDB's file of other software, without leaving a trace beside it.
pub(super) fn refuse_others_catalog(dir: &Path) -> Result<()> {
    let options = MapOptions {
        map_size: 1 << 40,
        databases: 8,
        mode: 0o600,
        read_only: true,
        without_lock: true,
        without_sync: false,
    };
    let map = Map::open(dir, options)?;
    let names = map.read()?.names()?;
    match names.first() {
        Some(_) if !names.iter().any(|name| name == catalog::RESERVED) => {
            let what = format!("{} has a data.mdb that millpond did not make", dir.display());
            Err(Error::Unusable { what })
        }
        _ => Ok(()),
    }
}

/// The threads of an environment.
pub(super) struct Threads {
    committer: JoinHandle<()>,
    merger: JoinHandle<()>,
}

fn spawn<D: Disk>(committer: Committer<D>, merger: Merger, shared: &Arc<Shared>) -> Result<Threads> {
    let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
        let shared = shared.clone();
        let run = move || {
            // After a panic nobody knows what it left undone: the same as after a sync that failed.
            if catch_unwind(AssertUnwindSafe(run)).is_err() {
                shared.set_failed(u64::MAX, Error::Poisoned);
                shared.refuse_tasks();
            }
        };
        let started = std::thread::Builder::new().name(name.into()).spawn(run);
        started.map_err(|error| Error::io(format!("start the thread {name}"), &error))
    };
    Ok(Threads {
        committer: start("millpond-log", Box::new(move || committer.run()))?,
        merger: start("millpond-merge", Box::new(move || merger.run()))?,
    })
}

/// Ends the threads, when they have done what they were given.
pub(super) fn stop(shared: &Shared, threads: Threads) {
    shared.hand_over(Task::Stop);
    // A panic in one of them was reported where it happened.
    let _merger = threads.merger.join();
    shared.send(Command::Stop);
    let _committer = threads.committer.join();
}
