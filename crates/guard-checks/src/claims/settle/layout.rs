//! Whether a file is the same code in another layout and with other comments: what no compiler sees. Where one reads
//! layout or a comment, it is code.

use guard_model::evidence::NumberedLine;
use guard_model::{Hunk, Item, ItemKind, Language, Side, SourceFacts};

use super::Facts;
use super::trace::FileTrace;

/// Whether nothing but comments, layout, tests and what silences linters changed.
pub(super) fn is_same(facts: &Facts<'_>, file: &FileTrace<'_>) -> bool {
    let change = file.change;
    let (base, head) = (View::of(facts, file, Side::Base), View::of(facts, file, Side::Head));
    let (Some(base), Some(head)) = (base, head) else { return change.added == 0 && change.removed == 0 };
    let same_mode = change.old_mode.is_none() || change.old_mode == change.new_mode;
    if !same_mode || base.has_directive() || head.has_directive() {
        return false;
    }
    let same_tokens = base.facts.code.is_some() && base.facts.code == head.facts.code;
    change.hunks.iter().all(|hunk| {
        let (was, is) = (base.code(hunk, Side::Base), head.code(hunk, Side::Head));
        let same_body = || base.bodies(&was).zip(head.bodies(&is)).is_some_and(|(was, is)| was == is);
        exact(&was) == exact(&is)
            || (same_tokens || same_body()) && is_only_layout(base.facts.language, &was, &is)
    })
}

/// One side of a file.
struct View<'f> {
    facts: &'f SourceFacts,
    file: &'f FileTrace<'f>,
    lines: &'f [NumberedLine],
}

/// A line without its comment.
type Line<'f> = (u32, &'f str);

impl<'f> View<'f> {
    /// `None` where its syntax is not known for certain.
    fn of(facts: &'f Facts<'_>, file: &'f FileTrace<'_>, side: Side) -> Option<View<'f>> {
        let (path, lines) = match side {
            Side::Base => (file.change.base_path(), &file.lines.removed),
            Side::Head => (file.path(), &file.lines.added),
        };
        let facts = facts.evidence.sources.iter().find(|s| s.side == side && s.path == path)?;
        (facts.errors == 0 && facts.unread.is_none()).then_some(View { facts, file, lines })
    }

    /// The product code among the lines of a hunk.
    fn code(&self, hunk: &Hunk, side: Side) -> Vec<Line<'f>> {
        let (start, n) = match side {
            Side::Base => (hunk.old_start, hunk.old_lines),
            Side::Head => (hunk.new_start, hunk.new_lines),
        };
        let language = self.facts.language;
        let is_product = |l: &&NumberedLine| {
            start <= l.line
                && l.line < start + n
                && !self.in_test(l.line)
                && !is_silencing_attribute(language, &l.text)
        };
        let lines = self.lines.iter().filter(is_product).map(|l| (l.line, self.without_comment(l)));
        lines.filter(|(_, text)| !text.trim().is_empty()).collect()
    }

    fn in_test(&self, line: u32) -> bool {
        // A whole file of tests is known by its path; `testing/` may hold what is shipped.
        let mut tests = self.facts.items.iter().filter(|i| i.in_test && !self.facts.test_file);
        tests.any(|i| i.line.saturating_sub(3) <= line && line <= i.end_line)
    }

    /// Only what syntax calls a comment is one: a text may look like it.
    fn without_comment(&self, line: &'f NumberedLine) -> &'f str {
        let comments = &self.facts.comments;
        let around = comments.iter().find(|c| c.line <= line.line && line.line <= c.end_line);
        match around {
            Some(c) if c.line < line.line && line.line < c.end_line => "",
            Some(_) => self.file.code_of(&line.text),
            None => &line.text,
        }
    }

    /// Heads and hashes of the functions and constants that the lines lie in; `None` when one lies in none.
    fn bodies(&self, lines: &[Line<'f>]) -> Option<Vec<(String, &'f str)>> {
        const KINDS: [ItemKind; 3] = [ItemKind::Function, ItemKind::Method, ItemKind::Constant];
        let around = |line: u32| {
            let holds = |i: &&Item| i.line <= line && line <= i.end_line && KINDS.contains(&i.kind);
            self.facts.items.iter().filter(holds).min_by_key(|i| i.end_line - i.line)
        };
        let head = |i: &Item| match i.signature.contains(['"', '\'']) {
            true => i.signature.clone(),
            false => i.signature.chars().filter(|c| !c.is_whitespace()).collect(),
        };
        let mut all = Vec::new();
        for (line, _) in lines {
            let item = around(*line)?;
            all.push((head(item), item.body.as_deref()?));
        }
        all.dedup();
        Some(all)
    }

    /// Whether one of the changed comments is read by a compiler or another program.
    fn has_directive(&self) -> bool {
        let in_comment =
            |l: &NumberedLine| self.facts.comments.iter().any(|c| c.line <= l.line && l.line <= c.end_line);
        let shebang = |l: &NumberedLine| l.line == 1 && l.text.starts_with("#!");
        let reads = |l: &NumberedLine| in_comment(l) && is_directive(self.facts.language, l);
        self.lines.iter().any(|l| shebang(l) || reads(l)) || self.documents_type()
    }

    /// Derives make help texts, schemas and messages of what is written above a type of Rust and its parts.
    fn documents_type(&self) -> bool {
        /// Lines of attributes between a comment and its type.
        const ATTRIBUTES: u32 = 6;
        let types = || self.facts.items.iter().filter(|i| i.kind == ItemKind::Type && !i.in_test);
        self.facts.language == Language::Rust
            && self.facts.comments.iter().filter(|c| c.doc && !c.in_test).any(|c| {
                types().any(|t| t.line.saturating_sub(ATTRIBUTES) <= c.end_line && c.line <= t.end_line)
            })
    }
}

fn exact<'l>(lines: &[Line<'l>]) -> Vec<&'l str> {
    lines.iter().map(|(_, text)| text.trim_end()).collect()
}

/// Whether lines with the same tokens mean the same: not where line breaks or indentation end something.
fn is_only_layout(language: Language, was: &[Line<'_>], is: &[Line<'_>]) -> bool {
    let lines = || was.iter().chain(is).map(|(_, text)| text.trim());
    match language {
        Language::Python => {
            let shape = |lines: &[Line<'_>]| -> Vec<(usize, String)> {
                let indent = |text: &str| text.len() - text.trim_start().len();
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect();
                lines.iter().map(|(_, text)| (indent(text), bare(text))).collect()
            };
            shape(was) == shape(is)
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx | Language::Go => {
            const ENDS: [&str; 6] = ["return", "throw", "break", "continue", "yield", "async"];
            let ends = |text: &str| {
                let last = text.rsplit(|c: char| !c.is_alphanumeric()).next();
                last.is_some_and(|w| ENDS.contains(&w))
            };
            let steps = |text: &str| text.starts_with("++") || text.starts_with("--");
            !lines().any(|text| ends(text) || steps(text))
        }
        // A line of the preprocessor ends with the line.
        Language::C | Language::Cpp => !lines().any(|text| text.starts_with('#') || text.ends_with('\\')),
        Language::Rust | Language::Java => true,
    }
}

/// A line that is nothing but an attribute which keeps a linter from speaking.
fn is_silencing_attribute(language: Language, line: &str) -> bool {
    let text = line.trim();
    match language {
        Language::Rust => {
            ["#[allow(", "#[expect(", "#![allow(", "#![expect("].iter().any(|a| text.starts_with(a))
                && text.ends_with(")]")
        }
        Language::Java => text.starts_with("@SuppressWarnings(") && text.ends_with(')'),
        _ => false,
    }
}

/// Comments that are instructions: for the compiler, the bundler, the interpreter.
fn is_directive(language: Language, line: &NumberedLine) -> bool {
    let text = line.text.trim();
    let has = |marks: &[&str]| marks.iter().any(|m| text.contains(m));
    let begins = |marks: &[&str]| marks.iter().any(|m| text.starts_with(m));
    match language {
        Language::Go => {
            begins(&["//go:", "// +build", "//+build", "//export ", "//line "]) || has(&["#cgo ", "#include"])
        }
        Language::Python => {
            line.line <= 2 && has(&["coding:", "coding="])
                || begins(&["# cython:", "# distutils:", "# ///", "# dependencies =", "# requires-python"])
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            const READ: [&str; 7] =
                ["@jsx", "webpack", "@vite-ignore", "__PURE__", "<reference", "sourceMappingURL", "@cc_on"];
            has(&READ)
        }
        _ => false,
    }
}
