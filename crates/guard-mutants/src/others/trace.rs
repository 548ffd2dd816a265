//! Probes: a file that notes which of its places a test comes by, so that each mutant meets only the tests that reach
//! it, and one that none reaches is not called missed.

use std::collections::BTreeSet;

use guard_model::Language;
use guard_syntax::trees::{self, Node};

use super::finder::is_function;
use super::{Family, statements};
use crate::mutant::{Edit, Mutant};

/// A file with probes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Its text.
    pub text: String,
    /// The probe of each mutant, in their order; none where none can stand.
    pub probes: Vec<Option<u32>>,
    /// The probe that is passed when the file is loaded; none in languages that load all at once.
    pub loads: Option<u32>,
}

/// A file that probes need beside the one they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    /// Its name, to stand in the same directory.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// What one line of the notes says: a test, or a process that nobody can tell a test of, came by a probe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Noted {
    /// The probe.
    pub probe: u32,
    /// A directory or file that the test belongs to, as the process knows it; may be empty.
    pub place: String,
    /// The test as its runner calls it; may be empty.
    pub test: String,
}

/// Reads notes; lines that are none are left out.
pub fn noted(text: &str) -> BTreeSet<Noted> {
    let of = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let probe = parts.next()?.parse().ok()?;
        let mut next = || parts.next().unwrap_or_default().to_owned();
        Some(Noted { probe, place: next(), test: next() })
    };
    text.lines().filter_map(of).collect()
}

/// Where a probe stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    /// As a statement before the one that begins here.
    Before(usize),
    /// On a line of its own before it, as indented as it is.
    Above(usize),
    /// With the statement in a block.
    Braced(usize, usize),
    /// In a condition.
    Asked(usize, usize),
    /// Before an arrow function's expression.
    Arrow(usize, usize),
}

/// The file with a probe at each mutant's statement, numbered from `first`; `notes` is the file that they write. None
/// where the file does not parse with them.
pub fn traced(
    language: Language,
    text: &str,
    mutants: &[&Mutant],
    notes: &str,
    first: u32,
) -> Option<Traced> {
    let family = Family::of(language)?;
    let tree = trees::parse(language, text).ok()?;
    let root = tree.root_node();
    let mut spots: Vec<Spot> = Vec::new();
    let mut probes = Vec::new();
    let loads = matches!(family, Family::Python | Family::Script).then_some(first);
    let number = first + u32::from(loads.is_some());
    for mutant in mutants {
        let spot = match (&mutant.edit, &mutant.function) {
            (Edit::Value { .. }, Some(function)) if family != Family::Python => {
                Some(match text.as_bytes().get(function.body.start) {
                    Some(b'{') => Spot::Before(function.inside),
                    _ => Spot::Arrow(function.body.start, function.body.end),
                })
            }
            (Edit::Value { .. }, Some(function)) => spot(family, root, function.inside, text),
            _ => spot(family, root, mutant.span.start, text),
        };
        probes.push(spot.map(|spot| {
            let known = spots.iter().position(|s| *s == spot).unwrap_or_else(|| {
                spots.push(spot);
                spots.len() - 1
            });
            number + u32::try_from(known).unwrap_or(u32::MAX - number)
        }));
    }
    let mut inserts: Vec<(usize, u8, usize, String)> = Vec::new();
    for (spot, probe) in spots.iter().zip(number..) {
        let call = format!("{NAME}({probe})");
        match *spot {
            // At one place, what opens around more comes first.
            Spot::Before(at) if family == Family::Python => inserts.push((at, 1, 0, format!("{call}; "))),
            Spot::Before(at) => inserts.push((at, 1, 0, format!("{call};"))),
            Spot::Above(at) => {
                let begin = text[..at].rfind('\n').map_or(0, |n| n + 1);
                inserts.push((at, 1, 0, format!("{call}\n{}", &text[begin..at])));
            }
            Spot::Braced(from, to) => {
                inserts.push((from, 0, usize::MAX - to, format!("{{{call};")));
                inserts.push((to, 3, usize::MAX - from, "}".to_owned()));
            }
            Spot::Asked(from, to) => {
                let or = if family == Family::Python { "or" } else { "||" };
                inserts.push((from, 2, usize::MAX - to, format!("{call} {or} (")));
                inserts.push((to, 2, usize::MAX - from, ")".to_owned()));
            }
            Spot::Arrow(from, to) => {
                inserts.push((from, 2, usize::MAX - to, format!("({call},(")));
                inserts.push((to, 2, usize::MAX - from, "))".to_owned()));
            }
        }
    }
    inserts.sort();
    let mut out = String::with_capacity(text.len() + inserts.len() * 24);
    let mut from = 0;
    for (at, _, _, what) in &inserts {
        out.push_str(text.get(from..*at)?);
        out.push_str(what);
        from = *at;
    }
    out.push_str(text.get(from..)?);
    let out = with_helper(family, language, text, &out, root, notes, first)?;
    let traced = trees::parse(language, &out).ok()?;
    (trees::errors(&traced) <= trees::errors(&tree)).then_some(Traced { text: out, probes, loads })
}

/// The name of the function that notes.
const NAME: &str = "_guard_came_by";

/// The innermost statement around a byte before which a probe may stand, or the condition that holds it.
fn spot(family: Family, root: Node<'_>, at: usize, text: &str) -> Option<Spot> {
    let mut chain = vec![root];
    while let Some(node) = chain.last() {
        // Where one ends and the next begins, the next is meant.
        let inner = node.children(&mut node.walk()).find(|c| c.start_byte() <= at && at < c.end_byte());
        match inner {
            Some(inner) => chain.push(inner),
            None => break,
        }
    }
    // What stands at the beginning of a body is in the body.
    let pairs = chain.windows(2).rev().map(|pair| (pair[0], pair[1]));
    for (parent, node) in pairs {
        let found = match family {
            Family::Python => in_python(parent, node, text),
            Family::Go => in_go(parent, node),
            Family::Script | Family::C => in_braces(family, parent, node),
        };
        if found.is_some() {
            return found;
        }
        let is_whole = is_function(family, node) && node.child_by_field_name("name").is_some();
        if is_whole {
            return None;
        }
    }
    None
}

fn in_python(parent: Node<'_>, node: Node<'_>, text: &str) -> Option<Spot> {
    let is_condition =
        |n: Node<'_>| parent.child_by_field_name("condition").is_some_and(|c| c.id() == n.id());
    if parent.kind() == "elif_clause" && is_condition(node) {
        return Some(Spot::Asked(node.start_byte(), node.end_byte()));
    }
    if parent.kind() != "block" || !node.is_named() || trees::is_comment(node) || node.kind() == "case_clause"
    {
        return None;
    }
    let begin = text[..node.start_byte()].rfind('\n').map_or(0, |n| n + 1);
    let is_alone = text[begin..node.start_byte()].chars().all(char::is_whitespace);
    Some(if is_alone { Spot::Above(node.start_byte()) } else { Spot::Before(node.start_byte()) })
}

fn in_go(parent: Node<'_>, node: Node<'_>) -> Option<Spot> {
    let is_condition = parent.child_by_field_name("condition").is_some_and(|c| c.id() == node.id());
    if parent.kind() == "if_statement" && is_condition {
        // Asked each time that it is come by, also behind `else`.
        return Some(Spot::Asked(node.start_byte(), node.end_byte()));
    }
    (parent.kind() == "statement_list" && node.is_named() && !trees::is_comment(node))
        .then(|| Spot::Before(node.start_byte()))
}

fn in_braces(family: Family, parent: Node<'_>, node: Node<'_>) -> Option<Spot> {
    if !node.is_named() || trees::is_comment(node) {
        return None;
    }
    let (from, to) = (node.start_byte(), node.end_byte());
    if parent.kind() == "arrow_function"
        && parent.child_by_field_name("body").is_some_and(|b| b.id() == node.id())
        && node.kind() != "statement_block"
    {
        return Some(Spot::Arrow(from, to));
    }
    let is_block = matches!(node.kind(), "statement_block" | "compound_statement");
    if is_block {
        return None;
    }
    match parent.kind() {
        "statement_block" | "compound_statement" => Some(Spot::Before(from)),
        "switch_case" | "switch_default" | "case_statement" => {
            let is_value = parent.child_by_field_name("value").is_some_and(|v| v.id() == node.id());
            (!is_value).then_some(Spot::Before(from))
        }
        "else_clause" => Some(Spot::Braced(from, to)),
        "if_statement" if family == Family::Script || family == Family::C => {
            let is_branch = parent.child_by_field_name("consequence").is_some_and(|c| c.id() == node.id());
            is_branch.then_some(Spot::Braced(from, to))
        }
        "for_statement" | "for_in_statement" | "while_statement" | "do_statement" | "for_range_loop" => {
            let is_body = parent.child_by_field_name("body").is_some_and(|b| b.id() == node.id());
            is_body.then_some(Spot::Braced(from, to))
        }
        _ => None,
    }
}

/// The text with what its probes call.
fn with_helper(
    family: Family,
    language: Language,
    original: &str,
    probed: &str,
    root: Node<'_>,
    notes: &str,
    first: u32,
) -> Option<String> {
    let path = serde_json::to_string(notes).ok()?;
    match family {
        Family::Python => {
            // Nothing may stand before the docstring and `from __future__ import`.
            let statement = trees::children(root)
                .into_iter()
                .find(|s| s.kind() != "future_import_statement" && !statements::is_docstring(*s))?;
            if statement.start_position().column != 0 {
                return None;
            }
            // No probe stands before a module's own statements, so the beginning is where it was.
            let at = statement.start_byte();
            original.get(..at).filter(|head| probed.starts_with(head))?;
            let helper = PYTHON.replace("NOTES", &path).replace("NAME", NAME);
            Some(format!("{}{helper}{NAME}({first})\n{}", &probed[..at], &probed[at..]))
        }
        Family::Script => {
            let (number, any) = match language {
                Language::JavaScript => ("", ""),
                _ => (": number", ": any"),
            };
            let helper = SCRIPT.replace("NOTES", &path).replace("NAME", NAME);
            let list = if any.is_empty() { "" } else { ": string[]" };
            let helper = helper.replace("NUMBER", number).replace("ANY", any).replace("LIST", list);
            Some(format!("{probed}\n{helper}{NAME}({first});\n"))
        }
        // The helper is a file of its own.
        Family::Go => Some(probed.to_owned()),
        Family::C => Some(format!("{}{probed}", C.replace("NOTES", &path).replace("NAME", NAME))),
    }
}

/// What the probes of a Go package call, as a file of that package; `text` is one of its files.
pub fn helper(language: Language, text: &str, notes: &str) -> Option<Helper> {
    if Family::of(language) != Some(Family::Go) {
        return None;
    }
    let tree = trees::parse(language, text).ok()?;
    let clause = trees::children(tree.root_node()).into_iter().find(|n| n.kind() == "package_clause")?;
    let clause = text.get(clause.byte_range())?;
    let path = serde_json::to_string(notes).ok()?;
    let helper = GO.replace("NOTES", &path).replace("NAME", NAME);
    Some(Helper { name: "zz_guard_came_by.go", text: format!("{clause}\n{helper}") })
}

/// Tests may replace what `os` and `builtins` hold, so it is taken once.
const PYTHON: &str = r#"def NAME(probe, _seen=set(), _os=__import__("os"), _open=__import__("os").open, _write=__import__("os").write, _close=__import__("os").close):
    test = _os.environ.get("PYTEST_CURRENT_TEST", "")
    if (probe, test) not in _seen:
        _seen.add((probe, test))
        notes = _open(NOTES, _os.O_WRONLY | _os.O_APPEND | _os.O_CREAT, 0o666)
        _write(notes, ("%d\t\t%s\n" % (probe, test.replace("\n", " "))).encode("utf-8", "replace"))
        _close(notes)
    return False
"#;

/// On one line, so that nothing moves. Where it cannot note it throws: silence would read as if nobody came. vitest knows its task; jest and vitest know the test by `expect`.
const SCRIPT: &str = r#"function NAME(probeNUMBER) { const g ANY = globalThis; const w = g.__vitest_worker__; let f = '', t = ''; if (w) { f = w.filepath || ''; const names LIST = []; for (let c = w.current; c && c.name; c = c.suite) names.unshift(c.name); t = names.join(' > '); } else if (g.expect && g.expect.getState) { const e = g.expect.getState(); f = e.testPath || ''; t = e.currentTestName || ''; } else if (process.env.NODE_TEST_CONTEXT) { f = process.argv[1] || ''; } const s = g._guard_seen || (g._guard_seen = new Set()); const k = probe + '\t' + f + '\t' + t.replace(/\s+/g, ' ') + '\n'; if (!s.has(k)) { s.add(k); const p ANY = process; const fs = p.getBuiltinModule ? p.getBuiltinModule('fs') : require('fs'); fs.appendFileSync(NOTES, k); } return false; }
"#;

/// The function that a test runner calls is the one below `testing.tRunner`. A place that is passed again and again is
/// noted without its test, because looking for that costs more than most of them.
const GO: &str = r#"
import (
	guardOS "os"
	guardRuntime "runtime"
	guardConv "strconv"
	guardSync "sync"
)

var guardLock guardSync.Mutex
var guardSeen = map[string]bool{}
var guardTimes = map[int]int{}
var guardDir, _ = guardOS.Getwd()

func NAME(probe int) bool {
	guardLock.Lock()
	defer guardLock.Unlock()
	guardTimes[probe]++
	if guardTimes[probe] > 20001 {
		return false
	}
	test := ""
	if guardTimes[probe] <= 20000 {
		pcs := make([]uintptr, 512)
		frames := guardRuntime.CallersFrames(pcs[:guardRuntime.Callers(2, pcs)])
		below := ""
		for {
			frame, more := frames.Next()
			if frame.Function == "testing.tRunner" {
				test = below
				break
			}
			below = frame.Function
			if !more {
				break
			}
		}
	}
	line := guardConv.Itoa(probe) + "\t" + guardDir + "\t" + test + "\n"
	if guardSeen[line] {
		return false
	}
	guardSeen[line] = true
	if notes, err := guardOS.OpenFile(NOTES, guardOS.O_APPEND|guardOS.O_CREATE|guardOS.O_WRONLY, 0666); err == nil {
		notes.WriteString(line)
		notes.Close()
	}
	return false
}
"#;

const C: &str = r#"#include <stdio.h>
static int NAME(int probe) { static char seen[65536]; if (probe < 0 || probe >= 65536 || seen[probe]) return 0; seen[probe] = 1; FILE *notes = fopen(NOTES, "a"); if (notes) { fprintf(notes, "%d\t\t\n", probe); fclose(notes); } return 0; }
#line 1
"#;
