//! Places where product code asks whether it is under test, and may do something else then.

use guard_model::{Item, ItemKind, Language, TestFork};

use crate::Found;
use crate::tokens::{self, Token};
use crate::tree;

/// Longest text kept.
const MAX_TEXT: usize = 100;

/// Variables that runners of tests set. Source: the runners' documentation.
const VARIABLES: [&str; 7] = [
    "JEST_WORKER_ID",
    "VITEST",
    "VITEST_WORKER_ID",
    "VITEST_POOL_ID",
    "PYTEST_CURRENT_TEST",
    "NEXTEST",
    "RUST_TEST_THREADS",
];

/// The forks in code that is no test's. `tokens` are the whole file's, `text` its text.
pub(crate) fn of(tokens: &[Token<'_>], text: &str, found: &Found, language: Language) -> Vec<TestFork> {
    let lines: Vec<&str> = text.lines().collect();
    let in_test = |line: u32| {
        found.items.iter().any(|i| i.in_test && i.line <= line && line <= i.end_line)
            || found.tests.iter().any(|t| t.line <= line && line <= t.end_line)
    };
    let mut forks: Vec<TestFork> = Vec::new();
    let mut written_out = 0;
    for at in 0..tokens.len() {
        if language == Language::Rust && at >= written_out {
            written_out = macro_end(tokens, at).unwrap_or(written_out);
        }
        let Some(doubles) = asks(tokens, at, language) else { continue };
        // `quote! { #[cfg(test)] mod tests {} }` writes code, and decides nothing here.
        if doubles == Asks::Attribute && at < written_out {
            continue;
        }
        let line = tokens[at].line;
        let inside = found.items.iter().rfind(|i| is_function(i) && i.line <= line && line <= i.end_line);
        let item = match doubles {
            // Said of the item below.
            Asks::Attribute if inside.is_none() => match twin(&found.items, line) {
                Some(item) => Some(item),
                None => continue,
            },
            _ => inside,
        };
        if in_test(line) || forks.iter().any(|f| f.line == line) {
            continue;
        }
        let written = lines.get(line as usize - 1).map_or("", |line| line.trim());
        forks.push(TestFork {
            line,
            text: tree::one_line(written, MAX_TEXT),
            item: item.map(|item| item.qualified.clone()),
            branches: Vec::new(),
        });
    }
    if language == Language::Rust {
        forks.extend(by_build(tokens, &lines, found).filter(|fork| !in_test(fork.line)));
    }
    forks
}

/// Functions whose whole body is `if cfg!(debug_assertions) { a } else { b }`, or the same with a feature.
fn by_build<'t>(
    tokens: &'t [Token<'_>],
    lines: &'t [&str],
    found: &'t Found,
) -> impl Iterator<Item = TestFork> + 't {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    (1..tokens.len())
        .filter(move |at| (text(at - 1), text(*at), text(at + 1)) == ("{", "if", "cfg"))
        .filter_map(move |at| {
            let asked = text(at + 4);
            let open = (at..tokens.len().min(at + 12)).find(|i| text(*i) == ")")? + 1;
            let then = closing(tokens, open)?;
            let otherwise = (text(then + 1) == "else" && text(then + 2) == "{").then_some(then + 2)?;
            let end = closing(tokens, otherwise)?;
            let line = tokens[at].line;
            let item =
                found.items.iter().rfind(|i| is_function(i) && i.line <= line && line <= i.end_line)?;
            // Nothing but the fork stands in the body.
            let is_whole = item.body.as_ref() == Some(&tokens::body(&tokens[at - 1..=end + 1]).hash);
            (is_whole && matches!(asked, "debug_assertions" | "feature")).then(|| TestFork {
                line,
                text: tree::one_line(lines.get(line as usize - 1).map_or("", |l| l.trim()), MAX_TEXT),
                item: Some(item.qualified.clone()),
                branches: [open..=then, otherwise..=end]
                    .map(|block| tokens::body(&tokens[block]).hash)
                    .to_vec(),
            })
        })
}

/// Where the bracket at `open` closes, when one opens there.
fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "{" => depth += 1,
            "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (token.text == "}").then_some(at);
        }
    }
    None
}

/// How code asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// In an expression.
    Value,
    /// By an attribute, `#[cfg(test)]` or `#[cfg(not(test))]`.
    Attribute,
}

fn asks(tokens: &[Token<'_>], at: usize, language: Language) -> Option<Asks> {
    let text = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text);
    let value = |holds: bool| holds.then_some(Asks::Value);
    match language {
        Language::Rust => match (text(0), text(1), text(2)) {
            ("cfg", "!", "(") => {
                let close = tokens[at..].iter().take(40).position(|token| token.text == ")")?;
                value(tokens[at..at + close].iter().any(|token| token.text == "test"))
            }
            ("cfg", "(", "test") if text(3) == ")" => is_attribute(tokens, at),
            ("cfg", "(", "not") if text(4) == "test" && text(5) == ")" => is_attribute(tokens, at),
            ("env" | "var" | "var_os", "(", name) => value(names_variable(name)),
            _ => None,
        },
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            let is_env = (text(0), text(1)) == ("env", ".");
            value(is_env && (says_test(tokens, at) || VARIABLES.contains(&text(2))))
        }
        Language::Python => {
            let in_modules = matches!(text(0), "\"pytest\"" | "'pytest'" | "\"unittest\"" | "'unittest'")
                && text(1) == "in"
                && (text(2), text(4)) == ("sys", "modules");
            value(in_modules || names_variable(text(0)))
        }
        Language::Go => {
            let is_testing = (text(0), text(1), text(2), text(3)) == ("testing", ".", "Testing", "(");
            let by_flag = text(0) == "Lookup" && text(2) == "\"test.v\"";
            value(is_testing || by_flag)
        }
        Language::C | Language::Cpp | Language::Java => None,
    }
}

/// Whether the `env.NODE_ENV` at `at` is compared with "test", and a value hangs on it: always where they are
/// equal; where they differ only in `a ? b : c`, for `if (… !== "test") listen()` keeps a side effect out.
fn says_test(tokens: &[Token<'_>], at: usize) -> bool {
    const OBJECT: [&str; 5] = ["process", "import", "meta", ".", "?."];
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_test = |at: usize| text(at).trim_matches(['"', '\'', '`']) == "test";
    if text(at + 2) != "NODE_ENV" {
        return false;
    }
    let before = (0..at).rev().take(6).find(|i| !OBJECT.contains(&text(*i)));
    let (operator, end) = if is_test(at + 4) {
        (text(at + 3), at + 5)
    } else if let Some(operator) = before.filter(|i| *i > 0 && is_test(*i - 1)) {
        (text(operator), at + 3)
    } else {
        return false;
    };
    let then = (end..tokens.len()).map(text).find(|token| *token != ")");
    matches!(operator, "===" | "==") || matches!(operator, "!==" | "!=") && then == Some("?")
}

/// Where the arguments of a macro call end that begins at `at`.
fn macro_end(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if !tokens[at].name || text(at + 1) != "!" {
        return None;
    }
    // `macro_rules! name { … }` has a name before its rules.
    let open = if tokens.get(at + 2).is_some_and(|token| token.name) { at + 3 } else { at + 2 };
    let close = match text(open) {
        "(" => ")",
        "[" => "]",
        "{" => "}",
        _ => return None,
    };
    let mut depth = 0_usize;
    for (end, token) in tokens.iter().enumerate().skip(open) {
        if token.text == text(open) {
            depth += 1;
        } else if token.text == close {
            depth -= 1;
            if depth == 0 {
                return Some(end);
            }
        }
    }
    Some(tokens.len())
}

fn is_attribute(tokens: &[Token<'_>], at: usize) -> Option<Asks> {
    let before = |offset: usize| at.checked_sub(offset).map_or("", |at| tokens[at].text);
    (before(1) == "[" && before(2) == "#").then_some(Asks::Attribute)
}

fn names_variable(literal: &str) -> bool {
    literal.starts_with(['"', '\'']) && VARIABLES.contains(&literal.trim_matches(['"', '\'']))
}

fn is_function(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Function | ItemKind::Method) && item.body.is_some()
}

fn has_versions(item: &Item) -> bool {
    is_function(item) || item.kind == ItemKind::Constant
}

/// The function or constant right below an attribute, when the file has another one of its name for the other
/// case.
fn twin(items: &[Item], line: u32) -> Option<&Item> {
    // Other attributes may stand between.
    let below = items
        .iter()
        .filter(|i| has_versions(i) && i.line >= line && i.line <= line + 4)
        .min_by_key(|i| i.line)?;
    let is_twin = |other: &Item| other.qualified == below.qualified && other.in_test != below.in_test;
    (!below.in_test && items.iter().any(|other| has_versions(other) && is_twin(other))).then_some(below)
}

#[cfg(test)]
mod tests {
    use guard_model::Side;

    #[test]
    fn a_body_that_asks_by_what_build_it_runs() {
        let fork = |condition: &str| {
            format!("fn f(n: u8) -> u8 {{\n    if cfg!({condition}) {{ n * 2 }} else {{ n }}\n}}\n")
        };
        let facts = |text: &str| crate::facts("src/a.rs", Side::Head, text.as_bytes()).unwrap();
        let before = facts("fn f(n: u8) -> u8 { n * 2 }\n");
        for (text, expected) in [
            (fork("debug_assertions"), true),
            (fork("feature = \"sim\""), true),
            (fork("unix"), false),
            (
                "fn f(n: u8) -> u8 { if cfg!(debug_assertions) { check(n); } else { skip(); } n * 2 }"
                    .to_owned(),
                false,
            ),
        ] {
            let forks = facts(&text).forks;
            assert_eq!(forks.len() == 1, expected, "{text}");
            if expected {
                assert_eq!(Some(&forks[0].branches[0]), before.items[0].body.as_ref());
            }
        }
    }

    fn forks(path: &str, text: &str) -> Vec<String> {
        let facts = crate::facts(path, Side::Head, text.as_bytes()).unwrap();
        facts.forks.iter().map(|f| format!("{} {}", f.line, f.item.as_deref().unwrap_or("-"))).collect()
    }

    #[test]
    fn product_code_that_asks_whether_it_is_tested() {
        let table: [(&str, &str, &[&str]); 21] = [
            ("src/a.rs", "fn f() -> bool {\n    if cfg!(test) { return true; }\n    false\n}\n", &["2 f"]),
            (
                "src/a.rs",
                "fn f() -> T {\n    quote! {\n        #[cfg(test)]\n        mod tests {}\n    }\n}\n",
                &[],
            ),
            ("src/a.rs", "fn f() -> T {\n    quote! { x };\n    #[cfg(test)]\n    g();\n}\n", &["3 f"]),
            ("src/a.rs", "fn f() -> bool {\n    #[cfg(test)]\n    return true;\n    false\n}\n", &["2 f"]),
            (
                "src/a.rs",
                "#[cfg(not(test))]\npub fn f() -> u8 { 1 }\n#[cfg(test)]\npub fn f() -> u8 { 2 }\n",
                &["1 f"],
            ),
            ("src/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { if cfg!(test) {} }\n}\n", &[]),
            (
                "src/a.rs",
                "#[cfg(not(test))]\nuse std::time::Instant;\n#[cfg(not(test))]\nfn main() {}\n",
                &[],
            ),
            ("src/a.rs", "#![cfg_attr(not(test), no_std)]\nfn f() { cfg!(debug_assertions); }\n", &[]),
            (
                "src/a.ts",
                "export function f() {\n  if (process.env.NODE_ENV === 'test') return 1;\n  return g();\n}\n",
                &["2 f"],
            ),
            ("src/a.ts", "if (process.env.NODE_ENV !== 'test') listen();\n", &[]),
            ("src/a.js", "const fast = process.env.VITEST ? 1 : 2;\n", &["1 -"]),
            ("src/a.js", "const f = process.env.NODE_ENV !== 'test' ? real : fake;\n", &["1 -"]),
            ("src/a.js", "const f = (process.env.NODE_ENV !== 'test') ? real : fake;\n", &["1 -"]),
            ("src/a.js", "const f = \"test\" === process.env.NODE_ENV;\n", &["1 -"]),
            ("src/a.js", "if ('test' !== process.env.NODE_ENV) { listen(); }\n", &[]),
            ("src/a.js", "const f = process.env.NODE_ENV === mode ? 'test' : 'run';\n", &[]),
            (
                "src/a.rs",
                "#[cfg(not(test))]\nconst RATE: u8 = 1;\n#[cfg(test)]\nconst RATE: u8 = 2;\n",
                &["1 RATE"],
            ),
            ("src/a.rs", "#[cfg(not(test))] static A: u8 = 1;\n#[cfg(test)] static A: u8 = 2;\n", &["1 A"]),
            (
                "a.py",
                "import os, sys\ndef f(x):\n    if \"pytest\" in sys.modules:\n        return 1\n    return g(x)\n",
                &["3 f"],
            ),
            ("test_a.py", "import os\ndef test_a():\n    assert os.environ[\"PYTEST_CURRENT_TEST\"]\n", &[]),
            (
                "a.go",
                "package a\nfunc F() int {\n\tif testing.Testing() {\n\t\treturn 1\n\t}\n\treturn g()\n}\n",
                &["3 F"],
            ),
        ];
        for (path, text, expected) in table {
            assert_eq!(forks(path, text), expected, "{text}");
        }
    }
}
