//! Which files hold mutants, and which suite speaks for them.

use guard_model::Language;
use guard_model::policy::SuitePolicy;

use crate::lab::project::Project;
use crate::lab::runner::{Call, Runner};

/// Whether a suite speaks for files of a language below its directory.
pub(in crate::lab::mutants) fn speaks_for(
    policy: &SuitePolicy,
    languages: &[Language],
    path: &str,
    language: Language,
) -> bool {
    let dir = policy.dir.as_deref().unwrap_or_default().trim_start_matches("./").trim_matches('/');
    let is_below =
        matches!(dir, "" | ".") || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    let of_runner = |runner: Runner| match runner {
        Runner::Pytest => language == Language::Python,
        Runner::Vitest | Runner::Jest | Runner::Mocha | Runner::Node => {
            matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript)
        }
        Runner::Go => language == Language::Go,
        Runner::Ctest => matches!(language, Language::C | Language::Cpp),
    };
    let fits = if languages.is_empty() {
        Call::in_line(&policy.run).is_none_or(|call| of_runner(call.runner))
    } else {
        languages.contains(&language)
    };
    is_below && fits
}

/// Files that tests do not stand for: those of tests, of other people, of documentation, and settings of tools.
pub(in crate::lab::mutants) fn is_left_out(path: &str, language: Language) -> bool {
    const DIRS: [&str; 22] = [
        "node_modules",
        "vendor",
        "third_party",
        "testdata",
        "fixtures",
        "__fixtures__",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "benchmark",
        "bench",
        "scripts",
        "demo",
        "demos",
        "playground",
        "website",
        "site",
        "migrations",
        "dist",
        "generated",
    ];
    const NAMES: [&str; 6] = ["setup.py", "noxfile.py", "conf.py", "tasks.py", "manage.py", "gulpfile.js"];
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    guard_syntax::is_test_path(path, Some(language))
        || dirs.split('/').any(|dir| DIRS.contains(&dir))
        || NAMES.contains(&name)
        || [".d.ts", ".min.js", ".pyi", ".stories.tsx", ".stories.ts", "_pb2.py", ".pb.go"]
            .iter()
            .any(|end| name.ends_with(end))
        || [".config.", "rc.js", "rc.cjs"].iter().any(|part| name.contains(part))
}

/// Whether any project here could be asked about a file.
pub(in crate::lab::mutants) fn has_suite(projects: &[Project], path: &str, language: Language) -> bool {
    projects.iter().any(|p| match p {
        Project::Suite { policy, languages } => speaks_for(policy, languages, path, language),
        Project::Cargo { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(run: &str, dir: Option<&str>) -> SuitePolicy {
        SuitePolicy {
            name: "s".to_owned(),
            prepare: None,
            run: run.to_owned(),
            dir: dir.map(str::to_owned),
            results: guard_model::policy::ResultFormat::ExitCode,
            file: None,
            timeout_s: None,
        }
    }

    #[test]
    fn a_suite_speaks_for_the_language_of_its_runner_below_its_directory() {
        let table = [
            ("pytest", None, "a.py", Language::Python, true),
            ("pytest", None, "a.go", Language::Go, false),
            ("pytest", Some("web"), "a.py", Language::Python, false),
            ("pytest", Some("web"), "web/a.py", Language::Python, true),
            ("pytest", Some("."), "web/a.py", Language::Python, true),
            ("make check", None, "a.c", Language::C, true),
        ];
        for (run, dir, path, language, expected) in table {
            assert_eq!(speaks_for(&policy(run, dir), &[], path, language), expected, "{run} {path}");
        }
    }

    #[test]
    fn tests_docs_and_settings_are_left_out() {
        let table = [
            ("src/shop.py", false),
            ("docs/conf.py", true),
            ("tests/test_a.py", true),
            ("src/vite.config.ts", true),
            ("src/config.ts", false),
            ("web/a.d.ts", true),
        ];
        for (path, expected) in table {
            assert_eq!(is_left_out(path, Language::of_path(path).unwrap()), expected, "{path}");
        }
    }
}
