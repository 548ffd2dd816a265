//! `guard drift`: how an implementation differs from its reference.

use std::fs;

use anyhow::{Context, Result, bail};
use guard_model::{Grade, Level, Mode, Pair, Report, SCHEMA_VERSION, Timings, Verdict};
use guard_syntax::drift::{self, Allowed, Piece};

use super::{note, print, print_report};
use crate::cli::{AllowedDifference, CheckArgs, DriftArgs, Region};
use crate::pipeline::{self, Checked, Place};
use crate::render::{self, Format, Options, pairs};
use crate::terminal;

/// The checks that this command speaks for.
const CHECKS: [&str; 2] = ["drifted-implementation", "stale-twin"];

/// Bytes of a file that is compared.
const MAX_FILE: u64 = 8 << 20;

/// Compares two files, or lines of them, wherever they are; without any, the pairs that the change touches.
pub(super) fn drift(args: &DriftArgs, place: &Place<'_>) -> Result<u8> {
    match (&args.reference, &args.implementation) {
        (Some(reference), Some(implementation)) => two_files(args, reference, implementation),
        _ => change(args, place),
    }
}

fn two_files(args: &DriftArgs, reference: &Region, implementation: &Region) -> Result<u8> {
    let texts = (read(reference)?, read(implementation)?);
    let paths = (reference.file.display().to_string(), implementation.file.display().to_string());
    let allowed = Allowed {
        renames: args.rename.clone(),
        asynchronous: args.allow.contains(&AllowedDifference::Async),
    };
    let pair = drift::compare(
        &Piece { path: &paths.0, text: &texts.0, lines: reference.lines },
        &Piece { path: &paths.1, text: &texts.1, lines: implementation.lines },
        &allowed,
    );
    let report = report(pair);
    let output = &args.check.output;
    if output.format == Format::Text {
        for pair in report.pairs.iter().flatten() {
            show(pair, (&texts.0, &texts.1), args)?;
        }
    } else {
        print(&render::render(
            &report,
            output.format,
            &Options { verbose: output.verbose, ..Options::default() },
        ))?;
    }
    Ok(report.verdict.exit_code())
}

fn show(pair: &Pair, texts: (&[u8], &[u8]), args: &DriftArgs) -> Result<u8> {
    let output = &args.check.output;
    let options = Options {
        color: terminal::wants_color(output.color),
        width: terminal::width(),
        verbose: output.verbose,
        ..Options::default()
    };
    let columns = if args.unified { pairs::Columns::One } else { pairs::Columns::Two };
    let texts = (&*String::from_utf8_lossy(texts.0), &*String::from_utf8_lossy(texts.1));
    print(&pairs::render(pair, texts, columns, &options))
}

/// The pairs of the change at hand.
fn change(args: &DriftArgs, place: &Place<'_>) -> Result<u8> {
    // Code is compared by reading; nothing has to be built for it.
    let check = &CheckArgs { mode: args.check.mode.or(Some(Mode::Quick)), ..args.check.clone() };
    let checked = pipeline::check(check, place)?;
    if let (Some(fingerprints), Some(reason)) = (&args.accept, &args.reason) {
        return accept(&checked, fingerprints, reason, args, place);
    }
    if check.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &check.output);
    }
    let (repo, _) = pipeline::open(args.check.repo.as_deref(), place)?;
    let head = repo.tree(&checked.evidence.change.head.tree);
    if checked.evidence.pairs.is_empty() {
        print("the change touches nothing that should be like something else\n")?;
    }
    for (at, it) in checked.evidence.pairs.iter().enumerate() {
        let mut pair = it.pair.clone();
        if !check.output.verbose {
            pair.points.retain(|point| point.new);
        }
        let text = |path: &str| -> Result<Vec<u8>> { Ok(head.read(path, MAX_FILE)?.unwrap_or_default()) };
        if at > 0 {
            print("\n")?;
        }
        show(&pair, (&text(&pair.reference.path)?, &text(&pair.implementation.path)?), args)?;
    }
    let drifted = checked.report.findings.iter().filter(|finding| CHECKS.contains(&finding.check.as_str()));
    let worst = drifted.filter(|finding| finding.suppressed.is_none()).map(|finding| finding.level).max();
    for finding in checked.report.findings.iter().filter(|finding| finding.check == CHECKS[0]) {
        note(&format!("{} {}", finding.fingerprint, finding.message));
    }
    Ok(if worst >= Some(checked.report.fail_on) { Verdict::Fail } else { Verdict::Pass }.exit_code())
}

/// Writes accepted points into the work tree's policy, one reviewable table each.
fn accept(
    checked: &Checked,
    fingerprints: &[String],
    reason: &str,
    args: &DriftArgs,
    place: &Place<'_>,
) -> Result<u8> {
    let wanted = |print: &String| fingerprints.is_empty() || fingerprints.contains(print);
    let findings = checked.report.findings.iter().filter(|finding| CHECKS.contains(&finding.check.as_str()));
    let findings: Vec<_> =
        findings.filter(|finding| finding.suppressed.is_none() && wanted(&finding.fingerprint)).collect();
    if findings.is_empty() {
        bail!("nothing differs that could be accepted");
    }
    let (repo, _) = pipeline::open(args.check.repo.as_deref(), place)?;
    let top = repo.top().context("a bare repository has no guard.toml to write to")?;
    let file = top.join(pipeline::POLICY_FILE);
    let mut text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    let quoted = |text: &str| toml_string(text);
    for finding in &findings {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let table = [
            "\n[[allow]]".to_owned(),
            format!("# {}", finding.message.replace('\n', " ")),
            format!("check = {}", quoted(&finding.check)),
            format!("path = {}", quoted(finding.path.as_deref().unwrap_or("**"))),
            format!("fingerprint = {}", quoted(&finding.fingerprint)),
            format!("reason = {}\n", quoted(reason)),
        ];
        text.push_str(table.join("\n").trim_start_matches(if text.is_empty() { '\n' } else { '\0' }));
    }
    fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    for finding in &findings {
        print(&format!("accepted {}  {}\n", finding.fingerprint, render::one_line(&finding.message, 100)))?;
    }
    note("it takes effect once guard.toml is on base; until then it is shown as accepted in this change");
    Ok(0)
}

/// A basic string of TOML.
fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            it if it.is_control() => out.push(' '),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}

fn read(region: &Region) -> Result<Vec<u8>> {
    let name = region.file.display();
    let size = fs::metadata(&region.file).with_context(|| format!("{name} cannot be read"))?.len();
    if size > MAX_FILE {
        bail!("{name} is larger than {} MiB", MAX_FILE >> 20);
    }
    fs::read(&region.file).with_context(|| format!("{name} cannot be read"))
}

/// The envelope of all reports, with only this part in it.
fn report(pair: Pair) -> Report {
    let count = |grade| pair.points.iter().filter(|point| point.grade == grade).count();
    let (verdict, headline) = match (&pair.not_comparable, count(Grade::Drift), count(Grade::Confirm)) {
        (Some(reason), ..) => (Verdict::Inconclusive, format!("inconclusive: not compared: {reason}")),
        (None, 0, 0) => (Verdict::Pass, "pass: nothing differs that a renaming does not explain".to_owned()),
        (None, 0, n) => (Verdict::Pass, format!("pass: {n} to confirm")),
        (None, n, 0) => (Verdict::Fail, format!("fail: {n} differ")),
        (None, n, m) => (Verdict::Fail, format!("fail: {n} differ, {m} to confirm")),
    };
    Report {
        schema_version: SCHEMA_VERSION,
        guard: env!("CARGO_PKG_VERSION").to_owned(),
        verdict,
        headline,
        mode: Mode::Quick,
        repository: String::new(),
        change: None,
        policy: "none".to_owned(),
        fail_on: Level::Deny,
        words: Vec::new(),
        no_session: None,
        findings: Vec::new(),
        claims: None,
        tasks: None,
        sites: None,
        pairs: Some(vec![pair]),
        build: None,
        tests: None,
        mutants: None,
        sandbox: None,
        skipped_checks: Vec::new(),
        snippets: Vec::new(),
        timings: Timings::default(),
        out: None,
    }
}
