//! A disk that crashes, for tests: it knows what is synced and what only looks as if it were.

mod directory;
mod file;
mod random;

pub use random::Random;

use crate::disk::{Disk, DiskFile};
use directory::Directory;
use file::FileState;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A directory in memory. Its clones are the same directory.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

/// An open file of a [`SimDisk`].
pub struct SimFile {
    disk: SimDisk,
    file: usize,
}

/// What goes wrong without a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A write stops half-way and says so.
    ShortWrite,
    /// A change fails, a write half-way.
    Io,
    /// As if the disk were full.
    NoSpace,
    /// A sync fails: what was not on the disk never will be.
    Sync,
}

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Write,
    Change,
    Sync,
}

#[derive(Clone, Default)]
struct State {
    directory: Directory,
    files: Vec<FileState>,
    random: Option<Random>,
    /// Operations so far; reading is none.
    operations: u64,
    crash_at: Option<u64>,
    dead: bool,
    fault: Option<PlannedFault>,
}

#[derive(Clone)]
struct PlannedFault {
    fault: Fault,
    /// From this operation on, at the first that it can befall.
    at: u64,
    /// How often.
    times: u32,
}

/// What comes of an operation.
enum Fate {
    Done,
    /// Only a part of a write is, and it says so.
    Short,
    /// Only a part of a write is, or nothing.
    Failed(io::Error),
}

impl Default for SimDisk {
    fn default() -> Self {
        SimDisk::new()
    }
}

impl SimDisk {
    /// An empty directory.
    pub fn new() -> SimDisk {
        SimDisk(Arc::new(Mutex::new(State::default())))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics may still want to look.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn revived(mut state: State) -> SimDisk {
        (state.crash_at, state.dead, state.fault) = (None, false, None);
        SimDisk(Arc::new(Mutex::new(state)))
    }

    /// What the next process finds after this one was killed: all that was written, and what was not synced still is not.
    pub fn kill(&self) -> SimDisk {
        Self::revived(self.state().clone())
    }

    /// What the next process may find after a power cut.
    pub fn power_cut(&self, random: &mut Random) -> SimDisk {
        let state = self.state();
        let files = state.files.iter().map(|file| FileState::of(file.after_power_cut(random))).collect();
        let directory = Directory::of(state.directory.after_power_cut(random));
        Self::revived(State { directory, files, operations: state.operations, ..State::default() })
    }

    /// The machine dies in the middle of the operation that comes after `operations` others: from then on everything fails.
    pub fn crash_after(&self, operations: u64) {
        let mut state = self.state();
        state.crash_at = Some(state.operations + operations);
    }

    /// Whether the machine died.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Lets operations fail, so many times, from the first that can after `operations` others.
    pub fn fail_after(&self, operations: u64, fault: Fault, times: u32) {
        let mut state = self.state();
        state.fault = Some(PlannedFault { fault, at: state.operations + operations, times });
    }

    /// Neither a fault nor a crash is to come any more; whether a fault would have.
    pub fn calm(&self) -> bool {
        let mut state = self.state();
        state.crash_at = None;
        state.fault.take().is_some()
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The names of all files, in order.
    pub fn names(&self) -> Vec<String> {
        self.state().directory.now.keys().cloned().collect()
    }

    /// The bytes of a file, if it is there.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.directory.find(name).ok().map(|file| state.files[file].now().to_vec())
    }

    /// Puts a file there, synced, in the place of one that has the name.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        state.files.push(FileState::of(bytes));
        let file = state.files.len() - 1;
        let _removed = state.directory.remove(name);
        let _created = state.directory.create(name, file);
        state.directory.sync();
    }

    /// Flips a bit of a file.
    pub fn flip(&self, name: &str, bit: usize) {
        let mut state = self.state();
        if let Ok(file) = state.directory.find(name) {
            state.files[file].flip(bit);
        }
    }
}

impl State {
    fn random(&mut self) -> &mut Random {
        let seed = self.operations;
        self.random.get_or_insert_with(|| Random::new(seed))
    }

    /// Counts an operation, and says what comes of it.
    fn begin(&mut self, kind: Kind) -> Fate {
        if self.dead || self.crash_at == Some(self.operations) {
            let again = std::mem::replace(&mut self.dead, true);
            let error = io::Error::other("the simulated machine is dead");
            return if again || kind != Kind::Write { Fate::Failed(error) } else { Fate::Short };
        }
        self.operations += 1;
        let Some(planned) = self.fault.as_mut().filter(|planned| planned.at < self.operations) else {
            return Fate::Done;
        };
        let fate = match (planned.fault, kind) {
            (Fault::ShortWrite, Kind::Write) => Fate::Short,
            (Fault::Io, Kind::Write | Kind::Change) | (Fault::Sync, Kind::Sync) => {
                Fate::Failed(io::Error::from_raw_os_error(5))
            }
            (Fault::NoSpace, Kind::Write | Kind::Change) => Fate::Failed(io::Error::from_raw_os_error(28)),
            _ => return Fate::Done,
        };
        planned.times -= 1;
        if planned.times == 0 {
            self.fault = None;
        }
        fate
    }

    fn change(&mut self, change: impl FnOnce(&mut State) -> io::Result<()>) -> io::Result<()> {
        match self.begin(Kind::Change) {
            Fate::Failed(error) => Err(error),
            _ => change(self),
        }
    }

    fn write(&mut self, file: usize, bytes: &[u8], at: usize) -> io::Result<usize> {
        let fate = self.begin(Kind::Write);
        let part = match fate {
            Fate::Done => bytes.len(),
            Fate::Short => (1 + self.random().below(bytes.len().max(1))).min(bytes.len()),
            Fate::Failed(_) if self.dead => 0,
            Fate::Failed(_) => self.random().below(bytes.len() + 1),
        };
        if part > 0 {
            self.files[file].write(&bytes[..part], at);
        }
        match fate {
            Fate::Failed(error) => Err(error),
            _ => Ok(part),
        }
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let fate = self.begin(Kind::Sync);
        match fate {
            Fate::Failed(error) => {
                if !self.dead {
                    let mut random = self.random().clone();
                    self.files[file].fail_to_sync(&mut random);
                    self.random = Some(random);
                }
                Err(error)
            }
            _ => {
                self.files[file].sync();
                Ok(())
            }
        }
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let mut state = self.state();
        let file = state.files.len();
        state.change(|state| {
            state.directory.create(name, file)?;
            state.files.push(FileState::default());
            Ok(())
        })?;
        Ok(SimFile { disk: self.clone(), file })
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        Ok(SimFile { disk: self.clone(), file: self.state().directory.find(name)? })
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.state().change(|state| state.directory.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().change(|state| state.directory.remove(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.begin(Kind::Sync) {
            Fate::Failed(error) => Err(error),
            _ => {
                state.directory.sync();
                Ok(())
            }
        }
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].now().len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let there = state.files[self.file].now().get(at as usize..).unwrap_or_default();
        let len = there.len().min(bytes.len());
        bytes[..len].copy_from_slice(&there[..len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        self.disk.state().write(self.file, bytes, at as usize)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.state().change(|state| {
            state.files[self.file].set_len(len as usize);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }
}
