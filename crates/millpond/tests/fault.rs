//! Every call on a file failing once: the process lives, errors are typed, what was acknowledged is there, and what was refused
//! can be done later. A small library, preloaded into a child, does the failing: see `fault/shim.c`.
//!
//! `MILLPOND_FAULTS` is the number of places, for each call and error, that a fault is planted at.

#![cfg(feature = "lmdb")]
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod common;

use common::TempDir;
use common::batches::{Model, Stores};
use millpond::{Environment, EnvironmentOptions, Error};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const CALLS: [&str; 7] = ["write", "pwrite", "fsync", "fdatasync", "ftruncate", "mmap", "rename"];
const BATCHES: u64 = 150;

fn options(dir: &Path) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir);
    options.merge_bytes = 64 << 10;
    options.map_size = 1 << 30;
    options
}

/// Waits until a batch is durable, or failed for good.
fn settle(environment: &mut Environment, sealed: u64) -> Result<(), Error> {
    let begun = Instant::now();
    let mut retried = false;
    loop {
        let progress = environment.progress();
        if progress.durable >= sealed {
            return Ok(());
        }
        match &progress.failed {
            Some((_, Error::Poisoned)) => return Err(Error::Poisoned),
            Some((_, error)) => {
                assert!(matches!(error, Error::Io { .. }), "{error:?}");
                if !retried {
                    environment.retry();
                    retried = true;
                }
            }
            None => {}
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the log stands still: {progress:?}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// What runs in the child: writes and reads through whatever happens, and says with what batch it ended.
#[test]
#[ignore = "the child of the test below"]
fn child() {
    let dir = PathBuf::from(std::env::var_os("FAULT_DIR").expect("run by the other test"));
    let mut model = Model::default();
    let mut acknowledged = 0;
    for _ in 0..4 {
        let mut environment = match Environment::open(options(&dir)) {
            Ok(environment) => environment,
            Err(error) => {
                assert!(matches!(error, Error::Io { .. } | Error::Poisoned), "open: {error:?}");
                continue;
            }
        };
        let stores = Stores::open(&mut environment);
        let found = stores.last(&mut environment);
        assert!(found >= acknowledged, "lost: {found} of {acknowledged}");
        // What recovery found it has made durable.
        acknowledged = found;
        if found < model.batches {
            model = Model::default();
        }
        model.advance(found);
        stores.compare(&mut environment, &model);
        let outcome = write_all(&mut environment, &stores, &mut model, &mut acknowledged);
        stores.compare(&mut environment, &model);
        match (outcome, environment.close(true).finish()) {
            (Ok(()), Ok(())) if model.batches >= BATCHES => break,
            // A merge that can't be synced poisons too; the log has it all.
            (_, Ok(())) => {}
            (_, outcome) => assert!(matches!(outcome, Err(Error::Poisoned | Error::Io { .. })), "close: {outcome:?}"),
        }
    }
    assert_eq!(acknowledged, BATCHES, "it went on after the fault");
    println!("acknowledged {acknowledged}");
}

fn write_all(
    environment: &mut Environment,
    stores: &Stores,
    model: &mut Model,
    acknowledged: &mut u64,
) -> Result<(), Error> {
    let begun = Instant::now();
    while model.batches < BATCHES {
        match stores.write(environment, model.batches + 1) {
            Ok(()) => model.advance(model.batches + 1),
            Err(Error::Poisoned) => return Err(Error::Poisoned),
            // Refused for want of room, before anything changed: it may be asked for again.
            Err(error) => {
                assert!(matches!(error, Error::Io { .. }), "{error:?}");
                assert!(begun.elapsed() < Duration::from_secs(20), "no room comes back: {error:?}");
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
        }
        let sealed = environment.seal();
        if model.batches.is_multiple_of(5) || model.batches == BATCHES {
            settle(environment, sealed)?;
            *acknowledged = model.batches;
        }
    }
    Ok(())
}

fn shim(dir: &TempDir) -> PathBuf {
    let library = dir.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fault/shim.c");
    let built =
        Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(built.expect("a C compiler").success());
    library
}

/// Runs the child with a fault at one place; returns the number of calls that there were.
fn run(shim: &Path, call: &str, at: u64, errno: i32) -> u64 {
    let dir = TempDir::new();
    let count = dir.join("count");
    let output = Command::new(std::env::current_exe().expect("ourselves"))
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env("LD_PRELOAD", shim)
        .env("FAULT_DIR", dir.path())
        .env("FAULT_CALL", call)
        .env("FAULT_AT", at.to_string())
        .env("FAULT_ERRNO", errno.to_string())
        .env("FAULT_COUNT", &count)
        .output()
        .expect("the child");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{call} number {at} failing with {errno}:\n{text}");
    let calls = std::fs::read_to_string(&count).unwrap_or_default();
    calls.lines().filter_map(|line| line.parse::<u64>().ok()).max().unwrap_or(0)
}

#[test]
fn any_call_may_fail_once_and_nothing_acknowledged_is_lost() {
    let places = std::env::var("MILLPOND_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let dir = TempDir::new();
    let shim = shim(&dir);
    let begun = Instant::now();
    let mut planted = Vec::new();
    for call in CALLS {
        let calls = run(&shim, call, 0, libc::EIO);
        let mut runs = 0;
        for errno in [libc::EIO, libc::ENOSPC] {
            let step = (calls / places).max(1);
            for at in (1..=calls).step_by(step as usize) {
                run(&shim, call, at, errno);
                runs += 1;
            }
        }
        planted.push(format!("{call} {runs} of {}", 2 * calls));
    }
    println!("faults: {} in {:.0?}, 0 deaths, 0 lost", planted.join(", "), begun.elapsed());
}
