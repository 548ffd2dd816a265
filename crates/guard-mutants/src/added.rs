//! Whether a change of a file does no more than add tests: then the tests that were there do what they did.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, ItemFn};

/// Whether `new` is `old` with more test functions. Layout, comments aside from documentation, and where lines stand do not
/// count. False for what cannot be parsed.
pub fn only_tests_added(old: &str, new: &str) -> bool {
    let (Ok(old), Ok(mut new)) = (syn::parse_file(old), syn::parse_file(new)) else { return false };
    let mut known = BTreeSet::new();
    each_test(&old.items, "", &mut |path, _| {
        known.insert(path);
    });
    let mut added = BTreeSet::new();
    each_test(&new.items, "", &mut |path, test| {
        if !known.contains(&path) {
            added.insert(test.sig.ident.to_string());
        }
    });
    remove_tests(&mut new.items, "", &known);
    // A name that the rest knows could mean the new function now.
    let rest = new.into_token_stream();
    !names_one_of(rest.clone(), &added) && rest.to_string() == old.into_token_stream().to_string()
}

fn is_test(function: &ItemFn) -> bool {
    let mut paths = function.attrs.iter().map(syn::Attribute::path);
    paths.any(|path| path.segments.last().is_some_and(|last| last.ident == "test"))
}

fn each_test(items: &[Item], above: &str, found: &mut dyn FnMut(String, &ItemFn)) {
    for item in items {
        match item {
            Item::Fn(function) if is_test(function) => {
                found(format!("{above}::{}", function.sig.ident), function);
            }
            Item::Mod(module) => {
                let (_, items) = module.content.as_ref().unwrap_or(&Default::default()).clone();
                each_test(&items, &format!("{above}::{}", module.ident), found);
            }
            _ => {}
        }
    }
}

fn remove_tests(items: &mut Vec<Item>, above: &str, known: &BTreeSet<String>) {
    items.retain(|item| match item {
        Item::Fn(function) => {
            !is_test(function) || known.contains(&format!("{above}::{}", function.sig.ident))
        }
        _ => true,
    });
    for item in items {
        if let Item::Mod(module) = item
            && let Some((_, items)) = &mut module.content
        {
            remove_tests(items, &format!("{above}::{}", module.ident), known);
        }
    }
}

fn names_one_of(tokens: TokenStream, names: &BTreeSet<String>) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        TokenTree::Group(group) => names_one_of(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "use a::b;\n\n#[test]\nfn one() { b(1); }\n\nmod inner {\n    use super::*;\n    #[tokio::test]\n    async fn two() {}\n}\n";

    #[test]
    fn more_tests_are_no_other_code() {
        for new in [
            OLD.replace("mod inner", "/// It does.\n#[test]\nfn three() { b(3); }\n\nmod inner"),
            OLD.replace(
                "async fn two() {}",
                "async fn two() {}\n\n    #[tokio::test]\n    async fn one() {}",
            )
            .replace("b(1)", "b( 1 )"),
            OLD.to_owned(),
        ] {
            let is_known_name = new.contains("async fn one");
            assert_eq!(only_tests_added(OLD, &new), !is_known_name, "{new}");
        }
    }

    #[test]
    fn anything_else_is() {
        for (from, to) in [
            ("b(1)", "b(2)"),
            ("use a::b;", "use a::b;\nuse a::c;"),
            ("mod inner", "fn help() {}\nmod inner"),
            ("mod inner", "#[test]\nfn b() {}\nmod inner"),
            ("fn one() { b(1); }", ""),
            ("#[test]\nfn one", "#[test]\n#[ignore]\nfn one"),
            ("mod inner", "mod broken {"),
        ] {
            assert!(!only_tests_added(OLD, &OLD.replace(from, to)), "{from} -> {to}");
        }
    }
}
