//! The page in a real browser: `chromium --headless`, which gives the page as it stands once its script has run.

#![expect(clippy::disallowed_methods, reason = "the browser is a tool of the test, not a child of guard")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![expect(clippy::print_stderr, reason = "a test that was not run must be seen")]

use std::path::PathBuf;
use std::process::Command;

use guard::render::{Format, render};
use guard_model::Report;
use guard_model::evidence::Snippet;

use crate::reports::{failed, hostile, many, mutants, passed};
use crate::{FORMATS, options};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser on the PATH.
fn browser() -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .flat_map(|dir| NAMES.map(|name| dir.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("\nNO BROWSER: the HTML report was not tried in one; install chromium, as .ci/run does\n");
    }
    found
}

/// The page of a report as a browser has it, opened at `hash`.
fn opened(report: &Report, hash: &str) -> Option<String> {
    let browser = browser()?;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.html");
    std::fs::write(&file, render(report, Format::Html, &options())).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("file://{}{hash}", file.display()))
        .env("HOME", dir.path())
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        page.contains("data-ready-ms"),
        "the script did not come to its end:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(page)
}

/// The page without its data and its script.
fn shown(page: &str) -> &str {
    page.split("<script").next().unwrap()
}

#[test]
fn findings_with_their_code_and_evidence_are_shown() {
    let report = failed();
    let Some(page) = opened(&report, "") else { return };
    let shown = shown(&page);
    for finding in &report.findings {
        assert!(shown.contains(&finding.check), "{}", finding.check);
    }
    assert!(shown.contains("class=\"badge fail\""));
    assert!(shown.contains("<details class=\"item deny\" open"), "the first one is open");
    assert!(shown.contains("class=\"evidence\""));
}

#[test]
fn ten_thousand_findings_are_shown_a_piece_at_a_time_and_filtered_as_a_whole() {
    let report = many(10_000);
    let Some(page) = opened(&report, "") else { return };
    let rows = shown(&page).matches("<details class=\"item").count();
    assert!((1..=1000).contains(&rows), "{rows} rows");
    assert!(shown(&page).contains("10,000 entries"));
    let page = opened(&report, "#findings?q=number%209998%20file_98").unwrap();
    assert!(shown(&page).contains("1 of 10,000"), "one is left");
    assert!(shown(&page).contains("finding number 9998") && !shown(&page).contains("finding number 1<"));
}

#[test]
fn five_thousand_findings_take_less_than_three_megabytes() {
    // Findings of a usual length, each in a file of its own with the lines around it.
    let few = failed();
    let mut report = many(5_000);
    for (i, finding) in report.findings.iter_mut().enumerate() {
        let like = &few.findings[i % few.findings.len()];
        finding.message = format!("{} ({i})", like.message);
        finding.evidence.clone_from(&like.evidence);
        finding.help.clone_from(&like.help);
        finding.path = Some(format!("crates/some-crate/src/module_{i}/file.rs"));
        let lines = vec!["        let value = function(argument, another)?;".to_owned(); 3];
        let (path, first_line) = (finding.path.clone().unwrap(), finding.line.unwrap());
        report.snippets.push(Snippet { path, side: finding.side, first_line, lines });
    }
    let size = render(&report, Format::Html, &options()).len();
    assert!(size < 3_000_000, "{size} bytes");
    assert!(size > 1_500_000, "{size} bytes: these findings are shorter than real ones");
}

#[test]
fn what_an_agent_wrote_stays_text() {
    let mut report = hostile();
    let attack = "</script><img src=x onerror=\"document.title='broken out'\"><!-- <script>document.title='broken out'</script>";
    for finding in &mut report.findings {
        finding.message = attack.to_owned();
        finding.path = Some(attack.to_owned());
    }
    report.headline = attack.to_owned();
    report.repository = attack.to_owned();
    report.policy = attack.to_owned();
    for claim in report.claims.iter_mut().flatten() {
        claim.text = attack.to_owned();
    }
    let html = render(&report, Format::Html, &options());
    assert_eq!(html.matches("<script").count(), 2, "the data and the page's own");
    assert_eq!(html.matches("</script>").count(), 2);
    assert!(!html.contains("<img") && !html.contains("<!--"));
    for part in ["", "#claims"] {
        let Some(page) = opened(&report, part) else { return };
        assert!(!page.contains("<img") && !page.contains("<title>broken out"), "{part}");
    }
}

#[test]
fn every_part_opens_without_an_error_whatever_the_report_holds() {
    assert!(FORMATS.contains(&Format::Html));
    // One with everything, and one with nothing.
    let full = Report { mutants: Some((&mutants()).into()), ..failed() };
    let parts = ["findings", "claims", "sites", "drift", "tests", "mutants", "checks", "timings"];
    for (report, parts) in [(full, &parts[..]), (Report { findings: Vec::new(), ..passed() }, &["mutants"])] {
        for part in parts {
            let Some(page) = opened(&report, &format!("#{part}")) else { return };
            assert!(shown(&page).contains(&format!("id=\"part-{part}\"")), "{part}");
        }
    }
}

#[test]
fn the_page_asks_for_nothing_from_anywhere() {
    let html = render(&failed(), Format::Html, &options());
    assert!(html.contains("default-src 'none'"));
    for word in ["src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "eval("] {
        assert!(!html.split("id=\"data\">").next().unwrap().contains(word), "{word}");
        let script = html.rsplit("<script>").next().unwrap();
        assert!(!script.contains(word), "{word}");
    }
}
