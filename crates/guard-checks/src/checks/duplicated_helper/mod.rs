//! `duplicated-helper`: a new function that repeats one which exists.

use guard_model::{CopiedFunction, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;

pub(super) const CHECK: Check = Check {
    name: "duplicated-helper",
    group: Group::Code,
    summary: "a new function that repeats one which exists",
    default_level: Level::Note,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    // Who asks for a second one that is like the first has one.
    let is_pair = |copy: &&CopiedFunction| {
        cx.evidence.pairs.iter().any(|pair| {
            let paths = [&pair.pair.reference.path, &pair.pair.implementation.path];
            paths.contains(&&copy.new.path) && paths.contains(&&copy.original.path)
        })
    };
    cx.evidence.copies.iter().filter(|copy| !is_pair(copy)).map(of_copy).collect()
}

fn of_copy(copy: &CopiedFunction) -> Draft {
    let CopiedFunction { new, original, tokens, renamed } = copy;
    let there = if original.path == new.path {
        format!("`{}` above or below it", original.name)
    } else {
        format!("`{}` in {}", original.name, original.path)
    };
    let alike = if *renamed { "all the same but for the names of its own variables" } else { "all the same" };
    let evidence = EvidenceItem::new(
        EvidenceKind::Site,
        format!("`{}` was there before: parameters and a body of {tokens} tokens, {alike}", original.name),
    );
    let help = if original.public || original.path == new.path {
        format!("call `{}` instead", original.name)
    } else {
        format!("call `{}` instead, made visible from here", original.name)
    };
    Draft::new(
        Level::Note,
        format!("`{}` repeats {there}", new.name),
        evidence.at(Side::Head, original.path.clone(), Some(original.line)),
    )
    .at(Side::Head, new.path.clone(), (new.line, new.end_line))
    .identity(format!("{} repeats {}", new.name, original.name))
    .about(Fact::Item(new.path.clone(), new.name.clone()))
    .help(help)
}
