//! Times in milliseconds, before and after the epoch: biased by 2^63 and big-endian, so that their bytes sort as they do.

/// The bytes of a time.
pub(super) const LEN: usize = 8;

#[inline(always)]
pub(super) fn bytes(time: i64) -> [u8; LEN] {
    (time as u64 ^ 1 << 63).to_be_bytes()
}

#[inline(always)]
pub(super) fn read(bytes: [u8; LEN]) -> i64 {
    (u64::from_be_bytes(bytes) ^ 1 << 63) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_and_sort_before_the_epoch_too() {
        let times = [i64::MIN, -(1 << 53), -1000, -1, 0, 1, 255, 256, 1 << 53, i64::MAX];
        assert!(times.iter().all(|&time| read(bytes(time)) == time));
        assert!(times.windows(2).all(|pair| bytes(pair[0]) < bytes(pair[1])));
    }
}
