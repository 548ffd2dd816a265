//! `test-environment-branch`: product code that does something else when it is tested.

use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side, SourceFacts, TestFork, is_aside_path};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::said::Sentence;
use crate::text::shorten;

pub(super) const CHECK: Check = Check {
    name: "test-environment-branch",
    group: Group::Code,
    summary: "product code that does something else under test",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let head = cx.evidence.sources.iter().filter(|s| s.side == Side::Head && !is_aside_path(&s.path));
    head.flat_map(|file| file.forks.iter().filter_map(move |fork| judge(cx, file, fork))).collect()
}

fn judge(cx: &Context<'_>, file: &SourceFacts, fork: &TestFork) -> Option<Draft> {
    let change = cx.change_of(&file.path)?;
    let same = |old: &TestFork| old.text == fork.text && old.item == fork.item;
    let is_old =
        cx.evidence.sources.iter().filter(|s| s.side == Side::Base).any(|s| s.forks.iter().any(same));
    if is_old || !change.touches_head_line(fork.line) {
        return None;
    }
    let said = cx.said.find(|s: &Sentence<'_>| s.has_any(&["test"]) && s.has_any(DIFFERENT));
    let level = if said.is_some() { Level::Note } else { Level::Warn };
    let message = match &fork.item {
        Some(item) => {
            format!("`{item}` does something else when it is tested: `{}`", shorten(&fork.text, 60))
        }
        None => format!("something else happens when the code is tested: `{}`", shorten(&fork.text, 60)),
    };
    let seen = EvidenceItem::new(
        EvidenceKind::Site,
        format!("`{}`, which base does not have", shorten(&fork.text, 100)),
    )
    .at(Side::Head, file.path.clone(), Some(fork.line));
    let said = said.map(|s| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {}: \"{}\"", s.place, shorten(s.text, 120)))
    });
    let item = fork.item.clone().unwrap_or_default();
    Some(
        Draft::new(level, message, seen)
            .because_all(said)
            .at(Side::Head, file.path.clone(), fork.line)
            .identity(format!("{item} {}", fork.text))
            .about(Fact::Item(file.path.clone(), item))
            .help("let tests run the code that is shipped; hand in what must differ (a clock, a directory) from outside"),
    )
}

/// Words that, beside "test", own up to a difference.
const DIFFERENT: &[&str] =
    &["skip", "disable", "different", "instead", "mock", "stub", "fake", "isolate", "avoid"];
