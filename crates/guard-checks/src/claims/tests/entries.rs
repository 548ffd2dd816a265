//! Entries of types, manifests and lists.

use super::{K, StatementKind, UNSEEN, VERIFIED, changed, extract, say, settle, statement, verdict};

#[test]
fn entries_are_found_on_lines_of_their_own() {
    let mut evidence = changed(&[
        (
            "src/op.rs",
            Some(
                "pub enum Instruction {\n    Jmp(u8),\n    Push(u8),\n}\npub struct Options {\n    pub depth: u8,\n}\npub trait Join {\n    fn run(&self);\n}\n",
            ),
            Some(
                "pub enum Instruction {\n    Jmp(u8),\n    Jg(u8),\n    Push(u16),\n}\npub struct Options {\n    pub depth: u8,\n    pub timeout: u64,\n}\npub trait Join {\n    type Out;\n    fn run(&self);\n}\n",
            ),
        ),
        (
            "src/config.ts",
            Some(
                "export type ConfigOptions = {\n  mode?: string\n}\nexport function f(o: ConfigOptions) { return o.mode }\n",
            ),
            Some(
                "export type ConfigOptions = {\n  mode?: string\n  apiKey?: string\n  modelType?: string\n}\nexport function f(o: ConfigOptions) { return o.mode ?? o.other }\n",
            ),
        ),
        (
            "Cargo.toml",
            Some("[features]\ndefault = []\n"),
            Some(
                "[features]\ndefault = []\nmacros = [\"dep:m\"]\n\n[[test]]\nname = \"e2e\"\npath = \"e2e.rs\"\n",
            ),
        ),
        (".gitignore", Some("target\n"), Some("target\n.cache/\nlocal.toml\n")),
        (
            "src/cli.rs",
            Some("pub struct CliOptions {}\n"),
            Some("pub struct CliOptions {\n    #[arg(short = 'C')]\n    pub dir: String,\n}\n"),
        ),
    ]);
    for (text, expected) in [
        ("Added Jg (jump if greater) instruction.", VERIFIED),
        // It was there, with another operand.
        ("Added Push instruction.", UNSEEN),
        ("Added Pop instruction.", UNSEEN),
        ("Added timeout field to Options struct.", VERIFIED),
        ("Added depth field to Options struct.", UNSEEN),
        ("Added apiKey and modelType to ConfigOptions.", VERIFIED),
        ("Added apiKey and baseUrl to ConfigOptions.", UNSEEN),
        ("Added a `macros` feature.", VERIFIED),
        ("Added a `default` feature.", UNSEEN),
        ("Configured e2e test target in Cargo.toml.", VERIFIED),
        ("Configured e2e bench target in Cargo.toml.", UNSEEN),
        ("Added .cache/ and local.toml to .gitignore.", VERIFIED),
        ("Added .cache/ and other.toml to .gitignore.", UNSEEN),
        ("Added a new -C option.", VERIFIED),
        ("Added a new -D option.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    assert_eq!(say(&mut evidence, "Added Jg instruction.").kind, K::Add);
}

#[test]
fn each_of_all_is_looked_at() {
    const BASE: &str = "impl A {\n    pub fn build(self) -> A { self }\n}\nimpl B {\n    pub fn build(self) -> B { self }\n}\n";
    let one = BASE.replacen("    pub fn build", "    #[must_use]\n    pub fn build", 1);
    let both = BASE.replace("    pub fn build", "    #[must_use]\n    pub fn build");
    for (head, expected) in [(&both, VERIFIED), (&one, UNSEEN)] {
        let mut evidence = changed(&[("src/builder.rs", Some(BASE), Some(head))]);
        let text = "- `src/builder.rs`: Added `#[must_use]` to all `build()` methods";
        assert_eq!(verdict(&mut evidence, text), expected, "{head}");
    }
}

#[test]
fn packages_are_counted_by_their_manifests() {
    let manifest = "[package]\nname = \"x\"\nversion = \"0.1.0\"\n";
    let mut evidence = changed(&[
        ("crates/x-ast/Cargo.toml", None, Some(manifest)),
        ("crates/x-parser/Cargo.toml", None, Some(manifest)),
    ]);
    for (text, expected) in [
        ("Created 2-crate workspace: x-ast, x-parser (library)", VERIFIED),
        ("Created 2 crates: x-ast and x-parser", VERIFIED),
        ("Created 3-crate workspace: x-ast, x-parser", UNSEEN),
        ("Created 2-crate workspace: x-ast, x-lexer", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn what_a_list_under_removed_names_is_gone() {
    let tests = "#[test]\nfn one() { assert!(f()); }\n#[test]\nfn two() { assert!(g()); }\n#[test]\nfn three() { assert!(h()); }\n";
    let left = "#[test]\nfn three() { assert!(h()); }\n";
    let guide = "# Guide\n## Nightly-only integration tests\nText.\n## Other\n";
    let mut evidence = changed(&[
        ("tests/main.rs", Some(tests), Some(left)),
        ("testdata/one/src/lib.rs", Some("fn a() {}\n"), None),
        ("testdata/two/Cargo.toml", Some("[package]\n"), None),
        ("GUIDE.md", Some(guide), Some("# Guide\n## Other\n")),
        ("benches/parse.rs", None, Some("use criterion::Criterion;\nfn main() { Criterion::default(); }\n")),
    ]);
    for (item, expected) in [
        ("Both integration tests from tests/main.rs", VERIFIED),
        ("Three tests from tests/main.rs", UNSEEN),
        ("testdata/one/ and testdata/two/ trees", VERIFIED),
        ("testdata/one/ and testdata/three/ trees", UNSEEN),
        ("The nightly-only integration tests section in GUIDE.md", VERIFIED),
        ("The other tests section in GUIDE.md", UNSEEN),
    ] {
        let text = format!("Tidy\n\nRemoved:\n- {item}\n");
        evidence.words.statements = vec![statement(StatementKind::Commit, &text, "c0ffee", 99)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        let claim = claims.iter().find(|c| c.text == item).unwrap_or_else(|| panic!("{item}: {claims:?}"));
        assert_eq!((claim.verdict, claim.looked), expected, "{item}: {claim:?}");
    }
    assert_eq!(verdict(&mut evidence, "I've added criterion benchmarks for parsing."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've added divan benchmarks for parsing."), UNSEEN);
}
