//! How large the inputs of a test get, as far as its own source tells.

use super::arithmetic::{Constants, is_loud};
use super::leaves::{Kind, Leaf};

/// What one body writes out.
#[derive(Debug, Default)]
pub(super) struct Inputs<'t> {
    pub(super) sizes: Vec<Size>,
    /// Characters of the longest string.
    pub(super) longest_text: u64,
    /// Functions called by name, with the line.
    pub(super) calls: Vec<Call<'t>>,
    /// Why something larger may be made.
    pub(super) doubt: Option<String>,
}

/// One size as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) value: u64,
    pub(super) line: u32,
    pub(super) text: String,
    /// Something is made that large.
    pub(super) made: bool,
}

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call<'t> {
    /// The last part of its name.
    pub(super) name: &'t str,
    /// What stands before it: `a.f()` is called on a value, `A::f()` on a path.
    pub(super) on: On,
}

/// What a call's name follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Nothing,
    Path,
    Value,
    Macro,
}

/// Calls whose argument says how much there will be.
const MAKERS: &str = "repeat alloc allocUnsafe Array take Repeat range resize padEnd padStart fill step_by repeat_n \
    repeatN nCopies ncopies randbytes urandom random_bytes randomBytes Uint8Array ArrayBuffer zeros ones bytearray string \
    QByteArray QString array times";

/// Words of names that bring in what the source does not show.
const UNSEEN: [&str; 23] = [
    "include",
    "read",
    "open",
    "file",
    "fixture",
    "fixtures",
    "load",
    "random",
    "rand",
    "rng",
    "proptest",
    "arbitrary",
    "quickcheck",
    "faker",
    "env",
    "environ",
    "download",
    "fetch",
    "huge",
    "large",
    "big",
    "oversized",
    "generate",
];

/// Reads one body.
pub(super) fn of<'t>(leaves: &[Leaf<'t>], constants: &Constants<'_>) -> Inputs<'t> {
    let mut inputs = Inputs::default();
    let mut at = 0;
    while at < leaves.len() {
        let leaf = &leaves[at];
        match leaf.kind {
            Kind::Text => inputs.longest_text = inputs.longest_text.max(length(leaf.text)),
            Kind::Number | Kind::Name => {
                let begins = at == 0
                    || !matches!(leaves[at - 1].text, "." | "::" | "->" | "?.")
                    || leaf.kind == Kind::Number;
                if begins && let Some((value, end)) = constants.value(leaves, at) {
                    let text = leaves[at..end].iter().map(|l| l.text).collect::<Vec<_>>().join(" ");
                    let made = is_made(leaves, at, end);
                    inputs.sizes.push(Size {
                        value,
                        line: leaf.line,
                        text: crate::tree::one_line(&text, 60),
                        made,
                    });
                    at = end;
                    continue;
                }
                if leaf.kind == Kind::Name {
                    name(leaves, at, constants, &mut inputs);
                }
            }
            Kind::Sign => {}
        }
        if let Some(doubt) = unknown_size(leaves, at, constants) {
            inputs.doubt.get_or_insert(doubt);
        }
        at += 1;
    }
    inputs
}

/// Characters between a string's quotes.
fn length(literal: &str) -> u64 {
    literal.trim_start_matches(char::is_alphabetic).chars().count().saturating_sub(2) as u64
}

/// A name that is no known constant: a call, or something that hides how large an input gets.
fn name<'t>(leaves: &[Leaf<'t>], at: usize, constants: &Constants<'_>, inputs: &mut Inputs<'t>) {
    let leaf = &leaves[at];
    let next = leaves.get(at + 1).map_or("", |l| l.text);
    let before = at.checked_sub(1).map_or("", |i| leaves[i].text);
    if matches!(leaf.text, "while" | "loop") {
        inputs.doubt.get_or_insert(format!("a `{}` makes as much as it likes", leaf.text));
    }
    let loud = is_loud(leaf.text)
        && leaf.text.len() > 2
        && next != "("
        && next != "!"
        && next != "::"
        && next != ".";
    if loud && constants.get(leaf.text).is_none_or(|v| v.is_none()) && is_number_like(leaf.text) {
        inputs.doubt.get_or_insert(format!("the value of `{}` is not known", leaf.text));
    }
    let is_macro = next == "!" && leaves.get(at + 2).is_some_and(|l| matches!(l.text, "(" | "[" | "{"));
    if next != "(" && !is_macro {
        return;
    }
    if matches!(before, "fn" | "def" | "func" | "function") {
        return;
    }
    let on = match before {
        "." | "->" | "?." => On::Value,
        "::" => On::Path,
        _ if is_macro => On::Macro,
        _ => On::Nothing,
    };
    let words = super::limits::parts(leaf.text);
    // Reading from a value in memory is no reading of a file.
    let hides = |w: &String| {
        UNSEEN.contains(&w.as_str())
            && !(on == On::Value && matches!(w.as_str(), "read" | "file" | "open" | "load" | "fetch"))
    };
    if words.iter().any(hides) {
        inputs.doubt.get_or_insert(format!("what `{}` gives is not known", leaf.text));
    }
    inputs.calls.push(Call { name: leaf.text, on });
}

/// Whether a loud name may stand for a size at all.
fn is_number_like(name: &str) -> bool {
    let words = super::limits::parts(name);
    words.iter().any(|w| {
        matches!(
            w.as_str(),
            "max"
                | "limit"
                | "size"
                | "len"
                | "length"
                | "bytes"
                | "count"
                | "kb"
                | "mb"
                | "gb"
                | "kib"
                | "mib"
                | "gib"
                | "large"
                | "big"
                | "huge"
                | "num"
                | "n"
                | "cap"
                | "capacity"
                | "threshold"
                | "iterations"
                | "total"
        )
    })
}

/// Whether the expression `at..end` says how much of something is made.
fn is_made(leaves: &[Leaf<'_>], at: usize, end: usize) -> bool {
    let before = at.checked_sub(1).map(|i| &leaves[i]);
    let next = leaves.get(end);
    let is = |leaf: Option<&Leaf<'_>>, text: &str| leaf.is_some_and(|l| l.is(text));
    // `vec![0; N]`, `[0; N]`, `new byte[N]`, `make([]byte, N)`.
    if is(before, ";") && is(next, "]") {
        return true;
    }
    if is(before, "[") && is(next, "]") && at >= 3 && leaves[at - 3].is("new") {
        return true;
    }
    // `0..N`, `"x" * N`, `N * "x"`.
    if before.is_some_and(|l| matches!(l.text, ".." | "..=")) {
        return true;
    }
    let text_before = at >= 2 && (leaves[at - 2].kind == Kind::Text || matches!(leaves[at - 2].text, "]"));
    if is(before, "*") && text_before
        || is(next, "*") && leaves.get(end + 1).is_some_and(|l| l.kind == Kind::Text)
    {
        return true;
    }
    // `for i := 0; i < N; i++`.
    if before.is_some_and(|l| matches!(l.text, "<" | "<=")) {
        let line = leaves[at].line;
        let mut earlier = leaves[..at].iter().rev().take_while(|l| l.line == line);
        if earlier.any(|l| l.is("for")) {
            return true;
        }
    }
    maker_around(leaves, at).is_some()
}

/// The maker in whose own arguments `at` stands.
fn maker_around<'t>(leaves: &[Leaf<'t>], at: usize) -> Option<&'t str> {
    let mut depth = 0usize;
    for i in (at.saturating_sub(16)..at).rev() {
        match leaves[i].text {
            ")" | "]" | "}" => depth += 1,
            "(" if depth == 0 => {
                let called = leaves.get(i.checked_sub(1)?)?;
                let makes = called.is_name()
                    && (MAKERS.split_whitespace().any(|m| m == called.text) || called.text == "make");
                return makes.then_some(called.text);
            }
            "[" | "{" if depth == 0 => return None,
            "(" | "[" | "{" => depth -= 1,
            ";" => return None,
            _ => {}
        }
    }
    None
}

/// Something is made as large as what no constant says.
fn unknown_size(leaves: &[Leaf<'_>], at: usize, constants: &Constants<'_>) -> Option<String> {
    let leaf = &leaves[at];
    if !leaf.is_name() || constants.value(leaves, at).is_some() {
        return None;
    }
    let before = at.checked_sub(1).map(|i| &leaves[i])?;
    let next = leaves.get(at + 1);
    let in_brackets =
        before.is(";") && next.is_some_and(|l| matches!(l.text, "]" | "." | "::" | "*" | "+" | "("));
    let counted = matches!(before.text, ".." | "..=") && !next.is_some_and(|l| l.is("."));
    let times = before.is("*") && at >= 2 && leaves[at - 2].kind == Kind::Text;
    let argument = matches!(before.text, "(" | ",")
        && maker_around(leaves, at)
            .is_some_and(|m| !matches!(m, "fill" | "Array" | "string" | "array" | "take" | "range"))
        && !next.is_some_and(|l| l.is("["));
    (in_brackets || counted || times || argument)
        .then(|| format!("the value of `{}` is not known", leaf.text))
}
