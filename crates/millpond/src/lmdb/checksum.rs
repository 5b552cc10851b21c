//! What guards a value in LMDB, which has no checksums of its own: it ends in a CRC32C over the store, the key and itself.

use crate::error::{Error, Result};

/// The length of the trailer.
pub(super) const LEN: usize = 4;

/// The trailer of a value.
#[inline(always)]
pub(super) fn of(store: u32, key: &[u8], value: &[u8]) -> [u8; LEN] {
    #[cfg(target_arch = "x86_64")]
    if key.len() + value.len() <= short::LONGEST && is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has the instructions.
        return unsafe { short::of(store, key, value) }.to_le_bytes();
    }
    of_any(store, key, value).to_le_bytes()
}

fn of_any(store: u32, key: &[u8], value: &[u8]) -> u32 {
    let seed = crc32c::crc32c(&store.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(seed, key), value)
}

/// The same for short entries, of which the crate's preparations for long ones take most of the time: 35 ns for 40 bytes,
/// on every read, where these take 10.
#[cfg(target_arch = "x86_64")]
mod short {
    use std::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u32, _mm_crc32_u64};

    /// From here on several streams at once are faster.
    pub const LONGEST: usize = 512;

    #[target_feature(enable = "sse4.2")]
    pub fn of(store: u32, key: &[u8], value: &[u8]) -> u32 {
        !append(append(_mm_crc32_u32(!0, store), key), value)
    }

    #[target_feature(enable = "sse4.2")]
    fn append(crc: u32, bytes: &[u8]) -> u32 {
        let (words, rest) = bytes.as_chunks::<8>();
        let crc = words.iter().fold(crc.into(), |crc, word| _mm_crc32_u64(crc, u64::from_le_bytes(*word)));
        let (word, rest) = match rest.split_first_chunk::<4>() {
            Some((word, rest)) => (_mm_crc32_u32(crc as u32, u32::from_le_bytes(*word)), rest),
            None => (crc as u32, rest),
        };
        rest.iter().fold(word, |crc, byte| _mm_crc32_u8(crc, *byte))
    }
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
    fn short_entries_have_the_same_checksum_as_any() {
        let bytes: Vec<u8> = (0..1100u32).map(|number| (number * 7 + number / 256) as u8).collect();
        for len in 0..bytes.len() {
            let (key, value) = bytes[..len].split_at(len / 3);
            assert_eq!(of(len as u32, key, value), of_any(len as u32, key, value).to_le_bytes(), "{len} bytes");
        }
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
