//! Windows and sessions: rows of a key and a time, over any engine.

mod expire;
mod memory;
mod meta;
mod row_keys;
mod sessions;
mod store;
mod tables;
mod walk;

pub use memory::{MemoryTables, SnapshotTables};
pub use store::WindowedStore;
pub use tables::{Depth, Table, Tables, WriteTables};
pub use walk::{Times, Walk};
