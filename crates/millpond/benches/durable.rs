//! The durable engine, sustained over many merges: what an operation costs the thread that makes it, and how long that thread
//! is kept at most. `MILLPOND_BENCH_KEYS` and `MILLPOND_BENCH_ROUNDS` scale it.

#![allow(missing_docs, clippy::unwrap_used)]

use millpond::{Environment, EnvironmentOptions, Number, Range, StoreId, Visit};
use std::time::{Duration, Instant};

fn variable(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % bound as u64) as usize
    }
}

fn key(number: usize) -> [u8; 16] {
    let mut key = *b"user:00000000000";
    let mut rest = number;
    for place in key.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

/// Times `operations` calls, sealing a batch every 10,000, until all is durable; prints the mean, and what a call kept its
/// caller at most.
fn sustained(
    name: &str,
    environment: &mut Environment,
    operations: usize,
    mut call: impl FnMut(&mut Environment, usize),
) {
    const BATCH: usize = 10_000;
    let mut slowest: Vec<Duration> = Vec::with_capacity(operations / 64);
    let begun = Instant::now();
    for number in 0..operations {
        if number % 64 == 0 {
            let before = Instant::now();
            call(environment, number);
            slowest.push(before.elapsed());
        } else {
            call(environment, number);
        }
        if number % BATCH == BATCH - 1 {
            let before = Instant::now();
            environment.seal();
            slowest.push(before.elapsed());
        }
    }
    let sealed = environment.seal();
    let called = begun.elapsed();
    while environment.progress().durable < sealed {
        std::thread::sleep(Duration::from_micros(50));
    }
    let durable = begun.elapsed();
    slowest.sort_unstable();
    let at = |part: f64| slowest[((slowest.len() - 1) as f64 * part) as usize];
    let each = |time: Duration| time.as_nanos() as f64 / operations as f64;
    println!(
        "{name:<34} {:>6.0} ns called, {:>6.0} ns durable; p99.9 {:?}, most {:?}; {:?}",
        each(called),
        each(durable),
        at(0.999),
        at(1.0),
        environment.stats(),
    );
}

fn main() {
    let keys = variable("MILLPOND_BENCH_KEYS", 1_000_000);
    let rounds = variable("MILLPOND_BENCH_ROUNDS", 3);
    let dir = std::env::var("MILLPOND_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let dir = dir.join(format!("millpond-bench-{}", std::process::id()));
    let open = || {
        let mut environment = Environment::open(EnvironmentOptions::new(&dir)).unwrap();
        let store = environment.open_store("bench", b"").unwrap();
        (environment, store)
    };
    let value = |number: usize| [(number as u64).to_be_bytes(), 7u64.to_be_bytes(), 9u64.to_be_bytes()].concat();
    let (mut environment, store) = open();
    sustained("load in order", &mut environment, keys, |environment, number| {
        environment.put(store, &key(number), &value(number)).unwrap();
    });
    let begun = Instant::now();
    environment.close(true).finish().unwrap();
    println!("close {:?}", begun.elapsed());
    let begun = Instant::now();
    let (mut environment, store) = open();
    println!("open {:?}", begun.elapsed());
    reads(&mut environment, store, keys);
    let mut random = Random(88_172_645_463_325_252);
    sustained("overwrite at random", &mut environment, keys * rounds, |environment, number| {
        environment.put(store, &key(random.below(keys)), &value(number)).unwrap();
    });
    sustained("get, then put at random", &mut environment, keys * rounds, |environment, number| {
        let key = key(random.below(keys));
        let found = environment.get(store, &key).unwrap().is_some();
        assert!(found);
        environment.put(store, &key, &value(number)).unwrap();
    });
    let counts = environment.open_store("counts", b"").unwrap();
    sustained("add at random", &mut environment, keys * rounds, |environment, _| {
        environment.add(counts, &key(random.below(keys)), Number::U64(1)).unwrap();
    });
    let begun = Instant::now();
    environment.close(true).finish().unwrap();
    println!("close {:?}", begun.elapsed());
    std::fs::remove_dir_all(&dir).unwrap();
}

fn reads(environment: &mut Environment, store: StoreId, keys: usize) {
    let mut random = Random(1);
    for round in 0..8 {
        let count = 1_000_000;
        let begun = Instant::now();
        for _ in 0..count {
            let found = environment.get(store, &key(random.below(keys))).unwrap().is_some();
            assert!(found);
        }
        println!("get, round {round}: {:.0} ns", begun.elapsed().as_nanos() as f64 / count as f64);
    }
    let begun = Instant::now();
    let (mut rows, scans) = (0, 20_000.min(keys));
    for _ in 0..scans {
        let range =
            Range { from: std::ops::Bound::Included(key(random.below(keys)).to_vec()), to: std::ops::Bound::Unbounded };
        let mut left = 100;
        let scan = environment.scan_some(store, range, false, |_, _| {
            rows += 1;
            left -= 1;
            if left == 0 { Visit::Done } else { Visit::Next }
        });
        drop(scan.unwrap());
    }
    println!("scan of 100: {:.0} ns a row", begun.elapsed().as_nanos() as f64 / rows as f64);
}
