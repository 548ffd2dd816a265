//! What the last run saw of each test program, which is used again where the program does the same: its code, the
//! programs that its tests may start, and every file that is not compiled are as they were. Where a change did no more
//! than add tests, those that were there do the same in their program, and only the new ones run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use guard_mutants::Mutant;
use guard_mutants::added::only_tests_added;
use guard_mutants::weave::Id;
use guard_mutants::work::{End, Kept, Program, Seen, Tried};
use serde::{Deserialize, Serialize};

use super::programs;
use crate::repo::{Repo, TreeView};
use crate::texts::MAX_TEXT;

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
    /// What the program did, by what it is.
    digests: BTreeMap<String, String>,
}

/// A program by what it is, which stays when tests are added to it, and by what it does.
#[derive(Debug, Clone)]
struct Names {
    is: String,
    does: String,
}

/// What is known of the programs at hand.
pub(super) struct Keeper<'a> {
    place: &'a Place<'a>,
    sources: &'a BTreeSet<String>,
    /// Each program's names, where it could be read.
    names: Vec<Option<Names>>,
    known: Memory,
    /// Whether the change since did no more than add tests.
    only_tests_added: bool,
}

impl<'a> Keeper<'a> {
    /// `started` are the programs that tests may start.
    pub(super) fn new(
        place: &'a Place<'a>,
        sources: &'a BTreeSet<String>,
        mutants: &[(Id, &Mutant)],
        programs: &[Program],
        started: &[PathBuf],
    ) -> Keeper<'a> {
        let started: Option<Vec<String>> = started.iter().map(|p| programs::digest(p).ok()).collect();
        let mutants: Vec<_> =
            mutants.iter().map(|(id, m)| (id, &m.path, &m.description, m.operator)).collect();
        let digest = |bytes: Vec<u8>| blake3::hash(&bytes).to_hex().to_string();
        let names = |program: &Program| {
            let around = (&program.suite, &program.cwd, &program.env, started.as_ref()?);
            let does = (around, programs::digest(&program.path).ok()?);
            let is = (around, &mutants);
            Some(Names {
                is: digest(serde_json::to_vec(&is).ok()?),
                does: digest(serde_json::to_vec(&does).ok()?),
            })
        };
        let names = programs.iter().map(names).collect();
        let known = if place.reuse { known(place, sources) } else { None };
        let (known, only_tests_added) = known.unwrap_or_default();
        Keeper { place, sources, names, known, only_tests_added }
    }

    /// What is known of each program, by its place in the list.
    pub(super) fn known(&self, programs: &[Program]) -> BTreeMap<usize, Kept> {
        let of = |(number, names): (usize, &Option<Names>)| {
            let names = names.as_ref()?;
            if let Some(kept) = self.known.programs.get(&names.does) {
                return Some((number, kept.clone()));
            }
            let may_grow = self.only_tests_added && programs.get(number)?.libtest;
            let before = may_grow.then(|| self.known.digests.get(&names.is)).flatten()?;
            let kept = self.known.programs.get(before)?.clone();
            Some((number, Kept { has_more: true, ..kept }))
        };
        self.names.iter().enumerate().filter_map(of).collect()
    }

    /// Keeps what is known now; what cannot be written is only slower the next time.
    pub(super) fn learn(mut self, programs: &[Program], seen: &BTreeMap<usize, Seen>, tried: &[Tried]) {
        let (mut now, mut digests) = (BTreeMap::new(), BTreeMap::new());
        for (number, program) in programs.iter().enumerate() {
            let Some(names) = self.names.get(number).cloned().flatten() else { continue };
            let fresh = |seen: &Seen| Kept { seen: seen.clone(), ..Kept::default() };
            let known = self.known.programs.remove(&names.does);
            let Some(mut kept) = known.or_else(|| seen.get(&number).map(fresh)) else { continue };
            for one in tried {
                match &one.end {
                    End::Missed => drop(kept.passed.insert(one.id)),
                    End::Caught { by, .. } if by.suite == program.suite => {
                        kept.caught.insert(one.id, one.end.clone());
                    }
                    _ => {}
                }
            }
            digests.insert(names.is, names.does.clone());
            now.insert(names.does, kept);
        }
        let memory = Memory {
            key: self.place.key.clone(),
            tree: self.place.tree.to_owned(),
            sources: self.sources.clone(),
            programs: now,
            digests,
        };
        let _ = fs::write(&self.place.file, serde_json::to_vec(&memory).unwrap_or_default());
    }
}

/// What the last run left, where it can be used, and whether the change since did no more than add tests.
fn known(place: &Place<'_>, sources: &BTreeSet<String>) -> Option<(Memory, bool)> {
    let memory: Memory = serde_json::from_slice(&fs::read(&place.file).ok()?).ok()?;
    if memory.key != place.key {
        return None;
    }
    let (now, before) = (place.repo.tree(place.tree), place.repo.tree(&memory.tree));
    let changed = now.unlike(&memory.tree).ok()?;
    // A test may read any file; those that were compiled are in the programs.
    let is_in_programs = |path: &String| sources.contains(path) || memory.sources.contains(path);
    if !changed.iter().all(is_in_programs) {
        return None;
    }
    let text = |tree: &TreeView<'_>, path: &str| String::from_utf8(tree.read(path, MAX_TEXT).ok()??).ok();
    let is_grown = |path: &String| {
        let texts = text(&before, path).zip(text(&now, path));
        path.ends_with(".rs") && texts.is_some_and(|(old, new)| only_tests_added(&old, &new))
    };
    let is_grown = changed.iter().all(is_grown) && !are_included(&now, &changed);
    Some((memory, is_grown))
}

/// Whether code may hold one of the files as a text, by a name at the end of a literal: `include_str!("words.rs")`.
fn are_included(tree: &TreeView<'_>, paths: &[String]) -> bool {
    let literal = |path: &String| format!("{}\"", path.rsplit('/').next().unwrap_or(path));
    let literals: Vec<String> = paths.iter().map(literal).collect();
    let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
    !matches!(tree.files_with(&literals, &["*.rs"]), Ok(Some(files)) if files.is_empty())
}
