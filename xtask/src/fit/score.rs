//! What trees come to, counted as a reader would: case by case.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::boost::{Examples, Growth, Trees};
use crate::shell::root;

/// Trees from nothing.
const GROWTH: Growth = Growth { trees: 330, depth: 3, rate: 0.05, least: 6.0, ridge: 4.0, asked: 0.6 };
/// Trees that are added to those that there are.
const FURTHER: Growth = Growth { trees: 60, ridge: 20.0, ..GROWTH };
/// Certainties for which the outcome is told.
const AT: [f64; 8] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.87, 0.95];
/// What the places of one case weigh together: the root of their number, so that a case of a thousand
/// places does not speak a thousand times as loud as one of one.
fn weight_of(places: f64) -> f64 {
    1.0 / places.max(1.0).sqrt()
}

/// What is fitted.
#[derive(Debug)]
pub(super) struct Fit {
    /// Parts that the repositories are divided into.
    pub(super) folds: usize,
    /// Add to the present trees.
    pub(super) further: bool,
    /// What new trees may ask; everything when empty.
    pub(super) questions: Vec<String>,
    /// Write the trees.
    pub(super) write: bool,
}

struct Case {
    repo: String,
    variant: String,
    /// Places that were put back, whether found or not.
    want: usize,
    places: Vec<Place>,
}

struct Place {
    /// Which of the places that were put back it is.
    unit: Option<usize>,
    stands_for: f64,
    at: String,
    answers: Vec<f64>,
}

struct Table {
    names: Vec<String>,
    cases: Vec<Case>,
}

/// Fits and tells.
pub(super) fn trees(rows: &[PathBuf], apart: Option<&Path>, fit: &Fit) -> Result<()> {
    let Fit { folds, write, .. } = *fit;
    let table = Table::read(rows)?;
    let from = fit.further.then(|| present(&table.names)).transpose()?;
    let may_ask = table.places_of(&fit.questions)?;
    let grown = |cases: &[&Case]| grown(cases, table.names.len(), from.as_ref(), &may_ask);
    let repos: BTreeSet<&str> = table.cases.iter().map(|c| c.repo.as_str()).collect();
    println!("{} cases of {} repositories", table.cases.len(), repos.len());
    let fold_of: BTreeMap<&str, usize> =
        repos.iter().enumerate().map(|(i, r)| (*r, i % folds.max(1))).collect();
    if folds > 1 {
        let mut judged: Vec<(&Case, Vec<f64>)> = Vec::new();
        for fold in 0..folds {
            let (held, others): (Vec<&Case>, Vec<&Case>) =
                table.cases.iter().partition(|c| fold_of[c.repo.as_str()] == fold);
            let trees = grown(&others);
            judged.extend(held.into_iter().map(|c| (c, sums(&trees, c))));
        }
        println!("each repository by the trees of others:");
        tell(&judged);
    }
    if apart.is_none() && !write {
        return Ok(());
    }
    let trees = grown(&table.cases.iter().collect::<Vec<_>>());
    if let Some(apart) = apart {
        let other = Table::read(&[apart.to_owned()])?;
        if other.names != table.names {
            bail!("{} asks other questions", apart.display());
        }
        println!("{}, by the trees of all:", apart.display());
        tell(&other.cases.iter().map(|c| (c, sums(&trees, c))).collect::<Vec<_>>());
    }
    if write {
        let path = path();
        fs::write(&path, trees.text(&table.names))?;
        println!("written: {}", path.display());
    }
    Ok(())
}

/// Where guard has its trees.
fn path() -> PathBuf {
    root().join("crates/guard-checks/src/sites/certainty.trees")
}

fn present(names: &[String]) -> Result<Trees> {
    Trees::read(&fs::read_to_string(path())?, names).context("the present trees cannot be read")
}

impl Table {
    fn read(paths: &[PathBuf]) -> Result<Table> {
        let mut table = Table { names: Vec::new(), cases: Vec::new() };
        for path in paths {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            table.add(&text).with_context(|| format!("{} is no table of places", path.display()))?;
        }
        Ok(table)
    }

    fn add(&mut self, text: &str) -> Result<()> {
        let mut lines = text.lines();
        let names: Vec<String> =
            lines.next().context("it is empty")?.split('\t').map(str::to_owned).collect();
        if !self.names.is_empty() && self.names != names {
            bail!("it asks other questions than the one before");
        }
        self.names = names;
        for line in lines {
            let columns: Vec<&str> = line.split('\t').collect();
            match columns.as_slice() {
                ["case", _, repo, variant, want] => self.cases.push(Case {
                    repo: (*repo).to_owned(),
                    variant: (*variant).to_owned(),
                    want: want.parse()?,
                    places: Vec::new(),
                }),
                ["place", _, unit, stands_for, at, answers @ ..] if answers.len() == self.names.len() => {
                    let place = Place {
                        unit: usize::try_from(unit.parse::<i64>()?).ok(),
                        stands_for: stands_for.parse()?,
                        at: (*at).to_owned(),
                        answers: answers.iter().map(|a| Ok(a.parse()?)).collect::<Result<_>>()?,
                    };
                    self.cases.last_mut().context("a place before any case")?.places.push(place);
                }
                _ => bail!("not a line of one: {line:.80}"),
            }
        }
        Ok(())
    }

    /// Where questions stand; all when none is named.
    fn places_of(&self, questions: &[String]) -> Result<Vec<usize>> {
        if questions.is_empty() {
            return Ok((0..self.names.len()).collect());
        }
        let place = |question: &String| {
            let place = self.names.iter().position(|n| n == question);
            place.with_context(|| format!("nobody asks for `{question}`"))
        };
        questions.iter().map(place).collect()
    }
}

fn grown(cases: &[&Case], questions: usize, from: Option<&Trees>, may_ask: &[usize]) -> Trees {
    let mut examples = Examples { answers: vec![Vec::new(); questions], ..Examples::default() };
    for case in cases {
        let count = |back: bool| -> f64 {
            case.places.iter().filter(|p| p.unit.is_some() == back).map(|p| p.stands_for).sum()
        };
        let (back, left) = (weight_of(count(true)), weight_of(count(false)));
        for place in &case.places {
            for (column, answer) in examples.answers.iter_mut().zip(&place.answers) {
                column.push(*answer);
            }
            examples.label.push(place.unit.is_some());
            examples.weight.push(if place.unit.is_some() { back } else { left * place.stands_for });
        }
    }
    let (mut trees, growth) = match from {
        Some(trees) => (trees.clone(), FURTHER),
        None => (Trees::bare(&examples), GROWTH),
    };
    trees.grow(&examples, may_ask, &growth);
    trees
}

fn sums(trees: &Trees, case: &Case) -> Vec<f64> {
    case.places.iter().map(|p| 1.0 / (1.0 + (-trees.sum(|q| p.answers[q])).exp())).collect()
}

fn tell(judged: &[(&Case, Vec<f64>)]) {
    println!("  from   recall precision  silent on finished  silent on ordinary");
    for at in AT {
        let (mut recall, mut precision) = (Vec::new(), Vec::new());
        let mut silent: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (case, sure) in judged {
            let listed: Vec<&Place> =
                case.places.iter().zip(sure).filter(|(_, p)| **p >= at).map(|(p, _)| p).collect();
            let hit = listed.iter().filter_map(|p| p.unit).collect::<BTreeSet<_>>().len() as f64;
            let wrong: BTreeMap<&str, f64> =
                listed.iter().filter(|p| p.unit.is_none()).map(|p| (p.at.as_str(), p.stands_for)).collect();
            let wrong: f64 = wrong.values().sum();
            if case.want == 0 {
                let variant = silent.entry(&case.variant).or_default();
                variant.1 += 1;
                variant.0 += usize::from(wrong == 0.0);
                continue;
            }
            recall.push(hit / case.want as f64);
            if hit + wrong > 0.0 {
                precision.push(hit / (hit + wrong));
            }
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
        let share = |variant: &str| {
            let (quiet, all) = silent.get(variant).copied().unwrap_or_default();
            format!("{:.3} of {all}", quiet as f64 / all.max(1) as f64)
        };
        println!(
            "  {at:.2}    {:.3}    {:.3}     {:>18}  {:>18}",
            mean(&recall),
            mean(&precision),
            share("full"),
            share("ordinary")
        );
    }
}
