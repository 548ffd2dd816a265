//! Where the languages' own conventions keep test code.

use guard_model::source::Language;

/// True when a file at this path is test code by convention: `tests/`, `*_test.go`, `*.test.ts`,
/// `test_*.py`, `*Test.java` and the like. Without a language, that of the path.
pub fn is_test_path(path: &str, language: Option<Language>) -> bool {
    let language = language.or_else(|| Language::of_path(path));
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    let dir = |wanted: &[&str]| dirs.split('/').any(|dir| wanted.contains(&dir));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match language {
        // `src/tests/` and `src/foo/tests.rs` are `mod tests;` by custom; `testing/` may be a library.
        Some(Language::Rust) => {
            dir(&["tests", "test"])
                || stem == "tests"
                || stem == "test"
                || stem.ends_with("_tests")
                || stem.ends_with("_test")
        }
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript) => {
            let inner = stem.rsplit_once('.').map_or("", |(_, inner)| inner);
            matches!(inner, "test" | "spec" | "tests" | "e2e" | "cy" | "test-d")
                || matches!(stem, "test" | "spec")
                || dir(&[
                    "__tests__",
                    "__test__",
                    "__mocks__",
                    "test",
                    "tests",
                    "spec",
                    "specs",
                    "e2e",
                    "cypress",
                ])
        }
        Some(Language::Python) => {
            stem.starts_with("test_")
                || stem.ends_with("_test")
                || matches!(stem, "tests" | "test" | "conftest")
                || dir(&["tests", "test", "testing"])
        }
        Some(Language::C | Language::Cpp) => {
            let stem = stem.to_ascii_lowercase();
            let words = ["test", "tests", "unittest", "gtest"];
            stem.split(['_', '-', '.']).any(|word| words.contains(&word))
                || name
                    .rsplit_once('.')
                    .is_some_and(|(stem, _)| stem.ends_with("Test") || stem.ends_with("Tests"))
                || dir(&["test", "tests", "unittest", "unittests", "gtest", "testing"])
        }
        Some(Language::Go) => stem.ends_with("_test") || dir(&["testdata"]),
        Some(Language::Java) => {
            path.contains("src/test/")
                || path.contains("src/it/")
                || dir(&["test", "tests", "androidTest", "integrationTest", "testFixtures"])
                || stem.ends_with("Test")
                || stem.ends_with("Tests")
                || stem.ends_with("IT")
                || stem.ends_with("TestCase")
                || (stem.starts_with("Test") && stem.chars().nth(4).is_some_and(char::is_uppercase))
        }
        None => {
            name.ends_with(".snap")
                || dir(&[
                    "tests",
                    "test",
                    "__tests__",
                    "spec",
                    "testdata",
                    "fixtures",
                    "__snapshots__",
                    "snapshots",
                ])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_of_each_language() {
        let cases = [
            ("tests/api.rs", true),
            ("src/parser/tests.rs", true),
            ("src/testing/mod.rs", false),
            ("src/latest.rs", false),
            ("src/contest.rs", false),
            ("src/a.test.ts", true),
            ("src/a.spec.tsx", true),
            ("src/__tests__/a.js", true),
            ("src/latest.js", false),
            ("pkg/test_a.py", true),
            ("pkg/a_test.py", true),
            ("pkg/attest.py", false),
            ("conftest.py", true),
            ("a_test.go", true),
            ("testing.go", false),
            ("db/log_test.cc", true),
            ("db/latest.cc", false),
            ("FooTest.java", true),
            ("TestFoo.java", true),
            ("Testament.java", false),
            ("src/test/java/Foo.java", true),
            ("src/snapshots/a__b.snap", true),
            ("README.md", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_test_path(path, None), expected, "{path}");
        }
    }
}
