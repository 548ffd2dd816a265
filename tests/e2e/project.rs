//! A repository in a temporary directory, and guard run on it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

/// A repository with its own home and scratch area.
pub(crate) struct Project {
    dir: TempDir,
}

/// What a run of guard came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("not JSON ({e}):\n{}\n{}", self.stdout, self.stderr))
    }
}

impl Project {
    /// An empty repository on branch `main`, without a commit.
    pub(crate) fn empty() -> Project {
        let project = Project { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(project.root()).unwrap();
        std::fs::create_dir_all(project.home()).unwrap();
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project
    }

    /// These files, committed.
    pub(crate) fn of(files: &[(&str, &str)]) -> Project {
        let project = Project::empty();
        files.iter().for_each(|(path, text)| project.write(path, text));
        project.commit("Begin");
        project
    }

    /// A cargo library with this `src/lib.rs`, committed.
    pub(crate) fn crate_with(lib: &str) -> Project {
        let project = Project::empty();
        project.write("Cargo.toml", "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
        project.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"probe\"\nversion = \"0.1.0\"\n");
        project.write(".gitignore", "/target\n");
        project.write("src/lib.rs", lib);
        project.commit("Begin");
        project
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    /// A directory beside the repository, for inputs.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Replaces text in a file; it must be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Runs git in the repository; it must succeed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything; says the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs guard in the repository.
    pub(crate) fn guard(&self, args: &[&str]) -> Ran {
        ran(self.command(env!("CARGO_BIN_EXE_guard"), args))
    }

    /// Runs guard with further variables of the environment.
    pub(crate) fn guard_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_guard"), args);
        command.envs(env.iter().copied());
        ran(command)
    }

    /// `guard check ARGS --format json`: exit code and report.
    /// An agent's hook with an event on its standard input.
    pub(crate) fn hook(&self, name: &str, event: &str) -> Ran {
        self.hook_with(&[name], event)
    }

    pub(crate) fn hook_with(&self, args: &[&str], event: &str) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_guard"), &[&["hook"], args].concat());
        command.write_stdin(event);
        ran(command)
    }

    pub(crate) fn check(&self, args: &[&str]) -> (i32, Value) {
        let mut all = vec!["check", "--format", "json", "--offline"];
        all.extend(args);
        let ran = self.guard(&all);
        (ran.code, ran.json())
    }

    /// Checks with this text as the agent's final message.
    pub(crate) fn check_saying(&self, message: &str, args: &[&str]) -> (i32, Value) {
        let file = self.beside("message.txt");
        std::fs::write(&file, message).unwrap();
        let mut all = vec!["--message", file.to_str().unwrap()];
        all.extend(args);
        self.check(&all)
    }

    pub(crate) fn command(&self, program: &str, args: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(program);
        let env = |name: &str, below: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(below))
        };
        command
            .args(args)
            .current_dir(self.root())
            .env("CARGO_HOME", env("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", env("RUSTUP_HOME", ".rustup"))
            .env("HOME", self.home())
            .env("GUARD_CACHE_DIR", self.cache())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Dev")
            .env("GIT_AUTHOR_EMAIL", "dev@example.org")
            .env("GIT_COMMITTER_NAME", "Dev")
            .env("GIT_COMMITTER_EMAIL", "dev@example.org")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CLAUDE_CONFIG_DIR");
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        command
    }
}

fn ran(mut command: assert_cmd::Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `level check place` of every finding, in the report's order.
pub(crate) fn findings(report: &Value) -> Vec<String> {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let place = match (f["path"].as_str(), f["line"].as_u64()) {
                (Some(path), Some(line)) => format!(" {path}:{line}"),
                (Some(path), None) => format!(" {path}"),
                _ => String::new(),
            };
            format!("{} {}{place}", f["level"].as_str().unwrap(), f["check"].as_str().unwrap())
        })
        .collect()
}

/// The finding of one check; there must be exactly one.
pub(crate) fn the<'a>(report: &'a Value, check: &str) -> &'a Value {
    let all: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|f| f["check"] == check).collect();
    assert_eq!(all.len(), 1, "{check} in {:#}", report["findings"]);
    all[0]
}
