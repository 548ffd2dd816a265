//! What the change wrote and took away, by place: the item or the run of lines that it lies in, with its
//! code and its comments apart.
//!
//! What a comment or a document says of the code is more words, not evidence; so code is what most
//! claims are held against.

mod idle;

use std::collections::BTreeSet;
use std::ops::Bound;

use guard_model::evidence::{ChangedLines, NumberedLine};
use guard_model::{ChangeKind, Evidence, FileChange, Item, Side, SourceFacts};

use super::code::is_document;
use crate::text::{stem, words};

pub(super) use idle::is_bare;

/// All changed text files.
pub(super) struct Trace<'e> {
    pub(super) files: Vec<FileTrace<'e>>,
    /// Whether every changed line is known.
    pub(super) whole: bool,
}

/// One changed file.
pub(super) struct FileTrace<'e> {
    pub(super) change: &'e FileChange,
    pub(super) lines: &'e ChangedLines,
    pub(super) document: bool,
    pub(super) places: Vec<Place<'e>>,
    /// Code of the removed lines.
    pub(super) gone: String,
    /// Stems of the code of all added lines, and of the path.
    pub(super) words: BTreeSet<String>,
}

/// One item that was written or changed, or a run of lines outside of any.
pub(super) struct Place<'e> {
    pub(super) item: Option<&'e Item>,
    pub(super) in_test: bool,
    pub(super) line: u32,
    /// Code of its added lines.
    pub(super) code: String,
    /// Comments among its added lines, with those right above the item.
    pub(super) comments: Vec<(u32, &'e str)>,
    /// Stems of its code, its name and its path; without those of what does nothing, see [`idle`].
    pub(super) words: BTreeSet<String>,
    /// Stems of the item's name.
    pub(super) name: BTreeSet<String>,
}

/// An item that begins this close below added lines takes them as its own: its comments and attributes.
const ABOVE: u32 = 6;

impl<'e> Trace<'e> {
    pub(super) fn of(evidence: &'e Evidence) -> Trace<'e> {
        let files: Vec<FileTrace<'e>> = evidence
            .lines
            .iter()
            .filter_map(|lines| {
                let change = evidence.change.file(&lines.path)?;
                let facts = evidence.sources.iter().find(|s| s.side == Side::Head && s.path == lines.path);
                Some(file(change, lines, facts))
            })
            .collect();
        let text = evidence.change.files.iter().filter(|f| f.content == guard_model::FileKind::Text).count();
        let whole = files.len() >= text && files.iter().all(|f| !f.lines.cut);
        let mut files = files;
        idle::silence_unreached(&mut files, evidence);
        Trace { files, whole }
    }

    /// Files whose lines are code or configuration.
    pub(super) fn code(&self) -> impl Iterator<Item = &FileTrace<'e>> {
        self.files.iter().filter(|f| !f.document && !is_lock(f.path()))
    }
}

impl FileTrace<'_> {
    pub(super) fn path(&self) -> &str {
        &self.change.path
    }

    /// The code of one of its lines.
    pub(super) fn code_of<'l>(&self, line: &'l str) -> &'l str {
        Marks::of(self.path()).split(line).0
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.change.kind, ChangeKind::Added | ChangeKind::Copied)
    }
}

fn file<'e>(
    change: &'e FileChange,
    lines: &'e ChangedLines,
    facts: Option<&'e SourceFacts>,
) -> FileTrace<'e> {
    let document = is_document(&lines.path) || is_page(&lines.path) || tells_of_work(&lines.path);
    let marks = Marks::of(&lines.path);
    let own: Vec<String> = stems(&lines.path).collect();
    let test_file = facts.is_some_and(|f| f.test_file) || is_test_path(&lines.path);
    let mut places: Vec<Place<'e>> = Vec::new();
    let mut last: Option<(Key, usize)> = None;
    let runs = run_ends(&lines.added);
    let kinds = idle::kinds(&lines.path, &lines.added);
    for (i, line) in lines.added.iter().enumerate() {
        if kinds[i] == idle::Line::Dead {
            continue;
        }
        let item = facts.and_then(|f| holder(&f.items, line.line, runs[i]));
        let key = item.map_or(Key::Run(runs[i]), |it| Key::Item(it.line, it.end_line));
        let at = match last {
            Some((known, at)) if known == key => at,
            _ => places
                .iter()
                .rposition(|p| p.item.is_some() && p.item.map(|i| Key::Item(i.line, i.end_line)) == Some(key))
                .unwrap_or_else(|| {
                    places.push(Place {
                        item,
                        in_test: test_file || item.is_some_and(|i| i.in_test),
                        line: line.line,
                        code: String::new(),
                        comments: Vec::new(),
                        words: own.iter().cloned().collect(),
                        name: item.map(|i| stems(&i.name).collect()).unwrap_or_default(),
                    });
                    places.len() - 1
                }),
        };
        last = Some((key, at));
        let place = &mut places[at];
        let told = kinds[i] == idle::Line::Told;
        let (code, comment) = if told { ("", Some(line.text.as_str())) } else { marks.split(&line.text) };
        if !code.trim().is_empty() {
            place.code.push_str(code);
            place.code.push('\n');
        }
        if let Some(comment) = comment {
            place.comments.push((line.line, comment));
        }
    }
    let gone = lines.removed.iter().map(|l| marks.split(&l.text).0).collect::<Vec<_>>().join("\n");
    let written: String = places.iter().map(|p| p.code.as_str()).collect();
    for place in &mut places {
        // That there is a function of this name is all that an empty one shows.
        if let Some(item) = place.item.filter(|_| idle::is_empty(place)) {
            place.words.extend(stems(&place.code.replace(&item.name, "")));
            continue;
        }
        let named = place.item.map_or("", |i| i.qualified.as_str());
        let telling = idle::telling(place, &written, &gone);
        place.words.extend(stems(&telling).chain(stems(named)));
    }
    let mut all: BTreeSet<String> = own.into_iter().collect();
    all.extend(places.iter().flat_map(|p| p.words.iter().cloned()));
    FileTrace { change, lines, document, places, gone, words: all }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Item(u32, u32),
    Run(u32),
}

/// For each added line the last line of its run.
fn run_ends(lines: &[NumberedLine]) -> Vec<u32> {
    let mut ends = vec![0; lines.len()];
    for i in (0..lines.len()).rev() {
        let goes_on = lines.get(i + 1).is_some_and(|n| n.line == lines[i].line + 1);
        ends[i] = if goes_on { ends[i + 1] } else { lines[i].line };
    }
    ends
}

/// The innermost item around a line, or the one that begins right below its run.
fn holder(items: &[Item], line: u32, run_end: u32) -> Option<&Item> {
    let inner = items
        .iter()
        .filter(|i| i.line <= line && line <= i.end_line)
        .min_by_key(|i| (i.end_line - i.line, std::cmp::Reverse(i.line)));
    let container = inner.is_none_or(|i| {
        matches!(
            i.kind,
            guard_model::ItemKind::Impl | guard_model::ItemKind::Module | guard_model::ItemKind::Trait
        )
    });
    let below = || {
        items
            .iter()
            .filter(|i| i.line > line && i.line <= run_end.saturating_add(ABOVE))
            .filter(|i| inner.is_none_or(|around| i.end_line <= around.end_line))
            .min_by_key(|i| i.line)
    };
    if container { below().or(inner) } else { inner }
}

/// How comments begin in a kind of file.
#[derive(Clone, Copy)]
enum Marks {
    Slashes,
    Hash,
    Angle,
    None,
}

impl Marks {
    fn of(path: &str) -> Marks {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map_or("", |(_, e)| e) {
            "rs" | "ts" | "mts" | "cts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "c" | "h" | "cc" | "cpp"
            | "cxx" | "hh" | "hpp" | "hxx" | "inl" | "go" | "java" | "kt" | "swift" | "cs" | "scala"
            | "php" | "proto" | "css" | "scss" | "zig" | "dart" => Marks::Slashes,
            "py" | "pyi" | "toml" | "yml" | "yaml" | "sh" | "bash" | "zsh" | "fish" | "rb" | "pl" | "cfg"
            | "ini" | "nix" | "r" | "ex" | "exs" => Marks::Hash,
            "html" | "xml" | "svg" | "vue" | "svelte" => Marks::Angle,
            _ if matches!(name, "Makefile" | "Dockerfile" | "BUCK" | "justfile" | "Justfile") => Marks::Hash,
            _ => Marks::None,
        }
    }

    /// The code and the comment of one line. Roughly: a mark inside a string is taken for one only where
    /// a space stands before it.
    fn split(self, line: &str) -> (&str, Option<&str>) {
        let trimmed = line.trim_start();
        let mark = match self {
            Marks::Slashes if trimmed.starts_with("/*") || trimmed.starts_with("* ") || trimmed == "*" => {
                return ("", Some(trimmed));
            }
            Marks::Slashes => "//",
            Marks::Hash => "#",
            Marks::Angle if trimmed.starts_with("<!--") => return ("", Some(trimmed)),
            Marks::Angle | Marks::None => return (line, None),
        };
        let begins = line.match_indices(mark).map(|(at, _)| at).find(|at| {
            let before = &line[..*at];
            before.trim().is_empty()
                || before.ends_with([' ', '\t']) && before.matches('"').count().is_multiple_of(2)
        });
        match begins {
            Some(at) => (&line[..at], Some(&line[at..])),
            None => (line, None),
        }
    }
}

/// How often `text` stands in `code` as a whole.
pub(super) fn occurrences(code: &str, text: &str) -> usize {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (first, last) = (inside(text.chars().next()), inside(text.chars().next_back()));
    if text.is_empty() {
        return 0;
    }
    code.match_indices(text)
        .filter(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + text.len()..].chars().next();
            !(first && inside(before) || last && inside(after))
        })
        .count()
}

/// Stems of the words of `text`, names split, with what abbreviations stand for.
pub(super) fn stems(text: &str) -> impl Iterator<Item = String> {
    let words = words(text).into_iter().filter(|w| w.len() > 1);
    words.flat_map(|w| {
        let long = LONG_FORMS.iter().filter(|(short, _)| *short == w).map(|(_, long)| stem(long).to_owned());
        std::iter::once(stem(&w).to_owned()).chain(long.collect::<Vec<_>>())
    })
}

/// What programmers write short and people say long.
const LONG_FORMS: &[(&str, &str)] = &[
    ("addr", "address"),
    ("alloc", "allocation"),
    ("analyse", "analysis"),
    ("analyze", "analysis"),
    ("arg", "argument"),
    ("args", "argument"),
    ("async", "asynchronous"),
    ("attr", "attribute"),
    ("attrs", "attribute"),
    ("auth", "authentication"),
    ("bool", "boolean"),
    ("buf", "buffer"),
    ("cfg", "config"),
    ("cmd", "command"),
    ("conf", "config"),
    ("conn", "connection"),
    ("ctx", "context"),
    ("db", "database"),
    ("del", "delete"),
    ("deps", "dependencies"),
    ("dir", "directory"),
    ("dirs", "directory"),
    ("env", "environment"),
    ("err", "error"),
    ("exec", "execute"),
    ("expr", "expression"),
    ("func", "function"),
    ("gen", "generate"),
    ("id", "identifier"),
    ("ident", "identifier"),
    ("idx", "index"),
    ("impl", "implementation"),
    ("info", "information"),
    ("init", "initialize"),
    ("int", "integer"),
    ("len", "length"),
    ("lib", "library"),
    ("max", "maximum"),
    ("mem", "memory"),
    ("mkdir", "create"),
    ("mkdir", "creation"),
    ("mkdir", "directory"),
    ("min", "minimum"),
    ("msg", "message"),
    ("mut", "mutable"),
    ("num", "number"),
    ("op", "operation"),
    ("op", "operator"),
    ("ops", "operation"),
    ("opt", "option"),
    ("opts", "option"),
    ("param", "parameter"),
    ("params", "parameter"),
    ("perm", "permission"),
    ("pkg", "package"),
    ("pos", "position"),
    ("prev", "previous"),
    ("ptr", "pointer"),
    ("ref", "reference"),
    ("rel", "relative"),
    ("reg", "register"),
    ("repo", "repository"),
    ("req", "request"),
    ("res", "response"),
    ("resp", "response"),
    ("ret", "return"),
    ("sep", "separator"),
    ("spec", "specification"),
    ("stmt", "statement"),
    ("str", "string"),
    ("sync", "synchronize"),
    ("temp", "temporary"),
    ("tmp", "temporary"),
    ("val", "value"),
    ("var", "variable"),
    ("vars", "variable"),
];

/// Shortest stem that may stand for a longer one.
const PREFIX: usize = 5;

/// Whether one of `words` is `stem`, or a form of it: one begins with the other.
pub(super) fn has(words: &BTreeSet<String>, stem: &str) -> bool {
    if words.contains(stem) {
        return true;
    }
    if stem.len() < PREFIX || !stem.is_ascii() {
        return false;
    }
    let longer = words
        .range::<str, _>((Bound::Included(stem), Bound::Unbounded))
        .next()
        .is_some_and(|w| w.starts_with(stem));
    longer || (PREFIX..stem.len()).any(|n| words.contains(&stem[..n]))
}

/// Pages of a site or book, written for readers or made out of what was.
fn is_page(path: &str) -> bool {
    let lower = path.to_lowercase();
    let Some((folders, name)) = lower.rsplit_once('/') else { return false };
    let page = [".html", ".htm", ".txt", ".svg"].iter().any(|e| name.ends_with(e));
    page && folders
        .split('/')
        .any(|f| matches!(f, "docs" | "doc" | "book" | "site" | "public" | "_build") || f.ends_with("-book"))
}

/// Files that tell of the work itself, done or planned: what stands there is one more claim.
pub(super) fn tells_of_work(path: &str) -> bool {
    const WORK: &str = "roadmap todo todos changelog changes history news backlog plan plans ticket tickets status progress sprint releases";
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let (name, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    let prose = matches!(end, "md" | "mdx" | "rst" | "adoc" | "txt" | "yaml" | "yml" | "json" | "toml" | "");
    prose && name.split(['-', '_', '.', ' ']).any(|w| crate::claims::token::lists(WORK, w))
}

/// Files that a tool writes out of a manifest: no line of them was said by anybody.
fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".lock")
        || matches!(
            name,
            "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | "go.sum" | "bun.lockb"
        )
}

/// Whether a path is where tests and their material lie.
pub(super) fn is_test_path(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let folder = |n: &str| lower.starts_with(&format!("{n}/")) || lower.contains(&format!("/{n}/"));
    ["test", "tests", "testing", "__tests__", "fixtures", "testsuite", "e2e", "testdata"]
        .iter()
        .any(|n| folder(n))
        || name.contains("_test.")
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.starts_with("test_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_comments_are_told_apart() {
        for (path, line, code, comment) in [
            ("a.rs", "    let x = 1; // one", "    let x = 1; ", Some("// one")),
            ("a.rs", "/// Says what it does", "", Some("/// Says what it does")),
            ("a.rs", "let u = \"https://x.y\";", "let u = \"https://x.y\";", None),
            ("a.rs", "#[must_use]", "#[must_use]", None),
            ("a.ts", " * Says", "", Some("* Says")),
            ("a.py", "x = 1  # one", "x = 1  ", Some("# one")),
            ("a.toml", "# salsa", "", Some("# salsa")),
            ("a.json", "{\"a\": \"// b\"}", "{\"a\": \"// b\"}", None),
        ] {
            assert_eq!(Marks::of(path).split(line), (code, comment), "{path} {line}");
        }
    }

    #[test]
    fn what_tells_of_the_work_shows_none_of_it() {
        for (path, expected) in [
            ("ROADMAP.md", true),
            ("roadmap.yaml", true),
            ("docs/release-status.md", true),
            ("src/status.rs", false),
            ("docs/guide.md", false),
            ("book/SUMMARY.md", false),
        ] {
            assert_eq!(tells_of_work(path), expected, "{path}");
        }
        assert!(is_page("pforge-book/book/print.html") && !is_page("templates/index.html"));
    }

    #[test]
    fn whole_names_are_counted() {
        for (code, text, n) in [
            ("parse(a); parse(b); reparse(c)", "parse", 2),
            ("Send + Sync", "Send + Sync", 1),
            ("a.unwrap().b.unwrap()", ".unwrap()", 2),
            ("parser", "parse", 0),
        ] {
            assert_eq!(occurrences(code, text), n, "{code} {text}");
        }
    }
}
