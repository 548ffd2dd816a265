//! Which mutants a change calls for, and their order.

use guard_mutants::find::{OperatorSet, find};
use guard_mutants::scope::{Touched, in_diff, in_touched_functions, on_changed_lines, order, shard};
use guard_mutants::{Mutant, Operator};

fn mutants(text: &str) -> Vec<Mutant> {
    find("src/lib.rs", text, OperatorSet::Guard).expect(text)
}

fn touched(added: &[u32], deleted_before: &[u32]) -> Touched {
    Touched {
        added: added.iter().copied().collect(),
        deleted_before: deleted_before.iter().copied().collect(),
    }
}

fn words(mutants: &[Mutant]) -> Vec<String> {
    mutants.iter().map(|m| format!("{}: {}", m.start.line, m.description)).collect()
}

const TWO: &str = "\
fn f(a: u8) -> bool {
    let b = a + x;
    g(b);
    b == y
}
fn h() -> u8 {
    i() * j()
}
";

#[test]
fn a_diff_takes_what_cargo_mutants_takes() {
    let all = || find("src/lib.rs", TWO, OperatorSet::CargoMutants).unwrap();
    assert_eq!(
        words(&in_diff(all(), &touched(&[2], &[]))),
        [
            "2: replace f -> bool with true",
            "2: replace f -> bool with false",
            "2: replace + with - in f",
            "2: replace + with * in f"
        ]
    );
    // Beside a deletion, on both sides; the first line of a function's body is no part of its value's span.
    assert_eq!(words(&in_diff(all(), &touched(&[], &[2]))).len(), 4);
    assert_eq!(
        words(&in_diff(all(), &touched(&[], &[5]))),
        ["2: replace f -> bool with true", "2: replace f -> bool with false", "4: replace == with != in f"]
    );
    assert_eq!(words(&in_diff(all(), &touched(&[], &[1]))), [""; 0]);
    assert_eq!(words(&in_diff(all(), &touched(&[5, 6, 8], &[]))), [""; 0]);
}

#[test]
fn a_touched_line_brings_its_own_mutants_only() {
    let base = TWO.replace("a + x", "a - x");
    let made = on_changed_lines(mutants(TWO), &touched(&[2], &[]), "src/lib.rs", TWO, Some(&base));
    assert_eq!(words(&made), ["2: replace + with - in f", "2: replace + with * in f"]);
    let whole = in_touched_functions(mutants(TWO), &touched(&[2], &[]), TWO);
    assert!(
        whole.len() > 4 && whole.iter().all(|m| m.description.contains('f') && m.start.line < 6),
        "{whole:?}"
    );
}

#[test]
fn a_functions_value_counts_where_the_function_is_made_anew() {
    let value = |base: Option<&str>, head: &str| {
        let all: Vec<u32> = (1..=u32::try_from(head.lines().count()).unwrap()).collect();
        let made = on_changed_lines(mutants(head), &touched(&all, &[]), "src/lib.rs", head, base);
        let names = made.iter().filter(|m| m.operator == Operator::FunctionValue);
        names.map(|m| m.function.as_ref().unwrap().name.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let f = |body: &str| format!("fn f() -> bool {{\n{body}\n}}\n");
    let old = f("a();\nb();\nc();\nd == e");
    let cases = [
        ("a new file", None, old.clone(), true),
        ("a new function", Some("fn g() {}".to_owned()), old.clone(), true),
        ("nothing", Some(old.clone()), old.clone(), false),
        (
            "layout and comments",
            Some(old.clone()),
            f("a(); // now\n  b( );\n\nc();\n/* then */ d\n== e"),
            false,
        ),
        (
            "log lines",
            Some(old.clone()),
            f("log::info!(\"x\");\na();\nb();\nc();\ntrace!(\"y\");\nd == e"),
            false,
        ),
        ("one statement of four", Some(old.clone()), f("a();\nb2();\nc();\nd == e"), false),
        ("two statements of four", Some(old.clone()), f("a();\nb2();\nc2();\nd == e"), true),
        ("most taken out", Some(old.clone()), f("d == e"), true),
        ("another name", Some(old.replace("fn f", "fn old")), old.clone(), false),
        (
            "one arm of many",
            Some(f("match a { 1 => b, 2 => c, 3 => d, _ => e }")),
            f("match a { 1 => b, 2 => c, 3 => x, _ => e }"),
            false,
        ),
        ("a base that cannot be read", Some("fn f( {".to_owned()), old.clone(), true),
    ];
    for (what, base, head, expected) in cases {
        assert_eq!(value(base.as_deref(), &head).contains("f"), expected, "{what}");
    }
}

#[test]
fn an_arm_is_changed_where_its_pattern_is() {
    let text = "fn f() -> ! {\n    match a {\n        B => {\n            c == d\n        }\n        _ => e,\n    }\n}\n";
    let made = |line| {
        words(&on_changed_lines(mutants(text), &touched(&[line], &[]), "src/lib.rs", text, Some(text)))
    };
    assert_eq!(made(3), ["3: delete match arm B in f"]);
    assert_eq!(made(4), ["4: replace == with != in f"]);
}

#[test]
fn every_line_has_its_turn_before_any_has_a_second() {
    let text =
        "fn f() -> bool {\n    if a < b && c { g(1); h(); }\n    i() == j()\n}\nfn k() -> u8 { l() + m() }\n";
    let mut ordered = mutants(text);
    order(&mut ordered);
    assert_eq!(
        words(&ordered)[..6],
        [
            "2: replace f -> bool with false",
            "5: replace k -> u8 with 0",
            "3: replace == with != in f",
            "2: delete g(1); in f",
            "5: replace + with * in k",
            "5: replace k -> u8 with 1",
        ]
    );
    let mut other_way = mutants(text);
    other_way.reverse();
    order(&mut other_way);
    assert_eq!(words(&ordered), words(&other_way));
    let mut parts: Vec<String> = (0..3).flat_map(|k| words(&shard(ordered.clone(), k, 3))).collect();
    let mut all = words(&ordered);
    parts.sort();
    all.sort();
    assert_eq!(parts, all);
}
