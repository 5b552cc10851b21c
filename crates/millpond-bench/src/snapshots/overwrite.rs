//! What writes cost while a snapshot lives: the pages that it sees are copied when they are first written.

use super::store_of;
use crate::driver::Outcome;
use crate::drivers::Sorted;
use crate::figures::Figures;
use crate::keys::{Key, VALUE, present};
use serde_json::{Map, Value};

/// Passes of each kind, taking turns.
const TURNS: usize = 3;

/// Nanoseconds an overwrite over a pass through all keys in random order: under no snapshot, under one that is taken before
/// the pass and lives as long, and under the newest of those that are taken every so often.
pub fn measure(keys: usize) -> Outcome<Value> {
    let mut store = store_of(&present(keys, 1))?;
    let order = present(keys, 2);
    pass(&mut store, &order)?;
    let mut kinds = [
        ("overwrite", None, Figures::default()),
        ("overwrite, one snapshot a pass", Some(keys), Figures::default()),
        ("overwrite, 10 snapshots a pass", Some(keys / 10), Figures::default()),
        ("overwrite, 100 snapshots a pass", Some(keys / 100), Figures::default()),
    ];
    for _ in 0..TURNS {
        for (_, every, figures) in &mut kinds {
            match every {
                None => figures.time(keys, || pass(&mut store, &order))?,
                Some(every) => figures.time(keys, || under_snapshots(&mut store, &order, *every))?,
            }
        }
    }
    Ok(Value::Object(
        kinds.iter().map(|(name, _, figures)| (name.to_string(), figures.median().into())).collect::<Map<_, _>>(),
    ))
}

fn pass(store: &mut Sorted, keys: &[Key]) -> Outcome<()> {
    Ok(keys.iter().try_for_each(|key| store.put(key, VALUE))?)
}

/// A snapshot is taken before each `every` writes, and replaces the one before.
fn under_snapshots(store: &mut Sorted, keys: &[Key], every: usize) -> Outcome<()> {
    let mut live = None;
    for keys in keys.chunks(every) {
        live = Some(store.snapshot());
        pass(store, keys)?;
    }
    drop(live);
    Ok(())
}
