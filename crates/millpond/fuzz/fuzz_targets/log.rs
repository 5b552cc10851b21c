//! A log of any bytes, and one whose frames have right checksums and say anything: what is handed over is in order, the same
//! for a reader and for the next owner, and stays so.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use millpond::Error;
use millpond::fuzzing::fuzzed_log::{FuzzedFrame, FuzzedLog, read_batch, segment};

#[derive(Arbitrary, Debug)]
enum Segment {
    Sealed { first: Count, frames: Vec<Frame>, pokes: Vec<(u16, u8)>, cut: u16 },
    Bytes(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
struct Frame {
    /// How far the batch is beyond the one that comes next.
    ahead: Count,
    synced: Count,
    part: Count,
    goes_on: bool,
    payload: Vec<u8>,
}

/// Mostly a small number.
#[derive(Arbitrary, Debug)]
enum Count {
    None,
    Few(u8),
    Any(u64),
}

impl Count {
    fn number(&self) -> u64 {
        match self {
            Count::None => 0,
            Count::Few(few) => *few as u64 % 8,
            Count::Any(any) => *any,
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Input {
    applied: Count,
    through: Option<Count>,
    /// Behind each other, with gaps between their numbers.
    segments: Vec<(u8, Segment)>,
}

/// Frames that follow each other, but for what they are told.
fn sealed(number: u64, first_seq: u64, frames: &[Frame]) -> Vec<u8> {
    let (mut seq, mut part) = (first_seq, 0u32);
    let frames: Vec<_> = frames
        .iter()
        .map(|frame| {
            let said = FuzzedFrame {
                seq: seq.wrapping_add(frame.ahead.number()),
                durable_through: frame.synced.number(),
                part: part.wrapping_add(frame.part.number() as u32),
                last: !frame.goes_on,
                payload: &frame.payload,
            };
            (seq, part) = if frame.goes_on { (seq, part.wrapping_add(1)) } else { (seq.wrapping_add(1), 0) };
            said
        })
        .collect();
    segment(number, first_seq, &frames)
}

fn log(input: &Input) -> FuzzedLog {
    let log = FuzzedLog::default();
    let mut number = 0;
    for (gap, segment) in &input.segments {
        number += 1 + *gap as u64 % 3;
        let bytes = match segment {
            Segment::Bytes(bytes) => bytes.clone(),
            Segment::Sealed { first, frames, pokes, cut } => {
                let mut bytes = sealed(number, first.number(), frames);
                for (at, byte) in pokes {
                    if let Some(poked) = bytes.get_mut(*at as usize) {
                        *poked ^= byte;
                    }
                }
                bytes.truncate(bytes.len().saturating_sub(*cut as usize % 64));
                bytes
            }
        };
        log.put(number, bytes);
    }
    log
}

fn assert_known(error: Error) {
    assert!(matches!(error, Error::Corruption { .. } | Error::Unusable { .. }), "{error}");
}

fuzz_target!(|input: Input| {
    // No environment has applied so many batches that it could not go on.
    let applied = input.applied.number() >> 2;
    let log = log(&input);
    if let Some(through) = &input.through {
        match log.read(applied, Some(through.number())) {
            Ok(read) => assert!(read.is_none_or(|(last, _)| last == through.number().max(applied))),
            Err(error) => assert_known(error),
        }
    }
    let read = log.read(applied, None);
    let recovered = log.recover(applied);
    let (last, batches) = match recovered {
        Ok(recovered) => recovered,
        Err(error) => {
            // A reader takes segments that are gone for a newer state that it has to look for.
            assert!(matches!(read, Ok(None)) || read.as_ref().is_err_and(|read| *read == error), "{read:?} {error}");
            return assert_known(error);
        }
    };
    let in_order = batches.iter().map(|(seq, _)| *seq).eq(applied + 1..=last);
    assert!(in_order && last >= applied, "{last} {batches:?}");
    assert_eq!(read, Ok(Some((last, batches.clone()))));
    assert_eq!(log.recover(applied), Ok((last, batches.clone())));
    for (_, payload) in &batches {
        if let Err(error) = read_batch(payload) {
            assert_known(error);
        }
    }
});
