//! The report itself as JSON, and the schema that describes it.

use std::collections::BTreeMap;

use guard_model::Report;
use serde_json::Value;

use super::untrusted;

/// Where the schema is committed, relative to the repository root.
pub const SCHEMA_PATH: &str = "crates/guard/schema/report.schema.json";

pub(super) fn render(report: &Report) -> String {
    pretty(report)
}

/// The JSON Schema of the report, as it is committed at [`SCHEMA_PATH`].
pub fn schema() -> String {
    schema_of(schemars::schema_for!(Report).to_value(), "guard report, version 1")
}

/// A schema as it is committed.
pub(super) fn schema_of(mut schema: Value, title: &str) -> String {
    schema["title"] = title.into();
    plain_descriptions(&mut schema);
    pretty(&sorted(schema))
}

/// Indented JSON with a line end, harmless to a terminal and to CI runners.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    finish(serde_json::to_string_pretty(value))
}

/// The same on one line.
pub(super) fn compact(value: &impl serde::Serialize) -> String {
    finish(serde_json::to_string(value))
}

fn finish(text: serde_json::Result<String>) -> String {
    let text = text.expect("plain data with string keys always serialises");
    let mut text = untrusted::json(&text);
    text.push('\n');
    text
}

/// The same value with its keys in order, whatever features of `serde_json` are on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Doc comments link to Rust items; readers of the schema have no use for the links.
fn plain_descriptions(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace("[`crate::", "[`").replace("[`", "`").replace("`]", "`");
            }
            map.values_mut().for_each(plain_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_descriptions),
        _ => {}
    }
}
