//! Test Anything Protocol, versions 12 to 14 (<https://testanything.org>), with nested subtests in the
//! three shapes of the field: children before their parent (TAP 14, `node --test`), buffered in braces
//! after it (vitest, node-tap), and none.

use std::collections::HashSet;

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};

use super::{TestRunPart, text};

/// Deepest nesting that is told apart; what is deeper counts as this deep.
const DEPTH: usize = 64;
/// Diagnostics kept of one point, in bytes.
const SAID: usize = 4096;

/// One test point, with the names of its parents in front.
struct Point {
    names: Vec<String>,
    outcome: TestOutcome,
    reason: String,
    /// Diagnostics, as written.
    said: String,
    ms: Option<u64>,
    group: bool,
    depth: usize,
    indent: usize,
}

#[derive(Default)]
struct Reader {
    points: Vec<Point>,
    /// Parents that opened a brace, with the depth of their children.
    open: Vec<(usize, String)>,
    plans: Vec<(usize, u64)>,
    counts: Vec<u64>,
    bail: Option<String>,
    skip_all: Option<String>,
    /// Indent of the diagnostic block that is being read.
    yaml: Option<usize>,
    short: Option<(u64, u64)>,
}

/// Reads a TAP stream; everything that is not TAP is skipped, as the specification says.
pub(super) fn read(bytes: &[u8], suite: &str) -> Result<TestRunPart, String> {
    let text = text::clean(bytes);
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.take(line);
    }
    reader.close_level(0);
    if reader.points.is_empty() && reader.bail.is_none() {
        return Err(match &reader.skip_all {
            Some(reason) => format!("its plan skips everything ({reason})"),
            None => "there is no test point (`ok …`, `not ok …`) in it".to_owned(),
        });
    }
    Ok(reader.finish(suite))
}

impl Reader {
    fn take(&mut self, line: &str) {
        let bare = line.trim_start_matches(' ');
        let indent = line.len() - bare.len();
        if let Some(yaml) = self.yaml {
            if bare.trim_end() == "..." && indent <= yaml {
                self.yaml = None;
            } else if let Some(point) = self.points.last_mut()
                && point.said.len() < SAID
            {
                point.said.push_str(line.get(yaml.min(indent)..).unwrap_or(bare));
                point.said.push('\n');
            }
            return;
        }
        let depth = (indent / 4).min(DEPTH);
        if bare.trim_end() == "---" && !self.points.is_empty() {
            self.yaml = Some(indent);
        } else if bare.trim_end() == "}" && self.open.last().is_some_and(|(d, _)| *d == depth + 1) {
            self.close_level(depth + 1);
            self.open.pop();
            for point in self.points.iter_mut().rev().take_while(|p| p.depth > depth) {
                point.depth = depth;
            }
        } else if let Some(reason) = bare.strip_prefix("Bail out!") {
            self.bail = Some(reason.trim().to_owned());
        } else if let Some(rest) = bare.strip_prefix("1..") {
            self.plan(depth, rest);
        } else if let Some(rest) = point(bare, "not ok") {
            self.point(indent, false, rest);
        } else if let Some(rest) = point(bare, "ok") {
            self.point(indent, true, rest);
        } else if let Some(point) = self.points.last_mut()
            && point.outcome == TestOutcome::Failed
            && indent > point.indent
            && point.said.len() < SAID
        {
            // Mocha writes the error below its point without marks.
            point.said.push_str(bare);
            point.said.push('\n');
        }
    }

    fn plan(&mut self, depth: usize, rest: &str) {
        let (number, comment) = rest.split_once('#').unwrap_or((rest, ""));
        let Ok(number) = number.trim().parse::<u64>() else { return };
        if number == 0 && depth == 0 {
            self.skip_all = Some(comment.trim().to_owned());
        }
        self.plans.retain(|(d, _)| *d != depth);
        self.plans.push((depth, number));
    }

    fn point(&mut self, indent: usize, ok: bool, rest: &str) {
        let depth = (indent / 4).min(DEPTH);
        let (description, directive) = split_directive(rest);
        let (directive, opens) = match directive.trim_end().strip_suffix('{') {
            Some(directive) => (directive.trim(), true),
            None => (directive.trim(), false),
        };
        let (description, opens) = match description.trim_end().strip_suffix(" {") {
            Some(description) if !opens && directive.is_empty() => (description, true),
            _ => (description, opens),
        };
        if self.counts.len() <= depth {
            self.counts.resize(depth + 1, 0);
        }
        self.counts[depth] += 1;
        let name = name(description, self.counts[depth]);
        let upper = directive.to_ascii_uppercase();
        let marked = upper.starts_with("SKIP") || upper.starts_with("TODO");
        let outcome = match (marked, ok) {
            (true, _) => TestOutcome::Ignored,
            (false, true) => TestOutcome::Passed,
            (false, false) => TestOutcome::Failed,
        };
        // Points that came deeper than this one and belong to no brace are its children.
        let children = if opens { 0 } else { self.adopt(depth, &name) };
        if children > 0 {
            self.close_level(depth + 1);
        }
        let mut names: Vec<String> =
            self.open.iter().filter(|(d, _)| *d <= depth).map(|(_, name)| name.clone()).collect();
        names.push(name.clone());
        let reason = if marked { directive.get(4..).unwrap_or("").trim().to_owned() } else { String::new() };
        let ms = directive.strip_prefix("time=").and_then(|t| t.trim().strip_suffix("ms")).and_then(|t| {
            let ms: f64 = t.parse().ok()?;
            text::ms_f64(ms / 1000.0)
        });
        let group = opens || children > 0;
        self.points.push(Point { names, outcome, reason, said: String::new(), ms, group, depth, indent });
        if opens {
            self.open.push((depth + 1, name));
        }
    }

    /// Puts `name` in front of the points that directly precede and lie deeper; says how many.
    fn adopt(&mut self, depth: usize, name: &str) -> usize {
        let at = self.open.len();
        let mut count = 0;
        for point in self.points.iter_mut().rev().take_while(|p| p.depth > depth) {
            point.names.insert(at.min(point.names.len() - 1), name.to_owned());
            // From now on they stand where their parent stands, for the parent's own parent to find.
            point.depth = depth;
            count += 1;
        }
        count
    }

    /// Compares plan and count of a level that ends.
    fn close_level(&mut self, depth: usize) {
        if let Some(at) = self.plans.iter().position(|(d, _)| *d == depth) {
            let (_, planned) = self.plans.remove(at);
            let seen = self.counts.get(depth).copied().unwrap_or(0);
            if seen < planned && self.short.is_none() {
                self.short = Some((seen, planned));
            }
        }
        self.counts.truncate(depth);
    }

    fn finish(self, suite: &str) -> TestRunPart {
        let failed = self.points.iter().filter(|p| p.outcome == TestOutcome::Failed);
        let explained: HashSet<&[String]> =
            failed.flat_map(|p| (1..p.names.len()).map(|n| &p.names[..n])).collect();
        let mut results: Vec<TestResult> = Vec::new();
        for point in &self.points {
            // A failed group none of whose children failed has something of its own to say.
            let alone = point.outcome == TestOutcome::Failed && !explained.contains(point.names.as_slice());
            if point.group && !alone {
                continue;
            }
            let id = TestId { suite: suite.to_owned(), name: point.names.join(" > ") };
            let mut result = TestResult::new(id, point.outcome);
            result.ms = point.ms.or_else(|| yaml_ms(&point.said));
            result.message = text::message(&point.reason);
            if point.outcome == TestOutcome::Failed {
                result.message = text::message(&error_of(&point.said));
                if let Some((path, line)) = text::place(&point.said) {
                    (result.path, result.line) = (Some(path), Some(line));
                }
            }
            results.push(result);
        }
        let (trouble, detail) = match (&self.bail, self.short) {
            (Some(reason), _) => {
                (Some(SuiteTrouble::FailedOutsideTests), Some(format!("bailed out: {reason}")))
            }
            (None, Some((seen, planned))) => {
                (Some(SuiteTrouble::EndedEarly), Some(format!("reported {seen} of {planned} planned tests")))
            }
            (None, None) => (None, None),
        };
        let announced = (trouble.is_none()).then_some(results.len() as u64);
        let suite = SuiteOutcome {
            suite: suite.to_owned(),
            announced: self.short.map(|(_, planned)| planned).or(announced),
            filtered: 0,
            exit_code: None,
            trouble,
            detail,
            ms: 0,
        };
        let incomplete =
            (!self.open.is_empty() || self.yaml.is_some()).then(|| "the report is cut off".to_owned());
        TestRunPart { results, suites: vec![suite], incomplete }
    }
}

/// What follows `ok` or `not ok`, when the line is a test point.
fn point<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(word)?;
    if rest.is_empty() {
        return Some(rest);
    }
    // Prose such as "ok, done" is no point.
    rest.strip_prefix(' ')
}

/// Description and directive, split at the first `#` that is not escaped and follows a blank.
fn split_directive(rest: &str) -> (&str, &str) {
    let bytes = rest.as_bytes();
    let at = (0..bytes.len()).find(|i| {
        bytes[*i] == b'#' && (*i == 0 || bytes[*i - 1] == b' ') && {
            let word = rest[*i + 1..].trim_start().to_ascii_lowercase();
            ["skip", "todo", "time="].iter().any(|d| word.starts_with(d))
        }
    });
    at.map_or((rest, ""), |at| (&rest[..at], rest[at + 1..].trim_start()))
}

/// The description without number and dash, unescaped; the number for a point without description.
fn name(description: &str, position: u64) -> String {
    let description = description.trim();
    let (number, rest) = description.split_once(' ').unwrap_or((description, ""));
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let rest = if is_number { rest } else { description };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("- ").unwrap_or(rest).trim();
    if rest.is_empty() || rest == "-" {
        return format!("test {position}");
    }
    rest.replace("\\#", "#").replace("\\\\", "\\")
}

/// The value of `message:` or `error:` in a diagnostic block, else the whole block.
fn error_of(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    for key in ["message:", "error:"] {
        let Some(at) = lines.iter().position(|l| l.trim_start().starts_with(key)) else { continue };
        let depth = |line: &str| line.len() - line.trim_start().len();
        let value = lines[at].trim_start()[key.len()..].trim();
        if ["|", "|-", ">", ">-"].contains(&value) {
            let block =
                lines[at + 1..].iter().take_while(|l| l.trim().is_empty() || depth(l) > depth(lines[at]));
            return block.map(|l| l.trim()).collect::<Vec<_>>().join("\n");
        }
        // A quoted value may run over several lines without indent.
        let quote = value.chars().next().filter(|c| "'\"".contains(*c));
        let Some(quote) = quote.filter(|q| value.len() < 2 || !value.ends_with(*q)) else {
            let bare = value.trim_matches(|c| c == '\'' || c == '"');
            if bare.is_empty() { continue } else { return bare.to_owned() }
        };
        let end = lines[at + 1..].iter().position(|l| l.ends_with(quote)).map_or(lines.len(), |n| at + n + 2);
        return format!("{}\n{}", &value[1..], lines[at + 1..end].join("\n"));
    }
    said.to_owned()
}

/// `duration_ms: 1.03` of node's diagnostics.
fn yaml_ms(message: &str) -> Option<u64> {
    let value = message.lines().find_map(|l| l.trim().strip_prefix("duration_ms: "))?;
    let ms: f64 = value.trim().parse().ok()?;
    text::ms_f64(ms / 1000.0)
}
