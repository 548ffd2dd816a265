//! `flaky-test`: a test whose outcome changes on rerun of the same build.

use guard_model::lab::{TestOutcome, TestResult};
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;

pub(super) const CHECK: Check = Check {
    name: "flaky-test",
    group: Group::Tests,
    summary: "a test whose outcome changes on rerun of the same build",
    default_level: Level::Note,
    needs: &[Need::Tests],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(run) = cx.head_tests() else { return Vec::new() };
    run.results.iter().filter(|r| r.is_flaky()).map(|r| flaky(cx, r)).collect()
}

fn flaky(cx: &Context<'_>, result: &TestResult) -> Draft {
    let outcomes: Vec<TestOutcome> =
        std::iter::once(result.outcome).chain(result.reruns.iter().copied()).collect();
    let failed = outcomes.iter().filter(|o| o.is_failure()).count();
    let declared = cx.tests.declared(&result.id, Side::Head);
    let is_new = declared.is_some_and(|d| cx.tests.is_new(&d));
    let (level, who) = if is_new { (Level::Warn, "new test") } else { (Level::Note, "test") };
    let message = format!(
        "{who} `{}` is flaky: it failed in {failed} of {} runs of the same build",
        result.id,
        outcomes.len()
    );
    let list: Vec<&str> = outcomes.iter().map(|o| o.as_str()).collect();
    let ran = EvidenceItem::new(EvidenceKind::Test, format!("outcomes in order: {}", list.join(", ")));
    let draft = Draft::new(level, message, ran)
        .identity(result.id.to_string())
        .help("make the test independent of time, order and shared state");
    match declared {
        Some(d) => draft
            .at(Side::Head, d.path, d.decl.line)
            .about(Fact::Test(d.path.to_owned(), d.decl.name.clone())),
        None => draft.about(Fact::Test(result.id.suite.clone(), result.id.name.clone())),
    }
}
