//! The rules of recovery, each of which keeps data from being lost or invented.

use super::super::format::{SegmentHeader, temporary_name};
use super::super::sim::{Random, SimDisk};
use super::*;
use crate::disk::Disk;
use crate::error::Error;

fn corruption(disk: &SimDisk, applied: u64) -> String {
    match open(disk, applied) {
        Err(Error::Corruption { what }) => what,
        Err(other) => panic!("another error: {other}"),
        Ok((_, replayed)) => panic!("no error, and {} batches", replayed.len()),
    }
}

/// Three segments: batches 1 to 3, 4 to 6, 7 to 9.
fn three_segments() -> SimDisk {
    let (disk, mut log) = log_of(3);
    for _ in 0..2 {
        log.rotate().expect("rotate");
        append_synced(&mut log, 3);
    }
    assert_eq!(disk.names(), [segment(1), segment(2), segment(3)]);
    disk
}

#[test]
fn a_new_log_begins_after_what_was_applied() {
    let disk = SimDisk::new();
    let (log, replayed) = open(&disk, 41).expect("a new log");
    assert_eq!((log.last(), log.durable(), replayed.len()), (41, 41, 0));
}

#[test]
fn batches_after_the_applied_one_are_handed_over_in_order() {
    for applied in 0..=9 {
        assert_eq!(replayed(&three_segments(), applied), Ok((applied + 1..=9).collect()));
    }
}

#[test]
fn batches_of_any_length_come_back() {
    let disk = SimDisk::new();
    let (mut log, _) = open(&disk, 0).expect("a new log");
    let lens = [0, 1, 7, 8, 9, 255, 256, 257, 512, 513, 5000, 0];
    let batches: Vec<Batch> = (1..).zip(lens).map(|(seq, len)| batch(seq, len)).collect();
    log.append(&batches).expect("append");
    log.sync().expect("sync");
    let (_, replayed) = open(&disk.power_cut(&mut Random::new(1)), 0).expect("recovery");
    assert_eq!(replayed, batches.into_iter().map(|batch| (batch.seq, batch.payload)).collect::<Vec<_>>());
}

#[test]
fn counts_that_cannot_go_on_are_corruption() {
    for (number, first_seq) in [(1, 0), (0, 1), (1, u64::MAX), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
        let disk = SimDisk::new();
        disk.put(&segment(number), SegmentHeader { salt: 5, number, first_seq }.encode(&UUID).to_vec());
        for applied in [0, first_seq.wrapping_sub(1)] {
            assert!(corruption(&disk, applied).contains("its header is not what was written"));
        }
    }
}

#[test]
fn a_segment_that_is_not_there_is_corruption() {
    let disk = three_segments();
    disk.remove(&segment(2)).expect("remove");
    assert!(corruption(&disk, 2).contains("batch 4 is not"));
}

#[test]
fn a_log_that_begins_too_late_is_corruption() {
    let disk = three_segments();
    disk.remove(&segment(1)).expect("remove");
    assert!(corruption(&disk, 2).contains("begins with batch 4"));
    assert_eq!(replayed(&disk, 3), Ok((4..=9).collect()));
}

#[test]
fn a_header_that_can_not_be_read_is_corruption() {
    for at in [0, 8, 12, 16, 32, 40, 48, 60] {
        let disk = three_segments();
        damage(&disk, 2, at);
        assert!(corruption(&disk, 0).starts_with(&segment(2)), "byte {at}");
    }
    let disk = three_segments();
    disk.put(&segment(3), vec![1; 20]);
    assert!(corruption(&disk, 0).starts_with(&segment(3)));
}

#[test]
fn a_segment_that_was_renamed_is_corruption() {
    let disk = three_segments();
    disk.rename(&segment(3), &segment(4)).expect("rename");
    disk.rename(&segment(2), &segment(3)).expect("rename");
    assert!(corruption(&disk, 0).contains("was written as"));
}

#[test]
fn segments_that_begin_out_of_order_are_corruption() {
    let disk = three_segments();
    let early = three_segments();
    early.remove(&segment(3)).expect("remove");
    // Of a log of the same environment that had one batch fewer: its third segment begins before our second ends.
    let (other, mut log) = log_of(1);
    for _ in 0..2 {
        log.rotate().expect("rotate");
        append_synced(&mut log, 1);
    }
    disk.put(&segment(3), other.contents(&segment(3)).expect("it is there"));
    assert!(corruption(&disk, 0).contains("begins before"));
}

#[test]
fn damage_in_a_full_segment_is_corruption_and_says_where() {
    let disk = three_segments();
    damage(&disk, 2, frame_at(1) + 50);
    let what = corruption(&disk, 0);
    assert!(what.contains(&segment(2)) && what.contains(&format!("offset {}", frame_at(1))), "{what}");
}

#[test]
fn segments_that_are_applied_are_not_looked_at() {
    let disk = three_segments();
    damage(&disk, 1, 3);
    damage(&disk, 2, frame_at(0));
    assert_eq!(replayed(&disk, 6), Ok(vec![7, 8, 9]));
}

#[test]
fn what_a_later_segment_begins_with_is_superseded_in_an_earlier_one() {
    let (disk, mut log) = log_of(2);
    log.append(&[batch(3, 100), batch(4, 100)]).expect("append");
    let image = disk.kill();
    let (mut log, found) = open(&image, 0).expect("recovery");
    assert_eq!(found.len(), 4);
    append_synced(&mut log, 1);
    // 3 and 4 are not proven durable: they are in the new segment, and the old ones need not verify any more.
    for frame in 2..4 {
        damage(&image, 1, frame_at(frame) + 40);
    }
    assert_eq!(replayed(&image, 0), Ok(vec![1, 2, 3, 4, 5]));
    damage(&image, 1, frame_at(1) + 40);
    assert!(corruption(&image, 0).contains("batch 2 "));
}

#[test]
fn a_torn_tail_is_dropped() {
    let (disk, mut log) = log_of(3);
    log.append(&[batch(4, 100), batch(5, 100), batch(6, 100)]).expect("append");
    // Nothing says that batch 4 was on the disk, though 5 and 6 are.
    damage(&disk, 1, frame_at(3) + 40);
    let (log, found) = open(&disk, 0).expect("recovery");
    assert_eq!((found.len(), log.last()), (3, 3));
}

#[test]
fn a_batch_without_its_last_frame_does_not_count() {
    let (disk, mut log) = log_of(1);
    log.append(&[batch(2, 600)]).expect("append");
    damage(&disk, 1, frame_at(1) + 2 * (FRAME_HEADER + 256) + 10);
    assert_eq!(replayed(&disk, 0), Ok(vec![1]));
}

#[test]
fn damage_that_a_later_frame_proves_is_corruption() {
    for (frame, proven) in [(0, true), (1, true), (2, false)] {
        let (disk, _log) = log_of(3);
        damage(&disk, 1, frame_at(frame) + 40);
        match proven {
            true => assert!(corruption(&disk, 0).contains(&format!("offset {}", frame_at(frame)))),
            false => assert_eq!(replayed(&disk, 0), Ok(vec![1, 2])),
        }
    }
}

#[test]
fn zeros_in_place_of_a_durable_batch_are_no_end() {
    let (disk, _log) = log_of(4);
    let mut bytes = disk.contents(&segment(1)).expect("it is there");
    bytes[frame_at(1)..frame_at(3)].fill(0);
    disk.put(&segment(1), bytes);
    assert!(corruption(&disk, 0).contains("batch 2 "));
}

#[test]
fn an_applied_batch_that_bars_the_way_to_later_ones_is_corruption() {
    let (disk, mut log) = log_of(1);
    log.append(&[batch(2, 100), batch(3, 100)]).expect("append");
    log.sync().expect("sync");
    damage(&disk, 1, frame_at(1) + 40);
    assert!(corruption(&disk.kill(), 2).contains("batch 2 "));
    // With all of them applied, nothing is missing.
    assert_eq!(replayed(&disk.kill(), 3), Ok(vec![]));
    // Not applied, it can't be told from a torn tail.
    assert_eq!(replayed(&disk, 0), Ok(vec![1]));
}

#[test]
fn what_recovery_has_read_from_the_page_cache_survives_a_power_cut() {
    for seed in 0..50 {
        let (disk, mut log) = log_of(2);
        log.append(&[batch(3, 100), batch(4, 700)]).expect("append");
        let killed = disk.kill();
        assert_eq!(replayed(&killed, 0), Ok(vec![1, 2, 3, 4]));
        assert_eq!(replayed(&killed.power_cut(&mut Random::new(seed)), 0), Ok(vec![1, 2, 3, 4]));
    }
}

#[test]
fn recovery_makes_a_new_segment_and_leaves_the_old_ones_as_they_are() {
    let (disk, _log) = log_of(3);
    let before = disk.contents(&segment(1));
    let (mut log, _) = open(&disk, 0).expect("recovery");
    append_synced(&mut log, 1);
    assert_eq!(disk.names(), [segment(1), segment(2)]);
    assert_eq!(disk.contents(&segment(1)), before);
}

#[test]
fn opening_without_writing_does_not_heap_up_segments() {
    let (disk, _log) = log_of(3);
    for opened in 2..6 {
        assert_eq!(replayed(&disk, 0), Ok(vec![1, 2, 3]));
        // Batch 3 is in the newest: no later frame says that it is on the disk.
        assert_eq!(disk.names(), [segment(1), segment(opened)]);
    }
}

#[test]
fn segments_that_were_never_finished_are_removed() {
    let (disk, _log) = log_of(3);
    disk.put(&temporary_name(2), b"half a segment".to_vec());
    disk.put(&temporary_name(9), Vec::new());
    disk.put("data.mdb", b"not ours".to_vec());
    assert_eq!(replayed(&disk, 0), Ok(vec![1, 2, 3]));
    assert_eq!(disk.names(), ["data.mdb".to_owned(), segment(1), segment(2)]);
}

#[test]
fn a_crash_at_any_operation_of_recovery_loses_nothing() {
    let (disk, mut log) = log_of(3);
    log.rotate().expect("rotate");
    append_synced(&mut log, 2);
    log.append(&[batch(6, 900)]).expect("append");
    for operation in 0.. {
        let killed = disk.kill();
        killed.crash_after(operation);
        let done = open(&killed, 0).is_ok();
        for seed in 0..20 {
            let after = replayed(&killed.power_cut(&mut Random::new(seed)), 0).expect("recovery");
            // Batch 6 was never synced, but recovery promises what it hands over.
            assert!(after.len() == 6 || (after.len() == 5 && !done), "operation {operation}: {after:?}");
        }
        assert_eq!(replayed(&killed.kill(), 0), Ok((1..=6).collect()));
        if done {
            assert!(operation > 5, "recovery takes some operations");
            break;
        }
    }
}

#[test]
fn a_crash_in_a_rotation_and_another_in_the_recovery_from_it_lose_nothing() {
    for rotating in 0..6 {
        for recovering in 0..8 {
            let (disk, mut log) = log_of(3);
            disk.crash_after(rotating);
            let _crashed = log.rotate();
            let killed = disk.kill();
            killed.crash_after(recovering);
            let _crashed = open(&killed, 0);
            for seed in 0..50 {
                // The names of both segments may be on the disk, or either.
                assert_eq!(replayed(&killed.power_cut(&mut Random::new(seed)), 0), Ok(vec![1, 2, 3]));
            }
        }
    }
}

#[test]
fn a_replay_that_fails_changes_nothing() {
    let (disk, _log) = log_of(3);
    let outcome =
        recover_sized(disk.clone(), UUID, 0, SMALL, |seq, _| if seq == 2 { Err(Error::Aborted) } else { Ok(()) });
    assert_eq!(outcome.err(), Some(Error::Aborted));
    assert_eq!(disk.names(), [segment(1)]);
}

#[test]
fn a_later_format_is_refused_as_such() {
    let (disk, _log) = log_of(1);
    let mut bytes = disk.contents(&segment(1)).expect("it is there");
    bytes[8] = 2;
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..SEGMENT_HEADER]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    disk.put(&segment(1), bytes);
    match open(&disk, 0) {
        Err(Error::Unusable { what }) => assert!(what.contains("log format 2"), "{what}"),
        _ => panic!("it is refused"),
    }
}

#[test]
fn the_log_of_another_environment_is_refused() {
    let (disk, _log) = log_of(1);
    let outcome = recover_sized(disk, *b"another one's id", 0, SMALL, |_, _| Ok(()));
    assert!(matches!(outcome.err(), Some(Error::Unusable { .. })));
}
