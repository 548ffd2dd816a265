//! What the name of a target, a task or a script of the project tells.

use guard_model::words::Purpose::{self, Bench, Build, Format, Lint, Publish, Test};

use super::words::base;

/// What the name of a target, script or task of a project tells.
pub(super) fn target(name: &str) -> Vec<Purpose> {
    let mut found = Vec::new();
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    // `test:watch`, `build-tests`: the first part that tells decides, except that linting or
    // formatting a thing is never building or testing it.
    for part in &parts {
        let purpose = match *part {
            "test" | "tests" | "testing" | "spec" | "specs" | "unittest" | "unittests" | "e2e"
            | "integration" | "unit" | "jest" | "vitest" | "pytest" | "mocha" | "cypress" | "playwright"
            | "coverage" | "cov" | "nextest" | "ctest" | "smoke" | "selftest" | "doctest" | "acceptance"
            | "regress" | "regression" => Test,
            "lint" | "lints" | "clippy" | "eslint" | "ruff" | "golangci" | "vet" | "shellcheck"
            | "stylelint" => Lint,
            "fmt" | "format" | "prettier" | "rustfmt" | "gofmt" | "formatting" => Format,
            "build" | "compile" | "typecheck" | "types" | "tsc" | "mypy" | "pyright" | "bundle" | "dist" => {
                Build
            }
            "bench" | "benches" | "benchmark" | "benchmarks" | "perf" => Bench,
            "publish" | "deploy" => Publish,
            _ => continue,
        };
        found.push(purpose);
        break;
    }
    if found.is_empty()
        && matches!(lower.as_str(), "check" | "checks" | "ci" | "verify" | "validate" | "all" | "preflight")
    {
        found = match lower.as_str() {
            // By convention of many projects: everything that must be green.
            "check" | "checks" | "ci" | "verify" | "validate" => vec![Test, Lint],
            "all" => vec![Build],
            _ => vec![],
        };
    }
    if parts.contains(&"type") && parts.contains(&"check")
        || parts.contains(&"types") && parts.contains(&"check")
    {
        found = vec![Build];
    }
    found.sort_unstable();
    found
}

/// What the first script among the words tells.
pub(super) fn script_file(rest: &[&str]) -> Vec<Purpose> {
    match rest.iter().find(|word| !word.starts_with('-')) {
        Some(file) => script_name(file),
        None => vec![],
    }
}

/// What the name of a script tells: only names that say nothing but the purpose (`run_tests.sh`).
pub(super) fn script_name(path: &str) -> Vec<Purpose> {
    let name = base(path);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let known = |part: &str| {
        matches!(
            part,
            "run"
                | "all"
                | "unit"
                | "integration"
                | "e2e"
                | "ci"
                | "check"
                | "checks"
                | "quick"
                | "full"
                | "smoke"
                | "local"
        ) || !target(part).is_empty()
    };
    let parts: Vec<&str> = stem.split(['-', '_']).collect();
    if parts.iter().all(|part| known(part)) { target(&stem) } else { vec![] }
}
