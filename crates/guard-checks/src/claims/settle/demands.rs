//! What a claim asks for besides the names that stand in the change: a direction, a value, an order, that something
//! stopped, a kind, an owner. Where the change shows it otherwise or not at all, nothing is verified; nothing is
//! accused either.

mod kinds;
mod roles;

use std::cmp::Ordering;

use guard_model::evidence::NumberedLine;
use guard_model::{Claim, ClaimKind};

use super::Facts;
use super::code::first_verb;
use super::terms::{Term, Terms};
use super::trace::{has, occurrences, stems};
use crate::claims::lexicon;
use crate::claims::token::{self, Kind, Token};

/// Whether the claim asks for something that the change does not show.
pub(super) fn are_unmet(facts: &Facts<'_>, claim: &Claim) -> bool {
    let held = matches!(
        claim.kind,
        ClaimKind::Add
            | ClaimKind::Remove
            | ClaimKind::Rename
            | ClaimKind::Replace
            | ClaimKind::Update
            | ClaimKind::Fix
            | ClaimKind::Dependency
            | ClaimKind::Docs
            | ClaimKind::Other
    );
    if !held {
        return false;
    }
    let tokens = token::tokens(&claim.text);
    let terms = Terms::in_change(&claim.text, &facts.trace.files);
    let documents = claim.kind == ClaimKind::Docs;
    says_otherwise(facts, &claim.text, documents)
        || !documents
            && (turns(facts, &tokens, &terms) == Some(false)
                || has_other_value(facts, &tokens, &terms)
                || stands_in_other_order(facts, &tokens)
                || denies(&tokens, &terms)
                || lacks_extra(facts, claim, &tokens, &terms)
                || kinds::are_unmet(facts, claim, &tokens)
                || roles::are_unmet(facts, claim, &tokens, &terms))
}

/// "Raise `X`", "scale down from 2 to 3": whether the number went that way, on lines that are otherwise the same. `None` where
/// no direction is said, or no number turned.
pub(super) fn turns(facts: &Facts<'_>, tokens: &[Token<'_>], terms: &Terms) -> Option<bool> {
    const LINES: usize = 400;
    let wanted = direction(tokens)?;
    let said = |from: usize, to: usize| compare(tokens.get(from)?.text, tokens.get(to)?.text);
    let at = |word: &str| tokens.iter().position(|t| t.is(word));
    if let (Some(from), Some(to)) = (at("from"), at("to"))
        && said(from + 1, to + 1).is_some_and(|turn| turn != wanted)
    {
        return Some(false);
    }
    let is_meant = |line: &str| match terms.names.as_slice() {
        [] => {
            let own = stems(line).collect();
            terms.words.iter().any(|w| has(&own, &w.stem))
        }
        names => names.iter().any(|n| occurrences(line, &n.text) > 0),
    };
    let turns = facts.trace.code().flat_map(|f| {
        let meant = |lines: &[NumberedLine]| -> Vec<(String, Vec<String>)> {
            let all = lines.iter().map(|l| f.code_of(&l.text)).filter(|l| is_meant(l));
            all.take(LINES).map(numbered).filter(|(_, numbers)| !numbers.is_empty()).collect()
        };
        let (was, is) = (meant(&f.lines.removed), meant(&f.lines.added));
        let pairs = was.iter().flat_map(|old| is.iter().map(move |new| (old, new)));
        pairs.filter_map(|(old, new)| only_change(old, new)).collect::<Vec<_>>()
    });
    let turns: Vec<Ordering> = turns.collect();
    (!turns.is_empty()).then(|| turns.iter().all(|turn| *turn == wanted))
}

fn direction(tokens: &[Token<'_>]) -> Option<Ordering> {
    const UP: &str = "raise raises raised increase increases increased double doubles doubled triple tripled bump bumps bumped upgrade \
        upgrades upgraded";
    const DOWN: &str = "lower lowers lowered reduce reduces reduced decrease decreases decreased halve halves halved shrink \
        shrinks shrank downgrade downgrades downgraded";
    let verb = tokens.iter().position(|t| t.kind == Kind::Word && !t.any(lexicon::FILLERS))?;
    let then = tokens.get(verb + 1);
    match &tokens[verb] {
        t if t.any(UP) => Some(Ordering::Greater),
        t if t.any(DOWN) => Some(Ordering::Less),
        t if t.any("scale scales scaled turn turned") && then.is_some_and(|n| n.is("down")) => {
            Some(Ordering::Less)
        }
        t if t.any("scale scales scaled turn turned") && then.is_some_and(|n| n.is("up")) => {
            Some(Ordering::Greater)
        }
        _ => None,
    }
}

/// A line with its numbers taken out, and those.
fn numbered(line: &str) -> (String, Vec<String>) {
    let (mut rest, mut numbers, mut last) = (String::new(), Vec::<String>::new(), ' ');
    for c in line.trim().chars() {
        let goes_on = rest.ends_with('#') && last.is_ascii_digit();
        match numbers.last_mut() {
            Some(number) if goes_on && (c.is_ascii_digit() || c == '.') => number.push(c),
            // `30_000`.
            Some(_) if goes_on && c == '_' => continue,
            _ if c.is_ascii_digit() && !(last.is_alphanumeric() || last == '_') => {
                rest.push('#');
                numbers.push(c.to_string());
            }
            _ => rest.push(c),
        }
        last = c;
    }
    (rest, numbers)
}

/// How the one number turned in which two lines differ.
fn only_change(old: &(String, Vec<String>), new: &(String, Vec<String>)) -> Option<Ordering> {
    let same = old.0 == new.0 && old.1.len() == new.1.len();
    let mut other = old.1.iter().zip(&new.1).filter(|(a, b)| a != b).map(|(a, b)| compare(a, b));
    let turn = other.next().filter(|_| same)?;
    turn.filter(|_| other.next().is_none())
}

/// How the second of two numbers or versions stands to the first; `None` where their units differ.
fn compare(was: &str, is: &str) -> Option<Ordering> {
    let split = |text: &'_ str| {
        let text = text.trim_start_matches(['v', '^', '~', '=', '$']).replace(['_', ','], "");
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        (text[..end].trim_end_matches('.').to_owned(), text[end..].to_owned())
    };
    let ((old, old_unit), (new, new_unit)) = (split(was), split(is));
    if old_unit != new_unit || old.is_empty() || new.is_empty() {
        return None;
    }
    let version = |text: &str| text.matches('.').count() > 1;
    if version(&old) || version(&new) {
        let parts = |text: &str| text.split('.').map(|p| p.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
        return Some(parts(&new)?.cmp(&parts(&old)?));
    }
    new.parse::<f64>().ok()?.partial_cmp(&old.parse().ok()?)
}

/// "Change the default of `x` to 10", and what stands behind `x` is 3.
fn has_other_value(facts: &Facts<'_>, tokens: &[Token<'_>], terms: &Terms) -> bool {
    const SETS: &str = "set sets change changes changed raise raises raised lower lowers lowered increase increases increased \
        decrease decreases decreased reduce reduces reduced bump bumps bumped limit limits limited cap caps capped default defaults \
        defaulted";
    const WORDS: &str = "true false null none nil";
    let is_value = |t: &Token<'_>| {
        let text = t.text.trim_matches('`');
        t.kind == Kind::Number
            || t.any(WORDS)
            || t.kind == Kind::Code && (token::lists(WORDS, &t.lower) || text.parse::<f64>().is_ok())
    };
    let default = tokens.iter().position(|t| t.any("default defaults defaulting"));
    let sets =
        tokens.iter().find(|t| t.kind == Kind::Word && !t.any(lexicon::FILLERS)).is_some_and(|t| t.any(SETS));
    let to = tokens.iter().position(|t| t.is("to")).filter(|_| sets || default.is_some());
    let from = tokens.iter().any(|t| t.is("from"));
    let after = |at: usize| tokens.get(at + 1).filter(|t| is_value(t));
    let behind = |at: usize| {
        let linked =
            tokens.get(at + 1).is_some_and(|t| t.any("of is to value") || t.punct(':') || t.punct('='));
        after(at).or_else(|| linked.then(|| after(at + 1)).flatten())
    };
    let Some(value) = to.and_then(after).or_else(|| default.and_then(behind)) else { return false };
    let names: Vec<&Term> = terms.names.iter().filter(|n| n.text != value.text).collect();
    let value = value.lower.replace(['_', ','], "");
    let digits = value.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|at| *at > 0);
    let value = &value[..digits.unwrap_or(value.len())];
    let stands = |n: &&Term| {
        let places = facts.trace.code().flat_map(|f| &f.places);
        places.into_iter().any(|p| {
            let own = p.item.is_some_and(|i| i.name == n.text);
            has_value(&p.code, &n.text, value) || own && has_number(&p.code, value)
        })
    };
    !from && !names.is_empty() && !names.iter().any(stands)
}

fn has_number(text: &str, value: &str) -> bool {
    occurrences(&text.to_lowercase().replace('_', ""), value) > 0
        || occurrences(&text.to_lowercase(), value) > 0
}

/// Whether the value stands behind the name, before another begins.
fn has_value(code: &str, name: &str, value: &str) -> bool {
    /// Characters of a value and what is wrapped around it.
    const NEAR: usize = 120;
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let rest = &code[at + name.len()..];
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        if inside(before) || inside(rest.chars().next()) {
            return false;
        }
        let mut depth = 0i32;
        let end = rest.char_indices().take(NEAR).find(|(i, c)| {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                ',' | ';' if depth <= 0 => return true,
                '\n' if depth <= 0 => return !rest[..*i].trim_end().ends_with(['=', ':']),
                _ => {}
            }
            depth < 0
        });
        let near = rest.char_indices().nth(NEAR).map_or(rest.len(), |(i, _)| i);
        has_number(&rest[..end.map_or(near, |(i, _)| i)], value)
    })
}

/// "Call `a` before `b`", and it is called behind it.
fn stands_in_other_order(facts: &Facts<'_>, tokens: &[Token<'_>]) -> bool {
    let calls = first_verb(tokens)
        .is_some_and(|v| tokens[v].any("call calls called calling run runs ran await set sets"));
    let Some(at) = tokens.iter().position(|t| t.any("before after")).filter(|_| calls) else { return false };
    let code = |t: &&Token<'_>| t.kind == Kind::Code;
    let (Some(first), Some(second)) =
        (tokens[..at].iter().rev().find(code), tokens[at + 1..].first().filter(code))
    else {
        return false;
    };
    let bare = |t: &Token<'_>| t.text.trim_end_matches("()").to_owned();
    let (first, second) = if tokens[at].is("before") { (first, second) } else { (second, first) };
    let (first, second) = (bare(first), bare(second));
    !facts
        .trace
        .code()
        .flat_map(|f| &f.places)
        .any(|p| p.code.rfind(&first).zip(p.code.find(&second)).is_some_and(|(last, next)| last < next))
}

/// "`f` no longer trims", "stop using `x`", "do not call `x`", "`f` now only reads": what is not done stands on no line.
fn denies(tokens: &[Token<'_>], terms: &Terms) -> bool {
    let main = tokens.iter().position(|t| t.any("that which because since so when where if"));
    let main = &tokens[..main.unwrap_or(tokens.len())];
    let verb = |t: &Token<'_>| t.kind == Kind::Word && lexicon::verb(&t.lower).is_some_and(|v| !v.ambiguous);
    let denied = |i: usize| {
        let (t, next) = (&main[i], main.get(i + 1));
        let then = |fits: &dyn Fn(&Token<'_>) -> bool| next.is_some_and(fits);
        t.is("no") && then(&|n| n.is("longer"))
            || t.any("never don't doesn't cannot can't")
            || t.any("do does") && then(&|n| n.any("not never"))
            || t.is("only") && then(&verb)
    };
    let stops = first_verb(tokens).is_some_and(|v| tokens[v].any("stop stops stopped"));
    stops || !terms.names.is_empty() && (0..main.len().min(EARLY)).any(denied)
}

/// Tokens among which the verb of a sentence stands.
const EARLY: usize = 4;

/// Words of which one says the contrary of the other.
const CONTRARY: [(&str, &str); 14] = [
    ("first", "last"),
    ("accept", "reject"),
    ("allow", "reject"),
    ("allow", "forbid"),
    ("allow", "deny"),
    ("required", "optional"),
    ("public", "private"),
    ("mutable", "immutable"),
    ("ascending", "descending"),
    ("enabled", "disabled"),
    ("include", "exclude"),
    ("minimum", "maximum"),
    ("before", "after"),
    ("install", "uninstall"),
];

/// What is said to be by default, and the contrary.
const DEFAULTS: [(&str, &str); 3] = [
    ("on by default", "off by default"),
    ("enabled by default", "disabled by default"),
    ("opt-in", "opt-out"),
];

/// "`f` returns the first error", "caching is on by default", where the new lines have `last` or "off" and nothing of
/// what is said.
fn says_otherwise(facts: &Facts<'_>, text: &str, documents: bool) -> bool {
    let lower = text.to_lowercase();
    let terms = Terms::of(text);
    let mut written = String::new();
    for file in facts.trace.files.iter().filter(|f| f.document == documents) {
        if documents {
            file.lines.added.iter().for_each(|l| written.extend([l.text.as_str(), "\n"]));
            continue;
        }
        let touched = |n: &Term, p: &super::trace::Place<'_>| n.touches(p, file.path());
        let meant = |p: &&super::trace::Place<'_>| {
            terms.names.is_empty() || terms.names.iter().any(|n| touched(n, p))
        };
        file.places.iter().filter(meant).for_each(|p| written.push_str(&p.code));
    }
    let written = written.to_lowercase();
    let phrase = |a: &str, b: &str| {
        lower.contains(a) && !lower.contains(b) && written.contains(b) && !written.contains(a)
    };
    if DEFAULTS.iter().any(|(a, b)| phrase(a, b) || phrase(b, a)) {
        return true;
    }
    if documents {
        return false;
    }
    let (said, here) = (crate::text::words(&lower), crate::text::words(&written));
    let is = |words: &[String], w: &str| {
        words.iter().any(|x| x == w || crate::text::stem(x) == crate::text::stem(w))
    };
    let other = |a: &str, b: &str| is(&said, a) && !is(&said, b) && is(&here, b) && !is(&here, a);
    CONTRARY.iter().any(|(a, b)| other(a, b) || other(b, a))
}

/// "Add `f` with jitter", "that raises `KeyError`": less than a third of it stands beside what is new.
fn lacks_extra(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>], terms: &Terms) -> bool {
    let named = terms.names.iter().any(|n| n.object);
    let outside = tokens.iter().position(|t| t.punct('(')).unwrap_or(tokens.len());
    let opens = |t: &Token<'_>| t.any("with that which");
    let after = tokens.iter().position(|t| t.punct(')')).map_or(tokens.len(), |at| at + 1);
    let mut open = (0..tokens.len()).filter(|i| *i < outside || *i >= after);
    let Some(at) = open.find(|i| opens(&tokens[*i])).filter(|_| named && claim.kind == ClaimKind::Add) else {
        return false;
    };
    let rest = &tokens[at + 1..];
    let end = rest
        .iter()
        .position(|t| t.any("for to so in when because by of on") || t.punct('('))
        .unwrap_or(rest.len());
    let extra = Terms::of_tokens(&rest[..end], None);
    let words = extra.words.iter().filter(|w| facts.trace.code().any(|f| has(&f.words, &w.stem))).count();
    let stands = |n: &&Term| facts.trace.code().any(|f| f.places.iter().any(|p| n.touches(p, f.path())));
    let names = extra.names.iter().filter(stands).count();
    let all = extra.words.len() + extra.names.len();
    (words + names) * 3 < all || names < extra.names.len()
}
