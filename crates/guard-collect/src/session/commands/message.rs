//! What a command line says of the commit that it makes.
//!
//! Source: git-commit(1): `-m`, `--message`, several of which are paragraphs.

use super::shell::{Cmd, List, Word};

/// The message that `git commit -m …` gives; `None` for other commands, and for a message that stands elsewhere.
pub(super) fn of_commit(words: &[Word<'_>]) -> Option<String> {
    let verb = words.iter().position(|w| w.text == "commit")?;
    let mut rest = words[verb + 1..].iter();
    let mut paragraphs = Vec::new();
    while let Some(word) = rest.next() {
        let flag = &*word.text;
        let takes_next = flag == "--message"
            || flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('m') && is_cluster(flag);
        if takes_next {
            paragraphs.push(said(rest.next()?, "")?);
        } else if let Some(text) = flag.strip_prefix("--message=") {
            paragraphs.push(said(word, text)?);
        } else if flag == "--" {
            break;
        }
    }
    let text = paragraphs.join("\n\n");
    (!text.trim().is_empty()).then_some(text)
}

/// `-m`, `-am`, `-sm`: short flags of `git commit` that take no value, and `m` at their end.
fn is_cluster(flag: &str) -> bool {
    flag[1..flag.len() - 1].chars().all(|c| "aepqsvz".contains(c))
}

/// A word's text, or what `$(cat <<'EOF' …)` in its place prints; `None` when only running it would tell.
fn said(word: &Word<'_>, own: &str) -> Option<String> {
    let text = if own.is_empty() { &*word.text } else { own };
    match word.substitutions.as_slice() {
        [] => Some(text.to_owned()),
        [one] if text.trim() == "$(…)" => here_document(one),
        _ => None,
    }
}

/// The text that `cat` is given.
fn here_document(list: &List<'_>) -> Option<String> {
    let [item] = list.0.as_slice() else { return None };
    let [(_, pipeline)] = item.chain.as_slice() else { return None };
    match pipeline.commands.as_slice() {
        [Cmd::Simple { words, input: Some(input) }] if words.len() == 1 && words[0].text == "cat" => {
            Some(input.trim_end().to_owned())
        }
        _ => None,
    }
}
