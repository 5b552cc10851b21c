//! A file of the simulated disk: what a process sees of it, and what a power cut may leave.

use super::Random;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Default)]
pub(super) struct FileState {
    /// What is read: the page cache.
    now: Vec<u8>,
    /// What the last sync that succeeded left.
    durable: Vec<u8>,
    /// What was done since, in order.
    pending: Vec<Change>,
}

/// A change that is not synced.
#[derive(Clone)]
struct Change {
    /// The length of the file after it.
    len: usize,
    /// From this sector on these are the bytes after it: whole sectors, as the page cache writes them.
    sector: usize,
    bytes: Vec<u8>,
}

/// How much of what is not synced a power cut leaves.
enum Mode {
    Nothing,
    Everything,
    /// Up to some change, of which a part is there.
    InOrder,
    /// Each sector on its own: anything that it ever held.
    AnyOrder,
}

impl FileState {
    pub fn now(&self) -> &[u8] {
        &self.now
    }

    pub fn write(&mut self, bytes: &[u8], at: usize) {
        let end = at + bytes.len();
        let from = at.min(self.now.len());
        if self.now.len() < end {
            self.now.resize(end, 0);
        }
        self.now[at..end].copy_from_slice(bytes);
        self.changed(from, end);
    }

    pub fn set_len(&mut self, len: usize) {
        let (from, end) = (len.min(self.now.len()), len.max(self.now.len()));
        self.now.resize(len, 0);
        self.changed(from, end);
    }

    fn changed(&mut self, from: usize, end: usize) {
        let (first, end) = (from / SECTOR, end.div_ceil(SECTOR));
        let mut bytes = vec![0; (end - first) * SECTOR];
        let there = self.now.len().clamp(first * SECTOR, end * SECTOR) - first * SECTOR;
        bytes[..there].copy_from_slice(&self.now[first * SECTOR..first * SECTOR + there]);
        self.pending.push(Change { len: self.now.len(), sector: first, bytes });
    }

    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            let mut bytes = std::mem::take(&mut self.durable);
            apply(&mut bytes, &change, |_| true);
            bytes.resize(change.len, 0);
            self.durable = bytes;
        }
    }

    /// As Linux does it: a part gets to the disk, the rest never will, and is read from memory as if it had.
    pub fn fail_to_sync(&mut self, random: &mut Random) {
        self.durable = self.after_power_cut(random);
        self.pending.clear();
    }

    /// A file with these bytes, all on the disk.
    pub fn of(bytes: Vec<u8>) -> FileState {
        FileState { now: bytes.clone(), durable: bytes, pending: Vec::new() }
    }

    pub fn flip(&mut self, bit: usize) {
        self.now[bit / 8] ^= 1 << (bit % 8);
        self.durable[bit / 8] ^= 1 << (bit % 8);
    }

    /// What a power cut may leave: of each sector what it held after any of the changes, and any of the lengths.
    pub fn after_power_cut(&self, random: &mut Random) -> Vec<u8> {
        let mode = match random.below(8) {
            0 | 1 => Mode::Nothing,
            2 => Mode::Everything,
            3 | 4 => Mode::InOrder,
            _ => Mode::AnyOrder,
        };
        let all = self.pending.len();
        let cut = random.below(all + 1);
        let mut bytes = self.durable.clone();
        let mut sectors: Vec<Option<usize>> = Vec::new();
        for (index, change) in self.pending.iter().enumerate() {
            apply(&mut bytes, change, |sector| match mode {
                Mode::Nothing => false,
                Mode::Everything => true,
                Mode::InOrder => index < cut || (index == cut && random.one_in(2)),
                Mode::AnyOrder => {
                    if sectors.len() <= sector {
                        sectors.resize(sector + 1, None);
                    }
                    let kept = *sectors[sector].get_or_insert_with(|| any_time(random, all));
                    index < kept
                }
            });
        }
        let kept = match mode {
            Mode::Nothing => 0,
            Mode::Everything => all,
            Mode::InOrder => (cut + random.below(2)).min(all),
            Mode::AnyOrder => any_time(random, all),
        };
        let len = kept.checked_sub(1).map_or(self.durable.len(), |index| self.pending[index].len);
        bytes.resize(len, 0);
        bytes
    }
}

/// The number of changes that a sector has seen: often none, or all.
fn any_time(random: &mut Random, all: usize) -> usize {
    match random.below(3) {
        0 => 0,
        1 => all,
        _ => random.below(all + 1),
    }
}

/// Makes the sectors of a change that `lands` picks what they are after it; the length only grows.
fn apply(to: &mut Vec<u8>, change: &Change, mut lands: impl FnMut(usize) -> bool) {
    for (index, bytes) in change.bytes.chunks(SECTOR).enumerate() {
        let sector = change.sector + index;
        if lands(sector) {
            let at = sector * SECTOR;
            if to.len() < at + SECTOR {
                to.resize(at + SECTOR, 0);
            }
            to[at..at + SECTOR].copy_from_slice(bytes);
        }
    }
}
