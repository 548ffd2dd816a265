//! Test identities over the whole range: which tests of base are still there at head, under which name,
//! and which are new.
//!
//! Declarations come from the syntax of the changed files, results from runs; [`Identities::declared`]
//! joins the two.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::Hash;

use guard_model::lab::{CodeRun, TestId, TestOutcome, TestResult, TestRun};
use guard_model::source::ReachState;
use guard_model::{Change, ChangeKind, Evidence, Language, Side, SourceFacts, TestDecl};

use crate::text::words;

mod names;

use names::{Index, full_name, is_in_package, names_loosely, segments};
pub(crate) use names::{is_part_of, leaf, module_path};

/// A test and the file that declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Declared<'a> {
    /// Path on its own side.
    pub(crate) path: &'a str,
    /// The declaration.
    pub(crate) decl: &'a TestDecl,
}

impl<'a> Declared<'a> {
    /// The last part of the name: the test function's own name.
    pub(crate) fn leaf(&self) -> &'a str {
        leaf(&self.decl.name)
    }
}

/// A source file with tests that stands at head under a name nobody collects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PutAway<'a> {
    /// Path at base.
    pub(crate) from: &'a str,
    /// Path at head.
    pub(crate) to: &'a str,
    /// The tests that it declared.
    pub(crate) tests: Vec<Declared<'a>>,
}

/// The tests of the changed files, matched over the range.
#[derive(Debug, Default)]
pub(crate) struct Identities<'a> {
    /// All tests that changed files declare at base.
    pub(crate) base: Vec<Declared<'a>>,
    /// All tests that changed files declare at head.
    pub(crate) head: Vec<Declared<'a>>,
    /// Same file, same name: base and head.
    pub(crate) kept: Vec<(Declared<'a>, Declared<'a>)>,
    /// Moved or renamed: base and head.
    pub(crate) renamed: Vec<(Declared<'a>, Declared<'a>)>,
    /// At base only.
    pub(crate) removed: Vec<Declared<'a>>,
    /// At head only.
    pub(crate) added: Vec<Declared<'a>>,
    /// Those added that count: not in `unbuilt`, and where head's tests were run, in files of which some ran.
    pub(crate) live: Vec<Declared<'a>>,
    /// Those added in files that no target compiles: no tests, whatever they declare.
    pub(crate) unbuilt: Vec<Declared<'a>>,
    /// Files renamed so that no runner collects them.
    pub(crate) put_away: Vec<PutAway<'a>>,
    at_base: Joined<'a>,
    at_head: Joined<'a>,
}

/// The tests of one side by the names that runners print, and their results.
#[derive(Debug, Default)]
struct Joined<'a> {
    names: Index<'a>,
    results: HashMap<(&'a str, u32), Vec<&'a TestResult>>,
}

impl<'a> Identities<'a> {
    /// Matches the tests of base and head.
    pub(crate) fn of(evidence: &'a Evidence) -> Identities<'a> {
        let change = &evidence.change;
        let mut ids = Identities::default();
        let mut head_of: HashMap<&str, &SourceFacts> = HashMap::new();
        for facts in &evidence.sources {
            match facts.side {
                Side::Base => ids.base.extend(declared_in(facts)),
                Side::Head => {
                    ids.head.extend(declared_in(facts));
                    head_of.insert(&facts.path, facts);
                }
            }
        }
        let mut taken: HashSet<(&str, u32)> = HashSet::new();
        // Files of head that stood at base and cannot be compared with it: nothing in them is new or gone.
        let mut unclear: HashSet<&str> = HashSet::new();
        for facts in evidence.sources.iter().filter(|f| f.side == Side::Base) {
            let put_away_to = put_away_to(change, &facts.path);
            if let Some(to) = put_away_to.filter(|_| !facts.tests.is_empty()) {
                ids.put_away.push(PutAway { from: &facts.path, to, tests: declared_in(facts).collect() });
                continue;
            }
            let path = head_path(change, &facts.path);
            let head = path.and_then(|p| head_of.get(p).copied());
            if let Some(path) = path
                && !head.is_some_and(|h| is_comparable(facts, h))
            {
                unclear.insert(path);
                continue;
            }
            for base in declared_in(facts) {
                let same = head
                    .into_iter()
                    .flat_map(declared_in)
                    .find(|h| h.decl.name == base.decl.name && !taken.contains(&(h.path, h.decl.line)));
                match same {
                    Some(h) => {
                        taken.insert((h.path, h.decl.line));
                        ids.kept.push((base, h));
                    }
                    None => ids.removed.push(base),
                }
            }
        }
        let is_new = |h: &&Declared<'_>| !taken.contains(&(h.path, h.decl.line)) && !unclear.contains(h.path);
        ids.added = ids.head.iter().filter(is_new).copied().collect();
        ids.match_renamed();
        ids.drop_those_that_still_run(evidence);
        ids.join(evidence);
        ids.find_live(evidence);
        ids
    }

    /// A declaration is a test only where something builds and runs it.
    fn find_live(&mut self, evidence: &Evidence) {
        let unreached = |t: &Declared<'_>| {
            evidence.reach.iter().any(|r| r.path == t.path && r.state == ReachState::Unreached)
        };
        let (unbuilt, built): (Vec<_>, Vec<_>) = self.added.iter().copied().partition(unreached);
        let run = tests_of(evidence.lab.as_ref().and_then(|lab| lab.head.as_ref()));
        let silent: HashSet<&str> = run.map(|run| self.silent_files(&built, run)).unwrap_or_default();
        self.live = built.into_iter().filter(|t| !silent.contains(t.path)).collect();
        self.unbuilt = unbuilt;
    }

    /// Files of new tests of which a run has no result, though nothing in them says that some may be missing.
    fn silent_files(&self, new: &[Declared<'a>], run: &TestRun) -> HashSet<&'a str> {
        let ran = Ran::of(self, run);
        let files: HashSet<&str> = new.iter().map(|t| t.path).collect();
        let is_silent = |path: &&str| {
            let mut tests = self.head.iter().filter(|t| t.path == *path).peekable();
            tests.peek().is_some() && tests.all(|t| ran.should_hold(t) && !ran.holds(t))
        };
        files.into_iter().filter(is_silent).collect()
    }

    /// Pairs removed with added tests: by body, then by name, then by what they call and are called.
    fn match_renamed(&mut self) {
        self.pair_by(|t| Some((t.decl.body.as_str(), t.leaf())));
        self.pair_by(|t| (t.decl.body_tokens >= 8).then_some(t.decl.body.as_str()));
        self.pair_by(|t| Some(t.leaf()));
        self.pair_alike();
    }

    /// Moves each removed test to `renamed` with the first added one that has its key.
    fn pair_by<K: Eq + Hash>(&mut self, key: impl Fn(&Declared<'a>) -> Option<K>) {
        let mut by_key: HashMap<K, VecDeque<usize>> = HashMap::new();
        for (i, head) in self.added.iter().enumerate() {
            if let Some(key) = key(head) {
                by_key.entry(key).or_default().push_back(i);
            }
        }
        let partner =
            |base: &Declared<'a>| key(base).and_then(|k| by_key.get_mut(&k)).and_then(VecDeque::pop_front);
        self.pair(partner);
    }

    /// Moves each removed test to `renamed` with the added one that is most like it, if that is enough.
    fn pair_alike(&mut self) {
        const GOOD_ENOUGH: f64 = 0.75;
        if self.removed.is_empty() || self.added.is_empty() {
            return;
        }
        let traits: Vec<Traits<'a>> = self.added.iter().map(Traits::of).collect();
        // Without a shared call nothing is alike enough, so only callers of the same names are compared.
        let mut callers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, head) in traits.iter().enumerate() {
            head.calls.iter().for_each(|call| callers.entry(call).or_default().push(i));
        }
        let mut taken = vec![false; traits.len()];
        self.pair(|base| {
            let base = Traits::of(base);
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for i in base.calls.iter().filter_map(|call| callers.get(call)).flatten() {
                *shared.entry(*i).or_default() += 1;
            }
            let mut best: Option<(usize, f64)> = None;
            for (i, calls) in shared.into_iter().filter(|(i, _)| !taken[*i]) {
                let score = base.likeness(&traits[i], calls);
                if score >= GOOD_ENOUGH && best.is_none_or(|(_, s)| score > s) {
                    best = Some((i, score));
                }
            }
            let (i, _) = best?;
            taken[i] = true;
            Some(i)
        });
    }

    /// Moves each removed test that has a partner among the added ones to `renamed`, with that partner.
    fn pair(&mut self, mut partner: impl FnMut(&Declared<'a>) -> Option<usize>) {
        let added = std::mem::take(&mut self.added);
        let mut taken = vec![false; added.len()];
        for base in std::mem::take(&mut self.removed) {
            match partner(&base) {
                Some(i) => {
                    taken[i] = true;
                    self.renamed.push((base, added[i]));
                }
                None => self.removed.push(base),
            }
        }
        self.added = added.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(t, _)| t).collect();
    }

    /// A test that has some identity at base and still runs at head under it is not gone, whatever syntax says:
    /// a macro may declare it now. Base's run knows the identities, and so do base's tests on head's code.
    fn drop_those_that_still_run(&mut self, evidence: &Evidence) {
        let Some(lab) = &evidence.lab else { return };
        let Some(head) = tests_of(lab.head.as_ref()) else { return };
        let at_head: HashMap<&TestId, TestOutcome> =
            head.results.iter().map(|r| (&r.id, r.outcome)).collect();
        let names = Index::of(&self.removed);
        // For each test of base: whether all that it ran as still run.
        let mut still_runs: HashMap<(&str, u32), bool> = HashMap::new();
        for result in tests_of(lab.base.as_ref()).into_iter().flat_map(|base| &base.results) {
            for test in names.exact(&result.id) {
                *still_runs.entry((test.path, test.decl.line)).or_insert(true) &=
                    at_head.contains_key(&result.id);
            }
        }
        let cells = lab.old_tests_on_new_code.iter().flat_map(|cell| &cell.results);
        for cell in cells {
            let is_it = |t: &&Declared<'_>| {
                t.path == cell.path
                    && t.leaf() == leaf(&cell.id.name)
                    && cell.line.is_none_or(|line| (t.decl.line..=t.decl.end_line).contains(&line))
            };
            if let Some(test) = self.removed.iter().find(is_it) {
                let runs = at_head.get(&cell.id).is_some_and(|outcome| *outcome != TestOutcome::Ignored);
                *still_runs.entry((test.path, test.decl.line)).or_insert(true) &= runs;
            }
        }
        self.removed.retain(|gone| still_runs.get(&(gone.path, gone.decl.line)) != Some(&true));
    }

    /// The declaration of `id` on `side`, when exactly one fits.
    pub(crate) fn declared(&self, id: &TestId, side: Side) -> Option<Declared<'a>> {
        let names = &self.joined(side).names;
        let exact = names.exact(id);
        let fits = if exact.is_empty() { names.loose(id) } else { exact };
        match fits.as_slice() {
            [one] => Some(*one),
            [] => None,
            several => {
                let mut of_suite = several.iter().filter(|d| is_in_package(d.path, &id.suite));
                match (of_suite.next(), of_suite.next()) {
                    (Some(one), None) => Some(*one),
                    _ => None,
                }
            }
        }
    }

    /// The results of a declared test in the run of its side.
    pub(crate) fn results(&self, test: &Declared<'a>, side: Side) -> &[&'a TestResult] {
        self.joined(side).results.get(&(test.path, test.decl.line)).map_or(&[], Vec::as_slice)
    }

    fn joined(&self, side: Side) -> &Joined<'a> {
        match side {
            Side::Base => &self.at_base,
            Side::Head => &self.at_head,
        }
    }

    fn join(&mut self, evidence: &'a Evidence) {
        self.at_base.names = Index::of(&self.base);
        self.at_head.names = Index::of(&self.head);
        let Some(lab) = &evidence.lab else { return };
        for (side, run) in [(Side::Base, &lab.base), (Side::Head, &lab.head)] {
            let Some(run) = tests_of(run.as_ref()) else { continue };
            let mut results: HashMap<(&'a str, u32), Vec<&'a TestResult>> = HashMap::new();
            for result in &run.results {
                if let Some(test) = self.declared(&result.id, side) {
                    results.entry((test.path, test.decl.line)).or_default().push(result);
                }
            }
            match side {
                Side::Base => self.at_base.results = results,
                Side::Head => self.at_head.results = results,
            }
        }
    }

    /// The first test of a changed file that should have run at head and has no result there: declared in
    /// a language that was run, neither ignored nor under a condition, with a name that syntax knows.
    pub(crate) fn without_result(&self, run: &TestRun) -> Option<Declared<'a>> {
        let ran = Ran::of(self, run);
        self.head.iter().filter(|t| ran.should_hold(t)).find(|t| !ran.holds(t)).copied()
    }

    /// Whether a test at head is new in this change.
    pub(crate) fn is_new(&self, test: &Declared<'_>) -> bool {
        self.added.iter().any(|a| a.path == test.path && a.decl.line == test.decl.line)
    }
}

/// The tests that a run has results of.
struct Ran<'r> {
    run: &'r TestRun,
    known: HashSet<String>,
    expected: HashSet<String>,
}

impl<'r> Ran<'r> {
    fn of(tests: &Identities<'_>, run: &'r TestRun) -> Ran<'r> {
        Ran {
            run,
            known: run.results.iter().map(|r| segments(&r.id.name).join("::")).collect(),
            expected: tests.head.iter().map(full_name).collect(),
        }
    }

    /// Whether a test should have run: declared in a language that was run, neither ignored nor under a
    /// condition, with a name that syntax knows.
    fn should_hold(&self, test: &Declared<'_>) -> bool {
        test.decl.ignored.is_none()
            && test.decl.condition.is_none()
            && !test.decl.generated
            && Language::of_path(test.path).is_some_and(|l| was_run(l, self.run))
    }

    fn holds(&self, test: &Declared<'_>) -> bool {
        if self.known.contains(&full_name(test)) {
            return true;
        }
        // A file may lie where its module path cannot be told; a result of another declared test is not its own.
        self.run.results.iter().any(|r| {
            let rust = test.path.ends_with(".rs");
            let fits = names_loosely(&r.id, test) || !rust && r.id.to_string().contains(test.leaf());
            fits && !(rust && self.expected.contains(&segments(&r.id.name).join("::")))
        })
    }
}

/// What tests that share neither body nor name are compared by.
struct Traits<'a> {
    calls: HashSet<&'a str>,
    words: HashSet<String>,
    tokens: u32,
}

impl<'a> Traits<'a> {
    fn of(test: &Declared<'a>) -> Traits<'a> {
        Traits {
            calls: test.decl.calls.iter().map(String::as_str).collect(),
            words: words(test.leaf()).into_iter().collect(),
            tokens: test.decl.body_tokens,
        }
    }

    /// How alike two tests are that share `calls` calls, from 0 to 1.
    fn likeness(&self, other: &Traits<'_>, calls: usize) -> f64 {
        let (short, long) = (self.tokens.min(other.tokens), self.tokens.max(other.tokens));
        let size = if long == 0 { 0.0 } else { f64::from(short) / f64::from(long) };
        let words = self.words.intersection(&other.words).count();
        0.45 * share(calls, self.calls.len(), other.calls.len())
            + 0.35 * share(words, self.words.len(), other.words.len())
            + 0.2 * size
    }
}

/// Shared members over all members.
fn share(shared: usize, a: usize, b: usize) -> f64 {
    let all = a + b - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

fn declared_in(facts: &SourceFacts) -> impl Iterator<Item = Declared<'_>> {
    facts.tests.iter().map(|decl| Declared { path: &facts.path, decl })
}

/// Head's path of a file that was at `base_path`; `None` when it is gone.
fn head_path<'a>(change: &'a Change, base_path: &'a str) -> Option<&'a str> {
    let file = change.files.iter().find(|f| f.kind != ChangeKind::Added && f.base_path() == base_path);
    match file {
        Some(f) if f.kind == ChangeKind::Deleted => None,
        Some(f) => Some(&f.path),
        None => Some(base_path),
    }
}

/// The tests of a run, when one was made.
fn tests_of(run: Option<&CodeRun>) -> Option<&TestRun> {
    run.and_then(|r| r.tests.as_ref())
}

/// Whether the tests of two versions of a file can be compared by name.
fn is_comparable(base: &SourceFacts, head: &SourceFacts) -> bool {
    head.unread.is_none() && base.unread.is_none() && head.errors <= base.errors
}

/// Where a file with tests went, when it went to a name that no runner collects: `x.rs.disabled`, `x.py.bak`.
fn put_away_to<'a>(change: &'a Change, base_path: &str) -> Option<&'a str> {
    let language = Language::of_path(base_path)?;
    let renamed = change.files.iter().find(|f| f.old_path.as_deref() == Some(base_path));
    if let Some(file) = renamed
        && file.kind == ChangeKind::Renamed
        && Language::of_path(&file.path) != Some(language)
        && Language::of_path(&file.path).is_none()
    {
        return Some(&file.path);
    }
    let gone = change.files.iter().any(|f| f.kind == ChangeKind::Deleted && f.path == base_path);
    let stays = |f: &&guard_model::FileChange| {
        f.kind == ChangeKind::Added
            && f.path.strip_prefix(base_path).is_some_and(|rest| rest.starts_with('.'))
    };
    gone.then(|| change.files.iter().find(stays)).flatten().map(|f| f.path.as_str())
}

/// Whether a run's commands or results show that tests of a language were run.
fn was_run(language: Language, run: &TestRun) -> bool {
    let tools: &[&str] = match language {
        Language::Rust => &["cargo"],
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            &["npm", "npx", "pnpm", "yarn", "bun", "bunx", "deno", "node", "vitest", "jest", "mocha"]
        }
        Language::Python => &["pytest", "python", "python3", "tox", "nox", "unittest"],
        Language::Go => &["go"],
        Language::Java => &["mvn", "mvnw", "gradle", "gradlew"],
        Language::C | Language::Cpp => &["ctest"],
    };
    let called =
        |c: &String| c.split_whitespace().any(|w| tools.contains(&w.rsplit('/').next().unwrap_or(w)));
    run.commands.iter().any(called)
        || run
            .results
            .iter()
            .filter_map(|r| r.path.as_deref())
            .any(|p| Language::of_path(p) == Some(language))
}
