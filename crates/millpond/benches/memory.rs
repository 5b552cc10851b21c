//! The sorted engine beside `BTreeMap<Vec<u8>, Vec<u8>>`: goals P1 and the pause of P2.
//!
//! `cargo bench` prints each figure for both, in this order: a million keys of 16 bytes, values of 100 and of 16.
//! `cargo bench -- --test` runs each once. With `MILLPOND_BENCH_KEYS=10000000` the keys are ten million.

// What criterion's macro makes has none.
#![allow(missing_docs)]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use millpond::{InMemoryStore, Range};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Bound;
use std::time::Duration;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Operations a measured round does: enough that the caches hold nothing of the round before.
const ROUND: usize = 100_000;
const GROUP: usize = 16;
const SCAN: usize = 100;

fn key_count() -> usize {
    std::env::var("MILLPOND_BENCH_KEYS").ok().and_then(|keys| keys.parse().ok()).unwrap_or(1_000_000)
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

fn key(number: usize) -> [u8; 16] {
    let mut key = *b"user:00000000000";
    let mut rest = number;
    for digit in key[5..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

fn shuffled(count: usize) -> Vec<[u8; 16]> {
    let mut random = Random(42);
    let mut keys: Vec<[u8; 16]> = (0..count).map(key).collect();
    for index in (1..count).rev() {
        keys.swap(index, random.below(index + 1));
    }
    keys
}

fn engine(keys: &[[u8; 16]], value: &[u8]) -> InMemoryStore {
    let mut store = InMemoryStore::new();
    keys.iter().for_each(|key| store.put(key, value).expect("put"));
    store
}

fn model(keys: &[[u8; 16]], value: &[u8]) -> Model {
    keys.iter().map(|key| (key.to_vec(), value.to_vec())).collect()
}

/// Keys in random order, other ones each round.
struct Keys {
    keys: Vec<[u8; 16]>,
    at: usize,
}

impl Keys {
    fn round(&mut self) -> Vec<[u8; 16]> {
        let count = ROUND.min(self.keys.len());
        if self.at + count > self.keys.len() {
            self.at = 0;
        }
        self.at += count;
        self.keys[self.at - count..self.at].to_vec()
    }
}

fn eat(key: &[u8], value: &[u8]) -> u64 {
    key[key.len() - 1] as u64 + value[0] as u64 + value[value.len() - 1] as u64
}

/// Rounds of point operations, each on keys that are in the store.
fn points(c: &mut Criterion, len: usize) {
    let keys = shuffled(key_count());
    let value = vec![7; len];
    let mut store = engine(&keys, &value);
    let mut peer = model(&keys, &value);
    let mut rounds = Keys { keys, at: 0 };
    let mut group = c.benchmark_group(format!("{len}-byte values"));
    let round = ROUND.min(key_count());
    group.throughput(Throughput::Elements(round as u64));

    macro_rules! beside {
        ($name:literal, |$engine:ident, $k:ident| $ours:expr, |$map:ident, $q:ident| $theirs:expr) => {
            group.bench_function(BenchmarkId::new($name, "millpond"), |b| {
                let $engine = &mut store;
                b.iter_batched(
                    || rounds.round(),
                    |round| {
                        round.iter().for_each(|$k| {
                            black_box($ours);
                        })
                    },
                    BatchSize::PerIteration,
                )
            });
            group.bench_function(BenchmarkId::new($name, "BTreeMap"), |b| {
                let $map = &mut peer;
                b.iter_batched(
                    || rounds.round(),
                    |round| {
                        round.iter().for_each(|$q| {
                            black_box($theirs);
                        })
                    },
                    BatchSize::PerIteration,
                )
            });
        };
    }
    beside!("get", |s, k| s.get_ref(k).map(|value| value[0]), |m, k| m.get(&k[..]).map(|value| value[0]));
    beside!("overwrite", |s, k| s.put(k, &value).is_ok(), |m, k| m.insert(k.to_vec(), value.clone()));
    beside!("read-modify-write", |s, k| s.modify(k, |value| value[0] += 1).is_ok(), |m, k| m
        .get_mut(&k[..])
        .map(|value| value[0] += 1));

    group.bench_function(BenchmarkId::new("get in groups of 16", "millpond"), |b| {
        b.iter_batched(
            || rounds.round(),
            |round| {
                let mut sum = 0u64;
                for keys in round.chunks(GROUP) {
                    store.get_many(keys.iter().map(|key| &key[..]), |value| {
                        sum += value.map_or(0, |value| value[0] as u64)
                    });
                }
                black_box(sum)
            },
            BatchSize::PerIteration,
        )
    });

    group.throughput(Throughput::Elements(2 * round as u64));
    beside_delete(&mut group, &mut store, &mut peer, &mut rounds, &value);

    group.throughput(Throughput::Elements((round / SCAN * SCAN) as u64));
    group.bench_function(BenchmarkId::new("scan of 100, an entry", "millpond"), |b| {
        b.iter_batched(
            || rounds.round(),
            |round| {
                let mut sum = 0;
                for key in &round[..round.len() / SCAN] {
                    let range = Range { from: Bound::Included(key.to_vec()), to: Bound::Unbounded };
                    let mut rows = store.iter(&range, false);
                    for _ in 0..SCAN {
                        let Some((key, value)) = rows.next_ref() else { break };
                        sum += eat(key, value);
                    }
                }
                black_box(sum)
            },
            BatchSize::PerIteration,
        )
    });
    group.bench_function(BenchmarkId::new("scan of 100, an entry", "BTreeMap"), |b| {
        b.iter_batched(
            || rounds.round(),
            |round| {
                round[..round.len() / SCAN]
                    .iter()
                    .map(|key| {
                        peer.range::<[u8], _>((Bound::Included(&key[..]), Bound::Unbounded))
                            .take(SCAN)
                            .map(|(key, value)| eat(key, value))
                            .sum::<u64>()
                    })
                    .sum::<u64>()
            },
            BatchSize::PerIteration,
        )
    });
    group.finish();
    println!("{len}-byte values: {} bytes of memory an entry\n", store.memory_bytes() / store.len());
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// A round of deletes and a round of the same keys put back, so that the store stays as it was.
fn beside_delete(group: &mut Group, store: &mut InMemoryStore, peer: &mut Model, rounds: &mut Keys, value: &[u8]) {
    group.bench_function(BenchmarkId::new("delete, then put", "millpond"), |b| {
        b.iter_batched(
            || rounds.round(),
            |round| {
                round.iter().for_each(|key| {
                    store.delete(key).expect("delete");
                });
                round.iter().for_each(|key| store.put(key, value).expect("put"));
            },
            BatchSize::PerIteration,
        )
    });
    group.bench_function(BenchmarkId::new("delete, then put", "BTreeMap"), |b| {
        b.iter_batched(
            || rounds.round(),
            |round| {
                round.iter().for_each(|key| {
                    peer.remove(&key[..]);
                });
                round.iter().for_each(|key| {
                    peer.insert(key.to_vec(), value.to_vec());
                });
            },
            BatchSize::PerIteration,
        )
    });
}

/// Filling an empty store.
fn loads(c: &mut Criterion, len: usize) {
    let random = shuffled(key_count());
    let sequential: Vec<[u8; 16]> = (0..key_count()).map(key).collect();
    let value = vec![7; len];
    let mut group = c.benchmark_group(format!("load, {len}-byte values"));
    group.throughput(Throughput::Elements(key_count() as u64));
    for (name, keys) in [("random", &random), ("sequential", &sequential)] {
        group.bench_function(BenchmarkId::new(name, "millpond"), |b| b.iter_with_large_drop(|| engine(keys, &value)));
        group.bench_function(BenchmarkId::new(name, "BTreeMap"), |b| {
            b.iter_with_large_drop(|| {
                let mut map = Model::new();
                keys.iter().for_each(|key| {
                    map.insert(key.to_vec(), value.clone());
                });
                map
            })
        });
    }
    group.finish();
}

/// The pause of a snapshot, and what writing under one costs.
fn snapshots(c: &mut Criterion) {
    let mut group = c.benchmark_group("snapshot");
    for count in [1_000, 100_000, key_count()] {
        let mut store = engine(&shuffled(count), &[7; 100]);
        group.bench_function(BenchmarkId::new("pause", count), |b| b.iter(|| store.snapshot()));
    }
    let mut rounds = Keys { keys: shuffled(key_count()), at: 0 };
    let mut store = engine(&rounds.keys, &[7; 100]);
    group.throughput(Throughput::Elements(ROUND.min(key_count()) as u64));
    let live = store.snapshot();
    group.bench_function("overwrite under a live one", |b| {
        b.iter_batched(
            || rounds.round(),
            |round| round.iter().for_each(|key| store.put(key, [8; 100]).expect("put")),
            BatchSize::PerIteration,
        )
    });
    drop(live);
    group.finish();
}

fn all(c: &mut Criterion) {
    for len in [100, 16] {
        points(c, len);
        loads(c, len);
    }
    snapshots(c);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = all
}
criterion_main!(benches);
