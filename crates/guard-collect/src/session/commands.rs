//! What a command line does, by reading it as a shell would: the purposes of the commands in it,
//! and whether the exit code of the line tells when one of them fails.
//!
//! Source: the measurements on real transcripts that half of all test commands are piped into
//! `tail` and the like, and that one in five of those hides a failing run.

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
pub struct CommandShape {
    /// What the line is for, sorted, each once.
    pub purposes: Vec<Purpose>,
    /// Why the exit code of the line hides the failure of a command with a purpose (or, when none
    /// has a purpose, of its main command).
    pub masked_by: Option<String>,
    /// Whether the exit code of the line is that of its last simple command.
    pub last_simple_command_decides: bool,
    /// Whether the line prints an exit code (`echo $?`), so that the output may tell it.
    pub prints_status: bool,
    /// The simple commands in order.
    pub steps: Vec<Step>,
}

/// One simple command of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its words, without assignments and wrappers such as `timeout 60`.
    pub words: Vec<String>,
    /// What it is for.
    pub purposes: Vec<Purpose>,
    /// Why its failure does not show in the exit code of the line.
    pub masked_by: Option<String>,
    /// The directory that `cd` commands before it on the line lead to, as written.
    pub directory: Option<String>,
}

/// Reads a command line.
pub fn analyse(line: &str) -> CommandShape {
    let list = shell::parse(line);
    let mut walk = Walk::default();
    walk.list(&list, None, Options::default());
    let steps = walk.steps;
    let mut purposes: Vec<Purpose> = steps.iter().flat_map(|step| step.purposes.iter().copied()).collect();
    purposes.sort_unstable();
    purposes.dedup();
    let matters = |step: &&Step| {
        if purposes.is_empty() {
            !purpose::is_scenery(&step.words)
        } else {
            // When something is built, tested or the like, that is what the exit code must tell.
            step.purposes.iter().any(|p| !matches!(p, Purpose::Commit | Purpose::Publish))
                || purposes.iter().all(|p| matches!(p, Purpose::Commit | Purpose::Publish))
                    && !step.purposes.is_empty()
        }
    };
    let masked_by = steps.iter().filter(matters).find_map(|step| step.masked_by.clone());
    let last_simple_command_decides = match list.0.as_slice() {
        [item] => {
            matches!(item.chain.as_slice(), [(_, only)] if only.commands.len() == 1) && !item.background
        }
        _ => false,
    };
    CommandShape {
        purposes,
        masked_by,
        last_simple_command_decides,
        prints_status: walk.prints_status,
        steps,
    }
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

#[derive(Default)]
struct Walk {
    steps: Vec<Step>,
    prints_status: bool,
    directory: Option<String>,
}

impl Walk {
    /// Walks a list whose failure is hidden by `mask`. Returns the options as they are at its end.
    fn list(&mut self, list: &List, mask: Option<&str>, mut options: Options) -> Options {
        let rethrown = list.0.last().and_then(rethrows);
        if let Some(pipe) = rethrown {
            options.pipestatus |= pipe;
        }
        for (index, item) in list.0.iter().enumerate() {
            let next = list.0[index + 1..].iter().find(|next| !next.chain.is_empty());
            let own = if item.background {
                Some("runs in the background (`&`)".to_owned())
            } else if let (Some(next), None, false) = (next, rethrown, options.errexit) {
                Some(format!("followed by `; {}`", shorten(&item_text(next))))
            } else {
                None
            };
            let mask = own.as_deref().or(mask);
            for (at, (_, pipeline)) in item.chain.iter().enumerate() {
                let caught = item.chain[at + 1..].iter().find(|(or, right)| *or && !fails_for_sure(right));
                let caught = caught.map(|(_, right)| format!("`|| {}`", shorten(&pipeline_text(right))));
                self.pipeline(pipeline, caught.as_deref().or(mask), &mut options);
            }
        }
        options
    }

    fn pipeline(&mut self, pipeline: &Pipeline, mask: Option<&str>, options: &mut Options) {
        let negated = pipeline.negated.then_some("negated with `!`");
        for (index, command) in pipeline.commands.iter().enumerate() {
            let rest = pipeline.commands.get(index + 1);
            let piped = rest
                .filter(|_| !options.pipefail && !options.pipestatus)
                .map(|next| format!("piped into `{}`", first_word(next)));
            let mask = piped.as_deref().or(negated).or(mask);
            match command {
                Cmd::Simple { words, input } => self.simple(words, input.as_deref(), mask, options),
                Cmd::Group { parts } => {
                    let directory = self.directory.clone();
                    for (keyword, list) in parts {
                        let hidden = keyword.map(|word| format!("inside `{word}`"));
                        self.list(list, hidden.as_deref().or(mask), *options);
                    }
                    self.directory = directory;
                }
            }
        }
    }

    fn simple(&mut self, words: &[Word], input: Option<&str>, mask: Option<&str>, options: &mut Options) {
        let argv: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
        let argv = words::without_assignments(&argv);
        for list in words.iter().flat_map(|word| &word.substitutions) {
            // `x=$(command)` alone has the exit code of the command.
            let hidden = (!argv.is_empty()).then_some("inside `$(…)`");
            self.list(list, mask.or(hidden), Options { nesting: options.nesting + 1, ..Options::default() });
        }
        match argv.first().map(String::as_str) {
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
            Some("cd" | "pushd") => self.directory = argv.get(1).cloned(),
            Some("echo" | "printf") => {
                let told =
                    argv.iter().any(|a| a.contains("$?") || a.to_ascii_lowercase().contains("pipestatus"));
                self.prints_status |= told;
            }
            Some(_) => {}
        }
        match wrapper::unwrap(argv, input) {
            wrapper::Inner::Script { text, errexit, pipefail } if options.nesting < NESTING => {
                let directory = self.directory.clone();
                let inner = Options { errexit, pipefail, pipestatus: false, nesting: options.nesting + 1 };
                self.list(&shell::parse(&text), mask, inner);
                self.directory = directory;
            }
            wrapper::Inner::Script { .. } => {}
            wrapper::Inner::Words(words) => {
                let purposes = purpose::purposes(words);
                self.steps.push(Step {
                    words: words.to_vec(),
                    purposes,
                    masked_by: mask.map(str::to_owned),
                    directory: self.directory.clone(),
                });
            }
        }
    }
}

/// Whether the item ends the script with the exit code of something before (`exit $?`), and then
/// whether with that of a pipe's first command.
fn rethrows(item: &Item) -> Option<bool> {
    let [(_, pipeline)] = item.chain.as_slice() else { return None };
    let [Cmd::Simple { words, .. }] = pipeline.commands.as_slice() else { return None };
    let [name, code] = words.as_slice() else { return None };
    let given = matches!(name.text.as_str(), "exit" | "return") && code.text.starts_with('$');
    given.then(|| code.text.to_ascii_lowercase().contains("pipestatus"))
}

/// Whether what stands behind `||` leaves the line failing.
fn fails_for_sure(pipeline: &Pipeline) -> bool {
    match pipeline.commands.last() {
        Some(Cmd::Simple { words, .. }) => match words.first().map(|word| word.text.as_str()) {
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

fn item_text(item: &Item) -> String {
    item.chain.first().map(|(_, pipeline)| pipeline_text(pipeline)).unwrap_or_default()
}

fn pipeline_text(pipeline: &Pipeline) -> String {
    match pipeline.commands.first() {
        Some(Cmd::Simple { words, .. }) => {
            words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
        }
        Some(Cmd::Group { parts }) => {
            let first = parts.first().and_then(|(_, list)| list.0.first());
            format!("( {} … )", first.map(item_text).unwrap_or_default())
        }
        None => String::new(),
    }
}

fn first_word(command: &Cmd) -> String {
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
    fn steps_know_their_directory() {
        let shape = analyse("cd crates/a && cargo test; (cd b && make); npm test");
        let steps: Vec<_> = shape.steps.iter().map(|s| (s.words.join(" "), s.directory.as_deref())).collect();
        assert_eq!(
            steps,
            [
                ("cd crates/a".to_owned(), Some("crates/a")),
                ("cargo test".to_owned(), Some("crates/a")),
                ("cd b".to_owned(), Some("b")),
                ("make".to_owned(), Some("b")),
                ("npm test".to_owned(), Some("crates/a")),
            ]
        );
        assert!(analyse("cargo test").last_simple_command_decides);
        assert!(!analyse("cargo test | tail").last_simple_command_decides);
        assert!(analyse("cargo test; echo \"exit $?\"").prints_status);
    }
}
