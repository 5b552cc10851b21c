//! Writing a packed snapshot to a file.

use super::snapshot::PackedSnapshot;
use crate::disk::{Disk, RealDisk};
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::path::Path;

impl PackedSnapshot {
    /// Writes a file by `pack`, and opens it. It is there wholly or not at all: until it is on the disk it stands under its name
    /// with `.new` behind it, in place of what a writing that was killed has left. An earlier file of this name is replaced.
    pub fn create(path: impl AsRef<Path>, pack: impl FnOnce(&mut File) -> Result<()>) -> Result<PackedSnapshot> {
        let path = path.as_ref();
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let begun = path.with_file_name(name);
        if let Err(error) = write(path, &begun, pack) {
            // What is left is no snapshot; whether it can be removed changes nothing of that.
            let _ = std::fs::remove_file(&begun);
            return Err(error);
        }
        PackedSnapshot::open(path)
    }
}

fn write(path: &Path, begun: &Path, pack: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let failed = |error| Error::io(format!("write {}", path.display()), &error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = RealDisk::open(dir.to_owned(), 0o600)?;
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(begun).map_err(failed)?;
    pack(&mut file)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(begun, path).map_err(failed)?;
    disk.sync_dir().map_err(failed)
}
