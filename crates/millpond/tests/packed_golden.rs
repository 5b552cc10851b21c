//! A packed snapshot that other implementations of docs/format.md are tested with: what is written today is that one.
//!
//! `MILLPOND_GOLDEN=write` writes it anew, after a change of the format.

#![allow(missing_docs)]

use bytes::Bytes;
use millpond::{PackedInfo, PackedWriter, SnapshotId};

/// Pages on two levels, an empty key, an empty value, and one that is larger than a page.
fn packed() -> Vec<u8> {
    let info = PackedInfo {
        id: SnapshotId([7; 16]),
        timestamp_ms: -5,
        name: "counts ü".into(),
        definition: Bytes::from_static(b"definition"),
        metadata: Bytes::from_static(b"offsets"),
        ..PackedInfo::default()
    };
    let mut writer = PackedWriter::new(Vec::new(), info).expect("new");
    writer.push(b"", b"of the empty key").expect("push");
    for number in 0..400u32 {
        writer.push(&number.to_be_bytes(), &vec![number as u8; number as usize % 50]).expect("push");
    }
    writer.push(&[0xFF, 0x00, 0x80], &[7; 20_000]).expect("push");
    writer.push(&[0xFF, 0xFF], b"").expect("push");
    writer.finish().expect("finish")
}

#[test]
fn the_golden_snapshot_is_what_is_written() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/unit/portable/golden.packed");
    if std::env::var("MILLPOND_GOLDEN").is_ok_and(|wish| wish == "write") {
        std::fs::write(path, packed()).expect("write");
    }
    assert!(std::fs::read(path).expect("the golden snapshot") == packed(), "another format: see above");
}
