//! What surrounds tests: attributes on them, and the test code of their file that belongs to none of them.

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

/// How many assertions there are, in any language's way of writing them.
fn assertions(tokens: &[Token<'_>]) -> u32 {
    let mut count = 0;
    for (at, token) in tokens.iter().enumerate() {
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
}
