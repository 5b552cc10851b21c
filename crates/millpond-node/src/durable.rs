//! Durable environments: what is called seldom, through napi-rs.

use crate::addon::{Addon, Kind, Provider, Timelines};
use crate::notify::News;
use crate::open::{WindowedOptions, addon, report_memory, run, value_or_status};
use crate::status::Status;
use crate::store::Store;
use crate::windowed::{AnyTables, Windowed};
use millpond::{Durability, Environment, EnvironmentOptions, Error, Problem, Reader, Work};
use napi::JsValue;
use napi::bindgen_prelude::{BigInt, Either, Env, Function, Uint8Array};
use napi_derive::napi;
use std::cell::RefCell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Something that another thread does: how far it is, and what came of it.
#[derive(Default)]
pub struct Job {
    work: Arc<Work>,
    outcome: Mutex<Option<Result<Vec<Problem>, Error>>>,
}

/// How an environment is opened; `src/provider/lmdb.ts` has checked it all.
#[napi(object)]
pub struct DurableOptions {
    /// The directory.
    pub dir: String,
    /// The limit of the data in bytes.
    pub map_size: Option<f64>,
    /// The most stores.
    pub max_stores: Option<u32>,
    /// The mode of new files.
    pub mode: Option<u32>,
    /// Whether it is only read, beside its writer.
    pub read_only: bool,
    /// Whether a batch is acknowledged before it is on the disk.
    pub relaxed: bool,
    /// The most bytes of a batch.
    pub max_batch_bytes: Option<f64>,
    /// The memory of an overlay before it is merged.
    pub merge_bytes: Option<f64>,
}

/// Has a function called whenever there is news of an environment of this thread.
#[napi]
pub fn on_news(env: &Env, callback: Function<(), ()>) -> napi::Result<bool> {
    // SAFETY: this thread's environment, and a value of this call.
    let news = unsafe { News::new(env.raw(), callback.value().value) };
    let addon = addon(env)?;
    addon.news = news;
    Ok(addon.news.is_some())
}

/// Opens a directory for writing, or for reading beside its writer.
#[napi]
pub fn open_durable(env: &Env, options: DurableOptions) -> napi::Result<i64> {
    run(env, |addon| {
        let read_only = options.read_only;
        let mut wanted = wanted(options);
        let news = addon.news.clone();
        wanted.notify = Box::new(move || {
            if let Some(news) = &news {
                news.tell();
            }
        });
        let kind = match read_only {
            true => Kind::Reader(Rc::new(RefCell::new(Reader::open(&wanted)?))),
            false => Kind::Durable(Rc::new(RefCell::new(Environment::open(wanted)?))),
        };
        let provider = Provider {
            kind,
            counted: 0,
            stores: Vec::new(),
            snapshots: HashSet::new(),
            timelines: Timelines::default(),
        };
        addon.providers.insert(provider).ok_or(Status::TooManyOpen)
    })
}

fn wanted(options: DurableOptions) -> EnvironmentOptions {
    let mut wanted = EnvironmentOptions::new(options.dir);
    let set = |target: &mut usize, value: Option<f64>| *target = value.map_or(*target, |value| value as usize);
    set(&mut wanted.map_size, options.map_size);
    set(&mut wanted.max_batch_bytes, options.max_batch_bytes);
    set(&mut wanted.merge_bytes, options.merge_bytes);
    set(&mut wanted.max_stores, options.max_stores.map(f64::from));
    wanted.mode = options.mode.unwrap_or(wanted.mode);
    if options.relaxed {
        wanted.durability = Durability::Relaxed;
    }
    wanted
}

fn with<T>(
    addon: &mut Addon,
    provider: i64,
    body: impl FnOnce(&mut Environment) -> Result<T, Error>,
) -> Result<T, Status> {
    let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
    addon.at_work = provider.stores.first().copied();
    match &provider.kind {
        Kind::Durable(environment) => Ok(body(&mut environment.borrow_mut())?),
        Kind::Reader(_) => Err(Status::ReadOnly),
        Kind::Memory { .. } => Err(Status::InvalidArgument),
    }
}

/// The store of this name, made with this definition if there is none.
#[napi]
pub fn open_durable_store(env: &Env, provider: i64, name: String, definition: String) -> napi::Result<i64> {
    run(env, |addon| {
        let id = with(addon, provider, |environment| environment.open_store(&name, definition.as_bytes()))?;
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Durable(environment) = &provider.kind else { return Err(Status::InvalidArgument) };
        let store = Store::Durable { environment: environment.clone(), id };
        let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        Ok(handle)
    })
}

/// The store of windows or sessions of this name, made with this definition if there is none.
#[napi]
pub fn open_durable_windowed_store(
    env: &Env,
    provider: i64,
    name: String,
    definition: String,
    options: WindowedOptions,
) -> napi::Result<i64> {
    run(env, |addon| {
        let layout = options.store().layout();
        let (rows, index) = with(addon, provider, |environment| {
            let rows = environment.open_store(&name, definition.as_bytes())?;
            Ok((rows, environment.open_index(rows, layout)?))
        })?;
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Durable(environment) = &provider.kind else { return Err(Status::InvalidArgument) };
        let tables = AnyTables::Durable { environment: environment.clone(), rows, index };
        let timeline = provider.timelines.of(rows, || options.store());
        let store = Store::Windowed(Box::new(Windowed { tables, timeline }));
        let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        Ok(handle)
    })
}

/// The store of windows or sessions of this name of a directory that is only read; `Missing` if there is none.
#[napi]
pub fn open_reader_windowed_store(
    env: &Env,
    provider: i64,
    name: String,
    options: WindowedOptions,
) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Reader(reader) = &provider.kind else { return Err(Status::InvalidArgument) };
        let rows = reader.borrow().store(&name).ok_or(Status::Missing)?;
        let index = reader.borrow().index(rows).ok_or(Status::Missing)?;
        let tables = AnyTables::Reading { reader: reader.clone(), rows, index };
        let timeline = provider.timelines.of(rows, || options.store());
        let store = Store::Windowed(Box::new(Windowed { tables, timeline }));
        let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        Ok(handle)
    })
}

/// The store that says when rows of another one expire; with `create` it is made if there is none, else `Missing`.
#[napi]
pub fn open_expiry(env: &Env, provider: i64, store: i64, create: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let of = match addon.store(store as u64)? {
            Store::Durable { id, .. } | Store::Reading { id, .. } => *id,
            Store::Windowed(windowed) => match windowed.tables {
                AnyTables::Durable { rows, .. } | AnyTables::Reading { rows, .. } => rows,
                _ => return Err(Status::InvalidArgument),
            },
            _ => return Err(Status::InvalidArgument),
        };
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let store = match &provider.kind {
            Kind::Durable(environment) => {
                let known = environment.borrow().expiry(of);
                let id = match known {
                    None if create => environment.borrow_mut().open_expiry(of)?,
                    known => known.ok_or(Status::Missing)?,
                };
                Store::Durable { environment: environment.clone(), id }
            }
            Kind::Reader(reader) => {
                let id = reader.borrow().expiry(of).ok_or(Status::Missing)?;
                Store::Reading { reader: reader.clone(), id }
            }
            Kind::Memory { .. } => return Err(Status::InvalidArgument),
        };
        let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        Ok(handle)
    })
}

/// The store of this name of a directory that is only read; `Missing` if there is none.
#[napi]
pub fn open_reader_store(env: &Env, provider: i64, name: String) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Reader(reader) = &provider.kind else { return Err(Status::InvalidArgument) };
        let id = reader.borrow().store(&name).ok_or(Status::Missing)?;
        let store = Store::Reading { reader: reader.clone(), id };
        let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        Ok(handle)
    })
}

/// Goes on to what is durable now, in a directory that is only read.
#[napi]
pub fn refresh_reader(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Reader(reader) = &provider.kind else { return Err(Status::InvalidArgument) };
        reader.borrow_mut().refresh()?;
        provider.timelines.forget();
        Ok(0)
    })
}

/// Closes a store whose provider others go on using. Closing twice is fine.
#[napi]
pub fn close_store(env: &Env, provider: i64, store: i64) -> napi::Result<i64> {
    run(env, |addon| {
        addon.close_store(store as u64);
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        provider.stores.retain(|&known| known != store as u64);
        Ok(0)
    })
}

/// Changes the definition of a store.
#[napi]
pub fn redefine_store(env: &Env, provider: i64, store: i64, definition: String) -> napi::Result<i64> {
    run(env, |addon| {
        let id = match addon.store(store as u64)? {
            Store::Durable { id, .. } => *id,
            Store::Windowed(windowed) => match windowed.tables {
                AnyTables::Durable { rows, .. } => rows,
                _ => return Err(Status::ReadOnly),
            },
            _ => return Err(Status::Closed),
        };
        with(addon, provider, |environment| environment.redefine(id, definition.as_bytes()))?;
        Ok(0)
    })
}

/// The definition of a store, as it was given when it was made; a status where there is none, or it can't be read.
#[napi]
pub fn store_definition(env: &Env, provider: i64, name: String) -> napi::Result<Either<i64, String>> {
    Ok(value_or_status(addon(env)?, |addon| {
        let definition = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => environment.borrow().definition(&name)?,
            Kind::Reader(reader) => reader.borrow().definition(&name)?,
            Kind::Memory { .. } => None,
        };
        Ok(String::from_utf8_lossy(&definition.ok_or(Status::Missing)?).into_owned())
    }))
}

/// The names of all stores, in the order that they were made.
#[napi]
pub fn store_names(env: &Env, provider: i64) -> napi::Result<Vec<String>> {
    Ok(match addon(env)?.providers.get(provider as u64).map(|provider| &provider.kind) {
        Some(Kind::Durable(environment)) => environment.borrow().store_names().map(str::to_owned).collect(),
        Some(Kind::Reader(reader)) => reader.borrow().store_names().map(str::to_owned).collect(),
        _ => Vec::new(),
    })
}

/// Ends the batch and hands it to the log; returns its number.
#[napi]
pub fn seal(env: &Env, provider: i64) -> napi::Result<i64> {
    let sealed = run(env, |addon| {
        let (sealed, bytes) =
            with(addon, provider, |environment| Ok((environment.seal(), environment.memory_bytes())))?;
        addon.count_provider(provider as u64, bytes);
        Ok(sealed)
    });
    report_memory(env, addon(env)?)?;
    sealed
}

/// How far an environment is.
#[napi(object)]
pub struct DurableProgress {
    /// Batches up to this one are acknowledged.
    pub durable: f64,
    /// Batches up to this one are on the disk.
    pub synced: f64,
    /// Commits up to this batch failed; 0 if none did.
    pub failed_through: f64,
    /// Why, as a status.
    pub status: i32,
    /// What it has to say.
    pub message: String,
    /// Counts the failures.
    pub failures: f64,
    /// Sealed bytes that are not on the disk.
    pub pending_bytes: f64,
    /// Bytes that writes are ahead of merges.
    pub unmerged_bytes: f64,
}

/// How far an environment is; nothing if it is closed.
#[napi]
pub fn progress(env: &Env, provider: i64) -> napi::Result<Option<DurableProgress>> {
    let addon = addon(env)?;
    let outcome = with(addon, provider, |environment| {
        Ok((environment.progress(), environment.pending_bytes(), environment.unmerged_bytes()))
    });
    Ok(outcome.ok().map(|(progress, pending_bytes, unmerged_bytes)| {
        let (failed_through, error) = progress.failed.unzip();
        DurableProgress {
            durable: progress.durable as f64,
            synced: progress.synced as f64,
            failed_through: failed_through.unwrap_or(0) as f64,
            message: error.as_ref().map(Error::to_string).unwrap_or_default(),
            status: error.map_or(0, |error| Status::from(error) as i32),
            failures: progress.failures as f64,
            pending_bytes: pending_bytes as f64,
            unmerged_bytes: unmerged_bytes as f64,
        }
    }))
}

/// Has commits that failed tried again, and what is written synced at once.
#[napi]
pub fn retry_commit(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        with(addon, provider, |environment| {
            environment.retry();
            Ok(0)
        })
    })
}

/// Has what is sealed merged into LMDB soon.
#[napi]
pub fn merge_soon(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        with(addon, provider, |environment| {
            environment.merge();
            Ok(0)
        })
    })
}

/// The next position to read from a source becomes part of the batch.
#[napi]
pub fn set_offset(env: &Env, provider: i64, source: String, position: BigInt) -> napi::Result<i64> {
    let (_, position, _) = position.get_u64();
    run(env, |addon| {
        with(addon, provider, |environment| environment.set_offset(&source, position))?;
        Ok(0)
    })
}

/// The next position to read from a source.
#[napi(object)]
pub struct Offset {
    /// Its name.
    pub source: String,
    /// The position.
    pub position: BigInt,
}

/// By source, the next position to read; a status where that can't be read.
#[napi]
pub fn offsets(env: &Env, provider: i64) -> napi::Result<Either<i64, Vec<Offset>>> {
    Ok(value_or_status(addon(env)?, |addon| {
        let offsets = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => environment.borrow_mut().offsets()?,
            Kind::Reader(reader) => reader.borrow_mut().offsets()?,
            Kind::Memory { .. } => Vec::new(),
        };
        let offset = |(source, position): (String, u64)| Offset { source, position: position.into() };
        Ok(offsets.into_iter().map(offset).collect())
    }))
}

/// How much an environment holds, and where.
#[napi(object)]
pub struct DurableStats {
    /// Entries of all stores, about.
    pub entries: f64,
    /// Bytes of LMDB's pages that hold data.
    pub map_bytes: f64,
    /// Bytes of the log's files.
    pub log_bytes: f64,
    /// Memory of the overlays.
    pub overlay_bytes: f64,
    /// Bytes that are not on the disk.
    pub pending_bytes: f64,
}

/// How much an environment holds, and where; nothing if it is closed.
#[napi]
pub fn durable_stats(env: &Env, provider: i64) -> napi::Result<Option<DurableStats>> {
    let stats = match addon(env)?.providers.get(provider as u64).map(|provider| &provider.kind) {
        Some(Kind::Durable(environment)) => Some(environment.borrow_mut().stats()),
        Some(Kind::Reader(reader)) => Some(reader.borrow().stats()),
        _ => None,
    };
    Ok(stats.map(|stats| DurableStats {
        entries: stats.entries as f64,
        map_bytes: stats.map_bytes as f64,
        log_bytes: stats.log_bytes as f64,
        overlay_bytes: stats.overlay_bytes as f64,
        pending_bytes: stats.pending_bytes as f64,
    }))
}

/// Closes an environment: with `keep` the batch under way is sealed, else discarded. What takes time another thread does;
/// returns the number by which `job` tells of it.
#[napi]
pub fn close_durable(env: &Env, provider: i64, keep: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let environment = match addon.close_provider(provider as u64) {
            Some(Kind::Durable(environment)) => environment,
            Some(Kind::Reader(_)) => return start(addon, task(|_| Ok(()))),
            _ => return Err(Status::Closed),
        };
        // Nobody else holds it: its stores are closed.
        let environment = Rc::into_inner(environment).ok_or(Status::InvalidArgument)?.into_inner();
        let closing = environment.close(keep);
        // What it held the garbage collector hears of with the next report.
        start(addon, task(move |_| closing.finish()))
    })
}

/// What another thread does.
type Task = Box<dyn FnOnce(&Arc<Work>) -> Result<Vec<Problem>, Error> + Send>;

/// Work that finds nothing.
fn task(work: impl FnOnce(&Arc<Work>) -> Result<(), Error> + Send + 'static) -> Task {
    Box::new(move |progress| work(progress).map(|()| Vec::new()))
}

/// Has a thread do something; returns the number by which `job` tells of it.
fn start(addon: &mut Addon, run: Task) -> Result<u64, Status> {
    let (job, news) = (Arc::new(Job::default()), addon.news.clone());
    let number = addon.jobs.insert(job.clone()).ok_or(Status::TooManyOpen)?;
    std::thread::spawn(move || {
        let result = run(&job.work);
        *job.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        if let Some(news) = &news {
            news.tell();
        }
    });
    Ok(number)
}

/// Copies an environment into a directory that is missing or empty; returns the number by which `job` tells of it.
#[napi]
pub fn start_backup(env: &Env, provider: i64, target: String) -> napi::Result<i64> {
    let target = PathBuf::from(target);
    run(env, |addon| {
        let backup = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => {
                let backup = environment.borrow().backup(target);
                task(move |work| backup(work))
            }
            Kind::Reader(reader) => {
                let backup = reader.borrow().backup(target);
                task(move |work| backup(work))
            }
            Kind::Memory { .. } => return Err(Status::InvalidArgument),
        };
        start(addon, backup)
    })
}

/// Reads all that a directory holds; returns the number by which `job` tells of it.
#[napi]
pub fn start_verify(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let verify: Task = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => {
                let verify = environment.borrow().verify();
                Box::new(move |work| verify(work))
            }
            Kind::Reader(reader) => {
                let verify = reader.borrow().verify();
                Box::new(move |work| verify(work))
            }
            Kind::Memory { .. } => return Err(Status::InvalidArgument),
        };
        start(addon, verify)
    })
}

/// Puts a packed copy in the place of LMDB's file; returns the number by which `job` tells of it.
#[napi]
pub fn start_compact(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let compact = with(addon, provider, |environment| Ok(environment.compact()))?;
        start(addon, task(compact))
    })
}

/// Something that is not as it was written.
#[napi(object)]
pub struct DurableProblem {
    /// The store; empty for the catalog.
    pub store: String,
    /// The key, where it concerns one.
    pub key: Option<Uint8Array>,
    /// What is wrong.
    pub problem: String,
}

/// How far something is that another thread does.
#[napi(object)]
pub struct JobProgress {
    /// Whether it has ended.
    pub ended: bool,
    /// What came of it, as a status; 0 if all is well.
    pub status: i64,
    /// Bytes that are done.
    pub done_bytes: f64,
    /// Bytes that there are to do, about.
    pub total_bytes: f64,
    /// What a verification found.
    pub problems: Vec<DurableProblem>,
}

/// How far something is that another thread does; nothing once it was told that it has ended.
#[napi]
pub fn job(env: &Env, number: i64) -> napi::Result<Option<JobProgress>> {
    let addon = addon(env)?;
    let Some(job) = addon.jobs.peek(number as u64).cloned() else { return Ok(None) };
    let (done, total) = job.work.progress();
    let outcome = job.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    if outcome.is_some() {
        addon.jobs.remove(number as u64);
    }
    let (ended, result) = (outcome.is_some(), outcome.unwrap_or(Ok(Vec::new())));
    let (status, problems) = match result {
        Ok(problems) => (0, problems),
        Err(error) => (Status::from(error) as i64, Vec::new()),
    };
    let problem = |Problem { store, key, problem }| DurableProblem { store, key: key.map(Uint8Array::from), problem };
    Ok(Some(JobProgress {
        ended,
        status,
        done_bytes: done as f64,
        total_bytes: total as f64,
        problems: problems.into_iter().map(problem).collect(),
    }))
}

/// Calls off something that another thread does.
#[napi]
pub fn abort_job(env: &Env, number: i64) -> napi::Result<()> {
    if let Some(job) = addon(env)?.jobs.peek(number as u64) {
        job.work.abort();
    }
    Ok(())
}

/// Waits until what was sealed is written to the log, so long at most: for a process that is about to end.
#[napi]
pub fn wait_written(env: &Env, provider: i64, milliseconds: u32) -> napi::Result<i64> {
    run(env, |addon| {
        with(addon, provider, |environment| {
            Ok(environment.wait_written(Duration::from_millis(milliseconds as u64)) as u64)
        })
    })
}
