//! Taking back what was written, over all stores.

use super::Environment;
use super::write::LookedUp;
use crate::error::Result;
use crate::lmdb::overlay::Mark;

/// A moment of all stores.
pub(super) struct Savepoint {
    pub marks: Vec<Mark>,
    batch: usize,
    /// How many stores there were.
    stores: usize,
}

impl Environment {
    /// Marks this moment, so that [`roll_back`](Environment::roll_back) can return to it. Marks nest.
    pub fn savepoint(&mut self) {
        let marks = self.stores.iter_mut().map(|store| store.active.savepoint()).collect();
        self.savepoints.push(Savepoint { marks, batch: self.batch.len(), stores: self.stores.len() });
    }

    /// Ends the innermost mark and keeps what was written since.
    pub fn release(&mut self) {
        if self.savepoints.pop().is_some() {
            self.stores.iter_mut().for_each(|store| store.active.release());
        }
    }

    /// Ends the innermost mark and takes back what was written since; stores that were made since stay, empty. Where the
    /// system has no memory for it, the error leaves the environment half rolled back: it takes no more writes, and merges
    /// nothing of them.
    pub fn roll_back(&mut self) -> Result<()> {
        let rolled_back = self.try_roll_back();
        if rolled_back.is_err() {
            self.shared.poison();
        }
        rolled_back
    }

    fn try_roll_back(&mut self) -> Result<()> {
        let Some(savepoint) = self.savepoints.pop() else { return Ok(()) };
        let mut made = Vec::new();
        for name in self.stores.names().skip(savepoint.stores) {
            made.push((name.to_owned(), self.stores.definition(name)?.unwrap_or_default()));
        }
        // What was written since is never sealed, whatever comes of the rest.
        self.batch.truncate(savepoint.batch);
        for (store, mark) in self.stores.iter_mut().zip(&savepoint.marks) {
            store.active.roll_back_to(mark)?;
        }
        self.looked_up = LookedUp::default();
        for (name, definition) in made {
            if let Some(store) = self.stores.by_name(&name) {
                self.redefine(store, &definition)?;
            }
        }
        Ok(())
    }
}
