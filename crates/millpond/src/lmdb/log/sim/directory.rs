//! The directory of the simulated disk: what a process sees of it, and what a power cut may leave.

use super::Random;
use std::collections::BTreeMap;
use std::io;

/// Names, and the files that they lead to.
pub(super) type Names = BTreeMap<String, usize>;

#[derive(Clone, Default)]
pub(super) struct Directory {
    pub now: Names,
    durable: Names,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

impl Change {
    fn apply(&self, names: &mut Names) {
        match self {
            Change::Create(name, file) => {
                names.insert(name.clone(), *file);
            }
            Change::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Change::Remove(name) => {
                names.remove(name);
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        let (first, second) = match self {
            Change::Create(name, _) | Change::Remove(name) => (name, None),
            Change::Rename(from, to) => (from, Some(to)),
        };
        std::iter::once(first).chain(second)
    }
}

impl Directory {
    /// A directory with these files, all on the disk.
    pub fn of(names: Names) -> Directory {
        Directory { now: names.clone(), durable: names, pending: Vec::new() }
    }

    pub fn create(&mut self, name: &str, file: usize) -> io::Result<()> {
        if self.now.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.change(Change::Create(name.to_owned(), file));
        Ok(())
    }

    pub fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.find(from)?;
        self.change(Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    pub fn remove(&mut self, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.change(Change::Remove(name.to_owned()));
        Ok(())
    }

    pub fn find(&self, name: &str) -> io::Result<usize> {
        self.now.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// What a power cut may leave: any of the changes, except that those of one name stay in order.
    pub fn after_power_cut(&self, random: &mut Random) -> Names {
        let mut names = self.durable.clone();
        let mut lost: Vec<&String> = Vec::new();
        let odds = [0, 1, 2, 4][random.below(4)];
        for change in &self.pending {
            if change.names().any(|name| lost.contains(&name)) || random.below(4) < odds {
                lost.extend(change.names());
            } else {
                change.apply(&mut names);
            }
        }
        names
    }
}
