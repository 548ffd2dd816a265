//! References and what should follow them: from the policy and from comments, as far as a change touches them.

use std::collections::BTreeSet;

use guard_model::evidence::{Gap, GapKind};
use guard_model::{Change, Language, PairEvidence, PairOrigin, Policy, Side, StatementKind, Words};
use guard_syntax::drift::links::{self, Target};
use guard_syntax::drift::{self, Allowed, Wanted};
use memchr::memmem;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::recall::Recall;
use crate::repo::{Entry, Repo, RepoError, TreeView};
use crate::sources::globs;

/// Files larger than this are not read.
const MAX_FILE: u64 = 4 << 20;
/// Files with comments that name others, of which more are not read.
const MAX_FILES: usize = 2_000;
/// Pairs that are compared.
const MAX_PAIRS: usize = 200;

/// The pairs that the change touches, compared at head and at base.
pub fn read_pairs(
    repo: &Repo,
    change: &Change,
    policy: &Policy,
    words: &Words,
    recall: &Recall,
) -> (Vec<PairEvidence>, Vec<Gap>) {
    let touched: BTreeSet<&str> =
        change.files.iter().flat_map(|file| [file.path.as_str(), file.base_path()]).collect();
    if !touched.iter().any(|path| Language::of_path(path).is_some()) && policy.pairs.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let (base, head) = (repo.tree(&change.base.tree), repo.tree(&change.head.tree));
    let mut gaps = Vec::new();
    let mut wanted = declared(policy, &head, &touched, &mut gaps);
    wanted.extend(commented(policy, (repo, &head), &touched, recall, &mut gaps));
    wanted.extend(requested(words, change, &head));
    if wanted.len() > MAX_PAIRS {
        wanted.truncate(MAX_PAIRS);
        gaps.push(gap(GapKind::Budget, format!("only the first {MAX_PAIRS} pairs were compared")));
    }
    let read = |side: Side, path: &str| {
        let tree = if side == Side::Base { &base } else { &head };
        let path = if side == Side::Base { at_base(change, path) } else { path };
        tree.read(path, MAX_FILE).ok().flatten()
    };
    let mut pairs = Vec::new();
    let compared: Vec<_> = wanted.par_iter().map(|one| drift::over_change(one, &read)).collect();
    for (one, found) in wanted.iter().zip(compared) {
        match found {
            Ok(pair) => {
                if let (PairOrigin::Declared, Some(reason)) = (one.origin, &pair.pair.not_comparable) {
                    let name = &one.implementation.path;
                    gaps.push(gap(
                        GapKind::Input,
                        format!("{name} was not compared with {}: {reason}", one.reference.path),
                    ));
                }
                // A request names one file, and who follows it is inferred: what is unlike was not meant.
                let inferred = one.origin == PairOrigin::Request && pair.pair.not_comparable.is_some();
                if !inferred && (pair.reference_changed || pair.implementation_changed) {
                    pairs.push(pair);
                }
            }
            // A comment may name what is long gone.
            Err(reason) if one.origin == PairOrigin::Declared => {
                gaps.push(gap(GapKind::Input, format!("a pair of {}: {reason}", one.said)));
            }
            Err(_) => {}
        }
    }
    (pairs, gaps)
}

fn gap(kind: GapKind, reason: String) -> Gap {
    Gap::new(kind, reason).silences(&["drifted-implementation", "stale-twin"])
}

/// The path that a file had at base.
fn at_base<'p>(change: &'p Change, path: &'p str) -> &'p str {
    change.files.iter().find(|file| file.path == path).map_or(path, |file| file.base_path())
}

/// Pairs of the policy; directories pair their files by name.
fn declared(
    policy: &Policy,
    head: &TreeView<'_>,
    touched: &BTreeSet<&str>,
    gaps: &mut Vec<Gap>,
) -> Vec<Wanted> {
    let mut found = Vec::new();
    for pair in &policy.pairs {
        let allowed = Allowed { renames: pair.rename.clone(), asynchronous: pair.allow_async };
        for implementation in &pair.implementations {
            let one = |reference: Target, implementation: Target| Wanted {
                reference,
                implementation,
                allowed: allowed.clone(),
                origin: PairOrigin::Declared,
                said: "guard.toml".to_owned(),
            };
            let is_dir = |path: &str| head.entry(path).ok().flatten().is_some_and(|entry| entry.is_dir());
            let (from, to) = (pair.reference.trim_end_matches('/'), implementation.trim_end_matches('/'));
            if !is_dir(from) {
                let one = one(Target::of(from), Target::of(to));
                if touched.contains(one.reference.path.as_str())
                    || touched.contains(one.implementation.path.as_str())
                {
                    found.push(one);
                }
                continue;
            }
            if !is_dir(to) {
                gaps.push(gap(GapKind::Input, format!("`{from}` is a directory and `{to}` is none")));
                continue;
            }
            let (ours, theirs) = (files_below(head, from), files_below(head, to));
            for file in &ours {
                let exact = theirs.iter().find(|other| *other == file);
                let other = exact
                    .or_else(|| theirs.iter().find(|other| drift::path_follows(file, other, &pair.rename)));
                let Some(other) = other else { continue };
                let (a, b) = (format!("{from}/{file}"), format!("{to}/{other}"));
                if touched.contains(a.as_str()) || touched.contains(b.as_str()) {
                    found.push(one(Target::of(&a), Target::of(&b)));
                }
            }
        }
    }
    found
}

/// Source files below a directory, by their path inside of it.
fn files_below(tree: &TreeView<'_>, dir: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(inner) = open.pop() {
        let path = if inner.is_empty() { dir.to_owned() } else { format!("{dir}/{inner}") };
        for entry in tree.list(&path).iter().flat_map(|entries| entries.iter()) {
            let name = if inner.is_empty() { entry.name.clone() } else { format!("{inner}/{}", entry.name) };
            if entry.is_dir() {
                open.push(name);
            } else if entry.is_file() && Language::of_path(&name).is_some() && files.len() < MAX_FILES {
                files.push(name);
            }
        }
    }
    files.sort();
    files
}

/// Words of a request that ask for a copy, before the path of what is to be copied.
const LIKE: [&str; 7] =
    ["exactly like ", "just like ", "the same as ", "same way as ", "copy of ", "copy from ", "modelled on "];
/// Characters between such words and the path.
const REACH: usize = 60;

/// New files, where the user asked for something exactly like a file that exists.
fn requested(words: &Words, change: &Change, head: &TreeView<'_>) -> Vec<Wanted> {
    let mut found: Vec<Wanted> = Vec::new();
    let requests = words.statements.iter().filter(|it| it.kind == StatementKind::UserRequest);
    for (at, text) in
        requests.flat_map(|it| LIKE.iter().map(move |like| (it, like))).flat_map(|(it, like)| {
            it.text.match_indices(like).map(move |(at, _)| {
                (&it.place, it.text[at + like.len()..].chars().take(REACH).collect::<String>())
            })
        })
    {
        let named = text
            .split(|it: char| it.is_whitespace() || "`'\"(),;".contains(it))
            .map(|it| it.trim_end_matches('.'));
        let mut paths = named.filter(|name| Language::of_path(name).is_some());
        let Some(path) =
            paths.find(|path| head.entry(path).ok().flatten().is_some_and(|entry| entry.is_file()))
        else {
            continue;
        };
        let language = Language::of_path(path);
        let added = change.files.iter().filter(|file| {
            file.old_oid.is_none()
                && file.new_oid.is_some()
                && file.path != path
                && Language::of_path(&file.path) == language
        });
        for file in added {
            let one = Wanted {
                reference: Target::of(path),
                implementation: Target::of(&file.path),
                allowed: Allowed::default(),
                origin: PairOrigin::Request,
                said: at.clone(),
            };
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// Pairs that comments name, in the whole of head.
fn commented(
    policy: &Policy,
    (repo, head): (&Repo, &TreeView<'_>),
    touched: &BTreeSet<&str>,
    recall: &Recall,
    gaps: &mut Vec<Gap>,
) -> Vec<Wanted> {
    let skipped =
        globs(policy.paths.ignore.iter().chain(&policy.paths.vendored).chain(&policy.paths.generated));
    let files = match marked(repo, head, recall) {
        Ok(Some(files)) if files.len() <= MAX_FILES => files,
        Ok(files) => {
            let mut files = files.unwrap_or_default();
            files.retain(|file| touched.contains(file.as_str()));
            let reason = "too many comments name other files: only those of changed files were read";
            gaps.push(gap(GapKind::Budget, reason.to_owned()));
            files
        }
        Err(error) => {
            gaps.push(gap(GapKind::Input, format!("head could not be searched for comments: {error}")));
            return Vec::new();
        }
    };
    let exists = |path: &str| head.entry(path).ok().flatten().is_some_and(|entry| entry.is_file());
    let of_file = |path: &String| -> Vec<Wanted> {
        let Some(text) = head.read(path, MAX_FILE).ok().flatten() else { return Vec::new() };
        let links = links::links(path, &String::from_utf8_lossy(&text), &exists);
        let links = links.into_iter().filter(|link| {
            touched.contains(link.reference.path.as_str())
                || touched.contains(link.implementation.path.as_str())
        });
        links
            .map(|link| Wanted {
                said: format!("{path}:{}", link.line),
                allowed: Allowed { renames: link.renames, asynchronous: false },
                origin: link.origin,
                reference: link.reference,
                implementation: link.implementation,
            })
            .collect()
    };
    files.iter().filter(|path| !skipped.is_match(path)).flat_map(of_file).collect()
}

/// Files of one tree with comments that name others.
#[derive(Serialize, Deserialize)]
struct Marked {
    tree: String,
    files: Vec<String>,
}

/// Source files of head with such comments; `None` when there are too many. Searched is only what is not as
/// it was in the tree that was searched last.
fn marked(repo: &Repo, head: &TreeView<'_>, recall: &Recall) -> Result<Option<Vec<String>>, RepoError> {
    const QUESTION: [&str; 1] = ["marked"];
    let last = recall.get::<Marked>(&QUESTION);
    if let Some(last) = last.as_ref().filter(|last| last.tree == head.oid()) {
        return Ok(Some(last.files.clone()));
    }
    // The tree of another day may be gone.
    let files = match last.and_then(|last| searched_anew(repo, head, last)) {
        Some(files) => files,
        None => {
            let pathspecs: Vec<String> = Language::ALL
                .iter()
                .flat_map(|language| language.extensions())
                .map(|ext| format!("*.{ext}"))
                .collect();
            let pathspecs: Vec<&str> = pathspecs.iter().map(String::as_str).collect();
            match head.files_with(&links::MARKS, &pathspecs)? {
                Some(files) => files,
                None => return Ok(None),
            }
        }
    };
    recall.put(&QUESTION, &Marked { tree: head.oid().to_owned(), files: files.clone() });
    Ok(Some(files))
}

/// What `last` comes to in head.
fn searched_anew(repo: &Repo, head: &TreeView<'_>, last: Marked) -> Option<Vec<String>> {
    let unlike = head.unlike(&last.tree).ok().filter(|paths| paths.len() <= MAX_FILES)?;
    let unlike: BTreeSet<&str> = unlike.iter().map(String::as_str).collect();
    let mut files: Vec<String> =
        last.files.into_iter().filter(|path| !unlike.contains(path.as_str())).collect();
    let of_path = |path: &str| head.entry(path).ok().flatten().filter(Entry::is_file).map(|entry| entry.oid);
    let sources = unlike.into_iter().filter(|path| Language::of_path(path).is_some());
    let (paths, oids): (Vec<&str>, Vec<String>) =
        sources.filter_map(|path| Some((path, of_path(path)?))).unzip();
    let oids: Vec<&str> = oids.iter().map(String::as_str).collect();
    let texts = repo.read_all(&oids, MAX_FILE).ok()?;
    let has_mark =
        |text: &[u8]| links::MARKS.iter().any(|mark| memmem::find(text, mark.as_bytes()).is_some());
    let found = paths.into_iter().zip(texts).filter(|(_, text)| text.as_ref().is_ok_and(|it| has_mark(it)));
    files.extend(found.map(|(path, _)| path.to_owned()));
    files.sort_unstable();
    Some(files)
}
