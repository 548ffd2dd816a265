//! Syntax of what changed: facts on both sides, whether new files are part of the build, and the few
//! lines that a report may quote.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use globset::{Glob, GlobSet, GlobSetBuilder};
use guard_model::evidence::{Gap, GapKind, Snippet};
use guard_model::source::{Reach, ReachState};
use guard_model::{Change, ChangeKind, FileChange, FileKind, Finding, Language, Policy, Side, SourceFacts};
use guard_syntax::reach;
use rayon::prelude::*;

use crate::recall::Recall;
use crate::repo::{Hit, Repo, TreeView};
use crate::texts::{MAX_TEXT, Texts};

/// Time for searching one tree for what may declare a file; beyond it a file's place is unknown.
const SEARCH_BUDGET: Duration = Duration::from_secs(10);

/// Unchanged files whose declaration went, of which the place is looked up.
const MAX_UNDECLARED: usize = 50;

/// Bytes from which reading a file's syntax takes longer than reading what was kept of it.
const WORTH_KEEPING: usize = 1 << 10;

/// Lines shown around a finding's own lines.
const CONTEXT: u32 = 1;

/// Lines of one snippet at most.
const MAX_LINES: u32 = 12;

/// Bytes of one line at most.
const MAX_COLUMNS: usize = 240;

/// Syntax of every changed source file, base before head.
pub fn read_facts(
    texts: &Texts,
    change: &Change,
    policy: &Policy,
    recall: &Recall,
) -> (Vec<SourceFacts>, Vec<Gap>) {
    if let Some(trouble) = texts.trouble() {
        return (Vec::new(), vec![input_gap(format!("the changed files could not be read: {trouble}"))]);
    }
    let ignored = globs(&policy.paths.ignore);
    let tests = globs(&policy.paths.tests);
    let wanted: Vec<(&FileChange, Side, &str)> = change
        .files
        .iter()
        .filter(|f| f.content == FileKind::Text && !ignored.is_match(&f.path))
        .flat_map(|f| {
            let base = f.old_oid.as_deref().map(|oid| (f, Side::Base, oid));
            let head = f.new_oid.as_deref().map(|oid| (f, Side::Head, oid));
            [base, head].into_iter().flatten()
        })
        .filter(|(file, side, _)| Language::of_path(path_on(file, *side)).is_some())
        .collect();
    let read: Vec<Result<Option<SourceFacts>, Gap>> = wanted
        .par_iter()
        .map(|(file, side, oid)| {
            let path = path_on(file, *side);
            let text =
                texts.get(oid).map_err(|error| input_gap(format!("`{path}` could not be read: {error}")))?;
            let Some(mut facts) = facts_of(path, *side, oid, text, recall) else { return Ok(None) };
            if tests.is_match(path) {
                facts = as_tests(facts);
            }
            guard_syntax::keep_changed_comments(&mut facts, file);
            if *side == Side::Head
                && let Some(Ok(base)) = file.old_oid.as_deref().map(|oid| texts.get(oid))
            {
                guard_syntax::mark_elisions(&mut facts, file, base, text);
            }
            Ok(Some(facts))
        })
        .collect();
    let (mut facts, mut gaps) = (Vec::<SourceFacts>::new(), Vec::new());
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

/// A file's syntax, as far as it hangs on nothing but the file.
pub(crate) fn facts_of(
    path: &str,
    side: Side,
    oid: &str,
    text: &[u8],
    recall: &Recall,
) -> Option<SourceFacts> {
    if text.len() < WORTH_KEEPING {
        return guard_syntax::facts(path, side, text);
    }
    let question = ["syntax", path, oid];
    if let Some(known) = recall.get::<SourceFacts>(&question) {
        return Some(SourceFacts { side, ..known });
    }
    let facts = guard_syntax::facts(path, side, text)?;
    // On another day there may be time for what took too long.
    if facts.unread.is_none() {
        recall.put(&question, &facts);
    }
    Some(facts)
}

fn path_on(file: &FileChange, side: Side) -> &str {
    match side {
        Side::Base => file.base_path(),
        Side::Head => &file.path,
    }
}

/// Facts by the path that they are of.
pub(crate) type ByPath<'a> = HashMap<(Side, &'a str), &'a SourceFacts>;

pub(crate) fn by_path(sources: &[SourceFacts]) -> ByPath<'_> {
    sources.iter().map(|facts| ((facts.side, facts.path.as_str()), facts)).collect()
}

/// A file that the policy calls test code.
fn as_tests(mut facts: SourceFacts) -> SourceFacts {
    facts.test_file = true;
    facts.items.iter_mut().for_each(|item| item.in_test = true);
    facts.comments.iter_mut().for_each(|comment| comment.in_test = true);
    facts
}

/// Whether new and moved files are part of anything that is built, and others that may have lost their
/// place: edited ones, and those whose declaration the change took away.
pub fn read_reach(
    repo: &Repo,
    texts: &Texts,
    change: &Change,
    sources: &[SourceFacts],
    policy: &Policy,
) -> (Vec<Reach>, Vec<Gap>) {
    let skipped =
        globs(policy.paths.ignore.iter().chain(&policy.paths.vendored).chain(&policy.paths.generated));
    let sources = by_path(sources);
    let head = Searches::new();
    let base = Searches::new();
    let changed = change
        .files
        .par_iter()
        .filter(|f| f.new_oid.is_some() && f.content == FileKind::Text && !skipped.is_match(&f.path))
        .filter_map(|file| {
            let facts = *sources.get(&(Side::Head, file.path.as_str()))?;
            let at_base = |searches| reach_in(repo, &change.base.tree, file.base_path(), searches);
            let at_head = |searches| reach_in(repo, &change.head.tree, &file.path, searches);
            let stayed =
                matches!(file.kind, ChangeKind::Modified | ChangeKind::ModeChanged | ChangeKind::TypeChanged);
            // An edited file has lost its place only where its parents differ, which needs no search.
            if stayed && !(at_head(None).0 != ReachState::Reached && at_base(None).0 == ReachState::Reached) {
                return None;
            }
            let (state, looked_at) = at_head(Some(&head));
            let before =
                (file.old_oid.is_some() && state == ReachState::Unreached).then(|| at_base(Some(&base)).0);
            let code = facts.items.iter().any(|i| !i.in_test);
            Some(Reach {
                path: file.path.clone(),
                state,
                looked_at,
                at_base: before,
                test_code: !code || facts.test_file,
                tests: u32::try_from(facts.tests.len()).unwrap_or(u32::MAX),
            })
        });
    let mut all: Vec<Reach> = changed.collect();
    let left = undeclared(texts, change);
    let left = left.iter().filter(|path| !skipped.is_match(path)).take(MAX_UNDECLARED);
    all.extend(left.filter_map(|path| left_behind(repo, change, path, (&base, &head))));
    let gap = (head.is_cut_short() || base.is_cut_short()).then(|| {
        let reason =
            "whether all files are built is not known: searching for what declares them took too long";
        Gap::new(GapKind::Budget, reason).silences(&["unwired-code", "unwired-test"])
    });
    (all, gap.into_iter().collect())
}

/// Files that the change leaves as they are, and that its own files declare no longer.
fn undeclared(texts: &Texts, change: &Change) -> BTreeSet<String> {
    let text = |oid: &Option<String>| {
        let bytes = texts.get(oid.as_deref()?).ok()?;
        Some(String::from_utf8_lossy(bytes))
    };
    let of_file = |file: &FileChange| {
        let (base, head) = (text(&file.old_oid)?, text(&file.new_oid)?);
        Some(reach::undeclared(&file.path, &base, &head))
    };
    let touched: HashSet<&str> = change.files.iter().flat_map(|f| [f.path.as_str(), f.base_path()]).collect();
    let rust = change.files.iter().filter(|f| f.path.ends_with(".rs") && f.content == FileKind::Text);
    let gone = rust.filter_map(of_file).flatten();
    gone.filter(|path| !touched.contains(path.as_str())).collect()
}

/// The place of an unchanged file that has lost it.
fn left_behind(
    repo: &Repo,
    change: &Change,
    path: &str,
    (base, head): (&Searches, &Searches),
) -> Option<Reach> {
    let text = repo.tree(&change.head.tree).read(path, MAX_TEXT).ok()??;
    let (state, looked_at) = reach_in(repo, &change.head.tree, path, Some(head));
    if state != ReachState::Unreached {
        return None;
    }
    let at_base = reach_in(repo, &change.base.tree, path, Some(base)).0;
    let facts = guard_syntax::facts(path, Side::Head, &text)?;
    (at_base == ReachState::Reached).then(|| Reach {
        path: path.to_owned(),
        state,
        looked_at,
        at_base: Some(at_base),
        test_code: facts.test_file || facts.items.iter().all(|i| i.in_test),
        tests: u32::try_from(facts.tests.len()).unwrap_or(u32::MAX),
    })
}

/// A file's place; without `searches` it is unknown where only a search of the tree could tell.
fn reach_in(repo: &Repo, tree: &str, path: &str, searches: Option<&Searches>) -> (ReachState, Vec<String>) {
    let tree = Looked { view: repo.tree(tree), searches, unsearched: Cell::new(false) };
    let found = reach::reach(&tree, path);
    // What could not be read or searched may be what declares the file.
    if found.state == ReachState::Unreached && tree.unsearched.get() {
        return (ReachState::Unknown, vec!["the repository was not searched for it".to_owned()]);
    }
    match tree.view.trouble() {
        Some(trouble) if found.state == ReachState::Unreached => (ReachState::Unknown, vec![trouble]),
        _ => (found.state, found.looked_at),
    }
}

/// A tree as the reach analysis sees it, with searches that many files share.
struct Looked<'a> {
    view: TreeView<'a>,
    searches: Option<&'a Searches>,
    /// Something was not searched.
    unsearched: Cell<bool>,
}

impl reach::Tree for Looked<'_> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        reach::Tree::read(&self.view, path)
    }

    fn list(&self, dir: &str) -> Vec<String> {
        reach::Tree::list(&self.view, dir)
    }

    fn grep(&self, needle: &str) -> Vec<(String, u32, String)> {
        match self.searches.and_then(|s| s.find(&self.view, needle)) {
            Some(hits) => hits,
            None => {
                self.unsearched.set(true);
                Vec::new()
            }
        }
    }
}

/// Searches of one tree, each done once. Many files ask for `mod a;`, `mod b;`, …: one search for
/// `mod ` answers them all.
struct Searches {
    known: Mutex<HashMap<String, Option<Arc<Vec<Hit>>>>>,
    until: Instant,
    /// Something was not searched for, because the time was used up.
    cut_short: AtomicBool,
}

impl Searches {
    fn new() -> Searches {
        Searches {
            known: Mutex::new(HashMap::new()),
            until: Instant::now() + SEARCH_BUDGET,
            cut_short: AtomicBool::new(false),
        }
    }

    fn is_cut_short(&self) -> bool {
        self.cut_short.load(Ordering::Relaxed)
    }

    /// Lines with `needle`; `None` when the time is used up or there are too many.
    fn find(&self, view: &TreeView<'_>, needle: &str) -> Option<Vec<(String, u32, String)>> {
        let wide = match needle {
            _ if needle.starts_with("mod ") => Some(("mod ", "*.rs")),
            _ if needle.ends_with(".rs") => Some((".rs", "*")),
            _ => None,
        };
        let hits =
            wide.and_then(|(w, below)| self.once(view, w, below)).or_else(|| self.once(view, needle, "*"))?;
        let matching = hits.iter().filter(|h| h.text.contains(needle));
        Some(matching.map(|h| (h.path.clone(), h.line, h.text.clone())).collect())
    }

    fn once(&self, view: &TreeView<'_>, needle: &str, below: &str) -> Option<Arc<Vec<Hit>>> {
        // Held while searching: a second thread with the same question should wait for the answer.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(needle) {
            return answer.clone();
        }
        if Instant::now() > self.until {
            self.cut_short.store(true, Ordering::Relaxed);
            return None;
        }
        let answer = match view.grep(needle, &[below]) {
            Ok((hits, false)) => Some(Arc::new(hits)),
            _ => None,
        };
        known.insert(needle.to_owned(), answer.clone());
        answer
    }
}

/// Places beside those of findings that are quoted at most: reports show a list of them, not all.
const MORE: usize = 400;

/// The lines that findings point at, and those of head that `more` names: path, first and last line.
pub fn read_snippets(
    repo: &Repo,
    change: &Change,
    findings: &[Finding],
    more: impl IntoIterator<Item = (String, u32, u32)>,
) -> Vec<Snippet> {
    let mut wanted: BTreeSet<(Side, String, u32, u32)> = BTreeSet::new();
    for finding in findings {
        if let (Some(path), Some(line)) = (&finding.path, finding.line) {
            let end = finding.end_line.unwrap_or(line).clamp(line, line.saturating_add(MAX_LINES - 1));
            wanted.insert((finding.side, path.clone(), line.saturating_sub(CONTEXT).max(1), end + CONTEXT));
        }
    }
    for (path, first, last) in more.into_iter().filter(|(_, first, _)| *first > 0).take(MORE) {
        let last = last.clamp(first, first.saturating_add(MAX_LINES - 1));
        wanted.insert((Side::Head, path, first.saturating_sub(CONTEXT).max(1), last + CONTEXT));
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
                    repo.tree(tree).read(&path, MAX_TEXT).ok().flatten()
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
    Gap::new(GapKind::Input, reason)
}

/// The patterns of a policy; those that are no globs were refused when it was read.
pub(crate) fn globs<'a>(patterns: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = Glob::new(pattern) {
            set.add(glob);
        }
    }
    set.build().unwrap_or_default()
}
