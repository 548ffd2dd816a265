//! `broken-build`: head does not build.

use std::collections::BTreeSet;

use guard_model::lab::{BuildOutcome, Diagnostic, FeatureBuild};
use guard_model::{ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::head_build::{HeadBuild, error_line, missing_path};
use crate::text::{count, names};

pub(super) const CHECK: Check = Check {
    name: "broken-build",
    group: Group::Build,
    summary: "head does not build with the project's own command",
    default_level: Level::Deny,
    needs: &[Need::Build],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &["merge-conflict"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let draft = match cx.build {
        HeadBuild::Broken { build, base_builds } => broken(cx, build, base_builds),
        HeadBuild::Old { build, base } => {
            let message = format!("head does not build, and neither did base: {}", first_error(build));
            let base_says = EvidenceItem::new(
                EvidenceKind::Build,
                format!("base fails `{}` too: {}", base.command, first_error(base)),
            );
            place(Draft::new(Level::Note, message, base_says), build).because_all(errors(&build.errors))
        }
        HeadBuild::Outside { build, reason } => {
            let message = match missing_path(build) {
                Some(path) => format!("head could not be built here: {reason}; `{path}` is missing"),
                None => format!("head could not be built here: {reason}"),
            };
            let failed = EvidenceItem::new(EvidenceKind::Build, format!("`{}` failed", build.command));
            Draft::new(Level::Note, message, failed)
                .because_all(errors(&build.errors))
                .help("provide what is missing, or name the build command in `guard.toml`, and run again")
        }
        HeadBuild::Ok => match cx.broken_features() {
            Some(more) => with_features(cx, more),
            None => return Vec::new(),
        },
        HeadBuild::NotRun | HeadBuild::Needless | HeadBuild::Inconclusive(_) => return Vec::new(),
    };
    vec![draft.identity("build")]
}

fn broken(cx: &Context<'_>, build: &BuildOutcome, base_builds: bool) -> Draft {
    let more = match build.errors.len() {
        0 | 1 => String::new(),
        n => format!(" (and {})", count(n - 1, "more error")),
    };
    let message = format!("head does not build: {}{more}", first_error(build));
    let failed = match base_builds {
        true => format!("`{}` fails at head and succeeds at base", build.command),
        false => format!("`{}` fails at head", build.command),
    };
    let unadded = build.unadded.iter().map(|path| {
        let says = format!("`{path}` exists in the work tree, and is not part of what was handed over");
        EvidenceItem::new(EvidenceKind::Build, says)
    });
    let help = match build.unadded.first().cloned().or_else(|| missing_path(build)) {
        Some(path) => format!("`{path}` is not part of what was handed over: add it, or drop what needs it"),
        None => format!("make `{}` succeed on exactly what would be committed", build.command),
    };
    let draft = Draft::new(Level::Deny, message, EvidenceItem::new(EvidenceKind::Build, failed));
    let claim =
        cx.claims_of(ClaimKind::BuildResult).next().or_else(|| cx.claims_of(ClaimKind::TestResult).next());
    let draft =
        place(draft, build).because_all(errors(&build.errors)).because_all(unadded).answers(claim).help(help);
    conflicts(cx, build).into_iter().fold(draft, |draft, path| draft.about(Fact::File(path.to_owned())))
}

/// Head builds, and not with features that changed code stands behind.
fn with_features(cx: &Context<'_>, more: &FeatureBuild) -> Draft {
    let listed = names(&more.features, 3);
    let (of, rest) = (if more.features.len() == 1 { "feature" } else { "features" }, more.errors.len());
    let rest = if rest > 1 { format!(" (and {})", count(rest - 1, "more error")) } else { String::new() };
    let error = more.errors.first();
    let says = error.map_or_else(|| format!("`{}` failed", more.command), error_line);
    let message = format!("head does not build with {of} {listed}: {says}{rest}");
    let failed = format!("`{}` fails in lines that this change wrote", more.command);
    let draft = Draft::new(Level::Deny, message, EvidenceItem::new(EvidenceKind::Build, failed));
    let draft = match error.and_then(|e| Some((e.path.clone()?, e.line))) {
        Some((path, line)) => draft.at(Side::Head, path, line),
        None => draft,
    };
    draft
        .because_all(errors(&more.errors))
        .answers(cx.claims_of(ClaimKind::BuildResult).next())
        .help(format!("make `{}` succeed; the default features leave this code out", more.command))
}

/// The files with errors, when all of them hold the marks of a merge: nothing else is known to be wrong.
fn conflicts<'b>(cx: &Context<'_>, build: &'b BuildOutcome) -> BTreeSet<&'b str> {
    let conflicted = |path: &&str| cx.source(Side::Head, path).is_some_and(|s| s.conflict.is_some());
    let paths = build.errors.iter().map(|e| e.path.as_deref().filter(conflicted));
    paths.collect::<Option<_>>().unwrap_or_default()
}

fn first_error(build: &BuildOutcome) -> String {
    build.errors.first().map_or_else(|| format!("`{}` failed", build.command), error_line)
}

/// Points the draft at the first error that has a place.
fn place(draft: Draft, build: &BuildOutcome) -> Draft {
    match build.errors.iter().find_map(|e| Some((e.path.clone()?, e.line))) {
        Some((path, line)) => draft.at(Side::Head, path, line),
        None => draft,
    }
}

fn errors(errors: &[Diagnostic]) -> impl Iterator<Item = EvidenceItem> {
    errors.iter().take(3).map(|e| {
        let item = EvidenceItem::new(EvidenceKind::Build, error_line(e));
        match &e.path {
            Some(path) => item.at(Side::Head, path, e.line),
            None => item,
        }
    })
}
