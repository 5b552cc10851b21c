//! Windows and sessions in the batches: what a batch does to them, and what they hold after it.

use super::Random;
use millpond::{
    Depth, Environment, EnvironmentTables, Error, Layout, Number, Range, StoreId, Table, Tables, Times, Visit,
    Windowed, WindowedStore,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

const SIZE: i64 = 50;
const GAP: i64 = 20;
/// How long windows and sessions are kept before a batch removes them.
const KEPT: i64 = 3000;

type Rows = BTreeMap<(Vec<u8>, i64, i64), Vec<u8>>;

/// What the two stores hold.
#[derive(Clone, Default)]
pub struct TimedModel {
    windows: Rows,
    sessions: Rows,
    /// The latest start of a window, and end of a session.
    latest: (Option<i64>, Option<i64>),
}

/// A write to one of them.
pub enum TimedWrite {
    /// Adds one to a window of a key.
    Add(Vec<u8>, i64),
    /// Removes it.
    Delete(Vec<u8>, i64),
    /// An event of a session.
    Merge(Vec<u8>, i64),
    /// Removes all that ended before.
    Expire(i64),
}

pub fn writes(batch: u64, random: &mut Random) -> impl Iterator<Item = TimedWrite> {
    let now = batch as i64 * 4;
    let mut writes = Vec::new();
    for _ in 0..random.below(4) {
        let key = [&b"k\0\0"[..random.below(4)], &[random.below(3) as u8]].concat();
        let time = now - random.below(400) as i64;
        writes.push(match random.below(10) {
            0..5 => TimedWrite::Add(key, time.div_euclid(SIZE) * SIZE),
            5 => TimedWrite::Delete(key, time.div_euclid(SIZE) * SIZE),
            _ => TimedWrite::Merge(key, time),
        });
    }
    if random.below(30) == 0 {
        writes.push(TimedWrite::Expire(now - KEPT));
    }
    writes.into_iter()
}

impl TimedModel {
    pub fn apply(&mut self, write: &TimedWrite) {
        match write {
            TimedWrite::Add(key, start) => {
                let value = self.windows.entry((key.clone(), *start, start + SIZE)).or_insert_with(|| vec![0; 8]);
                *value = (number_of(value) + 1).to_be_bytes().to_vec();
                self.latest.0 = self.latest.0.max(Some(*start));
            }
            TimedWrite::Delete(key, start) => drop(self.windows.remove(&(key.clone(), *start, start + SIZE))),
            TimedWrite::Merge(key, time) => {
                let is_near =
                    |found: &(Vec<u8>, i64, i64)| &found.0 == key && found.1 <= time + GAP && found.2 >= time - GAP;
                let near: Vec<_> = self.sessions.keys().filter(|found| is_near(found)).cloned().collect();
                near.iter().for_each(|found| drop(self.sessions.remove(found)));
                let start = near.iter().map(|found| found.1).min().map_or(*time, |start| start.min(*time));
                let end = near.iter().map(|found| found.2).max().map_or(*time, |end| end.max(*time));
                self.sessions.insert((key.clone(), start, end), time.to_be_bytes().to_vec());
                self.latest.1 = self.latest.1.max(Some(end));
            }
            TimedWrite::Expire(time) => {
                self.windows.retain(|key, _| key.2 >= *time);
                self.sessions.retain(|key, _| key.2 >= *time);
            }
        }
    }
}

fn number_of(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().expect("eight bytes"))
}

/// A windowed store, by its tables.
struct Timed {
    store: RefCell<WindowedStore>,
    rows: StoreId,
    index: StoreId,
}

impl Timed {
    fn open(environment: &mut Environment, name: &str, layout: Layout) -> Timed {
        let rows = environment.open_store(name, b"").expect("a store");
        let index = environment.open_index(rows, layout).expect("an index");
        Timed { store: RefCell::new(WindowedStore::new(layout, SIZE)), rows, index }
    }

    fn tables<'e>(&self, environment: &'e mut Environment) -> EnvironmentTables<'e> {
        EnvironmentTables { environment, rows: self.rows, index: self.index }
    }

    fn compare(&self, environment: &mut Environment, model: &Rows, latest: Option<i64>) {
        let mut store = self.store.borrow_mut();
        let tables = &mut self.tables(environment);
        let mut found = Vec::new();
        let more = store.walk_all((None, None), Times::ALL, false).fill(tables, usize::MAX, |row, value| {
            found.push(((row.key.to_vec(), row.start, row.end), value.to_vec()));
            Visit::Next
        });
        assert!(!more.expect("a walk"));
        found.sort();
        let expected: Vec<_> = model.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(found, expected, "windows or sessions that nobody wrote, or lost ones");
        let mut entries = 0;
        let counted = tables.scan(Table::Index, &Range::all(), false, Depth::Any, |key, _| {
            entries += (key.len() > 8) as usize;
            Visit::Next
        });
        counted.expect("a scan");
        assert_eq!(entries, model.len(), "the index has entries without rows");
        assert_eq!(store.stream_time(tables).expect("a time"), latest);
    }
}

/// The store of windows and the one of sessions.
pub struct TimedStores {
    windows: Timed,
    sessions: Timed,
}

impl TimedStores {
    pub fn open(environment: &mut Environment) -> TimedStores {
        TimedStores {
            windows: Timed::open(environment, "windows", Layout::Windows { duplicates: false }),
            sessions: Timed::open(environment, "sessions", Layout::Sessions),
        }
    }

    pub fn forget(&self) {
        self.windows.store.borrow_mut().forget();
        self.sessions.store.borrow_mut().forget();
    }

    pub fn apply(&self, environment: &mut Environment, write: &TimedWrite) -> Result<(), Error> {
        let (windows, sessions) = (&self.windows, &self.sessions);
        let window = |key, start: i64| Windowed { key, start, end: start + SIZE, number: 0 };
        match write {
            TimedWrite::Add(key, start) => {
                let mut store = windows.store.borrow_mut();
                store.add(&mut windows.tables(environment), window(key, *start), Number::U64(1), false).map(drop)
            }
            TimedWrite::Delete(key, start) => {
                let mut store = windows.store.borrow_mut();
                store.delete(&mut windows.tables(environment), window(key, *start))
            }
            TimedWrite::Merge(key, time) => {
                let (mut store, value) = (sessions.store.borrow_mut(), time.to_be_bytes());
                store.merge(&mut sessions.tables(environment), key, *time, GAP, &value).map(drop)
            }
            TimedWrite::Expire(time) => [windows, sessions].into_iter().try_for_each(|timed| {
                let mut store = timed.store.borrow_mut();
                store.expire(&mut timed.tables(environment), *time, |_| {}).map(drop)
            }),
        }
    }

    /// Panics unless the stores hold what the model does, and their indexes agree.
    pub fn compare(&self, environment: &mut Environment, model: &TimedModel) {
        self.windows.compare(environment, &model.windows, model.latest.0);
        self.sessions.compare(environment, &model.sessions, model.latest.1);
    }
}
