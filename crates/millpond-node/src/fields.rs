//! Changes of numbers and fields as JavaScript writes them.

use crate::buffer::SharedBuffer;
use crate::status::Status;
use millpond::{Change, FieldChange, Number};
use smallvec::SmallVec;

/// Operation, number type, operand length and offset come before each operand.
const HEADER: usize = 8;

/// A number of the type that JavaScript calls `kind`.
pub fn like(kind: u32) -> Result<Number, Status> {
    match kind {
        0 => Ok(Number::U32(0)),
        1 => Ok(Number::U64(0)),
        2 => Ok(Number::I64(0)),
        3 => Ok(Number::F64(0.0)),
        _ => Err(Status::InvalidArgument),
    }
}

/// The number to add that stands at `at` in the shared buffer, and whether it is to be taken away: `kind` is its type, and 16
/// more for that.
#[inline(always)]
pub fn operand(buffer: &SharedBuffer, kind: u32, at: usize) -> Result<(Number, bool), Status> {
    let like = like(kind % 16)?;
    let operand = buffer.get(at, at + like.width()).ok_or(Status::InvalidArgument)?;
    Ok((like.read_like(operand)?, kind >= 16))
}

/// Writes a sum in the operand's place; returns its width.
#[inline(always)]
pub fn answer(buffer: &SharedBuffer, at: usize, sum: Number) -> i32 {
    let mut bytes = [0; 8];
    sum.write(&mut bytes[..sum.width()]);
    buffer.put(at, &bytes[..sum.width()]);
    sum.width() as i32
}

/// Reads `operation u8, kind u8, length u16, offset u32, operand` as often as it stands there, little-endian.
pub fn decode(mut bytes: &[u8]) -> Result<SmallVec<[FieldChange<'_>; 8]>, Status> {
    // Most calls change a few fields: no memory is asked for.
    let mut changes = SmallVec::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() {
        let [operation, kind, len @ .., _, _, _, _] = *header;
        let offset = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let len = u16::from_le_bytes(len) as usize;
        let (operand, rest) = rest.split_at_checked(len).ok_or(Status::InvalidArgument)?;
        let number = || Ok::<_, Status>(like(kind as u32)?.read_like(operand)?);
        let change = match operation {
            0 => Change::Add(number()?),
            1 => Change::Subtract(number()?),
            2 => Change::Max(number()?),
            3 => Change::Min(number()?),
            4 => Change::Set(operand),
            _ => return Err(Status::InvalidArgument),
        };
        changes.push(FieldChange { offset, change });
        bytes = rest;
    }
    if bytes.is_empty() { Ok(changes) } else { Err(Status::InvalidArgument) }
}
