//! `cfg(...)` predicates, as far as they can be known without a build.

use crate::lex::{Kind, Token, closing};

/// Deeper predicates are taken as unknown.
const MAX_DEPTH: usize = 32;

/// What one predicate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cfg {
    /// Holds only in test builds.
    pub(crate) test_only: bool,
    /// Holds in no build: `any()`, `FALSE`.
    pub(crate) never: bool,
    /// Holds in every build: `all()`.
    pub(crate) always: bool,
    /// The predicate is nothing but `test`.
    pub(crate) just_test: bool,
}

const UNKNOWN: Cfg = Cfg { test_only: false, never: false, always: false, just_test: false };

/// Reads the tokens between the parentheses of `cfg(...)`.
pub(crate) fn predicate(tokens: &[Token<'_>]) -> Cfg {
    read(tokens, 0)
}

/// The comma-separated parts of a token list.
pub(crate) fn parts<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        if tokens[at].is(',') {
            parts.push(&tokens[start..at]);
            start = at + 1;
        } else if tokens[at].is('(') || tokens[at].is('[') || tokens[at].is('{') {
            at = closing(tokens, at);
        }
        at += 1;
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

fn read(tokens: &[Token<'_>], depth: usize) -> Cfg {
    let Some(first) = tokens.first().filter(|token| token.kind == Kind::Ident && depth < MAX_DEPTH) else {
        return UNKNOWN;
    };
    let inner: Option<Vec<Cfg>> = tokens.get(1).filter(|token| token.is('(')).map(|_| {
        let end = closing(tokens, 1).min(tokens.len());
        parts(&tokens[2.min(end)..end]).into_iter().map(|part| read(part, depth + 1)).collect()
    });
    match (first.text, inner) {
        ("test", None) if tokens.len() == 1 => Cfg { test_only: true, just_test: true, ..UNKNOWN },
        ("FALSE" | "false", None) if tokens.len() == 1 => Cfg { never: true, ..UNKNOWN },
        ("true", None) if tokens.len() == 1 => Cfg { always: true, ..UNKNOWN },
        ("all", Some(inner)) => Cfg {
            test_only: inner.iter().any(|cfg| cfg.test_only),
            never: inner.iter().any(|cfg| cfg.never),
            always: inner.iter().all(|cfg| cfg.always),
            just_test: false,
        },
        ("any", Some(inner)) => Cfg {
            test_only: !inner.is_empty() && inner.iter().all(|cfg| cfg.test_only),
            never: inner.iter().all(|cfg| cfg.never),
            always: inner.iter().any(|cfg| cfg.always),
            just_test: false,
        },
        ("not", Some(inner)) => match inner.first() {
            Some(cfg) => Cfg { never: cfg.always, always: cfg.never, ..UNKNOWN },
            None => UNKNOWN,
        },
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex;

    #[test]
    fn predicates_are_known_as_far_as_they_can_be() {
        let of = |text: &str| {
            let cfg = predicate(&lex::code(text));
            (cfg.test_only, cfg.never, cfg.always)
        };
        assert_eq!(of("test"), (true, false, false));
        assert_eq!(of("all(test, unix)"), (true, false, false));
        assert_eq!(of("any(test, feature = \"x\")"), (false, false, false));
        assert_eq!(of("not(test)"), (false, false, false));
        assert_eq!(of("any()"), (false, true, false));
        assert_eq!(of("all(test, any())"), (true, true, false));
        assert_eq!(of("not(any())"), (false, false, true));
        assert_eq!(of("FALSE"), (false, true, false));
        assert_eq!(of("feature = \"test\""), (false, false, false));
    }

    #[test]
    fn deep_predicates_do_not_hurt() {
        let text = format!("{}test{}", "all(".repeat(100_000), ")".repeat(100_000));
        assert!(!predicate(&lex::code(&text)).never);
    }
}
