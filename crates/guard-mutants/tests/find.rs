//! Which mutants are made, and how they stand beside the code.

use guard_mutants::find::{FindError, OperatorSet, find, visited};
use guard_mutants::{Edit, Mutant, Switch};

fn cargo_mutants(text: &str) -> Vec<Mutant> {
    find("src/lib.rs", text, OperatorSet::CargoMutants).expect(text)
}

fn listed(mutants: &[Mutant]) -> String {
    let line = |m: &Mutant| {
        let switch = match &m.switch {
            Switch::Runtime => String::new(),
            Switch::ConstFn => " [const fn]".to_owned(),
            Switch::Never(reason) => format!(" [never: {reason}]"),
        };
        format!("{}:{}: {}{switch}\n", m.start.line, m.start.column, m.description)
    };
    mutants.iter().map(line).collect()
}

/// The code of a mutant whose edit is an expression or statement, as the edit says and as its span says.
fn applied(text: &str, mutant: &Mutant) -> (String, String) {
    let put =
        |at: &std::ops::Range<usize>, new: &str| format!("{}{new}{}", &text[..at.start], &text[at.end..]);
    let (Edit::Expression { at, text: new } | Edit::Statement { at, text: new }) = &mutant.edit else {
        panic!("{mutant:?}");
    };
    (put(at, new), put(&mutant.span, &mutant.replacement))
}

#[test]
fn a_rich_file_gives_what_cargo_mutants_gives() {
    insta::assert_snapshot!(listed(&cargo_mutants(include_str!("find/rich.rs"))));
}

#[test]
fn operands_keep_their_meaning() {
    let cases = [
        ("fn f() { x(a + b * c) }", "replace + with - in f", "a - (b * c)"),
        ("fn f() { x(a + b * c) }", "replace * with + in f", "b + c"),
        ("fn f() { x(a - b - c) }", "replace - with / in f", "(a - b) / c"),
        ("fn f() { x(a as usize > b) }", "replace > with < in f", "(a as usize) < b"),
        ("fn f() { x(-a.b() >= c[1]) }", "replace >= with < in f", "(-a.b()) < c[1]"),
        ("fn f() { x(a && b || c) }", "replace || with && in f", "(a && b) && c"),
        ("fn f() { *a.b += c?; }", "replace += with -= in f", "(*a.b) -= c?"),
        ("fn f() { x(!match a { _ => b }.c()) }", "delete ! in f", "(match a { _ => b }.c())"),
        ("fn f() { x(S { a: 1 } == s) }", "replace == with != in f", "(S { a: 1 }) != s"),
        ("fn f() { x(if a { b } else { c } + d) }", "replace + with - in f", "(if a { b } else { c }) - d"),
    ];
    for (text, description, expected) in cases {
        let mutants = cargo_mutants(text);
        let mutant = mutants.iter().find(|m| m.description == description).unwrap();
        let Edit::Expression { text: edit, .. } = &mutant.edit else { panic!("{mutant:?}") };
        assert_eq!(edit, expected, "{text}");
    }
}

#[test]
fn the_text_of_an_edit_is_one_line_without_comments() {
    let text = "fn f() { x(g(/* why */ a, // first\n    \"b\\\n       c\n  d\", r#\"e\\\n\"f\"#, |x| { /// doc\n h(x); x }) + 1) }";
    let mutants = cargo_mutants(text);
    let (edited, _) = applied(text, mutants.iter().find(|m| m.replacement == "-").unwrap());
    assert_eq!(edited, r#"fn f() { x(g(a, "bc\n  d", "e\\\n\"f", |x| { h(x); x }) - 1) }"#, "{edited}");
}

#[test]
fn byte_order_mark_line_ends_and_shebang_leave_places_right() {
    let plain = "#!/usr/bin/env run\nfn f() {\n    g(\"ä→\", a + b); // →\n    g(c ==\n        d);\n}\n";
    let crlf = plain.replace('\n', "\r\n");
    let with_mark = format!("\u{feff}{}", &crlf[crlf.find("fn").unwrap()..]);
    for text in [plain, &crlf, &with_mark] {
        let mutants = cargo_mutants(text);
        let places: Vec<_> = mutants
            .iter()
            .skip(1)
            .map(|m| {
                let (edited, spanned) = applied(text, m);
                let bare = |code: String| code.split_whitespace().collect::<String>();
                assert_eq!(bare(edited), bare(spanned), "{m:?}");
                let Edit::Expression { at, .. } = &m.edit else { panic!("{m:?}") };
                (&text[at.clone()], m.start.column)
            })
            .map(|(t, c)| (t.split_whitespace().collect::<Vec<_>>().join(" "), c))
            .collect();
        let expected = [("a + b", 15), ("a + b", 15), ("c == d", 9)].map(|(t, c)| (t.to_owned(), c));
        assert_eq!(places, expected);
    }
}

#[test]
fn a_function_is_told_with_attributes_and_inner_comments() {
    let text =
        "/// doc\n#[inline]\npub fn f() -> u8 {\n    //! inner\n    #![allow(x)]\n    //! last\n    g()\n}\n";
    let function = cargo_mutants(text)[0].function.clone().unwrap();
    assert_eq!(&text[function.span.clone()], text.trim_end());
    assert!(text[function.inside..].starts_with("    g()"), "{:?}", &text[function.inside..]);
    assert!(text[function.body.clone()].starts_with("{\n    //!") && text[function.body].ends_with('}'));
}

#[test]
fn conditions_with_let_are_never_covered() {
    let text =
        "fn f() { if let Some(a) = b && c == d && e { g() } match h { x if let Y(z) = x => {} _ => {} } }";
    for mutant in cargo_mutants(text) {
        let Edit::Expression { at, .. } = &mutant.edit else { continue };
        let is_switched = !matches!(mutant.switch, Switch::Never(_));
        assert!(!(is_switched && text[at.clone()].contains("let")), "{mutant:?}");
    }
}

#[test]
fn what_runs_while_compiling_has_no_switch() {
    let text = "
const A: usize = 1 + 1;
static B: fn() -> u8 = || 2 - 1;
enum E { V = 3 * 1 }
fn f<const N: usize>(a: [u8; N + 1]) -> Foo<{ N - 1 }> {
    const C: u8 = 4 / 1;
    fn inner() -> bool { 5 < 6 }
    const { 7 % 1 };
    let b = [8 ^ 1; 9 & 1];
    g::<{ 10 | 1 }>(b)
}
const fn h() -> u8 { 11 << 1 }
";
    let found = cargo_mutants(text);
    let switch = |op: &str| {
        let m = found.iter().find(|m| m.description.starts_with(&format!("replace {op} with"))).unwrap();
        match &m.switch {
            Switch::Never(reason) => reason.clone(),
            other => format!("{other:?}"),
        }
    };
    let expected = [
        ("+", "a constant's value"),
        ("-", "Runtime"),
        ("*", "an enum's discriminant"),
        ("/", "a constant's value"),
        ("<", "Runtime"),
        ("%", "an inline constant"),
        ("^", "Runtime"),
        ("&", "an array's length"),
        ("|", "part of a type"),
        ("<<", "ConstFn"),
    ];
    for (op, reason) in expected {
        assert_eq!(switch(op), reason, "{op}");
    }
}

#[test]
fn excluded_code_has_no_mutants() {
    let cases = [
        "#![cfg(test)] fn f() -> bool { a == b }",
        "#[cfg(test)] mod t { fn f() -> bool { a == b } }",
        "#[tokio::test] async fn f() { a == b; }",
        "#[mutants::skip] fn f() -> bool { a == b }",
        "#[cfg_attr(test, mutants::skip)] fn f() -> bool { a == b }",
        "unsafe fn f() -> bool { a == b }",
        "impl S { fn new() -> S { S(a == b) } }",
        "impl Default for S { fn default() -> S { S(a == b) } }",
        "fn f() {}",
        "trait T { fn f() -> bool; }",
    ];
    for text in cases {
        assert_eq!(listed(&cargo_mutants(text)), "", "{text}");
    }
    let kept = ["#[cfg(all(test, unix))] fn f() -> bool { g() }", "#[cfg(not(test))] fn f() -> bool { g() }"];
    for text in kept {
        assert_eq!(cargo_mutants(text).len(), 2, "{text}");
    }
}

#[test]
fn code_that_cannot_be_read_says_so() {
    let error = find("src/a.rs", "fn f() {\n    let = 3;\n}", OperatorSet::CargoMutants).unwrap_err();
    assert!(matches!(&error, FindError::Syntax { line: 2, .. }), "{error}");
    let error = find("src/a.rs", "fn f() {\n\n  \"", OperatorSet::CargoMutants).unwrap_err();
    assert!(matches!(&error, FindError::Syntax { .. }), "{error}");
    let large = " ".repeat(guard_mutants::find::MOST_BYTES + 1);
    let error = find("src/a.rs", &large, OperatorSet::CargoMutants).unwrap_err();
    assert!(matches!(error, FindError::TooLarge { .. }), "{error}");
}

/// Code that nests in one way, `n` levels deep.
fn nests(n: usize) -> Vec<(&'static str, String)> {
    let around =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let body = |code: String| format!("fn f() -> bool {{ {code} }}");
    vec![
        ("parentheses", body(around("(", "a", ")"))),
        ("brackets", body(around("[", "a", "]"))),
        ("blocks", body(around("{", "a", "}"))),
        ("calls", body(around("a(", "b", ")"))),
        ("not", body(around("!", "a", ""))),
        ("minus", body(around("- ", "a", ""))),
        ("borrows", body(around("&", "a", ""))),
        ("stars", body(around("*", "a", ""))),
        ("returns", body(around("return ", "a", ""))),
        ("closures", body(around("|a, b| ", "a", ""))),
        ("empty closures", body(around("|| ", "a", ""))),
        ("closures of blocks", body(around("|a| { ", "a", "}"))),
        ("sums", body(around("a + ", "b", ""))),
        ("and", body(around("a && ", "b", ""))),
        ("assignments", body(around("a = ", "b", ""))),
        ("methods", body(around("", "a", ".b()"))),
        ("calls of calls", body(around("", "a", "()"))),
        ("indexes", body(around("", "a", "[0]"))),
        ("fields", body(around("", "a", ".b"))),
        ("tries", body(around("", "a", "?"))),
        ("casts", body(around("", "a", " as u8"))),
        ("ifs", body(around("if a { b } else ", "{ c }", ""))),
        ("nested ifs", body(around("if a { ", "b", " }"))),
        ("ifs of ifs", body(around("if ", "a", " { b }"))),
        ("matches", body(around("match a { _ => ", "b", " }"))),
        ("matches of matches", body(around("match ", "a", " {}"))),
        ("loops", body(around("loop { ", "b", " }"))),
        ("types", format!("type T = {};", around("A<B, ", "C", ">"))),
        ("qualified types", format!("type T = {};", around("<", "A", " as B>::C"))),
        ("references", format!("type T = {};", around("&'a ", "A", ""))),
        ("pointers", format!("type T = {};", around("*const ", "A", ""))),
        ("functions", format!("type T = {};", around("fn() -> ", "A", ""))),
        ("traits", format!("fn f() -> {} {{}}", around("impl Fn() -> ", "A", ""))),
        ("tuples", format!("type T = {};", around("(", "A", ",)"))),
        ("patterns", body(format!("let {} = a", around("&", "b", "")))),
        ("bindings", body(format!("let {} = a", around("a @ ", "b", "")))),
        ("tuple patterns", body(format!("let {} = a", around("(", "b", ",)")))),
        ("modules", around("mod m { ", "", "}")),
        ("functions in functions", around("fn f() { ", "", "}")),
        ("macros", body(format!("m!({})", around("(", "a", ")")))),
        ("uses", format!("use {};", around("a::{b, ", "c", "}"))),
        ("shifts", body(around("a << ", "b", ""))),
        ("less", body(around("(a < ", "b", ")"))),
        ("ranges", body(around("(a..", "b", ")"))),
        ("async", body(around("async { ", "b", "}"))),
        ("structs", body(around("S { a: ", "b", ", ..c }"))),
        ("unterminated", body(around("(", "a", ""))),
    ]
}

#[test]
fn deep_nesting_ends_with_a_reason_and_never_with_a_crash() {
    // A hundred thousand of the shortest; a tenth of that shows the same for all others.
    let short = |name: &&(&str, String)| matches!(name.0, "parentheses" | "not" | "unterminated");
    let longest: Vec<_> = nests(100_000).iter().filter(short).cloned().collect();
    for cases in [nests(1_100), nests(10_000), longest] {
        for (name, text) in cases {
            let error = find("src/a.rs", &text, OperatorSet::Guard).expect_err(name);
            assert!(matches!(error, FindError::TooDeep { .. } | FindError::Syntax { .. }), "{name}: {error}");
        }
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    // How much a level counts differs, so several depths come near the limit from below.
    for n in [240, 960] {
        for (name, text) in nests(n) {
            if let Err(error @ FindError::Broken { .. }) = find("src/a.rs", &text, OperatorSet::Guard) {
                panic!("{name}: {error}");
            }
        }
    }
}

#[test]
fn long_lists_are_not_deep() {
    let many = |piece: &str| piece.repeat(3_000);
    let cases = [
        format!("const A: [u8; 3] = [{}];", many("1 << 0, ")),
        format!("const A: [(u8, char); 3] = [{}];", many("(1, 'a'), ")),
        format!("fn f() {{ {} }}", many("if a < b { c += 1; } ")),
        format!("fn f() {{ {} }}", many("x.y(a).z(b)?; ")),
        format!("fn f() {{ match a {{ {} _ => 0 }} }}", many("1 | 2 if a < b => c + 1, ")),
        many("pub fn f<'a>(a: &'a Vec<u8>) -> &'a [u8] { a } "),
        many("impl<T> From<T> for X<T> { fn f() {} } "),
        many("#[derive(Debug)] struct S<T> { a: Vec<T>, } "),
        format!("lazy! {{ {} }}", many("a + ")),
    ];
    for text in cases {
        let result = find("src/a.rs", &text, OperatorSet::CargoMutants);
        assert!(result.is_ok(), "{}: {:?}", &text[..60], result.err());
    }
}

#[test]
fn odd_bytes_never_panic() {
    let rich = include_str!("find/rich.rs");
    // Every cut of the file, and every character of a few doubled or taken away.
    let cuts = (0..rich.len()).step_by(37).filter(|i| rich.is_char_boundary(*i));
    for at in cuts {
        let _ = find("src/a.rs", &rich[..at], OperatorSet::Guard);
        let _ = find("src/a.rs", &rich[at..], OperatorSet::Guard);
    }
    for text in ["", "\u{feff}", "#!", "#![", "\r", "\0", "'", "\"", "/*", "fn", "🦀", "r#", "b'"] {
        let _ = find("src/a.rs", text, OperatorSet::Guard);
    }
}

#[test]
fn files_are_those_that_mod_statements_lead_to() {
    let files = [
        (
            "src/lib.rs",
            "mod a; #[cfg(test)] mod tests; #[path = \"other/b.rs\"] mod b; mod inline { mod c; } mod gone;",
        ),
        ("src/a.rs", "mod deep; #[path = \"near.rs\"] mod near; mod x { #[path = \"y.rs\"] mod y; }"),
        ("src/a/deep/mod.rs", "mod leaf;"),
        ("src/a/deep/leaf.rs", "fn modest() {}"),
        ("src/near.rs", ""),
        ("src/a/x/y.rs", ""),
        ("src/tests.rs", "mod more;"),
        ("src/tests/more.rs", ""),
        ("src/other/b.rs", "#![cfg(test)] mod never;"),
        ("src/other/b/never.rs", ""),
        ("src/inline/c.rs", "mod a; not rust"),
        ("src/main.rs", "mod a;"),
        ("src/stray.rs", ""),
    ];
    let read = |path: &str| files.iter().find(|(p, _)| *p == path).map(|(_, text)| (*text).to_owned());
    let tree = visited(&["src/lib.rs".to_owned(), "src/main.rs".to_owned()], read);
    assert_eq!(
        tree.files,
        [
            "src/lib.rs",
            "src/main.rs",
            "src/a.rs",
            "src/other/b.rs",
            "src/inline/c.rs",
            "src/a/deep/mod.rs",
            "src/near.rs",
            "src/a/x/y.rs",
            "src/a/deep/leaf.rs"
        ]
    );
    assert_eq!(tree.unread.len(), 1);
}
