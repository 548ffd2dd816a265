//! How sure it is that a place was left out.
//!
//! A sum of small decision trees over the answers of [`super::features`], each tree a handful of questions;
//! the sum is a log-odds. The trees (`certainty.trees`, one a line) were fitted by gradient boosting on
//! systematic commits of public repositories of which some edits had been put back, so what is right was
//! known; the README of `skipped-section` says on how many, and what came out on repositories that had no
//! part in it.

use std::sync::LazyLock;

use guard_model::report::Certainty;

use super::features::{Answers, NAMES};

static TREES: LazyLock<Trees> = LazyLock::new(|| Trees::read(include_str!("certainty.trees")));

/// How sure, from all that is known of a place.
pub(super) fn certainty(answers: &Answers) -> Certainty {
    Certainty::from(1.0 / (1.0 + (-TREES.sum(answers)).exp()))
}

struct Trees {
    /// What is added whatever the answers are.
    bias: f64,
    roots: Vec<Node>,
}

enum Node {
    /// Whether the answer is at most a value, and where to go on when it is and when not.
    Question {
        answer: usize,
        most: f64,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Leaf(f64),
}

impl Trees {
    /// Reads `bias N` and one tree a line: `? name value TREE TREE` or `= value`.
    fn read(text: &str) -> Trees {
        let mut lines = text.lines();
        let bias = lines.next().and_then(|l| l.strip_prefix("bias ")).and_then(|n| n.parse().ok());
        let roots = lines.filter_map(|line| Node::read(&mut line.split(' ')));
        Trees { bias: bias.unwrap_or_default(), roots: roots.collect() }
    }

    fn sum(&self, answers: &Answers) -> f64 {
        self.roots.iter().fold(self.bias, |sum, root| sum + root.value(answers))
    }
}

impl Node {
    fn read<'t>(words: &mut impl Iterator<Item = &'t str>) -> Option<Node> {
        match words.next()? {
            "=" => Some(Node::Leaf(words.next()?.parse().ok()?)),
            "?" => {
                let name = words.next()?;
                Some(Node::Question {
                    answer: NAMES.iter().position(|n| *n == name)?,
                    most: words.next()?.parse().ok()?,
                    then: Box::new(Node::read(words)?),
                    otherwise: Box::new(Node::read(words)?),
                })
            }
            _ => None,
        }
    }

    fn value(&self, answers: &Answers) -> f64 {
        match self {
            Node::Leaf(value) => *value,
            Node::Question { answer, most, then, otherwise } => {
                if answers[*answer] <= *most {
                    then.value(answers)
                } else {
                    otherwise.value(answers)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tree_is_read() {
        let text = include_str!("certainty.trees");
        assert!(text.starts_with("bias "));
        assert_eq!(TREES.roots.len(), text.lines().count() - 1);
        assert!(TREES.roots.len() > 50);
    }

    #[test]
    fn a_place_that_stands_alone_among_many_changed_ones_is_surer_than_one_of_many_left() {
        let with = |values: &[(&str, f64)]| {
            let mut answers = [0.0; NAMES.len()];
            for (name, value) in values {
                answers[NAMES.iter().position(|n| n == name).expect("known")] = *value;
            }
            certainty(&answers)
        };
        let lone = with(&[
            ("rule", 1.0),
            ("rule_share", 0.95),
            ("rule_cert", 0.9),
            ("share", 3.0),
            ("support", 1.0),
        ]);
        let many = with(&[("share", -3.0), ("left", 5.0), ("support", 1.0), ("hunk_distance", 8.0)]);
        assert!(lone > many);
    }
}
