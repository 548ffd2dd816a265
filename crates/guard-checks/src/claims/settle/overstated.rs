//! "Comprehensive tests" that are one test, a "complete parser" whose new code says what it leaves out, "production-ready"
//! code that says it is not: claims of extent that the change itself speaks against.

use std::collections::BTreeSet;

use guard_model::evidence::NumberedLine;
use guard_model::source::Comment;
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side, SourceKind};

use super::terms::{Terms, is_named, is_process};
use super::trace::{FileTrace, Place, stems};
use super::{Facts, Ruling, denied, test_counts};
use crate::claims::counts::TEST_NOUNS;
use crate::claims::token::{self, Kind, Token};
use crate::identities::Declared;
use crate::placeholders::{Debt, debt_of};
use crate::text::{count, names, shorten};

/// The ruling where the change speaks against the extent that is claimed.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    few_tests(facts, claim, &tokens)
        .or_else(|| leaves_open(facts, claim, &tokens))
        .or_else(|| is_rough(facts, claim, &tokens))
}

/// One or two tests that are called comprehensive.
fn few_tests(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    const FEW: usize = 2;
    /// Lines of new code.
    const LARGE: usize = 60;
    const MUCH: &str = "comprehensive extensive thorough exhaustive full complete";
    if !matches!(claim.kind, ClaimKind::TestAdded | ClaimKind::Add | ClaimKind::Other)
        || tokens.iter().any(|t| t.any("total existing now") || t.kind == Kind::Number)
    {
        return None;
    }
    let much = tokens.iter().position(|t| t.any(MUCH))?;
    let tests = (much + 1..tokens.len().min(much + 4)).find(|i| tokens[*i].any(TEST_NOUNS))?;
    // "Full test suite" may be the one that was there; "a comprehensive test" is one.
    let several =
        tokens[tests].any("tests") || tokens.get(tests + 1).is_some_and(|t| t.any("coverage cases suite"));
    let tried = &facts.tests;
    let rewritten = tried.kept.iter().any(|(b, h)| b.decl.body != h.decl.body) || !tried.renamed.is_empty();
    // One declaration may run many cases.
    let loops = |t: &Declared<'_>| test_counts::makes_several(t) || is_table(facts, t);
    if tried.added.iter().any(loops) {
        return None;
    }
    if !several || tried.added.is_empty() || rewritten || !test_counts::is_countable(facts) {
        return None;
    }
    let outside: Vec<&Token<'_>> = tokens[..much].iter().chain(&tokens[tests + 1..]).collect();
    let within = component(facts, &outside);
    let new: Vec<_> = tried
        .added
        .iter()
        .filter(|t| within.as_ref().is_none_or(|files| files.iter().any(|f| f.path() == t.path)))
        .collect();
    let first = new.first().filter(|_| new.len() <= FEW)?;
    // Two tests may well be all that a small function needs.
    let code: usize = facts
        .trace
        .code()
        .filter(|f| {
            f.change.language.is_some()
                && within.as_ref().is_none_or(|all| all.iter().any(|o| o.path() == f.path()))
        })
        .flat_map(|f| &f.places)
        .filter(|p| !p.in_test)
        .map(|p| p.code.lines().count())
        .sum();
    if code < LARGE {
        return None;
    }
    let shown: Vec<&str> = new.iter().map(|t| t.leaf()).collect();
    let message = format!("{} for it: {}", count(new.len(), "new test"), names(&shown, FEW));
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    Some(partial(item.at(Side::Head, first.path, Some(first.decl.line))))
}

/// Whether a test goes over a list of cases.
fn is_table(facts: &Facts<'_>, test: &Declared<'_>) -> bool {
    let inside = |n: &NumberedLine| test.decl.line <= n.line && n.line <= test.decl.end_line;
    let files = facts.trace.files.iter().filter(|f| f.path() == test.path);
    let mut lines = files.flat_map(|f| &f.lines.added).filter(|n| inside(n));
    lines.any(|n| n.text.trim_start().starts_with("for ") || n.text.contains("for ("))
}

/// Something is called complete, and the code that was written for it says what is still to do.
fn leaves_open(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    const WHOLE: &str = "complete full fully completely all every entire accurate real-time end-to-end";
    let asserts =
        matches!(claim.kind, ClaimKind::Add | ClaimKind::Update | ClaimKind::Other | ClaimKind::Replace);
    let whole = tokens.iter().any(|t| t.any(WHOLE));
    let outside = tokens.iter().any(|t| t.any("test tests testing coverage docs documentation ci readme"));
    if !asserts || !whole || outside || is_process(&claim.text) {
        return None;
    }
    let said: Vec<&Token<'_>> = tokens.iter().collect();
    let mut files = component(facts, &said)?;
    // "`settings.json` with complete hooks" speaks of that file.
    let paths = &claim.scope.paths;
    files.retain(|f| paths.is_empty() || paths.iter().any(|p| is_named(f, p)));
    // "Full tooling (new, build, serve)" is whole in what it lists.
    let listed: Vec<String> = listed(&claim.text);
    let meant = |f: &FileTrace<'_>, p: &Place<'_>, comment: &str| {
        let own = stems(f.path()).chain(stems(p.item.map_or("", |i| i.name.as_str()))).chain(stems(comment));
        let own: BTreeSet<String> = own.collect();
        listed.is_empty() || listed.iter().any(|l| own.contains(l))
    };
    let (file, (line, comment)) =
        files.into_iter().filter(|f| f.change.language.is_some()).find_map(|f| {
            let written = f
                .places
                .iter()
                .filter(|p| !p.in_test && p.item.is_some_and(|i| f.change.touches_head_line(i.line)));
            let comments = written.flat_map(|p| p.comments.iter().map(move |c| (p, c)));
            let (_, open) = comments.filter(|(_, (_, c))| is_left(c)).find(|(p, (_, c))| meant(f, p, c))?;
            Some((f, *open))
        })?;
    let comment = comment.trim_start_matches(['/', '#', '*', '!', ' ']);
    let message = format!("the new code says: \"{}\"", shorten(comment, 120));
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    Some(partial(item.at(Side::Head, file.path(), Some(line))))
}

/// "Production-ready", and the new code says of itself that it stands for code that is still to be written.
pub(super) fn not_ready(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    const READY: [&str; 7] = [
        "production-ready",
        "production ready",
        "production-grade",
        "enterprise-grade",
        "enterprise ready",
        "enterprise-ready",
        "fully functional",
    ];
    const OTHER: &str =
        "documentation docs guide guides report score readme roadmap almost nearly until once before most";
    let lower = claim.text.to_lowercase();
    let tokens = token::tokens(&claim.text);
    let told = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr | SourceKind::FinalMessage);
    if !told || !READY.iter().any(|r| lower.contains(r)) || tokens.iter().any(|t| t.any(OTHER)) {
        return None;
    }
    let said: Vec<&Token<'_>> = tokens.iter().collect();
    let within = component(facts, &said);
    let meant = |path: &str| within.as_ref().is_none_or(|files| files.iter().any(|f| f.path() == path));
    let heads =
        facts.evidence.sources.iter().filter(|s| s.side == Side::Head && !s.test_file && meant(&s.path));
    let (path, comment) = heads.into_iter().find_map(|source| {
        let file = facts.evidence.change.file(&source.path)?;
        let in_test =
            |line: u32| source.items.iter().any(|i| i.in_test && i.line <= line && line <= i.end_line);
        let is_open = |c: &&Comment| {
            file.touches_head_line(c.line)
                && !in_test(c.line)
                && debt_of(c, source).is_some_and(|d| d >= Debt::Undone)
                && !was_at_base(facts, c)
        };
        source.comments.iter().find(is_open).map(|c| (&source.path, c))
    })?;
    let message = format!("the new code says: \"{}\"", shorten(&comment.text, 120));
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    Some(partial(item.at(Side::Head, path, Some(comment.line))))
}

/// Whether the same comment stood somewhere at base.
fn was_at_base(facts: &Facts<'_>, comment: &Comment) -> bool {
    let bases = facts.evidence.sources.iter().filter(|s| s.side == Side::Base);
    bases.flat_map(|s| &s.comments).any(|c| c.text.trim() == comment.text.trim())
}

/// Stems of what the text lists in parentheses.
fn listed(text: &str) -> Vec<String> {
    let inside =
        text.split_once(" (").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inside, _)| inside);
    if inside.contains(',') { stems(inside).collect() } else { Vec::new() }
}

/// Something is called accurate, and the new function of its name says that it guesses.
fn is_rough(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    const GUESSES: [&str; 6] = ["worst case", "approximat", "rough", "estimate", "heuristic", "good enough"];
    if !tokens.iter().any(|t| t.any("accurate accurately exact exactly precise precisely")) {
        return None;
    }
    let terms = Terms::of(&claim.text);
    let places =
        facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p))).filter(|(_, p)| !p.in_test);
    let (file, (line, comment)) = places
        .filter(|(f, p)| {
            p.item.is_some_and(|i| f.change.touches_head_line(i.line) && is_called_so(&i.name, &terms))
        })
        .find_map(|(f, p)| {
            let says = |c: &str| GUESSES.iter().any(|g| c.to_lowercase().contains(g));
            Some((f, *p.comments.iter().find(|(_, c)| says(c))?))
        })?;
    let comment = comment.trim_start_matches(['/', '#', '*', '!', ' ']);
    let message = format!("the new code says: \"{}\"", shorten(comment, 120));
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    Some(partial(item.at(Side::Head, file.path(), Some(line))))
}

/// Whether every word of a name of several words is one of the claim's.
fn is_called_so(name: &str, terms: &Terms) -> bool {
    let parts: Vec<String> = stems(name).collect();
    parts.len() >= 2 && parts.iter().all(|p| terms.words.iter().any(|w| w.stem == *p))
}

/// Comments that say that the work is not all there.
fn is_left(comment: &str) -> bool {
    let lower = comment.to_lowercase();
    let lower = lower.trim_start_matches(['/', '#', '*', '!', ' ']);
    let marked = ["todo:", "todo ", "todo(", "fixme:", "fixme "].iter().any(|m| lower.starts_with(m));
    // "TODO: consider caching" thinks of another way; nothing is missing.
    let marked = marked && denied::is_open(lower);
    let put_off = lower.starts_with("for now, ")
        && ["just ", " could ", " later", "return "].iter().any(|w| lower.contains(w));
    marked || put_off || lower.contains("not implemented yet") || lower.contains("not yet implemented")
}

/// The changed code of the one part of the project that the claim names by its folder, where the change is in
/// others too; `None` when it names none.
fn component<'f, 'e>(facts: &'f Facts<'e>, said: &[&Token<'_>]) -> Option<Vec<&'f FileTrace<'e>>> {
    let code: Vec<&FileTrace<'_>> = facts.trace.code().filter(|f| f.change.language.is_some()).collect();
    let folders = |f: &FileTrace<'_>| -> Vec<String> {
        f.path().rsplit_once('/').map(|(dirs, _)| stems(dirs).collect()).unwrap_or_default()
    };
    let words = said.iter().filter(|t| matches!(t.kind, Kind::Word | Kind::Code) && t.lower.len() > 2);
    words
        .flat_map(|t| stems(t.text).collect::<Vec<_>>())
        .filter(|s| s.len() > 2)
        .map(|stem| code.iter().copied().filter(|f| folders(f).contains(&stem)).collect::<Vec<_>>())
        .find(|files| !files.is_empty() && files.len() < code.len())
}

fn partial(item: EvidenceItem) -> Ruling {
    Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) }
}
