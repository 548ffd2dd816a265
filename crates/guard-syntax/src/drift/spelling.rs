//! A name that was copied by hand and came out misspelt: `column_names`, then `colunn_names` throughout.

use std::collections::HashSet;

use super::names;
use super::shape::{Class, Shape, Symbols};

/// Letters below which two words that differ in one are two words.
const MIN_LETTERS: usize = 5;

/// Whether `to` is `from` with one wrong letter inside a word, as far as the implementation tells: it has the right
/// word in another name, and the wrong one in no other.
pub(super) fn is_misspelt(from: &str, to: &str, implementation: &Shape, symbols: &Symbols) -> bool {
    let (a, b) = (names::words(from), names::words(to));
    let mut differing = a.iter().zip(&b).filter(|(x, y)| x != y);
    let (Some((right, wrong)), None, true) = (differing.next(), differing.next(), a.len() == b.len()) else {
        return false;
    };
    if !is_one_off(right, wrong) {
        return false;
    }
    let tokens = implementation.units.iter().flat_map(|unit| &unit.tokens);
    let named = tokens.filter(|token| token.class == Class::Name).map(|token| symbols.text(token.text));
    let others: HashSet<String> = named.filter(|name| *name != to).flat_map(names::words).collect();
    others.contains(right) && !others.contains(wrong)
}

/// Whether two words differ in one letter, or in two that changed places, and neither in their first nor their last:
/// `error` and `errors`, `mount` and `count` are words of their own.
fn is_one_off(right: &str, wrong: &str) -> bool {
    let is_word = |word: &str| word.len() >= MIN_LETTERS && word.bytes().all(|b| b.is_ascii_lowercase());
    is_word(right)
        && is_word(wrong)
        && right.bytes().next() == wrong.bytes().next()
        && right.bytes().last() == wrong.bytes().last()
        && strsim::damerau_levenshtein(right, wrong) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_letter_inside_a_word_is_off() {
        for (right, wrong, expected) in [
            ("column", "colunn", true),
            ("receive", "recieve", true),
            ("length", "lenght", false),
            ("errors", "error", false),
            ("count", "mount", false),
            ("node", "nude", false),
            ("column", "colour", false),
        ] {
            assert_eq!(is_one_off(right, wrong), expected, "{right} {wrong}");
        }
    }
}
