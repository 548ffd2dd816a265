//! How many tests head has in all, file by file.

use std::collections::BTreeSet;

use guard_model::reality::FileTests;
use guard_model::{Language, Side, SourceFacts, is_aside_path};

use super::{Code, MAX_FILE};

/// Files with tests that are read; in a larger project nobody counts.
const MAX_FILES: usize = 400;

impl Code<'_> {
    /// The tests of head in the languages of the change, as their syntax declares them. `None` when a file cannot
    /// be read, there are more than are read, or tests are made when they run.
    pub fn census(&self, sources: &[SourceFacts]) -> Option<Vec<FileTests>> {
        let languages: BTreeSet<Language> =
            sources.iter().filter(|s| s.side == Side::Head).map(|s| s.language).collect();
        let mut out = Vec::new();
        for language in languages {
            let extensions: Vec<String> = language.extensions().iter().map(|e| format!("*.{e}")).collect();
            let pathspecs: Vec<&str> = extensions.iter().map(String::as_str).collect();
            let mut paths = self.tree().files_with(marks(language), &pathspecs).ok()??;
            paths.retain(|p| !is_aside_path(p));
            if out.len() + paths.len() > MAX_FILES {
                return None;
            }
            for path in paths {
                let text = self.tree().read(&path, MAX_FILE).ok()??;
                let facts = guard_syntax::facts(&path, Side::Head, &text).filter(|f| f.unread.is_none())?;
                if facts.tests.iter().any(|t| t.generated) {
                    return None;
                }
                let ignored = facts.tests.iter().filter(|t| t.ignored.is_some()).count() as u64;
                out.push(FileTests { path, tests: facts.tests.len() as u64, ignored });
            }
        }
        out.retain(|f| f.tests > 0);
        Some(out)
    }
}

/// What some line of every file with tests has.
fn marks(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => &["#[test", "::test]", "::test(", "rstest", "test_case", "proptest!"],
        Language::Python => &["def test", "class Test"],
        Language::TypeScript | Language::Tsx | Language::JavaScript => &["it(", "test(", "it.", "test."],
        Language::Go => &["func Test"],
        Language::Java => &["@Test", "@ParameterizedTest"],
        Language::C | Language::Cpp => &["TEST(", "TEST_F(", "TEST_P(", "TEST_CASE("],
    }
}
