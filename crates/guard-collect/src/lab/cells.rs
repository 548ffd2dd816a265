//! The reality matrix: tests of one side on the code of the other.
//!
//! - base's tests on head's code: were tests rewritten to agree?
//! - head's tests on base's code: can the new tests fail?
//!
//! Whole test files are put in place by path, inline test modules are spliced by syntax. What does not
//! compile there says nothing: an API changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{
    BuildOutcome, BuildState, Cell, CellOutcome, CellResult, TestId, TestOutcome, TestResult, TestRun,
};
use guard_model::policy::SuitePolicy;
use guard_model::template;
use guard_model::{Change, FileChange, FileKind, Language, Side, SourceFacts, TestDecl};
use guard_syntax::is_test_path;
use guard_syntax::splice::splice_rust_tests;

use super::broken::Broken;
use super::cargo::{TestBinary, run};
use super::project::{Files, Project};
use super::registered::is_cmake;
use super::text::clip;
use super::tree::{link_inside, remove_inside, write_inside, write_program};
use super::workbench::Workbench;
use super::{narrow, readers, suite};

/// Tests compared in one cell at most; a change of thousands of tests is a rewrite, not a comparison.
const MAX_TESTS: usize = 400;

/// A test to be run on the other side's code.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Where it stands in the overlaid tree.
    pub(crate) path: String,
    /// Where it stands on its own side.
    pub(crate) own_path: String,
    /// The declaration on its own side.
    pub(crate) decl: TestDecl,
    /// Language.
    pub(crate) language: Language,
}

/// What is laid over the code of the other side.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// Files to write: path, content, and the code's own content where a splice can be undone.
    pub(crate) files: Vec<OverlayFile>,
    /// Files that the runner loads unasked and that the tests' side does not have.
    pub(crate) removed: Vec<String>,
    /// Tests to run.
    pub(crate) subjects: Vec<Subject>,
    /// How many more there are than are compared.
    pub(crate) left_out: usize,
    /// A file of the tests that is not there with them, and why: what they come to without it says nothing.
    pub(crate) lacks: Option<String>,
}

/// One file of an overlay.
#[derive(Debug)]
pub(crate) struct OverlayFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
    pub(crate) kind: Laid,
    /// What the code's side has there; `None` when it has nothing.
    pub(crate) own: Option<Vec<u8>>,
    /// The tests in it, with lines of `content`.
    pub(crate) tests: Vec<TestDecl>,
}

/// git's mode of a submodule.
const SUBMODULE: &str = "160000";

/// What a file of an overlay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Laid {
    Plain,
    /// Its owner may run it.
    Program,
    /// A symbolic link; its content is where it leads.
    Link,
}

impl Laid {
    fn of_mode(mode: Option<&str>) -> Laid {
        match mode {
            Some("100755") => Laid::Program,
            Some("120000") => Laid::Link,
            _ => Laid::Plain,
        }
    }
}

/// Reads a blob by its object id.
pub(crate) type ReadBlob<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Lays `tests`' test code, and the files beside it that it may read, over the other side's code. Only files
/// that the change touches matter: in all others both sides have the same tests, which the plain run has
/// answered.
///
/// `readers` are tests that read what the change rewrites beside them, if it does: then a test may expect
/// something else though its own words are the same.
pub(crate) fn overlay(
    change: &Change,
    sources: &[SourceFacts],
    tests: Side,
    read: ReadBlob<'_>,
    readers: Option<Vec<Subject>>,
) -> Overlay {
    let mut overlay = Overlay::default();
    for file in &change.files {
        let (tests_oid, code_oid) = sides(tests, &file.old_oid, &file.new_oid);
        let (tests_path, code_path) = sides(tests, file.base_path(), file.path.as_str());
        let Some(tests_oid) = tests_oid.as_deref() else {
            if readers::loads_itself(file, sources) {
                overlay.removed.push(file.path.clone());
            }
            continue;
        };
        let facts = sources.iter().find(|s| s.side == tests && s.path == tests_path);
        let is_tests = facts.is_some_and(|f| f.test_file) || is_test_path(tests_path, file.language);
        if is_cmake(tests_path) && tests == Side::Base {
            overlay.registered(tests_path, code_path, tests_oid, code_oid.as_deref(), read);
            continue;
        }
        if !is_tests && file.content != FileKind::Text {
            continue;
        }
        let mode = sides(tests, &file.old_mode, &file.new_mode).0.as_deref();
        // A pointer of Git LFS is not what the tests would read.
        let is_elsewhere = mode == Some(SUBMODULE) || file.content == FileKind::LfsPointer;
        let content = if is_elsewhere { None } else { read(tests_oid) };
        let Some(content) = content else {
            if is_tests {
                overlay.lacks.get_or_insert_with(|| lacks(tests_path));
            }
            continue;
        };
        let own = code_oid.as_deref().and_then(read);
        let other = sources.iter().find(|s| s.side != tests && s.path == code_path);

        if is_tests {
            let other = other.filter(|_| readers.is_none());
            let subjects =
                differing(facts, other, tests).map(|decl| subject(tests_path, tests_path, decl, facts));
            overlay.subjects.extend(subjects);
            let own = if tests_path == code_path { own } else { None };
            let kind = Laid::of_mode(mode);
            let tests = facts.map(|f| f.tests.clone()).unwrap_or_default();
            overlay.files.push(OverlayFile { path: tests_path.to_owned(), content, kind, own, tests });
        } else if let (Some(Language::Rust), Some(own), Some(facts)) = (file.language, own, facts) {
            let (Ok(code), Ok(with_tests)) = (std::str::from_utf8(&own), std::str::from_utf8(&content))
            else {
                continue;
            };
            if let Some(spliced) = splice_rust_tests(code, with_tests) {
                // Helpers may differ where the test itself does not, so all tests of the file count.
                let subjects = facts.tests.iter().map(|d| subject(code_path, tests_path, d, Some(facts)));
                overlay.subjects.extend(subjects);
                overlay.files.push(OverlayFile {
                    path: code_path.to_owned(),
                    content: spliced.text.into_bytes(),
                    kind: Laid::Plain,
                    own: Some(own),
                    tests: spliced.tests,
                });
            }
        }
    }
    for reader in readers.into_iter().flatten() {
        let is_it = |s: &Subject| s.own_path == reader.own_path && s.decl.line == reader.decl.line;
        if !overlay.subjects.iter().any(is_it) {
            overlay.subjects.push(reader);
        }
    }
    overlay.subjects.retain(|s| s.decl.ignored.is_none());
    overlay.left_out = overlay.subjects.len().saturating_sub(MAX_TESTS);
    overlay.subjects.truncate(MAX_TESTS);
    overlay
}

/// Why nothing can be said without a file.
fn lacks(path: &str) -> String {
    format!("`{path}`, which the tests may read, cannot be put there")
}

/// `(the tests' side, the code's side)` of a pair given as base and head.
pub(super) fn sides<'a, T: ?Sized>(tests: Side, base: &'a T, head: &'a T) -> (&'a T, &'a T) {
    match tests {
        Side::Base => (base, head),
        Side::Head => (head, base),
    }
}

/// Tests of one side that the other does not have in the same words. Of base's, those too whose attributes or
/// whose surroundings in the file differ: they may be what makes the test pass.
fn differing<'a>(
    facts: Option<&'a SourceFacts>,
    other: Option<&'a SourceFacts>,
    side: Side,
) -> impl Iterator<Item = &'a TestDecl> {
    let frame = |facts: Option<&'a SourceFacts>| facts.and_then(|f| f.frame.as_ref()).map(|f| &f.code);
    let moved = side == Side::Base && frame(facts) != frame(other);
    let words = move |t: &'a TestDecl| match side {
        Side::Base => (t.name.as_str(), t.written.as_str(), t.condition.as_deref()),
        Side::Head => (t.name.as_str(), t.body.as_str(), None),
    };
    let known: BTreeSet<_> =
        other.filter(|_| !moved).map(|o| o.tests.iter().map(words).collect()).unwrap_or_default();
    facts.map(|f| f.tests.as_slice()).unwrap_or_default().iter().filter(move |t| !known.contains(&words(t)))
}

pub(super) fn subject(path: &str, own_path: &str, decl: &TestDecl, facts: Option<&SourceFacts>) -> Subject {
    Subject {
        path: path.to_owned(),
        own_path: own_path.to_owned(),
        decl: decl.clone(),
        language: facts.map_or(Language::Rust, |f| f.language),
    }
}

/// Whether a changed file could matter to a cell at all: cheap, before anything is read.
pub(crate) fn could_differ(change: &Change) -> bool {
    let source = |f: &FileChange| f.content == FileKind::Text && f.language.is_some();
    change.files.iter().any(source)
}

/// Writes the overlay into the lab's tree.
pub(crate) fn lay(bench: &Workbench<'_>, overlay: &mut Overlay) {
    let tree = bench.lab.tree();
    let stays = overlay.removed.iter().find(|path| remove_inside(&tree, path).is_err());
    if let Some(path) = stays {
        overlay
            .lacks
            .get_or_insert_with(|| format!("`{path}`, which the runner loads, cannot be taken away"));
    }
    let refused = overlay.files.iter().find(|file| match file.kind {
        Laid::Plain => write_inside(&tree, &file.path, &file.content).is_err(),
        Laid::Program => write_program(&tree, &file.path, &file.content).is_err(),
        Laid::Link => link_inside(&tree, &file.path, &file.content).is_err(),
    });
    if let Some(file) = refused {
        overlay.lacks.get_or_insert_with(|| lacks(&file.path));
    }
}

/// All tests as ones of which nothing is known, when the files that they need are not all there.
pub(crate) fn silenced(overlay: &Overlay) -> Option<Vec<CellResult>> {
    let reason = overlay.lacks.as_ref()?;
    Some(overlay.subjects.iter().map(|s| not_comparable(s, reason.clone())).collect())
}

/// Whether some of the tests may be a project's.
pub(crate) fn has_tests_of(overlay: &Overlay, project: &Project) -> bool {
    overlay.subjects.iter().any(|s| match project {
        Project::Cargo { .. } => s.language == Language::Rust,
        Project::Suite { policy, languages } => is_of(s, policy, languages),
    })
}

/// Whether a test is a suite's.
fn is_of(subject: &Subject, suite: &SuitePolicy, languages: &[Language]) -> bool {
    let dir = suite.dir.as_deref().unwrap_or_default();
    let is_below = dir.is_empty() || subject.path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    subject.language != Language::Rust
        && is_below
        && (languages.is_empty() || languages.contains(&subject.language))
}

/// Runs the subjects in the binaries that were built, and says what came of each.
pub(crate) fn run_subjects(
    bench: &Workbench<'_>,
    overlay: &Overlay,
    binaries: &[TestBinary],
    broken: &Broken,
    build: &BuildOutcome,
    name: &str,
) -> Cell {
    let mut cell = Cell::default();
    let mut open: Vec<&Subject> = Vec::new();
    for subject in overlay.subjects.iter().filter(|s| s.language == Language::Rust) {
        match broken.why(subject) {
            Some(error) => {
                cell.results.push(not_comparable(subject, format!("does not compile there: {error}")));
            }
            None => open.push(subject),
        }
    }
    for binary in binaries {
        if !open.iter().any(|s| may_hold(binary, &s.path)) {
            continue;
        }
        let listed = run::list(bench, binary);
        let chosen: Vec<(&Subject, String)> =
            open.iter().filter_map(|s| Some((*s, full_name(&listed, binary, s)?))).collect();
        if chosen.is_empty() {
            continue;
        }
        let mut names: Vec<String> = chosen.iter().map(|(_, n)| n.clone()).collect();
        names.sort();
        names.dedup();
        let log = format!("{name}-{}", binary.suite.replace("::", "-").replace('/', "-"));
        let mut suite = match run::run(bench, binary, Some(&names), &log) {
            Ok(suite) => suite,
            Err(gap) => {
                for (subject, _) in chosen {
                    cell.results.push(not_comparable(subject, gap.reason.clone()));
                    open.retain(|s| !std::ptr::eq(*s, subject));
                }
                continue;
            }
        };
        run::rerun_failures(bench, binary, &mut suite, &log);
        cell.ms += suite.outcome.ms;
        for (subject, name) in chosen {
            let Some(result) = suite.results.iter().find(|r| r.id.name == name) else { continue };
            let outcome = match result.outcome {
                TestOutcome::Passed => CellOutcome::Passed,
                _ if result.failed_for_sure() => CellOutcome::Failed,
                _ => CellOutcome::NotComparable,
            };
            cell.results.push(CellResult {
                id: result.id.clone(),
                path: subject.own_path.clone(),
                line: Some(subject.decl.line),
                outcome,
                message: result.message.clone(),
            });
            open.retain(|s| !std::ptr::eq(*s, subject));
        }
    }
    let reason = match build.state {
        BuildState::Ok => "no test binary there holds it".to_owned(),
        _ => format!(
            "the tests do not build there: {}",
            build.errors.first().map_or("see the log", |e| e.message.as_str())
        ),
    };
    cell.results.extend(open.into_iter().map(|s| not_comparable(s, reason.clone())));
    cell.results.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    cell
}

/// The tests of one suite in a cell.
pub(crate) struct Part<'a> {
    pub(crate) overlay: &'a Overlay,
    pub(crate) suite: &'a SuitePolicy,
    /// Languages that it tests; empty for all.
    pub(crate) languages: &'a [Language],
    /// The overlaid tree.
    pub(crate) files: &'a dyn Files,
}

/// What time there is for a cell.
pub(crate) struct Time<'a> {
    /// Of the run's budget; `None` without one.
    pub(crate) left: Option<Duration>,
    /// What each suite took at head.
    pub(crate) head_ms: &'a BTreeMap<String, u64>,
}

impl Part<'_> {
    /// The subjects that are the suite's.
    fn subjects(&self) -> Vec<&Subject> {
        self.overlay.subjects.iter().filter(|s| is_of(s, self.suite, self.languages)).collect()
    }

    /// The subjects as ones of which nothing is known, for a reason.
    pub(crate) fn all_silent(&self, reason: &str) -> Vec<CellResult> {
        self.subjects().into_iter().map(|s| not_comparable(s, reason.to_owned())).collect()
    }
}

/// Why a build leaves the tests without what they need; `None` when it went well.
pub(crate) fn unbuilt(build: &BuildOutcome) -> Option<String> {
    let error = build.errors.first().map(|e| e.message.as_str());
    let said = error.or(build.gap.as_ref().map(|g| g.reason.as_str())).unwrap_or("see the log");
    (build.state != BuildState::Ok).then(|| format!("the build does not succeed there: {said}"))
}

/// Runs the files of the subjects with their suite's own runner; the whole suite only where the runner
/// cannot be asked for files and there is time for it. `None` when none of the subjects is the suite's.
pub(crate) fn run_suite(bench: &Workbench<'_>, part: &Part<'_>, time: &Time<'_>, name: &str) -> Option<Cell> {
    let subjects = part.subjects();
    if subjects.is_empty() {
        return None;
    }
    let files = narrow::Part::Files(subjects.iter().map(|s| s.path.clone()).collect());
    let (suite, why_whole) = match narrow::to(part.suite, &files, part.files) {
        Ok(narrowed) => (narrowed?, None),
        Err(why) => (part.suite.clone(), Some(why)),
    };
    let one_file = subjects.windows(2).all(|pair| pair[0].path == pair[1].path);
    let only_file = one_file && why_whole.is_none();
    if let (Some(why), Some(left)) = (why_whole, time.left) {
        let needed = time.head_ms.get(&suite.name).map(|ms| Duration::from_millis(*ms));
        if needed.is_none_or(|needed| needed > left) {
            let reason = format!(
                "suite `{}` could be run only as a whole ({why}), for which the budget of the run has no time left",
                suite.name
            );
            return Some(Cell {
                results: part.all_silent(&reason),
                gap: Some(Gap::of_tests(GapKind::Budget, reason)),
                ms: 0,
            });
        }
    }
    let project = suite.dir.as_deref().unwrap_or_default();
    Some(read_suite(&subjects, &suite::run(bench, &suite, name).tests, project, only_file))
}

/// Adds the results of another suite: of two on the same test, one that says something.
pub(crate) fn add(results: &mut Vec<CellResult>, more: Vec<CellResult>) {
    for result in more {
        match results.iter_mut().find(|r| (&r.path, r.line) == (&result.path, result.line)) {
            Some(known) if known.outcome == CellOutcome::NotComparable => *known = result,
            Some(_) => {}
            None => results.push(result),
        }
    }
}

/// What a suite's own run over the overlaid tree says of the subjects.
/// `only_file`: the subjects' file was run alone, so that a runner which tells no files (node) need not.
fn read_suite(subjects: &[&Subject], tests: &TestRun, project: &str, only_file: bool) -> Cell {
    let results = subjects
        .iter()
        .map(|subject| {
            let ran: Vec<&TestResult> =
                tests.results.iter().filter(|r| is_result_of(r, subject, project, only_file)).collect();
            let Some(first) = ran.first() else {
                return not_comparable(subject, why_silent(subject, tests));
            };
            let failed = ran.iter().find(|r| r.failed_for_sure());
            let unsure = ran.iter().any(|r| r.outcome.is_failure() && !r.failed_for_sure());
            let outcome = match failed {
                Some(_) => CellOutcome::Failed,
                None if !unsure && ran.iter().any(|r| r.outcome == TestOutcome::Passed) => {
                    CellOutcome::Passed
                }
                None => CellOutcome::NotComparable,
            };
            CellResult {
                id: failed.unwrap_or(first).id.clone(),
                path: subject.own_path.clone(),
                line: Some(subject.decl.line),
                outcome,
                message: failed.and_then(|r| r.message.clone()),
            }
        })
        .collect();
    Cell { results, gap: tests.gap.clone(), ms: tests.ms }
}

/// Why a subject has no result.
fn why_silent(subject: &Subject, tests: &TestRun) -> String {
    let stem = subject.path.rsplit('/').next().unwrap_or(&subject.path).split('.').next().unwrap_or_default();
    let trouble = tests.suites.iter().filter(|s| s.trouble.is_some()).find(|s| {
        s.suite.split(['/', '.', ' ']).any(|part| part == stem)
            || subject.path.rsplit_once('/').is_some_and(|(dir, _)| s.suite.ends_with(dir))
    });
    let said =
        trouble.and_then(|s| s.detail.as_deref()).and_then(|d| d.lines().find(|l| !l.trim().is_empty()));
    match (&tests.gap, trouble) {
        (_, Some(_)) => {
            format!("its file does not load there: {}", clip(said.unwrap_or("see the log").trim(), 300))
        }
        (Some(gap), None) => gap.reason.clone(),
        (None, None) if template::is_vague(&subject.decl) => "its name is made when it runs".to_owned(),
        (None, None) => "the runner names no such test".to_owned(),
    }
}

/// Whether a runner's result belongs to a declaration: names end alike, and the file is the same as far
/// as the runner tells.
///
/// `project` is the directory of the suite.
fn is_result_of(result: &TestResult, subject: &Subject, project: &str, only_file: bool) -> bool {
    if !template::names(&subject.decl, subject.language, &result.id) {
        return false;
    }
    let suite = result.id.suite.replace(['/', '\\'], ".");
    let path = subject.path.strip_prefix(project).unwrap_or(&subject.path).trim_start_matches('/');
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    match subject.language {
        // A Go test is named by its package, which is its directory in the module.
        Language::Go => suite.ends_with(&dir.replace('/', ".")),
        // ctest knows no files; names of programs are what there is.
        Language::C | Language::Cpp => true,
        _ => {
            let stem = file.split('.').next().unwrap_or(file);
            let full = format!("{suite}.{}", result.id.name);
            let tells_file = result.id.suite.contains(['/', '\\', '.']);
            full.split(['.', ' ', ':', '>']).any(|part| part == stem) || only_file && !tells_file
        }
    }
}

fn not_comparable(subject: &Subject, message: String) -> CellResult {
    CellResult {
        id: TestId { suite: String::new(), name: subject.decl.name.clone() },
        path: subject.own_path.clone(),
        line: Some(subject.decl.line),
        outcome: CellOutcome::NotComparable,
        message: Some(message),
    }
}

/// Whether a file below the directory of the binary's root source can be part of it.
fn may_hold(binary: &TestBinary, path: &str) -> bool {
    match binary.root_source.rsplit_once('/') {
        Some((dir, _)) => path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')),
        None => true,
    }
}

/// What the runner calls a test: by the module path of its file, else the only name that ends in it.
fn full_name(listed: &[String], binary: &TestBinary, subject: &Subject) -> Option<String> {
    let name = &subject.decl.name;
    let module = module_path(&binary.root_source, &subject.path);
    if let Some(module) = &module {
        let guess = if module.is_empty() { name.clone() } else { format!("{module}::{name}") };
        if listed.contains(&guess) {
            return Some(guess);
        }
    }
    // `tests/a.rs` and `tests/b.rs` are crates of their own: one's name says nothing of the other's.
    if binary.root_source != subject.path && is_test_path(&binary.root_source, Some(Language::Rust)) {
        return None;
    }
    let suffix = format!("::{name}");
    let mut ending = listed.iter().filter(|n| *n == name || n.ends_with(&suffix));
    match (ending.next(), ending.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// The module path of `file` in the crate whose root is `root`, by the layout of the files.
fn module_path(root: &str, file: &str) -> Option<String> {
    if root == file {
        return Some(String::new());
    }
    let below = match root.rsplit_once('/') {
        Some((dir, _)) => file.strip_prefix(dir)?.strip_prefix('/')?,
        None => file,
    };
    let stem = below.strip_suffix(".rs")?;
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    Some(stem.replace('/', "::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(suite: &str, name: &str) -> TestResult {
        TestResult::new(TestId { suite: suite.to_owned(), name: name.to_owned() }, TestOutcome::Passed)
    }

    fn declared(path: &str, name: &str) -> Subject {
        let decl = TestDecl { name: name.to_owned(), line: 1, end_line: 2, ..TestDecl::default() };
        let language = Language::of_path(path).unwrap();
        Subject { path: path.to_owned(), own_path: path.to_owned(), decl, language }
    }

    #[test]
    fn results_of_other_runners_are_joined_with_declarations_by_name_and_file() {
        let table = [
            ("tests.test_pay", "test_refund[eur]", "tests/test_pay.py", "test_refund", true),
            ("tests.test_pay.TestPay", "test_refund", "tests/test_pay.py", "TestPay.test_refund", true),
            ("tests.test_other", "test_refund", "tests/test_pay.py", "test_refund", false),
            ("tests.test_pay", "test_no_refund", "tests/test_pay.py", "test_refund", false),
            ("src/pay.test.ts", "pay > refunds", "src/pay.test.ts", "pay > refunds", true),
            ("src/pay.test.ts", "pay > refunds twice", "src/pay.test.ts", "pay > refunds", false),
            ("example.org/shop/pay", "TestRefund", "pay/refund_test.go", "TestRefund", true),
            ("example.org/shop/cart", "TestRefund", "pay/refund_test.go", "TestRefund", false),
        ];
        for (suite, name, path, decl, expected) in table {
            let found = is_result_of(&result(suite, name), &declared(path, decl), "", false);
            assert_eq!(found, expected, "{suite} {name}");
        }
        let of_node = |only_file| {
            is_result_of(&result("pay", "refunds"), &declared("test/a.js", "pay > refunds"), "", only_file)
        };
        assert!(of_node(true) && !of_node(false));
        // A module below the root is named without the directory that holds it.
        let of_go = |project| {
            let result = result("example.org/shop/cart", "TestAdd/sum");
            is_result_of(&result, &declared("svc/cart/cart_test.go", "TestAdd"), project, false)
        };
        assert!(of_go("svc") && !of_go(""));
    }

    fn change_of(files: &[(&str, FileKind)]) -> Change {
        let snapshot = guard_model::Snapshot {
            kind: guard_model::SnapshotKind::Commit,
            name: String::new(),
            commit: None,
            tree: String::new(),
        };
        let changed = |(path, content): &(&str, FileKind)| FileChange {
            kind: guard_model::ChangeKind::Modified,
            path: (*path).to_owned(),
            old_path: None,
            old_mode: Some("100755".to_owned()),
            new_mode: Some("100644".to_owned()),
            old_oid: Some(format!("old {path}")),
            new_oid: Some(format!("new {path}")),
            content: *content,
            language: Language::of_path(path),
            added: 1,
            removed: 1,
            hunks: Vec::new(),
        };
        Change {
            base: snapshot.clone(),
            head: snapshot,
            base_reason: String::new(),
            merge_base: None,
            files: files.iter().map(changed).collect(),
            commits: Vec::new(),
        }
    }

    #[test]
    fn tests_meet_the_files_beside_them_as_their_own_side_has_them() {
        let change = change_of(&[
            ("tests/data/picture.png", FileKind::Binary),
            ("tests/link", FileKind::Symlink),
            ("assets/picture.png", FileKind::Binary),
        ]);
        let overlay = overlay(&change, &[], Side::Base, &|oid| Some(oid.as_bytes().to_vec()), None);
        let laid: Vec<(&str, &[u8], Laid)> =
            overlay.files.iter().map(|f| (f.path.as_str(), f.content.as_slice(), f.kind)).collect();
        let expected: [(&str, &[u8], Laid); 2] = [
            ("tests/data/picture.png", b"old tests/data/picture.png", Laid::Program),
            ("tests/link", b"old tests/link", Laid::Program),
        ];
        assert_eq!(laid, expected);
        assert_eq!(silenced(&overlay), None);
    }

    #[test]
    fn without_a_file_that_they_may_read_tests_say_nothing() {
        let change = change_of(&[("tests/big.bin", FileKind::Binary), ("tests/pay.py", FileKind::Text)]);
        let mut overlay =
            overlay(&change, &[], Side::Base, &|oid| (!oid.ends_with(".bin")).then(|| oid.into()), None);
        overlay.subjects.push(declared("tests/pay.py", "test_refund"));
        let silenced = silenced(&overlay).unwrap();
        assert_eq!(silenced[0].outcome, CellOutcome::NotComparable);
        assert!(silenced[0].message.as_ref().unwrap().contains("tests/big.bin"), "{silenced:?}");
    }

    #[test]
    fn a_file_has_the_module_path_of_its_place() {
        let table = [
            ("src/lib.rs", "src/lib.rs", Some("")),
            ("src/lib.rs", "src/a/b.rs", Some("a::b")),
            ("src/lib.rs", "src/a/mod.rs", Some("a")),
            ("crates/x/src/main.rs", "crates/x/src/cli.rs", Some("cli")),
            ("crates/x/src/main.rs", "crates/y/src/cli.rs", None),
        ];
        for (root, file, expected) in table {
            assert_eq!(module_path(root, file).as_deref(), expected, "{root} {file}");
        }
    }
}
