//! Opening, closing and looking at providers, stores and snapshots: what is called seldom, through napi-rs.

use crate::addon::{Addon, Provider, Store};
use crate::buffer::SharedBuffer;
use crate::call::guard_open;
use crate::hot;
use crate::status::Status;
use millpond::{Budget, InMemoryStore};
use napi::bindgen_prelude::{ArrayBuffer, Env, Object};
use napi::{JsValue, sys};
use napi_derive::napi;
use std::collections::HashSet;
use std::time::UNIX_EPOCH;

/// The functions for every operation, bound to this thread's state.
#[napi]
pub fn hot_functions<'a>(env: &'a Env) -> napi::Result<Object<'a>> {
    let exports = Object::new(env)?;
    // SAFETY: instance data lives until the environment is gone.
    if unsafe { hot::register(env.raw(), exports.raw(), addon(env)?) } {
        Ok(exports)
    } else {
        Err(napi::Error::from_reason("the native functions could not be made"))
    }
}

/// This thread's state, made on first use.
fn addon(env: &Env) -> napi::Result<&'static mut Addon> {
    if let Some(addon) = env.get_instance_data::<Addon>()? {
        return Ok(addon);
    }
    env.set_instance_data(Addon::new(), (), |_| {})?;
    env.get_instance_data::<Addon>()?.ok_or_else(|| napi::Error::from_reason("no instance data"))
}

/// Runs a body on this thread's state. What comes out is a handle, 0, or a status, as from the hot functions.
fn run(env: &Env, body: impl FnOnce(&mut Addon) -> Result<u64, Status>) -> napi::Result<i64> {
    Ok(guard_open(addon(env)?, body))
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
    let provider = Provider { budget, stores: Vec::new(), snapshots: HashSet::new(), savepoints: Vec::new() };
    run(env, |addon| addon.providers.insert(provider).ok_or(Status::TooManyOpen))
}

/// Opens an empty store of a provider.
#[napi]
pub fn open_store(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let mut store = Box::new(InMemoryStore::with_budget(provider.budget.clone()));
        let marks: Vec<usize> = provider.savepoints.iter().map(|_| store.savepoint()).collect();
        let handle = addon.stores.insert(Store::Live { store, counted: 0 }).ok_or(Status::TooManyOpen)?;
        provider.stores.push(handle);
        for (savepoint, mark) in provider.savepoints.iter_mut().zip(marks) {
            savepoint.push((handle, mark));
        }
        addon.count_bytes(handle);
        Ok(handle)
    })
}

/// Closes a provider with its stores, snapshots and scans. Closing twice is fine.
#[napi]
pub fn close_provider(env: &Env, provider: i64) -> napi::Result<i64> {
    let outcome = run(env, |addon| {
        if let Some(provider) = addon.providers.remove(provider as u64) {
            let handles: HashSet<u64> = provider.stores.into_iter().chain(provider.snapshots).collect();
            addon.scans.remove_where(|open| handles.contains(&open.store));
            handles.into_iter().for_each(|handle| addon.close_store(handle));
        }
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
        let snapshot = match addon.readable(store as u64)? {
            Store::Live { store, .. } => store.snapshot(),
            Store::Snapshot(snapshot) => snapshot.clone(),
            Store::Broken => return Err(Status::Panic),
        };
        let handle = addon.stores.insert(Store::Snapshot(snapshot)).ok_or(Status::TooManyOpen)?;
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
        for &handle in provider.stores.iter().filter(|_| provider.budget.is_some()) {
            if let Some(Store::Live { store, .. }) = addon.stores.get(handle) {
                store.live_snapshots();
            }
        }
        Ok(0)
    })
}

/// Replaces what a store holds by what a snapshot holds.
#[napi]
pub fn restore(env: &Env, store: i64, snapshot: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let Some(Store::Snapshot(source)) = addon.stores.get(snapshot as u64) else { return Err(Status::Closed) };
        let source = source.clone();
        let outcome = addon.writable(store as u64)?.restore(&source);
        addon.count_bytes(store as u64);
        Ok(outcome.map(|()| 0)?)
    })
}

/// Removes all that a store holds.
#[napi]
pub fn clear(env: &Env, store: i64) -> napi::Result<i64> {
    run(env, |addon| {
        addon.writable(store as u64)?.clear();
        addon.count_bytes(store as u64);
        Ok(0)
    })
}

/// Marks this moment in all stores of a provider.
#[napi]
pub fn savepoint(env: &Env, provider: i64) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let mut marks = Vec::new();
        for &handle in &provider.stores {
            if let Some(Store::Live { store, .. }) = addon.stores.get(handle) {
                marks.push((handle, store.savepoint()));
            }
        }
        provider.savepoints.push(marks);
        Ok(0)
    })
}

/// Ends the innermost savepoint: keeps what was written since, or takes it back. A store where that is not possible,
/// for want of memory, is given up: half of a transaction is worse than none of the store.
#[napi]
pub fn end_savepoint(env: &Env, provider: i64, keep: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        let marks = provider.savepoints.pop().ok_or(Status::Closed)?;
        let mut outcome = Ok(0);
        for (handle, mark) in marks {
            match addon.writable(handle) {
                Ok(store) if keep => store.release(),
                Ok(store) => {
                    if let Err(error) = store.roll_back_to(mark) {
                        outcome = Err(error.into());
                        addon.give_up();
                    }
                }
                Err(status) => outcome = Err(status),
            }
            addon.count_bytes(handle);
        }
        outcome
    })
}

/// What a store or a snapshot holds.
#[napi(object)]
pub struct Contents {
    /// The number of entries.
    pub entries: f64,
    /// The sum of the lengths of all keys and values.
    pub size_bytes: f64,
    /// Native memory in use; 0 for a snapshot, whose pages are its store's.
    pub native_bytes: f64,
    /// When a snapshot was taken, in milliseconds since the epoch; 0 for a store.
    pub timestamp: f64,
}

/// What a store or a snapshot holds; nothing if it is closed.
#[napi]
pub fn contents(env: &Env, store: i64) -> napi::Result<Option<Contents>> {
    Ok(match addon(env)?.stores.get(store as u64) {
        Some(Store::Live { store, .. }) => {
            store.live_snapshots();
            Some(Contents {
                entries: store.len() as f64,
                size_bytes: store.size_bytes() as f64,
                native_bytes: store.memory_bytes() as f64,
                timestamp: 0.0,
            })
        }
        Some(Store::Snapshot(snapshot)) => Some(Contents {
            entries: snapshot.len() as f64,
            size_bytes: snapshot.size_bytes() as f64,
            native_bytes: 0.0,
            timestamp: snapshot.timestamp().duration_since(UNIX_EPOCH).map_or(0.0, |age| age.as_millis() as f64),
        }),
        _ => None,
    })
}
