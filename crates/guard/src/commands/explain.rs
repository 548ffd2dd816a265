//! `guard explain`: the checks in their own words.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use super::{documentation, needs_a_run, print};

/// Prints one check's documentation, or the list of all.
pub(super) fn explain(name: Option<&str>) -> Result<u8> {
    let registry = guard_checks::registry();
    let Some(name) = name else {
        let mut text = String::new();
        for check in registry {
            let run = if needs_a_run(check.needs) { " (needs a run)" } else { "" };
            let _ =
                writeln!(text, "{:24} {:5} {}{run}", check.name, check.default_level.as_str(), check.summary);
        }
        return print(&text);
    };
    match registry.iter().find(|c| c.name == name) {
        Some(check) => print(documentation(check.readme)),
        None => {
            let near = registry
                .iter()
                .map(|c| (strsim::jaro_winkler(c.name, name), c.name))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map_or("", |(_, near)| near);
            bail!("there is no check `{name}`; the nearest name is `{near}`; `guard explain` lists all")
        }
    }
}
