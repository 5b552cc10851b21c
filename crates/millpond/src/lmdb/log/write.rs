//! Writing a segment.

use super::format::{
    ALIGNMENT, FRAME_HEADER, FRAME_LIMIT, Frame, SEGMENT_HEADER, Seal, SegmentHeader, Uuid, file_name, temporary_name,
};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Result};
use std::io;

/// Sizes that tests make smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// The longest payload of a frame.
    pub frame: usize,
    /// Appends up to this size go where zeros were written before. Beyond it, the bytes themselves take longer than what
    /// the file system does to make room for them.
    pub in_place: usize,
    /// How many zeros are written ahead: as many as the segment has bytes, but no fewer and no more than this.
    pub ahead: (usize, usize),
    /// Appends are written in pieces of about this size.
    pub write: usize,
}

impl Sizes {
    /// Measured on ext4 (`tests/real.rs`): 100–130 µs where zeros were written, 175–200 where the file grows. From 128 KiB
    /// on, writing the zeros takes as long as it saves.
    pub const REAL: Sizes =
        Sizes { frame: FRAME_LIMIT, in_place: 128 << 10, ahead: (64 << 10, 1 << 20), write: 4 << 20 };
}

/// A segment that is being written.
pub(super) struct Writer<F> {
    pub header: SegmentHeader,
    file: F,
    seal: Seal,
    sizes: Sizes,
    /// Behind the last batch.
    end: u64,
    /// Up to here the file has blocks that were written, with zeros behind `end`.
    filled: u64,
    encoded: Vec<u8>,
}

/// Why a segment did not get its name.
pub(super) enum Unpublished {
    /// It is as if it had never been begun.
    Refused(Error),
    /// A sync failed.
    NotSynced(Error),
}

impl Unpublished {
    pub fn into_error(self) -> Error {
        match self {
            Unpublished::Refused(error) | Unpublished::NotSynced(error) => error,
        }
    }
}

impl<F: DiskFile> Writer<F> {
    /// Begins a segment under its temporary name.
    pub fn create<D: Disk<File = F>>(
        disk: &D,
        uuid: &Uuid,
        number: u64,
        first_seq: u64,
        sizes: Sizes,
    ) -> Result<Writer<F>> {
        let mut salt = [0; 8];
        getrandom::fill(&mut salt)
            .map_err(|_| Error::Unusable { what: "the system gives no random numbers".into() })?;
        let header = SegmentHeader { salt: u64::from_le_bytes(salt), number, first_seq };
        Self::create_as(disk, uuid, header, sizes)
    }

    pub fn create_as<D: Disk<File = F>>(
        disk: &D,
        uuid: &Uuid,
        header: SegmentHeader,
        sizes: Sizes,
    ) -> Result<Writer<F>> {
        let name = temporary_name(header.number);
        let created = match disk.create(&name) {
            // Left by an attempt that failed so badly that it could not be removed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                disk.remove(&name).and_then(|()| disk.create(&name))
            }
            created => created,
        };
        let file = created.map_err(|error| Error::io(format!("create {name}"), &error))?;
        if let Err(error) = file.write_all_at(&header.encode(uuid), 0) {
            let _removed = disk.remove(&name);
            return Err(Error::io(format!("write to {name}"), &error));
        }
        let (seal, end) = (Seal::new(uuid, header.salt), SEGMENT_HEADER as u64);
        Ok(Writer { header, file, seal, sizes, end, filled: end, encoded: Vec::new() })
    }

    /// For a planted mistake: takes over the frames of another file up to `end`, and whatever stands behind them.
    pub fn take_over(&mut self, file: &F, end: u64) -> Result<()> {
        let copied = file.len().and_then(|len| {
            let mut bytes = vec![0; len as usize];
            file.read_full_at(&mut bytes, 0)?;
            self.file.write_all_at(&bytes, 0)?;
            self.filled = len;
            Ok(())
        });
        self.end = end;
        copied.map_err(|error| Error::io("copy a segment", &error))
    }

    /// Syncs it and gives it its name, which is then on the disk too.
    pub fn publish<D: Disk<File = F>>(&self, disk: &D) -> Result<(), Unpublished> {
        let (from, to) = (temporary_name(self.header.number), file_name(self.header.number));
        self.file.sync_data().map_err(|error| Unpublished::NotSynced(Error::io(format!("sync {from}"), &error)))?;
        if let Err(error) = disk.rename(&from, &to) {
            let _removed = disk.remove(&from);
            return Err(Unpublished::Refused(Error::io(format!("rename {from}"), &error)));
        }
        disk.sync_dir().map_err(|error| Unpublished::NotSynced(Error::io("sync the directory", &error)))
    }

    /// Writes batches behind what is there; where that fails, it is as if nothing had been tried.
    pub fn append<'a>(
        &mut self,
        durable_through: u64,
        batches: impl IntoIterator<Item = (u64, &'a [u8])>,
    ) -> Result<()> {
        let mut at = self.end;
        self.encoded.clear();
        let written =
            batches.into_iter().try_for_each(|(seq, payload)| self.put(&mut at, seq, payload, durable_through));
        let written = written.and_then(|()| self.write(&mut at, true));
        // A large batch is rare, and its memory is better with others until the next.
        self.encoded.shrink_to(self.sizes.in_place + self.sizes.ahead.1);
        match written {
            Ok(()) => self.end = at,
            Err(_) => self.cut_back(),
        }
        written.map_err(|error| Error::io(format!("write to {}", file_name(self.header.number)), &error))
    }

    /// Encodes a batch, and writes what is encoded whenever that is a lot.
    fn put(&mut self, at: &mut u64, seq: u64, payload: &[u8], durable_through: u64) -> io::Result<()> {
        let parts = payload.len().div_ceil(self.sizes.frame).max(1);
        let mut rest = payload;
        for part in 0..parts {
            let (chunk, behind) = rest.split_at(rest.len().min(self.sizes.frame));
            rest = behind;
            let frame =
                Frame { seq, durable_through, len: chunk.len() as u32, part: part as u32, last: part + 1 == parts };
            self.seal.encode(&frame, chunk, &mut self.encoded);
            if self.encoded.len() >= self.sizes.write {
                self.write(at, false)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, at: &mut u64, last: bool) -> io::Result<()> {
        let end = *at + self.encoded.len() as u64;
        let zeros = if last && end > self.filled { self.zeros_behind(*at, end) } else { 0 };
        let whole = self.write_with_zeros(*at, zeros);
        if whole.is_err() && zeros > 0 {
            // Zeros are for speed: where there is no room for them there may be for what is to be written.
            self.encoded.truncate((end - *at) as usize);
            self.cut_back();
            self.write_with_zeros(*at, 0)?;
        } else {
            whole?;
        }
        *at = end;
        self.encoded.clear();
        Ok(())
    }

    fn write_with_zeros(&mut self, at: u64, zeros: usize) -> io::Result<()> {
        self.encoded.resize(self.encoded.len() + zeros, 0);
        self.file.write_all_at(&self.encoded, at)?;
        self.filled = self.filled.max(at + self.encoded.len() as u64);
        Ok(())
    }

    /// How many zeros go behind an append, so that the next ones find blocks that were written: a sync need not wait for
    /// the file system's journal then.
    fn zeros_behind(&self, at: u64, end: u64) -> usize {
        const BLOCK: u64 = 4096;
        if end - self.end > self.sizes.in_place as u64 || at != self.end {
            return 0;
        }
        let (least, most) = self.sizes.ahead;
        ((end + end.clamp(least as u64, most as u64)).next_multiple_of(BLOCK) - end) as usize
    }

    /// Undoes a write. Where even that fails, what is left stands where the next one goes, and that brings the same bytes.
    fn cut_back(&mut self) {
        let _cut = self.file.set_len(self.end);
        self.filled = self.end;
    }

    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Bytes up to the last batch.
    pub fn bytes(&self) -> u64 {
        self.end
    }
}

const _: () = assert!(SEGMENT_HEADER.is_multiple_of(ALIGNMENT) && FRAME_HEADER.is_multiple_of(ALIGNMENT));
