//! Splits a command line into its commands: enough of the shell's grammar to know what runs and
//! whose exit code is whose. Broken input gives what could be read; nesting is bounded. Words that
//! stand in the line as they are meant are borrowed from it.

use std::borrow::Cow;

/// Deepest nesting that is followed; deeper parts are left out.
const DEPTH: u32 = 24;

/// A word after quote removal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// The text; what a substitution would give is left as `$(…)`.
    pub(super) text: Cow<'a, str>,
    /// Whether any part of it was quoted.
    quoted: bool,
    /// The substitutions in it.
    pub(super) substitutions: Vec<List<'a>>,
}

/// Commands that run one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct List<'a>(pub(super) Vec<Item<'a>>);

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// Pipelines with the operator that leads to each (`true` for `||`); the first has none.
    pub(super) chain: Vec<(bool, Pipeline<'a>)>,
    /// Whether it is started with `&`.
    pub(super) background: bool,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pipeline<'a> {
    /// Whether its exit code is turned round with `!`.
    pub(super) negated: bool,
    /// The commands.
    pub(super) commands: Vec<Cmd<'a>>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cmd<'a> {
    /// Words, and the text that a here document gives to its input.
    Simple { words: Vec<Word<'a>>, input: Option<Cow<'a, str>> },
    /// `( … )` or `{ …; }`, a branch or the body of a loop, with the word that hides its exit code.
    Group { parts: Vec<(Option<&'static str>, List<'a>)> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'a> {
    Word(Word<'a>),
    /// `&&`, `||`, `;`, `|`, `&`, `(`, `)`, `;;` or a line break.
    Op(&'static str),
    /// Body of a here document or a here string, for the command before.
    Input(Cow<'a, str>),
}

/// Parses a command line.
pub(super) fn parse(line: &str) -> List<'_> {
    parse_nested(line, 0)
}

fn parse_nested(line: &str, depth: u32) -> List<'_> {
    if depth > DEPTH {
        return List::default();
    }
    let mut lexer = Lexer { rest: line, depth, pending: Vec::new(), inputs: Vec::new() };
    let tokens = lexer.tokens(false);
    Parser { tokens, at: 0, depth }.list(&[])
}

impl<'a> Word<'a> {
    fn push(&mut self, part: &'a str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(part);
        } else {
            self.text.to_mut().push_str(part);
        }
    }
}

/// Bytes that end a plain part of a word.
const SPECIAL: [bool; 256] = table(b" \t\r\n&|;()<>'\"\\$`");
/// The same between double quotes.
const SPECIAL_IN_QUOTES: [bool; 256] = table(b"\"\\$`");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

struct Lexer<'a> {
    rest: &'a str,
    depth: u32,
    /// Here documents whose body begins behind the next line break: delimiter, tabs stripped, and
    /// the token that the body replaces.
    pending: Vec<(Cow<'a, str>, bool, usize)>,
    /// Bodies that were read, by token.
    inputs: Vec<(usize, String)>,
}

impl<'a> Lexer<'a> {
    /// Reads tokens up to the end, or up to the parenthesis that closes a substitution.
    fn tokens(&mut self, in_substitution: bool) -> Vec<Token<'a>> {
        let mut tokens = Vec::new();
        let mut open = 0_u32;
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            if let Some(after) = self.rest.strip_prefix("\\\n").or_else(|| self.rest.strip_prefix("\\\r\n")) {
                self.rest = after;
                continue;
            }
            let Some(first) = self.rest.chars().next() else { break };
            match first {
                '#' => self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..],
                '\n' => {
                    self.rest = &self.rest[1..];
                    self.read_bodies();
                    tokens.push(Token::Op("\n"));
                }
                ')' if in_substitution && open == 0 => {
                    self.rest = &self.rest[1..];
                    break;
                }
                '<' | '>' => self.redirection(&mut tokens),
                '&' if self.rest.starts_with("&>") => {
                    self.rest = self.rest[2..].trim_start_matches('>');
                    self.target();
                }
                '&' | '|' | ';' | '(' | ')' => {
                    const OPS: [&str; 9] = ["&&", "||", "|&", ";;", "&", "|", ";", "(", ")"];
                    let op = OPS.into_iter().find(|op| self.rest.starts_with(op)).unwrap_or(";");
                    self.rest = &self.rest[op.len()..];
                    open = match op {
                        "(" => open + 1,
                        ")" => open.saturating_sub(1),
                        _ => open,
                    };
                    tokens.push(Token::Op(if op == "|&" { "|" } else { op }));
                }
                _ => {
                    let word = self.word();
                    let fd = !word.quoted
                        && self.rest.starts_with(['<', '>'])
                        && word.text.bytes().all(|b| b.is_ascii_digit());
                    if !fd {
                        tokens.push(Token::Word(word));
                    }
                }
            }
        }
        for (at, body) in self.inputs.drain(..) {
            if let Some(token) = tokens.get_mut(at) {
                *token = Token::Input(body.into());
            }
        }
        tokens
    }

    fn redirection(&mut self, tokens: &mut Vec<Token<'a>>) {
        if self.rest.starts_with("<(") || self.rest.starts_with(">(") {
            let word = self.word();
            tokens.push(Token::Word(word));
        } else if let Some(after) = self.rest.strip_prefix("<<<") {
            self.rest = after;
            let text = self.target().text;
            tokens.push(Token::Input(text));
        } else if let Some(after) = self.rest.strip_prefix("<<") {
            let tabs = after.starts_with('-');
            self.rest = after.strip_prefix('-').unwrap_or(after);
            let delimiter = self.target().text;
            self.pending.push((delimiter, tabs, tokens.len()));
            tokens.push(Token::Input(Cow::Borrowed("")));
        } else {
            self.rest = self.rest[1..].trim_start_matches(['>', '&', '|']);
            self.target();
        }
    }

    /// The word that a redirection points to.
    fn target(&mut self) -> Word<'a> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.word()
    }

    fn read_bodies(&mut self) {
        for (delimiter, tabs, token) in std::mem::take(&mut self.pending) {
            let mut body = String::new();
            loop {
                if self.rest.is_empty() {
                    break;
                }
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                let line = self.rest[..end].trim_end_matches('\r');
                let line = if tabs { line.trim_start_matches('\t') } else { line };
                // `EOF)` closes a substitution right behind the delimiter.
                let closed = line == delimiter
                    || (!delimiter.is_empty()
                        && line.strip_prefix(&*delimiter).is_some_and(|rest| rest.starts_with(')')));
                if closed {
                    let skip = self.rest[..end].find(&*delimiter).unwrap_or(0) + delimiter.len();
                    self.rest = &self.rest[skip..];
                    break;
                }
                body.push_str(line);
                body.push('\n');
                self.rest = self.rest.get(end + 1..).unwrap_or_default();
            }
            self.inputs.push((token, body));
        }
    }

    fn word(&mut self) -> Word<'a> {
        let mut word = Word::default();
        while let Some(c) = self.rest.chars().next() {
            match c {
                ' ' | '\t' | '\r' | '\n' | '&' | '|' | ';' | ')' => break,
                '(' if word.text.ends_with(['=', '@', '?', '*', '+', '!']) => {
                    self.rest = &self.rest[1..]; // an array or an extended pattern
                    self.substitution(&mut word, false);
                }
                '(' => break,
                '<' | '>' if self.rest[1..].starts_with('(') && word.text.is_empty() => {
                    self.rest = &self.rest[2..];
                    self.substitution(&mut word, true);
                }
                '<' | '>' => break,
                '\'' => {
                    let body = &self.rest[1..];
                    let end = body.find('\'').unwrap_or(body.len());
                    word.push(&body[..end]);
                    word.quoted = true;
                    self.rest = body.get(end + 1..).unwrap_or_default();
                }
                '"' => self.double_quoted(&mut word),
                '\\' => {
                    let mut chars = self.rest[1..].chars();
                    match chars.next() {
                        Some('\n') | None => {}
                        Some(escaped) => word.text.to_mut().push(escaped),
                    }
                    word.quoted = true;
                    self.rest = chars.as_str();
                }
                '$' | '`' => self.dollar(&mut word),
                _ => self.plain(&mut word, &SPECIAL),
            }
        }
        word
    }

    /// Takes what stands for itself: all up to one of the `special` bytes, which are ASCII.
    fn plain(&mut self, word: &mut Word<'a>, special: &[bool; 256]) {
        let end = self.rest.bytes().position(|byte| special[usize::from(byte)]).unwrap_or(self.rest.len());
        let (plain, rest) = self.rest.split_at(end);
        word.push(plain);
        self.rest = rest;
    }

    fn double_quoted(&mut self, word: &mut Word<'a>) {
        word.quoted = true;
        self.rest = &self.rest[1..];
        while let Some(c) = self.rest.chars().next() {
            match c {
                '"' => {
                    self.rest = &self.rest[1..];
                    return;
                }
                '\\' => {
                    let mut chars = self.rest[1..].chars();
                    match chars.next() {
                        Some('\n') | None => {}
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => word.text.to_mut().push(escaped),
                        Some(other) => word.text.to_mut().extend(['\\', other]),
                    }
                    self.rest = chars.as_str();
                }
                '$' | '`' => self.dollar(word),
                _ => self.plain(word, &SPECIAL_IN_QUOTES),
            }
        }
    }

    fn dollar(&mut self, word: &mut Word<'a>) {
        if let Some(after) = self.rest.strip_prefix("$((") {
            let end = after.find("))").map_or(after.len(), |at| at + 2);
            word.push("$((…))");
            self.rest = &after[end..];
        } else if let Some(after) = self.rest.strip_prefix("$(") {
            self.rest = after;
            self.substitution(word, true);
        } else if let Some(after) = self.rest.strip_prefix('`') {
            let end = after.find('`').unwrap_or(after.len());
            word.push("$(…)");
            word.substitutions.push(parse_nested(&after[..end], self.depth + 1));
            self.rest = after.get(end + 1..).unwrap_or_default();
        } else if self.rest.starts_with("${") {
            let end = self.rest.find('}').map_or(self.rest.len(), |at| at + 1);
            word.push(&self.rest[..end]);
            self.rest = &self.rest[end..];
        } else {
            word.push("$");
            self.rest = &self.rest[1..];
        }
    }

    /// Reads up to the closing parenthesis; what is inside runs when `runs`.
    fn substitution(&mut self, word: &mut Word<'a>, runs: bool) {
        let mut inner =
            Lexer { rest: self.rest, depth: self.depth + 1, pending: Vec::new(), inputs: Vec::new() };
        if inner.depth > DEPTH {
            self.rest = "";
            return;
        }
        let tokens = inner.tokens(true);
        self.rest = inner.rest;
        word.push(if runs { "$(…)" } else { "(…)" });
        if runs {
            let list = Parser { tokens, at: 0, depth: self.depth + 1 }.list(&[]);
            word.substitutions.push(list);
        }
    }
}

struct Parser<'a> {
    /// Words and inputs that were read are taken out.
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn op(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Op(op)) => Some(op),
            _ => None,
        }
    }

    /// The unquoted word at this place, where a reserved word could stand.
    fn keyword(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) if !word.quoted => Some(&word.text),
            _ => None,
        }
    }

    fn take_keyword(&mut self, words: &[&str]) -> bool {
        let found = self.keyword().is_some_and(|word| words.contains(&word));
        self.at += usize::from(found);
        found
    }

    /// Reads a list up to one of the reserved words in `ends`, a `)` or `;;`, or the end.
    fn list(&mut self, ends: &[&str]) -> List<'a> {
        let mut items = Vec::new();
        loop {
            while matches!(self.op(), Some(";" | "\n" | "&")) {
                self.at += 1;
            }
            if self.at >= self.tokens.len()
                || matches!(self.op(), Some(")" | ";;"))
                || self.keyword().is_some_and(|word| ends.contains(&word))
            {
                return List(items);
            }
            let before = self.at;
            let chain = self.chain();
            let background = self.op() == Some("&");
            if self.at == before {
                self.at += 1; // an operator without a command before it
            } else {
                items.push(Item { chain, background });
            }
        }
    }

    fn chain(&mut self) -> Vec<(bool, Pipeline<'a>)> {
        let mut chain = vec![(false, self.pipeline())];
        while let Some(op @ ("&&" | "||")) = self.op() {
            self.at += 1;
            self.skip_breaks();
            chain.push((op == "||", self.pipeline()));
        }
        chain
    }

    fn skip_breaks(&mut self) {
        while self.op() == Some("\n") {
            self.at += 1;
        }
    }

    fn pipeline(&mut self) -> Pipeline<'a> {
        let mut pipeline = Pipeline::default();
        while self.take_keyword(&["!"]) {
            pipeline.negated = !pipeline.negated;
        }
        loop {
            pipeline.commands.extend(self.command());
            if self.op() != Some("|") {
                return pipeline;
            }
            self.at += 1;
            self.skip_breaks();
        }
    }

    fn command(&mut self) -> Option<Cmd<'a>> {
        if self.depth > DEPTH {
            self.at = self.tokens.len();
            return None;
        }
        self.depth += 1;
        let command = self.compound().or_else(|| self.simple());
        self.depth -= 1;
        command
    }

    fn compound(&mut self) -> Option<Cmd<'a>> {
        let mut parts = Vec::new();
        if self.op() == Some("(") {
            self.at += 1;
            parts.push((None, self.list(&[])));
            self.at += usize::from(self.op() == Some(")"));
        } else if self.take_keyword(&["{"]) {
            parts.push((None, self.list(&["}"])));
            self.take_keyword(&["}"]);
        } else if self.take_keyword(&["if"]) {
            parts.push((Some("if"), self.list(&["then", "fi"])));
            while self.take_keyword(&["then", "else", "elif"]) {
                let condition =
                    matches!(self.tokens.get(self.at - 1), Some(Token::Word(w)) if w.text == "elif");
                let list = self.list(&["then", "else", "elif", "fi"]);
                parts.push((condition.then_some("if"), list));
            }
            self.take_keyword(&["fi"]);
        } else if self.take_keyword(&["while", "until"]) {
            parts.push((Some("while"), self.list(&["do"])));
            self.take_keyword(&["do"]);
            parts.push((Some("while"), self.list(&["done"])));
            self.take_keyword(&["done"]);
        } else if self.take_keyword(&["for", "select"]) {
            while self.at < self.tokens.len() && self.keyword() != Some("do") {
                self.at += 1;
            }
            self.take_keyword(&["do"]);
            parts.push((Some("for"), self.list(&["done"])));
            self.take_keyword(&["done"]);
        } else if self.take_keyword(&["case"]) {
            while self.at < self.tokens.len() && self.keyword() != Some("esac") {
                // Patterns up to `)`, then the commands up to `;;`.
                while self.at < self.tokens.len() && self.op() != Some(")") && self.keyword() != Some("esac")
                {
                    self.at += 1;
                }
                self.at += usize::from(self.op() == Some(")"));
                parts.push((Some("case"), self.list(&["esac"])));
                self.at += usize::from(matches!(self.op(), Some(";;" | ")")));
            }
            self.take_keyword(&["esac"]);
        } else {
            return None;
        }
        while matches!(self.tokens.get(self.at), Some(Token::Input(_))) {
            self.at += 1;
        }
        Some(Cmd::Group { parts })
    }

    fn simple(&mut self) -> Option<Cmd<'a>> {
        let mut words = Vec::new();
        let mut input = None;
        loop {
            match self.tokens.get_mut(self.at) {
                Some(Token::Word(word)) => words.push(std::mem::take(word)),
                Some(Token::Input(text)) => input = Some(std::mem::take(text)),
                // A function: `name() { … }` defines and runs nothing.
                Some(Token::Op("(")) if words.len() == 1 => {
                    if self.tokens.get(self.at + 1) == Some(&Token::Op(")")) {
                        self.at += 2;
                        self.skip_breaks();
                        self.command();
                        return None;
                    }
                    return None;
                }
                _ => break,
            }
            self.at += 1;
        }
        (!words.is_empty() || input.is_some()).then_some(Cmd::Simple { words, input })
    }
}
