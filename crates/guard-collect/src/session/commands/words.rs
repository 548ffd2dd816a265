//! The words of a simple command: flags, assignments, names.

/// The words behind `NAME=value`.
pub(super) fn without_assignments<'a, 's>(argv: &'a [&'s str]) -> &'a [&'s str] {
    let skip = argv.iter().take_while(|word| is_assignment(word)).count();
    &argv[skip..]
}

/// Whether a word is `NAME=value`.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']'))
    })
}

/// Words behind the leading flags; `with_value` names flags whose value is a word of its own.
pub(super) fn skip_flags<'a, 's>(mut words: &'a [&'s str], with_value: &[&str]) -> &'a [&'s str] {
    while let Some(word) = words.first() {
        if *word == "--" {
            return &words[1..];
        }
        if !word.starts_with('-') || *word == "-" {
            break;
        }
        words = skip_words(words, 1 + usize::from(with_value.contains(word)));
    }
    words
}

/// Words behind the first `count`.
pub(super) fn skip_words<'a, 's>(words: &'a [&'s str], count: usize) -> &'a [&'s str] {
    words.get(count..).unwrap_or_default()
}

/// Where a word stands.
pub(super) fn position(words: &[&str], wanted: &str) -> Option<usize> {
    words.iter().position(|word| *word == wanted)
}

/// The file name of a command without `.exe`.
pub(super) fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name)
}

/// The words that are no flags.
pub(super) fn args<'s>(words: &[&'s str]) -> Vec<&'s str> {
    words.iter().copied().filter(|word| !word.starts_with('-')).collect()
}
