//! From the text of a policy file to a resolved policy.

use std::collections::HashSet;

use guard_model::policy::{
    BenchPolicy, BuildCommand, HookReaction, PairPolicy, ResultFormat, SuitePolicy, Suppression, UseNextest,
};
use guard_model::{Level, Mode, Policy};
use toml::de::DeTable;

use super::Presets;
use super::errors::{Collector, PolicyErrors, did_you_mean, shown};
use super::walk::{Section, check_glob, one_of};

/// Sections and their keys. A test compares them with [`super::file::PolicyFile`].
pub(super) const KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "preset",
            "fail-on",
            "mode",
            "on-inconclusive",
            "on-error",
            "require",
            "checks",
            "budget",
            "limits",
            "sandbox",
            "cargo",
            "build",
            "suite",
            "bench",
            "pair",
            "paths",
            "allow",
        ],
    ),
    ("budget", &["commit", "ci"]),
    ("limits", &["build", "test", "memory", "output", "reruns"]),
    ("sandbox", &["required", "network", "write", "sockets", "env", "offline"]),
    (
        "cargo",
        &[
            "workspace",
            "all-targets",
            "features",
            "all-features",
            "no-default-features",
            "doctests",
            "nextest",
            "args",
        ],
    ),
    ("build", &["run", "prepare", "dir", "timeout"]),
    ("bench", &["name", "run", "prepare", "dir", "timeout"]),
    ("suite", &["name", "run", "prepare", "dir", "results", "file", "timeout"]),
    ("pair", &["reference", "implementations", "rename", "allow"]),
    ("paths", &["ignore", "generated", "vendored", "tests"]),
    ("allow", &["check", "reason", "path", "fingerprint", "until"]),
];

const LEVELS: &[(&str, Level)] =
    &[("allow", Level::Allow), ("note", Level::Note), ("warn", Level::Warn), ("deny", Level::Deny)];
const REACTIONS: &[(&str, HookReaction)] = &[("allow", HookReaction::Allow), ("block", HookReaction::Block)];
const RESULTS: &[(&str, ResultFormat)] = &[
    ("libtest", ResultFormat::Libtest),
    ("nextest-json", ResultFormat::NextestJson),
    ("junit", ResultFormat::Junit),
    ("go-json", ResultFormat::GoJson),
    ("tap", ResultFormat::Tap),
    ("exit-code", ResultFormat::ExitCode),
];

fn keys(section: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(name, _)| *name == section).map_or(&[], |(_, keys)| keys)
}

/// Reads `text` over the policy that `start` gives for the preset it names.
pub(super) fn read(
    text: &str,
    path: &str,
    checks: &[&str],
    start: impl Fn(Option<&str>) -> Result<Policy, PolicyErrors>,
) -> Result<Policy, PolicyErrors> {
    let mut errors = Collector::new(text);
    let (document, broken) = DeTable::parse_recoverable(text);
    let lines = syntax_errors(text, &broken, &mut errors);
    let mut found = Collector::new(text);
    let reader = Reader { checks, errors: &mut found };
    let top = document.get_ref();
    let preset = reader.preset(top);
    let mut policy = start(preset)?;
    let mut reader = Reader { checks, errors: &mut found };
    reader.read(top, preset, &mut policy);
    // What is missing or odd near a syntax error is most likely its consequence.
    if lines.is_empty() {
        errors = found;
    } else {
        found.drain_into(&mut errors, &lines);
    }
    errors.finish(path).map_or(Ok(policy), Err)
}

/// Notes syntax errors, one a line, and says on which lines they stand.
fn syntax_errors(text: &str, broken: &[toml::de::Error], errors: &mut Collector<'_>) -> HashSet<u32> {
    let mut lines = HashSet::new();
    for error in broken {
        let span = error.span().unwrap_or(0..0);
        let line = errors.line(span.start);
        if !lines.insert(line) {
            continue;
        }
        let there = text.get(span.clone()).map(str::trim).filter(|t| !t.is_empty() && !t.contains('\n'));
        let there = there.map_or_else(String::new, |t| format!(" at {}", shown(t)));
        let message = match (error.message().replace('\n', ", "), there.as_str()) {
            (message, there) if message == "duplicate key" => {
                format!("set twice{}", there.replace(" at ", ": "))
            }
            (message, "") if message.starts_with("string values must be quoted") => {
                "a value is missing".to_owned()
            }
            (message, there) => format!("not TOML: {message}{there}"),
        };
        errors.add(span.start, message);
    }
    lines.extend(under_broken_headers(text, &lines));
    lines
}

/// The lines under section headers that are broken: nobody knows where their keys belong.
fn under_broken_headers(text: &str, broken: &HashSet<u32>) -> Vec<u32> {
    let mut lost = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with('[') {
            lost = broken.contains(&number);
        } else if lost {
            lines.push(number);
        }
    }
    lines
}

struct Reader<'r, 'a> {
    checks: &'r [&'r str],
    errors: &'r mut Collector<'a>,
}

impl Reader<'_, '_> {
    /// The preset that the file names, when there is such a one.
    fn preset<'t>(&self, top: &'t DeTable<'_>) -> Option<&'t str> {
        top.get("preset")?.get_ref().as_str().filter(|name| Presets::NAMES.contains(name))
    }

    fn read(&mut self, top: &DeTable<'_>, preset: Option<&str>, policy: &mut Policy) {
        let checks = self.checks;
        let top = Section::new(top, "the policy", 0, keys(""), self.errors, |word| {
            if checks.contains(&word) {
                return Some(": it is a check, and its level belongs into [checks]".to_owned());
            }
            let mut homes = KEYS.iter().filter(|(name, keys)| !name.is_empty() && keys.contains(&word));
            let (section, _) = homes.next().filter(|_| homes.next().is_none())?;
            Some(format!("; it belongs into [{section}]"))
        });
        let presets = Presets::NAMES.map(|name| (name, ()));
        top.choice("preset", &presets, self.errors);
        if let Some(name) = preset {
            name.clone_into(&mut policy.preset);
        }
        set(&mut policy.fail_on, top.choice("fail-on", &LEVELS[1..], self.errors));
        let modes = [("quick", Mode::Quick), ("commit", Mode::Commit), ("ci", Mode::Ci)];
        set(&mut policy.mode, top.choice("mode", &modes, self.errors));
        set(&mut policy.on_inconclusive, top.choice("on-inconclusive", REACTIONS, self.errors));
        set(&mut policy.on_error, top.choice("on-error", REACTIONS, self.errors));
        if let Some(list) = top.list("require", self.errors) {
            for (at, name) in &list {
                self.known_check(*at, name);
            }
            policy.require = list.into_iter().map(|(_, name)| name).collect();
        }
        self.levels(&top, policy);
        self.budget(&top, policy);
        self.limits(&top, policy);
        self.sandbox(&top, policy);
        self.cargo(&top, policy);
        self.build(&top, policy);
        self.suites(&top, policy);
        self.benches(&top, policy);
        self.pairs(&top, policy);
        self.paths(&top, policy);
        for (table, at) in top.tables("allow", self.errors) {
            policy.suppressions.extend(self.suppression(table, at));
        }
    }

    fn section<'t, 'i>(
        &mut self,
        top: &Section<'t, 'i>,
        key: &'static str,
        name: &'static str,
    ) -> Option<Section<'t, 'i>> {
        let (table, at) = top.table(key, self.errors)?;
        Some(Section::new(table, name, at, keys(key), self.errors, |_| None))
    }

    fn known_check(&mut self, at: usize, name: &str) {
        if !self.checks.contains(&name) {
            let near = did_you_mean(name, self.checks.iter().copied()).unwrap_or_default();
            self.errors.add(at, format!("unknown check {}{near}", shown(name)));
        }
    }

    fn levels(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some((table, _)) = top.table("checks", self.errors) else { return };
        for (key, value) in table {
            let name: &str = key.get_ref();
            self.known_check(key.span().start, name);
            if let Some(level) = one_of(name, value, LEVELS, self.errors) {
                policy.levels.insert(name.to_owned(), level);
            }
        }
    }

    fn budget(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "budget", "[budget]") else { return };
        set(&mut policy.budget.commit_s, section.duration("commit", self.errors));
        set(&mut policy.budget.ci_s, section.duration("ci", self.errors));
    }

    fn limits(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "limits", "[limits]") else { return };
        set(&mut policy.limits.build_s, section.limit("build", self.errors));
        set(&mut policy.limits.test_s, section.limit("test", self.errors));
        set(&mut policy.limits.memory_mib, section.size("memory", self.errors));
        set(&mut policy.limits.output_mib, section.size("output", self.errors));
        set(&mut policy.limits.reruns, section.number("reruns", 20, self.errors));
    }

    fn sandbox(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "sandbox", "[sandbox]") else { return };
        let sandbox = &mut policy.sandbox;
        set(&mut sandbox.required, section.flag("required", self.errors));
        set(&mut sandbox.network, section.flag("network", self.errors));
        set(&mut sandbox.offline, section.flag("offline", self.errors));
        set(&mut sandbox.write, section.texts("write", self.errors));
        set(&mut sandbox.sockets, section.texts("sockets", self.errors));
        if let Some(list) = section.list("env", self.errors) {
            for (at, name) in &list {
                if name.contains(['=', '\0']) || name.contains(char::is_whitespace) {
                    let message = format!("`env` lists names of variables; {} is none", shown(name));
                    self.errors.add(*at, message);
                }
            }
            sandbox.env = list.into_iter().map(|(_, name)| name).collect();
        }
    }

    fn cargo(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "cargo", "[cargo]") else { return };
        let cargo = &mut policy.cargo;
        set(&mut cargo.workspace, section.flag("workspace", self.errors));
        set(&mut cargo.all_targets, section.flag("all-targets", self.errors));
        set(&mut cargo.features, section.texts("features", self.errors));
        set(&mut cargo.all_features, section.flag("all-features", self.errors));
        set(&mut cargo.no_default_features, section.flag("no-default-features", self.errors));
        set(&mut cargo.doctests, section.flag("doctests", self.errors));
        let nextest =
            [("auto", UseNextest::Auto), ("always", UseNextest::Always), ("never", UseNextest::Never)];
        set(&mut cargo.nextest, section.choice("nextest", &nextest, self.errors));
        set(&mut cargo.args, section.texts("args", self.errors));
    }

    fn build(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "build", "[build]") else { return };
        let run = section.needed("run", "the shell command that builds", self.errors);
        let build = BuildCommand {
            prepare: section.words("prepare", self.errors),
            run: run.unwrap_or_default(),
            dir: section.inside("dir", self.errors),
            timeout_s: section.limit("timeout", self.errors),
        };
        policy.build = Some(build);
    }

    fn suites(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let tables = top.tables("suite", self.errors);
        if tables.is_empty() {
            return;
        }
        let mut names = HashSet::new();
        policy.suites.clear();
        for (table, at) in tables {
            let section = Section::new(table, "[[suite]]", at, keys("suite"), self.errors, |_| None);
            let name = section.needed("name", "what reports call it", self.errors).unwrap_or_default();
            if !name.is_empty() && !names.insert(name.clone()) {
                self.errors.add(section.at("name"), format!("two suites are called {}", shown(&name)));
            }
            let run = section.needed("run", "the shell command that runs the tests", self.errors);
            let file = section.inside("file", self.errors);
            let results = section.choice("results", RESULTS, self.errors);
            if file.is_some()
                && matches!(results, None | Some(ResultFormat::ExitCode))
                && table.get("file").is_some()
            {
                let message = match table.get("results") {
                    None => "`file` needs `results`: how it is read, such as \"junit\"",
                    Some(_) => "`file` is not read when `results` is \"exit-code\"",
                };
                if results.is_some() || table.get("results").is_none() {
                    self.errors.add(section.at("file"), message.to_owned());
                }
            }
            policy.suites.push(SuitePolicy {
                name,
                prepare: section.words("prepare", self.errors),
                run: run.unwrap_or_default(),
                dir: section.inside("dir", self.errors),
                results: results.unwrap_or(ResultFormat::ExitCode),
                file,
                timeout_s: section.limit("timeout", self.errors),
            });
        }
    }

    fn benches(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let tables = top.tables("bench", self.errors);
        if tables.is_empty() {
            return;
        }
        let mut names = HashSet::new();
        policy.benches.clear();
        for (table, at) in tables {
            let section = Section::new(table, "[[bench]]", at, keys("bench"), self.errors, |_| None);
            let name = section.needed("name", "what reports call it", self.errors).unwrap_or_default();
            if !name.is_empty() && !names.insert(name.clone()) {
                self.errors.add(section.at("name"), format!("two benchmarks are called {}", shown(&name)));
            }
            let run = section.needed("run", "the shell command that prints times", self.errors);
            policy.benches.push(BenchPolicy {
                name,
                prepare: section.words("prepare", self.errors),
                run: run.unwrap_or_default(),
                dir: section.inside("dir", self.errors),
                timeout_s: section.limit("timeout", self.errors),
            });
        }
    }

    fn pairs(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let tables = top.tables("pair", self.errors);
        if tables.is_empty() {
            return;
        }
        policy.pairs.clear();
        for (table, at) in tables {
            let section = Section::new(table, "[[pair]]", at, keys("pair"), self.errors, |_| None);
            section.needed("reference", "the file, item (`FILE#ITEM`) or directory to follow", self.errors);
            let implementations = section.texts("implementations", self.errors).unwrap_or_default();
            if implementations.is_empty() {
                let message = "[[pair]] needs `implementations`: what should follow the reference";
                self.errors.add(at, message.to_owned());
            }
            let mut rename = Vec::new();
            for text in section.texts("rename", self.errors).unwrap_or_default() {
                match text.split_once('=') {
                    Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                        rename.push((from.trim().to_owned(), to.trim().to_owned()));
                    }
                    _ => {
                        let message = format!("{} is no renaming such as \"login=signup\"", shown(&text));
                        self.errors.add(section.at("rename"), message);
                    }
                }
            }
            let mut allow_async = false;
            for text in section.texts("allow", self.errors).unwrap_or_default() {
                if text == "async" {
                    allow_async = true;
                } else {
                    let message = format!("{} cannot be allowed; only \"async\" can", shown(&text));
                    self.errors.add(section.at("allow"), message);
                }
            }
            policy.pairs.push(PairPolicy {
                reference: section.inside("reference", self.errors).unwrap_or_default(),
                implementations,
                rename,
                allow_async,
            });
        }
    }

    fn paths(&mut self, top: &Section<'_, '_>, policy: &mut Policy) {
        let Some(section) = self.section(top, "paths", "[paths]") else { return };
        set(&mut policy.paths.ignore, section.globs("ignore", self.errors));
        set(&mut policy.paths.generated, section.globs("generated", self.errors));
        set(&mut policy.paths.vendored, section.globs("vendored", self.errors));
        set(&mut policy.paths.tests, section.globs("tests", self.errors));
    }

    fn suppression(&mut self, table: &DeTable<'_>, at: usize) -> Option<Suppression> {
        let section = Section::new(table, "[[allow]]", at, keys("allow"), self.errors, |_| None);
        let check = section.needed("check", "the name of the check", self.errors);
        if let Some(name) = &check {
            self.known_check(section.at("check"), name);
        }
        let reason = section.needed("reason", "why this is accepted, for the next reader", self.errors);
        let path = section.words("path", self.errors);
        if let Some(pattern) = &path {
            check_glob("path", section.at("path"), pattern, self.errors);
        }
        let fingerprint = section.words("fingerprint", self.errors);
        let until = section.day("until", self.errors);
        Some(Suppression { check: check?, path, fingerprint, reason: reason?, until })
    }
}

/// Overrides a value where the file has one.
fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
