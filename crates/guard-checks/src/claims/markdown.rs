//! Markdown into pieces: one paragraph, list item or table row each, with the headings above it. What
//! nobody asserts is left out here: code blocks, quotes, comments, HTML, trailers, generated footers.

use super::token::lists;
use crate::shown::{ShownCode, item_text};

/// One piece of text that can hold sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text, line wraps turned into single spaces.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: PieceKind,
    /// Headings above it, outermost first; a lead-in line ("Changes:") and a parent item count as headings.
    pub(super) under: Vec<String>,
}

/// Kinds of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// The first line of a commit message, or the title of a pull request.
    Subject,
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A list item; with the state of its check box, if it has one.
    Item {
        /// `Some(true)` for `[x]`.
        ticked: Option<bool>,
        /// Columns it is indented by.
        indent: usize,
    },
    /// A row of a table.
    Row,
}

/// Open list items that are kept: every piece below carries their texts.
const DEEPEST: usize = 12;

/// Reads `text`; with `subject`, its first line is a subject line.
pub(super) fn pieces(text: &str, subject: bool) -> Vec<Piece> {
    let mut reader = Reader::default();
    let mut shown = ShownCode::of(text);
    let mut lines = text.lines();
    if subject && let Some(first) = lines.by_ref().find(|l| !l.trim().is_empty()) {
        shown.takes(first);
        reader.out.push(Piece { text: squeeze(first), kind: PieceKind::Subject, under: Vec::new() });
    }
    // What dependency bots append for machines: a YAML document from `updated-dependencies:` to `...`.
    let mut for_machines = false;
    let mut quoted = Quoted::of(text);
    for line in lines.filter(|line| !quoted.takes(line)) {
        for_machines = match line.trim_end() {
            "updated-dependencies:" => true,
            "..." => false,
            _ => for_machines,
        };
        if shown.takes(line) {
            reader.flush();
        } else if !for_machines {
            reader.line(line, shown.indent(line));
        }
    }
    reader.flush();
    reader.out
}

/// Release notes of dependencies, which the bots that update them copy into their messages: other people's words about
/// other people's code. Source: messages of Renovate and Dependabot.
struct Quoted {
    /// The message is Renovate's, whose release notes are a section.
    by_section: bool,
    within: bool,
}

impl Quoted {
    fn of(text: &str) -> Quoted {
        Quoted { by_section: text.contains("This PR contains the following updates:"), within: false }
    }

    /// Whether a line is theirs.
    fn takes(&mut self, line: &str) -> bool {
        const NOTES: [&str; 3] = ["release notes", "changelog", "commits"];
        let line = line.trim().to_lowercase();
        let ends = if self.by_section { line == "### configuration" } else { line == "</details>" };
        let begins = if self.by_section {
            line == "### release notes"
        } else {
            let title = line.split_once("<summary>").and_then(|(_, rest)| rest.split_once("</summary>"));
            title.is_some_and(|(title, _)| NOTES.contains(&title.trim()))
        };
        self.within = begins || self.within && !ends;
        self.within
    }
}

#[derive(Default)]
struct Reader {
    out: Vec<Piece>,
    open: Option<(PieceKind, String)>,
    headings: Vec<(usize, String)>,
    /// A line that ends with a colon and leads into what follows.
    lead: Option<String>,
    /// Open list items: indentation and text.
    parents: Vec<(usize, String)>,
    comment: bool,
    html: bool,
    quote: bool,
}

impl Reader {
    fn line(&mut self, raw: &str, indent: usize) {
        let trimmed = raw.trim();
        if self.commented(trimmed) {
            return;
        }
        if trimmed.is_empty() {
            self.flush();
            self.html = false;
            self.quote = false;
            return;
        }
        if trimmed.starts_with('>') {
            self.flush();
            self.quote = true;
            return;
        }
        if self.html || opens_html(trimmed) {
            self.flush();
            self.html = true;
            return;
        }
        if is_trailer(trimmed) || is_footer(trimmed) || is_rule(trimmed) {
            self.flush();
            self.quote = false;
            return;
        }
        if let Some((level, title)) = heading(trimmed, indent) {
            self.quote = false;
            self.head(level, title.trim_end_matches(':'));
        } else if let Some((ticked, rest)) = item(trimmed) {
            self.quote = false;
            self.flush();
            self.parents.retain(|(i, _)| *i < indent);
            self.open = Some((PieceKind::Item { ticked, indent }, rest.to_owned()));
        } else if trimmed.starts_with('|') {
            self.flush();
            self.row(trimmed);
        } else if self.quote {
            // A quote runs on over lines without a mark until a blank line.
        } else if let Some((_, text)) = &mut self.open {
            text.push(' ');
            text.push_str(trimmed);
        } else {
            if indent < 2 {
                self.parents.clear();
            }
            self.open = Some((PieceKind::Paragraph, trimmed.to_owned()));
        }
    }

    fn commented(&mut self, trimmed: &str) -> bool {
        if self.comment {
            self.comment = !trimmed.contains("-->");
            return true;
        }
        if trimmed.starts_with("<!--") {
            self.flush();
            self.comment = !trimmed.contains("-->");
            return true;
        }
        false
    }

    fn head(&mut self, level: usize, title: &str) {
        self.flush();
        self.lead = None;
        self.parents.clear();
        self.headings.retain(|(l, _)| *l < level);
        self.out.push(Piece { text: squeeze(title), kind: PieceKind::Heading, under: self.under() });
        self.headings.push((level, title.to_owned()));
    }

    fn row(&mut self, trimmed: &str) {
        let inner = trimmed.trim_matches('|').trim();
        if inner.chars().all(|c| matches!(c, '-' | ':' | '|' | ' ')) {
            // The line above a separator was the table's head.
            if matches!(self.out.last(), Some(p) if p.kind == PieceKind::Row) {
                self.out.pop();
            }
            return;
        }
        self.out.push(Piece { text: squeeze(inner), kind: PieceKind::Row, under: self.under() });
    }

    fn under(&self) -> Vec<String> {
        let mut under: Vec<String> = self.headings.iter().map(|(_, t)| t.clone()).collect();
        under.extend(self.lead.clone());
        under.extend(self.parents.iter().map(|(_, t)| t.clone()));
        under
    }

    fn flush(&mut self) {
        let Some((kind, text)) = self.open.take() else { return };
        let text = squeeze(&text);
        match kind {
            PieceKind::Paragraph => {
                // Text that follows a list at its indentation goes on under the same lead.
                if self.parents.is_empty() {
                    self.lead = None;
                }
                self.out.push(Piece { text: text.clone(), kind, under: self.under() });
                if leads(&text) && self.parents.is_empty() {
                    self.lead = Some(text);
                }
            }
            PieceKind::Item { indent, .. } => {
                self.out.push(Piece { text: text.clone(), kind, under: self.under() });
                self.parents.push((indent, text));
                // The item itself stays, being the parent of what follows.
                if self.parents.len() > DEEPEST {
                    self.parents.remove(DEEPEST - 1);
                }
            }
            PieceKind::Subject | PieceKind::Heading | PieceKind::Row => {
                self.out.push(Piece { text, kind, under: self.under() });
            }
        }
    }
}

/// A line that introduces what follows: it ends with a colon, or with "the benefits".
fn leads(text: &str) -> bool {
    let text = text.trim_end_matches(['*', '_', ' ']);
    text.ends_with(':') || text.ends_with(" benefits") || text.ends_with(" advantages")
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `## Title`, and a line that is bold as a whole.
fn heading(trimmed: &str, indent: usize) -> Option<(usize, &str)> {
    let level = trimmed.bytes().take_while(|b| *b == b'#').count();
    if (1..=6).contains(&level) && trimmed[level..].starts_with(' ') {
        return Some((level, trimmed[level..].trim().trim_end_matches('#').trim_end()));
    }
    let bold = trimmed.strip_prefix("**")?;
    let title = bold.trim_end_matches([':', ' ']).strip_suffix("**")?;
    (indent < 2 && !title.is_empty() && !title.contains("**")).then_some((7, title))
}

/// A list item: its check box and the text after the marker.
fn item(trimmed: &str) -> Option<(Option<bool>, &str)> {
    let rest = item_text(trimmed)?.trim_start();
    for (open, ticked) in [("[ ]", false), ("[x]", true), ("[X]", true)] {
        if let Some(text) = rest.strip_prefix(open) {
            return Some((Some(ticked), text.trim_start()));
        }
    }
    Some((None, rest))
}

/// A block of HTML. `<T>` in prose is none: a tag name is lower case and known, or the tag has attributes.
fn opens_html(trimmed: &str) -> bool {
    let Some(rest) = trimmed.strip_prefix('<') else { return false };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    const TAGS: &str = "a b br center details div em h1 h2 h3 h4 hr i img li ol p picture pre source span strong \
        sub summary sup table tbody td th thead tr ul";
    lists(TAGS, name.as_str())
}

fn is_rule(trimmed: &str) -> bool {
    trimmed.len() >= 3 && ['-', '*', '_', '='].iter().any(|c| trimmed.chars().all(|x| x == *c || x == ' '))
}

/// Lines that a tool or a convention adds, and that speak of people and issues, not of the change.
fn is_trailer(trimmed: &str) -> bool {
    let Some((key, value)) = trimmed.split_once([':', ' ']) else { return false };
    let (raw, key) = (key, key.to_ascii_lowercase());
    let person = key.ends_with("-by") || matches!(key.as_str(), "cc" | "change-id" | "git-svn-id");
    if person && trimmed.as_bytes().get(key.len()) == Some(&b':') {
        return true;
    }
    // "Fixes #505", "Closes: #1, #2", "Refs: https://…": nothing but references after the key.
    const REFERS: &str = "fix fixes fixed close closes closed resolve resolves resolved ref refs see issue issues \
        related link bug task reverts part";
    let only_references = !value.trim().is_empty()
        && value.split([' ', ',']).filter(|w| !w.is_empty()).all(|w| {
            let w = w.trim_matches(['(', ')', '.', '[', ']']);
            w.starts_with("http")
                || w.contains('#') && w.ends_with(|c: char| c.is_ascii_digit())
                || matches!(w, "and" | "of" | "to" | "issue" | "&" | ":")
                || (w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
                    && w.contains('-'))
        });
    if lists(REFERS, key.as_str()) && only_references {
        return true;
    }
    // Trailers of tools: a key of several capitalised words, and a value without spaces: "Entire-Checkpoint: 1a2b".
    raw.contains('-')
        && trimmed.as_bytes().get(raw.len()) == Some(&b':')
        && !value.trim().contains(' ')
        && raw.split('-').all(|w| w.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn is_footer(trimmed: &str) -> bool {
    let lower = trimmed.to_lowercase();
    lower.contains("generated with [")
        || lower.contains("generated by [")
        || lower.starts_with("🤖")
        || lower.starts_with("this reverts commit")
        || lower.starts_with("(cherry picked from")
        || lower.starts_with("merge branch ")
        || lower.starts_with("# conflicts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, subject: bool) -> Vec<String> {
        pieces(text, subject)
            .into_iter()
            .map(|p| {
                let kind = match p.kind {
                    PieceKind::Subject => "S".to_owned(),
                    PieceKind::Heading => "H".to_owned(),
                    PieceKind::Paragraph => "P".to_owned(),
                    PieceKind::Item { ticked: None, .. } => "I".to_owned(),
                    PieceKind::Item { ticked: Some(t), .. } => if t { "[x]" } else { "[ ]" }.to_owned(),
                    PieceKind::Row => "R".to_owned(),
                };
                if p.under.is_empty() {
                    format!("{kind} {}", p.text)
                } else {
                    format!("{kind} {} < {}", p.text, p.under.join(" / "))
                }
            })
            .collect()
    }

    #[test]
    fn headings_leads_and_parents_stand_above_their_items() {
        let text = "feat: x\n\nChanges:\n- Add a\n  on two lines\n  - nested\n- Add b\n\nDone.\n\n## Test plan\n- [ ] run it\n- [x] all tests pass\n\n**Next:**\n1. more\n";
        assert_eq!(
            shown(text, true),
            [
                "S feat: x",
                "P Changes:",
                "I Add a on two lines < Changes:",
                "I nested < Changes: / Add a on two lines",
                "I Add b < Changes:",
                "P Done.",
                "H Test plan",
                "[ ] run it < Test plan",
                "[x] all tests pass < Test plan",
                "H Next < Test plan",
                "I more < Test plan / Next",
            ]
        );
    }

    #[test]
    fn lists_of_any_depth_are_read_in_linear_time() {
        let depth = 1_200;
        let text: String = (0..depth).map(|i| format!("{}- Item {i}\n", " ".repeat(i))).collect();
        let read = pieces(&text, false);
        assert_eq!(read.len(), depth);
        assert!(read.iter().all(|p| p.under.len() <= DEEPEST));
        let deepest = &read[depth - 1];
        assert_eq!((deepest.under[0].as_str(), deepest.under[DEEPEST - 1].as_str()), ("Item 0", "Item 1198"));
    }

    #[test]
    fn what_nobody_asserts_is_left_out() {
        for (text, expected) in [
            ("```\nAdded a\n```\nAdded b", vec!["P Added b"]),
            ("~~~text\nAdded a\n```\n~~~\nAdded b", vec!["P Added b"]),
            ("```\nAdded a", vec![]),
            ("> Added a\nstill quoted\n\nAdded b", vec!["P Added b"]),
            ("<!-- Added a\nAdded b -->\nAdded c", vec!["P Added c"]),
            ("<div><a\nhref=\"x\">Added</a></div>\n\nAdded b", vec!["P Added b"]),
            ("Log:\n\n    Added a\n    Added b\n\nAdded c", vec!["P Log:", "P Added c"]),
            ("Added a\n\nCo-Authored-By: X <x@y>\nSigned-off-by: Z <z@y>", vec!["P Added a"]),
            ("Added a\n\nFixes #505\nCloses: #1, #2\nEntire-Checkpoint: 12ab", vec!["P Added a"]),
            ("🤖 Generated with [Claude Code](https://x)", vec![]),
            ("Fixes the parser\n---", vec!["P Fixes the parser"]),
            ("| Suite | Result |\n|---|---|\n| unit | 12 passed |", vec!["R unit | 12 passed"]),
        ] {
            assert_eq!(shown(text, false), expected, "{text}");
        }
    }
}
