//! Opening, closing and looking at providers, stores and snapshots: what is called seldom, through napi-rs.

use crate::addon::{Addon, Provider, Store};
use crate::buffer::SharedBuffer;
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

/// A status as hot functions return it: all functions here do likewise, and `src/native/status.ts` makes errors of it.
fn as_number(outcome: Result<u32, Status>) -> i32 {
    match outcome {
        Ok(value) => value as i32,
        Err(status) => status as i32,
    }
}

/// Shares the memory of an ArrayBuffer, which the caller keeps alive; returns its number.
#[napi]
pub fn register_buffer(env: &Env, buffer: ArrayBuffer) -> napi::Result<i32> {
    let (mut address, mut len) = (std::ptr::null_mut(), 0);
    // SAFETY: the buffer is a value of this call.
    unsafe { sys::napi_get_arraybuffer_info(env.raw(), buffer.value().value, &mut address, &mut len) };
    if address.is_null() {
        return Ok(Status::InvalidArgument as i32);
    }
    // SAFETY: `src/native/io.ts` keeps the buffer until it releases it.
    let shared = unsafe { SharedBuffer::new(address.cast(), len) };
    Ok(as_number(addon(env)?.buffers.insert(shared).ok_or(Status::TooManyOpen)))
}

/// Forgets a shared buffer, which was collected.
#[napi]
pub fn release_buffer(env: &Env, buffer: u32) -> napi::Result<()> {
    addon(env)?.buffers.remove(buffer);
    Ok(())
}

/// Opens a provider whose stores share a limit in bytes, if one is given.
#[napi]
pub fn open_provider(env: &Env, max_bytes: Option<f64>) -> napi::Result<i32> {
    let budget = max_bytes.map(|bytes| Budget::new(bytes as usize));
    let provider = Provider { budget, stores: Vec::new(), snapshots: HashSet::new(), savepoints: Vec::new() };
    Ok(as_number(addon(env)?.providers.insert(provider).ok_or(Status::TooManyOpen)))
}

/// Opens an empty store of a provider.
#[napi]
pub fn open_store(env: &Env, provider: u32) -> napi::Result<i32> {
    let addon = addon(env)?;
    let Some(provider) = addon.providers.get(provider) else { return Ok(Status::Closed as i32) };
    let mut store = Box::new(InMemoryStore::with_budget(provider.budget.clone()));
    let marks: Vec<usize> = provider.savepoints.iter().map(|_| store.savepoint()).collect();
    let Some(handle) = addon.stores.insert(Store::Live { store, counted: 0 }) else {
        return Ok(Status::TooManyOpen as i32);
    };
    provider.stores.push(handle);
    for (savepoint, mark) in provider.savepoints.iter_mut().zip(marks) {
        savepoint.push((handle, mark));
    }
    addon.count_bytes(handle);
    Ok(handle as i32)
}

/// Closes a provider and its stores. Closing twice is fine.
#[napi]
pub fn close_provider(env: &Env, provider: u32) -> napi::Result<()> {
    let addon = addon(env)?;
    if let Some(provider) = addon.providers.remove(provider) {
        provider.stores.into_iter().chain(provider.snapshots).for_each(|handle| addon.close_store(handle));
        env.adjust_external_memory(addon.native_bytes - addon.reported_bytes)?;
        addon.reported_bytes = addon.native_bytes;
    }
    Ok(())
}

/// Takes a snapshot of a store of a provider, which is read as a store is and closes with the provider.
#[napi]
pub fn open_snapshot(env: &Env, provider: u32, store: u32) -> napi::Result<i32> {
    let addon = addon(env)?;
    let snapshot = match addon.readable(store) {
        Ok(Store::Live { store, .. }) => store.snapshot(),
        Ok(Store::Snapshot(snapshot)) => snapshot.clone(),
        Ok(Store::Broken) => return Ok(Status::Panic as i32),
        Err(status) => return Ok(status as i32),
    };
    let Some(handle) = addon.stores.insert(Store::Snapshot(snapshot)) else {
        return Ok(Status::TooManyOpen as i32);
    };
    if let Some(provider) = addon.providers.get(provider) {
        provider.snapshots.insert(handle);
    }
    Ok(handle as i32)
}

/// Lets a snapshot go. Closing twice is fine.
#[napi]
pub fn close_snapshot(env: &Env, provider: u32, snapshot: u32) -> napi::Result<()> {
    let addon = addon(env)?;
    if let Some(provider) = addon.providers.get(provider) {
        provider.snapshots.remove(&snapshot);
        addon.stores.remove(snapshot);
        // Room that it held under `maxBytes` is there for all stores at once.
        for &handle in &provider.stores {
            if let Some(Store::Live { store, .. }) = addon.stores.get(handle) {
                store.live_snapshots();
            }
        }
    }
    Ok(())
}

/// Replaces what a store holds by what a snapshot holds.
#[napi]
pub fn restore(env: &Env, store: u32, snapshot: u32) -> napi::Result<i32> {
    let addon = addon(env)?;
    let Some(Store::Snapshot(source)) = addon.stores.get(snapshot) else { return Ok(Status::Closed as i32) };
    let source = source.clone();
    let outcome = addon.writable(store).and_then(|store| Ok(store.restore(&source)?));
    addon.count_bytes(store);
    Ok(as_number(outcome.map(|()| 0)))
}

/// Removes all that a store holds.
#[napi]
pub fn clear(env: &Env, store: u32) -> napi::Result<i32> {
    let addon = addon(env)?;
    let outcome = addon.writable(store).map(InMemoryStore::clear);
    addon.count_bytes(store);
    Ok(as_number(outcome.map(|()| 0)))
}

/// Marks this moment in all stores of a provider.
#[napi]
pub fn savepoint(env: &Env, provider: u32) -> napi::Result<i32> {
    let addon = addon(env)?;
    let Some(provider) = addon.providers.get(provider) else { return Ok(Status::Closed as i32) };
    let mut marks = Vec::new();
    for &handle in &provider.stores {
        if let Some(Store::Live { store, .. }) = addon.stores.get(handle) {
            marks.push((handle, store.savepoint()));
        }
    }
    provider.savepoints.push(marks);
    Ok(0)
}

/// Ends the innermost savepoint: keeps what was written since, or takes it back.
#[napi]
pub fn end_savepoint(env: &Env, provider: u32, keep: bool) -> napi::Result<i32> {
    let addon = addon(env)?;
    let marks = addon.providers.get(provider).and_then(|provider| provider.savepoints.pop());
    let Some(marks) = marks else { return Ok(Status::Closed as i32) };
    let mut outcome = Ok(0);
    for (handle, mark) in marks {
        if let Ok(store) = addon.writable(handle) {
            if keep {
                store.release();
            } else if let Err(error) = store.roll_back_to(mark) {
                outcome = Err(error.into());
            }
            addon.count_bytes(handle);
        }
    }
    Ok(as_number(outcome))
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
pub fn contents(env: &Env, store: u32) -> napi::Result<Option<Contents>> {
    Ok(match addon(env)?.stores.get(store) {
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
