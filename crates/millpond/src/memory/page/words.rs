//! The bytes of keys, several at a time.

/// The first eight bytes, zero-padded, as a number that sorts as they do.
#[inline(always)]
pub fn head(suffix: &[u8]) -> u64 {
    match suffix.len() {
        0 => 0,
        1..=3 => {
            let (first, middle, last) = (suffix[0], suffix[suffix.len() / 2], suffix[suffix.len() - 1]);
            let at = |index: usize, byte: u8| (byte as u64) << (56 - 8 * index);
            at(0, first) | at(suffix.len() / 2, middle) | at(suffix.len() - 1, last)
        }
        4..=7 => (be32(suffix, 0) << 32) | (be32(suffix, suffix.len() - 4) << (8 * (8 - suffix.len()))),
        _ => be64(suffix, 0),
    }
}

#[inline(always)]
fn be32(bytes: &[u8], at: usize) -> u64 {
    debug_assert!(at + 4 <= bytes.len());
    // SAFETY: the callers looked at the length.
    u32::from_be(unsafe { bytes.as_ptr().add(at).cast::<u32>().read_unaligned() }) as u64
}

#[inline(always)]
fn be64(bytes: &[u8], at: usize) -> u64 {
    debug_assert!(at + 8 <= bytes.len());
    // SAFETY: the callers looked at the length.
    u64::from_be(unsafe { bytes.as_ptr().add(at).cast::<u64>().read_unaligned() })
}

/// Equality of two slices of one length, without a call into libc for the short ones that prefixes are.
#[inline(always)]
pub fn short_eq(a: &[u8], b: &[u8]) -> bool {
    let len = a.len();
    if len >= 8 {
        let mut at = 0;
        while at + 8 <= len {
            if be64(a, at) != be64(b, at) {
                return false;
            }
            at += 8;
        }
        be64(a, len - 8) == be64(b, len - 8)
    } else if len >= 4 {
        be32(a, 0) == be32(b, 0) && be32(a, len - 4) == be32(b, len - 4)
    } else {
        a.iter().eq(b)
    }
}

/// How many bytes two keys have in common at their beginning.
pub fn common(a: &[u8], b: &[u8]) -> usize {
    let len = a.len().min(b.len());
    let mut at = 0;
    while at + 8 <= len {
        let differing = be64(a, at) ^ be64(b, at);
        if differing != 0 {
            return at + (differing.leading_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < len && a[at] == b[at] {
        at += 1;
    }
    at
}
