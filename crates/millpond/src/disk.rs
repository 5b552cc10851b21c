//! The little of a file system that the log needs: the files of one directory, by name.

use crate::error::{Error, Result};
use std::io;
use std::path::PathBuf;

/// The directory of one environment. The real one is [`RealDisk`]; tests put a simulated one under the log.
pub(crate) trait Disk: Send + 'static {
    type File: DiskFile;

    /// Makes a file for reading and writing; an error if there is one of that name.
    fn create(&self, name: &str) -> io::Result<Self::File>;
    /// Opens a file for reading.
    fn open(&self, name: &str) -> io::Result<Self::File>;
    /// The names of all files, in no order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Gives a file another name, whole or not at all; a file that has that name already is replaced.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Returns when all that was created, renamed and removed is so on the disk.
    fn sync_dir(&self) -> io::Result<()>;
}

/// A file of a [`Disk`].
pub(crate) trait DiskFile: Send {
    fn len(&self) -> io::Result<u64>;
    /// Reads from `at`; fewer bytes than asked for where the file ends, or where the system pleases.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize>;
    /// Writes at `at`; maybe fewer bytes than given.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Returns when the bytes are on the disk, and the length with them if it has changed.
    fn sync_data(&self) -> io::Result<()>;

    /// Writes all bytes at `at`, unless the file refuses.
    fn write_all_at(&self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_at(bytes, at) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = &bytes[written..];
                    at += written as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fills `bytes` from `at` on, as far as the file goes; returns how far that is.
    fn read_full_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read_at(&mut bytes[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// A directory of the file system.
pub(crate) struct RealDisk {
    dir: PathBuf,
    /// The mode of files that are made, where there are modes.
    mode: u32,
    /// Open all the time: to be out of descriptors must not look like a sync that failed.
    #[cfg(unix)]
    handle: std::fs::File,
}

impl RealDisk {
    pub fn open(dir: PathBuf, mode: u32) -> Result<RealDisk> {
        #[cfg(unix)]
        let handle = std::fs::File::open(&dir).map_err(|error| Error::io(format!("open {}", dir.display()), &error))?;
        Ok(RealDisk {
            dir,
            mode,
            #[cfg(unix)]
            handle,
        })
    }
}

impl Disk for RealDisk {
    type File = std::fs::File;

    fn create(&self, name: &str) -> io::Result<Self::File> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, self.mode);
        #[cfg(not(unix))]
        let _no_modes_here = self.mode;
        options.open(self.dir.join(name))
    }

    fn open(&self, name: &str) -> io::Result<Self::File> {
        std::fs::File::open(self.dir.join(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            // What has no UTF-8 name is not ours.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.dir.join(name))
    }

    #[cfg(unix)]
    fn sync_dir(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// NTFS keeps its directories in a journal, and has no handle to sync one by.
    #[cfg(not(unix))]
    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for std::fs::File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, at)
    }

    #[cfg(windows)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, bytes, at)
    }

    #[cfg(unix)]
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(self, bytes, at)
    }

    #[cfg(windows)]
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(self, bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        std::fs::File::set_len(self, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        std::fs::File::sync_data(self)
    }
}
