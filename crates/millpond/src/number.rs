//! Numbers in values of fixed layout, changed in place.
//!
//! They stand as the codecs write them: big-endian, and so that bytes sort as numbers do: `i64` with its sign bit
//! flipped, `f64` with its sign bit flipped if it is positive and all bits flipped if not.

use crate::error::{Error, Result};

/// A number, as a value or a field holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Four bytes.
    U32(u32),
    /// Eight bytes.
    U64(u64),
    /// Eight bytes.
    I64(i64),
    /// Eight bytes. Never NaN; a zero has no sign.
    F64(f64),
}

const SIGN: u64 = 1 << 63;

impl Number {
    /// The zero of the same type.
    pub(crate) fn zero(self) -> Number {
        match self {
            Number::U32(_) => Number::U32(0),
            Number::U64(_) => Number::U64(0),
            Number::I64(_) => Number::I64(0),
            Number::F64(_) => Number::F64(0.0),
        }
    }

    /// How many bytes it takes.
    pub fn width(self) -> usize {
        if let Number::U32(_) = self { 4 } else { 8 }
    }

    /// Reads a number of the same type as this one.
    pub fn read_like(self, bytes: &[u8]) -> Result<Number> {
        let wrong = Error::WrongLayout { len: bytes.len(), expected: self.width() };
        if let Number::U32(_) = self {
            return Ok(Number::U32(u32::from_be_bytes(bytes.try_into().map_err(|_| wrong)?)));
        }
        let bits = u64::from_be_bytes(bytes.try_into().map_err(|_| wrong)?);
        Ok(match self {
            Number::U32(_) | Number::U64(_) => Number::U64(bits),
            Number::I64(_) => Number::I64((bits ^ SIGN) as i64),
            Number::F64(_) => Number::F64(f64::from_bits(if bits & SIGN != 0 { bits ^ SIGN } else { !bits })),
        })
    }

    /// Writes it; `bytes` is as long as it is wide.
    pub fn write(self, bytes: &mut [u8]) {
        match self {
            Number::U32(value) => bytes.copy_from_slice(&value.to_be_bytes()),
            Number::U64(value) => bytes.copy_from_slice(&value.to_be_bytes()),
            Number::I64(value) => bytes.copy_from_slice(&(value as u64 ^ SIGN).to_be_bytes()),
            Number::F64(value) => {
                // A negative zero becomes a positive one: equal numbers have equal bytes.
                let bits = (value + 0.0).to_bits();
                bytes.copy_from_slice(&(if bits & SIGN == 0 { bits | SIGN } else { !bits }).to_be_bytes());
            }
        }
    }

    /// The sum; [`Error::Overflow`] beyond the range of the type, or where floating-point numbers give no number.
    pub(crate) fn plus(self, other: Number) -> Result<Number> {
        let sum = match (self, other) {
            (Number::U32(a), Number::U32(b)) => a.checked_add(b).map(Number::U32),
            (Number::U64(a), Number::U64(b)) => a.checked_add(b).map(Number::U64),
            (Number::I64(a), Number::I64(b)) => a.checked_add(b).map(Number::I64),
            (Number::F64(a), Number::F64(b)) => Some(a + b).filter(|sum| !sum.is_nan()).map(Number::F64),
            _ => None,
        };
        sum.ok_or(Error::Overflow)
    }

    /// The difference, of unsigned numbers; [`Error::Overflow`] below 0.
    pub(crate) fn minus(self, other: Number) -> Result<Number> {
        let difference = match (self, other) {
            (Number::U32(a), Number::U32(b)) => a.checked_sub(b).map(Number::U32),
            (Number::U64(a), Number::U64(b)) => a.checked_sub(b).map(Number::U64),
            _ => None,
        };
        difference.ok_or(Error::Overflow)
    }
}

/// How one number changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'a> {
    /// By adding.
    Add(Number),
    /// By subtracting, for the unsigned types.
    Subtract(Number),
    /// To the larger one.
    Max(Number),
    /// To the smaller one.
    Min(Number),
    /// To these bytes, whatever they mean.
    Set(&'a [u8]),
}

impl Change<'_> {
    /// How many bytes it reads and writes.
    pub fn width(&self) -> usize {
        match self {
            Change::Add(number) | Change::Subtract(number) | Change::Max(number) | Change::Min(number) => {
                number.width()
            }
            Change::Set(bytes) => bytes.len(),
        }
    }

    /// Writes the outcome into `target`, which holds what was there.
    fn apply(&self, target: &mut [u8]) -> Result<()> {
        match *self {
            Change::Add(number) => number.read_like(target)?.plus(number)?.write(target),
            Change::Subtract(number) => number.read_like(target)?.minus(number)?.write(target),
            // The encodings sort as the numbers do, so the bytes are compared.
            Change::Max(number) => keep(target, number, |old, new| new > old),
            Change::Min(number) => keep(target, number, |old, new| new < old),
            Change::Set(bytes) => target.copy_from_slice(bytes),
        }
        Ok(())
    }
}

fn keep(target: &mut [u8], number: Number, better: impl Fn(&[u8], &[u8]) -> bool) {
    let mut bytes = [0; 8];
    let bytes = &mut bytes[..number.width()];
    number.write(bytes);
    if better(target, bytes) {
        target.copy_from_slice(bytes);
    }
}

/// A change of the bytes at `offset` of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldChange<'a> {
    /// Where the field begins in the value.
    pub offset: usize,
    /// What happens to it.
    pub change: Change<'a>,
}

/// Applies the changes in their order: all of them, or none if one fails.
pub(crate) fn apply_all(value: &mut [u8], changes: &[FieldChange], before: &mut Vec<u8>) -> Result<()> {
    require_room(value, changes)?;
    before.clear();
    before.extend_from_slice(value);
    for field in changes {
        let target = &mut value[field.offset..field.offset + field.change.width()];
        if let Err(error) = field.change.apply(target) {
            value.copy_from_slice(before);
            return Err(error);
        }
    }
    Ok(())
}

/// The first value of a key of which fields were to be changed: `blank`, with zeros for numbers, where each field that is named
/// takes its operand.
pub(crate) fn first_value(blank: &[u8], changes: &[FieldChange]) -> Result<Vec<u8>> {
    let mut value = blank.to_vec();
    apply_first(&mut value, changes)?;
    Ok(value)
}

/// Makes a first value of a blank one. An error leaves it half done.
pub(crate) fn apply_first(blank: &mut [u8], changes: &[FieldChange]) -> Result<()> {
    require_room(blank, changes)?;
    for FieldChange { offset, change } in changes {
        let first = match *change {
            Change::Max(number) | Change::Min(number) => Change::Add(number),
            change => change,
        };
        first.apply(&mut blank[*offset..offset + first.width()])?;
    }
    Ok(())
}

fn require_room(value: &[u8], changes: &[FieldChange]) -> Result<()> {
    let expected = changes.iter().map(|field| field.offset + field.change.width()).max().unwrap_or(0);
    if value.len() < expected { Err(Error::WrongLayout { len: value.len(), expected }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(number: Number) -> Vec<u8> {
        let mut bytes = vec![0; number.width()];
        number.write(&mut bytes);
        bytes
    }

    #[test]
    fn numbers_read_back_and_sort_as_they_do() {
        let signed = [i64::MIN, -1, 0, 1, i64::MAX].map(Number::I64);
        let floats = [f64::NEG_INFINITY, -1.5, -0.0, 0.5, 1e300, f64::INFINITY].map(Number::F64);
        for numbers in [&signed[..], &floats[..]] {
            assert!(numbers.iter().map(|&number| bytes(number)).is_sorted_by(|a, b| a < b));
            for &number in numbers {
                assert_eq!(number.read_like(&bytes(number)), Ok(number));
            }
        }
    }

    #[test]
    fn equal_zeros_have_equal_bytes() {
        assert_eq!(bytes(Number::F64(-0.0)), bytes(Number::F64(0.0)));
    }

    #[test]
    fn a_change_that_fails_takes_back_those_before_it() {
        let mut value = [bytes(Number::U32(1)), bytes(Number::U32(u32::MAX))].concat();
        let before = value.clone();
        let add = |offset| FieldChange { offset, change: Change::Add(Number::U32(1)) };
        assert_eq!(apply_all(&mut value, &[add(0), add(4)], &mut Vec::new()), Err(Error::Overflow));
        assert_eq!(value, before);
        assert_eq!(
            apply_all(&mut value, &[add(0), add(8)], &mut Vec::new()).map_err(|error| error.code()),
            Err("ERR_MILLPOND_CORRUPTION")
        );
        assert_eq!(value, before);
    }

    #[test]
    fn what_is_no_number_is_an_overflow() {
        let mut value = bytes(Number::F64(f64::INFINITY));
        let change = FieldChange { offset: 0, change: Change::Add(Number::F64(f64::NEG_INFINITY)) };
        assert_eq!(apply_all(&mut value, &[change], &mut Vec::new()), Err(Error::Overflow));
    }

    #[test]
    fn the_larger_and_the_smaller_are_kept() {
        let mut value = bytes(Number::I64(-3));
        let change = |change| FieldChange { offset: 0, change };
        apply_all(&mut value, &[change(Change::Max(Number::I64(-5)))], &mut Vec::new()).expect("max");
        assert_eq!(value, bytes(Number::I64(-3)));
        apply_all(&mut value, &[change(Change::Min(Number::I64(-5)))], &mut Vec::new()).expect("min");
        assert_eq!(value, bytes(Number::I64(-5)));
    }
}
