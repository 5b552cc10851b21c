//! The merge thread: LMDB's only writer.

use super::merge::{self, CHUNK_ENTRIES, Job, Left, Merge};
use super::planted::{self, Bug};
use super::shared::{Command, Current, Shared, Task};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How long a merge that finds no room waits before it is tried again.
const RETRY: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(3600);

/// What the merge thread runs.
pub(super) struct Merger {
    shared: Arc<Shared>,
    merge: Option<Merge>,
    /// Those that come after it: a merge may wait for the log for long.
    next: VecDeque<Job>,
    stopping: bool,
    /// The most entries of a chunk; less in tests.
    pub(super) chunk_entries: usize,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Something was done.
    Done,
    /// There is nothing to do, or it has to wait.
    Idle,
    Stopped,
}

impl Merger {
    pub fn new(shared: Arc<Shared>) -> Merger {
        Merger { shared, merge: None, next: VecDeque::new(), stopping: false, chunk_entries: CHUNK_ENTRIES }
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) {
        let mut patience = IDLE;
        loop {
            match self.step(patience) {
                Step::Done if self.has_work() => patience = RETRY,
                Step::Done => patience = IDLE,
                Step::Idle => patience = if self.has_work() { RETRY } else { IDLE },
                Step::Stopped => break,
            }
        }
        self.shared.refuse_tasks();
    }

    fn has_work(&self) -> bool {
        self.merge.is_some() || !self.next.is_empty()
    }

    /// Does one thing: a chunk, or a task, for which it waits so long.
    pub fn step(&mut self, patience: Duration) -> Step {
        if self.shared.is_abandoned() {
            return Step::Stopped;
        }
        if self.merge.is_none()
            && let Some(job) = self.next.pop_front()
        {
            self.forget_dead_readers();
            self.shared.increments().begin_merge(&job);
            self.merge = Some(Merge::new(job, self.chunk_entries));
        }
        if self.merge.is_some() && self.go_on(patience.min(RETRY)) {
            return Step::Done;
        }
        if self.stopping {
            return Step::Stopped;
        }
        match self.shared.task(patience) {
            Some(Task::Merge(job)) => {
                if planted::has(Bug::DeleteBeforeMergeSync) {
                    self.shared.send(Command::RemoveThrough(job.through));
                }
                self.next.push_back(job);
            }
            Some(Task::Drop(overlays)) => drop(overlays),
            Some(Task::Run(run)) => run(),
            Some(Task::Stop) => self.stopping = true,
            None => return Step::Idle,
        }
        Step::Done
    }

    /// Merges a chunk; false where that has to wait.
    fn go_on(&mut self, patience: Duration) -> bool {
        let Some(merge) = &mut self.merge else { return false };
        let through = merge.through();
        // What is not on the disk must not be in LMDB either: a crash would leave a part of a batch.
        if !self.wait_for_log(through, patience) {
            return false;
        }
        let Some(merge) = &mut self.merge else { return false };
        let Current { map, restored } = self.shared.current();
        if merge.restored() != restored {
            // What was restored after it was frozen has taken its place.
            self.merge = None;
            self.shared.increments().end_merge();
            return true;
        }
        match merge.chunk(&map) {
            Ok(Left::Some) => self.shared.set_merged(None),
            Ok(Left::Nothing) => {
                self.merge = None;
                self.shared.increments().end_merge();
                let before = self.shared.merged();
                // LMDB has two meta pages, one of which could be lost: the log can go once both say that all is applied.
                let lasting = if merge::confirm(&self.shared.map()).is_ok() { through } else { before };
                if let Ok(used) = self.shared.map().used_bytes() {
                    self.shared.set_used_bytes(used);
                }
                self.shared.set_merged(Some(through));
                self.shared.send(Command::RemoveThrough(lasting));
            }
            Err(error) => {
                self.forget_dead_readers();
                self.shared.set_merge_failed(error);
                return false;
            }
        }
        true
    }

    /// What a killed process was reading is not used again until it is forgotten. Where that fails the file grows, no more.
    fn forget_dead_readers(&self) {
        let _forgotten = self.shared.map().clear_stale_readers();
    }

    /// Waits until the log is on the disk so far; false where it won't be soon.
    fn wait_for_log(&self, through: u64, patience: Duration) -> bool {
        let settled = |shared: &Shared| shared.synced() >= through || shared.is_poisoned();
        while !self.shared.wait(patience, settled) {
            if !self.stopping || self.shared.is_abandoned() || self.shared.outcome().failed.is_some() {
                return false;
            }
        }
        !self.shared.is_poisoned()
    }
}
