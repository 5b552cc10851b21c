//! Random histories of an environment against sorted maps: writes, scans, transactions, merges, snapshots, and opening
//! again, after a close or without.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{Change, Environment, EnvironmentOptions, FieldChange, Number, Range, StoreId, StoreSnapshot, Visit};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::{Duration, Instant};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

const STORES: usize = 3;

struct History {
    random: Random,
    dir: TempDir,
    environment: Option<Environment>,
    stores: Vec<StoreId>,
    models: Vec<Map>,
    snapshots: Vec<(StoreSnapshot, Map)>,
    keys: usize,
}

fn options(dir: &TempDir) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir.path());
    options.merge_bytes = 64 << 10;
    options.map_size = 1 << 30;
    options
}

impl History {
    fn new(seed: u64) -> History {
        let mut random = Random::new(seed);
        let keys = [8, 60, 900][random.below(3)];
        let mut history = History {
            random,
            dir: TempDir::new(),
            environment: None,
            stores: Vec::new(),
            models: vec![Map::new(); STORES],
            snapshots: Vec::new(),
            keys,
        };
        history.open();
        history
    }

    fn open(&mut self) {
        let mut environment = Environment::open(options(&self.dir)).expect("open");
        self.stores = (0..STORES)
            .map(|number| environment.open_store(&format!("store {number}"), b"definition").expect("store"))
            .collect();
        self.environment = Some(environment);
    }

    fn environment(&mut self) -> &mut Environment {
        self.environment.as_mut().expect("it is open")
    }

    fn key(&mut self) -> Vec<u8> {
        let number = self.random.below(self.keys);
        match self.random.below(40) {
            0 => Vec::new(),
            1 => vec![b'k'; 1 + number % 1900],
            _ => format!("key {number:05}").into_bytes(),
        }
    }

    fn value(&mut self) -> Vec<u8> {
        let len = match self.random.below(30) {
            0 => 0,
            1 => 5000 + self.random.below(5000),
            2 => 1000 + self.random.below(100),
            _ => self.random.below(60),
        };
        let first = self.random.below(256) as u8;
        (0..len).map(|index| first.wrapping_add(index as u8)).collect()
    }

    fn range(&mut self) -> Range {
        let bound = |history: &mut History| match history.random.below(3) {
            0 => Bound::Unbounded,
            1 => Bound::Included(history.key()),
            _ => Bound::Excluded(history.key()),
        };
        Range { from: bound(self), to: bound(self) }
    }

    fn step(&mut self) {
        let index = self.random.below(STORES);
        let store = self.stores[index];
        match self.random.below(100) {
            0..40 => self.put(index),
            40..50 => {
                let key = self.key();
                self.environment().delete(store, &key).expect("delete");
                self.models[index].remove(&key);
            }
            50..55 => self.add(index),
            55..58 => self.update(index),
            58..68 => self.look(index),
            68..75 => self.scan(index),
            75 => {
                let range = self.range();
                let removed = self.environment().delete_range(store, &range).expect("delete_range");
                let before = self.models[index].len();
                self.models[index].retain(|key, _| !range.contains(key));
                assert_eq!(removed, before - self.models[index].len());
            }
            76 => {
                self.environment().clear(store).expect("clear");
                self.models[index].clear();
            }
            77..82 => self.transaction(),
            82..84 => {
                let snapshot = self.environment().snapshot(store);
                self.snapshots.push((snapshot, self.models[index].clone()));
            }
            84..88 if !self.snapshots.is_empty() => {
                let at = self.random.below(self.snapshots.len());
                let (snapshot, model) = self.snapshots.swap_remove(at);
                check_snapshot(&snapshot, &model);
            }
            88 => assert_eq!(self.environment().len(store).expect("len"), self.models[index].len()),
            89 => self.reopen(),
            _ => {
                self.environment().seal();
                if self.random.below(8) == 0 {
                    self.environment().merge();
                }
            }
        }
    }

    fn put(&mut self, index: usize) {
        let (key, value) = (self.key(), self.value());
        let store = self.stores[index];
        if self.random.below(3) == 0 {
            let expected = self.models[index].get(&key).cloned();
            assert_eq!(self.environment().get(store, &key).expect("get"), expected.as_deref());
        }
        self.environment().put(store, &key, &value).expect("put");
        self.models[index].insert(key, value);
    }

    fn add(&mut self, index: usize) {
        let key = [b"number ", &self.key()[..].get(..4).unwrap_or_default().to_vec()[..]].concat();
        let store = self.stores[index];
        let sum = self.environment().add(store, &key, Number::U64(3)).expect("add");
        let before =
            self.models[index].get(&key).map_or(0, |value| u64::from_be_bytes(value[..].try_into().expect("8")));
        assert_eq!(sum, Number::U64(before + 3));
        self.models[index].insert(key, (before + 3).to_be_bytes().to_vec());
    }

    fn update(&mut self, index: usize) {
        let key = self.key();
        let store = self.stores[index];
        let change = FieldChange { offset: 1, change: Change::Set(b"XY") };
        let outcome = self.environment().update_fields(store, &key, &[change]);
        match self.models[index].get_mut(&key) {
            None => assert_eq!(outcome, Ok(false)),
            Some(value) if value.len() < 3 => assert!(outcome.is_err()),
            Some(value) => {
                assert_eq!(outcome, Ok(true));
                value[1..3].copy_from_slice(b"XY");
            }
        }
    }

    fn look(&mut self, index: usize) {
        let key = self.key();
        let store = self.stores[index];
        let expected = self.models[index].get(&key).cloned();
        assert_eq!(self.environment().get(store, &key).expect("get"), expected.as_deref());
    }

    /// Scans in pieces, and writes between them: the scan sees what was there when it began.
    fn scan(&mut self, index: usize) {
        let (range, reverse) = (self.range(), self.random.below(2) == 0);
        let piece = 1 + self.random.below(20);
        let mut expected: Vec<(Vec<u8>, Vec<u8>)> = self.models[index]
            .iter()
            .filter(|(key, _)| range.contains(key))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        if reverse {
            expected.reverse();
        }
        let mut found = Vec::new();
        let mut take = |left: &mut usize, key: &[u8], value: &[u8]| {
            if *left == 0 {
                return Visit::Full;
            }
            *left -= 1;
            found.push((key.to_vec(), value.to_vec()));
            Visit::Next
        };
        let store = self.stores[index];
        let mut left = piece;
        let scan = self.environment().scan_some(store, range, reverse, |key, value| take(&mut left, key, value));
        let mut scan = scan.expect("scan");
        while let Some(open) = &mut scan {
            self.put(index);
            if self.random.below(10) == 0 {
                self.environment().seal();
                self.environment().merge();
            }
            let mut left = piece;
            if !open.resume(|key, value| take(&mut left, key, value)).expect("resume") {
                scan = None;
            }
        }
        assert_eq!(found, expected);
    }

    fn transaction(&mut self) {
        let models = self.models.clone();
        self.environment().savepoint();
        for _ in 0..self.random.below(12) {
            let index = self.random.below(STORES);
            let store = self.stores[index];
            match self.random.below(10) {
                0 => {
                    self.environment().clear(store).expect("clear");
                    self.models[index].clear();
                }
                1 => assert_eq!(self.environment().len(store).expect("len"), self.models[index].len()),
                2 => self.scan_once(index),
                _ => self.put(index),
            }
        }
        if self.random.below(2) == 0 {
            self.environment().release();
        } else {
            self.environment().roll_back().expect("roll_back");
            self.models = models;
        }
    }

    fn scan_once(&mut self, index: usize) {
        let store = self.stores[index];
        let snapshot = self.environment().snapshot(store);
        check_snapshot(&snapshot, &self.models[index]);
    }

    fn reopen(&mut self) {
        self.snapshots.clear();
        let mut environment = self.environment.take().expect("it is open");
        let sealed = environment.seal();
        if self.random.below(2) == 0 {
            environment.close(true).finish().expect("close");
        } else {
            let begun = Instant::now();
            while environment.progress().durable < sealed {
                assert!(begun.elapsed() < Duration::from_secs(60), "the log stands still");
                std::thread::yield_now();
            }
            drop(environment);
        }
        self.open();
        self.check();
    }

    fn check(&mut self) {
        for index in 0..STORES {
            let store = self.stores[index];
            let snapshot = self.environment().snapshot(store);
            check_snapshot(&snapshot, &self.models[index]);
            assert_eq!(self.environment().len(store).expect("len"), self.models[index].len());
        }
    }
}

fn check_snapshot(snapshot: &StoreSnapshot, model: &Map) {
    let mut found = Vec::new();
    let scan = snapshot.scan_some(Range::all(), false, |key, value| {
        found.push((key.to_vec(), value.to_vec()));
        Visit::Next
    });
    assert!(scan.expect("scan").is_none());
    assert!(found.iter().map(|(key, value)| (key, value)).eq(model), "{} entries for {}", found.len(), model.len());
    assert_eq!(snapshot.len().expect("len"), model.len(), "{snapshot:?}");
    let size: usize = model.iter().map(|(key, value)| key.len() + value.len()).sum();
    assert_eq!(snapshot.size_bytes().expect("size_bytes"), size);
}

#[test]
fn random_histories_agree_with_sorted_maps() {
    let seeds = std::env::var("MILLPOND_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12);
    for seed in 1..=seeds {
        let mut history = History::new(seed);
        for _ in 0..3000 {
            history.step();
        }
        history.check();
        history.snapshots.clear();
    }
}
