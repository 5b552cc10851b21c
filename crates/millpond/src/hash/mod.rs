//! The hash engine: the tree of the sorted engine, whose entries stand out of line each with its key, and a table that leads
//! to them by the hash of the key.
//!
//! The tree alone says what is in the store: snapshots, scans, transactions and limits are those of the sorted engine, and a
//! [`Snapshot`](crate::Snapshot) is the same type. The table saves the way through it: a get is one probe and one record; so
//! is an overwrite, where no snapshot sees the record and the new value fits in the old one's place.
//!
//! | file | what it holds |
//! |---|---|
//! | `table` | from a key to its record |
//! | `entries` | the tree and the table, kept in agreement |

mod entries;
mod table;

use crate::memory::MemoryStore;
use entries::Hashed;

/// The hash engine: a look-up, and an overwrite in place, are O(1), and put and delete of a key O(log n), as its sorted index
/// is kept with it. Scans, snapshots and all else are those of [`InMemoryStore`](crate::InMemoryStore), at the price of a
/// cache miss for each entry of a scan.
///
/// The hash is keyed at random, so that nobody can choose keys that collide.
///
/// ```
/// use millpond::{HashStore, InMemoryStore, Range};
///
/// let mut store = HashStore::new();
/// store.put(b"user:2", b"bob")?;
/// store.put(b"user:1", b"alice")?;
/// assert_eq!(store.get_ref(b"user:1"), Some(&b"alice"[..]));
/// assert_eq!(store.iter(&Range::prefix(b"user:"), false).count(), 2);
///
/// let mut sorted = InMemoryStore::new();
/// sorted.restore(&store.snapshot())?;
/// assert_eq!(sorted.len(), 2);
/// # Ok::<(), millpond::Error>(())
/// ```
pub type HashStore = MemoryStore<Hashed>;

/// [`HashStore`] under the name that users of other engines know it by.
pub type AHashMapStore = HashStore;
