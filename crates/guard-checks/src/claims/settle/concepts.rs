//! "Add explicit lifetimes", "use conditional compilation", "change comparison operators": what people name with a
//! word and code writes with a sign.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Side};

use super::code::first_verb;
use super::terms::{self, Terms};
use super::trace::FileTrace;
use super::{Facts, Ruling};
use crate::claims::clause::PREPOSITIONS;
use crate::claims::subject;
use crate::claims::token::{self, Kind, Token};
use crate::text::{count, names};

/// How code writes a thing: the words for it, and the signs on a line.
struct Concept {
    words: &'static [&'static [&'static str]],
    signs: &'static [&'static str],
}

const CONCEPTS: [Concept; 3] = [
    Concept {
        words: &[&["lifetime", "annotations"], &["lifetime", "parameters"], &["lifetimes"], &["lifetime"]],
        signs: &["<'", "&'", ", '"],
    },
    Concept {
        words: &[&["conditional", "compilation"]],
        signs: &["#[cfg(", "#![cfg(", "cfg!(", "#ifdef ", "#ifndef ", "#if ", "//go:build "],
    },
    Concept { words: &[&["mutability"]], signs: &["&mut ", " mut "] },
];

/// Operators that compare, longer ones first.
const COMPARISONS: [&str; 8] = ["===", "!==", "<=", ">=", "==", "!=", "<", ">"];

/// The ruling where new lines have the signs of what is named.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let verb = first_verb(&tokens)?;
    let object = &tokens[verb + 1..];
    let says_all = object.iter().any(|t| t.any("all every each everywhere throughout"));
    let terms = Terms::in_change(&claim.text, &facts.trace.files);
    if says_all || claim.scope.count.is_some() || !terms.names.is_empty() {
        return None;
    }
    compared(facts, object).or_else(|| written(facts, object, &terms))
}

fn written(facts: &Facts<'_>, object: &[Token<'_>], terms: &Terms) -> Option<Ruling> {
    const PLAIN: &str =
        "explicit the a an proper missing necessary consistent function signatures signature for";
    let of = |phrase: &[&str]| {
        object.windows(phrase.len()).position(|w| w.iter().zip(phrase).all(|(t, word)| t.is(word)))
    };
    let (at, next, concept) = CONCEPTS
        .iter()
        .find_map(|c| c.words.iter().find_map(|phrase| of(phrase).map(|at| (at, at + phrase.len(), c))))?;
    // "Lifetime tracking" is something else.
    let ends = object.get(next).is_none_or(|t| t.any(PREPOSITIONS) || matches!(t.kind, Kind::Punct(_)));
    if !ends || !object[..at].iter().all(|t| t.any(PLAIN)) {
        return None;
    }
    let signatures = object[..at].iter().any(|t| t.any("signatures signature"));
    let in_scope = |f: &&FileTrace<'_>| {
        f.change.language.is_some()
            && (terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| terms::is_named(f, p)))
    };
    let times = |text: &str| concept.signs.iter().map(|s| text.matches(s).count()).sum::<usize>();
    let (file, line, n) = facts.trace.code().filter(in_scope).find_map(|f| {
        let code: usize = f.places.iter().map(|p| times(&p.code)).sum();
        let told = |text: &str| times(f.code_of(text)) > 0 && (!signatures || is_signature(text));
        let line = f.lines.added.iter().find(|l| told(&l.text))?;
        (code > times(&f.gone)).then(|| (f, line, code - times(&f.gone)))
    })?;
    let sign = concept.signs.iter().find(|s| line.text.contains(**s)).map_or("", |s| s.trim());
    let message = format!("`{sign}` stands {} more in `{}`", count(n, "time"), file.path());
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(line.line))))
}

fn is_signature(line: &str) -> bool {
    ["fn ", "def ", "func ", "function "].iter().any(|w| line.contains(w))
}

/// "Changed comparison operators in both memory and SQLite implementations": a line of each gave way to one that
/// differs in nothing else.
fn compared(facts: &Facts<'_>, object: &[Token<'_>]) -> Option<Ruling> {
    let head = subject::head(object);
    let named = head.len() >= 2 && head.last().is_some_and(|t| t.any("operator operators"));
    if !named || !head[head.len() - 2].any("comparison comparisons relational") {
        return None;
    }
    // "In both A and B": a file is called after each.
    let both = object.iter().position(|t| t.is("both"));
    let places: Vec<&Token<'_>> = match both {
        Some(at) => {
            let and = at + object[at..].iter().position(|t| t.is("and"))?;
            vec![object.get(and.checked_sub(1)?)?, object.get(and + 1)?]
        }
        None if object.len() == head.len() => Vec::new(),
        None => return None,
    };
    let swapped: Vec<(&FileTrace<'_>, u32, String)> = facts
        .trace
        .code()
        .filter(|f| f.change.language.is_some())
        .filter_map(|f| {
            let went: Vec<(String, &str)> =
                f.lines.removed.iter().filter_map(|l| without_comparison(f.code_of(&l.text))).collect();
            f.lines.added.iter().find_map(|l| {
                let (rest, now) = without_comparison(f.code_of(&l.text))?;
                let (_, was) = went.iter().find(|(other, was)| *other == rest && *was != now)?;
                Some((f, l.line, format!("{was} → {now}")))
            })
        })
        .collect();
    let called = |t: &&Token<'_>| swapped.iter().any(|(f, ..)| f.path().to_lowercase().contains(&t.lower));
    let (file, line, first) = swapped.first().filter(|_| places.iter().all(called))?;
    let paths: Vec<&str> = swapped.iter().map(|(f, ..)| f.path()).collect();
    let message = format!("`{first}` and nothing else on a line of {}", names(&paths, 3));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(*line))))
}

/// A line without its only comparison, and that.
fn without_comparison(code: &str) -> Option<(String, &'static str)> {
    let code = code.trim();
    let padded = |o: &str| format!(" {o} ");
    let operator = COMPARISONS.into_iter().find(|o| code.contains(&padded(o)))?;
    let (before, after) = code.split_once(&padded(operator))?;
    Some((format!("{before} {after}"), operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_alike_but_for_the_comparison() {
        assert_eq!(without_comparison("if a >= b {"), Some(("if a b {".into(), ">=")));
        assert_eq!(without_comparison("x: Vec<u8>"), None);
        assert_eq!(without_comparison("WHERE t > ?1"), Some(("WHERE t ?1".into(), ">")));
    }
}
