//! What the owner's thread, the log thread and the merge thread know of each other.

use super::changed::Increments;
use super::log::Batch;
use super::map::Map;
use super::merge::Job;
use super::overlay::Frozen;
use crate::error::Error;
use crate::work::Work;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Called, on any thread, when there is news for the owner: see `Environment::progress`.
pub type Notify = Box<dyn Fn() + Send + Sync>;

/// What the log thread is told to do, in order.
pub(super) enum Command {
    Append(Batch),
    /// Go on in a new segment: a freeze came here.
    Rotate,
    /// LMDB has all up to this batch for good.
    RemoveThrough(u64),
    /// Try again what failed, and sync what is written at once.
    Retry,
    /// End, when all before is done or has failed.
    Stop,
}

/// What the merge thread is told to do, in order.
pub(super) enum Task {
    Merge(Job),
    /// Let go of an overlay that is merged: freeing it takes milliseconds.
    Drop(Vec<Frozen>),
    /// Whatever else wants LMDB's writer for itself.
    Run(Box<dyn FnOnce() + Send>),
    Stop,
}

/// How far things are, and what went wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Commits up to this batch failed: they are not durable *yet*.
    pub failed: Option<(u64, Error)>,
    /// How often that happened.
    pub failures: u64,
    /// What keeps the merge from going on.
    pub merge_failed: Option<Error>,
}

#[derive(Default)]
struct Queues {
    commands: VecDeque<Command>,
    tasks: VecDeque<Task>,
    /// The merge thread has ended: what it is given now is dropped.
    refuses_tasks: bool,
    outcome: Outcome,
    /// What the merge thread is at, if it can be called off.
    work: Option<Arc<Work>>,
}

/// LMDB's file.
#[derive(Clone)]
pub(super) struct Current {
    pub map: Map,
    /// Counts how often all was replaced: then the owner takes everything anew.
    pub restored: u64,
}

pub(super) struct Shared {
    queues: Mutex<Queues>,
    for_log: Condvar,
    for_merge: Condvar,
    for_owner: Condvar,
    current: Mutex<Current>,
    increments: Mutex<Increments>,
    /// All is about to be replaced: nothing is written until then.
    restoring: AtomicBool,
    /// Batches up to this one are in the log file, as the system shows it.
    written: AtomicU64,
    /// Batches up to this one are on the disk.
    synced: AtomicU64,
    /// Batches up to this one are acknowledged.
    durable: AtomicU64,
    /// Batches up to this one are in LMDB.
    merged: AtomicU64,
    /// Counts what the merge thread committed: with each, the owner takes a new view.
    version: AtomicU64,
    /// Sealed bytes that are not on the disk.
    pending_bytes: AtomicUsize,
    log_bytes: AtomicU64,
    /// Bytes of LMDB's pages that hold data.
    used_bytes: AtomicU64,
    /// The log, or the merge, found no room; each says so until it has found some.
    log_full: AtomicBool,
    merge_full: AtomicBool,
    poisoned: AtomicBool,
    /// The last try to commit failed.
    failing: AtomicBool,
    /// The owner went away: what can be done after the next open is left to it.
    abandoned: AtomicBool,
    notify: Notify,
}

impl Shared {
    pub fn new(map: Map, durable: u64, merged: u64, log_bytes: u64, notify: Notify) -> Shared {
        Shared {
            queues: Mutex::default(),
            for_log: Condvar::new(),
            for_merge: Condvar::new(),
            for_owner: Condvar::new(),
            current: Mutex::new(Current { map, restored: 0 }),
            increments: Mutex::default(),
            restoring: AtomicBool::new(false),
            written: AtomicU64::new(durable),
            synced: AtomicU64::new(durable),
            durable: AtomicU64::new(durable),
            merged: AtomicU64::new(merged),
            version: AtomicU64::new(0),
            pending_bytes: AtomicUsize::new(0),
            log_bytes: AtomicU64::new(log_bytes),
            used_bytes: AtomicU64::new(0),
            log_full: AtomicBool::new(false),
            merge_full: AtomicBool::new(false),
            poisoned: AtomicBool::new(false),
            failing: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            notify,
        }
    }

    /// The mutex guards queues that no panic can leave half changed.
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn map(&self) -> Map {
        self.current().map
    }

    /// LMDB's file as it is now. The two are read and changed together: the stores of one file must not be looked for in another.
    pub fn current(&self) -> Current {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_map(&self, map: Map) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).map = map;
        self.version.fetch_add(1, Ordering::Release);
    }

    /// What increments need to know. No panic can leave it half changed in a way that matters: it would be forgotten.
    pub fn increments(&self) -> MutexGuard<'_, Increments> {
        self.increments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The map is another one, with other stores, which hold all up to a batch.
    pub fn set_restored(&self, map: Map, through: u64) {
        {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            *current = Current { map, restored: current.restored + 1 };
        }
        // Behind it: a checkpoint that was begun with the other file is no base either.
        self.increments().forget();
        self.set_merged(Some(through));
    }

    pub fn set_restoring(&self, restoring: bool) {
        self.restoring.store(restoring, Ordering::Release);
    }

    pub fn is_restoring(&self) -> bool {
        self.restoring.load(Ordering::Acquire)
    }

    // ---- the owner's side ----

    pub fn send(&self, command: Command) {
        if let Command::Append(batch) = &command {
            self.pending_bytes.fetch_add(batch.payload.len(), Ordering::Relaxed);
        }
        self.queues().commands.push_back(command);
        self.for_log.notify_one();
    }

    pub fn hand_over(&self, task: Task) {
        let mut queues = self.queues();
        if queues.refuses_tasks {
            // Whoever waits for it hears of that when it is dropped; not under the lock, for that may take a while.
            drop(queues);
            return drop(task);
        }
        queues.tasks.push_back(task);
        self.for_merge.notify_one();
    }

    /// Waits until `done` says so, or the time is over; returns what it said last.
    pub fn wait(&self, time: Duration, done: impl Fn(&Shared) -> bool) -> bool {
        let guard = self.queues();
        let _guard = self.for_owner.wait_timeout_while(guard, time, |_| !done(self));
        done(self)
    }

    /// Merges are left where they are, and what can be called off is.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        if let Some(work) = &self.queues().work {
            work.abort();
        }
    }

    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    pub fn outcome(&self) -> Outcome {
        self.queues().outcome.clone()
    }

    // ---- the threads' side ----

    /// The commands that came since the last call; waits for some, or for `time`.
    pub fn commands(&self, time: Duration) -> VecDeque<Command> {
        let guard = self.queues();
        let waited = self.for_log.wait_timeout_while(guard, time, |queues| queues.commands.is_empty());
        let (mut queues, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut queues.commands)
    }

    /// The merge thread begins something that can be called off, or has ended it.
    pub fn set_work(&self, work: Option<Arc<Work>>) {
        let mut queues = self.queues();
        if let Some(work) = work.as_ref().filter(|_| self.is_abandoned()) {
            work.abort();
        }
        queues.work = work;
    }

    /// The merge thread ends, and with it what it was given and did not begin.
    pub fn refuse_tasks(&self) {
        let mut queues = self.queues();
        queues.refuses_tasks = true;
        let left = std::mem::take(&mut queues.tasks);
        drop(queues);
        drop(left);
    }

    /// The next task; waits for one, or for `time`.
    pub fn task(&self, time: Duration) -> Option<Task> {
        let guard = self.queues();
        let waited = self.for_merge.wait_timeout_while(guard, time, |queues| queues.tasks.is_empty());
        let (mut queues, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queues.tasks.pop_front()
    }

    pub fn set_written(&self, batch: u64) {
        self.written.store(batch, Ordering::Release);
        self.tell();
    }

    pub fn set_synced(&self, batch: u64) {
        self.synced.store(batch, Ordering::Release);
    }

    /// Batches up to this one, of so many bytes, are acknowledged.
    pub fn set_durable(&self, batch: u64, bytes: usize) {
        // In this order: who sees that it is durable must not be told that it still waits.
        self.pending_bytes.fetch_sub(bytes, Ordering::Release);
        self.durable.store(batch, Ordering::Release);
        self.log_full.store(false, Ordering::Release);
        self.failing.store(false, Ordering::Release);
        {
            let mut queues = self.queues();
            if queues.outcome.failed.as_ref().is_some_and(|(through, _)| *through <= batch) {
                queues.outcome.failed = None;
            }
        }
        self.tell();
    }

    /// Commits up to this batch failed.
    pub fn set_failed(&self, through: u64, error: Error) {
        self.failing.store(true, Ordering::Release);
        match &error {
            Error::Poisoned => self.poisoned.store(true, Ordering::Release),
            error if error.is_disk_full() => self.log_full.store(true, Ordering::Release),
            _ => {}
        }
        {
            let outcome = &mut self.queues().outcome;
            outcome.failed = Some((through, error));
            outcome.failures += 1;
        }
        self.tell();
    }

    /// A chunk was committed, or the merge up to a batch is done.
    pub fn set_merged(&self, through: Option<u64>) {
        if let Some(batch) = through {
            self.merged.store(batch, Ordering::Release);
        }
        self.merge_full.store(false, Ordering::Release);
        self.queues().outcome.merge_failed = None;
        self.version.fetch_add(1, Ordering::Release);
        self.tell();
    }

    /// The owner must not go on: what is on the disk is not what it knows any more.
    pub fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
        self.tell();
    }

    pub fn set_merge_failed(&self, error: Error) {
        match &error {
            Error::MapFull => self.merge_full.store(true, Ordering::Release),
            error if error.is_disk_full() => self.merge_full.store(true, Ordering::Release),
            // Of LMDB's own limits, and of memory: tried again, as all that changed nothing.
            Error::Io { errno: 0 | libc::ENOMEM, .. } => {}
            _ => self.poisoned.store(true, Ordering::Release),
        }
        self.queues().outcome.merge_failed = Some(error);
        self.tell();
    }

    pub fn set_log_bytes(&self, bytes: u64) {
        self.log_bytes.store(bytes, Ordering::Relaxed);
    }

    pub fn set_used_bytes(&self, bytes: u64) {
        self.used_bytes.store(bytes, Ordering::Relaxed);
    }

    /// There is news: for who waits in this process, and for the owner's event loop.
    fn tell(&self) {
        drop(self.queues());
        self.for_owner.notify_all();
        (self.notify)();
    }

    // ---- how far things are ----

    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    pub fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    pub fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub fn merged(&self) -> u64 {
        self.merged.load(Ordering::Acquire)
    }

    #[inline(always)]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes.load(Ordering::Relaxed)
    }

    pub fn log_bytes(&self) -> u64 {
        self.log_bytes.load(Ordering::Relaxed)
    }

    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// Whether the log or the merge finds no room.
    pub fn is_full(&self) -> bool {
        self.log_full.load(Ordering::Acquire) || self.merge_full.load(Ordering::Acquire)
    }

    /// Whether the last try to commit failed.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }
}
