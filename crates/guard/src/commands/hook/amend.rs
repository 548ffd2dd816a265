//! Whether the commit that a hook stands before replaces `HEAD`. git does not tell its hooks, so the
//! command line of the `git commit` that started it is read, where the system shows it (Linux).

/// Processes between the hook and git: shells, hook managers.
#[cfg(target_os = "linux")]
const BETWEEN: usize = 8;

/// Whether the nearest `git commit` above this process was told to amend. A no where it cannot be seen.
#[cfg(target_os = "linux")]
pub(super) fn is_under_way() -> bool {
    let mut pid = std::os::unix::process::parent_id();
    for _ in 0..BETWEEN {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let args: Vec<String> = command
            .split(|&b| b == 0)
            .filter(|arg| !arg.is_empty())
            .map(|arg| String::from_utf8_lossy(arg).into_owned())
            .collect();
        if let Some(amends) = amends(&args) {
            return amends;
        }
        let Some(parent) = parent_of(pid).filter(|parent| *parent > 1) else { return false };
        pid = parent;
    }
    false
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_under_way() -> bool {
    false
}

/// Whether a `git commit` amends; nothing for any other command.
#[cfg(target_os = "linux")]
fn amends(args: &[String]) -> Option<bool> {
    const WITH_VALUE: [&str; 10] =
        ["-m", "--message", "-F", "--file", "-C", "-c", "-t", "--template", "--author", "--date"];
    let (program, args) = args.split_first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let at = match name {
        "git" => args.iter().position(|arg| arg == "commit")? + 1,
        "git-commit" => 0,
        _ => return None,
    };
    let options = || args[at..].iter().take_while(|arg| *arg != "--");
    let before = std::iter::once("").chain(options().map(String::as_str));
    // git takes any beginning of an option that only one has.
    let is_amend = |arg: &str| arg.len() >= 4 && "--amend".starts_with(arg);
    Some(options().zip(before).any(|(arg, before)| is_amend(arg) && !WITH_VALUE.contains(&before)))
}

/// The fourth field of `/proc/PID/stat`; the second is a name in parentheses that may hold anything.
#[cfg(target_os = "linux")]
fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::amends;

    #[test]
    fn an_amend_is_read_from_a_command_line() {
        for (line, expected) in [
            ("git commit --amend --no-edit", Some(true)),
            ("/usr/bin/git -c a.b=c commit -q --am", Some(true)),
            ("git-commit --amend", Some(true)),
            ("git commit -m x", Some(false)),
            ("git commit -m --amend", Some(false)),
            ("git commit -- --amend", Some(false)),
            ("git rebase --continue", None),
            ("sh -c git commit --amend", None),
        ] {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(amends(&args), expected, "{line}");
        }
    }
}
