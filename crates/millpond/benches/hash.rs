//! The hash engine beside the sorted one and `HashMap<Vec<u8>, Vec<u8>>`: a table of nanoseconds an operation, medians of
//! rounds in one process, with keys of 16 bytes in random order.
//!
//! `cargo bench --bench hash`, or with `-- --test` one short round of each.

use millpond::{HashStore, InMemoryStore, Range};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

type Key = [u8; 16];

/// Operations a round does at most.
const ROUND: usize = 100_000;
const ROUNDS: usize = 9;

/// What is compared: the same operations on each.
trait Engine: Default {
    const NAME: &str;
    fn get(&self, key: &Key) -> Option<&[u8]>;
    fn put(&mut self, key: &Key, value: &[u8]);
    fn delete(&mut self, key: &Key);
    /// Looks a group of keys up at a time, if it can; returns how many are there.
    fn get_many(&self, keys: &[Key]) -> usize {
        keys.iter().filter(|key| self.get(key).is_some()).count()
    }
    /// Walks over all entries, if it has an order; returns their number.
    fn scan(&self) -> usize {
        0
    }
    /// Bytes of memory an entry takes, if it knows.
    fn entry_bytes(&self) -> usize {
        0
    }
}

macro_rules! ours {
    ($engine:ty, $name:literal) => {
        impl Engine for $engine {
            const NAME: &str = $name;
            #[inline(always)]
            fn get(&self, key: &Key) -> Option<&[u8]> {
                self.get_ref(key)
            }
            #[inline(always)]
            fn put(&mut self, key: &Key, value: &[u8]) {
                <$engine>::put(self, key, value).expect("put");
            }
            #[inline(always)]
            fn delete(&mut self, key: &Key) {
                <$engine>::delete(self, key).expect("delete");
            }
            fn get_many(&self, keys: &[Key]) -> usize {
                let mut found = 0;
                self.get_many(keys.iter().map(|key| &key[..]), |value| found += value.is_some() as usize);
                found
            }
            fn scan(&self) -> usize {
                let range = Range::all();
                let mut iter = self.iter(&range, false);
                let mut count = 0;
                while let Some((_, value)) = iter.next_ref() {
                    black_box(value[0]);
                    count += 1;
                }
                count
            }
            fn entry_bytes(&self) -> usize {
                self.memory_bytes() / self.len()
            }
        }
    };
}

ours!(HashStore, "HashStore");
ours!(InMemoryStore, "InMemoryStore");

impl Engine for HashMap<Vec<u8>, Vec<u8>> {
    const NAME: &str = "HashMap";
    #[inline(always)]
    fn get(&self, key: &Key) -> Option<&[u8]> {
        self.get(&key[..]).map(Vec::as_slice)
    }
    #[inline(always)]
    fn put(&mut self, key: &Key, value: &[u8]) {
        self.insert(key.to_vec(), value.to_vec());
    }
    #[inline(always)]
    fn delete(&mut self, key: &Key) {
        self.remove(&key[..]);
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Keys of users, shuffled; those of `first` on are in no store.
fn keys(first: usize, count: usize) -> Vec<Key> {
    let key = |number: usize| -> Key { format!("user:{number:011}").into_bytes().try_into().expect("16 bytes") };
    let mut keys: Vec<Key> = (first..first + count).map(key).collect();
    let mut random = Random(42);
    for index in (1..count).rev() {
        keys.swap(index, random.below(index + 1));
    }
    keys
}

/// The median, in nanoseconds an operation, over rounds that each go through other keys.
fn median(keys: &[Key], rounds: usize, mut round: impl FnMut(&[Key])) -> f64 {
    let size = ROUND.min(keys.len());
    let mut chunks = keys.chunks_exact(size).cycle();
    let mut figures: Vec<f64> = (0..rounds)
        .map(|_| {
            let chunk = chunks.next().expect("a chunk");
            // A small store is gone through often enough for the clock.
            let times = (ROUND / 4 / size).max(1);
            let start = Instant::now();
            (0..times).for_each(|_| round(chunk));
            start.elapsed().as_nanos() as f64 / (size * times) as f64
        })
        .collect();
    middle(&mut figures)
}

fn middle(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn measure<E: Engine>(count: usize, value: &[u8], rounds: usize) {
    let (present, missing) = (keys(0, count), keys(10_000_000, count));
    let mut store = E::default();
    let start = Instant::now();
    present.iter().for_each(|key| store.put(key, value));
    let load = start.elapsed().as_nanos() as f64 / count as f64;
    let hit = median(&present, rounds, |keys| {
        keys.iter().for_each(|key| assert_eq!(store.get(key).map(|value| value[0]), Some(7)))
    });
    let miss =
        median(&missing, rounds, |keys| keys.iter().for_each(|key| assert!(black_box(store.get(key)).is_none())));
    let group = median(&present, rounds, |keys| assert_eq!(store.get_many(keys), keys.len()));
    let overwrite = median(&present, rounds, |keys| keys.iter().for_each(|key| store.put(key, value)));
    let mut scans: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(store.scan());
            start.elapsed().as_nanos() as f64 / count as f64
        })
        .collect();
    let scan = middle(&mut scans);
    let mut figures = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        let size = ROUND.min(count);
        let at = round * size % (count - size + 1).max(1);
        let chunk = &present[at..at + size];
        let start = Instant::now();
        chunk.iter().for_each(|key| store.delete(key));
        figures[0].push(start.elapsed().as_nanos() as f64 / size as f64);
        let start = Instant::now();
        chunk.iter().for_each(|key| store.put(key, value));
        figures[1].push(start.elapsed().as_nanos() as f64 / size as f64);
    }
    let [delete, insert] = figures.map(|mut figures| middle(&mut figures));
    println!(
        "{:>9} {:>4} B  {:<14}{hit:8.0}{miss:8.0}{group:8.0}{overwrite:11.0}{insert:8.0}{delete:8.0}{load:8.0}{scan:8.1}{:8}",
        count,
        value.len(),
        E::NAME,
        store.entry_bytes(),
    );
}

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (counts, rounds): (&[usize], usize) =
        if is_test { (&[1_000], 1) } else { (&[1_000, 10_000, 100_000, 1_000_000], ROUNDS) };
    println!("nanoseconds an operation; the last column is bytes an entry");
    println!(
        "     keys  value  engine             get    miss  groups  overwrite  insert  delete    load    scan   bytes"
    );
    for len in [16, 100] {
        for &count in counts {
            let value = vec![7; len];
            measure::<HashStore>(count, &value, rounds);
            measure::<InMemoryStore>(count, &value, rounds);
            measure::<HashMap<Vec<u8>, Vec<u8>>>(count, &value, rounds);
        }
    }
}
