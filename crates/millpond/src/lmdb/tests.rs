//! A whole environment on a simulated disk, LMDB included: crashes between any two steps of the log thread, the merge thread and
//! the owner, and inside recovery. LMDB keeps what it committed, which it syncs itself; of the log, the disk decides.

use super::log::sim::{Fault, Random, SimDisk};
use super::map::{Map, MapOptions};
use super::merger::Step;
use super::open::{Parts, assemble};
use super::options::EnvironmentOptions;
use super::planted::{self, Bug};
use super::stores::StoreId;
use crate::memory::Visit;
use crate::range::Range;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

const KEYS: usize = 40;

/// A directory for LMDB, on a disk in memory if there is one, gone with the value.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = parent.join(format!("millpond-sim-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        Dir(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

/// An environment's past, and what it must hold.
struct History {
    random: Random,
    disk: SimDisk,
    map: Map,
    /// What the store held after each batch that was sealed: the first after none.
    states: Vec<Model>,
    acknowledged: u64,
    images: u64,
    _dir: Dir,
}

impl History {
    fn new(seed: u64) -> History {
        let dir = Dir::new();
        let options = MapOptions {
            map_size: 64 << 20,
            databases: 8,
            mode: 0o600,
            read_only: false,
            without_lock: false,
            without_sync: true,
        };
        let map = Map::open(&dir.0, options).expect("LMDB");
        History {
            random: Random::new(seed),
            disk: SimDisk::default(),
            map,
            states: vec![Model::new()],
            acknowledged: 0,
            images: 0,
            _dir: dir,
        }
    }

    fn assemble(&self, disk: SimDisk) -> Result<(Parts<SimDisk>, StoreId), String> {
        let mut options = EnvironmentOptions::new("");
        options.merge_bytes = 16 << 10;
        options.map_size = 64 << 20;
        let parts = assemble(disk, self.map.clone(), options, None);
        let mut parts = parts.map_err(|error| format!("it does not open: {error}"))?;
        parts.merger.chunk_entries = 1 + self.random.clone().below(6);
        let store = parts.environment.open_store("store", b"").map_err(|error| error.to_string())?;
        Ok((parts, store))
    }

    /// Compares what an environment holds with what was sealed; returns the number of the batch that it ends with.
    fn check(&mut self, parts: &mut Parts<SimDisk>, store: StoreId) -> Result<usize, String> {
        self.images += 1;
        let mut rows = Model::new();
        let scan = parts.environment.scan_some(store, Range::all(), false, |key, value| {
            rows.insert(key.to_vec(), value.to_vec());
            Visit::Next
        });
        scan.map_err(|error| error.to_string())?;
        let last = parts.environment.sealed() as usize;
        if last < self.acknowledged as usize {
            return Err(format!("lost: ends with batch {last}, {} was acknowledged", self.acknowledged));
        }
        match self.states.get(last) {
            Some(state) if *state == rows => Ok(last),
            Some(state) => Err(format!("{} entries, not the {} of batch {last}", rows.len(), state.len())),
            None => Err(format!("batch {last} was invented")),
        }
    }

    /// Looks at some of what a crash may leave, and goes on with the last of it.
    fn crash(&mut self) -> Result<(), String> {
        let before = self.disk.clone();
        for _ in 0..1 + self.random.below(4) {
            self.disk = match self.random.below(3) {
                0 => before.kill(),
                1 => before.power_cut(&mut self.random),
                _ => before.kill().power_cut(&mut self.random),
            };
            // A look at the image must not be what the next one begins with.
            let (mut parts, store) = self.assemble(self.disk.kill())?;
            self.check(&mut parts, store)?;
        }
        Ok(())
    }

    fn life(&mut self) -> Result<(), String> {
        while self.random.one_in(4) {
            self.disk.crash_after(self.random.below(12) as u64);
            drop(self.assemble(self.disk.clone()));
            self.crash()?;
        }
        self.disk.calm();
        let (mut parts, store) = self.assemble(self.disk.clone())?;
        let last = self.check(&mut parts, store)?;
        self.states.truncate(last + 1);
        self.acknowledged = last as u64;
        if self.random.one_in(2) {
            self.disk.crash_after(self.random.below(80) as u64);
        } else if self.random.one_in(3) {
            let fault = [Fault::NoSpace, Fault::ShortWrite, Fault::Io, Fault::Sync][self.random.below(4)];
            self.disk.fail_after(self.random.below(40) as u64, fault, 1 + self.random.below(3) as u32);
        }
        for _ in 0..self.random.below(60) {
            self.step(&mut parts, store);
        }
        drop(parts);
        self.crash()
    }

    fn step(&mut self, parts: &mut Parts<SimDisk>, store: StoreId) {
        match self.random.below(10) {
            0..5 => self.batch(parts, store),
            5..8 => drop(parts.committer.step(Duration::ZERO)),
            _ => {
                if self.random.one_in(3) {
                    parts.environment.merge();
                }
                let _step: Step = parts.merger.step(Duration::ZERO);
            }
        }
        self.acknowledged = self.acknowledged.max(parts.environment.progress().durable);
    }

    fn batch(&mut self, parts: &mut Parts<SimDisk>, store: StoreId) {
        let mut state = self.states.last().cloned().unwrap_or_default();
        for _ in 0..1 + self.random.below(8) {
            let key = format!("key {:03}", self.random.below(KEYS)).into_bytes();
            let written = match self.random.below(20) {
                0 => parts.environment.clear(store).map(|()| state.clear()),
                1..5 => parts.environment.delete(store, &key).map(|()| drop(state.remove(&key))),
                _ => {
                    let value = vec![self.random.number() as u8; self.random.below(200)];
                    parts.environment.put(store, &key, &value).map(|()| drop(state.insert(key, value)))
                }
            };
            if written.is_err() {
                // Poisoned, or without room: this one changed nothing, and neither will what follows.
                break;
            }
        }
        let before = parts.environment.sealed();
        let sealed = parts.environment.seal();
        if sealed > before {
            // The store's own definition makes the first batch.
            self.states.resize(sealed as usize, self.states.last().cloned().unwrap_or_default());
            self.states.push(state);
        }
    }
}

fn simulate(images: u64) -> Result<u64, String> {
    let (mut seed, mut done) = (0, 0);
    while done < images {
        seed += 1;
        let mut history = History::new(seed);
        for life in 0..15 {
            history.life().map_err(|what| format!("seed {seed}, life {life}: {what}"))?;
        }
        done += history.images;
    }
    Ok(done)
}

#[test]
fn state_and_log_agree_after_crashes_in_merges_and_recovery() {
    let images = std::env::var("MILLPOND_IMAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    match simulate(images) {
        Ok(images) => println!("simulated disk under an environment: {images} images, 0 lost, 0 invented"),
        Err(what) => panic!("{what}"),
    }
}

/// Whether the simulation finds a mistake that was planted.
fn is_found(bug: Bug) {
    planted::plant(Some(bug));
    let outcome = simulate(5_000);
    planted::plant(None);
    assert!(outcome.is_err(), "{bug:?} was not found");
}

#[test]
fn acknowledging_before_the_disk_has_it_is_found() {
    is_found(Bug::AcknowledgeBeforeSync);
}

#[test]
fn freezing_in_the_middle_of_a_batch_is_found() {
    is_found(Bug::FreezeMidBatch);
}

#[test]
fn removing_the_log_before_the_merge_is_committed_is_found() {
    is_found(Bug::DeleteBeforeMergeSync);
}

#[test]
fn skipping_the_sync_is_found() {
    is_found(Bug::SkipSync);
}

#[test]
fn writes_that_are_ahead_of_merges_are_counted_until_they_are_merged() {
    let history = History::new(1);
    let (mut parts, store) = history.assemble(history.disk.clone()).expect("open");
    let value = [7; 1000];
    let mut key = 0u32;
    while parts.environment.unmerged_bytes() < 32 << 10 {
        key += 1;
        assert!(key < 1000, "nothing is ahead");
        parts.environment.put(store, &key.to_be_bytes(), &value).expect("put");
        parts.environment.seal();
    }
    while parts.environment.unmerged_bytes() > 0 {
        parts.committer.step(Duration::ZERO);
        assert_ne!(parts.merger.step(Duration::ZERO), Step::Stopped);
        parts.environment.progress();
    }
    assert_eq!(parts.environment.len(store), Ok(key as usize));
}
