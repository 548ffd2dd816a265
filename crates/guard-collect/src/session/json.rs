//! Reading JSON leniently and sparingly: a field of an unexpected type is a missing field, and
//! text is decoded only where it is needed and only as far as it is kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scan;

/// Longest output that is decoded whole of a command whose output is kept but says nothing.
pub(crate) const OUTPUT_LIMIT: usize = 2 << 10;

/// Longest text that is decoded whole; of longer ones the beginning and the end are read.
pub(crate) const TEXT_LIMIT: usize = 1 << 20;

/// A string, or nothing when the value is of another type.
#[derive(Debug, Default, Clone)]
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl Text<'_> {
    /// The string, or `""`.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The string when there is one that is not empty.
    pub(crate) fn some(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// An owned copy of the string when there is one that is not empty.
    pub(crate) fn owned(&self) -> Option<String> {
        self.some().map(str::to_owned)
    }
}

/// A boolean; anything else is false.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

/// A whole number; anything else is nothing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) Option<i64>);

/// A list whose unreadable elements are skipped; anything else is empty.
#[derive(Debug)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Swallows whatever a visitor did not ask for.
macro_rules! ignore_others {
    (numbers) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (strings) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (booleans) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (lists) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (rest) => {
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}
pub(crate) use ignore_others;

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for V<'a> {
            type Value = Text<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            ignore_others!(booleans);
            ignore_others!(numbers);
            ignore_others!(lists);
            ignore_others!(rest);
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }
            ignore_others!(strings);
            ignore_others!(numbers);
            ignore_others!(lists);
            ignore_others!(rest);
        }
        deserializer.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(Some(value)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(i64::try_from(value).ok()))
            }
            ignore_others!(strings);
            ignore_others!(booleans);
            ignore_others!(lists);
            ignore_others!(rest);
        }
        deserializer.deserialize_any(V)
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for V<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(Lenient(item)) = seq.next_element()? {
                    list.extend(item);
                }
                Ok(List(list))
            }
            ignore_others!(strings);
            ignore_others!(booleans);
            ignore_others!(numbers);
            ignore_others!(rest);
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// A value that is nothing when it has another shape than expected.
struct Lenient<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).ok()))
    }
}

/// Whether `what` stands anywhere in `raw` as written.
pub(crate) fn mentions(raw: &RawValue, what: &str) -> bool {
    memmem::find(raw.get().as_bytes(), what.as_bytes()).is_some()
}

/// What stands in `raw`, read as `T`; nothing when it has another shape.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// The text of a JSON string literal, or of the text blocks of a list. Of a text longer than
/// [`TEXT_LIMIT`] the beginning and the end are read, with a mark between.
pub(crate) fn text_of(raw: Option<&RawValue>) -> String {
    text_within(raw, TEXT_LIMIT).into_owned()
}

/// Like [`text_of`], with another limit on each text.
pub(crate) fn text_within(raw: Option<&RawValue>, limit: usize) -> Cow<'_, str> {
    let Some(raw) = raw.map(RawValue::get) else { return Cow::Borrowed("") };
    match raw.as_bytes().first() {
        Some(b'"') => string_within(raw, limit),
        Some(b'[') => {
            let mut text = Cow::Borrowed("");
            for literal in scan::field_of_each(raw, "text").flatten() {
                let piece = string_within(literal, limit);
                if piece.is_empty() {
                    continue;
                }
                if text.is_empty() {
                    text = piece;
                } else {
                    text.to_mut().extend(["\n", &piece]);
                }
                if text.len() > TEXT_LIMIT {
                    break;
                }
            }
            text
        }
        _ => Cow::Borrowed(""),
    }
}

/// Decodes a JSON string literal, at most about `limit` bytes of it; `""` when it is none.
pub(crate) fn string_within(literal: &str, limit: usize) -> Cow<'_, str> {
    let Some(inner) = literal.strip_prefix('"') else { return Cow::Borrowed("") };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if literal.len() <= limit {
        return unescape(inner);
    }
    let head = floor(inner, limit / 2);
    let mut from = inner.len().saturating_sub(limit / 2);
    while !inner.is_char_boundary(from) {
        from += 1;
    }
    // The end begins at an escaped line break, so that no escape is cut in two.
    let tail = inner[from..].find("\\n").map_or("", |at| &inner[from + at..]);
    let mut text = String::with_capacity(limit + 16);
    unescape_into(&mut text, head);
    text.push_str("\n[…]");
    unescape_into(&mut text, tail);
    text.into()
}

/// Decodes the inside of a JSON string; half a surrogate pair becomes U+FFFD, and an escape that
/// is cut off at the end is dropped.
fn unescape(escaped: &str) -> Cow<'_, str> {
    if memchr(b'\\', escaped.as_bytes()).is_none() {
        return Cow::Borrowed(escaped);
    }
    let mut text = String::with_capacity(escaped.len());
    unescape_into(&mut text, escaped);
    text.into()
}

fn unescape_into(text: &mut String, escaped: &str) {
    let mut rest = escaped;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        let Some(kind) = chars.next() else { return };
        rest = chars.as_str();
        match kind {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => {
                let Some(unit) = hex_unit(rest) else { return };
                rest = &rest[4..];
                let low =
                    rest.strip_prefix("\\u").and_then(hex_unit).filter(|low| (0xdc00..0xe000).contains(low));
                match (unit, low) {
                    (0xd800..0xdc00, Some(low)) => {
                        rest = &rest[6..];
                        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    _ => text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
            other => text.push(other),
        }
    }
    text.push_str(rest);
}

fn hex_unit(text: &str) -> Option<u32> {
    text.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok())
}

/// The line with every half of a surrogate pair replaced, when there is one. Agents cut texts in
/// UTF-16, so halves do occur; JSON readers refuse them.
pub(crate) fn without_half_surrogates(line: &str) -> Option<String> {
    let mut fixed = String::new();
    let mut done = 0;
    let mut at = 0;
    let bytes = line.as_bytes();
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let unit =
            (bytes.get(at + 1) == Some(&b'u')).then(|| line.get(at + 2..).and_then(hex_unit)).flatten();
        let next = line.get(at + 6..).and_then(|rest| rest.strip_prefix("\\u")).and_then(hex_unit);
        match (unit, next) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(0xd800..0xe000), _) => {
                fixed.push_str(&line[done..at]);
                fixed.push_str("\\ufffd");
                at += 6;
                done = at;
            }
            (Some(_), _) => at += 6,
            (None, _) => at += 2,
        }
    }
    (done > 0).then(|| fixed + &line[done..])
}

/// At most `limit` bytes of `text`: its beginning and its end with a mark between. The end gets
/// the larger share, because summaries stand there.
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    const MARK: &str = "\n[…]\n";
    let room = limit.saturating_sub(MARK.len());
    let head = floor(text, room / 4);
    let mut from = text.len() - (room - room / 4);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    [head, MARK, &text[from..]].concat()
}

/// At most `limit` bytes of the beginning of `text`.
pub(crate) fn floor(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Probe<'a> {
        #[serde(default, borrow)]
        text: Text<'a>,
        #[serde(default)]
        flag: Flag,
        #[serde(default)]
        list: List<Flag>,
    }

    #[test]
    fn a_field_of_another_type_is_a_missing_field() {
        let odd = r#"{"text":{"a":[1]},"flag":"yes","list":3.5}"#;
        let probe: Probe<'_> = serde_json::from_str(odd).unwrap();
        assert_eq!((probe.text.some(), probe.flag.0, probe.list.0.len()), (None, false, 0));
        let good: Probe<'_> = serde_json::from_str(r#"{"text":"a\"b","flag":true,"list":[true]}"#).unwrap();
        assert_eq!((good.text.as_str(), good.flag.0, good.list.0.len()), ("a\"b", true, 1));
    }

    #[test]
    fn of_a_huge_text_both_ends_are_read_and_no_escape_is_cut() {
        for filler in ["x", "é", "\\\"", "\\n", "\\u00e9", "\\\\", "\\ud83d\\ude00"] {
            let literal =
                format!("\"begin {} middle\\nthe end\"", filler.repeat(2 * TEXT_LIMIT / filler.len()));
            let raw: &RawValue = serde_json::from_str(&literal).unwrap();
            let text = text_of(Some(raw));
            assert!(text.starts_with("begin "), "{filler}: {}", &text[..20.min(text.len())]);
            assert!(text.ends_with("the end"), "{filler}");
            assert!(text.len() < 2 * TEXT_LIMIT, "{filler}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_reason_to_lose_a_record() {
        let line = r#"{"text":"a\ud83d b \\ud83d \ud83d\ude00 \udc00"}"#;
        assert!(serde_json::from_str::<Probe<'_>>(line).is_err());
        let fixed = without_half_surrogates(line).unwrap();
        let probe: Probe<'_> = serde_json::from_str(&fixed).unwrap();
        assert_eq!(probe.text.as_str(), "a\u{fffd} b \\ud83d \u{1f600} \u{fffd}");
        assert_eq!(without_half_surrogates(r#"{"text":"\ud83d\ude00"}"#), None);
        assert_eq!(unescape(r"a\ud83d b \ud83d\ude00\u00"), "a\u{fffd} b \u{1f600}");
    }

    #[test]
    fn an_excerpt_keeps_both_ends_within_the_limit() {
        let text = format!("head{}tail", "é".repeat(10_000));
        let short = excerpt(&text, 4096);
        assert!(short.len() <= 4096 && short.starts_with("head") && short.ends_with("tail"));
        assert_eq!(excerpt("short", 4096), "short");
    }
}
