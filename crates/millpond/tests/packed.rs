//! Packed snapshots: what comes back is what went in, and nothing that was changed on the way is taken for it.
//!
//! `MILLPOND_FLIP_STEP=1` flips every bit of a snapshot; else one of 61.

#![allow(missing_docs)]

mod common;

use bytes::Bytes;
use common::{Random, TempDir};
use millpond::{Error, InMemoryStore, PackedInfo, PackedSnapshot, PackedWriter, Range, SnapshotId};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Bound;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn info() -> PackedInfo {
    PackedInfo {
        id: SnapshotId([7; 16]),
        timestamp_ms: -5,
        name: "counts".into(),
        definition: Bytes::from_static(b"definition"),
        metadata: Bytes::from_static(b"offsets"),
        ..PackedInfo::default()
    }
}

fn pack(model: &Model) -> Vec<u8> {
    let mut writer = PackedWriter::new(Vec::new(), info()).expect("new");
    for (key, value) in model {
        writer.push(key, value).expect("push");
    }
    writer.finish().expect("finish")
}

/// Keys that are prefixes of each other, the empty one, and values of all lengths.
fn random_model(random: &mut Random, entries: usize) -> Model {
    let value_len = [0, 10, 300, 20_000][random.below(4)];
    let mut model = Model::new();
    for _ in 0..entries {
        let key: Vec<u8> = (0..random.below(7)).map(|_| [0, 1, 0x7F, 0xFF][random.below(4)]).collect();
        let value = vec![random.below(256) as u8; random.below(value_len + 1)];
        model.insert(key, value);
    }
    model
}

fn bound(random: &mut Random, model: &Model) -> Bound<Vec<u8>> {
    let some = model.keys().nth(random.below(model.len().max(1))).cloned().unwrap_or_default();
    let key = if random.below(3) == 0 { [&some[..], &[random.below(256) as u8]].concat() } else { some };
    match random.below(3) {
        0 => Bound::Included(key),
        1 => Bound::Excluded(key),
        _ => Bound::Unbounded,
    }
}

#[test]
fn what_is_read_is_what_was_packed() {
    let mut random = Random::new(7);
    for round in 0..200 {
        let entries = [0, 1, 2, 50, 3000][round % 5];
        let model = random_model(&mut random, entries);
        let snapshot = PackedSnapshot::from_bytes(pack(&model)).expect("open");
        assert_eq!(snapshot.len(), model.len());
        let size: usize = model.iter().map(|(key, value)| key.len() + value.len()).sum();
        let expected = PackedInfo { len: model.len() as u64, size_bytes: size as u64, ..info() };
        assert_eq!(*snapshot.info(), expected);
        for key in model.keys().take(100).cloned().chain([vec![2], vec![0xFF; 9], Vec::new()]) {
            assert_eq!(snapshot.get(&key).expect("get"), model.get(&key).map(|value| &value[..]));
        }
        for reverse in [false, true, false, true] {
            let range = Range { from: bound(&mut random, &model), to: bound(&mut random, &model) };
            let found: Vec<_> = snapshot
                .iter(&range, reverse)
                .map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).expect("entry"))
                .collect();
            let mut expected: Vec<_> = model
                .iter()
                .filter(|(key, _)| range.contains(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if reverse {
                expected.reverse();
            }
            assert_eq!(found, expected, "{range:?}");
        }
    }
}

#[test]
fn it_is_read_from_a_file_and_from_any_alignment() {
    let model = random_model(&mut Random::new(3), 3000);
    let bytes = pack(&model);
    let dir = TempDir::new();
    let path = dir.join("snapshot");
    std::fs::write(&path, &bytes).expect("write");
    assert_eq!(PackedSnapshot::open(&path).expect("open").as_bytes(), bytes);
    let failed = PackedSnapshot::create(&path, |file| {
        file.write_all(&bytes[..100]).expect("write");
        Err(Error::Aborted)
    });
    assert_eq!(failed.map(drop), Err(Error::Aborted));
    assert_eq!(std::fs::read(&path).expect("read"), bytes);
    let created = PackedSnapshot::create(&path, |file| {
        let mut writer = PackedWriter::new(file, info())?;
        writer.push(b"key", b"value")?;
        writer.finish().map(drop)
    });
    assert_eq!(created.expect("create").get(b"key"), Ok(Some(&b"value"[..])));
    assert_eq!(std::fs::read_dir(path.parent().expect("there")).expect("list").count(), 1);
    for shift in 0..9 {
        let shifted = Bytes::from([&vec![0; shift][..], &bytes].concat()).slice(shift..);
        let snapshot = PackedSnapshot::from_bytes(shifted).expect("open");
        assert_eq!(snapshot.iter(&Range::all(), false).count(), model.len());
    }
}

/// Of 64 KiB, with pages on two levels.
fn sample() -> Vec<u8> {
    let mut writer = PackedWriter::new(Vec::new(), info()).expect("new");
    for number in 0..1100u32 {
        writer.push(&number.to_be_bytes(), &[number as u8; 45]).expect("push");
    }
    let bytes = writer.finish().expect("finish");
    assert!((60_000..70_000).contains(&bytes.len()), "{}", bytes.len());
    bytes
}

fn flip_step() -> usize {
    std::env::var("MILLPOND_FLIP_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(61)
}

#[test]
fn any_flipped_bit_is_corruption() {
    let bytes = sample();
    for bit in (0..bytes.len() * 8).step_by(flip_step()) {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = PackedSnapshot::from_bytes(changed).map(drop).expect_err("a bit has changed");
        assert!(matches!(error, Error::Corruption { .. }), "bit {bit}: {error}");
    }
}

#[test]
fn any_truncation_and_anything_behind_the_end_is_corruption() {
    let bytes = Bytes::from(sample());
    for len in 0..bytes.len() {
        let error = PackedSnapshot::from_bytes(bytes.slice(..len)).map(drop).expect_err("cut off");
        assert!(matches!(error, Error::Corruption { .. }), "{len} bytes: {error}");
    }
    let error = PackedSnapshot::from_bytes([&bytes[..], &[0]].concat()).map(drop).expect_err("a byte more");
    assert!(matches!(error, Error::Corruption { .. }), "{error}");
}

#[test]
fn keys_that_do_not_ascend_are_refused() {
    let mut writer = PackedWriter::new(Vec::new(), info()).expect("new");
    writer.push(b"b", b"").expect("push");
    for key in [&b"b"[..], b"a", b""] {
        assert!(matches!(writer.push(key, b""), Err(Error::Unusable { .. })));
    }
    writer.push(b"ba", b"").expect("push");
    assert_eq!(PackedSnapshot::from_bytes(writer.finish().expect("finish")).expect("open").len(), 2);
}

#[test]
fn an_output_that_fails_ends_the_writing() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut writer = PackedWriter::new(Full(1_000_000), info()).expect("new");
    let outcome = (0..100_000u32).try_for_each(|number| writer.push(&number.to_be_bytes(), &[0; 100]));
    assert!(outcome.expect_err("full").is_disk_full());
}

#[test]
fn what_an_engine_holds_is_packed_while_it_is_written_on_and_comes_back() {
    let mut random = Random::new(11);
    let mut store = InMemoryStore::new();
    let model = random_model(&mut random, 2000);
    for (key, value) in &model {
        store.put(key, value).expect("put");
    }
    let snapshot = store.snapshot_with(&b"offsets"[..]);
    let packing = std::thread::spawn(move || snapshot.pack(Vec::new(), PackedInfo::default()).expect("pack"));
    for key in model.keys() {
        store.delete(key).expect("delete");
    }
    store.put(b"new", b"value").expect("put");
    let packed = PackedSnapshot::from_bytes(packing.join().expect("packed")).expect("open");
    assert_eq!(packed.info().metadata, &b"offsets"[..]);
    store.unpack(&packed).expect("unpack");
    assert_eq!((store.len(), store.size_bytes()), (packed.len(), packed.info().size_bytes as usize));
    for (key, value) in &model {
        assert_eq!(store.get_ref(key), Some(&value[..]));
    }
    assert_eq!(store.get_ref(b"new"), None);
}
