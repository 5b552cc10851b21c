//! [`CheckpointWriter`]: writing a checkpoint.

use super::format::{BASE, OFFSET, STORE, TableKind, table_key, table_value, tail};
use crate::error::{Error, Result};
use crate::packed::{PackedInfo, PackedWriter, SnapshotId, milliseconds};
use crate::work::Work;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::SystemTime;

/// Writes a checkpoint from its beginning to its end: store by store, table by table.
pub struct CheckpointWriter<'w, W> {
    output: Output<'w, W>,
    contents: BTreeMap<Vec<u8>, Vec<u8>>,
    info: PackedInfo,
}

impl<'w, W: Write> CheckpointWriter<'w, W> {
    /// Begins a checkpoint of this name, of now. How far it is `work` shows, by which it can be called off.
    pub fn new(output: W, id: SnapshotId, work: &'w Work) -> Self {
        let contents = BTreeMap::new();
        let timestamp_ms = milliseconds(SystemTime::now());
        let info = PackedInfo { id, timestamp_ms, ..PackedInfo::default() };
        CheckpointWriter { output: Output { output, written: 0, work }, contents, info }
    }

    /// Some of its tables are increments, which go on from this checkpoint.
    pub fn set_base(&mut self, base: SnapshotId) {
        self.contents.insert(BASE.to_vec(), base.0.to_vec());
    }

    /// Adds a store, with its definition, whose tables follow.
    pub fn store(&mut self, name: &str, definition: &[u8]) {
        self.contents.insert([&[STORE], name.as_bytes()].concat(), definition.to_vec());
    }

    /// Adds a table by `pack`, which packs it, or its increment, down to what it is given.
    pub fn table(
        &mut self,
        store: &str,
        kind: TableKind,
        pack: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let begin = self.output.written;
        pack(&mut self.output).map_err(|error| self.output.reason(error))?;
        let place = table_value(begin, self.output.written - begin);
        self.contents.insert(table_key(store, kind), place.to_vec());
        Ok(())
    }

    /// The next position to read from a source.
    pub fn offset(&mut self, source: &str, position: u64) {
        self.contents.insert([&[OFFSET], source.as_bytes()].concat(), position.to_le_bytes().to_vec());
    }

    /// Ends the checkpoint; returns the output with all of it written, and the number of its bytes.
    pub fn finish(mut self) -> Result<(W, u64)> {
        let ended = self.end();
        ended.map_err(|error| self.output.reason(error))?;
        Ok((self.output.output, self.output.written))
    }

    fn end(&mut self) -> Result<()> {
        let begin = self.output.written;
        let mut writer = PackedWriter::new(&mut self.output, std::mem::take(&mut self.info))?;
        for (key, value) in &self.contents {
            writer.push(key, value)?;
        }
        writer.finish()?;
        let tail = tail(begin, self.output.written - begin);
        let written = self.output.write_all(&tail).and_then(|()| self.output.flush());
        written.map_err(|error| Error::io("write a checkpoint", &error))
    }
}

/// Counts what is written, and refuses more when the work is called off.
struct Output<'w, W> {
    output: W,
    written: u64,
    work: &'w Work,
}

impl<W> Output<'_, W> {
    /// Why it failed: that it was called off comes out of an output as a failure of it.
    fn reason(&self, error: Error) -> Error {
        if self.work.is_aborted() { Error::Aborted } else { error }
    }
}

impl<W: Write> Write for Output<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.output.write(bytes)?;
        self.written += len as u64;
        self.work.advance(len).map_err(io::Error::other)?;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
