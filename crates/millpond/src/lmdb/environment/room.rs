//! Whether there is room for what is to be written: in the batch, on the disk, and in the map.

use super::Environment;
use crate::error::{Error, Result};
use crate::lmdb::shared::{Command, Outcome};

/// A put is let in without a look for so many bytes at most.
const ROOM_STEP: usize = 64 << 20;
/// What an entry takes in LMDB beside key and value, about.
const ENTRY_OVERHEAD: usize = 16;

impl Environment {
    /// Whether there is room for so many bytes of the batch, and of data.
    #[inline(always)]
    pub(super) fn admit(&mut self, bytes: usize) -> Result<()> {
        self.catch_up();
        if bytes > self.room {
            self.look_for_room(bytes)?;
        }
        self.room -= bytes;
        Ok(())
    }

    #[cold]
    pub(super) fn look_for_room(&mut self, bytes: usize) -> Result<()> {
        let in_batch = self.admit_to_batch(bytes)?;
        if self.shared.is_full() {
            // The next try may find room: the log is told to make one.
            self.shared.send(Command::Retry);
            return Err(self.full());
        }
        let unmerged = self.stores.unmerged_estimate();
        let used = self.shared.used_bytes() as usize + unmerged;
        let left = self.limits.map_size.saturating_sub(used);
        if bytes + ENTRY_OVERHEAD > left {
            // What was overwritten counts twice until it is merged.
            self.room = 0;
            if self.may_freeze() {
                self.freeze();
            } else {
                self.look_at = 0;
            }
            return Err(Error::MapFull);
        }
        // An entry takes more in LMDB than in the batch, and what is left is looked at again long before its end.
        self.room = in_batch.min((left / 8).max(bytes)).min(ROOM_STEP.max(bytes));
        Ok(())
    }

    /// The same for what makes room in the end.
    pub(super) fn admit_removal(&mut self, bytes: usize) -> Result<()> {
        self.catch_up();
        if bytes > self.room {
            self.admit_to_batch(bytes)?;
        }
        self.room = self.room.saturating_sub(bytes);
        Ok(())
    }

    fn admit_to_batch(&self, bytes: usize) -> Result<usize> {
        if self.shared.is_poisoned() {
            return Err(Error::Poisoned);
        }
        // And until what was restored is seen: what was written before is in no store any more, nor is what would be written now.
        if self.shared.is_restoring() || self.shared.current().restored != self.restored {
            return Err(Error::Busy { what: "a checkpoint is being restored".into() });
        }
        let left = self.limits.max_batch_bytes.saturating_sub(self.batch.len());
        if bytes > left {
            return Err(Error::TransactionTooLarge { limit: self.limits.max_batch_bytes });
        }
        Ok(left)
    }

    fn full(&self) -> Error {
        let Outcome { failed, merge_failed, .. } = self.shared.outcome();
        let known = failed.map(|(_, error)| error).or(merge_failed);
        // It may have been cleared in this moment.
        known.unwrap_or_else(|| Error::io("write the log", &std::io::ErrorKind::StorageFull.into()))
    }
}
