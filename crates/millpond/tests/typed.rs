//! Values of Rust types: contract [5].

#![cfg(feature = "rkyv")]
#![allow(missing_docs)]

use millpond::{Error, HashStore, InMemoryStore, StateStore, StateStoreExt};

#[derive(Debug, PartialEq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
struct Trade {
    symbol: String,
    prices: Vec<f64>,
    count: u64,
}

#[derive(Debug, PartialEq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
struct Alike {
    symbol: String,
    prices: Vec<f64>,
    count: u64,
}

fn trade() -> Trade {
    Trade { symbol: "AAPL".into(), prices: vec![1.5, -2.25], count: 7 }
}

#[test]
fn a_value_comes_back_as_it_was_put() {
    let mut stores: [Box<dyn StateStore>; 2] = [Box::new(InMemoryStore::new()), Box::new(HashStore::new())];
    for store in &mut stores {
        store.put_typed(b"trade", &trade()).expect("put_typed");
        store.put_typed(b"count", &42u64).expect("put_typed");
        assert_eq!(store.get_typed::<Trade>(b"trade"), Ok(Some(trade())));
        assert_eq!(store.get_typed::<u64>(b"count"), Ok(Some(42)));
        assert_eq!(store.get_typed::<u64>(b"missing"), Ok(None));
    }
}

#[test]
fn a_value_of_another_type_is_an_error_and_never_garbage() {
    let mut store = InMemoryStore::new();
    store.put_typed(b"k", &42u64).expect("put_typed");
    assert!(matches!(store.get_typed::<i64>(b"k"), Err(Error::WrongType { expected: "i64" })));
    assert!(matches!(store.get_typed::<f64>(b"k"), Err(Error::WrongType { .. })));
    store.put_typed(b"k", &trade()).expect("put_typed");
    assert!(matches!(store.get_typed::<Alike>(b"k"), Err(Error::WrongType { .. })));
    for raw in [&b""[..], b"alice", b"12345678", &[0; 64]] {
        store.put(b"k", raw).expect("put");
        assert!(matches!(store.get_typed::<u64>(b"k"), Err(Error::WrongType { .. })));
    }
}

#[test]
fn bytes_that_changed_are_an_error_or_another_value_but_never_a_fault() {
    let mut store = InMemoryStore::new();
    store.put_typed(b"k", &trade()).expect("put_typed");
    let stored = store.get(b"k").expect("there").to_vec();
    for bit in 0..stored.len() * 8 {
        let mut changed = stored.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        store.put(b"k", &changed).expect("put");
        match store.get_typed::<Trade>(b"k") {
            Ok(Some(_)) | Err(Error::Deserialization { .. } | Error::WrongType { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    for len in 0..stored.len() {
        store.put(b"k", &stored[..len]).expect("put");
        assert!(store.get_typed::<Trade>(b"k").is_err());
    }
}
