//! What all engines in memory are asked alike, one or two to a store: marks for transactions, and what they take.

use crate::status::Status;
use crate::store::Store;
use crate::windowed::AnyTables;
use millpond::{MemoryEngine, MemoryStore};

/// Marks of one moment in the engines of a store.
pub type Marks = [usize; 2];

/// An engine in memory, whichever it is.
pub trait InMemory {
    /// Marks this moment.
    fn savepoint(&mut self) -> usize;
    /// Ends the innermost mark and keeps what was written since.
    fn release(&mut self);
    /// Ends the innermost mark and returns to it.
    fn roll_back_to(&mut self, mark: usize) -> millpond::Result<()>;
    /// Takes note of the snapshots that were dropped, and returns the bytes of memory in use.
    fn settled_bytes(&mut self) -> usize;
}

impl<E: MemoryEngine> InMemory for MemoryStore<E> {
    fn savepoint(&mut self) -> usize {
        self.savepoint()
    }

    fn release(&mut self) {
        self.release();
    }

    fn roll_back_to(&mut self, mark: usize) -> millpond::Result<()> {
        self.roll_back_to(mark)
    }

    fn settled_bytes(&mut self) -> usize {
        self.live_snapshots();
        self.memory_bytes()
    }
}

impl Store {
    /// Its engines in memory, each of which has savepoints and native memory of its own.
    pub fn in_memory(&mut self) -> impl Iterator<Item = &mut dyn InMemory> {
        let engines: [Option<&mut dyn InMemory>; 2] = match self {
            Store::Memory { store, .. } => [Some(&mut **store), None],
            Store::Hash { store, .. } => [Some(&mut **store), None],
            Store::Windowed(windowed) => match &mut windowed.tables {
                AnyTables::Memory { rows, index, .. } => [Some(&mut **rows), Some(&mut **index)],
                _ => [None, None],
            },
            _ => [None, None],
        };
        engines.into_iter().flatten()
    }

    /// Marks this moment in its engines in memory.
    pub fn savepoint(&mut self) -> Marks {
        let mut marks = [0; 2];
        self.in_memory().zip(&mut marks).for_each(|(engine, mark)| *mark = engine.savepoint());
        marks
    }

    /// Ends the innermost mark and keeps what was written since.
    pub fn release(&mut self) -> Result<(), Status> {
        self.in_memory().for_each(|engine| engine.release());
        Ok(())
    }

    /// Returns to a mark.
    pub fn roll_back_to(&mut self, marks: Marks) -> Result<(), Status> {
        for (engine, mark) in self.in_memory().zip(marks) {
            engine.roll_back_to(mark)?;
        }
        if let Store::Windowed(windowed) = self {
            windowed.timeline.borrow_mut().forget();
        }
        Ok(())
    }
}
