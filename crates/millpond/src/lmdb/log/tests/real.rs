//! The log on the file system.

use super::super::{Committed, read_committed, recover};
use super::*;
use crate::disk::{Disk, RealDisk};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A directory that is gone with the value.
struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> TempDir {
        let path = std::env::temp_dir().join(format!("millpond-log-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary directory");
        TempDir(path)
    }

    fn disk(&self) -> RealDisk {
        RealDisk::open(self.0.clone(), 0o600).expect("the directory")
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

fn open_real(dir: &TempDir, applied: u64) -> (Log<RealDisk>, Vec<u64>) {
    let mut found = Vec::new();
    let log = recover(dir.disk(), UUID, applied, |seq, bytes| {
        assert_eq!(bytes, payload(seq, bytes.len()));
        found.push(seq);
        Ok(())
    });
    (log.expect("recovery"), found)
}

#[test]
fn a_log_of_real_files_comes_back() {
    let dir = TempDir::new("comes-back");
    let (mut log, _) = open_real(&dir, 0);
    for len in [0, 100, 3 << 20, 200 << 10, 10] {
        log.append(&[batch(log.last() + 1, len)]).expect("append");
        log.sync().expect("sync");
        log.rotate().expect("rotate");
    }
    log.append(&[batch(6, 7), batch(7, 0)]).expect("append");
    drop(log);
    assert_eq!(read_committed(&dir.disk(), UUID, 2, None, |_, _| Ok(())), Ok(Committed::Through(7)));
    let (mut log, found) = open_real(&dir, 0);
    assert_eq!((found, log.durable()), ((1..=7).collect(), 7));
    log.remove_through(7).expect("remove");
    assert_eq!(dir.disk().list().expect("list"), [segment(7)]);
    drop(log);
    assert!(open_real(&dir, 7).1.is_empty());
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new("mode");
    let _log = open_real(&dir, 0);
    let mode = std::fs::metadata(dir.0.join(segment(1))).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_reader_beside_a_busy_writer_sees_whole_batches_up_to_the_durable_one() {
    const ROUNDS: u64 = 300;
    let dir = TempDir::new("beside");
    let (durable, applied, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let (mut log, _) = open_real(&dir, 0);
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let mut reads = 0;
            while !stop.load(Ordering::SeqCst) || reads < 2 {
                let below = applied.load(Ordering::SeqCst);
                let through = Some(durable.load(Ordering::SeqCst)).filter(|_| reads % 2 == 0);
                let mut next = below + 1;
                let outcome = read_committed(&dir.disk(), UUID, below, through, |seq, bytes| {
                    assert_eq!((seq, bytes), (next, &payload(seq, bytes.len())[..]));
                    next += 1;
                    Ok(())
                });
                match outcome.expect("no damage") {
                    Committed::Through(last) => {
                        assert!(last == next - 1 && through.is_none_or(|through| last == through.max(below)));
                    }
                    Committed::Gone => assert!(applied.load(Ordering::SeqCst) > below),
                }
                reads += 1;
            }
        });
        for round in 0..ROUNDS {
            let first = log.last() + 1;
            log.append(&[batch(first, 5000), batch(first + 1, round as usize % 300)]).expect("append");
            durable.store(log.sync().expect("sync"), Ordering::SeqCst);
            if round % 10 == 0 {
                log.rotate().expect("rotate");
                applied.store(log.last() - 1, Ordering::SeqCst);
                log.remove_through(log.last() - 1).expect("remove");
            }
        }
        stop.store(true, Ordering::SeqCst);
        reader.join().expect("the reader");
    });
}

#[test]
fn a_name_that_is_taken_is_not_made_again() {
    let dir = TempDir::new("taken");
    drop(dir.disk().create("file").expect("create"));
    assert_eq!(dir.disk().create("file").err().map(|error| error.kind()), Some(std::io::ErrorKind::AlreadyExists));
}

/// Medians of append and sync together, in microseconds, for appends of `len` bytes.
fn median(sizes: Sizes, len: usize, times: usize) -> [u128; 3] {
    let dir = TempDir::new("median");
    let mut log = recover_sized(dir.disk(), UUID, 0, sizes, |_, _| Ok(())).expect("a new log");
    let mut micros: Vec<u128> = (0..times)
        .map(|_| {
            let batches = [batch(log.last() + 1, len)];
            let begun = std::time::Instant::now();
            log.append(&batches).expect("append");
            log.sync().expect("sync");
            begun.elapsed().as_micros()
        })
        .collect();
    micros.sort_unstable();
    [micros[times / 2], micros[times * 99 / 100], micros[times - 1]]
}

/// `cargo test --release -p millpond -- --ignored --nocapture how_long`, with TMPDIR on the disk in question.
#[test]
#[ignore = "a measurement"]
fn how_long_append_and_sync_take() {
    let plain = Sizes { in_place: 0, ..Sizes::REAL };
    let ahead =
        |least: usize, most: usize| Sizes { ahead: (least << 10, most << 10), in_place: 1 << 20, ..Sizes::REAL };
    for round in 0..3 {
        for (name, sizes) in [
            ("append", plain),
            ("64 KiB to 1 MiB ahead", ahead(64, 1024)),
            ("256 KiB ahead", ahead(256, 256)),
            ("1 MiB ahead", ahead(1024, 1024)),
            ("4 MiB ahead", ahead(4096, 4096)),
        ] {
            println!("round {round}, 150 B, {name}: median, 99 %, most {:?} us", median(sizes, 150, 5000));
        }
    }
    for kib in [1, 4, 16, 64, 128, 256, 512] {
        let [append, in_place] = [plain, ahead(64, 1024)].map(|sizes| median(sizes, kib << 10, 500));
        println!("{kib} KiB: append {append:?}, in place {in_place:?}");
    }
}
