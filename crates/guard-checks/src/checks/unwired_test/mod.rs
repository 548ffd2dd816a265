//! `unwired-test`: a test file that no target compiles or collects.

use guard_model::source::ReachState;
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Reach, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::checks::deleted_test::is_said_to_leave;
use crate::context::Context;

pub(super) const CHECK: Check = Check {
    name: "unwired-test",
    group: Group::Tests,
    summary: "a test file or module that no target compiles",
    default_level: Level::Deny,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    outermost(&cx.evidence.reach).into_iter().filter(|r| r.test_code).map(|r| unwired(cx, r)).collect()
}

fn unwired(cx: &Context<'_>, reach: &Reach) -> Draft {
    let tests = match reach.tests {
        0 => String::new(),
        1 => ", so its test never runs".to_owned(),
        n => format!(", so its {n} tests never run"),
    };
    let message = format!("no target compiles `{}`{tests}", reach.path);
    let draft = draft(cx, reach, message);
    let head_tests = cx.tests.head.iter().filter(|t| t.path == reach.path);
    head_tests.fold(draft, |d, t| d.about(Fact::Test(t.path.to_owned(), t.decl.name.clone())))
}

/// What both checks of unreached files say.
pub(in crate::checks) fn draft(cx: &Context<'_>, reach: &Reach, message: String) -> Draft {
    let declared_no_more = cx.change_of(&reach.path).is_none();
    let (level, history) = match reach.at_base {
        Some(ReachState::Reached) if declared_no_more => {
            let silently = reach.test_code && reach.tests > 0 && !is_said_to_leave(cx, &reach.path);
            let level = if silently { Level::Deny } else { Level::Warn };
            (
                level,
                "it was part of the build at base; the change took its declaration away and left the file",
            )
        }
        Some(ReachState::Unreached) => (Level::Warn, "it was not part of the build at base either"),
        Some(ReachState::Reached) => (Level::Deny, "it was part of the build at base"),
        Some(ReachState::Unknown) => (Level::Warn, "whether it was part of the build at base cannot be said"),
        None => (Level::Deny, "it is new in this change"),
    };
    let looked =
        reach.looked_at.iter().map(|l| EvidenceItem::new(EvidenceKind::Site, format!("looked at: {l}")));
    Draft::new(level, message, EvidenceItem::new(EvidenceKind::Diff, history))
        .because_all(looked)
        .at(Side::Head, reach.path.clone(), 1)
        .identity("unreached")
        .about(Fact::File(reach.path.clone()))
        .help("declare it where its siblings are declared, or delete it")
}

/// Unreached files, without those that are unreached only because the module above them is.
pub(in crate::checks) fn outermost(all: &[Reach]) -> Vec<&Reach> {
    let unreached: Vec<&Reach> = all.iter().filter(|r| r.state == ReachState::Unreached).collect();
    let is_below = |inner: &Reach, outer: &Reach| {
        inner.path != outer.path
            && inner.at_base == outer.at_base
            && module_dir(&outer.path).is_some_and(|dir| inner.path.starts_with(&format!("{dir}/")))
    };
    unreached.iter().filter(|r| !unreached.iter().any(|o| is_below(r, o))).copied().collect()
}

/// The folder that a module file opens: `a/b.rs` and `a/b/mod.rs` both open `a/b`.
fn module_dir(path: &str) -> Option<&str> {
    let stem = path.strip_suffix(".rs")?;
    Some(stem.strip_suffix("/mod").unwrap_or(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreached(path: &str) -> Reach {
        Reach {
            path: path.into(),
            state: ReachState::Unreached,
            looked_at: Vec::new(),
            at_base: None,
            test_code: false,
            tests: 0,
        }
    }

    #[test]
    fn children_of_an_unreached_module_are_not_named_again() {
        let all = ["src/a/mod.rs", "src/a/b.rs", "src/a/b/c.rs", "src/ab.rs"].map(unreached);
        let outer: Vec<&str> = outermost(&all).iter().map(|r| r.path.as_str()).collect();
        assert_eq!(outer, ["src/a/mod.rs", "src/ab.rs"]);
    }
}
