//! A plain lexer for every language that is read: names, numbers, strings, punctuation and comments.
//!
//! It knows no grammar, so it also reads macros, broken files and half-written code, at the speed that
//! searching a whole repository needs.

use guard_model::Language;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// 1-based line of its first byte.
    pub(crate) line: u32,
    pub(crate) kind: Kind,
}

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Name,
    Number,
    /// A string, with quotes and prefix; also characters, and JavaScript's regular expressions.
    Text,
    Punct,
    /// A whole comment.
    Comment,
}

/// Languages whose files can hold the same edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Rust,
    Script,
    Python,
    C,
    Go,
    Java,
}

impl Family {
    pub(crate) fn of(language: Language) -> Family {
        match language {
            Language::Rust => Family::Rust,
            Language::TypeScript | Language::Tsx | Language::JavaScript => Family::Script,
            Language::Python => Family::Python,
            Language::C | Language::Cpp => Family::C,
            Language::Go => Family::Go,
            Language::Java => Family::Java,
        }
    }

    /// Words of the language itself: they say nothing about what an edit is about.
    pub(crate) fn is_keyword(self, word: &str) -> bool {
        const SHARED: &[&str] = &[
            "as",
            "async",
            "await",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "default",
            "do",
            "else",
            "enum",
            "export",
            "extern",
            "false",
            "finally",
            "for",
            "from",
            "if",
            "import",
            "in",
            "let",
            "new",
            "null",
            "package",
            "private",
            "protected",
            "public",
            "return",
            "static",
            "struct",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "type",
            "var",
            "void",
            "while",
            "with",
        ];
        let own: &[&str] = match self {
            Family::Rust => &[
                "Err", "None", "Ok", "Self", "Some", "crate", "dyn", "fn", "impl", "loop", "match", "mod",
                "move", "mut", "pub", "ref", "self", "trait", "unsafe", "use", "where",
            ],
            Family::Script => &[
                "any",
                "delete",
                "extends",
                "function",
                "implements",
                "instanceof",
                "interface",
                "of",
                "typeof",
                "undefined",
            ],
            Family::Python => &[
                "False", "None", "True", "and", "cls", "def", "del", "elif", "except", "global", "is",
                "lambda", "nonlocal", "not", "or", "pass", "raise", "self", "yield",
            ],
            Family::C => &[
                "auto",
                "bool",
                "char",
                "define",
                "delete",
                "double",
                "endif",
                "float",
                "ifdef",
                "ifndef",
                "include",
                "inline",
                "int",
                "long",
                "namespace",
                "nullptr",
                "operator",
                "override",
                "short",
                "signed",
                "sizeof",
                "std",
                "template",
                "typedef",
                "typename",
                "union",
                "unsigned",
                "using",
                "virtual",
                "volatile",
                "NULL",
            ],
            Family::Go => &[
                "chan",
                "defer",
                "err",
                "fallthrough",
                "func",
                "go",
                "goto",
                "interface",
                "map",
                "nil",
                "range",
                "select",
            ],
            Family::Java => &[
                "abstract",
                "boolean",
                "extends",
                "final",
                "implements",
                "instanceof",
                "int",
                "interface",
                "long",
                "throws",
            ],
        };
        SHARED.contains(&word) || own.contains(&word)
    }
}

/// A file's tokens, comments apart.
#[derive(Debug, Clone)]
pub(crate) struct Scanned<'t> {
    pub(crate) text: &'t str,
    pub(crate) code: Vec<Token>,
    pub(crate) comments: Vec<Token>,
}

impl<'t> Scanned<'t> {
    pub(crate) fn of(family: Family, text: &'t str) -> Scanned<'t> {
        // Offsets are 32 bits wide; longer texts are refused before.
        let mut scanner = Scanner { bytes: text.as_bytes(), family, at: 0, line: 1 };
        let mut code: Vec<Token> = Vec::with_capacity(text.len() / 5);
        let mut comments = Vec::new();
        while let Some(token) = scanner.next(code.last().copied()) {
            if token.kind == Kind::Comment { comments.push(token) } else { code.push(token) }
        }
        Scanned { text, code, comments }
    }

    pub(crate) fn word(&self, token: Token) -> &'t str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }
}

/// The words and signs inside a comment or a string.
pub(crate) fn inside(text: &str, whole: Token) -> Vec<Token> {
    let range = whole.start as usize..whole.end as usize;
    let Some(piece) = text.get(range) else { return Vec::new() };
    let bytes = piece.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, whole.line);
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if byte == b'\n' {
            line += 1;
            at += 1;
            continue;
        }
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let kind = if is_name(byte) {
            while at < bytes.len() && is_name(bytes[at]) {
                at += 1;
            }
            if byte.is_ascii_digit() { Kind::Number } else { Kind::Name }
        } else {
            at += punct_len(&bytes[at..]);
            Kind::Punct
        };
        tokens.push(Token { start: whole.start + start as u32, end: whole.start + at as u32, line, kind });
    }
    tokens
}

struct Scanner<'t> {
    bytes: &'t [u8],
    family: Family,
    at: usize,
    line: u32,
}

impl Scanner<'_> {
    fn next(&mut self, last: Option<Token>) -> Option<Token> {
        loop {
            match self.bytes.get(self.at)? {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                byte if byte.is_ascii_whitespace() => self.at += 1,
                // A line that goes on.
                b'\\' if matches!(self.bytes.get(self.at + 1), Some(b'\n' | b'\r')) => self.at += 1,
                _ => break,
            }
        }
        let (start, line) = (self.at, self.line);
        let kind = self.kind(last);
        self.at = self.at.max(start + 1).min(self.bytes.len());
        self.line += self.bytes[start..self.at].iter().filter(|&&b| b == b'\n').count() as u32;
        Some(Token { start: start as u32, end: self.at as u32, line, kind })
    }

    fn kind(&mut self, last: Option<Token>) -> Kind {
        let rest = &self.bytes[self.at..];
        let slashes = self.family != Family::Python;
        match rest[0] {
            b'#' if !slashes => {
                self.skip_line();
                Kind::Comment
            }
            b'/' if slashes && rest.get(1) == Some(&b'/') => {
                self.skip_line();
                Kind::Comment
            }
            b'/' if slashes && rest.get(1) == Some(&b'*') => {
                self.block_comment();
                Kind::Comment
            }
            b'/' if self.family == Family::Script && self.regex_may_begin(last) => self.regex(),
            b'"' => {
                self.string(0);
                Kind::Text
            }
            b'\'' => {
                self.quote();
                Kind::Text
            }
            b'`' if matches!(self.family, Family::Script | Family::Go) => {
                self.backquoted();
                Kind::Text
            }
            byte if is_name(byte) => self.word(byte),
            _ => {
                self.at += punct_len(rest);
                Kind::Punct
            }
        }
    }

    fn word(&mut self, first: u8) -> Kind {
        let rest = &self.bytes[self.at..];
        if let Some(prefix) = self.string_prefix(rest) {
            match self.family {
                Family::Rust if rest[..prefix].contains(&b'r') => self.rust_raw(prefix),
                Family::C if rest[..prefix].ends_with(b"R") => self.c_raw(prefix),
                Family::Rust if rest[prefix] == b'\'' => {
                    self.at += prefix;
                    self.quote();
                }
                _ => self.string(prefix),
            }
            return Kind::Text;
        }
        if self.family == Family::Rust && rest.starts_with(b"r#") && rest.get(2).is_some_and(|&b| is_name(b))
        {
            self.at += 2;
        }
        let number = first.is_ascii_digit();
        while let Some(&byte) = self.bytes.get(self.at) {
            let dot = number && byte == b'.' && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
            if !is_name(byte) && !dot {
                break;
            }
            self.at += 1;
        }
        if number { Kind::Number } else { Kind::Name }
    }

    /// Letters (and hashes, in Rust) before a quote that make it a string.
    fn string_prefix(&self, rest: &[u8]) -> Option<usize> {
        let letters: &[u8] = match self.family {
            Family::Rust => b"brc",
            Family::Python => b"rRbBuUfF",
            Family::C => b"LuU8R",
            _ => return None,
        };
        let many = rest.iter().take(3).take_while(|b| letters.contains(b)).count();
        if many == 0 || many > 2 + usize::from(self.family == Family::C) {
            return None;
        }
        let hashes = match self.family {
            Family::Rust if rest[..many].contains(&b'r') => {
                rest[many..].iter().take_while(|&&b| b == b'#').count()
            }
            _ => 0,
        };
        match rest.get(many + hashes) {
            Some(b'"') => Some(many + hashes),
            Some(b'\'') if self.family == Family::Python => Some(many),
            Some(b'\'') if self.family == Family::Rust && rest[..many] == *b"b" => Some(many),
            _ => None,
        }
    }

    /// A string whose quote stands `prefix` bytes on.
    fn string(&mut self, prefix: usize) {
        self.at += prefix;
        let quote = self.bytes[self.at];
        let triple = [quote; 3];
        if self.family == Family::Python && self.bytes[self.at..].starts_with(&triple) {
            self.at += 3;
            while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(&triple) {
                self.at += 1 + usize::from(self.bytes[self.at] == b'\\');
            }
            self.at = (self.at + 3).min(self.bytes.len());
            return;
        }
        if self.family == Family::Java && self.bytes[self.at..].starts_with(b"\"\"\"") {
            self.at += 3;
            while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(b"\"\"\"") {
                self.at += 1;
            }
            self.at = (self.at + 3).min(self.bytes.len());
            return;
        }
        let many_lines = self.family == Family::Rust;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'\n' if !many_lines => break,
                byte if byte == quote => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// What begins with `'`: a character, a lifetime, or a string where the language has such.
    fn quote(&mut self) {
        if self.family != Family::Rust {
            return self.string(0);
        }
        let rest = &self.bytes[self.at..];
        if rest.get(1) == Some(&b'\\') {
            let end = rest.iter().skip(3).position(|&b| b == b'\'').map_or(rest.len(), |at| at + 4);
            self.at += end;
            return;
        }
        let width = match rest.get(1) {
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            _ => 1,
        };
        if rest.get(1 + width) == Some(&b'\'') {
            self.at += 2 + width;
            return;
        }
        self.at += 1;
        while self.bytes.get(self.at).is_some_and(|&b| is_name(b)) {
            self.at += 1;
        }
    }

    fn rust_raw(&mut self, prefix: usize) {
        let hashes = self.bytes[self.at..self.at + prefix].iter().filter(|&&b| b == b'#').count();
        self.at += prefix + 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            let rest = &self.bytes[self.at..];
            if byte == b'"' && rest.iter().take(hashes).take_while(|&&b| b == b'#').count() == hashes {
                self.at += hashes;
                return;
            }
        }
    }

    fn c_raw(&mut self, prefix: usize) {
        let open = self.at + prefix + 1;
        let rest = &self.bytes[open.min(self.bytes.len())..];
        let Some(paren) = rest.iter().take(17).position(|&b| b == b'(') else {
            return self.string(prefix);
        };
        let mut close = vec![b')'];
        close.extend_from_slice(&rest[..paren]);
        close.push(b'"');
        let found = rest.windows(close.len()).position(|w| w == close);
        self.at = found.map_or(self.bytes.len(), |at| open + at + close.len());
    }

    /// A template string; what `${…}` holds belongs to it.
    fn backquoted(&mut self) {
        let mut depth = 0_usize;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            let script = self.family == Family::Script;
            match byte {
                b'\\' if script => self.at += 1,
                b'$' if script && self.bytes.get(self.at + 1) == Some(&b'{') => {
                    depth += 1;
                    self.at += 1;
                }
                b'{' if depth > 0 => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                b'`' if depth == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// Division follows a value; a regular expression does not.
    fn regex_may_begin(&self, last: Option<Token>) -> bool {
        let Some(last) = last else { return true };
        let text = &self.bytes[last.start as usize..last.end as usize];
        match last.kind {
            Kind::Name => matches!(text, b"return" | b"typeof" | b"case" | b"in" | b"of"),
            // `</div>` and `/>`: JSX.
            Kind::Punct => !matches!(text, b")" | b"]" | b"}" | b"<" | b"++" | b"--"),
            _ => false,
        }
    }

    fn regex(&mut self) -> Kind {
        let mut at = self.at + 1;
        let mut class = false;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' => break,
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    at += 1;
                    while self.bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
                        at += 1;
                    }
                    self.at = at;
                    return Kind::Text;
                }
                _ => {}
            }
            at += 1;
        }
        self.at += 1;
        Kind::Punct
    }

    fn skip_line(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&b| b != b'\n') {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"/*") && (depth == 0 || self.family == Family::Rust) {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with(b"*/") {
                depth = depth.saturating_sub(1);
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
    }
}

/// Bytes of the sign at the start.
fn punct_len(rest: &[u8]) -> usize {
    const THREE: [&[u8]; 6] = [b"===", b"!==", b"...", b"..=", b"**=", b"<<="];
    const TWO: [&[u8]; 20] = [
        b"::", b"->", b"=>", b"==", b"!=", b"<=", b">=", b"&&", b"||", b"+=", b"-=", b"*=", b"/=", b"|=",
        b"..", b"?.", b"??", b"++", b"--", b":=",
    ];
    if THREE.iter().any(|p| rest.starts_with(p)) {
        3
    } else if TWO.iter().any(|p| rest.starts_with(p)) {
        2
    } else {
        1
    }
}

/// Bytes of names; those of other scripts count.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(family: Family, text: &str) -> String {
        let scanned = Scanned::of(family, text);
        let words: Vec<&str> = scanned.code.iter().map(|&t| scanned.word(t)).collect();
        format!("{} #{}", words.join("␣"), scanned.comments.len())
    }

    #[test]
    fn strings_and_comments_of_each_language_are_one_token() {
        for (family, text, expected) in [
            (Family::Rust, "a::b(r#\"x\"y\"#, 'c', 'life) // z", "a␣::␣b␣(␣r#\"x\"y\"#␣,␣'c'␣,␣'life␣) #1"),
            (Family::Rust, "/* a /* b */ c */ d r#type 1.5 0..n", "d␣r#type␣1.5␣0␣..␣n #1"),
            (Family::Python, "x = f'a' + \"\"\"b\n\"c\"\"\" # no", "x␣=␣f'a'␣+␣\"\"\"b\n\"c\"\"\" #1"),
            (
                Family::Script,
                "a = `x${`y`}z` / 2; s.replace(/[/]\"/g, '')",
                "a␣=␣`x${`y`}z`␣/␣2␣;␣s␣.␣replace␣(␣/[/]\"/g␣,␣''␣) #0",
            ),
            (Family::Script, "<p>don't</p>\nnext()", "<␣p␣>␣don␣'t</p>␣next␣(␣) #0"),
            (
                Family::C,
                "#include <a.h>\nR\"x(\"))x\" L'c' \"a\\\"b\"",
                "#␣include␣<␣a␣.␣h␣>␣R\"x(\"))x\"␣L␣'c'␣\"a\\\"b\" #0",
            ),
            (Family::Go, "x := `a\nb` // c", "x␣:=␣`a\nb` #1"),
        ] {
            assert_eq!(shown(family, text), expected, "{text}");
        }
    }

    #[test]
    fn any_bytes_end_somewhere() {
        let families = [Family::Rust, Family::Script, Family::Python, Family::C, Family::Go, Family::Java];
        for text in ["\"a\\", "'", "r#\"", "/*", "`${", "R\"(", "\"\"\"", "é\\\n'é'", "b'", "/", "#"] {
            for family in families {
                let scanned = Scanned::of(family, text);
                let ends = scanned.code.iter().chain(&scanned.comments).map(|t| t.end as usize);
                assert!(ends.max().unwrap_or(0) <= text.len(), "{text}");
            }
        }
    }
}
