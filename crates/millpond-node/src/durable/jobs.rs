//! What other threads do.

use super::with;
use crate::addon::{Addon, Kind};
use crate::open::{addon, run};
use crate::status::Status;
use millpond::{Error, Problem, Work};
use napi::bindgen_prelude::{Env, Uint8Array};
use napi_derive::napi;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Something that another thread does: how far it is, and what came of it.
#[derive(Default)]
pub struct Job {
    work: Arc<Work>,
    outcome: Mutex<Option<Result<Vec<Problem>, Error>>>,
}

/// What another thread does.
pub type Task = Box<dyn FnOnce(&Arc<Work>) -> Result<Vec<Problem>, Error> + Send>;

/// Work that finds nothing.
pub fn task(work: impl FnOnce(&Arc<Work>) -> Result<(), Error> + Send + 'static) -> Task {
    Box::new(move |progress| work(progress).map(|()| Vec::new()))
}

/// Has a thread do something; returns the number by which `job` tells of it.
pub fn start(addon: &mut Addon, run: Task) -> Result<u64, Status> {
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
