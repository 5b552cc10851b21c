//! Windows laid out in two ways, in the memory engine: rows by key with an index by time, as they are, and rows by time with an
//! index by key. 10,000 keys of 24 windows: the windows of one key, those of one time, a change in place, a new window.
//! `MILLPOND_BENCH_ROUNDS` is how often each is measured, in turns; the median is printed.

#![allow(missing_docs, clippy::unwrap_used)]

use millpond::{InMemoryStore, Layout, MemoryTables, Range, Times, Visit, Windowed, WindowedStore};
use std::hint::black_box;
use std::time::Instant;

const KEYS: usize = 10_000;
const WINDOWS: i64 = 24;
const HOUR: i64 = 3_600_000;
const VALUE: [u8; 24] = [7; 24];

fn key(number: usize) -> [u8; 16] {
    let mut key = *b"key-000000000000";
    let digits = format!("{:012}", number);
    key[4..].copy_from_slice(digits.as_bytes());
    key
}

trait Store {
    fn put(&mut self, key: &[u8], start: i64);
    fn change(&mut self, key: &[u8], start: i64);
    fn fetch(&mut self, key: &[u8]) -> usize;
    fn fetch_all(&mut self, start: i64) -> usize;
}

struct ByKey {
    rows: InMemoryStore,
    index: InMemoryStore,
    store: WindowedStore,
}

impl Store for ByKey {
    fn put(&mut self, key: &[u8], start: i64) {
        let tables = &mut MemoryTables { rows: &mut self.rows, index: &mut self.index };
        self.store.put(tables, Windowed { key, start, end: start + HOUR, number: 0 }, &VALUE).unwrap();
    }

    fn change(&mut self, key: &[u8], start: i64) {
        self.put(key, start);
    }

    fn fetch(&mut self, key: &[u8]) -> usize {
        let tables = &mut MemoryTables { rows: &mut self.rows, index: &mut self.index };
        let times = Times { starts: (0, WINDOWS * HOUR), ends_from: None };
        let mut sum = 0;
        let mut walk = self.store.walk_key(tables, key, times, false).unwrap();
        walk.fill(tables, 128, |_, value| {
            sum += value.len();
            Visit::Next
        })
        .unwrap();
        sum
    }

    fn fetch_all(&mut self, start: i64) -> usize {
        let tables = &mut MemoryTables { rows: &mut self.rows, index: &mut self.index };
        let times = Times { starts: (start, start), ends_from: None };
        let mut sum = 0;
        let mut walk = self.store.walk_all((None, None), times, false);
        walk.fill(tables, 128, |_, value| {
            sum += value.len();
            Visit::Next
        })
        .unwrap();
        sum
    }
}

/// As the plan has it: values under start, end and key; an index by key, start and end.
struct ByTime {
    rows: InMemoryStore,
    index: InMemoryStore,
}

impl ByTime {
    fn row(key: &[u8], start: i64) -> Vec<u8> {
        [&time(start)[..], &time(start + HOUR), key].concat()
    }
}

fn time(time: i64) -> [u8; 8] {
    (time as u64 ^ 1 << 63).to_be_bytes()
}

impl Store for ByTime {
    fn put(&mut self, key: &[u8], start: i64) {
        let before = self.rows.len();
        self.rows.put(&Self::row(key, start), VALUE).unwrap();
        if self.rows.len() != before {
            self.index.put(&[key, &[0], &time(start), &time(start + HOUR)].concat(), []).unwrap();
        }
    }

    fn change(&mut self, key: &[u8], start: i64) {
        self.put(key, start);
    }

    fn fetch(&mut self, key: &[u8]) -> usize {
        let from = [key, &[0], &time(0)].concat();
        let to = [key, &[0], &time(WINDOWS * HOUR)].concat();
        let mut found = Vec::with_capacity(WINDOWS as usize);
        self.index.scan_some(Range::half_open(&from, &to), false, |entry, _| {
            let times = &entry[entry.len() - 16..];
            found.push([times, &entry[..entry.len() - 17]].concat());
            Visit::Next
        });
        let mut sum = 0;
        self.rows.get_many(found.iter().map(|row| &row[..]), |value| sum += value.unwrap().len());
        sum
    }

    fn fetch_all(&mut self, start: i64) -> usize {
        let mut sum = 0;
        self.rows.scan_some(Range::prefix(&time(start)), false, |_, value| {
            sum += value.len();
            Visit::Next
        });
        sum
    }
}

/// Nanoseconds a call.
fn timed(calls: usize, mut call: impl FnMut(usize)) -> f64 {
    let begun = Instant::now();
    (0..calls).for_each(&mut call);
    begun.elapsed().as_nanos() as f64 / calls as f64
}

/// A key that is nowhere near the one before.
fn some(call: usize) -> [u8; 16] {
    key(call * 7919 % KEYS)
}

fn measure(store: &mut dyn Store, round: i64) -> [f64; 4] {
    let fetch = timed(20_000, |call| {
        black_box(store.fetch(&some(call)));
    });
    let all = timed(24, |call| {
        black_box(store.fetch_all(call as i64 * HOUR));
    }) / KEYS as f64;
    let change = timed(100_000, |call| store.change(&some(call), (call as i64 % WINDOWS) * HOUR));
    let put = timed(KEYS, |call| store.put(&some(call), (WINDOWS + round) * HOUR));
    [fetch, all, change, put]
}

fn main() {
    let rounds: usize = std::env::var("MILLPOND_BENCH_ROUNDS").map_or(9, |rounds| rounds.parse().unwrap());
    let layout = Layout::Windows { duplicates: false };
    let mut by_key =
        ByKey { rows: InMemoryStore::new(), index: InMemoryStore::new(), store: WindowedStore::new(layout, HOUR) };
    let mut by_time = ByTime { rows: InMemoryStore::new(), index: InMemoryStore::new() };
    let stores: [&mut dyn Store; 2] = [&mut by_key, &mut by_time];
    for start in 0..WINDOWS {
        for number in 0..KEYS {
            stores[0].put(&key(number), start * HOUR);
            stores[1].put(&key(number), start * HOUR);
        }
    }
    let mut times = [vec![], vec![]];
    for round in 0..rounds {
        for (store, times) in [0, 1].into_iter().zip(&mut times) {
            times.push(measure(stores[store], round as i64));
        }
    }
    println!("{:<34} {:>12} {:>12}", "ns", "rows by key", "rows by time");
    for (place, what) in
        ["24 windows of a key", "a window of all keys, each", "a change in place", "a new window"].iter().enumerate()
    {
        let median = |times: &[[f64; 4]]| {
            let mut sorted: Vec<f64> = times.iter().map(|round| round[place]).collect();
            sorted.sort_by(f64::total_cmp);
            sorted[sorted.len() / 2]
        };
        println!("{what:<34} {:>12.0} {:>12.0}", median(&times[0]), median(&times[1]));
    }
}
