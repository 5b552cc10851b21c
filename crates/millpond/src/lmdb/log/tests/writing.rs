//! Appending, syncing, rotating, removing, and what comes of it when the disk refuses.

use super::super::sim::{Fault, Random};
use super::*;
use crate::error::Error;

#[test]
fn a_batch_is_durable_after_the_sync() {
    let (disk, mut log) = log_of(0);
    log.append(&[batch(1, 10), batch(2, 10)]).expect("append");
    assert_eq!((log.last(), log.durable()), (2, 0));
    assert_eq!(log.sync(), Ok(2));
    assert_eq!((log.last(), log.durable()), (2, 2));
    assert_eq!(replayed(&disk.power_cut(&mut Random::new(3)), 0), Ok(vec![1, 2]));
}

#[test]
fn batches_of_one_append_take_one_write() {
    let (disk, mut log) = log_of(1);
    let before = disk.operations();
    log.append(&[batch(2, 10), batch(3, 0), batch(4, 300)]).expect("append");
    assert_eq!(disk.operations() - before, 1);
}

#[test]
fn a_sync_with_nothing_new_costs_nothing() {
    let (disk, mut log) = log_of(1);
    let before = disk.operations();
    assert_eq!(log.sync(), Ok(1));
    assert_eq!(disk.operations(), before);
}

#[test]
fn small_appends_go_where_zeros_were_written() {
    let (disk, mut log) = log_of(1);
    let len = |disk: &SimDisk| disk.contents(&segment(1)).map_or(0, |bytes| bytes.len());
    let before = len(&disk);
    assert!(before.is_multiple_of(4096) && before > frame_at(1));
    append_synced(&mut log, 10);
    assert_eq!(len(&disk), before);
    // A large one just writes.
    log.append(&[batch(12, 9000)]).expect("append");
    assert_eq!(len(&disk), log.bytes() as usize);
}

#[test]
fn bytes_count_what_was_written() {
    let (disk, mut log) = log_of(3);
    assert_eq!(log.bytes(), frame_at(3) as u64);
    log.rotate().expect("rotate");
    assert_eq!(log.bytes(), (frame_at(3) + SEGMENT_HEADER) as u64);
    let old = disk.contents(&segment(1)).map_or(0, |bytes| bytes.len());
    let (log, _) = open(&disk.kill(), 0).expect("recovery");
    assert_eq!(log.bytes(), (old + SEGMENT_HEADER) as u64);
}

#[test]
fn a_write_that_stops_half_way_is_gone_on_with() {
    let (disk, mut log) = log_of(1);
    disk.fail_after(0, Fault::ShortWrite, 3);
    append_synced(&mut log, 1);
    assert_eq!(replayed(&disk, 0), Ok(vec![1, 2]));
}

#[test]
fn a_failed_append_is_cut_back_and_can_be_tried_again() {
    for fault in [Fault::Io, Fault::NoSpace] {
        // The write, the one without zeros, and the cut: the more of them fail, the more is left behind the end.
        for times in 1..5 {
            let (disk, mut log) = log_of(1);
            let (batches, bytes) = ([batch(2, 300), batch(3, 100)], log.bytes());
            disk.fail_after(0, fault, times);
            while let Err(error) = log.append(&batches) {
                assert_eq!(error.is_disk_full(), fault == Fault::NoSpace);
                assert_eq!((log.last(), log.durable(), log.bytes()), (1, 1, bytes));
            }
            assert_eq!(log.sync(), Ok(3));
            append_synced(&mut log, 1);
            assert_eq!(replayed(&disk.power_cut(&mut Random::new(1)), 0), Ok(vec![1, 2, 3, 4]));
        }
    }
}

#[test]
fn an_append_that_is_cut_back_does_not_come_back() {
    let (disk, mut log) = log_of(1);
    // Larger than what zeros go behind, so the first failure is the append's.
    disk.fail_after(1, Fault::NoSpace, 1);
    assert!(log.append(&[batch(2, 1900), batch(3, 1900)]).is_err());
    assert_eq!(replayed(&disk, 0), Ok(vec![1]));
}

#[test]
fn zeros_that_find_no_room_do_not_fail_an_append() {
    let (disk, mut log) = log_of(0);
    disk.fail_after(0, Fault::NoSpace, 1);
    log.append(&[batch(1, 100)]).expect("append");
    assert_eq!(disk.contents(&segment(1)).map_or(0, |bytes| bytes.len()), frame_at(1));
}

#[test]
fn a_failed_sync_poisons() {
    let (disk, mut log) = log_of(1);
    log.append(&[batch(2, 10)]).expect("append");
    disk.fail_after(0, Fault::Sync, 1);
    assert_eq!(log.sync(), Err(Error::Poisoned));
    assert_eq!(log.sync(), Err(Error::Poisoned));
    assert_eq!(log.append(&[batch(3, 10)]), Err(Error::Poisoned));
    assert_eq!(log.rotate(), Err(Error::Poisoned));
    assert_eq!(log.remove_through(1), Err(Error::Poisoned));
    assert_eq!(log.durable(), 1);
}

#[test]
fn what_a_failed_sync_left_in_memory_is_written_anew_by_recovery() {
    for seed in 0..50 {
        let (disk, mut log) = log_of(1);
        log.append(&[batch(2, 100), batch(3, 100)]).expect("append");
        disk.fail_after(0, Fault::Sync, 1);
        assert_eq!(log.sync(), Err(Error::Poisoned));
        let killed = disk.kill();
        assert_eq!(replayed(&killed, 0), Ok(vec![1, 2, 3]));
        assert_eq!(replayed(&killed.power_cut(&mut Random::new(seed)), 0), Ok(vec![1, 2, 3]));
    }
}

#[test]
fn rotation_goes_on_in_a_new_segment_with_all_before_it_on_the_disk() {
    let (disk, mut log) = log_of(1);
    log.append(&[batch(2, 10)]).expect("append");
    log.rotate().expect("rotate");
    assert_eq!(log.durable(), 2);
    log.append(&[batch(3, 10)]).expect("append");
    log.sync().expect("sync");
    assert_eq!(disk.names(), [segment(1), segment(2)]);
    assert_eq!(replayed(&disk.power_cut(&mut Random::new(1)), 0), Ok(vec![1, 2, 3]));
}

#[test]
fn a_segment_without_batches_is_not_rotated() {
    let (disk, mut log) = log_of(1);
    log.rotate().expect("rotate");
    log.rotate().expect("rotate");
    assert_eq!(disk.names(), [segment(1), segment(2)]);
}

#[test]
fn a_rotation_that_fails_leaves_the_log_usable() {
    for fault in [Fault::Io, Fault::NoSpace] {
        // Creating, writing, renaming, and whatever undoes them.
        for operation in 0..4 {
            for times in 1..4 {
                let (disk, mut log) = log_of(2);
                disk.fail_after(operation, fault, times);
                let rotated = log.rotate();
                disk.calm();
                append_synced(&mut log, 1);
                assert!(log.rotate().is_ok() || rotated.is_ok());
                append_synced(&mut log, 1);
                assert_eq!(replayed(&disk.power_cut(&mut Random::new(1)), 0), Ok(vec![1, 2, 3, 4]));
            }
        }
    }
}

#[test]
fn a_failed_sync_in_a_rotation_poisons() {
    // Of the new segment, and of the directory.
    for operation in [0, 4] {
        let (disk, mut log) = log_of(2);
        disk.fail_after(operation, Fault::Sync, 1);
        assert_eq!(log.rotate(), Err(Error::Poisoned), "operation {operation}");
        assert_eq!(log.append(&[batch(3, 10)]), Err(Error::Poisoned));
        assert_eq!(replayed(&disk.kill(), 0), Ok(vec![1, 2]));
    }
}

#[test]
fn a_crash_at_any_operation_of_a_rotation_loses_nothing() {
    for operation in 0.. {
        let (disk, mut log) = log_of(2);
        log.append(&[batch(3, 100)]).expect("append");
        disk.crash_after(operation);
        let done = log.rotate().is_ok();
        for seed in 0..30 {
            let after = replayed(&disk.power_cut(&mut Random::new(seed)), 0).expect("recovery");
            assert!(after.len() == 3 || (after.len() == 2 && operation == 0), "operation {operation}: {after:?}");
        }
        if done {
            break;
        }
    }
}

#[test]
fn segments_are_removed_oldest_first_and_never_the_current_one() {
    let (disk, mut log) = log_of(3);
    for _ in 0..2 {
        log.rotate().expect("rotate");
        append_synced(&mut log, 3);
    }
    log.remove_through(2).expect("remove");
    assert_eq!(disk.names().len(), 3);
    log.remove_through(5).expect("remove");
    assert_eq!(disk.names(), [segment(2), segment(3)]);
    log.remove_through(u64::MAX).expect("remove");
    assert_eq!(disk.names(), [segment(3)]);
    assert_eq!(log.bytes(), frame_at(3) as u64);
    assert_eq!(replayed(&disk, 6), Ok(vec![7, 8, 9]));
}

#[test]
fn a_removal_that_fails_is_made_up_for_later() {
    let (disk, mut log) = log_of(3);
    for _ in 0..2 {
        log.rotate().expect("rotate");
        append_synced(&mut log, 3);
    }
    disk.fail_after(1, Fault::Io, 1);
    assert!(matches!(log.remove_through(9), Err(Error::Io { .. })));
    assert_eq!(disk.names(), [segment(2), segment(3)]);
    log.remove_through(9).expect("remove");
    assert_eq!(disk.names(), [segment(3)]);
}

#[test]
fn a_removal_of_which_a_crash_leaves_any_part_does_no_harm() {
    for seed in 0..50 {
        let (disk, mut log) = log_of(1);
        for _ in 0..4 {
            log.rotate().expect("rotate");
            append_synced(&mut log, 1);
        }
        disk.fail_after(4, Fault::Sync, 1);
        assert_eq!(log.remove_through(4), Err(Error::Poisoned));
        let after = disk.power_cut(&mut Random::new(seed));
        let (mut log, found) = open(&after, 4).expect("recovery");
        assert_eq!(found.len(), 1);
        log.remove_through(5).expect("remove");
        assert_eq!(after.names(), [segment(6)]);
    }
}
