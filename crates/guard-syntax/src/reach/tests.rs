//! Each case is a small tree; the file asked about stands first.

use std::collections::BTreeMap;

use super::*;

struct Files(BTreeMap<String, String>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Tree for Files {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(path).map(|text| Cow::Borrowed(text.as_bytes()))
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for path in self.0.keys() {
            let Some(rest) = paths::below(path, dir) else { continue };
            let name = match rest.split_once('/') {
                Some((first, _)) => format!("{first}/"),
                None => rest.to_owned(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn grep(&self, needle: &str) -> Vec<(String, u32, String)> {
        let mut hits = Vec::new();
        for (path, text) in &self.0 {
            let lines = text.lines().zip(1..).filter(|(line, _)| line.contains(needle));
            hits.extend(lines.map(|(line, number)| (path.clone(), number, line.to_owned())));
        }
        hits
    }
}

const PACKAGE: (&str, &str) = ("Cargo.toml", "[package]\nname = \"p\"\nedition = \"2021\"\n");

fn of(files: &[(&str, &str)]) -> Place {
    let tree = Files::new(files);
    reach(&tree, files[0].0)
}

#[track_caller]
fn check(expected: ReachState, files: &[(&str, &str)]) {
    let mut all = files.to_vec();
    if !files.iter().any(|(path, _)| path.ends_with("Cargo.toml")) {
        all.push(PACKAGE);
    }
    let place = of(&all);
    assert_eq!(place.state, expected, "{}: {:#?}", files[0].0, place.looked_at);
    assert!(!place.looked_at.is_empty());
}

#[test]
fn files_that_cargo_compiles_are_reached() {
    use ReachState::Reached;
    check(Reached, &[("src/lib.rs", "")]);
    check(Reached, &[("build.rs", "")]);
    check(Reached, &[("src/bin/a.rs", "")]);
    check(Reached, &[("src/bin/a/main.rs", "")]);
    check(Reached, &[("tests/a.rs", "")]);
    check(Reached, &[("examples/a/main.rs", "")]);
    check(Reached, &[("src/a.rs", ""), ("src/lib.rs", "mod a;")]);
    check(Reached, &[("src/a.rs", ""), ("src/main.rs", "fn main() {}\nmod a;")]);
    check(Reached, &[("src/a/b.rs", ""), ("src/a.rs", "pub mod b;"), ("src/lib.rs", "mod a;")]);
    check(Reached, &[("src/a/b.rs", ""), ("src/a/mod.rs", "pub mod b;"), ("src/lib.rs", "mod a;")]);
    check(Reached, &[("src/a/b.rs", ""), ("src/lib.rs", "mod a { mod b; }")]);
    check(Reached, &[("src/x/a/b.rs", ""), ("src/x.rs", "mod a { pub mod b; }"), ("src/lib.rs", "mod x;")]);
    check(Reached, &[("src/a/c/mod.rs", ""), ("src/a.rs", "mod c;"), ("src/lib.rs", "mod a;")]);
    check(Reached, &[("tests/common/mod.rs", ""), ("tests/one.rs", "mod common;")]);
    check(Reached, &[("tests/all/one.rs", ""), ("tests/all/main.rs", "mod one;")]);
    check(Reached, &[("src/bin/tool/args.rs", ""), ("src/bin/tool/main.rs", "mod args;")]);
    check(
        Reached,
        &[("src/imp/unix.rs", ""), ("src/lib.rs", "#[cfg_attr(unix, path = \"imp/unix.rs\")] mod imp;")],
    );
    check(Reached, &[("src/other/name.rs", ""), ("src/lib.rs", "#[path = \"other/name.rs\"] mod a;")]);
    // A file loaded by `#[path]` names its submodules like a mod.rs.
    check(
        Reached,
        &[
            ("src/other/b.rs", ""),
            ("src/other/name.rs", "#[path = \"b.rs\"] mod b;"),
            ("src/lib.rs", "#[path = \"other/name.rs\"] mod a;"),
        ],
    );
    check(Reached, &[("src/a.rs", ""), ("src/lib.rs", "cfg_if! { if #[cfg(unix)] { mod a; } }")]);
    check(Reached, &[("src/a.rs", ""), ("src/lib.rs", "#[cfg(test)]\nmod a;")]);
    check(Reached, &[("src/a.rs", ""), ("src/lib.rs", "// mod a;\n#[cfg(feature = \"a\")] mod a;")]);
    check(Reached, &[("src/r#type.rs", ""), ("src/lib.rs", "#[path = \"r#type.rs\"] mod r#type;")]);
    check(Reached, &[("src/type.rs", ""), ("src/lib.rs", "mod r#type;")]);
    check(Reached, &[("tests/sub/a.rs", ""), ("tests/main.rs", "automod::dir!(\"tests/sub\");")]);
    check(
        Reached,
        &[("src/cli.rs", ""), ("Cargo.toml", "[package]\nname='p'\n[[bin]]\nname='p'\npath='src/cli.rs'")],
    );
    check(
        Reached,
        &[
            ("src/args.rs", ""),
            ("src/cli.rs", "mod args;"),
            ("Cargo.toml", "[package]\nname='p'\n[[bin]]\nname='p'\npath='src/cli.rs'"),
        ],
    );
    check(
        Reached,
        &[("tests/a.rs", ""), ("Cargo.toml", "[package]\nname='p'\nautotests=false\n[[test]]\nname='a'")],
    );
    check(
        Reached,
        &[
            ("m/p/src/a.rs", ""),
            ("m/p/src/lib.rs", "mod a;"),
            ("m/p/Cargo.toml", PACKAGE.1),
            ("Cargo.toml", "[workspace]"),
        ],
    );
}

#[test]
fn files_that_nothing_compiles_are_unreached() {
    use ReachState::Unreached;
    check(Unreached, &[("src/a.rs", "fn a() {}"), ("src/lib.rs", "mod b;"), ("src/b.rs", "")]);
    check(
        Unreached,
        &[("src/a.rs", ""), ("src/lib.rs", "// mod a;\n/* mod a; */\nconst S: &str = \"mod a;\";")],
    );
    check(Unreached, &[("src/a.rs", ""), ("src/lib.rs", "#[cfg(any())] mod a;")]);
    check(Unreached, &[("src/old/b.rs", ""), ("src/old/mod.rs", "mod b;"), ("src/lib.rs", "")]);
    check(Unreached, &[("tests/unit/a.rs", ""), ("tests/one.rs", "")]);
    check(
        Unreached,
        &[("tests/a.rs", ""), ("Cargo.toml", "[package]\nname='p'\nautotests=false\nedition='2021'\n")],
    );
    check(Unreached, &[("src/a.rs", ""), ("src/lib.rs", ""), ("README.md", "see src/a.rs")]);
    check(Unreached, &[("src/a.rs", ""), ("src/lib.rs", "//! see src/a.rs\n")]);
    // The other package's file of the same name is its own.
    check(
        Unreached,
        &[
            ("one/src/a.rs", ""),
            ("one/src/lib.rs", ""),
            ("one/Cargo.toml", PACKAGE.1),
            ("two/src/a.rs", ""),
            ("two/src/lib.rs", "#[path = \"a.rs\"] mod b; mod a;"),
            ("two/Cargo.toml", PACKAGE.1),
        ],
    );
    // Two files that only declare each other.
    check(
        Unreached,
        &[
            ("src/x/a.rs", "#[path = \"b.rs\"] mod b;"),
            ("src/x/b.rs", "#[path = \"a.rs\"] mod a;"),
            ("src/lib.rs", ""),
        ],
    );
}

#[test]
fn look_alikes_are_unknown() {
    use ReachState::Unknown;
    check(Unknown, &[("tests/ui/a.rs", ""), ("tests/compile.rs", "")]);
    check(Unknown, &[("tests/fixtures/a.rs", "")]);
    check(Unknown, &[("templates/src/a.rs", "")]);
    check(Unknown, &[("tests/x/a.rs", ""), ("tests/t.rs", "fn f() { t.compile_fail(\"tests/x/*.rs\"); }")]);
    check(Unknown, &[("src/a.rs", ""), ("src/lib.rs", "include!(\"a.rs\");")]);
    check(Unknown, &[("src/a.rs", ""), ("src/lib.rs", "/// # include!(\"a.rs\");\nfn f() {}")]);
    check(Unknown, &[("src/a.rs", ""), ("src/lib.rs", "modules! { a, b }")]);
    check(
        Unknown,
        &[
            ("src/ser/mod.rs", ""),
            ("src/root.rs", "macro_rules! root { () => { pub mod ser; } }"),
            ("src/lib.rs", "mod root; root!();"),
        ],
    );
    check(
        Unknown,
        &[
            ("src/gen/a.rs", ""),
            ("src/lib.rs", ""),
            ("build.rs", "fn main() { for f in read_dir(\"src/gen\") { write(\"pub mod x\") } }"),
        ],
    );
    check(Unknown, &[("src/a.rs", ""), ("src/lib.rs", ""), ("BUILD.bazel", "srcs = [\"src/a.rs\"]")]);
    check(
        Unknown,
        &[
            ("one/src/a.rs", ""),
            ("one/Cargo.toml", PACKAGE.1),
            ("two/Cargo.toml", "[package]\nname='t'\n[lib]\npath = \"../one/src/a.rs\""),
        ],
    );
    check(Unknown, &[("scripts/a.rs", ""), ("src/lib.rs", "")]);
    check(Unknown, &[("a.rs", ""), ("Cargo.toml", "[workspace]")]);
    check(Unknown, &[("src/a.rs", ""), ("Cargo.toml", "not toml [")]);
    check(Unknown, &[("tests/a.rs", ""), ("Cargo.toml", "[package]\nname='p'\n[[test]]\nname='b'\n")]);
}

#[test]
fn an_accusation_says_what_was_looked_at() {
    let place = of(&[("src/a.rs", ""), ("src/lib.rs", "// mod a;\nmod b;"), ("src/b.rs", ""), PACKAGE]);
    insta::assert_snapshot!(place.looked_at.join("\n"), @r"
    Cargo.toml: no target has this path
    src/lib.rs:1: `mod a;` is commented out
    nothing else in the repository names a.rs where it could be included
    ");
    let place =
        of(&[("src/a/b.rs", ""), ("src/a.rs", "#[cfg(unix)]\nmod b;"), ("src/lib.rs", "mod a;"), PACKAGE]);
    insta::assert_snapshot!(place.looked_at.join("\n"), @r"
    src/lib.rs is the library of Cargo.toml
    src/lib.rs:1: `mod a;`
    src/a.rs:2: `mod b;` #[cfg(unix)]
    ");
}

#[test]
fn other_languages_say_only_what_can_be_known() {
    use ReachState::{Reached, Unknown, Unreached};
    let go = ("go.mod", "module m");
    check(Reached, &[("a.go", "package a\nfunc F() {}"), go]);
    check(Reached, &[("a_test.go", "package a\nfunc TestF(t *testing.T) {}"), go]);
    check(Unknown, &[("a.go", "//go:build ignore\n\npackage a"), go]);
    check(Unknown, &[("testdata/a.go", "package a"), go]);
    check(Unreached, &[("_a.go", "package a"), go]);
    check(Unreached, &[("a_tests.go", "package a\nfunc TestF(t *testing.T) { t.Fatal() }"), go]);
    check(
        Unknown,
        &[
            ("suite.go", "package a\nfunc TestF(t *testing.T) {}"),
            ("b_test.go", "package a\nfunc TestG(t *testing.T) { TestF(t) }"),
            go,
        ],
    );

    let cmake = ("CMakeLists.txt", "add_library(x a.cc)\n");
    check(Reached, &[("a.cc", ""), cmake]);
    check(Unreached, &[("b.cc", ""), ("a.cc", ""), cmake]);
    check(
        Unknown,
        &[("b.cc", ""), ("a.cc", ""), ("CMakeLists.txt", "file(GLOB S *.cc)\nadd_library(x a.cc)")],
    );
    check(Unknown, &[("b.cc", ""), ("a.cc", ""), ("CMakeLists.txt", "add_library(x a.cc)\nforeach(n b)\n")]);
    check(Unknown, &[("b.cc", "")]);

    let pytest = ("pytest.ini", "[pytest]\n");
    check(Reached, &[("tests/test_a.py", "def test_a(): pass"), pytest]);
    check(Unreached, &[("tests/a_tests.py", "def test_a():\n    assert 1"), pytest]);
    check(
        Unknown,
        &[("tests/a_tests.py", "def test_a(): pass"), ("pytest.ini", "[pytest]\npython_files = *_tests.py")],
    );
    check(Unknown, &[("a.py", "x = 1"), pytest]);
}

#[test]
fn declarations_that_went_name_the_files_that_they_meant() {
    for (path, base, head, expected) in [
        (
            "src/lib.rs",
            "mod a; mod b;",
            "mod b;",
            ["src/a.rs", "src/a/mod.rs", "src/lib/a.rs", "src/lib/a/mod.rs"].as_slice(),
        ),
        (
            "src/lib.rs",
            "#[cfg(test)] mod a;",
            "// #[cfg(test)] mod a;",
            &["src/a.rs", "src/a/mod.rs", "src/lib/a.rs", "src/lib/a/mod.rs"],
        ),
        ("src/lib.rs", "mod a;", "pub(crate) mod a;", &[]),
        ("src/lib.rs", "fn f() {}", "", &[]),
        ("src/lib.rs", "#[path = \"x/y.rs\"] mod a;", "", &["src/x/y.rs", "src/x/y.rs"]),
    ] {
        assert_eq!(undeclared(path, base, head), expected, "{base} -> {head}");
    }
}
