//! Reading beside a writer.

use super::super::sim::SimDisk;
use super::super::{Committed, read_committed};
use super::*;
use crate::disk::Disk;
use crate::error::Error;

fn read(disk: &SimDisk, applied: u64, through: Option<u64>) -> Result<(Committed, Vec<u64>)> {
    let mut found = Vec::new();
    let before = disk.operations();
    let outcome = read_committed(disk, UUID, applied, through, |seq, bytes| {
        assert_eq!(bytes, payload(seq, bytes.len()));
        found.push(seq);
        Ok(())
    })?;
    assert_eq!(disk.operations(), before, "nothing on the disk is changed");
    Ok((outcome, found))
}

fn two_segments() -> (SimDisk, Log<SimDisk>) {
    let (disk, mut log) = log_of(3);
    log.rotate().expect("rotate");
    append_synced(&mut log, 3);
    (disk, log)
}

#[test]
fn a_reader_takes_what_is_after_the_applied_batch_up_to_the_durable_one() {
    let (disk, mut log) = two_segments();
    log.append(&[batch(7, 10)]).expect("append");
    for applied in 0..7 {
        for through in applied..7 {
            let found = (applied + 1..=through).collect();
            assert_eq!(read(&disk, applied, Some(through)), Ok((Committed::Through(through), found)));
        }
        let all = (applied + 1..=7).collect();
        assert_eq!(read(&disk, applied, None), Ok((Committed::Through(7), all)));
    }
    assert_eq!(read(&disk, 6, Some(2)), Ok((Committed::Through(6), vec![])));
}

#[test]
fn a_reader_without_a_log_takes_what_was_applied() {
    assert_eq!(read(&SimDisk::new(), 5, None), Ok((Committed::Through(5), vec![])));
    assert_eq!(read(&SimDisk::new(), 5, Some(6)), Ok((Committed::Gone, vec![])));
}

#[test]
fn a_reader_is_told_that_segments_have_gone() {
    let (disk, mut log) = two_segments();
    log.remove_through(3).expect("remove");
    assert_eq!(read(&disk, 0, Some(6)), Ok((Committed::Gone, vec![])));
    assert_eq!(read(&disk, 3, Some(6)), Ok((Committed::Through(6), vec![4, 5, 6])));
}

#[test]
fn a_reader_sees_no_part_of_a_batch() {
    let (disk, mut log) = two_segments();
    log.append(&[batch(7, 600)]).expect("append");
    damage(&disk, 2, frame_at(3) + 2 * (FRAME_HEADER + 256) + 10);
    assert_eq!(read(&disk, 3, None), Ok((Committed::Through(6), vec![4, 5, 6])));
}

#[test]
fn a_reader_finds_damage() {
    let (disk, _log) = two_segments();
    damage(&disk, 2, frame_at(1) + 40);
    assert!(matches!(read(&disk, 0, None), Err(Error::Corruption { .. })));
    assert!(matches!(read(&disk, 0, Some(5)), Err(Error::Corruption { .. })));
    assert_eq!(read(&disk, 0, Some(4)), Ok((Committed::Through(4), vec![1, 2, 3, 4])));
}

#[test]
fn a_reader_leaves_unfinished_segments_alone() {
    let (disk, _log) = two_segments();
    drop(disk.create("wal-0000000000000003.new").expect("create"));
    assert_eq!(read(&disk, 5, None), Ok((Committed::Through(6), vec![6])));
}
