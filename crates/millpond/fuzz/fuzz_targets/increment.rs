//! Increments of any bytes and with right checksums over any structure; chains of them; checkpoints that consist of them. What
//! is not refused is what its changes come to.
#![no_main]

mod hostile;

use arbitrary::Arbitrary;
use hostile::{Draft, Entries, Hostile};
use libfuzzer_sys::fuzz_target;
use millpond::{Checkpoint, Error, PackedChain, PackedChange, PackedIncrement, PackedSnapshot, TableKind};
use std::collections::BTreeMap;
use std::path::PathBuf;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// What [`Draft`] calls a snapshot, and what the increment goes on from.
const FULL: [u8; 16] = [1; 16];

#[derive(Arbitrary, Debug)]
enum Input {
    Bytes(Vec<u8>),
    Hostile { changes: Vec<(Vec<u8>, Stored)>, hostile: Hostile },
    Chain { full: Vec<(Vec<u8>, Vec<u8>)>, increments: Vec<Vec<(Vec<u8>, Stored)>>, len: i8 },
    File { tables: Vec<(u64, u64)>, contents: Hostile, tail: Option<(u64, u64)>, bytes: Vec<u8> },
}

/// A change as it is stored.
#[derive(Arbitrary, Debug)]
enum Stored {
    Put(Vec<u8>),
    Delete,
    Through(Vec<u8>),
    Any(Vec<u8>),
}

impl Stored {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Stored::Put(value) => [&[0], &value[..]].concat(),
            Stored::Delete => vec![1],
            Stored::Through(last) => [&[2], &last[..]].concat(),
            Stored::Any(bytes) => bytes.clone(),
        }
    }
}

fn assert_known(error: Error) {
    let is_known = matches!(error, Error::Corruption { .. } | Error::Unusable { .. } | Error::WrongBase { .. });
    assert!(is_known, "{error}");
}

/// In the order of keys, each of them once.
fn in_order<T>(mut entries: Vec<(Vec<u8>, T)>, stored: impl Fn(T) -> Vec<u8>) -> Entries {
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|(a, _), (b, _)| a == b);
    entries.into_iter().map(|(key, value)| (key, stored(value))).collect()
}

/// What there is of changes, up to the first error.
fn read(increment: &PackedIncrement) {
    let is_whole = increment.verify().map_err(assert_known).is_ok();
    let mut last = None;
    for change in increment.changes() {
        let Ok((key, change)) = change else { return assert!(!is_whole) };
        assert!(last.is_none_or(|last| last < key));
        if let PackedChange::DeleteThrough(through) = change {
            assert!(through > key);
        }
        last = Some(key);
    }
}

fn increment(bytes: Vec<u8>) {
    match PackedIncrement::from_bytes(bytes.clone()) {
        Ok(increment) => {
            read(&increment);
            let mut chain = PackedChain::new(PackedSnapshot::from_bytes(Draft::of(&[], 2).seal()).expect("sound"));
            if chain.push(increment).map_err(assert_known).is_ok() {
                chain.entries().for_each(|entry| entry.map_or_else(assert_known, |_| ()));
            }
        }
        Err(error) => assert_known(error),
    }
    if let Ok(increment) = PackedIncrement::from_bytes_lazily(bytes) {
        read(&increment);
    }
}

/// Applies changes one after the other.
fn apply(model: &mut Model, increment: &PackedIncrement) {
    let before = std::mem::take(model);
    let changes: Vec<_> = increment.changes().map(|change| change.expect("it was verified")).collect();
    let is_gone = |key: &[u8]| {
        changes.iter().any(|(first, change)| match change {
            PackedChange::DeleteThrough(last) => (*first..=*last).contains(&key),
            _ => *first == key,
        })
    };
    model.extend(before.into_iter().filter(|(key, _)| !is_gone(key)));
    for (key, change) in &changes {
        if let PackedChange::Put(value) = change {
            model.insert(key.to_vec(), value.to_vec());
        }
    }
}

fn chain(full: Entries, increments: Vec<Vec<(Vec<u8>, Stored)>>, len: i8) {
    let mut chain = PackedChain::new(PackedSnapshot::from_bytes(Draft::of(&full, 3).seal()).expect("sound"));
    let mut model: Model = full.into_iter().collect();
    let count = increments.len().min(100);
    for (index, changes) in increments.into_iter().take(count).enumerate() {
        let mut draft = Draft::of(&in_order(changes, |stored| stored.bytes()), 3);
        draft.footer.base = [1 + index as u8; 16];
        draft.footer.id = [2 + index as u8; 16];
        let Ok(increment) = PackedIncrement::from_bytes(draft.seal()) else { return };
        apply(&mut model, &increment);
        (draft.footer.len, draft.footer.size_bytes) = (model.len() as u64, size(&model));
        if index + 1 == count {
            draft.footer.len = draft.footer.len.wrapping_add_signed(len as i64);
        }
        chain.push(PackedIncrement::from_bytes(draft.seal()).expect("it was sound")).expect("it goes on");
    }
    let found: Result<Model, Error> =
        chain.entries().map(|entry| entry.map(|(k, v)| (k.to_vec(), v.to_vec()))).collect();
    if count > 0 && len != 0 {
        return assert!(matches!(found, Err(Error::Corruption { .. })));
    }
    assert_eq!(found, Ok(model.clone()));
    let folded = PackedSnapshot::from_bytes(chain.fold(Vec::new()).expect("fold")).expect("sound");
    assert_eq!((folded.len(), folded.info().id), (model.len(), chain.info().id));
}

fn size(model: &Model) -> u64 {
    model.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
}

/// In memory where there is such a place: a file is mapped.
fn path() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let dir = if memory.is_dir() { memory } else { std::env::temp_dir() };
    dir.join(format!("millpond-fuzz-{}", std::process::id()))
}

fn checkpoint(tables: &[(u64, u64)], contents: &Hostile, tail: Option<(u64, u64)>, before: &[u8]) {
    let mut bytes = Draft::of(&[(b"key".to_vec(), b"value".to_vec())], 2).seal();
    bytes.extend_from_slice(before);
    let place = |(offset, len): &(u64, u64)| [offset.to_le_bytes(), len.to_le_bytes()].concat();
    let rows = tables.iter().enumerate().flat_map(|(index, table)| {
        let name = [b'a' + index as u8 % 26];
        [([b"s", &name[..]].concat(), Vec::new()), ([b"t", &name[..], b"\0r"].concat(), place(table))]
    });
    let offset = ([&b"o"[..], before].concat(), before.iter().copied().take(8).collect());
    let contents = contents.bytes(&in_order(rows.chain([offset]).collect(), |value| value), [0; 16]);
    let at = tail.unwrap_or((bytes.len() as u64, contents.len() as u64));
    bytes.extend_from_slice(&contents);
    let tail = [place(&at), 1u32.to_le_bytes().to_vec()].concat();
    bytes.extend_from_slice(&tail);
    bytes.extend_from_slice(&crc32c::crc32c(&tail).to_le_bytes());
    bytes.extend_from_slice(b"MPONDCKP");
    let path = path();
    std::fs::write(&path, bytes).expect("write");
    Checkpoint::open([&path]).and_then(|checkpoint| read_checkpoint(&checkpoint)).unwrap_or_else(assert_known);
    std::fs::remove_file(&path).expect("remove");
}

fn read_checkpoint(checkpoint: &Checkpoint) -> Result<(), Error> {
    checkpoint.offsets().map_or_else(assert_known, drop);
    for store in checkpoint.stores()? {
        for kind in TableKind::ALL {
            match checkpoint.table(&store.name, kind) {
                Ok(Some(table)) => table.entries().for_each(|entry| entry.map_or_else(assert_known, |_| ())),
                Ok(None) => {}
                Err(error) => assert_known(error),
            }
        }
    }
    Ok(())
}

fuzz_target!(|input: Input| {
    match input {
        Input::Bytes(bytes) => increment(bytes),
        Input::Hostile { changes, hostile } => {
            increment(hostile.bytes(&in_order(changes, |stored| stored.bytes()), FULL));
        }
        Input::Chain { full, increments, len } => chain(in_order(full, |value| value), increments, len),
        Input::File { tables, contents, tail, bytes } => checkpoint(&tables, &contents, tail, &bytes),
    }
});
