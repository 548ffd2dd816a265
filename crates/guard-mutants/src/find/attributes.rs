//! Attributes that take code out of the search.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Path};

/// Whether what carries these attributes is left alone with everything in it: `#[cfg(test)]`, an attribute
/// whose path ends in `test` (`#[test]`, `#[tokio::test]`), `#[mutants::skip]`. As in cargo-mutants, only a
/// plain `cfg(test)` counts: code under `cfg(all(test, …))` or `cfg(feature = …)` is mutated.
pub(crate) fn are_excluded(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let is_test = path.segments.last().is_some_and(|last| last.ident == "test");
        is_test
            || is(path, &["mutants", "skip"])
            || (is(path, &["cfg"]) && names(attribute, |meta| meta.path.is_ident("test")))
            || (is(path, &["cfg_attr"]) && names(attribute, |meta| is(&meta.path, &["mutants", "skip"])))
    })
}

pub(crate) fn is(path: &Path, segments: &[&str]) -> bool {
    path.segments.len() == segments.len()
        && path.segments.iter().zip(segments).all(|(s, name)| s.ident == name)
}

/// Whether one of the arguments is what is looked for; not where one of them is more than a path.
fn names(attribute: &Attribute, wanted: impl Fn(&ParseNestedMeta) -> bool) -> bool {
    let mut found = false;
    let all_paths = attribute.parse_nested_meta(|meta| {
        found |= wanted(&meta);
        Ok(())
    });
    all_paths.is_ok() && found
}

/// The file that `#[path = "…"]` names.
pub(crate) fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(meta) if meta.path.is_ident("path") => match &meta.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}
