//! A whole `cargo test` output: one section a test binary.

use std::collections::HashMap;

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestOutcome};

use super::lines;
use crate::results::{SuiteEnd, TestRunPart, text};

/// Most headers of inner cargo runs that are looked through.
const LOOKS: u32 = 200;

/// Reads standard output and standard error as printed together.
pub(crate) fn read(bytes: &[u8], end: SuiteEnd, suite: &str) -> Result<TestRunPart, String> {
    let text = text::clean(bytes);
    let sections = sections(&text, suite);
    if sections.is_empty() {
        let error = text.lines().rev().find(|l| l.starts_with("error: ") || l.starts_with("error["));
        return Err(match error {
            Some(error) => format!("no test binary ran; {error}"),
            None => "it has neither `Running …` nor `running N tests`".to_owned(),
        });
    }
    let mut part = TestRunPart::default();
    let last = sections.len() - 1;
    for (index, section) in sections.iter().enumerate() {
        let mut own = section.end();
        if index == last && end.stopped.is_some() && !section.blamed() {
            own = SuiteEnd { stopped: end.stopped, ..SuiteEnd::default() };
        }
        let (results, mut outcome) = super::read(section.text.as_bytes(), b"", own, &section.name, None);
        let accounted = outcome.trouble.is_some() || results.iter().any(|r| r.outcome.is_failure());
        if section.blamed() && !accounted {
            outcome.trouble = Some(SuiteTrouble::FailedOutsideTests);
            outcome.detail =
                Some(format!("cargo says that it failed\n{}", text::tail(section.text.as_bytes())));
        }
        part.results.extend(results);
        part.suites.push(outcome);
    }
    let stopped_early = sections.iter().any(Section::blamed)
        && !text
            .lines()
            .any(|l| l.starts_with("error: ") && l.contains(" target") && l.ends_with(" failed:"));
    let accounted = part.suites.iter().any(|s| s.trouble.is_some())
        || part.results.iter().any(|r| r.outcome.is_failure());
    part.incomplete = if let Some(stopped) = end.stopped {
        Some(format!("the command was {}", SuiteEnd { stopped: Some(stopped), ..end }.words()))
    } else if stopped_early {
        Some(
            "cargo stopped at the first target that failed and ran none after it (add --no-fail-fast)"
                .to_owned(),
        )
    } else if let Some(crowded) = miscounted(&part) {
        let detail = crowded.detail.as_deref().unwrap_or_default();
        Some(format!("suite `{}`: {detail}", crowded.suite))
    } else if end.is_bad() && !accounted {
        Some(format!(
            "the command ended with {}, and no test accounts for it: {}",
            end.words(),
            text::tail(bytes)
        ))
    } else {
        None
    };
    Ok(part)
}

/// A suite with more or fewer results by name than it announced, and no trouble that explains it.
fn miscounted(part: &TestRunPart) -> Option<&SuiteOutcome> {
    let mut named: HashMap<&str, u64> = HashMap::new();
    for result in part.results.iter().filter(|r| r.outcome != TestOutcome::NotRun) {
        *named.entry(&result.id.suite).or_insert(0) += 1;
    }
    part.suites.iter().find(|s| {
        let named = named.get(s.suite.as_str()).copied().unwrap_or(0);
        s.trouble.is_none() && s.announced.is_some_and(|n| n != named)
    })
}

/// The output of one test binary.
struct Section<'a> {
    name: String,
    text: &'a str,
}

impl Section<'_> {
    /// Cargo names the target as the one that failed.
    fn blamed(&self) -> bool {
        self.text.lines().any(is_blame)
    }

    /// How cargo says the binary ended.
    fn end(&self) -> SuiteEnd {
        let mut end = SuiteEnd::default();
        let said = self
            .text
            .lines()
            .rev()
            .find(|l| l.trim_start().starts_with("process didn't exit successfully: "));
        let Some((_, why)) = said.and_then(|l| l.rsplit_once("` (")) else {
            // Cargo says nothing about success, and leaves out the code of an ordinary test failure.
            end.exit_code = Some(if self.blamed() { 101 } else { 0 });
            return end;
        };
        let number = |prefix: &str| {
            let digits = why.strip_prefix(prefix)?.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<i32>().ok()
        };
        end.exit_code = number("exit status: ").or_else(|| number("exit code: "));
        end.signal = number("signal: ");
        end
    }
}

fn is_blame(line: &str) -> bool {
    line.contains("error: test failed, to rerun pass")
        || line.contains("error: doctest failed, to rerun pass")
}

/// Cuts the output at cargo's headers; without any (standard error went elsewhere) at announcements.
fn sections<'a>(text: &'a str, suite: &str) -> Vec<Section<'a>> {
    let mut starts = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some((at, name)) = header(line.trim_end_matches('\n')) {
            starts.push((offset + at, offset + line.len(), name));
        }
        offset += line.len();
    }
    if starts.is_empty() {
        offset = 0;
        let mut blank = true;
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches('\n');
            if blank && bare.starts_with("running ") && lines::announcement(bare).is_some() {
                starts.push((offset, offset, suite.to_owned()));
            }
            blank = bare.is_empty();
            offset += line.len();
        }
    }
    // Telling an inner header from a real one reads on to the end; hostile output gets that only so often.
    let mut looks = 0;
    let mut cut: Vec<(String, usize, usize)> = Vec::new();
    for (index, (_, body, name)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(text.len(), |(next, ..)| *next);
        match cut.last_mut() {
            Some((_, start, stop))
                if is_inside_failures(&text[*start..*stop], &text[*start..], &mut looks) =>
            {
                *stop = end;
            }
            _ => cut.push((name.clone(), *body, end)),
        }
    }
    let mut counts: HashMap<String, u32> = HashMap::new();
    cut.into_iter()
        .map(|(name, start, end)| {
            let count = counts.entry(name.clone()).or_insert(0);
            *count += 1;
            let name = if *count == 1 { name } else { format!("{name}#{count}") };
            Section { name, text: &text[start..end] }
        })
        .collect()
}

/// True when a section cannot end where the next header stands: all its tests are reported, its summary
/// is still to come, and it does come later. A failed test that runs cargo itself prints such headers.
fn is_inside_failures(section: &str, onwards: &str, looks: &mut u32) -> bool {
    let scan = lines::scan(section, None);
    let Some(announced) = scan.announced else { return false };
    if scan.summary.is_some() || scan.reported.len() as u64 != announced {
        return false;
    }
    let failed = scan.reported.iter().filter(|l| l.outcome == TestOutcome::Failed).count() as u64;
    if failed == 0 || *looks >= LOOKS {
        return false;
    }
    *looks += 1;
    onwards.lines().filter_map(lines::summary).any(|s| !s.ok && s.total() == announced && s.failed == failed)
}

/// `Running unittests src/lib.rs (target/debug/deps/demo-0123)` or `Doc-tests demo`, also behind output
/// that has no line end: where it starts, and the suite's name.
fn header(line: &str) -> Option<(usize, String)> {
    if let Some(at) = line.find("   Doc-tests ") {
        let name = &line[at + "   Doc-tests ".len()..];
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        return plain.then(|| (at, format!("{name}::doc")));
    }
    let at = line.find("     Running ")?;
    let (what, binary) = line[at + "     Running ".len()..].strip_suffix(')')?.rsplit_once(" (")?;
    let file = binary.rsplit(['/', '\\']).next()?;
    let file = file.strip_suffix(".exe").unwrap_or(file);
    let target = file.rsplit_once('-').map_or(file, |(target, _)| target);
    let name = match what.strip_prefix("unittests ") {
        // The text does not name the package: a binary has its own name, a library the crate's.
        Some(source) if source.ends_with("main.rs") || source.contains("bin/") => {
            format!("{target}::bin/{target}")
        }
        _ => target.to_owned(),
    };
    Some((at, name))
}
