//! From a file, in the page cache, to the first get: in nanoseconds.

use super::packing::write_tree;
use super::{store_of, tree_of};
use crate::driver::Outcome;
use crate::drivers::{Sorted, Tree};
use crate::figures::Figures;
use crate::keys::present;
use millpond::{PackedInfo, PackedSnapshot};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

const OPENS: usize = 101;
const LOADS: usize = 3;

/// By mapping the file, and by reading it into a store.
pub fn ours(keys: usize, dir: &Path) -> Outcome<Value> {
    let path = dir.join("packed");
    let order = present(keys, 1);
    store_of(&order)?.snapshot().pack(File::create(&path)?, PackedInfo::default())?;
    let (mut map, mut load) = (Figures::default(), Figures::default());
    for wanted in order.iter().take(OPENS) {
        map.time(1, || -> Outcome<()> { found(PackedSnapshot::open(&path)?.get(wanted)?) })?;
    }
    for _ in 0..LOADS {
        let mut store = Sorted::new();
        load.time(1, || -> Outcome<()> {
            store.unpack(&PackedSnapshot::open(&path)?)?;
            found(store.get_ref(&order[0]))
        })?;
    }
    std::fs::remove_file(&path)?;
    Ok(json!({
        "first get of the file": map.median(),
        "first get of the file, most": map.percentile(1.0),
        "first get of a store": load.median(),
    }))
}

/// By reading what `write_tree` wrote.
pub fn theirs(keys: usize, dir: &Path) -> Outcome<Value> {
    let path = dir.join("tree");
    let order = present(keys, 1);
    write_tree(&tree_of(&order), File::create(&path)?)?;
    let mut load = Figures::default();
    for _ in 0..LOADS {
        let mut tree = Tree::new();
        load.time(1, || -> Outcome<()> {
            tree = read_tree(&std::fs::read(&path)?)?;
            found(tree.get(&order[0][..]).map(Vec::as_slice))
        })?;
    }
    std::fs::remove_file(&path)?;
    Ok(json!({ "first get of a store": load.median() }))
}

fn found(value: Option<&[u8]>) -> Outcome<()> {
    value.map(|_| ()).ok_or_else(|| "a key is missing".into())
}

fn read_tree(mut bytes: &[u8]) -> Outcome<Tree> {
    let mut part = || -> Option<Vec<u8>> {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        bytes = rest;
        Some(part.to_vec())
    };
    Ok(std::iter::from_fn(|| Some((part()?, part()?))).collect())
}
