//! How a hot function is called: arguments in, an integer out, and no panic across the border.

use crate::addon::{Addon, KEY_LIMIT};
use crate::buffer::SharedBuffer;
use crate::status::{Outcome, Status};
use millpond::MAX_KEY_LEN;
use napi::sys;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// More than any key, so that a key that fills it is too large.
const KEY_ROOM: usize = 2048;
/// The last byte of the buffer is a terminator, and up to three are left free where the next character doesn't fit.
const NEARLY_FULL: usize = KEY_ROOM - 4;

/// The arguments of a call. They are valid until the function returns.
pub struct Args<const N: usize> {
    env: sys::napi_env,
    values: [sys::napi_value; N],
}

/// Runs a hot function: the addon's state, as bound to it, its arguments, and its outcome as a number.
///
/// # Safety
/// Called by Node-API with what it gives a callback, for a function made by `bind`.
#[inline(always)]
pub unsafe fn call<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    body: impl FnOnce(&mut Addon, &Args<N>) -> Outcome,
) -> sys::napi_value {
    let mut args = Args { env, values: [ptr::null_mut(); N] };
    let mut count = N;
    let mut data = ptr::null_mut();
    // SAFETY: `values` has room for `count` values; missing ones become `undefined`.
    let status =
        unsafe { sys::napi_get_cb_info(env, info, &mut count, args.values.as_mut_ptr(), ptr::null_mut(), &mut data) };
    let outcome = if status == sys::Status::napi_ok {
        // SAFETY: bound to the function, lives until the thread's environment is gone, and is not borrowed: no
        // JavaScript runs inside a hot function, so none is called by another.
        let addon = unsafe { &mut *data.cast::<Addon>() };
        guard(addon, |addon| body(addon, &args))
    } else {
        Status::InvalidArgument as i32
    };
    let mut result = ptr::null_mut();
    // SAFETY: `result` is written, or stays null, which is `undefined`.
    unsafe { sys::napi_create_int32(env, outcome, &mut result) };
    result
}

/// Turns a panic into a status, and gives up the store that it came out of.
#[inline(always)]
fn guard(addon: &mut Addon, body: impl FnOnce(&mut Addon) -> Outcome) -> i32 {
    guard_or(addon, body).unwrap_or_else(|status| status as i32)
}

/// The same, for what is called seldom: its outcome may be a handle.
pub fn guard_open(addon: &mut Addon, body: impl FnOnce(&mut Addon) -> Result<u64, Status>) -> i64 {
    guard_or(addon, body).map_or_else(|status| status as i64, |value| value as i64)
}

/// The same for any outcome.
#[inline(always)]
pub fn guard_or<T>(addon: &mut Addon, body: impl FnOnce(&mut Addon) -> Result<T, Status>) -> Result<T, Status> {
    addon.at_work = None;
    match catch_unwind(AssertUnwindSafe(|| body(addon))) {
        Ok(outcome) => outcome,
        Err(_) => {
            addon.give_up();
            Err(Status::Panic)
        }
    }
}

/// Room for a key that comes as a JavaScript string.
pub struct KeyRoom(MaybeUninit<[u8; KEY_ROOM]>);

impl KeyRoom {
    #[inline(always)]
    pub fn new() -> KeyRoom {
        KeyRoom(MaybeUninit::uninit())
    }
}

impl<const N: usize> Args<N> {
    #[inline(always)]
    pub fn number(&self, index: usize) -> Result<u32, Status> {
        let mut number = 0;
        // SAFETY: a value of this call.
        let status = unsafe { sys::napi_get_value_uint32(self.env, self.values[index], &mut number) };
        if status == sys::Status::napi_ok { Ok(number) } else { Err(Status::InvalidArgument) }
    }

    #[inline(always)]
    pub fn size(&self, index: usize) -> Result<usize, Status> {
        self.number(index).map(|number| number as usize)
    }

    /// A handle: a whole number up to 2⁵³. One that never was finds nothing.
    #[inline(always)]
    pub fn handle(&self, index: usize) -> Result<u64, Status> {
        let mut number = 0;
        // SAFETY: a value of this call.
        let status = unsafe { sys::napi_get_value_int64(self.env, self.values[index], &mut number) };
        if status == sys::Status::napi_ok { Ok(number as u64) } else { Err(Status::InvalidArgument) }
    }

    /// A time: a whole number of milliseconds.
    #[inline(always)]
    pub fn time(&self, index: usize) -> Result<i64, Status> {
        self.handle(index).map(|time| time as i64)
    }

    /// The key of a call: a string, whose UTF-8 is written into `room`, or a number: so many bytes at the beginning of
    /// the shared buffer.
    #[inline(always)]
    pub fn key<'a>(&self, index: usize, buffer: &'a SharedBuffer, room: &'a mut KeyRoom) -> Result<&'a [u8], Status> {
        let value = self.values[index];
        let mut len = 0;
        let start = room.0.as_mut_ptr().cast::<u8>();
        // SAFETY: `room` has the length given; a terminator is counted in it.
        let status = unsafe { sys::napi_get_value_string_utf8(self.env, value, start.cast(), KEY_ROOM, &mut len) };
        if status == sys::Status::napi_ok {
            // Cut off silently where it did not fit.
            if len >= NEARLY_FULL || len > KEY_LIMIT {
                return Err(Status::KeyTooLarge);
            }
            // SAFETY: Node wrote so many bytes.
            let key = unsafe { std::slice::from_raw_parts(start, len) };
            return if may_be_ill_formed(key) { Err(Status::MaybeIllFormed) } else { Ok(key) };
        }
        let len = self.size(index).map_err(|_| Status::InvalidKey)?;
        // JavaScript has looked whether its users' keys are within their limit.
        if len > MAX_KEY_LEN {
            return Err(Status::KeyTooLarge);
        }
        buffer.get(0, len).ok_or(Status::InvalidArgument)
    }

    /// The bytes of a Uint8Array.
    pub fn bytes(&self, index: usize) -> Result<&[u8], Status> {
        let (mut kind, mut len, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: a value of this call; the places that are not asked for may be null.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.values[index],
                &mut kind,
                &mut len,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
            return Err(Status::InvalidArgument);
        }
        if len == 0 {
            return Ok(&[]);
        }
        // SAFETY: the array's memory, alive while the call holds the value; no JavaScript runs meanwhile.
        Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) })
    }

    /// Tells the garbage collector of native memory, in steps of a MiB.
    #[inline(always)]
    pub fn report_memory(&self, addon: &mut Addon) {
        const STEP: i64 = 1 << 20;
        let change = addon.native_bytes - addon.reported_bytes;
        if change.abs() >= STEP {
            let mut total = 0;
            // SAFETY: the environment of this call.
            unsafe { sys::napi_adjust_external_memory(self.env, change, &mut total) };
            addon.reported_bytes = addon.native_bytes;
        }
    }

    /// A Buffer with a copy of `bytes`, or null where there is no memory for it.
    pub fn buffer_copy(&self, bytes: &[u8]) -> sys::napi_value {
        let (mut data, mut result) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: copies `bytes`; the result stays null on failure.
        unsafe { sys::napi_create_buffer_copy(self.env, bytes.len(), bytes.as_ptr().cast(), &mut data, &mut result) };
        result
    }
}

/// Node writes U+FFFD for a lone surrogate, and writes it for U+FFFD too: which it was, JavaScript finds out.
#[inline(always)]
fn may_be_ill_formed(key: &[u8]) -> bool {
    key.contains(&0xEF) && key.windows(3).any(|bytes| bytes == [0xEF, 0xBF, 0xBD])
}

/// A function of the exports, with the addon's state bound to it.
///
/// # Safety
/// `addon` outlives the environment's JavaScript; `function` calls `call`.
pub unsafe fn bind(
    env: sys::napi_env,
    exports: sys::napi_value,
    name: &std::ffi::CStr,
    function: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
    addon: *mut Addon,
) -> bool {
    let mut value = ptr::null_mut();
    // SAFETY: the caller's promise; the name is terminated.
    unsafe {
        let made = sys::napi_create_function(
            env,
            name.as_ptr(),
            name.count_bytes() as isize,
            Some(function),
            addon.cast::<c_void>(),
            &mut value,
        );
        made == sys::Status::napi_ok
            && sys::napi_set_named_property(env, exports, name.as_ptr(), value) == sys::Status::napi_ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use millpond::InMemoryStore;

    #[test]
    fn a_panic_becomes_a_status_and_its_store_is_given_up() {
        let mut addon = Addon::new();
        let store = Store::Memory { store: Box::new(InMemoryStore::new()), counted: 0 };
        let handle = addon.stores.insert(store).expect("room");
        let outcome = guard(&mut addon, |addon| {
            addon.store(handle)?;
            panic!("on purpose")
        });
        assert_eq!(outcome, Status::Panic as i32);
        let store = addon.store(handle).expect("its place");
        assert_eq!(store.put(b"key", b"value"), Err(Status::Panic));
        assert_eq!(store.read(b"key", |_| ()), Err(Status::Panic));
    }

    #[test]
    fn the_replacement_character_is_looked_at_twice() {
        assert!(may_be_ill_formed("a\u{FFFD}".as_bytes()));
        assert!(!may_be_ill_formed("a\u{FF21}é".as_bytes()));
        assert!(!may_be_ill_formed(b""));
    }
}
