//! Looking at everything that a directory holds.
//!
//! Nothing here asks LMDB for more than a transaction: what has changed on the disk is found, wherever it is, and ends no
//! process.

use super::catalog;
use super::checksum;
use super::map::{Entry, Fault, Map, PageFile, ReadTxn, Roots, Tree, Visitor, Walker};
use crate::error::{Error, Result};
use crate::key::Layout;
use crate::work::Work;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The store; empty for what belongs to none.
    pub store: String,
    /// The key, where it concerns one.
    pub key: Option<Vec<u8>>,
    /// What is wrong.
    pub problem: String,
}

/// More are not listed.
const MOST_PROBLEMS: usize = 10_000;

/// Reads every page of LMDB's file that is in use: whether it is what its tree says, in order and reachable; every entry's
/// checksum; counts and sizes; and the list of free pages.
pub(super) fn verify(map: &Map, work: &Work) -> Result<Vec<Problem>> {
    let (_txn, file, roots) = snapshot(map)?;
    work.expect(file.bytes());
    let roots = match roots {
        Ok(roots) => roots,
        Err(problem) => return Ok(vec![Problem { store: String::new(), key: None, problem }]),
    };
    let mut check = Check { walker: Walker::new(&file, roots.last_page), work, problems: Vec::new() };
    let directory = check.directory(&roots.names)?;
    let mut sums = BTreeMap::new();
    for (store, name) in directory.stores() {
        let keys = check.store(&directory, store, &name)?;
        sums.insert(name, keys);
    }
    check.indexes(&directory, &sums);
    check.free(&roots.free)?;
    check.problems.truncate(MOST_PROBLEMS);
    Ok(check.problems)
}

/// Makes sure that LMDB can be asked which databases there are, and the catalog what they hold.
pub(super) fn check_directory(map: &Map) -> Result<()> {
    let (_txn, file, roots) = snapshot(map)?;
    let refused = |problem| Error::corruption(format!("data.mdb: {problem}"));
    let roots = roots.map_err(refused)?;
    let mut check = Check { walker: Walker::new(&file, roots.last_page), work: &Work::default(), problems: Vec::new() };
    check.directory(&roots.names)?;
    // A value is looked at when it is read: a changed one is no reason not to open.
    let damaged = check.problems.into_iter().find(|problem| problem.problem != CHANGED);
    damaged.map_or(Ok(()), |Problem { problem, .. }| Err(refused(problem)))
}

/// A transaction, and what it sees of the file. As long as it lives those pages stay.
fn snapshot(map: &Map) -> Result<(ReadTxn, PageFile, std::result::Result<Roots, Fault>)> {
    const TRIES: usize = 1000;
    for _ in 0..TRIES {
        let txn = map.read()?;
        let file = map.page_file()?;
        if let Some(roots) = file.roots_of(txn.id())? {
            return Ok((txn, file, roots));
        }
        // Two commits came between.
    }
    Err(Error::corruption("data.mdb: no meta page is of the last commit"))
}

/// What the catalog has, and the trees by the names of their databases.
struct Directory {
    trees: BTreeMap<Vec<u8>, Tree>,
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Directory {
    /// The stores that the catalog knows, by number.
    fn stores(&self) -> Vec<(u32, String)> {
        let definition = |(key, value): (&Vec<u8>, &Vec<u8>)| {
            let (number, _) = catalog::read_definition(value).ok()?;
            Some((number, catalog::store_name(key)?.to_owned()))
        };
        let mut stores: Vec<_> = self.entries.iter().filter_map(definition).collect();
        stores.sort_unstable();
        stores
    }

    /// How the keys of a store and its index are written, if it has one, or is one.
    fn layout(&self, name: &str) -> Option<Layout> {
        let index = if catalog::is_index(name) { name.to_owned() } else { catalog::index_name(name) };
        let definition = self.entries.get(&catalog::store_key(&index))?;
        let (_, letter) = catalog::read_definition(definition).ok()?;
        Layout::of_letter(*letter.first()?)
    }

    /// Bytes of the keys and values that merges wrote to a store.
    fn size(&self, store: u32) -> u64 {
        let size = self.entries.get(&catalog::size_key(store)[..]);
        size.and_then(|value| value[..].try_into().ok()).map_or(0, u64::from_le_bytes)
    }
}

/// The keys of rows, or of the entries that an index has for them, without keeping them.
#[derive(Default, PartialEq, Eq)]
struct Keys {
    count: u64,
    /// Of what is made of each, which does not depend on their order.
    sum: u64,
}

impl Keys {
    fn add(&mut self, layout: Layout, key: &[u8], is_entry: bool) {
        let mut row = Vec::with_capacity(key.len());
        match is_entry {
            // What is shorter is the store's own note.
            true if layout.append_row_of(key, &mut row).is_none() => return,
            true => {}
            false => row.extend_from_slice(key),
        }
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        self.count += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

struct Check<'f, 'w> {
    walker: Walker<'f>,
    work: &'w Work,
    problems: Vec<Problem>,
}

impl Check<'_, '_> {
    fn add(&mut self, store: &str, key: Option<&[u8]>, problem: String) {
        add(&mut self.problems, store, key, problem);
    }

    /// The databases, and what the catalog says of them.
    fn directory(&mut self, names: &Tree) -> Result<Directory> {
        let mut trees = BTreeMap::new();
        self.walk("", names, |problems, Entry { key, value, is_database }| match Tree::of(value) {
            Ok(tree) if is_database => drop(trees.insert(key.to_vec(), tree)),
            Ok(_) => add(problems, "", Some(key), "an entry among the databases that is none".into()),
            Err(fault) => add(problems, "", Some(key), fault),
        })?;
        let mut entries = BTreeMap::new();
        if let Some(tree) = trees.get(catalog::RESERVED.as_bytes()) {
            self.walk("", tree, |problems, Entry { key, value, .. }| {
                // The value of a store's empty key is guarded by that store's number.
                let (store, guarded) = catalog::guarded_as(key);
                match checksum::verified(store, guarded, value) {
                    Ok(value) => drop(entries.insert(key.to_vec(), value.to_vec())),
                    Err(_) => add(problems, "", Some(key), CHANGED.into()),
                }
            })?;
        }
        Ok(Directory { trees, entries })
    }

    /// Whether each index has an entry for each row of its store, and no other.
    fn indexes(&mut self, directory: &Directory, sums: &BTreeMap<String, Keys>) {
        if catalog::is_merging(|key| directory.entries.contains_key(key)) {
            return;
        }
        for (name, rows) in sums {
            let entries = sums.get(&catalog::index_name(name));
            if let Some(entries) = entries.filter(|entries| *entries != rows) {
                let problem = format!("its index has {} entries for {} rows, or others", entries.count, rows.count);
                self.add(name, None, problem);
            }
        }
    }

    fn store(&mut self, directory: &Directory, store: u32, name: &str) -> Result<Keys> {
        let layout = directory.layout(name);
        let mut keys = Keys::default();
        let noted = directory.size(store);
        let mut size = directory.entries.get(&catalog::empty_key(store)[..]).map_or(0, |value| value.len() as u64);
        match directory.trees.get(name.as_bytes()) {
            Some(tree) => self.walk(name, tree, |problems, Entry { key, value: stored, .. }| {
                size += (key.len() + stored.len().saturating_sub(checksum::LEN)) as u64;
                if let Some(layout) = layout {
                    keys.add(layout, key, catalog::is_index(name));
                }
                if checksum::verified(store, key, stored).is_err() {
                    add(problems, name, Some(key), CHANGED.into());
                }
            })?,
            None if noted > size => self.add(name, None, "its database is missing".into()),
            None => {}
        }
        if size != noted {
            self.add(name, None, format!("{size} bytes where there were {noted}"));
        }
        Ok(keys)
    }

    /// A page that is free and in use is written over.
    fn free(&mut self, tree: &Tree) -> Result<()> {
        let mut free = Vec::new();
        self.walk("", tree, |problems, Entry { key, value, .. }| {
            let (numbers, rest) = value.as_chunks::<8>();
            let mut numbers = numbers.iter().map(|number| u64::from_ne_bytes(*number));
            let count = numbers.next().unwrap_or(u64::MAX);
            if count > numbers.len() as u64 || !rest.is_empty() {
                return add(problems, "", Some(key), "a list of free pages that is shorter than it says".into());
            }
            // What stands behind is room that LMDB reserved.
            free.extend(numbers.take(count as usize));
        })?;
        for page in free {
            if let Err(fault) = self.walker.take_free(page) {
                self.add("", None, format!("among the free pages: {fault}"));
            }
        }
        Ok(())
    }

    fn walk(&mut self, store: &str, tree: &Tree, visit: impl FnMut(&mut Vec<Problem>, Entry)) -> Result<()> {
        let Check { walker, work, problems } = self;
        walker.walk(tree, &mut Visit { store, work, problems, visit })
    }
}

const CHANGED: &str = "the value has changed on disk";

fn add(problems: &mut Vec<Problem>, store: &str, key: Option<&[u8]>, problem: String) {
    if problems.len() < MOST_PROBLEMS {
        problems.push(Problem { store: store.to_owned(), key: key.map(<[u8]>::to_vec), problem });
    }
}

/// What a walk tells, told to a list of problems.
struct Visit<'v, F> {
    store: &'v str,
    work: &'v Work,
    problems: &'v mut Vec<Problem>,
    visit: F,
}

impl<F: FnMut(&mut Vec<Problem>, Entry)> Visitor for Visit<'_, F> {
    fn entry(&mut self, entry: Entry) {
        (self.visit)(self.problems, entry);
    }

    fn fault(&mut self, fault: Fault) {
        add(self.problems, self.store, None, fault);
    }

    fn advance(&mut self, bytes: usize) -> Result<()> {
        self.work.advance(bytes)
    }
}
