//! What a windowed store has to know beside its rows: the latest time and how long rows are.
//!
//! It is kept in a note in the index, which is written with the first row, and then only where the rows don't say it any more:
//! when the row that set the stream time goes, and when a row is of another length than any before.
//!
//! ```text
//! u64   the stream time, biased by 2^63; 0 for none
//! u64   windows: the shortest length of a row; sessions: a power of two that no length is above. Biased as well
//! ```

use super::tables::{Depth, Table, Tables, WriteTables};
use crate::error::Result;
use crate::key::Layout;
use crate::memory::Visit;
use crate::range::Range;
use std::ops::Bound;

/// The note's key: shorter than any entry of the index, and before all of them.
const KEY: [u8; 1] = [0];

/// What a windowed store knows of its rows together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    /// The largest start of a window, or end of a session, that was ever put.
    pub stream_time: Option<i64>,
    /// As far as the note says.
    noted: Option<i64>,
    /// Whether there is a note: from the first row on, so that later ones stand in its place and need no room.
    exists: bool,
    /// Windows: no row is shorter. Sessions: no row is longer.
    pub span: i64,
}

impl Meta {
    /// Reads what there is to know of the rows of `tables`. `window_size` is how long windows are that nobody says it of.
    pub fn load<T: Tables>(tables: &mut T, layout: Layout, window_size: i64) -> Result<Meta> {
        let default_span = if layout == Layout::Sessions { 0 } else { window_size };
        let mut meta = Meta { stream_time: None, noted: None, exists: false, span: default_span };
        tables.scan(Table::Index, &Range::inclusive(&KEY, &KEY), false, Depth::Any, |_, note| {
            if let Some((time, span)) = read(note) {
                (meta.noted, meta.span, meta.exists) = (time, span, true);
            }
            Visit::Done
        })?;
        meta.stream_time = meta.noted.max(latest(tables)?);
        Ok(meta)
    }

    /// Takes note of a row that is put. What is written goes with the same batch.
    #[inline(always)]
    pub fn put<T: WriteTables>(&mut self, tables: &mut T, layout: Layout, start: i64, end: i64) -> Result<()> {
        let span = end - start;
        let is_known = if layout == Layout::Sessions { span <= self.span } else { span >= self.span };
        if !is_known || !self.exists {
            let span = if is_known { self.span } else { span };
            let is_session = layout == Layout::Sessions;
            let span = if is_session && !is_known { (span as u64).next_power_of_two() as i64 } else { span };
            self.write(tables, Meta { span, ..*self })?;
        }
        Ok(())
    }

    /// Moves the stream time on to that of a row that was put.
    #[inline(always)]
    pub fn advance(&mut self, time: i64) {
        self.stream_time = self.stream_time.max(Some(time));
    }

    /// A row of this time is to be deleted: the stream time stays.
    pub fn delete<T: WriteTables>(&mut self, tables: &mut T, time: i64) -> Result<()> {
        if self.stream_time == Some(time) && self.noted != self.stream_time {
            self.write(tables, Meta { noted: self.stream_time, ..*self })?;
        }
        Ok(())
    }

    fn write<T: WriteTables>(&mut self, tables: &mut T, meta: Meta) -> Result<()> {
        let time = meta.noted.map_or(0, |time| time as u64 ^ BIAS);
        let note = [time.to_le_bytes(), (meta.span as u64 ^ BIAS).to_le_bytes()].concat();
        tables.put_note(&KEY, &note)?;
        *self = Meta { exists: true, ..meta };
        Ok(())
    }
}

const BIAS: u64 = 1 << 63;

fn read(note: &[u8]) -> Option<(Option<i64>, i64)> {
    let (time, span) = note.split_first_chunk()?;
    let (time, span) = (u64::from_le_bytes(*time), u64::from_le_bytes(span.try_into().ok()?));
    Some(((time != 0).then_some((time ^ BIAS) as i64), (span ^ BIAS) as i64))
}

/// The latest time that the index has.
fn latest<T: Tables>(tables: &mut T) -> Result<Option<i64>> {
    let mut latest = None;
    let range = Range { from: Bound::Excluded(KEY.to_vec()), to: Bound::Unbounded };
    tables.scan(Table::Index, &range, true, Depth::Any, |entry, _| {
        latest = Layout::first_time(entry);
        Visit::Done
    })?;
    Ok(latest)
}
