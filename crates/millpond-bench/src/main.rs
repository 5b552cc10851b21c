//! The engines of millpond beside other stores in Rust: one driver at one workload a process, figures as JSON.
//!
//! ```text
//! millpond-bench fill DRIVER KEYS DIR                          a state for the workloads that begin with one
//! millpond-bench measure DRIVER WORKLOAD KEYS DIR MILLISECONDS
//! millpond-bench snapshot PART KEYS DIR                        the sorted engine's snapshots beside `BTreeMap`
//! ```
//!
//! `npm run bench:native` runs all of them and writes docs/native-benchmarks.md.

mod driver;
mod drivers;
mod figures;
mod keys;
mod snapshots;
mod workload;

use driver::{Driver, Outcome};
use drivers::{FjallDriver, Hashed, HeedDriver, Logged, Mapped, RedbDriver, Sorted, Tree};
use serde_json::Value;
use std::path::Path;

/// What is to be done with a driver.
enum Task<'a> {
    Fill,
    Measure { workload: &'a str, milliseconds: u64 },
}

fn run<D: Driver>(task: &Task, keys: usize, dir: &Path, sync: bool) -> Outcome<Value> {
    match task {
        Task::Fill => workload::fill::<D>(keys, dir).map(|()| Value::Null),
        Task::Measure { workload, milliseconds } => workload::measure::<D>(workload, keys, dir, sync, *milliseconds),
    }
}

/// Runs a task with a driver of this name: the list of all that are compared.
fn dispatch(driver: &str, task: &Task, keys: usize, dir: &Path) -> Outcome<Value> {
    let (name, sync) = driver.strip_suffix(", synced").map_or((driver, false), |name| (name, true));
    match name {
        "InMemoryStore" => run::<Sorted>(task, keys, dir, sync),
        "HashStore" => run::<Hashed>(task, keys, dir, sync),
        "BTreeMap" => run::<Tree>(task, keys, dir, sync),
        "hashbrown" => run::<drivers::Table>(task, keys, dir, sync),
        "Environment" => run::<Logged>(task, keys, dir, sync),
        "MmapStateStore" => run::<Mapped>(task, keys, dir, sync),
        "redb" => run::<RedbDriver>(task, keys, dir, sync),
        "fjall" => run::<FjallDriver>(task, keys, dir, sync),
        "heed" => run::<HeedDriver>(task, keys, dir, sync),
        _ => Err(format!("no driver of the name {name}").into()),
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = match arguments[..] {
        ["fill", driver, keys, dir] => dispatch(driver, &Task::Fill, keys.parse()?, Path::new(dir))?,
        ["measure", driver, workload, keys, dir, milliseconds] => {
            let task = Task::Measure { workload, milliseconds: milliseconds.parse()? };
            dispatch(driver, &task, keys.parse()?, Path::new(dir))?
        }
        ["snapshot", part, keys, dir] => snapshots::measure(part, keys.parse()?, Path::new(dir))?,
        _ => return Err("expected fill, measure or snapshot, and what they take".into()),
    };
    println!("{report}");
    Ok(())
}
