//! Commands that are told without backticks, with how they went: "go test ./... passes", "npm run build succeeds".

use super::outcome::{BUILD_COMMANDS, LINT_COMMANDS, TEST_COMMANDS};
use super::token::{self, Kind, Token};

/// What may stand before a command and is part of it.
const WRAPPERS: [&str; 10] = [
    "npx",
    "bunx",
    "pnpm exec",
    "pnpm dlx",
    "uv run",
    "poetry run",
    "pipenv run",
    "bundle exec",
    "python -m",
    "python3 -m",
];
/// Words that end one way of the result, when they follow the command.
const ENDED: &str = "passes passed succeeds succeeded";
/// The same, of several commands.
const END: &str = "pass succeed";
const IS: &str = "is are was were runs run ran comes came stays stayed remains remain";
const WELL: &str = "green clean cleanly passing successful successfully happy fine ok okay good";
const STILL: &str = "all both now still also again completely fully";
/// Words that may follow a result; after another word the sentence is about something else ("passes `x` to …").
const GOES_ON: &str = "with on in under and but for again locally now without cleanly successfully here too as at both \
    everywhere after from across";

/// The tokens of a text, a command whose result is told being one as if it stood in backticks.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let plain = token::tokens(text);
    let mut out: Vec<Token<'_>> = Vec::with_capacity(plain.len());
    let mut at = 0;
    while at < plain.len() {
        let told = if may_begin(out.last()) { told(text, &plain, at) } else { Vec::new() };
        if told.is_empty() {
            out.push(plain[at].clone());
            at += 1;
            continue;
        }
        for (from, to) in told {
            out.extend_from_slice(&plain[at..from]);
            let (start, end) = (plain[from].start, plain[to - 1].end);
            let text = &text[start..end];
            out.push(Token { kind: Kind::Code, text, lower: text.to_lowercase(), start, end });
            at = to;
        }
    }
    out
}

/// Whether a command can stand after this token as what a sentence is about.
fn may_begin(before: Option<&Token<'_>>) -> bool {
    before.is_none_or(|t| {
        t.kind != Kind::Word || t.any("and but now then also both the that verified confirmed")
    })
}

/// The commands from `at` on, one after the other, when what follows tells how they went.
fn told(text: &str, tokens: &[Token<'_>], at: usize) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut next = at;
    while let Some(end) = command(text, tokens, next) {
        found.push((next, end));
        next = end;
        while tokens
            .get(next)
            .is_some_and(|t| t.any("and plus") || matches!(t.kind, Kind::Punct(',' | '&' | '+')))
        {
            next += 1;
        }
        if next == end {
            break;
        }
    }
    let Some((_, end)) = found.last() else { return found };
    if !is_result(tokens, *end, found.len() > 1) {
        found.clear();
    }
    found
}

/// Where a known command that begins at `at` ends, its arguments included.
fn command(text: &str, tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let starts = |at: usize, phrase: &str| {
        let mut words = phrase.split(' ');
        let mut n = 0;
        words
            .all(|w| {
                n += 1;
                tokens.get(at + n - 1).is_some_and(|t| t.is(w))
            })
            .then_some(at + n)
    };
    let begin = WRAPPERS.iter().find_map(|w| starts(at, w)).unwrap_or(at);
    let known = [TEST_COMMANDS, BUILD_COMMANDS, LINT_COMMANDS];
    let is_typed = |c: &&str| !c.starts_with("run ") && *c != "make";
    // Linters of one word are read as what they are called.
    let is_name = |c: &&str| LINT_COMMANDS.split('|').any(|l| l == *c) && !c.contains(' ');
    let known = known.into_iter().flat_map(|list| list.split('|')).filter(is_typed).filter(|c| !is_name(c));
    let end = known.filter_map(|c| starts(begin, c)).max()?;
    Some(arguments(text, tokens, end))
}

/// Where the arguments that begin at `at` end: flags, their values, paths.
fn arguments(text: &str, tokens: &[Token<'_>], mut at: usize) -> usize {
    let mut is_value = false;
    while let Some(first) = tokens.get(at) {
        let rest = &text[first.start..];
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        let is_flag = word.starts_with('-') && word.len() > 1;
        let is_path =
            word.trim_end_matches([',', ';', ')']).contains(['/', '=', ':']) && !word.ends_with(':');
        if word.starts_with('(') || !(is_flag || is_path || is_value || word == "run" && at > 0) {
            break;
        }
        if is_value && is_result(tokens, at, true) || word == "run" && is_result(tokens, at, false) {
            break;
        }
        is_value = is_flag && !word.contains('=') && word != "--";
        let end = first.start + word.len();
        while tokens.get(at).is_some_and(|t| t.start < end) {
            at += 1;
        }
    }
    at
}

/// Whether the words from `at` on say that what stands before went well.
fn is_result(tokens: &[Token<'_>], mut at: usize, several: bool) -> bool {
    let still = |at: usize| tokens.get(at).is_some_and(|t| t.any(STILL));
    while still(at) {
        at += 1;
    }
    let Some(verb) = tokens.get(at) else { return false };
    let is = verb.any(IS);
    if is {
        at += 1;
        while still(at) {
            at += 1;
        }
    }
    let good =
        tokens.get(at).is_some_and(|t| if is { t.any(WELL) } else { t.any(ENDED) || several && t.any(END) });
    good && tokens.get(at + 1).is_none_or(|t| t.kind != Kind::Word && t.kind != Kind::Code || t.any(GOES_ON))
}

/// Whether a token is a command line, and not a name.
pub(super) fn is_line(token: &Token<'_>) -> bool {
    let known = || {
        let mut all = [TEST_COMMANDS, BUILD_COMMANDS].into_iter().flat_map(|list| list.split('|'));
        all.any(|c| c == token.lower)
    };
    token.kind == Kind::Code && (token.text.contains(' ') || known())
}

/// Whether a command line calls a command that tests, builds or lints.
pub(super) fn is_known(token: &Token<'_>) -> bool {
    let mut all = [TEST_COMMANDS, BUILD_COMMANDS, LINT_COMMANDS].into_iter().flat_map(|list| list.split('|'));
    all.any(|c| super::outcome::mentions_command(&token.lower, c))
}

/// Whether a command line names a part of what the command does without: a package, a path, a filter.
pub(super) fn is_narrow(line: &str) -> bool {
    const WIDE: &str = "run test check build ./... . --all --workspace --all-targets -v -vv -q --quiet --release --verbose \
        --no-fail-fast --locked --offline -race -count=1 --ci --silent --run -- -j --nocapture";
    line.split_whitespace().skip(2).any(|w| !token::lists(WIDE, w))
}

/// Whether `ran` is what somebody means who names the command line `said`: the same command, the same runner behind
/// another command, or the project's own test script.
pub(super) fn stands_for(ran: &str, said: &str) -> bool {
    const RUNNERS: [&str; 8] = ["pytest", "vitest", "jest", "mocha", "ctest", "tox", "rspec", "phpunit"];
    const SCRIPTS: [&str; 10] = [
        "npm test",
        "npm t",
        "npm run test",
        "pnpm test",
        "pnpm run test",
        "yarn test",
        "yarn run test",
        "bun run test",
        "npm ci && npm test",
        "npm run --silent test",
    ];
    let (ran, said) = (ran.to_lowercase(), said.to_lowercase());
    let start = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    let is = |line: &str, known: &str| super::outcome::mentions_command(line, known);
    let script = SCRIPTS.iter().any(|s| *s == said.trim() || said.starts_with(&format!("{s} --")));
    start(&ran) == start(&said)
        || RUNNERS.iter().any(|r| is(&said, r) && is(&ran, r))
        // A script is run as npm runs it, its runner told where the results go.
        || script && (ran.contains("node_modules/.bin:") || is(&ran, "npm test"))
}

/// Whether the build `said` is made within the build `ran`: cargo builds what is tested for its tests.
pub(super) fn is_part_of(said: &str, ran: &str) -> bool {
    let whole = ["cargo build", "cargo check", "cargo b", "cargo c"];
    let start: Vec<&str> = said.split_whitespace().take(2).collect();
    ran.starts_with("cargo test --no-run") && whole.contains(&start.join(" ").as_str()) && !is_narrow(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str) -> Vec<&str> {
        tokens(text).into_iter().filter(|t| t.kind == Kind::Code).map(|t| t.text).collect()
    }

    #[test]
    fn commands_with_a_result_are_one_token() {
        for (text, expected) in [
            ("go test ./... passes.", &["go test ./..."][..]),
            ("make check passes with 0 failures.", &["make check"]),
            ("pytest is green", &["pytest"]),
            ("npm run build succeeds", &["npm run build"]),
            ("cargo test -p core --lib now passes", &["cargo test -p core --lib"]),
            ("uv run pytest tests/unit is green", &["uv run pytest tests/unit"]),
            ("npx vitest run passes on Linux", &["npx vitest run"]),
            ("cargo test and go vet pass", &["cargo test", "go vet"]),
            ("Fixed it; tsc is clean", &["tsc"]),
            ("clippy is clean", &[]),
            ("Make check passes configurable", &[]),
            ("pytest passes the fixture on", &[]),
            ("go test ./... fails", &[]),
            ("Run cargo test until it passes", &[]),
            ("The make test target passes flags", &[]),
            ("Use pytest", &[]),
            ("", &[]),
        ] {
            assert_eq!(merged(text), expected, "{text}");
        }
    }

    #[test]
    fn a_command_stands_for_the_run_that_is_behind_it() {
        const VITEST: &str = "PATH=\"$PWD/node_modules/.bin:$PATH\"; vitest run --reporter=junit";
        for (said, ran, expected) in [
            ("go test ./...", "go test -json ./...", true),
            ("pytest", "\"$GUARD_PYTHON\" -m pytest -q", true),
            ("uv run pytest", "\"$GUARD_PYTHON\" -m pytest -q", true),
            ("npm test", VITEST, true),
            ("npm run test", VITEST, true),
            ("npx vitest run", VITEST, true),
            ("npm run test:e2e", VITEST, false),
            ("pytest", "cargo test", false),
            ("make check", "cargo test", false),
            ("npm run build", VITEST, false),
        ] {
            assert_eq!(stands_for(ran, said), expected, "{said}");
        }
        const CARGO: &str = "cargo test --no-run --workspace";
        assert!(is_part_of("cargo build --release", CARGO) && is_part_of("cargo check", CARGO));
        assert!(!is_part_of("cargo build --target wasm32", CARGO) && !is_part_of("cargo doc", CARGO));
    }
}
