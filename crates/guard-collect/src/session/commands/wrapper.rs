//! Commands that run another command: `timeout 60`, `env`, `uv run`, `docker compose exec`, `bash -c`.

use super::target::target;
use super::words::{base, position, skip_flags, skip_words, without_assignments};

/// What a command turns out to be without its wrappers.
pub(super) enum Inner<'a> {
    /// Words of a command.
    Words(&'a [&'a str]),
    /// A script for another shell (`bash -c '…'`).
    Script { text: String, errexit: bool, pipefail: bool },
}

/// Takes wrappers such as `timeout 60`, `env`, `uv run` and `docker compose exec -T app` away.
pub(super) fn unwrap<'a>(argv: &'a [&'a str], input: Option<&str>) -> Inner<'a> {
    let mut words = argv;
    for _ in 0..16 {
        words = without_assignments(words);
        let Some(name) = words.first().map(|word| base(word)) else { break };
        let rest = &words[1..];
        let next = match name {
            "time" | "nohup" | "command" | "builtin" | "exec" | "caffeinate" | "setsid" | "winpty"
            | "chronic" | "unbuffer" | "stdbuf" | "ionice" | "faketime" | "dbus-run-session" => {
                skip_flags(rest, &[])
            }
            "env" | "cross-env" | "dotenv" | "dotenvx" => skip_flags(rest, &["-u", "-C", "-f", "-e", "-c"]),
            "nice" => skip_flags(rest, &["-n"]),
            "sudo" | "doas" => skip_flags(rest, &["-u", "-g", "-C", "-D", "-h"]),
            "timeout" | "gtimeout" => {
                skip_words(skip_flags(rest, &["-k", "-s", "--signal", "--kill-after"]), 1)
            }
            "taskset" | "flock" => skip_words(skip_flags(rest, &["-c", "-w"]), 1),
            "xvfb-run" | "xargs" | "watch" | "strace" | "ltrace" | "valgrind" | "rr" | "perf" => {
                skip_flags(rest, &["-n", "-I", "-P", "-L", "-s", "-o", "-e", "-a"])
            }
            "script" if !rest.contains(&"-c") => skip_words(skip_flags(rest, &[]), 1),
            "npx" | "bunx" | "pnpx" => skip_flags(rest, &["-p", "--package", "-c", "--call"]),
            "uvx" | "pipx" => {
                let rest = if name == "pipx" { skip_words(rest, 1) } else { rest };
                skip_flags(rest, &["--from", "--with", "-p", "--python", "--spec"])
            }
            "uv" | "poetry" | "pipenv" | "pdm" | "hatch" | "rye" | "conda" | "mamba" | "micromamba"
            | "pixi"
                if position(rest, "run").is_some() && !named_script(name, rest) =>
            {
                let at = position(rest, "run").unwrap_or(0);
                skip_flags(&rest[at + 1..], RUN_VALUES)
            }
            "bundle" | "pnpm" | "yarn" | "npm" | "direnv" | "mise" | "asdf" | "rtx" | "devbox" | "nix"
                if matches!(rest.first().copied(), Some("exec" | "x" | "dlx" | "develop")) =>
            {
                let tail = &rest[1..];
                let dashes = position(tail, "--")
                    .or_else(|| position(tail, "-c"))
                    .or_else(|| position(tail, "--command"));
                let tail = dashes.map_or(skip_flags(tail, &[]), |at| &tail[at + 1..]);
                if name == "direnv" { skip_words(tail, usize::from(dashes.is_none())) } else { tail }
            }
            "doppler" | "op" | "infisical" | "aws-vault" | "chamber" | "sops"
                if position(rest, "--").is_some() =>
            {
                &rest[position(rest, "--").unwrap_or(0) + 1..]
            }
            "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" | "kubectl" => {
                match in_container(name, rest) {
                    Some(inner) => inner,
                    None => break,
                }
            }
            "bash" | "sh" | "zsh" | "dash" | "ksh" | "fish" | "ssh" | "su" => {
                match script(name, rest, input) {
                    Some(inner) => return inner,
                    None if name == "ssh" || name == "su" => break,
                    // `bash scripts/test.sh`: the script is the command.
                    None => {
                        let file = skip_flags(rest, &["-o"]);
                        if file.is_empty() {
                            break;
                        }
                        file
                    }
                }
            }
            "eval" => return Inner::Script { text: rest.join(" "), errexit: false, pipefail: false },
            "script" => {
                let text = position(rest, "-c").and_then(|at| rest.get(at + 1)).copied().unwrap_or_default();
                return Inner::Script { text: text.to_owned(), errexit: false, pipefail: false };
            }
            _ => break,
        };
        words = next;
    }
    Inner::Words(words)
}

/// Flags of `… run` that take a value.
const RUN_VALUES: &[&str] = &[
    "--extra",
    "--group",
    "--with",
    "--with-requirements",
    "--with-editable",
    "--package",
    "--python",
    "-p",
    "-n",
    "--name",
    "--env-file",
    "--directory",
    "--project",
    "--only-group",
    "--index-url",
    "-e",
    "--environment",
];

/// `pdm run test`, `hatch run test`: a script of the project, which only its name tells about.
fn named_script(tool: &str, rest: &[&str]) -> bool {
    matches!(tool, "pdm" | "hatch" | "rye" | "pixi") && {
        let at = position(rest, "run").unwrap_or(0);
        skip_flags(&rest[at + 1..], RUN_VALUES).first().is_some_and(|name| !target(name).is_empty())
    }
}

fn in_container<'a>(name: &str, rest: &'a [&'a str]) -> Option<&'a [&'a str]> {
    const VALUES: &[&str] = &[
        "-e",
        "--env",
        "-u",
        "--user",
        "-w",
        "--workdir",
        "-v",
        "--volume",
        "--name",
        "-f",
        "--file",
        "-p",
        "--publish",
        "--network",
        "--entrypoint",
        "--platform",
        "--env-file",
        "--mount",
        "--profile",
        "--project-directory",
        "--project-name",
        "-c",
        "--container",
        "-n",
        "--namespace",
        "--memory",
        "-m",
        "--cpus",
        "--index",
        "-l",
        "--label",
        "--gpus",
        "--add-host",
        "--shm-size",
        "--pull",
    ];
    let mut rest = skip_flags(rest, VALUES);
    if rest.first().is_some_and(|word| *word == "compose") {
        rest = skip_flags(&rest[1..], VALUES);
    }
    let verb = rest.first()?;
    if !matches!(*verb, "exec" | "run") {
        return None;
    }
    // The service, container or image, then the command.
    let inner = skip_flags(&rest[1..], VALUES).get(1..)?;
    let inner = if name == "kubectl" { skip_flags(inner, VALUES) } else { inner };
    (!inner.is_empty()).then_some(inner)
}

fn script<'a>(name: &str, rest: &'a [&'a str], input: Option<&str>) -> Option<Inner<'a>> {
    if name == "ssh" {
        let text = skip_words(skip_flags(rest, &["-i", "-p", "-o", "-l", "-F", "-J", "-L", "-R", "-b"]), 1)
            .join(" ");
        return (!text.is_empty()).then_some(Inner::Script { text, errexit: false, pipefail: false });
    }
    let flags = rest.iter().take_while(|word| word.starts_with('-') || **word == "pipefail");
    let short = |flag: char| {
        flags.clone().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(flag))
    };
    let (errexit, pipefail) = (short('e'), flags.clone().any(|word| *word == "pipefail"));
    if short('c') {
        let text = rest.iter().find(|word| !word.starts_with('-') && **word != "pipefail")?;
        return Some(Inner::Script { text: (*text).to_owned(), errexit, pipefail });
    }
    let reads_input = rest.iter().all(|word| word.starts_with('-') || *word == "pipefail");
    let text = input.filter(|_| reads_input)?.to_owned();
    Some(Inner::Script { text, errexit, pipefail })
}
