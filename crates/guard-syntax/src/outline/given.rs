//! What a test is given, and what a type says that it is.

use guard_model::source::Language;

use crate::tokens::Token;

/// Fixtures that a test takes as parameters, and what its attributes or decorators name.
pub(super) fn of(language: Language, tokens: &[Token<'_>], name: &str) -> Vec<String> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let declared = tokens
        .iter()
        .enumerate()
        .position(|(at, token)| token.text == name && at > 0 && matches!(text(at - 1), "fn" | "def"));
    let Some(at) = declared else { return Vec::new() };
    let mut given = Vec::new();
    // Names before it stand in attributes; `test` itself says nothing.
    for token in &tokens[..at] {
        let telling = !matches!(token.text, "test" | "tokio" | "pytest" | "mark" | "self" | "cfg");
        if token.name && telling && token.text.len() > 2 {
            given.push(token.text.to_owned());
        }
    }
    if text(at + 1) != "(" || !matches!(language, Language::Python | Language::Rust) {
        return given;
    }
    let mut depth = 0_u32;
    for (i, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
        let begins = matches!(text(i - 1), "(" | "," | "]" | "mut");
        if depth == 1 && token.name && begins && token.text != "self" {
            given.push(token.text.to_owned());
        }
    }
    given
}

/// Names of the traits, interfaces and classes in a signature: `impl Handler for Upload`, `class A(Base)`,
/// `class A extends B implements C`, `class A : public B`.
pub(super) fn bases(signature: &str) -> Vec<String> {
    let listed = |list: &str| -> Vec<String> {
        let mut depth = 0_i32;
        let mut names = vec![String::new()];
        for it in list.chars() {
            match it {
                '<' | '(' | '[' => depth += 1,
                '>' | ')' | ']' => depth -= 1,
                ',' | '+' | '&' if depth == 0 => names.push(String::new()),
                _ if depth == 0 => {
                    if let Some(name) = names.last_mut() {
                        name.push(it);
                    }
                }
                _ => {}
            }
        }
        let last = |name: &String| {
            let word = name.split_whitespace().next_back()?;
            let bare = word.rsplit(['.', ':']).next()?;
            let is_name = bare.starts_with(|it: char| it.is_alphabetic() || it == '_') && !bare.contains('=');
            is_name.then(|| bare.trim_end_matches('{').to_owned())
        };
        names.iter().filter_map(last).filter(|name| name.len() > 1 && name != "object").collect()
    };
    if let Some(rest) = signature.strip_prefix("impl").or_else(|| signature.strip_prefix("unsafe impl")) {
        let Some((head, _)) = rest.split_once(" for ") else { return Vec::new() };
        // Type parameters of the implementation come first.
        let head = if head.starts_with('<') { after_angles(head) } else { head };
        return listed(head);
    }
    if signature.starts_with("class ") && signature.contains('(') {
        let inner = signature.split_once('(').map_or("", |(_, rest)| rest);
        return listed(inner.rsplit_once(')').map_or(inner, |(inner, _)| inner));
    }
    let mut found = Vec::new();
    for word in [" extends ", " implements ", " : "] {
        if let Some((_, rest)) = signature.split_once(word) {
            let end = rest.find(" implements ").unwrap_or(rest.len());
            found.extend(listed(&rest[..end]));
        }
    }
    found
}

fn after_angles(text: &str) -> &str {
    let mut depth = 0_i32;
    for (at, it) in text.char_indices() {
        match it {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + it.len_utf8()..];
        }
    }
    text
}
