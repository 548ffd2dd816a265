//! How many tests head has in all, file by file.

use std::collections::BTreeSet;

use guard_model::reality::FileTests;
use guard_model::{Language, Side, SourceFacts, is_aside_path};
use rayon::prelude::*;

use super::{Code, MAX_FILE};

/// Files with tests that are read; in a larger project nobody counts.
const MAX_FILES: usize = 200;
/// Bytes of them that are read.
const MAX_BYTES: usize = 2 << 20;

impl Code<'_> {
    /// The tests of head in the languages of the change, as their syntax declares them. `None` when a file cannot
    /// be read, there are more than are read, or tests are made when they run.
    pub fn census(&self, sources: &[SourceFacts]) -> Option<Vec<FileTests>> {
        let languages: BTreeSet<Language> =
            sources.iter().filter(|s| s.side == Side::Head).map(|s| s.language).collect();
        let mut wanted: Vec<String> = Vec::new();
        for language in languages {
            let extensions: Vec<String> = language.extensions().iter().map(|e| format!("*.{e}")).collect();
            let pathspecs: Vec<&str> = extensions.iter().map(String::as_str).collect();
            let mut paths = self.tree().files_with(marks(language), &pathspecs).ok()??;
            paths.retain(|p| !is_aside_path(p));
            wanted.extend(paths);
            if wanted.len() > MAX_FILES {
                return None;
            }
        }
        let tree = self.tree();
        let oids: Option<Vec<String>> = wanted.iter().map(|path| Some(tree.entry(path).ok()??.oid)).collect();
        let oids = oids?;
        let oids: Vec<&str> = oids.iter().map(String::as_str).collect();
        let texts: Vec<Vec<u8>> =
            self.repo.read_all(&oids, MAX_FILE).ok()?.into_iter().collect::<Result<_, _>>().ok()?;
        if texts.iter().map(Vec::len).sum::<usize>() > MAX_BYTES {
            return None;
        }
        let files: Vec<Option<FileTests>> =
            wanted.par_iter().zip(&texts).map(|(path, text)| count(path, text)).collect();
        let mut out: Vec<FileTests> = files.into_iter().collect::<Option<_>>()?;
        out.retain(|f| f.tests > 0);
        Some(out)
    }
}

/// The tests of one file; `None` where syntax does not tell.
fn count(path: &str, text: &[u8]) -> Option<FileTests> {
    let facts = guard_syntax::facts(path, Side::Head, text).filter(|f| f.unread.is_none())?;
    let ignored = facts.tests.iter().filter(|t| t.ignored.is_some()).count() as u64;
    let known = facts.tests.iter().all(|t| !t.generated);
    known.then(|| FileTests { path: path.to_owned(), tests: facts.tests.len() as u64, ignored })
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
