//! The durable engine: an overlay in memory, a log that makes it durable, and LMDB beneath, which the overlay is merged
//! into.
//!
//! | file | what it holds |
//! |---|---|
//! | `environment`, `store`, `stores` | the owner's side: what is read and written, batches, freezing |
//! | `overlay`, `below`, `scan` | the layers of a store: what was written since the last merge, what lies below, all at once |
//! | `record`, `log` | batches, and the files that they go to; `disk` beside this folder is what those need of a file system |
//! | `committer`, `merge`, `merger`, `shared` | the log thread, the merge thread, and what the three know of each other |
//! | `catalog`, `checksum`, `map` | what LMDB holds beside the stores, what guards a value there, and the door to LMDB |
//! | `open`, `close`, `directory`, `registry`, `options` | opening and closing |
//! | `reader` | reading beside a writer |
//! | `windowed` | windows and sessions: two stores of an environment |
//! | `upkeep`, `copy`, `compact`, `verify` | long work |
//! | `checkpoint`, `changed`, `restore` | checkpoints, what changed between two, and putting one in the place of all |
//! | `mmap`, `rows` | one store of an environment of its own, as a `StateStore` |

mod below;
mod catalog;
mod changed;
mod checkpoint;
mod checksum;
mod close;
mod committer;
mod compact;
mod copy;
mod directory;
mod environment;
mod log;
mod map;
mod merge;
mod merger;
mod mmap;
mod open;
mod options;
mod overlay;
mod planted;
mod reader;
mod record;
mod registry;
mod restore;
mod rows;
mod scan;
mod shared;
mod store;
mod stores;
#[cfg(test)]
mod tests;
mod upkeep;
mod verify;
mod windowed;

pub use catalog::Part;
pub use checkpoint::Checkpoints;
pub use close::Closing;
pub use committer::Durability;
pub use environment::{Environment, EnvironmentStats, Progress};
#[cfg(fuzzing)]
pub use log::fuzzing as fuzzed_log;
pub use mmap::MmapStateStore;
pub use options::EnvironmentOptions;
pub use reader::Reader;
pub use shared::Notify;
pub use store::{Scan as EnvironmentScan, StoreSnapshot};
pub use stores::StoreId;
pub use verify::Problem;
pub use windowed::{EnvironmentTables, ReaderTables, StoreSnapshotTables};
