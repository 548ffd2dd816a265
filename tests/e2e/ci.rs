//! The GitHub Action: its `run` steps are taken from action.yml and run, with an event of the shape that GitHub records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::project::Project;

const LIBRARY: &str = "pub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_one() {\n        assert_eq!(super::one(), 1);\n    }\n}\n";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// One step of a composite action.
#[derive(Debug, Default)]
struct Step {
    name: String,
    run: Option<String>,
    uses: Option<String>,
    when: String,
    env: Vec<(String, String)>,
}

/// The steps, as far as this file's own layout goes: every key on its line, `run` as a line or a block.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines().skip_while(|l| l.trim() != "steps:").skip(1).peekable();
    let mut in_env = false;
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let line = match line.trim_start().strip_prefix("- ") {
            Some(rest) => {
                steps.push(Step::default());
                rest
            }
            None => line.trim_start(),
        };
        let Some(step) = steps.last_mut() else { continue };
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if indent > 6 && in_env {
            step.env.push((key.to_owned(), value.to_owned()));
            continue;
        }
        in_env = key == "env";
        match key {
            "name" => step.name = value.to_owned(),
            "if" => step.when = value.to_owned(),
            "uses" => step.uses = Some(value.to_owned()),
            "run" if value == "|" => {
                let mut block = String::new();
                while let Some(line) =
                    lines.peek().filter(|l| l.trim().is_empty() || l.starts_with("        "))
                {
                    block.push_str(line.get(8..).unwrap_or_default());
                    block.push('\n');
                    lines.next();
                }
                step.run = Some(block);
            }
            "run" => step.run = Some(value.to_owned()),
            _ => {}
        }
    }
    steps
}

/// A runner: its files, and what expressions stand for.
struct Runner<'a> {
    project: &'a Project,
    event: Value,
    inputs: BTreeMap<&'static str, String>,
    steps: Vec<Step>,
    outputs: BTreeMap<String, String>,
}

impl<'a> Runner<'a> {
    fn new(project: &'a Project, event: Value, inputs: &[(&'static str, &str)]) -> Runner<'a> {
        let mut all: BTreeMap<&str, String> = [
            ("what", "check"),
            ("shard", ""),
            ("mode", "commit"),
            ("inconclusive", "fail"),
            ("sarif", "true"),
            ("comment", "true"),
            ("guard", env!("CARGO_BIN_EXE_guard")),
        ]
        .map(|(k, v)| (k, v.to_owned()))
        .into();
        all.extend(inputs.iter().map(|(k, v)| (*k, (*v).to_owned())));
        std::fs::create_dir_all(project.beside("temp")).unwrap();
        std::fs::write(project.beside("event.json"), event.to_string()).unwrap();
        let steps = steps(&std::fs::read_to_string(root("action.yml")).unwrap());
        Runner { project, event, inputs: all, steps, outputs: BTreeMap::new() }
    }

    /// What an expression of `env` stands for.
    fn value(&self, text: &str) -> String {
        let Some(expression) = text.strip_prefix("${{ ").and_then(|t| t.strip_suffix(" }}")) else {
            return text.to_owned();
        };
        if let Some(name) = expression.strip_prefix("inputs.") {
            return self.inputs[name].clone();
        }
        if let Some(path) = expression.strip_prefix("github.event") {
            let value = self.event.pointer(&path.replace('.', "/")).unwrap_or(&Value::Null);
            return value.as_str().map_or_else(
                || if value.is_null() { String::new() } else { value.to_string() },
                str::to_owned,
            );
        }
        match expression {
            "steps.check.outputs.verdict" => self.outputs.get("verdict").cloned().unwrap_or_default(),
            "steps.check.outputs.artifact" => self.outputs.get("artifact").cloned().unwrap_or_default(),
            "github.repository" => "o/r".to_owned(),
            "github.token" => "t".to_owned(),
            other => panic!("nobody said what {other} is"),
        }
    }

    /// Whether a step runs: conditions joined by `&&`.
    fn is_on(&self, step: &Step) -> bool {
        step.when.split(" && ").filter(|c| !c.is_empty() && *c != "always()").all(|condition| {
            let (left, equal, right) = match condition.split_once(" == ") {
                Some((left, right)) => (left, true, right),
                None => {
                    let (left, right) = condition.split_once(" != ").unwrap();
                    (left, false, right)
                }
            };
            let left = match left {
                "steps.cache.outputs.cache-hit" => String::new(),
                left => self.value(&format!("${{{{ {left} }}}}")),
            };
            (left == right.trim_matches('\'')) == equal
        })
    }

    /// Runs all `run` steps until one fails; the exit code of the last one, and everything that was printed.
    fn go(&mut self) -> (i32, String) {
        let temp = self.project.beside("temp");
        let file = |name: &str| temp.join(name).display().to_string();
        let mut said = String::new();
        for step in std::mem::take(&mut self.steps) {
            let (Some(run), true) = (&step.run, self.is_on(&step)) else { continue };
            let script = temp.join("step.sh");
            std::fs::write(&script, run).unwrap();
            let paths = std::fs::read_to_string(temp.join("path")).unwrap_or_default();
            let path =
                paths.lines().chain([std::env::var("PATH").unwrap().as_str()]).collect::<Vec<_>>().join(":");
            let mut command = self.project.command("bash", &["--noprofile", "--norc", "-eo", "pipefail"]);
            command
                .arg(&script)
                .env("PATH", path)
                .env("RUNNER_TEMP", &temp)
                .env("GITHUB_ACTION_PATH", root(""))
                .env("GITHUB_PATH", file("path"))
                .env("GITHUB_OUTPUT", file("output"))
                .env("GITHUB_STEP_SUMMARY", file("summary"))
                .env("GITHUB_EVENT_PATH", self.project.beside("event.json"))
                .envs(step.env.iter().map(|(k, v)| (k.clone(), self.value(v))));
            let output = command.output().unwrap();
            said.push_str(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
            let outputs = std::fs::read_to_string(temp.join("output")).unwrap_or_default();
            self.outputs.extend(
                outputs.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())),
            );
            let code = output.status.code().unwrap();
            if code != 0 {
                return (code, said);
            }
        }
        (0, said)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.project.beside("temp").join(name)).unwrap_or_default()
    }
}

/// The parts of a `pull_request` event that are read, in GitHub's shape.
fn event(base: &str, head: &str, body: &str) -> Value {
    json!({
        "action": "opened",
        "number": 7,
        "pull_request": {
            "number": 7,
            "title": "Make it two",
            "body": body,
            "user": { "login": "agent[bot]", "type": "Bot" },
            "head": { "ref": "agent/two", "sha": head, "repo": { "full_name": "o/r", "fork": false } },
            "base": { "ref": "main", "sha": base, "repo": { "full_name": "o/r" } },
        },
        "repository": { "full_name": "o/r" },
    })
}

/// A project whose last commit makes a test red.
fn proposed() -> (Project, String, String) {
    let project = Project::crate_with(LIBRARY);
    let base = project.git(&["rev-parse", "HEAD"]);
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let head = project.commit("Make it two");
    (project, base, head)
}

#[test]
fn a_red_pull_request_fails_with_annotations_and_a_summary() {
    let (project, base, head) = proposed();
    // What an author writes must stay words.
    let body = "All tests pass. $(touch pwned) `touch pwned` \"; touch pwned; ${{ github.token }}";
    let mut runner = Runner::new(&project, event(&base, &head, body), &[]);
    let (code, said) = runner.go();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("::error file=src/lib.rs,line=9"), "{said}");
    assert!(said.contains("contradicted-claim") || said.contains("failing-test"), "{said}");
    assert!(runner.file("summary").contains("failing-test"), "{}", runner.file("summary"));
    assert_eq!(runner.outputs["verdict"], "fail");
    assert!(!project.root().join("pwned").exists());
}

#[test]
fn a_good_pull_request_passes_and_an_inconclusive_one_as_it_was_said() {
    let project = Project::crate_with(LIBRARY);
    let base = project.git(&["rev-parse", "HEAD"]);
    project.edit("src/lib.rs", "    1\n", "    2 - 1\n");
    let head = project.commit("Subtract");
    let mut runner = Runner::new(&project, event(&base, &head, "Subtracts."), &[]);
    let (code, said) = runner.go();
    assert_eq!((code, runner.outputs["verdict"].as_str()), (0, "pass"), "{said}");

    let project = Project::empty();
    project.write("a.txt", "a\n");
    let base = project.commit("Begin");
    let head = project.commit("Nothing");
    for (inconclusive, expected) in [("fail", 1), ("pass", 0)] {
        let inputs = [("inconclusive", inconclusive)];
        let mut runner = Runner::new(&project, event(&base, &head, "Nothing."), &inputs);
        let (code, said) = runner.go();
        assert_eq!((code, runner.outputs["verdict"].as_str()), (expected, "inconclusive"), "{said}");
    }
}

#[test]
fn a_suite_that_is_spread_over_jobs_gets_one_verdict() {
    let (project, base, head) = proposed();
    let temp = project.beside("temp");
    for shard in ["1/2", "2/2"] {
        let _ = std::fs::remove_file(temp.join("output"));
        let event = event(&base, &head, "All tests pass.");
        let mut runner = Runner::new(&project, event, &[("shard", shard), ("mode", "ci")]);
        let (code, said) = runner.go();
        assert_eq!(code, 0, "{said}");
        assert_eq!(runner.outputs["verdict"], "part");
        assert!(!said.contains("::error"), "{said}");
        assert_eq!(runner.file("summary"), "");
        // What the runner's own steps do: each job sends its run away, and the last one fetches them all.
        let parts = temp.join("guard-parts");
        std::fs::create_dir_all(&parts).unwrap();
        std::fs::rename(temp.join("guard-run"), parts.join(&runner.outputs["artifact"])).unwrap();
    }
    let merged = |project: &Project| {
        let _ = std::fs::remove_file(temp.join("output"));
        let event = event(&base, &head, "All tests pass.");
        let mut runner = Runner::new(project, event, &[("what", "merge")]);
        let (code, said) = runner.go();
        (code, runner.outputs.get("verdict").cloned().unwrap_or_default(), said)
    };
    let (code, verdict, said) = merged(&project);
    assert_eq!((code, verdict.as_str()), (1, "fail"), "{said}");
    assert!(said.contains("::error file=src/lib.rs,line=9"), "{said}");
    std::fs::remove_dir_all(temp.join("guard-parts/guard-part-2-of-2")).unwrap();
    let (code, verdict, said) = merged(&project);
    assert!(code == 1 && verdict != "pass", "{verdict}: {said}");
}

#[test]
fn another_event_is_refused_and_not_passed() {
    let (project, _, _) = proposed();
    let mut runner = Runner::new(&project, json!({ "action": "created" }), &[]);
    let (code, said) = runner.go();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("this event has none"), "{said}");
}

#[cfg(unix)]
#[test]
fn the_comment_is_written_once_and_then_changed() {
    use std::os::unix::fs::PermissionsExt;
    let (project, base, head) = proposed();
    let out = project.beside("temp").join("guard-run");
    let ran = project.guard(&[
        "check",
        "--base",
        &base,
        "--head",
        &head,
        "--no-session",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    // Stands in for GitHub's program: remembers what it was asked, knows a comment when the file `known` is there.
    let bin = project.beside("bin");
    std::fs::create_dir(&bin).unwrap();
    let gh = "#!/bin/sh\necho \"$*\" >> \"$RUNNER_TEMP/asked\"\ncase \"$*\" in *--jq*) cat \"$RUNNER_TEMP/known\" 2>/dev/null || true;; esac\n";
    std::fs::write(bin.join("gh"), gh).unwrap();
    std::fs::set_permissions(bin.join("gh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    for (known, expected) in [
        ("", "--method POST repos/o/r/issues/7/comments"),
        ("41\n42\n", "--method PATCH repos/o/r/issues/comments/41"),
    ] {
        let mut runner = Runner::new(&project, event(&base, &head, ""), &[("what", "tell")]);
        let temp = project.beside("temp");
        std::fs::write(temp.join("known"), known).unwrap();
        std::fs::write(temp.join("path"), format!("{}\n", bin.display())).unwrap();
        let (code, said) = runner.go();
        assert_eq!(code, 0, "{said}");
        assert!(runner.file("asked").contains(expected), "{}", runner.file("asked"));
        assert!(runner.file("guard-comment.md").starts_with("<!-- guard:report -->"));
        let sarif: Value = serde_json::from_str(&runner.file("guard.sarif")).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
    }
}

#[test]
fn nothing_that_an_author_writes_stands_in_a_script_and_all_actions_are_pinned() {
    let own = format!("guard-check/guard@v{}", env!("CARGO_PKG_VERSION"));
    for file in ["action.yml", ".github/workflows/guard.yml"] {
        let text = std::fs::read_to_string(root(file)).unwrap();
        for step in steps(&text) {
            assert!(!step.run.unwrap_or_default().contains("${{"), "{file}: {}", step.name);
        }
        let mut used = 0;
        for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
            let Some((_, uses)) = line.split_once("uses: ") else { continue };
            used += 1;
            if uses == own {
                continue;
            }
            let (action, version) =
                uses.split_once(" # v").unwrap_or_else(|| panic!("{file}: {uses} names no version"));
            let (_, id) = action.split_once('@').unwrap();
            assert!(id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{file}: {uses}");
            assert!(version.split('.').count() == 3, "{file}: {uses}");
        }
        assert!(used > 0, "{file}");
        // A job that runs foreign code with rights to write is what must never be.
        assert!(!text.contains("pull_request_target:"), "{file}");
    }
    // Made by `dist generate`, which writes no versions beside the commits.
    let release = std::fs::read_to_string(root(".github/workflows/release.yml")).unwrap();
    for (_, uses) in release.lines().filter_map(|l| l.split_once("uses: ")) {
        let (_, id) = uses.split_once('@').unwrap();
        assert!(id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()), "release.yml: {uses}");
    }
    let workflow = std::fs::read_to_string(root(".github/workflows/guard.yml")).unwrap();
    let check = workflow.split("\n  tell:").next().unwrap();
    assert!(
        !check.split("\njobs:").nth(1).unwrap().contains("write"),
        "the job that runs the code only reads"
    );
}

#[test]
fn init_writes_the_workflow_of_either_ci() {
    let version = format!("@v{}\n", env!("CARGO_PKG_VERSION"));
    let project = Project::crate_with(LIBRARY);
    let ran = project.guard(&["init", "--yes", "--no-agent", "--no-policy", "--ci", "github"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(project.read(".github/workflows/guard.yml").ends_with(&version));
    project.write(".gitlab-ci.yml", "stages: [test]\n");
    project.guard(&["init", "--yes", "--no-agent", "--no-policy", "--ci", "gitlab"]);
    assert_eq!(project.read(".gitlab-ci.yml"), "stages: [test]\ninclude:\n  - local: .gitlab/guard.yml\n");
    assert!(project.read(".gitlab/guard.yml").contains("codequality: .guard-out/quality.json"));
    project.guard(&["init", "--undo", "--yes"]);
    assert_eq!(project.read(".gitlab-ci.yml"), "stages: [test]\n");
    assert!(!project.root().join(".github").exists() && !project.root().join(".gitlab").exists());
}

/// GitLab's script, with the variables that it sets.
#[test]
fn the_gitlab_job_judges_a_merge_request() {
    let (project, base, head) = proposed();
    let text = std::fs::read_to_string(root("crates/guard/templates/gitlab.yml")).unwrap();
    let script: String = text
        .split("\n  script:\n")
        .nth(1)
        .and_then(|t| t.split("\n  artifacts:").next())
        .unwrap()
        .lines()
        .map(|l| {
            l.strip_prefix("    - ")
                .filter(|l| *l != "|")
                .map_or_else(|| l.trim_start_matches("    - |").trim_start().to_owned(), str::to_owned)
                + "\n"
        })
        .collect();
    let bin = Path::new(env!("CARGO_BIN_EXE_guard")).parent().unwrap().display().to_string();
    let output = project
        .command("bash", &["-eo", "pipefail", "-c", &script])
        .env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap()))
        .env("CI_PROJECT_DIR", project.root())
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base)
        .env("CI_COMMIT_SHA", &head)
        .env("CI_MERGE_REQUEST_TITLE", "Make it two")
        .env("CI_MERGE_REQUEST_DESCRIPTION", "All tests pass.")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let quality: Value = serde_json::from_str(&project.read(".guard-out/quality.json")).unwrap();
    assert!(quality.as_array().unwrap().iter().any(|f| f["check_name"] == "failing-test"), "{quality}");
    assert!(project.read(".guard-out/junit.xml").contains("failing-test"));
}
