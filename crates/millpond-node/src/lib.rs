//! The N-API binding: glue only. `hot` are the functions of every operation, `open` those of opening and closing.

// The functions of `open` are not made for tests, which run without Node.
#![cfg_attr(test, allow(dead_code))]

mod addon;
mod buffer;
mod call;
mod checkpoint;
mod chunks;
mod durable;
mod feed;
mod fields;
mod hot;
mod hot_windowed;
mod jobs;
mod marks;
mod notify;
mod open;
mod restore;
mod rows;
mod slots;
mod status;
mod store;
mod windowed;
