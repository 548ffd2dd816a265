//! Identities of findings that survive line moves.

/// The fingerprint of a finding: `check`, `path` and what stays the same when lines move.
pub(crate) fn of(check: &str, path: Option<&str>, identity: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [check, path.unwrap_or(""), identity] {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// A message with its numbers taken out.
pub(crate) fn without_numbers(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for c in message.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_change_an_identity() {
        assert_eq!(without_numbers("3 of 41 sites"), "# of # sites");
        assert_eq!(without_numbers("no numbers"), "no numbers");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(of("ab", Some("c"), ""), of("a", Some("bc"), ""));
        assert_eq!(of("a", None, "x"), of("a", None, "x"));
        assert_eq!(of("a", None, "x").len(), 16);
    }
}
