//! What the last run saw of each test program, which is used again where the program does the same: its code, the
//! programs that its tests may start, and every file that is not compiled are as they were. So after a test was
//! added only the program that it is in runs again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use guard_mutants::work::{End, Kept, Program, Seen, Tried};
use serde::{Deserialize, Serialize};

use crate::repo::Repo;

/// Where what was seen is kept, and what has to be the same for it to be used.
pub(super) struct Place<'a> {
    /// The file.
    pub(super) file: PathBuf,
    /// What decides an outcome besides programs and files: policy, tools, this guard.
    pub(super) key: String,
    /// Head's tree.
    pub(super) tree: &'a str,
    pub(super) repo: &'a Repo,
    /// Whether what is there may be used.
    pub(super) reuse: bool,
}

/// What is in the file: of the last run only.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    key: String,
    tree: String,
    /// Files that were compiled: what they hold is in the programs.
    sources: BTreeSet<String>,
    /// By what the program does.
    programs: BTreeMap<String, Kept>,
}

/// What is known of the programs at hand.
pub(super) struct Keeper<'a> {
    place: &'a Place<'a>,
    sources: &'a BTreeSet<String>,
    /// Each program's digest, where it could be read.
    digests: Vec<Option<String>>,
    known: BTreeMap<String, Kept>,
}

impl<'a> Keeper<'a> {
    /// `started` are the programs that tests may start.
    pub(super) fn new(
        place: &'a Place<'a>,
        sources: &'a BTreeSet<String>,
        programs: &[Program],
        started: &[PathBuf],
    ) -> Keeper<'a> {
        let started: Option<Vec<String>> = started.iter().map(|p| does(p).ok()).collect();
        let digest = |program: &Program| {
            let parts =
                (&program.suite, &program.cwd, &program.env, does(&program.path).ok()?, started.as_ref()?);
            Some(blake3::hash(&serde_json::to_vec(&parts).ok()?).to_hex().to_string())
        };
        let digests = programs.iter().map(digest).collect();
        let known = if place.reuse { known(place, sources) } else { BTreeMap::new() };
        Keeper { place, sources, digests, known }
    }

    /// What is known of each program, by its place in the list.
    pub(super) fn known(&self) -> BTreeMap<usize, Kept> {
        let of = |(number, digest): (usize, &Option<String>)| {
            Some((number, self.known.get(digest.as_ref()?)?.clone()))
        };
        self.digests.iter().enumerate().filter_map(of).collect()
    }

    /// Keeps what is known now; what cannot be written is only slower the next time.
    pub(super) fn learn(mut self, programs: &[Program], seen: &BTreeMap<usize, Seen>, tried: &[Tried]) {
        let mut now: BTreeMap<String, Kept> = BTreeMap::new();
        for (number, program) in programs.iter().enumerate() {
            let Some(digest) = self.digests.get(number).cloned().flatten() else { continue };
            let fresh = |seen: &Seen| Kept { seen: seen.clone(), ..Kept::default() };
            let Some(mut kept) = self.known.remove(&digest).or_else(|| seen.get(&number).map(fresh)) else {
                continue;
            };
            for one in tried {
                match &one.end {
                    End::Missed => drop(kept.passed.insert(one.id)),
                    End::Caught { by, .. } if by.suite == program.suite => {
                        kept.caught.insert(one.id, one.end.clone());
                    }
                    _ => {}
                }
            }
            now.insert(digest, kept);
        }
        let memory = Memory {
            key: self.place.key.clone(),
            tree: self.place.tree.to_owned(),
            sources: self.sources.clone(),
            programs: now,
        };
        let _ = fs::write(&self.place.file, serde_json::to_vec(&memory).unwrap_or_default());
    }
}

fn known(place: &Place<'_>, sources: &BTreeSet<String>) -> BTreeMap<String, Kept> {
    let read = fs::read(&place.file).ok().and_then(|b| serde_json::from_slice::<Memory>(&b).ok());
    let Some(memory) = read.filter(|m| m.key == place.key) else { return BTreeMap::new() };
    // A test may read any file; those that were compiled are in the programs.
    let is_in_programs = |path: &String| sources.contains(path) || memory.sources.contains(path);
    match place.repo.tree(place.tree).unlike(&memory.tree) {
        Ok(paths) if paths.iter().all(is_in_programs) => memory.programs,
        _ => BTreeMap::new(),
    }
}

/// A digest of what a program does: of an ELF file, what is loaded to run it. Where its lines stand in the source, and
/// what the linker noted of itself, is no part of that.
fn does(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    match loaded(&mut file)? {
        Some(sections) => {
            for section in sections {
                hasher.update(&section.address.to_le_bytes());
                hasher.update(&section.size.to_le_bytes());
                if let Some(offset) = section.offset {
                    file.seek(SeekFrom::Start(offset))?;
                    io::copy(&mut (&mut file).take(section.size), &mut hasher)?;
                }
            }
        }
        None => {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file, &mut hasher)?;
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// A section of a program that is in memory while it runs.
struct Section {
    address: u64,
    size: u64,
    /// Where its content is; `None` where it begins as zeros.
    offset: Option<u64>,
}

/// The sections of a 64-bit little-endian ELF file that are loaded; `None` for any other file.
/// Source: System V ABI, chapter 4 (ELF-64: headers of 64 bytes, section headers of 64 bytes).
fn loaded(file: &mut File) -> io::Result<Option<Vec<Section>>> {
    const ALLOCATED: u64 = 2;
    const NOTE: u32 = 7;
    const NOBITS: u32 = 8;
    let mut head = [0_u8; 64];
    if file.read_exact(&mut head).is_err() || !head.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let (at, size, count) = (number(&head, 40, 8), number(&head, 58, 2), number(&head, 60, 2));
    if at == 0 || size != 64 || count == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut table = vec![0_u8; usize::try_from(count * size).unwrap_or_default()];
    file.read_exact(&mut table)?;
    let sections = table.chunks_exact(64).filter_map(|header| {
        let kind = u32::try_from(number(header, 4, 4)).unwrap_or(u32::MAX);
        let is_loaded = number(header, 8, 8) & ALLOCATED != 0 && kind != NOTE;
        is_loaded.then(|| Section {
            address: number(header, 16, 8),
            size: number(header, 32, 8),
            offset: (kind != NOBITS).then(|| number(header, 24, 8)),
        })
    });
    Ok(Some(sections.collect()))
}

/// A little-endian number of `len` bytes.
fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    bytes[at..at + len].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_what_is_loaded_of_it() {
        // A header, two sections' headers, and four bytes each: one that is loaded, one that is not.
        let program = |loaded: &[u8; 4], other: &[u8; 4]| {
            let mut bytes = vec![0_u8; 64];
            bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
            bytes[40] = 72;
            bytes[58] = 64;
            bytes[60] = 2;
            bytes.extend(loaded);
            bytes.extend(other);
            for (flags, offset) in [(2, 64), (0, 68)] {
                let mut header = [0_u8; 64];
                (header[4], header[8], header[24], header[32]) = (1, flags, offset, 4);
                bytes.extend(header);
            }
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("program");
            fs::write(&path, bytes).unwrap();
            does(&path).unwrap()
        };
        assert_eq!(program(b"code", b"line"), program(b"code", b"LINE"));
        assert_ne!(program(b"code", b"line"), program(b"CODE", b"line"));
    }

    #[test]
    fn another_file_is_taken_whole() {
        let dir = tempfile::tempdir().unwrap();
        let digest = |text: &str| {
            fs::write(dir.path().join("script"), text).unwrap();
            does(&dir.path().join("script")).unwrap()
        };
        assert_ne!(digest("#!/bin/sh\n"), digest("#!/bin/sh\n\n"));
    }
}
