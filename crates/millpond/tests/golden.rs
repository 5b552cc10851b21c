//! Files of version 1 of the formats of snapshots, increments and checkpoints: `golden/v1`, read for ever.
//!
//! They are never written anew. A later version of a format gets a folder of its own beside, and these are read on; as long as
//! the format is theirs, what is written today is compared with them byte for byte. `__test__/unit/checkpoint/golden.test.ts` reads
//! them in TypeScript, with every engine.

#![allow(missing_docs)]

use bytes::Bytes;
use millpond::{
    Checkpoint, CheckpointWriter, IncrementWriter, PackedChange, PackedIncrement, PackedInfo, PackedSnapshot,
    PackedWriter, Range, SnapshotId, TableKind, Work,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;
type Changes = Vec<(Vec<u8>, Happened)>;

/// What happened to a key in an increment.
enum Happened {
    Put(Vec<u8>),
    Deleted,
    DeletedThrough(Vec<u8>),
}
use Happened::{Deleted, DeletedThrough, Put};

const FIRST: &str = "checkpoints/0000000001-01010101.data";
const SECOND: &str = "checkpoints/0000000002-02020202.data";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(name)
}

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("a golden file")
}

fn info(id: u8) -> PackedInfo {
    PackedInfo {
        id: SnapshotId([id; 16]),
        timestamp_ms: -5,
        name: "counts ü".into(),
        definition: Bytes::from_static(b"definition"),
        metadata: Bytes::from_static(b"offsets"),
        ..PackedInfo::default()
    }
}

/// Pages on two levels, an empty key, an empty value, and one that is larger than a page.
fn rows() -> Model {
    let mut rows: Model =
        (0..400u32).map(|number| (number.to_be_bytes().into(), vec![number as u8; number as usize % 50])).collect();
    rows.insert(Vec::new(), b"of the empty key".into());
    rows.insert(vec![0xFF, 0x00, 0x80], vec![7; 20_000]);
    rows.insert(vec![0xFF, 0xFF], Vec::new());
    rows
}

/// Each thing that can happen, and keys that were put in a stretch that was deleted.
fn changes() -> Changes {
    let key = |number: u32| number.to_be_bytes().to_vec();
    vec![
        (Vec::new(), Put(b"another".into())),
        (key(3), Deleted),
        (key(10), DeletedThrough(key(300))),
        (key(20), Put(b"put after all".into())),
        (key(300), Put(Vec::new())),
        (key(70_000), Put(vec![9; 17_000])),
        (vec![0xFF, 0xFF], Deleted),
    ]
}

fn changed(mut model: Model, changes: &Changes) -> Model {
    for (key, happened) in changes {
        match happened {
            Put(value) => drop(model.insert(key.clone(), value.clone())),
            Deleted => drop(model.remove(key)),
            DeletedThrough(last) => model.retain(|other, _| other < key || other > last),
        }
    }
    model
}

fn size_of(model: &Model) -> u64 {
    model.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
}

fn packed(model: &Model, info: PackedInfo) -> Vec<u8> {
    let mut writer = PackedWriter::new(Vec::new(), info).expect("new");
    model.iter().for_each(|(key, value)| writer.push(key, value).expect("push"));
    writer.finish().expect("finish")
}

fn packed_changes(changes: &Changes, base: u8, after: &Model, info: PackedInfo) -> Vec<u8> {
    let info = PackedInfo { len: after.len() as u64, size_bytes: size_of(after), ..info };
    let mut writer = IncrementWriter::new(Vec::new(), SnapshotId([base; 16]), info).expect("new");
    for (key, happened) in changes {
        let change = match happened {
            Put(value) => PackedChange::Put(value),
            Deleted => PackedChange::Delete,
            DeletedThrough(last) => PackedChange::DeleteThrough(last),
        };
        writer.push(key, change).expect("push");
    }
    writer.finish().expect("finish")
}

#[test]
fn the_golden_snapshot_is_read_and_is_what_is_written() {
    let bytes = golden("snapshot");
    let snapshot = PackedSnapshot::from_bytes(bytes.clone()).expect("a snapshot");
    let rows = rows();
    assert_eq!(*snapshot.info(), PackedInfo { len: rows.len() as u64, size_bytes: size_of(&rows), ..info(7) });
    let range = Range::all();
    let entries = snapshot.iter(&range, false).map(|entry| entry.expect("an entry"));
    assert!(entries.eq(rows.iter().map(|(key, value)| (&key[..], &value[..]))));
    assert!(packed(&rows, info(7)) == bytes);
}

#[test]
fn the_golden_increment_is_read_and_is_what_is_written() {
    let bytes = golden("increment");
    let increment = PackedIncrement::from_bytes(bytes.clone()).expect("an increment");
    let (changes, after) = (changes(), changed(rows(), &changes()));
    let described = PackedInfo { len: after.len() as u64, size_bytes: size_of(&after), ..info(8) };
    assert_eq!(*increment.info(), PackedInfo { base: Some(SnapshotId([7; 16])), ..described });
    let found: Vec<_> = increment.changes().map(|change| change.expect("a change")).collect();
    assert_eq!(found.len(), changes.len());
    for ((key, change), (expected_key, expected)) in found.into_iter().zip(&changes) {
        assert_eq!(key, expected_key);
        let is_equal = match expected {
            Put(value) => change == PackedChange::Put(value),
            Deleted => change == PackedChange::Delete,
            DeletedThrough(last) => change == PackedChange::DeleteThrough(last),
        };
        assert!(is_equal, "{key:?}");
    }
    assert!(packed_changes(&changes, 7, &after, info(8)) == bytes);
}

/// A table in the first checkpoint, and what happened to it before the second one.
struct Table {
    store: &'static str,
    kind: TableKind,
    before: Model,
    since: Changes,
}

fn time(milliseconds: u64) -> [u8; 8] {
    (milliseconds ^ 1 << 63).to_be_bytes()
}

fn model<const N: usize>(entries: [(Vec<u8>, &[u8]); N]) -> Model {
    entries.into_iter().map(|(key, value)| (key, value.to_vec())).collect()
}

/// A window or a session: the key of its row, and that of its entry in the index, which has the given times first.
fn timed(escaped: &[u8], start: u64, end: u64, is_session: bool) -> (Vec<u8>, Vec<u8>) {
    let (start, end) = (time(start), time(end));
    let row = [escaped, &start, &end].concat();
    (row, if is_session { [&end, escaped, &start].concat() } else { [&start[..], &end, escaped].concat() })
}

/// The stream time, 0 where the rows say it, and the shortest or longest length.
fn note(stream_time: u64, span: u64) -> Vec<u8> {
    [stream_time.to_le_bytes(), (span ^ 1 << 63).to_le_bytes()].concat()
}

fn counts() -> [Table; 2] {
    let expiry = |at: u64| {
        [(vec![0], Vec::new()), (vec![1, 0xFF, 0xFF], time(at).to_vec())].map(|(mut key, value)| {
            if key[0] == 0 {
                key.extend(time(at));
                key.extend([0xFF, 0xFF]);
            }
            (key, value)
        })
    };
    let gone: Changes = expiry(5000).into_iter().map(|(key, _)| (key, Deleted)).collect();
    [
        Table { store: "counts ü", kind: TableKind::Rows, before: rows(), since: changes() },
        Table { store: "counts ü", kind: TableKind::Expiry, before: expiry(5000).into(), since: gone },
    ]
}

/// Windows: the row that set the stream time is gone.
fn hourly() -> [Table; 2] {
    let (first, first_index) = timed(b"a\0\xFFb\0", 20, 30, false);
    let (second, second_index) = timed(b"c\0", 40, 50, false);
    let (third, third_index) = timed(b"c\0", 60, 70, false);
    let note = note(5000 ^ 1 << 63, 10);
    let index = model([(vec![0], &note), (first_index.clone(), b""), (second_index, b"")]);
    [
        Table {
            store: "hourly",
            kind: TableKind::Rows,
            before: model([(first.clone(), &[0, 0, 0, 5]), (second, &[0, 0, 0, 6])]),
            since: vec![(first, Deleted), (third, Put(vec![0, 0, 0, 7]))],
        },
        Table {
            store: "hourly",
            kind: TableKind::Index,
            before: index,
            since: vec![(first_index, Deleted), (third_index, Put(Vec::new()))],
        },
    ]
}

fn spells() -> [Table; 2] {
    let (first, first_index) = timed(b"s\0", 5, 25, true);
    let (second, second_index) = timed(b"s\0", 100, 110, true);
    let (third, third_index) = timed(b"t\0", 7, 9, true);
    let value = |number: u8| [0, 0, 0, number];
    let index =
        [(vec![0], &note(0, 32)[..]), (first_index.clone(), b""), (second_index.clone(), b""), (third_index, b"")];
    [
        Table {
            store: "spells",
            kind: TableKind::Rows,
            before: model([(first.clone(), &value(1)), (second.clone(), &value(2)), (third, &value(3))]),
            since: vec![(first, DeletedThrough(second))],
        },
        Table {
            store: "spells",
            kind: TableKind::Index,
            before: model(index),
            // With the last row goes what says the stream time.
            since: vec![(vec![0], Put(note(110 ^ 1 << 63, 32))), (first_index, DeletedThrough(second_index))],
        },
    ]
}

fn countries() -> [Table; 2] {
    let code = |code: u8| vec![0, 0, 0, code];
    [
        Table {
            store: "countries",
            kind: TableKind::Rows,
            before: model([(vec![0, 0, 0, 0], &code(3)), (vec![1, 0, 0, 0], &code(4))]),
            since: vec![(vec![2, 0, 0, 0], Put(code(5)))],
        },
        Table {
            store: "countries",
            kind: TableKind::Dictionary,
            before: model([(code(0), "Österreich".as_bytes()), (code(1), "España".as_bytes())]),
            since: vec![(code(2), Put("France".into()))],
        },
    ]
}

const DEFINITIONS: [(&str, &str); 4] = [
    ("counts ü", r#"{"kind":"key-value","keyCodec":"bytes","valueCodec":"bytes"}"#),
    (
        "hourly",
        r#"{"kind":"window","keyCodec":"string","valueCodec":"u32","windowSize":10,"retainDuplicates":false,"retention":100000}"#,
    ),
    ("spells", r#"{"kind":"session","keyCodec":"string","valueCodec":"u32"}"#),
    ("countries", r#"{"kind":"key-value","keyCodec":"dictionary","valueCodec":"u32"}"#),
];

fn tables() -> Vec<Table> {
    [counts(), hourly(), spells(), countries()].into_iter().flatten().collect()
}

/// The bytes of a checkpoint, the first or the second, in which the tables' ids are counted on from its own number times 16.
fn checkpoint(number: u8) -> Vec<u8> {
    let work = Work::default();
    let mut writer = CheckpointWriter::new(Vec::new(), SnapshotId([number; 16]), &work);
    writer.offset("orders", 41 + number as u64);
    writer.offset("payments", 1 << 40);
    if number == 2 {
        writer.set_base(SnapshotId([1; 16]));
    }
    for (name, definition) in DEFINITIONS {
        writer.store(name, definition.as_bytes());
    }
    for (index, Table { store, kind, before, since }) in tables().into_iter().enumerate() {
        let id = 16 * number + index as u8;
        let info =
            PackedInfo { id: SnapshotId([id; 16]), timestamp_ms: 1000, name: store.into(), ..PackedInfo::default() };
        let bytes = match number {
            1 => packed(&before, info),
            _ => packed_changes(&since, id - 16, &changed(before, &since), info),
        };
        let write = |output: &mut dyn std::io::Write| Ok(output.write_all(&bytes).expect("written"));
        writer.table(store, kind, write).expect("a table");
    }
    writer.finish().expect("finish").0
}

#[test]
fn the_golden_checkpoints_are_read_alone_and_as_a_chain() {
    let first = Checkpoint::open([path(FIRST)]).expect("a checkpoint");
    let second = Checkpoint::open([path(FIRST), path(SECOND)]).expect("a chain");
    for (number, checkpoint) in [(1, &first), (2, &second)] {
        assert_eq!(checkpoint.id(), SnapshotId([number; 16]));
        let offsets = [("orders".to_owned(), 41 + number as u64), ("payments".to_owned(), 1 << 40)];
        assert_eq!(checkpoint.offsets().expect("offsets"), offsets);
        let stores = checkpoint.stores().expect("stores");
        let mut definitions: Vec<_> = DEFINITIONS.into();
        definitions.sort();
        let found =
            stores.iter().map(|store| (store.name.as_str(), std::str::from_utf8(&store.definition).expect("JSON")));
        assert!(found.eq(definitions));
        for Table { store, kind, before, since } in tables() {
            let expected = if number == 1 { before } else { changed(before, &since) };
            let chain = checkpoint.table(store, kind).expect("a table").expect("a chain");
            let entries = chain.entries().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())));
            assert_eq!(entries.collect::<Result<Model, _>>().expect("entries"), expected, "{store} {kind:?}");
        }
        assert!(!checkpoint.has_table("hourly", TableKind::Expiry).expect("contents"));
    }
}

/// But for the contents, which bear the time.
#[test]
fn the_tables_of_the_golden_checkpoints_are_what_is_written() {
    for (number, name) in [(1, FIRST), (2, SECOND)] {
        let (golden, today) = (golden(name), checkpoint(number));
        assert_eq!(golden.len(), today.len());
        let contents = golden[golden.len() - 32..].first_chunk().map(|offset| u64::from_le_bytes(*offset));
        let tables = ..contents.expect("a tail") as usize;
        assert!(golden[tables] == today[tables]);
    }
}
