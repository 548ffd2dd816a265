//! Whether a new test is about what it calls, or only comes by it: `let c = Client::new(); assert_eq!(c.get(), 1)` tests
//! `get`.

use std::collections::BTreeSet;

use super::Facts;
use super::trace::{has, occurrences, stems};
use crate::claims::token::{self, lists};
use crate::identities::Declared;

/// Functions that make what is tested: calling one is how nearly every test begins.
const MAKES: &str = "new new_with create make build builder open connect default setup set_up init initialize start mk get_instance \
    instance from_env New Open Create Make Connect Init";

/// Calls on a value that ask what it is, and nothing else of the code under test.
const ASKS: &str = "is_ok is_err is_some is_none unwrap expect unwrap_err to_string len is_empty length size toString iter clone \
    not to toBe toEqual err Error";

/// Whether `test` is named after the function `name`, or an assertion of it hangs on what that gave or changed. True, too, where its
/// assertions are not to be seen.
pub(super) fn is_about(facts: &Facts<'_>, test: &Declared<'_>, name: &str) -> bool {
    let own: BTreeSet<String> = stems(test.leaf()).collect();
    let mut wanted = stems(name).peekable();
    if wanted.peek().is_some() && wanted.all(|s| has(&own, &s)) {
        return true;
    }
    let lines: Vec<&str> = facts
        .trace
        .files
        .iter()
        .filter(|f| f.path() == test.path)
        .flat_map(|f| f.lines.added.iter().map(move |l| (l.line, f.code_of(&l.text))))
        .filter(|(line, _)| (test.decl.line..=test.decl.end_line).contains(line))
        .map(|(_, text)| text)
        .collect();
    let fails =
        |l: &&str| ["raises", "throw", "Throw", "should_panic", "rejects"].iter().any(|m| l.contains(m));
    let asserted = asserted(&lines);
    if asserted.is_empty() || lines.iter().any(fails) {
        return true;
    }
    let makes = lists(MAKES, name) || name.starts_with("with_") || name.starts_with("from_");
    let hangs_on = |value: &str| asserted.iter().any(|text| stands(text, value, makes));
    if asserted.iter().any(|text| occurrences(text, name) > 0 && (!makes || !is_chained(text, name))) {
        return true;
    }
    let mut values = BTreeSet::new();
    // `C::new().with_x(1)` gives what `with_x` made.
    let comes = |l: &&&str| occurrences(l, name) > 0 && !(makes && is_chained(l, name));
    for line in lines.iter().filter(comes) {
        values.extend(bound(line));
        if !makes {
            values.extend(handed(line, name));
        }
    }
    // What was made of it is of it as well; of a thing that was made anything may be.
    for line in lines.iter().filter(|_| !makes) {
        if values.iter().any(|v| occurrences(line, v) > 0) {
            values.extend(bound(line));
        }
    }
    values.iter().any(|v| hangs_on(v))
}

/// The text of the assertions, with conditions: each begins on a line and ends with its brackets.
fn asserted(lines: &[&str]) -> Vec<String> {
    const MARKS: [&str; 18] = [
        "assert", "Assert", "expect(", "should", "EXPECT_", "CHECK", "REQUIRE", "require.", "verify(",
        ".is(", ".equal", "is_err", "snapshot", "Fatal", "Error(", "Errorf", "matches!", "panic!",
    ];
    let begins = |line: &str| {
        MARKS.iter().any(|m| line.contains(m))
            || ["if ", "if(", "match "].iter().any(|m| line.trim_start().starts_with(m))
    };
    let depth = |line: &str| -> i32 {
        line.chars().map(|c| i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'))).sum()
    };
    let mut all = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        if begins(lines[i]) {
            let (mut text, mut open) = (lines[i].to_owned(), depth(lines[i]));
            while open > 0 && i + 1 < lines.len() {
                i += 1;
                open += depth(lines[i]);
                text.extend(["\n", lines[i]]);
            }
            all.push(text);
        }
        i += 1;
    }
    all
}

/// Whether `value` stands in the text; of what was only made, not as that which something else is called on.
fn stands(text: &str, value: &str, makes: bool) -> bool {
    !makes && occurrences(text, value) > 0
        || makes
            && occurrences(text, value)
                > text.match_indices(value).filter(|(at, _)| calls(&text[at + value.len()..])).count()
}

/// Whether a call of something else goes on from here: `.get(`.
fn calls(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix('.') else { return false };
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    !lists(ASKS, &rest[..end]) && rest[end..].starts_with('(')
}

/// `name(…).other(…)`.
fn is_chained(text: &str, name: &str) -> bool {
    let Some(at) = text.find(name) else { return false };
    let rest = &text[at + name.len()..];
    let mut depth = 0i32;
    let end = rest.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        *c == ')' && depth == 0
    });
    end.is_some_and(|(i, _)| calls(&rest[i + 1..]))
}

/// The names that a line binds.
fn bound(line: &str) -> Vec<String> {
    const KEYWORDS: &str =
        "let mut const var auto if else val final ref Ok Some Err in for await async match";
    let compares = |at: usize| {
        let (before, after) = (line[..at].chars().next_back(), line[at + 1..].chars().next());
        matches!(before, Some('=' | '!' | '<' | '>')) || matches!(after, Some('=' | '>'))
    };
    let Some((at, _)) = line.match_indices('=').find(|(at, _)| !compares(*at)) else { return Vec::new() };
    let names = line[..at].split(|c: char| !(c.is_alphanumeric() || c == '_'));
    names.filter(|n| !n.is_empty() && !lists(KEYWORDS, n) && *n != "_").map(str::to_owned).collect()
}

/// What a call may have changed: `a` of `a.name(b)`, and `b`.
fn handed(line: &str, name: &str) -> Vec<String> {
    let Some(at) = line.find(name) else { return Vec::new() };
    let word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let receiver = line[..at].strip_suffix('.').or_else(|| line[..at].strip_suffix("->"));
    let receiver =
        receiver.map(|r| r.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(r));
    let inside =
        line[at + name.len()..].strip_prefix('(').and_then(|r| r.split(')').next()).unwrap_or_default();
    let arguments =
        inside.split(',').map(|a| a.trim().trim_start_matches(['&', '*']).trim_start_matches("mut "));
    let all = receiver.into_iter().chain(arguments);
    all.filter(|n| n.starts_with(char::is_alphabetic) && word(n)).map(str::to_owned).collect()
}

/// Whether the new tests are of the kind that is said: "property tests", "a fuzz test".
pub(super) fn are_of_kind(facts: &Facts<'_>, text: &str) -> bool {
    const KINDS: [(&str, &[&str]); 6] = [
        (
            "property property-based",
            &["proptest", "quickcheck", "hypothesis", "@given", "fc.", "fast-check", "rapid", "prop_"],
        ),
        ("fuzz fuzzing", &["fuzz", "Fuzz", "arbitrary", "libfuzzer"]),
        ("snapshot snapshots", &["snapshot", "Snapshot", "insta", "golden"]),
        (
            "table-driven parameterized parametrized",
            &["range", "for", "each", "parametrize", "rstest", "case"],
        ),
        ("async asynchronous", &["async", "await"]),
        (
            "parallel concurrent",
            &["Parallel", "thread", "spawn", "concurrent", "gather", "Promise.all", "async", "go func"],
        ),
    ];
    let tokens = token::tokens(text);
    let said = |words: &str| tokens.windows(2).any(|w| w[0].any(words) && w[1].any("test tests testing"));
    let places =
        || facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p))).filter(|(_, p)| p.in_test);
    let shows = |marks: &[&str]| {
        places().any(|(f, p)| marks.iter().any(|m| p.code.contains(m) || f.path().contains(m)))
    };
    !KINDS.iter().any(|(words, marks)| said(words) && !shows(marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_flow_into_assertions() {
        assert_eq!(bound("    let (mut a, b) = f(1);"), ["a", "b"]);
        assert_eq!(bound("got, err := Run()"), ["got", "err"]);
        assert!(bound("assert x == 3").is_empty() && bound("a => b").is_empty());
        assert_eq!(handed("store.put(key, &mut x)", "put"), ["store", "key", "x"]);
        assert!(
            is_chained("assert_eq!(C::new(a(1)).get(), 2)", "new") && !is_chained("C::new().len()", "new")
        );
        let text = ["let a = f();", "assert_eq!(", "    a,", "    3", ");", "g();"];
        assert_eq!(asserted(&text), ["assert_eq!(\n    a,\n    3\n);"]);
        assert!(stands("assert_eq!(c.n, 1)", "c", true) && !stands("assert_eq!(c.get(), 1)", "c", true));
    }
}
