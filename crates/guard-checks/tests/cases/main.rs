//! The READMEs of the checks are their test suites: every heading below `## Cases` is a test.
//!
//! A case is made of fenced blocks (see `notation.rs` for the compact ones):
//!
//! - `` ```rust base src/lib.rs ``, `` ```rust head src/lib.rs ``, `` ```rust both src/lib.rs ``: files; a head block
//!   may end in `from OLD/PATH` for a rename;
//! - `` ```message ``, `` ```commit ``, `` ```session ``: what was said and done;
//! - `` ```lab ``, `` ```reach ``: what running and looking showed;
//! - `` ```head-policy ``: JSON merged over base's policy, as what head would have;
//! - `` ```json evidence ``: merged over everything else;
//! - `` ```findings ``: the findings of this check, exactly, or `none`; `` ```headline ``: the run's headline.
//!
//! `GUARD_BLESS=1` rewrites the expected blocks and the cross-talk snapshot with what the checks say now.

mod evidence;
mod notation;
mod readme;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use guard_checks::{judge, registry};
use guard_model::{Finding, Report, Side};
use libtest_mimic::{Arguments, Failed, Trial};
use readme::Case;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("folders_and_registry_agree", folders_and_registry_agree),
        Trial::test("readmes_have_all_sections", readmes_have_all_sections),
        Trial::test("cross_talk_is_as_recorded", cross_talk_is_as_recorded),
    ];
    for check in registry() {
        trials.push(Trial::test(format!("{}::blessed_or_unchanged", check.name), move || bless(check.name)));
        for case in readme::cases(check.name, check.readme) {
            trials.push(Trial::test(format!("{}::{}", check.name, case.slug()), move || run(&case)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Holds one case against what the check says.
fn run(case: &Case) -> Result<(), Failed> {
    if blessing() {
        return Ok(());
    }
    let report = report(case)?;
    let expected = case.findings.as_deref().ok_or("the case has no ```findings block")?;
    same("findings", expected.trim_end(), findings_of(&report, &case.check).trim_end())?;
    match &case.headline {
        Some(headline) => same("headline", headline.trim_end(), &report.headline),
        None => Ok(()),
    }
}

fn report(case: &Case) -> Result<Report, Failed> {
    let evidence = evidence::build(case)?;
    let report = judge(&evidence, &evidence.policy);
    // What holds for every report, whatever the case.
    for finding in &report.findings {
        if finding.evidence.is_empty() {
            return Err(format!("a finding without evidence: {}", finding.message).into());
        }
        if finding.message.ends_with('.') || finding.message.contains('\n') {
            return Err(format!("a message is one line without a full stop: {}", finding.message).into());
        }
    }
    let again = judge(&evidence, &evidence.policy);
    if again != report {
        return Err("the same evidence gave two different reports".into());
    }
    Ok(report)
}

fn same(what: &str, expected: &str, found: &str) -> Result<(), Failed> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what} differ (GUARD_BLESS=1 accepts)\nexpected:\n{expected}\n\nfound:\n{found}\n").into())
}

/// The findings of one check as a case writes them.
fn findings_of(report: &Report, check: &str) -> String {
    let lines: Vec<String> = report.findings.iter().filter(|f| f.check == check).map(line).collect();
    if lines.is_empty() { "none".to_owned() } else { lines.join("\n") }
}

/// `deny src/lib.rs:12 message`; `base` before the path when the place is on that side, `-` without a place.
fn line(finding: &Finding) -> String {
    let mut out = String::new();
    if finding.suppressed.is_some() {
        out.push_str("suppressed ");
    }
    out.push_str(finding.level.as_str());
    if finding.side == Side::Base && finding.path.is_some() {
        out.push_str(" base");
    }
    let _ = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => write!(out, " {path}:{line}"),
        (Some(path), None) => write!(out, " {path}"),
        (None, _) => write!(out, " -"),
    };
    let _ = write!(out, " {}", finding.message);
    out
}

/// Every check over every other check's cases: what else fires is recorded, so that cross-talk shows in review.
fn cross_talk_is_as_recorded() -> Result<(), Failed> {
    let mut found = String::new();
    for check in registry() {
        for case in readme::cases(check.name, check.readme) {
            let report = report(&case)?;
            let others: Vec<String> = report
                .findings
                .iter()
                .filter(|f| f.check != check.name)
                .map(|f| format!("  {}: {}", f.check, line(f)))
                .collect();
            if !others.is_empty() {
                let _ = writeln!(found, "{} / {}\n{}", check.name, case.name, others.join("\n"));
            }
        }
    }
    let path = crate_dir().join("tests/crosstalk.txt");
    if blessing() {
        return Ok(std::fs::write(path, found)?);
    }
    same("cross-talk", std::fs::read_to_string(path)?.trim_end(), found.trim_end())
}

fn folders_and_registry_agree() -> Result<(), Failed> {
    let mut on_disk: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(crate_dir().join("src/checks"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            on_disk.push(entry.file_name().to_string_lossy().replace('_', "-"));
        }
    }
    on_disk.sort();
    let registered: Vec<&str> = registry().iter().map(|c| c.name).collect();
    same("folders and registry", &on_disk.join("\n"), &registered.join("\n"))?;
    for check in registry() {
        let is_kebab = check
            .name
            .split('-')
            .all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        if !is_kebab {
            return Err(format!("`{}` is not kebab-case", check.name).into());
        }
        for other in check.yields_to {
            if !registered.contains(other) {
                return Err(format!("`{}` yields to `{other}`, which does not exist", check.name).into());
            }
        }
    }
    Ok(())
}

fn readmes_have_all_sections() -> Result<(), Failed> {
    const SECTIONS: &[&str] = &[
        "## What it names",
        "## Why it matters",
        "## What counts as evidence",
        "## Honest look-alikes",
        "## How to fix it",
        "## How to suppress it",
        "## Cases",
    ];
    for check in registry() {
        let mut lines = check.readme.lines();
        if lines.next() != Some(&format!("# {}", check.name)) {
            return Err(format!("{}: the README does not begin with its name", check.name).into());
        }
        let found: Vec<&str> = lines.filter(|l| l.starts_with("## ")).collect();
        if found != SECTIONS {
            return Err(format!("{}: sections are {found:?}, expected {SECTIONS:?}", check.name).into());
        }
        let cases = readme::cases(check.name, check.readme);
        let silent =
            cases.iter().filter(|c| c.findings.as_deref().is_some_and(|f| f.trim() == "none")).count();
        if cases.len() < 3 || silent == 0 || silent == cases.len() {
            return Err(format!(
                "{}: needs at least three cases, some with a finding and some without",
                check.name
            )
            .into());
        }
    }
    Ok(())
}

/// In bless mode rewrites the expected blocks of a README; otherwise there is nothing to do.
fn bless(check: &str) -> Result<(), Failed> {
    if !blessing() {
        return Ok(());
    }
    let path = crate_dir().join("src/checks").join(check.replace('-', "_")).join("README.md");
    let text = std::fs::read_to_string(&path)?;
    let mut blessed = text.clone();
    for case in readme::cases(check, &text) {
        let report = report(&case)?;
        blessed = readme::with_block(&blessed, &case.name, "findings", &findings_of(&report, check));
        if case.headline.is_some() {
            blessed = readme::with_block(&blessed, &case.name, "headline", &report.headline);
        }
    }
    if blessed != text {
        std::fs::write(path, blessed)?;
    }
    Ok(())
}

fn blessing() -> bool {
    std::env::var_os("GUARD_BLESS").is_some()
}

fn crate_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
