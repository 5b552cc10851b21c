//! What the memory engines promise, each by a test of its own: contracts [1]–[7], [10]–[12].

use bytes::Bytes;
use millpond::{
    Budget, Change, Error, FieldChange, HashStore, InMemoryStore, MAX_KEY_LEN, MAX_VALUE_LEN, MemoryEngine,
    MemoryStore, Number, Range, Snapshot, StateStore, StateStoreExt,
};

/// Each promise is kept by each engine.
macro_rules! kept_by {
    ($module:ident, $engine:ident: $($promise:ident)*) => {
        mod $module {
            use millpond::$engine;
            $(#[test] fn $promise() { super::$promise($engine::new()) })*
        }
    };
}

macro_rules! promises {
    ($($promise:ident,)*) => {
        kept_by!(sorted, InMemoryStore: $($promise)*);
        kept_by!(hash, HashStore: $($promise)*);
    };
}

promises! {
    a_put_copies_its_input_and_overwrites,
    deleting_a_missing_key_is_no_error,
    size_bytes_is_the_sum_of_keys_and_values,
    a_range_is_half_open_and_reversed_bounds_give_nothing,
    a_prefix_of_the_highest_bytes_scans_to_the_end,
    a_snapshot_is_read_on_other_threads_while_the_store_is_written,
    a_snapshot_knows_what_it_holds_and_bears_metadata,
    a_snapshot_outlives_its_store_and_a_clear,
    restore_replaces_everything,
    clearing_gives_the_memory_back,
    keys_and_values_over_their_limits_are_refused_and_nothing_changes,
    values_of_a_hundred_megabytes_work,
    a_used_up_budget_refuses_a_put_and_still_takes_deletes,
    numbers_are_added_in_place,
    numbers_under_the_longest_keys_are_added_in_place_too,
    a_prefix_is_not_tightened_where_that_needs_room_that_is_not_there,
    savepoints_nest,
    an_inner_savepoint_before_the_first_write_leaves_the_outer_one_alone,
}

fn fill<E: MemoryEngine>(store: &mut MemoryStore<E>, count: u32) {
    (0..count).for_each(|number| store.put(&number.to_be_bytes(), number.to_le_bytes()).expect("put"));
}

fn numbers<E: MemoryEngine>(store: &MemoryStore<E>, range: &Range, reverse: bool) -> Vec<u32> {
    store.iter(range, reverse).map(|(key, _)| u32::from_be_bytes(key[..].try_into().expect("four bytes"))).collect()
}

fn a_put_copies_its_input_and_overwrites<E: MemoryEngine>(mut store: MemoryStore<E>) {
    let mut value = vec![1, 2, 3];
    store.put(b"k", &value).expect("put");
    value[0] = 9;
    assert_eq!(store.get_ref(b"k"), Some(&[1, 2, 3][..]));
    store.put(b"k", Bytes::from_static(b"longer than before")).expect("put");
    assert_eq!(store.get(b"k").as_deref(), Some(&b"longer than before"[..]));
    assert_eq!(store.len(), 1);
}

fn deleting_a_missing_key_is_no_error<E: MemoryEngine>(mut store: MemoryStore<E>) {
    assert_eq!(store.delete(b"missing"), Ok(false));
    assert!(!store.contains(b"missing") && store.is_empty());
}

fn size_bytes_is_the_sum_of_keys_and_values<E: MemoryEngine>(mut store: MemoryStore<E>) {
    store.put(b"ab", [0; 10]).expect("put");
    store.put(b"cd", [0; 5000]).expect("put");
    store.put(b"ab", [0; 4]).expect("put");
    assert_eq!(store.size_bytes(), 2 + 4 + 2 + 5000);
    store.delete(b"cd").expect("delete");
    assert_eq!(store.size_bytes(), 6);
    store.clear();
    assert_eq!((store.len(), store.size_bytes()), (0, 0));
}

fn a_range_is_half_open_and_reversed_bounds_give_nothing<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 10);
    let key = |number: u32| number.to_be_bytes();
    assert_eq!(numbers(&store, &Range::half_open(&key(2), &key(5)), false), [2, 3, 4]);
    assert_eq!(numbers(&store, &Range::half_open(&key(2), &key(5)), true), [4, 3, 2]);
    assert!(numbers(&store, &Range::half_open(&key(5), &key(2)), false).is_empty());
    assert!(numbers(&store, &Range::half_open(&key(5), &key(2)), true).is_empty());
}

fn a_prefix_of_the_highest_bytes_scans_to_the_end<E: MemoryEngine>(mut store: MemoryStore<E>) {
    for key in [&[1, 255][..], &[1, 255, 0], &[2], &[255], &[255, 255]] {
        store.put(key, []).expect("put");
    }
    let count = |prefix: &[u8]| store.iter(&Range::prefix(prefix), false).count();
    assert_eq!((count(&[1, 255]), count(&[255]), count(&[])), (2, 2, 5));
}

fn a_snapshot_is_read_on_other_threads_while_the_store_is_written<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 50_000);
    let snapshot = store.snapshot();
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let snapshot = snapshot.clone();
            std::thread::spawn(move || {
                for _ in 0..5 {
                    let range = Range::all();
                    let mut rows = snapshot.iter(&range, false);
                    let mut expected = 0u32;
                    while let Some((key, value)) = rows.next_ref() {
                        assert_eq!((key, value), (&expected.to_be_bytes()[..], &expected.to_le_bytes()[..]));
                        expected += 1;
                    }
                    assert_eq!(expected, 50_000);
                }
            })
        })
        .collect();
    for number in 0..50_000u32 {
        store.put(&number.to_be_bytes(), [0; 7]).expect("put");
    }
    store.delete_range(&Range::all()).expect("delete_range");
    readers.into_iter().for_each(|reader| reader.join().expect("reader"));
    drop(snapshot);
    assert_eq!(store.live_snapshots(), 0);
    store.check();
}

fn a_snapshot_knows_what_it_holds_and_bears_metadata<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 3);
    let before = std::time::SystemTime::now();
    let snapshot = store.snapshot_with("orders/0=42");
    store.clear();
    assert_eq!((snapshot.len(), snapshot.size_bytes(), &snapshot.metadata()[..]), (3, 24, &b"orders/0=42"[..]));
    assert!(snapshot.timestamp() >= before && !snapshot.is_empty());
    assert_eq!(store.snapshot().metadata().len(), 0);
}

fn a_snapshot_outlives_its_store_and_a_clear<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 10_000);
    let snapshot = store.snapshot();
    store.clear();
    assert!(store.is_empty());
    drop(store);
    assert_eq!(snapshot.len(), 10_000);
    assert_eq!(snapshot.iter(&Range::all(), true).count(), 10_000);
}

fn restore_replaces_everything<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 5000);
    let snapshot = store.snapshot();
    store.delete_range(&Range::half_open(&0u32.to_be_bytes(), &4000u32.to_be_bytes())).expect("delete_range");
    store.put(b"later", b"x").expect("put");
    store.restore(&snapshot).expect("restore");
    assert_eq!(numbers(&store, &Range::all(), false), (0..5000).collect::<Vec<_>>());
    let mut other = MemoryStore::<E>::new();
    other.put(b"gone", b"x").expect("put");
    other.restore(&snapshot).expect("restore");
    assert_eq!(other.len(), 5000);
    store.check();
    other.check();
}

fn clearing_gives_the_memory_back<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 100_000);
    let full = store.memory_bytes();
    store.clear();
    assert!(full > 1 << 20 && store.memory_bytes() <= 4096, "{full} then {}", store.memory_bytes());
}

fn keys_and_values_over_their_limits_are_refused_and_nothing_changes<E: MemoryEngine>(mut store: MemoryStore<E>) {
    store.put(&[1; MAX_KEY_LEN], b"v").expect("the longest key");
    let refused = store.put(&[1; MAX_KEY_LEN + 1], b"v");
    assert_eq!(refused, Err(Error::KeyTooLarge { len: MAX_KEY_LEN + 1, limit: MAX_KEY_LEN }));
    let too_large = vec![0; MAX_VALUE_LEN + 1];
    assert!(matches!(store.put(b"k", &too_large), Err(Error::ValueTooLarge { .. })));
    assert_eq!(store.len(), 1);
}

fn values_of_a_hundred_megabytes_work<E: MemoryEngine>(mut store: MemoryStore<E>) {
    let value = vec![7; 100 << 20];
    store.put(b"large", &value).expect("put");
    let snapshot = store.snapshot();
    store.put(b"large", b"small").expect("put");
    assert_eq!(snapshot.get_ref(b"large").map(<[u8]>::len), Some(value.len()));
    assert!(store.memory_bytes() >= value.len());
    drop(snapshot);
    store.live_snapshots();
    assert!(store.memory_bytes() < 1 << 20);
}

fn a_used_up_budget_refuses_a_put_and_still_takes_deletes<E: MemoryEngine>(_: MemoryStore<E>) {
    let budget = Budget::new(1 << 20);
    let mut store = MemoryStore::<E>::with_budget(Some(budget.clone()));
    let mut count = 0u32;
    let error = loop {
        match store.put(&count.to_be_bytes(), [0; 200]) {
            Ok(()) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, Error::Full { limit: 1 << 20 });
    assert!(budget.used() <= 1 << 20 && count > 3000, "{count} entries in {} bytes", budget.used());
    assert_eq!(store.len(), count as usize);
    store.check();
    let snapshot = store.snapshot();
    for number in 0..count {
        assert_eq!(store.delete(&number.to_be_bytes()), Ok(true));
    }
    drop(snapshot);
    store.put(b"again", [0; 200]).expect("room again");
    drop(store);
    assert_eq!(budget.used(), 0);
}

fn numbers_are_added_in_place<E: MemoryEngine>(mut store: MemoryStore<E>) {
    assert_eq!(store.add(b"n", Number::U32(5)), Ok(Number::U32(5)));
    assert_eq!(store.subtract(b"n", Number::U32(2)), Ok(Number::U32(3)));
    assert_eq!(store.subtract(b"n", Number::U32(4)), Err(Error::Overflow));
    assert_eq!(store.add(b"n", Number::U64(1)), Err(Error::WrongLayout { len: 4, expected: 8 }));
    assert_eq!(store.get_ref(b"n"), Some(&3u32.to_be_bytes()[..]));
    let change = FieldChange { offset: 0, change: Change::Max(Number::U32(9)) };
    assert_eq!(store.update_fields(b"n", &[change]), Ok(true));
    assert_eq!(store.update_fields(b"missing", &[change]), Ok(false));
    assert_eq!(store.get_ref(b"n"), Some(&9u32.to_be_bytes()[..]));
}

fn numbers_under_the_longest_keys_are_added_in_place_too<E: MemoryEngine>(mut store: MemoryStore<E>) {
    for len in [1000, 1016, 1017, MAX_KEY_LEN] {
        let key = vec![7; len];
        assert_eq!(store.add(&key, Number::I64(5)), Ok(Number::I64(5)));
        assert_eq!(store.add(&key, Number::I64(-7)), Ok(Number::I64(-2)));
    }
    store.check();
}

fn a_prefix_is_not_tightened_where_that_needs_room_that_is_not_there<E: MemoryEngine>(mut store: MemoryStore<E>) {
    let value = [7; 1002];
    store.put(b"a", b"").expect("put");
    store.put(b"b1", value).expect("put");
    store.put(b"b2", value).expect("put");
    store.delete(b"a").expect("delete");
    store.put(b"b3", value).expect("put");
    store.put(b"b4", value).expect("put");
    assert_eq!(store.get_ref(b"b4"), Some(&value[..]));
    store.check();
}

fn savepoints_nest<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 100);
    let outer = store.savepoint();
    store.put(b"a", b"outer").expect("put");
    let inner = store.savepoint();
    store.clear();
    store.put(b"b", b"inner").expect("put");
    store.roll_back_to(inner).expect("roll_back_to");
    assert_eq!((store.len(), store.contains(b"a"), store.contains(b"b")), (101, true, false));
    store.roll_back_to(outer).expect("roll_back_to");
    assert_eq!(store.len(), 100);
    store.check();
}

fn an_inner_savepoint_before_the_first_write_leaves_the_outer_one_alone<E: MemoryEngine>(mut store: MemoryStore<E>) {
    fill(&mut store, 1);
    let outer = store.savepoint();
    store.savepoint();
    store.put(b"a", b"1").expect("put");
    store.release();
    store.put(b"b", b"2").expect("put");
    store.roll_back_to(outer).expect("roll_back_to");
    assert_eq!((store.len(), store.contains(b"a"), store.contains(b"b")), (1, false, false));
}

#[test]
fn the_trait_serves_any_engine() {
    fn work<S: StateStore>(store: &mut S) {
        assert_eq!(store.get_or_insert(b"k", b"1").expect("get_or_insert"), "1");
        assert_eq!(store.get_or_insert(b"k", b"2").expect("get_or_insert"), "1");
        let doubled = |value: Option<Bytes>| value.map(|value| [&value[..], &value[..]].concat());
        assert_eq!(store.update(b"k", doubled).expect("update").as_deref(), Some(&b"11"[..]));
        assert_eq!(store.update(b"k", |_| None).expect("update"), None);
        store.put(b"a", b"1").expect("put");
        store.put(b"b", b"2").expect("put");
        assert_eq!(store.prefix_scan(b"a").expect("prefix_scan").len(), 1);
        assert_eq!(store.range_scan(b"a"..b"b").expect("range_scan").len(), 1);
        assert_eq!(store.range_scan(b"b"..b"a").expect("range_scan").len(), 0);
        store.flush().expect("flush");
    }
    work(&mut InMemoryStore::default());
    work(&mut HashStore::default());
    let boxed: [Box<dyn StateStore>; 2] =
        [Box::new(InMemoryStore::with_capacity(10)), Box::new(HashStore::with_capacity(10))];
    for mut store in boxed {
        store.put(b"k", b"v").expect("put");
        assert_eq!(store.len(), 1);
    }
}

#[test]
fn stores_and_snapshots_go_to_other_threads() {
    const fn send<T: Send>() {}
    const fn sync<T: Sync>() {}
    const {
        send::<InMemoryStore>();
        send::<HashStore>();
        send::<Box<dyn StateStore>>();
        send::<millpond::WindowedStore>();
        send::<millpond::PackedSnapshot>();
        send::<Snapshot>();
        sync::<Snapshot>();
        send::<Error>();
        sync::<Error>();
    }
    #[cfg(feature = "lmdb")]
    const {
        send::<millpond::MmapStateStore>();
    }
}

#[test]
fn a_snapshot_goes_through_bytes_at_any_alignment() {
    let mut store = InMemoryStore::new();
    (0..3000u32).for_each(|number| store.put(&number.to_be_bytes(), vec![1; number as usize % 700]).expect("put"));
    let snapshot = store.snapshot_with("orders/0=42");
    let bytes = snapshot.to_bytes().expect("to_bytes");
    for offset in 0..4 {
        let moved = [&vec![0; offset], &bytes[..]].concat();
        let read = Snapshot::from_bytes(&moved[offset..]).expect("from_bytes");
        let range = Range::all();
        assert!(read.iter(&range, false).eq(snapshot.iter(&range, false)));
        assert_eq!((read.len(), read.size_bytes()), (snapshot.len(), snapshot.size_bytes()));
        assert_eq!(read.metadata(), snapshot.metadata());
        let age = snapshot.timestamp().duration_since(read.timestamp()).expect("cut to milliseconds");
        assert!(age.as_millis() == 0, "{age:?}");
    }
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    assert!(matches!(Snapshot::from_bytes(&flipped), Err(Error::Corruption { .. })));
    assert!(matches!(Snapshot::from_bytes(&bytes[..bytes.len() - 1]), Err(Error::Corruption { .. })));
}

#[test]
fn the_memory_engines_scan_prefixes_and_ranges_and_restore_by_value() {
    let mut store = HashStore::new();
    [b"a:1", b"a:2", b"b:1"].iter().for_each(|key| store.put(*key, b"v").expect("put"));
    let keys = |rows: millpond::Iter| rows.map(|(key, _)| key).collect::<Vec<Bytes>>();
    assert_eq!(keys(store.prefix_scan(b"a:")), ["a:1", "a:2"]);
    assert_eq!(keys(store.range_scan(b"a:2"..b"c")), ["a:2", "b:1"]);
    assert!(keys(store.range_scan(b"c"..b"a")).is_empty());
    let snapshot = store.snapshot();
    store.clear();
    store.restore(snapshot).expect("restore");
    assert_eq!(store.len(), 3);
}
