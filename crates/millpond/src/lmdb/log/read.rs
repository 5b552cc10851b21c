//! Reading a segment: batch after batch, and looking for what stands behind a place that can't be read.

use super::format::{ALIGNMENT, FRAME_HEADER, Frame, MARKER, SEGMENT_HEADER, Seal, SegmentHeader, Uuid};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use crate::lmdb::planted::{self, Bug};
use std::io;

/// A segment that is open for reading.
pub(super) struct Segment<F> {
    pub name: String,
    pub header: SegmentHeader,
    file: F,
    seal: Seal,
}

impl<F: DiskFile> Segment<F> {
    /// Opens a segment; none where there is no such file.
    pub fn open<D: Disk<File = F>>(disk: &D, uuid: &Uuid, name: String) -> Result<Option<Segment<F>>> {
        let failed = |error: io::Error| Error::io(format!("read {name}"), &error);
        let file = match disk.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mut bytes = [0; SEGMENT_HEADER];
        let filled = file.read_full_at(&mut bytes, 0).map_err(failed)?;
        let header = SegmentHeader::decode(&bytes[..filled], uuid, &name)?;
        let seal = Seal::new(uuid, header.salt);
        Ok(Some(Segment { name, header, file, seal }))
    }

    /// Goes over its batches from the first.
    pub fn walk(&self) -> Walk<'_, F> {
        Walk {
            segment: self,
            window: Window { segment: self, buffer: Vec::new(), start: 0, filled: 0 },
            at: SEGMENT_HEADER as u64,
            next: self.header.first_seq,
            stopped_at: SEGMENT_HEADER as u64,
            synced: 0,
        }
    }

    pub fn file(&self) -> &F {
        &self.file
    }
}

/// A way through the batches of a segment, up to the first that is not there whole.
pub(super) struct Walk<'a, F> {
    segment: &'a Segment<F>,
    window: Window<'a, F>,
    /// Behind the last whole batch.
    at: u64,
    next: u64,
    /// The frame that did not verify.
    stopped_at: u64,
    synced: u64,
}

/// What stands behind a place that can't be read.
pub(super) struct Beyond {
    /// The highest batch that a frame there belongs to.
    pub seq: u64,
    /// The highest batch that a frame there says is synced.
    pub synced: u64,
}

impl<F: DiskFile> Walk<'_, F> {
    /// Reads the next batch into `payload` and returns its number; none where the next one is not there whole.
    pub fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<u64>> {
        payload.clear();
        let mut at = self.at;
        for part in 0.. {
            let Some(frame) = self.frame(at, part, payload)? else {
                self.stopped_at = at;
                return Ok(self.give_up(at, part));
            };
            at += frame.stride() as u64;
            if frame.last {
                break;
            }
        }
        Ok(Some(self.step(at)))
    }

    /// Reads the frame at `at`, if it is the one that the batch goes on with.
    fn frame(&mut self, at: u64, part: u32, payload: &mut Vec<u8>) -> Result<Option<Frame>> {
        let Some((frame, bytes)) = self.window.frame(at)? else { return Ok(None) };
        if frame.seq != self.next || frame.part != part {
            return Ok(None);
        }
        payload.extend_from_slice(bytes);
        self.synced = self.synced.max(frame.durable_through);
        Ok(Some(frame))
    }

    fn step(&mut self, at: u64) -> u64 {
        self.at = at;
        self.next += 1;
        self.next - 1
    }

    fn give_up(&mut self, at: u64, part: u32) -> Option<u64> {
        (part > 0 && planted::has(Bug::DropLastOfBatch)).then(|| self.step(at))
    }

    /// The number of the batch that comes next, or that is not there.
    pub fn seq(&self) -> u64 {
        self.next
    }

    /// The place behind the last whole batch.
    pub fn end(&self) -> u64 {
        self.at
    }

    /// The highest batch that a frame so far says was synced before it.
    pub fn synced(&self) -> u64 {
        self.synced
    }

    /// The error that says that the batch that is not there should be.
    pub fn missing(&self, why: &str) -> Error {
        let (name, at) = (&self.segment.name, self.stopped_at);
        Error::corruption(format!("{name} at offset {at}: batch {} is not what was written, {why}", self.next))
    }

    /// Looks for frames behind the one that did not verify: at every place where one may stand, for nothing in between
    /// says where the next one is.
    pub fn look_beyond(&mut self) -> Result<Beyond> {
        let mut beyond = Beyond { seq: 0, synced: 0 };
        let mut at = self.stopped_at + ALIGNMENT as u64;
        while let Some(found) = self.window.find_marker(at)? {
            let frame = self.window.frame(found)?;
            at = found + frame.as_ref().map_or(ALIGNMENT, |(frame, _)| frame.stride()) as u64;
            if let Some((frame, _)) = frame {
                beyond.seq = beyond.seq.max(frame.seq);
                beyond.synced = beyond.synced.max(frame.durable_through);
            }
        }
        Ok(beyond)
    }

    /// Forgets what was read ahead: the file may have more now.
    pub fn refresh(&mut self) {
        self.window.filled = 0;
    }
}

/// A part of a segment, read ahead.
struct Window<'a, F> {
    segment: &'a Segment<F>,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins, and how much of it was filled.
    start: u64,
    filled: usize,
}

impl<F: DiskFile> Window<'_, F> {
    const AHEAD: usize = 256 << 10;

    /// The bytes from `at` on, at least `len` of them unless the file ends before.
    fn from(&mut self, at: u64, len: usize) -> Result<&[u8]> {
        let inside = at >= self.start && at + len as u64 <= self.start + self.filled as u64;
        if !inside {
            self.fill(at, len)?;
        }
        Ok(&self.buffer[(at - self.start) as usize..self.filled])
    }

    fn fill(&mut self, at: u64, len: usize) -> Result<()> {
        if self.buffer.len() < len.max(Self::AHEAD) {
            self.buffer = vec![0; len.max(Self::AHEAD)];
        }
        (self.start, self.filled) = (at, 0);
        let filled = self.segment.file.read_full_at(&mut self.buffer, at);
        self.filled = filled.map_err(|error| Error::io(format!("read {}", self.segment.name), &error))?;
        Ok(())
    }

    /// The frame at `at` and its payload, if there is one and it verifies.
    fn frame(&mut self, at: u64) -> Result<Option<(Frame, &[u8])>> {
        let Some(frame) = Frame::decode(self.from(at, FRAME_HEADER)?) else { return Ok(None) };
        let seal = self.segment.seal;
        let bytes = self.from(at, frame.bytes())?.get(..frame.bytes()).filter(|bytes| seal.verifies(bytes));
        Ok(bytes.map(|bytes| (frame, &bytes[FRAME_HEADER..])))
    }

    /// The first place from `at` on where a frame may begin.
    fn find_marker(&mut self, mut at: u64) -> Result<Option<u64>> {
        loop {
            let bytes = self.from(at, FRAME_HEADER)?;
            if bytes.len() < FRAME_HEADER {
                return Ok(None);
            }
            if let Some(index) = bytes.chunks_exact(ALIGNMENT).position(|bytes| bytes.starts_with(&MARKER)) {
                return Ok(Some(at + (index * ALIGNMENT) as u64));
            }
            at += (bytes.len() / ALIGNMENT * ALIGNMENT) as u64;
        }
    }
}
