//! "Replaced all `a()` with `b()`", "renamed `x` throughout": what was exchanged, counted over the whole tree.

use std::collections::BTreeSet;

use guard_model::report::Certainty;
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side, SourceKind};

use super::terms::{self, Terms};
use super::trace::{FileTrace, is_test_path, occurrences};
use super::{Facts, Ruling, code};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject;
use crate::claims::token::{self, Kind, Token};
use crate::said::{Said, Sentence};
use crate::sites::{self, Repeated};
use crate::text::count;

/// Certainty from which a place that was left speaks against "all".
const SURE: Certainty = Certainty::percent(85);

/// The ruling where an exchange that repeats is the one that the claim tells of.
pub(super) fn counted(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::of(&claim.text);
    let exchanged =
        matches!(claim.kind, ClaimKind::Replace | ClaimKind::Rename | ClaimKind::Update | ClaimKind::Other);
    let (was, is) = terms::exchange(&claim.text).filter(|_| exchanged)?;
    if was.names.is_empty() || is.names.is_empty() || !terms.paths.is_empty() || claim.scope.count.is_some() {
        return None;
    }
    let repeated = facts.repeated().iter().find(|r| tells_of(r, &was, &is))?;
    let done = repeated.done as u64;
    let pattern = repeated.pattern;
    let sure: Vec<_> = repeated.residual.iter().filter(|r| r.certainty >= SURE).collect();
    if pattern.left.is_empty() && pattern.unsearched.is_none() && done >= 2 {
        let message = format!(
            "`{}` became `{}` in {}, and stands nowhere any more",
            pattern.before,
            pattern.after,
            count(repeated.done, "place")
        );
        let item = EvidenceItem::new(EvidenceKind::Site, message);
        let first = pattern.done.first()?;
        return Some(
            Ruling::verified(item.at(Side::Base, &first.path, Some(first.line))).counted(done, done),
        );
    }
    let wide = token::tokens(&claim.text).iter().any(|t| t.any("all every everywhere throughout"));
    let first = sure.first().filter(|_| wide)?;
    let message = format!(
        "`{}` still stands here; it became `{}` in {}",
        pattern.before,
        pattern.after,
        count(repeated.done, "place")
    );
    let item = EvidenceItem::new(EvidenceKind::Site, message).at(
        Side::Head,
        &first.site.path,
        Some(first.site.line),
    );
    let ruling = Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) };
    Some(ruling.counted(done, done + sure.len() as u64))
}

/// Whether an edit took the names that the claim says were there, and brought those that it says are there now.
fn tells_of(repeated: &Repeated<'_>, was: &Terms, is: &Terms) -> bool {
    let pattern = repeated.pattern;
    let stands = |side: &str, names: &Terms| names.names.iter().all(|n| occurrences(side, &n.text) > 0);
    stands(&pattern.before, was) && stands(&pattern.after, is)
}

/// "Replace `a().b()` patterns with …", and one or two stay of many that went.
pub(super) fn stays(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    /// Places that may stay by oversight; more of them stay on purpose.
    const MOST: u64 = 3;
    let wanted = pattern(claim, tokens)?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == wanted)?;
    let lines = found.lines.filter(|n| (1..=MOST).contains(n) && *n == found.in_source)?;
    let gone: usize = facts.trace.code().map(|f| occurrences(&f.gone, wanted)).sum();
    let written = facts.trace.code().any(|f| f.places.iter().any(|p| occurrences(&p.code, wanted) > 0));
    let tests = found.places.iter().any(|p| is_test_path(&p.path));
    let named = claim.scope.paths.is_empty();
    let first = found.places.first().filter(|_| gone as u64 > lines && !written && !tests && named)?;
    let files: BTreeSet<&str> =
        facts.trace.code().filter(|f| occurrences(&f.gone, wanted) > 0).map(FileTrace::path).collect();
    let said = Said::of(facts.evidence);
    let is_extent = |text: &str| sites::counts(text, &[gone, files.len()]) || sites::lists(text, &files);
    let of_claim = |s: &Sentence<'_>| s.place == claim.source.place;
    if is_extent(&claim.text)
        || said
            .find(|s| of_claim(s) && found.places.iter().all(|p| sites::excepts(s.text, &p.path, None)))
            .is_some()
        || said.find(|s| of_claim(s) && s.names(wanted) && is_extent(s.text)).is_some()
    {
        return None;
    }
    let message = format!("`{wanted}` still stands here; {} went", count(gone, "other"));
    let item = EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, &first.path, Some(first.line));
    let ruling = Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) };
    Some(ruling.counted(gone as u64, gone as u64 + lines))
}

/// The piece of code of which the claim says that all that there is of it was replaced or removed.
fn pattern<'t>(claim: &Claim, tokens: &'t [Token<'_>]) -> Option<&'t str> {
    const TIMES: &str =
        "calls chains patterns usages uses statements instances occurrences invocations expressions";
    let verb = code::first_verb(tokens)?;
    let act = lexicon::verb(&tokens[verb].lower)?.act;
    let head = subject::head(&tokens[verb + 1..]);
    let at = head
        .iter()
        .position(|t| t.kind == Kind::Code && t.text.contains(['(', '.', ':']) && t.text.len() >= 10)?;
    let several =
        head.get(at + 1).is_some_and(|t| t.any(TIMES)) || head[..at].iter().any(|t| t.any("all every"));
    // "Debug `x()` calls", "`x()` calls in the parser" are some of them.
    let is_some = head[..at].iter().any(|t| !t.any("all every the of any remaining old its our"));
    let behind = &tokens[verb + 1 + head.len()..];
    let is_placed =
        behind.first().is_some_and(|t| t.any("in from inside within that which where under outside"));
    let ends = matches!(act, Act::Replace | Act::Remove);
    let todo = claim.source.kind == SourceKind::Todo;
    (several && ends && !todo && !is_some && !is_placed && !terms::is_form(head[at].text))
        .then_some(head[at].text)
}

/// Code whose place at head decides these rules.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    let lost = |text: &str| facts.trace.code().any(|f| occurrences(&f.gone, text) > 0);
    pattern(claim, &tokens).filter(|t| lost(t)).map(str::to_owned).into_iter().collect()
}
