//! Names of tests as they are written and as runners print them: tables fill in what the source leaves open.
//!
//! `it.each(…)('adds %i and $b')` runs as `adds 1 and 2`, `test_refund` of pytest as `test_refund[eur]`,
//! `TestPay` of go as `TestPay/eur`.

use crate::lab::TestId;
use crate::source::{Language, TestDecl};

/// Letters and digits that a written name must have beside its holes, so that it stands for itself.
const TELLING: usize = 4;

/// Whether `id` is what a runner calls the declared test, as far as names tell; the file is not looked at.
///
/// The suite counts as part of the name, because runners draw the line at different places.
pub fn names(test: &TestDecl, language: Language, id: &TestId) -> bool {
    match language {
        Language::Go => go(&test.name, &id.name),
        Language::TypeScript | Language::Tsx | Language::JavaScript if test.generated => {
            fills(&test.name, &id.name) || fills(&test.name, &format!("{} > {}", id.suite, id.name))
        }
        Language::Python => {
            let name = id.name.split_once('[').map_or(id.name.as_str(), |(name, _)| name);
            ends_in(&format!("{}.{name}", id.suite), &test.name)
        }
        _ => {
            let full = format!("{}.{}", id.suite, id.name);
            ends_in(&full, &test.name)
                || test.generated
                    && format!(".{}.", plain(&full)).contains(&format!(".{}.", plain(&test.name)))
        }
    }
}

/// Whether a name leaves so much open that no printed name can be told to be its own.
pub fn is_vague(test: &TestDecl) -> bool {
    test.generated && last_part(&test.name).is_some_and(|part| telling(&pieces(part)) < TELLING)
}

/// Whether `printed` is the written name of a table's row, or ends in it: `adds %i and $b` as `adds 1 and 2`.
pub fn fills(written: &str, printed: &str) -> bool {
    let pieces = pieces(written);
    if last_part(written).is_none_or(|part| telling(&self::pieces(part)) < TELLING) {
        return false;
    }
    let printed = spaced(printed);
    let starts = std::iter::once(0).chain(printed.match_indices(' ').map(|(at, _)| at + 1));
    starts.into_iter().any(|at| is_filled(&pieces, &printed[at..]))
}

fn last_part(name: &str) -> Option<&str> {
    name.rsplit(" > ").next()
}

fn telling(pieces: &[String]) -> usize {
    pieces.iter().flat_map(|p| p.chars()).filter(|c| c.is_alphanumeric()).count()
}

/// Whether `text` is the pieces in order, with something between each two.
fn is_filled(pieces: &[String], text: &str) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return false };
    let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else { return text.is_empty() };
    for piece in middle {
        match text.find(piece.as_str()) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last.as_str())
}

/// What is written between the holes of a name, in the spelling of [`spaced`].
fn pieces(written: &str) -> Vec<String> {
    let parts: Vec<&str> = written.split(" > ").collect();
    let mut pieces = vec![String::new()];
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            push(&mut pieces, " ");
        }
        // `describe(Parser.name, …)`: an expression instead of words.
        let is_expression = i + 1 < parts.len() && part.contains('.') && !part.contains(' ');
        if is_expression || part.contains(['"', '\'']) && part.contains('+') {
            pieces.push(String::new());
        } else {
            read_holes(part, &mut pieces);
        }
    }
    pieces.iter().map(|p| spaced(p)).collect()
}

fn push(pieces: &mut [String], text: &str) {
    if let Some(last) = pieces.last_mut() {
        last.push_str(text);
    }
}

/// The holes of jest, vitest and node: `%s` as in `util.format`, `$name.field`, `$#`, `${expression}`.
fn read_holes(part: &str, pieces: &mut Vec<String>) {
    let mut rest = part;
    while let Some(at) = rest.find(['%', '$']) {
        push(pieces, &rest[..at]);
        let hole = &rest[at..];
        let len = hole_len(hole);
        if hole.starts_with("%%") {
            push(pieces, "%");
        } else if len > 0 {
            pieces.push(String::new());
        } else {
            push(pieces, &hole[..1]);
        }
        rest = &hole[len.max(1)..];
    }
    push(pieces, rest);
}

/// Length of the hole with which `text` begins; 0 for a plain character.
fn hole_len(text: &str) -> usize {
    let next = text[1..].chars().next();
    match (text.starts_with('%'), next) {
        (true, Some('s' | 'd' | 'i' | 'f' | 'j' | 'o' | 'O' | 'p' | 'c' | '#' | '$' | '%')) => 2,
        (false, Some('#')) => 2,
        (false, Some('{')) => {
            let mut depth = 0;
            for (at, c) in text.char_indices() {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if c == '}' && depth == 0 {
                    return at + 1;
                }
            }
            text.len()
        }
        (false, Some(c)) if c.is_alphabetic() || c == '_' => {
            let name = text[1..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
            let end = name.map_or(text.len(), |at| at + 1);
            // A full stop at the end is one of the sentence.
            text[..end].trim_end_matches('.').len()
        }
        _ => 0,
    }
}

/// A name with one space between words and for each of the runners' separators.
fn spaced(name: &str) -> String {
    let words = name.replace(" > ", " ");
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out
}

/// A subtest belongs to its function; a method of a testify suite runs under the function that starts it.
fn go(declared: &str, printed: &str) -> bool {
    match declared.rsplit_once('/') {
        Some((_, method)) => printed.split('/').skip(1).any(|part| part == method),
        None => printed.split('/').next() == Some(declared),
    }
}

fn ends_in(full: &str, name: &str) -> bool {
    let (full, name) = (plain(full), plain(name));
    // Two tests of one name in a file are told apart by a number.
    let full = match full.rsplit_once(".#") {
        Some((before, number)) if number.bytes().all(|b| b.is_ascii_digit()) => before.to_owned(),
        _ => full,
    };
    full == name || full.ends_with(&format!(".{name}"))
}

/// A name with a full stop for each of the runners' separators.
fn plain(name: &str) -> String {
    let name = name.replace(" > ", ".").replace("::", ".");
    name.split(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '.'))
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decl(name: &str, generated: bool) -> TestDecl {
        TestDecl { name: name.to_owned(), line: 1, end_line: 2, generated, ..TestDecl::default() }
    }

    #[test]
    fn a_written_name_is_filled_by_the_rows_of_its_table() {
        let table = [
            ("math > adds %i and %i", "math > adds 1 and 2", true),
            ("math > adds $a and $b.value", "math > adds 1 and 2", true),
            ("math > adds %i and %i", "math > adds 1", false),
            ("math > adds %i and %i", "text > adds 1 and 2", false),
            ("of `${name}` > pays in ${f({a: 1})} now", "of `x` > pays in EUR now", true),
            ("takes 100%% of %s", "takes 100% of it", true),
            ("%s", "anything", false),
            ("Parser.name > reads %s", "Parser > reads a word", true),
            ("reads %s", "outer > reads a word", true),
            ("reads %s", "misreads a word", false),
            ("says $name.", "says hello.", true),
        ];
        for (written, printed, expected) in table {
            assert_eq!(fills(written, printed), expected, "{written} / {printed}");
        }
    }

    #[test]
    fn each_runner_prints_a_declared_test_in_its_own_way() {
        let table = [
            (Language::Python, "test_refund", true, "tests.test_pay", "test_refund[eur]", true),
            (Language::Python, "TestPay.test_refund", false, "tests.test_pay.TestPay", "test_refund", true),
            (Language::Python, "test_refund", false, "tests.test_pay", "test_no_refund", false),
            (Language::Go, "TestPay", false, "example.org/pay", "TestPay/in eur", true),
            (Language::Go, "TestPay", false, "example.org/pay", "TestPayment", false),
            (Language::Go, "PaySuite/TestRefund", true, "example.org/pay", "TestPaySuite/TestRefund", true),
            (Language::TypeScript, "pay > refunds", false, "src/pay.test.ts", "pay > refunds", true),
            (Language::TypeScript, "pay > refunds", false, "src/pay.test.ts", "pay > refunds #2", true),
            (Language::TypeScript, "pay > refunds", false, "src/pay.test.ts", "pay > refunds twice", false),
            (Language::TypeScript, "pay > in %s", true, "src/pay.test.ts", "pay > in EUR", false),
            (
                Language::TypeScript,
                "pay > refunds in %s",
                true,
                "src/pay.test.ts",
                "pay > refunds in EUR",
                true,
            ),
            (Language::JavaScript, "outer > inner > pays", false, "test/pay.js > outer inner", "pays", true),
            (Language::Cpp, "Pay.Refunds", true, "ctest", "All/Pay.Refunds/0", true),
        ];
        for (language, name, generated, suite, printed, expected) in table {
            let id = TestId { suite: suite.to_owned(), name: printed.to_owned() };
            assert_eq!(names(&decl(name, generated), language, &id), expected, "{name} / {id}");
        }
    }
}
