//! The other languages, where a file's place in the build can be known by reading lists and names.
//! Most of the time it cannot, and the answer is `Unknown`.

use guard_model::Side;
use guard_model::source::{ItemKind, ReachState};

use super::cargo::join;
use super::{Place, Tree, paths};

/// Go takes every file of a package's directory, apart from what its name or a build tag keeps out.
pub(super) fn go(tree: &dyn Tree, path: &str) -> Place {
    let dirs = paths::ancestors(paths::dir(path), "");
    if !dirs.iter().any(|dir| tree.read(&join(dir, "go.mod")).is_some()) {
        return Place::unknown("no go.mod above it");
    }
    if let Some(dir) =
        paths::dir(path).split('/').find(|dir| *dir == "testdata" || dir.starts_with(['_', '.']))
    {
        return Place::unknown(format!("the go command leaves {dir}/ out on purpose"));
    }
    if paths::name(path).starts_with(['_', '.']) {
        return Place {
            state: ReachState::Unreached,
            looked_at: vec![format!(
                "the go command ignores files that start with {:?}",
                &paths::name(path)[..1]
            )],
        };
    }
    let bytes = tree.read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let head = text.lines().take_while(|line| !line.starts_with("package "));
    for line in head.map(str::trim) {
        let tags = line.strip_prefix("//go:build ").or_else(|| line.strip_prefix("// +build "));
        if tags.is_some() {
            return Place::unknown(format!("built only under {line}"));
        }
    }
    if path.ends_with("_test.go") {
        return Place::reached("go test takes every _test.go file of a package");
    }
    match lost_suffix(tree, path, &bytes) {
        Some(place) => place,
        None => Place::reached("the go command takes every .go file of a package's directory"),
    }
}

/// A file of nothing but tests whose name does not end in `_test.go`: compiled, but never run as tests.
fn lost_suffix(tree: &dyn Tree, path: &str, bytes: &[u8]) -> Option<Place> {
    let facts = crate::facts(path, Side::Head, bytes)?;
    let functions: Vec<_> = facts.items.iter().filter(|item| item.kind == ItemKind::Function).collect();
    let is_test = |signature: &str| signature.contains("*testing.T)") && !signature.contains(',');
    if functions.is_empty()
        || !functions.iter().all(|it| it.name.starts_with("Test") && is_test(&it.signature))
    {
        return None;
    }
    let used = |name: &str| tree.grep(name).iter().any(|(file, _, _)| file != path);
    if functions.iter().any(|it| used(&it.name)) {
        return Some(Place::unknown("holds test functions that other files name"));
    }
    Some(Place {
        state: ReachState::Unreached,
        looked_at: vec![
            "holds only test functions, and go test runs those of files named *_test.go alone".to_owned(),
            "no other file names them".to_owned(),
        ],
    })
}

/// C and C++ under CMake, make or meson: a source is built when a list names it.
pub(super) fn c(tree: &dyn Tree, path: &str) -> Place {
    let name = paths::name(path);
    let stem = paths::stem(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_header = matches!(extension, "h" | "hh" | "hpp" | "hxx" | "inl");
    let mut looked_at = Vec::new();
    for (file, line, text) in tree.grep(name) {
        let at = format!("{file}:{line}: {}", crate::tree::one_line(&text, 100));
        let comment =
            text.trim_start().starts_with(['#', '/', '*']) && !text.trim_start().starts_with("#include");
        if file == path || comment || !has_word(&text, name) {
            continue;
        }
        if text.trim_start().starts_with("#include") {
            return if is_header { Place::reached(at) } else { Place::unknown(at) };
        }
        if is_build_file(&file) {
            return Place::reached(at);
        }
    }
    if is_header {
        return Place::unknown(format!("no #include names {name}, but includes can be made by macros"));
    }
    looked_at.push(format!("no build file names {name}"));
    let lists: Vec<String> = paths::ancestors(paths::dir(path), "")
        .into_iter()
        .flat_map(|dir| tree.list(dir).into_iter().map(|name| join(dir, &name)).collect::<Vec<_>>())
        .filter(|file| is_build_file(file))
        .collect();
    if lists.is_empty() {
        return Place::unknown("no CMakeLists.txt, Makefile or meson.build above it");
    }
    for word in ["GLOB", "wildcard", "aux_source_directory", "glob(", "%.o", ".c.o", ".cpp.o", "*.c", stem] {
        let hit = tree
            .grep(word)
            .into_iter()
            .find(|(file, _, text)| is_build_file(file) && (word != stem || has_word(text, stem)));
        if let Some((file, line, text)) = hit {
            return Place::unknown(format!("{file}:{line}: {}", crate::tree::one_line(&text, 100)));
        }
    }
    // Only a list that names this file's neighbours can be said to leave it out.
    let neighbours = tree
        .list(paths::dir(path))
        .into_iter()
        .filter(|it| it != name && it.rsplit_once('.').is_some_and(|(_, it)| it == extension));
    let listed = neighbours
        .take(50)
        .find_map(|it| tree.grep(&it).into_iter().find(|(file, _, _)| lists.contains(file)));
    match listed {
        Some((file, line, text)) => {
            looked_at
                .push(format!("{file}:{line} lists its neighbours: {}", crate::tree::one_line(&text, 80)));
            looked_at.push("no build file takes sources by pattern".to_owned());
            Place { state: ReachState::Unreached, looked_at }
        }
        None => Place::unknown("the build files do not list the sources of its directory"),
    }
}

fn is_build_file(path: &str) -> bool {
    let name = paths::name(path);
    matches!(
        name,
        "CMakeLists.txt"
            | "Makefile"
            | "GNUmakefile"
            | "makefile"
            | "meson.build"
            | "BUILD"
            | "BUILD.bazel"
            | "SConstruct"
            | "SConscript"
            | "configure.ac"
            | "Makefile.am"
            | "Makefile.in"
            | "wscript"
            | "Android.bp"
            | "BUILD.gn"
            | "xmake.lua"
            | "premake5.lua"
            | "setup.py"
            | "build.rs"
            | "build.zig"
            | "binding.gyp"
            | "Package.swift"
    ) || [
        ".cmake", ".mk", ".gn", ".gni", ".gyp", ".gypi", ".pro", ".pri", ".vcxproj", ".bzl", ".am",
        ".pbxproj", ".sln",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_' || it == '-';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        before.is_none_or(|it| !part(it)) && after.is_none_or(|it| !part(it))
    })
}

/// Python: only whether pytest collects a file of tests. What imports a module is not asked.
pub(super) fn python(tree: &dyn Tree, path: &str) -> Place {
    const NOT_ASKED: &str = "what imports a Python module cannot be known by reading";
    let stem = paths::stem(path);
    let by_name = stem.starts_with("test_") || stem.ends_with("_test");
    let tests = count_tests(tree, path, "def test_");
    if !by_name && tests == 0 {
        return Place::unknown(NOT_ASKED);
    }
    let mut configured = None;
    for dir in paths::ancestors(paths::dir(path), "") {
        for (name, mark) in [
            ("pytest.ini", "[pytest]"),
            ("pyproject.toml", "[tool.pytest"),
            ("tox.ini", "[pytest]"),
            ("setup.cfg", "[tool:pytest]"),
        ] {
            let file = join(dir, name);
            let Some(bytes) = tree.read(&file) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            if !text.contains(mark) {
                continue;
            }
            for key in
                ["python_files", "testpaths", "norecursedirs", "collect_ignore", "--ignore", "--deselect"]
            {
                if text.contains(key) {
                    return Place::unknown(format!("{file} sets {key}"));
                }
            }
            configured.get_or_insert(file);
        }
        let conftest = join(dir, "conftest.py");
        if let Some(bytes) = tree.read(&conftest) {
            let text = String::from_utf8_lossy(&bytes);
            if text.contains("collect") {
                return Place::unknown(format!("{conftest} decides what is collected"));
            }
            configured.get_or_insert(conftest);
        }
    }
    let Some(configured) = configured else { return Place::unknown("no sign of how tests are run") };
    if by_name {
        return Place::reached(format!("pytest ({configured}) collects test_*.py and *_test.py"));
    }
    if is_data(path) || stem == "conftest" || stem == "__init__" {
        return Place::unknown(NOT_ASKED);
    }
    if let Some((file, line, text)) = named_elsewhere(tree, path, stem) {
        return Place::unknown(format!("{file}:{line}: {text}"));
    }
    Place {
        state: ReachState::Unreached,
        looked_at: vec![
            format!(
                "pytest ({configured}) collects test_*.py and *_test.py by default, and nothing sets python_files"
            ),
            format!("no other file names {stem}"),
        ],
    }
}

/// JavaScript and TypeScript: only whether jest or vitest collects a file of tests.
pub(super) fn javascript(tree: &dyn Tree, path: &str) -> Place {
    const NOT_ASKED: &str = "what imports a module cannot be known by reading";
    let stem = paths::stem(path);
    let inner = stem.rsplit_once('.').map_or(stem, |(_, inner)| inner);
    let by_name = matches!(inner, "test" | "spec");
    let by_dir = paths::dir(path).split('/').any(|dir| dir == "__tests__");
    let facts = tree.read(path).and_then(|bytes| crate::facts(path, Side::Head, &bytes));
    let tests = facts.map_or(0, |facts| facts.tests.len());
    if tests == 0 {
        return Place::unknown(NOT_ASKED);
    }
    let mut runner = None;
    for dir in paths::ancestors(paths::dir(path), "") {
        for name in tree.list(dir) {
            let is_config =
                ["jest.", "vitest.", "vite.config", "karma.", "playwright.", "cypress.", ".mocharc"]
                    .iter()
                    .any(|start| name.starts_with(start));
            if is_config {
                return Place::unknown(format!("{} may say which files are tests", join(dir, &name)));
            }
        }
        let manifest = join(dir, "package.json");
        let Some(bytes) = tree.read(&manifest) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let other = [
            "mocha",
            "ava",
            "tap",
            "node --test",
            "playwright",
            "cypress",
            "karma",
            "jasmine",
            "bun test",
            "\"jest\": {",
            "testMatch",
            "testRegex",
        ];
        if let Some(word) = other.iter().find(|word| has_word(&text, word)) {
            return Place::unknown(format!("{manifest} mentions {word}"));
        }
        if let Some(found) = ["vitest", "jest"].into_iter().find(|word| has_word(&text, word)) {
            runner.get_or_insert((found, manifest));
        }
    }
    let Some((runner, manifest)) = runner else { return Place::unknown("no sign of how tests are run") };
    if by_name || (by_dir && runner == "jest") {
        return Place::reached(format!("{runner} ({manifest}) collects it by its name"));
    }
    if is_data(path) {
        return Place::unknown(NOT_ASKED);
    }
    if let Some((file, line, text)) = named_elsewhere(tree, path, stem) {
        return Place::unknown(format!("{file}:{line}: {text}"));
    }
    Place {
        state: ReachState::Unreached,
        looked_at: vec![
            format!(
                "{runner} ({manifest}) collects *.test.* and *.spec.* by default, and no configuration says otherwise"
            ),
            format!("no other file names {stem}"),
        ],
    }
}

fn count_tests(tree: &dyn Tree, path: &str, start: &str) -> usize {
    let bytes = tree.read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().filter(|line| line.starts_with(start)).count()
}

fn is_data(path: &str) -> bool {
    const DATA: [&str; 12] = [
        "fixtures",
        "fixture",
        "testdata",
        "test_data",
        "data",
        "examples",
        "example",
        "example_scripts",
        "samples",
        "templates",
        "resources",
        "__fixtures__",
    ];
    paths::dir(path).split('/').any(|dir| DATA.contains(&dir))
}

fn named_elsewhere(tree: &dyn Tree, path: &str, stem: &str) -> Option<(String, u32, String)> {
    let hit = tree.grep(stem).into_iter().find(|(file, _, text)| {
        let doc = [".md", ".txt", ".rst", ".lock"].iter().any(|end| file.ends_with(end));
        file != path && !doc && has_word(text, stem)
    })?;
    Some((hit.0, hit.1, crate::tree::one_line(&hit.2, 100)))
}
