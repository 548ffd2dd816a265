//! Single lines of libtest's output, and the region between announcement and summary.

use std::collections::HashSet;

use guard_model::lab::TestOutcome;

/// What the lines of one binary's output say.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    /// Number of the announcement.
    pub(super) announced: Option<u64>,
    /// The last summary whose counts add up to the announcement.
    pub(super) summary: Option<Summary>,
    /// Result lines, in order.
    pub(super) reported: Vec<Line<'a>>,
    /// Tests that began a line of their own and never got a result on it.
    pub(super) unfinished: Vec<&'a str>,
    /// Names in the list that closes the failures section.
    pub(super) failure_list: Vec<&'a str>,
    /// Lines in the region that carry a result of something, also torn ones.
    pub(super) mentions: u64,
    /// The output looks like `--quiet`: dots, no names.
    pub(super) quiet: bool,
    /// Byte offsets between which failed tests' output stands.
    pub(super) failures: std::ops::Range<usize>,
}

/// One test and its result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) outcome: TestOutcome,
    pub(super) ms: Option<u64>,
    pub(super) reason: Option<&'a str>,
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Summary {
    pub(super) ok: bool,
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) ignored: u64,
    pub(super) measured: u64,
    pub(super) filtered: u64,
}

impl Summary {
    pub(super) fn total(self) -> u64 {
        self.passed.saturating_add(self.failed).saturating_add(self.ignored).saturating_add(self.measured)
    }
}

/// Reads the output of one binary.
pub(super) fn scan<'a>(out: &'a str, listed: Option<&HashSet<&str>>) -> Scan<'a> {
    let mut scan = Scan { failures: out.len()..out.len(), ..Scan::default() };
    let lines = offsets(out);
    let Some(first) = lines.iter().position(|(_, l)| announcement(l).is_some()) else { return scan };
    scan.announced = announcement(lines[first].1);
    let announced = scan.announced.unwrap_or(0);
    let summary_at = lines.iter().rposition(|(_, l)| summary(l).is_some_and(|s| s.total() == announced));
    scan.summary = summary_at.and_then(|at| summary(lines[at].1));
    let last = summary_at.unwrap_or(lines.len());

    let (list_at, failure_list) =
        closing_list(&lines[first..last]).map_or((last, Vec::new()), |(at, list)| (first + at, list));
    let failed = scan.summary.is_some_and(|s| s.failed > 0);
    let mut region = Region { listed, headers: Vec::new(), names: HashSet::new(), glued: Vec::new() };
    let mut end = last;
    for (index, (_, line)) in lines[..last].iter().enumerate().skip(first + 1) {
        let heading = *line == "successes:" && scan.summary.is_some() || failed && *line == "failures:";
        if heading && region.names.len() as u64 >= announced {
            end = index;
            break;
        }
        region.take(index, line);
    }
    if failed && end == last {
        // A header was torn, or the tests run tests of their own: the section starts where it shows the
        // output of a test that the closing list names.
        let shows = |at: usize| {
            lines.get(at).and_then(|(_, l)| block_name(l)).is_some_and(|n| failure_list.contains(&n))
        };
        end = (first..list_at).find(|i| lines[*i].1 == "failures:" && shows(i + 2)).unwrap_or(list_at);
        region.headers.retain(|(index, ..)| *index < end);
        region.glued.retain(|(index, _)| *index < end);
    }
    let offset = |index: usize| lines.get(index).map_or(out.len(), |(offset, _)| *offset);
    scan.failures = offset(end)..offset(list_at.max(end));
    scan.mentions = lines[first..end].iter().filter(|(_, l)| ends_in_result(l)).count() as u64;
    scan.quiet = region.headers.is_empty() && lines[first + 1..end].iter().any(|(_, l)| is_dots(l));
    for (position, (index, name, rest)) in region.headers.iter().copied().enumerate() {
        let next = region.headers.get(position + 1).map_or(end, |(index, ..)| *index);
        match result_of(name, rest, lines[index + 1..next].iter().map(|(_, l)| *l)) {
            Some(line) => scan.reported.push(line),
            None => scan.unfinished.push(name),
        }
    }
    let names: HashSet<&str> = region.headers.iter().map(|(_, name, _)| *name).collect();
    if (names.len() as u64) < announced {
        let extra = region.glued.iter().map(|(_, line)| *line).filter(|l| !names.contains(l.name));
        scan.reported.extend(extra.take(usize::try_from(announced).unwrap_or(usize::MAX) - names.len()));
    }
    drop_look_alikes(&mut scan.reported, announced);
    if failed {
        scan.failure_list = failure_list;
    }
    scan
}

/// Lines with their byte offsets.
fn offsets(out: &str) -> Vec<(usize, &str)> {
    let mut offset = 0;
    out.split_inclusive('\n')
        .map(|line| {
            let at = offset;
            offset += line.len();
            (at, line.strip_suffix('\n').unwrap_or(line))
        })
        .collect()
}

/// Lines between announcement and summary, as they are met.
struct Region<'a, 'l> {
    listed: Option<&'l HashSet<&'l str>>,
    /// Index, name, and what follows ` ... ` of lines that start with `test `.
    headers: Vec<(usize, &'a str, &'a str)>,
    /// Their names.
    names: HashSet<&'a str>,
    /// Whole results that stand behind something else on their line.
    glued: Vec<(usize, Line<'a>)>,
}

impl<'a> Region<'a, '_> {
    fn take(&mut self, index: usize, line: &'a str) {
        if let Some((name, rest)) = header(line).filter(|(name, _)| self.knows(name)) {
            self.headers.push((index, name, rest));
            self.names.insert(name);
            return;
        }
        for (at, _) in line.match_indices("test ").filter(|(at, _)| *at > 0).take(16) {
            if let Some((name, rest)) = header(&line[at..]).filter(|(name, _)| self.knows(name))
                && let Some(found) = result_token(name, rest)
            {
                self.glued.push((index, found));
                return;
            }
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.listed.is_none_or(|l| l.contains(name))
    }
}

/// `running 12 tests`, also when output without a line end stands before it.
pub(super) fn announcement(line: &str) -> Option<u64> {
    let start = line.rfind("running ")?;
    let (number, rest) = line[start + "running ".len()..].split_once(' ')?;
    if rest != "test" && rest != "tests" {
        return None;
    }
    number.parse().ok()
}

/// `test NAME ... REST`, the name without what libtest adds to it.
fn header(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ").or_else(|| {
        // A line end right after the dots: trailing blanks are gone when logs were trimmed.
        line.strip_prefix("test ")?.strip_suffix(" ...").map(|name| (name, ""))
    })?;
    let name = bare_name(name);
    (!name.is_empty()).then_some((name, rest))
}

/// A test's name as `--list` prints it.
pub(super) fn bare_name(name: &str) -> &str {
    let name = name.trim_end();
    [" - should panic", " - compile fail", " - compile"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

/// The result of a header: on its own line, or after the output that the test let through.
fn result_of<'a>(name: &'a str, rest: &'a str, after: impl Iterator<Item = &'a str>) -> Option<Line<'a>> {
    if let Some(line) = result_token(name, rest) {
        return Some(line);
    }
    let mut exact = None;
    let mut last = rest;
    for line in after.filter(|l| !l.trim().is_empty()) {
        exact = result_token(name, line).or(exact);
        last = line;
    }
    exact.or_else(|| {
        let token = ["ok", "FAILED", "ignored"].iter().find(|t| last.ends_with(**t))?;
        result_token(name, token)
    })
}

/// `ok`, `FAILED`, `ignored, reason`, `ok <0.012s>`, `ok (0.01s)`, `bench: …`.
fn result_token<'a>(name: &'a str, rest: &'a str) -> Option<Line<'a>> {
    let rest = rest.trim();
    let line = |outcome, ms, reason| Some(Line { name, outcome, ms, reason });
    for (token, outcome) in
        [("ok", TestOutcome::Passed), ("FAILED", TestOutcome::Failed), ("ignored", TestOutcome::Ignored)]
    {
        let Some(tail) = rest.strip_prefix(token) else { continue };
        if tail.is_empty() {
            return line(outcome, None, None);
        }
        if outcome == TestOutcome::Ignored
            && let Some(reason) = tail.strip_prefix(", ")
        {
            return line(outcome, None, Some(reason));
        }
        let inner = tail.strip_prefix(" <").and_then(|t| t.strip_suffix('>'));
        let inner = inner.or_else(|| tail.strip_prefix(" (").and_then(|t| t.strip_suffix(')')));
        if let Some(inner) = inner {
            if inner == "time limit exceeded" {
                return line(outcome, None, None);
            }
            let ms = inner.strip_suffix('s').and_then(super::text::ms);
            return if ms.is_some() { line(outcome, ms, None) } else { None };
        }
    }
    rest.starts_with("bench:").then_some(Line { name, outcome: TestOutcome::Passed, ms: None, reason: None })
}

fn ends_in_result(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with(" ok")
        || line == "ok"
        || line.ends_with("FAILED")
        || line.contains("... ignored")
        || line == "ignored"
}

fn is_dots(line: &str) -> bool {
    let (dots, rest) = line.split_once(' ').unwrap_or((line, ""));
    !dots.is_empty()
        && dots.chars().all(|c| ".iFa".contains(c))
        && (rest.is_empty() || rest.split_once('/').is_some_and(|(a, _)| a.parse::<u64>().is_ok()))
        || line.ends_with(" --- FAILED")
}

/// With more lines than tests, those whose names are no Rust paths go first: compile-fail harnesses
/// print `test tests/ui/a.rs ... ok` through the test that runs them.
fn drop_look_alikes(reported: &mut Vec<Line<'_>>, announced: u64) {
    let names: HashSet<&str> = reported.iter().map(|l| l.name).collect();
    if names.len() as u64 <= announced {
        return;
    }
    let is_path = |name: &str| name.chars().all(|c| c.is_alphanumeric() || "_:#".contains(c));
    let paths = names.iter().filter(|n| is_path(n)).count() as u64;
    if paths == announced {
        reported.retain(|l| is_path(l.name));
    }
}

/// The `failures:` list right before the summary: where it starts, and its names, indented by four blanks.
fn closing_list<'a>(lines: &[(usize, &'a str)]) -> Option<(usize, Vec<&'a str>)> {
    let end = lines.iter().rposition(|(_, l)| !l.is_empty())?;
    let start = lines[..=end].iter().rposition(|(_, l)| !l.starts_with("    "))?;
    let names = lines[start + 1..=end].iter().map(|(_, l)| bare_name(&l[4..])).filter(|n| !n.is_empty());
    (lines[start].1 == "failures:").then(|| (start, names.collect()))
}

/// The name in `---- NAME stdout ----`.
pub(super) fn block_name(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("---- ")?.strip_suffix(" ----")?;
    // libtest-mimic prints the name alone.
    let name = inner.strip_suffix(" stdout").or_else(|| inner.strip_suffix(" stderr")).unwrap_or(inner);
    Some(bare_name(name))
}

/// A summary line.
pub(super) fn summary(line: &str) -> Option<Summary> {
    let rest = line.strip_prefix("test result: ")?;
    let (word, rest) = rest.split_once(". ")?;
    let mut counts = [None; 5];
    for part in rest.split(';') {
        let Some((number, what)) = part.trim().split_once(' ') else { continue };
        let at = ["passed", "failed", "ignored", "measured", "filtered out"].iter().position(|w| *w == what);
        if let Some(at) = at {
            counts[at] = Some(number.parse().ok()?);
        }
    }
    Some(Summary {
        ok: match word {
            "ok" => true,
            "FAILED" => false,
            _ => return None,
        },
        passed: counts[0]?,
        failed: counts[1]?,
        ignored: counts[2]?,
        measured: counts[3].unwrap_or(0),
        filtered: counts[4].unwrap_or(0),
    })
}

/// Names in `test NAME has been running for over 60 seconds`.
pub(super) fn long_running(out: &str) -> Vec<&str> {
    out.lines()
        .filter_map(|l| l.strip_prefix("test ")?.split_once(" has been running for over "))
        .filter(|(_, rest)| rest.ends_with(" seconds"))
        .map(|(name, _)| bare_name(name))
        .collect()
}
