//! kill -9 at random moments: during commits, merges, growth, recovery and closing. After each, the directory opens and holds
//! exactly what some prefix of the batches made, no shorter than what was acknowledged and no longer than what was sealed.
//!
//! `MILLPOND_KILLS` is the number of cycles, `MILLPOND_SEED` what they are drawn from.

#![cfg(feature = "lmdb")]
#![cfg(unix)]
#![allow(missing_docs)]

mod common;

use common::batches::{Model, Stores};
use common::{Random, TempDir};
use millpond::{Environment, EnvironmentOptions};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What parent and child both see.
struct Seen {
    /// The newest batch that the child sealed, or was about to.
    sealed: AtomicU64,
    /// The newest batch that it was told is durable.
    acknowledged: AtomicU64,
    /// The batch that the child found the directory to end with, once it has looked at all of it.
    verified: AtomicU64,
    /// Where it was when it was killed.
    phase: AtomicU64,
    /// Whether it met something that must not be.
    failed: AtomicU64,
}

const PHASES: [&str; 4] = ["opening", "verifying", "writing", "closing"];

fn options(dir: &Path) -> EnvironmentOptions {
    let mut options = EnvironmentOptions::new(dir);
    options.merge_bytes = 96 << 10;
    options.map_size = 1 << 30;
    options
}

/// The life of a child: opens, compares with the model, writes batch after batch, and closes now and then.
fn live(dir: &Path, mut model: Model, seen: &Seen, mut random: Random) {
    loop {
        seen.phase.store(0, Ordering::SeqCst);
        let mut environment = Environment::open(options(dir)).expect("the directory opens");
        let stores = Stores::open(&mut environment);
        let found = stores.last(&mut environment);
        seen.phase.store(1, Ordering::SeqCst);
        let (acknowledged, sealed) = (seen.acknowledged.load(Ordering::SeqCst), seen.sealed.load(Ordering::SeqCst));
        assert!(found >= acknowledged, "lost: {found} batches where {acknowledged} were acknowledged");
        assert!(found <= sealed, "invented: {found} batches where {sealed} were sealed");
        model.advance(found);
        stores.compare(&mut environment, &model);
        seen.verified.store(found, Ordering::SeqCst);
        seen.phase.store(2, Ordering::SeqCst);
        let mut batch = found;
        let mut numbers = Vec::new();
        for _ in 0..random.below(400) {
            batch += 1;
            seen.sealed.store(batch, Ordering::SeqCst);
            stores.write(&mut environment, batch).expect("a batch");
            numbers.push((environment.seal(), batch));
            if random.below(4) > 0 {
                acknowledge(&mut environment, &numbers, seen, random.below(3) == 0);
            }
        }
        seen.phase.store(3, Ordering::SeqCst);
        if random.below(3) == 0 {
            drop(environment);
        } else {
            environment.close(true).finish().expect("close");
            seen.acknowledged.store(batch, Ordering::SeqCst);
        }
    }
}

/// Tells the parent what is durable; waits for the last batch if asked to.
fn acknowledge(environment: &mut Environment, numbers: &[(u64, u64)], seen: &Seen, wait: bool) {
    let last = numbers.last().map_or(0, |&(sealed, _)| sealed);
    let mut durable = environment.progress().durable;
    while wait && durable < last {
        std::thread::yield_now();
        durable = environment.progress().durable;
    }
    if let Some((_, batch)) = numbers.iter().rev().find(|(sealed, _)| *sealed <= durable) {
        seen.acknowledged.store(*batch, Ordering::SeqCst);
    }
}

fn shared_memory() -> &'static Seen {
    let (len, flags) = (size_of::<Seen>(), libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: fresh memory of zeros, which is a valid `Seen`, never unmapped.
    unsafe {
        let address = libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        assert_ne!(address, libc::MAP_FAILED);
        &*address.cast::<Seen>()
    }
}

#[test]
fn what_was_acknowledged_outlives_kill_and_nothing_is_invented() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cycles = variable("MILLPOND_KILLS").unwrap_or(500);
    let mut random = Random::new(variable("MILLPOND_SEED").unwrap_or(1));
    let (dir, seen) = (TempDir::new(), shared_memory());
    let mut model = Model::default();
    let mut phases = [0u64; PHASES.len()];
    let begun = Instant::now();
    for cycle in 0..cycles {
        let (seed, patience) = (random.next(), random.below(40_000) as u64);
        // SAFETY: this thread is the only one that does anything; the child never returns from here.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "fork");
        if child == 0 {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                seen.failed.store(1, Ordering::SeqCst);
                report(panic);
            }));
            let lived = std::panic::catch_unwind(|| live(&dir.path(), model.clone(), seen, Random::new(seed)));
            // SAFETY: ends the process at once, without the parent's destructors.
            unsafe { libc::_exit(if lived.is_err() { 101 } else { 0 }) };
        }
        std::thread::sleep(Duration::from_micros(patience));
        let mut status = 0;
        // SAFETY: our own child.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, &mut status, 0);
        }
        let killed = libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL;
        assert!(killed && seen.failed.load(Ordering::SeqCst) == 0, "cycle {cycle}: the child failed");
        phases[seen.phase.load(Ordering::SeqCst) as usize] += 1;
        let verified = seen.verified.load(Ordering::SeqCst);
        model.advance(verified);
    }
    // What the last one left.
    let mut environment = Environment::open(options(&dir.path())).expect("the directory opens");
    let found = Stores::open(&mut environment).last(&mut environment);
    assert!(found >= seen.acknowledged.load(Ordering::SeqCst) && found <= seen.sealed.load(Ordering::SeqCst));
    let killed: Vec<String> = PHASES.iter().zip(phases).map(|(phase, count)| format!("{count} {phase}")).collect();
    println!(
        "kill -9: {cycles} cycles in {:.0?} ({}), {} batches, 0 lost, 0 invented",
        begun.elapsed(),
        killed.join(", "),
        seen.sealed.load(Ordering::SeqCst)
    );
}
