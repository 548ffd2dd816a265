//! "The port is complete", "All methods are now implemented": states that say that a piece of work is over.

use std::ops::Range;

use super::lexicon::{self, Act};
use super::reading::Reading;
use super::token::{Kind, Token};

/// Pieces of work that can be over.
const WORK: &str =
    "port migration rewrite implementation integration translation conversion reimplementation";

/// What a piece of work is when it is over.
const OVER: &str =
    "ported migrated rewritten implemented integrated translated converted wired hooked reimplemented";

/// Words that say that nothing is missing. None of them is shown by words of the code.
const WHOLE: &str = "fully completely entirely all every";

/// Longest statement of this kind, in tokens.
const MAX: usize = 24;

/// The reading of such a clause.
pub(super) fn complete(tokens: &[Token<'_>], clause: Range<usize>) -> Option<Reading> {
    let words = tokens.get(clause.clone())?;
    if words.len() > MAX {
        return None;
    }
    let is = words.iter().position(|t| t.any("is are"))?;
    let state = (is + 1..words.len()).find(|i| !words[*i].any("now fully completely entirely all also"))?;
    let (before, after) = (&words[..is], &words[state + 1..]);
    // A share of all: "is 80% complete" is another statement.
    let hundred = words[state].kind == Kind::Number && words[state].text == "100%";
    let (state, after) =
        if hundred { (words.get(state + 1)?, after.get(1..)?) } else { (&words[state], after) };
    let over = state.is("complete") && before.iter().any(|t| t.any(WORK))
        || state.any(OVER) && words.iter().any(|t| t.any(WHOLE));
    let doubted = words.iter().any(|t| {
        t.any(lexicon::MODALS)
            || t.any(lexicon::NEGATIONS)
            || t.any(lexicon::EARLIER)
            || t.any("once when until if unless after before while whether nearly almost mostly partially except but")
    });
    // "It is complete" says not what.
    let named = before
        .iter()
        .any(|t| t.kind == Kind::Code || t.kind == Kind::Word && !t.any("it this that everything the"));
    let short = after.len() <= 8;
    (over && named && !doubted && short).then(|| Reading {
        act: Act::Behave,
        text: clause.clone(),
        object: clause.start..clause.start + is,
        noun_phrase: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::token;

    #[test]
    fn states_that_say_that_work_is_over_are_read() {
        for (text, expected) in [
            ("The port of the billing client is complete", true),
            ("The migration is now 100% complete", true),
            ("The billing client is fully ported and wired into the service", true),
            ("All methods are implemented", true),
            ("The port is almost complete", false),
            ("Once the migration is complete, drop the table", false),
            ("The migration is 80% complete", false),
            ("The request is complete", false),
            ("Handlers are wired through the registry", false),
            ("The port is not complete", false),
        ] {
            let tokens = token::tokens(text);
            assert_eq!(complete(&tokens, 0..tokens.len()).is_some(), expected, "{text}");
        }
    }
}
