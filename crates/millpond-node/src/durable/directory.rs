//! Opening, reading on and closing a directory, and how much it holds.

use crate::addon::{Kind, Provider};
use crate::jobs::{start, task};
use crate::notify::News;
use crate::open::{addon, run};
use crate::status::Status;
use millpond::{Durability, Environment, EnvironmentOptions, Reader};
use napi::JsValue;
use napi::bindgen_prelude::{Env, Function};
use napi_derive::napi;
use std::cell::RefCell;
use std::rc::Rc;

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
        let provider = Provider::new(kind);
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
