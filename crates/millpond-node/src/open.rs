//! Opening, closing and looking at providers, stores and snapshots: what is called seldom, through napi-rs.

use crate::addon::{Addon, Kind, Provider};
use crate::buffer::SharedBuffer;
use crate::call::{guard_open, guard_or};
use crate::marks::Marks;
use crate::slots::Slots;
use crate::status::{Status, last_error};
use crate::store::Store;
use crate::windowed::{AnyTables, Windowed};
use crate::{hot, hot_windowed};
use millpond::{Budget, HashStore, InMemoryStore, Layout, WindowedStore};
use napi::bindgen_prelude::{ArrayBuffer, Either, Env, Object, Uint8Array};
use napi::{JsValue, sys};
use napi_derive::napi;
use std::cell::RefCell;
use std::rc::Rc;

/// The functions for every operation, bound to this thread's state.
#[napi]
pub fn hot_functions<'a>(env: &'a Env) -> napi::Result<Object<'a>> {
    let exports = Object::new(env)?;
    let (raw, target, addon) = (env.raw(), exports.raw(), addon(env)?);
    // SAFETY: instance data lives until the environment is gone.
    if unsafe { hot::register_all(raw, target, addon) && hot_windowed::register_all(raw, target, addon) } {
        Ok(exports)
    } else {
        Err(napi::Error::from_reason("the native functions could not be made"))
    }
}

/// This thread's state, made on first use.
pub fn addon(env: &Env) -> napi::Result<&'static mut Addon> {
    if let Some(addon) = env.get_instance_data::<Addon>()? {
        return Ok(addon);
    }
    env.set_instance_data(Addon::new(), (), |_| {})?;
    env.get_instance_data::<Addon>()?.ok_or_else(|| napi::Error::from_reason("no instance data"))
}

/// Runs a body on this thread's state. What comes out is a handle, 0, or a status, as from the hot functions.
pub fn run(env: &Env, body: impl FnOnce(&mut Addon) -> Result<u64, Status>) -> napi::Result<i64> {
    Ok(guard_open(addon(env)?, body))
}

/// The same for a body that gives more than a number.
pub fn value_or_status<T>(addon: &mut Addon, body: impl FnOnce(&mut Addon) -> Result<T, Status>) -> Either<i64, T> {
    guard_or(addon, body).map_or_else(|status| Either::A(status as i64), Either::B)
}

/// Tells the garbage collector of native memory, in steps of a MiB.
pub fn report_memory(env: &Env, addon: &mut Addon) -> napi::Result<()> {
    const STEP: i64 = 1 << 20;
    let change = addon.native_bytes - addon.reported_bytes;
    if change.abs() >= STEP {
        env.adjust_external_memory(change)?;
        addon.reported_bytes = addon.native_bytes;
    }
    Ok(())
}

/// Shares the memory of an ArrayBuffer, which the caller keeps alive; returns its number.
#[napi]
pub fn register_buffer(env: &Env, buffer: ArrayBuffer) -> napi::Result<i64> {
    let (mut address, mut len) = (std::ptr::null_mut(), 0);
    // SAFETY: the buffer is a value of this call.
    unsafe { sys::napi_get_arraybuffer_info(env.raw(), buffer.value().value, &mut address, &mut len) };
    run(env, |addon| {
        if address.is_null() {
            return Err(Status::InvalidArgument);
        }
        // SAFETY: `src/native/io.ts` keeps the buffer until it releases it.
        let shared = unsafe { SharedBuffer::new(address.cast(), len) };
        addon.buffers.insert(shared).ok_or(Status::TooManyOpen)
    })
}

/// Forgets a shared buffer, which was collected.
#[napi]
pub fn release_buffer(env: &Env, buffer: i64) -> napi::Result<()> {
    addon(env)?.buffers.remove(buffer as u64);
    Ok(())
}

/// Opens a provider whose stores share a limit in bytes, if one is given.
#[napi]
pub fn open_provider(env: &Env, max_bytes: Option<f64>) -> napi::Result<i64> {
    let budget = max_bytes.map(|bytes| Budget::new(bytes as usize));
    let kind = Kind::Memory { budget, savepoints: Vec::new() };
    let provider = Provider::new(kind);
    run(env, |addon| addon.providers.insert(provider).ok_or(Status::TooManyOpen))
}

/// Opens an empty store of a provider, in the sorted engine or the hash engine.
#[napi]
pub fn open_store(env: &Env, provider: i64, hashed: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Memory { budget, savepoints } = &mut provider.kind else { return Err(Status::InvalidArgument) };
        let store = if hashed {
            Store::Hash { store: Box::new(HashStore::with_budget(budget.clone())), counted: 0 }
        } else {
            Store::Memory { store: Box::new(InMemoryStore::with_budget(budget.clone())), counted: 0 }
        };
        add_memory(&mut addon.stores, &mut provider.stores, savepoints, store)
    })
}

/// Opens an empty store of windows or sessions of a provider.
#[napi]
pub fn open_windowed_store(env: &Env, provider: i64, options: WindowedOptions) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let Kind::Memory { budget, savepoints } = &mut provider.kind else { return Err(Status::InvalidArgument) };
        let table = || Box::new(InMemoryStore::with_budget(budget.clone()));
        let tables = AnyTables::Memory { rows: table(), index: table(), counted: 0 };
        let timeline = Rc::new(RefCell::new(options.store()));
        let store = Store::Windowed(Box::new(Windowed { tables, timeline, blank: None }));
        add_memory(&mut addon.stores, &mut provider.stores, savepoints, store)
    })
}

/// Adds a store to a provider in memory: what is taken back from a savepoint on is all that it has.
fn add_memory(
    stores: &mut Slots<Store>,
    of_provider: &mut Vec<u64>,
    savepoints: &mut [Vec<(u64, Marks)>],
    mut store: Store,
) -> Result<u64, Status> {
    let marks: Vec<Marks> = savepoints.iter().map(|_| store.savepoint()).collect();
    let handle = stores.insert(store).ok_or(Status::TooManyOpen)?;
    of_provider.push(handle);
    for (savepoint, mark) in savepoints.iter_mut().zip(marks) {
        savepoint.push((handle, mark));
    }
    Ok(handle)
}

/// What a store of windows or sessions is; `src/provider` has checked it all.
#[napi(object)]
pub struct WindowedOptions {
    /// Whether it has sessions.
    pub sessions: bool,
    /// Whether windows of one key and time are kept apart.
    pub duplicates: bool,
    /// How long windows are if nobody says otherwise, in milliseconds.
    pub window_size: f64,
}

impl WindowedOptions {
    /// What it comes to.
    pub fn store(&self) -> WindowedStore {
        let layout = if self.sessions { Layout::Sessions } else { Layout::Windows { duplicates: self.duplicates } };
        WindowedStore::new(layout, self.window_size as i64)
    }
}

/// Closes a provider with its stores, snapshots and scans. Closing twice is fine.
#[napi]
pub fn close_provider(env: &Env, provider: i64) -> napi::Result<i64> {
    let outcome = run(env, |addon| {
        addon.close_provider(provider as u64);
        Ok(0)
    });
    let addon = addon(env)?;
    env.adjust_external_memory(addon.native_bytes - addon.reported_bytes)?;
    addon.reported_bytes = addon.native_bytes;
    outcome
}

/// Takes a snapshot of a store of a provider, which is read as a store is and closes with the provider.
#[napi]
pub fn open_snapshot(env: &Env, provider: i64, store: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let snapshot = addon.store(store as u64)?.snapshot()?;
        let handle = addon.stores.insert(snapshot).ok_or(Status::TooManyOpen)?;
        if let Some(provider) = addon.providers.get(provider as u64) {
            provider.snapshots.insert(handle);
        }
        Ok(handle)
    })
}

/// Lets a snapshot go. Closing twice is fine.
#[napi]
pub fn close_snapshot(env: &Env, provider: i64, snapshot: i64) -> napi::Result<i64> {
    run(env, |addon| {
        addon.close_store(snapshot as u64);
        let Some(provider) = addon.providers.get(provider as u64) else { return Ok(0) };
        provider.snapshots.remove(&(snapshot as u64));
        // Room that it held under a limit is there for all stores at once.
        let is_limited = matches!(provider.kind, Kind::Memory { budget: Some(_), .. });
        for &handle in provider.stores.iter().filter(|_| is_limited) {
            let engines = addon.stores.get(handle).into_iter().flat_map(Store::in_memory);
            for engine in engines {
                engine.settled_bytes();
            }
        }
        Ok(0)
    })
}

/// Replaces what a store holds by what a snapshot holds.
#[napi]
pub fn restore(env: &Env, store: i64, snapshot: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let source = addon.store(snapshot as u64)?.snapshot()?;
        let outcome = addon.store(store as u64)?.restore(&source);
        addon.count_bytes(store as u64);
        outcome.map(|()| 0)
    })
}

/// Removes all that a store holds.
#[napi]
pub fn clear(env: &Env, store: i64) -> napi::Result<i64> {
    run(env, |addon| {
        addon.store(store as u64)?.clear()?;
        addon.count_bytes(store as u64);
        Ok(0)
    })
}

/// Says which value a key has of which fields are changed before it was put.
#[napi]
pub fn set_blank(env: &Env, store: i64, blank: Uint8Array) -> napi::Result<()> {
    let (addon, blank) = (addon(env)?, Rc::from(&blank[..]));
    match addon.store(store as u64) {
        Ok(Store::Windowed(windowed)) => windowed.blank = Some(blank),
        Ok(Store::Memory { .. } | Store::Hash { .. } | Store::Durable { .. }) => {
            drop(addon.blanks.insert(store as u64, blank))
        }
        _ => {}
    }
    Ok(())
}

/// Marks this moment in all stores of a provider.
#[napi]
pub fn savepoint(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        match &mut provider.kind {
            Kind::Durable(environment) => environment.borrow_mut().savepoint(),
            Kind::Reader(_) => {}
            Kind::Memory { savepoints, .. } => {
                let mut marks = Vec::new();
                for &handle in &provider.stores {
                    if let Some(store) = addon.stores.get(handle) {
                        marks.push((handle, store.savepoint()));
                    }
                }
                savepoints.push(marks);
            }
        }
        Ok(0)
    })
}

/// Ends the innermost savepoint: keeps what was written since, or takes it back. A store where that is not possible,
/// for want of memory, is given up: half of a transaction is worse than none of the store.
#[napi]
pub fn end_savepoint(env: &Env, provider: i64, keep: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        match &mut provider.kind {
            Kind::Durable(environment) if keep => environment.borrow_mut().release(),
            Kind::Durable(environment) => {
                let undone = environment.borrow_mut().roll_back();
                provider.timelines.forget();
                if let Err(error) = undone {
                    addon.at_work = provider.stores.first().copied();
                    addon.give_up();
                    return Err(error.into());
                }
            }
            Kind::Reader(_) => {}
            Kind::Memory { savepoints, .. } => {
                let marks = savepoints.pop().ok_or(Status::Closed)?;
                return end_marks(addon, marks, keep);
            }
        }
        Ok(0)
    })
}

fn end_marks(addon: &mut Addon, marks: Vec<(u64, Marks)>, keep: bool) -> Result<u64, Status> {
    let mut outcome = Ok(0);
    for (handle, marks) in marks {
        let ended = addon.store(handle).and_then(|store| match store {
            Store::Broken => Err(Status::Panic),
            store if keep => store.release(),
            store => store.roll_back_to(marks),
        });
        if let Err(status) = ended {
            outcome = Err(status);
            addon.give_up();
        }
        addon.count_bytes(handle);
    }
    outcome
}

/// What the last error that has a text had to say.
#[napi]
pub fn last_error_message() -> String {
    last_error()
}

/// What a store or a snapshot holds.
#[napi(object)]
pub struct Contents {
    /// The number of entries.
    pub entries: f64,
    /// The sum of the lengths of all keys and values.
    pub size_bytes: f64,
    /// Native memory in use; 0 for a snapshot, whose pages are its store's, and a durable store, whose provider has it.
    pub native_bytes: f64,
    /// When a snapshot was taken, in milliseconds since the epoch; 0 for a store.
    pub timestamp: f64,
}

/// What a store or a snapshot holds; a status where it is closed, or can't be read.
#[napi]
pub fn contents(env: &Env, store: i64) -> napi::Result<Either<i64, Contents>> {
    Ok(value_or_status(addon(env)?, |addon| {
        let store = addon.store(store as u64)?;
        let native_bytes: usize = store.in_memory().map(|engine| engine.settled_bytes()).sum();
        Ok(Contents {
            entries: store.len()? as f64,
            size_bytes: store.size_bytes()? as f64,
            native_bytes: native_bytes as f64,
            timestamp: store.timestamp(),
        })
    }))
}
