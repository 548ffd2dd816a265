//! What a program's file tells: what is loaded of it to run, and which woven functions the linker put into it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use guard_mutants::weave::function_in_symbol;
use object::{
    BinaryFormat, Object as _, ObjectSection as _, ObjectSymbol as _, ReadCache, SectionFlags, SectionKind,
    SymbolKind, elf,
};

/// A digest of what a program does: of an ELF file, the sections that are loaded to run it. Where its lines stand in the
/// source, and what the linker noted of itself, is no part of that.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let cache = ReadCache::new(File::open(path)?);
    match object::File::parse(&cache) {
        Ok(file) if file.format() == BinaryFormat::Elf => {
            let is_loaded = |flags, kind| {
                let SectionFlags::Elf { sh_flags, .. } = flags else { return false };
                sh_flags.contains(elf::SHF_ALLOC) && kind != SectionKind::Note
            };
            for section in file.sections().filter(|s| is_loaded(s.flags(), s.kind())) {
                hasher.update(&section.address().to_le_bytes());
                hasher.update(&section.size().to_le_bytes());
                hasher.update(section.data().map_err(io::Error::other)?);
            }
        }
        _ => {
            hasher.update_reader(File::open(path)?)?;
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The woven functions in a program, by number; `None` where its symbols do not tell, because it has none of its own.
///
/// Each woven function reads a static that is named after it. The linker leaves out what nothing calls.
pub(super) fn functions_in(path: &Path) -> Option<BTreeSet<u32>> {
    let cache = ReadCache::new(File::open(path).ok()?);
    let file = object::File::parse(&cache).ok()?;
    let mut found = BTreeSet::new();
    let mut has_own = false;
    for symbol in file.symbols().filter(|s| !s.is_undefined()) {
        has_own |= symbol.is_local() && matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data);
        found.extend(symbol.name_bytes().ok().and_then(function_in_symbol));
    }
    has_own.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_program_is_what_is_loaded_of_it() {
        // A header, four bytes that are loaded, four that are not, and four sections' headers.
        let program = |loaded: &[u8; 4], other: &[u8; 4]| {
            let mut bytes = vec![0_u8; 64];
            bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
            // Executable, x86-64, version 1; section headers at 72, four of 64 bytes, the last one of names.
            let head = [(16, 2), (18, 62), (20, 1), (40, 72), (52, 64), (58, 64), (60, 4), (62, 3)];
            head.into_iter().for_each(|(at, value)| bytes[at] = value);
            bytes.extend(loaded);
            bytes.extend(other);
            // None; the two; one name, which is empty.
            for (kind, flags, offset, size) in [(0, 0, 0, 0), (1, 2, 64, 4), (1, 0, 68, 4), (3, 0, 10, 1)] {
                let mut header = [0_u8; 64];
                (header[4], header[8], header[24], header[32]) = (kind, flags, offset, size);
                bytes.extend(header);
            }
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("program");
            fs::write(&path, bytes).unwrap();
            digest(&path).unwrap()
        };
        assert_eq!(program(b"code", b"line"), program(b"code", b"LINE"));
        assert_ne!(program(b"code", b"line"), program(b"CODE", b"line"));
    }

    #[test]
    fn another_file_is_taken_whole_and_tells_of_no_function() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("script");
        let of = |text: &str| {
            fs::write(&path, text).unwrap();
            (digest(&path).unwrap(), functions_in(&path))
        };
        assert_ne!(of("#!/bin/sh\n"), of("#!/bin/sh\n\n"));
        assert_eq!(of("#!/bin/sh\n").1, None);
        // A program has functions of its own, and none that is woven; on Windows its symbols lie elsewhere.
        #[cfg(unix)]
        assert_eq!(functions_in(&std::env::current_exe().unwrap()), Some(BTreeSet::new()));
    }
}
