//! `guard mutants`: the changed code is broken on purpose, and the tests are asked.

use serde_json::Value;

use crate::project::{Project, findings};

pub(crate) fn mutants(project: &Project, args: &[&str]) -> (i32, Value) {
    let mut all = vec!["mutants", "--format", "json", "--offline", "--no-budget"];
    all.extend(args);
    let ran = project.guard(&all);
    (ran.code, ran.json())
}

/// What came of the mutants whose description holds `text`.
pub(crate) fn outcomes<'r>(report: &'r Value, text: &str) -> Vec<&'r str> {
    let list = report["mutants"]["list"].as_array().unwrap();
    let of = |m: &&Value| m["replacement"].as_str().is_some_and(|r| r.contains(text));
    list.iter().filter(of).map(|m| m["outcome"].as_str().unwrap()).collect()
}

fn in_a_line(mutant: &Value) -> String {
    let word = |key: &str| mutant[key].as_str().unwrap_or_default().to_owned();
    let own = if mutant["own_build"] == true { " alone" } else { "" };
    format!("{}: {} {}{own}", mutant["line"], word("replacement"), word("outcome"))
}

#[test]
fn tests_that_prove_the_wrong_thing_are_found_out() {
    let project = Project::crate_with("");
    project.write(
        "src/lib.rs",
        r#"/// Whole months of a year that are over.
pub fn months_over(day: u32) -> u32 {
    if day > 30 { (day - 1) / 30 } else { 0 }
}

pub fn lonely(n: i32) -> i32 {
    n - 7
}

#[cfg(windows)]
pub fn elsewhere(n: i32) -> i32 {
    n * 2
}

pub struct Opaque(u8);

pub fn opaque(n: u8) -> Opaque {
    Opaque(n)
}

pub const fn twice(n: u32) -> u32 {
    n + n
}

pub fn count_to(n: u32) -> u32 {
    let mut i = 0;
    while i < n {
        i += 1;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_months() {
        assert!(months_over(10) < 12);
        assert!(months_over(300) > 0);
    }

    #[test]
    fn counts() {
        assert_eq!(count_to(twice(3)), 6);
        assert_eq!(opaque(1).0, 1);
    }
}
"#,
    );
    let before = project.git(&["status", "--porcelain"]);
    let (code, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert_eq!(code, 0, "{report:#}");

    assert_eq!(outcomes(&report, "replace > with >= in months_over"), ["missed"]);
    assert_eq!(outcomes(&report, "replace / with % in months_over"), ["missed"], "{report:#}");
    assert_eq!(outcomes(&report, "replace months_over -> u32 with 0"), ["caught"]);
    assert_eq!(outcomes(&report, "replace lonely -> i32 with 0"), ["uncovered"]);
    assert_eq!(outcomes(&report, "replace * with / in elsewhere"), ["not-compiled"]);
    assert_eq!(outcomes(&report, "opaque"), ["unviable"]);
    assert_eq!(outcomes(&report, "replace + with - in twice"), ["caught"]);
    assert_eq!(outcomes(&report, "replace += with *= in count_to"), ["timeout"]);

    let counted: u64 = ["caught", "missed", "timeout", "unviable", "uncovered", "not_compiled", "not_run"]
        .iter()
        .map(|o| report["mutants"][o].as_u64().unwrap())
        .sum();
    assert_eq!(report["mutants"]["total"], counted);

    let named = findings(&report);
    assert_eq!(
        named,
        ["warn missed-mutant src/lib.rs:3", "warn uncovered-change src/lib.rs:7"],
        "{report:#}"
    );
    assert_eq!(project.git(&["status", "--porcelain"]), before);
}

#[test]
fn a_program_that_a_test_starts_without_environment_has_the_mutant_too() {
    let project = Project::crate_with("");
    project.write("src/main.rs", "fn main() {\n    println!(\"{}\", probe::answer(40));\n}\n");
    project.write(
        "tests/run.rs",
        "#[test]\nfn answers() {\n    let out = std::process::Command::new(env!(\"CARGO_BIN_EXE_probe\")).env_clear().output().unwrap();\n    assert_eq!(out.stdout, b\"42\\n\");\n}\n\n#[test]\nfn idles() {}\n",
    );
    project.commit("A program");
    project.write("src/lib.rs", "pub fn answer(n: u32) -> u32 {\n    n + 2\n}\n");
    let (code, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(outcomes(&report, "answer"), ["caught"; 4], "{report:#}");
    let by = &report["mutants"]["list"][0]["caught_by"]["name"];
    assert_eq!(by, "answers");
}

#[test]
fn strict_old_and_bare_crates_are_woven_too() {
    let project = Project::crate_with("");
    project.edit("Cargo.toml", "2021", "2015");
    project.write(
        "src/lib.rs",
        "#![no_std]\n#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs)]\n//! Strict.\n\n/// Adds.\npub fn add(a: u32, b: u32) -> u32 {\n    match a {\n        0 => b,\n        _ if b == 0 => a,\n        _ => a + b,\n    }\n}\n\n/// The larger one.\npub fn larger(pair: &[u8; 2]) -> &u8 {\n    if pair[0] > pair[1] {\n        &pair[0]\n    } else {\n        &pair[1]\n    }\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(super::add(1, 2), 3);\n        assert_eq!(super::larger(&[1, 2]), &2);\n    }\n}\n",
    );
    let (code, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(outcomes(&report, "replace + with - in add"), ["caught"], "{report:#}");
    assert_eq!(outcomes(&report, "replace match guard b == 0 with false in add"), ["missed"], "{report:#}");
    // Two names that are not there make two errors of one mutant, and no others suffer for it.
    assert_eq!(outcomes(&report, "replace larger"), ["unviable"; 2], "{report:#}");
    assert_eq!(outcomes(&report, "replace > with < in larger"), ["caught"], "{report:#}");
    assert_eq!(report["mutants"]["fallback"], 0, "{report:#}");
    assert_eq!(report["mutants"]["not_run"], 0);
}

#[test]
fn a_change_without_code_is_not_called_tested() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write("README.md", "A probe.\n");
    let (code, report) = mutants(&project, &[]);
    assert_eq!(code, 3, "{report:#}");
    assert_eq!(report["verdict"], "inconclusive");
}

#[test]
fn tests_that_do_not_build_say_nothing_of_mutants() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write("src/lib.rs", "pub fn one() -> u32 {\n    1 + missing\n}\n");
    let (code, report) = mutants(&project, &[]);
    assert_eq!(code, 3, "{report:#}");
    assert!(report["headline"].as_str().unwrap().contains("do not build"), "{report:#}");
}

#[test]
fn mutants_of_an_earlier_change_do_not_stay_in_the_build() {
    let project = Project::empty();
    project.write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"2\"\n");
    project.write(".gitignore", "target\n");
    let manifest = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{more}"
        )
    };
    project.write("a/Cargo.toml", manifest("a", ""));
    project.write("b/Cargo.toml", manifest("b", "a = { path = \"../a\" }\n"));
    project.write("a/src/lib.rs", "pub fn base(n: u32) -> u32 {\n    n\n}\n");
    project.write(
        "b/src/lib.rs",
        "pub fn idle(n: u32) -> u32 {\n    n\n}\n\n#[test]\nfn calls() {\n    idle(1);\n    assert_eq!(a::base(2), 3);\n}\n",
    );
    project.commit("Two crates");
    project.edit("a/src/lib.rs", "    n\n", "    n + 1\n");
    let (_, report) = mutants(&project, &[]);
    assert!(outcomes(&report, "base").iter().all(|o| *o == "caught"), "{report:#}");

    project.commit("Another base");
    project.edit("b/src/lib.rs", "    n\n", "    n * 3\n");
    let (_, report) = mutants(&project, &[]);
    assert!(outcomes(&report, "idle").len() > 1, "{report:#}");
    assert!(outcomes(&report, "idle").iter().all(|o| *o == "missed"), "{report:#}");
}

#[test]
fn tests_that_fail_alone_and_torn_lines_accuse_nobody() {
    let project = Project::crate_with("");
    project.write(
        "src/lib.rs",
        "pub fn quiet(n: u32) -> u32 {\n    n + 2\n}\n\npub fn loud(n: u32) -> u32 {\n    n + 3\n}\n\npub fn red(n: u32) -> u32 {\n    n + 4\n}\n",
    );
    project.write(
        "tests/order.rs",
        r#"use std::sync::atomic::{AtomicBool, Ordering};
static READY: AtomicBool = AtomicBool::new(false);

#[test]
fn a_prepares() {
    READY.store(true, Ordering::SeqCst);
}

#[test]
fn needs_another() {
    while !READY.load(Ordering::SeqCst) {
        assert!(std::env::args().count() != 3, "alone");
    }
    probe::quiet(1);
}

#[test]
fn prints_by_a_child() {
    assert!(std::process::Command::new("echo").arg("noise").status().unwrap().success());
    assert_eq!(probe::loud(1), 4);
}

#[test]
fn is_red() {
    assert_eq!(probe::red(1), 6);
}
"#,
    );
    let (_, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert!(outcomes(&report, "in loud").iter().all(|o| *o == "caught"), "{report:#}");
    assert!(outcomes(&report, "quiet").iter().all(|o| *o == "not-run"), "{report:#}");
    assert!(outcomes(&report, "in red").iter().all(|o| *o == "not-run"), "{report:#}");
    assert!(findings(&report).is_empty(), "{report:#}");
}

#[test]
fn what_no_switch_can_hold_is_built_on_its_own() {
    let project = Project::crate_with("");
    project.write(
        "src/lib.rs",
        r#"pub const LIMIT: usize = 4 + 4;

pub const LOOSE: usize = 2 * 3;

#[cfg(windows)]
pub const ELSEWHERE: usize = 2 * 5;

const fn double(n: usize) -> usize {
    n + n
}

pub const TABLE: [u8; double(3)] = [0; double(3)];

pub fn evens() -> impl Iterator<Item = u8> {
    [2, 4].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_limit() {
        assert_eq!(LIMIT, 8);
        assert!(LOOSE > 0);
    }

    #[test]
    fn has_a_table() {
        assert_eq!(TABLE.len(), 6);
    }

    #[test]
    fn lists_evens() {
        assert_eq!(evens().count(), 2);
    }
}
"#,
    );
    let (code, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert_eq!(code, 0, "{report:#}");
    let shown: Vec<String> = report["mutants"]["list"].as_array().unwrap().iter().map(in_a_line).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    1: replace + with * caught alone
    1: replace + with - caught alone
    3: replace * with + missed alone
    3: replace * with / caught alone
    6: replace * with + not-compiled
    6: replace * with / not-compiled
    9: replace double -> usize with 0 caught alone
    9: replace double -> usize with 1 caught alone
    9: replace + with * in double caught alone
    9: replace + with - in double caught alone
    15: replace evens -> impl Iterator<Item = u8> with ::std::iter::empty() caught
    15: replace evens -> impl Iterator<Item = u8> with ::std::iter::once(0) caught
    15: replace evens -> impl Iterator<Item = u8> with ::std::iter::once(1) caught
    ");
    assert_eq!(report["mutants"]["fallback"], 8);
    assert_eq!(report["mutants"]["list"][0]["caught_how"], "assertion");
    assert_eq!(findings(&report), ["warn missed-mutant src/lib.rs:3"], "{report:#}");
}

#[test]
fn iterators_of_hidden_types_share_the_one_build() {
    let project = Project::crate_with("");
    project.write(
        "src/lib.rs",
        r#"pub struct Bag(pub Vec<u8>);

impl Bag {
    pub fn small(&self, most: u8) -> impl Iterator<Item = &u8> + '_ {
        self.0.iter().filter(move |n| {
            if **n == 0 {
                return false;
            }
            **n <= most
        })
    }

    pub fn both_ends(&self, none: bool) -> impl Iterator<Item = u8> + DoubleEndedIterator + ExactSizeIterator + Clone + use<'_> {
        if none {
            return [].iter().copied();
        }
        match self.0.first() {
            Some(9) => return self.0[1..].iter().copied(),
            _ => self.0.iter().copied(),
        }
    }

    pub fn perhaps(&self) -> Option<impl Iterator<Item = u8>> {
        Some(self.0.clone().into_iter())
    }
}

pub trait Odd {
    fn odd(&self) -> impl Iterator<Item = u8>;
}

impl Odd for Bag {
    fn odd(&self) -> impl Iterator<Item = u8> {
        self.0.clone().into_iter().filter(|n| n % 2 == 1)
    }
}

pub trait Named {
    fn name(&self) -> &'static str {
        "two"
    }
}

impl Named for std::array::IntoIter<u8, 2> {}

pub fn named() -> impl Iterator<Item = u8> + Named {
    [2, 4].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_ends() {
        let bag = Bag(vec![1, 2, 3]);
        assert_eq!(bag.small(2).count(), 2);
        assert_eq!(bag.both_ends(false).clone().rev().len(), 3);
        assert_eq!(bag.both_ends(true).next_back(), None);
        assert_eq!(bag.odd().last(), Some(3));
        assert!(bag.perhaps().is_some());
        assert_eq!(named().name(), "two");
    }
}
"#,
    );
    let (_, report) = mutants(&project, &["--operators", "cargo-mutants"]);
    let values =
        report["mutants"]["list"].as_array().unwrap().iter().filter(|m| m["operator"] == "function-value");
    let shown: Vec<String> = values.filter(|m| m["function"] != "Named::name").map(in_a_line).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    5: replace Bag::small -> impl Iterator<Item =&u8>+'_ with ::std::iter::empty() caught
    5: replace Bag::small -> impl Iterator<Item =&u8>+'_ with ::std::iter::once(Box::leak(Box::new(0))) unviable
    5: replace Bag::small -> impl Iterator<Item =&u8>+'_ with ::std::iter::once(Box::leak(Box::new(1))) unviable
    14: replace Bag::both_ends -> impl Iterator<Item = u8>+DoubleEndedIterator +ExactSizeIterator +Clone +use<'_> with ::std::iter::empty() caught
    14: replace Bag::both_ends -> impl Iterator<Item = u8>+DoubleEndedIterator +ExactSizeIterator +Clone +use<'_> with ::std::iter::once(0) caught
    14: replace Bag::both_ends -> impl Iterator<Item = u8>+DoubleEndedIterator +ExactSizeIterator +Clone +use<'_> with ::std::iter::once(1) caught
    24: replace Bag::perhaps -> Option<impl Iterator<Item = u8>> with None caught
    24: replace Bag::perhaps -> Option<impl Iterator<Item = u8>> with Some(::std::iter::empty()) missed alone
    24: replace Bag::perhaps -> Option<impl Iterator<Item = u8>> with Some(::std::iter::once(0)) missed alone
    24: replace Bag::perhaps -> Option<impl Iterator<Item = u8>> with Some(::std::iter::once(1)) missed alone
    34: replace <impl Odd for Bag>::odd -> impl Iterator<Item = u8> with ::std::iter::empty() caught
    34: replace <impl Odd for Bag>::odd -> impl Iterator<Item = u8> with ::std::iter::once(0) caught
    34: replace <impl Odd for Bag>::odd -> impl Iterator<Item = u8> with ::std::iter::once(1) caught
    47: replace named -> impl Iterator<Item = u8>+Named with ::std::iter::empty() unviable alone
    47: replace named -> impl Iterator<Item = u8>+Named with ::std::iter::once(0) unviable alone
    47: replace named -> impl Iterator<Item = u8>+Named with ::std::iter::once(1) unviable alone
    "#);
}

#[test]
fn a_test_that_looks_at_nothing_is_named_by_a_check() {
    let project = Project::crate_with("pub fn total(items: &[u32]) -> u32 {\n    items.len() as u32\n}\n");
    project.write(
        "src/lib.rs",
        r#"pub fn total(items: &[u32]) -> u32 {
    let mut sum = 0;
    for item in items {
        sum += item;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let result = total(&[1, 2]);
        println!("{result}");
    }
}
"#,
    );
    let ran = project.guard(&["check", "--offline", "--no-session"]);
    let text = ran.stdout.clone();
    assert_eq!(ran.code, 0, "{text}");
    let shown: Vec<&str> =
        text.lines().skip_while(|l| !l.starts_with("warn[test-without-oracle]")).take(22).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    warn[test-without-oracle] new test `tests::sums` asserts nothing: it passes with
        2 mutants that break what it runs
      src/lib.rs:13
        12 │
      > 13 │ #[test]
        14 │ fn sums() {
      test: syntax shows no assertion in it, and no call that could hold one
      mutant: replace total -> u32 with 0 (src/lib.rs:2)
        -    let mut sum = 0;
        -    for item in items {
        -        sum += item;
        … 2 more lines
        +    0
        passed with it: `tests::sums`
      mutant: replace total -> u32 with 1 (src/lib.rs:2)
        -    let mut sum = 0;
        -    for item in items {
        -        sum += item;
        … 2 more lines
        +    1
        passed with it: `tests::sums`
      help: assert what `total` gives
    ");
}

#[test]
fn a_name_that_no_mutant_lies_in_is_said_to_be_the_reason() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write("src/lib.rs", "pub fn one() -> u32 {\n    1 + 1\n}\n");
    let (code, report) = mutants(&project, &["--function", "two"]);
    assert_eq!(code, 3, "{report:#}");
    assert!(report["headline"].as_str().unwrap().contains("`--function`"), "{report:#}");
}

/// A C program with a suite that compiles and runs it, by a command that guard does not know.
fn in_c() -> Project {
    let project = Project::empty();
    let run = "cc -o \"$TMPDIR/t\" shop.c tests/shop.c && \"$TMPDIR/t\"";
    project.write("guard.toml", format!("[[suite]]\nname = \"c\"\nrun = '{run}'\nresults = \"tap\"\n"));
    project.write("shop.c", "int is_adult(int age) { return 1; }\n");
    project.write("tests/shop.c", "int main(void) { return 0; }\n");
    project.commit("A shop");
    project.write(
        "shop.c",
        "int is_adult(int age) {\n    if (age < 0) {\n        return 0;\n    }\n    return age >= 18;\n}\n\nint lonely(int n) { return n - 7; }\n",
    );
    project.write(
        "tests/shop.c",
        r#"#include <stdio.h>
int is_adult(int age);
int main(void) {
    printf("1..2\n");
    printf("%s 1 - children are none\n", is_adult(3) ? "not ok" : "ok");
    printf("%s 2 - elders are\n", is_adult(70) ? "ok" : "not ok");
    return 0;
}
"#,
    );
    project
}

#[test]
fn mutants_of_c_are_written_one_at_a_time_and_what_no_test_reaches_is_told_apart() {
    let project = in_c();
    let before = project.git(&["status", "--porcelain"]);
    let (code, report) = mutants(&project, &[]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(outcomes(&report, "replace >= with > in is_adult"), ["missed"], "{report:#}");
    assert_eq!(outcomes(&report, "replace >= with < in is_adult"), ["caught"]);
    assert_eq!(outcomes(&report, "replace if condition age < 0 with true in is_adult"), ["caught"]);
    assert_eq!(outcomes(&report, "replace if condition age < 0 with false in is_adult"), ["missed"]);
    assert_eq!(outcomes(&report, "lonely"), ["uncovered"; 4], "{report:#}");
    assert_eq!(
        findings(&report),
        ["warn missed-mutant shop.c:2", "warn uncovered-change shop.c:8"],
        "{report:#}"
    );
    assert_eq!(project.git(&["status", "--porcelain"]), before);

    // Twice the same, from a tree that holds no mutant any more.
    let (_, again) = mutants(&project, &[]);
    for count in ["caught", "missed", "uncovered", "not_run"] {
        assert_eq!(report["mutants"][count], again["mutants"][count], "{count}: {again:#}");
    }
}

#[test]
fn a_suite_that_is_red_from_time_to_time_says_nothing_of_mutants() {
    let project = in_c();
    // The third run and all after it fail: trace, one mutant, then no more.
    project.edit(
        "tests/shop.c",
        "printf(\"1..2",
        "FILE *f = fopen(\"runs\", \"a\"); fputc('x', f); int late = ftell(f) > 2; fclose(f);\n    if (late) { printf(\"1..1\\nnot ok 1 - late\\n\"); return 0; }\n    printf(\"1..2",
    );
    let (code, report) = mutants(&project, &[]);
    assert_eq!(code, 3, "{report:#}");
    assert_eq!(report["mutants"]["caught"], 0, "{report:#}");
    assert_eq!(findings(&report), Vec::<String>::new());
}

#[test]
fn a_file_that_no_test_was_seen_to_run_is_called_neither_missed_nor_unreached() {
    let project = in_c();
    project.write(
        "tests/shop.c",
        "#include <stdio.h>\nint main(void) { printf(\"1..1\\nok 1 - x\\n\"); return 0; }\n",
    );
    project.write("unbuilt.c", "int apart(int n) { return n - 7; }\n");
    let (_, report) = mutants(&project, &["--file", "unbuilt.c"]);
    assert_eq!(outcomes(&report, "apart"), ["not-run"; 4], "{report:#}");
}

#[test]
fn documentation_tests_are_asked_about_survivors_on_request() {
    let project = Project::crate_with("");
    project.write(
        "src/lib.rs",
        r#"/// Doubles.
///
/// ```
/// assert_eq!(probe::double(4), 8);
/// ```
pub fn double(n: u32) -> u32 {
    n * 2
}

/// Halves.
///
/// ```
/// assert!(probe::half(4) < 5);
/// ```
pub fn half(n: u32) -> u32 {
    n / 2
}

pub fn lonely(n: i32) -> i32 {
    n - 7
}

/// No value of it is known.
pub fn opaque(n: u8) -> Opaque {
    Opaque(n)
}

pub struct Opaque(pub u8);

#[cfg(test)]
mod tests {
    #[test]
    fn doubles() {
        assert!(super::double(4) > 1);
    }
}
"#,
    );
    let of = |report: &Value, text: &str| outcomes(report, text).join(" ");
    let (_, without) = mutants(&project, &["--operators", "cargo-mutants"]);
    assert_eq!(of(&without, "replace * with + in double"), "missed");
    assert_eq!(of(&without, "in half"), "uncovered uncovered");
    let (_, report) = mutants(&project, &["--operators", "cargo-mutants", "--doctests"]);
    assert_eq!(of(&report, "replace * with + in double"), "caught", "{report:#}");
    assert_eq!(of(&report, "replace / with % in half"), "missed", "{report:#}");
    assert_eq!(of(&report, "replace half -> u32 with 1"), "missed");
    assert_eq!(of(&report, "replace / with * in half"), "caught");
    assert_eq!(of(&report, "replace lonely -> i32 with 0"), "uncovered");
    let list = report["mutants"]["list"].as_array().unwrap();
    let caught = list.iter().find(|m| m["replacement"] == "replace * with + in double").unwrap();
    assert_eq!(caught["caught_by"]["name"], "src/lib.rs - double", "{caught:#}");
    let told =
        project.guard(&["mutants", "--operators", "cargo-mutants", "--doctests", "--offline", "--no-budget"]);
    assert!(!told.stdout.contains("doctests were not asked"), "{told:?}");
    // guard's own mutants of a function with an example are not called unreached before the example was asked.
    let (_, own) = mutants(&project, &["--function", "half"]);
    assert!(outcomes(&own, "half").iter().all(|o| *o == "not-run"), "{own:#}");
    let (_, own) = mutants(&project, &["--function", "half", "--doctests"]);
    assert!(outcomes(&own, "half").iter().all(|o| ["missed", "caught"].contains(o)), "{own:#}");
}

#[test]
fn a_program_that_holds_none_of_the_mutants_is_not_run() {
    let project = Project::crate_with("");
    let lib = "pub fn half(n: u32) -> u32 {\n    n / 2\n}\n\npub fn lonely(n: u32) -> u32 {\n    n - 7\n}\n\npub fn other() -> u32 {\n    1\n}\n";
    project.write("tests/holds.rs", "#[test]\nfn halves() {\n    assert_eq!(probe::half(4), 2);\n}\n");
    project.write("tests/apart.rs", "#[test]\nfn is_red() {\n    assert_eq!(probe::other(), 2);\n}\n");
    project.write("src/lib.rs", "pub fn other() -> u32 {\n    1\n}\n");
    project.commit("Tests");
    project.write("src/lib.rs", lib);
    let args = ["--operators", "cargo-mutants"];
    let (_, report) = mutants(&project, &args);
    assert_eq!(outcomes(&report, "in half"), ["caught"; 2], "{report:#}");
    assert_eq!(outcomes(&report, "replace - with + in lonely"), ["uncovered"]);
    let shown = |report: &Value| report["findings"].to_string();
    if cfg!(target_os = "linux") {
        let said =
            "a trace stood here while 1 test ran, and none came by; it is not in 2 further test programs";
        assert!(shown(&report).contains(said), "{report:#}");
    }

    // A program that a test may start holds it: any test may meet it there.
    project.write("src/main.rs", "fn main() {\n    println!(\"{}\", probe::half(4));\n}\n");
    let (_, report) = mutants(&project, &args);
    assert_eq!(outcomes(&report, "in half"), ["caught"; 2], "{report:#}");
    assert!(!shown(&report).contains("further test program"), "{report:#}");
}
