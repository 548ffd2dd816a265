//! Test runners as shell lines call them: which one a line calls, and the same line for some test files.
//!
//! A line is changed only where every word of the call is understood. What is not understood is left as it
//! is, with the reason, because a wrong guess would test something else than the project does.

use std::collections::BTreeSet;
use std::ops::Range;

/// A runner whose command line is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    Pytest,
    Vitest,
    Jest,
    Mocha,
    /// `node --test`.
    Node,
    Go,
    Ctest,
}

/// A word of a shell line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// Without quotes.
    text: String,
    /// Where it stands in the line.
    at: Range<usize>,
}

/// The one call of a runner in a shell line.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) runner: Runner,
    /// The runner's own word (`vitest`), and what follows up to the end of this command.
    words: Vec<Word>,
}

/// Words that may stand before a runner and only start it.
const STARTERS: [&str; 22] = [
    "env",
    "cross-env",
    "time",
    "npx",
    "pnpm",
    "yarn",
    "bun",
    "bunx",
    "exec",
    "dlx",
    "run",
    "uv",
    "poetry",
    "pipenv",
    "pdm",
    "hatch",
    "rye",
    "coverage",
    "xvfb-run",
    "nyc",
    "c8",
    "dotenv",
];

impl Call {
    /// The call of a runner in `line`, when there is exactly one and the line is plain enough to be read.
    pub(crate) fn in_line(line: &str) -> Option<Call> {
        let commands = commands(line)?;
        let mut calls = commands.iter().filter_map(|words| Call::of_command(words));
        let first = calls.next()?;
        calls.next().is_none().then_some(first)
    }

    fn of_command(words: &[Word]) -> Option<Call> {
        for (i, word) in words.iter().enumerate() {
            let name = word.text.rsplit('/').next().unwrap_or(&word.text);
            let rest = &words[i + 1..];
            let runner = match name {
                "pytest" | "py.test" => Some(Runner::Pytest),
                "vitest" => Some(Runner::Vitest),
                "jest" => Some(Runner::Jest),
                "mocha" => Some(Runner::Mocha),
                "ctest" => Some(Runner::Ctest),
                "go" if rest.first().is_some_and(|w| w.text == "test") => Some(Runner::Go),
                "node" | "tsx" if rest.iter().any(|w| w.text == "--test") => Some(Runner::Node),
                _ => None,
            };
            if let Some(runner) = runner {
                return Some(Call { runner, words: words[i..].to_vec() });
            }
            let starts = STARTERS.contains(&name)
                || name.starts_with("python")
                || name == "$GUARD_PYTHON"
                || word.text.starts_with('-')
                || word.text.split_once('=').is_some_and(|(key, _)| !key.is_empty());
            if !starts {
                return None;
            }
        }
        None
    }

    /// `line` with `arguments` directly behind the runner's word; its subcommand, if any, is `subcommand`.
    pub(crate) fn with(&self, line: &str, subcommand: Option<&str>, arguments: &str) -> String {
        const MODES: [&str; 4] = ["run", "watch", "dev", "--watch"];
        let Some(program) = self.words.first() else { return line.to_owned() };
        let mut out = line[..program.at.end].to_owned();
        let mut rest = program.at.end;
        if let Some(subcommand) = subcommand {
            out.push(' ');
            out.push_str(subcommand);
            if let Some(own) = self.words.get(1).filter(|w| MODES.contains(&w.text.as_str())) {
                rest = own.at.end;
            }
        }
        if self.runner == Runner::Go {
            // `go test`: the subcommand belongs to the program.
            let end = self.words.get(1).map_or(rest, |w| w.at.end);
            out.push_str(&line[rest..end]);
            rest = end;
        }
        if !arguments.is_empty() {
            out.push(' ');
            out.push_str(arguments);
        }
        out.push_str(&line[rest..]);
        out
    }

    /// The words that name what is to be run.
    ///
    /// # Errors
    /// A word follows an option of which it is not known whether it takes one.
    fn positional(&self) -> Result<Vec<&Word>, String> {
        let first = match self.runner {
            Runner::Go => 2,
            _ => 1,
        };
        let (values, lists, flags) = options(self.runner);
        let mut found = Vec::new();
        let mut before: Option<&str> = None;
        for (i, word) in self.words.iter().enumerate().skip(first) {
            let text = word.text.as_str();
            if text == "--" {
                return Err("it passes arguments on behind `--`".to_owned());
            }
            if text.starts_with('-') {
                before = (!text.contains('=')).then_some(text);
                continue;
            }
            if self.runner == Runner::Vitest && i == 1 && text == "run" {
                continue;
            }
            match before {
                Some(option) if lists.contains(&option) => {}
                Some(option) if values.contains(&option) => before = None,
                Some(option) if !is_flag(self.runner, option, flags) => {
                    return Err(format!("it is not known whether `{option}` takes `{text}`"));
                }
                _ => {
                    found.push(word);
                    before = None;
                }
            }
        }
        Ok(found)
    }

    fn has_option(&self, names: &[&str]) -> bool {
        self.words.iter().any(|w| names.contains(&w.text.split('=').next().unwrap_or_default()))
    }
}

/// `line`, running only `files`: paths relative to the directory in which it runs.
///
/// # Errors
/// Why that cannot be written: the runner is not known, or knows no files.
pub(crate) fn only_files(line: &str, files: &BTreeSet<String>) -> Result<String, String> {
    let call = Call::in_line(line).ok_or("guard does not know the runner that it calls")?;
    let named: BTreeSet<String> = match call.runner {
        Runner::Ctest => return Err("ctest knows its tests by name, not by file".to_owned()),
        Runner::Go => files.iter().map(|f| package_of(f)).collect(),
        _ => files.clone(),
    };
    replace_positional(line, &call, &named)
}

/// `line`, running only the tests of these names; for runners that go by names.
///
/// # Errors
/// The runner goes by files.
pub(crate) fn only_names(line: &str, names: &BTreeSet<&str>) -> Result<String, String> {
    let call = Call::in_line(line).ok_or("guard does not know the runner that it calls")?;
    if call.runner != Runner::Ctest {
        return Err("the runner goes by files".to_owned());
    }
    if call.has_option(&["-R", "--tests-regex", "-I", "--tests-information", "-L", "-E"]) {
        return Err("it chooses tests by itself".to_owned());
    }
    let each: Vec<String> = names.iter().map(|n| regex_of(n)).collect();
    let pattern = quoted(&format!("^({})$", each.join("|")));
    Ok(call.with(line, None, &format!("-R {pattern}")))
}

fn replace_positional(line: &str, call: &Call, named: &BTreeSet<String>) -> Result<String, String> {
    if call.has_option(&["--testPathPattern", "--testPathPatterns", "--findRelatedTests", "--spec", "--file"])
    {
        return Err("it chooses files by an option".to_owned());
    }
    let own = call.positional()?;
    let mut all: Vec<String> = named.iter().map(|n| quoted(n)).collect();
    if call.runner == Runner::Jest {
        all.insert(0, "--runTestsByPath".to_owned());
    }
    let all = all.join(" ");
    let mut out = line.to_owned();
    // From the back, so that the places in front stay true.
    let last = call.words.last().map_or(line.len(), |w| w.at.end);
    let at_end = matches!(call.runner, Runner::Node | Runner::Go);
    if at_end && own.is_empty() {
        out.insert_str(last, &format!(" {all}"));
        return Ok(out);
    }
    for (i, word) in own.iter().enumerate().rev() {
        let new = if at_end && i == 0 { all.as_str() } else { "" };
        out.replace_range(word.at.clone(), new);
    }
    if at_end {
        return Ok(out);
    }
    let subcommand = call.words.get(1).filter(|w| call.runner == Runner::Vitest && w.text == "run");
    let at = subcommand.or(call.words.first()).map_or(0, |w| w.at.end);
    out.insert_str(at, &format!(" {all}"));
    Ok(out)
}

/// Options that take one word, options that take all that follow, and options that take none.
fn options(runner: Runner) -> (&'static [&'static str], &'static [&'static str], &'static [&'static str]) {
    match runner {
        Runner::Pytest => (
            &[
                "-k",
                "-m",
                "-c",
                "-p",
                "-n",
                "-o",
                "-W",
                "-r",
                "--rootdir",
                "--confcutdir",
                "--junitxml",
                "--junit-xml",
                "--cov",
                "--cov-report",
                "--cov-config",
                "--maxfail",
                "--tb",
                "--durations",
                "--basetemp",
                "--ignore",
                "--ignore-glob",
                "--deselect",
                "--timeout",
                "--dist",
                "--numprocesses",
                "--color",
                "--import-mode",
                "--override-ini",
                "--log-level",
                "--capture",
            ],
            &[],
            &[
                "--lf",
                "--ff",
                "--sw",
                "--exitfirst",
                "--verbose",
                "--quiet",
                "--showlocals",
                "--no-cov",
                "--no-header",
                "--no-summary",
                "--strict",
                "--strict-markers",
                "--strict-config",
                "--disable-warnings",
                "--continue-on-collection-errors",
                "--full-trace",
            ],
        ),
        Runner::Vitest => (
            &[
                "-c",
                "--config",
                "-r",
                "--root",
                "--dir",
                "--reporter",
                "--outputFile",
                "--project",
                "--environment",
                "--pool",
                "--mode",
                "-t",
                "--testNamePattern",
                "--testTimeout",
                "--hookTimeout",
                "--bail",
                "--retry",
                "--maxWorkers",
                "--minWorkers",
                "--exclude",
                "--shard",
            ],
            &[],
            &["--run", "--globals", "--passWithNoTests"],
        ),
        Runner::Jest => (
            &[
                "-c",
                "--config",
                "-t",
                "--testNamePattern",
                "-w",
                "--maxWorkers",
                "--rootDir",
                "--outputFile",
                "--testTimeout",
                "--env",
                "--shard",
                "--testResultsProcessor",
            ],
            &["--reporters", "--selectProjects", "--coverageReporters", "--projects", "--roots"],
            &[
                "--ci",
                "--coverage",
                "-i",
                "--runInBand",
                "--verbose",
                "--silent",
                "--passWithNoTests",
                "--forceExit",
                "--detectOpenHandles",
                "--no-cache",
                "--no-coverage",
                "--json",
                "--runTestsByPath",
            ],
        ),
        Runner::Mocha => (
            &[
                "-R",
                "--reporter",
                "-O",
                "--reporter-option",
                "--reporter-options",
                "-r",
                "--require",
                "-t",
                "--timeout",
                "--config",
                "-u",
                "--ui",
                "--extension",
                "--ignore",
                "-g",
                "--grep",
                "-f",
                "-s",
                "--slow",
                "--retries",
                "--import",
                "-j",
                "--jobs",
                "-n",
                "--node-option",
                "--loader",
                "--package",
            ],
            &[],
            &[
                "--exit",
                "--recursive",
                "--check-leaks",
                "-b",
                "--bail",
                "--forbid-only",
                "--colors",
                "-p",
                "--parallel",
            ],
        ),
        Runner::Node => (
            &[
                "--import",
                "-r",
                "--require",
                "--loader",
                "--experimental-loader",
                "--test-reporter",
                "--test-reporter-destination",
                "--test-concurrency",
                "--test-name-pattern",
                "--test-timeout",
                "--env-file",
                "--tsconfig",
            ],
            &[],
            &[
                "--test",
                "--enable-source-maps",
                "--experimental-strip-types",
                "--experimental-test-coverage",
                "--no-warnings",
            ],
        ),
        Runner::Go => (
            &[
                "-run",
                "-skip",
                "-count",
                "-timeout",
                "-tags",
                "-p",
                "-parallel",
                "-covermode",
                "-coverprofile",
                "-coverpkg",
                "-vet",
            ],
            &[],
            &["-json", "-v", "-race", "-short", "-failfast", "-cover"],
        ),
        Runner::Ctest => (&["-R", "-E", "-L", "-j", "--test-dir", "--output-junit", "--timeout"], &[], &[]),
    }
}

fn is_flag(runner: Runner, option: &str, flags: &[&str]) -> bool {
    let bundle = runner == Runner::Pytest
        && option.strip_prefix('-').is_some_and(|f| !f.is_empty() && f.chars().all(|c| "qvxsl".contains(c)));
    flags.contains(&option) || bundle || option.starts_with("--no-")
}

/// The package of a go file, or of a directory with a slash at its end, as an argument.
fn package_of(file: &str) -> String {
    match file.rsplit_once('/') {
        Some((dir, _)) => format!("./{dir}"),
        None => ".".to_owned(),
    }
}

/// A test's name as a regular expression of CMake's.
fn regex_of(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if "\\^$.|?*+()[]{}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A word for a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Adds to the word that is being read, which begins at `start` if there is none.
fn put(word: &mut Option<Word>, start: usize, end: usize, c: Option<char>) {
    let word = word.get_or_insert_with(|| Word { text: String::new(), at: start..start });
    word.text.extend(c);
    word.at.end = end;
}

/// The commands of a shell line as words; `None` for what goes beyond a list of plain commands.
fn commands(line: &str) -> Option<Vec<Vec<Word>>> {
    let mut all = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    // A redirection takes one word; what stands behind that is not read.
    let mut redirected = None;
    let mut before = ' ';
    let mut chars = line.char_indices().peekable();
    let finish = |word: &mut Option<Word>, redirected: &mut Option<u8>, all: &mut Vec<Vec<Word>>| {
        let Some(word) = word.take() else { return };
        match (redirected, all.last_mut()) {
            (Some(targets), _) => *targets += 1,
            (None, Some(last)) => last.push(word),
            (None, None) => {}
        }
    };
    while let Some((i, c)) = chars.next() {
        if redirected.is_some_and(|targets| targets > 1) {
            return None;
        }
        let behind = std::mem::replace(&mut before, c);
        let end = i + c.len_utf8();
        match (quote, c) {
            (None | Some('"'), '`') => return None,
            (None | Some('"'), '$') if chars.peek().is_some_and(|(_, c)| *c == '(') => return None,
            (Some(q), c) if c == q => {
                quote = None;
                put(&mut word, i, end, None);
            }
            (Some('"'), '\\') | (None, '\\') => {
                let (at, escaped) = chars.next()?;
                put(&mut word, i, at + escaped.len_utf8(), Some(escaped));
            }
            (Some(_), c) => put(&mut word, i, end, Some(c)),
            (None, '\'' | '"') => {
                quote = Some(c);
                put(&mut word, i, end, None);
            }
            (None, '#') if word.is_none() => return None,
            (None, '(' | ')') => return None,
            (None, '{' | '}') if word.is_none() => return None,
            (None, '&') if behind == '>' => {}
            (None, ';' | '|' | '&' | '\n') => {
                finish(&mut word, &mut redirected, &mut all);
                redirected = None;
                all.push(Vec::new());
            }
            (None, '>' | '<') => {
                let is_descriptor = word.as_ref().is_some_and(|w| w.text.bytes().all(|b| b.is_ascii_digit()));
                if is_descriptor {
                    word = None;
                }
                finish(&mut word, &mut redirected, &mut all);
                redirected = Some(0);
            }
            (None, c) if c.is_whitespace() => finish(&mut word, &mut redirected, &mut all),
            (None, c) => put(&mut word, i, end, Some(c)),
        }
    }
    finish(&mut word, &mut redirected, &mut all);
    (quote.is_none() && redirected.is_none_or(|targets| targets < 2)).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn a_line_is_narrowed_where_every_word_of_the_call_is_understood() {
        let table = [
            ("pytest", "pytest t/a.py"),
            (
                "\"$GUARD_PYTHON\" -m pytest -q -p no:cacheprovider tests",
                "\"$GUARD_PYTHON\" -m pytest t/a.py -q -p no:cacheprovider ",
            ),
            (
                "uv run pytest tests/unit --junitxml=x.xml 2>&1 | tee log",
                "uv run pytest t/a.py  --junitxml=x.xml 2>&1 | tee log",
            ),
            (
                "npm run build && npx vitest run --coverage",
                "npm run build && npx vitest run t/a.py --coverage",
            ),
            (
                "jest --ci --reporters default jest-junit",
                "jest --runTestsByPath t/a.py --ci --reporters default jest-junit",
            ),
            ("node --test --test-reporter=junit test/*.js", "node --test --test-reporter=junit t/a.py"),
            ("node --test", "node --test t/a.py"),
            ("pytest tests > log 2>&1 && echo done", "pytest t/a.py  > log 2>&1 && echo done"),
            ("go test -json ./...", "go test -json ./t"),
            ("go test -cover ./...", "go test -cover ./t"),
            ("mocha -r ts-node/register 'test/**/*.ts'", "mocha t/a.py -r ts-node/register "),
        ];
        for (line, expected) in table {
            assert_eq!(only_files(line, &files(&["t/a.py"])).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        let table = [
            "make test",
            "pytest $(cat list)",
            "pytest --mystery tests",
            "pytest a && pytest b",
            "echo pytest",
            "npm test -- --reporter=junit",
            "ctest --test-dir build",
            "pytest > log tests",
        ];
        for line in table {
            assert!(only_files(line, &files(&["a.py"])).is_err(), "{line}");
        }
    }

    #[test]
    fn ctest_is_narrowed_by_name() {
        let names = BTreeSet::from(["a.b", "c"]);
        let line = "cmake --build b && ctest --test-dir b --output-junit \"$GUARD_OUT/c.xml\"";
        let expected =
            "cmake --build b && ctest -R '^(a\\.b|c)$' --test-dir b --output-junit \"$GUARD_OUT/c.xml\"";
        assert_eq!(only_names(line, &names).as_deref(), Ok(expected));
    }

    #[test]
    fn names_with_anything_in_them_are_one_word() {
        assert_eq!(quoted("src/a.test.ts"), "src/a.test.ts");
        assert_eq!(quoted("app/[id]/it's.ts"), r"'app/[id]/it'\''s.ts'");
    }
}
