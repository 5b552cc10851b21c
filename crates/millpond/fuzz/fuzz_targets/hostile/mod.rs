//! What the fuzzer makes of a sound snapshot: changes of pages, footer and tail, after which all checksums are right again.

#[path = "../../../tests/common/draft.rs"]
mod draft;

use arbitrary::Arbitrary;
pub use draft::Draft;
use draft::{Place, seal_tail};

pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

const TAIL_LEN: usize = 24;

#[derive(Arbitrary, Debug)]
pub struct Hostile {
    per_page: u8,
    edits: Vec<Edit>,
    /// Of the sealed bytes, without making a checksum right.
    tail: Option<(Number, Number)>,
    cut: Option<u16>,
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Poke {
        page: u8,
        at: u16,
        byte: u8,
    },
    Insert {
        page: u8,
        at: u16,
        bytes: [u8; 4],
    },
    Remove {
        page: u8,
        at: u16,
        len: u8,
    },
    Len {
        page: u8,
        len: Number,
    },
    Level {
        page: u8,
        level: u8,
    },
    Count {
        page: u8,
        count: Number,
    },
    Number {
        page: u8,
        number: u8,
    },
    Begin {
        page: u8,
        entry: u8,
        at: Number,
    },
    Lead {
        page: u8,
        entry: u8,
        to: To,
    },
    Swap {
        page: u8,
        other: u8,
    },
    Copy {
        page: u8,
        to: u8,
    },
    Drop {
        page: u8,
    },
    Root(To),
    RootLevel(u8),
    Pages(Number),
    Totals([Number; 4]),
    /// The totals of the pages are made those of the store.
    Agree,
    Lens([Number; 3]),
    Rest(Vec<u8>),
    Base(u8),
    Gap(Vec<u8>),
    Version(u32),
}

/// Near what is there, or any.
#[derive(Arbitrary, Debug)]
enum Number {
    Near(i8),
    Any(u64),
}

impl Number {
    fn from(&self, there: u64) -> u64 {
        match self {
            Number::Near(by) => there.wrapping_add_signed(*by as i64),
            Number::Any(any) => *any,
        }
    }
}

/// Where a page is said to be: where one is, but for what is changed of that.
#[derive(Arbitrary, Debug)]
struct To {
    page: u8,
    offset: Number,
    len: Number,
    number: Number,
}

impl To {
    fn place(&self, draft: &Draft) -> Place {
        let place = draft.place(self.page as usize % draft.pages.len());
        Place {
            offset: self.offset.from(place.offset),
            len: self.len.from(place.len as u64) as u32,
            number: self.number.from(place.number as u64) as u32,
        }
    }
}

impl Hostile {
    pub fn bytes(&self, entries: &Entries, base: [u8; 16]) -> Vec<u8> {
        let mut draft = Draft::of(entries, self.per_page as usize % 8);
        draft.footer.base = base;
        for edit in &self.edits {
            if !draft.pages.is_empty() {
                edit.apply(&mut draft);
            }
        }
        let mut bytes = draft.seal();
        if let Some((offset, len)) = &self.tail {
            let footer = draft.end() + draft.gap.len() as u64;
            bytes.truncate(bytes.len() - TAIL_LEN);
            let footer_len = bytes.len() as u64 - footer;
            seal_tail(&mut bytes, offset.from(footer), len.from(footer_len) as u32);
        }
        if let Some(cut) = self.cut {
            bytes.truncate(bytes.len().saturating_sub(cut as usize % 128));
        }
        bytes
    }
}

impl Edit {
    fn apply(&self, draft: &mut Draft) {
        let pages = draft.pages.len();
        let index = |page: &u8| *page as usize % pages;
        match self {
            Edit::Poke { page, at, byte } => {
                let bytes = &mut draft.pages[index(page)].bytes;
                let at = *at as usize % bytes.len().max(1);
                bytes[at] ^= byte;
            }
            Edit::Insert { page, at, bytes } => {
                let page = &mut draft.pages[index(page)].bytes;
                let at = *at as usize % page.len();
                page.splice(at..at, bytes.iter().copied());
            }
            Edit::Remove { page, at, len } => {
                let page = &mut draft.pages[index(page)].bytes;
                let at = *at as usize % page.len();
                // Something is left of each.
                let end = (at + *len as usize).min(page.len() - 1).max(at);
                page.drain(at..end);
            }
            Edit::Swap { page, other } => draft.pages.swap(index(page), index(other)),
            Edit::Copy { page, to } => {
                let page = draft.pages[index(page)].clone();
                draft.pages.insert(index(to), page);
            }
            Edit::Drop { page } if pages > 1 => drop(draft.pages.remove(index(page))),
            Edit::Drop { .. } => {}
            Edit::Len { .. } | Edit::Level { .. } | Edit::Count { .. } | Edit::Number { .. } => self.of_header(draft),
            Edit::Begin { page, entry, at } => {
                let page = &mut draft.pages[index(page)];
                let (place, there) = (page.place_at(*entry as usize % 8), page.entry_at(*entry as usize % 8));
                page.set(place, at.from(there as u64) as u32);
            }
            Edit::Lead { page, entry, to } => {
                let place = to.place(draft);
                draft.pages[index(page)].lead(*entry as usize % 8, place);
            }
            Edit::Root(to) => draft.footer.root = to.place(draft),
            _ => self.of_footer(draft),
        }
    }

    fn of_header(&self, draft: &mut Draft) {
        let pages = draft.pages.len();
        match self {
            Edit::Len { page, len } => {
                let page = &mut draft.pages[*page as usize % pages];
                page.set_len(len.from(page.bytes.len() as u64) as u32);
            }
            Edit::Level { page, level } => draft.pages[*page as usize % pages].set_level(*level),
            Edit::Count { page, count } => {
                let page = &mut draft.pages[*page as usize % pages];
                page.set_count(count.from(3) as u32);
            }
            Edit::Number { page, number } => draft.pages[*page as usize % pages].number = *number as u32,
            _ => {}
        }
    }

    fn of_footer(&self, draft: &mut Draft) {
        let footer = &mut draft.footer;
        match self {
            Edit::RootLevel(level) => footer.level = *level,
            Edit::Pages(number) => footer.pages = number.from(footer.pages as u64) as u32,
            Edit::Totals([len, size, entries, bytes]) => {
                (footer.len, footer.size_bytes) = (len.from(footer.len), size.from(footer.size_bytes));
                (footer.entries, footer.entry_bytes) = (entries.from(footer.entries), bytes.from(footer.entry_bytes));
            }
            Edit::Agree => (footer.len, footer.size_bytes) = (footer.entries, footer.entry_bytes),
            Edit::Lens(lens) => footer.lens = [0, 1, 2].map(|index| lens[index].from(footer.lens[index] as u64) as u32),
            Edit::Rest(rest) => {
                footer.rest.clone_from(rest);
                footer.lens[2] = rest.len() as u32;
            }
            Edit::Base(byte) => footer.base = [*byte; 16],
            Edit::Gap(gap) => draft.gap.clone_from(gap),
            Edit::Version(version) => draft.version = *version,
            _ => {}
        }
    }
}
