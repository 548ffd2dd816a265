//! What a simple command is for, from its words.

use guard_model::words::Purpose::{self, Bench, Build, Commit, Format, Lint, Publish, Test};

use super::target::{script_file, script_name, target};
use super::words::{args, base, is_assignment, position, skip_flags, skip_words};

/// Commands that only set the scene or print, so that their failure says nothing.
pub(super) fn is_scenery(words: &[&str]) -> bool {
    const SCENERY: [&str; 14] = [
        "cd", "pushd", "popd", "echo", "printf", "export", "sleep", "source", ".", "true", ":", "mkdir",
        "wait", "clear",
    ];
    words.first().is_none_or(|name| SCENERY.contains(name))
}

/// What a command is for. An empty answer means: nothing that counts.
pub(super) fn purposes(words: &[&str]) -> Vec<Purpose> {
    let Some(first) = words.first() else { return Vec::new() };
    let name = base(first);
    let rest = &words[1..];
    let has = |flag: &str| rest.contains(&flag);
    if rest.len() == 1 && (has("--version") || has("-V") || has("--help") || has("-h")) || has("--help") {
        return Vec::new();
    }
    let found = match name {
        "cargo" | "cross" => cargo(rest),
        "git" | "jj" | "hg" | "sl" => version_control(rest),
        "gh" | "glab" | "hub" => match args(rest).as_slice() {
            ["pr" | "mr", "create" | "merge", ..] | ["release", "create" | "upload", ..] => vec![Publish],
            _ => vec![],
        },
        "go" => go(rest),
        "python" | "python2" | "python3" | "py" | "pypy3" | "coverage" => python(name, rest),
        "npm" | "pnpm" | "yarn" | "bun" | "deno" => javascript(name, rest),
        "node" => {
            if has("--test") {
                vec![Test]
            } else {
                script_file(rest)
            }
        }
        "turbo" | "nx" | "lerna" | "rush" | "moon" | "wireit" | "ng" => monorepo(rest),
        "make" | "gmake" | "bmake" | "just" | "task" | "rake" | "invoke" | "inv" | "mage" | "ninja"
        | "samu" | "scons" | "waf" | "earthly" | "mise" | "rtx" | "doit" | "npm-run-all" | "run-s"
        | "run-p" | "wireit-run" | "hatch" | "pdm" | "rye" | "pixi" | "poe" | "composer" | "lefthook"
        | "dagger" | "tox" | "nox" => runner(name, rest),
        "mvn" | "mvnw" => jvm(rest, true),
        "gradle" | "gradlew" | "sbt" | "mill" | "ant" => jvm(rest, false),
        "dotnet" | "swift" | "zig" | "dart" | "flutter" | "stack" | "cabal" | "mix" | "lein" | "bazel"
        | "bazelisk" | "buck2" | "meson" | "forge" | "rails" | "crystal" | "gleam" | "dune" | "elm"
        | "xcodebuild" | "sam" | "artisan" | "nim" | "v" | "wasm-pack" | "maturin" | "tarantool"
        | "phoenix" => verb(name, rest),
        "php" => match args(rest).as_slice() {
            ["artisan", command, ..] => target(command),
            [file, ..] => tool(base(file), rest),
            _ => {
                if has("-l") {
                    vec![Build]
                } else {
                    vec![]
                }
            }
        },
        "cmake" => {
            if !has("--build") {
                vec![]
            } else if rest
                .windows(2)
                .any(|two| matches!(two[0], "--target" | "-t") && two[1].contains("test"))
            {
                vec![Build, Test]
            } else {
                vec![Build]
            }
        }
        "docker" | "podman" | "docker-compose" => match args(rest).as_slice() {
            ["push", ..] => vec![Publish],
            ["build", ..] | ["compose", "build", ..] | ["buildx", "build", ..] => vec![Build],
            _ => vec![],
        },
        _ => tool(name, rest),
    };
    if !found.is_empty() {
        found
    } else if first.contains('/') || first.contains('.') {
        script_name(first)
    } else {
        found
    }
}

/// Tools that do one thing.
fn tool(name: &str, rest: &[&str]) -> Vec<Purpose> {
    let has = |flag: &str| rest.contains(&flag);
    match name {
        "pytest" | "py.test" | "nose2" | "nosetests" | "ptw" | "ward" => {
            if has("--collect-only") || has("--co") || has("--fixtures") { vec![] } else { vec![Test] }
        }
        "jest" | "vitest" | "mocha" | "ava" | "tap" | "karma" | "jasmine" | "playwright" | "cypress"
        | "wtr" | "uvu" | "rspec" | "minitest" | "cucumber" | "behave" | "robot" | "phpunit" | "pest"
        | "codecept" | "ctest" | "gotestsum" | "ginkgo" | "bats" | "busted" | "prove" | "nextest"
        | "cargo-nextest" | "c8" | "nyc" | "testthat" | "truffle" | "hardhat" | "shellspec" | "kyua" => {
            match (name, args(rest).as_slice()) {
                ("vitest" | "jest", ["init" | "list", ..]) => vec![],
                _ if has("--listTests") || has("--list") || has("--list-tests") => vec![],
                ("vitest", ["bench", ..]) => vec![Bench],
                (
                    "playwright" | "cypress",
                    ["install" | "open" | "codegen" | "show-report" | "install-deps", ..],
                ) => vec![],
                ("ctest", _) if has("-N") => vec![],
                _ => vec![Test],
            }
        }
        "tsc" | "vue-tsc" | "tsgo" | "mypy" | "pyright" | "basedpyright" | "ty" | "pyre" | "pytype"
        | "svelte-check" | "rustc" | "gcc" | "g++" | "clang" | "clang++" | "cc" | "c++" | "javac"
        | "kotlinc" | "scalac" | "ghc" | "webpack" | "rollup" | "esbuild" | "tsup" | "parcel" | "flow"
        | "sorbet" | "swc" => vec![Build],
        "vite" | "next" | "nuxt" | "astro" | "remix" | "gatsby" | "storybook" | "ncc" | "expo"
        | "wrangler" => match args(rest).first() {
            Some(&("build" | "check" | "export")) => vec![Build],
            Some(&"lint") => vec![Lint],
            Some(&"publish" | &"deploy") => vec![Publish],
            _ => vec![],
        },
        "eslint" | "oxlint" | "stylelint" | "flake8" | "pylint" | "bandit" | "vulture" | "golangci-lint"
        | "staticcheck" | "revive" | "shellcheck" | "actionlint" | "hadolint" | "markdownlint"
        | "yamllint" | "rubocop" | "standardrb" | "phpstan" | "psalm" | "clang-tidy" | "cppcheck"
        | "detekt" | "ktlint" | "checkstyle" | "swiftlint" | "luacheck" | "cargo-clippy" | "pre-commit"
        | "prek" | "tflint" | "sqlfluff" | "credo" | "jshint" | "xo" | "knip" | "vet" => {
            vec![Lint]
        }
        "ruff" => match args(rest).first() {
            Some(&"format") => vec![Format],
            Some(&"check") | None => vec![Lint],
            Some(&("rule" | "config" | "version" | "clean" | "server" | "help" | "linter")) => vec![],
            Some(_) => vec![Lint],
        },
        "biome" => match args(rest).first() {
            Some(&("check" | "ci")) => vec![Lint, Format],
            Some(&"lint") => vec![Lint],
            Some(&"format") => vec![Format],
            _ => vec![],
        },
        "prettier" | "black" | "isort" | "autopep8" | "yapf" | "gofmt" | "goimports" | "gofumpt"
        | "rustfmt" | "clang-format" | "shfmt" | "dprint" | "stylua" | "taplo" | "alejandra" | "nixfmt"
        | "treefmt" | "buildifier" => {
            vec![Format]
        }
        "hyperfine" | "wrk" | "ab" | "k6" | "locust" | "oha" | "bombardier" | "vegeta" | "asv" => vec![Bench],
        "twine" | "npm-publish" | "semantic-release" | "goreleaser" => vec![Publish],
        "gcovr" | "lcov" => vec![],
        _ => vec![],
    }
}

fn cargo(rest: &[&str]) -> Vec<Purpose> {
    let rest = if rest.first().is_some_and(|word| word.starts_with('+')) { &rest[1..] } else { rest };
    let rest = skip_flags(rest, &["--config", "-C", "-Z", "--color", "--manifest-path"]);
    let Some(verb) = rest.first() else { return vec![] };
    let own = position(rest, "--").map_or(rest, |at| &rest[..at]);
    let has = |flag: &str| own.contains(&flag);
    let lists = rest.contains(&"--list");
    match *verb {
        "test" | "t" => {
            if lists {
                vec![]
            } else if has("--no-run") {
                vec![Build]
            } else {
                vec![Test]
            }
        }
        "nextest" => match rest.get(1).copied() {
            Some("run" | "r") => {
                if has("--no-run") {
                    vec![Build]
                } else {
                    vec![Test]
                }
            }
            _ => vec![],
        },
        "llvm-cov" | "tarpaulin" | "careful" | "miri" | "hack" | "mutants" => {
            let verbs = args(&rest[1..]);
            match *verb {
                "hack" => cargo(skip_flags(&rest[1..], &["--features", "--depth", "--exclude", "-p"])),
                "miri" | "careful" if !verbs.iter().any(|v| matches!(*v, "test" | "nextest")) => vec![],
                "llvm-cov"
                    if verbs.first().is_some_and(|v| matches!(*v, "report" | "clean" | "show-env")) =>
                {
                    vec![]
                }
                _ => vec![Test],
            }
        }
        "insta" if rest.get(1).is_some_and(|word| *word == "test") => vec![Test],
        "build" | "b" | "check" | "c" | "rustc" | "install" | "doc" | "d" | "rustdoc" | "zigbuild"
        | "ndk" | "wasi" => {
            vec![Build]
        }
        "clippy" | "deny" | "audit" | "machete" | "udeps" | "semver-checks" => vec![Lint],
        "fmt" | "sort" => vec![Format],
        "bench" | "criterion" => {
            if has("--no-run") {
                vec![Build]
            } else {
                vec![Bench]
            }
        }
        "publish" | "release" => {
            if has("--dry-run") || has("-n") {
                vec![Build]
            } else {
                vec![Publish]
            }
        }
        "make" | "xtask" | "x" | "just" => {
            args(&rest[1..]).first().map(|name| target(name)).unwrap_or_default()
        }
        // An alias of the project, such as `cargo test-all`.
        other => {
            if matches!(other, "run" | "r" | "add" | "tree") {
                vec![]
            } else {
                target(other)
            }
        }
    }
}

fn version_control(rest: &[&str]) -> Vec<Purpose> {
    let rest = skip_flags(rest, &["-C", "-c", "--git-dir", "--work-tree"]);
    let dry = rest.contains(&"--dry-run");
    match rest.first().copied() {
        Some("commit" | "ci") if !dry => vec![Commit],
        Some("push") if !dry => vec![Publish],
        _ => vec![],
    }
}

fn go(rest: &[&str]) -> Vec<Purpose> {
    let rest = skip_flags(rest, &["-C"]);
    let Some(verb) = rest.first() else { return vec![] };
    let has = |flag: &str| rest.iter().any(|word| *word == flag || word.strip_prefix('-') == Some(flag));
    match *verb {
        "test" => {
            let bench = rest.iter().any(|word| word.starts_with("-bench") || word.starts_with("--bench"));
            let no_tests = rest
                .iter()
                .any(|word| matches!(*word, "-run=^$" | "-run=NONE" | "-run=XXX" | "^$" | "-run="));
            if has("-c") || has("-list") {
                vec![Build]
            } else if bench && no_tests {
                vec![Bench]
            } else if bench {
                vec![Test, Bench]
            } else {
                vec![Test]
            }
        }
        "build" | "install" => vec![Build],
        "vet" => vec![Lint],
        "fmt" => vec![Format],
        "tool" if rest.get(1).is_some_and(|word| *word == "vet") => vec![Lint],
        "run" => {
            match rest.iter().find(|word| word.contains("golangci-lint") || word.contains("gotestsum")) {
                Some(word) if word.contains("gotestsum") => vec![Test],
                Some(_) => vec![Lint],
                None => vec![],
            }
        }
        _ => vec![],
    }
}

fn python(name: &str, rest: &[&str]) -> Vec<Purpose> {
    let rest = if name == "coverage" {
        match rest.first().copied() {
            Some("run") => skip_flags_until_module(&rest[1..]),
            _ => return vec![],
        }
    } else {
        skip_flags_until_module(rest)
    };
    match rest.first().copied() {
        Some("-m") => match rest.get(1).map(|module| (*module, &rest[2..])) {
            Some(("unittest" | "doctest" | "trial" | "xdist", _)) => vec![Test],
            Some(("py_compile" | "compileall" | "build", _)) => vec![Build],
            Some(("coverage", rest)) => python("coverage", rest),
            Some(("timeit" | "pyperf", _)) => vec![Bench],
            Some((module @ ("tox" | "nox" | "invoke"), rest)) => runner(module, rest),
            Some((module, rest)) => tool(module, rest),
            None => vec![],
        },
        Some(file) if base(file) == "manage.py" => match rest.get(1).copied() {
            Some("test") => vec![Test],
            Some("check") => vec![Lint],
            _ => vec![],
        },
        Some(file) if base(file) == "setup.py" => match rest.get(1).copied() {
            Some("test") => vec![Test],
            Some(verb) if verb.starts_with("build") => vec![Build],
            _ => vec![],
        },
        _ => script_file(rest),
    }
}

/// Skips flags of the interpreter, but stops at `-m` and `-c`.
fn skip_flags_until_module<'a, 's>(mut words: &'a [&'s str]) -> &'a [&'s str] {
    while let Some(word) = words.first() {
        if !word.starts_with('-') || matches!(*word, "-m" | "-c" | "-") {
            break;
        }
        words = skip_words(words, if matches!(*word, "-W" | "-X") { 2 } else { 1 });
    }
    words
}

fn javascript(name: &str, rest: &[&str]) -> Vec<Purpose> {
    const VALUES: &[&str] = &[
        "--prefix",
        "--filter",
        "-F",
        "-w",
        "--workspace",
        "--cwd",
        "-C",
        "--dir",
        "--filter-prod",
        "--config",
        "-c",
    ];
    let rest = skip_flags(rest, VALUES);
    let Some(verb) = rest.first() else { return vec![] };
    match *verb {
        "test" | "t" | "tst" => vec![Test],
        "run" | "run-script" | "rum" | "task" => {
            let script = skip_flags(&rest[1..], VALUES);
            script.first().map(|name| target(name)).unwrap_or_default()
        }
        "workspace" | "workspaces" | "-r" | "recursive" => {
            let tail = &rest[1..];
            let tail = if *verb == "workspace" { skip_words(tail, 1) } else { tail };
            let tail = if tail.first().is_some_and(|w| *w == "foreach") {
                skip_flags(&tail[1..], VALUES)
            } else {
                tail
            };
            javascript(name, tail)
        }
        "publish" => vec![Publish],
        "build" if name != "npm" => vec![Build],
        "bench" if name == "deno" => vec![Bench],
        "lint" if name != "npm" => vec![Lint],
        "fmt" if name == "deno" => vec![Format],
        "check" if name == "deno" => vec![Build],
        "compile" if name == "deno" => vec![Build],
        // yarn, pnpm and bun run scripts and programs by their bare name.
        other if matches!(name, "yarn" | "pnpm" | "bun") => {
            let as_tool = tool(other, &rest[1..]);
            if as_tool.is_empty()
                && !matches!(
                    other,
                    "install" | "add" | "remove" | "i" | "ci" | "why" | "create" | "init" | "info"
                )
            {
                target(other)
            } else {
                as_tool
            }
        }
        _ => vec![],
    }
}

fn monorepo(rest: &[&str]) -> Vec<Purpose> {
    let mut found = Vec::new();
    for word in rest.iter().take_while(|word| **word != "--") {
        let word = word.strip_prefix("--target=").or_else(|| word.strip_prefix("--targets=")).unwrap_or(word);
        if word.starts_with('-') || matches!(word, "run" | "run-many" | "affected" | "exec" | "release") {
            continue;
        }
        for name in word.split(',') {
            found.extend(target(name.rsplit([':', '#']).next().unwrap_or(name)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Task runners: the names of the targets tell.
fn runner(name: &str, rest: &[&str]) -> Vec<Purpose> {
    const VALUES: &[&str] = &[
        "-C",
        "-f",
        "-j",
        "-l",
        "-e",
        "-s",
        "--file",
        "--directory",
        "-d",
        "-t",
        "--justfile",
        "--working-directory",
    ];
    let rest = match name {
        "mise" | "rtx" => match skip_flags(rest, &["-C", "--cd", "-E", "--env"]) {
            [verb, tail @ ..] if matches!(*verb, "run" | "r") => tail,
            [verb, run, tail @ ..]
                if matches!(*verb, "tasks" | "task" | "t") && matches!(*run, "run" | "r") =>
            {
                tail
            }
            // `mise test` runs the task `test`; its own commands have other names.
            [verb, ..] if !target(verb).is_empty() && !matches!(*verb, "fmt" | "test-tool") => rest,
            [verb, ..] if *verb == "fmt" => return vec![Format],
            _ => return vec![],
        },
        "hatch" | "pdm" | "rye" | "pixi" | "composer" | "lefthook" => match rest {
            [verb, tail @ ..] if matches!(*verb, "run" | "run-script") => tail,
            [verb, ..] if matches!(*verb, "test" | "fmt" | "lint" | "build" | "publish" | "check") => rest,
            _ => return vec![],
        },
        "tox" | "nox" => {
            let session = rest.windows(2).find(|two| matches!(two[0], "-e" | "-s" | "--session"));
            let found = session.map(|two| target(two[1])).unwrap_or_default();
            return if found.is_empty() { vec![Test] } else { found };
        }
        _ => rest,
    };
    if name == "make" && rest.iter().any(|word| matches!(*word, "-n" | "--dry-run" | "-q")) {
        return vec![];
    }
    if name == "just"
        && rest.iter().any(|word| matches!(*word, "--list" | "-l" | "--show" | "--dry-run" | "-n"))
    {
        return vec![];
    }
    let mut words = rest;
    let mut found = Vec::new();
    let mut targets = 0;
    loop {
        words = skip_flags(words, VALUES);
        let Some(word) = words.first() else { break };
        words = &words[1..];
        if is_assignment(word) {
            continue;
        }
        targets += 1;
        // Of runners that pass arguments on, only the first name is a target.
        let passes_on =
            matches!(name, "mise" | "rtx" | "just" | "hatch" | "pdm" | "pixi" | "poe" | "composer" | "rye");
        if targets == 1 || !passes_on {
            found.extend(target(word));
        }
        if *word == ":::" {
            targets = 0;
        }
    }
    if targets == 0 && matches!(name, "make" | "gmake" | "bmake" | "ninja" | "samu" | "scons") {
        found.push(Build);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn jvm(rest: &[&str], maven: bool) -> Vec<Purpose> {
    let skipped =
        rest.iter().any(|word| word.starts_with("-DskipTests") || word.starts_with("-Dmaven.test.skip"))
            || rest.windows(2).any(|two| two[0] == "-x" && two[1].contains("test"));
    let mut found = Vec::new();
    for word in args(rest) {
        let name = word.rsplit(':').next().unwrap_or(word);
        match name {
            "package" | "verify" | "install" if maven => found.extend([Build, Test]),
            "deploy" if maven => found.extend([Build, Test, Publish]),
            "build" | "check" if !maven => found.extend([Build, Test]),
            "classes" | "assemble" | "jar" | "test-compile" | "testClasses" => found.push(Build),
            "publish" | "publishToMavenCentral" => found.push(Publish),
            _ => found.extend(target(name)),
        }
    }
    found.retain(|purpose| !(skipped && *purpose == Test));
    found.sort_unstable();
    found.dedup();
    found
}

/// Tools whose first word is a verb.
fn verb(name: &str, rest: &[&str]) -> Vec<Purpose> {
    let words = args(rest);
    match (name, words.as_slice()) {
        ("dart" | "flutter", ["analyze", ..]) => vec![Lint],
        ("dart", ["compile", ..]) => vec![Build],
        ("mix", ["credo" | "dialyzer", ..]) => vec![Lint],
        ("zig", ["build", rest @ ..]) if rest.contains(&"test") => vec![Test],
        ("dune", ["runtest", ..]) => vec![Test],
        ("forge", ["snapshot", ..]) => vec![Test],
        ("bazel" | "bazelisk" | "buck2", ["coverage", ..]) => vec![Test],
        ("xcodebuild", words) => {
            let found: Vec<Purpose> = words.iter().flat_map(|word| target(word)).collect();
            if found.is_empty() { vec![Build] } else { found }
        }
        ("zig", ["fmt", ..]) => vec![Format],
        (_, ["test" | "tests" | "spec" | "check-tests", ..]) => vec![Test],
        (
            _,
            ["build" | "compile" | "check" | "typecheck" | "develop" | "release-build" | "build-exe", ..],
        ) => vec![Build],
        (_, ["format" | "fmt", ..]) => vec![Format],
        (_, ["lint", ..]) => vec![Lint],
        (_, ["bench" | "benchmark", ..]) => vec![Bench],
        (_, ["publish", ..]) => vec![Publish],
        _ => vec![],
    }
}
