//! An embedded state engine for stream operators.
//!
//! - [`StateStore`]: what an engine is; [`StateStoreExt`]: what can be done with any of them.
//! - [`InMemoryStore`]: the sorted memory engine, a copy-on-write B+tree with O(1) [`Snapshot`]s.
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

mod dictionary;
mod error;
mod key;
mod lmdb;
mod memory;
mod number;
mod packed;
mod range;
mod store;
mod windowed;

pub use dictionary::DictionaryKeyEncoder;
pub use error::{Error, Result};
pub use key::{Layout, Windowed};
pub use lmdb::{
    Closing, Durability, Environment, EnvironmentOptions, EnvironmentScan, EnvironmentStats, EnvironmentTables, Notify,
    Part, Problem, Progress, Reader, ReaderTables, StoreId, StoreSnapshot, StoreSnapshotTables, Work,
};
pub use memory::{Budget, InMemoryStore, Iter, Scan, Snapshot, Visit};
pub use number::{Change, FieldChange, Number};
pub use packed::{PackedInfo, PackedIter, PackedSnapshot, PackedWriter};
pub use range::Range;
pub use store::{StateStore, StateStoreExt};
pub use windowed::{Depth, MemoryTables, SnapshotTables, Table, Tables, Times, Walk, WindowedStore, WriteTables};

/// The longest key, in bytes: that of a window or a session included, with its times.
pub const MAX_KEY_LEN: usize = 1928;
/// The longest value, in bytes: 1 GiB.
pub const MAX_VALUE_LEN: usize = 1 << 30;
