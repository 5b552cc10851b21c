//! Bytes of any length as a part of a longer key: zeros are followed by 0xFF, and a zero that is not ends them. What
//! follows must not begin with 0xFF.

const END: u8 = 0;
const MORE: u8 = 0xFF;

/// Writes `part` behind `out`.
#[inline]
pub(super) fn write(out: &mut Vec<u8>, part: &[u8]) {
    if part.contains(&END) {
        for &byte in part {
            out.push(byte);
            if byte == END {
                out.push(MORE);
            }
        }
    } else {
        out.extend_from_slice(part);
    }
    out.push(END);
}

/// How many bytes a part takes, beside its end.
pub(super) fn len(part: &[u8]) -> usize {
    part.len() + part.iter().filter(|&&byte| byte == END).count()
}

/// Writes the part that was written as `escaped`, its end included, behind `out`. False for what was never written.
#[inline]
pub(super) fn read(escaped: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((&END, mut rest)) = escaped.split_last() else { return false };
    while let Some(zero) = rest.iter().position(|&byte| byte == END) {
        if rest.get(zero + 1) != Some(&MORE) {
            return false;
        }
        out.extend_from_slice(&rest[..=zero]);
        rest = &rest[zero + 2..];
    }
    out.extend_from_slice(rest);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(part: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, part);
        assert_eq!(out.len(), len(part) + 1);
        out
    }

    #[test]
    fn parts_read_back_and_sort_as_they_did_whatever_follows() {
        let parts: [&[u8]; 11] =
            [b"", b"\0", b"\0\0", b"\0\0\xFF", b"\0\x01", b"\0\xFF", b"a", b"a\0", b"a\0b", b"a\x01", b"ab"];
        for (place, part) in parts.iter().enumerate() {
            let mut back = Vec::new();
            assert!(read(&escaped(part), &mut back));
            assert_eq!(&back, part);
            for later in &parts[place + 1..] {
                for follows in [[0x00, 0xFE], [0xFE, 0x00], [0xFE, 0xFE], [0, 0]] {
                    let [a, b] = [[escaped(part), follows[..1].to_vec()], [escaped(later), follows[1..].to_vec()]];
                    assert!(a.concat() < b.concat(), "{part:?} {later:?}");
                }
            }
        }
    }

    #[test]
    fn what_was_never_written_is_refused() {
        for bytes in [&b""[..], b"a", b"a\0b\0", b"\0\0", b"a\0\xFE\0"] {
            assert!(!read(bytes, &mut Vec::new()), "{bytes:?}");
        }
    }
}
