//! Sentences to claims, and claims with evidence to verdicts: tables of what was said and what follows.

use std::collections::BTreeMap;

use guard_model::evidence::{ChangedLines, Lookup, NumberedLine, Place};
use guard_model::policy::{Budget, CargoPolicy, HookReaction, Limits, PathPolicy, SandboxPolicy, UseNextest};
use guard_model::words::{
    CommandOutcome, EditOutcome, ExitTrust, FileEdit, OutputReading, Purpose, TaskStep,
};
use guard_model::{
    Change, ChangeKind, Claim, ClaimKind, ClaimVerdict, Command, Commit, Event, EventKind, Evidence,
    FileChange, FileKind, Hunk, Language, Level, Mode, Policy, Quantifier, Side, Snapshot, SnapshotKind,
    SourceKind, Speaker, Statement, StatementKind, Task, TaskStatus, Timings, Words,
};

use super::extract::read_text;
use super::{extract, settle};

use ClaimKind as K;

mod added_tests;
mod demands;
mod entries;
mod files;
mod honest;
mod items;
mod lines;
mod numbers;
mod promises;
mod reading;
mod refactored;
mod runs;
mod shown;
mod sources;

/// What is read of `text`, as kind and text.
fn read(text: &str, source: SourceKind, subject: bool) -> Vec<(ClaimKind, String)> {
    read_text(text, source, subject).into_iter().map(|f| (f.kind, f.text)).collect()
}

fn expect(text: &str, source: SourceKind, subject: bool, expected: &[(ClaimKind, &str)]) {
    let expected: Vec<(ClaimKind, String)> = expected.iter().map(|(k, t)| (*k, (*t).to_owned())).collect();
    assert_eq!(read(text, source, subject), expected, "{text}");
}

fn statement(kind: StatementKind, text: &str, place: &str, order: u32) -> Statement {
    Statement { kind, speaker: Speaker::Agent, text: text.into(), place: place.into(), order, time: None }
}

fn event(kind: EventKind, order: u32) -> Event {
    Event { kind, place: format!("s.jsonl:{order}"), order, time: None, subagent: false, live: true }
}

fn edit(order: u32) -> Event {
    let edit = FileEdit {
        tool: "Edit".into(),
        paths: vec!["src/lib.rs".into()],
        outcome: EditOutcome::Applied,
        error: None,
    };
    event(EventKind::Edit(edit), order)
}

fn ran_tests(order: u32, passed: u64, failed: u64) -> Event {
    event(
        EventKind::Command(Command {
            line: "cargo test".into(),
            cwd: None,
            outcome: CommandOutcome::Succeeded,
            exit_code: Some(0),
            exit_trust: ExitTrust::Trusted,
            masked_by: None,
            purposes: vec![Purpose::Test],
            reading: Some(OutputReading {
                passed: Some(passed),
                failed: Some(failed),
                says_failed: failed > 0,
                line: None,
            }),
            output: String::new(),
        }),
        order,
    )
}

fn empty() -> Evidence {
    let snapshot = |name: &str| Snapshot {
        kind: SnapshotKind::Commit,
        commit: None,
        tree: name.into(),
        name: name.into(),
    };
    Evidence {
        schema_version: 1,
        guard: "0".into(),
        mode: Mode::Quick,
        parts: None,
        today: "2026-01-01".into(),
        repository: "demo".into(),
        policy: Policy {
            preset: "default".into(),
            fail_on: Level::Deny,
            mode: Mode::Commit,
            on_inconclusive: HookReaction::Allow,
            on_error: HookReaction::Allow,
            levels: BTreeMap::new(),
            require: Vec::new(),
            budget: Budget::default(),
            limits: Limits { build_s: 1, test_s: 1, memory_mib: 1, output_mib: 1, reruns: 2 },
            sandbox: SandboxPolicy::default(),
            cargo: CargoPolicy {
                workspace: true,
                all_targets: false,
                features: Vec::new(),
                all_features: false,
                no_default_features: false,
                doctests: true,
                nextest: UseNextest::Auto,
                args: Vec::new(),
            },
            build: None,
            suites: Vec::new(),
            pairs: Vec::new(),
            benches: Vec::new(),
            paths: PathPolicy::default(),
            suppressions: Vec::new(),
        },
        policy_source: "built-in".into(),
        head_policy: None,
        change: Change {
            base: snapshot("base"),
            head: snapshot("head"),
            base_reason: "test".into(),
            merge_base: None,
            files: Vec::new(),
            commits: Vec::new(),
        },
        words: Words::default(),
        sources: Vec::new(),
        lines: Vec::new(),
        lookups: Vec::new(),
        named_files: Vec::new(),
        reality: guard_model::Reality::default(),
        reach: Vec::new(),
        sites: None,
        pairs: Vec::new(),
        copies: Vec::new(),
        lab: None,
        snippets: Vec::new(),
        gaps: Vec::new(),
        timings: Timings::default(),
    }
}

/// A change of files: path, text at base, text at head.
fn changed(files: &[(&str, Option<&str>, Option<&str>)]) -> Evidence {
    let mut evidence = empty();
    for (path, base, head) in files {
        let kind = match (base, head) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        };
        let lines = |text: &Option<&str>| text.map_or(0, |t| t.lines().count() as u32);
        evidence.change.files.push(FileChange {
            kind,
            path: (*path).into(),
            old_path: None,
            old_mode: None,
            new_mode: None,
            old_oid: base.map(|_| "1".into()),
            new_oid: head.map(|_| "2".into()),
            content: FileKind::Text,
            language: Language::of_path(path),
            added: lines(head),
            removed: lines(base),
            hunks: vec![Hunk { old_start: 1, old_lines: lines(base), new_start: 1, new_lines: lines(head) }],
        });
        let numbered = |text: &Option<&str>| {
            let lines = text.unwrap_or_default().lines().zip(1u32..);
            lines.map(|(text, line)| NumberedLine { line, text: text.to_owned() }).collect()
        };
        evidence.lines.push(ChangedLines {
            path: (*path).into(),
            removed: numbered(base),
            added: numbered(head),
            cut: false,
        });
        for (side, text) in [(Side::Base, base), (Side::Head, head)] {
            evidence.sources.extend(text.and_then(|t| guard_syntax::facts(path, side, t.as_bytes())));
        }
    }
    evidence
}

fn say(evidence: &mut Evidence, text: &str) -> Claim {
    evidence.words.statements = vec![statement(StatementKind::FinalMessage, text, "s.jsonl:99", 99)];
    let mut claims = extract(evidence);
    settle(&mut claims, evidence);
    assert_eq!(claims.len(), 1, "{text}: {claims:?}");
    claims.remove(0)
}

/// The verdict on an item of a commit message's list.
fn listed(evidence: &mut Evidence, text: &str) -> ClaimVerdict {
    let message = format!("Subject line\n\n- {text}\n");
    evidence.words.statements = vec![statement(StatementKind::Commit, &message, "c0ffee", 99)];
    let mut claims = extract(evidence);
    settle(&mut claims, evidence);
    let told = claims.iter().find(|c| text.contains(&c.text));
    told.unwrap_or_else(|| panic!("{text}: {claims:?}")).verdict
}

fn lookup(text: &str, lines: u64) -> Lookup {
    let places = vec![Place { path: "src/old.rs".into(), line: 3 }];
    Lookup { text: text.into(), lines: Some(lines), in_source: lines, in_change: 0, places }
}

fn verdict(evidence: &mut Evidence, text: &str) -> (ClaimVerdict, bool) {
    let claim = say(evidence, text);
    (claim.verdict, claim.looked)
}

const VERIFIED: (ClaimVerdict, bool) = (ClaimVerdict::Verified, true);
const CONTRADICTED: (ClaimVerdict, bool) = (ClaimVerdict::Contradicted, true);
const OPEN: (ClaimVerdict, bool) = (ClaimVerdict::Unsupported, true);
const UNSEEN: (ClaimVerdict, bool) = (ClaimVerdict::Unsupported, false);

const TESTED: &str = "pub fn f(x: u8) -> u8 { x + 1 }\n#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    fn adds_one() { assert_eq!(f(1), 2); }\n    #[test]\n    fn adds_again() { assert_eq!(f(2), 3); }\n}\n";
const UNTESTED: &str = "pub fn f(x: u8) -> u8 { x }\n";
