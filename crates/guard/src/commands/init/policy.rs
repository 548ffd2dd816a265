//! `guard.toml` for a repository that has none.

use std::fmt::Write as _;
use std::path::Path;

use guard_collect::lab;

use crate::render;

/// Columns of a line of the file at most.
const COLUMNS: usize = 100;

/// What is not found is asked for.
const NO_SUITE: &str = "
# guard found no tests here that it knows how to run. Without them a verdict stays inconclusive; name them:
#
# [[suite]]
# name = \"all\"
# run = \"make test\"
# results = \"exit-code\"     # or libtest, nextest-json, junit, go-json, tap: then tests are known by name
";

/// The text: the preset, and what guard finds by itself, as comments.
pub(super) fn text(top: &Path, preset: &str) -> String {
    let mut text = format!(
        "# What guard goes by here. It is read from the base of a change: it counts once it is committed.
# Only what differs from the preset belongs here. `guard policy show --preset {preset}` prints the preset
# with comments, `guard policy check` names mistakes in this file.

preset = \"{preset}\"
"
    );
    let found = lab::suited(top);
    if found.is_empty() {
        text.push_str(NO_SUITE);
        return text;
    }
    text.push_str("\n# Found here, and run without being told:\n#\n");
    for one in found {
        let dir = if one.dir.is_empty() { String::new() } else { format!("in {}: ", one.dir) };
        let line = render::one_line(&format!("{dir}{}", one.command), COLUMNS);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "#   {line}");
    }
    text.push_str("#\n# A [[suite]] takes the place of what is found in its directory:\n#\n");
    text.push_str(
        "# [[suite]]\n# name = \"unit\"\n# run = \"…\"\n# results = \"junit\"\n# file = \"junit.xml\"\n",
    );
    text
}
