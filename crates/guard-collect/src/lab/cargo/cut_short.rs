//! Documentation tests that end their own process with success before their last statements: rustdoc goes by the
//! exit code, so that they pass whatever those would show.

use std::path::Path;

use guard_model::lab::TestRun;
use guard_model::{Change, Language};

/// What documentation tests that pass do not say, because one that the change touches is cut short.
pub(crate) fn remark(tree: &Path, change: &Change, tests: &TestRun) -> Option<String> {
    let files = change.files.iter().filter(|f| f.new_oid.is_some() && f.language == Some(Language::Rust));
    let were_run = tests.suites.iter().any(|s| s.suite.ends_with("::doc"));
    let (path, line) = files.filter(|_| were_run).find_map(|file| {
        let text = std::fs::read_to_string(tree.join(&file.path)).ok()?;
        let line = lines(&text).into_iter().find(|line| file.touches_head_line(*line))?;
        Some((&file.path, line))
    })?;
    Some(format!(
        "the documentation test at `{path}:{line}` ends its process with `exit(0)` before its last statements, so \
         that it passes shows nothing of them"
    ))
}

/// An example in a documentation comment.
struct Example<'a> {
    is_run: bool,
    code: Vec<(u32, &'a str)>,
}

/// Lines at which an example ends its process though more would follow.
fn lines(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open: Option<Example<'_>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_start();
        let Some(said) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            open = None;
            continue;
        };
        let said = said.trim();
        match (said.strip_prefix("```"), open.take()) {
            (Some(_), Some(example)) => found.extend(cut(&example)),
            (Some(info), None) => open = Some(Example { is_run: is_run(info), code: Vec::new() }),
            (None, Some(mut example)) => {
                example.code.push((number, said.strip_prefix("# ").unwrap_or(said)));
                open = Some(example);
            }
            (None, None) => {}
        }
    }
    found
}

/// Whether rustdoc runs an example with this behind its fence.
fn is_run(info: &str) -> bool {
    let words = info.split([',', ' ', '\t']).filter(|w| !w.is_empty());
    words.into_iter().all(|w| w == "rust" || w == "should_panic" || w.starts_with("edition"))
}

/// The line of an unconditional `exit(0)` with statements behind it.
fn cut(example: &Example<'_>) -> Option<u32> {
    const EXITS: [&str; 4] =
        ["std::process::exit(0)", "process::exit(0)", "exit(0)", "::std::process::exit(0)"];
    const ITEMS: [&str; 14] = [
        "fn ", "pub ", "use ", "mod ", "struct ", "enum ", "impl ", "impl<", "trait ", "type ", "const ",
        "static ", "#", "//",
    ];
    if !example.is_run {
        return None;
    }
    let body = if example.code.iter().any(|(_, l)| l.starts_with("fn main(")) { 1 } else { 0 };
    let mut depth = 0_i32;
    let mut exit = None;
    for (number, line) in &example.code {
        let at = depth;
        // Braces in text are not counted right: then nothing is said, or the depth returns on the same line.
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        if exit.is_some() && at < body {
            return None;
        }
        let is_statement = at == body && !line.is_empty() && !line.starts_with('}');
        if !is_statement || ITEMS.iter().any(|item| line.starts_with(item)) {
            continue;
        }
        if exit.is_some() {
            return exit;
        }
        exit = EXITS.iter().any(|e| line.starts_with(e)).then_some(*number);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_that_are_never_run_cut_an_example_short() {
        const AFTER: &str = "assert_eq!(one(), 2);";
        type Row<'a> = (&'a str, &'a [&'a str], Option<u32>);
        let table: [Row<'_>; 8] = [
            ("", &["std::process::exit(0);", AFTER], Some(2)),
            ("rust", &["# std::process::exit(0);", AFTER], Some(2)),
            ("", &["fn main() {", "std::process::exit(0);", AFTER, "}"], Some(3)),
            ("", &[AFTER, "std::process::exit(0);"], None),
            ("", &["if done() {", "std::process::exit(0);", "}", AFTER], None),
            ("", &["fn main() {", "std::process::exit(0);", "}", "fn one() {}"], None),
            ("no_run", &["std::process::exit(0);", AFTER], None),
            ("", &["std::process::exit(1);", AFTER], None),
        ];
        for (info, code, expected) in table {
            let code: String = code.iter().map(|line| format!("/// {line}\n")).collect();
            let text = format!("/// ```{info}\n{code}/// ```\npub fn one() {{}}\n");
            assert_eq!(lines(&text).first().copied(), expected, "{text}");
        }
    }
}
