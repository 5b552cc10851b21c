//! What the hot functions return: a count or a length, or one of these.

use millpond::Error;

/// Kept in step with `src/native/status.ts`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Status {
    Missing = -1,
    Closed = -2,
    InvalidKey = -3,
    KeyTooLarge = -4,
    ValueTooLarge = -5,
    Full = -6,
    /// The key may hold a lone surrogate, which UTF-8 has no bytes for.
    MaybeIllFormed = -7,
    Overflow = -8,
    WrongLayout = -9,
    /// The value does not fit into the shared buffer.
    LargeValue = -10,
    ReadOnly = -11,
    Panic = -12,
    OutOfMemory = -13,
    TooManyOpen = -14,
    InvalidArgument = -15,
}

/// What a hot function returns.
pub type Outcome = Result<i32, Status>;

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        match error {
            Error::KeyTooLarge { .. } => Status::KeyTooLarge,
            Error::ValueTooLarge { .. } => Status::ValueTooLarge,
            Error::Full { .. } => Status::Full,
            Error::OutOfMemory { .. } => Status::OutOfMemory,
            Error::Overflow => Status::Overflow,
            Error::WrongLayout { .. } => Status::WrongLayout,
            _ => Status::InvalidArgument,
        }
    }
}
