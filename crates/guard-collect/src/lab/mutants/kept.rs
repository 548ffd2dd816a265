//! What the last run saw of each test program, which is used again where the program does the same: its code, the
//! programs that its tests may start, and every file that is not compiled are as they were. So after a test was
//! added only the program that it is in runs again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use guard_mutants::work::{End, Kept, Program, Seen, Tried};
use serde::{Deserialize, Serialize};

use super::programs;
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
        let started: Option<Vec<String>> = started.iter().map(|p| programs::digest(p).ok()).collect();
        let digest = |program: &Program| {
            let parts = (
                &program.suite,
                &program.cwd,
                &program.env,
                programs::digest(&program.path).ok()?,
                started.as_ref()?,
            );
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
