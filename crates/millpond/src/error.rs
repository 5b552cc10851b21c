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
    /// The system refused something asked of a file.
    Io {
        /// What was asked for, as "write to wal-0000000000000001.log".
        what: String,
        /// The system's error number; 0 where it gave none.
        errno: i32,
    },
    /// Stored bytes are not what was written.
    Corruption {
        /// Which bytes, and what is wrong with them.
        what: String,
    },
    /// An increment goes on from another snapshot than the one that it was laid over.
    WrongBase {
        /// Which, and from what it goes on.
        what: String,
    },
    /// A stored value is not of the type that was asked for.
    WrongType {
        /// The type that was asked for.
        expected: &'static str,
    },
    /// A value can't be made into bytes.
    Serialization {
        /// Of which type, and why.
        what: String,
    },
    /// Bytes of a value of the right type are not what was written.
    Deserialization {
        /// Of which type, and why.
        what: String,
    },
    /// A sync failed, and nobody knows what of the last writes is on the disk. The environment takes no more writes until
    /// it is opened anew.
    Poisoned,
    /// Another thread or process has the directory open for writing.
    Locked {
        /// Its process id, if it is known.
        holder: Option<u32>,
    },
    /// Not possible while others use the directory.
    Busy {
        /// Who is in the way.
        what: String,
    },
    /// The directory is not one of ours, or of a later version, or can't be used.
    Unusable {
        /// Why.
        what: String,
    },
    /// A transaction would become larger than its limit.
    TransactionTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More stores than the environment was opened for.
    TooManyStores {
        /// The limit.
        limit: usize,
    },
    /// Too many bytes wait for the disk.
    Backpressure {
        /// The limit in bytes.
        limit: usize,
    },
    /// The directory holds as much as its limit allows.
    MapFull,
    /// The caller called it off.
    Aborted,
}

/// [`enum@Error`] under the name that users of other state stores know it by.
pub type StateError = Error;

/// What the system says of a full disk, and of a quota that is used up.
#[cfg(unix)]
const DISK_FULL: [i32; 2] = [libc::ENOSPC, libc::EDQUOT];
#[cfg(not(unix))]
const DISK_FULL: [i32; 2] = [112, 1295];

impl Error {
    /// The error of a system call.
    pub(crate) fn io(what: impl Into<String>, error: &std::io::Error) -> Error {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let errno = error.raw_os_error().unwrap_or(if full { DISK_FULL[0] } else { 0 });
        Error::Io { what: what.into(), errno }
    }

    /// Stored bytes are not what was written.
    pub(crate) fn corruption(what: impl Into<String>) -> Error {
        Error::Corruption { what: what.into() }
    }

    /// Whether the disk, or the quota on it, is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Error::Io { errno, .. } if DISK_FULL.contains(errno))
    }

    /// The stable code of the variant, as JavaScript shows it.
    pub fn code(&self) -> &'static str {
        match self {
            Error::KeyTooLarge { .. } | Error::ValueTooLarge { .. } => "ERR_MILLPOND_TOO_LARGE",
            Error::Full { .. } | Error::OutOfMemory { .. } | Error::MapFull => "ERR_MILLPOND_FULL",
            Error::Overflow => "ERR_MILLPOND_OVERFLOW",
            Error::WrongLayout { .. }
            | Error::Corruption { .. }
            | Error::WrongType { .. }
            | Error::Deserialization { .. } => "ERR_MILLPOND_CORRUPTION",
            Error::WrongBase { .. } => "ERR_MILLPOND_WRONG_BASE",
            Error::Serialization { .. } => "ERR_MILLPOND_CODEC",
            Error::Io { .. } if self.is_disk_full() => "ERR_MILLPOND_FULL",
            Error::Io { .. } => "ERR_MILLPOND_IO",
            Error::Poisoned => "ERR_MILLPOND_POISONED",
            Error::Locked { .. } => "ERR_MILLPOND_LOCKED",
            Error::Busy { .. } => "ERR_MILLPOND_BUSY",
            Error::Unusable { .. } => "ERR_MILLPOND_UNUSABLE",
            Error::TransactionTooLarge { .. } => "ERR_MILLPOND_TRANSACTION_TOO_LARGE",
            Error::TooManyStores { .. } => "ERR_MILLPOND_TOO_MANY_STORES",
            Error::Backpressure { .. } => "ERR_MILLPOND_BACKPRESSURE",
            Error::Aborted => "ERR_MILLPOND_ABORTED",
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
            Error::Io { what, errno: 0 } => write!(f, "{what} failed"),
            Error::Io { what, errno } => write!(f, "{what}: {}", std::io::Error::from_raw_os_error(*errno)),
            Error::WrongType { expected } => write!(f, "a stored value of another type than {expected}"),
            Error::Corruption { what }
            | Error::WrongBase { what }
            | Error::Serialization { what }
            | Error::Deserialization { what }
            | Error::Busy { what }
            | Error::Unusable { what } => f.write_str(what),
            Error::Poisoned => {
                f.write_str("a sync failed: nobody knows what of the last writes is on the disk; close and open again")
            }
            Error::Locked { holder: Some(pid) } => write!(f, "open for writing in process {pid}"),
            Error::Locked { holder: None } => f.write_str("open for writing elsewhere"),
            Error::TransactionTooLarge { limit } => write!(f, "a transaction of more than {limit} bytes"),
            Error::TooManyStores { limit } => write!(f, "there are {limit} stores, as many as the limit allows"),
            Error::Backpressure { limit } => write!(f, "more than {limit} bytes wait for the disk"),
            Error::MapFull => f.write_str("the directory holds as much as mapSize allows"),
            Error::Aborted => f.write_str("called off"),
        }
    }
}

impl std::error::Error for Error {}
