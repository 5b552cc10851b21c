//! What a directory's files are put through while it is in use.

use super::with;
use crate::addon::Kind;
use crate::jobs::{Ended, Task, start, task};
use crate::open::run;
use crate::status::Status;
use napi::bindgen_prelude::Env;
use napi_derive::napi;
use std::path::PathBuf;

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
                Box::new(move |job| verify(&job.work).map(Ended::Problems))
            }
            Kind::Reader(reader) => {
                let verify = reader.borrow().verify();
                Box::new(move |job| verify(&job.work).map(Ended::Problems))
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
