//! `guard drift`: how an implementation differs from its reference.

use std::fs;

use anyhow::{Context, Result, bail};
use guard_model::{Grade, Level, Mode, Pair, Report, SCHEMA_VERSION, Timings, Verdict};
use guard_syntax::drift::{self, Allowed, Piece};

use super::print;
use crate::cli::{AllowedDifference, DriftArgs, Region};
use crate::render::{self, Format, Options, pairs};
use crate::terminal;

/// Bytes of a file that is compared.
const MAX_FILE: u64 = 8 << 20;

/// Compares two files, or lines of them, wherever they are.
pub(super) fn drift(args: &DriftArgs) -> Result<u8> {
    let (Some(reference), Some(implementation)) = (&args.reference, &args.implementation) else {
        bail!("--reference and --implementation name what is compared");
    };
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
    let options = Options {
        color: args.output.format == Format::Text && terminal::wants_color(args.output.color),
        width: terminal::width(),
        verbose: args.output.verbose,
        ..Options::default()
    };
    if args.output.format == Format::Text {
        let columns = if args.unified { pairs::Columns::One } else { pairs::Columns::Two };
        for pair in report.pairs.iter().flatten() {
            let texts = (&*String::from_utf8_lossy(&texts.0), &*String::from_utf8_lossy(&texts.1));
            print(&pairs::render(pair, texts, columns, &options))?;
        }
    } else {
        print(&render::render(&report, args.output.format, &options))?;
    }
    Ok(report.verdict.exit_code())
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
