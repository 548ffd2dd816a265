//! Paths are bytes to git and text to people.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A path as the model writes it: UTF-8 as it is, every other byte as `\xNN`.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.extend(["\\x".to_owned(), format!("{byte:02x}")]);
        }
    }
    text
}

/// Quotes a path the way git reads it back from lists of lines and from path variables.
pub(super) fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0x20..=0x7e => out.push(byte),
            _ => out.extend(format!("\\{byte:03o}").as_bytes()),
        }
    }
    out.push(b'"');
    out
}

#[cfg(unix)]
pub(super) fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
pub(super) fn os(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(unix)]
pub(super) fn bytes(path: &OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_bytes().to_vec()
}

#[cfg(not(unix))]
pub(super) fn bytes(path: &OsStr) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// A path of the repository as a path of the file system below `top`.
pub(super) fn below(top: &Path, path: &[u8]) -> PathBuf {
    top.join(os(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_text_are_shown_as_numbers() {
        for (bytes, text) in [
            (&b"src/lib.rs"[..], "src/lib.rs"),
            ("gr\u{fc}n.rs".as_bytes(), "gr\u{fc}n.rs"),
            (b"a\xff\xfeb", "a\\xff\\xfeb"),
            (b"new\nline", "new\nline"),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }

    #[test]
    fn quotes_hide_every_byte_that_could_end_a_list_entry() {
        assert_eq!(quoted(b"a \"b\\\n\xff:"), br#""a \"b\\\012\377:""#);
    }
}
