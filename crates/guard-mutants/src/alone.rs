//! A file with one mutant in place of the original: for what no switch can hold, in a build of its own.

use std::ops::Range;

use crate::mutant::{Edit, Mutant};
use crate::weave::{Paths, marker};

/// `text` with `mutant` in it and a mark by which the compiler notes that it has seen the place, under `number`
/// (see [`crate::weave::seen_variable`]). Lines behind it stay where they are. `None` where no mark can stand:
/// it would not be known whether the code is compiled at all.
pub fn apply(text: &str, mutant: &Mutant, number: u32, paths: Paths) -> Option<String> {
    let mark = marker(number, paths);
    let (at, new) = match (&mutant.edit, &mutant.function) {
        (Edit::Value { text: value }, Some(function)) => {
            (function.inside..function.body.end.checked_sub(1)?, format!("{mark} {value} "))
        }
        (Edit::Value { .. }, None) => return None,
        (Edit::Expression { at, text: new }, Some(_)) => (at.clone(), format!("({new})")),
        (Edit::Expression { at, text: new }, None) => (at.clone(), format!("({{{mark} {new} }})")),
        (Edit::Statement { at, text: new }, _) => (at.clone(), format!("{{ {new} }}")),
        (Edit::Arm { pattern_end, guard: None }, _) => (*pattern_end..*pattern_end, " if false".to_owned()),
        (Edit::Arm { guard: Some(guard), .. }, _) => (guard.clone(), "false".to_owned()),
    };
    let lines = text.get(at.clone())?.matches('\n').count();
    let new = format!("{new}{}", "\n".repeat(lines));
    let inside = mutant.function.as_ref().map(|f| f.inside);
    Some(match inside {
        Some(inside) if inside < at.start => {
            format!("{}{mark}{}{new}{}", &text[..inside], &text[inside..at.start], &text[at.end..])
        }
        // The value's own text has the mark; a default of a parameter or an attribute stands before the body.
        Some(inside) if inside == at.start => splice(text, &at, &new),
        Some(_) => return None,
        None => splice(text, &at, &new),
    })
}

fn splice(text: &str, at: &Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..at.start], &text[at.end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::{OperatorSet, find};

    const TEXT: &str = "const LIMIT: usize = 4 +\n    4;\n\nfn evens() -> impl Iterator<Item = u8> {\n    [2, 4].into_iter()\n}\n\nfn last() -> usize {\n    [0; 2 * 3].len()\n}\n";

    fn applied(words: &str) -> Option<String> {
        let all = find("src/lib.rs", TEXT, OperatorSet::CargoMutants).unwrap();
        let mutant = all.iter().find(|m| m.description.contains(words)).unwrap();
        apply(TEXT, mutant, 9, Paths::Global)
    }

    #[test]
    fn the_mutant_stands_in_the_text_with_its_mark_and_lines_stay() {
        for (words, wanted) in [
            ("replace + with -", ["const LIMIT: usize = ({ const _", " 4 - 4 })\n;\n\n"]),
            ("replace evens", ["{ const _: ", "::std::iter::empty() \n\n}\n\nfn last"]),
            ("replace * with +", ["fn last() -> usize { const _", "[0; (2 + 3)].len()"]),
        ] {
            let new = applied(words).unwrap();
            assert_eq!(new.lines().count(), TEXT.lines().count(), "{new}");
            assert_eq!(new.matches("GUARD_MUTANTS_SEEN_9").count(), 1, "{new}");
            assert!(wanted.iter().all(|w| new.contains(w)), "{words}: {new}");
        }
    }
}
