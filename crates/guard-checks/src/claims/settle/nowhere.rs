//! "Added `a`, `b` and `c`", and `c` is nowhere: a list of names of which some are in the change, and one is neither
//! in it nor anywhere at head.

use std::collections::{BTreeSet, HashSet};

use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side, SourceKind};

use super::terms::{Term, Terms};
use super::trace::Trace;
use super::untouched::is_mentioned;
use super::{Facts, Ruling};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::text::words;

/// The ruling where a name of the list stands nowhere.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let (present, missing) = sought(facts, claim, tokens)?;
    let lookup = |name: &Term| facts.evidence.lookups.iter().find(|l| l.text == name.text);
    let gone = missing.iter().find(|m| lookup(m).is_some_and(|l| l.lines == Some(0)))?;
    let beside = present.first()?;
    let message = format!("`{}` is nowhere at head; `{}` is here", gone.written, beside.written);
    let file = facts.trace.code().find(|f| f.places.iter().any(|p| beside.touches(p, f.path())))?;
    let line = file.places.iter().find(|p| beside.touches(p, file.path())).map(|p| p.line);
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), line);
    Some(Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) })
}

/// The names of one list that the change has, and those that it has not.
fn sought(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<(Vec<Term>, Vec<Term>)> {
    const ELSEWHERE: &str = "instead rather no longer previously formerly like unlike from than upstream removed deprecated \
        renamed future";
    let asserts = matches!(claim.kind, ClaimKind::Add | ClaimKind::Update | ClaimKind::Fix | ClaimKind::Docs);
    let told = tokens.iter().any(|t| t.any(ELSEWHERE)) || claim.source.kind == SourceKind::Todo;
    if !asserts || told || !facts.trace.whole || makes_names(facts) {
        return None;
    }
    let all = list(tokens);
    let (present, missing): (Vec<Term>, Vec<Term>) =
        all.into_iter().partition(|n| is_mentioned(facts, &n.text));
    let sure = missing.iter().all(|n| n.is_definite() && n.text.len() > 5 && !may_be_made(facts, &n.text));
    (!present.is_empty() && !missing.is_empty() && missing.len() <= present.len() && sure)
        .then_some((present, missing))
}

/// The longest run of names in code that commas and "and" join.
fn list(tokens: &[Token<'_>]) -> Vec<Term> {
    let symbol = |t: &Token<'_>| {
        t.kind == Kind::Code
            && matches!(subject::name(t), Some(Name::Symbol(_)))
            && !t.text.contains(['.', ':', ' '])
    };
    let joins = |t: &Token<'_>| t.punct(',') || t.any("and or");
    let mut best: &[Token<'_>] = &[];
    let mut start = 0;
    for end in 0..=tokens.len() {
        if end == tokens.len() || !(symbol(&tokens[end]) || joins(&tokens[end])) {
            if end - start > best.len() {
                best = &tokens[start..end];
            }
            start = end + 1;
        }
    }
    let terms: Vec<Term> = Terms::of_tokens(best, None).names;
    if best.iter().filter(|t| symbol(t)).count() >= 2 { terms } else { Vec::new() }
}

/// Whether the change has code that makes names out of parts.
pub(super) fn makes_names(facts: &Facts<'_>) -> bool {
    facts.identifiers().makes_names
}

/// Whether a derive, a decorator or the like may make the name, which then stands on no line.
pub(super) fn may_be_made(facts: &Facts<'_>, name: &str) -> bool {
    is_composed(facts, name) || facts.identifiers().derives
}

/// Whether the name is made of others that the change wrote: `useGetUsersQuery` of `getUsers`, `load_state` of "load" and
/// "_state".
pub(super) fn is_composed(facts: &Facts<'_>, name: &str) -> bool {
    let known = facts.identifiers();
    let whole = words(name);
    let parts = (2..whole.len()).flat_map(|n| whole.windows(n)).map(<[String]>::concat);
    parts.into_iter().any(|part| known.written.contains(&part))
        || known.joints.iter().any(|j| name.contains(j))
}

/// What the change's code is made of, for names that no line has as they are.
#[derive(Default)]
pub(super) struct Identifiers<'e> {
    /// Identifiers of new lines, of their words in lower case.
    written: HashSet<String>,
    /// Those that begin or end with a joint: "_state".
    joints: BTreeSet<&'e str>,
    derives: bool,
    makes_names: bool,
}

impl<'e> Identifiers<'e> {
    pub(super) fn of(trace: &Trace<'e>) -> Identifiers<'e> {
        const DERIVES: [&str; 6] =
            ["derive(", "globals()", "setattr(", "getattr(", "define_method", "Proxy("];
        const MAKES: [&str; 5] = ["paste!", "concat_idents!", "macro_rules!", "format_ident!", "##"];
        let has = |line: &str, marks: &[&str]| marks.iter().any(|m| line.contains(m));
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut all = Identifiers::default();
        for file in trace.code() {
            for line in &file.lines.added {
                let text = line.text.as_str();
                all.derives |= text.trim_start().starts_with('@') || has(text, &DERIVES);
                all.makes_names |= has(text, &MAKES);
                for word in text.split(|c| !is_part(c)).filter(|w| w.len() > 3) {
                    if word.starts_with('_') || word.ends_with('_') {
                        all.joints.insert(word);
                    }
                    all.written.insert(words(word).concat());
                }
            }
            all.makes_names |= file.lines.removed.iter().any(|l| has(&l.text, &MAKES));
        }
        all
    }
}

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    sought(facts, claim, &tokens).map_or_else(Vec::new, |(_, m)| m.into_iter().map(|n| n.text).collect())
}
