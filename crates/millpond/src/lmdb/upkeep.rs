//! What an environment's files are put through while it is in use: backup, verification, compaction.
//!
//! Each method gives the work to do, to be run on another thread.

use super::compact::{self, Outcome};
use super::copy::{self, CopyOptions, copy_base};
use super::environment::Environment;
use super::map::{Map, MapOptions};
use super::reader::{self, Reader};
use super::shared::{Shared, Task};
use super::stores::Stores;
use super::verify::{self, Problem};
use crate::error::{Error, Result};
use crate::work::Work;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;

/// Where an environment's files are, and how they are made.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub dir: PathBuf,
    pub map: MapOptions,
}

impl Place {
    pub fn copy_options(&self) -> CopyOptions {
        CopyOptions { map_size: self.map.map_size, databases: self.map.databases, mode: self.map.mode }
    }
}

impl Environment {
    /// Copies what is durable when the work begins into a directory that is missing or empty, packed, and verifies the copy.
    /// [`Environment::open`] opens it. Writes go on meanwhile, and LMDB's file grows by what they replace.
    pub fn backup(&self, target: PathBuf) -> impl FnOnce(&Work) -> Result<()> + Send + use<> {
        let (shared, place) = (self.shared.clone(), self.place.clone());
        move |work| {
            let place = place.ok_or(Error::Aborted)?;
            let map = shared.map();
            let stores = reader::load(&map, &place.dir, || Some(shared.synced()))?;
            copy::back_up(&map, stores, &target, place.copy_options(), work)
        }
    }

    /// Reads all of LMDB's file and of the log, and lists what is not as it was written. Whatever that is, the process lives.
    pub fn verify(&self) -> impl FnOnce(&Work) -> Result<Vec<Problem>> + Send + use<> {
        let (shared, place) = (self.shared.clone(), self.place.clone());
        move |work| {
            let place = place.ok_or(Error::Aborted)?;
            let map = shared.map();
            let problems = verify::verify(&map, work)?;
            if problems.is_empty() {
                let _readable = reader::load(&map, &place.dir, || Some(shared.synced()))?;
            }
            Ok(problems)
        }
    }

    /// Puts a packed copy in the place of LMDB's file. Merges wait for it, reads and writes don't. [`Error::Busy`] while
    /// someone else reads the directory.
    pub fn compact(&self) -> impl FnOnce(&Arc<Work>) -> Result<()> + Send + use<> {
        let (shared, place) = (self.shared.clone(), self.place.clone());
        move |work| {
            let place = place.ok_or(Error::Aborted)?;
            on_merge_thread(&shared, work, move |shared, work| {
                let map = shared.map();
                let copy = |target: &Path| {
                    let (stores, _) = Stores::load(&map)?;
                    copy_base(&map, &stores, target, place.copy_options(), work)
                };
                let compacted = replaced(shared, compact::replace(&place.dir, place.map, copy))?;
                shared.set_map(compacted);
                Ok(())
            })
        }
    }
}

/// Has the merge thread, which nothing else in LMDB is written by, do something that can be called off.
pub(super) fn on_merge_thread(
    shared: &Arc<Shared>,
    work: &Arc<Work>,
    run: impl FnOnce(&Shared, &Work) -> Result<()> + Send + 'static,
) -> Result<()> {
    let (done, outcome) = mpsc::channel();
    let (work, merger) = (work.clone(), shared.clone());
    let run = move || {
        merger.set_work(Some(work.clone()));
        let ended = run(&merger, &work);
        merger.set_work(None);
        let _told = done.send(ended);
    };
    shared.hand_over(Task::Run(Box::new(run)));
    outcome.recv().unwrap_or(Err(Error::Aborted))
}

/// The file that is in the place of LMDB's now.
pub(super) fn replaced(shared: &Shared, outcome: Outcome) -> Result<Map> {
    let map = match outcome {
        Outcome::Replaced(map) => map,
        Outcome::Failed(error) => return Err(error),
        Outcome::Torn(error) => {
            // The log has all since the file was made, and what is opened next goes on from there.
            shared.poison();
            return Err(error);
        }
    };
    if let Ok(used) = map.used_bytes() {
        shared.set_used_bytes(used);
    }
    Ok(map)
}

impl Reader {
    /// As [`Environment::backup`], of what is durable when the work begins.
    pub fn backup(&self, target: PathBuf) -> impl FnOnce(&Work) -> Result<()> + Send + use<> {
        let (map, place) = self.place();
        move |work| {
            let stores = reader::load_durable(&map, &place.dir)?;
            copy::back_up(&map, stores, &target, place.copy_options(), work)
        }
    }

    /// As [`Environment::verify`].
    pub fn verify(&self) -> impl FnOnce(&Work) -> Result<Vec<Problem>> + Send + use<> {
        let (map, place) = self.place();
        move |work| {
            let problems = verify::verify(&map, work)?;
            if problems.is_empty() {
                let _readable = reader::load_durable(&map, &place.dir)?;
            }
            Ok(problems)
        }
    }
}
