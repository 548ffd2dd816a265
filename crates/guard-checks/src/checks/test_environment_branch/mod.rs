//! `test-environment-branch`: product code that does something else when it is tested.

mod shadow;

use std::collections::HashSet;

use guard_model::{
    EvidenceItem, EvidenceKind, Item, ItemKind, Language, Level, Mode, Side, SourceFacts, TestFork,
    is_aside_path,
};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::said::{Sentence, telling_stems};
use crate::text::{shorten, words};

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
    let is_product = |path: &str| !is_aside_path(path) && !is_configuration(path);
    let head = cx.evidence.sources.iter().filter(|s| s.side == Side::Head && is_product(&s.path));
    let mut drafts: Vec<Draft> =
        head.flat_map(|file| file.forks.iter().filter_map(move |fork| judge(cx, file, fork))).collect();
    drafts.extend(shadow::shadows(cx));
    drafts
}

fn judge(cx: &Context<'_>, file: &SourceFacts, fork: &TestFork) -> Option<Draft> {
    let change = cx.change_of(&file.path)?;
    let same = |old: &TestFork| old.text == fork.text && old.item == fork.item;
    let is_old =
        cx.evidence.sources.iter().filter(|s| s.side == Side::Base).any(|s| s.forks.iter().any(same));
    if is_old || !change.touches_head_line(fork.line) {
        return None;
    }
    let by_build = !fork.branches.is_empty();
    if by_build && !keeps_old_body_for_tests(cx, change.base_path(), fork) {
        return None;
    }
    let topic: HashSet<String> =
        telling_stems([fork.item.as_deref().unwrap_or_default(), &file.path, &fork.text])
            .into_iter()
            .collect();
    let said = cx.said.find(|s| owns_up(s, &topic));
    let is_plain = said.is_some() || bears_on_time(file, fork);
    let level = if is_plain { Level::Note } else { Level::Warn };
    let message = match &fork.item {
        Some(item) if by_build => {
            format!(
                "`{item}` does in builds for tests what it did before, and something else in others: `{}`",
                shorten(&fork.text, 60)
            )
        }
        Some(item) if is_constant(file, fork) => {
            format!("`{item}` has another value when it is tested: `{}`", shorten(&fork.text, 60))
        }
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

/// Whether the build by which tests run still has base's body, and only others have what the change wrote:
/// `debug_assertions`, which tests are built with, or a feature that the package turns on for its own tests.
fn keeps_old_body_for_tests(cx: &Context<'_>, base_path: &str, fork: &TestFork) -> bool {
    let item =
        |i: &Item| fork.item.as_ref() == Some(&i.qualified) && i.body.as_ref() == fork.branches.first();
    let is_kept = cx.source(Side::Base, base_path).is_some_and(|base| base.items.iter().any(item));
    let feature = fork.text.split_once("feature").and_then(|(_, rest)| rest.split('"').nth(1));
    let is_asked_by_tests = match feature {
        None => fork.text.contains("debug_assertions"),
        Some(feature) => {
            let mut manifests = cx.evidence.lines.iter().filter(|l| l.path.ends_with("Cargo.toml"));
            // A package can depend on itself for its tests alone.
            manifests.any(|l| {
                l.added
                    .iter()
                    .any(|l| depends_on_itself(&l.text) && l.text.contains(&format!("\"{feature}\"")))
            })
        }
    };
    is_kept && is_asked_by_tests
}

/// `demo = { path = ".", features = ["sim"] }`
fn depends_on_itself(line: &str) -> bool {
    let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    line.contains("path=\".\"")
}

/// Words that, beside "test", own up to a difference.
const DIFFERENT: &[&str] =
    &["skip", "disable", "different", "instead", "mock", "stub", "fake", "isolate", "avoid"];

/// Words of a sentence that tells of tests, not of what code does under them.
const OF_TESTS: &[&str] = &[
    "add", "assert", "case", "check", "confirm", "cover", "exercise", "expand", "extend", "fail", "fix",
    "green", "pass", "prove", "succeed", "update", "verify", "write",
];

/// Whether a sentence says openly that something is different under test: in so many words, with "in tests", or
/// of `topic`, the words of the fork.
fn owns_up(sentence: &Sentence<'_>, topic: &HashSet<String>) -> bool {
    let speaks_of_tests = sentence.has_any(&["test"]);
    speaks_of_tests
        && (sentence.has_any(DIFFERENT)
            || !sentence.has_any(OF_TESTS)
                && (says_under_test(sentence.text)
                    || sentence.shares(topic) && !sentence.has_any(&["ran", "run"])))
}

/// "quiet in tests", "nothing is sent during the tests", "under test", "when testing".
fn says_under_test(text: &str) -> bool {
    const UNDER: [&str; 7] = ["in", "during", "under", "for", "when", "while", "outside"];
    const BETWEEN: [&str; 7] = ["the", "our", "unit", "a", "of", "running", "integration"];
    let words = words(text);
    let of_tests = |word: &str| word.starts_with("test");
    words.iter().enumerate().any(|(i, word)| {
        let next = words[i + 1..].iter().take(3).find(|w| !BETWEEN.contains(&w.as_str()));
        UNDER.contains(&word.as_str()) && next.is_some_and(|w| of_tests(w))
    })
}

/// Whether the fork is a constant of waiting or of size in two versions: tests do not wait for half a minute.
fn bears_on_time(file: &SourceFacts, fork: &TestFork) -> bool {
    const WORDS: [&str; 14] = [
        "timeout",
        "interval",
        "delay",
        "wait",
        "sleep",
        "backoff",
        "period",
        "duration",
        "ttl",
        "capacity",
        "buffer",
        "chunk",
        "iterations",
        "millis",
    ];
    let name = fork.item.as_deref().unwrap_or_default();
    is_constant(file, fork) && words(name).iter().any(|w| WORDS.contains(&w.as_str()))
}

/// Whether what comes in versions is a constant or a static.
fn is_constant(file: &SourceFacts, fork: &TestFork) -> bool {
    let is_it = |item: &Item| item.kind == ItemKind::Constant && fork.item.as_ref() == Some(&item.qualified);
    file.items.iter().any(is_it)
}

/// True for files that set up tools and environments, by the custom of their language: `vite.config.ts`,
/// `.eslintrc.cjs`, `settings.py`, `config/database.js`. That they ask where they run is what they are for.
fn is_configuration(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match Language::of_path(path) {
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript) => {
            let of_tool = stem.ends_with(".config") || stem.starts_with('.') && stem.ends_with("rc");
            of_tool || stem == "config" || matches!(folder, "config" | "configs" | ".storybook")
        }
        Some(Language::Python) => {
            let is_settings =
                stem == "settings" || stem.starts_with("settings_") || stem.ends_with("_settings");
            is_settings || stem == "config" || matches!(folder, "settings" | "config")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_set_up_tools_and_environments_are_configuration() {
        for (path, expected) in [
            ("babel.config.js", true),
            ("web/vite.config.ts", true),
            (".eslintrc.cjs", true),
            ("config/database.js", true),
            ("site/settings.py", true),
            ("site/settings/base.py", true),
            ("site/settings_dev.py", true),
            ("src/configure.js", false),
            ("src/settings.js", false),
            ("src/config/mod.rs", false),
            ("src/rates.py", false),
        ] {
            assert_eq!(is_configuration(path), expected, "{path}");
        }
    }

    #[test]
    fn a_sentence_speaks_of_what_happens_under_test() {
        for (text, expected) in [
            ("quiet in tests", true),
            ("Nothing is sent during the tests.", true),
            ("Faster hashing under test", true),
            ("A frozen clock when running the tests", true),
            ("Tests pass", false),
            ("New tests for the parser", false),
        ] {
            assert_eq!(says_under_test(text), expected, "{text}");
        }
    }
}
