//! "Added X to Y", "X now returns Y", "Support for Z": shown where what the claim names stands together on
//! lines of code that the change wrote.

use std::collections::BTreeSet;

use guard_model::source::{ReachState, StubKind};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, ItemKind, Side};

use super::terms::{self, Term, Terms};
use super::trace::{self, FileTrace, Place, has, occurrences};
use super::{Facts, Ruling, code, deeds, docs, exchange};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind};
use crate::text::{count, names, shorten};

/// The ruling where the new lines show the claim; `None` where they do not.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let text = terms::without_former(&claim.text);
    let mut terms = Terms::in_change(text, &facts.trace.files);
    // "`a.rs`: added X" says where.
    let labelled = claim.scope.paths.iter().filter(|p| !claim.text.contains(p.as_str()));
    terms.paths.extend(labelled.map(|p| (p.clone(), false)));
    // What a remark says besides of a thing that is named and new is only how good it is.
    let remarked = claim.kind == ClaimKind::Add
        && text.split_once(" (").is_some_and(|(outside, _)| !Terms::of(outside).extent)
        && terms.names.iter().any(|n| n.object && n.is_definite() && is_gained(facts, n));
    let vague = terms.extent && !remarked && !are_brought(facts, &terms)
        || says_all(text)
        || claim.scope.count.is_some()
        || terms::is_process(text);
    if vague || terms.is_empty() || code::is_elsewhere(facts, claim) {
        return None;
    }
    if let Some(ruling) = docs::of_documents(facts, text, &terms) {
        return Some(ruling);
    }
    if let Some((was, is)) = terms::exchange(text) {
        let files: Vec<&FileTrace<'_>> = facts.trace.code().collect();
        return exchange::exchanged(&files, &was, &is);
    }
    let files = scope(facts, &terms)?;
    if claim.kind == ClaimKind::Add
        && let Some(ruling) = folder(facts, &claim.text)
    {
        return Some(ruling);
    }
    // A test file that is named is meant.
    let about_tests = says_tests(&claim.text)
        || !terms.paths.is_empty() && files.iter().all(|f| trace::is_test_path(f.path()))
        || writes_only_tests(facts);
    let places: Vec<(&FileTrace<'_>, &Place<'_>)> = files
        .iter()
        .flat_map(|f| f.places.iter().map(move |p| (*f, p)))
        .filter(|(_, p)| about_tests || !p.in_test)
        .collect();
    if terms.names.is_empty() {
        return by_words(facts, claim, &terms, &places);
    }
    by_names(facts, claim, &terms, &places)
}

/// Whether all code that the change wrote is tests: then whatever it lists is what they test.
pub(super) fn writes_only_tests(facts: &Facts<'_>) -> bool {
    let written = |f: &&FileTrace<'_>| f.change.language.is_some();
    let mut places =
        facts.trace.code().filter(written).flat_map(|f| &f.places).filter(|p| !p.code.trim().is_empty());
    let tests = !facts.tests.added.is_empty();
    tests
        && places.all(|p| {
            p.in_test || p.item.is_some_and(|i| i.kind == ItemKind::Module && i.name.contains("test"))
        })
}

/// Whether two or more names that are no ordinary words are new with the change: what is said of them besides is
/// only how good they are.
fn are_brought(facts: &Facts<'_>, terms: &Terms) -> bool {
    let definite: Vec<&Term> = terms.names.iter().filter(|n| n.is_definite()).collect();
    definite.len() >= 2 && definite.iter().all(|n| is_gained(facts, n))
}

/// The files that the claim speaks of: those it names, or all code. `None` when a file that it names did
/// not change as it says.
fn scope<'f, 'e>(facts: &'f Facts<'e>, terms: &Terms) -> Option<Vec<&'f FileTrace<'e>>> {
    let trace = &facts.trace;
    let mut files: Vec<&FileTrace<'_>> = Vec::new();
    for (path, _) in &terms.paths {
        let named = terms::named(&trace.files, path);
        let present: Vec<&FileTrace<'_>> = named.into_iter().filter(|f| !f.lines.added.is_empty()).collect();
        if present.is_empty() {
            return None;
        }
        files.extend(present);
    }
    if terms.paths.is_empty() {
        files.extend(trace.code());
    }
    let built = |f: &&FileTrace<'_>| {
        !facts.evidence.reach.iter().any(|r| r.path == f.path() && r.state == ReachState::Unreached)
    };
    files.retain(built);
    (!files.is_empty()).then_some(files)
}

/// Names decide: each stands on new lines or is what they lie in, and most of the words stand beside them.
fn by_names(
    facts: &Facts<'_>,
    claim: &Claim,
    terms: &Terms,
    places: &[(&FileTrace<'_>, &Place<'_>)],
) -> Option<Ruling> {
    let touched = |name: &Term| places.iter().any(|(f, p)| name.touches(p, f.path()));
    if !terms.names.iter().all(touched) {
        return None;
    }
    // "`parse`: accept X" tells of a change in `parse`.
    let label = label_of(&claim.text, terms);
    let objects: Vec<&Term> = terms.names.iter().filter(|n| n.object && Some(*n) != label).collect();
    // What moved left a place.
    let left = |n: &&Term| facts.trace.code().any(|f| occurrences(&f.gone, &n.text) > 0);
    if moves(&claim.text) && !objects.iter().all(left) {
        return None;
    }
    if matches!(claim.kind, ClaimKind::Add | ClaimKind::Rename) {
        let is_new = |name: &Term| is_gained(facts, name);
        let brought = match objects.as_slice() {
            [] => terms.names.iter().any(is_new),
            objects => objects.iter().all(|n| is_new(n)),
        };
        if !brought {
            let labelled = || in_labelled(claim, label?, places);
            return match objects.as_slice() {
                [] => within(terms, places).or_else(labelled),
                _ => labelled(),
            };
        }
    }
    let anchors: Vec<&(&FileTrace<'_>, &Place<'_>)> =
        places.iter().filter(|(f, p)| terms.names.iter().any(|n| n.touches(p, f.path()))).collect();
    // What is said to happen in something stands in that, not anywhere in its file.
    let in_place = !matches!(claim.kind, ClaimKind::Add | ClaimKind::Rename | ClaimKind::Replace);
    let in_product = |n: &Term| facts.trace.code().any(|f| gains(f, n, |p| !p.in_test));
    let only_touched = in_place
        && !terms.names.iter().any(in_product)
        && !(changes(&claim.text) && objects.iter().any(|n| n.is_definite()));
    let own = |p: &Place<'_>| {
        let function = |i: &&guard_model::Item| matches!(i.kind, ItemKind::Function | ItemKind::Method);
        let of = |q: &str| terms.names.iter().any(|n| n.text == q);
        p.item.filter(function).is_some_and(|i| i.qualified.split(['.', ':', ' ']).any(of))
    };
    let has_own = anchors.iter().any(|(_, p)| own(p));
    let beside = |stem: &str| {
        anchors.iter().any(|(f, p)| match in_place {
            true => (own(p) || !has_own) && has(&p.words, stem),
            false => has(&f.words, stem),
        })
    };
    let found = terms.words.iter().filter(|w| beside(&w.stem)).count();
    if !deeds::are_written(facts, claim, &objects, &anchors) {
        return None;
    }
    let enough = match claim.kind {
        ClaimKind::Fix => 4,
        _ if only_touched => 4,
        // "`run()` - starts the workers": that it is there and does something is what is said.
        ClaimKind::Add if describes_function(&claim.text, &anchors) => 0,
        // The thing itself is named and new; the words beside it say more of it.
        ClaimKind::Add if !objects.is_empty() && objects.iter().all(|n| n.is_definite()) => 0,
        ClaimKind::Update
            if uses(&claim.text)
                && !objects.is_empty()
                && objects.iter().all(|n| n.is_definite() && is_gained(facts, n)) =>
        {
            0
        }
        // So is what is now used: "calls `a::b` directly".
        ClaimKind::Update
            if objects.is_empty() && terms.names.iter().all(|n| is_qualified(n) && is_gained(facts, n)) =>
        {
            0
        }
        _ => 2,
    };
    // Three names that stand there leave little to the words.
    let brought =
        terms.names.len() >= 2 && terms.names.iter().any(|n| n.is_definite() && is_gained(facts, n));
    let spare = usize::from((terms.names.len() >= 3 || brought) && claim.kind != ClaimKind::Fix);
    if (found + spare) * 6 < terms.words.len() * enough || !numbers_stand(terms, &anchors) {
        return None;
    }
    // That lines of `f` changed does not show that `f` is fixed.
    let bare = terms.words.is_empty() && terms.numbers.is_empty() && terms.names.len() < 2;
    if claim.kind == ClaimKind::Fix && (bare || anchors.iter().all(|(f, _)| f.gone.trim().is_empty())) {
        return None;
    }
    let best = anchors
        .iter()
        .max_by_key(|(f, p)| {
            let here = terms.names.iter().filter(|n| n.touches(p, f.path())).count();
            (here, terms.words.iter().filter(|w| has(&p.words, &w.stem)).count())
        })
        .copied()?;
    if admits(best.1) {
        return in_labelled(claim, label?, places);
    }
    let shown: Vec<&str> = terms.names.iter().map(|n| n.text.as_str()).collect();
    let stand = if shown.len() == 1 { "stands" } else { "stand" };
    Some(Ruling::verified(item(
        best,
        &format!("{} {stand} on lines that the change wrote", names(&shown, 3)),
    )))
}

/// "Update `x` to …": that it changed is what is said of it first.
fn changes(text: &str) -> bool {
    const CHANGES: &str = "update updates updated modify modifies modified change changes changed refactor refactors refactored adjust \
        adjusts adjusted improve improves improved enhance enhances enhanced";
    let tokens = token::tokens(text);
    code::first_verb(&tokens).is_some_and(|v| tokens[v].any(CHANGES))
}

fn moves(text: &str) -> bool {
    let tokens = token::tokens(text);
    code::first_verb(&tokens).is_some_and(|v| tokens[v].any("move moves moved relocate relocates relocated"))
}

/// "Use `x` as …".
fn uses(text: &str) -> bool {
    let tokens = token::tokens(text);
    code::first_verb(&tokens).is_some_and(|v| tokens[v].any("use uses used using call calls"))
}

/// `a::b::c`: said with what is around it.
fn is_qualified(name: &Term) -> bool {
    name.around.len() >= 2
}

/// "Generate summaries in `close`": what is named is where it was done, and there the words stand.
fn within(terms: &Terms, places: &[(&FileTrace<'_>, &Place<'_>)]) -> Option<Ruling> {
    let is_there = |p: &Place<'_>| terms.names.iter().all(|n| p.item.is_some_and(|i| i.name == n.text));
    let found = |p: &Place<'_>| terms.words.iter().filter(|w| has(&p.words, &w.stem)).count();
    let best = places.iter().filter(|(_, p)| is_there(p)).max_by_key(|(_, p)| found(p))?;
    let enough = terms.words.len() >= 3 && found(best.1) * 4 >= terms.words.len() * 3;
    (enough && terms.numbers.is_empty() && !admits(best.1)).then(|| {
        let shown: Vec<&str> =
            terms.words.iter().filter(|w| has(&best.1.words, &w.stem)).map(|w| w.word.as_str()).collect();
        Ruling::verified(item(best, &format!("its new lines speak of {}", names(&shown, 5))))
    })
}

/// The name that the text begins with, and a colon behind it.
fn label_of<'t>(text: &str, terms: &'t Terms) -> Option<&'t Term> {
    let labelled = text.trim_start_matches('`');
    let is_label = |n: &&Term| {
        let rest = labelled.strip_prefix(n.written.as_str());
        rest.is_some_and(|r| r.trim_start_matches(['`', '(', ')']).starts_with(':'))
    };
    terms.names.iter().find(is_label)
}

/// "`sync`: warn that `size` is not used yet": what is said of an old function stands on its new lines.
fn in_labelled(claim: &Claim, label: &Term, places: &[(&FileTrace<'_>, &Place<'_>)]) -> Option<Ruling> {
    let terms = Terms::of_tokens(&token::tokens(&claim.text), None);
    let others: Vec<&Term> = terms.names.iter().filter(|n| n.text != label.text).collect();
    let stands = |p: &Place<'_>| others.iter().all(|n| n.stands_in(&p.code));
    let found = |p: &Place<'_>| terms.words.iter().filter(|w| has(&p.words, &w.stem)).count();
    let of_label = |p: &Place<'_>| p.item.is_some_and(|i| i.name == label.text);
    let best = places.iter().find(|(_, p)| of_label(p) && stands(p))?;
    let enough = terms.words.len() >= 3 && found(best.1) * 4 >= terms.words.len() * 3;
    (enough && numbers_stand(&terms, &[best]) && !terms.extent && !hides(claim, best.1)).then(|| {
        let words = terms.words.iter().filter(|w| has(&best.1.words, &w.stem)).map(|w| w.word.as_str());
        let shown: Vec<&str> = others.iter().map(|n| n.written.as_str()).chain(words).collect();
        Ruling::verified(item(best, &format!("its new lines speak of {}", names(&shown, 5))))
    })
}

/// Words alone: nearly all of them stand in one place.
fn by_words(
    facts: &Facts<'_>,
    claim: &Claim,
    terms: &Terms,
    places: &[(&FileTrace<'_>, &Place<'_>)],
) -> Option<Ruling> {
    let n = terms.words.len();
    // Words in data are what it is about, not what was done.
    let data = |f: &FileTrace<'_>| f.path().ends_with(".json") && terms.paths.is_empty();
    let places: Vec<_> = places.iter().copied().filter(|(f, _)| !data(f)).collect();
    let best = places
        .iter()
        .max_by_key(|(_, p)| (terms.words.iter().filter(|w| has(&p.words, &w.stem)).count(), !admits(p)))?;
    let found: Vec<&str> =
        terms.words.iter().filter(|w| has(&best.1.words, &w.stem)).map(|w| w.word.as_str()).collect();
    let calling = Calling::of(&claim.text, terms);
    let by_name = matches!(claim.kind, ClaimKind::Add | ClaimKind::Update)
        .then(|| places.iter().find(|(f, p)| calling.fits(f, p)))
        .flatten();
    if let Some(at) = by_name.filter(|at| numbers_stand(terms, &[at]) && !admits(at.1)) {
        return Some(Ruling::verified(item(at, "it is new, by its name")));
    }
    let named_new_file = terms.paths.iter().any(|(path, object)| {
        // "Integration: `tests/all.rs`": nothing else is said.
        let alone = claim.text.rsplit_once(": ").is_some_and(|(_, rest)| rest.trim_matches('`') == path);
        (*object || claim.kind == ClaimKind::Add && (n > 0 || alone))
            && terms::named(&facts.trace.files, path).iter().any(|f| f.is_new())
    });
    let changed_as_said = claim.kind == ClaimKind::Update && is_modified(&claim.text, terms, &places);
    let enough = match (claim.kind, n) {
        (_, 0) => named_new_file || changed_as_said,
        _ if named_new_file => found.len() * 2 >= n,
        (ClaimKind::Fix, _) => n >= 4 && found.len() * 5 >= n * 4 && !best.0.gone.trim().is_empty(),
        (_, 1 | 2) => false,
        (_, 3) => found.len() == n,
        (_, 4) => found.len() >= 3,
        _ => found.len() >= 4 && found.len() * 10 >= n * 6,
    };
    // The name of an old file is on no line that the change wrote.
    let written: BTreeSet<String> =
        trace::stems(&best.1.code).chain(trace::stems(best.1.item.map_or("", |i| &i.qualified))).collect();
    let own = terms.words.iter().filter(|w| has(&written, &w.stem)).count();
    let by_path = !best.0.is_new() && n > 0 && own < 3.min(n);
    if !enough || by_path || !numbers_stand(terms, &[best]) || admits(best.1) {
        return (claim.kind == ClaimKind::Add).then(|| in_new_file(terms, &places)).flatten();
    }
    let told = if found.is_empty() {
        if named_new_file { "it is new" } else { "it has new lines" }.to_owned()
    } else {
        let what = if best.0.document { "its new lines speak" } else { "the new code speaks" };
        format!("{what} of {}", names(&found, 5))
    };
    Some(Ruling::verified(item(best, &told)))
}

/// "Add a DNS discovery probe": a new file that is called after it, and speaks of all of it.
fn in_new_file(terms: &Terms, places: &[(&FileTrace<'_>, &Place<'_>)]) -> Option<Ruling> {
    const FEWEST: usize = 3;
    let called = |f: &FileTrace<'_>| {
        let name: BTreeSet<String> = trace::stems(code::last_part(f.path())).collect();
        terms.words.iter().any(|w| w.stem.len() > 2 && has(&name, &w.stem))
    };
    let of = |file: &FileTrace<'_>| {
        places.iter().filter(|(f, _)| f.path() == file.path()).map(|(_, p)| *p).collect::<Vec<_>>()
    };
    let speaks = |f: &FileTrace<'_>| {
        let own = of(f);
        let said = |w: &terms::Telling| own.iter().any(|p| has(&p.words, &w.stem));
        terms.words.iter().all(said) && !own.iter().any(|p| admits(p))
    };
    let fits = |f: &FileTrace<'_>| f.is_new() && f.change.language.is_some() && called(f) && speaks(f);
    let (file, _) = places.iter().find(|(f, _)| fits(f))?;
    (terms.words.len() >= FEWEST && terms.numbers.is_empty() && terms.paths.is_empty()).then(|| {
        let words: Vec<&str> = terms.words.iter().map(|w| w.word.as_str()).collect();
        let message = format!("`{}` is new, and speaks of {}", file.path(), names(&words, 5));
        Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), None))
    })
}

/// Whether the change brings a name: in some file more of it is added than taken away.
pub(super) fn is_gained(facts: &Facts<'_>, name: &Term) -> bool {
    facts.trace.code().any(|f| gains(f, name, |_| true))
}

fn gains(file: &FileTrace<'_>, name: &Term, counts: impl Fn(&Place<'_>) -> bool) -> bool {
    let places: Vec<&Place<'_>> = file.places.iter().filter(|p| counts(p)).collect();
    let added: usize = places.iter().map(|p| occurrences(&p.code, &name.text)).sum();
    let gone = occurrences(&file.gone, &name.text);
    added > gone || gone == 0 && !name.stands_in(&file.gone) && places.iter().any(|p| name.stands_in(&p.code))
}

/// "all", "every": "both" counts what is named with it.
fn says_all(text: &str) -> bool {
    token::tokens(text).iter().any(|t| t.any("all every each throughout everywhere entire whole"))
}

/// "Modified `a.rs` to write traces": the file has new lines, and they speak of what the purpose says.
fn is_modified(text: &str, terms: &Terms, places: &[(&FileTrace<'_>, &Place<'_>)]) -> bool {
    let aim = Terms::with_purpose(text);
    let found = aim.words.iter().filter(|w| places.iter().any(|(f, _)| has(&f.words, &w.stem))).count();
    let named = aim.names.iter().all(|n| places.iter().any(|(f, p)| n.touches(p, f.path())));
    terms.paths.iter().any(|(_, object)| *object) && named && found * 3 >= aim.words.len() * 2
}

/// What a claim calls its thing: "JSON export" is `export_json`.
pub(super) struct Calling<'t> {
    told: Vec<&'t str>,
    /// `x-y-core:` is not the `XY` of another part.
    labelled: bool,
}

impl<'t> Calling<'t> {
    pub(super) fn of(text: &str, terms: &'t Terms) -> Calling<'t> {
        let tokens = token::tokens(text);
        let begins = code::first_verb(&tokens).map_or(0, |v| v + 1);
        let head: BTreeSet<String> = subject::head(&tokens[begins..])
            .iter()
            .flat_map(|t| trace::stems(t.text).collect::<Vec<_>>())
            .collect();
        let told = terms.words.iter().map(|w| w.stem.as_str()).filter(|s| head.contains(*s)).collect();
        Calling { told, labelled: tokens.first().is_some_and(|t| t.text.contains(['-', '_'])) }
    }

    /// Whether a new function or type is called so.
    pub(super) fn fits(&self, file: &FileTrace<'_>, place: &Place<'_>) -> bool {
        let is_new = place.item.is_some_and(|i| file.change.touches_head_line(i.line) && i.body_tokens >= 5);
        if self.told.len() < 2 || !is_new {
            return false;
        }
        let name = &place.name;
        let found = self.told.iter().filter(|s| has(name, s)).count();
        let enough = if self.labelled { found == self.told.len() } else { found * 3 >= self.told.len() * 2 };
        found >= 2 && enough && name.len() <= found + 1
    }
}

/// A name first, with what it does behind it; the name is a function, and has a body.
fn describes_function(text: &str, anchors: &[&(&FileTrace<'_>, &Place<'_>)]) -> bool {
    let tokens = token::tokens(text);
    let Some(Name::Symbol(symbol)) = tokens.first().and_then(subject::name) else { return false };
    let described = tokens.get(1).is_some_and(|t| matches!(t.kind, Kind::Punct('-' | ':' | '—' | '–')));
    let last = symbol.rsplit(['.', ':']).next().unwrap_or(&symbol);
    described
        && anchors.iter().any(|(f, p)| {
            p.item.is_some_and(|i| {
                i.name == last
                    && matches!(i.kind, ItemKind::Function | ItemKind::Method | ItemKind::Macro)
                    && i.body_tokens >= 5
                    && f.change.touches_head_line(i.line)
            })
        })
}

/// "Create the `x-y` crate": a folder whose files are all new, with code in it.
fn folder(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    let tokens = token::tokens(text);
    let at = tokens.iter().position(|t| t.any("crate package extension example plugin server"))?;
    let name = tokens.get(at.checked_sub(1)?).filter(|t| t.text.contains(['-', '_']))?;
    let early = subject::head(&tokens).len() > at || code::first_verb(&tokens).is_some_and(|v| at <= v + 4);
    let below = terms::named(&facts.trace.files, name.text);
    let code: u32 = below.iter().filter(|f| f.change.language.is_some()).map(|f| f.change.added).sum();
    let is_folder = below.iter().all(|f| f.is_new() && !f.path().ends_with(name.text));
    if !early || below.is_empty() || !is_folder || code < 10 {
        return None;
    }
    let message = format!("`{}` is new, with {} of code", name.text, count(code as usize, "line"));
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        below[0].path(),
        None,
    )))
}

fn numbers_stand(terms: &Terms, anchors: &[&(&FileTrace<'_>, &Place<'_>)]) -> bool {
    terms.numbers.iter().all(|n| anchors.iter().any(|(_, p)| occurrences(&p.code, n) > 0))
}

/// Whether the new code says of itself that it is not done, or does nothing.
pub(super) fn admits(place: &Place<'_>) -> bool {
    place.item.and_then(|i| i.stub.as_ref()).is_some_and(|s| s.kind != StubKind::Constant)
        || place.comments.iter().any(|(_, c)| is_confession(c))
}

/// Whether the new code admits what the claim does not say: "warns that `x` is not yet used" hides nothing.
fn hides(claim: &Claim, place: &Place<'_>) -> bool {
    admits(place) && !is_confession(&claim.text)
}

/// A comment that says that something is still to do.
pub(super) fn is_confession(comment: &str) -> bool {
    let lower = comment.to_lowercase();
    let marks = ["todo", "fixme", "xxx:", "hack:"];
    let says = [
        "not implemented",
        "not yet",
        "unimplemented",
        "placeholder",
        "for now",
        "simplified",
        "in a real ",
        "in production",
        "would be implemented",
        "to be implemented",
        "dummy",
        "hardcoded for",
        "stub",
    ];
    let word = |m: &&str| crate::text::words(&lower).iter().any(|w| w == m.trim_end_matches(':'));
    marks.iter().any(word) || says.iter().any(|s| lower.contains(s))
}

fn says_tests(text: &str) -> bool {
    let about = [
        "test",
        "tests",
        "fixture",
        "fixtures",
        "assertion",
        "assertions",
        "mock",
        "mocks",
        "e2e",
        "testing",
        "coverage",
    ];
    crate::text::words(text).iter().any(|w| about.contains(&w.as_str()))
}

fn item((file, place): &(&FileTrace<'_>, &Place<'_>), message: &str) -> EvidenceItem {
    let here = place.item.map_or_else(String::new, |i| format!(" (`{}`)", i.qualified));
    EvidenceItem::new(EvidenceKind::Diff, format!("{}{here}", shorten(message, 160))).at(
        Side::Head,
        file.path(),
        Some(place.line),
    )
}
