//! An embedded state engine for stream operators.
//!
//! - [`StateStore`]: what an engine is; [`StateStoreExt`]: what can be done with any of them.
//! - [`InMemoryStore`]: the sorted memory engine, a copy-on-write B+tree with O(1) [`Snapshot`]s.
//! - [`HashStore`]: the same with O(1) look-ups by key.
//! - `MmapStateStore`, and `Environment` beneath it: stores in a directory, with the feature `lmdb`.
//! - [`WindowedStore`]: windows and sessions, over the tables of any engine.
//! - [`DictionaryKeyEncoder`]: four bytes for each of a few long keys.
//! - [`Range`]: a stretch of keys. [`Number`], [`Change`]: numbers changed in place. [`Budget`]: a limit on memory.
//!
//! ```
//! use millpond::{InMemoryStore, Range};
//!
//! let mut store = InMemoryStore::new();
//! store.put(b"user:1", b"alice")?;
//! store.put(b"user:2", b"bob")?;
//! assert_eq!(store.get_ref(b"user:1"), Some(&b"alice"[..]));
//!
//! let before = store.snapshot();
//! store.delete(b"user:1")?;
//! assert_eq!(store.len(), 1);
//! assert_eq!(before.iter(&Range::prefix(b"user:"), false).count(), 2);
//!
//! store.restore(&before)?;
//! assert_eq!(store.len(), 2);
//! # Ok::<(), millpond::Error>(())
//! ```

// Some of the memory engine, and most of `disk`, is there for the durable engine alone.
#![cfg_attr(not(feature = "lmdb"), allow(dead_code, unused_imports))]

mod checkpoint;
mod dictionary;
mod disk;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod hash;
mod key;
#[cfg(feature = "lmdb")]
mod lmdb;
mod memory;
mod number;
mod packed;
mod range;
mod store;
#[cfg(feature = "rkyv")]
mod typed;
mod windowed;
mod work;

pub use checkpoint::{
    Checkpoint, CheckpointOptions, CheckpointStore, CheckpointSummary, CheckpointWriter, MemoryBase,
    MemoryCheckpointStore, TableKind, write_checkpoint,
};
pub use dictionary::DictionaryKeyEncoder;
pub use error::{Error, Result, StateError};
pub use hash::{AHashMapStore, HashStore};
pub use key::{Layout, Windowed};
#[cfg(feature = "lmdb")]
pub use lmdb::{
    Checkpoints, Closing, Durability, Environment, EnvironmentOptions, EnvironmentScan, EnvironmentStats,
    EnvironmentTables, MmapStateStore, Notify, Part, Problem, Progress, Reader, ReaderTables, StoreId, StoreSnapshot,
    StoreSnapshotTables,
};
pub use memory::{Budget, InMemoryStore, Iter, MemoryEngine, MemoryStore, Scan, Snapshot, StateSnapshot, Visit};
pub use number::{Change, FieldChange, Number};
pub use packed::{
    ChainEntries, Changes, IncrementWriter, PackedChain, PackedChange, PackedIncrement, PackedInfo, PackedIter,
    PackedSnapshot, PackedWriter, SnapshotId,
};
pub use range::Range;
pub use store::{StateStore, StateStoreExt};
#[cfg(feature = "rkyv")]
pub use typed::{FromTyped, ToTyped};
pub use windowed::{Depth, MemoryTables, SnapshotTables, Table, Tables, Times, Walk, WindowedStore, WriteTables};
pub use work::Work;

/// The longest key, in bytes: that of a window or a session included, with its times.
pub const MAX_KEY_LEN: usize = 1928;
/// The longest value, in bytes: 1 GiB.
pub const MAX_VALUE_LEN: usize = 1 << 30;

/// The examples of the README.
#[cfg(all(doctest, feature = "lmdb", feature = "rkyv"))]
#[doc = include_str!("../README.md")]
struct Readme;
