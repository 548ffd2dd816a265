//! The guides, held against what guard says and does.

use std::path::Path;

use crate::project::Project;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Sources as the compiler reads their strings: a line that ends with a backslash goes on in the next one.
fn sources() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    walkdir::WalkDir::new(crates)
        .into_iter()
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "rs"))
        .map(|e| {
            let text = std::fs::read_to_string(e.path()).unwrap();
            let mut pieces = text.split("\\\n");
            let first = pieces.next().unwrap().to_owned();
            pieces.fold(first, |all, piece| all + piece.trim_start())
        })
        .collect()
}

#[test]
fn every_entry_of_the_troubleshooting_page_is_something_that_guard_says() {
    let sources = sources();
    let page = read("docs/troubleshooting.md");
    let entries: Vec<&str> =
        page.lines().filter_map(|l| l.strip_prefix("### `")?.strip_suffix('`')).collect();
    assert!(entries.len() >= 20, "{}", entries.len());
    for entry in entries {
        let pieces: Vec<&str> = entry.split('…').filter(|p| p.trim().len() > 3).collect();
        assert!(pieces.iter().map(|p| p.len()).sum::<usize>() >= 12, "{entry} says too little to be found");
        // All of it in one place, in order.
        let is_said = |source: &String| {
            source.match_indices(pieces[0]).any(|(at, _)| {
                let end =
                    (at + 600..source.len()).find(|i| source.is_char_boundary(*i)).unwrap_or(source.len());
                let mut rest = &source[at..end];
                pieces.iter().all(|piece| {
                    let Some(found) = rest.find(piece) else { return false };
                    rest = &rest[found + piece.len()..];
                    true
                })
            })
        };
        assert!(sources.iter().any(is_said), "nothing in the source says `{entry}`");
    }
}

/// The code of a page: lines between fences, and what stands between backticks.
fn code_of(page: &str) -> Vec<String> {
    let mut is_fenced = false;
    let mut all = Vec::new();
    // A block that says what language it is in holds no commands.
    let mut is_other = false;
    for line in page.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            is_fenced = !is_fenced;
            is_other = is_fenced && language == "text";
        } else if is_fenced {
            all.extend((!is_other).then(|| line.to_owned()));
        } else {
            all.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    all
}

#[test]
fn the_guides_name_commands_and_options_that_there_are() {
    let project = Project::empty();
    let mut seen = 0;
    for page in [
        "README.md",
        "docs/README.md",
        "docs/local.md",
        "docs/commit-hook.md",
        "docs/stop-hook.md",
        "docs/ci.md",
        "docs/troubleshooting.md",
    ] {
        for code in code_of(&read(page))
            .iter()
            .filter_map(|c| c.trim().trim_start_matches("$ ").strip_prefix("guard "))
        {
            let words: Vec<&str> =
                code.split([' ', ',']).take_while(|w| !w.starts_with(['#', '>', '<'])).collect();
            let Some(command) = words.first().filter(|w| w.chars().all(|c| c.is_ascii_lowercase())) else {
                continue;
            };
            let sub = (*command == "hook" || *command == "session" || *command == "policy")
                .then(|| words.get(1).copied())
                .flatten();
            let args: Vec<&str> = [
                Some(*command),
                sub.filter(|s| s.chars().all(|c| c.is_ascii_lowercase() || c == '-')),
                Some("--help"),
            ]
            .into_iter()
            .flatten()
            .collect();
            let ran = project.guard(&args);
            assert!(ran.stdout.contains("Usage:"), "{page}: `{code}`: {ran:?}");
            for option in words.iter().filter(|w| w.starts_with("--") && w.len() > 2) {
                let option = option.split('=').next().unwrap();
                assert!(ran.stdout.contains(option), "{page}: `{code}`: there is no {option}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn shells_and_man_know_every_command() {
    let project = Project::empty();
    let help = project.guard(&["--help"]).stdout;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
        .filter_map(|l| l.strip_prefix("  ").filter(|l| !l.starts_with(' '))?.split(' ').next())
        .collect();
    assert!(commands.len() >= 17, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = project.guard(&["completions", shell]).stdout;
        for command in &commands {
            assert!(text.contains(command), "{shell}: {command}");
        }
    }
    let page = project.guard(&["man"]).stdout;
    assert!(page.contains(".TH guard 1"), "{page}");
    let dir = project.beside("man");
    let ran = project.guard(&["man", dir.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for command in &commands {
        assert!(dir.join(format!("guard-{command}.1")).is_file(), "{command}");
    }
}
