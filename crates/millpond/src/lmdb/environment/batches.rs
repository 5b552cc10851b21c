//! From the end of a batch to LMDB: sealing, freezing, merging, and what is known of it.

use super::write::LookedUp;
use super::{Environment, EnvironmentStats, Progress, next_generation};
use crate::error::Result;
use crate::lmdb::log::Batch;
use crate::lmdb::map::Map;
use crate::lmdb::merge::{FrozenStore, Job};
use crate::lmdb::shared::{Command, Current, Outcome, Task};
use crate::lmdb::stores::Stores;

/// Less is not looked at between merges.
const LOOK_STEP: usize = 1 << 20;
/// The log may be so many times as large as an overlay before it is merged, hot keys or not.
const LOG_FACTOR: usize = 4;

impl Environment {
    /// Ends the batch: it will be durable whole or not at all. Returns its number, by which
    /// [`progress`](Environment::progress) tells; the last one's, if nothing was written since.
    pub fn seal(&mut self) -> u64 {
        if self.batch.is_empty() {
            return self.sealed;
        }
        debug_assert!(self.savepoints.is_empty(), "a batch does not end inside a transaction");
        self.sealed += 1;
        let capacity = self.batch.len().min(LOOK_STEP);
        let payload = std::mem::replace(&mut self.batch, Vec::with_capacity(capacity));
        self.logged += payload.len();
        self.shared.send(Command::Append(Batch { seq: self.sealed, payload }));
        self.room = 0;
        self.catch_up();
        if self.freezing.is_none() && self.logged >= self.look_at {
            self.look_whether_to_merge();
        }
        self.sealed
    }

    /// Has what failed tried again, and what is written synced at once.
    pub fn retry(&self) {
        self.shared.send(Command::Retry);
    }

    /// The last batch that was sealed.
    pub fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Whether something was written since the last seal.
    pub fn is_dirty(&self) -> bool {
        !self.batch.is_empty()
    }

    /// How far the durable side is, and what went wrong.
    pub fn progress(&mut self) -> Progress {
        self.catch_up();
        if self.shared.is_failing() || self.shared.is_poisoned() {
            // The next write looks before it is let in.
            self.room = 0;
        }
        let Outcome { failed, failures, .. } = self.shared.outcome();
        Progress { durable: self.shared.durable(), synced: self.shared.synced(), failed, failures }
    }

    /// The memory of an overlay that is worth a merge.
    fn enough_to_merge(&self) -> usize {
        self.limits.merge_bytes.max((self.shared.used_bytes() as usize / 8).min(self.limits.most_merge_bytes))
    }

    #[cold]
    fn look_whether_to_merge(&mut self) {
        let overlay = self.stores.overlay_bytes();
        let enough = self.enough_to_merge();
        if overlay >= enough || self.logged >= LOG_FACTOR * enough {
            self.freeze();
        } else {
            self.look_at = self.logged + LOOK_STEP.min(enough / 8);
        }
    }

    /// Has the overlay merged, if a batch is not under way and no merge is.
    pub fn merge(&mut self) {
        if self.may_freeze() {
            self.freeze();
        }
    }

    /// Whether this is the end of a batch, no transaction is open, and no merge is under way.
    pub(super) fn may_freeze(&self) -> bool {
        self.batch.is_empty() && self.savepoints.is_empty() && self.freezing.is_none()
    }

    /// Has all that is sealed merged, after a merge that is under way.
    pub(in crate::lmdb) fn merge_at_close(&mut self) {
        self.freeze();
    }

    /// Another number whenever what was written has left the overlays.
    pub(in crate::lmdb) fn generation(&self) -> u64 {
        self.generation
    }

    /// The last batch that will be in LMDB when what is under way is done.
    pub fn merging(&self) -> Option<u64> {
        self.freezing
    }

    /// What was written so far goes on its way into LMDB; what comes now goes into a new overlay. At the end of a batch
    /// only: LMDB must never have a part of one.
    pub(super) fn freeze(&mut self) {
        let mut stores = Vec::new();
        for store in self.stores.iter_mut().filter(|store| store.is_touched()) {
            stores.push(FrozenStore { id: store.id, database: store.name.clone(), overlay: store.freeze() });
        }
        self.looked_up = LookedUp::default();
        self.generation = next_generation();
        (self.logged, self.look_at) = (0, 0);
        // Where all that was written was removed again, the log alone is to be merged: so that it can go.
        if self.frozen == self.sealed {
            return;
        }
        self.frozen = self.sealed;
        self.freezing = Some(self.sealed);
        self.shared.send(Command::Rotate);
        self.shared.hand_over(Task::Merge(Job { through: self.sealed, restored: self.restored, stores }));
    }

    /// Takes a new view when the merge thread committed something: old pages can be used again only then.
    #[inline(always)]
    pub(in crate::lmdb) fn catch_up(&mut self) {
        if self.shared.version() != self.version {
            self.renew();
        }
    }

    #[cold]
    fn renew(&mut self) {
        let version = self.shared.version();
        let merged = self.shared.merged();
        let Current { map, restored } = self.shared.current();
        if self.holds && restored != self.restored {
            return;
        }
        let renewed = if restored == self.restored { self.stores.renew(&map) } else { self.take_anew(&map) };
        // Without a new view, for want of memory, the old one is as good as ever.
        if renewed.is_err() {
            return;
        }
        self.restored = restored;
        // Closing a map that was compacted away takes a while: not in this thread.
        let before = std::mem::replace(&mut self.map, map);
        if before.is_other_than(&self.map) {
            self.shared.hand_over(Task::Run(Box::new(move || drop(before))));
        }
        self.version = version;
        self.room = 0;
        if self.freezing.is_some_and(|through| merged >= through) {
            self.freezing = None;
            // Freeing so much memory takes a while: not in this thread.
            let merged = self.stores.thaw();
            self.shared.hand_over(Task::Drop(merged));
        }
    }

    /// Whether no transaction is open.
    pub(in crate::lmdb) fn savepoints_are_closed(&self) -> bool {
        self.savepoints.is_empty()
    }

    /// The last batch that went on its way into LMDB.
    pub(in crate::lmdb) fn frozen(&self) -> u64 {
        self.frozen
    }

    /// Nothing is written any more, until the merge thread says so.
    pub(in crate::lmdb) fn refuse_writes(&mut self) {
        self.shared.set_restoring(true);
        self.room = 0;
    }

    /// All was replaced: what was written before is in no store any more.
    fn take_anew(&mut self, map: &Map) -> Result<()> {
        self.stores = Stores::load(map)?.0;
        self.looked_up = LookedUp::default();
        self.generation = next_generation();
        self.frozen = self.sealed;
        (self.logged, self.look_at) = (0, 0);
        Ok(())
    }

    /// Memory in use: of the overlays, and of what waits for the disk. O(stores).
    pub fn memory_bytes(&self) -> usize {
        self.stores.overlay_bytes() + self.stores.frozen_bytes() + self.pending_bytes() + self.batch.capacity()
    }

    /// Sealed bytes that are not on the disk.
    pub fn pending_bytes(&self) -> usize {
        self.shared.pending_bytes()
    }

    /// Memory of the overlay beyond what is worth a merge, while another merge is under way: what sealed writes are ahead
    /// of merges. Nothing while merges fail: nobody should wait for them. O(stores).
    pub fn unmerged_bytes(&self) -> usize {
        let is_merging = self.freezing.is_some_and(|through| through > self.shared.merged());
        if !is_merging || self.shared.is_poisoned() || self.shared.outcome().merge_failed.is_some() {
            return 0;
        }
        self.stores.overlay_bytes().saturating_sub(self.batch.len() + self.enough_to_merge())
    }

    /// How much there is and where.
    pub fn stats(&mut self) -> EnvironmentStats {
        self.catch_up();
        EnvironmentStats {
            entries: self.stores.listed().map(|store| store.approximate_len()).sum(),
            map_bytes: self.shared.used_bytes(),
            log_bytes: self.shared.log_bytes(),
            overlay_bytes: self.stores.overlay_bytes() + self.stores.frozen_bytes(),
            pending_bytes: self.shared.pending_bytes() + self.batch.len(),
        }
    }
}
