//! guard's own operators, and what they leave alone.

use guard_mutants::find::{OperatorSet, find};
use guard_mutants::{Edit, Mutant, Operator};

fn mutants(text: &str) -> Vec<Mutant> {
    find("src/lib.rs", text, OperatorSet::Guard).expect(text)
}

/// The mutants of some operators, each as its words and what it puts in its place.
fn of(text: &str, operators: &[Operator]) -> Vec<String> {
    let shown = |m: &Mutant| match &m.edit {
        Edit::Expression { at, text: new } | Edit::Statement { at, text: new } => {
            format!("{}: `{}` -> `{new}`", m.description, &text[at.clone()])
        }
        _ => m.description.clone(),
    };
    mutants(text).iter().filter(|m| operators.contains(&m.operator)).map(shown).collect()
}

#[test]
fn a_rich_file_gives_what_guard_adds() {
    let text = include_str!("find/rich.rs");
    let line =
        |m: &Mutant| format!("{}:{}: {:?}: {}\n", m.start.line, m.start.column, m.operator, m.description);
    insta::assert_snapshot!(mutants(text).iter().map(line).collect::<String>());
}

#[test]
fn calls_and_assignments_are_left_out() {
    let text = "fn f() -> u8 { let x; x = g(); h(x); a.b = x; a.c(1).d(); e += 2; drop(a); v.reserve(3); \
                log::info!(\"x\"); assert!(x); i.await; let _ = j(); return 3; }";
    insta::assert_snapshot!(of(text, &[Operator::StatementDeletion]).join("\n"), @r"
    delete h(x); in f: `h(x);` -> ``
    delete a.b = x; in f: `a.b = x;` -> ``
    delete a.c(1).d(); in f: `a.c(1).d();` -> ``
    delete e += 2; in f: `e += 2;` -> ``
    ");
}

#[test]
fn a_step_that_a_loop_waits_for_is_not_left_out() {
    let text = "fn f() { while i < n && !done { i += 1; sum += i; done = g(); } }";
    assert_eq!(of(text, &[Operator::StatementDeletion]), ["delete sum += i; in f: `sum += i;` -> ``"]);
}

#[test]
fn what_another_mutant_leaves_out_is_not_left_out_twice() {
    assert_eq!(of("fn f() { g(); }", &[Operator::StatementDeletion]), [""; 0]);
    assert_eq!(of("fn f() { if a { g(); } h() }", &[Operator::StatementDeletion]), [""; 0]);
    assert_eq!(of("fn f() { if a { g(); } else { h(); } i() }", &[Operator::StatementDeletion]).len(), 2);
}

#[test]
fn errors_are_ignored_and_returns_left_out() {
    let text = "fn f() -> R { a()?; b(c)?.d(); write!(e, \"\")?; if g { return; } \
                match h { 1 => { i(); return; } _ => j() } k.await?; loop { match l { m => { return; } } } }";
    insta::assert_snapshot!(of(text, &[Operator::EarlyReturn]).join("\n"), @r"
    ignore the error of a() in f: `a()?;` -> `let _ = a();`
    ignore the error of k.await in f: `k.await?;` -> `let _ = k.await;`
    delete return in f: `return;` -> ``
    delete return in f: `return;` -> ``
    ");
    let last = "fn f() { match h { 1 => { i(); return; } _ => j() } }";
    assert_eq!(of(last, &[Operator::EarlyReturn]), [""; 0], "nothing follows");
}

#[test]
fn conditions_are_forced_unless_they_bind() {
    let text = "fn f() { if a < b { c() } else if d && e { g() } while h { i() } if let J = k { l() } \
                if let M = n && o { p() } while let Q = r { s() } if true { t() } if cfg!(u) { v() } \
                if w { unreachable!() } if x { log::warn!(\"y\"); } }";
    insta::assert_snapshot!(of(text, &[Operator::Condition]).join("\n"), @r"
    replace if condition a < b with true in f: `a < b` -> `true`
    replace if condition a < b with false in f: `a < b` -> `false`
    replace if condition d && e with true in f: `d && e` -> `true`
    replace if condition d && e with false in f: `d && e` -> `false`
    replace while condition h with false in f: `h` -> `false`
    replace if condition w with true in f: `w` -> `true`
    ");
}

#[test]
fn numbers_and_ranges_move_by_one() {
    let text = "fn f(z: u8) { g(a < 10, b >= 0x0f, c == 1u8, d + 1, e[0], h[2], 0..n, ..=m + 1, i..=3, 255u8 == j, -k * 2.5); \
                match l { 0..=9 => 1, _ => 2 }; let n = [0; 3 + 1]; o(5) }";
    insta::assert_snapshot!(of(text, &[Operator::Literal, Operator::RangeEnd]).join("\n"), @r"
    replace 10 with 9 in f: `10` -> `9`
    replace 0x0f with 0x10 in f: `0x0f` -> `0x10`
    replace 0x0f with 0xe in f: `0x0f` -> `0xe`
    replace 1u8 with 2u8 in f: `1u8` -> `2u8`
    replace 1 with 2 in f: `1` -> `2`
    replace 0 with 1 in f: `0` -> `1`
    replace 2 with 1 in f: `2` -> `1`
    replace 0 with 1 in f: `0` -> `1`
    replace .. with ..= in f: `0..n` -> `0..(n + 1)`
    replace ..= with .. in f: `..=m + 1` -> `..=((m + 1) - 1)`
    replace 1 with 2 in f: `1` -> `2`
    replace 3 with 4 in f: `3` -> `4`
    replace ..= with .. in f: `i..=3` -> `i..=(3 - 1)`
    ");
}

#[test]
fn arguments_of_one_type_change_places() {
    let text = "fn copy(from: &Path, to: &Path, force: bool) {} fn any(a: impl Read, b: impl Read) {}
fn area(w: u8, h: u8) -> Option<u8> { w.checked_mul(h) } fn same(a: u8, b: u8) -> bool { b == a }
fn rest(a: u8, b: u8) -> u8 { a - b } fn g(x: u8, y: u8) { area(x, y); same(x, y); rest(x, y); }
fn f(a: u8, b: u8, c: u16) { copy(x, y, true); any(x, y); other(a, b); other(a, c); other(\"p\", \"q\"); max(a, b);
    other(1, 1); Foreign::copy(x, y, true); w.put(a, b); }
struct S; impl S { fn set(&mut self, at: usize, to: usize) { self.set(to + 1, at) } }";
    insta::assert_snapshot!(of(text, &[Operator::ArgumentSwap]).join("\n"), @r#"
    swap arguments x and y of rest in g: `rest(x, y)` -> `rest(y, x)`
    swap arguments x and y of copy in f: `copy(x, y, true)` -> `copy(y, x, true)`
    swap arguments a and b of other in f: `other(a, b)` -> `other(b, a)`
    swap arguments "p" and "q" of other in f: `other("p", "q")` -> `other("q", "p")`
    swap arguments a and b of put in f: `w.put(a, b)` -> `w.put(b, a)`
    swap arguments to + 1 and at of set in S::set: `self.set(to + 1, at)` -> `self.set(at, to + 1)`
    "#);
}

#[test]
fn code_that_tests_do_not_look_at_has_no_mutants() {
    let cases = [
        "impl fmt::Display for S { fn fmt(&self) -> R { a == b } }",
        "impl std::fmt::Debug for S { fn fmt(&self) -> R { a == b } }",
        "impl Hash for S { fn hash(&self) { self.a.hash(b); self.c.hash(b); } }",
        "impl I for S { fn size_hint(&self) -> (usize, bool) { (a + b, c) } }",
        "#[cold] fn f() -> bool { a == b }",
        "const TIMEOUT_MS: u64 = 3 * 1000;",
        "const WAIT: Duration = Duration::from_secs(3 * 1000);",
        "#[cfg(all(test, unix))] mod m { fn f() -> bool { a == b } }",
        "#[cfg(any(test, all(test, x)))] fn f() -> bool { a == b }",
        "#[bench] fn f() -> bool { a == b }",
        "fn f() -> ! { unsafe { a == b } }",
        "fn f() -> ! { v.reserve(a + b); thread::sleep(Duration::from_millis(a * 2)); s.set_read_timeout(a - 1); }",
        "fn f() -> ! { match a { B => unreachable!(), C if d => { panic!(\"e\") } _ => g } }",
        "fn f() -> ! { if a == b { debug!(\"c\"); } }",
    ];
    for text in cases {
        assert_eq!(mutants(text).iter().map(|m| &m.description).collect::<Vec<_>>(), [""; 0], "{text}");
    }
    let kept = ["#[cfg(any(test, unix))] fn f() -> bool { g() }", "#[cfg(not(test))] fn f() -> bool { g() }"];
    for text in kept {
        assert_eq!(mutants(text).len(), 2, "{text}");
    }
}

#[test]
fn mutants_that_mean_the_same_are_not_made() {
    let text = "fn f() { g(a * 1, b / 1, c + 0, d - 0, E | F, (1 << 2) | H, i | j) }";
    let made: Vec<_> = of(text, &[Operator::BinaryOperator])
        .iter()
        .map(|m| m.split(':').next().unwrap().to_owned())
        .collect();
    assert!(!made.contains(&"replace * with / in f".to_owned()));
    assert_eq!(made.iter().filter(|m| m.starts_with("replace | with ^")).count(), 1, "{made:?}");
    let all = mutants(include_str!("find/rich.rs"));
    let mut seen = std::collections::BTreeSet::new();
    for m in &all {
        if let Edit::Expression { at, text } | Edit::Statement { at, text } = &m.edit {
            assert!(seen.insert((at.start, at.end, text.clone())), "{m:?}");
        }
    }
}

#[test]
fn a_value_that_the_body_gives_anyway_is_not_made() {
    for (text, expected) in [
        ("fn f(s: &str) -> bool { let _ = s; true }", &["replace f -> bool with false"][..]),
        ("fn f(s: &str, t: u8) -> u8 { let _ = (&s, t); return 0; }", &["replace f -> u8 with 1"]),
        ("fn f(s: &str) { let _ = s; }", &[]),
        ("fn f(n: usize) -> bool { drop(n); false }", &["replace f -> bool with true"]),
        (
            "fn f(s: &str) -> bool { let _ = g(s); true }",
            &["replace f -> bool with true", "replace f -> bool with false"],
        ),
        (
            "fn f(s: &str) -> bool { let t = s; true }",
            &["replace f -> bool with true", "replace f -> bool with false"],
        ),
    ] {
        assert_eq!(of(text, &[Operator::FunctionValue]), expected, "{text}");
    }
}

#[test]
fn constructors_are_looked_into_but_keep_their_value() {
    let made: Vec<_> =
        mutants("impl S { fn new(a: u8) -> S { check(a); S(a == 0) } }").iter().map(|m| m.operator).collect();
    assert_eq!(made, [Operator::StatementDeletion, Operator::BinaryOperator, Operator::Literal]);
}
