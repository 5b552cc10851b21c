//! Durable environments: what is called seldom, through napi-rs.
//!
//! | file | what it holds |
//! |---|---|
//! | `directory` | opening and closing a directory, and how much it holds |
//! | `stores` | the stores of one |
//! | `commits` | batches on their way to the disk, and the offsets that belong to them |
//! | `upkeep` | backups, verifying, compacting |

mod commits;
mod directory;
mod stores;
mod upkeep;

pub use commits::Offset;

use crate::addon::{Addon, Kind};
use crate::status::Status;
use millpond::{Environment, Error};

/// Runs a body on an environment that is written.
fn with<T>(
    addon: &mut Addon,
    provider: i64,
    body: impl FnOnce(&mut Environment) -> Result<T, Error>,
) -> Result<T, Status> {
    let provider = addon.providers.get(provider as u64).ok_or(Status::Closed)?;
    addon.at_work = provider.stores.first().copied();
    match &provider.kind {
        Kind::Durable(environment) => Ok(body(&mut environment.borrow_mut())?),
        Kind::Reader(_) => Err(Status::ReadOnly),
        Kind::Memory { .. } => Err(Status::InvalidArgument),
    }
}
