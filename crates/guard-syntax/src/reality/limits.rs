//! Comparisons of a size with a limit that refuse what is larger.

use super::arithmetic::Constants;
use super::leaves::{Kind, Leaf};

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) line: u32,
    pub(super) text: String,
    /// The least value that is refused; `None` when it is not a constant.
    pub(super) refused: Option<u64>,
}

/// Leaves after a comparison in which what it refuses is seen.
const REACTION: usize = 40;

/// Names of one word that count something.
const SIZES: [&str; 9] =
    ["size", "len", "length", "bytes", "count", "total", "bytelength", "contentlength", "filesize"];

/// The comparisons in one function's leaves.
pub(super) fn of(leaves: &[Leaf<'_>], constants: &Constants<'_>) -> Vec<Limit> {
    let compares = |l: &Leaf<'_>| l.kind == Kind::Sign && matches!(l.text, ">" | ">=" | "<" | "<=");
    (0..leaves.len())
        .filter(|&at| compares(&leaves[at]))
        .filter_map(|at| limit_at(leaves, at, constants))
        .collect()
}

fn limit_at(leaves: &[Leaf<'_>], at: usize, constants: &Constants<'_>) -> Option<Limit> {
    let left = before(leaves, at)?;
    let right = after(leaves, at + 1, constants)?;
    // Turned so that the size stands first.
    let (size, limit, op) = match (is_size(left.words), is_size(right.words)) {
        (true, false) => (&left, &right, leaves[at].text),
        (false, true) => {
            let turned = match leaves[at].text {
                ">" => "<",
                ">=" => "<=",
                "<" => ">",
                _ => ">=",
            };
            (&right, &left, turned)
        }
        // `size > max_size`: the one that is called a limit is one.
        (true, true) if !is_limit(left.words) && is_limit(right.words) => (&left, &right, leaves[at].text),
        _ => return None,
    };
    let value = match limit.value {
        Some(value) => Some(value),
        None => constants.value(limit.words, 0).filter(|(_, end)| *end == limit.words.len()).map(|(v, _)| v),
    };
    let named = is_limit(limit.words);
    let refuses = match op {
        ">" | ">=" => named || value.is_none_or(|v| v >= 64) && reacts(&leaves[right.end..]),
        // `ensure!(size <= MAX)`; a loop up to a limit is none.
        _ => named && is_required(&leaves[..left.start]),
    };
    // Nothing but a number of elements that is asked for: `args.len() > 2`.
    if !refuses || size.words.is_empty() || value.is_some_and(|v| v < 2) {
        return None;
    }
    let refused = match op {
        ">" | "<=" => value.and_then(|v| v.checked_add(1)),
        _ => value,
    };
    let text: Vec<&str> = leaves[left.start..right.end].iter().map(|l| l.text).collect();
    Some(Limit { line: leaves[at].line, text: join(&text), refused })
}

/// One side of a comparison.
struct Operand<'l, 't> {
    words: &'l [Leaf<'t>],
    start: usize,
    end: usize,
    value: Option<u64>,
}

/// The operand that ends before `at`.
fn before<'l, 't>(leaves: &'l [Leaf<'t>], at: usize) -> Option<Operand<'l, 't>> {
    let mut start = at;
    let mut depth = 0usize;
    while start > 0 && at - start < 24 {
        let leaf = &leaves[start - 1];
        match leaf.text {
            ")" | "]" if leaf.kind == Kind::Sign => depth += 1,
            "(" | "[" if depth > 0 => depth -= 1,
            "." | "::" | "?." | "->" | "?" | "*" | "&" => {}
            _ if depth > 0 => {}
            "as" => {}
            _ if leaf.kind == Kind::Number => {}
            _ if leaf.is_name() && !is_keyword(leaf.text) => {}
            _ => break,
        }
        start -= 1;
    }
    (start < at && depth == 0).then(|| Operand { words: &leaves[start..at], start, end: at, value: None })
}

/// The operand that begins at `at`.
fn after<'l, 't>(leaves: &'l [Leaf<'t>], at: usize, constants: &Constants<'_>) -> Option<Operand<'l, 't>> {
    if let Some((value, end)) = constants.value(leaves, at) {
        return Some(Operand { words: &leaves[at..end], start: at, end, value: Some(value) });
    }
    let mut end = at;
    let mut depth = 0usize;
    while end < leaves.len() && end - at < 24 {
        let leaf = &leaves[end];
        match leaf.text {
            "(" | "[" if leaf.kind == Kind::Sign => depth += 1,
            ")" | "]" if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            "." | "::" | "?." | "->" | "*" | "&" | "as" => {}
            _ if leaf.kind == Kind::Number || leaf.is_name() && !is_keyword(leaf.text) => {}
            _ => break,
        }
        end += 1;
    }
    (end > at && depth == 0).then(|| Operand { words: &leaves[at..end], start: at, end, value: None })
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "return"
            | "and"
            | "or"
            | "not"
            | "let"
            | "match"
            | "in"
            | "for"
            | "else"
            | "elif"
            | "assert"
    )
}

/// Whether an operand is how large something is: `body.len()`, `len(data)`, `file.size`, `content_length`.
fn is_size(words: &[Leaf<'_>]) -> bool {
    let bare: Vec<&Leaf<'_>> = words.iter().filter(|l| !matches!(l.text, "(" | ")" | "&" | "*")).collect();
    let called = words.first().is_some_and(|l| l.is("len"));
    let last = bare.iter().rev().find(|l| l.is_name());
    // `data.len() as u64`: the name before the cast.
    let cast = bare.iter().position(|l| l.is("as")).and_then(|at| bare.get(at.checked_sub(1)?));
    let name = cast.or(last).map(|l| l.text);
    called
        || name
            .is_some_and(|n| !is_shouted(n) && parts(n).last().is_some_and(|w| SIZES.contains(&w.as_str())))
}

/// Whether an operand is called a limit.
fn is_limit(words: &[Leaf<'_>]) -> bool {
    let is = |w: &String| {
        matches!(
            w.as_str(),
            "max" | "maximum" | "limit" | "limits" | "cap" | "quota" | "threshold" | "ceiling"
        )
    };
    words.iter().filter(|l| l.is_name()).any(|l| parts(l.text).iter().any(is))
}

fn is_shouted(name: &str) -> bool {
    super::arithmetic::is_loud(name)
}

/// The words of a name, in lower case.
pub(super) fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && lower {
            parts.push(String::new());
        }
        if c.is_alphanumeric() {
            parts.last_mut().into_iter().for_each(|p| p.extend(c.to_lowercase()));
        }
        lower = c.is_lowercase();
    }
    parts.retain(|p| !p.is_empty());
    parts
}

/// Whether what follows a comparison refuses.
fn reacts(after: &[Leaf<'_>]) -> bool {
    let soon = &after[..after.len().min(REACTION)];
    let closed = soon.iter().position(|l| l.is("}")).unwrap_or(soon.len());
    soon[..closed].iter().any(|l| {
        let lower = l.text.to_lowercase();
        l.is_name()
            && (matches!(
                lower.as_str(),
                "err" | "raise" | "throw" | "bail" | "panic" | "abort" | "reject" | "errorf"
            ) || lower.contains("error")
                || lower.contains("toolarge")
                || lower.contains("too_large"))
    })
}

/// Whether a comparison stands in what must hold: `ensure!(…`, `assert!(…`, `require(…`.
fn is_required(before: &[Leaf<'_>]) -> bool {
    let near = &before[before.len().saturating_sub(4)..];
    near.iter().any(|l| l.is_name() && matches!(l.text, "ensure" | "require" | "check" | "assert"))
}

fn join(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        let tight = matches!(*word, "." | "::" | "(" | ")" | "?." | "->" | "[" | "]")
            || text.ends_with(['.', '(', '[', '&'])
            || text.ends_with("::")
            || text.ends_with("->");
        if !tight && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    crate::tree::one_line(&text, 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reality::leaves;
    use crate::tree::Source;
    use guard_model::Language;

    #[test]
    fn a_comparison_that_refuses_is_a_limit_in_every_language() {
        for (path, text, expected) in [
            (
                "a.rs",
                "const MAX: usize = 1 << 20; fn f(b: &[u8]) -> R { if b.len() > MAX { return Err(E); } Ok(()) }",
                vec![Some((1 << 20) + 1)],
            ),
            ("a.rs", "fn f(b: &[u8]) -> R { if b.len() >= 4096 { bail!(\"no\"); } }", vec![Some(4096)]),
            (
                "a.rs",
                "fn f(b: &[u8], limit: usize) -> R { if b.len() > limit { return Err(E); } }",
                vec![None],
            ),
            (
                "a.rs",
                "fn f(&self, b: &[u8]) -> R { if b.len() as u64 > self.max_size { return Err(E); } }",
                vec![None],
            ),
            (
                "a.rs",
                "const MAX: usize = 100; fn f(b: &[u8]) { ensure!(b.len() <= MAX, \"too long\"); }",
                vec![Some(101)],
            ),
            (
                "a.rs",
                "fn f(b: &[u8]) { if b.len() > 0 { send(b) } while b.len() < 4096 { b.push(1) } }",
                vec![],
            ),
            ("a.rs", "fn f(b: &[u8]) { if b.len() > 4096 { flush(b) } }", vec![]),
            ("a.rs", "fn f(b: &[u8]) -> Option<Vec<u8>> { let v: Vec<u8> = b.into(); Some(v) }", vec![]),
            (
                "a.ts",
                "const MAX = 5 * 1024 * 1024; function f(file: File) { if (file.size > MAX) { throw new Error('x'); } }",
                vec![Some((5 << 20) + 1)],
            ),
            (
                "a.py",
                "MAX_SIZE = 2 ** 20\ndef f(data):\n    if len(data) > MAX_SIZE:\n        raise ValueError('x')\n",
                vec![Some((1 << 20) + 1)],
            ),
            (
                "a.go",
                "package a\nconst maxSize = 1 << 20\nfunc f(b []byte) error { if len(b) > maxSize { return ErrTooLarge }; return nil }",
                vec![Some((1 << 20) + 1)],
            ),
            (
                "A.java",
                "class A { static final int MAX = 100; void f(byte[] b) { if (b.length > MAX) { throw new E(); } } }",
                vec![Some(101)],
            ),
            (
                "a.cpp",
                "constexpr size_t kMaxSize = 100; void f(const std::string& s) { if (s.size() > kMaxSize) throw E(); }",
                vec![Some(101)],
            ),
        ] {
            let language = Language::of_path(path).unwrap();
            let source = Source::parse(path, language, text.into()).unwrap();
            let leaves = leaves::of(&source);
            let constants = Constants::of([leaves.as_slice()], None);
            let found: Vec<Option<u64>> = of(&leaves, &constants).into_iter().map(|l| l.refused).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
