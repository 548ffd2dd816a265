//! What a file knows of the name that an edit is about.

use guard_model::EditPattern;

/// The name that a pattern is about: the longest that it takes away, or else the longest of its before side.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    main: Option<String>,
}

/// Words shorter than this are about nothing.
const SHORTEST: usize = 4;

impl Names {
    pub(crate) fn of(described: &EditPattern) -> Names {
        let words = described.before.split(|c: char| !is_word(c)).filter(|w| w.len() >= SHORTEST);
        let main = longest(described.old_names.iter().map(String::as_str));
        let main = main.or_else(|| longest(words)).map(str::to_owned);
        Names { main }
    }

    /// Whether the name stands in more than `places` places of `text`: not only where the pattern does.
    pub(crate) fn stand_elsewhere(&self, text: &str, places: usize) -> bool {
        self.main.as_deref().is_some_and(|main| uses(text, main).nth(places).is_some())
    }
}

/// The longest, the first of several.
fn longest<'w>(words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    words.fold(None, |best, word| match best {
        Some(best) if best.len() >= word.len() => Some(best),
        _ => Some(word),
    })
}

/// Where `name` stands as a word of its own.
fn uses<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        !text[..at].chars().next_back().is_some_and(is_word)
            && !text[at + name.len()..].chars().next().is_some_and(is_word)
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_in_more_places_than_the_edits_is_used_elsewhere_too() {
        let edit = EditPattern { old_names: vec!["React".to_owned()], ..EditPattern::default() };
        let names = Names::of(&edit);
        let text = "import React from \"react\";\nReact.useState(); Reactive();";
        assert!(names.stand_elsewhere(text, 1));
        assert!(!names.stand_elsewhere(text, 2));
    }

    #[test]
    fn an_edit_that_takes_no_name_away_is_about_the_longest_word_of_its_before_side() {
        let edit = EditPattern { before: "sys.exit($A)".to_owned(), ..EditPattern::default() };
        assert!(Names::of(&edit).stand_elsewhere("exit(1)", 0));
        assert!(!Names::of(&EditPattern::default()).stand_elsewhere("exit(1)", 0));
    }
}
