//! Random bit flips over the files of a directory: a value that is not what was written is never returned. LMDB trusts its pages,
//! so reading may end the process at one; each such end is looked at, and must be LMDB's own. Opening and `verify` never end
//! it, and tell of whatever reading suffers from.
//!
//! `MILLPOND_FLIPS` is their number.

#![cfg(feature = "lmdb")]
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod common;

use common::{Random, TempDir};
use millpond::{Environment, EnvironmentOptions, Range, StoreId, Visit, Work};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const STORES: [&str; 2] = ["first", "second"];
const FRAME: usize = 120;

/// What a child tells.
struct Told {
    refused: AtomicU64,
    errors: AtomicU64,
    missing: AtomicU64,
    wrong: AtomicU64,
    problems: AtomicU64,
    /// The first frame, from where it crashed outwards, that is LMDB's or ours.
    frame: [AtomicU64; FRAME],
}

/// How children end.
const DONE: i32 = 0;
const CRASHED: i32 = 77;

type Contents = Vec<BTreeMap<Vec<u8>, Vec<u8>>>;

fn options(dir: &Path) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir);
    options.map_size = 1 << 30;
    options
}

/// A directory with entries in LMDB, large values among them, and some in the log alone.
fn build(dir: &Path) -> Contents {
    let mut environment = Environment::open(options(dir)).expect("open");
    let stores = STORES.map(|name| environment.open_store(name, b"{}").expect("store"));
    let mut contents = vec![BTreeMap::new(); STORES.len()];
    let mut random = Random::new(5);
    for number in 0..2400 {
        let store = random.below(2);
        let key = format!("key {number:05} {}", "x".repeat(random.below(40))).into_bytes();
        let len = if number % 60 == 0 { 3000 + random.below(9000) } else { random.below(120) };
        let value: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
        environment.put(stores[store], &key, &value).expect("put");
        contents[store].insert(key, value);
        if number == 2300 {
            environment.seal();
            environment.merge();
            while environment.merging().is_some() {
                environment.progress();
                std::thread::yield_now();
            }
        }
        if number % 20 == 0 {
            environment.seal();
        }
    }
    let sealed = environment.seal();
    while environment.progress().durable < sealed {
        std::thread::yield_now();
    }
    // As after a kill: what the log alone has stays there.
    drop(environment);
    contents
}

fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(dir)
        .expect("list")
        .map(|entry| entry.expect("entry").file_name())
        .filter(|name| name != "lock.mdb" && name != "millpond.lock")
        .map(|name| (PathBuf::from(&name), std::fs::read(dir.join(&name)).expect("read")))
        .collect();
    files.sort();
    files
}

/// Looks at everything, and tells.
fn look(dir: &Path, contents: &Contents, told: &Told) {
    let Ok(mut environment) = Environment::open(options(dir)) else {
        told.refused.store(1, Ordering::SeqCst);
        return;
    };
    let stores: Vec<StoreId> = STORES.iter().filter_map(|name| environment.open_store(name, b"{}").ok()).collect();
    for (&store, expected) in stores.iter().zip(contents) {
        for (key, value) in expected {
            match environment.get(store, key) {
                Ok(Some(found)) if found == value => {}
                Ok(Some(_)) => drop(told.wrong.fetch_add(1, Ordering::SeqCst)),
                Ok(None) => drop(told.missing.fetch_add(1, Ordering::SeqCst)),
                Err(_) => drop(told.errors.fetch_add(1, Ordering::SeqCst)),
            }
        }
        let (mut wrong, mut rows) = (0, 0u64);
        let scan = environment.scan_some(store, Range::all(), false, |key, value| {
            wrong += (expected.get(key).is_none_or(|expected| expected != value)) as u64;
            rows += 1;
            // A page that leads back to an earlier one goes round and round.
            if rows > 10_000 { Visit::Done } else { Visit::Next }
        });
        told.errors.fetch_add(scan.is_err() as u64, Ordering::SeqCst);
        told.wrong.fetch_add(wrong, Ordering::SeqCst);
    }
}

/// Looks by `verify` alone, and tells.
fn verify(dir: &Path, told: &Told) {
    let found = match Environment::open(options(dir)) {
        Ok(environment) => environment.verify()(&Work::default()).map_or(1, |problems| problems.len() as u64),
        Err(_) => 1,
    };
    told.problems.store(found, Ordering::SeqCst);
}

static TOLD: AtomicPtr<Told> = AtomicPtr::new(std::ptr::null_mut());

/// Finds out whose code it was. The process ends here: what a handler must not do does no harm any more.
extern "C" fn crashed(_signal: i32) {
    let trace = Backtrace::force_capture().to_string();
    let names = trace.lines().filter_map(|line| line.trim_start().split_once(": ").map(|(_, name)| name.trim()));
    let ours = |name: &&str| name.starts_with("mdb_") || name.contains("millpond::") || name.contains("crc32c");
    let name = names.skip_while(|name| !name.contains("crashed")).skip(1).find(ours).unwrap_or("nobody knows");
    // SAFETY: set before any handler was.
    let told = unsafe { &*TOLD.load(Ordering::SeqCst) };
    for (place, byte) in told.frame.iter().zip(name.bytes()) {
        place.store(byte as u64, Ordering::SeqCst);
    }
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(CRASHED) };
}

fn catch_crashes() {
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT, libc::SIGFPE, libc::SIGILL] {
        // SAFETY: a handler that takes the signal's number.
        unsafe { libc::signal(signal, crashed as *const () as usize) };
    }
}

fn shared() -> &'static Told {
    let (len, flags) = (size_of::<Told>(), libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: fresh memory of zeros, which is a valid `Told`, never unmapped.
    unsafe {
        let address = libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        assert_ne!(address, libc::MAP_FAILED);
        TOLD.store(address.cast(), Ordering::SeqCst);
        &*address.cast::<Told>()
    }
}

/// Has a child look at something; how it ended, or nothing if it had to be killed.
fn in_child(look: impl FnOnce()) -> Option<i32> {
    // SAFETY: this thread is the only one that does anything; the child never returns from here.
    let child = unsafe { libc::fork() };
    if child == 0 {
        catch_crashes();
        look();
        // SAFETY: ends the process at once, without the parent's destructors.
        unsafe { libc::_exit(DONE) };
    }
    wait(child)
}

/// Waits for a child; how it ended, or nothing if it had to be killed.
fn wait(child: i32) -> Option<i32> {
    let begun = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: our own child.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            return Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) });
        }
        if begun.elapsed() > Duration::from_secs(20) {
            // SAFETY: our own child.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &mut status, 0);
            }
            return None;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn reset(told: &Told) {
    for place in
        [&told.refused, &told.errors, &told.missing, &told.wrong, &told.problems].into_iter().chain(&told.frame)
    {
        place.store(0, Ordering::SeqCst);
    }
}

/// Makes a directory of these files, one bit of them flipped; returns which file it is of.
fn write_flipped(dir: &Path, files: &[(PathBuf, Vec<u8>)], bit: usize) -> PathBuf {
    std::fs::create_dir(dir).expect("mkdir");
    let (mut at, mut flipped) = (bit / 8, PathBuf::new());
    for (name, bytes) in files {
        let mut bytes = bytes.clone();
        if at < bytes.len() {
            bytes[at] ^= 1 << (bit % 8);
            flipped = name.clone();
        }
        at = at.wrapping_sub(bytes.len());
        std::fs::write(dir.join(name), bytes).expect("write");
    }
    flipped
}

#[test]
fn no_flipped_bit_changes_a_value_that_is_returned() {
    let flips = std::env::var("MILLPOND_FLIPS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let (source, target, told) = (TempDir::new(), TempDir::new(), shared());
    let contents = build(&source.path());
    let files = files(&source.path());
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut random = Random::new(3);
    let mut counts = BTreeMap::<String, u64>::new();
    let begun = Instant::now();
    for flip in 0..flips {
        let [dir, copy] = ["", "-verify"].map(|suffix| target.join(&format!("{flip}{suffix}")));
        let bit = random.below(bytes * 8);
        let flipped = write_flipped(&dir, &files, bit);
        write_flipped(&copy, &files, bit);
        reset(told);
        let verified = in_child(|| verify(&copy, told));
        assert_eq!(verified, Some(DONE), "flip {flip}, bit {bit}: how opening and verifying ended");
        let ended = in_child(|| look(&dir, &contents, told));
        let count = |place: &AtomicU64| place.load(Ordering::SeqCst);
        assert_eq!(count(&told.wrong), 0, "flip {flip}, bit {bit}: a wrong value was returned");
        let outcome = match ended {
            Some(CRASHED) => {
                let name: Vec<u8> =
                    told.frame.iter().map(|byte| count(byte) as u8).take_while(|&byte| byte > 0).collect();
                let name = String::from_utf8_lossy(&name).into_owned();
                assert!(name.starts_with("mdb_"), "flip {flip}, bit {bit}: crashed in {name}");
                assert!(count(&told.problems) > 0, "flip {flip}, bit {bit}: a crash that verify does not find");
                format!("crashed in {name}")
            }
            Some(DONE) if count(&told.refused) > 0 => "refused at the door".into(),
            Some(DONE) if count(&told.errors) > 0 => "errors".into(),
            // Of the last batch nothing says that it was on the disk: it is taken for one that a crash tore.
            Some(DONE) if count(&told.missing) > 0 && flipped.extension().is_some_and(|kind| kind == "log") => {
                "a torn last batch".into()
            }
            Some(DONE) if count(&told.missing) > 0 => {
                assert!(count(&told.problems) > 0, "flip {flip}, bit {bit}: a lost key that verify does not find");
                "lost keys that verify found".into()
            }
            Some(DONE) => "of no consequence".into(),
            ended => panic!("flip {flip}, bit {bit}: ended with {ended:?}"),
        };
        *counts.entry(outcome).or_default() += 1;
        [dir, copy].into_iter().for_each(|dir| std::fs::remove_dir_all(dir).expect("rm"));
    }
    println!("bit flips: {flips} in {:.0?}, 0 wrong values: {counts:?}", begun.elapsed());
}
