//! [`Checkpoint`]: reading a checkpoint.

use super::format::{BASE, OFFSET, STORE, TAIL_LEN, TableKind, damaged, read_table, read_tail, table_key};
use crate::error::{Error, Result};
use crate::packed::{PackedChain, PackedIncrement, PackedSnapshot, SnapshotId};
use crate::range::Range;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A longer chain is refused: reading one takes a step of the stack for each link.
const MOST_LINKS: usize = 1024;

/// A store of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointStore {
    /// Its name.
    pub name: String,
    /// What its owner says of its kind and codecs.
    pub definition: Vec<u8>,
}

/// A checkpoint, with those from which it goes on.
///
/// # Errors
/// [`Error::Corruption`] for bytes that are not what was written, at the latest when they are first read;
/// [`Error::WrongBase`] where a file does not go on from the one before.
#[derive(Debug)]
pub struct Checkpoint {
    /// The oldest first, the checkpoint itself last.
    links: Vec<Link>,
}

impl Checkpoint {
    /// Opens the files of a checkpoint, the oldest first: one that holds all, and those that hold what changed since. They are
    /// mapped: nobody may write to them as long as this lives.
    pub fn open<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Checkpoint> {
        let mut links: Vec<Link> = Vec::new();
        for path in paths {
            let link = Link::open(path.as_ref())?;
            if let Some(before) = links.last()
                && link.base()? != Some(before.id())
            {
                let what = format!("checkpoint {} does not go on from {}", link.id(), before.id());
                return Err(Error::WrongBase { what });
            }
            links.push(link);
            if links.len() > MOST_LINKS {
                return Err(damaged("it has more links than any has that is written here"));
            }
        }
        if links.is_empty() { Err(damaged("it has no files")) } else { Ok(Checkpoint { links }) }
    }

    fn newest(&self) -> &Link {
        &self.links[self.links.len() - 1]
    }

    /// Its name.
    pub fn id(&self) -> SnapshotId {
        self.newest().id()
    }

    /// When it was taken: milliseconds since the epoch.
    pub fn timestamp_ms(&self) -> i64 {
        self.newest().contents.info().timestamp_ms
    }

    /// The number of bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.links.iter().map(|link| link.bytes).sum()
    }

    /// By source, the next position to read.
    pub fn offsets(&self) -> Result<Vec<(String, u64)>> {
        self.newest().entries(OFFSET, |source, position| {
            let position = position.try_into().map_err(|_| damaged("an offset is no number"))?;
            Ok((source, u64::from_le_bytes(position)))
        })
    }

    /// The stores, by name.
    pub fn stores(&self) -> Result<Vec<CheckpointStore>> {
        self.newest().entries(STORE, |name, definition| Ok(CheckpointStore { name, definition: definition.to_vec() }))
    }

    /// Whether a store has a table of this kind.
    pub fn has_table(&self, store: &str, kind: TableKind) -> Result<bool> {
        self.newest().table(store, kind).map(|table| table.is_some())
    }

    /// What a table of a store holds; nothing where it has none of this kind.
    pub fn table(&self, store: &str, kind: TableKind) -> Result<Option<PackedChain>> {
        let mut increments = Vec::new();
        for link in self.links.iter().rev() {
            let Some((offset, len)) = link.table(store, kind)? else {
                let is_none = increments.is_empty();
                return if is_none { Ok(None) } else { Err(lost(store, link.id())) };
            };
            match PackedSnapshot::open_at(&link.path, offset, len) {
                Ok(full) => {
                    let mut chain = PackedChain::new(full);
                    increments.into_iter().rev().try_for_each(|increment| chain.push(increment))?;
                    return Ok(Some(chain));
                }
                Err(Error::WrongBase { .. }) => increments.push(PackedIncrement::open_at(&link.path, offset, len)?),
                Err(error) => return Err(error),
            }
        }
        Err(lost(store, self.links[0].id()))
    }
}

fn lost(store: &str, link: SnapshotId) -> Error {
    Error::WrongBase { what: format!("store {store}: what its increments go on from is not in checkpoint {link}") }
}

/// One file.
#[derive(Debug)]
struct Link {
    path: PathBuf,
    bytes: u64,
    contents: PackedSnapshot,
}

impl Link {
    fn open(path: &Path) -> Result<Link> {
        let failed = |error| Error::io(format!("open {}", path.display()), &error);
        let mut file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let mut tail = [0; TAIL_LEN];
        if bytes < TAIL_LEN as u64 {
            return Err(damaged("it is shorter than its tail"));
        }
        file.seek(SeekFrom::End(-(TAIL_LEN as i64))).and_then(|_| file.read_exact(&mut tail)).map_err(failed)?;
        let (offset, len) = read_tail(&tail, bytes)?;
        let contents = PackedSnapshot::open_at(path, offset, len)?;
        Ok(Link { path: path.to_owned(), bytes, contents })
    }

    fn id(&self) -> SnapshotId {
        self.contents.info().id
    }

    /// The checkpoint that its increments go on from.
    fn base(&self) -> Result<Option<SnapshotId>> {
        let id = |base: &[u8]| base.try_into().map(SnapshotId).map_err(|_| damaged("its base has no id"));
        self.contents.get(BASE)?.map(id).transpose()
    }

    fn table(&self, store: &str, kind: TableKind) -> Result<Option<(u64, u64)>> {
        self.contents.get(&table_key(store, kind))?.map(read_table).transpose()
    }

    /// The entries whose key begins with this letter, behind which a name follows.
    fn entries<T>(&self, letter: u8, read: impl Fn(String, &[u8]) -> Result<T>) -> Result<Vec<T>> {
        let range = Range::prefix(&[letter]);
        let entries = self.contents.iter(&range, false).map(|entry| {
            let (key, value) = entry?;
            let name = String::from_utf8(key[1..].to_vec()).map_err(|_| damaged("a name is no text"))?;
            read(name, value)
        });
        entries.collect()
    }
}
