//! "Rename variable", "Extract variable", "Move X from `a` to `b`", "Split the test": what a refactoring leaves in
//! the lines, where the claim gives no name.

use std::collections::{BTreeMap, BTreeSet};

use guard_model::evidence::NumberedLine;
use guard_model::{Claim, EvidenceItem, EvidenceKind, Item, ItemKind, Side};

use super::code::first_verb;
use super::present::is_gained;
use super::terms::{Terms, is_named};
use super::trace::{self, FileTrace, Place, has, occurrences, stems};
use super::{Facts, Ruling};
use crate::claims::subject;
use crate::claims::token::{self, Kind, Token};
use crate::identities::Declared;
use crate::text::{count, names, shorten};

/// Lines of a file that are compared with one another, at most.
const MOST_LINES: usize = 400;
/// Lines that moved together, at least.
const FEWEST_MOVED: usize = 3;

/// The ruling where the lines show the refactoring.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let verb = first_verb(&tokens)?;
    let word = tokens[verb].lower.as_str();
    let object = &tokens[verb + 1..];
    if word.starts_with("renam") {
        return renamed(facts, claim, object).or_else(|| reworded(facts, claim));
    }
    if word.starts_with("extract") {
        return extracted(facts, claim, object).or_else(|| to_new_file(facts, claim, object));
    }
    if word.starts_with("split") {
        return split(facts, claim, object).or_else(|| to_new_file(facts, claim, object));
    }
    if ["replac", "chang", "switch", "migrat", "convert", "use", "using"].iter().any(|w| word.starts_with(w))
    {
        return reworded(facts, claim);
    }
    let moves = word.starts_with("mov");
    moves.then(|| moved(facts, claim, object).or_else(|| to_new_file(facts, claim, object))).flatten()
}

/// "Replace deprecated isLoading with isPending": on lines that are otherwise the same the one word stands where the
/// other stood.
fn reworded(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    const LONG: usize = 4;
    let text = claim.text.as_str();
    let (was, is) = match [" instead of ", " rather than "].iter().find_map(|w| text.split_once(w)) {
        Some((is, was)) => (was, is),
        None => {
            [" with ", " to ", " into ", " by ", " → ", " -> "].iter().find_map(|w| text.split_once(w))?
        }
    };
    let tokens = token::tokens(text);
    let terms = Terms::in_change(text, &facts.trace.files);
    if tokens.iter().any(|t| t.any("all every each throughout everywhere")) || claim.scope.count.is_some() {
        return None;
    }
    let in_scope = |f: &&FileTrace<'_>| {
        !trace::tells_of_work(f.path())
            && (terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| is_named(f, p)))
    };
    let said = |(old, new): &(String, String)| {
        old.len().min(new.len()) >= LONG && occurrences(was, old) > 0 && occurrences(is, new) > 0
    };
    // Code goes before what is written about it.
    let (documents, code): (Vec<_>, Vec<_>) =
        facts.trace.files.iter().filter(in_scope).partition(|f| f.document);
    if let Some(ruling) = literal(&code, was, is) {
        return Some(ruling);
    }
    let (file, (old, new), lines) = code.into_iter().chain(documents).find_map(|f| {
        let all = substitutions(f);
        let back = |(old, new): &(String, String)| all.contains_key(&(new.clone(), old.clone()));
        let (pair, lines) =
            all.iter().find(|(pair, lines)| said(pair) && !back(pair) && !lines.is_empty())?;
        Some((f, pair.clone(), lines.clone()))
    })?;
    let message = format!("`{old}` became `{new}` on {}", count(lines.len(), "line"));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), lines.first().copied())))
}

/// "Use github.graphql instead of github.rest.graphql": a file lost the one piece of code and gained the other.
fn literal(files: &[&FileTrace<'_>], was: &str, is: &str) -> Option<Ruling> {
    const LONG: usize = 5;
    fn pieces(text: &str) -> Vec<String> {
        let code = |t: &&Token<'_>| {
            let inside = t.text.trim_matches(['.', '(', ')']).contains(['.', '/', '_', '(', '$', '-']);
            t.kind == Kind::Code || t.kind == Kind::Word && inside
        };
        let long = |t: &String| t.len() >= LONG;
        token::tokens(text)
            .iter()
            .filter(code)
            .map(|t| t.text.trim_end_matches("()").to_owned())
            .filter(long)
            .collect()
    }
    let (old, new) = (pieces(was), pieces(is));
    let ([.., old], [new, ..]) = (old.as_slice(), new.as_slice()) else { return None };
    let more = |f: &FileTrace<'_>, text: &str| -> (usize, usize) {
        (f.places.iter().map(|p| occurrences(&p.code, text)).sum(), occurrences(&f.gone, text))
    };
    let file = files.iter().find(|f| {
        let ((old_now, old_was), (new_now, new_was)) = (more(f, old), more(f, new));
        old_was > old_now && old_now == 0 && new_now > new_was
    })?;
    let line = file.lines.added.iter().find(|l| occurrences(&l.text, new) > 0).map(|l| l.line);
    let message = format!("`{old}` gave way to `{new}` in `{}`", file.path());
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), line)))
}

/// "Extract the details to `docs/details.md`": the file is new, and lines of it stood in another.
fn to_new_file(facts: &Facts<'_>, claim: &Claim, object: &[Token<'_>]) -> Option<Ruling> {
    const FEWEST: usize = 5;
    let to = object.iter().position(|t| t.any("to into"))?;
    let target = object[to + 1..].iter().take(3).find_map(|t| match subject::name(t)? {
        subject::Name::Path(path) => Some(path),
        subject::Name::Symbol(_) => None,
    })?;
    let vague = object[..to].iter().any(|t| t.any("all every everything each"));
    let named = Terms::of_tokens(&object[..to], None);
    let file = facts.trace.files.iter().filter(|_| !vague && claim.scope.count.is_none()).find(|f| {
        f.is_new()
            && is_named(f, &target)
            && named.names.iter().all(|n| f.places.iter().any(|p| n.stands_in(&p.code)))
    })?;
    let came: BTreeSet<&str> =
        file.lines.added.iter().map(|l| l.text.trim()).filter(|l| says_much(l)).collect();
    let (from, lines) = facts.trace.files.iter().filter(|f| f.path() != file.path()).find_map(|f| {
        let left: BTreeSet<&str> = f.lines.removed.iter().map(|l| l.text.trim()).collect();
        let lines = left.intersection(&came).count();
        (lines >= FEWEST).then_some((f, lines))
    })?;
    let message =
        format!("{} of `{}` stood in `{}`", count(lines, "line"), file.path(), from.change.base_path());
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), None)))
}

/// "Rename variable to clarify usage": one identifier gave way to another on two lines or more.
fn renamed(facts: &Facts<'_>, claim: &Claim, object: &[Token<'_>]) -> Option<Ruling> {
    const THINGS: &str = "variable variables parameter parameters argument arguments local binding bindings";
    let head = subject::head(object);
    let plain = head.last().is_some_and(|t| t.any(THINGS))
        && head.len() <= 3
        && claim.scope.symbols.is_empty()
        && claim.scope.count.is_none()
        && !object.iter().any(|t| t.any("all every each") || t.kind == Kind::Code);
    if !plain {
        return None;
    }
    let (file, (old, new), line, times) = facts.trace.code().find_map(|f| {
        let (pair, lines) = substitutions(f).into_iter().find(|((old, _), lines)| {
            lines.len() >= 2 && !f.places.iter().any(|p| occurrences(&p.code, old) > 0)
        })?;
        Some((f, pair, lines[0], lines.len()))
    })?;
    let message = format!("`{old}` became `{new}` on {}", count(times, "line"));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(line))))
}

/// Identifiers in whose place another stands on lines that are otherwise the same, and the lines of head.
fn substitutions(file: &FileTrace<'_>) -> BTreeMap<(String, String), Vec<u32>> {
    let mut found: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    let cut = |line: &NumberedLine| (line.line, pieces(file.code_of(&line.text)));
    let added: Vec<(u32, Vec<String>)> = file.lines.added.iter().take(MOST_LINES).map(cut).collect();
    for (_, old) in file.lines.removed.iter().take(MOST_LINES).map(cut) {
        for (line, new) in added.iter().filter(|(_, n)| n.len() == old.len() && n.len() > 2) {
            let mut differ = old.iter().zip(new).filter(|(a, b)| a != b);
            let Some((a, b)) = differ.next() else { continue };
            let names = [a, b].iter().all(|n| is_identifier(n));
            if names && differ.all(|(x, y)| x == a && y == b) {
                let lines = found.entry((a.clone(), b.clone())).or_default();
                if !lines.contains(line) {
                    lines.push(*line);
                }
            }
        }
    }
    found
}

/// Words and signs of a line.
fn pieces(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in code.chars() {
        let inside = c.is_alphanumeric() || c == '_';
        match out.last_mut().filter(|_| inside && in_word) {
            Some(word) => word.push(c),
            None if c.is_whitespace() => {}
            None => out.push(c.to_string()),
        }
        in_word = inside;
    }
    out
}

fn is_identifier(word: &str) -> bool {
    word.len() > 1 && word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// "Extract variable": a new binding of what stood inside of an expression.
fn extracted(facts: &Facts<'_>, claim: &Claim, object: &[Token<'_>]) -> Option<Ruling> {
    const THINGS: &str = "variable variables constant constants local";
    /// Characters of an expression that nobody writes twice by chance.
    const LONG: usize = 12;
    let head = subject::head(object);
    let plain = head.last().is_some_and(|t| t.any(THINGS)) && head.len() <= 3 && claim.scope.count.is_none();
    let bare = |text: &str| {
        let all: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        all.replace(",)", ")")
    };
    if !plain || object.iter().any(|t| t.any("all every each")) {
        return None;
    }
    let (file, line, name) = facts.trace.code().find_map(|f| {
        let gone = bare(&f.gone);
        f.lines.added.iter().find_map(|l| {
            let (name, value) = binding(f.code_of(&l.text))?;
            let value = bare(value.trim_end().trim_end_matches(';'));
            let new = occurrences(&f.gone, name) == 0 && claim.scope.symbols.iter().all(|s| s == name);
            (new && value.len() >= LONG && gone.contains(&value)).then(|| (f, l.line, name.to_owned()))
        })
    })?;
    let message = format!("`{name}` is new, and holds what stood in a longer expression");
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(line))))
}

/// `let x = …`, `const x = …`, `x := …`: the name and what it is bound to.
fn binding(line: &str) -> Option<(&str, &str)> {
    const OPENS: &str = "let mut const static var final auto val";
    let (left, right) = line.split_once(" := ").or_else(|| line.split_once(" = "))?;
    let left = left.split(':').next().unwrap_or(left).trim();
    let mut words = left.split_whitespace();
    let name = words.next_back().filter(|n| is_identifier(n))?;
    let opens = words.all(|w| token::lists(OPENS, w));
    opens.then_some((name, right))
}

/// "Split the test into focused tests": in one file a test went and several came.
fn split(facts: &Facts<'_>, claim: &Claim, object: &[Token<'_>]) -> Option<Ruling> {
    let into = object.iter().position(|t| t.is("into"))?;
    let of_tests = object[..into].last().is_some_and(|t| t.any("test tests"))
        && object[into..].iter().take(4).any(|t| t.is("tests"));
    let terms = Terms::of(&claim.text);
    let named = terms.names.iter().all(|n| is_gained(facts, n)) && terms.paths.is_empty();
    if !of_tests || !named || claim.scope.count.is_some() || terms.extent {
        return None;
    }
    let tests = &facts.tests;
    let sound = |t: &&Declared<'_>| t.decl.assertions > 0 && t.decl.ignored.is_none();
    let went: Vec<&Declared<'_>> = tests.removed.iter().chain(tests.renamed.iter().map(|(b, _)| b)).collect();
    let came: Vec<&Declared<'_>> = tests.live.iter().chain(tests.renamed.iter().map(|(_, h)| h)).collect();
    let (old, first) = (went.first()?, came.first()?);
    let one_file = came.iter().all(|t| t.path == first.path) && went.iter().all(|t| t.path == old.path);
    if !one_file || came.len() <= went.len() || !came.iter().all(sound) {
        return None;
    }
    let shown: Vec<&str> = came.iter().map(|t| t.leaf()).collect();
    let message = format!("`{}` went, {} came", old.leaf(), names(&shown, 4));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, first.path, Some(first.decl.line))))
}

/// "Move X from `a` to `b`": lines that speak of X left an item called after `a` and came to one called after `b`.
fn moved(facts: &Facts<'_>, claim: &Claim, object: &[Token<'_>]) -> Option<Ruling> {
    let to = object.iter().rposition(|t| t.any("to into"))?;
    let from = object[..to].iter().position(|t| t.is("from"));
    let topic = Topic::of(&object[..from.unwrap_or(to)]);
    let source = from.map(|at| Topic::of(&object[at + 1..to]));
    let end = object[to..].iter().position(|t| t.any("so for that which because where when"));
    let target = Topic::of(&object[to + 1..end.map_or(object.len(), |e| to + e)]);
    let vague = object.iter().any(|t| t.any("all every everything each"));
    if topic.0.is_empty() || target.0.is_empty() || vague || claim.scope.count.is_some() {
        return None;
    }
    let all: Vec<(&FileTrace<'_>, &Place<'_>)> =
        facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p))).collect();
    let fits = |(file, place): &&(&FileTrace<'_>, &Place<'_>)| {
        let item = place.item.filter(|i| is_body(i));
        item.is_some_and(|i| target.names(&i.qualified, file.path()))
    };
    let (file, place, lines, left) = all.iter().filter(fits).find_map(|(file, place)| {
        let came: BTreeSet<&str> = place.code.lines().map(str::trim).filter(|l| says_much(l)).collect();
        let (left, lines) = facts.trace.code().find_map(|f| {
            let mut by_item: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
            for line in &f.lines.removed {
                let text = f.code_of(&line.text).trim();
                let holder = base_item(facts, f, line.line)
                    .filter(|h| Some(h.as_str()) != place.item.map(|i| i.qualified.as_str()));
                if let Some(holder) = holder.filter(|_| came.contains(text)) {
                    by_item.entry(holder).or_default().insert(text);
                }
            }
            by_item.into_iter().find(|(holder, lines)| {
                let said: BTreeSet<String> =
                    lines.iter().flat_map(|l| stems(l)).chain(stems(holder)).collect();
                lines.len() >= FEWEST_MOVED
                    && source.as_ref().is_none_or(|s| s.names(holder, f.change.base_path()))
                    && topic.stands_in(&said)
            })
        })?;
        Some((*file, *place, lines.len(), left))
    })?;
    let here = place.item.map_or("", |i| i.qualified.as_str());
    let message =
        format!("{} left `{}` for `{}`", count(lines, "line"), shorten(&left, 60), shorten(here, 60));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(place.line))))
}

/// Stems of the words that tell what something is.
struct Topic(Vec<String>);

impl Topic {
    fn of(tokens: &[Token<'_>]) -> Topic {
        const IDLE: &str = "the a an its their own new old handling handler handlers logic code function functions method \
            methods file files module block section and of in from";
        let words = tokens
            .iter()
            .filter(|t| matches!(t.kind, Kind::Word | Kind::Code) && !t.any(IDLE))
            .flat_map(|t| stems(t.text).collect::<Vec<_>>());
        Topic(words.collect())
    }

    /// Whether an item or its file is called after all of it.
    fn names(&self, item: &str, path: &str) -> bool {
        let own: BTreeSet<String> = stems(item).chain(stems(path)).collect();
        let by_item: BTreeSet<String> = stems(item).collect();
        !self.0.is_empty()
            && self.0.iter().all(|s| trace::has(&own, s) || alike(&own, s))
            && self.0.iter().any(|s| trace::has(&by_item, s))
    }

    /// Whether two thirds of it stand among `words`.
    fn stands_in(&self, words: &BTreeSet<String>) -> bool {
        let found = self.0.iter().filter(|s| has(words, s)).count();
        found > 0 && found * 3 >= self.0.len() * 2
    }
}

/// "generator" and `generate_x`: the same word in another part of speech.
fn alike(words: &BTreeSet<String>, stem: &str) -> bool {
    const SAME: usize = 6;
    stem.len() >= SAME
        && words.iter().any(|w| w.len() >= SAME && w.as_bytes()[..SAME] == stem.as_bytes()[..SAME])
}

fn is_body(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Function | ItemKind::Method | ItemKind::Type)
}

/// Whether a line says enough to be known again.
fn says_much(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphanumeric()).count() >= 8
}

/// The innermost item of base around a line.
fn base_item(facts: &Facts<'_>, file: &FileTrace<'_>, line: u32) -> Option<String> {
    let path = file.change.base_path();
    let sources = facts.evidence.sources.iter().filter(|s| s.side == Side::Base && s.path == path);
    let items = sources.flat_map(|s| &s.items).filter(|i| is_body(i) && i.line <= line && line <= i.end_line);
    items.min_by_key(|i| i.end_line - i.line).map(|i| i.qualified.clone())
}
