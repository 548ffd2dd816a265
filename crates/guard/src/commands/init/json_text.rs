//! JSON as text: where values stand, so that one can be added or taken out and everything around it stays as the
//! user wrote it. Comments and trailing commas, which editors allow in settings, are read over.

use std::ops::Range;

/// Containers in each other at most; settings have a handful.
const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// From its first byte to behind its last one.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// An object's members, in order.
    Object(Vec<Member>),
    /// An array's elements, in order.
    Array(Vec<Node>),
    /// Anything else.
    Scalar,
}

/// One member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) key: String,
    /// Where the name begins.
    pub(crate) start: usize,
    /// Its value.
    pub(crate) value: Node,
}

impl Node {
    /// The member `key` of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Object(members) => members.iter().find(|m| m.key == key).map(|m| &m.value),
            _ => None,
        }
    }

    /// The elements of an array; none of anything else.
    pub(crate) fn elements(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => &[],
        }
    }

    /// Where its children stand; a member from its name on.
    fn children(&self) -> Vec<Range<usize>> {
        match &self.kind {
            Kind::Object(members) => members.iter().map(|m| m.start..m.value.span.end).collect(),
            Kind::Array(elements) => elements.iter().map(|e| e.span.clone()).collect(),
            Kind::Scalar => Vec::new(),
        }
    }
}

/// Reads a text; what is wrong with it, with the line, when it is no JSON.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader { text, at: text.strip_prefix('\u{feff}').map_or(0, |_| '\u{feff}'.len_utf8()) };
    let node = reader.value(0)?;
    reader.skip();
    if reader.at < text.len() { Err(reader.wrong("more text after the end")) } else { Ok(node) }
}

/// The value of a node, comments and trailing commas left out.
pub(crate) fn value(text: &str, node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.kind {
        Kind::Object(members) => {
            Value::Object(members.iter().map(|m| (m.key.clone(), value(text, &m.value))).collect())
        }
        Kind::Array(elements) => Value::Array(elements.iter().map(|e| value(text, e)).collect()),
        Kind::Scalar => serde_json::from_str(&text[node.span.clone()]).unwrap_or_default(),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &str) -> String {
        let line = self.text[..self.at.min(self.text.len())].matches('\n').count() + 1;
        format!("{what} in line {line}")
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Goes over white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            let comment = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                0
            };
            self.at += rest.len() - trimmed.len() + comment;
            if comment == 0 {
                return;
            }
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        self.skip();
        let found = self.rest().starts_with(mark);
        self.at += if found { mark.len_utf8() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, String> {
        self.skip();
        if depth > DEEPEST {
            return Err(self.wrong("values are too deep in each other"));
        }
        let start = self.at;
        let kind = if self.eat('{') {
            self.object(depth)?
        } else if self.eat('[') {
            let mut elements = Vec::new();
            while !self.eat(']') {
                elements.push(self.value(depth + 1)?);
                self.comma(']')?;
            }
            Kind::Array(elements)
        } else if self.rest().starts_with('"') {
            self.string()?;
            Kind::Scalar
        } else {
            let end = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
            let word = &self.rest()[..end.unwrap_or(self.rest().len())];
            if serde_json::from_str::<serde_json::Value>(word).is_err() {
                return Err(self.wrong("no JSON value"));
            }
            self.at += word.len();
            Kind::Scalar
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Kind, String> {
        let mut members: Vec<Member> = Vec::new();
        while !self.eat('}') {
            let start = self.at;
            let key = self.string()?;
            if members.iter().any(|m| m.key == key) {
                self.at = start;
                return Err(self.wrong(&format!("`{key}` for the second time")));
            }
            if !self.eat(':') {
                return Err(self.wrong("no `:` after a name"));
            }
            members.push(Member { key, start, value: self.value(depth + 1)? });
            self.comma('}')?;
        }
        Ok(Kind::Object(members))
    }

    /// The comma after a child, unless the container ends.
    fn comma(&mut self, close: char) -> Result<(), String> {
        if self.eat(',') {
            return Ok(());
        }
        if self.rest().starts_with(close) { Ok(()) } else { Err(self.wrong(&format!("no `,` or `{close}`"))) }
    }

    fn string(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|&(_, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let text = end.map_or("", |(end, _)| &rest[..=end]);
        let read = serde_json::from_str(text).map_err(|_| self.wrong("no string"))?;
        self.at += text.len();
        Ok(read)
    }
}

/// The text with `child` as the last one of `container`; `child` is indented by two columns a level.
pub(crate) fn append(text: &str, container: &Node, child: &str) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let children = container.children();
    let outer = indent_of(text, container.span.start);
    let unit = unit(text);
    let indent = match children.last() {
        Some(last) if is_first_on_line(text, last.start) => indent_of(text, last.start).to_owned(),
        _ => format!("{outer}{unit}"),
    };
    let lines: Vec<String> = child.lines().map(|line| format!("{indent}{}", in_units(line, &unit))).collect();
    let child = lines.join(line_end);
    let close = container.span.end - 1;
    let Some(last) = children.last() else {
        let open = container.span.start + 1;
        let after =
            if text[open..close].contains('\n') { String::new() } else { format!("{line_end}{outer}") };
        return spliced(text, &[(open, format!("{line_end}{child}{after}"))]);
    };
    let mut behind = Reader { text, at: last.end };
    let has_comma = behind.eat(',');
    let at = if has_comma { behind.at } else { last.end };
    let line = text[at..close].find('\n').map_or(close, |n| at + n);
    let comma = if has_comma { "" } else { "," };
    if line == close {
        // The container ends on this line.
        let rest = if text[at..close].trim().is_empty() { &text[close..] } else { &text[at..] };
        return format!("{}{comma}{line_end}{child}{line_end}{outer}{rest}", &text[..at]);
    }
    // A comment behind the last child stays behind it.
    let line = if text[..line].ends_with('\r') { line - 1 } else { line };
    spliced(text, &[(at, comma.to_owned()), (line, format!("{line_end}{child}"))])
}

/// The text without the child at `index` of `container`, and without the comma that it had.
pub(crate) fn remove(text: &str, container: &Node, index: usize) -> String {
    let children = container.children();
    let Some(child) = children.get(index) else { return text.to_owned() };
    let close = container.span.end - 1;
    let (start, end) = match (index.checked_sub(1).and_then(|i| children.get(i)), children.get(index + 1)) {
        (Some(before), _) => (before.end, child.end),
        (None, Some(after)) => (child.start, after.start),
        (None, None) => (container.span.start + 1, close),
    };
    format!("{}{}", &text[..start], &text[end..])
}

fn spliced(text: &str, pieces: &[(usize, String)]) -> String {
    let mut out = text.to_owned();
    for (at, piece) in pieces.iter().rev() {
        out.insert_str(*at, piece);
    }
    out
}

/// What the line that holds `at` begins with.
fn indent_of(text: &str, at: usize) -> &str {
    let line = &text[text[..at].rfind('\n').map_or(0, |n| n + 1)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn is_first_on_line(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before.rfind('\n').is_some_and(|n| before[n + 1..].trim_matches([' ', '\t']).is_empty())
}

/// What one level is indented by: the first indented line says it.
fn unit(text: &str) -> String {
    let first = text.lines().map(|l| &l[..l.len() - l.trim_start_matches([' ', '\t']).len()]);
    first.into_iter().find(|indent| !indent.is_empty()).unwrap_or("  ").to_owned()
}

/// A line that is indented by two columns a level, in other units.
fn in_units(line: &str, unit: &str) -> String {
    let code = line.trim_start_matches(' ');
    format!("{}{code}", unit.repeat((line.len() - code.len()) / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(text: &str, path: &[&str], child: &str) -> String {
        let root = parse(text).unwrap();
        let node = path.iter().fold(&root, |node, key| node.get(key).unwrap());
        let out = append(text, node, child);
        parse(&out).unwrap();
        out
    }

    #[test]
    fn what_is_added_takes_the_files_own_indentation() {
        let cases = [
            ("{}", "{\n  \"a\": 1\n}"),
            ("{\n}\n", "{\n  \"a\": 1\n}\n"),
            ("{ \"b\": 2 }\n", "{ \"b\": 2,\n  \"a\": 1\n}\n"),
            ("{\n    \"b\": 2\n}\n", "{\n    \"b\": 2,\n    \"a\": 1\n}\n"),
            ("{\n\t\"b\": [1,\n\t2]\n}", "{\n\t\"b\": [1,\n\t2],\n\t\"a\": 1\n}"),
            ("{\r\n  \"b\": 2\r\n}\r\n", "{\r\n  \"b\": 2,\r\n  \"a\": 1\r\n}\r\n"),
            ("{\n  \"b\": 2 // two\n}\n", "{\n  \"b\": 2, // two\n  \"a\": 1\n}\n"),
            (
                "{\n  \"b\": 2, // two\n  /* end */\n}\n",
                "{\n  \"b\": 2, // two\n  \"a\": 1\n  /* end */\n}\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(appended(text, &[], "\"a\": 1"), expected, "{text:?}");
        }
    }

    #[test]
    fn what_was_added_can_be_taken_out_again_when_more_stands_around_it() {
        let text = "{\n  \"x\": [\n    {\"a\": 1},\n    {\"b\": 2}\n  ]\n}\n";
        let root = parse(text).unwrap();
        let list = root.get("x").unwrap();
        assert_eq!(remove(text, list, 1), "{\n  \"x\": [\n    {\"a\": 1}\n  ]\n}\n");
        assert_eq!(remove(text, list, 0), "{\n  \"x\": [\n    {\"b\": 2}\n  ]\n}\n");
        assert_eq!(remove(text, &root, 0), "{}\n");
    }

    #[test]
    fn what_is_no_json_is_said_with_its_line() {
        let cases = [
            ("{\n  \"a\": nope\n}", "no JSON value in line 2"),
            ("{\n  \"a\": 1\n  \"b\": 2\n}", "no `,` or `}` in line 3"),
            ("", "no JSON value in line 1"),
            ("{\"a\": 1} x", "more text after the end in line 1"),
            ("{\"a\": 1, \"a\": 2}", "`a` for the second time in line 1"),
            ("{\"a\": \"x", "no string in line 1"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap_err(), expected, "{text:?}");
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().contains("too deep"));
    }
}
