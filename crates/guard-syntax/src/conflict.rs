//! Marks that a merge leaves in a file until somebody resolves it.

use crate::tree::Source;

/// The line (1-based) of the first conflict that a merge left: its three marks in order, each at the beginning
/// of a line, none inside a string or a comment, in a file that the parser does not accept.
pub(crate) fn first(source: &Source<'_>) -> Option<u32> {
    const MARKS: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];
    if !source.text.contains(MARKS[0]) || !source.tree.root_node().has_error() {
        return None;
    }
    let (mut at, mut found, mut opened) = (0, 0, 0);
    for (number, line) in (1..).zip(source.text.split_inclusive('\n')) {
        let is_mark = |mark: &str| match mark {
            "=======" => line.trim_end() == mark,
            _ => line.starts_with(mark),
        };
        if is_mark(MARKS[0]) && is_code(source, at) {
            (found, opened) = (1, number);
        } else if found > 0 && is_mark(MARKS[found]) && is_code(source, at) {
            found += 1;
        }
        if found == MARKS.len() {
            return Some(opened);
        }
        at += line.len();
    }
    None
}

/// Whether what begins at byte `at` is read as code, not as text.
fn is_code(source: &Source<'_>, at: usize) -> bool {
    let mut node = source.tree.root_node().descendant_for_byte_range(at, at + 7);
    while let Some(inner) = node {
        let kind = inner.kind();
        if ["string", "comment", "template", "heredoc", "text"].iter().any(|text| kind.contains(text)) {
            return false;
        }
        node = inner.parent();
    }
    true
}

#[cfg(test)]
mod tests {
    use guard_model::Side;

    use crate::facts;

    #[test]
    fn only_marks_in_code_are_a_conflict() {
        let marks = "<<<<<<< HEAD\nlet a = 1;\n=======\nlet a = 2;\n>>>>>>> topic\n";
        for (path, text, expected) in [
            ("a.rs", format!("fn f() {{\n{marks}}}\n"), Some(2)),
            ("a.ts", marks.to_owned(), Some(1)),
            (
                "a.py",
                "def f():\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> topic\n".to_owned(),
                Some(2),
            ),
            ("a.go", format!("package a\n\nfunc f() {{\n{}}}\n", marks.replace("let a =", "a :=")), Some(4)),
            ("a.rs", format!("const TEXT: &str = r#\"\n{marks}\"#;\n"), None),
            ("a.rs", format!("const TEXT: &str = r#\"\n{marks}\"#;\nfn broken( {{\n"), None),
            ("a.rs", format!("/*\n{marks}*/\nfn f() {{}}\n"), None),
            ("a.py", format!("TEXT = \"\"\"\n{marks}\"\"\"\n"), None),
            ("a.rs", "fn f() {}\n<<<<<<< HEAD\n".to_owned(), None),
            ("a.rs", "fn f() {}\n".to_owned(), None),
        ] {
            let found = facts(path, Side::Head, text.as_bytes()).and_then(|f| f.conflict);
            assert_eq!(found, expected, "{path}: {text}");
        }
    }
}
