//! Bits that change on the disk.

use super::super::sim::Random;
use super::*;
use crate::error::Error;

const BATCHES: u64 = 24;
/// The last append has three batches, which no later frame proves durable.
const PROVEN: u64 = BATCHES - 3;

/// Three segments, all synced.
fn synced_log() -> SimDisk {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, 0).expect("a new log");
    while log.last() < BATCHES {
        let first = log.last() + 1;
        let batches: Vec<Batch> = (first..first + 3).map(|seq| batch(seq, seq as usize * 29 % 700)).collect();
        log.append(&batches).expect("append");
        log.sync().expect("sync");
        if [6, 15].contains(&log.last()) {
            log.rotate().expect("rotate");
        }
    }
    disk
}

/// Flips bits, and returns how many batches recovery hands over, if it does not refuse.
fn recover_with_flips(disk: &SimDisk, random: &mut Random, flips: usize) -> Option<usize> {
    let disk = disk.kill();
    let names = disk.names();
    for _ in 0..flips {
        let name = &names[random.below(names.len())];
        let bytes = disk.contents(name).map_or(0, |bytes| bytes.len());
        disk.flip(name, random.below(bytes * 8));
    }
    match open(&disk, 0) {
        Ok((log, found)) => {
            let whole = |(index, (seq, bytes)): (usize, &(u64, Vec<u8>))| {
                *seq == index as u64 + 1 && *bytes == payload(*seq, *seq as usize * 29 % 700)
            };
            assert!(found.iter().enumerate().all(whole), "only what was written is handed over");
            assert_eq!(log.last(), found.len() as u64);
            Some(found.len())
        }
        Err(Error::Corruption { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_flipped_bit_never_gives_wrong_bytes_nor_loses_a_proven_batch() {
    let disk = synced_log();
    let mut random = Random::new(7);
    let mut seen = [0; 3];
    for _ in 0..2000 {
        let found = recover_with_flips(&disk, &mut random, 1);
        assert!(found.is_none_or(|found| found as u64 >= PROVEN), "{found:?}");
        seen[found.map_or(0, |found| if found as u64 == BATCHES { 1 } else { 2 })] += 1;
    }
    assert!(seen.iter().all(|times| *times > 10), "refused, whole, dropped: {seen:?}");
}

#[test]
fn many_flipped_bits_never_give_wrong_bytes() {
    let disk = synced_log();
    let mut random = Random::new(8);
    for _ in 0..500 {
        let flips = 2 + random.below(20);
        recover_with_flips(&disk, &mut random, flips);
    }
}
