//! What stands before a statement or instead of one: prefixes of subject lines, labels, lead-ins, lists of names.

use super::lexicon::{self, Form};
use super::subject::{self, Name};
use super::token::{self, Kind, Token};

/// Where a subject line begins after `feat(x): `, `[TICKET-1] ` and the like.
pub(super) fn skip_prefix(all: &[Token<'_>], text: &str) -> usize {
    let mut at = 0;
    // "[TICKET-1] …"
    while all.get(at).is_some_and(|t| t.punct('[')) {
        match all[at..].iter().position(|t| t.punct(']')) {
            Some(n) if n <= 6 => at += n + 1,
            _ => break,
        }
    }
    // "feat(x)!: …", "area: …", "crate/area: …", "TICKET-1: …"
    let mut depth = 0usize;
    for (i, token) in all.iter().enumerate().skip(at).take(10) {
        match token.kind {
            Kind::Punct('(') => depth += 1,
            Kind::Punct(')') => depth = depth.saturating_sub(1),
            Kind::Punct(':') if depth == 0 && i > at => {
                let words = all[at..i]
                    .iter()
                    .filter(|t| t.kind != Kind::Punct('(') && t.kind != Kind::Punct(')'))
                    .count();
                let head = text[all[at].start..all[i].start].trim();
                let plain = !head.contains(' ') || head.contains('(') && words <= 5 || words <= 2;
                return if plain && all[i].spaced_from(all.get(i + 1)) && i + 1 < all.len() {
                    i + 1
                } else {
                    at
                };
            }
            Kind::Punct('!') => {}
            _ if depth == 0 && i > at + 3 => break,
            _ => {}
        }
    }
    at
}

/// `**Solution**: …`, `file.rs — …`: the tokens of the label, and where the rest begins.
pub(super) fn label(all: &[Token<'_>]) -> (Option<std::ops::Range<usize>>, usize) {
    let mut depth = 0usize;
    for (i, token) in all.iter().enumerate().take(12) {
        // A sentence with a colon in it has no label.
        if depth == 0 && token.any("is are was were") {
            break;
        }
        match token.kind {
            Kind::Punct('(' | '[') => depth += 1,
            Kind::Punct(')' | ']') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Kind::Punct(':') if i > 0 && i <= 7 && i + 1 < all.len() && token.spaced_from(all.get(i + 1)) => {
                return if is_deed(&all[..i]) || is_order(&all[..i]) {
                    (None, 0)
                } else {
                    (Some(0..i), i + 1)
                };
            }
            Kind::Punct('—' | '–') | Kind::Punct('-') if i > 0 && i <= 3 && i + 1 < all.len() => {
                let spaced = all[i - 1].end < token.start && token.spaced_from(all.get(i + 1));
                let names = all[..i].iter().any(|t| subject::name(t).is_some());
                return if spaced && names { (Some(0..i), i + 1) } else { (None, 0) };
            }
            Kind::Punct('.' | '!' | '?') => break,
            _ => {}
        }
    }
    (None, 0)
}

/// "`insert()` - inserts at an index": says what a function does, not what was done.
pub(super) fn is_described_symbol(label: &[Token<'_>], rest: &[Token<'_>]) -> bool {
    let [name] = label else { return false };
    matches!(subject::name(name), Some(Name::Symbol(_)))
        && rest.first().is_some_and(|t| {
            t.kind == Kind::Word
                && lexicon::verb(&t.lower).is_some_and(|v| matches!(v.form, Form::Base | Form::Third))
        })
}

/// Two or more symbols and nothing else.
pub(super) fn lists_names(tokens: &[Token<'_>]) -> bool {
    let symbols = tokens.iter().filter(|t| matches!(subject::name(t), Some(Name::Symbol(_)))).count();
    symbols >= 2
        && tokens.iter().all(|t| {
            t.kind == Kind::Code || subject::name(t).is_some() || t.punct(',') || t.punct('/') || t.any("and")
        })
}

/// "`pub fn f(&self) -> u8`" as an item: a declaration, without a word.
pub(super) fn is_declaration(tokens: &[Token<'_>]) -> bool {
    let [only] = tokens else { return false };
    only.kind == Kind::Code && super::settle::declared_name(only.text).is_some()
}

/// Whether a lead-in says that what follows is gone: "This removes:", "Removed files".
pub(super) fn says_removal(heading: &str) -> bool {
    let tokens = token::tokens(heading);
    let verb = tokens.iter().take(4).find_map(|t| lexicon::verb(&t.lower).filter(|_| t.kind == Kind::Word));
    tokens.len() <= 6 && verb.is_some_and(|v| v.act == lexicon::Act::Remove && v.form != Form::Base)
}

pub(super) fn says_new(heading: &str) -> bool {
    token::tokens(heading).iter().any(|t| t.any("new added add adds created implemented introduced"))
}

/// Whether a label before a file says that the file came: it says "new", or in a history only what the file is.
pub(super) fn brings_file(label: &[Token<'_>], next: Option<&Token<'_>>, history: bool) -> bool {
    const PLACES: &str = "file files location path where in at see affected modified changed updated source sources docs run usage \
        ref refs reference references related fixes closes from to removed deleted";
    let new = label.iter().any(|t| t.any("new added created")) && next.is_none();
    let ends = next.is_none_or(|t| matches!(t.kind, Kind::Punct('—' | '–' | '-')));
    new || history && ends && label.len() <= 3 && !label.iter().any(|t| t.any(PLACES))
}

/// "Implement the operator set: <, <=" is one as well.
fn is_order(label: &[Token<'_>]) -> bool {
    label.len() > 3
        && label.first().is_some_and(|t| {
            t.kind == Kind::Word
                && lexicon::verb(&t.lower)
                    .is_some_and(|v| v.form == Form::Base && !v.ambiguous && v.act == lexicon::Act::Add)
        })
}

/// "Reduced nesting levels: 4 → 2" is a sentence, not a label.
pub(super) fn is_deed(label: &[Token<'_>]) -> bool {
    label.len() > 1
        && label.first().is_some_and(|t| {
            t.kind == Kind::Word && lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Past)
        })
}

pub(super) fn paths(label: &[Token<'_>]) -> Vec<String> {
    label
        .iter()
        .filter_map(|t| match subject::name(t) {
            Some(Name::Path(p)) => Some(p),
            _ => None,
        })
        .collect()
}
