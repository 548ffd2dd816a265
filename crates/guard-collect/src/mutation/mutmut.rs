//! `mutants` of mutmut 3: each mutated file beside a `.meta` with the exit code of every mutant. The file holds each function
//! as it was (`x_allowed__mutmut_orig`, `xǁMeterǁadd__mutmut_orig`) and once for each of its mutants.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use guard_model::mutants::MutantOutcome;
use serde_json::Value;

use super::{Function, MAX_REPORT, Place, Reading, Reported, ReportedFile, State};

/// What stands between a class and its method in a name.
const OF_CLASS: char = 'ǁ';
/// What stands between a function's name and the mutant's number.
const NUMBER: &str = "__mutmut_";
/// Directories inside one another that are looked into.
const MAX_DEPTH: usize = 24;

pub(super) fn read(dir: &Path) -> Result<Reported, String> {
    let mut metas = Vec::new();
    find(dir, 0, &mut metas);
    metas.sort();
    if metas.is_empty() {
        return Err("a directory with neither `outcomes.json` nor a file of mutmut's".to_owned());
    }
    let mut files = Vec::new();
    for meta in metas {
        let path = meta.with_extension("");
        let named = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
        let text = |path: &Path| fs::read_to_string(path).map_err(|error| format!("`{named}`: {error}"));
        let value: Value =
            serde_json::from_str(&text(&meta)?).map_err(|error| format!("`{named}.meta`: {error}"))?;
        let codes = value.get("exit_code_by_key").and_then(Value::as_object);
        let codes = codes.ok_or_else(|| format!("`{named}.meta` has no `exit_code_by_key`"))?;
        // Keys begin with the module.
        let by_name: HashMap<&str, &Value> =
            codes.iter().map(|(key, code)| (key.rsplit('.').next().unwrap_or(key), code)).collect();
        files.push(of_file(named.clone(), &text(&path)?, &by_name));
    }
    Ok(Reported { tool: "mutmut".to_owned(), files, tests: 0 })
}

fn find(dir: &Path, depth: usize, metas: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() && depth < MAX_DEPTH {
            find(&path, depth + 1, metas);
        } else if meta.is_file() && meta.len() <= MAX_REPORT && path.to_string_lossy().ends_with(".py.meta") {
            metas.push(path);
        }
    }
}

fn of_file(path: String, text: &str, codes: &HashMap<&str, &Value>) -> ReportedFile {
    let lines: Vec<&str> = text.lines().collect();
    let versions: Vec<Version<'_>> = (0..lines.len()).filter_map(|at| Version::at(&lines, at)).collect();
    let mut functions = Vec::new();
    let mut mutants = Vec::new();
    for original in versions.iter().filter(|v| v.number == "orig") {
        let own = original.lines();
        let variants = versions.iter().filter(|v| v.name == original.name && v.number != "orig");
        for variant in variants {
            let key = format!("{}{NUMBER}{}", variant.name, variant.number);
            let Some((place, inserted)) = changed(&own, &variant.lines()) else { continue };
            let code = codes.get(key.as_str()).and_then(|code| code.as_i64());
            let (outcome, reason) = outcome(code);
            mutants.push(Reading {
                place: Place { function: Some(functions.len()), ..place },
                operator: "mutmut".to_owned(),
                description: None,
                inserted,
                outcome,
                reason,
                tests_run: 0,
                reached_by: Vec::new(),
                caught_by: None,
                ms: 0,
            });
        }
        functions.push(Function { qualified: original.qualified(), lines: own });
    }
    ReportedFile { path, state: State::Functions(functions), mutants }
}

/// What mutmut means by an exit code. Source: `status_by_exit_code` of mutmut 3.
fn outcome(code: Option<i64>) -> (MutantOutcome, Option<String>) {
    let not_run = |why: &str| (MutantOutcome::NotRun, Some(format!("mutmut says: {why}")));
    match code {
        Some(1 | 3) => (MutantOutcome::Caught, None),
        Some(0) => (MutantOutcome::Missed, None),
        Some(5 | 33) => (MutantOutcome::Uncovered, None),
        Some(24 | 36 | 152 | 255 | -24) => (MutantOutcome::Timeout, None),
        Some(37) => (MutantOutcome::Unviable, None),
        Some(34) => not_run("skipped"),
        Some(2) => not_run("interrupted"),
        Some(-9 | -11) => not_run("it crashed"),
        None => not_run("not checked"),
        Some(code) => not_run(&format!("suspicious, exit code {code}")),
    }
}

/// A function in one of its versions.
struct Version<'t> {
    /// As in the keys: `x_allowed`, `xǁMeterǁadd`.
    name: &'t str,
    /// `orig` or a number.
    number: &'t str,
    body: &'t [&'t str],
}

impl<'t> Version<'t> {
    fn at(lines: &'t [&'t str], at: usize) -> Option<Version<'t>> {
        let line = lines[at];
        let indent = line.len() - line.trim_start().len();
        let rest = line.trim_start();
        let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("def ")?;
        let (name, number) = rest[..rest.find('(')?].rsplit_once(NUMBER)?;
        if !name.starts_with('x') {
            return None;
        }
        // The body is what is indented more; the head may close its brackets where it began.
        let is_inside = |line: &&str| {
            let depth = line.len() - line.trim_start().len();
            line.trim().is_empty() || depth > indent || depth == indent && line.trim_start().starts_with(')')
        };
        let mut length = 1 + lines[at + 1..].iter().take_while(|line| is_inside(line)).count();
        while length > 1 && lines[at + length - 1].trim().is_empty() {
            length -= 1;
        }
        Some(Version { name, number, body: &lines[at..at + length] })
    }

    /// Its lines under the name that it had.
    fn lines(&self) -> Vec<String> {
        let long = format!("{}{NUMBER}{}", self.name, self.number);
        let qualified = self.qualified();
        let short = qualified.rsplit('.').next().unwrap_or(&qualified);
        let head = self.body[0].replacen(&long, short, 1);
        std::iter::once(head).chain(self.body[1..].iter().map(|&line| line.to_owned())).collect()
    }

    fn qualified(&self) -> String {
        match self.name.strip_prefix('x').and_then(|rest| rest.strip_prefix(OF_CLASS)) {
            Some(rest) => rest.replace(OF_CLASS, "."),
            None => self.name.strip_prefix("x_").unwrap_or(self.name).to_owned(),
        }
    }
}

/// Where two versions differ, and what the second has there; `None` when they do not.
fn changed(before: &[String], after: &[String]) -> Option<(Place, String)> {
    let (old, new) = (before.join("\n"), after.join("\n"));
    let same = |(a, b): &(char, char)| a == b;
    let mut front: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    if front == old.len() && front == new.len() {
        return None;
    }
    let mut back: usize = old[front..]
        .chars()
        .rev()
        .zip(new[front..].chars().rev())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    // Whole words and operators: `<` became `<=`, not nothing an `=`.
    let is_one =
        |a: Option<char>, b: Option<char>| a.zip(b).is_some_and(|(a, b)| kind(a) > 0 && kind(a) == kind(b));
    let joins = |front: usize, back: usize, text: &str| {
        is_one(text[..front].chars().next_back(), text[front..text.len() - back].chars().next())
    };
    while joins(front, back, &old) || joins(front, back, &new) {
        front -= old[..front].chars().next_back().map_or(0, char::len_utf8);
    }
    let goes_on = |back: usize, text: &str| {
        let (inner, rest) = (&text[front..text.len() - back], &text[text.len() - back..]);
        is_one(inner.chars().next_back(), rest.chars().next())
    };
    while goes_on(back, &old) || goes_on(back, &new) {
        back -= old[old.len() - back..].chars().next().map_or(0, char::len_utf8);
    }
    let at = |byte: usize| {
        let before = &old[..byte];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        (line as u32 + 1, column as u32 + 1)
    };
    let place = Place { start: at(front), end: at(old.len() - back), function: None };
    Some((place, new[front..new.len() - back].to_owned()))
}

/// What characters make one token: words, or operators.
fn kind(c: char) -> u8 {
    match c {
        '<' | '>' | '=' | '!' | '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '~' | '@' => 2,
        c if c.is_alphanumeric() || c == '_' => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_functions_are_told_apart() {
        let text = "def x_f__mutmut_orig(\n    a,\n):\n    return a < 1\n\ndef x_f__mutmut_1(\n    a,\n):\n    return a <= 1\nx = 1\nclass C:\n    async def xǁCǁg__mutmut_orig(self):\n        pass\n";
        let lines: Vec<&str> = text.lines().collect();
        let versions: Vec<Version<'_>> = (0..lines.len()).filter_map(|at| Version::at(&lines, at)).collect();
        let named: Vec<_> = versions.iter().map(|v| (v.qualified(), v.number, v.body.len())).collect();
        assert_eq!(
            named,
            [("f".to_owned(), "orig", 4), ("f".to_owned(), "1", 4), ("C.g".to_owned(), "orig", 2)]
        );
        assert_eq!(versions[2].lines()[0], "    async def g(self):");
        let (place, inserted) = changed(&versions[0].lines(), &versions[1].lines()).unwrap();
        assert_eq!((place.start, place.end, inserted.as_str()), ((4, 14), (4, 15), "<="));
        let of = |old: &str, new: &str| {
            let (place, inserted) = changed(&[old.to_owned()], &[new.to_owned()]).unwrap();
            (place.start.1, place.end.1, inserted)
        };
        assert_eq!(of("a <= b", "a < b"), (3, 5, "<".to_owned()));
        assert_eq!(of("x += n", "x = n"), (3, 5, "=".to_owned()));
        assert_eq!(of("used = 10", "used = 11"), (8, 10, "11".to_owned()));
        assert_eq!(of("f(a, b)", "f(a)"), (4, 7, String::new()));
    }
}
