//! Checkpoints of a directory: a chain of them is what was durable, and what is restored is that and nothing else.

#![cfg(feature = "lmdb")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{
    Checkpoint, CheckpointOptions, CheckpointSummary, CheckpointWriter, Environment, EnvironmentOptions, Error,
    InMemoryStore, IncrementWriter, MemoryBase, MemoryCheckpointStore, PackedInfo, PackedWriter, Range, SnapshotId,
    StoreId, TableKind, Visit, Work, write_checkpoint,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn open(dir: &Path) -> Environment {
    let mut options = EnvironmentOptions::new(dir);
    (options.map_size, options.merge_bytes) = (1 << 30, 256 << 10);
    Environment::open(options).expect("open")
}

fn wait(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it takes too long");
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn commit(environment: &mut Environment) {
    let sealed = environment.seal();
    wait(|| environment.progress().synced >= sealed);
}

fn contents(environment: &mut Environment, store: StoreId) -> Model {
    let mut rows = Model::new();
    let take = |key: &[u8], value: &[u8]| {
        rows.insert(key.to_vec(), value.to_vec());
        Visit::Next
    };
    assert!(environment.scan_some(store, Range::all(), false, take).expect("scan").is_none());
    rows
}

fn id(number: u8) -> SnapshotId {
    SnapshotId([number; 16])
}

/// Writes a checkpoint to a file; `from` a number or nothing.
fn checkpoint(environment: &Environment, path: &Path, number: u8, from: Option<u8>) -> CheckpointSummary {
    let file = File::create(path).expect("create");
    let options = CheckpointOptions { id: id(number), is_base: true, from: from.map(id) };
    let checkpoints = environment.checkpoints();
    let write = || checkpoints.write(file, options, &Work::default());
    let summary = std::thread::scope(|scope| scope.spawn(write).join().expect("join"));
    let (_, summary) = summary.expect("checkpoint");
    environment.accept_checkpoint();
    assert_eq!(std::fs::metadata(path).expect("there").len(), summary.bytes);
    summary
}

fn entries(checkpoint: &Checkpoint, store: &str) -> Model {
    let table = checkpoint.table(store, TableKind::Rows).expect("table").expect("rows");
    table.entries().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).expect("entry")).collect()
}

fn restore(environment: &mut Environment, checkpoint: &Checkpoint) -> Result<(), Error> {
    let work = environment.restore_checkpoint(checkpoint)?;
    work(&Arc::new(Work::default()))
}

fn write(random: &mut Random, environment: &mut Environment, store: StoreId, model: &mut Model) {
    let key = |random: &mut Random| format!("key-{:05}", random.below(8000)).into_bytes();
    match random.below(1000) {
        0 => {
            let (from, to) = (key(random), key(random));
            environment.delete_range(store, &Range::half_open(&from, &to)).expect("delete");
            model.retain(|key, _| *key < from || *key >= to);
        }
        1 if random.below(4) == 0 => {
            environment.clear(store).expect("clear");
            model.clear();
        }
        2..=10 => {
            environment.put(store, b"", b"of the empty key").expect("put");
            model.insert(Vec::new(), b"of the empty key".to_vec());
        }
        11..=300 => {
            let key = key(random);
            environment.delete(store, &key).expect("delete");
            model.remove(&key);
        }
        _ => {
            let (key, value) = (key(random), vec![random.below(256) as u8; random.below(200)]);
            environment.put(store, &key, &value).expect("put");
            model.insert(key, value);
        }
    }
}

/// `MILLPOND_SEEDS` sets another number.
fn seeds() -> u64 {
    std::env::var("MILLPOND_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(6)
}

#[test]
fn a_chain_of_checkpoints_is_what_was_committed_at_each_link() {
    let mut increments = 0;
    for seed in 0..seeds() {
        let mut random = Random::new(seed);
        let dir = TempDir::new();
        let mut environment = open(&dir.path());
        let store = environment.open_store("counts", b"kind").expect("open");
        let mut model = Model::new();
        let mut links: Vec<PathBuf> = Vec::new();
        for link in 1..=12u8 {
            for _ in 0..[10, 300, 5000][random.below(3)] {
                write(&mut random, &mut environment, store, &mut model);
                if random.below(100) == 0 {
                    environment.seal();
                }
            }
            environment.set_offset("source", link as u64).expect("offset");
            commit(&mut environment);
            // Of what comes now nothing is committed, and nothing is in the checkpoint.
            environment.put(store, b"later", b"").expect("put");
            let path = dir.join(&format!("link-{link}"));
            if random.below(4) == 0 {
                // One that is not kept: the next one goes on from the one before.
                let options = CheckpointOptions { id: id(99), is_base: true, from: Some(id(link - 1)) };
                environment.checkpoints().write(Vec::new(), options, &Work::default()).expect("checkpoint");
                environment.reject_checkpoint();
            }
            let summary = checkpoint(&environment, &path, link, Some(link - 1));
            increments += summary.base.is_some() as usize;
            if summary.base.is_none() {
                links.clear();
            }
            links.push(path);
            let found = Checkpoint::open(&links).expect("open");
            assert_eq!(entries(&found, "counts"), model, "seed {seed}, link {link}");
            assert_eq!(found.offsets().expect("offsets"), [("source".to_owned(), link as u64)]);
            environment.delete(store, b"later").expect("delete");
        }
        commit(&mut environment);
        let other = TempDir::new();
        let mut other = open(&other.path());
        let restored = other.open_store("counts", b"kind").expect("open");
        commit(&mut other);
        restore(&mut other, &Checkpoint::open(&links).expect("open")).expect("restore");
        assert_eq!(contents(&mut other, restored), model);
    }
    assert!(increments as u64 > 4 * seeds(), "{increments}");
}

#[test]
fn an_increment_is_small_where_little_changed() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    for number in 0..50_000u32 {
        environment.put(store, &number.to_be_bytes(), &[7; 100]).expect("put");
    }
    commit(&mut environment);
    // Whatever is in LMDB, in the log, or on the way from one to the other.
    let full = checkpoint(&environment, &dir.join("1"), 1, None);
    assert!(full.bytes > 5_000_000);
    environment.put(store, &5u32.to_be_bytes(), b"").expect("put");
    let range = Range::half_open(&1000u32.to_be_bytes(), &40_000u32.to_be_bytes());
    assert_eq!(environment.delete_range(store, &range).expect("delete"), 39_000);
    commit(&mut environment);
    environment.merge();
    wait(|| {
        environment.progress();
        environment.merging().is_none()
    });
    let increment = checkpoint(&environment, &dir.join("2"), 2, Some(1));
    assert!(increment.bytes < 2000, "{}", increment.bytes);
    let chain = Checkpoint::open([dir.join("1"), dir.join("2")]).expect("open");
    assert_eq!(entries(&chain, "counts").len(), 11_000);
    // From another one than the last nobody knows what changed.
    assert_eq!(checkpoint(&environment, &dir.join("3"), 3, Some(1)).base, None);
    let wrong = Checkpoint::open([dir.join("1"), dir.join("3")]).expect_err("it holds all");
    assert!(matches!(wrong, Error::WrongBase { .. }));
}

#[test]
fn what_is_restored_takes_the_place_of_everything_and_stays_after_a_reopen() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let (first, second) = (environment.open_store("first", b"1"), environment.open_store("second", b"2"));
    let (first, second) = (first.expect("open"), second.expect("open"));
    for number in 0..5000u32 {
        environment.put(first, &number.to_be_bytes(), b"before").expect("put");
        environment.put(second, &number.to_be_bytes(), b"before").expect("put");
    }
    environment.put(first, b"", b"empty").expect("put");
    environment.set_offset("orders", 7).expect("offset");
    commit(&mut environment);
    let (before, path) = (contents(&mut environment, first), dir.join("checkpoint"));
    checkpoint(&environment, &path, 1, None);
    let found = Checkpoint::open([&path]).expect("open");

    environment.clear(first).expect("clear");
    environment.put(first, b"later", b"").expect("put");
    let third = environment.open_store("third", b"3").expect("open");
    environment.put(third, b"key", b"value").expect("put");
    environment.set_offset("orders", 9).expect("offset");
    environment.set_offset("others", 1).expect("offset");
    assert!(matches!(restore(&mut environment, &found), Err(Error::Busy { .. })), "in the middle of a batch");
    commit(&mut environment);
    environment.merge();
    environment.put(first, b"latest", b"").expect("put");
    commit(&mut environment);
    let view = environment.snapshot(first);
    let work = environment.restore_checkpoint(&found).expect("begin");
    let refused = environment.put(first, b"key", b"value").expect_err("nothing is written meanwhile");
    assert!(matches!(refused, Error::Busy { .. }));
    std::thread::scope(|scope| scope.spawn(|| work(&Arc::new(Work::default()))).join().expect("join"))
        .expect("restore");

    let is_restored = |environment: &mut Environment| {
        assert_eq!(contents(environment, first), before);
        assert_eq!(contents(environment, second).len(), 5000);
        assert_eq!(contents(environment, third), Model::new());
        assert_eq!(environment.offsets().expect("offsets"), [("orders".to_owned(), 7)]);
        assert_eq!(environment.len(first).expect("len"), before.len());
    };
    is_restored(&mut environment);
    assert_eq!(view.get(b"latest").expect("get"), Some(&b""[..]), "a view sees what was there");
    drop(view);
    environment.put(second, b"after", b"it").expect("put");
    environment.delete(second, b"after").expect("delete");
    commit(&mut environment);
    drop(environment);
    let mut environment = open(&dir.path());
    is_restored(&mut environment);
    let problems = environment.verify()(&Work::default()).expect("verify");
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn a_checkpoint_that_is_damaged_restores_nothing() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    for number in 0..2000u32 {
        environment.put(store, &number.to_be_bytes(), &[7; 30]).expect("put");
    }
    commit(&mut environment);
    let path = dir.join("checkpoint");
    checkpoint(&environment, &path, 1, None);
    environment.put(store, b"later", b"").expect("put");
    commit(&mut environment);
    let (before, bytes) = (contents(&mut environment, store), std::fs::read(&path).expect("read"));
    for bit in (0..bytes.len() * 8).step_by(1009) {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &changed).expect("write");
        let restored = Checkpoint::open([&path]).and_then(|found| restore(&mut environment, &found));
        assert!(matches!(restored, Err(Error::Corruption { .. } | Error::Unusable { .. })), "bit {bit}: {restored:?}");
    }
    for len in (0..bytes.len()).step_by(997) {
        std::fs::write(&path, &bytes[..len]).expect("write");
        let restored = Checkpoint::open([&path]).and_then(|found| restore(&mut environment, &found));
        assert!(matches!(restored, Err(Error::Corruption { .. })), "{len} bytes: {restored:?}");
    }
    assert_eq!(contents(&mut environment, store), before);
    environment.put(store, b"written", b"again").expect("writes go on");
}

#[test]
fn a_checkpoint_and_a_restore_can_be_called_off() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    environment.put(store, b"key", b"value").expect("put");
    commit(&mut environment);
    let work = Arc::new(Work::default());
    work.abort();
    let options = CheckpointOptions { id: id(1), is_base: false, from: None };
    let written = environment.checkpoints().write(Vec::new(), options, &work);
    assert!(matches!(written, Err(Error::Aborted)));
    let path = dir.join("checkpoint");
    checkpoint(&environment, &path, 2, None);
    environment.put(store, b"later", b"").expect("put");
    commit(&mut environment);
    let restored = environment.restore_checkpoint(&Checkpoint::open([&path]).expect("open")).expect("begin")(&work);
    assert_eq!(restored, Err(Error::Aborted));
    assert_eq!(environment.get(store, b"later").expect("get"), Some(&b""[..]));
    environment.put(store, b"more", b"").expect("put");
}

#[test]
fn a_checkpoint_moves_to_the_memory_engine() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    let (mut model, mut random) = (Model::new(), Random::new(5));
    (0..3000).for_each(|_| write(&mut random, &mut environment, store, &mut model));
    commit(&mut environment);
    checkpoint(&environment, &dir.join("1"), 1, None);
    let chain = Checkpoint::open([dir.join("1")]).expect("open");
    let mut memory = InMemoryStore::new();
    let table = chain.table("counts", TableKind::Rows).expect("table").expect("rows");
    memory.unpack_chain(&table).expect("unpack");
    let found: Model = memory.iter(&Range::all(), false).map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    assert_eq!(found, model);
}

#[test]
fn checkpoints_of_the_memory_engine_are_read_as_those_of_a_directory_are() {
    let dir = TempDir::new();
    let (mut store, mut base) = (InMemoryStore::new(), None::<MemoryBase>);
    let mut links = Vec::new();
    for link in 1..=3u8 {
        for number in 0..3000u32 {
            store.put(&(number * link as u32).to_be_bytes(), [link; 30]).expect("put");
        }
        let tables = vec![(TableKind::Rows, store.snapshot())];
        let definition = b"kind".to_vec();
        let stores = vec![MemoryCheckpointStore { name: "counts".into(), definition, tables }];
        let path = dir.join(&format!("link-{link}"));
        let (output, work) = (File::create(&path).expect("create"), Work::default());
        let options = CheckpointOptions { id: id(link), is_base: true, from: Some(id(link - 1)) };
        let offsets = vec![("orders".to_owned(), link as u64)];
        let written = write_checkpoint(stores, offsets.clone(), base.as_ref(), output, options, &work).expect("write");
        base = Some(written.2);
        links.push(path);
        assert_eq!(written.1.base.is_some(), link > 1);
        let found = Checkpoint::open(&links).expect("open");
        assert_eq!(found.offsets().expect("offsets"), offsets);
        let expected: Model = store.iter(&Range::all(), false).map(|(key, value)| (key.into(), value.into())).collect();
        assert_eq!(entries(&found, "counts"), expected);
    }
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let restored = environment.open_store("counts", b"kind").expect("open");
    commit(&mut environment);
    restore(&mut environment, &Checkpoint::open(&links).expect("open")).expect("restore");
    assert_eq!(contents(&mut environment, restored).len(), store.len());
}

#[test]
fn what_was_not_merged_before_a_restore_is_not_merged_over_it_at_close() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    environment.put(store, b"key", b"restored").expect("put");
    commit(&mut environment);
    let path = dir.join("checkpoint");
    checkpoint(&environment, &path, 1, None);
    environment.put(store, b"key", b"later").expect("put");
    environment.put(store, b"other", b"later").expect("put");
    commit(&mut environment);
    restore(&mut environment, &Checkpoint::open([&path]).expect("open")).expect("restore");
    environment.close(true).finish().expect("close");
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    assert_eq!(contents(&mut environment, store), Model::from([(b"key".to_vec(), b"restored".to_vec())]));
}

#[test]
fn a_restore_that_nobody_does_lets_writes_in_again() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    environment.put(store, b"key", b"value").expect("put");
    commit(&mut environment);
    let path = dir.join("checkpoint");
    checkpoint(&environment, &path, 1, None);
    let work = environment.restore_checkpoint(&Checkpoint::open([&path]).expect("open")).expect("begin");
    assert!(environment.put(store, b"more", b"").is_err());
    drop(work);
    environment.put(store, b"more", b"").expect("put");
}

#[test]
fn what_is_restored_is_seen_when_it_is_no_longer_held_back() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    environment.put(store, b"key", b"restored").expect("put");
    commit(&mut environment);
    let path = dir.join("checkpoint");
    checkpoint(&environment, &path, 1, None);
    environment.put(store, b"key", b"later").expect("put");
    commit(&mut environment);
    environment.hold_restored(true);
    restore(&mut environment, &Checkpoint::open([&path]).expect("open")).expect("restore");
    assert_eq!(environment.get(store, b"key").expect("get"), Some(&b"later"[..]));
    assert!(matches!(environment.put(store, b"key", b"lost"), Err(Error::Busy { .. })));
    environment.hold_restored(false);
    assert_eq!(environment.get(store, b"key").expect("get"), Some(&b"restored"[..]));
    environment.put(store, b"key", b"new").expect("put");
}

/// Fails once it is told to; until then nothing is written.
struct Stuck(std::sync::mpsc::Receiver<()>);

impl std::io::Write for Stuck {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        let _told = self.0.recv();
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_checkpoint_that_was_given_up_and_ends_late_is_no_reason_to_miss_a_change() {
    let dir = TempDir::new();
    let mut environment = open(&dir.path());
    let store = environment.open_store("counts", b"").expect("open");
    for number in 0..100_u32 {
        environment.put(store, &number.to_be_bytes(), &[1; 100]).expect("put");
    }
    commit(&mut environment);
    let paths = [1, 2, 3].map(|number| dir.join(&number.to_string()));
    checkpoint(&environment, &paths[0], 1, None);
    let late = environment.checkpoints();
    let (fail, told) = std::sync::mpsc::channel();
    let (begin, begun) = std::sync::mpsc::channel();
    let options = CheckpointOptions { id: id(9), is_base: true, from: Some(id(1)) };
    let late = std::thread::spawn(move || {
        let work = Work::default();
        begin.send(()).expect("there is who waits");
        assert!(late.write(Stuck(told), options, &work).is_err());
    });
    begun.recv().expect("begun");
    std::thread::sleep(Duration::from_millis(200));
    environment.reject_checkpoint();
    environment.put(store, b"between", b"").expect("put");
    commit(&mut environment);
    environment.merge();
    wait(|| {
        environment.progress();
        environment.merging().is_none()
    });
    checkpoint(&environment, &paths[1], 2, None);
    fail.send(()).expect("it waits");
    late.join().expect("join");
    let summary = checkpoint(&environment, &paths[2], 3, Some(1));
    let links = if summary.base.is_some() { vec![&paths[0], &paths[2]] } else { vec![&paths[2]] };
    let found = entries(&Checkpoint::open(links).expect("open"), "counts");
    assert_eq!(found, contents(&mut environment, store));
}

#[test]
fn a_chain_of_one_file_that_says_it_goes_on_from_itself_is_refused_and_ends_no_process() {
    let dir = TempDir::new();
    let write = |name: &str, base: Option<SnapshotId>| {
        let path = dir.join(name);
        let work = Work::default();
        let mut writer = CheckpointWriter::new(File::create(&path).expect("create"), id(1), &work);
        writer.store("counts", b"");
        let info = PackedInfo { id: id(2), ..PackedInfo::default() };
        let table = |output: &mut dyn std::io::Write| match base {
            Some(base) => IncrementWriter::new(output, base, info)?.finish().map(drop),
            None => PackedWriter::new(output, info)?.finish().map(drop),
        };
        writer.table("counts", TableKind::Rows, table).expect("table");
        if base.is_some() {
            writer.set_base(id(1));
        }
        writer.finish().expect("finish");
        path
    };
    let (full, increment) = (write("full", None), write("increment", Some(id(2))));
    let chain = |links: usize| Checkpoint::open(std::iter::once(&full).chain(std::iter::repeat_n(&increment, links)));
    assert_eq!(entries(&chain(1000).expect("open"), "counts"), Model::new());
    assert!(matches!(chain(100_000), Err(Error::Corruption { .. })));
}
