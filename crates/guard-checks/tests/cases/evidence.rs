//! Builds the evidence of a case, as collecting would have.

use std::collections::BTreeMap;

use guard_checks::claims;
use guard_model::evidence::{ChangedLines, Lookup, NamedFile, NumberedLine, Place, Snippet};
use guard_model::policy::{Budget, CargoPolicy, HookReaction, Limits, PathPolicy, SandboxPolicy, UseNextest};
use guard_model::reality::FileTests;
use guard_model::words::{WordsFormat, WordsInput};
use guard_model::{
    Change, ChangeKind, Commit, CopiedFunction, EditPattern, Evidence, FileChange, FileKind, Hunk, Language,
    Level, Mode, PairEvidence, PairOrigin, Policy, Reality, SCHEMA_VERSION, Side, SitesEvidence, Snapshot,
    SnapshotKind, SourceFacts, Speaker, Statement, StatementKind, Timings, Words,
};
use guard_syntax::copies;
use guard_syntax::drift::links::{Target, links};
use guard_syntax::drift::{Allowed, Wanted, over_change};
use guard_syntax::reality::{extents, mentions};
use guard_syntax::sites;
use serde_json::{Value, json};
use similar::{DiffOp, TextDiff};

use crate::notation;
use crate::readme::Case;

/// Builds the evidence.
pub(crate) fn build(case: &Case) -> Result<Evidence, String> {
    let mut evidence = empty();
    let (mut base, mut head, mut from) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut overrides, mut head_policy) = (Vec::new(), None);
    for block in &case.blocks {
        let info: Vec<&str> = block.info.split_whitespace().collect();
        match info.as_slice() {
            [_, "base", path] => drop(base.insert((*path).to_owned(), block.text.clone())),
            [_, "head", path] => drop(head.insert((*path).to_owned(), block.text.clone())),
            [_, "head", path, "from", old] => {
                head.insert((*path).to_owned(), block.text.clone());
                from.insert((*path).to_owned(), (*old).to_owned());
            }
            [_, "both", path] => {
                base.insert((*path).to_owned(), block.text.clone());
                head.insert((*path).to_owned(), block.text.clone());
            }
            ["message"] => say(&mut evidence.words, StatementKind::FinalMessage, &block.text, "message.md"),
            ["commit"] => {
                let id = format!("{:040x}", 0xc0ffee + evidence.change.commits.len());
                say(&mut evidence.words, StatementKind::Commit, &block.text, &id);
                evidence.change.commits.push(Commit {
                    id,
                    parents: Vec::new(),
                    author: "Agent <agent@example.com>".into(),
                    message: block.text.clone(),
                });
            }
            ["session"] => notation::session(&mut evidence.words, &block.text)?,
            ["lab"] => {
                evidence.lab = Some(notation::lab(&block.text)?);
                evidence.mode = Mode::Commit;
            }
            ["reach"] => evidence.reach = notation::reach(&block.text)?,
            ["json", "evidence"] => {
                overrides.push(
                    serde_json::from_str::<Value>(&block.text).map_err(|e| format!("json evidence: {e}"))?,
                );
            }
            ["head-policy"] => {
                let over =
                    serde_json::from_str::<Value>(&block.text).map_err(|e| format!("head-policy: {e}"))?;
                head_policy = Some(over);
            }
            other => return Err(format!("a case cannot have a block ```{}", other.join(" "))),
        }
    }
    // What is run is run for a change, also where the case is about the run alone.
    if evidence.lab.is_some() && base == head {
        head.insert("CHANGED.txt".to_owned(), "one line\n".to_owned());
    }
    evidence.change.files = changes(&base, &head, &from);
    for file in &evidence.change.files {
        let text = |files: &Files, path: &str| files.get(path).cloned().unwrap_or_default();
        evidence.lines.push(lines(file, &text(&base, file.base_path()), &text(&head, &file.path)));
        let sides = [(Side::Base, file.base_path(), &base), (Side::Head, file.path.as_str(), &head)];
        for (side, path, files) in sides {
            if let Some(text) = files.get(path) {
                evidence.sources.extend(facts(file, side, path, text, base.get(file.base_path())));
                evidence.snippets.push(snippet(side, path, text));
            }
        }
    }
    evidence.sites = sites(&evidence, &base, &head);
    evidence.copies = copied(&evidence, &base, &head);
    let sought = claims::sought(&claims::extract(&evidence), &evidence);
    evidence.lookups = lookups(&evidence, &head, sought.names);
    evidence.named_files = named_files(&head, sought.files);
    evidence.reality = reality(&evidence, &head);
    let mut value = serde_json::to_value(&evidence).map_err(|e| e.to_string())?;
    overrides.into_iter().for_each(|o| merge(&mut value, o));
    let policy: Policy =
        serde_json::from_value(value["policy"].clone()).map_err(|e| format!("policy: {e}"))?;
    value["pairs"] = serde_json::to_value(pairs(&policy, &base, &head)).map_err(|e| e.to_string())?;
    if let Some(over) = head_policy {
        let mut policy = value["policy"].clone();
        merge(&mut policy, over);
        merge(
            &mut value,
            json!({ "head_policy": { "path": "guard.toml", "policy": policy, "error": null } }),
        );
    }
    serde_json::from_value(value).map_err(|e| format!("json evidence: {e}"))
}

/// What collecting keeps of a file's syntax.
fn facts(file: &FileChange, side: Side, path: &str, text: &str, old: Option<&String>) -> Option<SourceFacts> {
    let mut facts = guard_syntax::facts(path, side, text.as_bytes())?;
    guard_syntax::keep_changed_comments(&mut facts, file);
    if let (Side::Head, Some(old)) = (side, old) {
        guard_syntax::mark_elisions(&mut facts, file, old.as_bytes(), text.as_bytes());
    }
    Some(facts)
}

/// References and what should follow them: declared in the policy, or named by comments.
fn pairs(policy: &Policy, base: &Files, head: &Files) -> Vec<PairEvidence> {
    let read = |side: Side, path: &str| {
        let files = if side == Side::Base { base } else { head };
        files.get(path).map(|text| text.clone().into_bytes())
    };
    let mut wanted: Vec<Wanted> = Vec::new();
    for pair in &policy.pairs {
        wanted.extend(pair.implementations.iter().map(|implementation| Wanted {
            reference: Target::of(&pair.reference),
            implementation: Target::of(implementation),
            allowed: Allowed { renames: pair.rename.clone(), asynchronous: pair.allow_async },
            origin: PairOrigin::Declared,
            said: "guard.toml".into(),
        }));
    }
    for (path, text) in head {
        let links = links(path, text, &|path| head.contains_key(path));
        wanted.extend(links.into_iter().map(|link| Wanted {
            said: format!("{path}:{}", link.line),
            allowed: Allowed { renames: link.renames, asynchronous: false },
            origin: link.origin,
            reference: link.reference,
            implementation: link.implementation,
        }));
    }
    let found = wanted.iter().filter_map(|one| over_change(one, &read).ok());
    found.filter(|pair| pair.reference_changed || pair.implementation_changed).collect()
}

/// Repeated edits, as collecting finds them.
fn sites(evidence: &Evidence, base: &Files, head: &Files) -> Option<SitesEvidence> {
    let facts = |side: Side, path: &str| evidence.sources.iter().find(|f| f.side == side && f.path == path);
    let changed: Vec<sites::Changed<'_>> = evidence
        .change
        .files
        .iter()
        .filter(|f| !f.hunks.is_empty())
        .filter_map(|f| {
            Some(sites::Changed {
                base_path: f.base_path(),
                path: &f.path,
                base: base.get(f.base_path())?.as_bytes(),
                head: head.get(&f.path)?.as_bytes(),
                hunks: &f.hunks,
                base_facts: facts(Side::Base, f.base_path()),
                head_facts: facts(Side::Head, &f.path),
            })
        })
        .collect();
    let learned = sites::learn(&changed);
    let mut patterns: Vec<EditPattern> = learned.iter().map(sites::Learned::described).collect();
    for (index, file) in changed.iter().enumerate() {
        for (pattern, (done, left)) in patterns.iter_mut().zip(sites::in_changed(&learned, index, file)) {
            pattern.done.extend(done);
            pattern.left.extend(left);
        }
    }
    for (path, text) in head.iter().filter(|(path, _)| changed.iter().all(|c| c.path != path.as_str())) {
        let text = text.as_bytes();
        let Some(found) = sites::in_unchanged(&learned, path, text) else { continue };
        let facts = guard_syntax::facts(path, Side::Head, text);
        for (pattern, left) in patterns.iter_mut().zip(found.sites(&learned, path, text, facts.as_ref())) {
            pattern.left.extend(left);
        }
    }
    (!patterns.is_empty()).then_some(SitesEvidence { patterns })
}

/// New functions that repeat what exists, as collecting finds them.
fn copied(evidence: &Evidence, base: &Files, head: &Files) -> Vec<CopiedFunction> {
    let read = |side: Side, files: &Files| -> Vec<(SourceFacts, Vec<u8>)> {
        let facts = |(path, text): (&String, &String)| {
            Some((guard_syntax::facts(path, side, text.as_bytes())?, text.clone().into_bytes()))
        };
        files.iter().filter_map(facts).collect()
    };
    let (before, after) = (read(Side::Base, base), read(Side::Head, head));
    type Of = for<'f> fn(&'f SourceFacts, &'f [u8]) -> Vec<copies::Function<'f>>;
    let functions = |of: Of| -> Vec<copies::Function<'_>> {
        after.iter().flat_map(|(facts, text)| of(facts, text)).collect()
    };
    let (all, methods) = (functions(copies::candidates), functions(copies::methods));
    let changed = |path: &str| evidence.change.files.iter().any(|file| file.path == path);
    let of_change = before.iter().chain(&after).map(|it| &it.0).filter(|it| changed(&it.path));
    let left = copies::bodies_that_left(&of_change.collect::<Vec<_>>());
    let at_base = |it: &copies::Function<'_>| {
        let (facts, _) = before.iter().find(|(facts, _)| facts.path == it.facts.path)?;
        facts.items.iter().find(|old| old.qualified == it.item.qualified)
    };
    let is_new = |it: &&copies::Function<'_>| {
        let is_moved = it.item.body.as_deref().is_some_and(|body| left.contains(body));
        changed(&it.facts.path) && !is_moved && at_base(it).is_none()
    };
    let is_old = |it: &&copies::Function<'_>| at_base(it).is_some_and(|old| old.body == it.item.body);
    let package = |path: &str| copies::package_of(path, &|path| head.contains_key(path));
    let find = |new: &copies::Function<'_>| {
        let near =
            all.iter().filter(is_old).filter(|old| package(&old.facts.path) == package(&new.facts.path));
        near.filter_map(|old| copies::repeats(new, old)).next()
    };
    let find_beside = |new: &copies::Function<'_>| {
        let beside = methods.iter().filter(is_old).filter(|old| old.facts.path == new.facts.path);
        beside.filter_map(|old| copies::repeats_beside(new, old)).next()
    };
    let found = all.iter().filter(is_new).filter_map(find);
    found.chain(methods.iter().filter(is_new).filter_map(find_beside)).collect()
}

/// Where files that claims name are at head.
fn named_files(head: &Files, said: Vec<String>) -> Vec<NamedFile> {
    let find = |said: String| {
        let at_head = head.keys().filter(|path| path.ends_with(&said)).cloned().collect();
        NamedFile { said, at_head: Some(at_head), ignored: false }
    };
    said.into_iter().map(find).collect()
}

/// Where names that claims mention stand at head.
fn lookups(evidence: &Evidence, head: &Files, wanted: Vec<String>) -> Vec<Lookup> {
    let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let has = |line: &str, text: &str| {
        line.match_indices(text).any(|(at, _)| {
            let (before, after) = (line[..at].chars().next_back(), line[at + text.len()..].chars().next());
            !part_of_word(before) && !part_of_word(after)
        })
    };
    let look_up = |text: String| {
        let of_file = |(path, all): (&String, &String)| {
            let lines = all.lines().zip(1u32..).filter(|(line, _)| has(line, &text));
            lines.map(|(_, line)| Place { path: path.clone(), line }).collect::<Vec<_>>()
        };
        let places: Vec<Place> = head.iter().flat_map(of_file).collect();
        let source = places.iter().filter(|p| Language::of_path(&p.path).is_some()).count() as u64;
        let touched = places.iter().filter(|p| evidence.change.file(&p.path).is_some()).count() as u64;
        Lookup { lines: Some(places.len() as u64), in_source: source, in_change: touched, places, text }
    };
    wanted.into_iter().map(look_up).collect()
}

/// Inputs of tests and callers of functions, as collecting measures them; every file of head is at hand.
fn reality(evidence: &Evidence, head: &Files) -> Reality {
    let wanted = claims::wanted_reality(&claims::extract(evidence), evidence);
    let facts: Vec<(SourceFacts, &String)> = head
        .iter()
        .filter_map(|(path, text)| Some((guard_syntax::facts(path, Side::Head, text.as_bytes())?, text)))
        .collect();
    let files: Vec<extents::File<'_>> =
        facts.iter().map(|(facts, text)| extents::File { facts, text }).collect();
    let tests: Vec<extents::At<'_>> = wanted.tests.iter().map(|(p, l)| (p.as_str(), *l)).collect();
    let functions: Vec<extents::At<'_>> = wanted.functions.iter().map(|(p, l)| (p.as_str(), *l)).collect();
    let counted = |(path, text): (&String, &String)| {
        let facts = guard_syntax::facts(path, Side::Head, text.as_bytes())?;
        let ignored = facts.tests.iter().filter(|t| t.ignored.is_some()).count() as u64;
        Some(FileTests { path: path.clone(), tests: facts.tests.len() as u64, ignored })
    };
    let census = wanted.census.then(|| head.iter().filter_map(counted).collect());
    Reality { extents: extents::extents(&files, &tests), uses: mentions::uses(&files, &functions), census }
}

/// Puts `over` on top of `value`: objects are merged, everything else is replaced.
fn merge(value: &mut Value, over: Value) {
    match (value, over) {
        (Value::Object(value), Value::Object(over)) => {
            for (key, o) in over {
                merge(value.entry(key).or_insert(Value::Null), o);
            }
        }
        (value, over) => *value = over,
    }
}

fn say(words: &mut Words, kind: StatementKind, text: &str, place: &str) {
    let format =
        if kind == StatementKind::Commit { WordsFormat::CommitMessage } else { WordsFormat::Message };
    words.inputs.push(input(format, place));
    words.statements.push(Statement {
        kind,
        speaker: Speaker::Agent,
        text: text.trim_end().to_owned(),
        place: place.to_owned(),
        order: 1000 + words.statements.len() as u32,
        time: None,
    });
}

pub(crate) fn input(format: WordsFormat, place: &str) -> WordsInput {
    WordsInput {
        format,
        place: place.to_owned(),
        reason: "given".into(),
        agent: None,
        session: None,
        records: 1,
        unknown_records: 0,
        broken_records: 0,
        remarks: Vec::new(),
    }
}

type Files = BTreeMap<String, String>;

fn changes(base: &Files, head: &Files, from: &Files) -> Vec<FileChange> {
    let mut out = Vec::new();
    for (path, new) in head {
        let old_path = from.get(path);
        let old = base.get(old_path.unwrap_or(path));
        if old == Some(new) && old_path.is_none() {
            continue;
        }
        let kind = match (old, old_path) {
            (None, _) => ChangeKind::Added,
            (Some(_), Some(_)) => ChangeKind::Renamed,
            (Some(_), None) => ChangeKind::Modified,
        };
        out.push(file(kind, path, old_path.cloned(), old.map_or("", String::as_str), new));
    }
    for (path, old) in base {
        if !head.contains_key(path) && !from.values().any(|f| f == path) {
            out.push(file(ChangeKind::Deleted, path, None, old, ""));
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn file(kind: ChangeKind, path: &str, old_path: Option<String>, old: &str, new: &str) -> FileChange {
    let hunks: Vec<Hunk> = TextDiff::from_lines(old, new).ops().iter().filter_map(hunk).collect();
    let mode = |there: bool| there.then(|| "100644".to_owned());
    FileChange {
        kind,
        path: path.to_owned(),
        old_path,
        old_mode: mode(kind != ChangeKind::Added),
        new_mode: mode(kind != ChangeKind::Deleted),
        old_oid: None,
        new_oid: None,
        content: FileKind::Text,
        language: Language::of_path(path),
        added: hunks.iter().map(|h| h.new_lines).sum(),
        removed: hunks.iter().map(|h| h.old_lines).sum(),
        hunks,
    }
}

fn hunk(op: &DiffOp) -> Option<Hunk> {
    if matches!(op, DiffOp::Equal { .. }) {
        return None;
    }
    let (old, new) = (op.old_range(), op.new_range());
    // A start with zero lines names the line before the gap.
    let start = |r: &std::ops::Range<usize>| (if r.is_empty() { r.start } else { r.start + 1 }) as u32;
    Some(Hunk {
        old_start: start(&old),
        old_lines: old.len() as u32,
        new_start: start(&new),
        new_lines: new.len() as u32,
    })
}

fn lines(file: &FileChange, base: &str, head: &str) -> ChangedLines {
    let numbered = |text: &str, kept: &dyn Fn(&Hunk) -> (u32, u32)| {
        let all = text.lines().zip(1u32..);
        let inside = |line: u32| {
            file.hunks.iter().map(kept).any(|(start, count)| line >= start && line < start + count)
        };
        all.filter(|(_, line)| inside(*line))
            .map(|(text, line)| NumberedLine { line, text: text.to_owned() })
            .collect()
    };
    ChangedLines {
        path: file.path.clone(),
        removed: numbered(base, &|h| (h.old_start, h.old_lines)),
        added: numbered(head, &|h| (h.new_start, h.new_lines)),
        cut: false,
    }
}

fn snippet(side: Side, path: &str, text: &str) -> Snippet {
    Snippet { path: path.to_owned(), side, first_line: 1, lines: text.lines().map(str::to_owned).collect() }
}

fn empty() -> Evidence {
    let snapshot = |name: &str| Snapshot {
        kind: SnapshotKind::Commit,
        commit: Some(name.repeat(10)),
        tree: name.repeat(10),
        name: name.to_owned(),
    };
    Evidence {
        schema_version: SCHEMA_VERSION,
        guard: "0.1.0".into(),
        mode: Mode::Quick,
        parts: None,
        today: "2026-01-31".into(),
        repository: "example".into(),
        policy: policy(),
        policy_source: "built-in default".into(),
        head_policy: None,
        change: Change {
            base: snapshot("ba5e"),
            head: snapshot("4ead"),
            base_reason: "--base".into(),
            merge_base: None,
            files: Vec::new(),
            commits: Vec::new(),
        },
        words: Words::default(),
        sources: Vec::new(),
        lines: Vec::new(),
        lookups: Vec::new(),
        named_files: Vec::new(),
        reality: Reality::default(),
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

fn policy() -> Policy {
    Policy {
        preset: "default".into(),
        fail_on: Level::Deny,
        mode: Mode::Commit,
        on_inconclusive: HookReaction::Allow,
        on_error: HookReaction::Allow,
        levels: BTreeMap::new(),
        require: Vec::new(),
        budget: Budget::default(),
        limits: Limits { build_s: 1200, test_s: 600, memory_mib: 8192, output_mib: 256, reruns: 2 },
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
    }
}
