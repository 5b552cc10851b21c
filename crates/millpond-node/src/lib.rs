//! The N-API binding: glue only. `hot` are the functions of every operation, `open` those of opening and closing.

mod addon;
mod buffer;
mod call;
mod fields;
mod hot;
mod open;
mod rows;
mod slots;
mod status;
