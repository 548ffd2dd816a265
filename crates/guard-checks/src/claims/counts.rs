//! The numbers that a sentence says about tests.

use super::token::{Kind, Token};

/// What a sentence says of a test run or of tests that were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Tests said to pass.
    pub(super) passed: Option<u64>,
    /// Tests said to fail.
    pub(super) failed: Option<u64>,
    /// Tests said to be ignored or skipped.
    pub(super) ignored: Option<u64>,
    /// Tests said to be there, without a word on how they went.
    pub(super) total: Option<u64>,
    /// True when a number is a bound or an estimate: `130+`, `~50`, `120K`.
    pub(super) rough: bool,
}

impl Counts {
    /// The exact number of tests that are said to pass, or to be there.
    pub(super) fn tests(&self) -> Option<u64> {
        self.passed.or(self.total).filter(|_| !self.rough)
    }
}

/// Words for a test.
pub(super) const TEST_NOUNS: &str =
    "test tests doctest doctests testcase testcases spec specs subtests subtest";
/// Words for "went well".
pub(super) const PASS_WORDS: &str = "pass passes passed passing green succeed succeeds succeeded successful";
/// Things besides tests that pass or fail, and are counted.
const OTHER_NOUNS: &str = "gate gates check checks hook hooks job jobs step steps workflow workflows stage stages phase \
    phases criteria requirement requirements scenario scenarios command commands lint lints build builds";
const FAIL_WORDS: &str = "fail fails failed failing failure failures errors error";
const IGNORE_WORDS: &str = "ignored skipped skip ignore";

/// Whether a sentence says that some tests do not pass: "11/20 passing", "3 failed".
pub(crate) fn says_some_fail(text: &str) -> bool {
    let said = counts(&super::token::tokens(text));
    said.failed.is_some_and(|n| n > 0) || said.passed.zip(said.total).is_some_and(|(part, all)| part < all)
}

/// Reads the numbers of a sentence. The first number of each kind counts: a breakdown follows its total.
pub(super) fn counts(tokens: &[Token<'_>]) -> Counts {
    let mut out = Counts::default();
    for (i, token) in tokens.iter().enumerate() {
        if is_former(tokens, i) {
            continue;
        }
        if let Some((part, whole, end)) = share(tokens, i) {
            let near = &tokens[end..tokens.len().min(end + 5)];
            let before = &tokens[i.saturating_sub(5)..i];
            let has = |words: &str| near.iter().chain(before).any(|t| t.any(words));
            let about_tests = has(TEST_NOUNS) || has(PASS_WORDS) && !has(OTHER_NOUNS);
            if about_tests && part <= whole {
                out.passed.get_or_insert(part);
                out.total.get_or_insert(whole);
            }
            continue;
        }
        let Some(Read { value, rough }) = amount(token) else { continue };
        match meaning(&tokens[i + 1..], token.kind == Kind::Number && value > 1) {
            Some(Meaning::Passed) => set(&mut out.passed, value, rough, &mut out.rough),
            Some(Meaning::Failed) => set(&mut out.failed, value, rough, &mut out.rough),
            Some(Meaning::Ignored) => set(&mut out.ignored, value, rough, &mut out.rough),
            Some(Meaning::Tests) => set(&mut out.total, value, rough, &mut out.rough),
            None => {}
        }
    }
    out
}

fn set(slot: &mut Option<u64>, value: u64, rough: bool, any_rough: &mut bool) {
    if slot.is_none() {
        *slot = Some(value);
        *any_rough |= rough;
    }
}

/// A number that is told only for comparison: "(up from 43/48)", "was 68/71", "141 → 202".
fn is_former(tokens: &[Token<'_>], i: usize) -> bool {
    let told_before = i > 0 && tokens[i - 1].any("from was previously than of over v");
    let arrow = tokens.get(i + 1).is_some_and(|t| t.punct('→') || t.is("->"));
    told_before || arrow
}

enum Meaning {
    Passed,
    Failed,
    Ignored,
    Tests,
}

/// What the number before `rest` counts; `digits` tells that it is written in digits and more than one.
fn meaning(rest: &[Token<'_>], digits: bool) -> Option<Meaning> {
    let mut tests = false;
    for (k, token) in rest.iter().enumerate() {
        if token.any(PASS_WORDS) {
            // "one pass" and "four copy passes" are things; "48 pass" is not.
            let thing = !tests && (token.is("passes") || token.is("pass") && !(digits && k == 0));
            return (!thing).then_some(Meaning::Passed);
        }
        if !tests && token.any(OTHER_NOUNS) {
            return None;
        }
        if token.any(FAIL_WORDS) {
            return Some(Meaning::Failed);
        }
        if token.any(IGNORE_WORDS) {
            return Some(Meaning::Ignored);
        }
        let of_tests = token.any(TEST_NOUNS);
        // "12 test files" and "3 test fixtures" count files and fixtures.
        if of_tests
            && token.lower == "test"
            && rest
                .get(k + 1)
                .is_some_and(|n| n.kind == Kind::Word && !n.any(PASS_WORDS) && !n.any("cases functions"))
        {
            return None;
        }
        tests |= of_tests;
        let goes_on = matches!(token.kind, Kind::Word | Kind::Code)
            && !token.any("and or with in for from to by covering of on that which")
            || of_tests;
        if !goes_on || k >= 6 {
            break;
        }
        if !tests && k >= 4 {
            break;
        }
    }
    tests.then_some(Meaning::Tests)
}

struct Read {
    value: u64,
    rough: bool,
}

/// A whole number: `12`, `1,234`, `130+`, `~50`, `120K`, and the words up to twelve.
fn amount(token: &Token<'_>) -> Option<Read> {
    if token.kind == Kind::Word {
        let value = if token.is("no") { Some(0) } else { crate::text::number(&token.lower) };
        return value.map(|value| Read { value, rough: false });
    }
    if token.kind != Kind::Number {
        return None;
    }
    let body = token.text.trim_start_matches(['~', '+', '≥', '≤', '<', '>']);
    let signed_rough = token.text.starts_with(['~', '≥', '≤', '<', '>']);
    let digits: String =
        body.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    let tail = body.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
    let (scale, rough) = match tail.to_ascii_lowercase().as_str() {
        "" => (1, false),
        "+" => (1, true),
        "k" | "k+" => (1_000, true),
        "m" | "m+" => (1_000_000, true),
        _ => return None,
    };
    let value = digits.parse::<u64>().ok()?.checked_mul(scale)?;
    Some(Read { value, rough: rough || signed_rough })
}

/// The whole number that `token` says, if it says one.
pub(super) fn number(token: &Token<'_>) -> Option<u64> {
    amount(token).filter(|r| !(token.kind == Kind::Word && r.value == 0)).map(|r| r.value)
}

/// `48/48`.
pub(super) fn ratio(token: &Token<'_>) -> Option<(u64, u64)> {
    if token.kind != Kind::Number {
        return None;
    }
    let (part, whole) = token.text.split_once('/')?;
    Some((part.replace(',', "").parse().ok()?, whole.replace(',', "").parse().ok()?))
}

/// `48/48`, "3 of 5", "two out of the three": part, whole and the first token behind.
fn share(tokens: &[Token<'_>], i: usize) -> Option<(u64, u64, usize)> {
    if let Some((part, whole)) = ratio(&tokens[i]) {
        return Some((part, whole, i + 1));
    }
    let part = amount(&tokens[i]).filter(|a| !a.rough)?.value;
    let mut at = i + 1;
    at += usize::from(tokens.get(at)?.is("out"));
    if !tokens.get(at)?.is("of") {
        return None;
    }
    at += 1;
    at += usize::from(tokens.get(at)?.any("the our all"));
    let whole = amount(tokens.get(at)?).filter(|a| !a.rough)?.value;
    Some((part, whole, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::token::tokens;

    #[test]
    fn numbers_about_tests_are_read() {
        let n = Some;
        for (text, passed, failed, ignored, total) in [
            ("All 31 tests pass", n(31), None, None, None),
            ("1,234 tests passing (1,000 unit + 234 integration)", n(1234), None, None, None),
            ("Tests: 2806 passed, 0 failed, 9 ignored", n(2806), n(0), n(9), None),
            ("48/48 tests passing (up from 43/48)", n(48), None, None, n(48)),
            ("Added 6 unit tests covering 3 cases", None, None, None, n(6)),
            ("Added two tests", None, None, None, n(2)),
            ("Add 7 comprehensive test cases", None, None, None, n(7)),
            ("Tests: 141 → 202 (+61 new tests)", None, None, None, n(61)),
            ("no failures", None, n(0), None, None),
            ("Updated 3 test files", None, None, None, None),
            ("Reduced warnings from 4 to 2", None, None, None, None),
            ("`cargo test` (166 tests + 2 doctests)", None, None, None, n(166)),
            ("version 1.2 of 3 crates", None, None, None, None),
            ("Copies the tree in one pass", None, None, None, None),
            ("Replaces four chown passes", None, None, None, None),
            ("8/8 passing quality gates", None, None, None, None),
            ("5 quality gates passed", None, None, None, None),
            ("48 pass, 2 fail", n(48), n(2), None, None),
            ("two tests pass", n(2), None, None, None),
            ("1 of 2 tests pass", n(1), None, None, n(2)),
            ("Two out of the three tests pass", n(2), None, None, n(3)),
            ("Updated 3 of 5 callers", None, None, None, None),
            ("99999999999999999999999 tests", None, None, None, None),
        ] {
            let got = counts(&tokens(text));
            assert_eq!(
                (got.passed, got.failed, got.ignored, got.total),
                (passed, failed, ignored, total),
                "{text}"
            );
        }
        assert!(counts(&tokens("All tests pass (130+ tests)")).rough);
    }
}
