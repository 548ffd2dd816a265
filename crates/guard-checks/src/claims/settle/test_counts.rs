//! Numbers of tests: "added 6 unit tests", "`parse.rs` with 12 tests", "(+61 new tests)", held against the
//! declarations of changed files that are built, and of which tests ran where tests were run.

use guard_model::{
    ChangeKind, Claim, ClaimVerdict, EvidenceItem, EvidenceKind, FileKind, ItemKind, Quantifier, Side,
};

use super::code::{is_deed, is_document, is_path, last_part};
use super::{Facts, Ruling};
use crate::claims::counts::{self, TEST_NOUNS};
use crate::claims::token;
use crate::identities::{Declared, leaf};
use crate::text::count;

/// A number of new tests that nobody gets right by chance.
const MANY: u64 = 100;

/// A number of tests told beside something else ("`parse.rs` with 12 tests", "full suite with 3 tests"): right
/// when it is the number of new tests, or of all tests of a file that has new ones.
pub(super) fn told(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let said = counts::counts(&tokens).tests().filter(|n| *n > 1)?;
    let results = tokens.iter().any(|t| t.any(counts::PASS_WORDS) || t.any("total now"));
    if results || facts.tests.head.iter().any(|t| t.decl.generated) || !core_is_plain(&claim.text) {
        return None;
    }
    let in_scope = |t: &&Declared<'_>| {
        claim.scope.paths.is_empty() || claim.scope.paths.iter().any(|p| is_path(t.path, p))
    };
    let new: Vec<&Declared<'_>> = facts.tests.live.iter().filter(in_scope).collect();
    let of_file = |path: &str| facts.tests.head.iter().filter(|t| t.path == path).count() as u64;
    let fits = new.len() as u64 == said || new.iter().any(|t| of_file(t.path) == said);
    if !fits {
        return unbuilt(facts, claim, said).or_else(|| fewer(facts, &tokens, said));
    }
    let first = new.first()?;
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("{} counted", count(said as usize, "test")));
    Some(Ruling::verified(item.at(Side::Head, first.path, Some(first.decl.line))).counted(said, said))
}

/// The number said is only reached with tests in files that no target compiles.
pub(super) fn unbuilt(facts: &Facts<'_>, claim: &Claim, said: u64) -> Option<Ruling> {
    let paths = &claim.scope.paths;
    let in_scope = |t: &&Declared<'_>| paths.is_empty() || paths.iter().any(|p| is_path(t.path, p));
    let dead: Vec<&Declared<'_>> = facts.tests.unbuilt.iter().filter(in_scope).collect();
    let first = dead.first()?;
    let live = facts.tests.live.iter().filter(in_scope).count() as u64;
    // None of it is built: then more than there are is no better.
    let counted = said > live && (live == 0 || said <= live + dead.len() as u64);
    let certain = !paths.is_empty() || is_countable(facts);
    if !counted || !certain || facts.tests.head.iter().any(|t| t.decl.generated) {
        return None;
    }
    let of_file = dead.iter().filter(|t| t.path == first.path).count();
    let message = format!("no target compiles `{}` with its {}", first.path, count(of_file, "new test"));
    let item =
        EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, first.path, Some(first.decl.line));
    let mut ruling = Ruling::contradicted(vec![item]).counted(live, said);
    if live > 0 {
        ruling.verdict = ClaimVerdict::Partial;
    }
    Some(ruling)
}

/// "(+61 new tests)", and there are fewer.
fn fewer(facts: &Facts<'_>, tokens: &[token::Token<'_>], said: u64) -> Option<Ruling> {
    let plus = tokens.iter().any(|t| t.text.strip_prefix('+') == Some(said.to_string().as_str()));
    let new = tokens.iter().any(|t| t.is("new"));
    let most = (facts.tests.live.len() + facts.tests.renamed.len()) as u64;
    if !(plus && new && said > most && most > 0 && is_countable(facts)) {
        return None;
    }
    let found = format!("{} declared in changed files", count(facts.tests.live.len(), "new test"));
    let ruling = Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Diff, found)]);
    Some(Ruling { verdict: ClaimVerdict::Partial, ..ruling }.counted(most, said))
}

/// Whether what comes before "covering …" and "for …" says nothing but how many.
pub(super) fn core_is_plain(text: &str) -> bool {
    let tokens = token::tokens(text);
    let end = tokens
        .iter()
        .position(|t| {
            t.any("covering including that targeting for validating verifying with in") && !t.is("with")
        })
        .unwrap_or(tokens.len());
    !tokens[..end].iter().any(|t| t.any("all every each deep coverage assertion assertions scenarios"))
}

/// Whether one declaration runs several tests, of which syntax does not know the number.
pub(super) fn makes_several(test: &Declared<'_>) -> bool {
    let runs = |call: &String| {
        matches!(leaf(call), "Run" | "subTest" | "proptest" | "quickcheck" | "forEach" | "each")
    };
    test.decl.generated || test.decl.calls.iter().any(runs)
}

/// The number said, held against the new declarations: as a whole, by file, by kind.
pub(super) fn counted(facts: &Facts<'_>, claim: &Claim, said: u64, vague: bool) -> Ruling {
    let new = &facts.tests.live;
    let by_run = facts.evidence.lab.as_ref().and_then(|l| {
        let (head, base) = (l.head.as_ref()?.tests.as_ref()?, l.base.as_ref()?.tests.as_ref()?);
        base.gap.is_none().then_some(())?;
        Some(head.results.iter().filter(|r| base.result(&r.id).is_none()).count() as u64)
    });
    let generated = facts.tests.head.iter().any(makes_several);
    let of = |keep: &dyn Fn(&Declared<'_>) -> bool| new.iter().filter(|t| keep(t)).count() as u64;
    let total = of(&|_| true);
    let mut natural = vec![total];
    natural.extend(by_run);
    if claim.scope.paths.is_empty() {
        natural.extend(new.iter().map(|t| of(&|o| o.path == t.path)));
        natural.push(of(&|t| t.path.contains("tests/")));
        natural.push(of(&|t| !t.path.contains("tests/")));
    } else {
        natural = vec![of(&|t| {
            claim.scope.paths.iter().any(|p| is_path(t.path, p) || t.path.contains(p.as_str()))
        })];
    }
    let found = match by_run {
        Some(n) => format!(
            "{} declared in changed files, {n} by the runs of base and head",
            count(total as usize, "new test")
        ),
        None => format!("{} declared in changed files", count(total as usize, "new test")),
    };
    let item = EvidenceItem::new(EvidenceKind::Diff, found);
    // Words for how deep they go say less than a large number that is exactly right.
    let exact = said >= MANY && said == total && claim.scope.quantifier != Quantifier::All;
    let more_than_a_number = !core_is_plain(&claim.text) && !exact;
    // Of tests that are made when they run, only runs know how many there are; in a file without them syntax does.
    let makes = |path: &str| facts.tests.head.iter().any(|t| t.path == path && makes_several(t));
    let in_file = new.iter().find(|t| !makes(t.path) && of(&|o| o.path == t.path) == said);
    let in_file = in_file.filter(|_| generated && claim.scope.paths.is_empty());
    let item = match in_file {
        Some(t) => {
            let found = format!("{} in `{}`", count(said as usize, "new test"), t.path);
            EvidenceItem::new(EvidenceKind::Diff, found).at(Side::Head, t.path, Some(t.decl.line))
        }
        None => item,
    };
    let fits = if generated { by_run == Some(said) || in_file.is_some() } else { natural.contains(&said) };
    if fits && !more_than_a_number && said > 0 {
        return Ruling::verified(item).counted(said, said);
    }
    if let Some(ruling) = unbuilt(facts, claim, said).filter(|_| !vague) {
        return ruling;
    }
    let (most, item) = match of_named_file(facts, claim) {
        Some(n) => {
            let path = claim.scope.paths.first().map_or("", String::as_str);
            let found = format!("{} in `{path}`", count(n as usize, "new test"));
            (n, EvidenceItem::new(EvidenceKind::Diff, found))
        }
        None => (total.max(by_run.unwrap_or(0)), item),
    };
    let most = most + facts.tests.renamed.len() as u64;
    let countable = !generated && !vague && is_deed(&claim.text) && is_countable(facts);
    if countable && said > most && most > 0 {
        let mut ruling = Ruling::contradicted(vec![item]).counted(most, said);
        ruling.verdict = ClaimVerdict::Partial;
        return ruling;
    }
    if countable && is_miscounted(facts, claim, said) {
        return Ruling::contradicted(vec![item]).counted(total, said);
    }
    Ruling::unsupported(vec![item])
}

/// "Added 19 new tests", nothing more said, and there are more: a number that no file, folder or set of files
/// has either.
fn is_miscounted(facts: &Facts<'_>, claim: &Claim, said: u64) -> bool {
    const FEW: u64 = 8;
    let tests = &facts.tests;
    let tokens = token::tokens(&claim.text);
    let bare = tokens.len() <= 6
        && tokens.last().is_some_and(|t| t.any(TEST_NOUNS))
        && tokens.iter().any(|t| t.any("new total"))
        && claim.scope.paths.is_empty()
        && claim.scope.symbols.is_empty();
    let moved = !tests.renamed.is_empty() || tests.kept.iter().any(|(b, h)| b.decl.body != h.decl.body);
    if said < FEW || !bare || moved || said >= tests.live.len() as u64 {
        return false;
    }
    let mut paths: Vec<&str> = tests.live.iter().map(|t| t.path).collect();
    paths.dedup();
    // With many files some set of them has any number.
    if paths.len() > 6 {
        return false;
    }
    let sizes = paths.iter().map(|p| tests.live.iter().filter(|t| t.path == *p).count() as u64);
    let sums = sizes.fold(vec![0u64], |sums, n| sums.iter().flat_map(|s| [*s, *s + n]).collect());
    !sums.contains(&said)
}

/// A number of tests that was found wrong is wrong wherever the same text repeats it.
pub(super) fn repeat(claims: &mut [Claim]) {
    let wrong: Vec<Claim> = claims
        .iter()
        .filter(|c| c.kind == guard_model::ClaimKind::TestAdded)
        .filter(|c| matches!(c.verdict, ClaimVerdict::Partial | ClaimVerdict::Contradicted))
        .filter(|c| c.total.is_some_and(|n| n >= 5))
        .cloned()
        .collect();
    for claim in claims.iter_mut().filter(|c| c.verdict == ClaimVerdict::Unsupported) {
        let tokens = token::tokens(&claim.text);
        let sum =
            tokens.first().is_some_and(|t| t.is("total")) && tokens.get(1).is_some_and(|t| t.punct(':'));
        let said = counts::counts(&tokens).tests().filter(|_| sum);
        let same = wrong.iter().find(|w| w.source == claim.source && w.total == said && said.is_some());
        if let Some(known) = same {
            claim.verdict = known.verdict;
            claim.looked = true;
            (claim.done, claim.total) = (known.done, known.total);
            claim.evidence.clone_from(&known.evidence);
        }
    }
}

/// New tests of the one file that the claim names, where no other file can be meant.
fn of_named_file(facts: &Facts<'_>, claim: &Claim) -> Option<u64> {
    let [path] = claim.scope.paths.as_slice() else { return None };
    let name = last_part(path).split('.').next().filter(|n| n.len() > 2)?;
    let new = &facts.tests.live;
    let (inside, outside): (Vec<&Declared<'_>>, Vec<&Declared<'_>>) =
        new.iter().partition(|t| is_path(t.path, path));
    let apart = outside.iter().all(|t| !t.path.contains(name) && !t.decl.name.contains(name));
    // Under the file's own heading, the number of all its tests was taken for that of the new ones.
    let of_file = facts.tests.head.iter().filter(|t| is_path(t.path, path)).count() as u64;
    let total = !claim.text.contains(path.as_str()) && claim.scope.count == Some(of_file);
    let apart = apart || total;
    (!inside.is_empty() && apart).then_some(inside.len() as u64)
}

/// Whether syntax sees every test that the change could add.
pub(super) fn is_countable(facts: &Facts<'_>) -> bool {
    let evidence = facts.evidence;
    let read = |side: Side, path: &str| {
        evidence
            .sources
            .iter()
            .any(|s| s.side == side && s.path == path && s.unread.is_none() && s.errors == 0)
    };
    let seen = evidence.change.files.iter().all(|f| {
        if f.content != FileKind::Text || f.kind == ChangeKind::Deleted {
            return f.content == FileKind::Text || !is_test_like(&f.path);
        }
        match f.language {
            Some(_) => read(Side::Head, &f.path) && (f.old_oid.is_none() || read(Side::Base, f.base_path())),
            None => is_inert(&f.path),
        }
    });
    // `mod x;` may bring tests of an old file to life.
    let wires = evidence.sources.iter().filter(|s| s.side == Side::Head).any(|s| {
        s.items.iter().any(|i| {
            i.kind == ItemKind::Module
                && i.line == i.end_line
                && evidence.change.file(&s.path).is_none_or(|f| f.touches_head_range(i.line, i.end_line))
        })
    });
    seen && !wires && facts.tests.head.iter().all(|t| !t.decl.generated)
}

fn is_inert(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = last_part(&lower);
    // A guide beside examples declares no test; one among fixtures may be one.
    const MATERIAL: &str =
        "test tests fixture fixtures spec specs testdata golden cases snapshots __snapshots__";
    let folders = lower.rsplit_once('/').map_or("", |(folders, _)| folders);
    let guide = is_document(&lower) && !folders.split('/').any(|f| token::lists(MATERIAL, f));
    guide
        || !is_test_like(&lower)
            && (is_document(&lower)
                || [".toml", ".lock", ".buck", ".txt", ".png", ".svg", ".gitignore", ".editorconfig"]
                    .iter()
                    .any(|e| lower.ends_with(e))
                || lower.starts_with(".github/")
                || name.starts_with("license")
                || matches!(
                    name,
                    "buck"
                        | ".buckconfig"
                        | ".buckroot"
                        | "justfile"
                        | "dockerfile"
                        | ".dockerignore"
                        | ".gitattributes"
                        | ".prettierrc"
                        | ".npmrc"
                        | "package.json"
                        | "package-lock.json"
                        | "tsconfig.json"
                        | "go.mod"
                        | "go.sum"
                        | "license"
                        | "makefile"
                ))
}

pub(super) fn is_test_like(path: &str) -> bool {
    let lower = path.to_lowercase();
    ["test", "spec", "fixture", "snap", "case", "golden", "e2e", "example", "bench"]
        .iter()
        .any(|w| lower.contains(w))
}
