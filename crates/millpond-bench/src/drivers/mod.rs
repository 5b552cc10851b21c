//! What is compared, one file a store.

mod environment;
mod fjall;
mod heed;
mod mapped;
mod memory;
mod redb;
mod standard;

pub use environment::Logged;
pub use fjall::FjallDriver;
pub use heed::HeedDriver;
pub use mapped::Mapped;
pub use memory::{Hashed, Sorted};
pub use redb::RedbDriver;
pub use standard::{Table, Tree};
