//! The one error type of the crate.

/// A result with the crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong. Nothing changed in the store when one of these is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The key is longer than [`MAX_KEY_LEN`](crate::MAX_KEY_LEN).
    KeyTooLarge {
        /// Its length in bytes.
        len: usize,
        /// The longest that is taken.
        limit: usize,
    },
    /// The value is longer than [`MAX_VALUE_LEN`](crate::MAX_VALUE_LEN).
    ValueTooLarge {
        /// Its length in bytes.
        len: usize,
        /// The longest that is taken.
        limit: usize,
    },
    /// The [`Budget`](crate::Budget) has no room for this write.
    Full {
        /// The budget's limit in bytes.
        limit: usize,
    },
    /// The system has no memory left.
    OutOfMemory {
        /// What was asked for.
        bytes: usize,
    },
    /// A numeric update would leave the range of its type.
    Overflow,
    /// The stored value is not of the layout that a numeric update was given.
    WrongLayout {
        /// Its length in bytes.
        len: usize,
        /// The length that the update expects at least.
        expected: usize,
    },
}

impl Error {
    /// The stable code of the variant, as JavaScript shows it.
    pub fn code(&self) -> &'static str {
        match self {
            Error::KeyTooLarge { .. } | Error::ValueTooLarge { .. } => "ERR_MILLPOND_TOO_LARGE",
            Error::Full { .. } | Error::OutOfMemory { .. } => "ERR_MILLPOND_FULL",
            Error::Overflow => "ERR_MILLPOND_OVERFLOW",
            Error::WrongLayout { .. } => "ERR_MILLPOND_CORRUPTION",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::KeyTooLarge { len, limit } => write!(f, "a key of {len} bytes; the limit is {limit}"),
            Error::ValueTooLarge { len, limit } => write!(f, "a value of {len} bytes; the limit is {limit}"),
            Error::Full { limit } => write!(f, "the limit of {limit} bytes is reached"),
            Error::OutOfMemory { bytes } => write!(f, "the system has no memory for {bytes} bytes"),
            Error::Overflow => write!(f, "the result leaves the range of its type"),
            Error::WrongLayout { len, expected } => {
                write!(f, "a stored value of {len} bytes where {expected} are expected")
            }
        }
    }
}

impl std::error::Error for Error {}
