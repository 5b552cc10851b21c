//! Room on the disk, where LMDB takes it for granted.

use super::environment::MAX_READERS;
use super::ffi;
use crate::error::{Error, Result};
use crate::lmdb::directory::READERS;
use std::path::Path;

/// Gives LMDB's table of readers its blocks. LMDB maps it, and makes it no more than long: to write to a page that the
/// disk has no room for ends a process.
#[cfg(target_os = "linux")]
pub(super) fn reserve_readers(dir: &Path, mode: u32) -> Result<()> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    const READER: libc::off_t = 64;
    const HEADER: libc::off_t = 4096;
    let path = dir.join(READERS);
    let failed = |error: &std::io::Error| Err(Error::io(format!("make room for {}", path.display()), error));
    let opened = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(mode).open(&path);
    // Where it can't be written, LMDB knows what to do.
    let Ok(file) = opened else { return Ok(()) };
    match allocate(file.as_raw_fd(), 0, 0, HEADER + READER * libc::off_t::from(MAX_READERS)) {
        // Some file systems don't know it; they get what others got from LMDB all along.
        Err(error) if ![Some(libc::EOPNOTSUPP), Some(libc::ENOSYS)].contains(&error.raw_os_error()) => failed(&error),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn allocate(file: std::os::fd::RawFd, mode: i32, at: libc::off_t, len: libc::off_t) -> std::io::Result<()> {
    loop {
        // SAFETY: a plain call on a file that is open.
        if unsafe { libc::fallocate(file, mode, at, len) } == 0 {
            return Ok(());
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn reserve_readers(_dir: &Path, _mode: u32) -> Result<()> {
    Ok(())
}

/// Whether the disk, or the quota, has no room for what a transaction may write: it is tried out behind the file's end.
#[cfg(target_os = "linux")]
pub(super) fn is_disk_full(environment: *mut ffi::MDB_env) -> bool {
    const MOST_WRITTEN: libc::off_t = 32 << 20;
    let mut file = -1;
    // SAFETY: an open environment; fills `file`.
    if unsafe { ffi::mdb_env_get_fd(environment, &mut file) } != 0 {
        return false;
    }
    // SAFETY: plain numbers, for which zeros are fine.
    let mut stat = unsafe { std::mem::zeroed::<libc::stat>() };
    // SAFETY: a file that LMDB has open; fills `stat`.
    if unsafe { libc::fstat(file, &mut stat) } != 0 {
        return false;
    }
    let tried = allocate(file, libc::FALLOC_FL_KEEP_SIZE, stat.st_size, MOST_WRITTEN);
    tried.is_err_and(|error| Error::io("", &error).is_disk_full())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_disk_full(_environment: *mut ffi::MDB_env) -> bool {
    false
}
