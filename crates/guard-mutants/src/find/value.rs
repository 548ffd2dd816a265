//! Values that a function could give instead of its own, from its return type alone: cargo-mutants' table.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, Ident, Path, PathArguments, ReturnType, Type, TypeParamBound};

/// A tuple of three readers has 2,197 values; one of ten numbers would have 59,049.
const MOST_VALUES: usize = 10_000;
/// Types within types; each level multiplies.
const MOST_LEVELS: usize = 16;

/// Values of a return type, most likely ones first; none where nothing is known to compile.
pub(crate) fn values(output: &ReturnType) -> Vec<TokenStream> {
    match output {
        ReturnType::Default => vec![quote! { () }],
        ReturnType::Type(_, ty) => of_type(ty, 0),
    }
}

fn of_type(ty: &Type, level: usize) -> Vec<TokenStream> {
    if level > MOST_LEVELS {
        return Vec::new();
    }
    let inner = |ty: &Type| of_type(ty, level + 1);
    let mut values = match ty {
        Type::Path(ty) => of_path(&ty.path, level),
        Type::Array(array) => {
            let len = &array.len;
            inner(&array.elem).iter().map(|v| quote! { [ #v; #len ] }).collect()
        }
        Type::Slice(slice) => leaked_slice(&slice.elem, level),
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if reference.mutability.is_none() && path.path.is_ident("str") => strs(),
            Type::Slice(slice) => leaked_slice(&slice.elem, level),
            other => inner(other).iter().map(|v| quote! { Box::leak(Box::new(#v)) }).collect(),
        },
        Type::Tuple(tuple) => {
            let elements: Vec<_> = tuple.elems.iter().map(inner).collect();
            product(&elements).iter().map(|values| quote! { ( #( #values ),* ) }).collect()
        }
        Type::ImplTrait(impl_trait) => match impl_trait.bounds.iter().find_map(iterator_item) {
            Some(item) => with_first(
                quote! { ::std::iter::empty() },
                inner(item).iter().map(|v| quote! { ::std::iter::once(#v) }),
            ),
            None => Vec::new(),
        },
        Type::Never(_) => Vec::new(),
        _ => vec![quote! { Default::default() }],
    };
    values.truncate(MOST_VALUES);
    values
}

fn of_path(path: &Path, level: usize) -> Vec<TokenStream> {
    let inner = |ty: &Type| of_type(ty, level + 1);
    if let Some(values) = of_plain_name(path) {
        return values;
    }
    let Some(last) = path.segments.last() else { return vec![quote! { Default::default() }] };
    let name = &last.ident;
    if name == "NonZero"
        && let Some(number) = first_type(path)
    {
        let is_unsigned = matches!(number, Type::Path(p) if is_one_of(&p.path, &UNSIGNED));
        return if is_unsigned { vec![nonzero()] } else { vec![nonzero(), negative_nonzero()] };
    }
    if name == "Result" {
        return match first_type(path) {
            Some(ok) => inner(ok).iter().map(|v| quote! { Ok(#v) }).collect(),
            None => vec![quote! { Ok(Default::default()) }],
        };
    }
    if name == "HttpResponse" {
        return vec![quote! { HttpResponse::Ok().finish() }];
    }
    if name == "Option"
        && let Some(some) = first_type(path)
    {
        return with_first(quote! { None }, inner(some).iter().map(|v| quote! { Some(#v) }));
    }
    if name == "Vec"
        && let Some(element) = first_type(path)
    {
        return with_first(quote! { vec![] }, inner(element).iter().map(|v| quote! { vec![#v] }));
    }
    if name == "Cow"
        && let Some(borrowed) = first_type(path)
    {
        let both = |v: &TokenStream| [quote! { Cow::Borrowed(#v) }, quote! { Cow::Owned(#v.to_owned()) }];
        return inner(borrowed).iter().flat_map(both).collect();
    }
    let arguments = arguments(path);
    if ["Box", "Cell", "RefCell", "Arc", "Rc", "Mutex"].iter().any(|n| name == n)
        && let [GenericArgument::Type(ty)] = arguments[..]
    {
        return inner(ty).iter().map(|v| quote! { #name::new(#v) }).collect();
    }
    if ["BinaryHeap", "BTreeSet", "HashSet", "LinkedList", "VecDeque"].iter().any(|n| name == n)
        && let [GenericArgument::Type(ty)] = arguments[..]
    {
        return with_first(
            quote! { #name::new() },
            inner(ty).iter().map(|v| quote! { #name::from_iter([#v]) }),
        );
    }
    if ["BTreeMap", "HashMap"].iter().any(|n| name == n)
        && let [GenericArgument::Type(key), GenericArgument::Type(value)] = arguments[..]
    {
        let pairs = product(&[inner(key), inner(value)]);
        let maps = pairs.iter().map(|pair| quote! { #name::from_iter([( #( #pair ),* )]) });
        return with_first(quote! { #name::new() }, maps);
    }
    match one_type_argument(path) {
        // Something that looks as if it were made from its argument.
        Some((name, ty)) => {
            let made = |v: &TokenStream| {
                [quote! { #name::from_iter([#v]) }, quote! { #name::new(#v) }, quote! { #name::from(#v) }]
            };
            with_first(quote! { #name::new() }, inner(ty).iter().flat_map(made))
        }
        None => vec![quote! { Default::default() }],
    }
}

const UNSIGNED: [&str; 6] = ["u8", "u16", "u32", "u64", "u128", "usize"];
const SIGNED: [&str; 6] = ["i8", "i16", "i32", "i64", "i128", "isize"];
const NONZERO_SIGNED: [&str; 6] =
    ["NonZeroIsize", "NonZeroI8", "NonZeroI16", "NonZeroI32", "NonZeroI64", "NonZeroI128"];
const NONZERO_UNSIGNED: [&str; 6] =
    ["NonZeroUsize", "NonZeroU8", "NonZeroU16", "NonZeroU32", "NonZeroU64", "NonZeroU128"];

/// Types that a name alone tells.
fn of_plain_name(path: &Path) -> Option<Vec<TokenStream>> {
    let ends_with_one_of =
        |names: &[&str]| path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name));
    Some(if path.is_ident("bool") {
        vec![quote! { true }, quote! { false }]
    } else if path.is_ident("String") {
        vec![quote! { String::new() }, quote! { "xyzzy".into() }]
    } else if path.is_ident("str") {
        strs()
    } else if is_one_of(path, &UNSIGNED) {
        vec![quote! { 0 }, quote! { 1 }]
    } else if is_one_of(path, &SIGNED) {
        vec![quote! { 0 }, quote! { 1 }, quote! { -1 }]
    } else if ends_with_one_of(&NONZERO_SIGNED) {
        vec![nonzero(), negative_nonzero()]
    } else if ends_with_one_of(&NONZERO_UNSIGNED) {
        vec![nonzero()]
    } else if is_one_of(path, &["f32", "f64"]) {
        vec![quote! { 0.0 }, quote! { 1.0 }, quote! { -1.0 }]
    } else {
        return None;
    })
}

fn strs() -> Vec<TokenStream> {
    vec![quote! { "" }, quote! { "xyzzy" }]
}

fn nonzero() -> TokenStream {
    quote! { 1.try_into().unwrap() }
}

fn negative_nonzero() -> TokenStream {
    quote! { (-1).try_into().unwrap() }
}

fn leaked_slice(element: &Type, level: usize) -> Vec<TokenStream> {
    with_first(
        quote! { Vec::leak(Vec::new()) },
        of_type(element, level + 1).iter().map(|v| quote! { Vec::leak(vec![ #v ]) }),
    )
}

fn with_first(first: TokenStream, rest: impl Iterator<Item = TokenStream>) -> Vec<TokenStream> {
    std::iter::once(first).chain(rest).take(MOST_VALUES).collect()
}

/// Every choice of one value of each list, the last list changing fastest.
fn product(lists: &[Vec<TokenStream>]) -> Vec<Vec<TokenStream>> {
    let mut rows = vec![Vec::new()];
    for list in lists {
        let next = |row: &Vec<TokenStream>| {
            let row = row.clone();
            list.iter()
                .map(move |value| row.iter().chain([value]).cloned().collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(next).take(MOST_VALUES).collect();
    }
    rows
}

fn is_one_of(path: &Path, names: &[&str]) -> bool {
    names.iter().any(|name| path.is_ident(name))
}

fn arguments(path: &Path) -> Vec<&GenericArgument> {
    match path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => arguments.args.iter().collect(),
        _ => Vec::new(),
    }
}

/// The first argument that is no lifetime, if it is a type.
fn first_type(path: &Path) -> Option<&Type> {
    match arguments(path).into_iter().find(|a| !matches!(a, GenericArgument::Lifetime(_))) {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

fn one_type_argument(path: &Path) -> Option<(&Ident, &Type)> {
    let mut types = arguments(path).into_iter().filter_map(|a| match a {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    match (types.next(), types.next()) {
        (Some(ty), None) => Some((&path.segments.last()?.ident, ty)),
        _ => None,
    }
}

/// Whether a bound is `Iterator<Item = …>`.
pub(crate) fn is_iterator(bound: &TypeParamBound) -> bool {
    iterator_item(bound).is_some()
}

/// `T` of `Iterator<Item = T>`.
fn iterator_item(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == "Iterator" => {
            match arguments.args.first()? {
                GenericArgument::AssocType(assoc) if assoc.ident == "Item" => Some(&assoc.ty),
                _ => None,
            }
        }
        _ => None,
    }
}
