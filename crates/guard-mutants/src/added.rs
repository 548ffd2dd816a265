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
    tests(&old.items, "", &mut known);
    let mut added = Vec::new();
    take_tests(&mut new.items, "", &known, &mut added);
    // A name that the rest knows could mean the new function now, and an implementation inside of one is everybody's.
    let names = added.iter().map(|test| test.sig.ident.to_string()).collect();
    let implements = BTreeSet::from(["impl".to_owned()]);
    let rest = new.into_token_stream();
    !names_one_of(rest.clone(), &names)
        && !added.into_iter().any(|test| names_one_of(test.into_token_stream(), &implements))
        && rest.to_string() == old.into_token_stream().to_string()
}

fn is_test(function: &ItemFn) -> bool {
    let mut paths = function.attrs.iter().map(syn::Attribute::path);
    paths.any(|path| path.segments.last().is_some_and(|last| last.ident == "test"))
}

/// The tests in `items`, by their paths.
fn tests(items: &[Item], above: &str, found: &mut BTreeSet<String>) {
    for item in items {
        match item {
            Item::Fn(function) if is_test(function) => {
                found.insert(format!("{above}::{}", function.sig.ident));
            }
            Item::Mod(module) => {
                let items = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                tests(items, &format!("{above}::{}", module.ident), found);
            }
            _ => {}
        }
    }
}

/// Moves the tests that are not `known` out of `items`.
fn take_tests(items: &mut Vec<Item>, above: &str, known: &BTreeSet<String>, taken: &mut Vec<ItemFn>) {
    let is_new = |test: &ItemFn| is_test(test) && !known.contains(&format!("{above}::{}", test.sig.ident));
    for mut item in std::mem::take(items) {
        match item {
            Item::Fn(test) if is_new(&test) => {
                taken.push(test);
                continue;
            }
            Item::Mod(ref mut module) => {
                let path = format!("{above}::{}", module.ident);
                if let Some((_, items)) = &mut module.content {
                    take_tests(items, &path, known, taken);
                }
            }
            _ => {}
        }
        items.push(item);
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
                "async fn two() {}\n\n    #[tokio::test]\n    async fn three() {}",
            )
            .replace("b(1)", "b( 1 )"),
            OLD.to_owned(),
        ] {
            assert!(only_tests_added(OLD, &new), "{new}");
        }
    }

    #[test]
    fn anything_else_is() {
        for (from, to) in [
            ("b(1)", "b(2)"),
            ("use a::b;", "use a::b;\nuse a::c;"),
            ("mod inner", "fn help() {}\nmod inner"),
            ("mod inner", "#[test]\nfn b() {}\nmod inner"),
            ("mod inner", "#[test]\nfn c() { impl Drop for super::T { fn drop(&mut self) {} } }\nmod inner"),
            ("async fn two() {}", "async fn two() {}\n    #[test]\n    fn one() {}"),
            ("fn one() { b(1); }", ""),
            ("#[test]\nfn one", "#[test]\n#[ignore]\nfn one"),
            ("mod inner", "mod broken {"),
        ] {
            assert!(!only_tests_added(OLD, &OLD.replace(from, to)), "{from} -> {to}");
        }
    }
}
