//! Gradient boosting of small decision trees on the logistic loss (Friedman 2001), with second-order
//! leaves (Chen and Guestrin 2016).

use std::fmt::Write as _;

/// How trees are grown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub(super) trees: usize,
    pub(super) depth: usize,
    /// Share of a tree's answer that is kept.
    pub(super) rate: f64,
    /// Weight of examples on either side of a question at least.
    pub(super) least: f64,
    /// What pulls leaves towards nothing.
    pub(super) ridge: f64,
    /// Share of the questions that one tree may ask.
    pub(super) asked: f64,
}

/// Examples, question by question.
#[derive(Debug, Default)]
pub(super) struct Examples {
    /// `answers[question][example]`
    pub(super) answers: Vec<Vec<f64>>,
    pub(super) label: Vec<bool>,
    pub(super) weight: Vec<f64>,
}

/// A sum of trees.
#[derive(Debug, Clone)]
pub(super) struct Trees {
    pub(super) bias: f64,
    roots: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Question { question: usize, most: f64, then: Box<Node>, otherwise: Box<Node> },
    Leaf(f64),
}

/// Distinct answers of a question that are told apart.
const BINS: usize = 64;

impl Trees {
    /// Nothing yet: what is known before any question is asked.
    pub(super) fn bare(examples: &Examples) -> Trees {
        let whole: f64 = examples.weight.iter().sum();
        let yes: f64 = examples.label.iter().zip(&examples.weight).filter(|(l, _)| **l).map(|(_, w)| w).sum();
        Trees { bias: ((yes + 1.0) / (whole - yes + 1.0)).ln(), roots: Vec::new() }
    }

    /// Grows further trees that ask only some of the questions.
    pub(super) fn grow(&mut self, examples: &Examples, may_ask: &[usize], growth: &Growth) {
        let binned: Vec<Binned> = examples.answers.iter().map(|a| Binned::of(a)).collect();
        let many = examples.label.len();
        let mut sums: Vec<f64> = (0..many).map(|i| self.sum(|q| examples.answers[q][i])).collect();
        let mut dice = 1_u64;
        for _ in 0..growth.trees {
            let slope: Vec<(f64, f64)> = (0..many)
                .map(|i| {
                    let p = 1.0 / (1.0 + (-sums[i]).exp());
                    let label = f64::from(u8::from(examples.label[i]));
                    (examples.weight[i] * (label - p), examples.weight[i] * (p * (1.0 - p)).max(1e-6))
                })
                .collect();
            let asked: Vec<usize> = may_ask
                .iter()
                .copied()
                .filter(|_| {
                    dice =
                        dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    ((dice >> 33) as f64) / f64::from(1_u32 << 31) < growth.asked
                })
                .collect();
            let grower =
                Grower { binned: &binned, slope: &slope, weight: &examples.weight, growth, asked: &asked };
            let root = grower.node((0..many as u32).collect(), growth.depth, &mut sums);
            self.roots.push(root);
        }
    }

    /// Reads what guard reads.
    pub(super) fn read(text: &str, names: &[String]) -> Option<Trees> {
        let mut lines = text.lines();
        let bias = lines.next()?.strip_prefix("bias ")?.parse().ok()?;
        let roots = lines.map(|line| Node::read(&mut line.split(' '), names)).collect::<Option<_>>()?;
        Some(Trees { bias, roots })
    }

    /// The log-odds for answers that `of` tells.
    pub(super) fn sum(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.roots.iter().fold(self.bias, |sum, root| {
            let mut at = root;
            loop {
                match at {
                    Node::Leaf(value) => return sum + value,
                    Node::Question { question, most, then, otherwise } => {
                        at = if of(*question) <= *most { then } else { otherwise };
                    }
                }
            }
        })
    }

    /// As guard reads them.
    pub(super) fn text(&self, names: &[String]) -> String {
        let mut text = format!("bias {:.4}\n", self.bias);
        for root in &self.roots {
            root.write(names, &mut text);
            text.push('\n');
        }
        text
    }
}

impl Node {
    fn read<'t>(words: &mut impl Iterator<Item = &'t str>, names: &[String]) -> Option<Node> {
        match words.next()? {
            "=" => Some(Node::Leaf(words.next()?.parse().ok()?)),
            "?" => {
                let name = words.next()?;
                Some(Node::Question {
                    question: names.iter().position(|n| n == name)?,
                    most: words.next()?.parse().ok()?,
                    then: Box::new(Node::read(words, names)?),
                    otherwise: Box::new(Node::read(words, names)?),
                })
            }
            _ => None,
        }
    }

    fn write(&self, names: &[String], text: &mut String) {
        // Writing to a string cannot fail.
        match self {
            Node::Leaf(value) => {
                let _ = write!(text, "= {value:.4}");
            }
            Node::Question { question, most, then, otherwise } => {
                let _ = write!(text, "? {} {most} ", names[*question]);
                then.write(names, text);
                text.push(' ');
                otherwise.write(names, text);
            }
        }
    }
}

/// Answers to one question in a few steps.
#[derive(Debug)]
struct Binned {
    bin: Vec<u8>,
    /// Largest answer of each bin.
    most: Vec<f64>,
}

impl Binned {
    fn of(answers: &[f64]) -> Binned {
        let mut sorted = answers.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let most: Vec<f64> = if sorted.len() <= BINS {
            sorted
        } else {
            let mut all = answers.to_vec();
            all.sort_by(f64::total_cmp);
            let mut cuts: Vec<f64> = (1..=BINS).map(|b| all[(b * all.len() / BINS).max(1) - 1]).collect();
            cuts.dedup();
            cuts
        };
        // Between two seen answers, and short enough to be read.
        let between = |b: usize| match most.get(b + 1) {
            Some(next) => {
                let middle = f64::midpoint(most[b], *next);
                let short = format!("{middle:.4}").parse().unwrap_or(middle);
                if most[b] <= short && short < *next { short } else { most[b] }
            }
            None => most[b],
        };
        let most: Vec<f64> = (0..most.len()).map(between).collect();
        let bin = answers.iter().map(|a| most.partition_point(|m| m < a).min(most.len() - 1) as u8).collect();
        Binned { bin, most }
    }
}

struct Grower<'a> {
    binned: &'a [Binned],
    slope: &'a [(f64, f64)],
    weight: &'a [f64],
    growth: &'a Growth,
    asked: &'a [usize],
}

impl Grower<'_> {
    fn node(&self, examples: Vec<u32>, depth: usize, sums: &mut [f64]) -> Node {
        let (mut gradient, mut curve) = (0.0, 0.0);
        for &i in &examples {
            gradient += self.slope[i as usize].0;
            curve += self.slope[i as usize].1;
        }
        let best = if depth == 0 { None } else { self.question(&examples, gradient, curve) };
        let Some((question, bin)) = best else {
            let value = self.growth.rate * gradient / (curve + self.growth.ridge);
            examples.iter().for_each(|&i| sums[i as usize] += value);
            return Node::Leaf(value);
        };
        let binned = &self.binned[question];
        let (then, otherwise) = examples.into_iter().partition(|&i| binned.bin[i as usize] <= bin);
        Node::Question {
            question,
            most: binned.most[bin as usize],
            then: Box::new(self.node(then, depth - 1, sums)),
            otherwise: Box::new(self.node(otherwise, depth - 1, sums)),
        }
    }

    /// The question that tells most, with the last bin of its first side.
    fn question(&self, examples: &[u32], gradient: f64, curve: f64) -> Option<(usize, u8)> {
        let gain = |g: f64, h: f64| g * g / (h + self.growth.ridge);
        let whole = gain(gradient, curve);
        let weight: f64 = examples.iter().map(|&i| self.weight[i as usize]).sum();
        let mut best: Option<(f64, usize, u8)> = None;
        for &question in self.asked {
            let binned = &self.binned[question];
            let mut bins = vec![(0.0, 0.0, 0.0); binned.most.len()];
            for &i in examples {
                let i = i as usize;
                let bin = &mut bins[binned.bin[i] as usize];
                bin.0 += self.slope[i].0;
                bin.1 += self.slope[i].1;
                bin.2 += self.weight[i];
            }
            let (mut g, mut h, mut w) = (0.0, 0.0, 0.0);
            for (index, bin) in bins.iter().enumerate().take(bins.len() - 1) {
                g += bin.0;
                h += bin.1;
                w += bin.2;
                if w < self.growth.least || weight - w < self.growth.least {
                    continue;
                }
                let told = gain(g, h) + gain(gradient - g, curve - h) - whole;
                if told > 1e-6 && best.is_none_or(|(most, ..)| told > most) {
                    best = Some((told, question, index as u8));
                }
            }
        }
        best.map(|(_, question, bin)| (question, bin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_answers_say_together_is_learned() {
        let mut examples = Examples { answers: vec![Vec::new(), Vec::new()], ..Examples::default() };
        for i in 0..400 {
            let (a, b) = (f64::from(i % 20), f64::from(i / 20));
            examples.answers[0].push(a);
            examples.answers[1].push(b);
            examples.label.push(a > 9.0 && b > 9.0);
            examples.weight.push(1.0);
        }
        let growth = Growth { trees: 40, depth: 2, rate: 0.3, least: 2.0, ridge: 1.0, asked: 1.1 };
        let mut trees = Trees::bare(&examples);
        trees.grow(&examples, &[0, 1], &growth);
        assert!(trees.sum(|q| [15.0, 15.0][q]) > 1.0);
        assert!(trees.sum(|q| [15.0, 3.0][q]) < -1.0);
        assert!(trees.sum(|q| [3.0, 15.0][q]) < -1.0);

        let names = ["a".to_owned(), "b".to_owned()];
        let again = Trees::read(&trees.text(&names), &names).expect("what was written is read");
        let off = trees.sum(|q| [15.0, 3.0][q]) - again.sum(|q| [15.0, 3.0][q]);
        assert!(off.abs() < 0.01, "{off}");
    }
}
