//! A packed snapshot of any bytes, and one whose checksums are right and whose structure is not: no panic, no walk without an
//! end, and what is found whole reads back the same by every way.
#![no_main]

mod hostile;

use arbitrary::Arbitrary;
use hostile::{Draft, Entries, Hostile};
use libfuzzer_sys::fuzz_target;
use millpond::{Error, InMemoryStore, PackedSnapshot, Range};
use std::ops::Bound;

#[derive(Arbitrary, Debug)]
enum Input {
    Bytes(Vec<u8>),
    Sound(Vec<(Vec<u8>, Vec<u8>)>, u8),
    Hostile { entries: Vec<(Vec<u8>, Vec<u8>)>, hostile: Hostile, from: Bound<Vec<u8>>, to: Bound<Vec<u8>> },
}

fn assert_known(error: Error) {
    let is_known = matches!(error, Error::Corruption { .. } | Error::Unusable { .. } | Error::WrongBase { .. });
    assert!(is_known, "{error}");
}

/// Entries of a range in the order of keys, up to the first error. There is no more of them than there are bytes.
fn walk(snapshot: &PackedSnapshot, range: &Range, reverse: bool) -> (Entries, bool) {
    let mut entries = Entries::new();
    for entry in snapshot.iter(range, reverse) {
        let Ok((key, value)) = entry else { return (entries, false) };
        assert!(range.contains(key));
        assert!(entries.last().is_none_or(|(last, _)| if reverse { &last[..] > key } else { &last[..] < key }));
        entries.push((key.to_vec(), value.to_vec()));
    }
    (entries, true)
}

fn read(snapshot: &PackedSnapshot, range: &Range) {
    let is_whole = snapshot.verify().map_err(assert_known).is_ok();
    let (forwards, ends) = walk(snapshot, &Range::all(), false);
    let (mut backwards, begins) = walk(snapshot, &Range::all(), true);
    backwards.reverse();
    let (inside, is_inside) = walk(snapshot, range, false);
    walk(snapshot, range, true);
    if !is_whole {
        for (key, _) in &forwards {
            let _whatever_it_is = snapshot.get(key);
        }
        return;
    }
    assert!(ends && begins && is_inside);
    assert_eq!((forwards.len(), &forwards), (snapshot.len(), &backwards));
    for (key, value) in &forwards {
        assert_eq!(snapshot.get(key), Ok(Some(&value[..])));
        let next = [&key[..], &[0]].concat();
        let found = snapshot.get(&next).expect("it is whole").map(<[u8]>::to_vec);
        assert_eq!(found.as_ref(), forwards.iter().find(|(key, _)| *key == next).map(|(_, value)| value));
    }
    assert!(forwards.iter().filter(|(key, _)| range.contains(key)).eq(&inside));
    let mut store = InMemoryStore::new();
    store.unpack(snapshot).expect("it is whole");
    assert_eq!((store.len(), store.size_bytes()), (snapshot.len(), snapshot.info().size_bytes as usize));
}

/// In the order of keys, each of them once.
fn in_order(mut entries: Entries) -> Entries {
    entries.sort();
    entries.dedup_by(|(a, _), (b, _)| a == b);
    entries
}

fuzz_target!(|input: Input| {
    let (bytes, range) = match input {
        Input::Bytes(bytes) => (bytes, Range::all()),
        Input::Sound(entries, per_page) => {
            let entries = in_order(entries);
            let bytes = Draft::of(&entries, per_page as usize % 8).seal();
            let snapshot = PackedSnapshot::from_bytes(bytes.clone()).expect("sound");
            assert_eq!(walk(&snapshot, &Range::all(), false), (entries, true));
            (bytes, Range::all())
        }
        Input::Hostile { entries, hostile, from, to } => {
            (hostile.bytes(&in_order(entries), [0; 16]), Range { from, to })
        }
    };
    match PackedSnapshot::from_bytes(bytes.clone()) {
        Ok(snapshot) => read(&snapshot, &range),
        Err(error) => assert_known(error),
    }
    if let Ok(snapshot) = PackedSnapshot::from_bytes_lazily(bytes) {
        read(&snapshot, &range);
    }
});
