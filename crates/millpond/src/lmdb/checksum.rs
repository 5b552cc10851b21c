//! What guards a value in LMDB, which has no checksums of its own: it ends in a CRC32C over the store, the key and itself.

use crate::error::{Error, Result};

/// The length of the trailer.
pub(super) const LEN: usize = 4;

/// The trailer of a value.
pub(super) fn of(store: u32, key: &[u8], value: &[u8]) -> [u8; LEN] {
    let seed = crc32c::crc32c(&store.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(seed, key), value).to_le_bytes()
}

/// The value that `stored` holds; an error where its bytes are not those that were stored under this key.
#[inline(always)]
pub(super) fn verified<'a>(store: u32, key: &[u8], stored: &'a [u8]) -> Result<&'a [u8]> {
    match stored.split_last_chunk::<LEN>() {
        Some((value, trailer)) if of(store, key, value) == *trailer => Ok(value),
        _ => Err(changed(store, key)),
    }
}

#[cold]
fn changed(store: u32, key: &[u8]) -> Error {
    Error::corruption(format!("data.mdb: store {store}: the value of {} has changed on disk", key.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_bound_to_its_store_and_key() {
        let stored = [&b"value"[..], &of(7, b"key", b"value")].concat();
        assert_eq!(verified(7, b"key", &stored), Ok(&b"value"[..]));
        assert!(verified(8, b"key", &stored).is_err() && verified(7, b"kez", &stored).is_err());
    }

    #[test]
    fn any_flipped_bit_and_any_truncation_shows() {
        let stored = [&b"value"[..], &of(7, b"key", b"value")].concat();
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(verified(7, b"key", &flipped).is_err());
        }
        for len in 0..stored.len() {
            assert!(verified(7, b"key", &stored[..len]).is_err());
        }
    }
}
