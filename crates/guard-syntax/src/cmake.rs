//! How a `CMakeLists.txt` registers tests, and one side's file with the other side's registrations.
//!
//! A file is read as CMake's own language says (cmake-language(7)): commands with their arguments, quoted and
//! bracketed ones and comments told apart. No variable is expanded: a name is what stands there.

use std::collections::BTreeMap;
use std::ops::Range;

/// A file made of one side's build and the other side's way to run tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The whole file.
    pub text: String,
    /// The tests that both sides have and register differently, with the lines where `tests` does.
    pub tests: Vec<(String, u32)>,
}

/// `code` with the tests that both sides have registered as `tests` does it. `None` when that changes nothing.
pub fn with_tests_of(code: &str, tests: &str) -> Option<Registered> {
    let (of_code, of_tests) = (registrations(code), registrations(tests));
    let changed: Vec<&str> = of_code
        .iter()
        .filter(|(name, own)| of_tests.get(*name).is_some_and(|other| differ(own, other)))
        .map(|(name, _)| name.as_str())
        .collect();
    if changed.is_empty() {
        return None;
    }
    // One command may set properties of several tests.
    let mut edits: BTreeMap<usize, (Range<usize>, Vec<&str>)> = BTreeMap::new();
    for name in &changed {
        let mut own = of_code[*name].iter().map(|c| c.range.clone());
        if let Some(first) = own.next() {
            let entry = edits.entry(first.start).or_insert_with(|| (first, Vec::new()));
            for command in &of_tests[*name] {
                let text = &tests[command.range.clone()];
                if !entry.1.contains(&text) {
                    entry.1.push(text);
                }
            }
        }
        for range in own {
            edits.entry(range.start).or_insert_with(|| (range, Vec::new()));
        }
    }
    let mut text = String::with_capacity(code.len() + 256);
    let mut from = 0;
    for (range, replacement) in edits.into_values() {
        text.push_str(&code[from..range.start]);
        text.push_str(&replacement.join("\n"));
        from = range.end;
    }
    text.push_str(&code[from..]);
    let line = |name: &str| of_tests[name].first().map_or(1, |c| c.line);
    Some(Registered { text, tests: changed.iter().map(|name| ((*name).to_owned(), line(name))).collect() })
}

/// What is said of each test that an `add_test` names: that command and those that set its properties.
fn registrations(text: &str) -> BTreeMap<String, Vec<Command>> {
    let mut tests: BTreeMap<String, Vec<Command>> = BTreeMap::new();
    for command in commands(text) {
        let arguments: Vec<&str> = command.arguments.iter().map(String::as_str).collect();
        let named: &[&str] = match (command.name.as_str(), arguments.as_slice()) {
            ("add_test", ["NAME", name, ..] | [name, ..]) => {
                tests.entry((*name).to_owned()).or_default().insert(0, command.clone());
                continue;
            }
            ("set_tests_properties", all) => &all[..all.iter().position(|a| *a == "PROPERTIES").unwrap_or(0)],
            ("set_property", ["TEST", rest @ ..]) => {
                &rest[..rest
                    .iter()
                    .position(|a| matches!(*a, "APPEND" | "APPEND_STRING" | "PROPERTY"))
                    .unwrap_or(0)]
            }
            _ => continue,
        };
        for name in named {
            tests.entry((*name).to_owned()).or_default().push(command.clone());
        }
    }
    tests.retain(|_, commands| commands.first().is_some_and(|c| c.name == "add_test"));
    tests
}

fn differ(one: &[Command], other: &[Command]) -> bool {
    let said = |commands: &[Command]| -> Vec<(String, Vec<String>)> {
        commands.iter().map(|c| (c.name.clone(), c.arguments.clone())).collect()
    };
    said(one) != said(other)
}

/// One command of a file.
#[derive(Debug, Clone)]
struct Command {
    /// Lower case, as CMake compares it.
    name: String,
    arguments: Vec<String>,
    range: Range<usize>,
    line: u32,
}

fn commands(text: &str) -> Vec<Command> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at = comment_end(text, at),
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let start = at;
                at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let name = text[start..at].to_ascii_lowercase();
                let open = at + bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                if bytes.get(open) == Some(&b'(') {
                    let (arguments, end) = arguments(text, open + 1);
                    let line = u32::try_from(text[..start].matches('\n').count() + 1).unwrap_or(u32::MAX);
                    found.push(Command { name, arguments, range: start..end, line });
                    at = end;
                }
            }
            _ => at += 1,
        }
    }
    found
}

/// The arguments from `at`, behind an opening parenthesis, and where the command ends.
fn arguments(text: &str, mut at: usize) -> (Vec<String>, usize) {
    let bytes = text.as_bytes();
    let mut arguments = Vec::new();
    let mut depth = 1_usize;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return (arguments, at + 1);
                }
            }
            b'#' => {
                at = comment_end(text, at);
                continue;
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let end = at.min(bytes.len());
                arguments.push(text.get(start + 1..end).unwrap_or_default().to_owned());
                at = end + 1;
                continue;
            }
            b if b.is_ascii_whitespace() => {}
            _ => {
                if let Some(end) = bracket_end(text, at) {
                    arguments.push(text[start..end].to_owned());
                    at = end;
                    continue;
                }
                let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'(' | b')' | b'"' | b'#');
                let length = bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at).max(1);
                arguments.push(text.get(at..at + length).unwrap_or_default().to_owned());
                at += length;
                continue;
            }
        }
        at += 1;
    }
    (arguments, bytes.len())
}

/// Where a comment ends: with its line, or with its bracket.
fn comment_end(text: &str, at: usize) -> usize {
    bracket_end(text, at + 1).unwrap_or_else(|| text[at..].find('\n').map_or(text.len(), |end| at + end))
}

/// Where `[==[ … ]==]` ends that begins at `at`.
fn bracket_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix('[')?;
    let equals = rest.len() - rest.trim_start_matches('=').len();
    rest[equals..].starts_with('[').then_some(())?;
    let close = format!("]{}]", "=".repeat(equals));
    Some(text[at..].find(&close).map_or(text.len(), |end| at + end + close.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str =
        "enable_testing()\nadd_executable(t a.c)\nadd_test(NAME a COMMAND t \"x y\")\nadd_test(b t)\n";

    #[test]
    fn a_test_runs_again_as_it_did_and_the_build_stays() {
        let table = [
            ("add_test(NAME a COMMAND true)", ""),
            ("add_test(NAME a COMMAND t \"x y\")", "set_tests_properties(a PROPERTIES WILL_FAIL TRUE)\n"),
            ("add_test(NAME a COMMAND t \"x y\")", "set_property(TEST a PROPERTY DISABLED ON)\n"),
        ];
        for (add, more) in table {
            let head = format!("enable_testing()\nadd_executable(t a.c new.c)\n{add}\nadd_test(b t)\n{more}");
            let made = with_tests_of(&head, BASE).unwrap();
            assert_eq!(made.tests, [("a".to_owned(), 3)], "{head}");
            assert!(
                made.text.contains("a.c new.c") && made.text.contains("COMMAND t \"x y\""),
                "{}",
                made.text
            );
            assert!(
                !made.text.contains("WILL_FAIL")
                    && !made.text.contains("DISABLED")
                    && !made.text.contains("true")
            );
        }
    }

    #[test]
    fn layout_comments_new_tests_and_removed_ones_change_nothing() {
        let head = "# add_test(NAME a COMMAND true)\n#[[ add_test(NAME a COMMAND true) ]]\nADD_TEST( NAME a\n  COMMAND t # why\n  \"x y\")\nadd_test(NAME c COMMAND true)\n";
        assert_eq!(with_tests_of(head, BASE), None);
    }

    #[test]
    fn text_that_ends_anywhere_is_read() {
        for end in 0..BASE.len() {
            commands(&BASE[..end]);
        }
        commands("add_test(\"é\\");
        commands("add_test([[é");
    }
}
