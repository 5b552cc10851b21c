//! How an environment is opened.

use super::committer::Durability;
use super::shared::Notify;
use std::path::PathBuf;

/// As many stores an environment has room for.
pub(super) const DEFAULT_STORES: usize = 256;

/// How an environment is opened; see [`Environment::open`](crate::Environment::open).
pub struct EnvironmentOptions {
    /// The directory: made if it is missing.
    pub dir: PathBuf,
    /// The limit of the data in bytes. It takes address space, not disk; 1 TiB by default, less where so much can't be had.
    pub map_size: usize,
    /// The most stores; 256 by default.
    pub max_stores: usize,
    /// The mode of the files that are made: by default the owner's alone.
    pub mode: u32,
    /// When a batch is acknowledged.
    pub durability: Durability,
    /// The most bytes of one batch, as the log has them; 2 GiB by default.
    pub max_batch_bytes: usize,
    /// The memory that an overlay takes before it is merged, where the data is not eight times as large; 64 MiB by
    /// default.
    pub merge_bytes: usize,
    /// The memory that an overlay grows to at most with the data; 512 MiB by default.
    pub most_merge_bytes: usize,
    /// Called, on any thread, when there is news: see [`Environment::progress`](crate::Environment::progress).
    pub notify: Notify,
}

impl EnvironmentOptions {
    /// The defaults, for a directory.
    pub fn new(dir: impl Into<PathBuf>) -> EnvironmentOptions {
        EnvironmentOptions {
            dir: dir.into(),
            map_size: 1 << 40,
            max_stores: DEFAULT_STORES,
            mode: 0o600,
            durability: Durability::default(),
            max_batch_bytes: 2 << 30,
            merge_bytes: 64 << 20,
            most_merge_bytes: 512 << 20,
            notify: Box::new(|| {}),
        }
    }
}
