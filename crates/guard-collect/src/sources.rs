//! Syntax of what changed: facts on both sides, whether new files are part of the build, and the few
//! lines that a report may quote.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet, GlobSetBuilder};
use guard_model::evidence::{Gap, GapKind, Snippet};
use guard_model::source::{Reach, ReachState};
use guard_model::{Change, FileKind, Finding, Language, Policy, Side, SourceFacts};
use guard_syntax::reach;
use rayon::prelude::*;

use crate::repo::{Repo, RepoError, TreeView};

/// Source files larger than this are not read.
const MAX_SOURCE: u64 = 8 << 20;

/// Lines shown around a finding's own lines.
const CONTEXT: u32 = 1;

/// Lines of one snippet at most.
const MAX_LINES: u32 = 12;

/// Bytes of one line at most.
const MAX_COLUMNS: usize = 240;

/// Syntax of every changed source file, base first.
pub fn read_facts(repo: &Repo, change: &Change, policy: &Policy) -> (Vec<SourceFacts>, Vec<Gap>) {
    let ignored = globs(&policy.paths.ignore);
    let wanted: Vec<(&str, Side, &str)> = change
        .files
        .iter()
        .filter(|f| f.content == FileKind::Text && !ignored.is_match(&f.path))
        .flat_map(|f| {
            let base = f.old_oid.as_deref().map(|oid| (f.base_path(), Side::Base, oid));
            let head = f.new_oid.as_deref().map(|oid| (f.path.as_str(), Side::Head, oid));
            [base, head].into_iter().flatten()
        })
        .filter(|(path, ..)| Language::of_path(path).is_some())
        .collect();
    let oids: Vec<&str> = wanted.iter().map(|(.., oid)| *oid).collect();
    let texts = match repo.read_all(&oids, MAX_SOURCE) {
        Ok(texts) => texts,
        Err(error) => {
            return (Vec::new(), vec![input_gap(format!("the changed files could not be read: {error}"))]);
        }
    };
    let read: Vec<Result<Option<SourceFacts>, Gap>> = wanted
        .par_iter()
        .zip(texts)
        .map(|((path, side, _), text)| match text {
            Ok(bytes) => Ok(guard_syntax::facts(path, *side, &bytes)),
            Err(error) => Err(input_gap(format!("`{path}` could not be read: {error}"))),
        })
        .collect();
    let (mut facts, mut gaps) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(Some(one)) => facts.push(one),
            Ok(None) => {}
            Err(gap) => gaps.push(gap),
        }
    }
    gaps.extend(facts.iter().filter_map(|f| {
        let reason = f.unread.as_ref()?;
        Some(input_gap(format!("`{}` was not read: {reason}", f.path)))
    }));
    (facts, gaps)
}

/// Whether new and edited files are part of anything that is built.
pub fn read_reach(repo: &Repo, change: &Change, sources: &[SourceFacts], policy: &Policy) -> Vec<Reach> {
    let skipped =
        globs(policy.paths.ignore.iter().chain(&policy.paths.vendored).chain(&policy.paths.generated));
    change
        .files
        .par_iter()
        .filter(|f| f.new_oid.is_some() && f.content == FileKind::Text && !skipped.is_match(&f.path))
        .filter_map(|file| {
            let facts = sources.iter().find(|s| s.side == Side::Head && s.path == file.path)?;
            let (state, looked_at) = reach_in(repo, &change.head.tree, &file.path);
            let at_base = (file.old_oid.is_some() && state == ReachState::Unreached)
                .then(|| reach_in(repo, &change.base.tree, file.base_path()).0);
            let code = facts.items.iter().any(|i| !i.in_test);
            Some(Reach {
                path: file.path.clone(),
                state,
                looked_at,
                at_base,
                test_code: !code || guard_syntax::is_test_path(&file.path, Some(facts.language)),
                tests: u32::try_from(facts.tests.len()).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

fn reach_in(repo: &Repo, tree: &str, path: &str) -> (ReachState, Vec<String>) {
    let tree = Looked { view: repo.tree(tree), failed: Cell::new(false) };
    let found = reach::reach(&tree, path);
    // What could not be read may be what declares the file.
    match tree.failed.get() {
        true => (ReachState::Unknown, vec!["a file that may declare it could not be read".to_owned()]),
        false => (found.state, found.looked_at),
    }
}

/// A tree as the reach analysis sees it, remembering whether something could not be read.
struct Looked<'a> {
    view: TreeView<'a>,
    failed: Cell<bool>,
}

impl Looked<'_> {
    fn or_failed<T: Default>(&self, result: Result<T, RepoError>) -> T {
        result.unwrap_or_else(|_| {
            self.failed.set(true);
            T::default()
        })
    }
}

impl reach::Tree for Looked<'_> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.or_failed(self.view.read(path, MAX_SOURCE)).map(Cow::Owned)
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let entries = self.or_failed(self.view.list(dir));
        entries.iter().map(|e| if e.is_dir() { format!("{}/", e.name) } else { e.name.clone() }).collect()
    }

    fn grep(&self, needle: &str) -> Vec<(String, u32, String)> {
        let (hits, cut) = self.or_failed(self.view.grep(needle, &[]));
        if cut {
            self.failed.set(true);
        }
        hits.into_iter().map(|h| (h.path, h.line, h.text)).collect()
    }
}

/// The lines that findings point at.
pub fn read_snippets(repo: &Repo, change: &Change, findings: &[Finding]) -> Vec<Snippet> {
    let mut wanted: BTreeSet<(Side, String, u32, u32)> = BTreeSet::new();
    for finding in findings {
        if let (Some(path), Some(line)) = (&finding.path, finding.line) {
            let end = finding.end_line.unwrap_or(line).clamp(line, line.saturating_add(MAX_LINES - 1));
            wanted.insert((finding.side, path.clone(), line.saturating_sub(CONTEXT).max(1), end + CONTEXT));
        }
    }
    let mut texts: BTreeMap<(Side, String), Option<Vec<u8>>> = BTreeMap::new();
    wanted
        .into_iter()
        .filter_map(|(side, path, first, last)| {
            let text = texts
                .entry((side, path.clone()))
                .or_insert_with(|| {
                    let tree = match side {
                        Side::Base => &change.base.tree,
                        Side::Head => &change.head.tree,
                    };
                    repo.tree(tree).read(&path, MAX_SOURCE).ok().flatten()
                })
                .as_ref()?;
            let lines: Vec<String> = String::from_utf8_lossy(text)
                .lines()
                .skip(first as usize - 1)
                .take((last - first + 1) as usize)
                .map(clip_line)
                .collect();
            (!lines.is_empty()).then_some(Snippet { path, side, first_line: first, lines })
        })
        .collect()
}

fn clip_line(line: &str) -> String {
    let mut end = line.len().min(MAX_COLUMNS);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line[..end].trim_end_matches('\r').to_owned()
}

fn input_gap(reason: String) -> Gap {
    Gap { checks: Vec::new(), kind: GapKind::Input, reason, log: None }
}

/// The patterns of a policy; those that are no globs were refused when it was read.
fn globs<'a>(patterns: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = Glob::new(pattern) {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}
