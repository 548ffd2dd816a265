//! The main job: collect the evidence, judge it, keep both.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use guard_checks::claims;
use guard_collect::index::Index;
use guard_collect::lab::mutants::{Until, Wanted};
use guard_collect::lab::parts::Shard;
use guard_collect::lab::{self, RunDir, Scratch};
use guard_collect::recall::Recall;
use guard_collect::repo::{GitEnv, Observed, Repo, Spec, What};
use guard_collect::session::{self, HomeDirs};
use guard_collect::{
    Progress, Surroundings, Texts, copies, default_features, lines, mutation, pairs, policy, reality, sites,
    sources,
};
use guard_exec::Control;
use guard_model::evidence::{Phase, PolicyEdit};
use guard_model::lab::LabEvidence;
use guard_model::mutants::MutantRun;
use guard_model::policy::{HookReaction, PathPolicy};
use guard_model::{Change, Commit, Evidence, Mode, Policy, Report, SCHEMA_VERSION, Timings, Words};

use crate::cli::{CheckArgs, WordsArgs};
use crate::presets::presets;

/// Name of the policy file at the root of a repository.
pub const POLICY_FILE: &str = "guard.toml";

/// Names of files whose changed lines are read whatever is said: cargo's manifests and lists of hooks.
const READ_ALWAYS: [&str; 4] =
    ["Cargo.toml", ".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"];

/// Bytes of the policy file that are read at most.
const MAX_INPUT: u64 = 16 << 20;

/// What every command needs of the process.
pub struct Place<'a> {
    /// The machine.
    pub surroundings: &'a Surroundings,
    /// The run's hand on its children.
    pub ctl: &'a Control,
    /// Who is told what is going on.
    pub progress: &'a dyn Progress,
}

/// A finished check.
pub struct Checked {
    /// The report.
    pub report: Report,
    /// What it stands on.
    pub evidence: Evidence,
    /// Where both are kept.
    pub run: RunDir,
}

/// Checks a change as asked.
pub fn check(args: &CheckArgs, place: &Place<'_>) -> Result<Checked> {
    let begun = Instant::now();
    let mut phases = Phases::default();

    let (repo, scratch) = open(args.repo.as_deref(), place)?;
    let Observed { change, gaps: change_gaps } =
        phases.time("read the change", || repo.change(&spec(args)))?;
    let (mut policy, policy_source) = read_policy(args, &repo, &change)?;
    let mode = args.mode.unwrap_or(if args.shard.is_some() { Mode::Ci } else { policy.mode });
    if args.shard.is_some() && mode != Mode::Ci {
        bail!("--shard is for the mode ci, in which every part measures the same; leave --mode out");
    }
    if mode == Mode::Quick && !args.mutants_report.is_empty() {
        bail!(
            "--mutants-report says nothing in the mode quick: use --mode commit or ci, or `guard mutants --mutants-report PATH`"
        );
    }
    let mut head_policy = read_head_policy(&repo, &change);
    if args.offline {
        set_offline(&mut policy, head_policy.as_mut());
    }
    let words = phases.time("read the words", || read_words(&args.words, &repo, &change, place))?;
    let recall = recall(args, &scratch, place);
    let mut texts = phases.time("read the files", || Texts::of_sources(&repo, &change));
    // Comparing waits for git to search the tree, mostly: the rest is read meanwhile.
    let mut beside = Phases::default();
    let (
        (pairs, pairs_gaps),
        (facts, syntax_gaps),
        (reach, reach_gaps),
        (repeated, sites_gaps),
        (copied, copies_gaps),
    ) = thread::scope(|scope| {
        let compared = scope.spawn(|| {
            beside.time("compare with references", || {
                pairs::read_pairs(&repo, &change, &policy, &words, &recall)
            })
        });
        let syntax = phases.time("read the syntax", || {
            let mut read = sources::read_facts(&texts, &change, &policy, &recall);
            default_features::lift(&repo, &texts, &change, &policy, &mut read.0);
            read
        });
        let reach = phases
            .time("find what is built", || sources::read_reach(&repo, &texts, &change, &syntax.0, &policy));
        let repeated = if guard_checks::wants_sites(&policy) {
            phases.time("look for repeated edits", || {
                sites::read_sites(&repo, &texts, &change, &syntax.0, &policy, &recall)
            })
        } else {
            Default::default()
        };
        let copied = if guard_checks::wants_copies(&policy) {
            phases.time("look for what exists", || {
                let index =
                    || if args.fresh { Index::default() } else { Index::load(&scratch.index(), place.ctl) };
                copies::read_copies(&repo, &texts, &change, &syntax.0, &policy, index, &recall)
            })
        } else {
            Default::default()
        };
        let compared = compared.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (compared, syntax, reach, repeated, copied)
    });
    phases.done.extend(beside.done);

    let mut gaps = change_gaps;
    gaps.extend(pairs_gaps);
    gaps.extend(syntax_gaps);
    gaps.extend(reach_gaps);
    gaps.extend(sites_gaps);
    gaps.extend(copies_gaps);
    gaps.extend(session::gaps(&words));
    let run = new_run(args, &scratch)?;
    let mut evidence = Evidence {
        words,
        sources: facts,
        reach,
        sites: repeated,
        pairs,
        copies: copied,
        ..bare_evidence(&repo, change, policy, policy_source, mode)
    };
    evidence.head_policy = head_policy;
    evidence.parts = args.shard.map(lab::parts::of);
    let said = phases.time("read what is claimed", || claims::extract(&evidence));
    phases.time("look up what is claimed", || {
        if !said.is_empty() {
            texts.load_all(&repo, &evidence.change);
            evidence.lines = lines::read_lines(&texts, &evidence.change);
            let sought = claims::sought(&said, &evidence);
            evidence.lookups = lines::look_up(&repo, &evidence.change, &sought.names);
            evidence.named_files = lines::find_files(&repo, &evidence.change, &sought.files);
            let wanted = claims::wanted_reality(&said, &evidence);
            if !wanted.is_empty() {
                let code = reality::Code { repo: &repo, texts: &texts, change: &evidence.change };
                evidence.reality = code.read(&evidence.sources, &wanted.tests, &wanted.functions);
                if wanted.census {
                    evidence.reality.census = code.census(&evidence.sources);
                }
            }
        } else {
            // What became of features and of hooks is asked whatever is said.
            for name in READ_ALWAYS {
                texts.load_named(&repo, &evidence.change, name);
                evidence.lines.extend(lines::read_lines_of(&texts, &evidence.change, name));
            }
        }
    });
    if mode != Mode::Quick {
        // A log that cannot be written is missed only by who looks for it.
        let _ = place.ctl.log_commands(&run.log("commands"));
        // A report that cannot be read is said before anything is built. Of several parts one has it.
        let is_reader = !args.mutants_report.is_empty() && args.shard.is_none_or(Shard::is_first);
        let reported = is_reader.then(|| read_mutants(args, &repo, &evidence)).transpose()?;
        let wants = guard_checks::wants(&said, &evidence);
        let found = lab::run(&lab::Request {
            repo: &repo,
            change: &evidence.change,
            sources: &evidence.sources,
            reach: &evidence.reach,
            policy: &evidence.policy,
            mode,
            surroundings: place.surroundings,
            ctl: place.ctl,
            scratch: &scratch,
            run: &run,
            progress: place.progress,
            wants_base: wants.base,
            wants_cells: wants.cells,
            wants_benches: wants.benches,
            wants_lints: wants.lints,
            wants_mutants: wants.mutants && args.mutants_report.is_empty(),
            reuse: !args.fresh,
            shard: args.shard,
        });
        gaps.extend(found.gaps);
        evidence.lab = found.evidence;
        // Where nothing could be run, the reason stands for mutants as well.
        if let (Some(lab), Some(reported)) = (&mut evidence.lab, reported) {
            lab.mutants = Some(reported);
        }
        gaps.extend(evidence.lab.iter().flat_map(|l| &l.mutants).flat_map(|m| m.gaps.clone()));
        phases.done.extend(found.phases);
    }
    if place.ctl.is_interrupted() {
        bail!(Interrupted);
    }
    evidence.gaps = gaps;
    evidence.timings.phases = phases.done;
    evidence.timings.collect_ms = millis(begun);

    let judging = Instant::now();
    let report = guard_checks::judge(&evidence, &evidence.policy);
    evidence.timings.check_ms = millis(judging);
    conclude(report, evidence, run, &repo)
}

/// Collects what repeated edits are judged by, and nothing else.
pub fn repeated_edits(args: &CheckArgs, place: &Place<'_>) -> Result<Evidence> {
    let (repo, scratch) = open(args.repo.as_deref(), place)?;
    let recall = recall(args, &scratch, place);
    let Observed { change, gaps } = repo.change(&spec(args))?;
    let (policy, policy_source) = read_policy(args, &repo, &change)?;
    let words = read_words(&args.words, &repo, &change, place)?;
    let texts = Texts::of_sources(&repo, &change);
    let (facts, _) = sources::read_facts(&texts, &change, &policy, &recall);
    let (repeated, _) = sites::read_sites(&repo, &texts, &change, &facts, &policy, &recall);
    let bare = bare_evidence(&repo, change, policy, policy_source, Mode::Quick);
    Ok(Evidence { words, sources: facts, sites: repeated, gaps, ..bare })
}

/// The checks that `guard mutants` speaks for.
const OF_MUTANTS: [&str; 2] = ["missed-mutant", "uncovered-change"];

/// Tests mutants of a change, and nothing else; without a limit of time if so asked.
pub fn mutants(args: &CheckArgs, mut wanted: Wanted, no_budget: bool, place: &Place<'_>) -> Result<Checked> {
    let begun = Instant::now();
    let (repo, scratch) = open(args.repo.as_deref(), place)?;
    let Observed { change, gaps } = repo.change(&spec(args))?;
    let (policy, policy_source) = read_policy(args, &repo, &change)?;
    let mode = args.mode.unwrap_or(policy.mode).max(Mode::Commit);
    let seconds = if mode == Mode::Ci { policy.budget.ci_s } else { policy.budget.commit_s };
    let budget = seconds.filter(|_| !no_budget).map(Duration::from_secs);
    wanted.until = budget.map_or(Until::Done, Until::AfterBuild);
    let run = new_run(args, &scratch)?;
    // A log that cannot be written is missed only by who looks for it.
    let _ = place.ctl.log_commands(&run.log("commands"));
    let mut evidence = bare_evidence(&repo, change, policy, policy_source, mode);
    evidence.gaps = gaps;
    if !args.mutants_report.is_empty() {
        let reported = read_mutants(args, &repo, &evidence)?;
        evidence.gaps.extend(reported.gaps.clone());
        evidence.lab = Some(LabEvidence { mutants: Some(reported), ..LabEvidence::default() });
        evidence.timings.collect_ms = millis(begun);
        return conclude_mutants(evidence, run, &repo);
    }
    let request = lab::Request {
        repo: &repo,
        change: &evidence.change,
        sources: &[],
        reach: &[],
        policy: &evidence.policy,
        mode,
        surroundings: place.surroundings,
        ctl: place.ctl,
        scratch: &scratch,
        run: &run,
        progress: place.progress,
        wants_base: false,
        wants_cells: false,
        wants_benches: false,
        wants_lints: false,
        wants_mutants: true,
        reuse: !args.fresh,
        shard: None,
    };
    let found = lab::mutants::run(&request, &wanted);
    if place.ctl.is_interrupted() {
        bail!(Interrupted);
    }
    evidence.gaps.extend(found.gaps);
    evidence.gaps.extend(found.evidence.iter().flat_map(|l| &l.mutants).flat_map(|m| m.gaps.clone()));
    evidence.lab = found.evidence;
    evidence.timings.phases = found.phases;
    evidence.timings.collect_ms = millis(begun);
    conclude_mutants(evidence, run, &repo)
}

fn conclude_mutants(evidence: Evidence, run: RunDir, repo: &Repo) -> Result<Checked> {
    let report = guard_checks::judge_by(&evidence, &evidence.policy, &|name| OF_MUTANTS.contains(&name));
    conclude(report, evidence, run, repo)
}

/// What other tools say of mutants.
fn read_mutants(args: &CheckArgs, repo: &Repo, evidence: &Evidence) -> Result<MutantRun> {
    Ok(mutation::read(&args.mutants_report, repo, &evidence.change, &evidence.policy)?)
}

/// What earlier runs read, unless this one is to do without.
fn recall(args: &CheckArgs, scratch: &Scratch, place: &Place<'_>) -> Recall {
    if args.fresh { Recall::none() } else { Recall::open(&scratch.read(), place.ctl) }
}

fn new_run(args: &CheckArgs, scratch: &Scratch) -> Result<RunDir> {
    match &args.out {
        Some(dir) => RunDir::create(dir.clone())
            .with_context(|| format!("--out {}: it must be a directory that can be written", dir.display())),
        None => Ok(scratch.new_run(&run_id())?),
    }
}

/// Evidence of which nothing is collected yet.
fn bare_evidence(repo: &Repo, change: Change, policy: Policy, policy_source: String, mode: Mode) -> Evidence {
    Evidence {
        schema_version: SCHEMA_VERSION,
        guard: env!("CARGO_PKG_VERSION").to_owned(),
        mode,
        parts: None,
        today: jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d").to_string(),
        repository: repo.name(),
        policy,
        policy_source,
        head_policy: None,
        change,
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

/// Judges the evidence of several runs together, and keeps it as one.
pub fn conclude_merged(
    evidence: Evidence,
    dir: Option<&Path>,
    out: Option<&Path>,
    place: &Place<'_>,
) -> Result<Checked> {
    let (repo, scratch) = open(dir, place)?;
    let args = CheckArgs { out: out.map(Path::to_owned), ..CheckArgs::default() };
    let run = new_run(&args, &scratch)?;
    let report = guard_checks::judge(&evidence, &evidence.policy);
    conclude(report, evidence, run, &repo)
}

/// Completes the report with what only the repository knows, and keeps everything.
fn conclude(mut report: Report, mut evidence: Evidence, run: RunDir, repo: &Repo) -> Result<Checked> {
    evidence.snippets = sources::read_snippets(repo, &evidence.change, &report.findings, quoted(&report));
    report.timings = evidence.timings.clone();
    report.snippets = evidence.snippets.clone();
    report.out = Some(run.path().display().to_string());
    match keep(&run, &evidence, &report) {
        // What was found is told all the same.
        Err(error) if is_disk_full(&error) => {
            for name in KEPT {
                let _ = fs::remove_file(run.path().join(name));
            }
            report.out = None;
        }
        kept => kept?,
    }
    Ok(Checked { report, evidence, run })
}

/// Lines of head that reports quote beside those of findings: what was left out, and where references and what follows
/// them differ.
fn quoted(report: &Report) -> Vec<(String, u32, u32)> {
    let sites = report.sites.iter().flatten().flat_map(|group| &group.residual);
    let sites = sites.map(|site| (site.path.clone(), site.line, site.line));
    let pairs = report.pairs.iter().flatten().flat_map(|pair| {
        pair.points.iter().flat_map(move |point| {
            let here = point.line.map(|n| (pair.implementation.path.clone(), n, point.end_line.unwrap_or(n)));
            let there =
                point.ref_line.map(|n| (pair.reference.path.clone(), n, point.ref_end_line.unwrap_or(n)));
            here.into_iter().chain(there)
        })
    });
    sites.chain(pairs).collect()
}

/// The marker of a run that the user ended.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Opens the repository and its part of the scratch area.
pub fn open(dir: Option<&Path>, place: &Place<'_>) -> Result<(Repo, Scratch)> {
    let cache = place
        .surroundings
        .cache_dir()
        .context("there is no place for the scratch area: neither HOME nor GUARD_CACHE_DIR is set")?;
    Scratch::prepare(&cache)?;
    // A hook's own variables speak of the repository that it runs in, not of one that is named.
    let env = match dir {
        Some(_) => GitEnv::from_vars(place.surroundings.all().filter(|(name, _)| !names_a_repository(name))),
        None => GitEnv::from_vars(place.surroundings.all()),
    };
    let dir = dir.unwrap_or(Path::new("."));
    let repo = Repo::open_with(dir, &env, |id| Scratch::store_of(&cache, id), place.ctl)?;
    let scratch = Scratch::open(&cache, &repo.id())?;
    Ok((repo, scratch))
}

fn names_a_repository(name: &OsStr) -> bool {
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"]
        .iter()
        .any(|n| name == *n)
}

fn spec(args: &CheckArgs) -> Spec {
    let what = match (&args.head, args.staged) {
        (Some(_), _) => What::Range,
        (None, true) => What::Staged,
        (None, false) => What::Worktree,
    };
    Spec {
        what,
        base: args.base.clone(),
        head: args.head.clone(),
        merge_base: !args.exact_base,
        snapshot: args.snapshot.clone(),
        amend: args.amend,
    }
}

/// The policy in force: `--policy`, else base's `guard.toml`, else the built-in default. Base's,
/// because a change must not choose how it is judged.
pub fn policy_of(args: &CheckArgs, repo: &Repo, change: &Change) -> Result<Policy> {
    Ok(read_policy(args, repo, change)?.0)
}

/// The same, and where it is from.
fn read_policy(args: &CheckArgs, repo: &Repo, change: &Change) -> Result<(Policy, String)> {
    match &args.policy {
        Some(path) => Ok((parse_policy_file(path)?, path.display().to_string())),
        None => read_base_policy(repo, change, args.preset),
    }
}

/// `--offline` holds for this run whatever the policy says; what base and head differ in stays as it is.
fn set_offline(base: &mut Policy, head: Option<&mut PolicyEdit>) {
    if let Some(head) = head.and_then(|edit| edit.policy.as_mut()).filter(|_| !base.sandbox.offline) {
        head.sandbox.offline = true;
    }
    base.sandbox.offline = true;
}

fn read_base_policy(repo: &Repo, change: &Change, preset: Option<&str>) -> Result<(Policy, String)> {
    Ok(match repo.tree(&change.base.tree).read(POLICY_FILE, MAX_INPUT)? {
        Some(bytes) => {
            let text =
                String::from_utf8(bytes).with_context(|| format!("{POLICY_FILE} at base is not UTF-8"))?;
            let name = format!("{POLICY_FILE} at {}", change.base.name);
            (parse_policy(&text, &name)?, name)
        }
        None => match preset {
            Some(preset) => {
                let name = format!("built-in {preset}");
                (parse_policy(&format!("preset = \"{preset}\"\n"), &name)?, name)
            }
            None => (default_policy()?, "built-in default".to_owned()),
        },
    })
}

/// Which paths a tree's policy calls generated, vendored and so on; the default where it cannot be read.
pub fn paths_of(repo: &Repo, tree: &str) -> Result<PathPolicy> {
    let text = repo.tree(tree).read(POLICY_FILE, MAX_INPUT)?.and_then(|bytes| String::from_utf8(bytes).ok());
    let policy = text.and_then(|text| parse_policy(&text, POLICY_FILE).ok());
    Ok(policy.map_or_else(default_policy, Ok)?.paths)
}

/// Reads and resolves a policy file.
pub fn parse_policy_file(path: &Path) -> Result<Policy> {
    let text = read_text(path)?;
    parse_policy(&text, &path.display().to_string())
}

/// The policy where there is none.
pub fn default_policy() -> Result<Policy> {
    parse_policy("", POLICY_FILE)
}

/// What base's policy says a git hook does when guard cannot check. Lenient: without a readable policy
/// nothing is stopped.
pub fn reaction_to_errors(args: &CheckArgs, place: &Place<'_>) -> HookReaction {
    let read = || -> Result<HookReaction> {
        let (repo, _) = open(args.repo.as_deref(), place)?;
        let change = repo.change(&spec(args))?.change;
        Ok(read_policy(args, &repo, &change)?.0.on_error)
    };
    read().unwrap_or_default()
}

fn parse_policy(text: &str, name: &str) -> Result<Policy> {
    let names: Vec<&str> = guard_checks::registry().iter().map(|c| c.name).collect();
    Ok(policy::parse(text, name, &presets(), &names)?)
}

/// Head's own policy, when the change touches it.
fn read_head_policy(repo: &Repo, change: &Change) -> Option<PolicyEdit> {
    change.file(POLICY_FILE)?;
    let text = match repo.tree(&change.head.tree).read(POLICY_FILE, MAX_INPUT) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => return Some(PolicyEdit { path: POLICY_FILE.to_owned(), policy: None, error: None }),
        Err(error) => {
            return Some(PolicyEdit {
                path: POLICY_FILE.to_owned(),
                policy: None,
                error: Some(error.to_string()),
            });
        }
    };
    Some(match parse_policy(&text, POLICY_FILE) {
        Ok(policy) => PolicyEdit { path: POLICY_FILE.to_owned(), policy: Some(policy), error: None },
        Err(error) => {
            PolicyEdit { path: POLICY_FILE.to_owned(), policy: None, error: Some(error.to_string()) }
        }
    })
}

/// Everything that was said: commit messages of the range, session, message, pull request, tasks.
fn read_words(args: &WordsArgs, repo: &Repo, change: &Change, place: &Place<'_>) -> Result<Words> {
    let mut all = Vec::new();
    if let Some(path) = &args.session {
        all.push(session::read_file(path, "--session")?);
    } else if !args.no_session {
        all.push(session_of(repo, change, place)?);
    }
    all.push(session::read_commit_messages(&change.commits));
    if let Some(path) = &args.github_event {
        let place = path.display().to_string();
        let event = session::read_github_event(&read_text(path)?, &place, "--github-event");
        all.push(event.with_context(|| format!("{place} is no event with a pull request or commits"))?);
    }
    if args.pr_body.is_some() || args.pr_title.is_some() {
        let title = args.pr_title.as_deref().unwrap_or_default();
        let body = args.pr_body.as_deref().map(read_text).transpose()?.unwrap_or_default();
        let place =
            args.pr_body.as_deref().map_or_else(|| "--pr-title".to_owned(), |p| p.display().to_string());
        all.push(session::read_pull_request(
            title,
            &body,
            &place,
            if args.pr_body.is_some() { "--pr-body" } else { "--pr-title" },
        ));
    }
    if let Some(path) = &args.tasks {
        all.push(session::read_task_list(&read_text(path)?, &path.display().to_string(), "--tasks"));
    }
    if let Some(path) = &args.commit_message {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        all.push(future_commit(name, without_comments(&read_text(path)?)));
    }
    if let Some(message) = &args.heard.commit_message {
        all.push(future_commit("the commit message".to_owned(), message.clone()));
    }
    if let Some((subject, description)) = &args.heard.task {
        all.push(session::read_completed_task(
            subject,
            description,
            "the completed task",
            "the hook's event",
        ));
    }
    if let Some(message) = &args.heard.message {
        all.push(session::read_message(message, "the final message", "the hook's event"));
    }
    if let Some(path) = &args.message {
        all.push(session::read_message(&read_text(path)?, &path.display().to_string(), "--message"));
    }
    Ok(session::merge(all))
}

/// The message of a commit that is not made yet.
fn future_commit(id: String, message: String) -> Words {
    let commit = Commit { id, parents: Vec::new(), author: String::new(), message };
    session::read_commit_messages(&[commit])
}

/// What git will record of a message file: no comment lines, nothing below the scissors.
/// Source: git-commit(1), `--cleanup`.
fn without_comments(text: &str) -> String {
    text.lines()
        .take_while(|l| {
            !(l.starts_with('#') && l.contains("------------------------ >8 ------------------------"))
        })
        .filter(|l| !l.starts_with('#'))
        .map(|l| format!("{l}\n"))
        .collect()
}

/// The newest session of this repository; words that say why not, when there is none.
pub fn newest_session(repo: &Repo, place: &Place<'_>) -> Result<Words> {
    let found = session::find_newest(&tops(repo), &HomeDirs::of(place.surroundings));
    match found.sessions.first() {
        Some(newest) => Ok(session::read_file(&newest.path, &found.why)?),
        None => Ok(Words { no_session: Some(found.why), ..Words::default() }),
    }
}

/// The newest session that is of this change; words that say why not, when there is none.
fn session_of(repo: &Repo, change: &Change, place: &Place<'_>) -> Result<Words> {
    let tops = tops(repo);
    let found = session::find_newest(&tops, &HomeDirs::of(place.surroundings));
    if found.sessions.is_empty() {
        return Ok(Words { no_session: Some(found.why), ..Words::default() });
    }
    let changed_since = |path: &str, time: i64| repo.changed_since(change, path, time);
    let work = session::Work { tops: &tops, change, span: repo.span(change), changed_since: &changed_since };
    let mut refused = None;
    for one in &found.sessions {
        let reason = if refused.is_none() { &found.why } else { "newest session of this change" };
        let words = session::read_file(&one.path, reason)?;
        let Some(why) = work.refuses(&words, one.cwd.as_deref(), one.modified) else { return Ok(words) };
        let name = one.path.file_name().unwrap_or_default().display();
        refused.get_or_insert_with(|| format!("the newest session is of other work: {name} {why}"));
    }
    Ok(Words { no_session: refused, ..Words::default() })
}

/// The top of the work tree, as it is named and as it is.
fn tops(repo: &Repo) -> Vec<PathBuf> {
    let top = repo.top().map(Path::to_owned);
    let real =
        top.as_ref().and_then(|top| fs::canonicalize(top).ok()).filter(|real| Some(real) != top.as_ref());
    top.into_iter().chain(real).collect()
}

/// Files of a run directory.
const KEPT: [&str; 2] = ["evidence.json", "report.json"];

fn is_disk_full(error: &anyhow::Error) -> bool {
    let of_disk = |e: &std::io::Error| e.kind() == std::io::ErrorKind::StorageFull;
    error.chain().any(|e| e.downcast_ref::<std::io::Error>().is_some_and(of_disk))
}

/// Writes evidence and report into the run directory.
fn keep(run: &RunDir, evidence: &Evidence, report: &Report) -> Result<()> {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = run.path().join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    let [evidence_name, report_name] = KEPT;
    write(evidence_name, serde_json::to_vec(evidence)?)?;
    write(report_name, serde_json::to_vec_pretty(report)?)
}

/// Reads a text file that a person named.
pub fn read_text(path: &Path) -> Result<String> {
    let meta = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if meta.len() > MAX_INPUT {
        bail!("{} is larger than the {} MiB that are read", path.display(), MAX_INPUT >> 20);
    }
    let bytes = session::read_bytes(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.contains(&0) {
        bail!("{} is no text: it holds NUL bytes", path.display());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Sorts by time; unique on this machine.
fn run_id() -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3f");
    format!("{now}-{}", std::process::id())
}

fn millis(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Times the phases of collecting that are over too quickly to be told of.
#[derive(Default)]
struct Phases {
    done: Vec<Phase>,
}

impl Phases {
    fn time<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let value = work();
        self.done.push(Phase { name: name.to_owned(), ms: millis(begun) });
        value
    }
}
