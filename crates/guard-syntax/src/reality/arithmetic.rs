//! Constant expressions of all languages: literals, `*`, `+`, `-`, `/`, `<<`, `**`, parentheses, casts, named
//! constants, and helpers that are called after a unit (`mib(10)`).

use std::collections::HashMap;
use std::sync::Arc;

use super::leaves::{Kind, Leaf};

/// How far constants are followed into one another.
const MAX_DEPTH: u32 = 8;

/// Values by name; `None` for a name that has several, or one that cannot be computed.
#[derive(Debug, Clone, Default)]
pub(super) struct Constants<'t> {
    known: HashMap<&'t str, Option<u64>>,
    /// Those around them.
    outer: Option<Arc<Constants<'t>>>,
}

/// A value, and the index of the leaf after its expression.
pub(super) type Value = (u64, usize);

impl<'t> Constants<'t> {
    /// The constants that `leaves` define, besides those of `outer`.
    pub(super) fn of<'a>(
        all: impl IntoIterator<Item = &'a [Leaf<'t>]>,
        outer: Option<&Arc<Constants<'t>>>,
    ) -> Constants<'t>
    where
        't: 'a,
    {
        let mut written: HashMap<&'t str, Vec<(&'a [Leaf<'t>], usize)>> = HashMap::new();
        for leaves in all {
            for (name, at) in definitions(leaves) {
                written.entry(name).or_default().push((leaves, at));
            }
        }
        let mut constants = Constants { known: HashMap::new(), outer: outer.cloned() };
        // A name that is given a value here is no longer the outer one.
        constants.known.extend(written.keys().map(|name| (*name, None)));
        // Each round settles what the one before it made known.
        for _ in 0..MAX_DEPTH {
            let before = constants.known.values().flatten().count();
            for (name, places) in &written {
                let mut values = places.iter().map(|(leaves, at)| constants.whole(leaves, *at));
                let first = values.next().flatten();
                let agreed = first.filter(|v| values.all(|other| other == Some(*v)));
                constants.known.insert(name, agreed);
            }
            if constants.known.values().flatten().count() == before {
                break;
            }
        }
        constants
    }

    /// Whether `name` is defined, and its value.
    pub(super) fn get(&self, name: &str) -> Option<Option<u64>> {
        self.known.get(name).copied().or_else(|| self.outer.as_ref()?.get(name))
    }

    /// The value at `at`, where the expression goes up to the end of its statement or argument.
    fn whole(&self, leaves: &[Leaf<'_>], at: usize) -> Option<u64> {
        let (value, end) = self.value(leaves, at)?;
        let ends = match leaves.get(end) {
            None => true,
            Some(next) => {
                matches!(next.text, ";" | "," | ")" | "]" | "}") || next.line > leaves[end - 1].line
            }
        };
        ends.then_some(value)
    }

    /// The value of the longest constant expression that begins at `at`.
    pub(super) fn value(&self, leaves: &[Leaf<'_>], at: usize) -> Option<Value> {
        self.sum(leaves, at, 0)
    }

    fn sum(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        // Shifts bind looser than sums everywhere but in Go, where people write parentheses.
        let (mut value, mut at) = self.terms(leaves, at, depth)?;
        while let Some(shift) = shift_at(leaves, at) {
            let (by, end) = self.terms(leaves, shift, depth)?;
            value = value.checked_mul(1u64.checked_shl(u32::try_from(by).ok()?)?)?;
            at = end;
        }
        Some((value, at))
    }

    fn terms(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        let (mut value, mut at) = self.product(leaves, at, depth)?;
        while let Some(op) = leaves.get(at).filter(|l| l.is("+") || l.is("-")) {
            let (right, end) = self.product(leaves, at + 1, depth)?;
            value = if op.is("+") { value.checked_add(right)? } else { value.checked_sub(right)? };
            at = end;
        }
        Some((value, at))
    }

    fn product(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        let (mut value, mut at) = self.power(leaves, at, depth)?;
        while let Some(op) = leaves.get(at).filter(|l| matches!(l.text, "*" | "/" | "//" | "%")) {
            let (right, end) = self.power(leaves, at + 1, depth)?;
            value = match op.text {
                "*" => value.checked_mul(right)?,
                "%" => value.checked_rem(right)?,
                _ => value.checked_div(right)?,
            };
            at = end;
        }
        Some((value, at))
    }

    fn power(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        let (value, at) = self.atom(leaves, at, depth)?;
        if leaves.get(at).is_some_and(|l| l.is("**")) {
            let (by, end) = self.atom(leaves, at + 1, depth)?;
            return Some((value.checked_pow(u32::try_from(by).ok()?)?, end));
        }
        Some((value, at))
    }

    fn atom(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        let first = leaves.get(at)?;
        let (value, mut end) = match first.kind {
            Kind::Number => (number(first.text)?, at + 1),
            Kind::Sign if first.is("(") && depth < MAX_DEPTH => {
                let (value, end) = self.sum(leaves, at + 1, depth + 1)?;
                leaves.get(end).filter(|l| l.is(")"))?;
                (value, end + 1)
            }
            Kind::Name => self.named(leaves, at, depth)?,
            _ => return None,
        };
        // `10 as usize`, `10usize` in pieces.
        while leaves.get(end).is_some_and(|l| l.is("as")) && leaves.get(end + 1).is_some_and(Leaf::is_name) {
            end += 2;
        }
        // A method on a number is not a constant any more.
        if leaves.get(end).is_some_and(|l| matches!(l.text, "." | "::" | "?.")) {
            return None;
        }
        Some((value, end))
    }

    /// `NAME`, `path::NAME`, `Class.NAME`, `mib(10)`.
    fn named(&self, leaves: &[Leaf<'_>], at: usize, depth: u32) -> Option<Value> {
        let mut last = at;
        while leaves.get(last + 1).is_some_and(|l| matches!(l.text, "::" | "."))
            && leaves.get(last + 2).is_some_and(Leaf::is_name)
        {
            last += 2;
        }
        let name = leaves[last].text;
        if leaves.get(last + 1).is_some_and(|l| l.is("(")) {
            let unit = unit(name)?;
            if depth >= MAX_DEPTH {
                return None;
            }
            let (value, end) = self.sum(leaves, last + 2, depth + 1)?;
            leaves.get(end).filter(|l| l.is(")"))?;
            return Some((value.checked_mul(unit)?, end + 1));
        }
        // A field of a value is its own thing, whatever a constant elsewhere is called.
        if last > at && leaves[last - 1].is(".") && !is_loud(name) {
            return None;
        }
        Some((self.get(name)??, last + 1))
    }
}

/// `<<`, as one leaf or two.
fn shift_at(leaves: &[Leaf<'_>], at: usize) -> Option<usize> {
    let here = leaves.get(at)?;
    if here.is("<<") {
        return Some(at + 1);
    }
    (here.is("<") && leaves.get(at + 1).is_some_and(|l| l.is("<"))).then_some(at + 2)
}

/// Names given a value, with the index where the value begins: `const N: usize = …`, `N = …`, `#define N …`.
fn definitions<'t>(leaves: &[Leaf<'t>]) -> Vec<(&'t str, usize)> {
    let mut found = Vec::new();
    for (at, leaf) in leaves.iter().enumerate() {
        let assigns = leaf.is("=") || leaf.is(":=");
        if !assigns || at == 0 {
            if matches!(leaf.text, "+=" | "*=" | "-=" | "<<=" | "++" | "--")
                && at > 0
                && leaves[at - 1].is_name()
            {
                // Changed later on: no constant. The place of a value that is none says so.
                found.push((leaves[at - 1].text, leaves.len()));
            }
            continue;
        }
        if let Some(name) = assigned(leaves, at) {
            found.push((name, at + 1));
        }
    }
    found
}

/// The name before `=` at `at`, a type between them left out.
fn assigned<'t>(leaves: &[Leaf<'t>], at: usize) -> Option<&'t str> {
    const FAR: usize = 12;
    let line = leaves[at].line;
    let before = &leaves[at.saturating_sub(FAR)..at];
    // `NAME: Type =` and Go's `const NAME int =`.
    let colon = before.iter().rposition(|l| l.is(":") && l.line == line);
    let name = match colon {
        Some(colon) if !before[colon..].iter().any(|l| matches!(l.text, ";" | "{" | "(" | ",")) => {
            before[..colon].last()
        }
        _ => match before {
            [.., name, kind] if name.is_name() && is_go_type(kind.text) && name.line == line => Some(name),
            _ => before.last(),
        },
    }?;
    let field =
        before.iter().rposition(|l| std::ptr::eq(l, name)).and_then(|i| before.get(i.checked_sub(1)?));
    let is_field = field.is_some_and(|l| matches!(l.text, "." | "->" | "?."));
    (name.is_name() && !is_field).then_some(name.text)
}

fn is_go_type(name: &str) -> bool {
    matches!(name, "int" | "int32" | "int64" | "uint" | "uint32" | "uint64" | "uintptr" | "byte")
}

/// `MAX_SIZE`: names that shout are constants by convention.
pub(super) fn is_loud(name: &str) -> bool {
    name.len() > 1 && name.chars().any(|c| c.is_ascii_uppercase()) && !name.chars().any(char::is_lowercase)
}

/// The bytes of a unit, for helpers called after it.
fn unit(name: &str) -> Option<u64> {
    let name = name.to_ascii_lowercase();
    Some(match name.trim_end_matches('s') {
        "kib" | "kibibyte" => 1 << 10,
        "mib" | "mebibyte" => 1 << 20,
        "gib" | "gibibyte" => 1 << 30,
        _ => return None,
    })
}

/// The value of a literal: `10_485_760`, `0xffusize`, `1e6`, `1024n`, `10'000`.
fn number(text: &str) -> Option<u64> {
    let text: String = text.chars().filter(|c| !matches!(c, '_' | '\'')).collect();
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
            return is_suffix(&digits[end..]).then(|| u64::from_str_radix(&digits[..end], radix).ok())?;
        }
    }
    let end = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let rest = &lower[end..];
    if rest.starts_with('.') || rest.starts_with('e') {
        let value: f64 = lower.trim_end_matches(['f', 'l']).parse().ok()?;
        let whole = value.fract() == 0.0 && (0.0..9e15).contains(&value);
        return whole.then_some(value as u64);
    }
    is_suffix(rest).then(|| lower[..end].parse().ok())?
}

fn is_suffix(rest: &str) -> bool {
    matches!(
        rest,
        "" | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "n"
            | "u"
            | "l"
            | "ul"
            | "ll"
            | "ull"
            | "uz"
            | "z"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reality::leaves;
    use crate::tree::Source;
    use guard_model::Language;

    #[test]
    fn constants_of_every_language_are_computed() {
        for (path, text, name, value) in [
            ("a.rs", "pub const MAX: usize = 10 * 1024 * 1024;", "MAX", Some(10 << 20)),
            ("a.rs", "const KB: u64 = 1 << 10;\nstatic MAX: u64 = 4 * KB;", "MAX", Some(4096)),
            ("a.rs", "const MAX: u64 = 10_485_760u64;", "MAX", Some(10_485_760)),
            ("a.rs", "const MAX: u64 = limits::mib(2);", "MAX", Some(2 << 20)),
            ("a.rs", "const MAX: u64 = read_config();", "MAX", None),
            (
                "a.rs",
                "#[cfg(test)] const MAX: u64 = 10;\n#[cfg(not(test))] const MAX: u64 = 20;",
                "MAX",
                None,
            ),
            ("a.rs", "fn f() { let mut n = 10; n += 5; }", "n", None),
            ("a.rs", "fn f() { let n = (2 + 3) as usize * 100; }", "n", Some(500)),
            ("a.ts", "export const MAX_SIZE: number = 5 * 1024 ** 2;", "MAX_SIZE", Some(5 << 20)),
            ("a.js", "const max = 1e6;", "max", Some(1_000_000)),
            ("a.py", "MAX_SIZE = 16 * 1024", "MAX_SIZE", Some(16384)),
            ("a.go", "package a\nconst MaxSize = 1 << 20", "MaxSize", Some(1 << 20)),
            ("a.go", "package a\nconst (\n\tMaxSize int64 = 32 << 20\n)", "MaxSize", Some(32 << 20)),
            ("a.cpp", "constexpr size_t kMax = 8 * 1024;", "kMax", Some(8192)),
            ("a.c", "#define MAX_LEN (4 * 1024)\n", "MAX_LEN", Some(4096)),
            ("A.java", "class A { static final long MAX = 1024L * 1024; }", "MAX", Some(1 << 20)),
        ] {
            let language = Language::of_path(path).unwrap();
            let source = Source::parse(path, language, text.into()).unwrap();
            let leaves = leaves::of(&source);
            let constants = Constants::of([leaves.as_slice()], None);
            assert_eq!(constants.get(name).flatten(), value, "{text}");
        }
    }
}
