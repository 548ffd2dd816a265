//! A pattern as a rule for ast-grep, a tool that searches and rewrites by syntax.
//!
//! Not every pattern can be said there: a rule matches one whole node, where a pattern may begin in one and
//! end in another. What is said has been parsed here first.

use std::fmt::Write as _;

use guard_model::Language;

use super::edits::Zone;
use super::pattern::{After, Elem, Pattern};
use super::scan::Kind;
use super::show::joined;

impl Pattern {
    /// The rule in YAML, with its fix where the after side is told; `None` where it cannot be said.
    pub fn rule(&self, language: Language) -> Option<String> {
        if !self.zones.contains(&Zone::Code) || self.core.is_empty() {
            return None;
        }
        let mut names = Names::default();
        let before: Vec<String> = (0..self.before.len()).map(|i| names.of(self, i)).collect::<Option<_>>()?;
        let fix = self.fix(&before);
        let mut rule = format!("id: {}\nlanguage: {}\nrule:\n", self.rule_id(), name_of(language));
        // Writing to a string cannot fail.
        match self.before.as_slice() {
            [Elem::Exact(Kind::Name, name)] => {
                rule.push_str("  any:\n");
                for kind in name_kinds(language) {
                    let _ =
                        writeln!(rule, "    - {{ kind: {kind}, regex: {} }}", quoted(&format!("^{name}$")));
                }
            }
            _ => {
                let pattern = joined(&before);
                if !is_one_node(language, &pattern) {
                    return None;
                }
                let _ = writeln!(rule, "  pattern: {}", quoted(&pattern));
            }
        }
        if !names.constraints.is_empty() {
            rule.push_str("constraints:\n");
            for (name, regex) in &names.constraints {
                let _ = writeln!(rule, "  {name}: {{ regex: {} }}", quoted(regex));
            }
        }
        if let Some(fix) = fix {
            let _ = writeln!(rule, "fix: {}", quoted(&fix));
        }
        Some(rule)
    }

    fn fix(&self, before: &[String]) -> Option<String> {
        let piece = |after: &After| match after {
            After::Exact(text) => Some(text.clone()),
            After::Free(_) => None,
            After::Variable(variable) => self.before.iter().zip(before).find_map(|(elem, text)| match elem {
                Elem::Slot { variable: Some(v), .. } if v == variable => Some(text.clone()),
                _ => None,
            }),
            After::Hole(hole) => self.before.iter().zip(before).find_map(|(elem, text)| match elem {
                Elem::Hole(h) if h == hole => Some(text.clone()),
                _ => None,
            }),
        };
        let mut parts = before[..self.core.start].to_vec();
        parts.extend(self.after.iter().map(piece).collect::<Option<Vec<_>>>()?);
        parts.extend_from_slice(&before[self.core.end..]);
        Some(joined(&parts))
    }

    /// A name for the rule, of the words that change.
    fn rule_id(&self) -> String {
        let words = self.before[self.core.clone()].iter().filter_map(|e| match e {
            Elem::Exact(Kind::Name, name) => Some(name.to_lowercase().replace('_', "-")),
            _ => None,
        });
        let words = words.filter(|w| w.starts_with(char::is_alphanumeric));
        let words: Vec<String> = words.take(4).collect();
        if words.is_empty() { "repeated-edit".to_owned() } else { format!("replace-{}", words.join("-")) }
    }
}

/// Names for what varies.
#[derive(Default)]
struct Names {
    next: usize,
    /// What the text of a name must be.
    constraints: Vec<(String, String)>,
}

impl Names {
    fn of(&mut self, pattern: &Pattern, index: usize) -> Option<String> {
        let sign = |at: Option<usize>| match at.and_then(|at| pattern.before.get(at)) {
            Some(Elem::Exact(Kind::Punct, sign)) => Some(sign.as_str()),
            _ => None,
        };
        Some(match &pattern.before[index] {
            Elem::Exact(Kind::Comment, _) => return None,
            Elem::Exact(_, text) => text.clone(),
            Elem::Hole(hole) => {
                let sides = (sign(index.checked_sub(1)), sign(Some(index + 1)));
                // All that brackets hold may be several nodes.
                let all =
                    matches!(sides, (Some("("), Some(")")) | (Some("["), Some("]")) | (Some("{"), Some("}")));
                format!("{}HOLE{hole}", if all { "$$$" } else { "$" })
            }
            Elem::Slot { kind, variable, seen, closed } => {
                let name = match variable {
                    Some(variable) => format!("VAR{variable}"),
                    None => {
                        self.next += 1;
                        format!("SLOT{}", self.next)
                    }
                };
                let regex = if *closed {
                    let values: Vec<String> = seen.keys().map(|v| escaped(v)).collect();
                    format!("^({})$", values.join("|"))
                } else {
                    match kind {
                        Kind::Name => r"^\w+$".to_owned(),
                        Kind::Number => r"^\d".to_owned(),
                        Kind::Text => "[\"'`]$".to_owned(),
                        Kind::Punct | Kind::Comment => return None,
                    }
                };
                if !self.constraints.iter().any(|(n, _)| *n == name) {
                    self.constraints.push((name.clone(), regex));
                }
                format!("${name}")
            }
        })
    }
}

/// Whether a pattern is one whole piece of code, with names for what varies.
fn is_one_node(language: Language, pattern: &str) -> bool {
    let code = pattern.replace("$$$", "").replace('$', "");
    let Ok(tree) = crate::tree::parse(language, &code, &[]) else { return false };
    let root = tree.root_node();
    let only = root.named_child(0).filter(|_| root.named_child_count() == 1);
    !root.has_error() && only.is_some_and(|node| node.byte_range() == (0..code.len()))
}

/// The name that ast-grep has for a language.
fn name_of(language: Language) -> &'static str {
    match language {
        Language::Rust => "Rust",
        Language::TypeScript => "TypeScript",
        Language::Tsx => "Tsx",
        Language::JavaScript => "JavaScript",
        Language::Python => "Python",
        Language::C => "C",
        Language::Cpp => "Cpp",
        Language::Go => "Go",
        Language::Java => "Java",
    }
}

/// What a name can be in a language's grammar.
fn name_kinds(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => &["identifier"],
        Language::Rust | Language::C => &["identifier", "field_identifier", "type_identifier"],
        Language::Cpp => &["identifier", "field_identifier", "type_identifier", "namespace_identifier"],
        Language::Go => &["identifier", "field_identifier", "type_identifier", "package_identifier"],
        Language::Java => &["identifier", "type_identifier"],
        Language::TypeScript | Language::Tsx => &[
            "identifier",
            "property_identifier",
            "type_identifier",
            "shorthand_property_identifier",
            "shorthand_property_identifier_pattern",
        ],
        Language::JavaScript => &[
            "identifier",
            "property_identifier",
            "shorthand_property_identifier",
            "shorthand_property_identifier_pattern",
        ],
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if !c.is_alphanumeric() && !matches!(c, '_' | ' ') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// A YAML string.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use guard_model::Hunk;

    use crate::sites::{Changed, learn};

    /// The rule of the edit between two texts whose lines all differ.
    fn rule(path: &str, base: &str, head: &str) -> Option<String> {
        let lines = base.lines().count() as u32;
        let hunks = [Hunk { old_start: 1, old_lines: lines, new_start: 1, new_lines: lines }];
        let changed = Changed {
            base_path: path,
            path,
            base: base.as_bytes(),
            head: head.as_bytes(),
            hunks: &hunks,
            base_facts: None,
            head_facts: None,
        };
        learn(&[changed]).first()?.described().rule
    }

    #[test]
    fn an_edit_of_whole_nodes_is_said_with_its_fix() {
        let exits = "f(sys.exit(a))\ng(sys.exit(b + 1))\nh(sys.exit(c.d))\n";
        insta::assert_snapshot!(rule("a.py", exits, &exits.replace("sys.exit", "fail")).expect("a rule"), @r"
        id: replace-sys-exit
        language: Python
        rule:
          pattern: 'sys.exit'
        fix: 'fail'
        ");
        let tries = "let a = check!(f(a, b));\nlet b = check!(g.h());\nlet c = check!(k[1]);\n";
        let marks = "let a = f(a, b)?;\nlet b = g.h()?;\nlet c = k[1]?;\n";
        insta::assert_snapshot!(rule("a.rs", tries, marks).expect("a rule"), @r"
        id: replace-check
        language: Rust
        rule:
          pattern: 'check!($$$HOLE0)'
        fix: '$$$HOLE0?'
        ");
    }

    #[test]
    fn a_name_by_itself_is_looked_for_wherever_names_stand() {
        let base = "a.old_name(1);\nb.old_name(2);\nold_name();\n";
        insta::assert_snapshot!(rule("a.go", base, &base.replace("old", "new")).expect("a rule"), @r"
        id: replace-old-name
        language: Go
        rule:
          any:
            - { kind: identifier, regex: '^old_name$' }
            - { kind: field_identifier, regex: '^old_name$' }
            - { kind: type_identifier, regex: '^old_name$' }
            - { kind: package_identifier, regex: '^old_name$' }
        fix: 'new_name'
        ");
    }

    #[test]
    fn what_is_no_whole_node_is_not_said() {
        let base = "let a = x.borrow() as u32 + 1;\nlet b = y.borrow() as u32 + 2;\nlet c = z.borrow() as u32 + 3;\n";
        assert_eq!(rule("a.rs", base, &base.replace("borrow() as u32 +", "get() -")), None);
    }
}
