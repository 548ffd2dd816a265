//! What an edit of the policy does to guard's reach: every value that became looser or tighter.
//!
//! A change of a command counts as looser, whatever the new one does: it is the choice of what proves a
//! change, and no reader can tell from the text that the new command proves as much.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use super::{
    BenchPolicy, CargoPolicy, HookReaction, PairPolicy, Policy, ResultFormat, SuitePolicy, Suppression,
    UseNextest,
};
use crate::level::Level;

/// How one policy differs from another in what it lets through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Values that let more through, or prove less.
    pub looser: Vec<Shift>,
    /// Values that let less through.
    pub tighter: Vec<Shift>,
}

/// One value that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The value, as `guard.toml` names it: `limits.test`, `allow`.
    pub what: String,
    /// What it was, for people.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` went from {} to {}", self.what, self.from, self.to)
    }
}

/// Compares two resolved policies. `default_level` gives the level of a check that a policy does not
/// mention; a check it does not know is taken to move in the looser direction.
pub fn compare(base: &Policy, head: &Policy, default_level: impl Fn(&str) -> Option<Level>) -> Comparison {
    let mut c = Comparison::default();
    c.ordered("fail-on", base.fail_on, head.fail_on, base.fail_on.as_str(), head.fail_on.as_str());
    c.ordered("mode", head.mode, base.mode, base.mode.as_str(), head.mode.as_str());
    c.reaction("on-inconclusive", base.on_inconclusive, head.on_inconclusive);
    c.reaction("on-error", base.on_error, head.on_error);
    c.levels(base, head, default_level);
    c.lists("require", &base.require, &head.require, Grows::Tighter);
    c.budget("budget.commit", base.budget.commit_s, head.budget.commit_s);
    c.budget("budget.ci", base.budget.ci_s, head.budget.ci_s);
    c.limits(base, head);
    c.flag("sandbox.required", base.sandbox.required, head.sandbox.required, Grows::Tighter);
    c.flag("sandbox.network", base.sandbox.network, head.sandbox.network, Grows::Looser);
    c.lists("sandbox.write", &base.sandbox.write, &head.sandbox.write, Grows::Looser);
    c.lists("sandbox.sockets", &base.sandbox.sockets, &head.sandbox.sockets, Grows::Looser);
    c.lists("sandbox.env", &base.sandbox.env, &head.sandbox.env, Grows::Looser);
    c.flag("sandbox.offline", base.sandbox.offline, head.sandbox.offline, Grows::Tighter);
    c.cargo(&base.cargo, &head.cargo);
    c.build(base, head);
    c.suites(base, head);
    c.benches(base, head);
    // Fewer pairs let more through; other renamings are another pair.
    c.lists("pair", &pairs(base), &pairs(head), Grows::Tighter);
    c.lists("paths.ignore", &base.paths.ignore, &head.paths.ignore, Grows::Looser);
    c.lists("paths.generated", &base.paths.generated, &head.paths.generated, Grows::Looser);
    c.lists("paths.vendored", &base.paths.vendored, &head.paths.vendored, Grows::Looser);
    // Code becomes exempt as a test in one direction, and a test stops being one in the other.
    c.any_change("paths.tests", &base.paths.tests, &head.paths.tests);
    c.suppressions(base, head);
    c
}

fn pairs(policy: &Policy) -> Vec<String> {
    let one = |pair: &PairPolicy| {
        let rename: Vec<String> = pair.rename.iter().map(|(from, to)| format!("{from}={to}")).collect();
        let more = if pair.allow_async { " allowing async" } else { "" };
        let with = if rename.is_empty() { String::new() } else { format!(" with {}", rename.join(", ")) };
        let name = |of: &String| format!("{} -> {of}{with}{more}", pair.reference);
        pair.implementations.iter().map(name).collect::<Vec<_>>()
    };
    policy.pairs.iter().flat_map(one).collect()
}

/// What it means when a value grows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grows {
    Looser,
    Tighter,
}

impl Comparison {
    fn looser(&mut self, what: &str, from: impl Into<String>, to: impl Into<String>) {
        self.looser.push(Shift { what: what.to_owned(), from: from.into(), to: to.into() });
    }

    fn tighter(&mut self, what: &str, from: impl Into<String>, to: impl Into<String>) {
        self.tighter.push(Shift { what: what.to_owned(), from: from.into(), to: to.into() });
    }

    /// Looser when `loose` is the larger one.
    fn ordered<T: Ord + Copy>(&mut self, what: &str, tight: T, loose: T, from: &str, to: &str) {
        match loose.cmp(&tight) {
            std::cmp::Ordering::Greater => self.looser(what, from, to),
            std::cmp::Ordering::Less => self.tighter(what, from, to),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn flag(&mut self, what: &str, base: bool, head: bool, grows: Grows) {
        let (from, to) = (base.to_string(), head.to_string());
        let (base, head) = if grows == Grows::Looser { (base, head) } else { (head, base) };
        self.ordered(what, base, head, &from, &to);
    }

    fn reaction(&mut self, what: &str, base: HookReaction, head: HookReaction) {
        let name = |r| if r == HookReaction::Block { "block" } else { "allow" };
        match (base, head) {
            (HookReaction::Block, HookReaction::Allow) => self.looser(what, name(base), name(head)),
            (HookReaction::Allow, HookReaction::Block) => self.tighter(what, name(base), name(head)),
            _ => {}
        }
    }

    fn levels(&mut self, base: &Policy, head: &Policy, default_level: impl Fn(&str) -> Option<Level>) {
        let names: BTreeSet<&String> = base.levels.keys().chain(head.levels.keys()).collect();
        for name in names {
            let own = default_level(name);
            let level = |policy: &Policy| policy.levels.get(name).copied();
            let shown = |policy: &Policy| match (level(policy), own) {
                (Some(level), _) => level.as_str().to_owned(),
                (None, Some(own)) => format!("its own level {}", own.as_str()),
                (None, None) => "its own level".to_owned(),
            };
            let before = level(base).or(own).unwrap_or(Level::Deny);
            let after = level(head).or(own).unwrap_or(Level::Allow);
            self.ordered(&format!("checks.{name}"), after, before, &shown(base), &shown(head));
        }
    }

    fn lists(&mut self, what: &str, base: &[String], head: &[String], grows: Grows) {
        let added: Vec<&String> = head.iter().filter(|x| !base.contains(x)).collect();
        let removed: Vec<&String> = base.iter().filter(|x| !head.contains(x)).collect();
        let (from, to) = (list(base), list(head));
        let (loosens, tightens) = match grows {
            Grows::Looser => (!added.is_empty(), !removed.is_empty()),
            Grows::Tighter => (!removed.is_empty(), !added.is_empty()),
        };
        if loosens {
            self.looser(what, from, to);
        } else if tightens {
            self.tighter(what, from, to);
        }
    }

    fn any_change(&mut self, what: &str, base: &[String], head: &[String]) {
        if base != head {
            self.looser(what, list(base), list(head));
        }
    }

    fn budget(&mut self, what: &str, base: Option<u64>, head: Option<u64>) {
        let shown = |s: Option<u64>| s.map_or_else(|| "no budget".to_owned(), duration);
        let time = |s: Option<u64>| s.unwrap_or(u64::MAX);
        self.ordered(what, time(head), time(base), &shown(base), &shown(head));
    }

    /// A limit that is too low makes runs inconclusive instead of red.
    fn limits(&mut self, base: &Policy, head: &Policy) {
        let (b, h) = (&base.limits, &head.limits);
        self.ordered("limits.build", h.build_s, b.build_s, &duration(b.build_s), &duration(h.build_s));
        self.ordered("limits.test", h.test_s, b.test_s, &duration(b.test_s), &duration(h.test_s));
        self.ordered("limits.memory", h.memory_mib, b.memory_mib, &size(b.memory_mib), &size(h.memory_mib));
        self.ordered("limits.output", h.output_mib, b.output_mib, &size(b.output_mib), &size(h.output_mib));
        // Every rerun is one more chance for a red test to pass for flaky.
        self.ordered("limits.reruns", b.reruns, h.reruns, &b.reruns.to_string(), &h.reruns.to_string());
    }

    fn cargo(&mut self, base: &CargoPolicy, head: &CargoPolicy) {
        self.flag("cargo.workspace", base.workspace, head.workspace, Grows::Tighter);
        self.flag("cargo.all-targets", base.all_targets, head.all_targets, Grows::Tighter);
        self.lists("cargo.features", &base.features, &head.features, Grows::Tighter);
        self.flag("cargo.all-features", base.all_features, head.all_features, Grows::Tighter);
        self.flag(
            "cargo.no-default-features",
            base.no_default_features,
            head.no_default_features,
            Grows::Looser,
        );
        self.flag("cargo.doctests", base.doctests, head.doctests, Grows::Tighter);
        if base.nextest != head.nextest {
            let name = |n| match n {
                UseNextest::Auto => "auto",
                UseNextest::Always => "always",
                UseNextest::Never => "never",
            };
            self.looser("cargo.nextest", name(base.nextest), name(head.nextest));
        }
        self.any_change("cargo.args", &base.args, &head.args);
    }

    fn build(&mut self, base: &Policy, head: &Policy) {
        let parts = |policy: &Policy| {
            let build = policy.build.as_ref()?;
            Some(command(&build.run, build.prepare.as_deref(), build.dir.as_deref()))
        };
        let (before, after) = (parts(base), parts(head));
        if before != after {
            let shown =
                |parts: Option<String>| parts.unwrap_or_else(|| "what the project suggests".to_owned());
            self.looser("build", shown(before), shown(after));
        }
        let timeout = |p: &Policy| p.build.as_ref().and_then(|b| b.timeout_s).unwrap_or(p.limits.build_s);
        self.timeout(
            "build.timeout",
            timeout(base),
            timeout(head),
            base.limits.build_s != head.limits.build_s,
        );
    }

    /// A timeout of its own; one that only follows a moved limit is told by the limit.
    fn timeout(&mut self, what: &str, base: u64, head: u64, limit_moved: bool) {
        if !limit_moved {
            self.ordered(what, head, base, &duration(base), &duration(head));
        }
    }

    fn suites(&mut self, base: &Policy, head: &Policy) {
        let by_name = |p: &'_ Policy| -> BTreeMap<String, SuitePolicy> {
            p.suites.iter().map(|s| (s.name.clone(), s.clone())).collect()
        };
        let (before, after) = (by_name(base), by_name(head));
        if before.is_empty() != after.is_empty() {
            // From the project's own suites to named ones, or back.
            let names = |suites: &BTreeMap<String, SuitePolicy>| match suites.is_empty() {
                true => "what the project suggests".to_owned(),
                false => suites.keys().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "),
            };
            self.looser("suite", names(&before), names(&after));
            return;
        }
        for (name, old) in &before {
            let what = format!("suite.{name}");
            let Some(new) = after.get(name) else {
                self.looser(&what, suite(old), "none");
                continue;
            };
            if suite(old) != suite(new) {
                self.looser(&what, suite(old), suite(new));
            }
            let timeout = |s: &SuitePolicy, p: &Policy| s.timeout_s.unwrap_or(p.limits.test_s);
            let moved = base.limits.test_s != head.limits.test_s;
            self.timeout(&format!("{what}.timeout"), timeout(old, base), timeout(new, head), moved);
        }
        for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            self.tighter(&format!("suite.{name}"), "none", suite(new));
        }
    }

    /// Another benchmark may measure something that did get faster.
    fn benches(&mut self, base: &Policy, head: &Policy) {
        let by_name = |p: &'_ Policy| -> BTreeMap<String, BenchPolicy> {
            p.benches.iter().map(|b| (b.name.clone(), b.clone())).collect()
        };
        let shown = |b: &BenchPolicy| command(&b.run, b.prepare.as_deref(), b.dir.as_deref());
        let (before, after) = (by_name(base), by_name(head));
        for (name, old) in &before {
            let what = format!("bench.{name}");
            let Some(new) = after.get(name) else {
                self.looser(&what, shown(old), "none");
                continue;
            };
            if shown(old) != shown(new) {
                self.looser(&what, shown(old), shown(new));
            }
            let timeout = |b: &BenchPolicy, p: &Policy| b.timeout_s.unwrap_or(p.limits.test_s);
            let moved = base.limits.test_s != head.limits.test_s;
            self.timeout(&format!("{what}.timeout"), timeout(old, base), timeout(new, head), moved);
        }
        for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            self.tighter(&format!("bench.{name}"), "none", shown(new));
        }
    }

    fn suppressions(&mut self, base: &Policy, head: &Policy) {
        let key = |s: &Suppression| (s.check.clone(), s.path.clone(), s.fingerprint.clone());
        // Of several with the same key the longest holds.
        let longest = |p: &Policy| {
            let mut all = BTreeMap::new();
            for s in &p.suppressions {
                let until = s.until.clone().unwrap_or_else(|| FOREVER.to_owned());
                let known: &mut String = all.entry(key(s)).or_default();
                if *known < until {
                    *known = until;
                }
            }
            all
        };
        let (before, after) = (longest(base), longest(head));
        let shown =
            |until: &String| if until == FOREVER { "no end".to_owned() } else { format!("until {until}") };
        for (key, until) in &after {
            match before.get(key) {
                None => self.looser("allow", "nothing", format!("{}, {}", accepted(key), shown(until))),
                Some(old) => {
                    let what = format!("allow ({})", accepted(key));
                    self.ordered(&what, old, until, &shown(old), &shown(until));
                }
            }
        }
        for key in before.keys().filter(|k| !after.contains_key(*k)) {
            self.tighter("allow", accepted(key), "nothing");
        }
    }
}

/// Later than every day.
const FOREVER: &str = "9999-99-99";

/// A suppression without reason and end.
fn accepted((check, path, fingerprint): &(String, Option<String>, Option<String>)) -> String {
    let mut text = format!("`{check}`");
    if let Some(path) = path {
        _ = write!(text, " in `{path}`");
    }
    if let Some(fingerprint) = fingerprint {
        _ = write!(text, " with fingerprint {fingerprint}");
    }
    text
}

fn command(run: &str, prepare: Option<&str>, dir: Option<&str>) -> String {
    let mut text = format!("`{run}`");
    if let Some(prepare) = prepare {
        _ = write!(text, " after `{prepare}`");
    }
    if let Some(dir) = dir {
        _ = write!(text, " in `{dir}`");
    }
    text
}

fn suite(suite: &SuitePolicy) -> String {
    let mut text = command(&suite.run, suite.prepare.as_deref(), suite.dir.as_deref());
    let results = match suite.results {
        ResultFormat::Libtest => "libtest",
        ResultFormat::NextestJson => "nextest-json",
        ResultFormat::Junit => "junit",
        ResultFormat::GoJson => "go-json",
        ResultFormat::Tap => "tap",
        ResultFormat::ExitCode => "exit-code",
    };
    _ = write!(text, " read as {results}");
    if let Some(file) = &suite.file {
        _ = write!(text, " from `{file}`");
    }
    text
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.iter().map(|i| format!("`{i}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Seconds as `guard.toml` writes them.
fn duration(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn size(mebibytes: u64) -> String {
    if mebibytes.is_multiple_of(1024) {
        format!("{}GiB", mebibytes / 1024)
    } else {
        format!("{mebibytes}MiB")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Mode;
    use crate::policy::{Budget, BuildCommand, Limits, PathPolicy, SandboxPolicy};

    fn policy() -> Policy {
        Policy {
            preset: "default".into(),
            fail_on: Level::Deny,
            mode: Mode::Commit,
            on_inconclusive: HookReaction::Allow,
            on_error: HookReaction::Block,
            levels: BTreeMap::from([("flaky-test".into(), Level::Warn)]),
            require: vec!["failing-test".into()],
            budget: Budget { commit_s: Some(120), ci_s: None },
            limits: Limits { build_s: 1200, test_s: 600, memory_mib: 8192, output_mib: 256, reruns: 2 },
            sandbox: SandboxPolicy { required: true, ..SandboxPolicy::default() },
            cargo: CargoPolicy {
                workspace: true,
                all_targets: true,
                features: vec!["a".into()],
                all_features: false,
                no_default_features: false,
                doctests: true,
                nextest: UseNextest::Auto,
                args: Vec::new(),
            },
            build: None,
            suites: vec![web("npx vitest")],
            pairs: Vec::new(),
            benches: vec![parse("cargo bench")],
            paths: PathPolicy::default(),
            suppressions: vec![allow("ignored-test", Some("tests/gpu/**"), Some("2027-01-31"))],
        }
    }

    fn parse(run: &str) -> BenchPolicy {
        BenchPolicy { name: "parse".into(), prepare: None, run: run.into(), dir: None, timeout_s: None }
    }

    fn web(run: &str) -> SuitePolicy {
        SuitePolicy {
            name: "web".into(),
            prepare: None,
            run: run.into(),
            dir: Some("web".into()),
            results: ResultFormat::Junit,
            file: Some("junit.xml".into()),
            timeout_s: None,
        }
    }

    fn allow(check: &str, path: Option<&str>, until: Option<&str>) -> Suppression {
        Suppression {
            check: check.into(),
            path: path.map(str::to_owned),
            fingerprint: None,
            reason: "why".into(),
            until: until.map(str::to_owned),
        }
    }

    fn own_level(name: &str) -> Option<Level> {
        match name {
            "deleted-test" => Some(Level::Deny),
            "flaky-test" => Some(Level::Note),
            _ => None,
        }
    }

    type Change = fn(&mut Policy);

    #[test]
    fn each_loosening_is_named_and_its_reverse_is_a_tightening() {
        // What was changed, how it reads, and whether going back is a tightening (or looser again, or silent).
        let cases: [(Change, &str, usize); 36] = [
            (|p| p.fail_on = Level::Warn, "", 1),
            (|p| p.mode = Mode::Quick, "`mode` went from commit to quick", 1),
            (|p| p.on_error = HookReaction::Allow, "`on-error` went from block to allow", 1),
            (|p| p.require.clear(), "`require` went from `failing-test` to none", 1),
            (
                |p| p.levels.extend([("deleted-test".into(), Level::Warn)]),
                "`checks.deleted-test` went from its own level deny to warn",
                1,
            ),
            (|p| p.levels.clear(), "`checks.flaky-test` went from warn to its own level note", 1),
            (
                |p| p.levels.extend([("from-the-future".into(), Level::Warn)]),
                "`checks.from-the-future` went from its own level to warn",
                0,
            ),
            (|p| p.budget.commit_s = Some(0), "`budget.commit` went from 2min to 0s", 1),
            (|p| p.budget.ci_s = Some(5400), "`budget.ci` went from no budget to 1h30min", 1),
            (|p| p.limits.build_s = 61, "`limits.build` went from 20min to 1min1s", 1),
            (|p| p.limits.test_s = 1, "`limits.test` went from 10min to 1s", 1),
            (|p| p.limits.memory_mib = 100, "`limits.memory` went from 8GiB to 100MiB", 1),
            (|p| p.limits.output_mib = 1, "`limits.output` went from 256MiB to 1MiB", 1),
            (|p| p.limits.reruns = 20, "`limits.reruns` went from 2 to 20", 1),
            (|p| p.sandbox.required = false, "`sandbox.required` went from true to false", 1),
            (|p| p.sandbox.network = true, "`sandbox.network` went from false to true", 1),
            (|p| p.sandbox.write.push("/x".into()), "`sandbox.write` went from none to `/x`", 1),
            (|p| p.sandbox.sockets.push("/s".into()), "`sandbox.sockets` went from none to `/s`", 1),
            (|p| p.sandbox.env.push("X".into()), "`sandbox.env` went from none to `X`", 1),
            (|p| p.cargo.workspace = false, "`cargo.workspace` went from true to false", 1),
            (|p| p.cargo.features.clear(), "`cargo.features` went from `a` to none", 1),
            (
                |p| p.cargo.no_default_features = true,
                "`cargo.no-default-features` went from false to true",
                1,
            ),
            (|p| p.cargo.doctests = false, "`cargo.doctests` went from true to false", 1),
            (|p| p.cargo.args.push("--lib".into()), "`cargo.args` went from none to `--lib`", 0),
            (|p| p.cargo.nextest = UseNextest::Always, "`cargo.nextest` went from auto to always", 0),
            (
                |p| {
                    let run = "true".into();
                    p.build = Some(BuildCommand { prepare: None, run, dir: None, timeout_s: None });
                },
                "`build` went from what the project suggests to `true`",
                0,
            ),
            (
                |p| p.suites = vec![web("true")],
                "`suite.web` went from `npx vitest` in `web` read as junit from `junit.xml` to `true` in `web` read as junit from `junit.xml`",
                0,
            ),
            (|p| p.suites.clear(), "`suite` went from `web` to what the project suggests", 0),
            (|p| p.suites[0].timeout_s = Some(5), "`suite.web.timeout` went from 10min to 5s", 1),
            (
                |p| p.benches = vec![parse("echo 1 ns")],
                "`bench.parse` went from `cargo bench` to `echo 1 ns`",
                0,
            ),
            (|p| p.benches.clear(), "`bench.parse` went from `cargo bench` to none", 1),
            (|p| p.paths.ignore.push("src/**".into()), "`paths.ignore` went from none to `src/**`", 1),
            (|p| p.paths.tests.push("spec/**".into()), "`paths.tests` went from none to `spec/**`", 0),
            (
                |p| p.suppressions.push(allow("deleted-test", None, None)),
                "`allow` went from nothing to `deleted-test`, no end",
                1,
            ),
            (
                |p| p.suppressions[0].until = None,
                "`allow (`ignored-test` in `tests/gpu/**`)` went from until 2027-01-31 to no end",
                1,
            ),
            (
                |p| p.suppressions[0].path = None,
                "`allow` went from nothing to `ignored-test`, until 2027-01-31",
                1,
            ),
        ];
        for (change, expected, back) in cases {
            let (base, mut head) = (policy(), policy());
            change(&mut head);
            let forth = compare(&base, &head, own_level);
            let said: Vec<String> = forth.looser.iter().map(ToString::to_string).collect();
            assert_eq!(said, if expected.is_empty() { vec![] } else { vec![expected] });
            let reverse = compare(&head, &base, own_level);
            if expected.is_empty() {
                assert_eq!((forth.tighter.len(), reverse.looser.len()), (back, back));
            } else {
                assert_eq!(reverse.tighter.len(), back, "{expected}");
            }
        }
    }

    #[test]
    fn what_proves_nothing_less_is_no_shift() {
        let (base, mut head) = (policy(), policy());
        head.preset = "ci".into();
        head.suppressions[0].reason = "better words".into();
        head.require.push("failing-test".into());
        assert_eq!(compare(&base, &head, own_level), Comparison::default());
    }

    #[test]
    fn a_further_suite_is_tighter_and_a_lost_one_looser() {
        let (base, mut head) = (policy(), policy());
        head.suites.push(SuitePolicy { name: "api".into(), ..web("pytest") });
        assert_eq!(
            (compare(&base, &head, own_level).looser.len(), compare(&base, &head, own_level).tighter.len()),
            (0, 1)
        );
        assert_eq!(
            compare(&head, &base, own_level).looser[0].to_string(),
            "`suite.api` went from `pytest` in `web` read as junit from `junit.xml` to none"
        );
    }
}
