//! What one JavaScript thread has open.

use crate::buffer::SharedBuffer;
use crate::slots::Slots;
use crate::status::Status;
use millpond::{Budget, InMemoryStore, Scan, Snapshot};
use std::collections::HashSet;
use std::sync::Arc;

/// The longest key that JavaScript may use, in bytes as encoded. The engine's own limit leaves room for the times of
/// windows and sessions.
pub const KEY_LIMIT: usize = 1900;

/// The state of the addon in one thread: main or worker.
pub struct Addon {
    pub providers: Slots<Provider>,
    pub stores: Slots<Store>,
    pub scans: Slots<OpenScan>,
    /// The first is the one that all point operations share, the others are lent to iterators.
    pub buffers: Slots<SharedBuffer>,
    /// The store that a hot function is at work on, to be given up if it panics.
    pub at_work: Option<u64>,
    /// Native bytes that the garbage collector was told of.
    pub reported_bytes: i64,
    /// Native bytes of all stores, as of each one's last write.
    pub native_bytes: i64,
}

/// A provider: its stores share a limit and are written in transactions together.
pub struct Provider {
    pub budget: Option<Arc<Budget>>,
    pub stores: Vec<u64>,
    /// Open views of them.
    pub snapshots: HashSet<u64>,
    /// The savepoints that are open, the innermost last: each store with its own mark.
    pub savepoints: Vec<Vec<(u64, usize)>>,
}

/// A scan that has more rows, and the store or view that it reads.
pub struct OpenScan {
    pub scan: Scan,
    pub store: u64,
}

/// A store or a view of one.
pub enum Store {
    Live {
        store: Box<InMemoryStore>,
        /// Its native bytes as counted in `Addon::native_bytes`.
        counted: i64,
    },
    Snapshot(Snapshot),
    /// A panic came out of it: it is not touched again.
    Broken,
}

impl Addon {
    pub fn new() -> Addon {
        Addon {
            providers: Slots::new(),
            stores: Slots::new(),
            scans: Slots::new(),
            buffers: Slots::new(),
            at_work: None,
            reported_bytes: 0,
            native_bytes: 0,
        }
    }

    /// The live store of a handle, to be written.
    #[inline(always)]
    pub fn writable(&mut self, handle: u64) -> Result<&mut InMemoryStore, Status> {
        self.at_work = Some(handle);
        match self.stores.get(handle) {
            Some(Store::Live { store, .. }) => Ok(store),
            Some(Store::Snapshot(_)) => Err(Status::ReadOnly),
            Some(Store::Broken) => Err(Status::Panic),
            None => Err(Status::Closed),
        }
    }

    /// A store or a view, to be read.
    #[inline(always)]
    pub fn readable(&mut self, handle: u64) -> Result<&mut Store, Status> {
        self.at_work = Some(handle);
        match self.stores.get(handle) {
            Some(Store::Broken) => Err(Status::Panic),
            Some(store) => Ok(store),
            None => Err(Status::Closed),
        }
    }

    /// A shared buffer by its number.
    #[inline(always)]
    pub fn buffer(&self, number: u64) -> Result<SharedBuffer, Status> {
        self.buffers.peek(number).copied().ok_or(Status::InvalidArgument)
    }

    /// Takes note of what a store's memory is now.
    #[inline(always)]
    pub fn count_bytes(&mut self, handle: u64) {
        if let Some(Store::Live { store, counted }) = self.stores.get(handle) {
            let bytes = store.memory_bytes() as i64;
            self.native_bytes += bytes - *counted;
            *counted = bytes;
        }
    }

    /// Closes a store or a snapshot; its memory goes, or stays with the views that are left.
    pub fn close_store(&mut self, handle: u64) {
        if let Some(Store::Live { counted, .. }) = self.stores.remove(handle) {
            self.native_bytes -= counted;
        }
    }

    /// Gives up the store that a panic came out of. It is leaked: nothing of it can be trusted, its drop included.
    pub fn give_up(&mut self) {
        if let Some(store) = self.at_work.take().and_then(|handle| self.stores.get(handle)) {
            std::mem::forget(std::mem::replace(store, Store::Broken));
        }
    }
}

impl Store {
    #[inline(always)]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        match self {
            Store::Live { store, .. } => store.get_ref(key),
            Store::Snapshot(snapshot) => snapshot.get_ref(key),
            Store::Broken => None,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Store::Live { store, .. } => store.len(),
            Store::Snapshot(snapshot) => snapshot.len(),
            Store::Broken => 0,
        }
    }
}
