//! Mutants that another tool has tested: its report is read instead of running any.
//!
//! A report says nothing of which state of the code it was made on, so what it shows of that state is compared with
//! head, file by file; mutants of a file that is not as head has it are left out, and said to be.

mod cargo_mutants;
mod elements;
mod mutmut;

use std::collections::BTreeMap;
use std::fs;
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::TestId;
use guard_model::mutants::{MutantOutcome, MutantRecord, MutantRun, MutatedFile};
use guard_model::{
    Change, FileChange, FileKind, ItemKind, Language, Policy, Side, SourceFacts, is_aside_path,
};

use crate::lab::mutants::diff;
use crate::repo::Repo;
use crate::sources::globs;
use crate::texts::MAX_TEXT;

/// Reports larger than this are not read.
const MAX_REPORT: u64 = 256 << 20;
/// Characters of code that a description quotes.
const MAX_QUOTED: usize = 40;
/// Tests that a mutant is said to be reached by.
const MAX_TESTS: usize = 12;

/// Why a report cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is not there, or cannot be read.
    #[error("the report of mutants {} cannot be read: {source}", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// It is of no tool that is known.
    #[error(
        "the report of mutants {} is none of those that are read ({reason}): give the JSON report of StrykerJS or another tool of the mutation-testing-elements family, the directory `mutants.out` of cargo-mutants, or the directory `mutants` of mutmut 3", path.display()
    )]
    Unknown {
        /// Its path.
        path: PathBuf,
        /// What was met instead.
        reason: String,
    },
}

/// What a tool says.
struct Reported {
    /// The tool, with its version where it says it.
    tool: String,
    files: Vec<ReportedFile>,
    /// Tests that it knows of; 0 where it does not say.
    tests: u64,
}

/// A file that was mutated.
struct ReportedFile {
    /// As the tool writes it: from the root of its project.
    path: String,
    state: State,
    mutants: Vec<Reading>,
}

/// What a report shows of a file.
enum State {
    /// Its text.
    Text(String),
    /// Some of its lines.
    Pieces(Vec<Piece>),
    /// Nothing.
    Hidden,
    /// The text of each function that has mutants; places of their mutants count from its first line.
    Functions(Vec<Function>),
}

/// Lines of a file, and the number of the first, from 1.
type Piece = (u32, Vec<String>);

/// A function as a report has it.
struct Function {
    /// With its class: `Meter.add`.
    qualified: String,
    lines: Vec<String>,
}

/// One mutant of a report.
struct Reading {
    place: Place,
    operator: String,
    /// What the tool calls it; made from the code where it does not.
    description: Option<String>,
    inserted: String,
    outcome: MutantOutcome,
    reason: Option<String>,
    tests_run: u64,
    reached_by: Vec<TestId>,
    caught_by: Option<TestId>,
    ms: u64,
}

/// What a mutant replaces.
#[derive(Clone, Copy)]
struct Place {
    /// First line and column, from 1.
    start: (u32, u32),
    /// The line of its last character, and the column behind it.
    end: (u32, u32),
    /// Which of the functions of [`State::Functions`] the lines are counted in.
    function: Option<usize>,
}

/// Reads reports, and keeps what they say of the changed lines.
///
/// # Errors
/// When a report cannot be read.
pub fn read(
    reports: &[PathBuf],
    repo: &Repo,
    change: &Change,
    policy: &Policy,
) -> Result<MutantRun, ReportError> {
    let mut run = MutantRun::default();
    let mut tools = Vec::new();
    let product = Product::of(repo, change, policy);
    let mut heard: BTreeMap<&str, bool> = BTreeMap::new();
    for path in reports {
        let reported = read_one(path)?;
        tools.push(format!("{} ({})", reported.tool, path.display()));
        run.tests += reported.tests;
        let languages: Vec<_> = reported.files.iter().filter_map(|f| Language::of_path(&f.path)).collect();
        for file in &product.0 {
            let language = Language::of_path(&file.change.path);
            if languages.iter().any(|it| Some(*it) == language) {
                heard.entry(&file.change.path).or_default();
            }
        }
        for of_file in reported.files {
            let Some(file) = product.named(&of_file.path) else { continue };
            heard.insert(&file.change.path, true);
            match file.records(&of_file) {
                Ok(records) => run.list.extend(records),
                Err(why) => {
                    run.gaps
                        .push(gap(format!("the report of {} {why} `{}`", reported.tool, file.change.path)));
                }
            }
        }
    }
    run.list.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    let silent = heard.iter().filter(|(_, heard)| !**heard).map(|(path, _)| path);
    let unread =
        silent.filter(|path| product.0.iter().any(|f| f.change.path == ***path && f.has_changed_code()));
    run.gaps.extend(unread.map(|path| gap(format!("no report has mutants of `{path}`"))));
    let used = product.0.iter().filter(|f| run.list.iter().any(|m| m.path == f.change.path));
    run.files = used.map(|f| MutatedFile { path: f.change.path.clone(), text: f.text.clone() }).collect();
    run.reported_by = Some(tools.join(", "));
    Ok(run)
}

fn gap(reason: String) -> Gap {
    Gap::new(GapKind::Input, reason)
}

fn read_one(path: &Path) -> Result<Reported, ReportError> {
    let io = |source| ReportError::Io { path: path.to_owned(), source };
    let unknown = |reason: String| ReportError::Unknown { path: path.to_owned(), reason };
    let meta = fs::metadata(path).map_err(io)?;
    if meta.is_dir() {
        let outcomes = path.join("outcomes.json");
        if outcomes.is_file() {
            return cargo_mutants::read(&json(&outcomes)?, path).map_err(unknown);
        }
        return mutmut::read(path).map_err(unknown);
    }
    let value = json(path)?;
    if value.get("outcomes").is_some() {
        return cargo_mutants::read(&value, path.parent().unwrap_or(Path::new("."))).map_err(unknown);
    }
    elements::read(&value).map_err(unknown)
}

fn json(path: &Path) -> Result<serde_json::Value, ReportError> {
    let io = |source| ReportError::Io { path: path.to_owned(), source };
    let size = fs::metadata(path).map_err(io)?.len();
    let unknown = |reason: String| ReportError::Unknown { path: path.to_owned(), reason };
    if size > MAX_REPORT {
        return Err(unknown(format!("larger than {} MiB", MAX_REPORT >> 20)));
    }
    let bytes = fs::read(path).map_err(io)?;
    serde_json::from_slice(&bytes).map_err(|error| unknown(format!("no JSON: {error}")))
}

/// The changed files that are no tests, as head has them.
struct Product<'c>(Vec<OfHead<'c>>);

struct OfHead<'c> {
    change: &'c FileChange,
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
    facts: SourceFacts,
}

impl<'c> Product<'c> {
    fn of(repo: &Repo, change: &'c Change, policy: &Policy) -> Product<'c> {
        let paths = &policy.paths;
        let skipped = globs(paths.ignore.iter().chain(&paths.vendored).chain(&paths.generated));
        let tests = globs(&paths.tests);
        let is_product = |f: &&FileChange| {
            f.content == FileKind::Text
                && !skipped.is_match(&f.path)
                && !tests.is_match(&f.path)
                && !is_aside_path(&f.path)
        };
        let read = |change: &'c FileChange| {
            let text = repo.read(change.new_oid.as_deref()?, MAX_TEXT).ok()?;
            let facts = guard_syntax::facts(&change.path, Side::Head, &text)?;
            let text = String::from_utf8(text).ok()?;
            let starts = iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            (!facts.test_file).then_some(OfHead { change, text, starts, facts })
        };
        Product(change.files.iter().filter(is_product).filter_map(read).collect())
    }

    /// The file that a tool calls `path`: it may have run in a directory of the repository, and the project may
    /// stand in one of the machine's.
    fn named(&self, path: &str) -> Option<&OfHead<'c>> {
        let path = path.replace('\\', "/");
        let path = path.trim_start_matches("./");
        let exact = self.0.iter().find(|f| f.change.path == path);
        let ends = |whole: &str, end: &str| {
            whole.strip_suffix(end).is_some_and(|dir| dir.is_empty() || dir.ends_with('/'))
        };
        let mut near = self.0.iter().filter(|f| ends(&f.change.path, path) || ends(path, &f.change.path));
        exact.or_else(|| near.next().filter(|_| near.next().is_none()))
    }
}

impl OfHead<'_> {
    /// Whether a line of a function was changed that is no test's.
    fn has_changed_code(&self) -> bool {
        let functions = self.facts.items.iter().filter(|item| {
            matches!(item.kind, ItemKind::Function | ItemKind::Method) && item.body.is_some() && !item.in_test
        });
        functions.into_iter().any(|item| self.change.touches_head_range(item.line, item.end_line))
    }

    /// The mutants of changed lines.
    ///
    /// # Errors
    /// When the report is of another state of the file, or does not show of which: how it is with "the report".
    fn records(&self, reported: &ReportedFile) -> Result<Vec<MutantRecord>, &'static str> {
        const STALE: &str = "was made of another state of";
        let lines: Vec<&str> = self.text.lines().collect();
        let firsts: Vec<Option<u32>> = match &reported.state {
            State::Text(text) => {
                if !text.lines().eq(self.text.lines()) {
                    return Err(STALE);
                }
                Vec::new()
            }
            State::Pieces(pieces) => {
                let stands = |(first, piece): &Piece| {
                    let from = (*first as usize).saturating_sub(1);
                    lines.get(from..from + piece.len()).is_some_and(|here| here.iter().eq(piece))
                };
                if !pieces.iter().all(stands) {
                    return Err(STALE);
                }
                Vec::new()
            }
            State::Hidden => return Err("does not show of which state it is of"),
            State::Functions(functions) => {
                let firsts: Vec<_> = functions.iter().map(|f| self.first_line(f, &lines)).collect();
                let is_changed = |f: &Function| {
                    self.facts.items.iter().any(|i| i.qualified == f.qualified && self.is_touched(i))
                };
                // A changed function that is not as head has it makes the whole stale.
                if functions.iter().zip(&firsts).any(|(f, first)| first.is_none() && is_changed(f)) {
                    return Err(STALE);
                }
                firsts
            }
        };
        let placed = reported.mutants.iter().filter_map(|mutant| {
            let first = match mutant.place.function {
                Some(index) => (*firsts.get(index)?)?,
                None => 1,
            };
            let moved = |(line, column): (u32, u32)| (line + first - 1, column);
            Some((mutant, moved(mutant.place.start), moved(mutant.place.end)))
        });
        let own = placed.filter(|(_, start, end)| self.is_of_change(start.0, end.0));
        Ok(own.filter_map(|(mutant, start, end)| self.record(mutant, start, end)).collect())
    }

    fn is_touched(&self, item: &guard_model::Item) -> bool {
        self.change.touches_head_range(item.line, item.end_line)
    }

    /// The line that a function begins on, if head has it so.
    fn first_line(&self, function: &Function, lines: &[&str]) -> Option<u32> {
        let item = self.facts.items.iter().find(|item| item.qualified == function.qualified)?;
        // The item begins with its decorators.
        (item.line..=item.end_line).find(|line| {
            let from = *line as usize - 1;
            lines.get(from..from + function.lines.len()).is_some_and(|here| {
                here.iter().map(|l| l.trim_end()).eq(function.lines.iter().map(|l| l.trim_end()))
            })
        })
    }

    /// Whether a mutant is of what was changed: on a changed line, or a block of which half was.
    fn is_of_change(&self, first: u32, last: u32) -> bool {
        let last = last.max(first);
        let touched = (first..=last).filter(|line| self.change.touches_head_line(*line)).count();
        touched > 0 && (touched * 2 >= (last - first + 1) as usize)
    }

    fn record(&self, mutant: &Reading, start: (u32, u32), end: (u32, u32)) -> Option<MutantRecord> {
        let item = self.facts.items.iter().filter(|i| i.line <= start.0 && start.0 <= i.end_line);
        let functions = item.filter(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method));
        let function = functions.max_by_key(|i| i.line);
        if function.is_some_and(|f| f.in_test) {
            return None;
        }
        let span = self.span(start, end)?;
        let made = || {
            let [from, to] = [&self.text[span.clone()], mutant.inserted.as_str()].map(quoted);
            if to.is_empty() { format!("remove `{from}`") } else { format!("replace `{from}` with `{to}`") }
        };
        let more = mutant.reached_by.len().saturating_sub(MAX_TESTS);
        Some(MutantRecord {
            path: self.change.path.clone(),
            line: start.0,
            column: start.1,
            end_line: end.0,
            end_column: end.1,
            operator: mutant.operator.clone(),
            function: function.map(|f| f.qualified.clone()),
            replacement: mutant.description.clone().unwrap_or_else(made),
            inserted: mutant.inserted.clone(),
            diff: diff(&self.text, span, &mutant.inserted),
            outcome: mutant.outcome,
            reason: mutant.reason.clone(),
            own_build: false,
            with_doctests: false,
            kept: false,
            tests_run: mutant.tests_run,
            reached_by: mutant.reached_by.iter().take(MAX_TESTS).cloned().collect(),
            more_reach: more as u64,
            caught_by: mutant.caught_by.clone(),
            said: None,
            caught_how: None,
            ms: mutant.ms,
        })
    }

    /// The bytes between two places; `None` when the text has no such places.
    fn span(&self, start: (u32, u32), end: (u32, u32)) -> Option<Range<usize>> {
        let at = |(line, column): (u32, u32)| {
            let first = *self.starts.get(line as usize - 1)?;
            let line = self.text[first..].split('\n').next().unwrap_or_default();
            let mut chars = line.char_indices().map(|(at, _)| at).chain([line.len()]);
            Some(first + chars.nth(column as usize - 1)?)
        };
        let (start, end) = (at(start)?, at(end)?);
        (start <= end).then_some(start..end)
    }
}

/// Code on one line, shortened.
fn quoted(code: &str) -> String {
    guard_syntax::trees::one_line(code, MAX_QUOTED)
}
