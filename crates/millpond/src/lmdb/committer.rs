//! The log thread: takes sealed batches, appends them together, syncs, and acknowledges them.

use super::directory::Announcer;
use super::log::{Batch, Log};
use super::planted::{self, Bug};
use super::shared::{Command, Shared};
use crate::disk::Disk;
use crate::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When a batch is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// When it is on the disk.
    #[default]
    Sync,
    /// When it is written; the disk follows within a tenth of a second. A crash of the machine, not one of the process,
    /// can lose what was acknowledged meanwhile.
    Relaxed,
}

/// How long a failed append waits before it is tried again without being asked to.
const RETRY: Duration = Duration::from_millis(100);
const RELAXED_SYNC: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(3600);

/// What the log thread runs.
pub(super) struct Committer<D: Disk> {
    log: Log<D>,
    shared: Arc<Shared>,
    durability: Durability,
    /// Sealed batches that are not acknowledged, in order.
    waiting: Vec<Batch>,
    /// Whether the last try failed.
    failing: bool,
    /// Since when something is written and not synced.
    unsynced: Option<Instant>,
    announcer: Option<Announcer>,
}

impl<D: Disk> Committer<D> {
    pub fn new(log: Log<D>, shared: Arc<Shared>, durability: Durability, announcer: Option<Announcer>) -> Committer<D> {
        let committer =
            Committer { log, shared, durability, waiting: Vec::new(), failing: false, unsynced: None, announcer };
        committer.announce();
        committer
    }

    fn announce(&self) {
        if let Some(announcer) = &self.announcer {
            announcer.announce(self.log.durable());
        }
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) {
        while self.step(self.patience()) {}
    }

    fn patience(&self) -> Duration {
        match self.unsynced {
            Some(since) => RELAXED_SYNC.saturating_sub(since.elapsed()),
            None if self.failing => RETRY,
            None => IDLE,
        }
    }

    /// Does what has come, waiting for it so long; false when it was told to stop.
    pub fn step(&mut self, patience: Duration) -> bool {
        let commands = self.shared.commands(patience);
        let (mut stopped, mut sync_now) = (false, false);
        for command in commands {
            match command {
                Command::Append(batch) => self.waiting.push(batch),
                Command::Retry => sync_now = true,
                Command::Rotate => {
                    self.commit();
                    // Where it fails, segments are only removed later.
                    let _rotated = if self.waiting.is_empty() { self.log.rotate() } else { Ok(()) };
                }
                Command::RemoveThrough(batch) => {
                    let _removed = self.log.remove_through(batch);
                }
                Command::Stop => stopped = true,
            }
        }
        self.commit();
        if self.unsynced.is_some_and(|since| stopped || sync_now || since.elapsed() >= RELAXED_SYNC) {
            self.sync();
        }
        self.shared.set_log_bytes(self.log.bytes());
        !stopped
    }

    /// Appends what waits, in one go, and acknowledges it.
    fn commit(&mut self) {
        let Some(last) = self.waiting.last().map(|batch| batch.seq) else { return };
        if planted::has(Bug::AcknowledgeBeforeSync) {
            self.shared.set_durable(last, 0);
        }
        if let Err(error) = self.log.append(&self.waiting) {
            return self.fail(last, error);
        }
        self.shared.set_written(last);
        if self.durability == Durability::Sync {
            if let Err(error) = self.log.sync() {
                return self.fail(last, error);
            }
            self.shared.set_synced(last);
            self.announce();
        } else {
            self.unsynced.get_or_insert_with(Instant::now);
        }
        self.failing = false;
        let bytes = self.waiting.drain(..).map(|batch| batch.payload.len()).sum();
        self.shared.set_durable(last, bytes);
    }

    fn sync(&mut self) {
        self.unsynced = None;
        match self.log.sync() {
            Ok(through) => {
                self.shared.set_synced(through);
                self.announce();
                // Who waits for the disk itself, as a merge does, is told.
                self.shared.set_written(through);
            }
            Err(error) => self.shared.set_failed(self.log.last(), error),
        }
    }

    fn fail(&mut self, through: u64, error: Error) {
        self.failing = error != Error::Poisoned;
        if error == Error::Poisoned {
            self.waiting.clear();
        }
        self.shared.set_failed(through, error);
    }
}
