//! Comments that tie two pieces of code together: `Copied from a/b.py with A->B`, `LINT.IfChange` with
//! `LINT.ThenChange(//path)`, "keep in sync with `path`".

use guard_model::{PairOrigin, Side};

/// What makes a line worth reading, for searches.
pub const MARKS: [&str; 4] = ["Copied from", "copied from", "LINT.ThenChange", "in sync with"];

/// Lines between a comment and the item that it is about.
const NEAR: u32 = 6;

/// A file, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Path.
    pub path: String,
    /// An item of the file, as written or qualified.
    pub item: Option<String>,
    /// Lines of the file where no item is named.
    pub lines: Option<(u32, u32)>,
}

impl Target {
    /// Reads `path#item`.
    pub fn of(text: &str) -> Target {
        let (path, item) = text.split_once('#').map_or((text, None), |(path, item)| (path, Some(item)));
        Target { path: path.to_owned(), item: item.map(str::to_owned), lines: None }
    }
}

/// Two pieces of code that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Line of the comment.
    pub line: u32,
    /// What was said.
    pub origin: PairOrigin,
    /// What is to be followed.
    pub reference: Target,
    /// What follows it.
    pub implementation: Target,
    /// Renamings that the comment names.
    pub renames: Vec<(String, String)>,
}

/// The links that the comments of a file make. `exists` says whether there is a file of that path.
pub fn links(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Link> {
    let mut found = Vec::new();
    let mut opened: Option<u32> = None;
    let mut items: Option<Vec<guard_model::Item>> = None;
    for (line, number) in text.lines().zip(1u32..) {
        let Some(comment) = comment(line) else { continue };
        if comment.contains("LINT.IfChange") {
            opened = Some(number);
            continue;
        }
        if let Some(targets) = between(comment, "LINT.ThenChange(", ")") {
            let lines = opened.take().map(|start| (start, number));
            for target in targets.split(',') {
                let target = target.trim().trim_start_matches("//").split(':').next().unwrap_or_default();
                let here = Target { path: path.to_owned(), item: None, lines };
                if let (Some(reference), true) = (resolve(target, path, exists), lines.is_some()) {
                    found.push(Link {
                        line: number,
                        origin: PairOrigin::Together,
                        reference: here,
                        implementation: reference,
                        renames: Vec::new(),
                    });
                }
            }
            continue;
        }
        let Some((rest, copied)) = after_mark(comment) else { continue };
        let (name, with) = rest.split_once(" with ").unwrap_or((rest, ""));
        let name = name.split_whitespace().next().unwrap_or_default();
        let quote = |it: char| "`\"'()<>[]".contains(it);
        let name =
            name.trim_start_matches(quote).trim_end_matches(|it: char| quote(it) || ".,;:".contains(it));
        let Some(mut reference) = resolve(name, path, exists) else { continue };
        let items = items.get_or_insert_with(|| {
            crate::facts(path, Side::Head, text.as_bytes()).map(|facts| facts.items).unwrap_or_default()
        });
        let Some(about) = item_of(items, number) else { continue };
        if reference.item.is_none() {
            reference.item = Some(about.name.clone());
        }
        let implementation =
            Target { path: path.to_owned(), item: Some(about.qualified.clone()), lines: None };
        if reference == implementation {
            continue;
        }
        let renames = if copied { renames(with) } else { Vec::new() };
        found.push(Link { line: number, origin: PairOrigin::Comment, reference, implementation, renames });
    }
    found
}

/// What a line says as a comment.
fn comment(line: &str) -> Option<&str> {
    if !(line.contains("LINT.") || MARKS.iter().any(|mark| line.contains(mark))) {
        return None;
    }
    let start = ["//", "#", "/*", "*", "--", "<!--"].iter().filter_map(|mark| line.find(mark)).min()?;
    Some(&line[start..])
}

fn after_mark(comment: &str) -> Option<(&str, bool)> {
    for mark in ["Copied from ", "copied from "] {
        if let Some(at) = comment.find(mark) {
            return Some((&comment[at + mark.len()..], true));
        }
    }
    let at = comment.find("in sync with ")?;
    let asks = ["keep", "Keep", "kept", "stay", "must be"].iter().any(|word| comment[..at].contains(word));
    asks.then(|| (&comment[at + "in sync with ".len()..], false))
}

/// `A->B, C->D`.
fn renames(text: &str) -> Vec<(String, String)> {
    let pairs = text.split([',', ' ']).filter_map(|pair| pair.split_once("->"));
    pairs.filter(|(a, b)| !a.is_empty() && !b.is_empty()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let start = text.find(open)? + open.len();
    Some(&text[start..start + text[start..].find(close)?])
}

/// What a name in a comment means: a path, a path with an item, or a dotted name of Python.
fn resolve(name: &str, from: &str, exists: &dyn Fn(&str) -> bool) -> Option<Target> {
    if name.len() < 3 {
        return None;
    }
    let (path, item) = match name.split_once('#').or_else(|| name.split_once("::")) {
        Some((path, item)) => (path, Some(item.to_owned())),
        None => (name, None),
    };
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    if path.contains('.') || path.contains('/') {
        for candidate in [path, path.trim_start_matches("./"), path.trim_start_matches('/'), &beside] {
            if exists(candidate) {
                return Some(Target { path: candidate.to_owned(), item, lines: None });
            }
        }
    }
    if !from.ends_with(".py") || item.is_some() || path.contains('/') {
        return None;
    }
    // `package.module.Class.method`: the package lies where this file's own package lies.
    let parts: Vec<&str> = path.split('.').collect();
    let root = from
        .split('/')
        .position(|part| part == parts[0])
        .map_or(String::new(), |at| from.split('/').take(at).map(|part| format!("{part}/")).collect());
    (1..parts.len()).rev().find_map(|end| {
        let file = format!("{root}{}.py", parts[..end].join("/"));
        let item = parts[end..].join("::");
        exists(&file).then_some(Target { path: file, item: Some(item), lines: None })
    })
}

/// The item that a comment is about: the one that begins right below it, else the one around it.
fn item_of(items: &[guard_model::Item], line: u32) -> Option<&guard_model::Item> {
    let below = items
        .iter()
        .filter(|item| item.line >= line && item.line <= line + NEAR)
        .min_by_key(|item| item.line);
    let around = || {
        let holds = items.iter().filter(|item| item.line <= line && line <= item.end_line);
        holds.min_by_key(|item| item.end_line - item.line)
    };
    below.or_else(around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let files = ["src/pack/models/attention.py", "web/api.ts", "native/api.rs"];
        let shown = |target: &Target| format!("{}#{}", target.path, target.item.as_deref().unwrap_or("-"));
        links(path, text, &|path| files.contains(&path))
            .iter()
            .map(|it| {
                format!(
                    "{:?} {} -> {} {:?}",
                    it.origin,
                    shown(&it.reference),
                    shown(&it.implementation),
                    it.renames
                )
            })
            .collect()
    }

    #[test]
    fn comments_name_what_was_copied() {
        let text = "import os\n\n# Copied from pack.models.attention.Attention.forward with Attention->Cross\ndef forward(a):\n    return a\n";
        assert_eq!(
            found("src/pack/models/cross.py", text),
            [
                "Comment src/pack/models/attention.py#Attention::forward -> src/pack/models/cross.py#forward [(\"Attention\", \"Cross\")]"
            ]
        );
        let text = "// Keep this in sync with `web/api.ts`.\nexport function open(a) {\n  return a\n}\n";
        assert_eq!(found("app/api.ts", text), ["Comment web/api.ts#open -> app/api.ts#open []"]);
        let text = "// LINT.IfChange\nconst A: u8 = 1;\n// LINT.ThenChange(//web/api.ts, //native/api.rs)\n";
        assert_eq!(
            found("x/a.rs", text),
            ["Together x/a.rs#- -> web/api.ts#- []", "Together x/a.rs#- -> native/api.rs#- []"]
        );
        assert_eq!(found("a.rs", "// the clocks are in sync with web/api.ts\nfn a() {}\n"), [""; 0]);
    }
}
