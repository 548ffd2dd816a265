//! JUnit XML as its many writers write it: nextest, pytest, vitest, jest-junit, node, mocha, ctest,
//! go-junit-report, surefire.
//!
//! There is no schema that all of them follow. Identity is `classname` (else the names of the enclosing
//! suites) and `name`. Entities are never expanded beyond the five of XML, so an entity bomb is only text.

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::{TestRunPart, libtest, text};

/// Text kept of one element while reading, in bytes.
const TEXT: usize = 16 * 1024;
/// Longest name, in bytes: names become identities and are compared.
const NAME: usize = 1024;
/// Most test cases of one report.
const CASES: usize = 1_000_000;
/// Deepest nesting of suites whose names count.
const DEPTH: usize = 64;

/// Reads a report. `suite` stands in for suites without a name.
pub(super) fn read(bytes: &[u8], suite: &str) -> Result<TestRunPart, String> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("the report is empty".to_owned());
    }
    let text = decode(bytes);
    let mut document = Document { fallback: suite, ..Document::default() };
    let incomplete = document.read(&text);
    if !document.root_seen {
        return Err(match incomplete {
            Some(why) => format!("it is no JUnit report ({why})"),
            None => "it has no <testsuites>, <testsuite> or <testcase>".to_owned(),
        });
    }
    Ok(TestRunPart { results: document.results, suites: document.troubled, incomplete })
}

/// Text of the report; the few writers of UTF-16 mark it with a byte order mark.
fn decode(bytes: &[u8]) -> String {
    let wide = |little: bool| {
        let units = bytes[2..].chunks_exact(2).map(|b| {
            if little { u16::from_le_bytes([b[0], b[1]]) } else { u16::from_be_bytes([b[0], b[1]]) }
        });
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(true),
        [0xfe, 0xff, ..] => wide(false),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned(),
    }
}

#[derive(Default)]
struct Document<'a> {
    fallback: &'a str,
    root_seen: bool,
    suites: Vec<Suite>,
    case: Option<Case>,
    part: Option<Part>,
    results: Vec<TestResult>,
    troubled: Vec<SuiteOutcome>,
}

struct Suite {
    name: String,
    file: Option<String>,
    /// Failures of the suite itself are collected here.
    errors: String,
}

/// A `<testcase>` being read.
#[derive(Default)]
struct Case {
    name: String,
    class: String,
    file: Option<String>,
    line: Option<u32>,
    ms: Option<u64>,
    status: Option<String>,
    failure: Option<String>,
    error: Option<String>,
    skipped: Option<(String, String)>,
    reruns: Vec<TestOutcome>,
    flaky: bool,
    timed_out: bool,
    output: String,
}

/// An element inside a test case (or a suite) whose text counts.
struct Part {
    kind: PartKind,
    tag: String,
    message: String,
    of_type: String,
    text: String,
    depth: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Failure,
    Error,
    Skipped,
    /// A try that failed after the first one failed.
    Rerun,
    /// A try that failed before one passed.
    Flaky,
    Output,
}

impl Document<'_> {
    /// Reads on; says why it had to stop before the end.
    fn read(&mut self, text: &str) -> Option<String> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut depth = 0_i64;
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    return Some(format!(
                        "the report is broken at byte {}: {error}",
                        reader.error_position()
                    ));
                }
            };
            match event {
                Event::Start(start) => {
                    depth += 1;
                    self.start(&start);
                }
                Event::Empty(start) => {
                    self.start(&start);
                    self.end(start.local_name().as_ref());
                }
                Event::End(end) => {
                    depth -= 1;
                    self.end(end.local_name().as_ref());
                }
                Event::Text(text) => self.text(&text),
                Event::CData(text) => self.text(&text),
                Event::GeneralRef(reference) => {
                    let name: &str = &reference;
                    let known = resolve_predefined_entity(name).map(str::to_owned);
                    let char = || reference.resolve_char_ref().ok().flatten().map(String::from);
                    self.text(&known.or_else(char).unwrap_or_else(|| format!("&{name};")));
                }
                Event::Eof => {
                    return (depth > 0 && self.root_seen).then(|| "the report is cut off".to_owned());
                }
                _ => {}
            }
            if self.results.len() > CASES {
                return Some(format!("the report has more than {CASES} test cases"));
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        if let Some(part) = &mut self.part {
            // `<rerunFailure>` holds `<stackTrace>` and outputs of its own: text of the part.
            part.depth += u32::from(start.local_name().as_ref() == part.tag);
            return;
        }
        let tag = start.local_name().as_ref().to_owned();
        match tag.as_str() {
            "testsuites" => self.root_seen = true,
            "testsuite" => {
                self.root_seen = true;
                let suite = Suite {
                    name: attribute(start, "name").unwrap_or_default(),
                    file: attribute(start, "file").or_else(|| attribute(start, "filepath")),
                    errors: String::new(),
                };
                self.suites.push(suite);
            }
            "testcase" => {
                self.root_seen = true;
                self.case = Some(Case {
                    name: attribute(start, "name").unwrap_or_default(),
                    class: attribute(start, "classname").unwrap_or_default(),
                    file: attribute(start, "file"),
                    line: attribute(start, "line").and_then(|l| l.parse().ok()),
                    ms: attribute(start, "time").and_then(|t| text::ms(&t.replace(',', ""))),
                    status: attribute(start, "status"),
                    ..Case::default()
                });
            }
            _ => {
                let kind = match tag.as_str() {
                    "failure" => PartKind::Failure,
                    "error" => PartKind::Error,
                    "skipped" => PartKind::Skipped,
                    "rerunFailure" | "rerunError" => PartKind::Rerun,
                    "flakyFailure" | "flakyError" => PartKind::Flaky,
                    "system-out" | "system-err" => PartKind::Output,
                    _ => return,
                };
                self.part = Some(Part {
                    kind,
                    tag,
                    message: attribute(start, "message").unwrap_or_default(),
                    of_type: attribute(start, "type").unwrap_or_default(),
                    text: String::new(),
                    depth: 1,
                });
            }
        }
    }

    fn text(&mut self, more: &str) {
        if let Some(part) = &mut self.part
            && part.text.len() < TEXT
        {
            part.text.push_str(&text::clip(more, TEXT));
        }
    }

    fn end(&mut self, tag: &str) {
        if let Some(part) = &mut self.part {
            if *tag == part.tag {
                part.depth -= 1;
            }
            // A part that was never closed ends with its test case.
            if part.depth > 0 && tag != "testcase" {
                return;
            }
            if let Some(part) = self.part.take() {
                self.close_part(part);
            }
        }
        match tag {
            "testcase" => {
                if let Some(case) = self.case.take() {
                    self.close_case(case);
                }
            }
            "testsuite" => {
                if let Some(suite) = self.suites.pop()
                    && !suite.errors.is_empty()
                {
                    let name = if suite.name.is_empty() { self.fallback.to_owned() } else { suite.name };
                    self.trouble(name, &suite.errors);
                }
            }
            _ => {}
        }
    }

    fn close_part(&mut self, part: Part) {
        let said = part.said();
        let Some(case) = &mut self.case else {
            if let (PartKind::Failure | PartKind::Error, Some(suite)) = (part.kind, self.suites.last_mut()) {
                suite.errors.push_str(&text::clip(&said, TEXT.saturating_sub(suite.errors.len())));
            }
            return;
        };
        let timed_out =
            part.of_type.to_ascii_lowercase().contains("timeout") || said.contains("timed out after");
        match part.kind {
            PartKind::Failure => {
                case.timed_out |= timed_out;
                case.failure.get_or_insert(said);
            }
            PartKind::Error => {
                case.timed_out |= timed_out;
                case.error.get_or_insert(said);
            }
            PartKind::Skipped => case.skipped = Some((part.of_type, said)),
            PartKind::Rerun => case.reruns.push(TestOutcome::Failed),
            PartKind::Flaky => {
                case.flaky = true;
                case.failure.get_or_insert(said);
                case.reruns.push(TestOutcome::Failed);
            }
            PartKind::Output => case.output = part.text,
        }
    }

    fn close_case(&mut self, case: Case) {
        let suite = self.suite_of(&case);
        if case.error.is_some() || case.failure.is_some() {
            // A file that could not be loaded is written as a test, named like its file or module.
            let said = case.error.as_deref().or(case.failure.as_deref()).unwrap_or_default();
            let pytest = case.error.is_some() && said.starts_with("collection failure");
            let vitest = case.name == case.class && self.suites.last().is_some_and(|s| s.name == case.name);
            let no_file = case.name.contains('/') || case.name.contains('.');
            if pytest || (vitest && no_file) {
                let said = said.to_owned();
                self.trouble(case.name, &said);
                return;
            }
        }
        let outcome = case.outcome();
        let name = if case.name.is_empty() { "(no name)".to_owned() } else { case.name.clone() };
        let mut result = TestResult::new(TestId { suite, name }, outcome);
        result.ms = case.ms;
        match outcome {
            TestOutcome::Ignored | TestOutcome::NotRun => {
                result.message = case.skipped.as_ref().and_then(|(_, said)| text::message(said));
            }
            TestOutcome::Passed => {}
            TestOutcome::Failed | TestOutcome::TimedOut => self.explain(&case, &mut result),
        }
        result.reruns = case.reruns;
        if case.flaky && outcome == TestOutcome::Failed {
            // The first of the failed tries is the outcome; after the last of them it passed.
            result.reruns.pop();
            result.reruns.push(TestOutcome::Passed);
        }
        self.results.push(result);
    }

    fn explain(&self, case: &Case, result: &mut TestResult) {
        let said = case.error.as_deref().or(case.failure.as_deref()).unwrap_or_default();
        if said.contains("panicked at ") || said.contains("test did not panic as expected at ") {
            libtest::explain_failure(result, said);
        }
        if result.message.is_none() {
            result.message = text::message(said).or_else(|| text::message(&case.output));
        }
        if result.path.is_none() {
            let declared = case.file.clone().or_else(|| self.suites.last().and_then(|s| s.file.clone()));
            let declared = declared.filter(|f| !f.starts_with('/')).zip(case.line);
            if let Some((path, line)) = text::place(said).or(declared) {
                (result.path, result.line) = (Some(path), Some(line));
            }
        }
    }

    /// Class, unless it only repeats the name; else the enclosing suites that have names.
    fn suite_of(&self, case: &Case) -> String {
        let enclosing: Vec<&str> = self
            .suites
            .iter()
            .take(DEPTH)
            .map(|s| s.name.as_str())
            .filter(|n| !n.is_empty() && *n != "(empty)" && *n != "Root Suite")
            .collect();
        let node = case.class == "test" || case.class == "suite";
        // Identity needs the file where the class is only what a `describe` says.
        let file = case.file.as_deref().filter(|f| !f.ends_with(".py")).unwrap_or_default();
        let stem = file.rsplit(['/', '\\']).next().unwrap_or_default().split('.').next().unwrap_or_default();
        let in_file = |name: &str| match name {
            name if file.is_empty() || !stem.is_empty() && name.contains(stem) => name.to_owned(),
            name => text::clip(&format!("{file} > {name}"), NAME),
        };
        if !case.class.is_empty() && case.class != case.name && !node {
            return in_file(&case.class);
        }
        match enclosing.as_slice() {
            [] if !file.is_empty() => file.to_owned(),
            [] => self.fallback.to_owned(),
            names => in_file(&text::clip(&names.join(" > "), NAME)),
        }
    }

    fn trouble(&mut self, suite: String, said: &str) {
        self.troubled.push(SuiteOutcome {
            suite,
            announced: None,
            filtered: 0,
            exit_code: None,
            trouble: Some(SuiteTrouble::FailedOutsideTests),
            detail: Some(text::clip(&telling_first(said.trim()), 1024)),
            ms: 0,
        });
    }
}

/// What could not be loaded, with pytest's own last word in front: its `E` lines stand below a traceback.
fn telling_first(said: &str) -> String {
    let error =
        said.lines().rev().find_map(|l| l.strip_prefix("E ")).map(str::trim).filter(|e| !e.is_empty());
    match error {
        Some(error) => format!("{error}\n{said}"),
        None => said.to_owned(),
    }
}

impl Part {
    /// Message and text, without saying the same twice.
    fn said(&self) -> String {
        let (message, body) = (self.message.trim(), self.text.trim_matches('\n').trim_end());
        match (message, body) {
            ("", body) => body.to_owned(),
            (message, "") => message.to_owned(),
            (message, body) if body.starts_with(message) => body.to_owned(),
            (message, body) => format!("{message}\n{body}"),
        }
    }
}

impl Case {
    fn outcome(&self) -> TestOutcome {
        let failed = if self.timed_out { TestOutcome::TimedOut } else { TestOutcome::Failed };
        // An error beside a skip mark comes from the teardown; a failure beside a `todo` mark is expected.
        match (&self.error, &self.failure, &self.skipped) {
            (Some(_), ..) => return failed,
            (None, _, Some((kind, _))) if kind == "todo" => return TestOutcome::Ignored,
            (None, Some(_), _) => return failed,
            // ctest: the test's program is not there.
            (None, None, Some((_, said))) if said.starts_with("Unable to find") => {
                return TestOutcome::NotRun;
            }
            (None, None, Some(_)) => return TestOutcome::Ignored,
            (None, None, None) => {}
        }
        // ctest, googletest and some others also write a status.
        match self.status.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("fail" | "failed" | "failure" | "error") => failed,
            Some("disabled" | "skipped" | "ignored" | "notrun") => TestOutcome::Ignored,
            _ => TestOutcome::Passed,
        }
    }
}

/// An attribute, unescaped as far as it can be, and bounded.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start
        .html_attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|a| a.key.local_name().as_ref() == name)?;
    let raw = text::clip(&found.value, TEXT);
    let value = match quick_xml::escape::unescape(&raw) {
        Ok(value) => value.into_owned(),
        Err(_) => raw,
    };
    let limit = if name == "message" { TEXT } else { NAME };
    Some(text::clip(&value, limit))
}
