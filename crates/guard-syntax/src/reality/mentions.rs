//! Which lines speak of a name in code.

use std::collections::HashMap;

use guard_model::evidence::Place;
use guard_model::reality::FunctionUse;
use guard_model::{Item, ItemKind};

use super::callable;
use super::extents::{At, File};

/// Places that are named for one function.
const MAX_PLACES: usize = 12;

/// The wanted functions of the changed files (path and line), with what mentions them there.
pub fn uses(changed: &[File<'_>], wanted: &[At<'_>]) -> Vec<FunctionUse> {
    let mut uses: Vec<FunctionUse> = Vec::new();
    for file in changed {
        let facts = file.facts;
        let is_wanted = |i: &&Item| is_callable(i) && wanted.contains(&(facts.path.as_str(), i.line));
        let mut items = facts.items.iter().filter(is_wanted).peekable();
        if items.peek().is_none() {
            continue;
        }
        let open = callable::open(facts, file.text);
        uses.extend(items.map(|item| FunctionUse {
            path: facts.path.clone(),
            line: item.line,
            name: item.name.clone(),
            qualified: item.qualified.clone(),
            open: match &open {
                _ if !item.name.chars().all(is_word) => Some("its name has signs in it".to_owned()),
                Some(open) => open.get(&item.line).cloned(),
                None => Some("its file cannot be read".to_owned()),
            },
            in_code: Some(0),
            mentions: Vec::new(),
            in_tests: 0,
        }));
    }
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, function) in uses.iter().enumerate() {
        by_name.entry(function.name.clone()).or_default().push(index);
    }
    for file in changed.iter().filter(|_| !by_name.is_empty()) {
        for (text, line) in file.text.lines().zip(1u32..) {
            let words = text.split(|c: char| !is_word(c));
            let mut named: Vec<usize> = words.filter_map(|w| by_name.get(w)).flatten().copied().collect();
            named.sort_unstable();
            named.dedup();
            for index in named {
                if !declares(file, line, &uses[index]) {
                    add(&mut uses[index], &file.facts.path, line, text, is_test(file, line));
                }
            }
        }
    }
    uses
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Adds one line of another file that has the function's name.
pub fn add(function: &mut FunctionUse, path: &str, line: u32, text: &str, in_test: bool) {
    if !is_mention(path, text, &function.name) {
        return;
    }
    if in_test {
        function.in_tests += 1;
        return;
    }
    function.in_code = function.in_code.map(|n| n + 1);
    if function.mentions.len() < MAX_PLACES {
        function.mentions.push(Place { path: path.to_owned(), line });
    }
}

/// Whether a line is the function's own, or declares another one of its name.
fn declares(file: &File<'_>, line: u32, function: &FunctionUse) -> bool {
    file.facts.items.iter().filter(|i| is_callable(i) && i.name == function.name).any(|i| {
        let own = file.facts.path == function.path && i.line == function.line;
        i.line == line || own && i.line <= line && line <= i.end_line
    })
}

fn is_test(file: &File<'_>, line: u32) -> bool {
    let within = |from: u32, to: u32| from <= line && line <= to;
    file.facts.test_file
        || file.facts.items.iter().any(|i| i.in_test && within(i.line, i.end_line))
        || file.facts.tests.iter().any(|t| within(t.line, t.end_line))
}

fn is_callable(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Function | ItemKind::Method)
}

/// Whether `text`, a line of the file `path`, has `name` as a whole word in what is not plainly a comment, in
/// a file that is no document.
fn is_mention(path: &str, text: &str, name: &str) -> bool {
    !is_document(path) && !is_comment(path, text) && has_word(text, name)
}

/// Whether `name` stands in `text` with no word going on at its ends.
fn has_word(text: &str, name: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + name.len()..].chars().next())
    })
}

/// Texts for people: what they say of a name calls nothing.
fn is_document(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let text = [".md", ".mdx", ".rst", ".adoc", ".txt", ".patch", ".diff", ".log"];
    text.iter().any(|e| lower.ends_with(e)) && !lower.ends_with("cmakelists.txt")
}

fn is_comment(path: &str, text: &str) -> bool {
    let text = text.trim_start();
    let hash = [".py", ".pyi", ".rb", ".sh", ".toml", ".yml", ".yaml"].iter().any(|e| path.ends_with(e));
    text.starts_with("//")
        || text.starts_with("/*")
        || text.starts_with("* ")
        || text.starts_with("<!--")
        || hash && text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Side;

    #[test]
    fn what_only_tells_of_a_name_is_no_mention() {
        for (path, text, expected) in [
            ("a.rs", "    client.refund(7)?;", true),
            ("a.rs", "    client.refund_all(7)?;", false),
            ("a.rs", "    // refund is called later", false),
            ("a.rs", "    #[serde(default = \"refund\")]", true),
            ("README.md", "Call `refund`.", false),
            ("CMakeLists.txt", "add_test(refund)", true),
            ("deploy.yml", "handler: billing.refund", true),
            ("deploy.yml", "# handler: billing.refund", false),
        ] {
            assert_eq!(is_mention(path, text, "refund"), expected, "{path} {text}");
        }
    }

    #[test]
    fn a_functions_own_lines_and_tests_are_no_callers() {
        let text = "fn charge(n: u32) -> u32 {\n    if n == 0 { 0 } else { charge(n - 1) }\n}\nfn refund() {}\n\
            fn run() {\n    refund();\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn charges() {\n        super::charge(1);\n    }\n}\n";
        let facts = crate::facts("src/a.rs", Side::Head, text.as_bytes()).unwrap();
        let found = uses(&[File { facts: &facts, text }], &[("src/a.rs", 1), ("src/a.rs", 4)]);
        let shown: Vec<_> = found.iter().map(|u| (u.name.as_str(), u.in_code, u.in_tests)).collect();
        assert_eq!(shown, [("charge", Some(0), 1), ("refund", Some(1), 0)]);
    }
}
