//! The functions that JavaScript calls for every operation, written against Node-API itself: generated glue allocates.
//! Each takes small integers and a key, and returns a count, a length or a `Status`. `src/native/binding.ts` types them.

use crate::addon::Addon;
use crate::call::{Args, KeyRoom, bind, call};
use crate::fields;
use crate::rows::{self, Fill};
use crate::status::{Outcome, Status};
use crate::store::{OpenScan, Store};
use millpond::Range;
use napi::sys;
use std::ops::Bound;

/// Where the upper bound of a range stands in the shared buffer; the lower one stands at its beginning.
pub const UPPER_AT: usize = 2048;

/// Makes functions of Node-API, and `register` for them.
macro_rules! hot {
    ($($(#[$doc:meta])* fn $name:ident = $js:literal ($addon:ident, $args:ident: $count:literal) $body:block)*) => {
        $(
            $(#[$doc])*
            unsafe extern "C" fn $name(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
                fn body($addon: &mut Addon, $args: &Args<$count>) -> Outcome $body
                // SAFETY: Node-API calls it with what it gives a callback.
                unsafe { call(env, info, body) }
            }
        )*

        /// Puts the functions on `exports`.
        ///
        /// # Safety
        /// `addon` outlives the environment's JavaScript.
        unsafe fn register(env: sys::napi_env, exports: sys::napi_value, addon: *mut Addon) -> bool {
            // SAFETY: the caller's promise.
            unsafe {
                $(bind(env, exports, $js, $name, addon))&&*
            }
        }
    };
}

pub(crate) use hot;

hot! {
    /// `nothing()`: what a call costs.
    fn nothing = c"nothing" (_addon, _args: 1) {
        Ok(0)
    }

    /// `get(store, key)`: the value is written to the shared buffer; returns its length.
    fn get = c"get" (addon, args: 2) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        let copied = addon.store(args.handle(0)?)?.read(key, |value| (buffer.put(0, value), value.len()))?;
        match copied {
            Some((true, len)) => Ok(len as i32),
            Some((false, _)) => Err(Status::LargeValue),
            None => Err(Status::Missing),
        }
    }

    /// `has(store, key)`: 1 or 0.
    fn has = c"has" (addon, args: 2) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        Ok(addon.store(args.handle(0)?)?.read(key, |_| ())?.is_some() as i32)
    }

    /// `put(store, key, start, end)`: the value stands there in the shared buffer.
    fn put = c"put" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        let value = buffer.get(args.size(2)?, args.size(3)?).ok_or(Status::InvalidArgument)?;
        write(addon, args, |store| store.put(key, value))?;
        Ok(0)
    }

    /// `putBytes(store, key, bytes)`: the value is a Uint8Array of any length.
    fn put_bytes = c"putBytes" (addon, args: 3) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        let value = args.bytes(2)?;
        write(addon, args, |store| store.put(key, value))?;
        Ok(0)
    }

    /// `remove(store, key)`: 0.
    fn remove = c"remove" (addon, args: 2) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        write(addon, args, |store| store.delete(key))?;
        Ok(0)
    }

    /// `add(store, key, kind, at)`: the number to add stands at `at` in the shared buffer, and the sum afterwards;
    /// returns its width. `kind` is the number's type, and 16 more to subtract.
    fn add = c"add" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        let (kind, at) = (args.number(2)?, args.size(3)?);
        let (number, subtracts) = fields::operand(&buffer, kind, at)?;
        let change = |store: &mut Store| if subtracts { store.subtract(key, number) } else { store.add(key, number) };
        let sum = write(addon, args, change)?;
        Ok(fields::answer(&buffer, at, sum))
    }

    /// `updateFields(store, key, start, end)`: the changes stand there in the shared buffer; 0, or `Missing`
    /// of a store that has no blank value.
    fn update_fields = c"updateFields" (addon, args: 4) {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(1, &buffer, &mut room)?;
        let encoded = buffer.get(args.size(2)?, args.size(3)?).ok_or(Status::InvalidArgument)?;
        let changes = fields::decode(encoded)?;
        if write(addon, args, |store| store.update_fields(key, &changes))? {
            return Ok(0);
        }
        let blank = addon.blank(args.handle(0)?).ok_or(Status::Missing)?;
        write(addon, args, |store| store.insert_fields(key, &changes, &blank))?;
        Ok(0)
    }

    /// `getMany(store, keys, values, from, count)`: looks up the keys that stand in the buffer numbered `keys` from row
    /// `from` on, and writes their values to the one numbered `values`; returns how many keys that was.
    fn get_many = c"getMany" (addon, args: 5) {
        let (keys, values) = (addon.buffer(args.handle(1)?)?, addon.buffer(args.handle(2)?)?);
        let (from, count) = (args.size(3)?, args.size(4)?);
        let store = addon.store(args.handle(0)?)?;
        rows::get_many(store, &keys, &values, from..count)
    }

    /// `scan(store, buffer, bounds, fromLength, toLength, rows, limit)`: fills the buffer with the first rows of a range
    /// whose bounds stand in the shared buffer; returns how many. The buffer's head says whether there are more.
    fn scan = c"scan" (addon, args: 7) {
        let target = addon.buffer(args.handle(1)?)?;
        let (range, reverse) = bounds(addon, args)?;
        let (rows, limit) = (args.size(5)?, args.size(6)?);
        let mut fill = Fill::new(&target, rows, limit);
        let store = args.handle(0)?;
        let open = addon.store(store)?.scan(range, reverse, &mut fill)?;
        let handle = match open {
            Some(scan) => Some(addon.scans.insert(OpenScan { scan, store, is_done: false }).ok_or(Status::TooManyOpen)?),
            None => None,
        };
        Ok(fill.finish(handle))
    }

    /// `scanNext(scan, buffer, rows, limit)`: the next rows of a scan that had more.
    fn scan_next = c"scanNext" (addon, args: 4) {
        let handle = args.handle(0)?;
        let target = addon.buffer(args.handle(1)?)?;
        let mut fill = Fill::new(&target, args.size(2)?, args.size(3)?);
        let open = addon.scans.get(handle).ok_or(Status::Closed)?;
        addon.at_work = Some(open.store);
        let more = !open.is_done && open.scan.resume(&mut fill)?;
        open.is_done = !more;
        // A large value is asked for by itself, of the same view.
        let stays = more || fill.has_large();
        if !stays {
            addon.scans.remove(handle);
        }
        Ok(fill.finish(stays.then_some(handle)))
    }

    /// `scanClose(scan)`: lets go of what it reads. Closing twice is fine.
    fn scan_close = c"scanClose" (addon, args: 1) {
        addon.scans.remove(args.handle(0)?);
        Ok(0)
    }

    /// `count(store, _, bounds, fromLength, toLength)`: the entries of a range.
    fn count = c"count" (addon, args: 5) {
        let (range, _) = bounds(addon, args)?;
        Ok(as_count(addon.store(args.handle(0)?)?.count(range)?))
    }

    /// `about(store)`: about the number of entries.
    fn about = c"about" (addon, args: 1) {
        Ok(as_count(addon.store(args.handle(0)?)?.approximate_len()?))
    }

    /// `removeRange(store, _, bounds, fromLength, toLength)`: removes the entries of a range; returns how many.
    fn remove_range = c"removeRange" (addon, args: 5) {
        let (range, _) = bounds(addon, args)?;
        write(addon, args, |store| store.delete_range(&range).map(as_count))
    }
}

/// Puts the functions on `exports`.
///
/// # Safety
/// `addon` outlives the environment's JavaScript.
pub unsafe fn register_all(env: sys::napi_env, exports: sys::napi_value, addon: *mut Addon) -> bool {
    // SAFETY: the caller's promise.
    unsafe { register(env, exports, addon) && bind(env, exports, c"valueOf", value_of, addon) }
}

/// `valueOf(store, scan, key)`: a value of any length as a Buffer of its own, from a scan's view if it is not closed; a
/// `Status` where there is none.
unsafe extern "C" fn value_of(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut copy = std::ptr::null_mut();
    let body = |addon: &mut Addon, args: &Args<3>| {
        let buffer = addon.buffer(0)?;
        let mut room = KeyRoom::new();
        let key = args.key(2, &buffer, &mut room)?;
        let copied = |value: &[u8]| args.buffer_copy(value);
        let found = match addon.scans.peek(args.handle(1)?) {
            Some(open) => open.scan.read(key, copied),
            None => addon.store(args.handle(0)?)?.read(key, copied),
        };
        copy = found?.ok_or(Status::Missing)?;
        if copy.is_null() { Err(Status::OutOfMemory) } else { Ok(0) }
    };
    // SAFETY: Node-API calls it with what it gives a callback.
    let outcome = unsafe { call(env, info, body) };
    if copy.is_null() { outcome } else { copy }
}

/// A count as JavaScript gets it; the largest it can get stands for more.
pub fn as_count(count: usize) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

/// Runs a write on the store of argument 0, and takes note of its memory.
#[inline(always)]
fn write<const N: usize, T>(
    addon: &mut Addon,
    args: &Args<N>,
    change: impl FnOnce(&mut Store) -> Result<T, Status>,
) -> Result<T, Status> {
    let handle = args.handle(0)?;
    let result = change(addon.store(handle)?);
    addon.count_bytes(handle);
    args.report_memory(addon);
    result
}

/// The range of a call: argument 2 says what the bounds are (two bits each: open, inclusive, exclusive, prefix; 16 for
/// reverse), 3 and 4 how long they are in the shared buffer.
fn bounds<const N: usize>(addon: &Addon, args: &Args<N>) -> Result<(Range, bool), Status> {
    let buffer = addon.buffer(0)?;
    let (kinds, from, to) = (args.number(2)?, args.size(3)?, args.size(4)?);
    let from = buffer.get(0, from).ok_or(Status::InvalidArgument)?;
    let to = buffer.get(UPPER_AT, UPPER_AT + to).ok_or(Status::InvalidArgument)?;
    let bound = |kind: u32, bytes: &[u8]| match kind {
        0 => Bound::Unbounded,
        1 => Bound::Included(bytes.to_vec()),
        _ => Bound::Excluded(bytes.to_vec()),
    };
    const PREFIX: u32 = 3;
    let range = match (kinds & 3, kinds >> 2 & 3) {
        (PREFIX, _) => Range::prefix(from),
        // Up to and with all keys that begin with the bound: a tuple's head as an upper end.
        (lower, PREFIX) => Range { from: bound(lower, from), to: Range::prefix(to).to },
        (lower, upper) => Range { from: bound(lower, from), to: bound(upper, to) },
    };
    Ok((range, kinds & 16 != 0))
}
