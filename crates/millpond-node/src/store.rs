//! What a store's handle leads to, and what can be done with each kind: one line of the core for each.

use crate::rows::Fill;
use crate::status::Status;
use crate::windowed::{AnyTables, Windowed, WindowedScan};
use millpond::{
    Environment, EnvironmentScan, FieldChange, HashStore, InMemoryStore, Number, Range, Reader, Scan, Snapshot,
    StoreId, StoreSnapshot, Visit,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// An environment that all its stores in this thread share. No JavaScript runs while it is borrowed.
pub type Shared = Rc<RefCell<Environment>>;

/// A store or a view of one.
pub enum Store {
    Memory {
        store: Box<InMemoryStore>,
        /// Its native bytes as counted in `Addon::native_bytes`.
        counted: i64,
    },
    /// The same, with a table beside the tree.
    Hash {
        store: Box<HashStore>,
        counted: i64,
    },
    Durable {
        environment: Shared,
        id: StoreId,
    },
    /// Of a directory that is only read.
    Reading {
        reader: Rc<RefCell<Reader>>,
        id: StoreId,
    },
    Snapshot(Snapshot),
    DurableSnapshot(Box<StoreSnapshot>),
    /// Windows or sessions, or a view of them.
    Windowed(Box<Windowed>),
    /// A panic came out of it: it is not touched again.
    Broken,
}

/// A scan that has more rows, and the store or view that it reads.
pub struct OpenScan {
    pub scan: Rows,
    pub store: u64,
    /// Whether it has given all rows, and is there for a value of the last one.
    pub is_done: bool,
}

/// The rows that a scan has yet to give.
pub enum Rows {
    Memory(Box<Scan>),
    Durable(Box<EnvironmentScan>),
    Windowed(Box<WindowedScan>),
}

impl Rows {
    /// Takes the next rows; returns whether there may be more.
    pub fn resume(&mut self, fill: &mut Fill) -> Result<bool, Status> {
        match self {
            Rows::Memory(scan) => Ok(scan.resume(|key, value| fill.take(key, value))),
            Rows::Durable(scan) => Ok(scan.resume(|key, value| fill.take(key, value))?),
            Rows::Windowed(scan) => scan.resume(fill),
        }
    }

    /// Hands a value of the view that it reads to `with`.
    pub fn read<T>(&self, key: &[u8], with: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Status> {
        match self {
            Rows::Memory(scan) => Ok(scan.snapshot().get_ref(key).map(with)),
            Rows::Durable(scan) => Ok(scan.snapshot().get(key)?.map(with)),
            Rows::Windowed(_) => Err(Status::InvalidArgument),
        }
    }
}

impl Store {
    /// Hands the value of `key` to `with`.
    #[inline(always)]
    pub fn read<T>(&mut self, key: &[u8], with: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.get_ref(key).map(with)),
            Store::Hash { store, .. } => Ok(store.get_ref(key).map(with)),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().get(*id, key)?.map(with)),
            Store::Reading { reader, id } => Ok(reader.borrow().get(*id, key)?.map(with)),
            Store::Snapshot(snapshot) => Ok(snapshot.get_ref(key).map(with)),
            Store::DurableSnapshot(snapshot) => Ok(snapshot.get(key)?.map(with)),
            Store::Windowed(_) => Err(Status::InvalidArgument),
            Store::Broken => Err(Status::Panic),
        }
    }

    /// Hands the values of keys to `take`, in their order.
    pub fn read_many<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k [u8]>,
        mut take: impl FnMut(Option<&[u8]>),
    ) -> Result<(), Status> {
        match self {
            Store::Memory { store, .. } => store.get_many(keys, take),
            Store::Hash { store, .. } => store.get_many(keys, take),
            Store::Durable { environment, id } => environment.borrow_mut().get_many(*id, keys, take)?,
            other => {
                for key in keys {
                    if other.read(key, |value| take(Some(value)))?.is_none() {
                        take(None);
                    }
                }
            }
        }
        Ok(())
    }

    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.put(key, value)?),
            Store::Hash { store, .. } => Ok(store.put(key, value)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().put(*id, key, value)?),
            _ => Err(self.refusal()),
        }
    }

    pub fn delete(&mut self, key: &[u8]) -> Result<(), Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.delete(key).map(drop)?),
            Store::Hash { store, .. } => Ok(store.delete(key).map(drop)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().delete(*id, key)?),
            _ => Err(self.refusal()),
        }
    }

    pub fn delete_range(&mut self, range: &Range) -> Result<usize, Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.delete_range(range)?),
            Store::Hash { store, .. } => Ok(store.delete_range(range)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().delete_range(*id, range)?),
            _ => Err(self.refusal()),
        }
    }

    pub fn add(&mut self, key: &[u8], number: Number) -> Result<Number, Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.add(key, number)?),
            Store::Hash { store, .. } => Ok(store.add(key, number)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().add(*id, key, number)?),
            _ => Err(self.refusal()),
        }
    }

    pub fn subtract(&mut self, key: &[u8], number: Number) -> Result<Number, Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.subtract(key, number)?),
            Store::Hash { store, .. } => Ok(store.subtract(key, number)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().subtract(*id, key, number)?),
            _ => Err(self.refusal()),
        }
    }

    pub fn update_fields(&mut self, key: &[u8], changes: &[FieldChange]) -> Result<bool, Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.update_fields(key, changes)?),
            Store::Hash { store, .. } => Ok(store.update_fields(key, changes)?),
            Store::Durable { environment, id } => Ok(environment.borrow_mut().update_fields(*id, key, changes)?),
            _ => Err(self.refusal()),
        }
    }

    /// Stores `blank` with these changes as the value of a key that is missing.
    pub fn insert_fields(&mut self, key: &[u8], changes: &[FieldChange], blank: &[u8]) -> Result<(), Status> {
        match self {
            Store::Memory { store, .. } => Ok(store.insert_fields(key, changes, blank)?),
            Store::Hash { store, .. } => Ok(store.insert_fields(key, changes, blank)?),
            Store::Durable { environment, id } => {
                Ok(environment.borrow_mut().insert_fields(*id, key, changes, blank)?)
            }
            _ => Err(self.refusal()),
        }
    }

    pub fn clear(&mut self) -> Result<(), Status> {
        match self {
            Store::Memory { store, .. } => {
                store.clear();
                Ok(())
            }
            Store::Hash { store, .. } => {
                store.clear();
                Ok(())
            }
            Store::Durable { environment, id } => Ok(environment.borrow_mut().clear(*id)?),
            Store::Windowed(windowed) => windowed.clear(),
            _ => Err(self.refusal()),
        }
    }

    /// Why it can't be written.
    fn refusal(&self) -> Status {
        if let Store::Broken = self { Status::Panic } else { Status::ReadOnly }
    }

    /// Takes the first rows of a range; returns what has more.
    pub fn scan(&mut self, range: Range, reverse: bool, fill: &mut Fill) -> Result<Option<Rows>, Status> {
        let take = |key: &[u8], value: &[u8]| fill.take(key, value);
        let memory = |scan: Option<Scan>| scan.map(|scan| Rows::Memory(Box::new(scan)));
        let durable = |scan: Option<EnvironmentScan>| scan.map(|scan| Rows::Durable(Box::new(scan)));
        Ok(match self {
            Store::Memory { store, .. } => memory(store.scan_some(range, reverse, take)),
            Store::Hash { store, .. } => memory(store.scan_some(range, reverse, take)),
            Store::Snapshot(snapshot) => memory(snapshot.scan_some(range, reverse, take)),
            Store::Durable { environment, id } => {
                durable(environment.borrow_mut().scan_some(*id, range, reverse, take)?)
            }
            Store::Reading { reader, id } => durable(reader.borrow_mut().scan_some(*id, range, reverse, take)?),
            Store::DurableSnapshot(snapshot) => durable(snapshot.scan_some(range, reverse, take)?),
            Store::Windowed(_) => return Err(Status::InvalidArgument),
            Store::Broken => return Err(Status::Panic),
        })
    }

    /// The number of entries of a range.
    pub fn count(&mut self, range: Range) -> Result<usize, Status> {
        if range == Range::all() {
            return self.len();
        }
        let mut count = 0;
        let visit = |_: &[u8], _: &[u8]| {
            count += 1;
            Visit::Next
        };
        match self {
            Store::Memory { store, .. } => drop(store.scan_some(range, false, visit)),
            Store::Hash { store, .. } => drop(store.scan_some(range, false, visit)),
            Store::Snapshot(snapshot) => drop(snapshot.scan_some(range, false, visit)),
            Store::Durable { environment, id } => drop(environment.borrow_mut().scan_some(*id, range, false, visit)?),
            Store::Reading { reader, id } => drop(reader.borrow_mut().scan_some(*id, range, false, visit)?),
            Store::DurableSnapshot(snapshot) => drop(snapshot.scan_some(range, false, visit)?),
            Store::Windowed(_) => return Err(Status::InvalidArgument),
            Store::Broken => return Err(Status::Panic),
        }
        Ok(count)
    }

    /// The number of entries, exact.
    pub fn len(&mut self) -> Result<usize, Status> {
        Ok(match self {
            Store::Memory { store, .. } => store.len(),
            Store::Hash { store, .. } => store.len(),
            Store::Durable { environment, id } => environment.borrow_mut().len(*id)?,
            Store::Reading { reader, id } => reader.borrow_mut().len(*id)?,
            Store::Snapshot(snapshot) => snapshot.len(),
            Store::DurableSnapshot(snapshot) => snapshot.len()?,
            Store::Windowed(windowed) => windowed.len()?,
            Store::Broken => return Err(Status::Panic),
        })
    }

    /// About the number of entries. O(1).
    pub fn approximate_len(&mut self) -> Result<usize, Status> {
        match self {
            Store::Durable { environment, id } => Ok(environment.borrow().approximate_len(*id)),
            Store::Windowed(windowed) => windowed.approximate_len(),
            other => other.len(),
        }
    }

    /// The sum of the lengths of all keys and values.
    pub fn size_bytes(&mut self) -> Result<usize, Status> {
        Ok(match self {
            Store::Memory { store, .. } => store.size_bytes(),
            Store::Hash { store, .. } => store.size_bytes(),
            Store::Durable { environment, id } => environment.borrow_mut().snapshot(*id).size_bytes()?,
            Store::Reading { reader, id } => reader.borrow_mut().snapshot(*id).size_bytes()?,
            Store::Snapshot(snapshot) => snapshot.size_bytes(),
            Store::DurableSnapshot(snapshot) => snapshot.size_bytes()?,
            Store::Windowed(windowed) => windowed.size_bytes()?,
            Store::Broken => return Err(Status::Panic),
        })
    }

    /// A view of this moment.
    pub fn snapshot(&mut self) -> Result<Store, Status> {
        Ok(match self {
            Store::Memory { store, .. } => Store::Snapshot(store.snapshot()),
            Store::Hash { store, .. } => Store::Snapshot(store.snapshot()),
            Store::Durable { environment, id } => {
                Store::DurableSnapshot(Box::new(environment.borrow_mut().snapshot(*id)))
            }
            Store::Reading { reader, id } => Store::DurableSnapshot(Box::new(reader.borrow_mut().snapshot(*id))),
            Store::Snapshot(snapshot) => Store::Snapshot(snapshot.clone()),
            Store::DurableSnapshot(snapshot) => Store::DurableSnapshot(snapshot.clone()),
            Store::Windowed(windowed) => Store::Windowed(Box::new(windowed.snapshot())),
            Store::Broken => return Err(Status::Panic),
        })
    }

    /// Replaces everything by what a snapshot holds.
    pub fn restore(&mut self, source: &Store) -> Result<(), Status> {
        match (self, source) {
            (Store::Memory { store, .. }, Store::Snapshot(snapshot)) => Ok(store.restore(snapshot)?),
            (Store::Hash { store, .. }, Store::Snapshot(snapshot)) => Ok(store.restore(snapshot)?),
            (Store::Windowed(windowed), Store::Windowed(source)) => windowed.restore(source),
            (Store::Durable { environment, id }, source) => {
                let environment = &mut environment.borrow_mut();
                environment.savepoint();
                let copied = environment.clear(*id).map_err(Status::from);
                let copied = copied.and_then(|()| source.each(|key, value| Ok(environment.put(*id, key, value)?)));
                match copied {
                    Ok(()) => environment.release(),
                    Err(_) => environment.roll_back()?,
                }
                copied
            }
            (Store::Memory { store, .. }, source) => {
                store.clear();
                source.each(|key, value| Ok(store.put(key, value)?))
            }
            (Store::Hash { store, .. }, source) => {
                store.clear();
                source.each(|key, value| Ok(store.put(key, value)?))
            }
            (store, _) => Err(store.refusal()),
        }
    }

    /// Hands the entries of a snapshot to `visit`, in order.
    fn each(&self, mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), Status>) -> Result<(), Status> {
        let mut outcome = Ok(());
        let mut take = |key: &[u8], value: &[u8]| {
            outcome = visit(key, value);
            if outcome.is_ok() { Visit::Next } else { Visit::Done }
        };
        match self {
            Store::Snapshot(snapshot) => drop(snapshot.scan_some(Range::all(), false, &mut take)),
            Store::DurableSnapshot(snapshot) => drop(snapshot.scan_some(Range::all(), false, &mut take)?),
            _ => return Err(Status::Closed),
        }
        outcome
    }

    /// The environment that it is in, if it is written there.
    pub fn environment(&self) -> Option<&Shared> {
        match self {
            Store::Durable { environment, .. } => Some(environment),
            Store::Windowed(windowed) => match &windowed.tables {
                AnyTables::Durable { environment, .. } => Some(environment),
                _ => None,
            },
            _ => None,
        }
    }

    /// When a snapshot was taken, in milliseconds since the epoch; 0 for a store.
    pub fn timestamp(&self) -> f64 {
        let milliseconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0.0, |age| age.as_millis() as f64);
        match self {
            Store::Snapshot(snapshot) => milliseconds(snapshot.timestamp()),
            Store::DurableSnapshot(snapshot) => milliseconds(snapshot.timestamp()),
            Store::Windowed(windowed) => match &windowed.tables {
                AnyTables::Snapshot(tables) => milliseconds(tables.rows.timestamp()),
                AnyTables::DurableSnapshot(tables) => milliseconds(tables.rows.timestamp()),
                _ => 0.0,
            },
            _ => 0.0,
        }
    }
}
