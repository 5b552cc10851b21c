//! Batches that their number alone decides, and what stores hold after them.

use super::Random;
use super::timed::{self, TimedModel, TimedStores, TimedWrite};
use millpond::{Environment, Error, Number, Range, StoreId, Visit};
use std::collections::BTreeMap;

pub const STORES: usize = 2;
const KEYS: usize = 1500;

/// What the stores hold after a number of batches, which that number alone decides.
#[derive(Clone, Default)]
pub struct Model {
    pub batches: u64,
    pub stores: [BTreeMap<Vec<u8>, Vec<u8>>; STORES],
    pub timed: TimedModel,
}

/// One write of a batch.
pub enum Write {
    Put(usize, Vec<u8>, Vec<u8>),
    Delete(usize, Vec<u8>),
    Add(usize, Vec<u8>),
    Clear(usize),
    Timed(TimedWrite),
}

fn writes(batch: u64) -> Vec<Write> {
    let mut random = Random::new(batch);
    let count = if random.below(50) == 0 { 400 } else { 1 + random.below(12) };
    let mut writes: Vec<Write> = (0..count).map(|_| write(&mut random)).collect();
    writes.extend(timed::writes(batch, &mut random).map(Write::Timed));
    writes
}

fn write(random: &mut Random) -> Write {
    let store = random.below(STORES);
    let key = match random.below(60) {
        0 => Vec::new(),
        _ => format!("key {:05}", random.below(KEYS)).into_bytes(),
    };
    match random.below(400) {
        0 => Write::Clear(store),
        1..60 => Write::Delete(store, key),
        60..100 => Write::Add(store, format!("sum {}", random.below(20)).into_bytes()),
        100..104 => Write::Put(store, key, vec![random.below(256) as u8; 6000 + random.below(20_000)]),
        _ => {
            let len = random.below(120);
            let first = random.below(256) as u8;
            Write::Put(store, key, (0..len).map(|index| first.wrapping_mul(index as u8)).collect())
        }
    }
}

impl Model {
    pub fn advance(&mut self, to: u64) {
        while self.batches < to {
            self.batches += 1;
            for write in writes(self.batches) {
                match write {
                    Write::Put(store, key, value) => drop(self.stores[store].insert(key, value)),
                    Write::Delete(store, key) => drop(self.stores[store].remove(&key)),
                    Write::Clear(store) => self.stores[store].clear(),
                    Write::Timed(write) => self.timed.apply(&write),
                    Write::Add(store, key) => {
                        let number = self.stores[store].get(&key).map_or(0, |value| number_of(value));
                        self.stores[store].insert(key, (number + 1).to_be_bytes().to_vec());
                    }
                }
            }
        }
    }
}

pub fn number_of(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().expect("eight bytes"))
}

/// The stores that batches are written to, and the one that says which batch was the last.
pub struct Stores {
    pub stores: Vec<StoreId>,
    meta: StoreId,
    timed: TimedStores,
}

impl Stores {
    pub fn open(environment: &mut Environment) -> Stores {
        let mut open = |name: &str| environment.open_store(name, b"").expect("a store");
        let stores = (0..STORES).map(|number| open(&format!("store {number}"))).collect();
        Stores { stores, meta: open("meta"), timed: TimedStores::open(environment) }
    }

    /// The last batch.
    pub fn last(&self, environment: &mut Environment) -> u64 {
        environment.get(self.meta, b"batch").expect("get").map_or(0, number_of)
    }

    /// Writes a batch, all of it or, with an error, nothing.
    pub fn write(&self, environment: &mut Environment, batch: u64) -> Result<(), Error> {
        environment.savepoint();
        let written = writes(batch).into_iter().try_for_each(|write| self.apply(environment, write));
        let written = written.and_then(|()| environment.put(self.meta, b"batch", &batch.to_be_bytes()));
        match written {
            Ok(()) => environment.release(),
            Err(_) => {
                environment.roll_back().expect("memory");
                self.timed.forget();
            }
        }
        written
    }

    fn apply(&self, environment: &mut Environment, write: Write) -> Result<(), Error> {
        let stores = &self.stores;
        match write {
            Write::Put(store, key, value) => environment.put(stores[store], &key, &value),
            Write::Delete(store, key) => environment.delete(stores[store], &key),
            Write::Clear(store) => environment.clear(stores[store]),
            Write::Add(store, key) => environment.add(stores[store], &key, Number::U64(1)).map(drop),
            Write::Timed(write) => self.timed.apply(environment, &write),
        }
    }

    /// Panics unless the stores hold what the model does.
    pub fn compare(&self, environment: &mut Environment, model: &Model) {
        for (store, expected) in self.stores.iter().zip(&model.stores) {
            compare(environment, *store, expected);
        }
        self.timed.compare(environment, &model.timed);
    }
}

fn compare(environment: &mut Environment, store: StoreId, expected: &BTreeMap<Vec<u8>, Vec<u8>>) {
    let mut rows = expected.iter();
    let scan = environment.scan_some(store, Range::all(), false, |key, value| {
        let (wanted_key, wanted_value) = rows.next().expect("a row that nobody wrote");
        assert_eq!(key.escape_ascii().to_string(), wanted_key.escape_ascii().to_string());
        assert!(value == wanted_value, "the value of {} is another batch's", key.escape_ascii());
        Visit::Next
    });
    assert!(scan.expect("scan").is_none());
    assert!(rows.next().is_none(), "a row is lost");
    assert_eq!(environment.len(store).expect("len"), expected.len());
}
