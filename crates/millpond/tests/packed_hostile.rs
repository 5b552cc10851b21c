//! Packed snapshots, increments and checkpoints whose checksums hold, and which are no sound ones: each is refused as
//! corruption, and none takes a panic, much memory or an endless walk to find out.

#![allow(missing_docs)]

mod common;
#[path = "common/draft.rs"]
mod draft;

use common::TempDir;
use draft::{Draft, Footer, Page, Place, seal_tail};
use millpond::{Checkpoint, Error, PackedIncrement, PackedSnapshot, Range, TableKind};

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

const TAIL_LEN: usize = 24;

/// Nine entries of four bytes, three to a page: three pages of them, a page above.
fn entries() -> Entries {
    (0..9u8).map(|number| (vec![b'k', number], vec![number; 2])).collect()
}

fn sound() -> Draft {
    Draft::of(&entries(), 3)
}

/// What a draft that was changed is taken for.
fn open(change: impl FnOnce(&mut Draft)) -> Result<PackedSnapshot, Error> {
    let mut draft = sound();
    change(&mut draft);
    PackedSnapshot::from_bytes(draft.seal())
}

#[track_caller]
fn assert_corruption<T>(opened: Result<T, Error>) {
    match opened {
        Err(Error::Corruption { .. }) => {}
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is taken for a sound one"),
    }
}

#[test]
fn a_draft_that_was_not_changed_is_a_snapshot() {
    for (count, per_page) in [(0, 3), (1, 3), (3, 3), (4, 2), (9, 3), (50, 2), (50, 7)] {
        let entries: Entries = (0..count as u8).map(|number| (vec![number], vec![number; 3])).collect();
        let snapshot = PackedSnapshot::from_bytes(Draft::of(&entries, per_page).seal()).expect("sound");
        let range = Range::all();
        let found = snapshot.iter(&range, false).map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())));
        assert_eq!(found.collect::<Result<Entries, _>>().expect("entries"), entries);
    }
}

#[test]
fn a_page_outside_of_the_pages_is_corruption() {
    let end = sound().end();
    let offsets = [0, 1, 15, 17, end - 1, end, end + 1, 1 << 40, u64::MAX - 16, u64::MAX];
    for offset in offsets {
        assert_corruption(open(|draft| draft.footer.root.offset = offset));
        assert_corruption(open(|draft| {
            let place = Place { offset, ..draft.place(1) };
            draft.pages[3].lead(1, place);
        }));
    }
    for len in [0, 1, 15, 16, 1 << 20, u32::MAX] {
        assert_corruption(open(|draft| draft.footer.root.len = len));
        assert_corruption(open(|draft| {
            let place = Place { len, ..draft.place(1) };
            draft.pages[3].lead(1, place);
        }));
        assert_corruption(open(|draft| draft.pages[1].set_len(len)));
    }
}

#[test]
fn a_page_that_is_its_own_child_or_another_ones_too_is_corruption() {
    assert_corruption(open(|draft| {
        let place = draft.place(3);
        draft.pages[3].lead(0, place);
    }));
    for (index, other) in [(0, 1), (1, 0), (2, 0)] {
        assert_corruption(open(|draft| {
            let place = draft.place(other);
            draft.pages[3].lead(index, place);
        }));
    }
}

#[test]
fn a_page_that_goes_by_the_number_of_one_that_was_checked_is_checked_all_the_same() {
    let counts = [0, 1, 3, u32::MAX / 4, u32::MAX];
    for count in counts {
        assert_corruption(open(|draft| {
            let place = Place { number: 0, ..draft.place(1) };
            draft.pages[3].lead(1, place);
            draft.pages[1].set_count(count);
        }));
    }
}

#[test]
fn a_level_that_does_not_fall_is_corruption() {
    for level in [1, 2, 255] {
        assert_corruption(open(|draft| draft.pages[1].set_level(level)));
    }
    for level in [0, 2, 255] {
        assert_corruption(open(|draft| draft.pages[3].set_level(level)));
        assert_corruption(open(|draft| draft.footer.level = level));
    }
    // Both say so: then its children would be those of a level that they are not of, or it has no children but entries.
    assert_corruption(open(|draft| {
        draft.pages[3].set_level(0);
        draft.footer.level = 0;
    }));
    assert_corruption(open(|draft| {
        draft.pages[3].set_level(255);
        draft.footer.level = 255;
    }));
}

#[test]
fn places_that_are_not_those_of_the_entries_are_corruption() {
    for number in [0, 15, 17, 1 << 20, u32::MAX] {
        for index in 0..3 {
            assert_corruption(open(|draft| {
                let at = draft.pages[1].place_at(index);
                draft.pages[1].set(at, number);
            }));
        }
    }
    assert_corruption(open(|draft| {
        let page = &mut draft.pages[1];
        let [first, second] = [0, 1].map(|index| (page.place_at(index), page.entry_at(index) as u32));
        page.set(first.0, second.1);
        page.set(second.0, first.1);
    }));
}

#[test]
fn an_entry_that_goes_on_beyond_its_page_is_corruption() {
    for index in 0..3 {
        // The length of the key is the first field of an entry, that of the value the next.
        for lens in [[0xFF, 0xFF, 0, 0], [2, 0, 0xFF, 0xFF], [2, 0, 5, 0], [2, 0, 1, 0], [0, 0, 0, 0]] {
            assert_corruption(open(|draft| {
                let at = draft.pages[1].entry_at(index);
                draft.pages[1].bytes[at..at + 4].copy_from_slice(&lens);
            }));
        }
    }
}

#[test]
fn a_count_that_is_not_that_of_the_entries_is_corruption() {
    for count in [0, 1, 2, 4, 1000, 1 << 30, u32::MAX] {
        assert_corruption(open(|draft| draft.pages[1].set_count(count)));
        assert_corruption(open(|draft| draft.pages[3].set_count(count)));
    }
}

#[test]
fn keys_that_do_not_ascend_or_are_too_long_are_corruption() {
    let keys = |keys: [&[u8]; 3]| keys.map(|key| (key.to_vec(), vec![7; 2])).to_vec();
    for keys in [keys([b"k\x03", b"k\x05", b"k\x04"]), keys([b"k\x03", b"k\x04", b"k\x04"])] {
        assert_corruption(open(|draft| draft.pages[1] = Page::new(1, 0, &keys)));
    }
    let long = vec![b'k'; millpond::MAX_KEY_LEN + 1];
    assert_corruption(PackedSnapshot::from_bytes(Draft::of(&[(long, Vec::new())], 3).seal()));
    let longest = vec![b'k'; millpond::MAX_KEY_LEN];
    assert!(PackedSnapshot::from_bytes(Draft::of(&[(longest, Vec::new())], 3).seal()).is_ok());
}

#[test]
fn keys_of_a_page_outside_of_where_it_is_led_to_are_corruption() {
    // The first key is another than the page above says; the last is not before the next page's.
    for (index, key) in [(0, [b'k', 2]), (0, [b'j', 3]), (2, [b'k', 6]), (2, [b'z', 0])] {
        assert_corruption(open(|draft| {
            let at = draft.pages[1].entry_at(index) + 6;
            draft.pages[1].bytes[at..at + 2].copy_from_slice(&key);
        }));
    }
}

#[test]
fn keys_beyond_what_a_page_further_above_says_are_corruption() {
    let entries: Entries = (0..27u8).map(|number| (vec![b'k', number], Vec::new())).collect();
    for key in [[b'k', 9], [b'k', 10], [b'z', 0]] {
        // The last page below the first of three: only the root says what comes behind it.
        let mut draft = Draft::of(&entries, 3);
        let at = draft.pages[2].entry_at(2) + 6;
        draft.pages[2].bytes[at..at + 2].copy_from_slice(&key);
        assert_corruption(PackedSnapshot::from_bytes(draft.seal()));
    }
}

#[test]
fn a_footer_that_says_something_else_than_the_pages_is_corruption() {
    let changes: [fn(&mut Footer); 12] = [
        |footer| footer.pages = 0,
        |footer| footer.pages = 3,
        |footer| footer.pages = u32::MAX,
        |footer| footer.root = Place::default(),
        |footer| footer.root.number = 2,
        |footer| footer.root.number = u32::MAX,
        |footer| footer.entries = 0,
        |footer| footer.entries = u64::MAX,
        |footer| footer.entry_bytes += 1,
        |footer| footer.len = u64::MAX,
        |footer| footer.size_bytes = 0,
        |footer| footer.rest.push(0),
    ];
    for change in changes {
        assert_corruption(open(|draft| change(&mut draft.footer)));
    }
    for index in 0..3 {
        for len in [1, 1 << 20, u32::MAX] {
            assert_corruption(open(|draft| draft.footer.lens[index] = len));
        }
    }
    assert_corruption(open(|draft| (draft.footer.lens, draft.footer.rest) = ([1, 0, 0], vec![0xFF])));
}

#[test]
fn bytes_that_belong_to_nothing_are_corruption() {
    assert_corruption(open(|draft| draft.gap = vec![0; 8]));
    assert_corruption(open(|draft| draft.pages.push(Page::new(4, 0, &entries()))));
    assert_corruption(open(|draft| draft.pages.insert(0, Page::new(0, 0, &entries()))));
    let mut empty = Draft::of(&[], 3);
    empty.gap = vec![0; 100];
    assert_corruption(PackedSnapshot::from_bytes(empty.seal()));
}

#[test]
fn a_tail_that_leads_elsewhere_is_corruption() {
    let bytes = sound().seal();
    let footer = (sound().end(), bytes.len() - TAIL_LEN - sound().end() as usize);
    let places = [(0, 0), (0, footer.1), (footer.0 + 1, footer.1 - 1), (footer.0 - 8, footer.1 + 8), (8, 4)];
    for (offset, len) in places.into_iter().chain([(u64::MAX, 1), (u64::MAX - 3, usize::MAX), (1 << 40, 0)]) {
        let mut bytes = bytes[..bytes.len() - TAIL_LEN].to_vec();
        seal_tail(&mut bytes, offset, len as u32);
        assert_corruption(PackedSnapshot::from_bytes(bytes));
    }
}

#[test]
fn a_later_version_is_unusable_and_no_corruption() {
    for version in [2, u32::MAX] {
        assert!(matches!(open(|draft| draft.version = version), Err(Error::Unusable { .. })));
    }
}

/// An increment of these changes, as they are stored, three to a page.
fn increment(changes: &[(&[u8], &[u8])]) -> Result<PackedIncrement, Error> {
    let entries: Entries = changes.iter().map(|(key, stored)| (key.to_vec(), stored.to_vec())).collect();
    let mut draft = Draft::of(&entries, 3);
    draft.footer.base = [2; 16];
    PackedIncrement::from_bytes(draft.seal())
}

#[test]
fn a_change_that_is_none_is_corruption() {
    let long = [&[2][..], &[b'z'; millpond::MAX_KEY_LEN + 1]].concat();
    for stored in [&b""[..], b"\x01x", b"\x02", b"\x02a", b"\x02b", b"\x03", b"\xFF", &long] {
        assert_corruption(increment(&[(b"a", b"\0value"), (b"b", stored)]));
    }
    assert!(increment(&[(b"a", b"\0value"), (b"b", b"\x02c"), (b"c", b"\x01")]).is_ok());
}

/// A checkpoint whose contents are these entries, behind a snapshot of nine.
fn checkpoint(contents: &[(&[u8], &[u8])]) -> Vec<u8> {
    let entries: Entries = contents.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let mut bytes = sound().seal();
    let (offset, contents) = (bytes.len() as u64, Draft::of(&entries, 3).seal());
    bytes.extend_from_slice(&contents);
    seal_checkpoint(&mut bytes, offset, contents.len() as u64, 1);
    bytes
}

/// Writes the tail of a checkpoint.
fn seal_checkpoint(bytes: &mut Vec<u8>, offset: u64, len: u64, version: u32) {
    let tail = [&offset.to_le_bytes()[..], &len.to_le_bytes(), &version.to_le_bytes()].concat();
    bytes.extend_from_slice(&tail);
    bytes.extend_from_slice(&crc32c::crc32c(&tail).to_le_bytes());
    bytes.extend_from_slice(b"MPONDCKP");
}

fn table(offset: u64, len: u64) -> Vec<u8> {
    [offset.to_le_bytes(), len.to_le_bytes()].concat()
}

#[test]
fn a_checkpoint_that_leads_beyond_its_file_or_to_no_snapshot_is_corruption() {
    let dir = TempDir::new();
    let path = dir.join("checkpoint");
    let rows = |place: &[u8]| {
        std::fs::write(&path, checkpoint(&[(b"scounts", b""), (b"tcounts\0r", place)])).expect("write");
        Checkpoint::open([&path]).expect("its contents are sound").table("counts", TableKind::Rows)
    };
    let len = sound().seal().len() as u64;
    let found = rows(&table(0, len)).expect("a table").expect("there");
    assert_eq!(found.entries().count(), 9);
    let places = [(0, 0), (0, len - 1), (0, len + 1), (1, len - 1), (0, 1 << 40), (1 << 40, 10), (u64::MAX, 1)];
    for (offset, len) in places.into_iter().chain([(0, u64::MAX), (1, u64::MAX), (len, 50)]) {
        assert_corruption(rows(&table(offset, len)));
    }
    assert_corruption(rows(&[]));
    assert_corruption(rows(&[0; 17]));
}

#[test]
fn a_checkpoint_whose_tail_leads_elsewhere_is_corruption_and_a_later_one_unusable() {
    let dir = TempDir::new();
    let path = dir.join("checkpoint");
    let (tables, contents) = (sound().seal(), Draft::of(&[], 3).seal());
    let [at, len] = [tables.len() as u64, contents.len() as u64];
    let open = |offset, len, version| {
        let mut bytes = [&tables[..], &contents].concat();
        seal_checkpoint(&mut bytes, offset, len, version);
        std::fs::write(&path, bytes).expect("write");
        Checkpoint::open([&path])
    };
    assert!(open(at, len, 1).is_ok());
    assert!(matches!(open(at, len, 2), Err(Error::Unusable { .. })));
    for (offset, len) in [(0, at), (at - 1, len + 1), (at + 1, len - 1), (0, 0), (u64::MAX, 1), (u64::MAX - 8, len)] {
        assert_corruption(open(offset, len, 1));
    }
}

#[test]
fn a_checkpoint_whose_names_offsets_or_base_are_none_is_corruption() {
    let dir = TempDir::new();
    let paths = ["first", "second"].map(|name| dir.join(name));
    let open = |contents| {
        std::fs::write(&paths[0], checkpoint(contents)).expect("write");
        Checkpoint::open([&paths[0]]).expect("open")
    };
    assert_corruption(open(&[(b"s\xFF", b"")]).stores());
    assert_corruption(open(&[(b"o\xFF", &[0; 8])]).offsets());
    assert_corruption(open(&[(b"osource", &[0; 7])]).offsets());
    std::fs::write(&paths[1], checkpoint(&[(b"b", &[1; 15])])).expect("write");
    assert_corruption(Checkpoint::open(&paths));
}

/// Too large to be verified when it is opened: an entry of 64 MiB stands behind what `change` has changed.
fn lazily(change: impl FnOnce(&mut Draft)) -> PackedSnapshot {
    let mut entries = entries();
    entries.push((b"z".to_vec(), vec![0; 64 << 20]));
    let mut draft = Draft::of(&entries, 2);
    change(&mut draft);
    PackedSnapshot::from_bytes(draft.seal()).expect("its ends are sound")
}

#[test]
fn a_large_one_is_refused_when_the_page_is_read_and_a_walk_ends_there() {
    // The second page goes by the number of the first: what was found out of that does not hold of it.
    let snapshot = lazily(|draft| {
        let above = draft.pages.iter().position(|page| page.bytes[8] == 1).expect("a page above");
        let place = Place { number: 0, ..draft.place(1) };
        draft.pages[above].lead(1, place);
    });
    assert_eq!(snapshot.get(b"k\x01"), Ok(Some(&[1, 1][..])));
    assert_corruption(snapshot.get(b"k\x02").map(drop));
    let range = Range::all();
    assert_eq!(snapshot.iter(&range, false).take(10).filter(|entry| entry.is_ok()).count(), 2);
    assert_corruption(snapshot.verify());
}
