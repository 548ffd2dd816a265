//! Edits that repeat: learned from the changed files, searched for in the whole of head.
//!
//! The search asks git for the files that hold a word of a pattern, and reads only those. It is bounded
//! in files and bytes; a pattern says when it did not reach everything.

use std::collections::BTreeSet;
use std::mem;

use globset::GlobSet;
use guard_model::evidence::{Gap, GapKind};
use guard_model::{
    Change, EditPattern, FileChange, FileKind, Language, Policy, Side, Site, SitesEvidence, SourceFacts,
    is_vendored_path,
};
use guard_syntax::is_generated;
use guard_syntax::sites::{self, Changed, Found, Learned};
use rayon::prelude::*;

use crate::recall::Recall;
use crate::repo::{Entry, Repo, TreeView};
use crate::sources::{by_path, facts_of, globs};
use crate::texts::Texts;

/// Files larger than this are not read.
const MAX_FILE: u64 = 4 << 20;
/// Changed files beyond this many bytes teach nothing.
const MAX_LEARNED: usize = 32 << 20;
/// Files that are read besides the changed ones, for all patterns.
const MAX_FILES: usize = 3000;
/// Directories whose files are read for patterns that no search can find.
const MAX_DIRS: usize = 60;
/// Sites that are kept of one pattern on one side.
const MAX_SITES: usize = 3000;
/// Bytes of unchanged files that are parsed to know what stands around a site.
const MAX_PARSED: usize = 2 << 20;

/// Learns and searches. `None` when the change repeats no edit.
pub fn read_sites(
    repo: &Repo,
    texts: &Texts,
    change: &Change,
    facts: &[SourceFacts],
    policy: &Policy,
    recall: &Recall,
) -> (Option<SitesEvidence>, Vec<Gap>) {
    let skips = Skips::of(policy);
    let files: Vec<&FileChange> = change.files.iter().filter(|f| is_learnable(f, &skips)).collect();
    let facts = by_path(facts);
    let of = |side: Side, path| facts.get(&(side, path)).copied();
    let changed: Vec<Changed<'_>> = files
        .into_iter()
        .filter_map(|file| {
            Some(Changed {
                base_path: file.base_path(),
                path: &file.path,
                base: texts.get(file.old_oid.as_deref()?).ok()?,
                head: texts.get(file.new_oid.as_deref()?).ok()?,
                hunks: &file.hunks,
                base_facts: of(Side::Base, file.base_path()),
                head_facts: of(Side::Head, &file.path),
            })
        })
        .filter(|file| !is_generated(file.head))
        .collect();
    if changed.iter().map(|f| f.base.len() + f.head.len()).sum::<usize>() > MAX_LEARNED {
        let gap = Gap::new(GapKind::Budget, "the change is too large to look for edits that repeat");
        return (None, vec![gap.silences(&["skipped-section"])]);
    }
    let learned = sites::learn(&changed);
    if learned.is_empty() {
        return (None, Vec::new());
    }
    let mut found: Vec<EditPattern> = learned.iter().map(Learned::described).collect();
    let here: Vec<_> = changed
        .par_iter()
        .enumerate()
        .map(|(index, file)| sites::in_changed(&learned, index, file))
        .collect();
    for of_file in here {
        for (pattern, (done, left)) in found.iter_mut().zip(of_file) {
            pattern.done.extend(done);
            pattern.left.extend(left);
        }
    }
    // Only what will be judged is searched for.
    let judged = guard_model::sites::judged(&found);
    let wanted: Vec<Learned> = judged.iter().map(|&rank| learned[rank].clone()).collect();
    let mut parts: Vec<EditPattern> = judged.iter().map(|&rank| mem::take(&mut found[rank])).collect();
    unsearched(&mut found, "other edits of the change repeat more");
    let gaps = search_rest(repo, change, &wanted, recall, &mut parts);
    for (rank, part) in judged.into_iter().zip(parts) {
        found[rank] = part;
    }
    for (pattern, _) in found.iter_mut().zip(&learned).filter(|(p, l)| !l.tells(p.done.len())) {
        pattern.rule = None;
        pattern.left.iter_mut().for_each(|site| site.rewrite = None);
    }
    found.retain(|p| !p.done.is_empty());
    for pattern in &mut found {
        pattern.done.truncate(MAX_SITES);
        pattern.left.truncate(MAX_SITES);
        for site in pattern.done.iter_mut().chain(&mut pattern.left) {
            site.in_test |= skips.tests.is_match(&site.path);
            site.excluded = skips.reason(&site.path);
        }
    }
    (Some(SitesEvidence { patterns: found }), gaps)
}

fn is_learnable(file: &FileChange, skips: &Skips) -> bool {
    file.content == FileKind::Text
        && file.old_oid.is_some()
        && file.new_oid.is_some()
        && !file.hunks.is_empty()
        && Language::of_path(&file.path).is_some()
        && skips.reason(&file.path).is_none()
}

/// Paths where nobody expects an edit.
struct Skips {
    ignored: GlobSet,
    vendored: GlobSet,
    generated: GlobSet,
    tests: GlobSet,
}

impl Skips {
    fn of(policy: &Policy) -> Skips {
        Skips {
            ignored: globs(&policy.paths.ignore),
            vendored: globs(&policy.paths.vendored),
            generated: globs(&policy.paths.generated),
            tests: globs(&policy.paths.tests),
        }
    }

    fn reason(&self, path: &str) -> Option<String> {
        let reason = if self.ignored.is_match(path) {
            "left out by the policy"
        } else if self.vendored.is_match(path) || is_vendored_path(path) {
            "vendored"
        } else if self.generated.is_match(path) {
            "generated"
        } else {
            return None;
        };
        Some(reason.to_owned())
    }
}

/// Searches head's unchanged files.
fn search_rest(
    repo: &Repo,
    change: &Change,
    learned: &[Learned],
    recall: &Recall,
    found: &mut [EditPattern],
) -> Vec<Gap> {
    let fits = |language: &Language| learned.iter().any(|l| l.pattern.fits_language(*language));
    let pathspecs: Vec<String> = Language::ALL
        .iter()
        .filter(|l| fits(l))
        .flat_map(|l| l.extensions())
        .map(|e| format!("*.{e}"))
        .collect();
    let pathspecs: Vec<&str> = pathspecs.iter().map(String::as_str).collect();
    let anchors: Vec<String> = learned.iter().flat_map(|l| l.pattern.anchors()).collect();
    let anchors: Vec<&str> = anchors.iter().map(String::as_str).collect();
    for pattern in found.iter_mut().filter(|p| !p.named) {
        pattern.unsearched =
            Some("only words and signs of the language: searched where files changed".to_owned());
    }
    let tree = repo.tree(&change.head.tree);
    let mut paths = BTreeSet::new();
    match tree.files_with(&anchors, &pathspecs) {
        Ok(Some(files)) => paths.extend(files),
        Ok(None) => unsearched(found, "too many files hold a word of it"),
        Err(error) => {
            unsearched(found, "head could not be searched");
            let reason = format!("head could not be searched: {error}");
            return vec![Gap::new(GapKind::Input, reason).silences(&["skipped-section"])];
        }
    }
    if found.iter().any(|p| !p.named) {
        paths.extend(beside(&tree, change));
    }
    let changed: BTreeSet<&str> =
        change.files.iter().filter(|f| !f.hunks.is_empty()).map(|f| f.path.as_str()).collect();
    let mut paths: Vec<String> = paths.into_iter().filter(|p| !changed.contains(p.as_str())).collect();
    if paths.len() > MAX_FILES {
        paths.truncate(MAX_FILES);
        unsearched(found, &format!("only the first {MAX_FILES} files that hold a word of it were read"));
    }
    let entries: Vec<(String, String)> = paths
        .into_iter()
        .filter_map(|path| tree.entry(&path).ok().flatten().filter(Entry::is_file).map(|e| (path, e.oid)))
        .collect();
    let oids: Vec<&str> = entries.iter().map(|(_, oid)| oid.as_str()).collect();
    let texts = match repo.read_all(&oids, MAX_FILE) {
        Ok(texts) => texts,
        Err(error) => {
            unsearched(found, "head could not be read");
            return vec![Gap::new(GapKind::Input, format!("head could not be searched: {error}"))];
        }
    };
    let held: Vec<(&(String, String), Vec<u8>, Found)> = entries
        .par_iter()
        .zip(texts)
        .filter_map(|(entry, text)| {
            let text = text.ok().filter(|text| !is_generated(text))?;
            let found = sites::in_unchanged(learned, &entry.0, &text)?;
            Some((entry, text, found))
        })
        .collect();
    // What stands around a site is read while there is little enough to look at, in the files' order.
    let ends: Vec<usize> = held
        .iter()
        .scan(0, |read, (_, text, _)| {
            *read += text.len();
            Some(*read)
        })
        .collect();
    let sites: Vec<Vec<Vec<Site>>> = held
        .par_iter()
        .zip(ends)
        .map(|(((path, oid), text, found), end)| {
            let facts = if end <= MAX_PARSED { facts_of(path, Side::Head, oid, text, recall) } else { None };
            found.sites(learned, path, text, facts.as_ref())
        })
        .collect();
    for of_file in sites {
        for (pattern, left) in found.iter_mut().zip(of_file) {
            pattern.left.extend(left);
        }
    }
    Vec::new()
}

fn unsearched(found: &mut [EditPattern], reason: &str) {
    for pattern in found {
        pattern.unsearched = Some(reason.to_owned());
    }
}

/// Source files in the directories of changed ones.
fn beside(tree: &TreeView<'_>, change: &Change) -> Vec<String> {
    let dirs: BTreeSet<&str> =
        change.files.iter().map(|f| f.path.rsplit_once('/').map_or("", |(dir, _)| dir)).collect();
    let mut files = Vec::new();
    for dir in dirs.into_iter().take(MAX_DIRS) {
        let Ok(entries) = tree.list(dir) else { continue };
        let sources = entries.iter().filter(|e| e.is_file() && Language::of_path(&e.name).is_some());
        files.extend(
            sources.map(|e| if dir.is_empty() { e.name.clone() } else { format!("{dir}/{}", e.name) }),
        );
    }
    files
}
