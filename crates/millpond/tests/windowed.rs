//! Windows and sessions against a model, in memory and on disk: whatever is done, what is read is what the model has, in its
//! order, and the index has an entry for each row and no other.
//!
//! `MILLPOND_SEEDS` is the number of histories.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{
    Change, Depth, Environment, EnvironmentOptions, EnvironmentTables, FieldChange, InMemoryStore, Layout,
    MemoryTables, Number, Range, StoreId, Table, Tables, Times, Visit, Walk, Windowed, WindowedStore, Work,
    WriteTables,
};
use std::collections::BTreeMap;

const SIZE: i64 = 10;
const KEYS: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\0\xFF", b"a", b"a\0", b"aa", b"b"];

type Key = (Vec<u8>, i64, i64, u32);
type Rows = Vec<(Key, Vec<u8>)>;

trait Engine {
    type Tables<'e>: WriteTables
    where
        Self: 'e;

    fn tables(&mut self) -> Self::Tables<'_>;

    /// What may happen at any time and changes nothing that is seen.
    fn disturb(&mut self, random: &mut Random);

    /// Takes back what `f` writes.
    fn undone(&mut self, f: impl FnOnce(&mut Self));
}

#[derive(Default)]
struct Memory {
    rows: InMemoryStore,
    index: InMemoryStore,
}

impl Engine for Memory {
    type Tables<'e> = MemoryTables<'e>;

    fn tables(&mut self) -> MemoryTables<'_> {
        MemoryTables { rows: &mut self.rows, index: &mut self.index }
    }

    fn disturb(&mut self, _: &mut Random) {}

    fn undone(&mut self, f: impl FnOnce(&mut Memory)) {
        let marks = (self.rows.savepoint(), self.index.savepoint());
        f(self);
        self.rows.roll_back_to(marks.0).expect("roll back");
        self.index.roll_back_to(marks.1).expect("roll back");
    }
}

struct Disk {
    dir: TempDir,
    environment: Option<Environment>,
    stores: (StoreId, StoreId),
    layout: Layout,
}

impl Disk {
    fn new(layout: Layout) -> Disk {
        let dir = TempDir::new();
        let (environment, stores) = Disk::open(&dir, layout);
        Disk { dir, environment: Some(environment), stores, layout }
    }

    fn open(dir: &TempDir, layout: Layout) -> (Environment, (StoreId, StoreId)) {
        let mut options = EnvironmentOptions::new(dir.path());
        options.map_size = 1 << 30;
        let mut environment = Environment::open(options).expect("open");
        let rows = environment.open_store("rows", b"").expect("store");
        let index = environment.open_index(rows, layout).expect("index");
        (environment, (rows, index))
    }

    fn environment(&mut self) -> &mut Environment {
        self.environment.as_mut().expect("open")
    }
}

impl Engine for Disk {
    type Tables<'e> = EnvironmentTables<'e>;

    fn tables(&mut self) -> EnvironmentTables<'_> {
        let (rows, index) = self.stores;
        EnvironmentTables { environment: self.environment(), rows, index }
    }

    fn disturb(&mut self, random: &mut Random) {
        match random.below(12) {
            0 => {
                self.environment.take().expect("open").close(true).finish().expect("close");
                let (environment, stores) = Disk::open(&self.dir, self.layout);
                (self.environment, self.stores) = (Some(environment), stores);
            }
            // As after a kill, with what the log has.
            1 => {
                let environment = self.environment();
                let sealed = environment.seal();
                while environment.progress().durable < sealed {
                    std::thread::yield_now();
                }
                self.environment = None;
                let (environment, stores) = Disk::open(&self.dir, self.layout);
                (self.environment, self.stores) = (Some(environment), stores);
            }
            2 | 3 => {
                self.environment().seal();
                self.environment().merge();
            }
            _ => {
                self.environment().seal();
            }
        }
    }

    fn undone(&mut self, f: impl FnOnce(&mut Disk)) {
        self.environment().savepoint();
        f(self);
        self.environment().roll_back().expect("roll back");
    }
}

struct Test<E> {
    engine: E,
    layout: Layout,
    store: WindowedStore,
    model: BTreeMap<Key, Vec<u8>>,
    stream_time: Option<i64>,
    random: Random,
}

impl<E: Engine> Test<E> {
    fn new(engine: E, layout: Layout, seed: u64) -> Test<E> {
        let store = WindowedStore::new(layout, SIZE);
        Test { engine, layout, store, model: BTreeMap::new(), stream_time: None, random: Random::new(seed) }
    }

    fn time(&mut self) -> i64 {
        self.random.below(60) as i64 - 20
    }

    fn key(&mut self) -> &'static [u8] {
        KEYS[self.random.below(KEYS.len())]
    }

    fn row(&mut self) -> Windowed<'static> {
        let (key, start) = (self.key(), self.time());
        let is_usual = self.layout != Layout::Sessions && self.random.below(5) > 0;
        let len = if is_usual { SIZE } else { self.random.below(40) as i64 };
        Windowed { key, start, end: start + len, number: 0 }
    }

    fn advance(&mut self, row: Windowed) {
        let time = if self.layout == Layout::Sessions { row.end } else { row.start };
        self.stream_time = self.stream_time.max(Some(time));
    }

    fn put_in_model(&mut self, row: Windowed, value: &[u8]) {
        let duplicates = self.layout == (Layout::Windows { duplicates: true });
        let is_of = is_of(row);
        let last = self.model.keys().filter(|key| is_of(key)).map(|key| key.3).max();
        let number = if duplicates { last.map_or(0, |last| last + 1) } else { 0 };
        self.model.insert((row.key.to_vec(), row.start, row.end, number), value.to_vec());
        self.advance(row);
    }

    fn step(&mut self) {
        let (row, store) = (self.row(), &mut self.store);
        let value = [row.start as u8 & 0x7F; 8];
        match self.random.below(20) {
            0..8 => {
                store.put(&mut self.engine.tables(), row, &value).expect("put");
                self.put_in_model(row, &value);
            }
            8..10 => {
                store.delete(&mut self.engine.tables(), row).expect("delete");
                let is_of = is_of(row);
                self.model.retain(|key, _| !is_of(key));
            }
            10..12 if self.layout != (Layout::Windows { duplicates: true }) => {
                let sum = store.add(&mut self.engine.tables(), row, Number::U64(1), false).expect("add");
                let key = (row.key.to_vec(), row.start, row.end, 0);
                let before = self.model.get(&key).map_or(0, |value| as_number(value));
                assert_eq!(sum, Number::U64(before + 1));
                self.put_in_model(row, &(before + 1).to_be_bytes());
            }
            12 => self.expire(),
            13..16 if self.layout == Layout::Sessions => self.merge(),
            16 if self.layout == Layout::Sessions => {
                store.delete_key(&mut self.engine.tables(), row.key).expect("delete");
                self.model.retain(|(key, ..), _| key != row.key);
            }
            18 if self.layout != (Layout::Windows { duplicates: true }) => self.update_fields(row),
            17 => {
                self.engine.undone(|engine| {
                    store.put(&mut engine.tables(), row, b"undone").expect("put");
                    store.expire(&mut engine.tables(), row.start, |_| {}).expect("expire");
                });
                store.forget();
            }
            _ => {
                let random = &mut self.random;
                self.engine.disturb(random);
                if random.below(3) == 0 {
                    store.forget();
                }
            }
        }
    }

    fn update_fields(&mut self, row: Windowed) {
        let changes = [FieldChange { offset: 0, change: Change::Add(Number::U64(2)) }];
        let blank = (self.random.below(3) > 0).then_some(&[0; 8][..]);
        let before = self.model.get(&(row.key.to_vec(), row.start, row.end, 0)).map(|value| as_number(value));
        let updated = self.store.update_fields(&mut self.engine.tables(), row, &changes, blank).expect("update");
        assert_eq!(updated, before.is_some() || blank.is_some());
        if updated {
            self.put_in_model(row, &(before.unwrap_or(0) + 2).to_be_bytes());
        }
    }

    fn expire(&mut self) {
        let time = self.time();
        let mut removed = Vec::new();
        let count = self.store.expire(&mut self.engine.tables(), time, |row| removed.push(owned(row))).expect("expire");
        let mut gone: Vec<Key> = self.model.keys().filter(|key| key.2 < time).cloned().collect();
        self.model.retain(|key, _| key.2 >= time);
        assert_eq!(count, gone.len());
        removed.sort();
        gone.sort();
        assert_eq!(removed, gone);
    }

    fn merge(&mut self) {
        let (key, time, gap) = (self.key(), self.time(), self.random.below(8) as i64 + 1);
        let mut union = Windowed { key, start: time, end: time, number: 0 };
        let is_near = |found: &Key| found.0 == key && found.1 <= time + gap && found.2 >= time - gap;
        let near: Vec<Key> = self.model.keys().filter(|found| is_near(found)).cloned().collect();
        let mut walk = self.store.walk_near(&mut self.engine.tables(), key, time, gap).expect("near");
        let found = self.rows_of(&mut walk, Some(key));
        assert_eq!(found.iter().map(|(key, _)| key).collect::<Vec<_>>(), near.iter().collect::<Vec<_>>());
        for (_, start, end, _) in &near {
            (union.start, union.end) = (union.start.min(*start), union.end.max(*end));
        }
        self.model.retain(|key, _| !near.contains(key));
        let merged = self.store.merge(&mut self.engine.tables(), key, time, gap, b"8 bytes.").expect("merge");
        assert_eq!(merged, (union.start, union.end));
        self.put_in_model(union, b"8 bytes.");
    }

    /// All rows of a walk, a few at a time, with a view of the first moment.
    fn rows_of(&mut self, walk: &mut Walk, key: Option<&[u8]>) -> Rows {
        let mut rows = Vec::new();
        let room = self.random.below(5) + 1;
        let mut view = self.engine.tables().view();
        let mut more = fill(walk, &mut self.engine.tables(), room, key, &mut rows);
        while more {
            more = fill(walk, &mut view, room, key, &mut rows);
        }
        rows
    }

    fn check(&mut self) {
        let reverse = self.random.below(2) == 0;
        let (from, to) = (self.time(), self.time());
        let times = Times { starts: (from, to), ends_from: None };
        self.check_all((None, None), Times::ALL, reverse);
        self.check_all((None, None), times, reverse);
        let (first, last) = (self.key(), self.key());
        self.check_all((Some(first), Some(last)), times, reverse);
        let times = match self.layout {
            Layout::Sessions => Times { starts: (i64::MIN, to), ends_from: Some(from) },
            _ => times,
        };
        let mut walk = self.store.walk_key(&mut self.engine.tables(), first, times, reverse).expect("walk");
        let found = self.rows_of(&mut walk, Some(first));
        assert_eq!(found, self.expected((Some(first), Some(first)), times, reverse));
        let row = self.row();
        let expected = self.model.get(&(row.key.to_vec(), row.start, row.end, 0)).cloned();
        let found = self.store.get(&mut self.engine.tables(), row).expect("get").map(<[u8]>::to_vec);
        assert_eq!(found, expected);
        assert_eq!(self.store.stream_time(&mut self.engine.tables()).expect("time"), self.stream_time);
        self.check_index();
    }

    fn check_all(&mut self, keys: (Option<&[u8]>, Option<&[u8]>), times: Times, reverse: bool) {
        let mut walk = self.store.walk_all(keys, times, reverse);
        let found = self.rows_of(&mut walk, None);
        assert_eq!(found, self.expected(keys, times, reverse));
    }

    fn expected(&self, (first, last): (Option<&[u8]>, Option<&[u8]>), times: Times, reverse: bool) -> Rows {
        let is_in = |(key, start, end, _): &Key| {
            first.is_none_or(|first| first <= &key[..])
                && last.is_none_or(|last| &key[..] <= last)
                && (times.starts.0..=times.starts.1).contains(start)
                && times.ends_from.is_none_or(|from| *end >= from)
        };
        let mut rows: Rows =
            self.model.iter().filter(|(key, _)| is_in(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
        if self.layout != Layout::Sessions {
            rows.sort_by(|(a, _), (b, _)| (a.1, a.2, &a.0, a.3).cmp(&(b.1, b.2, &b.0, b.3)));
        }
        if reverse {
            rows.reverse();
        }
        rows
    }

    /// The index has an entry for each row, and beside them one note at most.
    fn check_index(&mut self) {
        let tables = &mut self.engine.tables();
        let [rows, index] = [Table::Rows, Table::Index].map(|table| {
            let mut count = 0;
            let scanned = tables.scan(table, &Range::all(), false, Depth::Any, |key, _| {
                count += (key.len() >= 17) as usize;
                Visit::Next
            });
            scanned.map(|()| count).expect("scan")
        });
        assert_eq!((rows, index), (self.model.len(), self.model.len()));
    }
}

fn fill(walk: &mut Walk, tables: &mut impl Tables, room: usize, key: Option<&[u8]>, rows: &mut Rows) -> bool {
    let mut left = room;
    walk.fill(tables, room, |row, value| {
        if left == 0 {
            return Visit::Full;
        }
        left -= 1;
        rows.push((owned(Windowed { key: key.unwrap_or(row.key), ..row }), value.to_vec()));
        Visit::Next
    })
    .expect("fill")
}

fn is_of(row: Windowed) -> impl Fn(&Key) -> bool {
    let wanted = (row.key.to_vec(), row.start, row.end);
    move |(key, start, end, _)| (key, start, end) == (&wanted.0, &wanted.1, &wanted.2)
}

fn owned(row: Windowed) -> Key {
    (row.key.to_vec(), row.start, row.end, row.number)
}

fn as_number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().expect("eight bytes"))
}

const LAYOUTS: [Layout; 3] =
    [Layout::Windows { duplicates: false }, Layout::Windows { duplicates: true }, Layout::Sessions];

fn seeds() -> u64 {
    std::env::var("MILLPOND_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12)
}

fn histories<E: Engine>(seeds: u64, steps: usize, engine: impl Fn(Layout) -> E) {
    for seed in 1..=seeds {
        for layout in LAYOUTS {
            let mut test = Test::new(engine(layout), layout, seed);
            for _ in 0..steps {
                test.step();
                test.check();
            }
        }
    }
}

#[test]
fn windows_and_sessions_in_memory_are_what_the_model_says() {
    histories(seeds() * 4, 150, |_| Memory::default());
}

#[test]
fn windows_and_sessions_on_disk_are_what_the_model_says() {
    histories(seeds().div_ceil(4), 150, Disk::new);
}

/// What a crash must never leave: `verify` would tell.
#[test]
fn a_store_that_outlives_its_environment_finds_what_the_next_one_has_below() {
    let layout = Layout::Windows { duplicates: false };
    let (mut engine, mut store) = (Disk::new(layout), WindowedStore::new(layout, SIZE));
    let row = Windowed { key: b"a", start: 5, end: 5 + SIZE, number: 0 };
    store.put(&mut engine.tables(), row, b"value").expect("put");
    engine.environment().seal();
    engine.environment.take().expect("open").close(true).finish().expect("close");
    let (environment, stores) = Disk::open(&engine.dir, layout);
    (engine.environment, engine.stores) = (Some(environment), stores);
    assert_eq!(store.get(&mut engine.tables(), row), Ok(Some(&b"value"[..])));
}

#[test]
fn fields_of_a_row_whose_key_is_too_long_are_refused() {
    let layout = Layout::Windows { duplicates: false };
    let changes = [FieldChange { offset: 0, change: Change::Add(Number::U64(2)) }];
    let key = vec![b'k'; 5000];
    let row = Windowed { key: &key, start: 0, end: SIZE, number: 0 };
    let (mut memory, mut disk) = (Memory::default(), Disk::new(layout));
    let mut store = WindowedStore::new(layout, SIZE);
    let refused = |outcome| matches!(outcome, Err(millpond::Error::KeyTooLarge { .. }));
    assert!(refused(store.update_fields(&mut memory.tables(), row, &changes, Some(&[0; 8]))));
    let mut store = WindowedStore::new(layout, SIZE);
    assert!(refused(store.update_fields(&mut disk.tables(), row, &changes, Some(&[0; 8]))));
}

#[test]
fn an_index_that_does_not_agree_with_its_rows_is_found() {
    let layout = Layout::Windows { duplicates: false };
    let mut disk = Disk::new(layout);
    let mut store = WindowedStore::new(layout, SIZE);
    for start in 0..100 {
        let row = Windowed { key: b"key", start, end: start + SIZE, number: 0 };
        store.put(&mut disk.tables(), row, b"value").expect("put");
    }
    // The stream time's note is none of them.
    store.delete(&mut disk.tables(), Windowed { key: b"key", start: 99, end: 99 + SIZE, number: 0 }).expect("delete");
    let verified = |disk: &mut Disk| {
        disk.environment.take().expect("open").close(true).finish().expect("close");
        let (environment, stores) = Disk::open(&disk.dir, layout);
        (disk.environment, disk.stores) = (Some(environment), stores);
        disk.environment().verify()(&Work::default()).expect("verify")
    };
    assert_eq!(verified(&mut disk), []);
    let index = disk.stores.1;
    let entry = [&[0x80, 0, 0, 0, 0, 0, 0, 5, 0x80, 0, 0, 0, 0, 0, 0, 15][..], b"key\0"].concat();
    disk.environment().delete(index, &entry).expect("delete");
    let problems = verified(&mut disk);
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (&problems[0].store[..], &problems[0].problem[..]),
        ("rows", "its index has 98 entries for 99 rows, or others")
    );
}
