//! A packed snapshot before it is sealed: whatever its pages and its footer are made to say, its checksums are right. So what
//! is wrong with it is left for the checks of structure to find.

#![allow(dead_code, missing_docs)]

const HEADER_LEN: usize = 16;
const PAGE_HEADER: usize = 16;
const ENTRY_HEADER: usize = 6;

/// What leads to a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub offset: u64,
    pub len: u32,
    pub number: u32,
}

impl Place {
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.len.to_le_bytes());
        bytes[12..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }
}

/// The bytes of a page, and the number that its checksum is of.
#[derive(Debug, Clone)]
pub struct Page {
    pub number: u32,
    pub bytes: Vec<u8>,
}

impl Page {
    pub fn new(number: u32, level: u8, entries: &[(Vec<u8>, Vec<u8>)]) -> Page {
        let mut bytes = vec![0; PAGE_HEADER];
        let mut places = Vec::new();
        for (key, value) in entries {
            places.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&(key.len() as u16).to_le_bytes());
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(&places);
        let mut page = Page { number, bytes };
        page.set_len(page.bytes.len() as u32);
        page.set_level(level);
        page.set_count(entries.len() as u32);
        page
    }

    pub fn set_len(&mut self, len: u32) {
        self.set(4, len);
    }

    pub fn set_level(&mut self, level: u8) {
        self.set(8, level as u32);
    }

    pub fn set_count(&mut self, count: u32) {
        self.set(12, count);
    }

    /// Writes a number at a place in it, if it has that.
    pub fn set(&mut self, at: usize, number: u32) {
        if let Some(field) = self.bytes.get_mut(at..at.saturating_add(4)) {
            field.copy_from_slice(&number.to_le_bytes());
        }
    }

    /// Where in it the number stands that says where an entry begins.
    pub fn place_at(&self, index: usize) -> usize {
        let count = self.number_at(12) as usize;
        self.bytes.len().saturating_sub(count.saturating_sub(index).saturating_mul(4))
    }

    /// Where in it an entry begins.
    pub fn entry_at(&self, index: usize) -> usize {
        self.number_at(self.place_at(index)) as usize
    }

    /// Makes an entry lead to another place.
    pub fn lead(&mut self, index: usize, place: Place) {
        let at = self.entry_at(index);
        let key_len = self.number_at(at) as u16 as usize;
        let at = at.saturating_add(ENTRY_HEADER + key_len);
        if let Some(value) = self.bytes.get_mut(at..at.saturating_add(16)) {
            value.copy_from_slice(&place.to_bytes());
        }
    }

    fn number_at(&self, at: usize) -> u32 {
        let field = self.bytes.get(at..at.saturating_add(4)).and_then(|field| field.try_into().ok());
        field.map_or(0, u32::from_le_bytes)
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub version: u32,
    pub pages: Vec<Page>,
    pub footer: Footer,
    /// What stands between the pages and the footer.
    pub gap: Vec<u8>,
}

/// What the footer says, in its order.
#[derive(Debug, Clone, Default)]
pub struct Footer {
    pub id: [u8; 16],
    pub base: [u8; 16],
    pub len: u64,
    pub size_bytes: u64,
    pub timestamp_ms: i64,
    pub entries: u64,
    pub entry_bytes: u64,
    pub pages: u32,
    pub level: u8,
    pub root: Place,
    /// Of name, definition and metadata.
    pub lens: [u32; 3],
    pub rest: Vec<u8>,
}

impl Draft {
    /// A sound one, of entries whose keys ascend, so many of them, or of pages, in a page.
    pub fn of(entries: &[(Vec<u8>, Vec<u8>)], per_page: usize) -> Draft {
        let mut pages = Vec::new();
        let mut offset = HEADER_LEN as u64;
        let per_page = per_page.max(2);
        let level = (0..).find(|&level| per_page.pow(level + 1) >= entries.len()).unwrap_or(0) as u8;
        let root = match entries {
            [] => Place::default(),
            _ => add(&mut pages, &mut offset, entries, level, per_page),
        };
        let entry_bytes = entries.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
        let len = entries.len() as u64;
        let footer = Footer {
            id: [1; 16],
            len,
            size_bytes: entry_bytes,
            entries: len,
            entry_bytes,
            pages: pages.len() as u32,
            level,
            root,
            ..Footer::default()
        };
        Draft { version: 1, pages, footer, gap: Vec::new() }
    }

    /// Where a page stands.
    pub fn place(&self, index: usize) -> Place {
        let before = self.pages[..index].iter().map(|page| page.bytes.len() as u64).sum::<u64>();
        let Page { number, bytes } = &self.pages[index];
        Place { offset: HEADER_LEN as u64 + before, len: bytes.len() as u32, number: *number }
    }

    /// Where the pages end.
    pub fn end(&self) -> u64 {
        HEADER_LEN as u64 + self.pages.iter().map(|page| page.bytes.len() as u64).sum::<u64>()
    }

    /// The file, with the checksums of what it is.
    pub fn seal(&self) -> Vec<u8> {
        let mut bytes = b"MPONDSNP".to_vec();
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        for Page { number, bytes: page } in &self.pages {
            let rest = page.get(4..).unwrap_or_default();
            let crc = crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), rest);
            bytes.extend_from_slice(&crc.to_le_bytes());
            bytes.extend_from_slice(rest);
        }
        bytes.extend_from_slice(&self.gap);
        let offset = bytes.len() as u64;
        let footer = self.footer.to_bytes();
        bytes.extend_from_slice(&footer);
        seal_tail(&mut bytes, offset, footer.len() as u32);
        bytes
    }
}

/// Writes the tail of a file whose footer is of this length and offset, as far as it has it.
pub fn seal_tail(bytes: &mut Vec<u8>, offset: u64, len: u32) {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let crc = crc32c::crc32c(&bytes[from..]);
    bytes.extend_from_slice(&offset.to_le_bytes());
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.extend_from_slice(b"MPONDEND");
}

impl Footer {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.id, self.base].concat();
        for number in [self.len, self.size_bytes, self.timestamp_ms as u64, self.entries, self.entry_bytes] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.pages.to_le_bytes());
        bytes.extend_from_slice(&[self.level, 0, 0, 0]);
        bytes.extend_from_slice(&self.root.to_bytes());
        self.lens.iter().for_each(|len| bytes.extend_from_slice(&len.to_le_bytes()));
        bytes.extend_from_slice(&self.rest);
        bytes
    }
}

/// Adds the pages over these entries, each behind those that it leads to; returns where the one above all others is.
fn add(pages: &mut Vec<Page>, offset: &mut u64, entries: &[(Vec<u8>, Vec<u8>)], level: u8, per_page: usize) -> Place {
    let below_each = per_page.pow(level as u32);
    let children: Vec<_> = match level {
        0 => entries.to_vec(),
        _ => entries
            .chunks(below_each)
            .map(|below| (below[0].0.clone(), add(pages, offset, below, level - 1, per_page).to_bytes().to_vec()))
            .collect(),
    };
    let page = Page::new(pages.len() as u32, level, &children);
    let place = Place { offset: *offset, len: page.bytes.len() as u32, number: page.number };
    *offset += page.bytes.len() as u64;
    pages.push(page);
    place
}
