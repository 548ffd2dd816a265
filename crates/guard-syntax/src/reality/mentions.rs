//! Lines that speak of a name in code.

/// Whether `text`, a line of the file `path`, has `name` as a whole word in what is not plainly a comment, in
/// a file that is no document.
pub fn is_mention(path: &str, text: &str, name: &str) -> bool {
    !is_document(path) && !is_comment(path, text) && has_word(text, name)
}

/// Whether `name` stands in `text` with no word going on at its ends.
fn has_word(text: &str, name: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + name.len()..].chars().next())
    })
}

/// Texts for people: what they say of a name calls nothing.
fn is_document(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let text = [".md", ".mdx", ".rst", ".adoc", ".txt", ".patch", ".diff", ".log"];
    text.iter().any(|e| lower.ends_with(e)) && !lower.ends_with("cmakelists.txt")
}

fn is_comment(path: &str, text: &str) -> bool {
    let text = text.trim_start();
    let hash = [".py", ".pyi", ".rb", ".sh", ".toml", ".yml", ".yaml"].iter().any(|e| path.ends_with(e));
    text.starts_with("//")
        || text.starts_with("/*")
        || text.starts_with("* ")
        || text.starts_with("<!--")
        || hash && text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tells_of_a_name_is_no_mention() {
        for (path, text, expected) in [
            ("a.rs", "    client.refund(7)?;", true),
            ("a.rs", "    client.refund_all(7)?;", false),
            ("a.rs", "    // refund is called later", false),
            ("a.rs", "    #[serde(default = \"refund\")]", true),
            ("README.md", "Call `refund`.", false),
            ("deploy.yml", "handler: billing.refund", true),
            ("deploy.yml", "# handler: billing.refund", false),
        ] {
            assert_eq!(is_mention(path, text, "refund"), expected, "{path} {text}");
        }
    }
}
