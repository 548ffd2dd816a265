//! What comments say of code that only stands for code.

use guard_model::source::{Comment, ConstantUse};
use guard_model::{Item, SourceFacts};

use crate::text::words;

/// What a comment admits, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Debt {
    /// It is so for the time being.
    ForNow,
    /// It is still to be written.
    Undone,
    /// It is not the real thing.
    Pretended,
}

impl Debt {
    /// What the comment says, as a phrase after "says that".
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Debt::ForNow => "this is only for now",
            Debt::Undone => "this is still to be written",
            Debt::Pretended => "this is not the real thing",
        }
    }
}

/// Phrases, word by word: `a|b` is either word, `~` up to three words of any kind.
const PHRASES: &[(Debt, &str)] = &[
    (
        Debt::Pretended,
        "in|for|with a|an|the real|actual|production|proper|full implementation|app|application|system|version|deployment|setup",
    ),
    (Debt::Pretended, "in|for real|actual implementation|implementations"),
    (Debt::Pretended, "in production this|we|you|it would|should|could"),
    (Debt::Pretended, "real|actual|proper|full|production implementation would|should|needs"),
    (
        Debt::Pretended,
        "would|should normally|actually|really call|query|fetch|send|invoke|load|save|perform|execute",
    ),
    (Debt::Pretended, "would call|query|fetch|send|invoke|load|perform|execute|integrate|go ~ here"),
    (
        Debt::Pretended,
        "placeholder value|values|implementation|logic|response|result|results|calculation|computation|score|metric|metrics|return|function|method|code|data|estimate",
    ),
    (Debt::Pretended, "placeholder for now|until"),
    (Debt::Pretended, "placeholder for actual|real|the|future actual|real|implementation|logic"),
    (Debt::Pretended, "this|it is|s|remains just|only|a|currently a|an|placeholder placeholder"),
    (Debt::Pretended, "this|it is a placeholder"),
    (Debt::Pretended, "just|only|currently|still a placeholder"),
    (Debt::Pretended, "return|returns|returning|use|uses|using a|an|the placeholder"),
    (Debt::Pretended, "return|returns|returning placeholder"),
    (Debt::Pretended, "stub|stubbed implementation|for now|out for|until"),
    (
        Debt::Pretended,
        "simplified implementation|logic|calculation|heuristic|approach|estimate|estimation for|until|in|because",
    ),
    (Debt::Pretended, "simplified for now"),
    (Debt::Pretended, "this is simplified"),
    (
        Debt::Pretended,
        "simulate|simulates|simulating|simulated ~ work|processing|delay|latency|call|request|response|execution|success|result|results|operation",
    ),
    (Debt::Pretended, "dummy value|values|data|implementation|response|result|score|return"),
    (Debt::Pretended, "fake data|value|values|response|result|results|score|implementation"),
    (Debt::Pretended, "mock data|implementation|response|result|results|value|values for now"),
    (Debt::Pretended, "mock implementation"),
    (Debt::Pretended, "hardcoded|hardcode for now|until"),
    (Debt::Pretended, "hard coded|code for now|until"),
    (
        Debt::Undone,
        "todo|fixme|xxx implement|implementation|actual|actually|real|complete|finish|wire|hook|fill|properly",
    ),
    (Debt::Undone, "todo|fixme|xxx ~ implement|replace with|this|actual|real"),
    (Debt::Undone, "todo|fixme|xxx ~ implement|actually"),
    (Debt::Undone, "not yet implemented"),
    (Debt::Undone, "not implemented yet"),
    (Debt::Undone, "to be implemented"),
    (Debt::Undone, "implement this|me|later|properly|actual"),
    (Debt::Undone, "implementation pending|goes here"),
    (Debt::ForNow, "for now"),
    (
        Debt::ForNow,
        "temporary|temporarily workaround|hack|fix|solution|implementation|disable|disabled|return|returns",
    ),
];

/// What a comment admits, if it does.
pub(crate) fn debt(text: &str) -> Option<Debt> {
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let fits = |phrase: &str| (0..words.len()).any(|at| follows(&words[at..], phrase));
    PHRASES.iter().filter(|(_, phrase)| fits(phrase)).map(|(debt, _)| *debt).max()
}

/// Whether `words` begin with a phrase.
fn follows(words: &[&str], phrase: &str) -> bool {
    let Some((first, rest)) = split(phrase) else { return true };
    if first == "~" {
        return (0..=3.min(words.len())).any(|skip| follows(&words[skip..], rest));
    }
    words.first().is_some_and(|w| first.split('|').any(|f| f == *w)) && follows(&words[1..], rest)
}

fn split(phrase: &str) -> Option<(&str, &str)> {
    if phrase.is_empty() { None } else { Some(phrase.split_once(' ').unwrap_or((phrase, ""))) }
}

/// What a comment admits of the code beside it, the file's own vocabulary taken into account: in a simulator
/// "simulates" is no confession, nor "placeholder" where SQL is written.
pub(crate) fn debt_of(comment: &Comment, file: &SourceFacts) -> Option<Debt> {
    let found = debt(&comment.text)?;
    if found != Debt::Pretended {
        return Some(found);
    }
    let said = words(&comment.text);
    let domain =
        DOMAIN.iter().filter(|d| said.iter().any(|w| w.starts_with(*d))).any(|d| speaks_of(file, comment, d));
    if domain {
        let plain: String = said
            .iter()
            .filter(|w| !DOMAIN.iter().any(|d| w.starts_with(d)))
            .fold(String::new(), |all, w| all + w + " ");
        return debt(&plain);
    }
    Some(found)
}

/// Words that are a subject matter in some files and a confession in others.
const DOMAIN: &[&str] = &["placeholder", "simul", "stub", "mock", "fake", "dummy"];

fn speaks_of(file: &SourceFacts, comment: &Comment, word: &str) -> bool {
    let named = |i: &Item| i.name.to_lowercase().contains(word) || i.signature.to_lowercase().contains(word);
    file.path.to_lowercase().contains(word)
        || file.items.iter().any(named)
        || comment.beside.as_ref().is_some_and(|b| b.text.to_lowercase().contains(word))
}

/// Whether the statement beside a comment hands on the constant that the comment speaks of.
pub(crate) fn stands_beside_constant(comment: &Comment, debt: Debt) -> bool {
    match comment.beside.as_ref().and_then(|b| b.constant) {
        Some(ConstantUse::Returned) => true,
        Some(ConstantUse::Assigned) => debt == Debt::Pretended,
        None => false,
    }
}

/// Words by which a message owns up that something is not done.
pub(crate) const UNDONE: &[&str] =
    &["stub", "stubbed", "placeholder", "todo", "skeleton", "scaffold", "unimplemented", "later", "yet"];

/// The innermost function around a line.
pub(crate) fn function_at(file: &SourceFacts, line: u32) -> Option<&Item> {
    use guard_model::ItemKind::{Function, Method};
    let around = file.items.iter().filter(|i| matches!(i.kind, Function | Method));
    around.filter(|i| i.line <= line && line <= i.end_line).min_by_key(|i| i.end_line - i.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confessions_are_told_from_descriptions() {
        for (text, expected) in [
            ("In a real implementation this would query the database", Some(Debt::Pretended)),
            ("Would call the payment API here", Some(Debt::Pretended)),
            ("placeholder implementation", Some(Debt::Pretended)),
            ("Simulate network latency", Some(Debt::Pretended)),
            ("For now, return an empty list", Some(Debt::ForNow)),
            ("TODO: implement retries", Some(Debt::Undone)),
            ("TODO(ann): actually send it", Some(Debt::Undone)),
            ("TODO: rename this", None),
            ("Replaces each `?` placeholder by a bound parameter", None),
            ("The input's placeholder text", None),
            ("This would panic if the index were out of bounds", None),
            ("A simplified model of the grammar", None),
            ("Known for nowhere near enough", None),
        ] {
            assert_eq!(debt(text), expected, "{text}");
        }
    }
}
