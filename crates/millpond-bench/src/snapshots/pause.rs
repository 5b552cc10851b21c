//! How long the writer stands still for a snapshot.

use super::{store_of, tree_of};
use crate::driver::Outcome;
use crate::figures::Figures;
use crate::keys::{VALUE, present};
use serde_json::{Value, json};
use std::hint::black_box;

const SNAPSHOTS: usize = 5_000;
/// Writes between one and the next, so that none is of what the one before was of.
const WRITES: usize = 200;
const CLONES: usize = 3;

/// Nanoseconds of many snapshots; each lives until the next is there, as one that is written to a file does.
pub fn ours(keys: usize) -> Outcome<Value> {
    let mut store = store_of(&present(keys, 1))?;
    let other = present(keys, 2);
    let mut writes = other.iter().cycle();
    let mut figures = Figures::default();
    let mut live = None;
    for _ in 0..SNAPSHOTS {
        writes.by_ref().take(WRITES).try_for_each(|key| store.put(key, VALUE))?;
        let next = figures.time(1, || store.snapshot());
        live = Some(next);
    }
    drop(live);
    Ok(json!({
        "pause": figures.median(),
        "pause, 99 % below": figures.percentile(0.99),
        "pause, most": figures.percentile(1.0),
    }))
}

/// Nanoseconds of a clone.
pub fn theirs(keys: usize) -> Outcome<Value> {
    let tree = tree_of(&present(keys, 1));
    let mut figures = Figures::default();
    for _ in 0..CLONES {
        let clone = figures.time(1, || tree.clone());
        black_box(clone.len());
    }
    Ok(json!({ "pause": figures.median() }))
}
