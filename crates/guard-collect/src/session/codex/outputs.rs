//! What tools answered.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::session::json::{Number, OUTPUT_LIMIT, TEXT_LIMIT, Text, string_within};
use crate::session::scan;

/// An output: one text, or several.
#[derive(Debug, Default)]
pub(super) struct Output<'a> {
    parts: Vec<Part<'a>>,
    /// Whether a long text of it may hold results of commands that were printed as JSON.
    pub(super) has_results: bool,
}

/// One text of an output.
#[derive(Debug)]
enum Part<'a> {
    /// As it is decoded with any limit.
    Text(Cow<'a, str>),
    /// So long that it matters how much of it is wanted.
    Long(&'a str),
}

impl<'a> Output<'a> {
    pub(super) fn of(raw: Option<&'a RawValue>) -> Self {
        let Some(raw) = raw.map(RawValue::get) else { return Self::default() };
        let part = |literal: Option<&'a str>| match literal.unwrap_or_default() {
            long if long.len() > OUTPUT_LIMIT => Part::Long(long),
            short => Part::Text(string_within(short, OUTPUT_LIMIT)),
        };
        let parts = match raw.as_bytes().first() {
            Some(b'[') => scan::field_of_each(raw, "text").map(part).collect(),
            Some(b'{') => match scan::field(raw, "content") {
                Some(list) if list.starts_with('[') => {
                    scan::field_of_each(list, "text").flatten().map(|text| part(Some(text))).collect()
                }
                content => vec![part(content)],
            },
            _ => vec![part(Some(raw))],
        };
        let matters = parts.iter().any(|part| matches!(part, Part::Long(_)));
        Self { has_results: matters && memmem::find(raw.as_bytes(), b"chunk_id").is_some(), parts }
    }

    /// The texts, of each at most about `limit` bytes.
    pub(super) fn texts(self, limit: usize) -> Vec<Cow<'a, str>> {
        let text = |part| match part {
            Part::Text(text) => text,
            // JSON makes sense only as a whole.
            Part::Long(literal) if literal.starts_with("\"{") => string_within(literal, TEXT_LIMIT),
            Part::Long(literal) => string_within(literal, limit),
        };
        self.parts.into_iter().map(text).collect()
    }
}

/// The texts as one.
pub(super) fn joined<'a>(texts: &'a [Cow<'_, str>]) -> Cow<'a, str> {
    match texts {
        [] => Cow::Borrowed(""),
        [only] => Cow::Borrowed(only),
        texts => texts.join("\n").into(),
    }
}

/// A result that a script printed as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Printed<'a> {
    pub(super) exit_code: Number,
    pub(super) session_id: Number,
    #[serde(borrow)]
    pub(super) output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) chunk_id: Text<'a>,
    #[serde(borrow)]
    pub(super) metadata: Option<&'a RawValue>,
}

/// Results that were printed as JSON, one after the other or in a list.
pub(super) fn results_in(body: &str) -> Vec<Printed<'_>> {
    let is_result = |printed: &Printed<'_>| {
        printed.output.is_some()
            && (printed.exit_code.0.is_some()
                || printed.session_id.0.is_some()
                || printed.chunk_id.some().is_some())
    };
    let trimmed = body.trim();
    if trimmed.starts_with('[') {
        let list: Vec<Printed<'_>> = serde_json::from_str(trimmed).unwrap_or_default();
        return if list.iter().all(is_result) { list } else { Vec::new() };
    }
    if !trimmed.starts_with('{') {
        return Vec::new();
    }
    let values: Result<Vec<Printed<'_>>, _> =
        serde_json::Deserializer::from_str(trimmed).into_iter().collect();
    values.ok().filter(|list| list.iter().all(is_result)).unwrap_or_default()
}
