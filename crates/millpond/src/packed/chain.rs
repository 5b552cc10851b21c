//! A snapshot with the increments that go on from it.

use super::entries::PackedIter;
use super::format::{PackedInfo, damaged};
use super::increment::{Changes, PackedChange, PackedIncrement};
use super::snapshot::PackedSnapshot;
use super::writer::PackedWriter;
use crate::error::{Error, Result};
use crate::range::Range;
use std::io::Write;

/// A snapshot and increments, each of which goes on from the one before.
#[derive(Debug)]
pub struct PackedChain {
    full: PackedSnapshot,
    increments: Vec<PackedIncrement>,
}

impl PackedChain {
    /// A snapshot alone.
    pub fn new(full: PackedSnapshot) -> PackedChain {
        PackedChain { full, increments: Vec::new() }
    }

    /// Goes on by an increment.
    ///
    /// # Errors
    /// [`Error::WrongBase`] for one that goes on from something else than the last one: nothing changed.
    pub fn push(&mut self, increment: PackedIncrement) -> Result<()> {
        let (base, last, id) = (increment.base(), self.info().id, increment.info().id);
        if base != last {
            return Err(Error::WrongBase { what: format!("increment {id} goes on from {base}, not from {last}") });
        }
        self.increments.push(increment);
        Ok(())
    }

    /// What the last one says of itself, and of the store with it.
    pub fn info(&self) -> &PackedInfo {
        self.increments.last().map_or(self.full.info(), PackedIncrement::info)
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.full.as_bytes().len() + self.increments.iter().map(PackedIncrement::bytes).sum::<usize>()
    }

    /// The entries of the store, in key order. After an error there are no more; a store of another size than the last
    /// increment says is one. O(entries of all of them).
    pub fn entries(&self) -> ChainEntries<'_> {
        static ALL: Range = Range::all();
        let mut layers = Layers::Full(self.full.iter(&ALL, false));
        for increment in &self.increments {
            layers = Layers::Changed(Box::new(Layer::new(layers, increment.changes())));
        }
        ChainEntries { layers, info: self.info(), len: 0, size_bytes: 0, is_done: false }
    }

    /// Packs what the chain comes to as one snapshot, under the id of the last of it, so that later increments go on from it.
    pub fn fold<W: Write>(&self, output: W) -> Result<W> {
        let mut writer = PackedWriter::new(output, self.info().clone())?;
        for entry in self.entries() {
            let (key, value) = entry?;
            writer.push(key, value)?;
        }
        writer.finish()
    }
}

type Entry<'a> = (&'a [u8], &'a [u8]);

/// The entries of a chain.
pub struct ChainEntries<'a> {
    layers: Layers<'a>,
    info: &'a PackedInfo,
    len: u64,
    size_bytes: u64,
    is_done: bool,
}

impl<'a> ChainEntries<'a> {
    fn step(&mut self) -> Result<Option<Entry<'a>>> {
        match self.layers.next()? {
            Some((key, value)) => {
                self.len += 1;
                self.size_bytes += (key.len() + value.len()) as u64;
                Ok(Some((key, value)))
            }
            None if (self.len, self.size_bytes) == (self.info.len, self.info.size_bytes) => Ok(None),
            None => Err(damaged("its entries are others than its last increment says")),
        }
    }
}

impl<'a> Iterator for ChainEntries<'a> {
    type Item = Result<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let step = self.step().transpose();
        self.is_done = !matches!(step, Some(Ok(_)));
        step
    }
}

/// What lies below an increment, or all of it.
enum Layers<'a> {
    Full(PackedIter<'a>),
    Changed(Box<Layer<'a>>),
}

impl<'a> Layers<'a> {
    fn next(&mut self) -> Result<Option<Entry<'a>>> {
        match self {
            Layers::Full(entries) => entries.next().transpose(),
            Layers::Changed(layer) => layer.next(),
        }
    }
}

/// An increment over what lies below it.
struct Layer<'a> {
    below: Layers<'a>,
    changes: Changes<'a>,
    /// What comes next of each, once it was looked at.
    entry: Option<Option<Entry<'a>>>,
    change: Option<Option<(&'a [u8], PackedChange<'a>)>>,
    /// Keys up to this one are gone from what lies below.
    gone: Option<&'a [u8]>,
}

impl<'a> Layer<'a> {
    fn new(below: Layers<'a>, changes: Changes<'a>) -> Layer<'a> {
        Layer { below, changes, entry: None, change: None, gone: None }
    }

    fn next(&mut self) -> Result<Option<Entry<'a>>> {
        loop {
            let entry = match self.entry {
                Some(entry) => entry,
                None => *self.entry.insert(self.below.next()?),
            };
            let change = match self.change {
                Some(change) => change,
                None => *self.change.insert(self.changes.next().transpose()?),
            };
            match (entry, change) {
                (None, None) => return Ok(None),
                (Some((key, value)), change) if change.is_none_or(|(changed, _)| key < changed) => {
                    self.entry = None;
                    if self.gone.is_none_or(|last| key > last) {
                        return Ok(Some((key, value)));
                    }
                }
                (entry, Some((key, change))) => {
                    self.change = None;
                    if entry.is_some_and(|(below, _)| below == key) {
                        self.entry = None;
                    }
                    match change {
                        PackedChange::Put(value) => return Ok(Some((key, value))),
                        PackedChange::Delete => {}
                        PackedChange::DeleteThrough(last) => self.gone = self.gone.max(Some(last)),
                    }
                }
                (Some(_), None) => unreachable!("an entry is less than no change"),
            }
        }
    }
}
