//! How keys of more than one part are written, so that their bytes sort as the parts do.

mod escape;
mod time;
mod windowed;

pub use windowed::{Layout, Windowed};
