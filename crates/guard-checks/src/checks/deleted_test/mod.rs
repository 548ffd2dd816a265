//! `deleted-test`: a test of base that is gone at head while its subject lives.

mod mention;
mod reasons;
mod subjects;
mod vanished;

use std::collections::{BTreeMap, HashSet};

use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use self::reasons::{Gone, Reasons};
pub(in crate::checks) use self::vanished::is_said_to_leave;
use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::Declared;
use crate::text::{count, names};

pub(super) const CHECK: Check = Check {
    name: "deleted-test",
    group: Group::Tests,
    summary: "a test of base that is gone at head while its subject lives",
    default_level: Level::Deny,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["ignored-test", "unwired-test"],
    run,
};

/// More lost tests of one file than this, for one reason, are reported together.
const FEW: usize = 3;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut groups: BTreeMap<(&str, Level, &str), Vec<Gone<'_>>> = BTreeMap::new();
    let mut whole_files: BTreeMap<&str, Vec<Gone<'_>>> = BTreeMap::new();
    let reasons = Reasons::of(cx);
    // A name that head's file still declares: one of two under opposite conditions went.
    let left: HashSet<(&str, &str)> =
        cx.tests.kept.iter().map(|(b, _)| (b.path, b.decl.name.as_str())).collect();
    let removed = cx.tests.removed.iter().filter(|t| !left.contains(&(t.path, t.decl.name.as_str())));
    for gone in removed.map(|t| reasons.judge(*t)) {
        let path = gone.test.path;
        if reasons.file_is_gone(gone.test) {
            whole_files.entry(path).or_default().push(gone);
        } else {
            groups.entry((path, gone.level, gone.why)).or_default().push(gone);
        }
    }
    let mut drafts = Vec::new();
    for ((path, _, _), gone) in groups {
        if gone.len() > FEW {
            let what = format!("{} are gone from `{path}`", count(gone.len(), "test"));
            drafts.extend(together(path, &what, gone));
        } else {
            drafts.extend(gone.into_iter().map(one));
        }
    }
    for (path, mut gone) in whole_files {
        if gone.len() > 1 {
            let what = format!("`{path}` is gone with {}", count(gone.len(), "test"));
            drafts.extend(together(path, &what, gone));
        } else {
            drafts.extend(gone.pop().map(one));
        }
    }
    drafts.extend(vanished::vanished(cx));
    drafts
}

fn one(gone: Gone<'_>) -> Draft {
    let Declared { path, decl } = gone.test;
    let message = match gone.level {
        Level::Deny => format!("test `{}` is gone while the code it tests is still there", decl.name),
        _ => format!("test `{}` is gone; {}", decl.name, gone.why),
    };
    finish(gone.level, message, gone.evidence)
        .at(Side::Base, path, (decl.line, decl.end_line))
        .identity(decl.name.clone())
        .about(Fact::Test(path.to_owned(), decl.name.clone()))
}

/// Several tests of one file: one finding, at the level of its weightiest test.
fn together(path: &str, what: &str, mut gone: Vec<Gone<'_>>) -> Option<Draft> {
    gone.sort_by_key(|g| g.test.decl.line);
    let level = gone.iter().map(|g| g.level).max()?;
    let why = gone.iter().find(|g| g.level == level)?.why;
    let (first, last) = (gone.first()?.test.decl.line, gone.iter().map(|g| g.test.decl.end_line).max()?);
    let all: Vec<&str> = gone.iter().map(|g| g.test.decl.name.as_str()).collect();
    let message = match level {
        Level::Deny => format!("{what} while the code they test is still there: {}", names(&all, 5)),
        _ => format!("{what} ({why}): {}", names(&all, 5)),
    };
    let identity = format!("together {why}");
    let facts: Vec<Fact> =
        gone.iter().map(|g| Fact::Test(path.to_owned(), g.test.decl.name.clone())).collect();
    let evidence: Vec<EvidenceItem> = gone.into_iter().flat_map(|g| g.evidence).take(20).collect();
    let draft = finish(level, message, evidence).at(Side::Base, path, (first, last)).identity(identity);
    Some(facts.into_iter().fold(draft, Draft::about))
}

fn finish(level: Level, message: String, evidence: Vec<EvidenceItem>) -> Draft {
    let mut evidence = evidence.into_iter();
    let first = evidence.next().unwrap_or_else(|| EvidenceItem::new(EvidenceKind::Diff, message.clone()));
    let draft = Draft::new(level, message, first).because_all(evidence);
    match level {
        Level::Deny => draft.help("bring the test back, or say in the message why it has to go"),
        _ => draft.help("make sure that what it checked is still checked"),
    }
}
