//! The dictionary: a model of it, and what it makes of rows.

#![allow(missing_docs)]

mod common;

use common::Random;
use millpond::{DictionaryKeyEncoder, Error, InMemoryStore, PackedInfo, PackedSnapshot, Range, Result};

/// Short keys of few bytes, the empty one among them, so that most come again.
fn key(random: &mut Random) -> Vec<u8> {
    (0..random.below(5)).map(|_| [0, 1, 255][random.below(3)]).collect()
}

fn saved(dictionary: &DictionaryKeyEncoder) -> InMemoryStore {
    let mut table = InMemoryStore::new();
    for (code, key) in dictionary.rows() {
        table.put(&code, key).expect("put");
    }
    table
}

fn restored(rows: &[(&[u8], &[u8])]) -> Result<DictionaryKeyEncoder> {
    DictionaryKeyEncoder::restore(rows.iter().map(|&row| Ok(row)))
}

#[test]
fn it_does_what_a_list_of_keys_does() {
    for seed in 0..50 {
        let (mut random, mut dictionary) = (Random::new(seed), DictionaryKeyEncoder::with_capacity(seed as usize));
        let mut model: Vec<Vec<u8>> = Vec::new();
        for step in 0..600 {
            let key = key(&mut random);
            let known = model.iter().position(|other| *other == key).map(|code| code as u32);
            assert_eq!(dictionary.encode(&key), known);
            assert_eq!(dictionary.encode_to_bytes(&key), known.map(u32::to_le_bytes));
            if random.below(3) == 0 {
                let code = known.unwrap_or(model.len() as u32);
                if known.is_none() {
                    model.push(key.clone());
                }
                assert_eq!(dictionary.encode_or_insert(&key), Some(code));
                assert_eq!(dictionary.decode(code), Some(&key[..]));
            }
            if random.below(400) == 0 {
                dictionary.clear();
                model.clear();
            }
            if step % 100 == 0 {
                dictionary =
                    DictionaryKeyEncoder::restore(saved(&dictionary).iter(&Range::all(), false).map(Ok)).unwrap();
            }
            assert_eq!((dictionary.len(), dictionary.is_empty()), (model.len(), model.is_empty()));
            assert_eq!(dictionary.decode(model.len() as u32), None);
        }
        assert!(dictionary.rows().map(|(_, key)| key).eq(model.iter().map(|key| &key[..])));
    }
}

#[test]
fn codes_come_back_from_a_snapshot_and_from_its_file() {
    let mut dictionary = DictionaryKeyEncoder::new();
    for n in 0..70_000u32 {
        dictionary.encode_or_insert(format!("device {n}").as_bytes());
    }
    let snapshot = saved(&dictionary).snapshot();
    let packed = PackedSnapshot::from_bytes(snapshot.pack(Vec::new(), PackedInfo::default()).unwrap()).unwrap();
    let again = DictionaryKeyEncoder::restore(packed.iter(&Range::all(), false)).unwrap();
    assert_eq!(again.len(), 70_000);
    assert_eq!(again.encode(b"device 69999"), Some(69_999));
    assert_eq!(again.decode(256), Some(&b"device 256"[..]));
}

#[test]
fn rows_that_no_dictionary_has_are_corruption() {
    assert!(restored(&[]).unwrap().is_empty());
    assert_eq!(restored(&[(&[0, 0, 0, 0], b""), (&[0, 0, 0, 1], b"a")]).unwrap().len(), 2);
    let bad: [&[(&[u8], &[u8])]; 6] = [
        &[(&[0, 0, 0, 1], b"a")],
        &[(&[0, 0, 0, 0], b"a"), (&[0, 0, 0, 2], b"b")],
        &[(&[0, 0, 0, 0], b"a"), (&[0, 0, 0, 0], b"b")],
        &[(&[0, 0, 0, 0], b"a"), (&[0, 0, 0, 1], b"a")],
        &[(&[0, 0, 0], b"a")],
        &[(&[0, 0, 0, 0, 0], b"a")],
    ];
    for rows in bad {
        assert!(matches!(restored(rows), Err(Error::Corruption { .. })), "{rows:?}");
    }
    let failed = Err::<(&[u8], &[u8]), _>(Error::Poisoned);
    assert!(matches!(DictionaryKeyEncoder::restore([failed]), Err(Error::Poisoned)));
}
