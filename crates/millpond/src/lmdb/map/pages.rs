//! LMDB's pages as they are in the file, taken for nothing more than bytes.
//!
//! LMDB trusts its pages: one that has changed on the disk can end the process that asks it. What is read here leads to a
//! [`Fault`] instead, whatever it is. The layouts are those of LMDB's data version 1.

use super::ffi;
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// A page: its number, 2 bytes that we don't need, flags, where the list of its nodes ends, 2 bytes that we don't need; the
/// list. On the first page of a large value the number of pages is in the place of the last two.
const FLAGS_AT: usize = 10;
const LIST_END_AT: usize = 12;
const PAGE_COUNT_AT: usize = 12;
const PAGE_HEADER: usize = 16;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;

/// A node: the value's length in two halves, flags, the key's length; the key; the value. In a branch the first three are the
/// number of the page below.
const NODE_FLAGS_AT: usize = 4;
const KEY_LEN_AT: usize = 6;
const NODE_HEADER: usize = 8;
/// The value stands on pages of its own; the node has the number of the first.
const BIG: u16 = 1;
/// The value is the record of a database.
const SUB_DATABASE: u16 = 2;

/// A meta page: magic number and version first, the records of the free list and of the names, the transaction.
const FREE_AT: usize = PAGE_HEADER + 24;
const NAMES_AT: usize = FREE_AT + RECORD;
const LAST_PAGE_AT: usize = NAMES_AT + RECORD;
const TXN_AT: usize = LAST_PAGE_AT + 8;
const META_PAGES: u64 = 2;

/// The record of a database.
const RECORD: usize = 48;
const RECORD_FLAGS_AT: usize = 4;
const INTEGER_KEY: u16 = 8;
/// LMDB has no smaller pages, and no larger ones.
const LEAST_PAGE_SIZE: usize = 256;
const MOST_PAGE_SIZE: usize = 0x1_0000;
/// LMDB has no deeper trees.
const MOST_DEPTH: u16 = 32;

/// What can't be what LMDB wrote.
pub(crate) type Fault = String;

/// LMDB's file, of an environment that is open.
pub(crate) struct PageFile {
    file: File,
    page_size: usize,
    count: u64,
}

/// The tree of a database, as its record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tree {
    root: Option<u64>,
    depth: u16,
    pages: Pages,
    pub entries: u64,
    /// Whether keys are numbers in the machine's own order, as those of the free list are.
    numbers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pages {
    branches: u64,
    leaves: u64,
    large: u64,
}

/// An entry of a leaf.
pub(crate) struct Entry<'a> {
    pub key: &'a [u8],
    pub value: &'a [u8],
    /// The value is the record of a database.
    pub is_database: bool,
}

/// What a meta page says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots {
    /// Of the list of free pages, and of the names of databases.
    pub free: Tree,
    pub names: Tree,
    /// No page behind it was ever used. The file may end before it, where pages were never written.
    pub last_page: u64,
}

impl Roots {
    fn of(page: &[u8]) -> std::result::Result<Roots, Fault> {
        let mut free = page[FREE_AT..FREE_AT + RECORD].to_vec();
        // The environment's own flags stand in the place of the free list's.
        free[RECORD_FLAGS_AT..RECORD_FLAGS_AT + 2].copy_from_slice(&INTEGER_KEY.to_ne_bytes());
        let names = Tree::of(&page[NAMES_AT..NAMES_AT + RECORD])?;
        Ok(Roots { free: Tree::of(&free)?, names, last_page: u64_at(page, LAST_PAGE_AT) })
    }
}

impl Tree {
    /// Reads the record of a database.
    pub fn of(record: &[u8]) -> std::result::Result<Tree, Fault> {
        const NO_ROOT: u64 = u64::MAX;
        if record.len() != RECORD {
            return Err(format!("a database's record of {} bytes", record.len()));
        }
        let number = |at: usize| u64_at(record, at);
        let flags = u16_at(record, RECORD_FLAGS_AT);
        if flags & !INTEGER_KEY != 0 {
            return Err(format!("a database's record with flags {flags:#x}"));
        }
        Ok(Tree {
            root: Some(number(40)).filter(|root| *root != NO_ROOT),
            depth: u16_at(record, 6),
            pages: Pages { branches: number(8), leaves: number(16), large: number(24) },
            entries: number(32),
            numbers: flags & INTEGER_KEY != 0,
        })
    }
}

/// Refuses a file whose meta pages name a page size that LMDB doesn't have: it would take it for true. What else they say
/// LMDB looks at itself, as at what is missing of them.
pub(super) fn check_page_size(data: &Path) -> Result<()> {
    let file = match File::open(data) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(|error| failed(&error))?,
    };
    let mut first = 0;
    for number in 0..META_PAGES {
        // Without the first page's size nobody knows where the second begins.
        let mut found = [0; 4];
        if file.read_full_at(&mut found, number * first + FREE_AT as u64).map_err(|error| failed(&error))? < found.len()
        {
            return Ok(());
        }
        let size = u32::from_ne_bytes(found);
        let is_one = size.is_power_of_two() && (LEAST_PAGE_SIZE..=MOST_PAGE_SIZE).contains(&(size as usize));
        if !is_one || (number > 0 && u64::from(size) != first) {
            return Err(Error::corruption(format!("data.mdb: meta page {number} names pages of {size} bytes")));
        }
        first = u64::from(size);
    }
    Ok(())
}

fn failed(error: &std::io::Error) -> Error {
    Error::io("read data.mdb", error)
}

impl PageFile {
    /// Of an open environment.
    pub(super) fn of(environment: *mut ffi::MDB_env, page_size: usize) -> Result<PageFile> {
        let file = duplicate(environment).map_err(|error| failed(&error))?;
        let len = DiskFile::len(&file).map_err(|error| failed(&error))?;
        Ok(PageFile { file, page_size, count: len / page_size as u64 })
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.count * self.page_size as u64
    }

    /// What a transaction sees; nothing if it is not one of the last two.
    pub fn roots_of(&self, transaction: u64) -> Result<Option<std::result::Result<Roots, Fault>>> {
        let mut page = Vec::new();
        for number in 0..META_PAGES {
            if self.read(number, 1, &mut page)? && u64_at(&page, TXN_AT) == transaction {
                return Ok(Some(Roots::of(&page)));
            }
        }
        Ok(None)
    }

    /// Reads so many pages into `page`; false where the file ends before.
    fn read(&self, number: u64, pages: u64, page: &mut Vec<u8>) -> Result<bool> {
        if number.checked_add(pages).is_none_or(|end| end > self.count) {
            return Ok(false);
        }
        page.resize(self.page_size * pages as usize, 0);
        let read = self.file.read_full_at(page, number * self.page_size as u64);
        Ok(read.map_err(|error| failed(&error))? == page.len())
    }
}

/// A handle of our own of LMDB's file.
#[cfg(unix)]
fn duplicate(environment: *mut ffi::MDB_env) -> std::io::Result<File> {
    let mut file = -1;
    // SAFETY: an open environment; fills `file`.
    unsafe { ffi::mdb_env_get_fd(environment, &mut file) };
    // SAFETY: open as long as the environment is.
    let file = unsafe { std::os::fd::BorrowedFd::borrow_raw(file) };
    Ok(File::from(file.try_clone_to_owned()?))
}

#[cfg(windows)]
fn duplicate(environment: *mut ffi::MDB_env) -> std::io::Result<File> {
    let mut file = std::ptr::null_mut();
    // SAFETY: an open environment; fills `file`.
    unsafe { ffi::mdb_env_get_fd(environment, &mut file) };
    // SAFETY: open as long as the environment is.
    let file = unsafe { std::os::windows::io::BorrowedHandle::borrow_raw(file.cast()) };
    Ok(File::from(file.try_clone_to_owned()?))
}

/// Goes over trees, page by page. Each page belongs to one of them.
pub(crate) struct Walker<'f> {
    file: &'f PageFile,
    last_page: u64,
    /// A bit a page of the file.
    seen: Vec<u64>,
}

/// Who is told of what is found.
pub(crate) trait Visitor {
    /// An entry, in the order of the keys.
    fn entry(&mut self, entry: Entry);
    /// Something that can't be what LMDB wrote: a part of the tree is not walked.
    fn fault(&mut self, fault: Fault);
    /// So many bytes are read. An error ends the walk.
    fn advance(&mut self, bytes: usize) -> Result<()>;
}

/// A walk over one tree.
struct Walk<'w, 'f, V> {
    walker: &'w mut Walker<'f>,
    visitor: &'w mut V,
    numbers: bool,
    found: Pages,
    entries: u64,
}

impl<'f> Walker<'f> {
    pub fn new(file: &'f PageFile, last_page: u64) -> Walker<'f> {
        let mut walker = Walker { file, last_page, seen: vec![0; file.count.div_ceil(u64::from(u64::BITS)) as usize] };
        (0..META_PAGES.min(file.count)).for_each(|page| drop(walker.take(page)));
        walker
    }

    /// Goes over a tree, and compares it with what its record says.
    pub fn walk<V: Visitor>(&mut self, tree: &Tree, visitor: &mut V) -> Result<()> {
        let mut walk = Walk { walker: self, visitor, numbers: tree.numbers, found: Pages::default(), entries: 0 };
        if let Some(root) = tree.root {
            if tree.depth == 0 || tree.depth > MOST_DEPTH {
                walk.visitor.fault(format!("a tree of depth {}", tree.depth));
                return Ok(());
            }
            walk.page(root, tree.depth, None, None)?;
        }
        let (found, entries) = (walk.found, walk.entries);
        if entries != tree.entries {
            visitor.fault(format!("{entries} entries where there were {}", tree.entries));
        } else if found != tree.pages {
            visitor.fault(format!("{found:?} where there were {:?}", tree.pages));
        }
        Ok(())
    }

    /// Marks a page as used; a fault if it was before, or is not there.
    pub fn take(&mut self, page: u64) -> std::result::Result<(), Fault> {
        if page >= self.file.count || page > self.last_page {
            return Err(format!("page {page} is behind the last one"));
        }
        let (word, bit) = ((page / u64::from(u64::BITS)) as usize, 1 << (page % u64::from(u64::BITS)));
        if self.seen[word] & bit != 0 {
            return Err(format!("page {page} is used twice"));
        }
        self.seen[word] |= bit;
        Ok(())
    }

    /// Marks a page as free.
    pub fn take_free(&mut self, page: u64) -> std::result::Result<(), Fault> {
        let was_never_written = page >= self.file.count && page <= self.last_page;
        if was_never_written { Ok(()) } else { self.take(page) }
    }
}

impl<V: Visitor> Walk<'_, '_, V> {
    /// Goes over the tree below a page, whose keys are not less than `from` and less than `to`.
    fn page(&mut self, number: u64, depth: u16, from: Option<&[u8]>, to: Option<&[u8]>) -> Result<()> {
        if let Err(fault) = self.walker.take(number) {
            self.visitor.fault(fault);
            return Ok(());
        }
        let mut bytes = Vec::new();
        self.walker.file.read(number, 1, &mut bytes)?;
        self.visitor.advance(bytes.len())?;
        let wanted = if depth == 1 { LEAF } else { BRANCH };
        let nodes = match self.nodes(number, &bytes, wanted, from, to) {
            Ok(nodes) => nodes,
            Err(fault) => {
                self.visitor.fault(format!("page {number}: {fault}"));
                return Ok(());
            }
        };
        if depth == 1 {
            self.found.leaves += 1;
            return nodes.iter().try_for_each(|node| self.leaf_node(node));
        }
        self.found.branches += 1;
        for (place, node) in nodes.iter().enumerate() {
            let from = if place == 0 { from } else { Some(node.key) };
            let to = nodes.get(place + 1).map(|next| next.key).or(to);
            self.page(node.child(), depth - 1, from, to)?;
        }
        Ok(())
    }

    /// The nodes of a page, which are in order and where they belong.
    fn nodes<'p>(
        &self,
        number: u64,
        page: &'p [u8],
        wanted: u16,
        from: Option<&[u8]>,
        to: Option<&[u8]>,
    ) -> std::result::Result<Vec<Node<'p>>, Fault> {
        let (found, flags, end) = (u64_at(page, 0), u16_at(page, FLAGS_AT), u16_at(page, LIST_END_AT) as usize);
        if found != number {
            return Err(format!("it says that it is page {found}"));
        }
        if flags != wanted {
            return Err(format!("flags {flags:#x} where {wanted:#x} belong"));
        }
        if end < PAGE_HEADER || end > page.len() || end % 2 != 0 {
            return Err(format!("a list of nodes that ends at {end}"));
        }
        let mut nodes: Vec<Node> = Vec::with_capacity((end - PAGE_HEADER) / 2);
        for at in (PAGE_HEADER..end).step_by(2) {
            let at = u16_at(page, at) as usize;
            let node = Node::at(page, at, wanted).ok_or_else(|| format!("a node at {at} that is not all on it"))?;
            // The first of a branch has no key: what is less than all others.
            if wanted == LEAF || !nodes.is_empty() {
                let before =
                    if nodes.len() > usize::from(wanted == BRANCH) { nodes.last().map(|node| node.key) } else { None };
                let is_behind = before.is_none_or(|before| self.is_less(before, node.key))
                    && from.is_none_or(|from| !self.is_less(node.key, from))
                    && to.is_none_or(|to| self.is_less(node.key, to));
                if !is_behind {
                    return Err(format!("the key {} is out of order", node.key.escape_ascii()));
                }
            }
            nodes.push(node);
        }
        if wanted == BRANCH && nodes.is_empty() {
            return Err("a branch without pages below".into());
        }
        Ok(nodes)
    }

    fn is_less(&self, a: &[u8], b: &[u8]) -> bool {
        match (self.numbers, <[u8; 8]>::try_from(a), <[u8; 8]>::try_from(b)) {
            (true, Ok(a), Ok(b)) => u64::from_ne_bytes(a) < u64::from_ne_bytes(b),
            _ => a < b,
        }
    }

    fn leaf_node(&mut self, node: &Node) -> Result<()> {
        self.entries += 1;
        let is_database = node.flags == SUB_DATABASE;
        if node.flags != BIG {
            self.visitor.entry(Entry { key: node.key, value: node.value, is_database });
            return Ok(());
        }
        let mut value = Vec::new();
        match self.large(u64_at(node.value, 0), node.value_len, &mut value)? {
            Ok(()) => self.visitor.entry(Entry { key: node.key, value: &value, is_database }),
            Err(fault) => self.visitor.fault(format!("the value of {}: {fault}", node.key.escape_ascii())),
        }
        Ok(())
    }

    /// Reads a value that stands on pages of its own. They may be more than it needs: LMDB leaves a value that gets shorter
    /// where it is.
    fn large(&mut self, number: u64, len: usize, value: &mut Vec<u8>) -> Result<std::result::Result<(), Fault>> {
        let file = self.walker.file;
        let needed = (PAGE_HEADER + len).div_ceil(file.page_size) as u64;
        if !file.read(number, 1, value)? {
            return Ok(Err(format!("page {number} is not in the file")));
        }
        let pages = u64::from(u32::from_ne_bytes(array_at(value, PAGE_COUNT_AT)));
        if u64_at(value, 0) != number || u16_at(value, FLAGS_AT) != OVERFLOW || pages < needed {
            return Ok(Err(format!("page {number} is not the first of {needed}")));
        }
        if let Err(fault) = (number..number + pages).try_for_each(|page| self.walker.take(page)) {
            return Ok(Err(fault));
        }
        if !file.read(number, needed, value)? {
            return Ok(Err(format!("{needed} pages from {number} on are not in the file")));
        }
        self.visitor.advance(value.len())?;
        self.found.large += pages;
        value.truncate(PAGE_HEADER + len);
        value.drain(..PAGE_HEADER);
        Ok(Ok(()))
    }
}

/// A node that is wholly on its page.
struct Node<'p> {
    key: &'p [u8],
    flags: u16,
    /// What stands behind the key: the value, or the number of its first page.
    value: &'p [u8],
    value_len: usize,
    header: [u8; NODE_HEADER],
}

impl<'p> Node<'p> {
    fn at(page: &'p [u8], at: usize, kind: u16) -> Option<Node<'p>> {
        let header: [u8; NODE_HEADER] = page.get(at..)?.first_chunk().copied()?;
        let flags = u16_at(&header, NODE_FLAGS_AT);
        let value_len = u32::from_ne_bytes(array_at(&header, 0)) as usize;
        let behind = match (kind, flags) {
            (BRANCH, _) => 0,
            (_, BIG) => size_of::<u64>(),
            (_, 0 | SUB_DATABASE) => value_len,
            _ => return None,
        };
        let rest = page.get(at + NODE_HEADER..)?;
        let (key, rest) = rest.split_at_checked(u16_at(&header, KEY_LEN_AT) as usize)?;
        Some(Node { key, flags, value: rest.get(..behind)?, value_len, header })
    }

    /// The page below, of a branch.
    fn child(&self) -> u64 {
        let low = u32::from_ne_bytes(array_at(&self.header, 0));
        u64::from(low) | u64::from(self.flags) << 32
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(array_at(bytes, at))
}
