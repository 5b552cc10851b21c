//! The workloads, over any driver.

use crate::driver::{Driver, Outcome};
use crate::figures::Figures;
use crate::keys::{Key, VALUE, missing, present};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// Operations a round, where there are so many keys: enough that caches hold nothing of the round before.
const ROUND: usize = 100_000;
/// Operations that take long enough for the clock.
const LEAST: usize = 25_000;
/// Writes a batch.
const BATCH: usize = 10_000;
const SCAN: usize = 100;
const LEAST_ROUNDS: usize = 5;
/// Reads before those that are timed, at most.
const WARM_UP: usize = 1_000_000;
const SEED: u64 = 42;
/// Keys are read and written in another order than that in which they were first put.
const OTHER_SEED: u64 = 4242;

/// Makes a store of so many keys, put in random order.
pub fn fill<D: Driver>(keys: usize, dir: &Path) -> Outcome<()> {
    filled::<D>(keys, dir, false)?.close()
}

fn filled<D: Driver>(keys: usize, dir: &Path, sync: bool) -> Outcome<D> {
    let mut store = D::open(dir, sync)?;
    put_all(&mut store, &present(keys, SEED))?;
    Ok(store)
}

fn put_all<D: Driver>(store: &mut D, keys: &[Key]) -> Outcome<()> {
    keys.chunks(BATCH).try_for_each(|batch| store.put(batch, &VALUE))?;
    store.settle()
}

/// Measures one workload for so long. `dir` has what [`fill`] made of as many keys; for `put new` it is empty.
pub fn measure<D: Driver>(name: &str, keys: usize, dir: &Path, sync: bool, milliseconds: u64) -> Outcome<Value> {
    let time = Duration::from_millis(milliseconds);
    if name == "put new" {
        return put_new::<D>(keys, dir, sync, time).map(|figures| figures.report());
    }
    let store = &mut if D::DURABLE { D::open(dir, sync)? } else { filled::<D>(keys, dir, sync)? };
    let other = present(keys, OTHER_SEED);
    let figures = match name {
        "get hit" => gets(store, &other, 7, time),
        "get miss" => gets(store, &missing(keys, OTHER_SEED), 0, time),
        "overwrite" => overwrites(store, &other, time),
        "scan of 100" => scans(store, &other, time),
        "delete" => deletes(store, &other, time),
        _ => Err(format!("no workload of the name {name}").into()),
    }?;
    Ok(figures.report())
}

/// Rounds of other keys each, over and over, until the time is over.
fn rounds<'k>(
    keys: &'k [Key],
    time: Duration,
    mut round: impl FnMut(&'k [Key], &mut Figures) -> Outcome<()>,
) -> Outcome<Figures> {
    let mut figures = Figures::default();
    let end = Instant::now() + time;
    for keys in keys.chunks_exact(ROUND.min(keys.len())).cycle() {
        round(keys, &mut figures)?;
        if figures.rounds() >= LEAST_ROUNDS && Instant::now() >= end {
            break;
        }
    }
    Ok(figures)
}

/// How often a few keys are gone through, for the clock.
fn times(keys: &[Key]) -> usize {
    (LEAST / keys.len()).max(1)
}

fn gets<D: Driver>(store: &mut D, keys: &[Key], each: u64, time: Duration) -> Outcome<Figures> {
    store.get(&keys[..keys.len().min(WARM_UP)])?;
    rounds(keys, time, |keys, figures| {
        let times = times(keys);
        let sum = figures
            .time(times * keys.len(), || (0..times).try_fold(0, |sum, _| store.get(keys).map(|found| sum + found)))?;
        expect(sum == each * (times * keys.len()) as u64, "a get found what it should not have")
    })
}

fn scans<D: Driver>(store: &mut D, keys: &[Key], time: Duration) -> Outcome<Figures> {
    let few = |keys: &[Key]| (keys.len() / SCAN).max(LEAST / SCAN).min(keys.len());
    store.scan(&keys[..few(keys)], SCAN)?;
    rounds(keys, time, |keys, figures| {
        let keys = &keys[..few(keys)];
        let sum = figures.time(keys.len() * SCAN, || store.scan(keys, SCAN))?;
        expect(sum > 0, "a scan found nothing")
    })
}

fn overwrites<D: Driver>(store: &mut D, keys: &[Key], time: Duration) -> Outcome<Figures> {
    put_all(store, &keys[..ROUND.min(keys.len())])?;
    rounds(keys, time, |keys, figures| {
        let times = times(keys);
        figures.time(times * keys.len(), || (0..times).try_for_each(|_| put_all(store, keys)))
    })
}

/// Deletes keys, and puts them back when the time is taken.
fn deletes<D: Driver>(store: &mut D, keys: &[Key], time: Duration) -> Outcome<Figures> {
    rounds(keys, time, |keys, figures| {
        figures.time(keys.len(), || {
            keys.chunks(BATCH).try_for_each(|batch| store.delete(batch))?;
            store.settle()
        })?;
        put_all(store, keys)
    })
}

/// Fills a store, and if that is quick, others.
fn put_new<D: Driver>(keys: usize, dir: &Path, sync: bool, time: Duration) -> Outcome<Figures> {
    let keys = present(keys, SEED);
    let mut figures = Figures::default();
    let end = Instant::now() + time;
    while figures.rounds() == 0 || Instant::now() < end {
        let dir = dir.join(figures.rounds().to_string());
        let mut store = D::open(&dir, sync)?;
        figures.time(keys.len(), || put_all(&mut store, &keys))?;
        store.close()?;
        if D::DURABLE {
            std::fs::remove_dir_all(&dir)?;
        }
    }
    Ok(figures)
}

fn expect(holds: bool, otherwise: &str) -> Outcome<()> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
