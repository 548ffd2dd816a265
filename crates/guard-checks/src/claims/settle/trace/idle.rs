//! Lines and names that do nothing: code behind `if false`, docstrings, locals that nothing reads, sentences in strings,
//! functions without a body or a caller. What they are called shows no behaviour.

use guard_model::evidence::NumberedLine;
use guard_model::source::StubKind;
use guard_model::{Evidence, ItemKind, Side};

use super::{FileTrace, Place, occurrences, stems};
use crate::claims::token::lists;

/// What a line is to a reader of code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Code,
    /// Never run.
    Dead,
    /// Within a docstring.
    Told,
}

/// What each of the added lines is.
pub(super) fn kinds(path: &str, lines: &[NumberedLine]) -> Vec<Line> {
    let python = [".py", ".pyi"].iter().any(|e| path.ends_with(e));
    let mut kinds = vec![Line::Code; lines.len()];
    let follows = |i: usize| i > 0 && lines[i - 1].line + 1 == lines[i].line;
    let mut i = 0;
    while i < lines.len() {
        let text = lines[i].text.trim();
        if let Some(mark) = docstring(text).filter(|_| python) {
            kinds[i] = Line::Told;
            let closed = text.matches(mark).count() > 1;
            while !closed && i + 1 < lines.len() && follows(i + 1) {
                i += 1;
                kinds[i] = Line::Told;
                if lines[i].text.contains(mark) {
                    break;
                }
            }
        } else if is_never(text) {
            let end = block(lines, i, python, &follows);
            kinds[i..end].fill(Line::Dead);
            i = end - 1;
        }
        i += 1;
    }
    kinds
}

/// The mark of a string that stands where a statement does.
fn docstring(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(['r', 'R', 'u', 'f', 'b']);
    ["\"\"\"", "'''"].into_iter().find(|mark| text.starts_with(mark))
}

fn is_never(text: &str) -> bool {
    let text = text.trim_start_matches('}').trim_start();
    let text = text.strip_prefix("else ").unwrap_or(text);
    let Some(rest) =
        text.strip_prefix("if").or_else(|| text.strip_prefix("while").or_else(|| text.strip_prefix("#if")))
    else {
        return false;
    };
    let condition = rest.trim_start_matches([' ', '(']);
    ["false", "False", "0"].iter().any(|no| {
        condition.strip_prefix(no).is_some_and(|rest| {
            let rest = rest.trim_start_matches([' ', ')']);
            rest.is_empty() || rest.starts_with(['{', ':', '&']) && !rest.starts_with("::")
        })
    })
}

/// Where the block ends that begins at `from`: with its brace, or with its indentation.
fn block(lines: &[NumberedLine], from: usize, python: bool, follows: &dyn Fn(usize) -> bool) -> usize {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let own = indent(&lines[from].text);
    let directive = lines[from].text.trim_start().starts_with('#');
    let mut depth = 0i32;
    for (i, line) in lines.iter().enumerate().skip(from) {
        let text = &line.text;
        if i > from && !follows(i) {
            return i;
        }
        if directive {
            if ["#endif", "#else", "#elif"].iter().any(|m| text.trim_start().starts_with(m)) {
                return i;
            }
        } else if python {
            if i > from && !text.trim().is_empty() && indent(text) <= own {
                return i;
            }
        } else {
            depth += text.chars().map(|c| i32::from(c == '{') - i32::from(c == '}')).sum::<i32>();
            if depth <= 0 && i > from {
                return i + 1;
            }
        }
    }
    lines.len()
}

/// Text of a place from which its words are taken: without the names of locals that nothing reads, and without sentences.
pub(super) fn telling(place: &Place<'_>, all: &str, gone: &str) -> String {
    let is_function = place.item.is_some_and(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method));
    if place.in_test {
        return place.code.clone();
    }
    let mut text = String::with_capacity(place.code.len());
    let is_unread = |name: &str| is_function && !is_read(name, all) && occurrences(gone, name) == 0;
    for line in place.code.lines() {
        let names = locals(line);
        let unread = !names.is_empty() && names.iter().all(|n| is_unread(n));
        let value = line.split_once('=').map_or("", |(_, value)| value);
        // What it is set to may do something, where it calls.
        let told = match (unread, discarded(line)) {
            (_, Some(name)) if is_unread(name) => String::new(),
            (true, _) if value.contains('(') => without_sentences(value),
            (true, _) => String::new(),
            _ => without_sentences(line),
        };
        text.push_str(&told);
        text.push('\n');
    }
    text
}

/// What a line declares: one local, or those of a list.
fn locals(line: &str) -> Vec<&str> {
    let list = |open: &str| {
        let (inside, rest) = line.trim_start().strip_prefix(open)?.split_once(']')?;
        rest.trim_start()
            .starts_with('=')
            .then(|| inside.split(',').map(str::trim).filter(|n| !n.is_empty()).collect())
    };
    list("const [").or_else(|| list("let [")).unwrap_or_else(|| local(line).into_iter().collect())
}

/// `void x;`, `_ = x`: the name that is said to be unread.
fn discarded(line: &str) -> Option<&str> {
    let text = line.trim().trim_end_matches(';');
    let name = ["void ", "_ = ", "let _ = ", "(void)"].iter().find_map(|m| text.strip_prefix(m))?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

/// The name that a statement declares or assigns: `let x = …`, `x := …`, `int x = …`.
fn local(line: &str) -> Option<&str> {
    const OPENS: &str = "let mut const var auto final val int bool long double float size_t String boolean";
    let text = line.trim_start();
    let (left, _) = text.split_once(" := ").or_else(|| text.split_once(" = "))?;
    let left = left.split(':').next().unwrap_or(left).trim();
    let mut words = left.split_whitespace();
    let name = words.next_back()?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && name.len() > 2;
    (plain && words.all(|w| lists(OPENS, w))).then_some(name)
}

/// Whether a line has the name for another purpose than to declare it or to say that nobody reads it.
fn is_read(name: &str, all: &str) -> bool {
    let discards =
        [format!("void {name}"), format!("_ = {name}"), format!("drop({name})"), format!("(void){name}")];
    let uses = |line: &str| {
        let declares = usize::from(locals(line).contains(&name));
        occurrences(line, name) > declares && !discards.iter().any(|d| line.contains(d.as_str()))
    };
    all.lines().any(uses)
}

/// A line without the sentences in its strings: what a program says of itself it need not do. Those of warnings and errors tell
/// when they come.
fn without_sentences(line: &str) -> String {
    const WORDS: usize = 4;
    const REFUSES: [&str; 9] =
        ["warn", "err", "bail", "raise", "throw", "panic", "exception", "ensure", "assert"];
    let lower = line.to_lowercase();
    if REFUSES.iter().any(|r| lower.contains(r)) {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    for (i, part) in line.split('"').enumerate() {
        let quoted = i % 2 == 1;
        let words = part.split(' ').filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
        if !(quoted && words >= WORDS) {
            out.push_str(part);
        }
        out.push('"');
    }
    out
}

/// Whether a new function has nothing in it.
pub(super) fn is_empty(place: &Place<'_>) -> bool {
    place.item.is_some_and(|i| {
        let stub = i.stub.as_ref().is_some_and(|s| matches!(s.kind, StubKind::Empty | StubKind::Declared));
        matches!(i.kind, ItemKind::Function | ItemKind::Method) && (stub || is_bare(&place.code))
    })
}

/// Whether the text of a function ends with an empty body: `{}`, `: pass`.
pub(in super::super) fn is_bare(code: &str) -> bool {
    let bare: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    ["){}", ":pass", ":..."].iter().any(|end| bare.ends_with(end))
}

/// Takes their words from functions that are new, private and named nowhere else in the change: nothing calls them.
pub(super) fn silence_unreached(files: &mut [FileTrace<'_>], evidence: &Evidence) {
    let old = |name: &str| {
        let base = evidence.sources.iter().filter(|s| s.side == Side::Base);
        base.flat_map(|s| &s.items).any(|i| i.name == name)
    };
    let mut unreached: Vec<(usize, usize)> = Vec::new();
    for (f, file) in files.iter().enumerate() {
        for (p, place) in file.places.iter().enumerate() {
            let Some(item) = place.item.filter(|i| i.kind == ItemKind::Function && !place.in_test) else {
                continue;
            };
            let hidden = !item.public || item.name.starts_with('_');
            let new = file.change.touches_head_line(item.line) && !old(&item.name);
            // An attribute or a macro may register it.
            let plain = !place.code.trim_start().starts_with(['@', '#'])
                && !["main", "init"].contains(&item.name.as_str());
            let all = || files.iter().flat_map(|f| &f.places);
            if hidden && new && plain && all().map(|p| occurrences(&p.code, &item.name)).sum::<usize>() == 1 {
                unreached.push((f, p));
            }
        }
    }
    for (f, p) in unreached {
        let own = stems(files[f].change.path.as_str()).collect();
        let place = &mut files[f].places[p];
        place.words = own;
        place.name.clear();
    }
}
