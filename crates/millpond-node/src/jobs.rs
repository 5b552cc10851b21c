//! What other threads do.

use crate::addon::Addon;
use crate::chunks::Chunks;
use crate::durable::Offset;
use crate::open::addon;
use crate::restore::Loaded;
use crate::status::Status;
use millpond::{CheckpointSummary, Error, MemoryBase, Problem, Work};
use napi::bindgen_prelude::{BigInt, Env, Uint8Array};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};

/// Something that another thread does: how far it is, and what came of it.
#[derive(Default)]
pub struct Job {
    pub work: Arc<Work>,
    /// What it gives on the way.
    pub chunks: Chunks,
    outcome: Mutex<Option<Result<Ended, Error>>>,
}

/// What came of it.
pub enum Ended {
    Done,
    Problems(Vec<Problem>),
    Checkpoint(CheckpointSummary),
    /// The same of a provider in memory: increments can go on from what it keeps.
    MemoryCheckpoint(CheckpointSummary, u64, Box<MemoryBase>),
    /// What stores in memory are to hold, once JavaScript hears of it.
    Loaded(Vec<Loaded>),
}

/// What another thread does.
pub type Task = Box<dyn FnOnce(&Arc<Job>) -> Result<Ended, Error> + Send>;

/// Work that nothing comes of but that it is done.
pub fn task(work: impl FnOnce(&Arc<Work>) -> Result<(), Error> + Send + 'static) -> Task {
    Box::new(move |job| work(&job.work).map(|()| Ended::Done))
}

/// Has a thread do something; returns the number by which `job` tells of it.
pub fn start(addon: &mut Addon, run: Task) -> Result<u64, Status> {
    let news = addon.news.clone();
    let job = Arc::new(Job { chunks: Chunks::new(news.clone()), ..Job::default() });
    let number = addon.jobs.insert(job.clone()).ok_or(Status::TooManyOpen)?;
    std::thread::spawn(move || {
        let result = run(&job);
        *job.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        if let Some(news) = &news {
            news.tell();
        }
    });
    Ok(number)
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
    /// What a checkpoint came to.
    pub checkpoint: Option<CheckpointOutcome>,
}

/// What a checkpoint came to.
#[napi(object)]
pub struct CheckpointOutcome {
    /// Whether it holds what changed since another one.
    pub is_increment: bool,
    /// The number of its bytes.
    pub bytes: f64,
    /// By source, the next position to read.
    pub offsets: Vec<Offset>,
}

/// How far something is that another thread does; nothing once it was told that it has ended. What it gave on the way has to be
/// taken first.
#[napi]
pub fn job(env: &Env, number: i64) -> napi::Result<Option<JobProgress>> {
    let addon = addon(env)?;
    let Some(job) = addon.jobs.peek(number as u64).cloned() else { return Ok(None) };
    let (done, total) = job.work.progress();
    let mut progress = JobProgress {
        ended: false,
        status: 0,
        done_bytes: done as f64,
        total_bytes: total as f64,
        problems: Vec::new(),
        checkpoint: None,
    };
    let has_ended = job.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    if !has_ended || !job.chunks.is_empty() {
        return Ok(Some(progress));
    }
    addon.jobs.remove(number as u64);
    progress.ended = true;
    let outcome = job.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match outcome.unwrap_or(Ok(Ended::Done)).map_err(Status::from).and_then(|ended| take(addon, ended, &mut progress)) {
        Ok(()) => {}
        Err(status) => progress.status = status as i64,
    }
    Ok(Some(progress))
}

/// What came of it is JavaScript's now.
fn take(addon: &mut Addon, ended: Ended, progress: &mut JobProgress) -> Result<(), Status> {
    match ended {
        Ended::Done => {}
        Ended::Problems(problems) => {
            let problem =
                |Problem { store, key, problem }| DurableProblem { store, key: key.map(Uint8Array::from), problem };
            progress.problems = problems.into_iter().map(problem).collect();
        }
        Ended::Checkpoint(summary) => progress.checkpoint = Some(outcome_of(summary)),
        Ended::MemoryCheckpoint(summary, provider, base) => {
            if let Some(provider) = addon.providers.get(provider) {
                provider.proposed = Some(Arc::from(base));
            }
            progress.checkpoint = Some(outcome_of(summary));
        }
        Ended::Loaded(loaded) => loaded.into_iter().try_for_each(|loaded| loaded.put(addon))?,
    }
    Ok(())
}

fn outcome_of(summary: CheckpointSummary) -> CheckpointOutcome {
    let offset = |(source, position)| Offset { source, position: BigInt::from(position) };
    CheckpointOutcome {
        is_increment: summary.base.is_some(),
        bytes: summary.bytes as f64,
        offsets: summary.offsets.into_iter().map(offset).collect(),
    }
}

/// Calls off something that another thread does.
#[napi]
pub fn abort_job(env: &Env, number: i64) -> napi::Result<()> {
    let addon = addon(env)?;
    addon.feeds.remove(&(number as u64));
    if let Some(job) = addon.jobs.peek(number as u64) {
        job.work.abort();
    }
    Ok(())
}
