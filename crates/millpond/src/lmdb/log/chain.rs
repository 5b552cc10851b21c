//! The segments of a log, in order.

use super::format::{Uuid, file_name, number_of};
use super::read::{Segment, Walk};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};

/// The segments that hold batches after the one that was applied, and the one that is written to.
pub(super) struct Chain<D: Disk> {
    /// In order; none if there is no log. Numbers have gaps where segments were that held nothing; batches have none.
    pub needed: Vec<Segment<D::File>>,
    /// The numbers of older ones, of which a removal that was cut short may have left any.
    pub older: Vec<u64>,
}

/// The numbers of all segments, in order.
pub(super) fn numbers<D: Disk>(disk: &D) -> Result<Vec<u64>> {
    let names = disk.list().map_err(|error| Error::io("list the directory", &error))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

impl<D: Disk> Chain<D> {
    /// Opens what is needed, from the last segment back to one that has the batch after `applied`, or begins before it:
    /// older ones are not even looked at. `Err` within the result says what of it is not there.
    pub fn open(disk: &D, uuid: &Uuid, applied: u64, mut numbers: Vec<u64>) -> Result<Result<Chain<D>, Error>> {
        let mut needed: Vec<Segment<D::File>> = Vec::new();
        while let Some(number) = numbers.pop() {
            let name = file_name(number);
            let Some(segment) = Segment::open(disk, uuid, name)? else {
                return Ok(Err(Error::corruption(format!("{} is not there any more", file_name(number)))));
            };
            check_order(&segment, needed.last())?;
            let enough = segment.header.first_seq <= applied + 1;
            needed.push(segment);
            if enough {
                break;
            }
        }
        if let Some(first) = needed.last().filter(|first| first.header.first_seq > applied + 1) {
            let (name, begins) = (&first.name, first.header.first_seq);
            let what = format!("the log begins with batch {begins}, in {name}, but {} is needed", applied + 1);
            return Ok(Err(Error::corruption(what)));
        }
        needed.reverse();
        Ok(Ok(Chain { needed, older: numbers }))
    }

    /// Hands over the batches after `applied` of all segments but the last.
    pub fn replay_full(&self, applied: u64, replay: &mut impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        self.needed.windows(2).try_for_each(|pair| {
            let until = pair[1].header.first_seq;
            hand_over(&mut pair[0].walk(), applied, until, replay)
        })
    }
}

fn check_order<F: DiskFile>(segment: &Segment<F>, next: Option<&Segment<F>>) -> Result<()> {
    match next.filter(|next| next.header.first_seq < segment.header.first_seq) {
        Some(next) => Err(Error::corruption(format!("{} begins before {}", next.name, segment.name))),
        None => Ok(()),
    }
}

/// Hands over the batches after `applied` and before `until`, all of which have to be there.
pub(super) fn hand_over<F: DiskFile>(
    walk: &mut Walk<'_, F>,
    applied: u64,
    until: u64,
    replay: &mut impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut payload = Vec::new();
    while walk.seq() < until {
        let Some(seq) = walk.next(&mut payload)? else { return Err(walk.missing("but was durable")) };
        if seq > applied {
            replay(seq, &payload)?;
        }
    }
    Ok(())
}
