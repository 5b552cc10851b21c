//! The bytes of a segment: its header, and its frames. Docs with the whole picture are in [`super`].

use crate::error::Error;

pub(super) const SEGMENT_MAGIC: &[u8; 8] = b"MPONDLOG";
pub(super) const VERSION: u32 = 1;
/// The length of a segment's header.
pub(super) const SEGMENT_HEADER: usize = 64;
/// The length of a frame's header.
pub(super) const FRAME_HEADER: usize = 32;
/// What a frame begins with.
pub(super) const MARKER: [u8; 4] = *b"MPFR";
/// The longest payload of a frame.
pub(super) const FRAME_LIMIT: usize = 1 << 20;
/// What frames are aligned to.
pub(super) const ALIGNMENT: usize = 8;
const LAST_PART: u32 = 1 << 31;
/// What segments and batches are counted by.
const COUNTS: std::ops::RangeInclusive<u64> = 1..=u64::MAX >> 1;

/// What tells an environment's files from another's.
pub(crate) type Uuid = [u8; 16];

/// The name of a segment's file.
pub(super) fn file_name(number: u64) -> String {
    format!("wal-{number:016x}.log")
}

/// The name of its file while it is being made.
pub(super) fn temporary_name(number: u64) -> String {
    format!("wal-{number:016x}.new")
}

/// The number of the segment that a file of this name holds, if it is the name of one.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("wal-")?.strip_suffix(".log")?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (file_name(number) == name).then_some(number)
}

/// Whether a file of this name is a segment that somebody had begun to make.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with("wal-") && name.ends_with(".new")
}

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    /// Of this segment alone, so that no frame of another can pass for one of its own.
    pub salt: u64,
    pub number: u64,
    /// The first batch that belongs to this segment; what earlier ones have from there on is superseded.
    pub first_seq: u64,
}

impl SegmentHeader {
    pub fn encode(&self, uuid: &Uuid) -> [u8; SEGMENT_HEADER] {
        let mut bytes = [0; SEGMENT_HEADER];
        bytes[..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..32].copy_from_slice(uuid);
        bytes[32..40].copy_from_slice(&self.salt.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.number.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.first_seq.to_le_bytes());
        let crc = header_crc(&bytes);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header of the file `name`, of which `bytes` is the beginning.
    pub fn decode(bytes: &[u8], uuid: &Uuid, name: &str) -> Result<SegmentHeader, Error> {
        let unreadable = || Error::corruption(format!("{name}: its header is not what was written"));
        let bytes: &[u8; SEGMENT_HEADER] = bytes.first_chunk().ok_or_else(unreadable)?;
        if bytes[..8] != SEGMENT_MAGIC[..] || u32_at(bytes, 12) != header_crc(bytes) {
            return Err(unreadable());
        }
        let version = u32_at(bytes, 8);
        if version != VERSION {
            let what = format!("{name} is of log format {version}; this millpond reads format {VERSION}");
            return Err(Error::Unusable { what });
        }
        if bytes[16..32] != uuid[..] {
            return Err(Error::Unusable { what: format!("{name} belongs to another environment") });
        }
        let header = SegmentHeader { salt: u64_at(bytes, 32), number: u64_at(bytes, 40), first_seq: u64_at(bytes, 48) };
        // Both count up from one: from so far on that they could not, none was written.
        if [header.number, header.first_seq].iter().any(|count| !COUNTS.contains(count)) {
            return Err(unreadable());
        }
        if file_name(header.number) != name {
            return Err(Error::corruption(format!("{name} was written as {}", file_name(header.number))));
        }
        Ok(header)
    }
}

/// Magic and version are covered too: a flipped bit in the version is no later version. Later ones keep these 64 bytes so.
fn header_crc(bytes: &[u8; SEGMENT_HEADER]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..])
}

/// What a frame says of itself, beside its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// The batch that it belongs to.
    pub seq: u64,
    /// The batch through which all was synced when this frame was written.
    pub durable_through: u64,
    /// The length of its payload.
    pub len: u32,
    /// Its number within the batch.
    pub part: u32,
    /// Whether the batch ends with it.
    pub last: bool,
}

impl Frame {
    /// Reads a frame's header; none where there can be no frame.
    pub fn decode(bytes: &[u8]) -> Option<Frame> {
        let bytes: &[u8; FRAME_HEADER] = bytes.first_chunk()?;
        let (len, part) = (u32_at(bytes, 24), u32_at(bytes, 28));
        (bytes[..4] == MARKER && len as usize <= FRAME_LIMIT).then(|| Frame {
            seq: u64_at(bytes, 8),
            durable_through: u64_at(bytes, 16),
            len,
            part: part & !LAST_PART,
            last: part & LAST_PART != 0,
        })
    }

    /// What header and payload take together.
    pub fn bytes(&self) -> usize {
        FRAME_HEADER + self.len as usize
    }

    /// From the beginning of this frame to that of the next.
    pub fn stride(&self) -> usize {
        self.bytes().next_multiple_of(ALIGNMENT)
    }
}

/// What binds frames to their segment: the checksum of the environment's uuid and the segment's salt, which the checksum
/// of each frame goes on from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal(u32);

impl Seal {
    pub fn new(uuid: &Uuid, salt: u64) -> Seal {
        Seal(crc32c::crc32c_append(crc32c::crc32c(uuid), &salt.to_le_bytes()))
    }

    /// Appends a frame with this payload, padded.
    pub fn encode(self, frame: &Frame, payload: &[u8], to: &mut Vec<u8>) {
        let mut header = [0; FRAME_HEADER];
        header[..4].copy_from_slice(&MARKER);
        header[8..16].copy_from_slice(&frame.seq.to_le_bytes());
        header[16..24].copy_from_slice(&frame.durable_through.to_le_bytes());
        header[24..28].copy_from_slice(&frame.len.to_le_bytes());
        let part = if frame.last { frame.part | LAST_PART } else { frame.part };
        header[28..32].copy_from_slice(&part.to_le_bytes());
        let crc = self.crc(&header, payload);
        header[4..8].copy_from_slice(&crc.to_le_bytes());
        to.extend_from_slice(&header);
        to.extend_from_slice(payload);
        to.resize(to.len().next_multiple_of(ALIGNMENT), 0);
    }

    /// Whether `bytes`, header and payload, are those of a frame of this segment.
    pub fn verifies(self, bytes: &[u8]) -> bool {
        bytes
            .split_at_checked(FRAME_HEADER)
            .is_some_and(|(header, payload)| u32_at(header, 4) == self.crc(header, payload))
    }

    fn crc(self, header: &[u8], payload: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c_append(self.0, &header[8..]), payload)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
