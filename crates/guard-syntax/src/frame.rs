//! What surrounds tests: attributes on them, and the test code of their file that belongs to none of them.

use std::ops::Range;

use guard_model::TestFrame;

use crate::Found;
use crate::tokens::{self, Token};

/// Fills in how each test is written, and gives the test code around them. `tokens` are the whole file's.
pub(crate) fn of(tokens: &[Token<'_>], found: &mut Found, test_file: bool) -> Option<TestFrame> {
    for test in &mut found.tests {
        let from = tokens.partition_point(|token| token.line < test.line);
        let to = tokens.partition_point(|token| token.line <= test.end_line);
        test.written = tokens::body(&tokens[from..to.max(from)]).hash;
    }
    let tests: Vec<(u32, u32)> = found.tests.iter().map(|t| (t.line, t.end_line)).collect();
    let code: Vec<(u32, u32)> =
        found.items.iter().filter(|i| i.in_test).map(|i| (i.line, i.end_line)).collect();
    if !test_file && code.is_empty() {
        return None;
    }
    let within =
        |ranges: &[(u32, u32)], line: u32| ranges.iter().any(|(from, to)| (*from..=*to).contains(&line));
    let mut frame = Vec::new();
    // Tokens come line by line, and files of generated tests have many of both.
    let mut known: Option<(u32, bool)> = None;
    for token in tokens {
        let is_frame = match known {
            Some((line, is_frame)) if line == token.line => is_frame,
            _ => (test_file || within(&code, token.line)) && !within(&tests, token.line),
        };
        known = Some((token.line, is_frame));
        if is_frame {
            frame.push(*token);
        }
    }
    Some(TestFrame { code: tokens::body(&frame).hash, assertions: assertions(&frame) })
}

/// How many assertions there are, in any language's way of writing them. One whose failure is caught and goes no
/// further asserts nothing.
fn assertions(tokens: &[Token<'_>]) -> u32 {
    let swallowed = swallowed(tokens);
    let mut count = 0;
    for (at, token) in tokens.iter().enumerate() {
        if swallowed.iter().any(|range| range.contains(&at)) {
            continue;
        }
        let next = tokens.get(at + 1).map_or("", |next| next.text);
        let before = at.checked_sub(1).map_or("", |at| tokens[at].text);
        let lower = token.text.to_ascii_lowercase();
        let is_name = lower.starts_with("assert")
            || lower.starts_with("expect")
            || lower == "should"
            || lower == "require";
        let is_defined =
            matches!(before, "fn" | "function" | "def" | "func" | "macro_rules" | "::" | "from" | "import");
        let by_name = is_name && !is_defined && matches!(next, "(" | "!" | ".");
        // Python's statement, and the methods of Go's `testing.T`.
        let statement = token.text == "assert" && !token.name && !matches!(next, "(" | "!" | "." | "{");
        let of_go = before == "."
            && next == "("
            && matches!(token.text, "Fatal" | "Fatalf" | "Error" | "Errorf" | "FailNow");
        count += u32::from(by_name || statement || of_go);
    }
    count
}

/// Code of which a failed assertion is caught and dropped.
fn swallowed(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let panics = |at: usize| text(at) == "panic" && text(at + 1) == "!";
    let hands_on = (0..tokens.len()).any(|at| text(at) == "resume_unwind" || panics(at));
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        match (text(at), text(at + 1)) {
            ("catch_unwind", "(") if !hands_on => {
                let Some(end) = closing(tokens, at + 1) else { continue };
                // `catch_unwind(…).unwrap()` fails as its closure does, and so does what looks at its outcome.
                let is_used = text(end + 1) == "." || is_asserted(tokens, outcome_of(tokens, at));
                if !is_used {
                    found.push(at + 1..end);
                }
            }
            ("try", ":") => {
                let Some(end) = closing(tokens, at + 2) else { continue };
                if swallows_in_python(tokens, end + 1) {
                    found.push(at + 2..end);
                }
            }
            ("try", "{") => {
                let Some(end) = closing(tokens, at + 1) else { continue };
                if swallows_in_braces(tokens, end + 1) {
                    found.push(at + 1..end);
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the bracket at `open` closes.
fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "{" | "[" | "⟨" => depth += 1,
            ")" | "}" | "]" | "⟩" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The name that takes what the call at `at` gives: `let r = std::panic::catch_unwind(…)`.
fn outcome_of<'t>(tokens: &[Token<'t>], at: usize) -> Option<&'t str> {
    let equals = (0..at).rev().take(8).find(|i| tokens[*i].text == "=")?;
    equals.checked_sub(1).map(|name| tokens[name].text)
}

/// Whether an assertion asks about `name`, it is unwrapped, or how it ended is handed to somebody.
fn is_asserted(tokens: &[Token<'_>], name: Option<&str>) -> bool {
    let Some(name) = name else { return false };
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_name = |(_, token): &(usize, &Token<'_>)| token.text == name;
    tokens.iter().enumerate().filter(is_name).any(|(at, _)| {
        let before = &tokens[at.saturating_sub(4)..at];
        let asked = before.iter().any(|t| t.text.starts_with("assert"));
        let method = if text(at + 1) == "." { text(at + 2) } else { "" };
        let unwrapped = method.starts_with("unwrap") || method.starts_with("expect");
        let told = matches!(method, "is_ok" | "is_err") && !before.iter().any(|t| t.text == "if");
        asked || unwrapped || told
    })
}

/// Whether a failed assertion ends in an `except` clause from `at` on.
fn swallows_in_python(tokens: &[Token<'_>], mut at: usize) -> bool {
    const CATCHING: [&str; 4] = ["AssertionError", "Exception", "BaseException", ":"];
    while tokens.get(at).is_some_and(|token| token.text == "except") {
        let Some(open) = (at..tokens.len()).find(|i| tokens[*i].text == "⟨") else { return false };
        let Some(end) = closing(tokens, open) else { return false };
        let catches = tokens[at + 1..open]
            .iter()
            .enumerate()
            .any(|(i, t)| CATCHING.contains(&t.text) && (t.text != ":" || i == 0));
        if catches {
            return !tokens[open..end].iter().any(|t| fails(t.text));
        }
        at = end + 1;
    }
    false
}

/// Whether a failed assertion ends in the `catch` at `at`: of JavaScript, which catches everything, or of Java
/// with a type that takes errors in.
fn swallows_in_braces(tokens: &[Token<'_>], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if text(at) != "catch" {
        return false;
    }
    let (open, catches) = if text(at + 1) == "(" {
        let Some(end) = closing(tokens, at + 1) else { return false };
        let caught = &tokens[at + 2..end];
        let takes_errors = |t: &Token<'_>| matches!(t.text, "Throwable" | "AssertionError" | "Error");
        let is_typed = caught.iter().filter(|t| t.name).count() > 1 && !caught.iter().any(|t| t.text == ":");
        let is_all = !caught.is_empty() && caught.iter().all(|t| t.text != "..." && t.text != "&");
        (end + 1, is_all && (!is_typed || caught.iter().any(takes_errors)))
    } else {
        (at + 1, true)
    };
    let Some(end) = closing(tokens, open).filter(|_| text(open) == "{") else { return false };
    catches && !tokens[open..end].iter().any(|t| fails(t.text))
}

/// Words by which code that caught a failure lets it go on.
fn fails(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    matches!(word.as_str(), "raise" | "throw" | "reject" | "done" | "fail" | "exit" | "return" | "panic")
        || word.starts_with("assert")
        || word.starts_with("expect")
}

#[cfg(test)]
mod tests {
    use guard_model::{Side, SourceFacts};

    fn facts(path: &str, text: &str) -> SourceFacts {
        crate::facts(path, Side::Head, text.as_bytes()).unwrap()
    }

    #[test]
    fn an_attribute_is_part_of_how_a_test_is_written_and_not_of_its_body() {
        let plain =
            facts("src/lib.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() { assert!(f()); }\n}\n");
        let panics = facts(
            "src/lib.rs",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    #[should_panic]\n    fn a() { assert!(f()); }\n}\n",
        );
        assert_eq!(plain.tests[0].body, panics.tests[0].body);
        assert_ne!(plain.tests[0].written, panics.tests[0].written);
        assert_eq!(plain.frame, panics.frame);
    }

    #[test]
    fn helpers_and_imports_are_the_frame_and_layout_is_not() {
        let base = "import assert from 'node:assert';\n\nfunction check(a) {\n  assert.ok(a);\n}\n\ntest('a', () => {\n  check(1);\n});\n";
        let head = "const assert = {};\nfunction check(a) {\n}\ntest('a', () => {\n  check(1);\n});\n";
        let [base_facts, head_facts] = [base, head].map(|text| facts("a.test.js", text));
        assert_eq!(base_facts.tests[0].written, head_facts.tests[0].written);
        let (base_frame, head_frame) = (base_facts.frame.unwrap(), head_facts.frame.unwrap());
        assert_ne!(base_frame.code, head_frame.code);
        assert_eq!((base_frame.assertions, head_frame.assertions), (1, 0));
        let spread = facts("a.test.js", &base.replace("\n", "\n\n// why\n"));
        assert_eq!(spread.frame.unwrap().code, base_frame.code);
    }

    #[test]
    fn assertions_of_several_languages() {
        let table = [
            ("test_a.py", "def check(a):\n    assert a == 1\n", 1),
            (
                "a_test.go",
                "package a\nfunc check(t *testing.T) { t.Fatalf(\"no\"); require.Equal(t, 1, 2) }\n",
                2,
            ),
            ("a_test.cc", "void check(int a) { EXPECT_EQ(a, 1); ASSERT_TRUE(a); }\n", 2),
            (
                "tests/common/mod.rs",
                "pub fn check(a: u8) { assert_eq!(a, 1); }\nmacro_rules! assert_near { () => {} }\n",
                1,
            ),
        ];
        for (path, text, expected) in table {
            assert_eq!(facts(path, text).frame.unwrap().assertions, expected, "{path}");
        }
    }

    #[test]
    fn an_assertion_whose_failure_is_swallowed_asserts_nothing() {
        let rust = |body: &str| format!("pub fn check(a: u8, b: u8) {{ {body} }}\n");
        let python = |rest: &str| format!("def check(a, b):\n    try:\n        assert a == b\n{rest}");
        let script =
            |rest: &str| format!("function check(a, b) {{ try {{ assert.equal(a, b); }} {rest} }}\n");
        let caught = "let r = std::panic::catch_unwind(|| assert_eq!(a, b));";
        let table = [
            (
                "tests/common/mod.rs",
                rust(&format!("{caught} if let Err(e) = r {{ eprintln!(\"{{e:?}}\"); }}")),
                0,
            ),
            (
                "tests/common/mod.rs",
                rust(&format!("{caught} if let Err(e) = r {{ std::panic::resume_unwind(e); }}")),
                1,
            ),
            ("tests/common/mod.rs", rust(&format!("{caught} assert!(r.is_err());")), 2),
            ("tests/common/mod.rs", rust(&format!("{caught} r.unwrap();")), 1),
            ("tests/common/mod.rs", rust(&format!("{caught} r.is_ok()")), 1),
            ("tests/common/mod.rs", rust(&format!("{caught} if r.is_err() {{ eprintln!(); }}")), 0),
            ("tests/common/mod.rs", rust(&format!("{caught} if r.is_err() {{ panic!(); }}")), 1),
            ("tests/common/mod.rs", rust("std::panic::catch_unwind(|| assert_eq!(a, b)).unwrap();"), 1),
            ("tests/helper.py", python("    except AssertionError as e:\n        print(e)\n"), 0),
            ("tests/helper.py", python("    except:\n        pass\n"), 0),
            ("tests/helper.py", python("    except ValueError:\n        pass\n"), 1),
            ("tests/helper.py", python("    except AssertionError:\n        raise\n"), 1),
            ("tests/helper.py", python("    finally:\n        end()\n"), 1),
            ("test/helper.js", script("catch (e) { console.log(e); }"), 0),
            ("test/helper.js", script("catch { }"), 0),
            ("test/helper.js", script("catch (e) { throw new Error(e); }"), 1),
            ("test/helper.js", script("finally { end(); }"), 1),
        ];
        for (path, text, expected) in table {
            assert_eq!(facts(path, &text).frame.unwrap().assertions, expected, "{text}");
        }
    }
}
