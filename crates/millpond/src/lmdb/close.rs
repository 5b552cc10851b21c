//! Closing an environment, and letting its process end without.

use super::environment::Environment;
use super::open::{Threads, stop};
use super::shared::Shared;
use crate::error::{Error, Result};
use std::sync::Arc;
use std::time::Duration;

/// An environment that is being closed: what is left to do is not for a thread that others wait for.
pub struct Closing {
    shared: Arc<Shared>,
    threads: Option<Threads>,
    sealed: u64,
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

impl Closing {
    /// Waits for the log and the merge, and ends their threads. An error says that the last batches are not durable; what
    /// was acknowledged is.
    pub fn finish(mut self) -> Result<()> {
        if let Some(threads) = self.threads.take() {
            stop(&self.shared, threads);
        }
        if self.shared.synced() >= self.sealed {
            return Ok(());
        }
        Err(self.shared.outcome().failed.map_or(Error::Poisoned, |(_, error)| error))
    }
}
