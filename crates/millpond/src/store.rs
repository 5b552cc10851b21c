//! The seam between engines and everything above them.

use crate::error::Result;
use crate::range::Range;
#[cfg(feature = "rkyv")]
use crate::typed::{self, FromTyped, ToTyped};
use bytes::Bytes;

/// An engine: a sorted map from bytes to bytes.
///
/// # Ordering
/// Keys are in unsigned byte order, in every engine alike.
///
/// # Concurrency
/// One thread writes; a store may be moved to another thread, not shared. Snapshots may be read on any.
///
/// # Durability
/// What a durable engine promises it says itself. Here `flush` alone counts: what was written before is durable after.
///
/// # Errors
/// A call that fails changed nothing. What a memory engine cannot fail at it offers without a `Result` too, as methods
/// of its own.
pub trait StateStore: Send {
    /// What [`snapshot`](StateStore::snapshot) gives.
    type Snapshot: Send + Sync
    where
        Self: Sized;

    /// A copy of the value of `key`. O(log n).
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>>;

    /// The value of `key` without a copy, where the engine has values in memory of its own; others give nothing, and
    /// [`get`](StateStore::get) says more.
    fn get_ref(&self, _key: &[u8]) -> Option<&[u8]> {
        None
    }

    /// Copies `key` and `value` into the store, in place of an earlier value. O(log n).
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()>;

    /// Removes `key`; one that is not there is no error. O(log n).
    fn delete(&mut self, key: &[u8]) -> Result<()>;

    /// Whether `key` is there. O(log n).
    fn contains(&self, key: &[u8]) -> Result<bool>;

    /// The entries of a range in key order, or the other way round. O(log n + k).
    fn scan<'a>(&'a self, range: &'a Range, reverse: bool) -> Box<dyn Iterator<Item = Result<(Bytes, Bytes)>> + 'a>;

    /// Removes the entries of a range and returns their number. O(log n + k).
    fn delete_range(&mut self, range: &Range) -> Result<usize>;

    /// The number of entries, exact.
    fn len(&self) -> usize;

    /// Whether there are no entries.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of the lengths of all keys and values, exact.
    fn size_bytes(&self) -> usize;

    /// Removes everything.
    fn clear(&mut self) -> Result<()>;

    /// Makes what was written so far durable; nothing to do in memory.
    fn flush(&mut self) -> Result<()>;

    /// The value of `key`, which is `default` now if there was none. O(log n).
    fn get_or_insert(&mut self, key: &[u8], default: &[u8]) -> Result<Bytes> {
        if let Some(value) = self.get(key)? {
            return Ok(value);
        }
        self.put(key, default)?;
        Ok(Bytes::copy_from_slice(default))
    }

    /// A view of this moment.
    fn snapshot(&mut self) -> Result<Self::Snapshot>
    where
        Self: Sized;

    /// Replaces everything by what the snapshot holds.
    fn restore(&mut self, snapshot: &Self::Snapshot) -> Result<()>
    where
        Self: Sized;
}

/// What can be done with any [`StateStore`], beside what it must do itself.
pub trait StateStoreExt: StateStore {
    /// Replaces the value of `key` by what `f` makes of it; nothing returned deletes it. Returns the new value.
    fn update(&mut self, key: &[u8], f: impl FnOnce(Option<Bytes>) -> Option<Vec<u8>>) -> Result<Option<Bytes>> {
        let before = self.get(key)?;
        let existed = before.is_some();
        let after = f(before).map(Bytes::from);
        match &after {
            Some(value) => self.put(key, value)?,
            None if existed => self.delete(key)?,
            None => {}
        }
        Ok(after)
    }

    /// Stores a value of a type that derives rkyv's `Archive` and `Serialize`, with a tag of the type.
    ///
    /// The tag is of the type's full name: a type that is renamed or moves to another module is another one.
    ///
    /// # Errors
    /// [`Error::Serialization`](crate::Error::Serialization), and those of [`put`](StateStore::put).
    #[cfg(feature = "rkyv")]
    fn put_typed<T: ToTyped>(&mut self, key: &[u8], value: &T) -> Result<()> {
        self.put(key, &typed::encode(value)?)
    }

    /// The value that [`put_typed`](StateStoreExt::put_typed) stored. Its bytes are checked, all of them.
    ///
    /// # Errors
    /// [`Error::WrongType`](crate::Error::WrongType) where it is a value of another type, or bytes that were put as they are;
    /// [`Error::Deserialization`](crate::Error::Deserialization) where it is one of this type and has changed.
    ///
    /// ```
    /// use millpond::{Error, InMemoryStore, StateStoreExt};
    ///
    /// #[derive(rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
    /// struct Counter {
    ///     value: u64,
    /// }
    ///
    /// let mut store = InMemoryStore::new();
    /// store.put_typed(b"count", &Counter { value: 42 })?;
    /// let count: Counter = store.get_typed(b"count")?.expect("there");
    /// assert_eq!(count.value, 42);
    /// assert!(matches!(store.get_typed::<u64>(b"count"), Err(Error::WrongType { .. })));
    /// # Ok::<(), Error>(())
    /// ```
    #[cfg(feature = "rkyv")]
    fn get_typed<T: FromTyped>(&self, key: &[u8]) -> Result<Option<T>> {
        if let Some(stored) = self.get_ref(key) {
            return typed::decode(stored).map(Some);
        }
        self.get(key)?.map(|stored| typed::decode(&stored)).transpose()
    }

    /// The entries that begin with `prefix`, in key order.
    fn prefix_scan(&self, prefix: &[u8]) -> Result<Vec<(Bytes, Bytes)>> {
        self.scan(&Range::prefix(prefix), false).collect()
    }

    /// The entries with `start` ≤ key < `end`, in key order.
    fn range_scan(&self, range: std::ops::Range<&[u8]>) -> Result<Vec<(Bytes, Bytes)>> {
        self.scan(&Range::half_open(range.start, range.end), false).collect()
    }
}

impl<S: StateStore + ?Sized> StateStoreExt for S {}
