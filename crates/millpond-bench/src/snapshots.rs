//! The snapshots of the sorted engine, beside `BTreeMap` where that can do the same: by cloning it.

mod overwrite;
mod packing;
mod pause;
mod restore;

use crate::driver::Outcome;
use crate::drivers::{Sorted, Tree};
use crate::keys::{Key, VALUE};
use serde_json::Value;
use std::path::Path;

/// Measures one part of what a snapshot costs, of a store of so many keys. `dir` is where files are written.
pub fn measure(part: &str, keys: usize, dir: &Path) -> Outcome<Value> {
    std::fs::create_dir_all(dir)?;
    match part {
        "pause" => pause::ours(keys),
        "pause BTreeMap" => pause::theirs(keys),
        "overwrite" => overwrite::measure(keys),
        "pack" => packing::ours(keys, dir),
        "pack BTreeMap" => packing::theirs(keys, dir),
        "restore" => restore::ours(keys, dir),
        "restore BTreeMap" => restore::theirs(keys, dir),
        _ => Err(format!("no part of the name {part}").into()),
    }
}

fn store_of(keys: &[Key]) -> Outcome<Sorted> {
    let mut store = Sorted::new();
    keys.iter().try_for_each(|key| store.put(key, VALUE))?;
    Ok(store)
}

fn tree_of(keys: &[Key]) -> Tree {
    keys.iter().map(|key| (key.to_vec(), VALUE.to_vec())).collect()
}
