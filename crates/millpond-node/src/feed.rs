//! Views that only this thread can read, on their way to another one that packs them: some rows at a time.

use crate::chunks::ChunkWriter;
use crate::jobs::{Ended, Job, Task};
use crate::status::Status;
use millpond::{
    CheckpointOptions, CheckpointSummary, CheckpointWriter, EnvironmentScan, Error, PackedInfo, PackedWriter, Range,
    Scan, Snapshot, StoreSnapshot, TableKind, Visit,
};
use std::collections::VecDeque;
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// So many bytes of rows are handed over at once, which takes a fraction of a millisecond; and so many times as many may wait.
const BATCH: usize = 256 << 10;
const MOST: usize = 4;

/// A table of a store at one moment.
pub enum TableView {
    Memory(Snapshot),
    Durable(Box<StoreSnapshot>),
}

/// A store at one moment.
pub struct StoreView {
    pub name: String,
    pub definition: Vec<u8>,
    pub tables: Vec<(TableKind, TableView)>,
}

/// Rows that are yet to be handed over.
pub struct Feed {
    tables: VecDeque<TableView>,
    scan: Option<TableScan>,
    sender: SyncSender<Batch>,
    /// A batch for which there was no room.
    held: Option<Batch>,
}

/// Rows of a table: lengths of key and value, key, value.
struct Batch {
    rows: Vec<u8>,
    ends_table: bool,
}

enum TableScan {
    Memory(Box<Scan>),
    Durable(Box<EnvironmentScan>),
}

/// What handing over came to; as numbers in `src/checkpoint/native-bytes.ts`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Done = 0,
    More = 1,
    /// Nobody takes more for now.
    Full = 2,
}

/// Where to hand rows over to, and what packs them, on another thread.
pub fn feed(stores: Vec<StoreView>, offsets: Vec<(String, u64)>, options: CheckpointOptions) -> (Feed, Task) {
    let (sender, rows) = sync_channel(MOST);
    let mut views = VecDeque::new();
    let mut named = Vec::new();
    for StoreView { name, definition, tables } in stores {
        let (kinds, tables): (Vec<_>, Vec<_>) = tables.into_iter().unzip();
        views.extend(tables);
        named.push((name, definition, kinds));
    }
    let pack: Task = Box::new(move |job| pack(named, offsets, options, &rows, job).map(Ended::Checkpoint));
    (Feed { tables: views, scan: None, sender, held: None }, pack)
}

impl Feed {
    /// Hands over some rows.
    pub fn step(&mut self) -> Result<Step, Status> {
        let batch = match self.held.take() {
            Some(batch) => batch,
            None if self.scan.is_none() && self.tables.is_empty() => return Ok(Step::Done),
            None => self.batch()?,
        };
        match self.sender.try_send(batch) {
            Ok(()) => Ok(Step::More),
            Err(TrySendError::Full(batch)) => {
                self.held = Some(batch);
                Ok(Step::Full)
            }
            // It failed, or was called off: that is what the job says.
            Err(TrySendError::Disconnected(_)) => Ok(Step::Done),
        }
    }

    /// The next rows of the table that comes first.
    fn batch(&mut self) -> Result<Batch, Status> {
        let mut rows = Vec::new();
        let take = |key: &[u8], value: &[u8]| {
            if !rows.is_empty() && rows.len() + key.len() + value.len() > BATCH {
                return Visit::Full;
            }
            rows.extend_from_slice(&(key.len() as u32).to_le_bytes());
            rows.extend_from_slice(&(value.len() as u32).to_le_bytes());
            rows.extend_from_slice(key);
            rows.extend_from_slice(value);
            Visit::Next
        };
        let has_more = match (&mut self.scan, self.tables.front()) {
            (Some(TableScan::Memory(scan)), _) => scan.resume(take),
            (Some(TableScan::Durable(scan)), _) => scan.resume(take)?,
            (None, Some(TableView::Memory(view))) => {
                self.scan = view.scan_some(Range::all(), false, take).map(|scan| TableScan::Memory(Box::new(scan)));
                self.scan.is_some()
            }
            (None, Some(TableView::Durable(view))) => {
                self.scan = view.scan_some(Range::all(), false, take)?.map(|scan| TableScan::Durable(Box::new(scan)));
                self.scan.is_some()
            }
            (None, None) => false,
        };
        if !has_more {
            self.scan = None;
            self.tables.pop_front();
        }
        Ok(Batch { rows, ends_table: !has_more })
    }
}

type Named = (String, Vec<u8>, Vec<TableKind>);

/// On another thread.
fn pack(
    stores: Vec<Named>,
    offsets: Vec<(String, u64)>,
    CheckpointOptions { id, .. }: CheckpointOptions,
    batches: &Receiver<Batch>,
    job: &Job,
) -> Result<CheckpointSummary, Error> {
    let output = ChunkWriter::new(&job.chunks, &job.work);
    let mut writer = CheckpointWriter::new(output, id, &job.work);
    offsets.iter().for_each(|(source, position)| writer.offset(source, *position));
    for (name, definition, kinds) in stores {
        writer.store(&name, &definition);
        for kind in kinds {
            let info = PackedInfo { name: name.clone(), ..PackedInfo::default() };
            writer.table(&name, kind, |output| pack_table(output, info, batches))?;
        }
    }
    let (_, bytes) = writer.finish()?;
    Ok(CheckpointSummary { base: None, bytes, offsets })
}

fn pack_table(output: &mut dyn Write, info: PackedInfo, batches: &Receiver<Batch>) -> Result<(), Error> {
    let mut writer = PackedWriter::new(output, info)?;
    loop {
        // Nobody hands over any more: it was called off.
        let Batch { rows, ends_table } = batches.recv().map_err(|_| Error::Aborted)?;
        let mut rest = &rows[..];
        while let Some((key, value)) = next_row(&mut rest) {
            writer.push(key, value)?;
        }
        if ends_table {
            return writer.finish().map(drop);
        }
    }
}

fn next_row<'r>(rest: &mut &'r [u8]) -> Option<(&'r [u8], &'r [u8])> {
    let (key_len, behind) = rest.split_first_chunk()?;
    let (value_len, behind) = behind.split_first_chunk()?;
    let (key, behind) = behind.split_at_checked(u32::from_le_bytes(*key_len) as usize)?;
    let (value, behind) = behind.split_at_checked(u32::from_le_bytes(*value_len) as usize)?;
    *rest = behind;
    Some((key, value))
}
