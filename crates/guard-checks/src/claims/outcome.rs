//! Results of runs, as sentences tell them: tests pass, it builds, the linter is content.

use guard_model::ClaimKind;

use super::counts::{self, PASS_WORDS, TEST_NOUNS};
use super::lexicon;
use super::token::{Kind, Token};

const BUILD_NOUNS: &str = "build builds compilation compile compiles compiled compiling built";
const LINT_NOUNS: &str = "clippy lint lints linter linters linting eslint fmt formatting rustfmt prettier ruff mypy \
    typecheck type-check type-checking golangci-lint pylint biome pre-commit warnings";
const SUITE_NOUNS: &str = "suite suites ci testing coverage regression checks";
const CLEAN_WORDS: &str =
    "successfully success clean cleanly fine ok okay happy works error-free warning-free correctly";
const FAULTS: &str = "errors error warnings warning issues issue failures problems violations";

/// What kind of result the clause asserts, if it asserts one.
pub(super) fn outcome(clause: &[Token<'_>]) -> Option<ClaimKind> {
    let good = good_word(clause)?;
    if disowned(clause, good) {
        return None;
    }
    let has = |words: &str| clause.iter().any(|t| t.any(words));
    let command = |known: &str| {
        clause.iter().any(|t| t.kind == Kind::Code && known.split('|').any(|k| mentions_command(&t.lower, k)))
    };
    let passing = clause[good].any(PASS_WORDS);
    let said = counts::counts(clause);
    if (has(TEST_NOUNS)
        || clause.iter().any(|t| t.lower.ends_with("tests"))
        || has("suite suites")
        || command(TEST_COMMANDS))
        && (passing || is_no_fault(clause, good) || has("green"))
    {
        return Some(ClaimKind::TestResult);
    }
    // "2806 passed, 0 failed" and "48/48 passing" need no noun.
    if said.passed.is_some() && passing {
        return Some(ClaimKind::TestResult);
    }
    if has(LINT_NOUNS) && !has(BUILD_NOUNS) || command(LINT_COMMANDS) {
        return Some(ClaimKind::LintResult);
    }
    if has(BUILD_NOUNS) || command(BUILD_COMMANDS) {
        return Some(ClaimKind::BuildResult);
    }
    let regression = clause.iter().any(|t| t.any("regressions regression"));
    if regression && has(SUITE_NOUNS) {
        return Some(ClaimKind::TestResult);
    }
    None
}

/// Commands that run tests.
pub(super) const TEST_COMMANDS: &str = "cargo test|cargo nextest|pytest|npm test|npm run test|pnpm test|yarn test|go test|vitest|jest|\
    ctest|mvn test|gradle test|make test|make check|tox|bun test|deno test|just test|nx test|\
    rspec|phpunit|unittest|run test|mocha|playwright test";
/// Commands that run linters and formatters.
pub(super) const LINT_COMMANDS: &str = "cargo clippy|cargo fmt|clippy|eslint|prettier|ruff|mypy|golangci-lint|run lint|run fmt|\
    npm run lint|pylint|biome|rustfmt";
/// Commands that build, or check that it would build.
pub(super) const BUILD_COMMANDS: &str = "cargo build|cargo check|cargo doc|tsc|go build|go vet|npm run build|pnpm build|yarn build|\
    make|cmake --build|mvn compile|gradle build|run build";

/// Whether the command line `line` (lower case) calls `known`.
pub(super) fn mentions_command(line: &str, known: &str) -> bool {
    line.match_indices(known).any(|(at, _)| {
        let before = line[..at].chars().next_back().unwrap_or(' ');
        let after = line[at + known.len()..].chars().next().unwrap_or(' ');
        !before.is_alphanumeric() && before != '-' && !after.is_alphanumeric() && after != '-' && after != '.'
    })
}

/// Whether the first words are a command's, as somebody would type it.
pub(super) fn begins_with_command(tokens: &[Token<'_>]) -> bool {
    let known = [TEST_COMMANDS, LINT_COMMANDS, BUILD_COMMANDS].into_iter().flat_map(|list| list.split('|'));
    let begins = |command: &str| {
        let words: Vec<&str> = command.split_whitespace().collect();
        tokens.len() >= words.len() && tokens.iter().zip(&words).all(|(t, w)| t.is(w))
    };
    known.into_iter().any(begins)
}

/// The word that says it went well.
fn good_word(clause: &[Token<'_>]) -> Option<usize> {
    let pass = (0..clause.len()).find(|i| clause[*i].any(PASS_WORDS) && !is_thing(clause, *i));
    pass.or_else(|| (0..clause.len()).find(|i| is_no_fault(clause, *i)))
        .or_else(|| clause.iter().position(|t| t.any(CLEAN_WORDS)))
        .or_else(|| compiles(clause))
}

/// "in one pass", "four copy passes": a thing, not a result.
fn is_thing(clause: &[Token<'_>], i: usize) -> bool {
    const ONE: &str = "a an one single first second third final last next each per every another same extra";
    const SEVERAL: &str = "two three four five six seven eight nine ten several multiple many more";
    let before = &clause[i.saturating_sub(3)..i];
    let counted = |t: &Token<'_>| t.any(SEVERAL) || t.kind == Kind::Number && !t.text.contains(['/', '%']);
    let tests = before.iter().any(|t| t.any(TEST_NOUNS) || t.any(SUITE_NOUNS));
    clause[i].is("pass") && before.last().is_some_and(|t| t.any(ONE))
        || clause[i].is("passes") && !tests && before.iter().any(counted)
}

/// "compiles" as the last word, or before "on", "with", "again": without a word on how.
fn compiles(clause: &[Token<'_>]) -> Option<usize> {
    let i = clause.iter().position(|t| t.any("compiles builds"))?;
    let ends = clause.get(i + 1).is_none_or(|n| n.any("again on under and now"));
    // "faster builds" and "for concurrent builds" are things; "the crate builds" tells how it went.
    let subject = clause[..i].iter().any(|t| {
        t.kind == Kind::Code
            || t.any("the it this that everything all our whole code project crate workspace still now")
    });
    let thing = clause[i].is("builds")
        && (!subject || clause[..i].iter().any(|t| t.any(super::clause::PREPOSITIONS)));
    (i > 0 && ends && !thing && !clause[i - 1].any("ci release debug docker and or")).then_some(i)
}

/// "no errors", "0 warnings", "zero clippy warnings", "without issues".
fn is_no_fault(clause: &[Token<'_>], i: usize) -> bool {
    let none = clause[i].any("no zero without") || clause[i].kind == Kind::Number && clause[i].text == "0";
    none && clause[i + 1..].iter().take(3).any(|t| t.any(FAULTS) || t.any("regressions regression"))
}

/// Whether the words before the good word take it back, or make it a wish or a rule.
fn disowned(clause: &[Token<'_>], good: usize) -> bool {
    let opening = clause.first().is_some_and(|t| t.any(lexicon::OPENERS) && !t.any("after but so"));
    let before = &clause[..good];
    let taken_back = before.iter().enumerate().any(|(i, t)| {
        // "can now", "no longer" and "may" are about ability; "All tests continue to pass" is not.
        t.any(lexicon::MODALS)
            || t.any(lexicon::NEGATIONS) && !is_no_fault(clause, i)
            || t.any(lexicon::EARLIER)
    });
    // "fix failing tests so that they pass", "ensure tests pass": about the aim, not the result.
    let aim = before.iter().any(|t| {
        t.any(
            "ensure ensures ensuring make makes keep keeps verify check run fix get until that \
            when if which requires require whether so",
        )
    });
    // "pass `x` to the test": a thing is handed over.
    let handed = clause[good].any("pass passes passed passing")
        && clause.get(good + 1).is_some_and(|n| {
            matches!(n.kind, Kind::Code | Kind::Quote) && !mentions_any_test_command(&n.lower)
                || n.any("the a an through arguments flags args to into down along")
        });
    // Only a sentence that begins with its verb hands things over: "Pass the flag to tests".
    let leading = good == 0 && clause[good].any("pass passes passing passed") && clause.len() > 1;
    opening || taken_back || aim || handed || leading
}

fn mentions_any_test_command(line: &str) -> bool {
    TEST_COMMANDS.split('|').any(|k| mentions_command(line, k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::token::tokens;

    #[test]
    fn results_are_told_from_plans_aims_and_other_uses_of_the_words() {
        use ClaimKind::{BuildResult, LintResult, TestResult};
        for (text, expected) in [
            ("All 31 tests pass", Some(TestResult)),
            ("All existing tests continue to pass", Some(TestResult)),
            ("48/48 passing", Some(TestResult)),
            ("2806 passed, 0 failed, 9 ignored", Some(TestResult)),
            ("`cargo test` passes", Some(TestResult)),
            ("Integration testing confirms no regressions", Some(TestResult)),
            ("the linter is clean", Some(LintResult)),
            ("Clippy: 0 warnings", Some(LintResult)),
            ("cargo clippy happy", Some(LintResult)),
            ("Builds successfully with zero warnings", Some(BuildResult)),
            ("The project compiles without errors", Some(BuildResult)),
            ("`cargo build` succeeds", Some(BuildResult)),
            ("The workspace builds", Some(BuildResult)),
            ("faster builds", None),
            ("allows concurrent builds", None),
            ("four chown passes over the test tree", None),
            ("Runs all tests in one pass", None),
            ("8/8 passing quality gates", None),
            ("All tests should pass", None),
            ("tests do not pass", None),
            ("Tests will pass once merged", None),
            ("Ensure all tests pass", None),
            ("Pass the flag through to the test runner", None),
            ("Fix tests so that they pass on Windows", None),
            ("If the tests pass, merge it", None),
            ("Run the tests", None),
            ("Add tests for the build script", None),
            ("The parser compiles regexes lazily", None),
        ] {
            assert_eq!(outcome(&tokens(text)), expected, "{text}");
        }
    }
}
