//! Keys, the same in every run.

pub type Key = [u8; 16];

pub const VALUE: [u8; 100] = [7; 100];

/// Xorshift, with a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % bound as u64) as usize
    }
}

/// As `user:00000000042`.
fn key(number: usize) -> Key {
    let mut key = *b"user:00000000000";
    let mut rest = number;
    for digit in key[5..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

/// So many keys of even numbers, in an order of this seed.
pub fn present(count: usize, seed: u64) -> Vec<Key> {
    shuffled((0..count).map(|number| key(2 * number)).collect(), seed)
}

/// The keys between those: nothing is there, and to know it takes a look at the place of any key.
pub fn missing(count: usize, seed: u64) -> Vec<Key> {
    shuffled((0..count).map(|number| key(2 * number + 1)).collect(), seed)
}

fn shuffled(mut keys: Vec<Key>, seed: u64) -> Vec<Key> {
    let mut random = Random(seed);
    for index in (1..keys.len()).rev() {
        keys.swap(index, random.below(index + 1));
    }
    keys
}
