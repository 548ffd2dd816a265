//! "Added the x dependency", "dropped x from the manifest", "bumped x to 2": what the manifests gained and lost.

use guard_model::evidence::NumberedLine;
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, FileKind, Side};

use super::code::first_verb;
use super::terms::{self, Terms};
use super::trace::{FileTrace, Trace, occurrences};
use super::untouched::squeezed;
use super::{Facts, Ruling};
use crate::claims::lexicon::{Act, verb};
use crate::claims::token::{self, Kind, Token};
use crate::text::names;

/// Files that name what a package needs.
const MANIFESTS: [&str; 14] = [
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "setup.py",
    "setup.cfg",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "Gemfile",
    "composer.json",
    "Pipfile",
    "CMakeLists.txt",
];

/// "Bumped the version to 0.2.0", "Added the `serde` dependency", and no new line has that version or name.
pub(super) fn left_open(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    const BRINGS: &str = "add added include included introduce introduced";
    const BUMPS: &str = "bump bumped upgrade upgraded update updated set raise raised";
    let change = &facts.evidence.change;
    let here =
        matches!(claim.kind, ClaimKind::Add | ClaimKind::Update | ClaimKind::Dependency | ClaimKind::Other);
    let readable = change.files.iter().all(|f| f.content == FileKind::Text);
    let verb = first_verb(tokens).filter(|_| here && readable && facts.trace.whole)?;
    let rest = &tokens[verb + 1..];
    let (wanted, written) = if tokens[verb].any(BUMPS) {
        rest.first().filter(|_| rest.iter().take(4).any(|t| t.any("version")))?;
        let at = rest.iter().position(|t| t.any("to"))?;
        let version = rest.get(at + 1)?.text.trim_start_matches('v');
        (is_version(version).then(|| version.to_owned())?, rest[at + 1].text)
    } else if tokens[verb].any(BRINGS) {
        let front = rest.iter().take_while(|t| t.any("a an the new missing")).count();
        let [name, noun, ..] = &rest[front..] else { return None };
        let ends =
            rest.get(front + 2).is_none_or(|t| t.any("to for in so") || matches!(t.kind, Kind::Punct(_)));
        let named = name.kind == Kind::Code || name.text.contains(['-', '_', '@']);
        (named && noun.any("dependency crate package") && ends && !name.text.contains(' ')).then_some(())?;
        (squeezed(name.text), name.text)
    } else {
        return None;
    };
    let has = |text: &str| text.contains(&wanted) || squeezed(text).contains(&squeezed(&wanted));
    let stands = facts
        .trace
        .files
        .iter()
        .any(|f| has(f.path()) || f.lines.added.iter().chain(&f.lines.removed).any(|l| has(&l.text)));
    if stands || wanted.len() < 3 {
        return None;
    }
    // Versions are written in many ways, and packages under other names: no accusation.
    let message = format!("no changed line has `{written}`");
    Some(Ruling::unsupported(vec![EvidenceItem::new(EvidenceKind::Site, message)]))
}

/// Three numbers with dots: written as they are wherever they are written.
fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the claim says that a dependency came or went: only manifests show that.
pub(super) fn come_or_go(claim: &Claim) -> bool {
    matches!(first_act(&claim.text), Some(Act::Add | Act::Remove))
}

/// The ruling where manifests show the claim.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::in_change(&claim.text, &facts.trace.files);
    if terms.extent {
        return None;
    }
    if terms.names.is_empty() {
        first_act(&claim.text).filter(|a| matches!(a, Act::Update | Act::Add))?;
        return in_named(facts, &terms);
    }
    let manifests: Vec<&FileTrace<'_>> = facts.trace.files.iter().filter(|f| is_manifest(f.path())).collect();
    let scopes: Vec<Vec<&FileTrace<'_>>> = if terms.paths.is_empty() {
        vec![manifests]
    } else {
        let of = |path: &str| manifests.iter().copied().filter(|f| terms::is_named(f, path)).collect();
        terms.paths.iter().map(|(path, _)| of(path)).collect()
    };
    let objects: Vec<&str> =
        match terms.names.iter().filter(|n| n.object).map(|n| n.text.as_str()).collect::<Vec<_>>() {
            none if none.is_empty() => terms.names.iter().map(|n| n.text.as_str()).collect(),
            some => some,
        };
    let act = first_act(&claim.text)?;
    let pinned = pins(&token::tokens(&claim.text));
    let mut place = None;
    for files in &scopes {
        for object in &objects {
            let fits = |f: &&&FileTrace<'_>| {
                let added: usize = f.places.iter().map(|p| occurrences(&p.code, object)).sum();
                let gone = occurrences(&f.gone, object);
                let numbers =
                    terms.numbers.iter().all(|n| f.places.iter().any(|p| occurrences(&p.code, n) > 0));
                // `metrics = []` is a feature, `"lint": "x"` a script.
                let declared = || declares_new(f, object);
                match act {
                    _ if pinned && !terms.numbers.iter().all(|n| is_pinned(f, object, n)) => false,
                    Act::Add => added > gone && numbers && declared(),
                    Act::Remove => gone > added && added == 0,
                    Act::Update | Act::Replace => {
                        added > 0 && gone > 0 && numbers && !terms.numbers.is_empty()
                    }
                    _ => false,
                }
            };
            place.get_or_insert(*files.iter().find(fits)?);
        }
    }
    let file = place?;
    let (what, side) =
        if act == Act::Remove { ("is gone from", Side::Base) } else { ("is new in", Side::Head) };
    let message = format!("{} {what} `{}`", names(&objects, 3), file.path());
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(side, file.path(), None)))
}

/// "Bump `x` from 1 to 2", "update y to v3": a line with its name has the new version, and one without it went.
pub(super) fn bumped(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let verb = super::code::first_verb(&tokens)?;
    if !tokens[verb]
        .any("bump bumps bumped update updates updated upgrade upgrades upgraded pin pins pinned downgrade")
    {
        return None;
    }
    let rest = &tokens[verb + 1..];
    let to = rest.iter().position(|t| t.is("to"))?;
    let from = rest[..to].iter().position(|t| t.is("from"));
    let version = |t: &token::Token<'_>| {
        let text = t.text.trim_start_matches(['v', 'V', '=', '^', '~']);
        let told = text.starts_with(|c: char| c.is_ascii_digit())
            || text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
        told.then(|| text.to_owned())
    };
    let new = version(rest.get(to + 1)?)?;
    let old = from.and_then(|f| rest.get(f + 1)).and_then(version);
    let called = rest[..from.unwrap_or(to)].iter().find(|t| {
        matches!(t.kind, Kind::Word | Kind::Code)
            && !t.any("the to docker dependency action crate package version from digest requirement")
            && t.text.len() > 2
    })?;
    let last = called.text.split(':').next()?.rsplit(['/', '@']).find(|p| p.len() > 2 && !is_major(p))?;
    let found = facts.trace.files.iter().filter(|f| !f.document).find_map(|f| {
        let has = |text: &str, number: &str| text.contains(last) && has_version(text, number);
        let near = |lines: &[NumberedLine], number: &str| -> Option<u32> {
            let at = lines.iter().position(|l| has(&l.text, number));
            at.map(|i| lines[i].line)
        };
        let line = near(&f.lines.added, &new)?;
        let went = old.as_ref().is_none_or(|old| near(&f.lines.removed, old).is_some());
        let replaced = f.lines.removed.iter().any(|l| l.text.contains(last) && !has_version(&l.text, &new));
        (went && replaced).then_some((f, line))
    });
    let (file, line) = match pins(&tokens) {
        true => found.filter(|(f, _)| is_pinned(f, last, &new)),
        false => found
            .or_else(|| locked(facts, old.as_deref()?, &new))
            .or_else(|| declared_and_locked(facts, last, &new)),
    }?;
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("`{last}` is at {new} in `{}`", file.path()));
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(line))))
}

/// A lock file writes the version apart from the name: one that lost exactly this version and has that.
fn locked<'f, 'e>(facts: &'f Facts<'e>, old: &str, new: &str) -> Option<(&'f FileTrace<'e>, u32)> {
    let is = |text: &str, version: &str| text.trim() == format!("version = \"{version}\"");
    facts.trace.files.iter().filter(|f| f.path().ends_with(".lock")).find_map(|f| {
        let line = f.lines.added.iter().find(|l| is(&l.text, new))?.line;
        f.lines.removed.iter().any(|l| is(&l.text, old)).then_some((f, line))
    })
}

/// `[dependencies.x]` and a line of its own for the version: a manifest and a lock file that both have exactly this
/// one now, where the lock file speaks of the package.
fn declared_and_locked<'f, 'e>(
    facts: &'f Facts<'e>,
    package: &str,
    new: &str,
) -> Option<(&'f FileTrace<'e>, u32)> {
    let is = |l: &&NumberedLine| l.text.trim() == format!("version = \"{new}\"");
    let has = |f: &&FileTrace<'_>| f.lines.added.iter().any(|l| is(&l)) && new.matches('.').count() >= 2;
    let files = &facts.trace.files;
    let locked = files.iter().filter(|f| f.path().ends_with(".lock")).any(|f| {
        let speaks = |l: &NumberedLine| l.text.contains(&format!("\"{package}"));
        has(&f) && f.lines.added.iter().chain(&f.lines.removed).any(speaks)
    });
    let manifest = files.iter().filter(|f| is_manifest(f.path())).find(has).filter(|_| locked)?;
    Some((manifest, manifest.lines.added.iter().find(is)?.line))
}

/// `v10` at the end of a module's path.
fn is_major(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()))
}

/// Whether `text` has the version or the beginning of it: `v6` has 6, `1.10.1` has 1.10, `16` has no 6.
fn has_version(text: &str, version: &str) -> bool {
    let hex = version.chars().any(|c| c.is_ascii_alphabetic());
    text.match_indices(version).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + version.len()..].chars().next();
        let begins = before.is_none_or(|c| !(c.is_ascii_digit() || c == '.'));
        begins && (hex || after.is_none_or(|c| !c.is_ascii_digit()))
    })
}

/// Whether exactly one version is said to be allowed.
fn pins(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|t| t.any("pin pins pinned pinning exactly"))
}

/// Whether a new line holds `package` at the version and at no other: `>=6.0` holds it at none.
fn is_pinned(file: &FileTrace<'_>, package: &str, version: &str) -> bool {
    let cargo = file.path().ends_with("Cargo.toml");
    file.lines.added.iter().filter(|l| l.text.contains(package)).any(|l| {
        l.text.match_indices(version).any(|(at, _)| {
            let before = l.text[..at].trim_end();
            let ranged = before.ends_with(['^', '~', '>', '<', '*', '!'])
                || [">=", "<=", "~=", "!="].iter().any(|o| before.ends_with(o));
            // What Cargo is told without a sign is a range.
            let range_by_default = cargo && !before.ends_with("\"=");
            has_version(&l.text, version) && !ranged && !range_by_default
        })
    })
}

/// Whether a line of a manifest names `package` as something that is needed.
fn declares(path: &str, line: &str, package: &str) -> bool {
    let text = line.trim();
    let bare = text.trim_start_matches(['"', '\'']);
    let Some(rest) = bare.strip_prefix(package) else {
        // `[dependencies.x]`, `implementation("a:b:1")`, `find_package(X)`, `<artifactId>x</artifactId>`.
        let table = text.starts_with('[') && text.contains("dependencies");
        return occurrences(text, package) > 0 && (table || !is_keyed(path));
    };
    if rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/')) {
        return false;
    }
    let value = rest.trim_start_matches(['"', '\'']).trim_start();
    match value.strip_prefix(['=', ':']).filter(|_| is_keyed(path)) {
        Some(value) => {
            let value = value.trim_start();
            let inner = value.trim_start_matches(['"', '\'']);
            let version = inner.starts_with(|c: char| c.is_ascii_digit() || "^~<>=*v{".contains(c))
                || [
                    "workspace",
                    "file:",
                    "link:",
                    "npm:",
                    "git",
                    "http",
                    "catalog:",
                    "latest",
                    "next",
                    "path",
                    "portal:",
                ]
                .iter()
                .any(|p| inner.starts_with(p));
            version && !value.starts_with('[')
        }
        None => true,
    }
}

/// Whether the file has a new line that names `package` as something that is needed.
pub(super) fn declares_new(file: &FileTrace<'_>, package: &str) -> bool {
    let declared = |lines: &[NumberedLine]| lines.iter().any(|l| declares(file.path(), &l.text, package));
    declared(&file.lines.added) && !declared(&file.lines.removed)
}

/// Manifests in which a line is a name and its value.
fn is_keyed(path: &str) -> bool {
    ["Cargo.toml", "package.json", "Pipfile", "composer.json"].iter().any(|m| path.ends_with(m))
}

/// "Updated the dependencies in `Cargo.toml`": every file that is named has new lines.
fn in_named(facts: &Facts<'_>, terms: &Terms) -> Option<Ruling> {
    let written = |path: &String| {
        terms::named(&facts.trace.files, path).into_iter().find(|f| !f.lines.added.is_empty())
    };
    let files: Vec<&FileTrace<'_>> =
        terms.paths.iter().map(|(path, _)| written(path)).collect::<Option<_>>()?;
    let first = files.iter().find(|f| is_manifest(f.path())).filter(|_| terms.numbers.is_empty())?;
    let paths: Vec<&str> = files.iter().map(|f| f.path()).collect();
    let line = first.lines.added.first().map(|l| l.line);
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("new lines in {}", names(&paths, 3)));
    Some(Ruling::verified(item.at(Side::Head, first.path(), line)))
}

pub(super) fn is_manifest(path: &str) -> bool {
    MANIFESTS.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// Where the change declares `package` as a new dependency: a line of a manifest that begins with its name.
pub(super) fn declaration<'f, 'e>(trace: &'f Trace<'e>, package: &str) -> Option<(&'f FileTrace<'e>, u32)> {
    let declares = |text: &str| {
        let text = text.trim_start().trim_start_matches(['"', '\'']);
        text.strip_prefix(package).is_some_and(|rest| {
            let rest = rest.trim_start_matches(['"', '\'']).trim_start();
            rest.starts_with(['=', ':', '.'])
        })
    };
    let manifests = trace.files.iter().filter(|f| is_manifest(f.path()));
    manifests.into_iter().find_map(|f| {
        let line = f.lines.added.iter().find(|l| declares(&l.text))?;
        (!f.lines.removed.iter().any(|l| declares(&l.text))).then_some((f, line.line))
    })
}

fn first_act(text: &str) -> Option<Act> {
    let tokens = token::tokens(text);
    super::code::first_verb(&tokens).and_then(|v| verb(&tokens[v].lower)).map(|v| v.act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_whole() {
        for (text, version, expected) in [
            ("uses: a/b@v6", "6", true),
            ("uses: a/b@v16", "6", false),
            ("a = \"1.10.1\"", "1.10", true),
            ("a = \"1.10.1\"", "1.1", false),
            ("a = \"0.1.10\"", "1.10", false),
            ("image:1@sha256:44637ff01", "44637ff", true),
        ] {
            assert_eq!(has_version(text, version), expected, "{text} {version}");
        }
    }
}
