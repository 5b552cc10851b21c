//! What the hot functions return: a count or a length, or one of these.

use millpond::Error;
use std::cell::RefCell;

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
    // Of these the last error's text says more: see `last_error`.
    Io = -16,
    DiskFull = -17,
    Corruption = -18,
    Poisoned = -19,
    Locked = -20,
    Busy = -21,
    Unusable = -22,
    TransactionTooLarge = -23,
    TooManyStores = -24,
    Aborted = -25,
    MapFull = -26,
    WrongBase = -27,
}

/// What a hot function returns.
pub type Outcome = Result<i32, Status>;

thread_local! {
    /// What the last error of this thread had to say.
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the last error of this thread that has a text had to say.
pub fn last_error() -> String {
    LAST_ERROR.with_borrow(String::clone)
}

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        Status::from(&error)
    }
}

impl From<&Error> for Status {
    fn from(error: &Error) -> Status {
        match error {
            Error::KeyTooLarge { .. } => Status::KeyTooLarge,
            Error::ValueTooLarge { .. } => Status::ValueTooLarge,
            Error::Full { .. } => Status::Full,
            Error::OutOfMemory { .. } => Status::OutOfMemory,
            Error::Overflow => Status::Overflow,
            Error::WrongLayout { .. } => Status::WrongLayout,
            other => with_text(other),
        }
    }
}

/// The status of an error whose text is kept for JavaScript.
#[cold]
fn with_text(error: &Error) -> Status {
    LAST_ERROR.set(error.to_string());
    match error {
        error if error.is_disk_full() => Status::DiskFull,
        Error::Io { .. } => Status::Io,
        Error::Corruption { .. } => Status::Corruption,
        Error::WrongBase { .. } => Status::WrongBase,
        Error::Poisoned => Status::Poisoned,
        Error::Locked { .. } => Status::Locked,
        Error::Busy { .. } => Status::Busy,
        Error::Unusable { .. } => Status::Unusable,
        Error::TransactionTooLarge { .. } => Status::TransactionTooLarge,
        Error::TooManyStores { .. } => Status::TooManyStores,
        Error::Aborted => Status::Aborted,
        Error::MapFull => Status::MapFull,
        _ => Status::InvalidArgument,
    }
}
