//! Verdicts on claims, from evidence alone: [`settle`] asks the rules in order, and what speaks against a claim outweighs
//! what shows it.

// How a claim and a change are read.
mod code;
mod terms;
mod trace;

// What runs show.
mod lints;
mod mutants;
mod proved;
mod runs;
mod session;
mod speed;
mod thorough;

// Which lines, items and files of the change show a claim.
mod amounts;
mod called_so;
mod concepts;
mod counted_data;
mod deeds;
mod docs;
mod emptied;
mod entries;
mod exchange;
mod expectations;
mod gone;
mod layout;
mod licences;
mod listed;
mod moves;
mod packages;
mod present;
mod refactored;
mod residue;
mod signatures;
mod test_counts;
mod tested;
mod tests_added;

// What the change, or its own words, speak against.
mod aside;
mod demands;
mod denied;
mod halfway;
mod nowhere;
mod opposite;
mod overstated;
mod planned;
mod reality;
mod silenced;
mod unchanged;
mod unedited;
mod untouched;
mod unwritten;

// Claims of the same thing.
mod group;

use std::cell::OnceCell;

use guard_model::{
    Claim, ClaimKind, ClaimVerdict, EventKind, Evidence, EvidenceItem, SourceKind, Statement, StatementKind,
};

use crate::claims::{Sought, token};
use crate::head_build::HeadBuild;
use crate::identities::{Identities, leaf};
use crate::said::{Said, contains_word, sentences_of};
use crate::sites::{self, Repeated};
use crate::text::words;
use crate::transcript::test_command;

pub(super) use code::declared_name;

/// What is said of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ruling {
    verdict: ClaimVerdict,
    looked: bool,
    done: Option<u64>,
    total: Option<u64>,
    evidence: Vec<EvidenceItem>,
}

impl Ruling {
    fn new(verdict: ClaimVerdict, evidence: Vec<EvidenceItem>) -> Ruling {
        Ruling { verdict, looked: true, done: None, total: None, evidence }
    }

    fn verified(item: EvidenceItem) -> Ruling {
        Ruling::new(ClaimVerdict::Verified, vec![item])
    }

    fn contradicted(evidence: Vec<EvidenceItem>) -> Ruling {
        Ruling::new(ClaimVerdict::Contradicted, evidence)
    }

    fn unsupported(evidence: Vec<EvidenceItem>) -> Ruling {
        Ruling::new(ClaimVerdict::Unsupported, evidence)
    }

    /// Nobody looked: this mode does not collect what would settle it, or it could not be had.
    fn unseen(evidence: Vec<EvidenceItem>) -> Ruling {
        Ruling { looked: false, ..Ruling::unsupported(evidence) }
    }

    fn counted(mut self, done: u64, total: u64) -> Ruling {
        (self.done, self.total) = (Some(done), Some(total));
        self
    }

    fn accuses(&self) -> bool {
        matches!(self.verdict, ClaimVerdict::Contradicted | ClaimVerdict::Partial)
    }
}

/// What every ruling needs, derived once.
struct Facts<'e> {
    evidence: &'e Evidence,
    tests: Identities<'e>,
    build: HeadBuild<'e>,
    trace: trace::Trace<'e>,
    /// Edits that repeat, judged when first asked for.
    repeated: OnceCell<Vec<Repeated<'e>>>,
    /// What the change wrote, and what it wrote or took away, as [`untouched::squeezed`] has it, with paths and items.
    squeezed: OnceCell<(String, String)>,
    identifiers: OnceCell<nowhere::Identifiers<'e>>,
}

impl<'e> Facts<'e> {
    fn of(evidence: &'e Evidence) -> Facts<'e> {
        Facts {
            evidence,
            tests: Identities::of(evidence),
            build: HeadBuild::of(evidence),
            trace: trace::Trace::of(evidence),
            repeated: OnceCell::new(),
            squeezed: OnceCell::new(),
            identifiers: OnceCell::new(),
        }
    }

    /// Whether the change wrote `name`, or has it in a path or around a line; compared without case and punctuation.
    fn wrote(&self, name: &str) -> bool {
        self.squeezed().0.contains(&untouched::squeezed(name))
    }

    /// The same, of lines that it took away too.
    fn mentions(&self, name: &str) -> bool {
        self.squeezed().1.contains(&untouched::squeezed(name))
    }

    fn squeezed(&self) -> &(String, String) {
        self.squeezed.get_or_init(|| {
            let (mut wrote, mut took) = (String::new(), String::new());
            let put = |all: &mut String, text: &str| {
                all.push_str(&untouched::squeezed(text));
                all.push('\n');
            };
            for file in &self.trace.files {
                put(&mut wrote, file.path());
                file.lines.added.iter().for_each(|l| put(&mut wrote, &l.text));
                file.places.iter().filter_map(|p| p.item).for_each(|i| put(&mut wrote, &i.qualified));
                file.lines.removed.iter().for_each(|l| put(&mut took, &l.text));
            }
            for file in &self.evidence.change.files {
                put(&mut took, &file.path);
                put(&mut took, file.base_path());
            }
            took.push_str(&wrote);
            (wrote, took)
        })
    }

    fn identifiers(&self) -> &nowhere::Identifiers<'e> {
        self.identifiers.get_or_init(|| nowhere::Identifiers::of(&self.trace))
    }

    /// The sentence that the claim is read from.
    fn sentence(&self, claim: &Claim) -> Option<&'e str> {
        let at = |s: &&Statement| s.place == claim.source.place && s.text.contains(&claim.text);
        let statement = self.evidence.words.statements.iter().find(at)?;
        let sentences = sentences_of(&statement.text, &statement.place);
        sentences.into_iter().map(|s| s.text).find(|s| s.contains(&claim.text))
    }

    /// "First I removed `x`, but then I undid that": the same sentence takes it back.
    fn undoes_it(&self, claim: &Claim) -> bool {
        const UNDOES: &str = "undid undo undone reverted revert restored";
        const TURNS: &str = "but then and again later";
        let rest = self.sentence(claim).and_then(|s| s.split_once(&claim.text)).map_or("", |(_, rest)| rest);
        let words = words(rest);
        let undoes = words.iter().position(|w| token::lists(UNDOES, w));
        undoes.is_some_and(|at| words[..at].iter().any(|w| token::lists(TURNS, w)))
    }

    fn repeated(&self) -> &[Repeated<'e>] {
        let judge = || sites::judge(self.evidence, &Said::of(self.evidence)).unwrap_or_default();
        self.repeated.get_or_init(judge)
    }
}

/// Gives every claim its verdict, its evidence and its group.
pub fn settle(claims: &mut [Claim], evidence: &Evidence) {
    if claims.is_empty() {
        return;
    }
    let facts = Facts::of(evidence);
    let hearsay = Hearsay::of(evidence);
    for claim in claims.iter_mut() {
        let mut ruling = rule(&facts, claim);
        if matches!(ruling.verdict, ClaimVerdict::Unsupported | ClaimVerdict::Verified)
            && let Some(denied) = denied::by_lines(&facts, claim)
        {
            ruling = denied;
        }
        if ruling.verdict == ClaimVerdict::Unsupported
            && !ruling.looked
            && let Some(open) = denied::left_open(&facts, claim)
        {
            ruling = open;
        }
        if ruling.verdict == ClaimVerdict::Unsupported
            && let Some(thin) = thorough::ruled(&facts, claim)
        {
            ruling = thin;
        }
        if ruling.verdict == ClaimVerdict::Verified && demands::are_unmet(&facts, claim) {
            ruling = Ruling::unseen(Vec::new());
        }
        if !ruling.accuses()
            && let Some(real) = reality::shown(&facts, claim)
        {
            ruling = real;
        }
        if let Some(run) = proved::held(&facts, claim, &ruling) {
            ruling = run;
        }
        if ruling.accuses() && (hearsay.may_be_outdated(claim) || facts.undoes_it(claim)) {
            ruling.verdict = ClaimVerdict::Unsupported;
        }
        if ruling.verdict == ClaimVerdict::Unsupported && ruling.looked && is_taken_back(evidence, claim) {
            ruling = Ruling::unseen(Vec::new());
        }
        if let Some(part) = halfway::counted(&facts, claim, &ruling) {
            ruling = part;
        }
        if claim.source.kind == SourceKind::Todo {
            ruling.evidence.extend(session::last_test_run_of_task(evidence, claim));
            ruling.evidence.extend(session::how_it_was_ticked(evidence, claim));
        }
        claim.verdict = ruling.verdict;
        claim.looked = ruling.looked;
        claim.done = ruling.done;
        claim.total = ruling.total;
        claim.evidence = ruling.evidence;
    }
    test_counts::repeat(claims);
    group::group(claims);
}

fn rule(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    match claim.kind {
        ClaimKind::BuildResult => runs::build(facts, claim),
        ClaimKind::TestResult => {
            let mut ruling = runs::tests(facts, claim);
            if ruling.verdict == ClaimVerdict::Verified && tells_of_unseen_run(facts.evidence, claim) {
                // The tests do pass; that somebody ran them is what nothing shows.
                ruling.verdict = ClaimVerdict::Unsupported;
            }
            ruling.evidence.extend(session::last_test_run(facts.evidence, claim));
            ruling
        }
        ClaimKind::PreExisting => runs::pre_existing(facts, claim),
        ClaimKind::Flaky => runs::flaky(facts, claim),
        ClaimKind::TestAdded => tests_added::tests_added(facts, claim),
        ClaimKind::Add => open(code::added(facts, claim), || {
            test_counts::told(facts, claim).or_else(|| written(facts, claim))
        }),
        ClaimKind::Remove => open(code::removed(facts, claim), || {
            let takes_away = code::takes_away(&claim.text);
            signatures::changed(facts, claim)
                .or_else(|| takes_away.then(|| gone::shown(facts, claim)).flatten())
                .or_else(|| takes_away.then(|| emptied::shown(facts, claim)).flatten())
        }),
        ClaimKind::Rename => open(moves::renamed(facts, claim), || {
            refactored::shown(facts, claim).or_else(|| written(facts, claim))
        }),
        ClaimKind::Dependency => open(Ruling::unseen(Vec::new()), || {
            packages::shown(facts, claim)
                .or_else(|| (!packages::come_or_go(claim)).then(|| written(facts, claim)).flatten())
        }),
        ClaimKind::Replace | ClaimKind::Update | ClaimKind::Fix | ClaimKind::Other => {
            open(Ruling::unseen(Vec::new()), || {
                written(facts, claim).or_else(|| refactored::shown(facts, claim))
            })
        }
        ClaimKind::Docs => docs::sized(facts, claim)
            .unwrap_or_else(|| open(code::documented(facts, claim), || docs::shown(facts, claim))),
        ClaimKind::NoBehaviourChange => open(Ruling::unseen(Vec::new()), || unchanged::ruled(facts, claim)),
        ClaimKind::Performance => speed::rule(facts, claim),
        ClaimKind::Superlative => overstated::not_ready(facts, claim)
            .unwrap_or_else(|| Ruling::new(ClaimVerdict::NotCheckable, Vec::new())),
        ClaimKind::LintResult => lints::ruled(facts, claim),
        // What is left needs more than syntax.
        _ => Ruling::unseen(Vec::new()),
    }
}

/// A ruling that leaves the question open yields to one that the changed lines give.
fn open(ruling: Ruling, lines: impl FnOnce() -> Option<Ruling>) -> Ruling {
    if ruling.verdict != ClaimVerdict::Unsupported || !ruling.evidence.is_empty() {
        return ruling;
    }
    lines().unwrap_or(ruling)
}

/// Whether the claim says that the tests were run, in a session that shows no test command.
pub(crate) fn tells_of_unseen_run(evidence: &Evidence, claim: &Claim) -> bool {
    let words = &evidence.words;
    let at = |s: &&Statement| s.place == claim.source.place && s.text.contains(&claim.text);
    let is_live = |kind: &dyn Fn(&EventKind) -> bool| words.events.iter().any(|e| e.live && kind(&e.kind));
    let has_edit = is_live(&|k| matches!(k, EventKind::Edit(_)));
    let is_cut = is_live(&|k| matches!(k, EventKind::Compaction));
    let has_test = words.events.iter().any(|e| e.live && test_command(e).is_some());
    let said_so = words.statements.iter().find(at).is_some_and(|s| {
        sentences_of(&s.text, &s.place).iter().any(|s| s.text.contains(&claim.text) && s.says_it_was_run())
    });
    said_so && has_edit && !is_cut && !has_test
}

/// What the new lines and items show of a claim.
fn written(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    packages::bumped(facts, claim)
        .or_else(|| residue::counted(facts, claim))
        .or_else(|| expectations::shown(facts, claim))
        .or_else(|| present::shown(facts, claim))
        .or_else(|| amounts::shown(facts, claim))
        .or_else(|| counted_data::shown(facts, claim))
        .or_else(|| concepts::shown(facts, claim))
        .or_else(|| listed::shown(facts, claim))
        .or_else(|| entries::shown(facts, claim))
        .or_else(|| licences::shown(facts, claim))
        .or_else(|| called_so::shown(facts, claim))
}

pub(crate) use lints::is_of_known_linter;
pub(super) use reality::{risen, wanted};

/// Names and files whose place in the rest of the tree decides a claim, for one search each.
pub(super) fn sought(claims: &[Claim], evidence: &Evidence) -> Sought {
    let facts = Facts::of(evidence);
    let names = |claim: &Claim| {
        let mut names = denied::open_names(&facts, claim);
        names.extend(match claim.kind {
            ClaimKind::Remove => {
                let mut names = gone::open_names(&facts, claim);
                names.extend(emptied::open_names(&facts, claim));
                names.extend(residue::open_names(&facts, claim));
                names
            }
            ClaimKind::Replace | ClaimKind::Rename => residue::open_names(&facts, claim),
            ClaimKind::NoBehaviourChange => unchanged::open_names(&facts, claim),
            _ => Vec::new(),
        });
        names
    };
    let once = |mut all: Vec<String>| {
        all.sort_unstable();
        all.dedup();
        all
    };
    Sought {
        names: once(claims.iter().flat_map(names).collect()),
        files: once(claims.iter().flat_map(|claim| unedited::open_files(&facts, claim)).collect()),
    }
}

/// Statements that name at least `least` things of code of which the change has none: the place of each, with the names.
pub(crate) fn named_in_vain(
    claims: &[Claim],
    evidence: &Evidence,
    least: usize,
) -> Vec<(String, Vec<String>)> {
    let of_code = |n: &String| untouched::is_of_code(n);
    let named = claims.iter().flat_map(untouched::definite).filter(|n| of_code(&n.written)).count();
    if named < least {
        return Vec::new();
    }
    let facts = Facts::of(evidence);
    let hearsay = Hearsay::of(evidence);
    if unedited::is_record(&facts) {
        return Vec::new();
    }
    let mut told: Vec<(String, Option<Vec<String>>)> = Vec::new();
    for claim in claims.iter().filter(|c| !hearsay.may_be_outdated(c)) {
        if untouched::definite(claim).is_empty() || denied::may_lie_in_commits(&facts, claim) {
            continue;
        }
        let place = &claim.source.place;
        let at = told.iter().position(|(p, _)| p == place).unwrap_or_else(|| {
            told.push((place.clone(), Some(Vec::new())));
            told.len() - 1
        });
        let names = untouched::absent(&facts, claim);
        told[at].1 = told[at].1.take().zip(names).map(|(mut all, names)| {
            all.extend(names);
            all.sort_unstable();
            all.dedup();
            all
        });
    }
    let in_vain = told.into_iter().filter_map(|(place, names)| {
        let names: Vec<String> = names?.into_iter().filter(of_code).collect();
        (names.len() >= least).then_some((place, names))
    });
    in_vain.collect()
}

/// Claims that were true of another day than the hand-over: they can be verified, never contradicted.
struct Hearsay<'e> {
    /// Places of the commits of the range but the last, when there are several.
    earlier: Vec<&'e str>,
    /// Places of squash messages: later steps may have undone what earlier ones say.
    squashed: Vec<&'e str>,
}

impl<'e> Hearsay<'e> {
    fn of(evidence: &'e Evidence) -> Hearsay<'e> {
        let commits = &evidence.change.commits;
        let earlier = match commits.as_slice() {
            [] | [_] => Vec::new(),
            [earlier @ .., _] => earlier.iter().map(|c| c.id.as_str()).collect(),
        };
        let statements = evidence.words.statements.iter();
        let squashed = statements
            .filter(|s| s.kind == StatementKind::Commit && is_squash(&s.text))
            .map(|s| s.place.as_str())
            .collect();
        Hearsay { earlier, squashed }
    }

    fn may_be_outdated(&self, claim: &Claim) -> bool {
        match claim.source.kind {
            SourceKind::Commit => {
                let place = claim.source.place.as_str();
                self.squashed.contains(&place)
                    || self.earlier.iter().any(|id| place.contains(id) || id.starts_with(place))
            }
            // A ticked item tells of its own hour.
            SourceKind::Todo => true,
            _ => false,
        }
    }
}

/// Whether a statement has the claim in it, on however many lines.
fn says(statement: &Statement, claim: &Claim) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    statement.text.contains(&claim.text) || plain(&statement.text).contains(&plain(&claim.text))
}

/// Whether what a step of the change added was undone by a later one, in the same message or a later commit's:
/// "Add `helper`", "Inline `helper` again".
fn is_taken_back(evidence: &Evidence, claim: &Claim) -> bool {
    const UNDOES: &str = "remove removes removed drop drops dropped delete deletes deleted inline inlines inlined \
        revert reverts reverted undo undoes undid fold folds folded merge merges merged replace replaces replaced \
        rename renames renamed take takes took back out away again without";
    let is_step = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr);
    if !is_step || claim.kind != ClaimKind::Add || claim.scope.symbols.is_empty() {
        return false;
    }
    let mut told = evidence.words.statements.iter().skip_while(|s| s.place != claim.source.place);
    let Some(own) = told.find(|s| s.text.contains(&claim.text)) else { return false };
    let after = own.text.split_once(&claim.text).map_or("", |(_, rest)| rest);
    let later = told.filter(|s| matches!(s.kind, StatementKind::Commit | StatementKind::PrBody));
    let mut lines = after.lines().chain(later.flat_map(|s| s.text.lines()));
    let names: Vec<&str> = claim.scope.symbols.iter().map(|s| leaf(s.trim_end_matches("()"))).collect();
    lines.any(|line| {
        let undoes = crate::text::words(line).iter().any(|w| token::lists(UNDOES, w));
        undoes && names.iter().any(|n| contains_word(line, n))
    })
}

/// Whether a commit message lists the subjects of the commits that were squashed into it: top-level
/// `* ` items with blank lines between, under a subject that ends in a pull-request number or not.
pub(crate) fn is_squash(message: &str) -> bool {
    // What git writes when commits are squashed.
    if message.contains("This is a combination of ") || message.contains("This is the commit message #") {
        return true;
    }
    let mut steps = 0;
    let mut after_blank = false;
    for line in message.lines().skip(1) {
        // "* **Parser**:" leads into a list of its own.
        steps += usize::from(after_blank && line.starts_with("* ") && !line.trim_end().ends_with(':'));
        after_blank = line.trim().is_empty();
    }
    steps >= 2
}
