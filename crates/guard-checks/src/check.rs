//! What a check is, and what it hands to the judge.

use guard_model::{EvidenceItem, Level, Mode, Side};

use crate::context::Context;

/// One check: a name, what it needs, and a pure function from evidence to drafts of findings.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Kebab-case name that reads well after "allow".
    pub name: &'static str,
    /// Group, for listings.
    pub group: Group,
    /// What it names, as a phrase.
    pub summary: &'static str,
    /// Level of an ordinary finding; the check moves it up and down by what the evidence shows.
    pub default_level: Level,
    /// Evidence without which it cannot speak.
    pub needs: &'static [Need],
    /// The cheapest mode that collects what it needs.
    pub first_mode: Mode,
    /// The check's README: documentation and test cases.
    pub readme: &'static str,
    /// Checks that name the same fact more precisely; their finding stands and this one is cited in it.
    pub yields_to: &'static [&'static str],
    /// Finds.
    pub run: fn(&Context<'_>) -> Vec<Draft>,
}

/// Groups of checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Does it build?
    Build,
    /// Are the tests still worth something?
    Tests,
    /// Does the code do what it seems to?
    Code,
    /// Were the gates left standing?
    Gates,
    /// Is what was said so?
    Claims,
    /// Are things alike that should be?
    Drift,
}

impl Group {
    /// The group's name as listings write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Group::Build => "build",
            Group::Tests => "tests",
            Group::Code => "code",
            Group::Gates => "gates",
            Group::Claims => "claims",
            Group::Drift => "drift",
        }
    }
}

/// Kinds of evidence that a check can need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Syntax of the changed files.
    Syntax,
    /// Something the agent said.
    Words,
    /// A build of head.
    Build,
    /// A test run of head.
    Tests,
    /// Base's tests on head's code.
    OldOnNew,
    /// Head's tests on base's code.
    NewOnOld,
    /// Mutants of the changed code.
    Mutants,
    /// The policy of base and head.
    Policy,
}

/// A finding before policy, suppression and merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    pub(crate) side: Side,
    pub(crate) line: Option<u32>,
    pub(crate) end_line: Option<u32>,
    pub(crate) claim: Option<String>,
    pub(crate) evidence: Vec<EvidenceItem>,
    pub(crate) help: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) facts: Vec<Fact>,
}

/// What a finding is about. Two findings about the same fact become one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fact {
    /// A test, by file and name in that file (or by suite and name when no file is known).
    Test(String, String),
    /// A suite as a whole.
    Suite(String),
    /// A file as a whole.
    File(String),
    /// An item of a file, by path and qualified name.
    Item(String, String),
}

impl Draft {
    /// A finding with its first piece of evidence: there is no finding without one.
    pub fn new(level: Level, message: impl Into<String>, evidence: EvidenceItem) -> Draft {
        Draft {
            level,
            message: message.into(),
            path: None,
            side: Side::Head,
            line: None,
            end_line: None,
            claim: None,
            evidence: vec![evidence],
            help: None,
            identity: None,
            facts: Vec::new(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn at(mut self, side: Side, path: impl Into<String>, lines: impl Into<Lines>) -> Draft {
        let Lines { first, last } = lines.into();
        self.path = Some(path.into());
        self.side = side;
        self.line = first;
        self.end_line = last;
        self
    }

    /// The claim that it answers.
    #[must_use]
    pub fn answers(mut self, claim: Option<&guard_model::Claim>) -> Draft {
        self.claim = claim.map(|c| c.id.clone());
        self
    }

    /// One more piece of evidence.
    #[must_use]
    pub fn because(mut self, item: EvidenceItem) -> Draft {
        self.evidence.push(item);
        self
    }

    /// More pieces of evidence.
    #[must_use]
    pub fn because_all(mut self, items: impl IntoIterator<Item = EvidenceItem>) -> Draft {
        self.evidence.extend(items);
        self
    }

    /// What to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Draft {
        self.help = Some(help.into());
        self
    }

    /// What stays the same when lines move: an item's name, a test's identity. Without one, the message
    /// with its numbers taken out stands in.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Draft {
        self.identity = Some(identity.into());
        self
    }

    /// What it is about.
    #[must_use]
    pub fn about(mut self, fact: Fact) -> Draft {
        self.facts.push(fact);
        self
    }
}

/// Lines of a place: none, one, or first and last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    first: Option<u32>,
    last: Option<u32>,
}

impl From<Option<u32>> for Lines {
    fn from(line: Option<u32>) -> Self {
        Lines { first: line, last: line }
    }
}

impl From<u32> for Lines {
    fn from(line: u32) -> Self {
        Lines { first: Some(line), last: Some(line) }
    }
}

impl From<(u32, u32)> for Lines {
    fn from((first, last): (u32, u32)) -> Self {
        Lines { first: Some(first), last: Some(last.max(first)) }
    }
}
