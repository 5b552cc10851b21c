//! Closing an environment, and letting its process end without.

use super::copy;
use super::environment::Environment;
use super::map::Map;
use super::merge::{CHUNK_ENTRIES, Left, Merge};
use super::open::{Threads, stop};
use super::reader;
use super::shared::Shared;
use super::upkeep::Place;
use crate::error::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// An environment that is being closed: what is left to do is not for a thread that others wait for.
pub struct Closing {
    shared: Arc<Shared>,
    threads: Option<Threads>,
    sealed: u64,
    /// Where the directory is, if a batch that was not sealed was discarded: its writes are in the overlay with the others.
    discarded_in: Option<Place>,
    _lock: Option<super::directory::WriterLock>,
}

impl Environment {
    /// Ends it: with `keep` the batch under way is sealed, else discarded. What is sealed is made durable and merged by
    /// [`Closing::finish`].
    pub fn close(mut self, keep: bool) -> Closing {
        if keep {
            self.seal();
        }
        let discarded = self.is_dirty();
        if !discarded {
            self.merge_at_close();
        }
        Closing {
            shared: self.shared.clone(),
            threads: self.threads.take(),
            sealed: self.sealed(),
            discarded_in: self.place.take().filter(|_| discarded),
            _lock: self.lock.take(),
        }
    }

    /// Waits until what was sealed is written to the log, though not on the disk: so long at most, and not while that
    /// fails. For a process that is about to end.
    pub fn wait_written(&self, time: Duration) -> bool {
        let sealed = self.sealed();
        self.shared.wait(time, |shared| shared.written() >= sealed || shared.is_failing())
    }
}

/// Merges what the log has: for an overlay that held more than that.
fn merge_log(map: &Map, dir: &Path, through: u64) -> Result<()> {
    let mut stores = reader::load(map, dir, || Some(through))?;
    let Some(job) = copy::freeze_all(&mut stores) else { return Ok(()) };
    let mut merge = Merge::new(job, CHUNK_ENTRIES);
    while merge.chunk(map)? == Left::Some {}
    Ok(())
}

impl Drop for Closing {
    fn drop(&mut self) {
        // The right to write goes only when nobody writes any more.
        if let Some(threads) = self.threads.take() {
            stop(&self.shared, threads);
        }
    }
}

impl Closing {
    /// Waits for the log and the merge, and ends their threads. An error says that the last batches are not durable; what
    /// was acknowledged is.
    pub fn finish(mut self) -> Result<()> {
        if let Some(threads) = self.threads.take() {
            stop(&self.shared, threads);
        }
        if self.shared.synced() >= self.sealed {
            if let Some(place) = self.discarded_in.take().filter(|_| !self.shared.is_poisoned()) {
                // Where that fails the log has it all, as after a kill.
                let _merged = merge_log(&self.shared.map(), &place.dir, self.sealed);
            }
            return Ok(());
        }
        Err(self.shared.outcome().failed.map_or(Error::Poisoned, |(_, error)| error))
    }
}
