//! What a command line does, by reading it as a shell would: the purposes of the commands in it,
//! and whether the exit code of the line tells when one of them fails.
//!
//! Source: the measurements on real transcripts that half of all test commands are piped into
//! `tail` and the like, and that one in five of those hides a failing run.

mod message;
mod purpose;
mod shell;
mod target;
mod words;
mod wrapper;

use guard_model::words::Purpose;
use shell::{Cmd, Item, List, Pipeline, Word};

/// Deepest nesting of `bash -c '…'` that is followed.
const NESTING: u32 = 6;

/// What a command line is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CommandShape {
    /// What the line is for, sorted, each once.
    pub(crate) purposes: Vec<Purpose>,
    /// Why the exit code of the line hides the failure of a command with a purpose (or, when none
    /// has a purpose, of its main command).
    pub(crate) masked_by: Option<String>,
    /// Whether the line prints an exit code (`echo $?`), so that the output may tell it.
    pub(crate) prints_status: bool,
    /// The messages of the commits that it makes, as far as the line itself says them.
    pub(crate) commit_messages: Vec<String>,
}

/// Reads a command line.
pub(crate) fn analyse(line: &str) -> CommandShape {
    let list = shell::parse(line);
    let mut walk = Walk::default();
    walk.list(&list, None, Options::default());
    let Walk { mut purposes, masked, prints_status, commit_messages } = walk;
    purposes.sort_unstable();
    purposes.dedup();
    // When something is built, tested or the like, that is what the exit code must tell.
    let masked_by = match purposes.as_slice() {
        [] => masked.plain,
        all if all.iter().all(hands_over) => masked.handing_over,
        _ => masked.judged,
    };
    CommandShape { purposes, masked_by, prints_status, commit_messages }
}

/// Whether a line prints an exit code; see [`CommandShape::prints_status`].
pub(crate) fn prints_status(line: &str) -> bool {
    tells_status(line) && analyse(line).prints_status
}

fn tells_status(text: &str) -> bool {
    text.contains("$?") || text.to_ascii_lowercase().contains("pipestatus")
}

/// Whether a command passes work on instead of judging it.
fn hands_over(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Commit | Purpose::Publish)
}

/// Shell options that decide what a failure does.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    /// `set -e`
    errexit: bool,
    /// `set -o pipefail`
    pipefail: bool,
    /// The line ends with `exit ${PIPESTATUS[0]}`.
    pipestatus: bool,
    nesting: u32,
}

/// What hides the failure of a command.
#[derive(Debug, Clone, Copy)]
enum Mask<'a> {
    Background,
    Followed(&'a Item<'a>),
    Caught(&'a Pipeline<'a>),
    Piped(&'a Cmd<'a>),
    Negated,
    Inside(&'a str),
}

impl Mask<'_> {
    fn text(self) -> String {
        match self {
            Mask::Background => "runs in the background (`&`)".to_owned(),
            Mask::Followed(next) => format!("followed by `; {}`", shorten(&item_text(next))),
            Mask::Caught(right) => format!("`|| {}`", shorten(&pipeline_text(right))),
            Mask::Piped(next) => format!("piped into `{}`", first_word(next)),
            Mask::Negated => "negated with `!`".to_owned(),
            Mask::Inside(word) => format!("inside `{word}`"),
        }
    }
}

/// What hides the first failure that is hidden, by kind of command.
#[derive(Debug, Default)]
struct Masked {
    /// Of commands that build, test or the like.
    judged: Option<String>,
    /// Of commands that commit or publish.
    handing_over: Option<String>,
    /// Of all that do more than set the scene.
    plain: Option<String>,
}

#[derive(Default)]
struct Walk {
    purposes: Vec<Purpose>,
    masked: Masked,
    prints_status: bool,
    commit_messages: Vec<String>,
}

impl Walk {
    /// Walks a list whose failure is hidden by `mask`.
    fn list<'a>(&mut self, list: &'a List<'a>, mask: Option<Mask<'a>>, mut options: Options) {
        let rethrown = list.0.last().and_then(rethrows);
        if let Some(pipe) = rethrown {
            options.pipestatus |= pipe;
        }
        for (index, item) in list.0.iter().enumerate() {
            let next = list.0[index + 1..].iter().find(|next| !next.chain.is_empty());
            let own = match next {
                _ if item.background => Some(Mask::Background),
                Some(next) if rethrown.is_none() && !options.errexit => Some(Mask::Followed(next)),
                _ => None,
            };
            let mask = own.or(mask);
            for (at, (_, pipeline)) in item.chain.iter().enumerate() {
                let caught = item.chain[at + 1..].iter().find(|(or, right)| *or && !fails_for_sure(right));
                let caught = caught.map(|(_, right)| Mask::Caught(right));
                self.pipeline(pipeline, caught.or(mask), &mut options);
            }
        }
    }

    fn pipeline<'a>(&mut self, pipeline: &'a Pipeline<'a>, mask: Option<Mask<'a>>, options: &mut Options) {
        let negated = pipeline.negated.then_some(Mask::Negated);
        for (index, command) in pipeline.commands.iter().enumerate() {
            let next = pipeline.commands.get(index + 1);
            let piped = next.filter(|_| !options.pipefail && !options.pipestatus).map(Mask::Piped);
            let mask = piped.or(negated).or(mask);
            match command {
                Cmd::Simple { words, input } => self.simple(words, input.as_deref(), mask, options),
                Cmd::Group { parts } => {
                    for (keyword, list) in parts {
                        self.list(list, keyword.map(Mask::Inside).or(mask), *options);
                    }
                }
            }
        }
    }

    fn simple<'a>(
        &mut self,
        words: &'a [Word<'a>],
        input: Option<&str>,
        mask: Option<Mask<'a>>,
        options: &mut Options,
    ) {
        let argv: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        let argv = words::without_assignments(&argv);
        for list in words.iter().flat_map(|word| &word.substitutions) {
            // `x=$(command)` alone has the exit code of the command.
            let hidden = (!argv.is_empty()).then_some(Mask::Inside("$(…)"));
            self.list(list, mask.or(hidden), Options { nesting: options.nesting + 1, ..Options::default() });
        }
        match argv.first().copied() {
            None => return,
            Some("set") => {
                let text = argv[1..].join(" ");
                let on = |flag: char| {
                    argv[1..].iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains(flag))
                };
                options.errexit |= on('e') || text.contains("errexit");
                options.pipefail |= text.contains("pipefail") && !text.contains("+o pipefail");
                return;
            }
            Some("setopt") => options.pipefail |= argv.iter().any(|a| a.eq_ignore_ascii_case("pipefail")),
            Some("echo" | "printf") => self.prints_status |= argv.iter().any(|a| tells_status(a)),
            Some(_) => {}
        }
        match wrapper::unwrap(argv, input) {
            wrapper::Inner::Script { text, errexit, pipefail } if options.nesting < NESTING => {
                let inner = Options { errexit, pipefail, pipestatus: false, nesting: options.nesting + 1 };
                self.script(&text, mask, inner);
            }
            wrapper::Inner::Script { .. } => {}
            wrapper::Inner::Words(inner) => {
                let purposes = purpose::purposes(inner);
                if purposes.contains(&Purpose::Commit) {
                    // A wrapper's own words stand before those of what it starts.
                    let own = words.len().saturating_sub(inner.len());
                    self.commit_messages.extend(message::of_commit(&words[own..]));
                }
                let (judged, handing_over) =
                    (!purposes.iter().all(hands_over), purposes.iter().any(hands_over));
                self.purposes.extend(purposes);
                let plain = !purpose::is_scenery(inner);
                let slots = [
                    (judged, &mut self.masked.judged),
                    (handing_over, &mut self.masked.handing_over),
                    (plain, &mut self.masked.plain),
                ];
                for (_, slot) in slots.into_iter().filter(|(matters, slot)| *matters && slot.is_none()) {
                    *slot = mask.map(Mask::text);
                }
            }
        }
    }

    /// Walks a script in a text of its own.
    fn script(&mut self, text: &str, mask: Option<Mask<'_>>, options: Options) {
        self.list(&shell::parse(text), mask, options);
    }
}

/// Whether the item ends the script with the exit code of something before (`exit $?`), and then
/// whether with that of a pipe's first command.
fn rethrows(item: &Item<'_>) -> Option<bool> {
    let [(_, pipeline)] = item.chain.as_slice() else { return None };
    let [Cmd::Simple { words, .. }] = pipeline.commands.as_slice() else { return None };
    let [name, code] = words.as_slice() else { return None };
    let given = matches!(&*name.text, "exit" | "return") && code.text.starts_with('$');
    given.then(|| code.text.to_ascii_lowercase().contains("pipestatus"))
}

/// Whether what stands behind `||` leaves the line failing.
fn fails_for_sure(pipeline: &Pipeline<'_>) -> bool {
    match pipeline.commands.last() {
        Some(Cmd::Simple { words, .. }) => match words.first().map(|word| &*word.text) {
            Some("false") => true,
            Some("exit" | "return") => words.get(1).is_some_and(|code| code.text != "0"),
            _ => false,
        },
        Some(Cmd::Group { parts }) => {
            let last = parts.last().and_then(|(_, list)| list.0.last());
            last.is_some_and(|item| matches!(item.chain.as_slice(), [(_, only)] if fails_for_sure(only)))
        }
        None => false,
    }
}

fn item_text(item: &Item<'_>) -> String {
    item.chain.first().map(|(_, pipeline)| pipeline_text(pipeline)).unwrap_or_default()
}

fn pipeline_text(pipeline: &Pipeline<'_>) -> String {
    match pipeline.commands.first() {
        Some(Cmd::Simple { words, .. }) => words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" "),
        Some(Cmd::Group { parts }) => {
            let first = parts.first().and_then(|(_, list)| list.0.first());
            format!("( {} … )", first.map(item_text).unwrap_or_default())
        }
        None => String::new(),
    }
}

fn first_word(command: &Cmd<'_>) -> String {
    match command {
        Cmd::Simple { words, .. } => words.first().map(|word| shorten(&word.text)).unwrap_or_default(),
        Cmd::Group { .. } => "( … )".to_owned(),
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 32 && line.len() == text.len() {
        return line.to_owned();
    }
    line.chars().take(31).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Purpose::{Bench, Build, Commit, Format, Lint, Publish, Test};

    #[test]
    fn purposes_come_from_the_commands_that_run() {
        let cases: &[(&str, &[Purpose])] = &[
            ("cargo test", &[Test]),
            ("cd x && RUST_LOG=debug timeout 60 cargo +nightly test --workspace -- --nocapture", &[Test]),
            ("cargo nextest run -p a", &[Test]),
            ("cargo test --no-run", &[Build]),
            ("cargo build && cargo clippy --all-targets; cargo fmt --check", &[Build, Lint, Format]),
            ("cargo bench --bench parse", &[Bench]),
            ("cargo xtask tidy", &[]),
            ("npx vitest run --reporter=junit", &[Test]),
            ("npm run test:unit -- --watch=false", &[Test]),
            ("pnpm --filter web run build", &[Build]),
            ("yarn lint --fix", &[Lint]),
            ("bun test", &[Test]),
            ("uv run --extra dev pytest -q tests/", &[Test]),
            ("uv run python -m pytest tests/ -q 2>&1 | tail -6", &[Test]),
            ("python3 -m unittest discover", &[Test]),
            ("uv run mypy src/", &[Build]),
            ("docker compose exec -T app cargo test", &[Test]),
            (
                "docker run --rm -v $PWD:/src -w /src rust:1 bash -c 'cargo test && cargo clippy'",
                &[Test, Lint],
            ),
            ("mise run test:ci 2>&1", &[Test]),
            ("mise run fmt && mise run lint", &[Lint, Format]),
            ("mise x -- cargo test", &[Test]),
            ("mise install", &[]),
            ("make -C sub test lint", &[Test, Lint]),
            ("make", &[Build]),
            ("just test my_filter", &[Test]),
            ("go test ./... -run TestX -v", &[Test]),
            ("go test -c ./x", &[Build]),
            ("go vet ./... && gofmt -l .", &[Lint, Format]),
            ("go run ./cmd/entire --help", &[]),
            ("cmake --build build && ctest --test-dir build", &[Test, Build]),
            ("./gradlew :app:test", &[Test]),
            ("mvn -q package -DskipTests", &[Build]),
            ("git commit -m \"$(cat <<'EOF'\nrun cargo test; it's (fine)\nEOF\n)\"", &[Commit]),
            ("git push -u origin x 2>&1 | tail -2; gh pr create --title 'cargo test'", &[Publish]),
            ("grep -rn 'cargo test' docs | head", &[]),
            ("echo cargo test && cat tests/run_tests.sh", &[]),
            ("cat > run.sh <<'EOF'\ncargo test\nEOF", &[]),
            ("bash <<'EOF'\nset -e\ncargo test\nEOF", &[Test]),
            ("bash -lc \"cd x; pytest -q\"", &[Test]),
            ("./scripts/run_tests.sh", &[Test]),
            ("bash .claude/scripts/test-hook-duplicate.sh", &[]),
            ("chmod +x test.sh", &[]),
            ("for i in 1 2 3; do cargo test -q || break; done", &[Test]),
            ("if cargo test; then echo ok; else echo bad; fi", &[Test]),
            ("case $x in a) cargo test ;; b) make ;; esac", &[Test, Build]),
            ("(cd sub && npm test)", &[Test]),
            ("OUT=$(cargo test 2>&1)", &[Test]),
            ("f() { cargo test; }; f", &[]),
            ("cargo test --help", &[]),
            ("pytest --version", &[]),
            ("tox -e lint", &[Lint]),
            ("npx tsc --noEmit", &[Build]),
            ("npx playwright install", &[]),
            ("npx prettier --check . && npx eslint src", &[Lint, Format]),
            ("find . -name '*.rs' | xargs rustfmt", &[Format]),
            ("# cargo test\nls", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(&analyse(line).purposes, expected, "{line}");
        }
    }

    #[test]
    fn what_hides_an_exit_code_is_named() {
        let cases: &[(&str, Option<&str>)] = &[
            ("cargo test", None),
            ("cargo test 2>&1", None),
            ("cd x && cargo test", None),
            ("cargo build && cargo test", None),
            ("cargo test 2>&1 | tail -20", Some("piped into `tail`")),
            ("mise run lint 2>&1 && mise run test 2>&1 | tail -15", Some("piped into `tail`")),
            ("set -o pipefail; cargo test | tail -5", None),
            ("set -euo pipefail\ncargo test | tail -5\necho done", None),
            ("cargo test || true", Some("`|| true`")),
            ("cargo test || exit 1", None),
            ("cargo test || { echo bad; exit 1; }", None),
            ("cargo test; echo done", Some("followed by `; echo done`")),
            ("cargo test; echo $?", Some("followed by `; echo $?`")),
            ("set -e; cargo test; echo done", None),
            ("cargo test; s=$?; rm -rf tmp; exit $s", None),
            ("cargo test | tail; exit ${PIPESTATUS[0]}", None),
            ("cargo test &", Some("runs in the background (`&`)")),
            ("! cargo test", Some("negated with `!`")),
            ("if cargo test; then echo ok; fi", Some("inside `if`")),
            ("for i in 1 2; do cargo test; done", Some("inside `for`")),
            ("x=$(cargo test)", None),
            ("echo \"$(cargo test)\"", Some("inside `$(…)`")),
            ("bash -c 'cargo test | tail'", Some("piped into `tail`")),
            ("bash -o pipefail -c 'cargo test | tail'", None),
            ("(cargo test; true)", Some("followed by `; true`")),
            ("cd x; cargo test", None),
            ("ls | grep x; cargo test", None),
            ("git pull | tail; cargo test", None),
            ("ls | head", Some("piped into `head`")),
            ("cargo test && git commit -m x | tail -1", None),
            ("cargo test & wait", Some("runs in the background (`&`)")),
        ];
        for (line, expected) in cases {
            assert_eq!(analyse(line).masked_by.as_deref(), *expected, "{line}");
        }
    }

    #[test]
    fn hostile_lines_are_bounded() {
        for line in [
            "(".repeat(100_000),
            "$(".repeat(100_000),
            "if ".repeat(100_000),
            "{ ".repeat(100_000),
            "bash -c ".repeat(10_000),
            "`".repeat(100_001),
            "'unterminated cargo test".to_owned(),
            "cat <<EOF".to_owned(),
            "a=(".repeat(50_000),
            "f() ".repeat(50_000),
            "\"$(\"".repeat(50_000),
        ] {
            let _ = analyse(&line);
        }
    }

    #[test]
    fn the_message_of_a_commit_is_what_the_line_says() {
        let cases: &[(&str, &[&str])] = &[
            ("git commit -m 'Add x'", &["Add x"]),
            (
                "git add -A && git -C sub commit -am \"Add x\" -m 'All tests pass.'",
                &["Add x\n\nAll tests pass."],
            ),
            ("git commit --message=\"Fix it\"", &["Fix it"]),
            ("git commit -m \"$(cat <<'EOF'\nAdd x\n\nIt's (done).\nEOF\n)\"", &["Add x\n\nIt's (done)."]),
            ("bash -lc \"git commit -m 'Add x'\"", &["Add x"]),
            ("git commit --amend --no-edit", &[]),
            ("git commit -m \"$(head -1 notes)\"", &[]),
            ("git commit -m \"done at $(date)\"", &[]),
            ("git tag -m 'v1' v1; git merge -m 'join' x", &[]),
            ("git commit -m", &[]),
            ("timeout 60 git commit -m 'Add x'", &["Add x"]),
            ("echo git commit -m 'Add y' && git commit -F message", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(analyse(line).commit_messages, *expected, "{line}");
        }
    }

    #[test]
    fn a_line_that_prints_an_exit_code_is_known() {
        for (line, prints) in [
            ("cargo test; echo \"exit $?\"", true),
            ("bash -c 'cargo test; echo $?'", true),
            ("cargo test | tail; echo ${PIPESTATUS[0]}", true),
            ("cargo test; exit $?", false),
            ("cargo test; echo done", false),
        ] {
            assert_eq!((analyse(line).prints_status, prints_status(line)), (prints, prints), "{line}");
        }
    }
}
