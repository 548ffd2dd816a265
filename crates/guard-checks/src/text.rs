//! Small helpers for messages.

/// `1 test`, `2 tests`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !noun.ends_with("ay") => format!("{n} {stem}ies"),
        _ => format!("{n} {noun}s"),
    }
}

/// `` `a`, `b` and 3 more ``: at most `most` names, in backticks.
pub(crate) fn names<S: AsRef<str>>(all: &[S], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|n| format!("`{}`", n.as_ref())).collect();
    let rest = all.len().saturating_sub(most);
    match (rest, shown.as_slice()) {
        (0, []) => String::new(),
        (0, [one]) => one.clone(),
        (0, [first @ .., last]) => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {rest} more", shown.join(", ")),
    }
}

/// The first line that says something, at most `max` characters.
pub(crate) fn first_line(text: &str, max: usize) -> String {
    shorten(text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or(""), max)
}

/// `text` on one line, at most `max` characters.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= max {
        return one_line;
    }
    let kept: String = one_line.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Words of a name or a sentence, lower-case: `parses_empty_input`, `ParserTest` and `parse.empty`
/// all split where a reader would.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut last_lower = false;
    for c in text.chars() {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && last_lower);
        if boundary && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        last_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// A word without the endings of English inflection, so that `columns` meets `column` and `parsing` meets
/// `parses`. Rough on purpose: it only ever makes an explanation easier to accept.
pub(crate) fn stem(word: &str) -> &str {
    let mut word = word;
    // Endings stand one behind the other: `orderings`, `passes`.
    while let Some(rest) = without_ending(word) {
        word = rest;
    }
    word
}

/// The whole number that a lower-case word is: `12`, and the words up to twelve.
pub(crate) fn number(word: &str) -> Option<u64> {
    const SPELLED: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    word.parse()
        .ok()
        .or_else(|| SPELLED.iter().zip(0..).find(|(spelled, _)| **spelled == word).map(|(_, n)| n))
}

fn without_ending(word: &str) -> Option<&str> {
    let endings = ["ations", "ation", "ings", "ing", "ers", "ies", "ed", "er", "es", "s", "e", "y"];
    endings.iter().filter_map(|e| word.strip_suffix(e)).find(|rest| rest.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_a_person_would() {
        assert_eq!(names(&["a"], 3), "`a`");
        assert_eq!(names(&["a", "b"], 3), "`a` and `b`");
        assert_eq!(names(&["a", "b", "c", "d"], 2), "`a`, `b` and 2 more");
        assert_eq!(names::<&str>(&[], 2), "");
    }

    #[test]
    fn words_split_at_case_and_punctuation() {
        assert_eq!(words("parses_emptyInput v2"), ["parses", "empty", "input", "v2"]);
        assert_eq!(words("tests::ParserTest.run"), ["tests", "parser", "test", "run"]);
    }

    #[test]
    fn inflected_forms_share_a_stem() {
        for (a, b) in [
            ("columns", "column"),
            ("parsing", "parses"),
            ("parse", "parser"),
            ("retries", "retry"),
            ("ordering", "order"),
            ("passes", "pass"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
    }

    #[test]
    fn numbers_are_read_in_figures_and_words() {
        assert_eq!(["5", "zero", "twelve", "a", "-1"].map(number), [Some(5), Some(0), Some(12), None, None]);
    }

    #[test]
    fn counts_have_their_plural() {
        assert_eq!(count(1, "test"), "1 test");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(0, "day"), "0 days");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(shorten("é".repeat(5).as_str(), 3), "éé…");
        assert_eq!(first_line("\n\n  a  b\nc", 10), "a b");
    }
}
