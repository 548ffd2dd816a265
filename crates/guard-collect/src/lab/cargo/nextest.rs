//! Projects whose tests run under nextest: in a process each, by the project's own configuration.

use std::fs;

use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::TestRun;
use guard_model::policy::{ResultFormat, UseNextest};

use super::build::{TimeLimit, limit_gap, selection};
use super::config_env;
use super::metadata::{Workspace, exec_gap};
use super::rerun_whole;
use crate::lab::suite_end;
use crate::lab::workbench::Workbench;
use crate::results;

/// Whether nextest runs the tests: as the policy says, else when the project configures it and it is
/// installed.
pub(crate) fn is_wanted(bench: &Workbench<'_>, workspace: &Workspace) -> bool {
    let configured = || workspace.metadata.workspace_root.join(".config/nextest.toml").is_file();
    let installed = || {
        let version = bench.child("cargo", &workspace.dir, 30).args(["nextest", "--version"]);
        version.run(bench.ctl).is_ok_and(|o| o.exit == Exit::Code(0))
    };
    match bench.policy.cargo.nextest {
        UseNextest::Never => false,
        UseNextest::Always => true,
        UseNextest::Auto => configured() && installed(),
    }
}

/// Runs all tests of the workspace but its documentation tests, which nextest does not know.
pub(crate) fn run(bench: &Workbench<'_>, workspace: &Workspace, name: &str) -> TestRun {
    let mut tests = run_once(bench, workspace, name);
    rerun_whole(bench, &mut tests.results, |round| {
        run_once(bench, workspace, &format!("{name}-{round}")).results
    });
    tests
}

/// What runs each test's process and looks at how it ends: nextest believes the exit code, and a test that
/// calls `process::exit(0)` would pass. It goes by libtest's own words, so that other harnesses are left alone.
const WATCHER: &str = r#"case " $* " in *" --list "*) exec "$@" ;; esac
seen=$(mktemp "${TMPDIR:-/tmp}/guard-test-XXXXXX") || exec "$@"
"$@" >"$seen"
code=$?
cat "$seen"
if [ "$code" = 0 ] && grep -q '^running [0-9]* test' "$seen" && ! grep -q '^test result: ' "$seen"; then
    echo "error: the test's process ended with exit code 0 before it reported a result"
    code=101
fi
rm -f "$seen"
exit "$code"
"#;

/// The variable that makes nextest run tests under [`WATCHER`], and its value; `None` where the project has a
/// runner of its own, which must stay.
fn watcher(bench: &Workbench<'_>, workspace: &Workspace) -> Option<(String, String)> {
    let home = bench.surroundings.cargo_home();
    if config_env::has_runner(&workspace.dir, home.as_deref()) {
        return None;
    }
    let host = bench.child("rustc", &workspace.dir, 30).arg("-vV").run(bench.ctl).ok()?;
    let text = host.text();
    let triple = text.lines().find_map(|l| l.strip_prefix("host: "))?.trim().to_owned();
    let script = bench.run.path().join("watch-test.sh");
    // The value is split at blanks.
    let path = script.to_str().filter(|p| !p.contains(char::is_whitespace))?;
    fs::write(&script, WATCHER).ok()?;
    let key = format!("CARGO_TARGET_{}_RUNNER", triple.to_uppercase().replace(['-', '.'], "_"));
    Some((key, format!("sh {path}")))
}

fn run_once(bench: &Workbench<'_>, workspace: &Workspace, name: &str) -> TestRun {
    let log = format!("nextest-{name}");
    let words = std::iter::once("cargo nextest run".to_owned()).chain(selection(&bench.policy.cargo));
    let mut tests = TestRun { commands: vec![words.collect::<Vec<_>>().join(" ")], ..TestRun::default() };
    let limit = bench.policy.limits.test_s;
    let mut cmd = bench
        .child("cargo", &workspace.dir, limit)
        .args(["nextest", "run", "--no-fail-fast", "--offline", "--message-format=libtest-json-plus"])
        .args(selection(&bench.policy.cargo))
        .env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1")
        .log_to(bench.run.log(&log));
    if let Some(shard) = bench.shard {
        // A part may have none of them.
        cmd = cmd.arg(format!("--partition=hash:{}/{}", shard.part, shard.of)).arg("--no-tests=pass");
    }
    if let Some((key, runner)) = watcher(bench, workspace) {
        cmd = cmd.env(key, runner);
    }
    if let Some(target) = workspace.target_dir_override(&bench.lab.tree()) {
        cmd = cmd.env("CARGO_TARGET_DIR", target);
    }
    tests.logs.push(bench.log_name(&log));
    let output = match cmd.run(bench.ctl) {
        Ok(output) => output,
        Err(error) => {
            tests.gap = Some(exec_gap(&error));
            return tests;
        }
    };
    tests.ms = output.ms;
    match results::read(ResultFormat::NextestJson, &output.stdout, suite_end(&output), "nextest") {
        Ok(part) => {
            tests.results = part.results;
            tests.suites = part.suites;
            let time = TimeLimit { seconds: limit, key: "`limits.test`" };
            tests.gap = limit_gap(&output, tests.logs.first().map(String::as_str), "nextest", &time);
        }
        Err(error) => {
            let reason = format!("{error}: {}", output.tail(2).replace('\n', " / "));
            tests.gap =
                Some(Gap { log: tests.logs.first().cloned(), ..Gap::of_tests(GapKind::Input, reason) });
        }
    }
    tests
}
