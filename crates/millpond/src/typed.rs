//! Values of Rust types: what rkyv makes of them, and behind it a tag of the type.
//!
//! ```text
//! rkyv's bytes   FNV-1a of the type's name, u64 little-endian
//! ```
//!
//! The tag is what lets a value of another type be told from one of this: rkyv itself takes any bytes of the right length for
//! a number, say.

use crate::error::{Error, Result};
use rkyv::api::high::{HighDeserializer, HighSerializer, HighValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor;
use rkyv::ser::allocator::ArenaHandle;
use rkyv::util::AlignedVec;
use rkyv::{Archive, Deserialize, Serialize};

const TAG: usize = 8;

/// What [`put_typed`](crate::StateStoreExt::put_typed) takes: whatever derives rkyv's `Archive` and `Serialize`.
pub trait ToTyped: for<'a> Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, rancor::Error>> {}

impl<T> ToTyped for T where T: for<'a> Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, rancor::Error>> {}

/// What [`get_typed`](crate::StateStoreExt::get_typed) gives: whatever derives rkyv's `Archive` and `Deserialize`.
pub trait FromTyped: Archive + Sized {
    /// The value of bytes that rkyv wrote, all of which are checked.
    #[doc(hidden)]
    fn from_archive(bytes: &[u8]) -> std::result::Result<Self, rancor::Error>;
}

impl<T> FromTyped for T
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<HighValidator<'a, rancor::Error>> + Deserialize<T, HighDeserializer<rancor::Error>>,
{
    fn from_archive(bytes: &[u8]) -> std::result::Result<T, rancor::Error> {
        rkyv::from_bytes(bytes)
    }
}

/// What is stored for a value.
pub(crate) fn encode<T: ToTyped>(value: &T) -> Result<AlignedVec> {
    let mut stored = rkyv::to_bytes::<rancor::Error>(value)
        .map_err(|error| Error::Serialization { what: format!("{}: {error}", std::any::type_name::<T>()) })?;
    stored.extend_from_slice(&tag::<T>());
    Ok(stored)
}

/// The value of what was stored, at any alignment.
pub(crate) fn decode<T: FromTyped>(stored: &[u8]) -> Result<T> {
    let expected = std::any::type_name::<T>();
    let Some((archive, _)) = stored.split_last_chunk::<TAG>().filter(|(_, found)| **found == tag::<T>()) else {
        return Err(Error::WrongType { expected });
    };
    // rkyv reads in place, where numbers must stand at their alignment; a store has values anywhere.
    let mut aligned: AlignedVec = AlignedVec::with_capacity(archive.len());
    aligned.extend_from_slice(archive);
    T::from_archive(&aligned).map_err(|error| Error::Deserialization { what: format!("{expected}: {error}") })
}

/// FNV-1a, which will be the same in every version of everything.
fn tag<T>() -> [u8; TAG] {
    let step = |hash: u64, byte: u8| (hash ^ byte as u64).wrapping_mul(0x0100_0000_01B3);
    std::any::type_name::<T>().bytes().fold(0xCBF2_9CE4_8422_2325, step).to_le_bytes()
}
