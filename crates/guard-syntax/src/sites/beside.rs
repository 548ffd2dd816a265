//! Places beside which the change put the new form, and let the old one stand: both are meant.

use std::collections::BTreeSet;

use guard_model::{Hunk, Site};

/// A run of new lines that is longer is new code, not the new form of a line beside it.
const LONGEST: u32 = 8;

/// Marks the places that the new form stands beside, and the others of the same item: who writes
/// `is("new") || is("old")` wants both there.
pub(super) fn mark(left: &mut [Site], new_names: &[String], text: &str, hunks: &[Hunk]) {
    if left.is_empty() || new_names.is_empty() {
        return;
    }
    let lines: Vec<&str> = text.lines().collect();
    let twice: Vec<bool> = left.iter().map(|s| stands_beside(&lines, hunks, s.line, new_names)).collect();
    for site in left.iter_mut().filter(|s| s.behind.first().is_some_and(|b| b == ":")) {
        site.already |= matches!(new_names, [new] if is_declared_beside(&lines, site.line, new));
    }
    for site in left.iter_mut() {
        site.already |= matches!(new_names, [new] if is_implemented(&lines, site.line, new));
    }
    let items: BTreeSet<String> =
        left.iter().zip(&twice).filter(|(_, twice)| **twice).filter_map(|(s, _)| s.item.clone()).collect();
    for (site, twice) in left.iter_mut().zip(twice) {
        site.already |= twice || site.item.as_ref().is_some_and(|item| items.contains(item));
    }
}

/// Whether a line that was put in right before or behind `line` is the same with the new form in it.
fn stands_beside(lines: &[&str], hunks: &[Hunk], line: u32, new_names: &[String]) -> bool {
    let text = |line: u32| lines.get(line.checked_sub(1)? as usize).copied();
    let Some(old) = text(line) else { return false };
    let added = hunks.iter().filter(|h| h.old_lines == 0 && h.new_lines <= LONGEST);
    let next = added.filter(|h| h.new_start == line + 1 || h.new_start + h.new_lines == line);
    next.flat_map(|h| h.new_start..h.new_start + h.new_lines)
        .filter_map(text)
        .any(|new| is_copy(old, new, new_names) || are_elements(old, new, new_names))
}

/// Whether one of the lines of the same block has the new name for a field, which no two fields can have.
fn is_declared_beside(lines: &[&str], line: u32, new: &str) -> bool {
    let Some(at) = line.checked_sub(1).map(|at| at as usize).filter(|at| *at < lines.len()) else {
        return false;
    };
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines[at]);
    let is_within = |line: &&&str| line.trim().is_empty() || depth(line) >= own;
    let block =
        lines[..at].iter().rev().take_while(is_within).chain(lines[at + 1..].iter().take_while(is_within));
    field(lines[at]).is_some() && block.filter(|line| depth(line) == own).any(|line| field(line) == Some(new))
}

/// Whether the line begins an implementation that the file has for the new name as well: no type can implement
/// one trait twice.
fn is_implemented(lines: &[&str], line: u32, new: &str) -> bool {
    let is_head = |line: &&str| line.starts_with("impl") && line.contains(" for ");
    let Some(old) = line.checked_sub(1).and_then(|at| lines.get(at as usize)).filter(|l| is_head(l)) else {
        return false;
    };
    let old = words(old);
    lines.iter().filter(|l| is_head(l)).map(|l| words(l)).any(|other| {
        let mut differing = old.iter().zip(&other).filter(|(a, b)| a != b);
        old.len() == other.len()
            && matches!((differing.next(), differing.next()), (Some((_, b)), None) if *b == new)
    })
}

/// The name of the field or property that a line begins.
fn field(line: &str) -> Option<&str> {
    let line = line.trim();
    let public = line.strip_prefix("pub(").and_then(|rest| rest.split_once(')'));
    let (declared, _) = public.map_or(line, |(_, rest)| rest).split_once(':')?;
    let is_plain = declared.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '?'));
    words(declared).last().copied().filter(|_| is_plain)
}

/// Whether both lines are a string of a list, the second one with the new names.
fn are_elements(old: &str, new: &str, new_names: &[String]) -> bool {
    let element = |line: &str| {
        let bare = line.trim().trim_end_matches(',');
        bare.len() > 2 && bare.starts_with(['"', '\'', '`']) && bare.ends_with(['"', '\'', '`'])
    };
    let words = words(new);
    element(old) && element(new) && new_names.iter().all(|n| words.contains(&n.as_str()))
}

/// Whether two lines differ in one stretch, which has the new names, and have at least half of their words in
/// common.
fn is_copy(old: &str, new: &str, new_names: &[String]) -> bool {
    let (old, new) = (words(old), words(new));
    let ahead = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let behind = old[ahead..].iter().rev().zip(new[ahead..].iter().rev()).take_while(|(a, b)| a == b).count();
    let own = &new[ahead..new.len() - behind];
    let shared = ahead + behind;
    shared >= 2 && shared * 2 >= old.len() && new_names.iter().all(|n| own.contains(&n.as_str()))
}

/// The words of a line, without what leads into a condition: only its first part has that.
fn words(line: &str) -> Vec<&str> {
    const LEADS: [&str; 8] = ["return", "if", "elif", "while", "and", "or", "not", "assert"];
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    words.skip_while(|w| LEADS.contains(w)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_line_with_the_new_form_stands_beside_the_old_one() {
        let hunk = |new_start, new_lines| Hunk { old_start: 1, old_lines: 0, new_start, new_lines };
        for (text, put_in, expected) in [
            ("if has(hooks, \"old run stop\") ||\n    has(hooks, \"new run stop\") {", hunk(2, 1), true),
            ("accept(new, path, true);\naccept(old, path, true);", hunk(1, 1), true),
            ("accept(new, path, true);\nlater();\naccept(old, path, true);", hunk(1, 1), false),
            ("old(\"state\");\nnew(\"open\");", hunk(2, 1), false),
            ("    \"run old/main.go \",\n    \"sh new/tool.sh \",", hunk(2, 1), true),
            ("accept(old, path, true);\naccept(other, path, true);", hunk(2, 1), false),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            let line = lines.iter().zip(1..).find(|(l, _)| l.contains("old")).map_or(0, |(_, n)| n);
            let beside = stands_beside(&lines, &[put_in], line, &["new".to_owned()]);
            assert_eq!(beside, expected, "{text}");
        }
    }

    #[test]
    fn a_trait_is_not_implemented_twice() {
        let text = "impl Order<u64> for Length {\n}\nimpl Order<usize> for Length {\n}\nimpl Same<usize> for Length {\n}\n\
                    fn implement(usize: A) {}\n";
        let lines: Vec<&str> = text.lines().collect();
        assert!(is_implemented(&lines, 3, "u64"));
        assert!(!is_implemented(&lines, 5, "u64"), "`Same` is not there for the new type");
        assert!(!is_implemented(&lines, 7, "u64"));
    }

    #[test]
    fn a_field_cannot_get_the_name_of_another_one_of_its_block() {
        let text = "struct A {\n    // one\n    pub(crate) old: u8,\n    /// two\n    pub(crate) new: u8,\n}\n\
                    struct B {\n    pub(crate) old: u8,\n    x: new::Y,\n}\n";
        let lines: Vec<&str> = text.lines().collect();
        assert!(is_declared_beside(&lines, 3, "new"));
        assert!(!is_declared_beside(&lines, 8, "new"));
        assert!(!is_declared_beside(&["fn a(old: u8) {}", "fn b(new: u8) {}"], 1, "new"));
    }
}
