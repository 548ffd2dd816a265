//! What all readers need: items from nodes, and the words that excuse a body without effect.

use guard_model::TestDecl;
use guard_model::source::{Item, ItemKind, Stub, StubKind};
use tree_sitter::Node;

use crate::tokens::{self, Token, Tokens};
use crate::tree::{self, Step};

/// Longest signature kept.
const MAX_SIGNATURE: usize = 300;
/// Largest body of a type that is hashed, in bytes.
const MAX_HASHED_CONTAINER: usize = 128 << 10;
/// Longest stub statement kept.
const MAX_STUB_TEXT: usize = 120;

/// The parts of an item that differ between languages.
pub(crate) struct Parts<'n> {
    pub(crate) kind: ItemKind,
    pub(crate) name: String,
    pub(crate) qualified: String,
    pub(crate) node: Node<'n>,
    pub(crate) body: Option<Node<'n>>,
    pub(crate) public: bool,
    pub(crate) in_test: bool,
    pub(crate) stub: Option<Stub>,
}

/// An item as the model holds it.
pub(crate) fn item(parts: Parts<'_>, source: &str, tokens: &Tokens<'_>) -> Item {
    let is_container = matches!(parts.kind, ItemKind::Type | ItemKind::Trait);
    let (body, body_tokens) = match parts.body {
        // Generated or hostile; classes inside classes would be hashed once a level.
        Some(node) if is_container && node.byte_range().len() > MAX_HASHED_CONTAINER => (None, 0),
        Some(node) => {
            let body = tokens::body(tokens.below(node));
            (Some(body.hash), body.tokens)
        }
        None => (None, 0),
    };
    let body_node = parts.body.or_else(|| parts.node.child_by_field_name("body"));
    let end = body_node.map_or(parts.node.end_byte(), |body| body.start_byte());
    Item {
        kind: parts.kind,
        name: parts.name,
        qualified: parts.qualified,
        line: tree::line(parts.node),
        end_line: tree::end_line(parts.node),
        signature: signature(parts.node, end, source),
        public: parts.public,
        in_test: parts.in_test,
        body,
        body_tokens,
        stub: parts.stub,
    }
}

/// A node's text up to `end` on one line, comments left out.
pub(crate) fn signature(node: Node<'_>, end: usize, source: &str) -> String {
    let mut text = String::new();
    let mut from = node.start_byte();
    tree::walk(node, |child| {
        if child.start_byte() >= end {
            return tree::Step::Over;
        }
        if tree::is_comment(child) {
            text.push_str(source.get(from..child.start_byte()).unwrap_or_default());
            text.push(' ');
            from = child.end_byte().min(end);
            return tree::Step::Over;
        }
        tree::Step::Into
    });
    text.push_str(source.get(from..end).unwrap_or_default());
    let line = tree::one_line(&text, MAX_SIGNATURE);
    line.trim_end_matches(['=', ':', ';', '{']).trim_end().to_owned()
}

/// A stub made by this statement.
pub(crate) fn stub(kind: StubKind, node: Node<'_>, source: &str) -> Stub {
    Stub { kind, text: tree::one_line(tree::text(node, source), MAX_STUB_TEXT), line: tree::line(node) }
}

/// The statements of a body; only the last where those before it only discard what the function was given
/// (`let _ = (a, b);`, `_ = a`, `del a`, `void a;`, `(void)a;`), which they do to quiet a compiler.
pub(crate) fn without_discards<'s, 'n>(statements: &'s [Node<'n>], source: &str) -> &'s [Node<'n>] {
    match statements.split_last() {
        Some((_, before)) if before.iter().all(|it| is_discard(tree::text(*it, source))) => {
            &statements[before.len()..]
        }
        _ => statements,
    }
}

fn is_discard(statement: &str) -> bool {
    let statement = statement.trim_end_matches(';').trim();
    let starts = ["let _ =", "_ =", "_, _ =", "del ", "void ", "(void)"];
    let Some(rest) = starts.iter().find_map(|start| statement.strip_prefix(start)) else { return false };
    // Names and tuples of them; a call may do something.
    let mut before = ' ';
    rest.chars().all(|c| {
        let is_call = c == '(' && (before.is_alphanumeric() || matches!(before, '_' | ')'));
        if !c.is_whitespace() {
            before = c;
        }
        !is_call && (c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | ',' | '(' | ')' | '&'))
    })
}

/// Joins a container's qualified name and a name.
pub(crate) fn qualify(container: &[String], separator: &str, name: &str) -> String {
    if container.is_empty() {
        return name.to_owned();
    }
    format!("{}{separator}{name}", container.join(separator))
}

/// True for messages that say "this is still to be written", as opposed to "this is refused".
pub(crate) fn says_not_implemented(message: &str) -> bool {
    let message = message.to_lowercase();
    let refuses = [
        "not supported",
        "unsupported",
        "deprecated",
        "removed",
        "must be implemented",
        "must implement",
        "should be implemented",
        "should be overrid",
        "must be overrid",
        "override",
        "abstract",
        "subclass",
    ];
    if refuses.iter().any(|words| message.contains(words)) {
        return false;
    }
    let says = [
        "not implemented",
        "not yet implemented",
        "unimplemented",
        "notimplemented",
        "not been implemented",
        "isn't implemented",
        "to be implemented",
        "implement me",
        "implementation pending",
        "todo",
        "not yet",
        "coming soon",
        "placeholder",
    ];
    says.iter().any(|words| message.contains(words)) || is_put_off(&message)
}

/// True for a message that does nothing but put off: "later", "tbd", "finish this later".
fn is_put_off(message: &str) -> bool {
    let words: Vec<&str> =
        message.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.len() <= 3 && words.iter().any(|word| ["later", "soon", "tbd", "wip"].contains(word))
}

/// True for messages that say why every call is refused: nothing is left to be written.
pub(crate) fn is_decided(message: &str) -> bool {
    let message = message.to_lowercase();
    let decides = [
        "support",
        "deprecat",
        "remove",
        "no longer",
        "instead",
        "use ",
        "call ",
        "never",
        "cannot",
        "can't",
        "must",
        "should",
        "only",
        "not allowed",
        "not available",
        "unavailable",
        "invalid",
        "unreachable",
        "overrid",
        "abstract",
        "subclass",
        "does not",
        "doesn't",
        "has no",
        "have no",
        "not needed",
    ];
    decides.iter().any(|words| message.contains(words)) && !says_not_implemented(&message)
}

/// True when a comment or doc says that doing nothing, or answering a constant, is meant.
pub(crate) fn says_deliberate(comment: &str) -> bool {
    let comment = comment.to_lowercase();
    // "for now" and the like take the excuse back.
    let unfinished = [
        "todo",
        "fixme",
        "for now",
        "placeholder",
        "not yet",
        "in a real",
        "in production",
        "simplified",
        "stub",
    ];
    if unfinished.iter().any(|words| comment.contains(words)) {
        return false;
    }
    let excuses = [
        "no-op",
        "noop",
        "no op",
        "nop",
        "does nothing",
        "do nothing",
        "nothing to",
        "nothing here",
        "intentional",
        "deliberate",
        "on purpose",
        "always ",
        "never ",
        "not needed",
        "no need",
        "not necessary",
        "not required",
        "unsupported",
        "not supported",
        "doesn't support",
        "does not support",
        "ignored",
        "ignore",
        "dummy",
        "unused",
        "deprecated",
        "backward",
        "compatib",
        "default implementation",
        "fallback",
        "by default",
        "subclass",
        "override",
        "only used",
        "only on",
        "only for",
        "empty",
        "unavailable",
        "not available",
        "disabled",
        "harmless",
        "irrelevant",
        "compile-time",
        "compile time",
        "marker",
        "safe to",
        "hook",
    ];
    excuses.iter().any(|words| comment.contains(words))
}

/// True for names of things that are meant to have no effect, and of test doubles.
pub(crate) fn is_double(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = [
        "noop",
        "no_op",
        "nop",
        "null",
        "dummy",
        "mock",
        "fake",
        "stub",
        "sink",
        "blackhole",
        "black_hole",
        "void",
        "silent",
        "disabled",
        "empty",
        "nothing",
        "ignore",
        "discard",
        "nil",
        "placeholder",
        "unsupported",
        "unreachable",
        "never",
    ];
    words.iter().any(|word| name.contains(word))
}

/// True for files whose functions are one platform's or one configuration's version of something.
pub(crate) fn is_platform_path(path: &str) -> bool {
    let words = [
        "unix",
        "windows",
        "win",
        "win32",
        "wasm",
        "wasm32",
        "wasi",
        "web",
        "native",
        "linux",
        "macos",
        "darwin",
        "mac",
        "ios",
        "android",
        "freebsd",
        "posix",
        "unsupported",
        "stub",
        "stubs",
        "noop",
        "nop",
        "dummy",
        "mock",
        "mocks",
        "mocked",
        "fake",
        "fakes",
        "fallback",
        "generic",
        "other",
        "none",
        "null",
        "disabled",
        "default",
        "platform",
        "sys",
        "os",
        "arch",
        "shim",
        "shims",
        "compat",
        "polyfill",
        "polyfills",
        "empty",
        "node",
        "browser",
        "solaris",
        "hermit",
        "sgx",
        "uefi",
        "loom",
        "void",
    ];
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    stem.to_lowercase().split(['/', '_', '-', '.']).any(|word| words.contains(&word))
}

/// Number of tokens in `tokens` for which `is` holds, given the token and what follows.
pub(crate) fn count_where(tokens: &[Token<'_>], is: impl Fn(&str, &str) -> bool) -> u32 {
    let mut count = 0;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map_or("", |next| next.text);
        if is(token.text, next) {
            count += 1;
        }
    }
    count
}

/// A test with everything that the tokens of its body say; `is_assertion` is asked for each token and the next.
pub(crate) fn test(
    name: String,
    node: Node<'_>,
    tokens: &[Token<'_>],
    is_assertion: impl Fn(&str, &str) -> bool,
) -> TestDecl {
    let hashed = tokens::body(tokens);
    TestDecl {
        name,
        line: tree::line(node),
        end_line: tree::end_line(node),
        ignored: None,
        ignore_reason: None,
        condition: None,
        body: hashed.hash,
        // Attributes stand outside of the node: `frame` fills it in.
        written: String::new(),
        body_tokens: hashed.tokens,
        assertions: count_where(tokens, is_assertion),
        generated: false,
        calls: tokens::calls(tokens),
    }
}

/// Adds to a test's condition.
pub(crate) fn add_condition(test: &mut TestDecl, condition: &str) {
    match &mut test.condition {
        Some(written) => {
            written.push(' ');
            written.push_str(condition);
        }
        None => test.condition = Some(condition.to_owned()),
    }
}

/// The value of the first string literal below a node, without its quotes.
pub(crate) fn first_string(node: Node<'_>, source: &str) -> Option<String> {
    let mut found = None;
    tree::walk(node, |node| {
        let kind = node.kind();
        let is_string = matches!(
            kind,
            "string"
                | "string_literal"
                | "interpreted_string_literal"
                | "raw_string_literal"
                | "template_string"
        );
        if found.is_none() && is_string {
            found = Some(unquote(tree::text(node, source)).to_owned());
        }
        if found.is_some() { Step::Over } else { Step::Into }
    });
    found
}

/// A literal without its prefix and quotes; what has no quotes, as it is.
pub(crate) fn unquote(literal: &str) -> &str {
    let inner = literal.trim_start_matches(|it: char| it.is_ascii_alphabetic());
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        if let Some(inner) = inner.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    literal
}

/// The comments inside a body, as one text.
pub(crate) fn comments(body: Node<'_>, source: &str) -> String {
    let mut comments = String::new();
    tree::walk(body, |node| {
        if tree::is_comment(node) {
            comments.push_str(tree::text(node, source));
            comments.push('\n');
        }
        Step::Into
    });
    comments
}

/// True when something about the file, name or comments says that a body without effect is meant.
pub(crate) fn excused(path: &str, name: &str, container: &[String], comments: &str) -> bool {
    is_platform_path(path)
        || guard_model::is_aside_path(path)
        || is_double(name)
        || container.iter().any(|it| is_double(it))
        || name.starts_with('_')
        || is_hook(name)
        || says_deliberate(comments)
}

/// Hooks that a caller offers need not be used.
pub(crate) fn is_hook(name: &str) -> bool {
    let name = name.to_lowercase();
    ["on", "visit", "before", "after", "pre_", "post_", "did", "will", "handle"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// The text of the comments directly above a node among its siblings.
pub(crate) fn comment_above<'t>(before: &[Node<'_>], source: &'t str) -> &'t str {
    let count = before.iter().rev().take_while(|node| tree::is_comment(**node)).count();
    let above = &before[before.len() - count..];
    match (above.first(), above.last()) {
        (Some(first), Some(last)) => source.get(first.start_byte()..last.end_byte()).unwrap_or_default(),
        _ => "",
    }
}
