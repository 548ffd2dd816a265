//! Claims that the changed lines speak against. Each rule needs the whole change before it, and a fact
//! that a reader can look at.

use std::collections::BTreeSet;

use guard_model::words::{CommandOutcome, Purpose};
use guard_model::{
    ChangeKind, Claim, ClaimKind, ClaimVerdict, Command, Event, EventKind, EvidenceItem, EvidenceKind, Item,
    ItemKind, Side, SourceKind,
};

use super::terms::{Terms, is_form};
use super::trace::{self, FileTrace, Place, has, occurrences, stems};
use super::{
    Facts, Ruling, aside, code, nowhere, opposite, overstated, packages, planned, present, residue, silenced,
    unedited, untouched, unwritten,
};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject;
use crate::claims::token::{self, Kind, Token};
use crate::text::{shorten, words};

/// The ruling where the change speaks against the claim.
pub(super) fn by_lines(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if is_unknown(facts, claim) {
        return None;
    }
    let tokens = token::tokens(&claim.text);
    let act = code::first_verb(&tokens).and_then(|v| lexicon::verb(&tokens[v].lower)).map(|v| v.act);
    let general = || {
        confessed(facts, claim)
            .or_else(|| planned::shown(facts, claim))
            .or_else(|| nowhere::shown(facts, claim, &tokens))
            .or_else(|| overstated::shown(facts, claim))
            .or_else(|| silenced::shown(facts, claim))
            .or_else(|| unedited::shown(facts, claim))
            .or_else(|| {
                unwritten::shown(facts, claim, &tokens).filter(|_| !aside::is_set_aside(facts, claim))
            })
    };
    let missing = || {
        let ruling =
            untouched::ruled(facts, claim, &tokens).or_else(|| opposite::ruled(facts, claim, &tokens));
        ruling.filter(|_| !aside::is_set_aside(facts, claim))
    };
    general().or_else(missing).or_else(|| match claim.kind {
        ClaimKind::Remove => no_file_gone(facts, &tokens)
            .or_else(|| never_stood(facts, &tokens))
            .or_else(|| residue::stays(facts, claim, &tokens)),
        ClaimKind::Replace => residue::stays(facts, claim, &tokens).or_else(|| never_stood(facts, &tokens)),
        // An argument of a call may be what was mended, on a line of its own; these take none.
        ClaimKind::Fix if tokens.iter().any(|t| matches!(t.text, ".unwrap()" | ".expect()" | ".clone()")) => {
            never_stood(facts, &tokens)
        }
        ClaimKind::Add => only_declared(facts, &tokens),
        ClaimKind::Update => tests_only(facts, &tokens, act),
        _ => None,
    })
}

/// What nothing of the change shows and may have its reasons: no accusation, but no silence either.
pub(super) fn left_open(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if is_unknown(facts, claim) {
        return None;
    }
    let tokens = token::tokens(&claim.text);
    unwritten::left_open(facts, claim, &tokens)
        .or_else(|| unedited::left_open(facts, claim))
        .or_else(|| packages::left_open(facts, claim, &tokens))
        .or_else(|| untouched::left_open(facts, claim))
}

/// Whether what is missing from the change says nothing: its lines are not all known, what is claimed is only a part, or
/// the work may lie elsewhere.
fn is_unknown(facts: &Facts<'_>, claim: &Claim) -> bool {
    let unread = !facts.trace.whole || facts.trace.files.is_empty();
    unread || says_it_is_partial(&claim.text) || may_lie_in_commits(facts, claim)
}

/// Whether the session recorded commits that the change begins after: its last message may tell of what is in them.
pub(super) fn may_lie_in_commits(facts: &Facts<'_>, claim: &Claim) -> bool {
    let recorded = |e: &&Event| {
        let succeeded = |c: &Command| c.outcome == CommandOutcome::Succeeded;
        matches!(&e.kind, EventKind::Command(c) if succeeded(c) && c.purposes.contains(&Purpose::Commit))
    };
    let commits = facts.evidence.words.events.iter().filter(|e| e.live).filter(recorded).count();
    claim.source.kind == SourceKind::FinalMessage && commits > facts.evidence.change.commits.len()
}

/// A claim that says itself that it is not the whole thing is not held to it.
fn says_it_is_partial(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "stub",
        "placeholder",
        "skeleton",
        "scaffold",
        "initial",
        "basic",
        "minimal",
        "partial",
        "todo",
        "simplified",
    ];
    crate::text::words(&lower).iter().any(|w| words.iter().any(|x| w.starts_with(x)))
        || lower.contains("for now")
}

/// The new function that the claim names, or is called like its thing, says of itself that it does not do it.
fn confessed(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if !matches!(claim.kind, ClaimKind::Add | ClaimKind::Update | ClaimKind::Other) {
        return None;
    }
    let said_open = left_out(facts.sentence(claim).unwrap_or(&claim.text));
    let terms = Terms::of(&claim.text);
    let calling = present::Calling::of(&claim.text, &terms);
    let meant = |f: &FileTrace<'_>, p: &Place<'_>| {
        let named = |i: &Item| terms.names.iter().any(|n| n.text == i.name);
        let written = |i: &Item| f.change.touches_head_line(i.line) && !i.in_test;
        p.item.is_some_and(|i| written(i) && (named(i) || calling.fits(f, p)))
    };
    let places = facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p)));
    let (file, (line, comment)) = places.filter(|(f, p)| meant(f, p)).find_map(|(f, p)| {
        let about = |comment: &str| {
            // "(no negative ranges yet)": who tells of it hides nothing.
            let told = |w: &String| w.len() > 3 && said_open.contains(w);
            if words(comment).iter().any(told) {
                return false;
            }
            let said: BTreeSet<String> = stems(comment).collect();
            // A comment of the same function that shares no word with the claim speaks of something else.
            let own: Vec<String> = p.item.map(|i| stems(&i.name).collect()).unwrap_or_default();
            // "(76 lines)" tells how much, not of what.
            let words = terms.words.iter().filter(|w| !w.word.starts_with("line")).map(|w| &w.stem);
            words.chain(&own).any(|s| has(&said, s))
        };
        let open = p.comments.iter().find(|(_, c)| is_open(c) && about(c))?;
        Some((f, *open))
    })?;
    let comment = comment.trim_start_matches(['/', '#', '*', '!', ' ']);
    let message = format!("the code says: \"{}\"", shorten(comment, 120));
    let item = EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, file.path(), Some(line));
    Some(Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) })
}

/// Words of what a sentence itself says is not there: "no negative ranges yet", "negative ranges are not supported".
fn left_out(sentence: &str) -> BTreeSet<String> {
    let clauses = sentence.split(['(', ')', ';', ',', '—']).map(words);
    let denies = |c: &Vec<String>| {
        let has = |all: &str| c.iter().any(|w| token::lists(all, w));
        has("yet later follow") && has("no not without will")
            || has("unsupported")
            || has("not") && has("supported")
    };
    clauses.filter(denies).flatten().collect()
}

/// Comments that leave work open, not mere remarks.
pub(super) fn is_open(comment: &str) -> bool {
    let lower = comment.to_lowercase();
    let words = crate::text::words(&lower);
    // "TODO: consider iterating over X only" thinks of another way; nothing is missing.
    const MUSES: &str = "consider maybe perhaps could might should investigate explore optimize optimise optimization \
        refactor improve simplify cleanup clean rename move benchmark measure think decide revisit why faster cache";
    // A later phase is not this one.
    if words.iter().any(|w| w.starts_with("phase") || w == "milestone" || w == "followup") {
        return false;
    }
    // "TODO: use `X` once it is released": another way to do what is done.
    const LATER: &str = "once when after until upstream";
    const OTHER_WAY: &str = "use switch migrate upgrade replace remove drop";
    let muses = words.iter().position(|w| matches!(w.as_str(), "todo" | "fixme")).is_some_and(|at| {
        let rest = &words[at + 1..];
        let other_way = rest.first().is_some_and(|w| token::lists(OTHER_WAY, w));
        rest.iter().take(3).any(|w| token::lists(MUSES, w))
            || other_way && rest.iter().any(|w| token::lists(LATER, w))
    });
    words.iter().any(|w| matches!(w.as_str(), "todo" | "fixme" | "unimplemented")) && !muses
        || [
            "not implemented",
            "not yet implemented",
            "for now, return",
            "for now, just return",
            "placeholder for",
        ]
        .iter()
        .any(|s| lower.contains(s))
}

/// "Removed unused files", and no file is gone.
fn no_file_gone(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    const SPARE: &str = "leftover unused temporary temp binary obsolete stale old dead generated unneeded unnecessary redundant \
        orphaned debug backup duplicate";
    const WHERE: &str =
        "from the in repository repo project codebase tree root source sources git version control";
    let verb = code::first_verb(tokens)?;
    let head = subject::head(&tokens[verb + 1..]);
    let files = head.last().is_some_and(|t| t.any("files binaries"));
    let spare = head.iter().any(|t| t.any(SPARE));
    // "Remove temporary files on exit" tells what the code does, "from the ignore list" where they were named.
    let rest = &tokens[verb + 1 + head.len()..];
    let here = rest.iter().all(|t| t.any(WHERE) || matches!(t.kind, Kind::Punct(_)));
    let change = &facts.evidence.change;
    let gone = |kind: ChangeKind| matches!(kind, ChangeKind::Deleted | ChangeKind::Renamed);
    let deletes = |text: &str| {
        let lower = text.to_lowercase();
        ["remove", "unlink", "delete", "rmtree", "rm ", "rimraf", "cleanup", "clean_up"]
            .iter()
            .any(|d| lower.contains(d))
    };
    let does_it = facts.trace.code().flat_map(|f| &f.lines.added).any(|l| deletes(&l.text));
    let is_list = |path: &str| {
        path.ends_with("ignore") || matches!(code::last_part(path), "package.json" | "MANIFEST.in")
    };
    let lists_files = change.files.iter().any(|f| is_list(&f.path));
    if !files || !spare || !here || does_it || lists_files || change.files.iter().any(|f| gone(f.kind)) {
        return None;
    }
    Some(Ruling::contradicted(vec![EvidenceItem::new(
        EvidenceKind::Diff,
        "the change deletes and moves no file",
    )]))
}

/// "Fixed `.unwrap()` chains", and no line that was removed has any.
fn never_stood(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    const TIMES: &str = "call calls chain chains pattern patterns usage usages uses statement statements instance instances \
        occurrence occurrences block blocks expression expressions invocation invocations";
    let verb = code::first_verb(tokens)?;
    let head = subject::head(&tokens[verb + 1..]);
    let at = head.iter().position(|t| t.kind == Kind::Code && t.text.contains('(') && t.text.len() > 4)?;
    if is_form(head[at].text) {
        return None;
    }
    head.get(at + 1).filter(|t| t.any(TIMES))?;
    // `a::exit()` stands for calls of it with any argument, by any path; `if (kind.startsWith("text"))` for something
    // that calls it.
    let code = head[at].text;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let called: Vec<String> = code
        .match_indices('(')
        .map(|(end, _)| &code[code[..end].rfind(|c| !is_name(c)).map_or(0, |p| p + 1)..end])
        .filter(|name| !name.is_empty())
        .map(|name| format!("{name}("))
        .collect();
    let whole = code.strip_suffix("()").filter(|c| !c.contains('(') && !c.contains("::"));
    let wanted = whole.map_or(called, |_| vec![code.trim_end_matches(')').to_owned()]);
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let stood = facts.trace.files.iter().any(|f| {
        let removed: String = f.lines.removed.iter().map(|l| dense(&l.text)).collect();
        wanted.iter().any(|w| removed.contains(w))
    });
    if stood || wanted.is_empty() {
        return None;
    }
    let message = format!("no line that the change removed has `{}`", head[at].text);
    Some(Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Diff, message)]))
}

/// "X integration", and X is a new dependency that no source file uses.
fn only_declared(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let package = declared(facts, tokens)?;
    let unused = |name: &str| {
        facts
            .evidence
            .lookups
            .iter()
            .find(|l| l.text == name)
            .is_some_and(|l| l.lines.is_some() && l.in_source == 0)
    };
    let (file, line) = packages::declaration(&facts.trace, &package)?;
    // Other package managers bring tools, which settings and styles make use of.
    const BUILDS: [&str; 4] = ["BUCK", "BUILD", "BUILD.bazel", "WORKSPACE"];
    let beside =
        |f: &&FileTrace<'_>| !packages::is_manifest(f.path()) && !BUILDS.contains(&code::last_part(f.path()));
    let mentioned = facts
        .trace
        .code()
        .filter(beside)
        .any(|f| f.path().contains(&package) || f.lines.added.iter().any(|l| l.text.contains(&package)));
    if !file.path().ends_with("Cargo.toml") || mentioned {
        return None;
    }
    if !unused(&package) || !unused(&package.replace('-', "_")) {
        return None;
    }
    let message = format!("`{package}` is declared as a dependency, and no source file uses it");
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), Some(line));
    Some(Ruling::contradicted(vec![item]))
}

/// The new dependency whose integration a claim tells of.
fn declared(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<String> {
    let tells = tokens.iter().take(6).any(|t| t.any("integration integrate integrates integrated"));
    let words = tokens.iter().filter(|t| tells && matches!(t.kind, Kind::Word | Kind::Code)).take(6);
    words.map(|t| t.lower.clone()).find(|w| w.len() > 2 && packages::declaration(&facts.trace, w).is_some())
}

/// "Updated the X server", and under X only tests changed.
fn tests_only(facts: &Facts<'_>, tokens: &[Token<'_>], act: Option<Act>) -> Option<Ruling> {
    let verb = code::first_verb(tokens).filter(|_| act == Some(Act::Update))?;
    let tests = tokens.iter().any(|t| t.lower.contains("test") || t.any("spec specs fixtures coverage"));
    let head = subject::head(&tokens[verb + 1..]);
    let kind = head.last().filter(|_| !tests && head.len() == 2)?;
    let component = head.first().filter(|t| {
        t.kind == Kind::Word
            && kind.any("server client parser lexer compiler crate module package backend frontend plugin")
            && t.lower.len() > 2
            && subject::name(t).is_none()
    })?;
    let wanted = component.lower.as_str();
    let within = |f: &&FileTrace<'_>| {
        let dirs = f.path().rsplit_once('/').map_or("", |(dirs, _)| dirs);
        crate::text::words(dirs).iter().any(|w| w == wanted)
    };
    let inside: Vec<&FileTrace<'_>> =
        facts.trace.code().filter(|f| f.change.language.is_some()).filter(within).collect();
    let is_test = |p: &Place<'_>| {
        p.in_test || p.item.is_some_and(|i| i.kind == ItemKind::Module && i.name.contains("test"))
    };
    let only_tests = !inside.is_empty()
        && inside.iter().all(|f| {
            f.places.iter().all(|p| is_test(p) || p.code.trim().is_empty()) && occurrences(&f.gone, ";") == 0
        });
    let elsewhere = facts
        .trace
        .code()
        .filter(|f| !within(f))
        .flat_map(|f| &f.places)
        .any(|p| !p.in_test && has(&p.words, trace::stems(wanted).next().unwrap_or_default().as_str()));
    if !only_tests || elsewhere {
        return None;
    }
    let file = inside[0];
    let message = format!("of `{}` only tests changed", component.text);
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        file.path(),
        file.places.first().map(|p| p.line),
    );
    Some(Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) })
}

/// Names whose place at head decides these rules.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    let mut names = nowhere::open_names(facts, claim);
    names.extend(unwritten::open_names(facts, claim, &tokens));
    names.extend(untouched::open_names(facts, claim));
    names.extend(opposite::open_names(facts, claim, &tokens));
    if claim.kind != ClaimKind::Add || !facts.trace.whole {
        return names;
    }
    if let Some(package) = declared(facts, &tokens) {
        names.push(package.replace('-', "_"));
        names.push(package);
    }
    names
}
