//! "Added `timeout` to `Options`", "a `macros` feature", "a `Jg` instruction", "`target/` to `.gitignore`": entries of a
//! type, a manifest or a list, each of which stands on a line of its own.

use guard_model::evidence::NumberedLine;
use guard_model::{Claim, EvidenceItem, EvidenceKind, Item, ItemKind, Side};

use super::trace::{FileTrace, has, stems};
use super::{Facts, Ruling, code};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::text::names;

/// What stands in a type: "the `x` field".
const MEMBERS: &str = "field fields variant variants property properties member members method methods type";
/// What enumerations list, whatever they call it.
const LISTED: &str = "instruction instructions opcode opcodes operator operators token tokens variant variants node nodes \
    kind kinds error errors command commands event events message messages state states";

/// The ruling where each entry that the claim names is new in what it names.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    if let Some(ruling) = attributes(facts, claim, &tokens).or_else(|| packages(facts, &tokens)) {
        return Some(ruling);
    }
    let says_all = tokens.iter().any(|t| t.any("all every each whole entire"));
    if says_all || claim.scope.count.is_some() {
        return None;
    }
    feature(facts, &tokens)
        .or_else(|| benchmarks(facts, &tokens))
        .or_else(|| target(facts, &tokens))
        .or_else(|| listed_in_file(facts, &tokens))
        .or_else(|| members(facts, &tokens))
        .or_else(|| enumerated(facts, &tokens))
}

/// "`a.rs`: add `#[must_use]` to all `build()` methods": each of them has a new line with it above.
fn attributes(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let named = |t: &Token<'_>| t.kind == Kind::Code || t.text.ends_with("()");
    let to = tokens.iter().position(|t| t.is("to"))?;
    let attribute = tokens[..to].last().filter(|t| t.text.starts_with(['#', '@']) && named(t))?;
    let [all, method, noun] = &tokens[to + 1..] else { return None };
    let plain =
        all.any("all every each both") && named(method) && noun.any("methods functions method function");
    let [path] = claim.scope.paths.as_slice() else { return None };
    let name = method.text.trim_end_matches("()");
    let bare = attribute.text.trim_end_matches(']');
    let file = facts.trace.code().filter(|_| plain).find(|f| code::is_path(f.path(), path))?;
    let sources = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == file.path());
    let meant: Vec<&Item> = sources.flat_map(|s| &s.items).filter(|i| i.name == name && !i.in_test).collect();
    let line_of = |i: &Item| {
        let above =
            |l: &&NumberedLine| l.line <= i.line && i.line <= l.line + 4 && l.text.trim().starts_with(bare);
        file.lines.added.iter().rev().find(above)
    };
    let lines: Vec<&NumberedLine> = meant.iter().map(|i| line_of(i)).collect::<Option<_>>()?;
    let mut own: Vec<u32> = lines.iter().map(|l| l.line).collect();
    own.dedup();
    let (first, n) = (lines.first()?, meant.len() as u64);
    let what = format!("above each `{name}` of the file");
    (own.len() == lines.len()).then(|| verified(&[attribute.text], &what, file, first).counted(n, n))
}

/// "Created 3-crate workspace: a, b, c": so many are named, and each has a new manifest in a folder of its name.
fn packages(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    adds(tokens)?;
    let colon = tokens.iter().position(|t| t.punct(':'))?;
    let number = |t: &Token<'_>| t.text.split('-').next().and_then(|n| n.parse::<usize>().ok());
    let many = tokens[..colon].iter().position(|t| number(t).is_some())?;
    let counts = |t: &Token<'_>| {
        t.any("crates packages") || t.lower.ends_with("-crate") || t.lower.ends_with("-package")
    };
    if !tokens[many..colon].iter().any(counts)
        && !tokens.get(many + 1).is_some_and(|t| t.any("crate package"))
    {
        return None;
    }
    let mut depth = 0usize;
    let mut listed: Vec<&str> = Vec::new();
    for token in &tokens[colon + 1..] {
        match token.kind {
            Kind::Punct('(') => depth += 1,
            Kind::Punct(')') => depth = depth.saturating_sub(1),
            _ if depth > 0 || token.punct(',') || token.is("and") => {}
            Kind::Word | Kind::Code => listed.push(token.text),
            _ => return None,
        }
    }
    let manifest = |name: &str| {
        facts.trace.files.iter().find(|f| {
            let folder = ["/Cargo.toml", "/package.json"].iter().find_map(|m| f.path().strip_suffix(m));
            f.is_new() && folder.is_some_and(|folder| code::last_part(folder) == name)
        })
    };
    let files: Vec<&FileTrace<'_>> = listed.iter().map(|n| manifest(n)).collect::<Option<_>>()?;
    let (first, n) = (files.first()?, listed.len() as u64);
    let fits = number(&tokens[many]) == Some(listed.len()) && listed.len() > 1;
    let line = first.lines.added.first()?;
    fits.then(|| verified(&listed, "each has a new manifest", first, line).counted(n, n))
}

/// Position of the verb, when it says that something was added.
fn adds(tokens: &[Token<'_>]) -> Option<usize> {
    let verb = code::first_verb(tokens)?;
    let told = lexicon::verb(&tokens[verb].lower)?;
    let configures = tokens[verb].any("configure configures configured");
    (told.act == Act::Add || configures).then_some(verb)
}

/// "Adds a `macros` optional feature [to enable …]": a manifest declares it, and did not.
fn feature(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let verb = adds(tokens)?;
    let at = tokens.iter().position(|t| t.is("feature")).filter(|at| *at > verb && *at <= verb + 6)?;
    let name = tokens[verb + 1..at].iter().find(|t| t.kind == Kind::Code)?;
    // What it enables is its own business; where it is, is not.
    let placed =
        tokens[at + 1..].first().is_some_and(|t| !(t.any("flag to that which for so") || t.punct(',')));
    let declares = |text: &str| {
        text.strip_prefix(name.text).is_some_and(|rest| {
            rest.trim_start().strip_prefix('=').is_some_and(|v| v.trim_start().starts_with('['))
        })
    };
    let manifests = facts.trace.files.iter().filter(|f| f.path().ends_with("Cargo.toml"));
    let (file, line) = new_line(manifests, declares).filter(|_| !placed)?;
    Some(verified(&[name.text], "is declared", file, line))
}

/// "Configured e2e test target in Cargo.toml": a target of that name and kind.
fn target(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let verb = adds(tokens)?;
    let at = tokens.iter().position(|t| t.any("target binary")).filter(|at| *at > verb + 1)?;
    let kind = match tokens[at - 1].lower.as_str() {
        "test" | "bench" | "benchmark" | "bin" | "binary" | "example" => tokens[at - 1].lower.as_str(),
        _ => return None,
    };
    let section = match kind {
        "benchmark" => "[[bench]]".to_owned(),
        "binary" => "[[bin]]".to_owned(),
        kind => format!("[[{kind}]]"),
    };
    let name = tokens.get(at.checked_sub(2)?).filter(|t| matches!(t.kind, Kind::Word | Kind::Code))?;
    let named = format!("name = \"{}\"", name.text);
    let whole = tokens[at + 1..].iter().all(|t| t.any("in to of the") || t.text == "Cargo.toml");
    facts.trace.files.iter().filter(|f| whole && f.path().ends_with("Cargo.toml")).find_map(|f| {
        let under = |line: u32| {
            f.lines.added.iter().any(|l| l.text.trim() == section && l.line < line && line <= l.line + 3)
        };
        let line = f.lines.added.iter().find(|l| l.text.trim() == named && under(l.line))?;
        Some(verified(&[name.text], "is declared", f, line))
    })
}

/// "Adds `.cache/` and `pmat.toml` to `.gitignore`": lines of a list.
fn listed_in_file(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let verb = adds(tokens)?;
    let at = tokens.iter().rposition(|t| t.any("to in"))?;
    let [file] = &tokens[at + 1..] else { return None };
    let list = |f: &&FileTrace<'_>| {
        let name = code::last_part(f.path());
        name == file.text && name.starts_with('.') && name.ends_with("ignore")
    };
    let objects = &tokens[verb + 1..at.max(verb + 1)];
    let entries: Vec<&Token<'_>> = objects.iter().filter(|t| !(t.punct(',') || t.any("and the"))).collect();
    let plain = |t: &&Token<'_>| t.kind == Kind::Code || t.text.contains(['.', '/', '*']);
    if entries.is_empty() || !entries.iter().all(plain) {
        return None;
    }
    let bare = |text: &str| text.trim().trim_matches('/').to_owned();
    facts.trace.files.iter().filter(list).find_map(|f| {
        let is_new = |t: &&Token<'_>| {
            let has = |lines: &[NumberedLine]| lines.iter().any(|l| bare(&l.text) == bare(t.text));
            has(&f.lines.added) && !has(&f.lines.removed)
        };
        let first = f.lines.added.iter().find(|l| bare(&l.text) == bare(entries[0].text))?;
        let texts: Vec<&str> = entries.iter().map(|t| t.text).collect();
        entries.iter().all(is_new).then(|| verified(&texts, "stand", f, first))
    })
}

/// "Added `a`, `b` and c to `Options`", "Added target field to Mutant struct", "`T` has a new associated type `Out`".
fn members(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let (entries, owner) = has_new(tokens).or_else(|| added_to(tokens))?;
    let of_owner = holders(facts, |i| i.name == owner && matches!(i.kind, ItemKind::Type | ItemKind::Trait));
    each_declared(&entries, &of_owner, "new in it")
}

fn has_new<'t>(tokens: &'t [Token<'_>]) -> Option<(Vec<&'t str>, &'t str)> {
    let verb = tokens.get(1).filter(|t| t.any("has gains gained gets"))?;
    let member = tokens.last().filter(|t| t.kind == Kind::Code && t.start > verb.end)?;
    let said = tokens[2..tokens.len() - 1].iter().all(|t| t.any("a an new associated") || t.any(MEMBERS));
    let new = tokens[2..].iter().any(|t| t.is("new")) && tokens.iter().any(|t| t.any(MEMBERS));
    let owner = tokens[0].text.split('<').next()?;
    (said && new && tokens[0].kind == Kind::Code).then(|| (vec![member.text], owner))
}

fn added_to<'t>(tokens: &'t [Token<'_>]) -> Option<(Vec<&'t str>, &'t str)> {
    let verb = adds(tokens)?;
    let to = tokens.iter().position(|t| t.is("to")).filter(|to| *to > verb)?;
    let owner = tokens[to + 1..].iter().find(|t| !t.any("the struct enum class interface type"))?;
    let is_type = matches!(subject::name(owner), Some(Name::Symbol(_)))
        || owner.kind == Kind::Word
            && owner.text.starts_with(|c: char| c.is_ascii_uppercase())
            && tokens[to + 1..].iter().any(|t| t.any("struct enum class interface type"));
    // What it is good for may follow; another object may not.
    let after = tokens[to + 1..].iter().skip_while(|t| t.start <= owner.start);
    let mut after = after.skip_while(|t| t.any("struct enum class interface type"));
    let ends = after.next().is_none_or(|t| t.any("for to so"));
    let objects = &tokens[verb + 1..to];
    let kind = objects.iter().any(|t| t.any(MEMBERS));
    let entries: Vec<&Token<'_>> =
        objects.iter().filter(|t| !(t.punct(',') || t.any("and a an the new") || t.any(MEMBERS))).collect();
    let symbol = |t: &Token<'_>| matches!(subject::name(t), Some(Name::Symbol(_)));
    let named =
        entries.iter().all(|t| symbol(t)) || kind && entries.len() == 1 && entries[0].kind == Kind::Word;
    let fits = is_type && ends && named && !entries.is_empty();
    fits.then(|| (entries.iter().map(|t| t.text.trim_end_matches("()")).collect(), owner.text))
}

/// "Add Jg (jump if greater) instruction", "Add Push/Pop instructions for …": a changed enumeration lists them now.
fn enumerated(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let verb = adds(tokens)?;
    let noun = tokens.iter().position(|t| t.any(LISTED)).filter(|n| *n > verb + 1)?;
    let mut depth = 0usize;
    let mut entries: Vec<&str> = Vec::new();
    for token in &tokens[verb + 1..noun] {
        match token.kind {
            Kind::Punct('(') => depth += 1,
            Kind::Punct(')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if token.punct(',') || token.punct('/') || token.any("and a an the new") => {}
            Kind::Word | Kind::Code => entries.extend(token.text.split('/')),
            _ => return None,
        }
    }
    let camel = |e: &&str| {
        e.starts_with(|c: char| c.is_ascii_uppercase())
            && e.chars().skip(1).any(|c| c.is_ascii_lowercase())
            && e.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if entries.is_empty() || !entries.iter().all(camel) {
        return None;
    }
    let kind = crate::text::stem(&tokens[noun].lower).to_owned();
    let called = |i: &Item| crate::text::words(&i.name).iter().any(|w| crate::text::stem(w) == kind);
    each_declared(&entries, &holders(facts, |i| i.kind == ItemKind::Type && called(i)), "new in it")
}

/// "Add criterion benchmarks for parsing": a new file of benchmarks that has the words before them.
fn benchmarks(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let verb = adds(tokens)?;
    let head = subject::head(&tokens[verb + 1..]);
    head.last().filter(|t| t.any("benchmark benchmarks bench benches"))?;
    let idle = "a an the new some benchmark benchmarks bench benches";
    let words: Vec<String> =
        head.iter().filter(|t| !t.any(idle)).flat_map(|t| stems(t.text).collect::<Vec<_>>()).collect();
    let holds = |f: &&FileTrace<'_>| {
        let lower = f.path().to_lowercase();
        let benches = lower.split('/').any(|p| p.starts_with("bench"));
        f.is_new() && f.change.language.is_some() && benches && words.iter().all(|w| has(&f.words, w))
    };
    let file = facts.trace.code().find(holds)?;
    Some(verified(&[file.path()], "is new", file, file.lines.added.first()?))
}

type Holder<'f, 'e> = (&'f FileTrace<'e>, &'e Item);

/// Items at head that the change touched, in files that it touched.
fn holders<'f, 'e>(facts: &'f Facts<'e>, fits: impl Fn(&Item) -> bool) -> Vec<Holder<'f, 'e>> {
    let of_file = |f: &'f FileTrace<'e>| {
        let sources = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == f.path());
        sources.flat_map(|s| &s.items).filter(|i| fits(i)).map(move |i| (f, i)).collect::<Vec<_>>()
    };
    facts.trace.code().flat_map(of_file).collect()
}

/// Each entry is declared on a new line of the one item, and on none that went.
fn each_declared(entries: &[&str], holders: &[Holder<'_, '_>], what: &str) -> Option<Ruling> {
    holders.iter().find_map(|(file, item)| {
        let inside = |l: &&NumberedLine| item.line <= l.line && l.line <= item.end_line;
        let is_new = |entry: &&str| {
            let went = file.lines.removed.iter().any(|l| declares(&l.text, entry));
            !went && file.lines.added.iter().filter(inside).any(|l| declares(&l.text, entry))
        };
        let first = file.lines.added.iter().filter(inside).find(|l| declares(&l.text, entries[0]))?;
        let message = format!("{what} (`{}`)", item.qualified);
        entries.iter().all(is_new).then(|| verified(entries, &message, file, first))
    })
}

/// Whether a line declares a member: `pub x: T,`, `x?: T;`, `X(u8),`, `type X;`, `fn x(`.
fn declares(line: &str, name: &str) -> bool {
    const BEFORE: [&str; 12] = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "type",
        "fn",
        "const",
        "readonly",
        "public",
        "private",
        "protected",
        "static",
        "async",
    ];
    let mut rest = line.trim();
    while let Some((_, tail)) = rest.split_once(' ').filter(|(first, _)| BEFORE.contains(first)) {
        rest = tail.trim_start();
    }
    rest.strip_prefix(name).is_some_and(|tail| {
        tail.is_empty()
            || tail.starts_with([':', '?', ',', '(', '{', '=', ';', '<'])
            || tail.starts_with(" {")
            || tail.starts_with(" =")
    })
}

fn new_line<'f, 'e: 'f>(
    mut files: impl Iterator<Item = &'f FileTrace<'e>>,
    fits: impl Fn(&str) -> bool,
) -> Option<(&'f FileTrace<'e>, &'f NumberedLine)> {
    files.find_map(|f| {
        let line = f.lines.added.iter().find(|l| fits(&l.text))?;
        (!f.lines.removed.iter().any(|l| fits(&l.text))).then_some((f, line))
    })
}

fn verified(entries: &[&str], what: &str, file: &FileTrace<'_>, line: &NumberedLine) -> Ruling {
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("{}: {what}", names(entries, 4)));
    Ruling::verified(item.at(Side::Head, file.path(), Some(line.line)))
}
