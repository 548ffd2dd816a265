//! The words of a simple command: flags, assignments, names.

/// The words behind `NAME=value`.
pub(super) fn without_assignments(argv: &[String]) -> &[String] {
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
pub(super) fn skip_flags<'a>(mut words: &'a [String], with_value: &[&str]) -> &'a [String] {
    while let Some(word) = words.first() {
        if word == "--" {
            return &words[1..];
        }
        if !word.starts_with('-') || word == "-" {
            break;
        }
        words = skip_words(words, 1 + usize::from(with_value.contains(&word.as_str())));
    }
    words
}

/// Words behind the first `count`.
pub(super) fn skip_words(words: &[String], count: usize) -> &[String] {
    words.get(count..).unwrap_or_default()
}

/// Where a word stands.
pub(super) fn position(words: &[String], wanted: &str) -> Option<usize> {
    words.iter().position(|word| word == wanted)
}

/// The file name of a command without `.exe`.
pub(super) fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name)
}

/// The words that are no flags.
pub(super) fn args(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect()
}
