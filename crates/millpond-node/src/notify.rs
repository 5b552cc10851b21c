//! Telling JavaScript, from any thread, that there is news.

use napi::sys;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A JavaScript function that is called, without arguments, some time after [`News::tell`]: once for all tellings since
/// its last call. It does not keep the event loop alive.
pub struct News {
    /// Nothing once the environment is gone.
    function: Mutex<Option<Function>>,
    told: AtomicBool,
}

struct Function(sys::napi_threadsafe_function);

// SAFETY: a thread-safe function is made to be called from other threads; that it is not after its end the mutex sees to.
unsafe impl Send for Function {}

impl News {
    /// # Safety
    /// `env` is this thread's, and `callback` a function of a call that is under way.
    pub unsafe fn new(env: sys::napi_env, callback: sys::napi_value) -> Option<Arc<News>> {
        let news = Arc::new(News { function: Mutex::new(None), told: AtomicBool::new(false) });
        let (mut name, mut function) = (ptr::null_mut(), ptr::null_mut());
        // The finalizer owns one count.
        let data = Arc::into_raw(news.clone()).cast_mut().cast::<c_void>();
        // SAFETY: the caller's promise; what is null may be.
        let status = unsafe {
            sys::napi_create_string_utf8(env, c"millpond".as_ptr(), 8, &mut name);
            let (queue, threads) = (0, 1);
            let end = Some(end as unsafe extern "C" fn(_, _, _));
            sys::napi_create_threadsafe_function(
                env,
                callback,
                ptr::null_mut(),
                name,
                queue,
                threads,
                data,
                end,
                data,
                Some(call),
                &mut function,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: the count that nobody took.
            drop(unsafe { Arc::from_raw(data.cast::<News>()) });
            return None;
        }
        // SAFETY: this thread's environment.
        unsafe { sys::napi_unref_threadsafe_function(env, function) };
        *news.function.lock().unwrap_or_else(PoisonError::into_inner) = Some(Function(function));
        Some(news)
    }

    /// There is news. Any thread.
    pub fn tell(&self) {
        if self.told.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(Function(function)) = &*self.function.lock().unwrap_or_else(PoisonError::into_inner) {
            // SAFETY: not ended, for that takes the mutex.
            unsafe {
                sys::napi_call_threadsafe_function(
                    *function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            };
        }
    }
}

unsafe extern "C" fn call(env: sys::napi_env, callback: sys::napi_value, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that the function has; it lives until `end`.
    let news = unsafe { &*data.cast::<News>() };
    // Not a store: what was told before has to be seen by what the callback looks at.
    news.told.swap(false, Ordering::AcqRel);
    if env.is_null() || callback.is_null() {
        return;
    }
    let mut receiver = ptr::null_mut();
    // SAFETY: Node-API calls it in the environment's thread. What the callback throws is left to Node.
    unsafe {
        sys::napi_get_undefined(env, &mut receiver);
        sys::napi_call_function(env, receiver, callback, 0, ptr::null(), ptr::null_mut());
    }
}

unsafe extern "C" fn end(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: the count that was given to it, once.
    let news = unsafe { Arc::from_raw(data.cast::<News>()) };
    *news.function.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
