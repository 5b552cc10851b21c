//! Long random histories of both memory engines beside each other and against a `BTreeMap`, with several live snapshots and a
//! look at the whole tree now and then.

mod both;

use both::Both;
use millpond::{Range, Scan, Snapshot, Visit};
use std::collections::BTreeMap;
use std::ops::Bound;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> usize {
        (self.next() % n) as usize
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

/// Key shapes: what a family of keys looks like decides prefixes, heads and separators.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Decimal,
    TinyAlphabet,
    ZerosAndBytes,
    Composite,
    LongSharedPrefix,
    UpToTheLimit,
    Mixed,
}

const SHAPES: [Shape; 7] = [
    Shape::Decimal,
    Shape::TinyAlphabet,
    Shape::ZerosAndBytes,
    Shape::Composite,
    Shape::LongSharedPrefix,
    Shape::UpToTheLimit,
    Shape::Mixed,
];

fn key(random: &mut Random, shape: Shape) -> Vec<u8> {
    match shape {
        Shape::Decimal => format!("user:{:011}", random.below(3000)).into_bytes(),
        Shape::TinyAlphabet => (0..random.below(12)).map(|_| random.below(3) as u8).collect(),
        Shape::ZerosAndBytes => {
            (0..random.below(40)).map(|_| if random.one_in(4) { random.next() as u8 } else { 0 }).collect()
        }
        Shape::Composite => {
            let mut key = random.below(5).to_be_bytes().to_vec();
            key.extend_from_slice(&random.below(5).to_be_bytes());
            key.extend_from_slice(format!("k{:07}", random.below(1000)).as_bytes());
            key
        }
        Shape::LongSharedPrefix => {
            let mut key = vec![b'p'; [3, 200, 900, 1500][random.below(4)]];
            key.extend_from_slice(format!("{:06}", random.below(400)).as_bytes());
            key
        }
        Shape::UpToTheLimit => {
            let len = if random.one_in(3) { millpond::MAX_KEY_LEN } else { random.below(millpond::MAX_KEY_LEN as u64) };
            let mut key = vec![random.below(3) as u8; len];
            for _ in 0..random.below(4) {
                if len > 0 {
                    let at = random.below(len as u64);
                    key[at] = random.below(4) as u8;
                }
            }
            key
        }
        Shape::Mixed => {
            let shape = SHAPES[random.below(6)];
            key(random, shape)
        }
    }
}

fn value(random: &mut Random, largest: u64) -> Vec<u8> {
    let len = match random.below(20) {
        0 => 0,
        1 => random.below(2000),
        2 if random.one_in(8) => random.below(largest),
        _ => random.below(60),
    };
    vec![random.next() as u8; len]
}

fn contents(mut next: impl FnMut() -> Option<(Vec<u8>, Vec<u8>)>) -> Vec<(Vec<u8>, Vec<u8>)> {
    std::iter::from_fn(&mut next).collect()
}

fn assert_snapshot(snapshot: &Snapshot, model: &Model, random: &mut Random, shape: Shape) {
    let range = Range::all();
    let mut iter = snapshot.iter(&range, false);
    let got = contents(|| iter.next_ref().map(|(key, value)| (key.to_vec(), value.to_vec())));
    assert!(got.iter().map(|(key, value)| (key, value)).eq(model.iter()), "a snapshot changed");
    assert_eq!(snapshot.len(), model.len());
    assert_eq!(snapshot.size_bytes(), model.iter().map(|(key, value)| key.len() + value.len()).sum());
    for _ in 0..20 {
        let key = key(random, shape);
        assert_eq!(snapshot.get_ref(&key), model.get(&key).map(Vec::as_slice));
    }
}

fn bounds(random: &mut Random, shape: Shape) -> Range {
    let bound = |random: &mut Random| match random.below(5) {
        0 => Bound::Unbounded,
        1 | 2 => Bound::Included(key(random, shape)),
        _ => Bound::Excluded(key(random, shape)),
    };
    Range { from: bound(random), to: bound(random) }
}

fn assert_scan(store: &mut Both, model: &Model, random: &mut Random, shape: Shape) {
    let range = if random.one_in(3) {
        let mut prefix = key(random, shape);
        prefix.truncate(random.below(8));
        Range::prefix(&prefix)
    } else {
        bounds(random, shape)
    };
    let reverse = random.one_in(2);
    let mut expected: Vec<(Vec<u8>, Vec<u8>)> =
        model.iter().filter(|(key, _)| range.contains(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    if reverse {
        expected.reverse();
    }
    for mut iter in store.iters(&range, reverse) {
        let got = contents(|| iter.next_ref().map(|(key, value)| (key.to_vec(), value.to_vec())));
        assert_eq!(got, expected, "{range:?} reverse {reverse}");
    }

    // The same in portions.
    let portion = 1 + random.below(30);
    assert_portions(portion, &expected, |take| store.sorted.scan_some(range.clone(), reverse, take));
    assert_portions(portion, &expected, |take| store.hash.scan_some(range.clone(), reverse, take));
}

fn assert_portions(
    portion: usize,
    expected: &[(Vec<u8>, Vec<u8>)],
    begin: impl FnOnce(&mut dyn FnMut(&[u8], &[u8]) -> Visit) -> Option<Scan>,
) {
    let mut taken = Vec::new();
    let mut room = portion;
    let mut take = |key: &[u8], value: &[u8], room: &mut usize| {
        if *room == 0 {
            return Visit::Full;
        }
        *room -= 1;
        taken.push((key.to_vec(), value.to_vec()));
        Visit::Next
    };
    let mut scan = begin(&mut |key, value| take(key, value, &mut room));
    while let Some(open) = &mut scan {
        room = portion;
        if !open.resume(|key, value| take(key, value, &mut room)) {
            scan = None;
        }
    }
    assert_eq!(taken, expected);
}

fn add_one(value: &mut [u8]) {
    value.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
}

fn history(seed: u64, steps: usize, largest_value: u64) {
    let mut random = Random(seed);
    let shape = SHAPES[seed as usize % SHAPES.len()];
    let mut store = Both::default();
    let mut model = Model::new();
    let mut snapshots: Vec<([Snapshot; 2], Model)> = Vec::new();
    let mut sequence = 0u64;
    for step in 0..steps {
        let mut k = key(&mut random, shape);
        if matches!(shape, Shape::Decimal) && random.one_in(8) {
            sequence += 1;
            k = format!("user:{:011}", 100_000 + sequence).into_bytes();
        }
        let growing = (step / 4000).is_multiple_of(2);

        match random.below(100) {
            0..=44 => {
                let v = value(&mut random, largest_value);
                store.put(&k, &v);
                model.insert(k, v);
            }
            45..=59 if growing => {
                let v = value(&mut random, largest_value);
                store.put(&k, &v);
                model.insert(k, v);
            }
            45..=79 => {
                let near = random.one_in(2);
                let k = if near { model.range(k.clone()..).next().map_or(k, |(key, _)| key.clone()) } else { k };
                assert_eq!(store.delete(&k), model.remove(&k).is_some());
            }
            80..=85 => assert_eq!(store.get_ref(&k), model.get(&k).map(Vec::as_slice)),
            86..=87 => assert_eq!(store.modify(&k, add_one), model.get_mut(&k).map(|value| add_one(value)).is_some()),
            88..=91 => {
                let keys: Vec<Vec<u8>> = (0..random.below(40)).map(|_| key(&mut random, shape)).collect();
                let got = store.get_many(&keys);
                assert!(got.iter().eq(keys.iter().map(|key| model.get(key).cloned()).collect::<Vec<_>>().iter()));
            }
            92..=95 if random.one_in(4) => assert_scan(&mut store, &model, &mut random, shape),
            96 if random.one_in(20) => {
                let range = bounds(&mut random, shape);
                let before = model.len();
                model.retain(|key, _| !range.contains(key));
                assert_eq!(store.delete_range(&range), before - model.len(), "{range:?}");
            }
            97 if random.one_in(60) => {
                store.clear();
                model.clear();
            }
            98 if random.one_in(20) && !snapshots.is_empty() => {
                // The newest costs what changed since; one of the other engine is copied.
                let at = if random.one_in(2) { snapshots.len() - 1 } else { random.below(snapshots.len() as u64) };
                let (snapshot, then) = &snapshots[at];
                store.restore(snapshot, random.one_in(3));
                model = then.clone();
            }
            99 => {
                // A transaction that is taken back, or kept.
                let kept = random.one_in(2);
                let mut changed = model.clone();
                let savepoint = store.savepoint();
                for _ in 0..random.below(30) {
                    let k = key(&mut random, shape);
                    match random.below(20) {
                        0..=11 => {
                            let v = value(&mut random, largest_value);
                            store.put(&k, &v);
                            changed.insert(k, v);
                        }
                        12..=17 => {
                            store.delete(&k);
                            changed.remove(&k);
                        }
                        18 => {
                            let range = bounds(&mut random, shape);
                            store.delete_range(&range);
                            changed.retain(|key, _| !range.contains(key));
                        }
                        _ if random.one_in(4) => {
                            store.clear();
                            changed.clear();
                        }
                        _ => {
                            assert_eq!(
                                store.modify(&k, add_one),
                                changed.get_mut(&k).map(|value| add_one(value)).is_some()
                            );
                        }
                    }
                }
                if kept {
                    store.release();
                    model = changed;
                } else {
                    store.roll_back_to(savepoint);
                }
            }
            _ => {}
        }
        assert_eq!(store.len(), model.len());
        if random.one_in(500) && snapshots.len() < 5 {
            snapshots.push((store.snapshot(), model.clone()));
        }
        if random.one_in(700) && !snapshots.is_empty() {
            let (snapshot, then) = snapshots.swap_remove(random.below(snapshots.len() as u64));
            snapshot.iter().for_each(|snapshot| assert_snapshot(snapshot, &then, &mut random, shape));
        }
        if random.one_in(200) {
            store.check();
        }
    }
    for (snapshot, then) in snapshots {
        snapshot.iter().for_each(|snapshot| assert_snapshot(snapshot, &then, &mut random, shape));
    }
    store.check();
    assert_eq!(store.live_snapshots(), 0);
    let range = Range::all();
    store.delete_range(&range);
    store.check();
    assert_eq!(store.size_bytes(), 0);
}

fn seeds() -> u64 {
    std::env::var("MILLPOND_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(14)
}

#[test]
fn a_random_history_gives_what_a_btreemap_gives() {
    for seed in 0..seeds() {
        history(seed, 12_000, 20_000);
    }
}

#[test]
fn large_values_come_and_go_with_the_snapshots_that_see_them() {
    for seed in 0..seeds().div_ceil(7) {
        history(1000 + seed, 2_000, 1 << 20);
    }
}
