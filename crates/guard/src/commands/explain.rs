//! `guard explain`: the checks in their own words.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use super::{documentation, needs_a_run, print};

/// Jaro-Winkler likeness from which a name may be what was meant.
const LIKE: f64 = 0.8;

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
                .filter(|(likeness, _)| *likeness >= LIKE)
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, near)| format!("; the nearest name is `{near}`"))
                .unwrap_or_default();
            bail!("there is no check `{name}`{near}; `guard explain` lists all")
        }
    }
}
