//! From a report to text: one file a format, all of them pure.
//!
//! [`render`] takes a report and gives a string; printing it is the caller's. What the formats share
//! lies in `view` (grouping and naming), `layout` (columns) and `untrusted`: messages, paths, snippets
//! and claims come from a repository and an agent that nobody has to trust, so every one of them is
//! made harmless for the format it goes into.

mod elements;
pub mod examples;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod layout;
mod markdown;
pub(crate) mod pairs;
pub(crate) mod patch;
mod rdjson;
mod sarif;
mod text;
mod untrusted;
mod view;

use guard_model::{Finding, Level, MutatedFile, Report, Side};

pub use json::{SCHEMA_PATH, schema};
pub(crate) use view::is_settled_by_run;

/// The formats of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people, on a terminal.
    #[default]
    Text,
    /// The report itself, version 1; everything else is made from it.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML: a test case for every check and every claim.
    Junit,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// Markdown for `$GITHUB_STEP_SUMMARY`.
    GithubSummary,
    /// Markdown for a comment on a pull request.
    Markdown,
    /// GitLab code quality.
    Gitlab,
    /// reviewdog's diagnostic format.
    Rdjson,
    /// Mutants as JSON for viewers of the mutation-testing-elements family.
    Elements,
    /// One page for a browser, with everything in it; needs no network.
    Html,
}

/// How to render.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Use colour (text only).
    pub color: bool,
    /// Columns of the terminal (text only).
    pub width: usize,
    /// Show everything: all findings, all evidence, names of tests.
    pub verbose: bool,
    /// The checks that took part in this run: those of its mode that the policy did not turn off.
    pub docs: &'a [CheckDoc<'a>],
    /// The files that mutants are in (elements only).
    pub mutated: &'a [MutatedFile],
    /// A changed file that exists at head: formats that need a place put findings there that have none.
    pub anchor: Option<&'a str>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { color: false, width: 80, verbose: false, docs: &[], mutated: &[], anchor: None }
    }
}

/// What a check says of itself.
#[derive(Debug, Clone, Copy)]
pub struct CheckDoc<'a> {
    /// Name, such as `deleted-test`.
    pub name: &'a str,
    /// What it finds, as one sentence.
    pub summary: &'a str,
    /// Level when the policy says nothing.
    pub level: Level,
    /// Its documentation, as Markdown.
    pub help: &'a str,
}

/// The report in `format`, ending with a line end.
pub fn render(report: &Report, format: Format, options: &Options<'_>) -> String {
    match format {
        Format::Text => text::render(report, options),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report, options),
        Format::Junit => junit::render(report, options),
        Format::Github => github::annotations(report),
        Format::GithubSummary => github::summary(report),
        Format::Markdown => markdown::comment(report),
        Format::Gitlab => gitlab::render(report, options),
        Format::Rdjson => rdjson::render(report, options),
        Format::Elements => elements::render(report, options),
        Format::Html => html::render(report, options),
    }
}

/// Tasks that the agent never ticked, a kind a line; foreign text in it is not yet harmless.
pub fn tasks(report: &Report, verbose: bool) -> Vec<String> {
    view::task_lines(report, verbose)
}

/// Foreign text as one harmless line of at most `columns` columns: for commands that print their own
/// text beside a report.
pub fn one_line(text: &str, columns: usize) -> String {
    layout::cut(&untrusted::defuse(&untrusted::line(text)), columns).into_owned()
}

/// Foreign text as harmless lines of at most `columns` columns.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    layout::wrap(&untrusted::defuse(&untrusted::line(text)), columns, columns)
}

/// A foreign line of code, its indentation kept, with nothing in it that acts on a terminal or a CI runner.
pub fn code_line(text: &str) -> String {
    untrusted::defuse(&untrusted::code(text))
}

/// A foreign path as one harmless line of at most `columns` columns that keeps its file name.
pub fn one_path(path: &str, columns: usize) -> String {
    layout::short_path(&untrusted::defuse(&untrusted::line(path)), columns).into_owned()
}

/// A place at head that a viewer can open.
struct Anchor<'a> {
    path: &'a str,
    line: Option<u32>,
    end_line: Option<u32>,
}

/// Where viewers that know only head's files show a finding: its own place, else that of its evidence,
/// else a changed file. Lines of base mean nothing there and are left out.
fn anchor<'a>(finding: &'a Finding, report: &'a Report, options: &Options<'a>) -> Anchor<'a> {
    own_anchor(finding).unwrap_or_else(|| {
        let other =
            || report.findings.iter().filter(|f| f.side == Side::Head).find_map(|f| f.path.as_deref());
        Anchor { path: options.anchor.or_else(other).unwrap_or("guard.toml"), line: None, end_line: None }
    })
}

/// The place that a finding names; a viewer that can do without one shows no other.
fn own_anchor(finding: &Finding) -> Option<Anchor<'_>> {
    if let Some(path) = &finding.path {
        let at_head = finding.side == Side::Head;
        return Some(Anchor {
            path,
            line: finding.line.filter(|n| at_head && *n > 0),
            end_line: finding.end_line.filter(|end| at_head && finding.line.is_some_and(|n| n <= *end)),
        });
    }
    let evidence = finding.evidence.iter().find(|item| item.side == Side::Head && item.path.is_some());
    let (path, line) = evidence.and_then(|item| Some((item.path.as_deref()?, item.line)))?;
    Some(Anchor { path, line: line.filter(|n| *n > 0), end_line: None })
}
