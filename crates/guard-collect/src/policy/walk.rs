//! A typed walk over a parsed table: unknown keys, wrong types and bad values become messages with a place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::errors::{Collector, did_you_mean, shown};
use super::units;

/// One table of the file, with the keys that it may have.
pub(super) struct Section<'t, 'i> {
    table: &'t DeTable<'i>,
    /// As a person would name it: "`[limits]`", "the policy".
    name: &'static str,
    /// Where it starts, for messages about what is missing.
    offset: usize,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl<'t, 'i> Section<'t, 'i> {
    /// Enters a table; keys that are not among `keys` are mistakes. `hint` may know better than the
    /// nearest key.
    pub(super) fn new(
        table: &'t DeTable<'i>,
        name: &'static str,
        offset: usize,
        keys: &[&str],
        errors: &mut Collector<'_>,
        hint: impl Fn(&str) -> Option<String>,
    ) -> Section<'t, 'i> {
        for (key, _) in table {
            let word: &str = key.get_ref();
            if keys.contains(&word) {
                continue;
            }
            let near = did_you_mean(word, keys.iter().copied())
                .or_else(|| hint(word))
                .unwrap_or_else(|| format!("; {name} has {}", keys.join(", ")));
            errors.add(key.span().start, format!("unknown key {}{near}", shown(word)));
        }
        Section { table, name, offset }
    }

    fn get(&self, key: &str) -> Option<&'t Value<'i>> {
        self.table.get(key)
    }

    /// Where a key's value starts, or the section.
    pub(super) fn at(&self, key: &str) -> usize {
        self.get(key).map_or(self.offset, |v| v.span().start)
    }

    /// Text.
    pub(super) fn text(&self, key: &str, errors: &mut Collector<'_>) -> Option<String> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            errors.add(value.span().start, wrong_type(key, value, "text in quotes"));
        }
        text.map(str::to_owned)
    }

    /// Text with something in it.
    pub(super) fn words(&self, key: &str, errors: &mut Collector<'_>) -> Option<String> {
        let text = self.text(key, errors)?;
        if text.trim().is_empty() {
            errors.add(self.at(key), format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    /// Text with something in it that must be there.
    pub(super) fn needed(&self, key: &str, what: &str, errors: &mut Collector<'_>) -> Option<String> {
        if self.get(key).is_none() {
            errors.add(self.offset, format!("{} needs `{key}`: {what}", self.name));
        }
        self.words(key, errors)
    }

    /// True or false.
    pub(super) fn flag(&self, key: &str, errors: &mut Collector<'_>) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            errors.add(value.span().start, wrong_type(key, value, "true or false"));
        }
        flag
    }

    /// A whole number up to `max`.
    pub(super) fn number(&self, key: &str, max: u32, errors: &mut Collector<'_>) -> Option<u32> {
        let value = self.get(key)?;
        let digits = value.get_ref().as_integer();
        let number =
            digits.and_then(|d| u32::from_str_radix(d.as_str(), d.radix()).ok()).filter(|n| *n <= max);
        if number.is_none() {
            errors
                .add(value.span().start, wrong_type(key, value, &format!("a whole number from 0 to {max}")));
        }
        number
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&str, T)],
        errors: &mut Collector<'_>,
    ) -> Option<T> {
        one_of(key, self.get(key)?, choices, errors)
    }

    /// A duration; `None` inside for "none".
    pub(super) fn duration(&self, key: &str, errors: &mut Collector<'_>) -> Option<Option<u64>> {
        let value = self.get(key)?;
        let example = "a duration such as \"90s\", \"2min\" or \"1h30m\"";
        let Some(text) = value.get_ref().as_str() else {
            errors.add(value.span().start, wrong_type(key, value, example));
            return None;
        };
        if text.trim() == "none" {
            return Some(None);
        }
        match units::seconds(text) {
            Ok(seconds) => Some(Some(seconds)),
            Err(why) => {
                errors.add(value.span().start, format!("`{key}` is {}, not {example}: {why}", shown(text)));
                None
            }
        }
    }

    /// A duration that must end.
    pub(super) fn limit(&self, key: &str, errors: &mut Collector<'_>) -> Option<u64> {
        match self.duration(key, errors)? {
            Some(seconds) if seconds > 0 => Some(seconds),
            _ => {
                errors.add(self.at(key), format!("`{key}` cannot be nothing: every child has a limit"));
                None
            }
        }
    }

    /// A size, in MiB.
    pub(super) fn size(&self, key: &str, errors: &mut Collector<'_>) -> Option<u64> {
        let value = self.get(key)?;
        let example = "a size such as \"256MiB\" or \"8GiB\"";
        let Some(text) = value.get_ref().as_str() else {
            errors.add(value.span().start, wrong_type(key, value, example));
            return None;
        };
        match units::mebibytes(text) {
            Ok(size) => Some(size),
            Err(why) => {
                errors.add(value.span().start, format!("`{key}` is {}, not {example}: {why}", shown(text)));
                None
            }
        }
    }

    /// A list of texts, none of them empty, with their offsets.
    pub(super) fn list(&self, key: &str, errors: &mut Collector<'_>) -> Option<Vec<(usize, String)>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            errors.add(value.span().start, wrong_type(key, value, "a list such as [\"one\", \"two\"]"));
            return None;
        };
        let mut list = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => list.push((item.span().start, text.to_owned())),
                Some(_) => errors.add(item.span().start, format!("`{key}` has an empty text in its list")),
                None => errors.add(
                    item.span().start,
                    format!("`{key}` is a list of texts; this is {}", kind(item.get_ref())),
                ),
            }
        }
        Some(list)
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str, errors: &mut Collector<'_>) -> Option<Vec<String>> {
        Some(self.list(key, errors)?.into_iter().map(|(_, text)| text).collect())
    }

    /// A list of path patterns.
    pub(super) fn globs(&self, key: &str, errors: &mut Collector<'_>) -> Option<Vec<String>> {
        let list = self.list(key, errors)?;
        for (at, pattern) in &list {
            check_glob(key, *at, pattern, errors);
        }
        Some(list.into_iter().map(|(_, pattern)| pattern).collect())
    }

    /// A path below the repository root.
    pub(super) fn inside(&self, key: &str, errors: &mut Collector<'_>) -> Option<String> {
        let path = self.words(key, errors)?;
        let outside = path.starts_with(['/', '\\', '~'])
            || path.split(['/', '\\']).any(|part| part == "..")
            || path.as_bytes().get(1) == Some(&b':');
        if outside || path.contains('\0') {
            let message = format!("`{key}` is {}, which is not below the repository root", shown(&path));
            errors.add(self.at(key), message);
            return None;
        }
        Some(path)
    }

    /// A section below, and where it starts.
    pub(super) fn table(&self, key: &str, errors: &mut Collector<'_>) -> Option<(&'t DeTable<'i>, usize)> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            let message = match value.get_ref().as_array() {
                Some(_) => format!("`{key}` is written [{key}], once; this is a list"),
                None => wrong_type(key, value, &format!("a section [{key}]")),
            };
            errors.add(value.span().start, message);
            return None;
        };
        Some((table, value.span().start))
    }

    /// Sections that may come several times, and where each starts.
    pub(super) fn tables(&self, key: &str, errors: &mut Collector<'_>) -> Vec<(&'t DeTable<'i>, usize)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            let message = format!("`{key}` is written [[{key}]], one for each");
            errors.add(value.span().start, message);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => tables.push((table, item.span().start)),
                None => errors.add(
                    item.span().start,
                    format!("`{key}` is written [[{key}]], one for each; this is {}", kind(item.get_ref())),
                ),
            }
        }
        tables
    }

    /// A day, as `2027-01-31` with or without quotes.
    pub(super) fn day(&self, key: &str, errors: &mut Collector<'_>) -> Option<String> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(when) if when.time.is_none() => when.to_string(),
            DeValue::String(text) => text.trim().to_owned(),
            _ => {
                errors.add(value.span().start, wrong_type(key, value, "a day such as 2027-01-31"));
                return None;
            }
        };
        let day = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten();
        if day.is_none() {
            errors.add(
                value.span().start,
                format!("`{key}` is {}, not a day such as 2027-01-31", shown(&text)),
            );
        }
        day.map(|d| d.to_string())
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(
    key: &str,
    value: &Value<'_>,
    choices: &[(&str, T)],
    errors: &mut Collector<'_>,
) -> Option<T> {
    let names = || choices.iter().map(|(name, _)| *name);
    let list = names().map(|n| format!("\"{n}\"")).collect::<Vec<_>>();
    let list = match list.as_slice() {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        all => all.concat(),
    };
    let Some(word) = value.get_ref().as_str() else {
        errors.add(value.span().start, wrong_type(key, value, &list));
        return None;
    };
    let found = choices.iter().find(|(name, _)| *name == word).map(|(_, choice)| *choice);
    if found.is_none() {
        let near = did_you_mean(word, names()).unwrap_or_default();
        errors.add(value.span().start, format!("`{key}` is {}, not {list}{near}", shown(word)));
    }
    found
}

/// Notes a pattern that cannot be compiled.
pub(super) fn check_glob(key: &str, at: usize, pattern: &str, errors: &mut Collector<'_>) {
    if pattern.starts_with('/') {
        let message = format!("`{key}` is {}; patterns are relative to the repository root", shown(pattern));
        errors.add(at, message);
    } else if let Err(error) = globset::Glob::new(pattern) {
        errors.add(at, format!("`{key}` is {}, which is no pattern: {}", shown(pattern), error.kind()));
    }
}

fn wrong_type(key: &str, value: &Value<'_>, wanted: &str) -> String {
    format!("`{key}` is {}, not {wanted}", kind(value.get_ref()))
}

/// A value in words.
fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", shown(text)),
        DeValue::Integer(number) => format!("the number {}", shown(number.as_str())),
        DeValue::Float(number) => format!("the number {}", shown(number.as_str())),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(when) => format!("the date {}", shown(&when.to_string())),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    }
}
