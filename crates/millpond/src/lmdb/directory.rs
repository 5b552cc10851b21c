//! The directory of an environment: what must be true of it before anything is written there.

use crate::error::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// LMDB's file.
pub(super) const DATA: &str = "data.mdb";
/// LMDB's table of readers.
pub(super) const READERS: &str = "lock.mdb";
/// Who writes: locked by the system for as long as they do, with their process id for people to read.
const WRITER: &str = "millpond.lock";

/// Makes the directory if it is missing, and refuses what can't be one of ours.
pub(super) fn prepare(dir: &Path, mode: u32) -> Result<PathBuf> {
    match std::fs::metadata(dir) {
        Ok(found) if !found.is_dir() => return unusable(dir, "is a file, not a directory"),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => create(dir, mode)?,
        Err(error) => return Err(Error::io(format!("open {}", dir.display()), &error)),
    }
    let dir = dir.canonicalize().map_err(|error| Error::io(format!("open {}", dir.display()), &error))?;
    refuse_network(&dir)?;
    refuse_foreign(&dir)?;
    Ok(dir)
}

/// The same for reading: nothing is made.
pub(super) fn look_at(dir: &Path) -> Result<PathBuf> {
    let found = dir.canonicalize().map_err(|error| Error::io(format!("open {}", dir.display()), &error))?;
    if !found.is_dir() {
        return unusable(dir, "is a file, not a directory");
    }
    if !has(&found, DATA)? {
        return unusable(dir, "has no data.mdb");
    }
    refuse_network(&found)?;
    refuse_foreign(&found)?;
    Ok(found)
}

/// Whether a directory has a file of that name: an error where one must not know.
fn has(dir: &Path, name: &str) -> Result<bool> {
    let there = dir.join(name).try_exists();
    there.map_err(|error| Error::io(format!("look into {}", dir.display()), &error))
}

fn unusable<T>(dir: &Path, why: &str) -> Result<T> {
    Err(Error::Unusable { what: format!("{} {why}", dir.display()) })
}

/// Makes a directory, durably.
pub(super) fn create(dir: &Path, mode: u32) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        // Who may read a file may look into its directory.
        builder.mode(mode | (mode & 0o444) >> 2);
    }
    let _ = mode;
    builder.create(dir).map_err(|error| Error::io(format!("make {}", dir.display()), &error))?;
    // Its own entry has to outlive a crash too.
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        sync(parent)?;
    }
    Ok(())
}

/// Makes the entries of a directory durable.
pub(super) fn sync(dir: &Path) -> Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|error| Error::io(format!("sync {}", dir.display()), &error))
}

/// Refuses a directory that others filled: nothing of theirs may be changed.
fn refuse_foreign(dir: &Path) -> Result<()> {
    if has(dir, WRITER)? {
        return Ok(());
    }
    if has(dir, DATA)? {
        return refuse_foreign_data(dir, &dir.join(DATA));
    }
    let entries = std::fs::read_dir(dir).map_err(|error| Error::io(format!("read {}", dir.display()), &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Error::io(format!("read {}", dir.display()), &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && name != READERS {
            return unusable(dir, &format!("has files that millpond did not make, as {name}"));
        }
    }
    Ok(())
}

/// Looks at the file itself before LMDB does, which would make a lock file beside it.
fn refuse_foreign_data(dir: &Path, data: &Path) -> Result<()> {
    const HEADER: usize = 24;
    const MAGIC: u32 = 0xBEEF_C0DE;
    const VERSION: u32 = 1;
    let mut head = Vec::with_capacity(HEADER);
    let read = File::open(data).and_then(|file| file.take(HEADER as u64).read_to_end(&mut head));
    read.map_err(|error| Error::io(format!("read {}", data.display()), &error))?;
    if head.is_empty() {
        return Ok(());
    }
    // A page's header of 16 bytes comes first. In the machine's own order, as LMDB writes it.
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_ne_bytes);
    // Later versions have a longer header.
    if number(16) != Some(MAGIC) {
        return unusable(dir, "has a data.mdb that is not LMDB's, or of a later version of LMDB");
    }
    match number(20) {
        Some(VERSION) => super::open::refuse_others_catalog(dir),
        version => unusable(dir, &format!("has a data.mdb of LMDB's data version {}", version.unwrap_or(0))),
    }
}

/// Locks that a file system over a network keeps are not to be relied on, and neither is a map of a file there.
fn refuse_network(dir: &Path) -> Result<()> {
    match file_system(dir).and_then(network_name) {
        Some(name) => unusable(dir, &format!("is on a network file system ({name})")),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn file_system(dir: &Path) -> Option<u32> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(dir.as_os_str().as_bytes()).ok()?;
    // SAFETY: plain numbers, for which zeros are fine.
    let mut stat = unsafe { std::mem::zeroed::<libc::statfs>() };
    // SAFETY: a path that lives through the call; fills `stat`.
    (unsafe { libc::statfs(path.as_ptr(), &mut stat) } == 0).then_some(stat.f_type as u32)
}

#[cfg(not(target_os = "linux"))]
fn file_system(_dir: &Path) -> Option<u32> {
    None
}

/// The network file system that Linux calls by this number (statfs(2)).
fn network_name(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "NFS",
        0x517B => "SMB",
        0xFE53_4D42 => "SMB2",
        0xFF53_4D42 => "CIFS",
        0x5346_414F => "AFS",
        0x7375_7245 => "Coda",
        0x564C => "NCP",
        0x0102_1997 => "9P",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        _ => return None,
    })
}

/// The right to write to a directory. The system takes it back when the process ends, however that happens.
#[derive(Debug)]
pub(super) struct WriterLock(File);

impl WriterLock {
    /// Takes the right, or says who has it.
    pub fn take(dir: &Path, mode: u32) -> Result<WriterLock> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(mode);
        }
        let _ = mode;
        let failed = |error: &std::io::Error| Error::io(format!("lock {}", dir.display()), error);
        let mut file = options.open(dir.join(WRITER)).map_err(|error| failed(&error))?;
        match lock_patiently(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = Vec::new();
                let _read = file.take(ANNOUNCED_AT).read_to_end(&mut text);
                let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                return Err(Error::Locked { holder: std::str::from_utf8(line).ok().and_then(|pid| pid.parse().ok()) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // For people alone: a failure to write it is no reason not to open.
        let _told = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()));
        Ok(WriterLock(file))
    }

    /// Where the writer tells readers how far the log is on the disk.
    pub fn announcer(&self) -> Result<Announcer> {
        self.0.try_clone().map(Announcer).map_err(|error| Error::io(format!("open {WRITER}"), &error))
    }

    /// How far the log is on the disk, by the writer that there is; nothing without one.
    pub fn announced(dir: &Path) -> Option<u64> {
        if !Self::is_taken(dir) {
            return None;
        }
        let mut number = [0; 8];
        let mut file = File::open(dir.join(WRITER)).ok()?;
        file.seek(SeekFrom::Start(ANNOUNCED_AT)).and_then(|_| file.read_exact(&mut number)).ok()?;
        Some(u64::from_le_bytes(number))
    }

    /// Whether someone has the right now.
    pub fn is_taken(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(WRITER)) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

/// Behind the process id, in one sector of its own.
const ANNOUNCED_AT: u64 = 512;

/// Tells readers how far the log is on the disk.
pub(super) struct Announcer(File);

impl Announcer {
    /// Readers may go so far. A failure leaves them behind, no more.
    pub fn announce(&self, batch: u64) {
        #[cfg(unix)]
        let _told = std::os::unix::fs::FileExt::write_all_at(&self.0, &batch.to_le_bytes(), ANNOUNCED_AT);
        #[cfg(windows)]
        let _told = std::os::windows::fs::FileExt::seek_write(&self.0, &batch.to_le_bytes(), ANNOUNCED_AT);
    }
}

/// A reader that looks whether there is a writer holds the lock for a moment.
fn lock_patiently(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 0..4 {
        if file.try_lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    file.try_lock()
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _unlocked = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers() {
        const EXT4: u32 = 0xEF53;
        const TMPFS: u32 = 0x0102_1994;
        assert_eq!(network_name(0x6969), Some("NFS"));
        assert_eq!(network_name(0xFF53_4D42), Some("CIFS"));
        assert_eq!((network_name(EXT4), network_name(TMPFS)), (None, None));
    }
}
