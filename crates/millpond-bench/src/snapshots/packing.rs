//! Writing a snapshot to a file, in the page cache: gigabytes of keys and values a second.

use super::{store_of, tree_of};
use crate::driver::Outcome;
use crate::drivers::{Sorted, Tree};
use crate::figures::Figures;
use crate::keys::{Key, VALUE, present};
use millpond::{PackedInfo, Snapshot};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// As many as the machine's moods take; medians of them are told.
const TURNS: usize = 5;
/// So much is written at a time where nothing but writing is measured: what packing writes at a time too.
const WRITE: usize = 256 << 10;

/// A snapshot packed on another thread while this one waits, while this one overwrites at random, and to nowhere; beside them
/// as many bytes written as they are.
pub fn ours(keys: usize, dir: &Path) -> Outcome<Value> {
    let mut store = store_of(&present(keys, 1))?;
    let order = present(keys, 2);
    let path = dir.join("packed");
    let [mut idle, mut busy, mut nowhere, mut plain] = <[Figures; 4]>::default();
    let mut overwrite = Figures::default();
    let mut packed_bytes = 0;
    for _ in 0..TURNS {
        let snapshot = store.snapshot();
        time_file(&mut idle, &path, |file| on_a_thread(|| pack(&snapshot, file)))?;
        packed_bytes = path.metadata()?.len() as usize;
        drop(snapshot);
        time_file(&mut plain, &path, |file| write_block(file, packed_bytes))?;
        let snapshot = store.snapshot();
        time_file(&mut busy, &path, |file| {
            while_writing(&mut store, &order, &mut overwrite, || pack(&snapshot, file))
        })?;
        let snapshot = store.snapshot();
        nowhere.time(1, || pack(&snapshot, std::io::sink()))?;
    }
    std::fs::remove_file(&path)?;
    let bytes = store.size_bytes();
    Ok(json!({
        "pack": rate(bytes, &idle),
        "pack, while the writer writes": rate(bytes, &busy),
        "pack, to nowhere": rate(bytes, &nowhere),
        "write, nothing else": rate(packed_bytes, &plain),
        "overwrite meanwhile": overwrite.median(),
        "bytes": bytes,
        "bytes of the file": packed_bytes,
    }))
}

/// A map that is cloned and written from another thread: keys and values behind their lengths.
pub fn theirs(keys: usize, dir: &Path) -> Outcome<Value> {
    let tree = tree_of(&present(keys, 1));
    let bytes: usize = tree.iter().map(|(key, value)| key.len() + value.len()).sum();
    let path = dir.join("tree");
    let [mut both, mut serialise] = <[Figures; 2]>::default();
    for _ in 0..TURNS {
        let mut copy = Tree::new();
        time_file(&mut both, &path, |file| {
            copy = tree.clone();
            on_a_thread(|| write_tree(&copy, file))
        })?;
        time_file(&mut serialise, &path, |file| on_a_thread(|| write_tree(&copy, file)))?;
    }
    std::fs::remove_file(&path)?;
    Ok(json!({ "pack": rate(bytes, &both), "pack, the clone not counted": rate(bytes, &serialise) }))
}

/// Times what is written to a new file, whose last one is gone before.
fn time_file(figures: &mut Figures, path: &Path, write: impl FnOnce(File) -> Outcome<()>) -> Outcome<()> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let file = File::create(path)?;
    figures.time(1, || write(file))
}

type Written = Result<(), String>;

fn pack(snapshot: &Snapshot, output: impl Write) -> Written {
    snapshot.pack(output, PackedInfo::default()).map(drop).map_err(|error| error.to_string())
}

fn on_a_thread(write: impl FnOnce() -> Written + Send) -> Outcome<()> {
    Ok(std::thread::scope(|scope| scope.spawn(write).join()).map_err(|_| "the thread panicked")??)
}

/// Overwrites at random until the other thread has written.
fn while_writing(
    store: &mut Sorted,
    order: &[Key],
    overwrite: &mut Figures,
    write: impl FnOnce() -> Written + Send,
) -> Outcome<()> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let written = write();
            done.store(true, Ordering::Relaxed);
            written
        });
        let (begun, mut count) = (Instant::now(), 0);
        for keys in order.chunks(1000).cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
            keys.iter().try_for_each(|key| store.put(key, VALUE))?;
            count += keys.len();
        }
        overwrite.add(begun.elapsed().as_nanos() as f64 / count.max(1) as f64);
        Ok(writing.join().map_err(|_| "the thread panicked")??)
    })
}

fn write_block(mut file: File, bytes: usize) -> Outcome<()> {
    let block = vec![7; WRITE];
    for _ in 0..bytes / WRITE {
        file.write_all(&block)?;
    }
    Ok(file.write_all(&block[..bytes % WRITE])?)
}

pub(super) fn write_tree(tree: &Tree, file: File) -> Written {
    let mut output = std::io::BufWriter::with_capacity(WRITE, file);
    let mut write = || -> std::io::Result<()> {
        for (key, value) in tree {
            for part in [key, value] {
                output.write_all(&(part.len() as u32).to_le_bytes())?;
                output.write_all(part)?;
            }
        }
        output.flush()
    };
    write().map_err(|error| error.to_string())
}

/// Bytes a nanosecond, which are gigabytes a second.
fn rate(bytes: usize, figures: &Figures) -> f64 {
    bytes as f64 / figures.median()
}
