//! Lines of a message that show code, by Markdown's rules: between fences, and indented by four columns after a blank
//! line. Nobody says what stands there.

/// Columns that make a line of code, from where the text around it begins.
const DEEP: usize = 4;

/// Reads a message line by line.
#[derive(Debug)]
pub(crate) struct ShownCode {
    /// Columns that all lines are indented by, as `git log` shows a message.
    margin: usize,
    fence: Option<(char, usize)>,
    /// Inside of an indented block.
    indented: bool,
    after_blank: bool,
    /// Columns of the open list items' marks, outermost first.
    items: Vec<usize>,
}

impl ShownCode {
    pub(crate) fn of(text: &str) -> ShownCode {
        let indents = text.lines().filter(|l| !l.trim().is_empty()).map(columns);
        ShownCode {
            margin: indents.min().unwrap_or(0),
            fence: None,
            indented: false,
            after_blank: true,
            items: Vec::new(),
        }
    }

    /// Columns a line is indented by, without those of the whole message.
    pub(crate) fn indent(&self, line: &str) -> usize {
        columns(line).saturating_sub(self.margin)
    }

    /// Whether the next line shows code, or begins or ends what does.
    pub(crate) fn takes(&mut self, line: &str) -> bool {
        let (trimmed, indent) = (line.trim(), self.indent(line));
        if trimmed.is_empty() {
            self.after_blank = true;
            return self.fence.is_some();
        }
        if self.indented && indent >= DEEP {
            return true;
        }
        self.indented = false;
        if self.is_fenced(trimmed) {
            return true;
        }
        let after_blank = std::mem::replace(&mut self.after_blank, false);
        if item_text(trimmed).is_some() {
            self.items.retain(|i| *i < indent);
            self.items.push(indent);
        } else if after_blank && indent >= DEEP && self.items.is_empty() {
            self.indented = true;
        } else if indent < 2 && (after_blank || trimmed.starts_with('#')) {
            self.items.clear();
        }
        self.indented
    }

    /// Inside, at the begin or at the end of a fence.
    fn is_fenced(&mut self, trimmed: &str) -> bool {
        let run = |c: char| trimmed.chars().take_while(|x| *x == c).count();
        if let Some((c, n)) = self.fence {
            if run(c) >= n && trimmed.chars().all(|x| x == c) {
                self.fence = None;
            }
            return true;
        }
        // An info string has no backtick; "```code```" on one line is a code span.
        let begins = |c: &char| run(*c) >= 3 && !trimmed.trim_start_matches(*c).contains('`');
        self.fence = ['`', '~'].into_iter().find(begins).map(|c| (c, run(c)));
        self.fence.is_some()
    }
}

fn columns(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// What stands behind the mark of a list item, in a line without its indentation.
pub(crate) fn item_text(trimmed: &str) -> Option<&str> {
    let marked = ["- ", "* ", "+ ", "• ", "– "].iter().find_map(|mark| trimmed.strip_prefix(mark));
    let numbered = || {
        let rest = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_number = (1..=3).contains(&(trimmed.len() - rest.len()));
        rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")).filter(|_| is_number)
    };
    // A line that begins with a tick or a cross is an item of a list without marks.
    let ticks = ['✅', '✔', '✓', '☑', '❌', '✗', '✘', '⏳', '⚠'];
    marked.or_else(numbered).or_else(|| trimmed.starts_with(ticks).then_some(trimmed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first letters of the lines that are said.
    fn said(text: &str) -> String {
        let mut shown = ShownCode::of(text);
        text.lines().filter(|l| !shown.takes(l)).filter_map(|l| l.trim().chars().next()).collect()
    }

    #[test]
    fn code_that_is_shown_is_told_from_what_is_said() {
        for (text, expected) in [
            ("a\n\n    x\n    | y\n\n    - z\n\nb", "ab"),
            ("a\n\n\tx\nb", "ab"),
            ("a\n```rust\nx\n\ny\n```\nb", "ab"),
            ("a\n~~~\nx\n```\n~~~\nb", "ab"),
            ("a ```x``` b", "a"),
            // What goes on from the line above, and nested items with their own text.
            ("a\n    b", "ab"),
            ("- a\n\n    b\n    - c\n\n      d", "-b-d"),
            ("1. a\n\n    b", "1b"),
            ("a:\n\n    - b\n    - c", "a--"),
            // A message as `git log` shows it.
            ("    a\n\n    b\n\n        x\n\n    c", "abc"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
