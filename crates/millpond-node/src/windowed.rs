//! Windows and sessions: what a handle of such a store leads to, and its rows on their way to JavaScript.

use crate::rows::Fill;
use crate::status::Status;
use crate::store::Shared;
use millpond::{
    Depth, InMemoryStore, Range, Reader, SnapshotTables, StoreId, StoreSnapshotTables, Table, Tables, Visit, Walk,
    Windowed as Row, WindowedStore,
};
use std::cell::RefCell;
use std::rc::Rc;

/// What a windowed store knows of its rows, shared by all handles of it.
pub type Timeline = Rc<RefCell<WindowedStore>>;

/// A windowed store or a view of one.
pub struct Windowed {
    pub tables: AnyTables,
    pub timeline: Timeline,
    /// The value that a row has of which fields are changed before it was put.
    pub blank: Option<Rc<[u8]>>,
}

/// The tables of a windowed store, in whatever keeps them.
pub enum AnyTables {
    Memory {
        rows: Box<InMemoryStore>,
        index: Box<InMemoryStore>,
        /// Native bytes as counted in `Addon::native_bytes`.
        counted: i64,
    },
    Durable {
        environment: Shared,
        rows: StoreId,
        index: StoreId,
    },
    Reading {
        reader: Rc<RefCell<Reader>>,
        rows: StoreId,
        index: StoreId,
    },
    Snapshot(SnapshotTables),
    DurableSnapshot(Box<StoreSnapshotTables>),
}

/// Runs a body on tables that can be read, of whatever kind they are.
macro_rules! on_tables {
    ($windowed:expr, |$store:ident, $tables:ident| $body:expr) => {
        $crate::windowed::on_writable_or!($windowed, |$store, $tables| $body, {
            $crate::windowed::AnyTables::Reading { reader, rows, index } => {
                let reader = &mut *reader.borrow_mut();
                let $tables = &mut millpond::ReaderTables { reader, rows: *rows, index: *index };
                $body
            }
            $crate::windowed::AnyTables::Snapshot($tables) => $body,
            $crate::windowed::AnyTables::DurableSnapshot(tables) => {
                let $tables = &mut **tables;
                $body
            }
        })
    };
}

/// The same for tables that can be written.
macro_rules! on_writable {
    ($windowed:expr, |$store:ident, $tables:ident| $body:expr) => {
        $crate::windowed::on_writable_or!($windowed, |$store, $tables| $body, {
            _ => return Err($crate::status::Status::ReadOnly),
        })
    };
}

/// The same, with arms for the other tables.
macro_rules! on_writable_or {
    ($windowed:expr, |$store:ident, $tables:ident| $body:expr, { $($others:tt)* }) => {{
        let $crate::windowed::Windowed { tables, timeline, .. } = $windowed;
        let $store = &mut *timeline.borrow_mut();
        match tables {
            $crate::windowed::AnyTables::Memory { rows, index, .. } => {
                let $tables = &mut millpond::MemoryTables { rows, index };
                $body
            }
            $crate::windowed::AnyTables::Durable { environment, rows, index } => {
                let environment = &mut *environment.borrow_mut();
                let $tables = &mut millpond::EnvironmentTables { environment, rows: *rows, index: *index };
                $body
            }
            $($others)*
        }
    }};
}

pub(crate) use {on_tables, on_writable, on_writable_or};

impl Windowed {
    /// Takes the first rows of a walk; returns what has more.
    pub fn scan(&mut self, mut walk: Walk, fill: &mut Fill) -> Result<Option<WindowedScan>, Status> {
        let wanted = fill.wanted();
        on_tables!(self, |_store, tables| {
            let mut row_key = Vec::new();
            if !walk.fill(tables, wanted, |row, value| take(fill, &mut row_key, row, value))? {
                return Ok(None);
            }
        });
        let view = self.view();
        Ok(Some(WindowedScan { walk, view, store: self.timeline.borrow().anew() }))
    }

    /// The number of rows, exact.
    pub fn len(&mut self) -> Result<usize, Status> {
        Ok(match &mut self.tables {
            AnyTables::Memory { rows, .. } => rows.len(),
            AnyTables::Durable { environment, rows, .. } => environment.borrow_mut().len(*rows)?,
            AnyTables::Reading { reader, rows, .. } => reader.borrow_mut().len(*rows)?,
            AnyTables::Snapshot(tables) => tables.rows.len(),
            AnyTables::DurableSnapshot(tables) => tables.rows.len()?,
        })
    }

    /// About the number of rows. O(1).
    pub fn approximate_len(&mut self) -> Result<usize, Status> {
        match &self.tables {
            AnyTables::Durable { environment, rows, .. } => Ok(environment.borrow().approximate_len(*rows)),
            _ => self.len(),
        }
    }

    /// The sum of the lengths of all rows' keys, with their times, and values.
    pub fn size_bytes(&mut self) -> Result<usize, Status> {
        Ok(match &mut self.tables {
            AnyTables::Memory { rows, .. } => rows.size_bytes(),
            AnyTables::Durable { environment, rows, .. } => environment.borrow_mut().snapshot(*rows).size_bytes()?,
            AnyTables::Reading { reader, rows, .. } => reader.borrow_mut().snapshot(*rows).size_bytes()?,
            AnyTables::Snapshot(tables) => tables.rows.size_bytes(),
            AnyTables::DurableSnapshot(tables) => tables.rows.size_bytes()?,
        })
    }

    /// A view of this moment.
    pub fn snapshot(&mut self) -> Windowed {
        let tables = match self.view() {
            View::Memory(tables) => AnyTables::Snapshot(tables),
            View::Durable(tables) => AnyTables::DurableSnapshot(tables),
        };
        let timeline = Rc::new(RefCell::new(self.timeline.borrow().anew()));
        Windowed { tables, timeline, blank: None }
    }

    /// The tables as they are now.
    fn view(&mut self) -> View {
        on_tables!(self, |_store, tables| tables.view().into())
    }

    /// Removes everything.
    pub fn clear(&mut self) -> Result<(), Status> {
        match &mut self.tables {
            AnyTables::Memory { rows, index, .. } => {
                rows.clear();
                index.clear();
            }
            AnyTables::Durable { environment, rows, index } => {
                let environment = &mut *environment.borrow_mut();
                environment.admit_deletes(2, 0)?;
                environment.clear(*rows)?;
                environment.clear(*index)?;
            }
            _ => return Err(Status::ReadOnly),
        }
        self.timeline.borrow_mut().forget();
        Ok(())
    }

    /// Replaces everything by what a snapshot holds: all of it, or nothing.
    pub fn restore(&mut self, source: &Windowed) -> Result<(), Status> {
        self.timeline.borrow_mut().forget();
        match (&mut self.tables, &source.tables) {
            (AnyTables::Memory { rows, index, .. }, AnyTables::Snapshot(source)) => {
                let marks = (rows.savepoint(), index.savepoint());
                let restored = rows.restore(&source.rows).and_then(|()| index.restore(&source.index));
                if restored.is_err() {
                    rows.roll_back_to(marks.0)?;
                    index.roll_back_to(marks.1)?;
                } else {
                    rows.release();
                    index.release();
                }
                Ok(restored?)
            }
            (AnyTables::Memory { rows, index, .. }, AnyTables::DurableSnapshot(source)) => {
                let mut source = source.clone();
                rows.clear();
                index.clear();
                copy(&mut *source, |table, key, value| {
                    let target = if table == Table::Rows { &mut *rows } else { &mut *index };
                    target.put(key, value)
                })
            }
            (AnyTables::Durable { environment, rows, index }, source) => {
                let environment = &mut *environment.borrow_mut();
                environment.savepoint();
                let cleared = environment.clear(*rows).and_then(|()| environment.clear(*index));
                let put = |table, key: &[u8], value: &[u8]| {
                    environment.put(if table == Table::Rows { *rows } else { *index }, key, value)
                };
                let copied = cleared.map_err(Status::from).and_then(|()| match source {
                    AnyTables::Snapshot(source) => copy(&mut source.clone(), put),
                    AnyTables::DurableSnapshot(source) => copy(&mut *source.clone(), put),
                    _ => Err(Status::Closed),
                });
                match copied {
                    Ok(()) => environment.release(),
                    Err(_) => environment.roll_back()?,
                }
                copied
            }
            _ => Err(Status::ReadOnly),
        }
    }
}

/// Hands all entries of both tables to `put`.
fn copy(
    source: &mut impl Tables,
    mut put: impl FnMut(Table, &[u8], &[u8]) -> Result<(), millpond::Error>,
) -> Result<(), Status> {
    for table in [Table::Rows, Table::Index] {
        let mut outcome = Ok(());
        source.scan(table, &Range::all(), false, Depth::Any, |key, value| {
            outcome = put(table, key, value);
            if outcome.is_ok() { Visit::Next } else { Visit::Done }
        })?;
        outcome?;
    }
    Ok(())
}

/// Rows that are yet to be given, and the moment that they are of.
pub struct WindowedScan {
    walk: Walk,
    view: View,
    /// Of the view: it must not know what is known of the rows as they are now, nor the other way round.
    store: WindowedStore,
}

enum View {
    Memory(SnapshotTables),
    Durable(Box<StoreSnapshotTables>),
}

impl From<SnapshotTables> for View {
    fn from(tables: SnapshotTables) -> View {
        View::Memory(tables)
    }
}

impl From<StoreSnapshotTables> for View {
    fn from(tables: StoreSnapshotTables) -> View {
        View::Durable(Box::new(tables))
    }
}

impl WindowedScan {
    /// Takes the next rows; returns whether there may be more.
    pub fn resume(&mut self, fill: &mut Fill) -> Result<bool, Status> {
        let wanted = fill.wanted();
        let mut row_key = Vec::new();
        let take = |row: Row, value: &[u8]| take(fill, &mut row_key, row, value);
        Ok(match &mut self.view {
            View::Memory(tables) => self.walk.fill(tables, wanted, take)?,
            View::Durable(tables) => self.walk.fill(&mut **tables, wanted, take)?,
        })
    }

    /// Hands the value of a row of the view to `with`.
    pub fn read<T>(&mut self, row: Row, with: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Status> {
        Ok(match &mut self.view {
            View::Memory(tables) => self.store.get(tables, row)?.map(with),
            View::Durable(tables) => self.store.get(&mut **tables, row)?.map(with),
        })
    }
}

/// What stands before the key of a row in a buffer: start and end as doubles, and the number.
pub const ROW_HEADER: usize = 20;

fn take(fill: &mut Fill, row_key: &mut Vec<u8>, row: Row, value: &[u8]) -> Visit {
    row_key.clear();
    write_row(row_key, row);
    fill.take(row_key, value)
}

/// Writes what a row has for a key.
#[inline(always)]
pub fn write_row(row_key: &mut Vec<u8>, row: Row) {
    row_key.extend_from_slice(&(row.start as f64).to_le_bytes());
    row_key.extend_from_slice(&(row.end as f64).to_le_bytes());
    row_key.extend_from_slice(&row.number.to_le_bytes());
    row_key.extend_from_slice(row.key);
}

/// Reads what `write_row` wrote, of whole numbers.
pub fn read_row(row_key: &[u8]) -> Option<Row<'_>> {
    let (start, rest) = row_key.split_first_chunk()?;
    let (end, rest) = rest.split_first_chunk()?;
    let (number, key) = rest.split_first_chunk()?;
    let time = |bytes: &[u8; 8]| f64::from_le_bytes(*bytes) as i64;
    Some(Row { key, start: time(start), end: time(end), number: u32::from_le_bytes(*number) })
}
