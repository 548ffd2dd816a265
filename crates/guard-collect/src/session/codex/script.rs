//! Reads the JavaScript that Codex writes in its code mode as far as it names tools: which are
//! called in what order, and with which literal arguments. Nothing is run.

use std::cell::Cell;
use std::str::Chars;

use memchr::memchr2;

/// A call of a tool in a script.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Name behind `tools.`.
    pub(super) tool: String,
    /// The first argument.
    pub(super) argument: Js,
}

/// A value, as far as it is written out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Js {
    Text(String),
    Number(f64),
    List(Vec<Js>),
    Object(Vec<(String, Js)>),
    /// Anything that would have to be run; its source.
    Code(String),
}

impl Js {
    /// The field of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Js> {
        match self {
            Js::Object(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string, or the source of what is computed.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Js::Text(text) | Js::Code(text) => Some(text),
            _ => None,
        }
    }
}

/// How often a byte may be looked at on average.
const FUEL: usize = 32;
/// Deepest nesting of values.
const DEPTH: u32 = 32;

/// The tools that a script calls, in the order they are written.
pub(super) fn calls(source: &str) -> Vec<Call> {
    let fuel = Cell::new(source.len().saturating_mul(FUEL));
    let mut reader = Reader { source, at: 0, known: Vec::new(), fuel };
    let mut calls = Vec::new();
    while let Some(byte) = reader.peek() {
        match byte {
            b'"' | b'\'' | b'`' => reader.string_in_parts(|_| {}),
            b'/' if reader.comment() => {}
            b if is_name(b) => {
                let word = reader.name();
                match word {
                    "const" | "let" | "var" => reader.declaration(),
                    "tools" => {
                        if let Some(tool) = reader.member()
                            && reader.skip_space() == Some(b'(')
                        {
                            reader.at += 1;
                            let argument = reader.value(0);
                            calls.push(Call { tool, argument });
                        }
                    }
                    _ => {}
                }
            }
            _ => reader.bump(),
        }
    }
    calls
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    /// Constants by name, as far as they are literals.
    known: Vec<(String, Js)>,
    /// Looks at a byte that are left: parts are read twice, but no script is read for ever.
    fuel: Cell<usize>,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.burn(1);
        if self.fuel.get() == 0 {
            return None;
        }
        self.source.as_bytes().get(self.at).copied()
    }

    fn burn(&self, amount: usize) {
        self.fuel.set(self.fuel.get().saturating_sub(amount));
    }

    /// Moves over one character.
    fn bump(&mut self) {
        self.at += 1;
        while !self.source.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b if b.is_ascii_whitespace() => self.at += 1,
                b'/' if self.comment() => {}
                other => return Some(other),
            }
        }
    }

    /// Skips a comment; false when there is none.
    fn comment(&mut self) -> bool {
        let rest = &self.source[self.at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            return false;
        };
        self.at += length;
        true
    }

    fn name(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(is_name) {
            self.at += 1;
        }
        &self.source[start..self.at]
    }

    /// The name behind a dot.
    fn member(&mut self) -> Option<String> {
        if self.skip_space()? != b'.' {
            return None;
        }
        self.at += 1;
        self.skip_space();
        let name = self.name();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// `NAME = literal` behind `const`; a value that calls a tool is left to be read.
    fn declaration(&mut self) {
        self.skip_space();
        let name = self.name();
        if name.is_empty() || self.skip_space() != Some(b'=') || self.source[self.at..].starts_with("=>") {
            return;
        }
        self.at += 1;
        let start = self.at;
        let value = self.value(0);
        match value {
            Js::Code(_) => self.at = start,
            value => self.known.push((name.to_owned(), value)),
        }
    }

    fn value(&mut self, depth: u32) -> Js {
        let start = self.at;
        let mut value = self.primary(depth);
        loop {
            match self.skip_space() {
                Some(b'+') if !self.source[self.at..].starts_with("++") => {
                    self.at += 1;
                    let right = self.primary(depth);
                    value = match (value, right) {
                        (Js::Text(left), Js::Text(right)) => Js::Text(left + &right),
                        _ => self.code(start),
                    };
                }
                Some(b'.') if matches!(value, Js::List(_)) => value = self.joined(value, start),
                Some(b',' | b')' | b'}' | b']' | b';') | None => return value,
                _ => return if matches!(value, Js::Code(_)) { self.code(start) } else { value },
            }
        }
    }

    /// `[…].join("\n")`
    fn joined(&mut self, list: Js, start: usize) -> Js {
        let member = self.member();
        if member.as_deref() != Some("join") || self.skip_space() != Some(b'(') {
            return self.code(start);
        }
        self.at += 1;
        let separator = self.value(DEPTH);
        if self.skip_space() == Some(b')') {
            self.at += 1;
        }
        match (list, separator) {
            (Js::List(items), Js::Text(separator)) => {
                let texts: Option<Vec<&str>> = items.iter().map(Js::text).collect();
                texts.map_or_else(|| self.code(start), |texts| Js::Text(texts.join(&separator)))
            }
            _ => self.code(start),
        }
    }

    fn primary(&mut self, depth: u32) -> Js {
        let Some(byte) = self.skip_space() else { return Js::Code(String::new()) };
        let start = self.at;
        match byte {
            b'"' | b'\'' | b'`' => Js::Text(self.string()),
            b'{' if depth < DEPTH => self.object(depth),
            b'[' if depth < DEPTH => self.list(depth),
            b'0'..=b'9' | b'-' => {
                self.at += 1;
                while self.peek().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'e')) {
                    self.at += 1;
                }
                self.source[start..self.at]
                    .replace('_', "")
                    .parse()
                    .map_or_else(|_| self.code(start), Js::Number)
            }
            b if is_name(b) => {
                let name = self.name();
                if name == "String" && self.source[self.at..].starts_with(".raw`") {
                    self.at += ".raw".len();
                    return Js::Text(self.raw_template());
                }
                let known =
                    self.known.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
                let followed = matches!(self.skip_space(), Some(b'.' | b'(' | b'['));
                match known {
                    Some(value) if !followed || matches!(value, Js::List(_)) => value,
                    _ => self.code(start),
                }
            }
            _ => self.code(start),
        }
    }

    /// The source from `start` up to the end of the expression; strings in it are skipped whole.
    fn code(&mut self, start: usize) -> Js {
        let mut open = 0_i32;
        // Only what belongs to this value is taken: the rest of a call is read by the caller.
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' | b'`' => {
                    self.string_in_parts(|_| {});
                    continue;
                }
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' if open == 0 => break,
                b')' | b']' | b'}' => open -= 1,
                b',' | b';' | b'\n' if open == 0 => break,
                _ => {}
            }
            self.bump();
        }
        Js::Code(self.source[start..self.at].trim().to_owned())
    }

    fn object(&mut self, depth: u32) -> Js {
        self.at += 1;
        let mut fields = Vec::new();
        loop {
            match self.skip_space() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let before = self.at;
            let key = match self.peek() {
                Some(b'"' | b'\'' | b'`') => self.string(),
                _ => self.name().to_owned(),
            };
            let value = if self.skip_space() == Some(b':') {
                self.at += 1;
                self.value(depth + 1)
            } else {
                // `{cmd}` stands for `{cmd: cmd}`.
                let known =
                    self.known.iter().rev().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
                known.unwrap_or_else(|| Js::Code(key.clone()))
            };
            fields.push((key, value));
            if self.at == before {
                self.bump();
            }
        }
        Js::Object(fields)
    }

    fn list(&mut self, depth: u32) -> Js {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.skip_space() {
                None => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let before = self.at;
            items.push(self.value(depth + 1));
            if self.at == before {
                self.bump();
            }
        }
        Js::List(items)
    }

    fn raw_template(&mut self) -> String {
        self.at += 1;
        let rest = &self.source[self.at..];
        let end = rest.find('`').unwrap_or(rest.len());
        self.at = (self.at + end + 1).min(self.source.len());
        rest[..end].to_owned()
    }

    fn string(&mut self) -> String {
        let mut text = String::new();
        self.string_in_parts(|part| text.push_str(part));
        text
    }

    /// Moves over a string and gives its parts as they stand for themselves.
    fn string_in_parts(&mut self, mut give: impl FnMut(&str)) {
        let quote = self.peek().unwrap_or(b'"');
        let source = self.source;
        let start = self.at;
        let mut at = start + 1;
        self.at = source.len();
        while let Some(found) = memchr2(quote, b'\\', &source.as_bytes()[at..]) {
            give(&source[at..at + found]);
            at += found + 1;
            if source.as_bytes()[at - 1] == quote {
                self.at = at;
                break;
            }
            let mut chars = source[at..].chars();
            let Some(escaped) = chars.next() else { break };
            match escaped {
                'n' => give("\n"),
                't' => give("\t"),
                'r' => give("\r"),
                '0' => give("\0"),
                '\n' => {}
                'u' | 'x' => {
                    let code = hex(&mut chars, if escaped == 'x' { 2 } else { 4 });
                    let decoded = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                    give(decoded.encode_utf8(&mut [0; 4]));
                }
                other => give(other.encode_utf8(&mut [0; 4])),
            }
            at = source.len() - chars.as_str().len();
        }
        if self.at == source.len() && at < source.len() {
            give(&source[at..]);
        }
        self.burn(self.at - start);
    }
}

/// A number of `digits` hexadecimal digits, or of any number in braces.
fn hex(chars: &mut Chars<'_>, digits: usize) -> u32 {
    let (mut code, mut read) = (0_u32, 0);
    while let Some(c) = chars.next() {
        match c.to_digit(16) {
            Some(digit) => code = code.wrapping_mul(16).wrapping_add(digit),
            None if c == '{' && read == 0 => {
                let inner: String = chars.by_ref().take_while(|c| *c != '}').take(8).collect();
                return u32::from_str_radix(&inner, 16).unwrap_or(0);
            }
            None => break,
        }
        read += 1;
        if read == digits {
            break;
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(source: &str) -> Vec<String> {
        let cmd = |call: &Call| call.argument.get("cmd").and_then(Js::text).map(str::to_owned);
        calls(source).iter().filter_map(cmd).collect()
    }

    #[test]
    fn commands_are_found_however_the_object_is_written() {
        let source = r#"
            // tools.exec_command({cmd:"in a comment"})
            const dir = '/w', note = "tools.exec_command({cmd:'in a string'})";
            const cmd = `cargo test`;
            const [a, b] = await Promise.all([
              tools.exec_command({cmd:"rg -n \"a\\.b\" | head", "workdir": dir}),
              tools.exec_command({ "cmd": 'it\'s', yield_time_ms: 1_000 }),
            ]);
            text(await tools.exec_command({cmd, workdir: dir}));
            const lines = ["one", "two"];
            await tools.exec_command({cmd: lines.join("\n") + "\n", tty: true});
            for (const c of list) { await tools.exec_command({cmd: c.line}); }
        "#;
        assert_eq!(
            commands(source),
            ["rg -n \"a\\.b\" | head", "it's", "cargo test", "one\ntwo\n", "c.line"]
        );
    }

    #[test]
    fn plans_and_patches_are_read() {
        let source = r#"const patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";
            text(await tools.apply_patch(patch));
            const p = await tools.update_plan({explanation:"why", plan:[{step:"one",status:"completed"},{"step":'two',"status":"pending"}]}); text(p)"#;
        let calls = calls(source);
        assert_eq!(calls[0].argument.text().unwrap().lines().nth(1), Some("*** Add File: a"));
        let Some(Js::List(plan)) = calls[1].argument.get("plan") else { panic!("no plan in {calls:?}") };
        let steps: Vec<_> = plan
            .iter()
            .map(|item| (item.get("step").and_then(Js::text), item.get("status").and_then(Js::text)))
            .collect();
        assert_eq!(steps, [(Some("one"), Some("completed")), (Some("two"), Some("pending"))]);
    }

    #[test]
    fn broken_scripts_end() {
        for source in [
            "tools.exec_command({cmd:",
            "tools.",
            "\"",
            "tools.x(((((",
            "tools.x([1,2",
            "tools.x({a b c",
            "const a = ",
            "tools.x({,,é:",
        ] {
            let _ = calls(source);
        }
        let _ = calls(&"tools.x([".repeat(20_000));
        let _ = calls(&"const a = b.c(".repeat(20_000));
    }
}
