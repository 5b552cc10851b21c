//! The functions for every operation on windows and sessions. Times are whole numbers of milliseconds.

use crate::addon::{Addon, KEY_LIMIT};
use crate::buffer::SharedBuffer;
use crate::call::{Args, KeyRoom, bind, call};
use crate::fields;
use crate::hot::{UPPER_AT, as_count, hot};
use crate::rows::Fill;
use crate::status::{Outcome, Status};
use crate::store::{OpenScan, Rows, Store};
use crate::windowed::{ROW_HEADER, Windowed, on_tables, on_writable, read_row, write_row};
use millpond::{Layout, Times, Walk, Windowed as Row};
use napi::sys;

/// Where times stand in the shared buffer as doubles: the least and the greatest start of rows that are asked for, and the least
/// end; and the stream time.
const TIMES_AT: usize = 4032;

hot! {
    /// `windowGet(store, key, start, end)`: the value is written to the shared buffer; returns its length.
    fn window_get = c"windowGet" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        let windowed = windowed(addon, args)?;
        on_tables!(windowed, |store, tables| match store.get(tables, row)? {
            Some(value) => if buffer.put(0, value) { Ok(value.len() as i32) } else { Err(Status::LargeValue) },
            None => Err(Status::Missing),
        })
    }

    /// `windowPut(store, key, start, end, from, to)`: the value stands there in the shared buffer.
    fn window_put = c"windowPut" (addon, args: 6) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        let value = buffer.get(args.size(4)?, args.size(5)?).ok_or(Status::InvalidArgument)?;
        write(addon, args, |windowed| put(windowed, row, value))
    }

    /// `windowPutBytes(store, key, start, end, bytes)`: the value is a Uint8Array of any length.
    fn window_put_bytes = c"windowPutBytes" (addon, args: 5) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        let value = args.bytes(4)?;
        write(addon, args, |windowed| put(windowed, row, value))
    }

    /// `windowRemove(store, key, start, end)`: 0. Of duplicates it removes all.
    fn window_remove = c"windowRemove" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        write(addon, args, |windowed| Ok(on_writable!(windowed, |store, tables| store.delete(tables, row).map(|()| 0))?))
    }

    /// `windowAdd(store, key, start, end, kind, at)`: as `add`.
    fn window_add = c"windowAdd" (addon, args: 6) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        let (kind, at) = (args.number(4)?, args.size(5)?);
        let (number, subtracts) = fields::operand(&buffer, kind, at)?;
        let sum = write(addon, args, |windowed| {
            Ok(on_writable!(windowed, |store, tables| store.add(tables, row, number, subtracts))?)
        })?;
        Ok(fields::answer(&buffer, at, sum))
    }

    /// `windowUpdateFields(store, key, start, end, from, to)`: as `updateFields`.
    fn window_update_fields = c"windowUpdateFields" (addon, args: 6) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let row = row(args, &buffer, &mut room)?;
        let encoded = buffer.get(args.size(4)?, args.size(5)?).ok_or(Status::InvalidArgument)?;
        let changes = fields::decode(encoded)?;
        let found = write(addon, args, |windowed| {
            let blank = windowed.blank.clone();
            Ok(on_writable!(windowed, |store, tables| store.update_fields(tables, row, &changes, blank.as_deref()))?)
        })?;
        if found { Ok(0) } else { Err(Status::Missing) }
    }

    /// `windowFetch(store, buffer, key, flags, rows, limit)`: fills the buffer with the first rows of a key whose times are
    /// as they stand in the shared buffer; returns how many. As `scan`.
    fn window_fetch = c"windowFetch" (addon, args: 6) {
        let (buffer, target) = (addon.buffer(0)?, addon.buffer(args.handle(1)?)?);
        let mut room = KeyRoom::new();
        let key = args.key(2, &buffer, &mut room)?;
        let (times, reverse) = (times(&buffer)?, args.number(3)? & REVERSE != 0);
        let fill = Fill::new(&target, args.size(4)?, args.size(5)?);
        let windowed = windowed(addon, args)?;
        let walk = on_tables!(windowed, |store, tables| store.walk_key(tables, key, times, reverse)?);
        scan(addon, args, walk, fill)
    }

    /// `windowFetchAll(store, buffer, flags, fromLength, toLength, rows, limit)`: the same of all keys between two, which
    /// stand in the shared buffer as the bounds of `scan` do; `flags` says which of them there are.
    fn window_fetch_all = c"windowFetchAll" (addon, args: 7) {
        let (buffer, target) = (addon.buffer(0)?, addon.buffer(args.handle(1)?)?);
        let (flags, from, to) = (args.number(2)?, args.size(3)?, args.size(4)?);
        let key = |flag: u32, at: usize, len: usize| match flags & flag {
            0 => Ok(None),
            _ => buffer.get(at, at + len).map(Some).ok_or(Status::InvalidArgument),
        };
        let keys = (key(1, 0, from)?, key(2, UPPER_AT, to)?);
        let fill = Fill::new(&target, args.size(5)?, args.size(6)?);
        let times = times(&buffer)?;
        let walk = windowed(addon, args)?.timeline.borrow().walk_all(keys, times, flags & REVERSE != 0);
        scan(addon, args, walk, fill)
    }

    /// `windowExpire(store, time)`: removes the rows that end before; returns how many.
    fn window_expire = c"windowExpire" (addon, args: 2) {
        let time = args.time(1)?;
        write(addon, args, |windowed| {
            Ok(on_writable!(windowed, |store, tables| store.expire(tables, time, |_| {}).map(as_count))?)
        })
    }

    /// `sessionNear(store, key, time, gap)`: writes the sessions near to the shared buffer, for each its start and end as
    /// doubles, the length of its value as u32, and the value; returns how many, or `LargeValue` where they don't fit.
    fn session_near = c"sessionNear" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = key(args, &buffer, &mut room)?;
        let (time, gap) = (args.time(2)?, args.time(3)?);
        let windowed = windowed(addon, args)?;
        let (mut at, mut count, mut fits) = (0, 0, true);
        let mut write = |bytes: &[u8]| {
            let written = buffer.put(at, bytes);
            at += bytes.len();
            written
        };
        // The key stands where the sessions go, if it is no text.
        let own = key.to_vec();
        on_tables!(windowed, |store, tables| store.near(tables, &own, time, gap, |session, value| {
            fits &= write(&(session.start as f64).to_le_bytes())
                && write(&(session.end as f64).to_le_bytes())
                && write(&(value.len() as u32).to_le_bytes())
                && write(value);
            count += 1;
        })?);
        if fits { Ok(count) } else { Err(Status::LargeValue) }
    }

    /// `sessionMerge(store, key, time, gap, from, to)`: puts the value, which stands there in the shared buffer, in the place
    /// of the sessions near.
    fn session_merge = c"sessionMerge" (addon, args: 6) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = key(args, &buffer, &mut room)?;
        let value = buffer.get(args.size(4)?, args.size(5)?).ok_or(Status::InvalidArgument)?;
        merge(addon, args, key, value)
    }

    /// `sessionMergeBytes(store, key, time, gap, bytes)`: the value is a Uint8Array of any length.
    fn session_merge_bytes = c"sessionMergeBytes" (addon, args: 5) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = key(args, &buffer, &mut room)?;
        let value = args.bytes(4)?;
        merge(addon, args, key, value)
    }

    /// `sessionRemoveAll(store, key)`: removes all sessions of a key.
    fn session_remove_all = c"sessionRemoveAll" (addon, args: 2) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = key(args, &buffer, &mut room)?;
        write(addon, args, |windowed| {
            Ok(on_writable!(windowed, |store, tables| store.delete_key(tables, key).map(|()| 0))?)
        })
    }

    /// `windowWrites(store)`: counts what changed the rows that there are, from 0 again after 2^30.
    fn window_writes = c"windowWrites" (addon, args: 1) {
        Ok((windowed(addon, args)?.timeline.borrow().writes() & 0x3FFF_FFFF) as i32)
    }

    /// `streamTime(store)`: 1, and the stream time stands where times do; 0 if there is none.
    fn stream_time = c"streamTime" (addon, args: 1) {
        let buffer = addon.buffer(0)?;
        let windowed = windowed(addon, args)?;
        let Some(time) = on_tables!(windowed, |store, tables| store.stream_time(tables)?) else { return Ok(0) };
        buffer.put(TIMES_AT, &(time as f64).to_le_bytes());
        Ok(1)
    }
}

/// In the flags of a scan: from the last row to the first.
const REVERSE: u32 = 16;

/// `windowValueOf(store, scan, length)`: a value of any length as a Buffer of its own, of the row that stands at the beginning
/// of the shared buffer as rows do; from a scan's view if it is not closed.
unsafe extern "C" fn window_value_of(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut copy = std::ptr::null_mut();
    let body = |addon: &mut Addon, args: &Args<3>| {
        let buffer = addon.buffer(0)?;
        let row = buffer.get(0, args.size(2)?).and_then(read_row).ok_or(Status::InvalidArgument)?;
        let copied = |value: &[u8]| args.buffer_copy(value);
        let found = match addon.scans.get(args.handle(1)?) {
            Some(OpenScan { scan: Rows::Windowed(scan), .. }) => scan.read(row, copied)?,
            _ => {
                let windowed = windowed(addon, args)?;
                on_tables!(windowed, |store, tables| store.get(tables, row)?.map(copied))
            }
        };
        copy = found.ok_or(Status::Missing)?;
        if copy.is_null() { Err(Status::OutOfMemory) } else { Ok(0) }
    };
    // SAFETY: Node-API calls it with what it gives a callback.
    let outcome = unsafe { call(env, info, body) };
    if copy.is_null() { outcome } else { copy }
}

/// `sessionExpire(store, time)`: removes the sessions that end before, and returns a Buffer of their keys: for each its length
/// as u32, and then what a row has for a key.
unsafe extern "C" fn session_expire(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut answer = std::ptr::null_mut();
    let body = |addon: &mut Addon, args: &Args<2>| {
        let time = args.time(1)?;
        let mut removed = Vec::new();
        write(addon, args, |windowed| {
            Ok(on_writable!(windowed, |store, tables| store.expire(tables, time, |row| {
                removed.extend_from_slice(&((ROW_HEADER + row.key.len()) as u32).to_le_bytes());
                write_row(&mut removed, row);
            }))?)
        })?;
        answer = args.buffer_copy(&removed);
        if answer.is_null() { Err(Status::OutOfMemory) } else { Ok(0) }
    };
    // SAFETY: as above.
    let outcome = unsafe { call(env, info, body) };
    if answer.is_null() { outcome } else { answer }
}

/// Puts the functions on `exports`.
///
/// # Safety
/// `addon` outlives the environment's JavaScript.
pub unsafe fn register_all(env: sys::napi_env, exports: sys::napi_value, addon: *mut Addon) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        register(env, exports, addon)
            && bind(env, exports, c"windowValueOf", window_value_of, addon)
            && bind(env, exports, c"sessionExpire", session_expire, addon)
    }
}

/// The windowed store of argument 0.
#[inline(always)]
fn windowed<'a, const N: usize>(addon: &'a mut Addon, args: &Args<N>) -> Result<&'a mut Windowed, Status> {
    match addon.store(args.handle(0)?)? {
        Store::Windowed(windowed) => Ok(windowed),
        Store::Broken => Err(Status::Panic),
        _ => Err(Status::InvalidArgument),
    }
}

/// Runs a write on the store of argument 0, and takes note of its memory.
#[inline(always)]
fn write<const N: usize, T>(
    addon: &mut Addon,
    args: &Args<N>,
    change: impl FnOnce(&mut Windowed) -> Result<T, Status>,
) -> Result<T, Status> {
    let result = change(windowed(addon, args)?);
    addon.count_bytes(args.handle(0)?);
    args.report_memory(addon);
    result
}

fn put(windowed: &mut Windowed, row: Row, value: &[u8]) -> Outcome {
    Ok(on_writable!(windowed, |store, tables| store.put(tables, row, value).map(|()| 0))?)
}

fn merge<const N: usize>(addon: &mut Addon, args: &Args<N>, key: &[u8], value: &[u8]) -> Outcome {
    let (time, gap) = (args.time(2)?, args.time(3)?);
    write(addon, args, |windowed| {
        Ok(on_writable!(windowed, |store, tables| store.merge(tables, key, time, gap, value).map(|_| 0))?)
    })
}

/// The key of argument 1.
#[inline(always)]
fn key<'a, const N: usize>(
    args: &Args<N>,
    buffer: &'a SharedBuffer,
    room: &'a mut KeyRoom,
) -> Result<&'a [u8], Status> {
    let key = args.key(1, buffer, room)?;
    // Escaping takes a byte more for each zero.
    if key.len() > KEY_LIMIT / 2 && Layout::key_len(key) > KEY_LIMIT { Err(Status::KeyTooLarge) } else { Ok(key) }
}

/// The key and the times of arguments 1 to 3.
#[inline(always)]
fn row<'a, const N: usize>(args: &Args<N>, buffer: &'a SharedBuffer, room: &'a mut KeyRoom) -> Result<Row<'a>, Status> {
    Ok(Row { key: key(args, buffer, room)?, start: args.time(2)?, end: args.time(3)?, number: 0 })
}

/// The times of the rows that are asked for.
fn times(buffer: &SharedBuffer) -> Result<Times, Status> {
    let time = |place: usize| {
        let at = TIMES_AT + 8 * place;
        let bytes = buffer.get(at, at + 8).and_then(|bytes| bytes.try_into().ok());
        // Infinite ones become the largest there are.
        bytes.map(f64::from_le_bytes).map(|time| time as i64).ok_or(Status::InvalidArgument)
    };
    let ends_from = time(2)?;
    Ok(Times { starts: (time(0)?, time(1)?), ends_from: (ends_from != i64::MIN).then_some(ends_from) })
}

/// Fills a buffer with the first rows of a walk.
fn scan<const N: usize>(addon: &mut Addon, args: &Args<N>, walk: Walk, mut fill: Fill) -> Outcome {
    let store = args.handle(0)?;
    let open = windowed(addon, args)?.scan(walk, &mut fill)?;
    let handle = match open {
        Some(scan) => {
            let scan = OpenScan { scan: Rows::Windowed(Box::new(scan)), store, is_done: false };
            Some(addon.scans.insert(scan).ok_or(Status::TooManyOpen)?)
        }
        None => None,
    };
    Ok(fill.finish(handle))
}
