//! The stores of a directory.

use super::with;
use crate::addon::{Addon, Kind};
use crate::open::{WindowedOptions, addon, run, value_or_status};
use crate::status::Status;
use crate::store::Store;
use crate::windowed::{AnyTables, Windowed};
use millpond::{Part, StoreId};
use napi::bindgen_prelude::{Either, Env};
use napi_derive::napi;

/// The store of this name, made with this definition if there is none.
#[napi]
pub fn open_durable_store(env: &Env, provider: i64, name: String, definition: String) -> napi::Result<i64> {
    run(env, |addon| {
        let id = with(addon, provider, |environment| environment.open_store(&name, definition.as_bytes()))?;
        let Kind::Durable(environment) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let store = Store::Durable { environment: environment.clone(), id };
        add(addon, provider, store)
    })
}

/// The store of windows or sessions of this name, made with this definition if there is none.
#[napi]
pub fn open_durable_windowed_store(
    env: &Env,
    provider: i64,
    name: String,
    definition: String,
    options: WindowedOptions,
) -> napi::Result<i64> {
    run(env, |addon| {
        let layout = options.store().layout();
        let (rows, index) = with(addon, provider, |environment| {
            let rows = environment.open_store(&name, definition.as_bytes())?;
            Ok((rows, environment.open_index(rows, layout)?))
        })?;
        let Kind::Durable(environment) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let tables = AnyTables::Durable { environment: environment.clone(), rows, index };
        add_windowed(addon, provider, rows, tables, &options)
    })
}

/// The store of this name of a directory that is only read; `Missing` if there is none.
#[napi]
pub fn open_reader_store(env: &Env, provider: i64, name: String) -> napi::Result<i64> {
    run(env, |addon| {
        let Kind::Reader(reader) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let id = reader.borrow().store(&name).ok_or(Status::Missing)?;
        let store = Store::Reading { reader: reader.clone(), id };
        add(addon, provider, store)
    })
}

/// The store of windows or sessions of this name of a directory that is only read; `Missing` if there is none.
#[napi]
pub fn open_reader_windowed_store(
    env: &Env,
    provider: i64,
    name: String,
    options: WindowedOptions,
) -> napi::Result<i64> {
    run(env, |addon| {
        let Kind::Reader(reader) = addon.kind(provider as u64)? else { return Err(Status::InvalidArgument) };
        let rows = reader.borrow().store(&name).ok_or(Status::Missing)?;
        let index = reader.borrow().index(rows).ok_or(Status::Missing)?;
        let tables = AnyTables::Reading { reader: reader.clone(), rows, index };
        add_windowed(addon, provider, rows, tables, &options)
    })
}

/// A part of another store, `expiry` or `dictionary`; with `create` it is made if there is none, else `Missing`.
#[napi]
pub fn open_part(env: &Env, provider: i64, store: i64, part: String, create: bool) -> napi::Result<i64> {
    run(env, |addon| {
        let part = match &part[..] {
            "expiry" => Part::Expiry,
            "dictionary" => Part::Dictionary,
            _ => return Err(Status::InvalidArgument),
        };
        let of = match addon.store(store as u64)? {
            Store::Durable { id, .. } | Store::Reading { id, .. } => *id,
            Store::Windowed(windowed) => match windowed.tables {
                AnyTables::Durable { rows, .. } | AnyTables::Reading { rows, .. } => rows,
                _ => return Err(Status::InvalidArgument),
            },
            _ => return Err(Status::InvalidArgument),
        };
        let store = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => {
                let known = environment.borrow().part(of, part);
                let id = match known {
                    None if create => environment.borrow_mut().open_part(of, part)?,
                    known => known.ok_or(Status::Missing)?,
                };
                Store::Durable { environment: environment.clone(), id }
            }
            Kind::Reader(reader) => {
                let id = reader.borrow().part(of, part).ok_or(Status::Missing)?;
                Store::Reading { reader: reader.clone(), id }
            }
            Kind::Memory { .. } => return Err(Status::InvalidArgument),
        };
        add(addon, provider, store)
    })
}

/// Adds a store to a directory.
fn add(addon: &mut Addon, provider: i64, store: Store) -> Result<u64, Status> {
    let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
    let handle = addon.stores.insert(store).ok_or(Status::TooManyOpen)?;
    provider.stores.push(handle);
    Ok(handle)
}

/// The same for one of windows or sessions, which knows what others of the same rows do.
fn add_windowed(
    addon: &mut Addon,
    provider: i64,
    rows: StoreId,
    tables: AnyTables,
    options: &WindowedOptions,
) -> Result<u64, Status> {
    let of_provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
    let timeline = of_provider.timelines.of(rows, || options.store());
    add(addon, provider, Store::Windowed(Box::new(Windowed { tables, timeline, blank: None })))
}

/// Closes a store whose provider others go on using. Closing twice is fine.
#[napi]
pub fn close_store(env: &Env, provider: i64, store: i64) -> napi::Result<i64> {
    run(env, |addon| {
        addon.close_store(store as u64);
        let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
        provider.stores.retain(|&known| known != store as u64);
        Ok(0)
    })
}

/// Changes the definition of a store.
#[napi]
pub fn redefine_store(env: &Env, provider: i64, store: i64, definition: String) -> napi::Result<i64> {
    run(env, |addon| {
        let id = match addon.store(store as u64)? {
            Store::Durable { id, .. } => *id,
            Store::Windowed(windowed) => match windowed.tables {
                AnyTables::Durable { rows, .. } => rows,
                _ => return Err(Status::ReadOnly),
            },
            _ => return Err(Status::Closed),
        };
        with(addon, provider, |environment| environment.redefine(id, definition.as_bytes()))?;
        Ok(0)
    })
}

/// The definition of a store, as it was given when it was made; a status where there is none, or it can't be read.
#[napi]
pub fn store_definition(env: &Env, provider: i64, name: String) -> napi::Result<Either<i64, String>> {
    Ok(value_or_status(addon(env)?, |addon| {
        let definition = match addon.kind(provider as u64)? {
            Kind::Durable(environment) => environment.borrow().definition(&name)?,
            Kind::Reader(reader) => reader.borrow().definition(&name)?,
            Kind::Memory { .. } => None,
        };
        Ok(String::from_utf8_lossy(&definition.ok_or(Status::Missing)?).into_owned())
    }))
}

/// The names of all stores, in the order that they were made.
#[napi]
pub fn store_names(env: &Env, provider: i64) -> napi::Result<Vec<String>> {
    Ok(match addon(env)?.providers.get(provider as u64).map(|provider| &provider.kind) {
        Some(Kind::Durable(environment)) => environment.borrow().store_names().map(str::to_owned).collect(),
        Some(Kind::Reader(reader)) => reader.borrow().store_names().map(str::to_owned).collect(),
        _ => Vec::new(),
    })
}
