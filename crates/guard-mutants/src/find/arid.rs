//! Code that tests do not look at, or whose mutants mean the same as the original. The README gives the
//! reason of each.

use syn::{Attribute, Block, Expr, Macro, Meta, Path, Stmt, Type};

/// Macros of `log`, `tracing` and their kin.
const LOGS: [&str; 15] = [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "log",
    "event",
    "dbg",
    "span",
    "trace_span",
    "debug_span",
    "info_span",
    "warn_span",
    "error_span",
    "log_enabled",
];

pub(crate) fn is_log(mac: &Macro) -> bool {
    ends_with_one_of(&mac.path, &LOGS)
}

pub(crate) fn is_log_statement(statement: &Stmt) -> bool {
    macro_of(statement).is_some_and(is_log)
}

/// Code that is only there to say that it is never reached.
pub(crate) fn never_runs(expr: &Expr) -> bool {
    match expr {
        Expr::Macro(expr) => {
            ends_with_one_of(&expr.mac.path, &["unreachable", "panic", "todo", "unimplemented"])
        }
        Expr::Block(expr) => {
            block_never_runs(&expr.block, &["unreachable", "panic", "todo", "unimplemented"])
        }
        _ => false,
    }
}

/// A block that owns up to being unreachable; `panic!` is often what a condition is there for.
pub(crate) fn is_unreachable(block: &Block) -> bool {
    block_never_runs(block, &["unreachable", "todo", "unimplemented"])
}

fn block_never_runs(block: &Block, macros: &[&str]) -> bool {
    matches!(&block.stmts[..], [only] if macro_of(only).is_some_and(|mac| ends_with_one_of(&mac.path, macros)))
}

/// A block that does nothing but log, or write to standard error.
pub(crate) fn only_logs(block: &Block) -> bool {
    let is_said = |s: &Stmt| {
        macro_of(s)
            .is_some_and(|mac| is_log(mac) || ends_with_one_of(&mac.path, &["eprintln", "eprint", "dbg"]))
    };
    !block.stmts.is_empty() && block.stmts.iter().all(is_said)
}

fn macro_of(statement: &Stmt) -> Option<&Macro> {
    match statement {
        Stmt::Macro(statement) => Some(&statement.mac),
        Stmt::Expr(Expr::Macro(expr), _) => Some(&expr.mac),
        _ => None,
    }
}

/// Traits whose methods say how something looks or hashes.
pub(crate) fn is_arid_trait(path: &Path) -> bool {
    ends_with_one_of(path, &["Debug", "Display", "Hash"])
}

/// Functions that only hint, or that hardly ever run.
pub(crate) fn is_arid_function(name: &syn::Ident, attributes: &[Attribute]) -> bool {
    name == "size_hint" || attributes.iter().any(|a| a.path().is_ident("cold"))
}

/// Calls whose arguments and effect are room in memory, time, or the end of a value's life.
pub(crate) fn is_arid_call(callee: &Expr) -> bool {
    match callee {
        Expr::Path(callee) => {
            callee.path.segments.iter().any(|s| s.ident == "Duration")
                || callee.path.segments.last().is_some_and(|last| is_arid_name(&last.ident.to_string()))
        }
        _ => false,
    }
}

pub(crate) fn is_arid_name(name: &str) -> bool {
    const CAPACITY: [&str; 7] = [
        "with_capacity",
        "with_capacity_and_hasher",
        "reserve",
        "reserve_exact",
        "try_reserve",
        "shrink_to",
        "shrink_to_fit",
    ];
    const LIFE: [&str; 6] = ["drop", "yield_now", "spin_loop", "black_box", "fence", "compiler_fence"];
    CAPACITY.contains(&name) || LIFE.contains(&name) || is_timing(name)
}

/// Constants of time, by their type or name.
pub(crate) fn is_timing_constant(name: &syn::Ident, ty: &Type) -> bool {
    let is_duration = matches!(ty, Type::Path(ty) if ends_with_one_of(&ty.path, &["Duration", "Instant"]));
    is_duration || is_timing(&name.to_string().to_ascii_lowercase())
}

fn is_timing(name: &str) -> bool {
    name.split('_').any(|word| {
        matches!(
            word,
            "sleep" | "timeout" | "timeouts" | "delay" | "deadline" | "backoff" | "interval" | "debounce"
        )
    })
}

/// Functions that do not care which argument comes first.
pub(crate) fn is_symmetric(name: &str) -> bool {
    const NAMES: [&str; 16] = [
        "min",
        "max",
        "eq",
        "ne",
        "swap",
        "ptr_eq",
        "add",
        "mul",
        "gcd",
        "lcm",
        "hypot",
        "union",
        "intersection",
        "distance",
        "dot",
        "xor",
    ];
    let kinds = ["checked_", "saturating_", "wrapping_", "overflowing_"];
    let bare = kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    NAMES.contains(&bare) || name.starts_with("assert")
}

/// Code that is compiled for tests only, whatever else its `cfg` asks for.
pub(crate) fn is_for_tests_only(attributes: &[Attribute]) -> bool {
    let says_test = |attribute: &Attribute| {
        if attribute.path().is_ident("bench") {
            return true;
        }
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") => {
                list.parse_args::<Meta>().is_ok_and(|meta| without_test(&meta) == Some(false))
            }
            _ => false,
        }
    };
    attributes.iter().any(says_test)
}

/// What a `cfg` comes to in a build without tests; none where that is open.
fn without_test(meta: &Meta) -> Option<bool> {
    let Meta::List(list) = meta else {
        return meta.path().is_ident("test").then_some(false);
    };
    let parser = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
    let inner: Vec<Option<bool>> = list.parse_args_with(parser).ok()?.iter().map(without_test).collect();
    if list.path.is_ident("not") {
        inner.first().copied().flatten().map(|value| !value)
    } else if list.path.is_ident("all") {
        if inner.contains(&Some(false)) { Some(false) } else { None }
    } else if list.path.is_ident("any") && !inner.is_empty() {
        if inner.iter().all(|value| *value == Some(false)) { Some(false) } else { None }
    } else {
        None
    }
}

fn ends_with_one_of(path: &Path, names: &[&str]) -> bool {
    path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}
