//! The folder of a new check, and blessing of expected findings.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::shell::root;

/// Makes `crates/guard-checks/src/checks/<name>/` and its line in the registry.
pub(crate) fn new_check(name: &str) -> Result<()> {
    if !fits(name) {
        bail!(
            "`{name}` is not two or more words in kebab-case; a name such as `deleted-test` reads well after \"allow\""
        );
    }
    if guard_checks::registry().iter().any(|c| c.name == name) {
        bail!("there is a check `{name}` already");
    }
    let module = name.replace('-', "_");
    let checks = root().join("crates/guard-checks/src/checks");
    let dir = checks.join(&module);
    fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    fs::write(dir.join("mod.rs"), CODE.replace("NAME", name))?;
    fs::write(dir.join("README.md"), README.replace("NAME", name))?;
    register(&checks.join("mod.rs"), &module)?;
    println!("made {}; its only case fails until the check is written:", dir.display());
    println!("  cargo test -p guard-checks --test cases {name}");
    Ok(())
}

/// Whether a name is kebab-case, and its module's name no word of the language's own: those are single words.
fn fits(name: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.contains('-') && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_word)
}

/// Adds the module and its row, and keeps both lists sorted.
fn register(file: &std::path::Path, module: &str) -> Result<()> {
    let text = fs::read_to_string(file)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    insert_sorted(&mut lines, &format!("mod {module};"), |l| l.starts_with("mod ") && l.ends_with(';'))?;
    insert_sorted(&mut lines, &format!("    {module}::CHECK,"), |l| l.ends_with("::CHECK,"))?;
    fs::write(file, format!("{}\n", lines.join("\n")))?;
    Ok(())
}

fn insert_sorted(lines: &mut Vec<String>, line: &str, is_row: impl Fn(&str) -> bool) -> Result<()> {
    let rows: Vec<usize> = (0..lines.len()).filter(|i| is_row(&lines[*i])).collect();
    let last = *rows.last().context("the registry has no rows")?;
    let at = rows.into_iter().find(|i| lines[*i].as_str() > line).unwrap_or(last + 1);
    lines.insert(at, line.to_owned());
    Ok(())
}

/// Rewrites expected findings from what the checks say.
pub(crate) fn bless() -> Result<()> {
    let args = ["test", "--quiet", "-p", "guard-checks", "--test", "cases"];
    let code = crate::shell::run_with_env(&root(), "cargo", &args, &[("GUARD_BLESS", "1")])?;
    if code != 0 {
        bail!("the cases still fail after blessing");
    }
    println!("blessed; now read `git diff` as a reviewer would");
    Ok(())
}

const CODE: &str = r#"//! `NAME`: what it names, as a phrase.

use guard_model::{Level, Mode};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;

pub(super) const CHECK: Check = Check {
    name: "NAME",
    group: Group::Code,
    summary: "what it names, as a phrase",
    default_level: Level::Note,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let _ = cx;
    Vec::new()
}
"#;

const README: &str = r#"# NAME

## What it names

The bad thing, in two sentences.

## Why it matters

To the person who reads the report.

## What counts as evidence

What must be seen before it accuses.

## Honest look-alikes

What looks the same and is fine, and how it is told apart.

## How to fix it

The next step.

## How to suppress it

```toml
[[allow]]
check = "NAME"
path = "src/**"
reason = "why it is fine here"
```

## Cases

### Describe the smallest case that must be found

```rust base src/lib.rs
pub fn answer() -> u32 { 42 }
```

```rust head src/lib.rs
pub fn answer() -> u32 { 41 }
```

```findings
note src/lib.rs:1 write the expected message here
```
"#;

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_name_becomes_a_module() {
        let table = [
            ("deleted-test", true),
            ("top-10-tests", true),
            ("9-lives", false),
            ("type", false),
            ("Deleted-test", false),
            ("deleted--test", false),
            ("", false),
        ];
        for (name, expected) in table {
            assert_eq!(fits(name), expected, "{name}");
        }
    }
}
