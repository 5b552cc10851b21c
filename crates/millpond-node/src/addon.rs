//! What one JavaScript thread has open.

use crate::buffer::SharedBuffer;
use crate::feed::Feed;
use crate::jobs::Job;
use crate::marks::Marks;
use crate::notify::News;
use crate::slots::Slots;
use crate::status::Status;
use crate::store::{OpenScan, Shared, Store};
use crate::windowed::{AnyTables, Timeline};
use millpond::{Budget, MemoryBase, Reader, StoreId, WindowedStore};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
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
    /// Has JavaScript told of news from other threads.
    pub news: Option<Arc<News>>,
    /// What other threads do.
    pub jobs: Slots<Arc<Job>>,
    /// What this thread hands over to some of them.
    pub feeds: HashMap<u64, Feed>,
    /// The store that a hot function is at work on, to be given up if it panics.
    pub at_work: Option<u64>,
    /// By the handle of a store whose values are structs: the value that a key has of which fields are changed first.
    pub blanks: HashMap<u64, Rc<[u8]>>,
    /// Native bytes that the garbage collector was told of.
    pub reported_bytes: i64,
    /// Native bytes of all stores, as of each one's last write.
    pub native_bytes: i64,
}

/// A provider: its stores are written in transactions together.
pub struct Provider {
    pub kind: Kind,
    /// Its native bytes as counted in `Addon::native_bytes`, beside its stores'.
    pub counted: i64,
    pub stores: Vec<u64>,
    /// Open views of them.
    pub snapshots: HashSet<u64>,
    /// Of a directory.
    pub timelines: Timelines,
    /// In memory: the checkpoint that increments go on from, and the one that they will when it is kept.
    pub base: Option<Arc<MemoryBase>>,
    pub proposed: Option<Arc<MemoryBase>>,
}

impl Provider {
    pub fn new(kind: Kind) -> Provider {
        Provider {
            kind,
            counted: 0,
            stores: Vec::new(),
            snapshots: HashSet::new(),
            timelines: Timelines::default(),
            base: None,
            proposed: None,
        }
    }
}

/// What the windowed stores of a directory know of their rows, whoever uses them.
#[derive(Default)]
pub struct Timelines(HashMap<StoreId, Timeline>);

impl Timelines {
    /// That of a store, made by `store` if it is not known.
    pub fn of(&mut self, rows: StoreId, store: impl FnOnce() -> WindowedStore) -> Timeline {
        self.0.entry(rows).or_insert_with(|| Rc::new(RefCell::new(store()))).clone()
    }

    /// The rows may be others than they were.
    pub fn forget(&mut self) {
        self.0.values().for_each(|timeline| timeline.borrow_mut().forget());
    }
}

/// Where a provider keeps what its stores hold.
pub enum Kind {
    Memory {
        /// The limit that the stores share.
        budget: Option<Arc<Budget>>,
        /// The savepoints that are open, the innermost last: each store with its own mark.
        savepoints: Vec<Vec<(u64, Marks)>>,
    },
    Durable(Shared),
    /// A directory that is only read.
    Reader(Rc<RefCell<Reader>>),
}

impl Addon {
    pub fn new() -> Addon {
        Addon {
            providers: Slots::new(),
            stores: Slots::new(),
            scans: Slots::new(),
            buffers: Slots::new(),
            news: None,
            jobs: Slots::new(),
            feeds: HashMap::new(),
            at_work: None,
            blanks: HashMap::new(),
            reported_bytes: 0,
            native_bytes: 0,
        }
    }

    /// A store or a view.
    #[inline(always)]
    pub fn store(&mut self, handle: u64) -> Result<&mut Store, Status> {
        self.at_work = Some(handle);
        self.stores.get(handle).ok_or(Status::Closed)
    }

    /// The blank value of a store, if it has one.
    #[inline(always)]
    pub fn blank(&self, store: u64) -> Option<Rc<[u8]>> {
        self.blanks.get(&store).cloned()
    }

    /// Where a provider keeps what its stores hold.
    pub fn kind(&self, provider: u64) -> Result<&Kind, Status> {
        self.providers.peek(provider).map(|provider| &provider.kind).ok_or(Status::Closed)
    }

    /// A shared buffer by its number.
    #[inline(always)]
    pub fn buffer(&self, number: u64) -> Result<SharedBuffer, Status> {
        self.buffers.peek(number).copied().ok_or(Status::InvalidArgument)
    }

    /// Takes note of what a store's memory is now.
    #[inline(always)]
    pub fn count_bytes(&mut self, handle: u64) {
        let (bytes, counted) = match self.stores.get(handle) {
            Some(Store::Memory { store, counted }) => (store.memory_bytes(), counted),
            Some(Store::Hash { store, counted }) => (store.memory_bytes(), counted),
            Some(Store::Windowed(windowed)) => match &mut windowed.tables {
                AnyTables::Memory { rows, index, counted } => (rows.memory_bytes() + index.memory_bytes(), counted),
                _ => return,
            },
            _ => return,
        };
        self.native_bytes += bytes as i64 - *counted;
        *counted = bytes as i64;
    }

    /// Takes note of what a provider's own memory is now.
    pub fn count_provider(&mut self, provider: u64, bytes: usize) {
        if let Some(provider) = self.providers.get(provider) {
            self.native_bytes += bytes as i64 - provider.counted;
            provider.counted = bytes as i64;
        }
    }

    /// Closes a provider with its stores, snapshots and scans.
    pub fn close_provider(&mut self, provider: u64) -> Option<Kind> {
        let provider = self.providers.remove(provider)?;
        self.native_bytes -= provider.counted;
        let handles: HashSet<u64> = provider.stores.into_iter().chain(provider.snapshots).collect();
        self.scans.remove_where(|open| handles.contains(&open.store));
        handles.into_iter().for_each(|handle| self.close_store(handle));
        Some(provider.kind)
    }

    /// Closes a store or a snapshot; its memory goes, or stays with the views that are left.
    pub fn close_store(&mut self, handle: u64) {
        self.blanks.remove(&handle);
        self.native_bytes -= match self.stores.remove(handle) {
            Some(Store::Memory { counted, .. } | Store::Hash { counted, .. }) => counted,
            Some(Store::Windowed(windowed)) => match windowed.tables {
                AnyTables::Memory { counted, .. } => counted,
                _ => 0,
            },
            _ => 0,
        };
    }

    /// Gives up the store that a panic came out of. It is leaked: nothing of it can be trusted, its drop included.
    pub fn give_up(&mut self) {
        let Some(store) = self.at_work.take().and_then(|handle| self.stores.get(handle)) else { return };
        let broken = std::mem::replace(store, Store::Broken);
        if let Some(environment) = broken.environment() {
            // All its stores are in one piece of memory: none of them can be trusted.
            let environment = environment.clone();
            self.stores.for_each(|store| {
                if store.environment().is_some_and(|other| Rc::ptr_eq(&environment, other)) {
                    std::mem::forget(std::mem::replace(store, Store::Broken));
                }
            });
            std::mem::forget(environment);
        }
        std::mem::forget(broken);
    }
}
