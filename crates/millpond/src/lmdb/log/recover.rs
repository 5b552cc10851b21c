//! Opening a log for writing.

use super::chain::{self, Chain, hand_over};
use super::format::{SegmentHeader, Uuid, file_name, is_temporary};
use super::read::Segment;
use super::survey::{Survey, survey};
use super::write::{Sizes, Writer};
use super::{Log, Older};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use crate::lmdb::planted::{self, Bug};
use std::collections::VecDeque;

/// Opens the log of the environment `uuid`: hands every whole batch after `applied` to `replay`, in order, and goes on in a
/// new segment. All that was handed over is on the disk when this returns.
///
/// # Errors
/// [`Error::Corruption`] where a batch that was durable is not there; [`Error::Unusable`] for a log of a later format or of
/// another environment; [`Error::Io`]; what `replay` returns. The log is then as it was, and can be opened again.
pub(crate) fn recover<D: Disk>(
    disk: D,
    uuid: Uuid,
    applied: u64,
    replay: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<Log<D>> {
    recover_sized(disk, uuid, applied, Sizes::REAL, replay)
}

pub(super) fn recover_sized<D: Disk>(
    disk: D,
    uuid: Uuid,
    applied: u64,
    sizes: Sizes,
    mut replay: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<Log<D>> {
    tidy(&disk)?;
    let chain = Chain::open(&disk, &uuid, applied, chain::numbers(&disk)?)??;
    chain.replay_full(applied, &mut replay)?;
    let survey = match chain.needed.last() {
        Some(last) => {
            let survey = survey(last, applied)?;
            hand_over_last(last, applied, survey.last, &mut replay)?;
            survey
        }
        None => Survey { last: applied, proven: applied, end: 0 },
    };
    let writer = go_on(&disk, &uuid, chain.needed.last(), &survey, sizes)?;
    let older = older(&disk, &chain, &writer.header)?;
    Ok(Log { disk, uuid, sizes, older, current: writer, durable: survey.last, last: survey.last, poisoned: false })
}

/// Removes segments that were never finished, and makes the directory on the disk what we see of it: a process that was
/// killed may have renamed a segment, and what follows builds on that.
fn tidy<D: Disk>(disk: &D) -> Result<()> {
    let names = disk.list().map_err(|error| Error::io("list the directory", &error))?;
    for name in names.iter().filter(|name| is_temporary(name)) {
        disk.remove(name).map_err(|error| Error::io(format!("remove {name}"), &error))?;
    }
    disk.sync_dir().map_err(|error| Error::io("sync the directory", &error))
}

fn hand_over_last<F: DiskFile>(
    segment: &Segment<F>,
    after: u64,
    through: u64,
    replay: &mut impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<()> {
    // A segment that ends before what was applied has nothing to hand over.
    if through <= after { Ok(()) } else { hand_over(&mut segment.walk(), after, through + 1, replay) }
}

/// Makes the segment that the log goes on in. What is not proven to be on the disk is written anew there: that it can be
/// read says only that the page cache has it, and a sync of the old file proves nothing if one failed before.
fn go_on<D: Disk>(
    disk: &D,
    uuid: &Uuid,
    last: Option<&Segment<D::File>>,
    survey: &Survey,
    sizes: Sizes,
) -> Result<Writer<D::File>> {
    if let Some(last) = last.filter(|_| planted::has(Bug::AppendToOldSegment)) {
        return go_on_in_old(disk, uuid, last, survey, sizes);
    }
    let proven = if planted::has(Bug::TrustPageCache) { survey.last } else { survey.proven };
    let number = last.map_or(1, |last| last.header.number + 1);
    let mut writer = Writer::create(disk, uuid, number, proven + 1, sizes)?;
    if let Some(last) = last {
        hand_over_last(last, proven, survey.last, &mut |seq, payload| writer.append(proven, [(seq, payload)]))?;
    }
    writer.publish(disk).map_err(|unpublished| unpublished.into_error())?;
    Ok(writer)
}

/// The planted mistake: the file, with all that stands behind its end, is written to again. A disk opens files for reading
/// only, so a copy takes its place.
fn go_on_in_old<D: Disk>(
    disk: &D,
    uuid: &Uuid,
    last: &Segment<D::File>,
    survey: &Survey,
    sizes: Sizes,
) -> Result<Writer<D::File>> {
    let mut writer = Writer::create_as(disk, uuid, SegmentHeader { ..last.header }, sizes)?;
    writer.take_over(last.file(), survey.end)?;
    writer.publish(disk).map_err(|unpublished| unpublished.into_error())?;
    Ok(writer)
}

/// The segments before the one that is written to, after the removal of those that hold nothing that counts: each opening
/// leaves one, and without a batch in between no merge would ever remove them.
fn older<D: Disk>(disk: &D, chain: &Chain<D>, current: &SegmentHeader) -> Result<VecDeque<Older>> {
    let begins = chain.needed.iter().map(|segment| segment.header.first_seq).chain([current.first_seq]);
    // Where those that are not needed end is not known, but it is before the first that is.
    let first = begins.clone().min().unwrap_or(0);
    let mut older = VecDeque::new();
    for &number in &chain.older {
        older.push_back(Older { number, next: first, bytes: file_len(disk, &file_name(number))? });
    }
    for (segment, next) in chain.needed.iter().zip(begins.skip(1)) {
        let SegmentHeader { number, first_seq, .. } = segment.header;
        if number == current.number || (first_seq == next && disk.remove(&segment.name).is_ok()) {
            continue;
        }
        older.push_back(Older { number, next, bytes: file_len(disk, &segment.name)? });
    }
    Ok(older)
}

fn file_len<D: Disk>(disk: &D, name: &str) -> Result<u64> {
    disk.open(name).and_then(|file| file.len()).map_err(|error| Error::io(format!("read {name}"), &error))
}
