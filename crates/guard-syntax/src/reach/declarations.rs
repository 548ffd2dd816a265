//! Module declarations of one Rust file, found by tokens: also inside macros, also next to broken code.

use std::collections::HashMap;

use crate::cfg;
use crate::lex::{self, Kind, Token, closing};

/// What one file declares.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub(super) modules: Vec<Declaration>,
    /// `// mod x;`: the name and its line.
    pub(super) commented: Vec<(String, u32)>,
    /// Names given to a macro where items stand (`modules! { a, b }`): the macro's name and the line.
    pub(super) macro_words: HashMap<String, (String, u32)>,
    /// Strings given to a macro where items stand (`automod::dir!("tests/all")`).
    pub(super) macro_strings: Vec<MacroString>,
}

/// A string given to a macro.
#[derive(Debug)]
pub(super) struct MacroString {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) line: u32,
}

/// One `mod name;`.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) line: u32,
    /// `#[path = "…"]` values; several with `cfg_attr`.
    pub(super) paths: Vec<String>,
    /// True when the declaration may also hold without its path attribute (`cfg_attr`).
    pub(super) path_conditional: bool,
    /// The inline modules around it, outermost first, with their path attributes.
    pub(super) inline: Vec<(String, Option<String>)>,
    /// An attribute that never holds, on it or on a module around it.
    pub(super) never: Option<String>,
    /// Its `cfg` attributes, as written.
    pub(super) conditions: Vec<String>,
}

struct Open {
    module: Option<(String, Option<String>)>,
    never: Option<String>,
    item_level: bool,
}

/// Reads one file.
pub(super) fn read(text: &str) -> Declarations {
    let all = lex::all(text);
    let mut found = Declarations::default();
    for comment in all.iter().filter(|token| token.kind == Kind::Comment) {
        commented(comment, &mut found.commented);
    }
    let tokens: Vec<Token<'_>> = all.into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let mut open: Vec<Open> = Vec::new();
    let mut attributes: Vec<&[Token<'_>]> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        let is_attribute = token.is('#')
            && (tokens.get(at + 1).is_some_and(|next| next.is('['))
                || (tokens.get(at + 1).is_some_and(|next| next.is('!'))
                    && tokens.get(at + 2).is_some_and(|next| next.is('['))));
        if is_attribute {
            let bracket = if tokens[at + 1].is('[') { at + 1 } else { at + 2 };
            let end = closing(&tokens, bracket).min(tokens.len());
            if bracket == at + 1 {
                attributes.push(&tokens[bracket + 1..end.max(bracket + 1)]);
            }
            at = end + 1;
            continue;
        }
        if token.is_ident("mod") && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Ident) {
            let name = tokens[at + 1].text.to_owned();
            let module = attributes_of(&attributes);
            attributes.clear();
            match tokens.get(at + 2) {
                Some(next) if next.is(';') => {
                    let around = open.iter().rev().find_map(|open| open.never.clone());
                    found.modules.push(Declaration {
                        name,
                        line: token.line,
                        paths: module.paths,
                        path_conditional: module.path_conditional,
                        inline: open.iter().filter_map(|open| open.module.clone()).collect(),
                        never: module.never.or(around),
                        conditions: module.conditions,
                    });
                    at += 3;
                    continue;
                }
                Some(next) if next.is('{') => {
                    let item_level = open.last().is_none_or(|open| open.item_level);
                    let path = module.paths.into_iter().next();
                    open.push(Open { module: Some((name, path)), never: module.never, item_level });
                    at += 3;
                    continue;
                }
                _ => {}
            }
        }
        match token.text {
            "(" | "[" | "{" if token.kind == Kind::Punct => {
                open.push(Open { module: None, never: None, item_level: false });
            }
            ")" | "]" | "}" if token.kind == Kind::Punct => {
                open.pop();
            }
            _ => {}
        }
        let item_level = open.last().is_none_or(|open| open.item_level);
        if item_level
            && token.is('!')
            && at > 0
            && tokens[at - 1].kind == Kind::Ident
            && !tokens[at - 1].is_ident("macro_rules")
        {
            words(&tokens, at, &mut found);
        }
        // `pub`, `pub(crate)` and `unsafe` may stand between attributes and `mod`.
        let between = token.kind == Kind::Punct && matches!(token.text, "(" | ")")
            || matches!(token.text, "pub" | "crate" | "super" | "self" | "in" | "unsafe");
        if !between {
            attributes.clear();
        }
        at += 1;
    }
    found
}

struct Attributes {
    paths: Vec<String>,
    path_conditional: bool,
    never: Option<String>,
    conditions: Vec<String>,
}

fn attributes_of(attributes: &[&[Token<'_>]]) -> Attributes {
    let mut read =
        Attributes { paths: Vec::new(), path_conditional: false, never: None, conditions: Vec::new() };
    for tokens in attributes {
        let Some(first) = tokens.first() else { continue };
        let inner = tokens.get(2..tokens.len().saturating_sub(1)).unwrap_or_default();
        match first.text {
            "path" => read.paths.extend(value(tokens)),
            "cfg" => {
                let text = format!("#[{}]", tokens.iter().map(|token| token.text).collect::<String>());
                let predicate = cfg::predicate(inner);
                if predicate.never {
                    read.never = Some(text);
                } else {
                    read.conditions.push(text);
                }
            }
            "cfg_attr" => {
                for part in cfg::parts(inner).into_iter().skip(1) {
                    if part.first().is_some_and(|first| first.is_ident("path")) {
                        read.paths.extend(value(part));
                        read.path_conditional = true;
                    }
                }
            }
            _ => {}
        }
    }
    read
}

fn value(tokens: &[Token<'_>]) -> Option<String> {
    let literal = tokens.iter().find(|token| token.kind == Kind::Str)?;
    Some(lex::string_value(literal.text).to_owned())
}

/// The names and strings between a macro call's brackets.
fn words(tokens: &[Token<'_>], bang: usize, found: &mut Declarations) {
    let open = bang + 1;
    if !tokens.get(open).is_some_and(|next| next.is('{') || next.is('(') || next.is('[')) {
        return;
    }
    let name = tokens[bang - 1].text;
    let end = closing(tokens, open).min(tokens.len());
    for token in &tokens[open..end] {
        match token.kind {
            Kind::Ident => {
                found
                    .macro_words
                    .entry(token.text.to_owned())
                    .or_insert_with(|| (name.to_owned(), token.line));
            }
            Kind::Str => found.macro_strings.push(MacroString {
                name: name.to_owned(),
                value: lex::string_value(token.text).to_owned(),
                line: token.line,
            }),
            _ => {}
        }
    }
}

/// `mod x;` inside a comment.
fn commented(comment: &Token<'_>, found: &mut Vec<(String, u32)>) {
    for (offset, line) in comment.text.lines().enumerate() {
        let line = line.trim().trim_start_matches(['/', '*', '!', ' ']);
        let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)"));
        let Some(name) = line.trim().strip_prefix("mod ").and_then(|rest| rest.split(';').next()) else {
            continue;
        };
        let is_name = !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_');
        if is_name && line.contains(';') {
            found.push((name.to_owned(), comment.line + offset as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let name = |module: &Declaration| {
            let inline: String = module.inline.iter().map(|(name, _)| format!("{name}/")).collect();
            let path = module.paths.join("|");
            let never = if module.never.is_some() { " never" } else { "" };
            format!("{inline}{}{}{path}{never}", module.name, if path.is_empty() { "" } else { "=" })
        };
        read(text).modules.iter().map(name).collect()
    }

    #[test]
    fn declarations_are_found_wherever_rustc_finds_them() {
        let text = r##"
            mod plain; pub(crate) mod seen; pub(in crate::a) mod deep;
            // mod gone;
            /* pub mod away; */
            const TEXT: &str = "mod text;"; const RAW: &str = r#"mod raw;"#;
            #[cfg(any())] mod never;
            #[cfg(test)] #[path = "x/y.rs"] pub mod other;
            #[cfg_attr(windows, path = "w.rs")] mod both;
            mod outer { #[path = "p"] mod inner { mod leaf; } mod two; }
            cfg_if! { if #[cfg(unix)] { mod unix; } else { mod rest; } }
            #[cfg(any())] mod hidden { mod within; }
            mod r#type;
            fn f() { let mod_ = 1; }
        "##;
        assert_eq!(
            names(text),
            [
                "plain",
                "seen",
                "deep",
                "never never",
                "other=x/y.rs",
                "both=w.rs",
                "outer/inner/leaf",
                "outer/two",
                "unix",
                "rest",
                "hidden/within never",
                "type"
            ]
        );
    }

    #[test]
    fn commented_declarations_and_macro_names_are_told_apart() {
        let read = read(
            "// pub mod gone;\n//! see mod.rs\nmodules! { alpha, beta }\nfn f() { println!(\"{}\", gamma); }\n",
        );
        assert_eq!(read.commented, [("gone".to_owned(), 1)]);
        assert!(read.macro_words.contains_key("alpha") && read.macro_words.contains_key("beta"));
        assert!(!read.macro_words.contains_key("gamma"));
    }
}
