//! Finds its way in JSON that is known to be well-formed, because a parser has passed over it. In any
//! other text it finds nothing or nonsense, but it comes to an end.

use memchr::memchr;

/// The value of a field of an object, as written. Of several the last.
pub(crate) fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    fields(object, 0, name).0
}

/// What a field is in each object of a list, as written; other elements are passed over.
pub(crate) fn field_of_each<'a>(list: &'a str, name: &str) -> impl Iterator<Item = Option<&'a str>> {
    let mut at = usize::from(list.starts_with('['));
    std::iter::from_fn(move || {
        loop {
            at = skip(list, at, b", \t\r\n");
            if list.as_bytes().get(at) == Some(&b'{') {
                let (value, end) = fields(list, at, name);
                at = end;
                return Some(value);
            }
            let end = value_end(list, at);
            if end == at {
                return None;
            }
            at = end;
        }
    })
}

/// The value of a field of the object that begins at `at`, and where the object ends.
fn fields<'a>(text: &'a str, mut at: usize, name: &str) -> (Option<&'a str>, usize) {
    let mut found = None;
    if text.as_bytes().get(at) != Some(&b'{') {
        return (None, at);
    }
    at += 1;
    loop {
        at = skip(text, at, b", \t\r\n");
        if text.as_bytes().get(at) == Some(&b'}') {
            return (found, at + 1);
        }
        let key = &text[at..string_end(text, at)];
        at = skip(text, at + key.len(), b": \t\r\n");
        let value = &text[at..value_end(text, at)];
        if key.is_empty() || value.is_empty() {
            return (found, text.len());
        }
        if key.get(1..key.len() - 1) == Some(name) {
            found = Some(value);
        }
        at += value.len();
    }
}

fn skip(text: &str, mut at: usize, what: &[u8]) -> usize {
    while text.as_bytes().get(at).is_some_and(|byte| what.contains(byte)) {
        at += 1;
    }
    at
}

/// Where the value that begins at `at` ends; `at` itself when none begins there.
fn value_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        Some(b'"') => string_end(text, at),
        Some(b'{' | b'[') => {
            let mut depth = 0_usize;
            let mut at = at;
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => {
                        at = string_end(text, at);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
            at
        }
        _ => {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().position(|byte| b",]}: \t\r\n".contains(byte));
            at + length.unwrap_or(rest.len())
        }
    }
}

/// Where the string that begins at `at` ends; `at` itself when none begins there.
fn string_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'"') {
        return at;
    }
    let mut end = at + 1;
    while let Some(quote) = bytes.get(end..).and_then(|rest| memchr(b'"', rest)) {
        // Line breaks are the most frequent escapes: only those right before a quote are looked at.
        let escapes = bytes[at + 1..end + quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        end += quote + 1;
        if escapes % 2 == 0 {
            return end;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        let object = r#"{"x":[{}, "]\"}"], "text" : "t\\" , "y":{"text":1},"z":-1.5e3}"#;
        assert_eq!(field(object, "text"), Some(r#""t\\""#));
        assert_eq!(field(object, "x"), Some(r#"[{}, "]\"}"]"#));
        assert_eq!((field(object, "z"), field(object, "a")), (Some("-1.5e3"), None));
        assert_eq!((field("{}", "y"), field("3", "y"), field("[{\"y\":1}]", "y")), (None, None, None));
        let list = format!(r#"[ 1, "a,\"]b", {object} , {{}},null,[ {object} ],{{"text":[]}} ]"#);
        let texts: Vec<Option<&str>> = field_of_each(&list, "text").collect();
        assert_eq!(texts, [Some(r#""t\\""#), None, Some("[]")]);
        assert_eq!(field_of_each("[]", "text").count(), 0);
    }

    #[test]
    fn broken_text_ends() {
        let broken = [
            "",
            "[",
            "[\"",
            "[\"a\\",
            "[[[",
            "{\"text\":",
            "[{\"text\"",
            "{\"text\"",
            "{:1}",
            "[{:1},",
            "[}",
            "[é]",
            "{\"é\":é",
            "[{\"é",
            "[{\"é\"",
            "[{\"é\":\"é",
        ];
        for text in broken {
            let _ = (field_of_each(text, "text").take(1000).count(), field(text, "text"));
        }
    }
}
