//! Batches on their way to the disk, and the offsets that belong to them.

use super::with;
use crate::addon::Kind;
use crate::open::{addon, report_memory, run, value_or_status};
use crate::status::Status;
use millpond::Error;
use napi::bindgen_prelude::{BigInt, Either, Env};
use napi_derive::napi;
use std::time::Duration;

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

/// Waits until what was sealed is written to the log, so long at most: for a process that is about to end.
#[napi]
pub fn wait_written(env: &Env, provider: i64, milliseconds: u32) -> napi::Result<i64> {
    run(env, |addon| {
        with(addon, provider, |environment| {
            Ok(environment.wait_written(Duration::from_millis(milliseconds as u64)) as u64)
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
