//! Examples as text and as JSON.

use std::fmt::Write as _;

use anstyle::Style;
use guard_model::examples::{Asked, Example, Examples, TakenAs};

use super::{json, one_line, one_path, wrapped};

/// Where the schema is committed, relative to the repository root.
pub const SCHEMA_PATH: &str = "crates/guard/schema/examples.schema.json";

/// The JSON Schema of `guard examples --format json`, as it is committed at [`SCHEMA_PATH`].
pub fn schema() -> String {
    json::schema_of(schemars::schema_for!(Examples).to_value(), "guard examples, version 1")
}

/// As JSON, ending with a line end.
pub fn to_json(examples: &Examples) -> String {
    json::pretty(examples)
}

/// For people: a place and a name a line, and below it why.
pub fn to_text(examples: &Examples, color: bool, width: usize) -> String {
    let mut text = String::new();
    for asked in &examples.asked {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", one_line(&understood(asked), width));
    }
    if let Some(gap) = &examples.gap {
        let _ = writeln!(text, "{}", one_line(gap, width));
    }
    let lists = [
        ("tests", &examples.tests),
        ("helpers", &examples.helpers),
        ("implementations", &examples.implementations),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            let style = if color { Style::new().bold() } else { Style::new() };
            let _ = writeln!(text, "\n{style}{name}{style:#}");
            list.iter().for_each(|example| write_example(&mut text, example, color, width));
        }
    }
    if lists.iter().all(|(_, list)| list.is_empty()) {
        let _ = writeln!(text, "nothing of {} source files is near it", examples.files);
    }
    text
}

fn understood(asked: &Asked) -> String {
    match asked.taken_as {
        TakenAs::Path => format!("{}: everything in it", asked.meaning),
        TakenAs::NewPath => format!("{}: a file that is not there yet", asked.meaning),
        TakenAs::Test => format!("{}: a test like it", asked.meaning),
        TakenAs::Symbol => format!("{}: what calls it, and what is like it", asked.meaning),
        TakenAs::Words if asked.meaning.is_empty() => format!("{}: no words that tell something", asked.text),
        TakenAs::Words => format!("{}: by its words", asked.text),
    }
}

fn write_example(text: &mut String, example: &Example, color: bool, width: usize) {
    let place = format!("{}:{}", one_path(&example.path, width.saturating_sub(10)), example.line);
    let name = one_line(&example.name, width.saturating_sub(place.len() + 4).max(24));
    let dim = if color { Style::new().dimmed() } else { Style::new() };
    let _ = writeln!(text, "  {place}  {name}");
    let reasons: Vec<&str> = example.reasons.iter().map(|reason| reason.message.as_str()).collect();
    for row in wrapped(&reasons.join("; "), width.saturating_sub(6)) {
        let _ = writeln!(text, "      {dim}{row}{dim:#}");
    }
}
