//! What runners call a declared test, and which declaration an identity is of.

use std::collections::HashMap;

use guard_model::lab::TestId;
use guard_model::{Language, template};

use super::Declared;

/// Declarations of one side, found by the names that runners print.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    all: Vec<Declared<'a>>,
    by_leaf: HashMap<&'a str, Vec<usize>>,
    /// Those whose names are made from a written one.
    templates: Vec<usize>,
}

impl<'a> Index<'a> {
    pub(super) fn of(all: &[Declared<'a>]) -> Index<'a> {
        let mut index = Index { all: all.to_vec(), ..Index::default() };
        for (i, test) in all.iter().enumerate() {
            if named_by_template(test).is_some() {
                index.templates.push(i);
            } else if let Some(leaf) = segments(&test.decl.name).last() {
                index.by_leaf.entry(*leaf).or_default().push(i);
            }
        }
        index
    }

    /// The declarations whose full name `id` is.
    pub(super) fn exact(&self, id: &TestId) -> Vec<Declared<'a>> {
        self.candidates(id).filter(|d| names_exactly(id, d)).collect()
    }

    /// The declarations whose name `id` ends in.
    pub(super) fn loose(&self, id: &TestId) -> Vec<Declared<'a>> {
        self.candidates(id).filter(|d| names_loosely(id, d)).collect()
    }

    fn candidates(&self, id: &TestId) -> impl Iterator<Item = Declared<'a>> + use<'_, 'a> {
        let by_leaf = segments(&id.name).into_iter().filter_map(|part| self.by_leaf.get(part)).flatten();
        let mut found: Vec<usize> = by_leaf.chain(&self.templates).copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|i| self.all[i])
    }
}

/// The last part of a test's name.
pub(crate) fn leaf(name: &str) -> &str {
    let name = name.rsplit_once("::").map_or(name, |(_, l)| l);
    let name = name.rsplit_once(" > ").map_or(name, |(_, l)| l);
    match name.rsplit_once('.') {
        Some((class, method)) if !class.contains(' ') && !method.contains(' ') => method,
        _ => name,
    }
}

/// Whether a suite is another one, or a class inside it.
pub(crate) fn is_part_of(suite: &str, whole: &str) -> bool {
    suite.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ']))
}

/// Whether `id` is what a runner calls `test`, module path and all.
fn names_exactly(id: &TestId, test: &Declared<'_>) -> bool {
    if let Some(language) = named_by_template(test) {
        return template::names(test.decl, language, id);
    }
    let own = segments(&test.decl.name);
    let mut expected = module_path(test.path);
    expected.extend(own);
    let actual = segments(&id.name);
    if test.decl.generated { actual.starts_with(&expected) } else { actual == expected }
}

/// What a runner calls `test`, module path and all, in Rust's spelling.
pub(super) fn full_name(test: &Declared<'_>) -> String {
    let mut parts = module_path(test.path);
    parts.extend(segments(&test.decl.name));
    parts.join("::")
}

/// The language of a test whose printed names are made from the written one: a table of JavaScript, or Go,
/// whose subtests belong to their function.
fn named_by_template(test: &Declared<'_>) -> Option<Language> {
    let language = Language::of_path(test.path)?;
    match language {
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            test.decl.generated.then_some(language)
        }
        Language::Go => Some(language),
        _ => None,
    }
}

/// Whether the end of `id` is the name of `test`.
pub(super) fn names_loosely(id: &TestId, test: &Declared<'_>) -> bool {
    if let Some(language) = named_by_template(test) {
        return template::names(test.decl, language, id);
    }
    let own = segments(&test.decl.name);
    let actual = segments(&id.name);
    if own.is_empty() {
        return false;
    }
    if test.decl.generated { actual.windows(own.len()).any(|w| w == own) } else { actual.ends_with(&own) }
}

/// The parts of a test's name, over all runners' separators.
pub(super) fn segments(name: &str) -> Vec<&str> {
    let name = name.split_once('[').map_or(name, |(n, _)| n);
    name.split("::")
        .flat_map(|p| p.split(" > "))
        .flat_map(|p| p.split('.'))
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect()
}

/// The module path that a Rust file has in its crate; empty for other languages and for crate roots.
pub(crate) fn module_path(path: &str) -> Vec<&str> {
    let Some(stem) = path.strip_suffix(".rs") else { return Vec::new() };
    let parts: Vec<&str> = stem.split('/').collect();
    let start = parts.iter().rposition(|p| matches!(*p, "src" | "tests" | "benches" | "examples"));
    let inside = match start {
        Some(i) => &parts[i + 1..],
        None => &parts[..],
    };
    let in_src = start.is_some_and(|i| parts[i] == "src");
    let inside = match inside {
        // Roots of their own: `src/bin/tool.rs`, `src/bin/tool/main.rs`, `tests/it.rs`, `tests/it/main.rs`.
        ["bin", _, rest @ ..] if in_src => rest,
        [_, rest @ ..] if !in_src && start.is_some() => rest,
        all => all,
    };
    match inside {
        [] | ["lib" | "main"] => Vec::new(),
        [dirs @ .., "mod" | "main"] => dirs.to_vec(),
        all => all.to_vec(),
    }
}

/// Whether `path` lies in a folder that has the name of the suite's package.
pub(super) fn is_in_package(path: &str, suite: &str) -> bool {
    let package = suite.split("::").next().unwrap_or(suite).replace('-', "_");
    !package.is_empty() && path.split('/').any(|part| part.replace('-', "_") == package)
}

#[cfg(test)]
mod tests {
    use guard_model::TestDecl;

    use super::*;

    fn decl(name: &str) -> TestDecl {
        TestDecl {
            name: name.into(),
            line: 1,
            end_line: 4,
            body: name.into(),
            body_tokens: 20,
            assertions: 1,
            ..TestDecl::default()
        }
    }

    #[test]
    fn files_have_the_module_path_of_their_place() {
        for (path, expected) in [
            ("src/lib.rs", ""),
            ("src/a.rs", "a"),
            ("crates/x/src/a/mod.rs", "a"),
            ("crates/x/src/a/b.rs", "a::b"),
            ("src/bin/tool.rs", ""),
            ("src/bin/tool/cli.rs", "cli"),
            ("tests/it.rs", ""),
            ("tests/it/main.rs", ""),
            ("tests/it/sub.rs", "sub"),
            ("a/b.py", ""),
        ] {
            assert_eq!(module_path(path).join("::"), expected, "{path}");
        }
    }

    #[test]
    fn an_identity_names_its_declaration() {
        let id = |name: &str| TestId { suite: "x".into(), name: name.into() };
        let test = decl("tests::works");
        let at = |path| Declared { path, decl: &test };
        assert!(names_exactly(&id("a::tests::works"), &at("src/a.rs")));
        assert!(!names_exactly(&id("b::tests::works"), &at("src/a.rs")));
        assert!(names_loosely(&id("b::tests::works"), &at("src/a.rs")));
        assert!(!names_loosely(&id("b::tests::works_too"), &at("src/a.rs")));
    }

    #[test]
    fn the_leaf_is_the_functions_own_name() {
        assert_eq!(leaf("a::tests::works"), "works");
        assert_eq!(leaf("TestFoo.test_bar"), "test_bar");
        assert_eq!(leaf("suite > handles 1.5 units"), "handles 1.5 units");
    }
}
