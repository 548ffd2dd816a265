//! Is it asserted? Subject, verb, tense, mood and negation of one clause, under its headings.
//!
//! A claim says that the speaker did something in this change. Everything else that looks like it is
//! turned away here: plans, orders, questions, conditions, denials, earlier work, how things are.

use std::ops::Range;

use guard_model::SourceKind;

use super::clause::{self, Clause};
use super::lexicon::{self, Act, Form};
use super::markdown::PieceKind;
use super::section::Section;
use super::status;
use super::token::{Kind, Token, lists};

/// Where a clause stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Context {
    /// The source.
    pub(super) source: SourceKind,
    /// What kind of piece it is in.
    pub(super) piece: PieceKind,
    /// What the headings above it are about.
    pub(super) section: Section,
    /// Whether the line above says that what follows is gone.
    pub(super) removes: bool,
}

/// An asserted action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// What was done.
    pub(super) act: Act,
    /// Tokens that belong to the claim's text.
    pub(super) text: Range<usize>,
    /// Tokens that say what it was done to.
    pub(super) object: Range<usize>,
    /// True when there is no verb: "Support for X".
    pub(super) noun_phrase: bool,
}

/// Verbs of consequence: after "this" they argue for the change and do not tell what was done.
const CONSEQUENCES: &str = "allows enables ensures makes improves establishes provides keeps lets prevents gives means \
    brings offers reduces maintains preserves avoids covers supports uses returns requires \
    completes demonstrates shows sets runs reads handles works tests builds changes updates \
    simplifies increases follows marks";

/// Verbs that as orders speak to the reader, not of the change.
const ORDERS: &str =
    "run see note check try verify call confirm read find start begin choose let consider ensure";

/// Reads one clause; `None` when nothing is asserted.
pub(super) fn read(tokens: &[Token<'_>], clause: &Clause, context: Context) -> Option<Reading> {
    if clause.question || context.section == Section::Elsewhere {
        return None;
    }
    let Range { start, end } = clause.tokens;
    let mut at = start;
    while at < end
        && (tokens[at].kind == Kind::Mark
            || tokens[at].any(lexicon::FILLERS)
            || matches!(tokens[at].kind, Kind::Punct(',' | '!' | ':' | '-' | '—')))
    {
        at += 1;
    }
    let first = tokens.get(at).filter(|_| at < end)?;
    if first.any(lexicon::OPENERS) || first.any(lexicon::EARLIER) {
        return None;
    }
    let words = Words { tokens, start: at, end, context, joined: clause.joined };
    words
        .first_person()
        .or_else(|| words.self_naming())
        .or_else(|| words.forbidding())
        .or_else(|| words.leading_verb())
        .or_else(|| words.passive())
        .or_else(|| words.now())
        .or_else(|| status::complete(tokens, at..end))
        .or_else(|| words.has_new())
        .or_else(|| words.noun_phrase())
}

struct Words<'t, 'a> {
    tokens: &'t [Token<'a>],
    start: usize,
    end: usize,
    context: Context,
    joined: bool,
}

impl Words<'_, '_> {
    fn get(&self, i: usize) -> Option<&Token<'_>> {
        self.tokens.get(i).filter(|_| i < self.end)
    }

    fn verb(&self, i: usize) -> Option<lexicon::Verb> {
        self.get(i).filter(|t| t.kind == Kind::Word).and_then(|t| lexicon::verb(&t.lower))
    }

    fn reading(&self, act: Act, verb: usize) -> Reading {
        // Who "tested X" looked at it; who "tests X" wrote a test.
        let looked = act == Act::Test && self.verb(verb).is_some_and(|v| v.form == Form::Past);
        let act = if looked { Act::Check } else { act };
        Reading { act, text: self.start..self.end, object: verb + 1..self.end, noun_phrase: false }
    }

    fn is_list(&self) -> bool {
        matches!(self.context.piece, PieceKind::Item { .. } | PieceKind::Subject)
    }

    fn written_for_history(&self) -> bool {
        matches!(self.context.source, SourceKind::Commit | SourceKind::Pr | SourceKind::Todo)
    }

    /// "I've added X", "We now collect Y".
    fn first_person(&self) -> Option<Reading> {
        if !self.get(self.start)?.any("i we i've we've i’ve we’ve") {
            return None;
        }
        let mut now = false;
        let mut i = self.start + 1;
        while let Some(t) = self.get(i).filter(|t| t.any(lexicon::FILLERS) || t.any("have has ve")) {
            now |= t.is("now");
            i += 1;
        }
        let verb = self.verb(i)?;
        let done = verb.form == Form::Past && !matches!(verb.act, Act::Behave);
        let changed = now && verb.form == Form::Base && self.written_for_history();
        (done || changed).then(|| self.reading(if changed { Act::Update } else { verb.act }, i))
    }

    /// "This commit adds X", "It also removes Y".
    fn self_naming(&self) -> Option<Reading> {
        let first = self.get(self.start)?;
        if !first.any("this these it the") {
            return None;
        }
        let named = self.get(self.start + 1).is_some_and(|t| t.any(clause::SELF_NOUNS));
        if !named && (first.is("the") || !self.written_for_history()) {
            return None;
        }
        let i = clause::skip_subject(self.tokens, self.start, self.end);
        let verb = self.verb(i)?;
        let word = self.get(i)?.lower.as_str();
        let fits = matches!(verb.form, Form::Third) || first.is("these") && verb.form == Form::Base;
        let change = !matches!(verb.act, Act::Behave | Act::Check | Act::Test);
        let consequence = lists(CONSEQUENCES, word)
            && !(named
                && matches!(verb.act, Act::Add | Act::Update | Act::Fix)
                && first.is("this")
                && !matches!(word, "allows" | "enables" | "ensures" | "makes" | "means" | "keeps" | "lets"));
        (fits && change && !consequence).then(|| self.reading(verb.act, i))
    }

    /// "Don't add paths that are gone": in a history, a change of behaviour.
    fn forbidding(&self) -> Option<Reading> {
        let first = self.get(self.start)?;
        let at = if first.any("don't don’t never") {
            self.start + 1
        } else if first.is("do") && self.get(self.start + 1)?.is("not") {
            self.start + 2
        } else {
            return None;
        };
        let orders = self.verb(at)?.form == Form::Base && self.get(at + 1).is_some();
        let history = matches!(self.context.source, SourceKind::Commit) && self.is_list();
        (orders && history).then(|| self.reading(Act::Update, at))
    }

    /// "Add X", "Added X", "Adds X", "Adding X".
    fn leading_verb(&self) -> Option<Reading> {
        let verb = self.verb(self.start)?;
        let word = self.get(self.start)?.lower.as_str();
        let next = self.get(self.start + 1)?;
        let PieceKind::Item { .. } = self.context.piece else {
            return self.leading_verb_in_prose(verb, word, next);
        };
        self.accepted(verb, word, next).then(|| self.reading(verb.act, self.start))
    }

    fn leading_verb_in_prose(&self, verb: lexicon::Verb, word: &str, next: &Token<'_>) -> Option<Reading> {
        // A gerund that opens prose is a subject or an aside: "Adding X makes Y slower".
        if verb.form == Form::Gerund && self.context.piece == PieceKind::Paragraph {
            return None;
        }
        // A participle before a noun, with a finite verb behind: "Added tests cover X" tells how things are.
        self.accepted(verb, word, next).then(|| self.reading(verb.act, self.start))
    }

    fn accepted(&self, verb: lexicon::Verb, word: &str, next: &Token<'_>) -> bool {
        let opens_object = next.kind != Kind::Word
            && !matches!(next.kind, Kind::Punct(c) if c != '(' && c != '[')
            || next.any(clause::DETERMINERS);
        // "Tests: 202 passing", "Update — Jan 3": a label.
        if matches!(next.kind, Kind::Punct(':' | '—' | '–' | '-' | '/' | '|')) {
            return false;
        }
        // "Close this PR and you won't be reminded" speaks to who reads it.
        if verb.form == Form::Base
            && next.is("this")
            && self.get(self.start + 2).is_some_and(|t| t.any("pr mr pull"))
        {
            return false;
        }
        let noun = verb.ambiguous
            && !opens_object
            && (next.any(clause::PREPOSITIONS)
                || next.any("and or is are was were now that which")
                || self
                    .verb(self.start + 1)
                    .is_some_and(|v| matches!(v.form, Form::Past | Form::Gerund) && !opens_object));
        if noun {
            return false;
        }
        match verb.form {
            // "Required only for X" and "Combined data holds Y" tell how things are.
            Form::Past => {
                let state =
                    if self.written_for_history() { next.any("by") } else { next.any("by for only when if") };
                !state && !self.is_participle() && (verb.act != Act::Behave || self.written_for_history())
            }
            Form::Base => match self.context.source {
                SourceKind::Commit | SourceKind::Pr | SourceKind::Todo => {
                    let order = lists(ORDERS, word) || verb.act == Act::Check;
                    let subject = self.context.piece == PieceKind::Subject;
                    let plan = self.context.section == Section::TestPlan;
                    let idle = verb.act == Act::Behave && !self.is_list();
                    // "Test coverage for X" is a thing; "Test the parser" is an act.
                    let thing = verb.ambiguous && !subject && !opens_object && verb.act == Act::Test;
                    !(plan || idle || thing || order && !subject)
                }
                // In a message to a person, an order is advice unless it stands in a list of changes.
                _ => {
                    self.context.section == Section::Changes
                        && matches!(self.context.piece, PieceKind::Item { .. })
                        && !lists(ORDERS, word)
                        && !matches!(verb.act, Act::Behave | Act::Check | Act::Test)
                }
            },
            Form::Third => {
                let tells = matches!(
                    verb.act,
                    Act::Add
                        | Act::Remove
                        | Act::Rename
                        | Act::Replace
                        | Act::Fix
                        | Act::Document
                        | Act::Update
                );
                if self.written_for_history() {
                    tells || self.is_list()
                } else {
                    tells && !lists(CONSEQUENCES, word) && self.context.section == Section::Changes
                }
            }
            Form::Gerund => {
                self.written_for_history() && self.is_list() && !self.joined && verb.act != Act::Behave
            }
        }
    }

    /// "Combined metadata includes X": the verb at the start belongs to the subject of another one.
    fn is_participle(&self) -> bool {
        let ends = "that which to so because when where if sure by whether how while after before as";
        let clause = (self.start + 1..self.end)
            .take_while(|i| !self.tokens[*i].any(ends) && !matches!(self.tokens[*i].kind, Kind::Punct(_)));
        clause.skip(1).any(|i| {
            self.tokens[i].any("is are was were includes contains gives means has have now")
                && i > self.start + 1
                || self.verb(i).is_some_and(|v| v.form == Form::Third && !v.ambiguous)
        })
    }

    /// "X was renamed", "X has been moved", "All five files updated".
    fn passive(&self) -> Option<Reading> {
        let (at, verb) = (self.start + 1..self.end).find_map(|i| {
            let verb = self.verb(i)?;
            (verb.form == Form::Past && verb.act != Act::Behave).then_some((i, verb))
        })?;
        let before = &self.tokens[self.start..at];
        if before.iter().any(|t| {
            takes_back(t) || t.any("by be being that which when where because who while as than since had")
        }) {
            return None;
        }
        let mut k = at;
        while k > self.start && self.tokens[k - 1].any(lexicon::FILLERS) {
            k -= 1;
        }
        let fillers = &self.tokens[k..at];
        let aux = self.tokens.get(k.checked_sub(1)?)?;
        let next = self.get(at + 1);
        // "`version` is moved into `Inner`": in a history, what was done.
        let moved =
            verb.act == Act::Rename && self.written_for_history() && next.is_some_and(|n| n.any("to into"));
        let now = fillers.iter().any(|t| t.is("now")) || moved;
        let has_aux = aux.any("was were been") || aux.any("is are") && now;
        // Without a helping verb the participle must close the phrase, in a list or after a quantifier.
        let closes = next.is_none_or(|n| {
            n.any("to and in with from into for across successfully via")
                || matches!(n.kind, Kind::Punct('(' | ',') | Kind::Mark)
        });
        let listed = !matches!(self.context.piece, PieceKind::Paragraph)
            || self.tokens[self.start].any("all every each both");
        let finite = before.iter().any(|t| t.any("is are has have does do"));
        let bare = !has_aux
            && closes
            && listed
            && !finite
            && before.iter().all(|t| t.kind != Kind::Punct(','))
            && !before.iter().any(|t| t.any(clause::PREPOSITIONS))
            && !aux.any(clause::DETERMINERS)
            && self.verb(self.start).is_none_or(|v| v.ambiguous);
        // "Changes made", "Files created": a heading without its list.
        let generic = before
            .iter()
            .all(|t| t.any("changes files tests what all summary the work issues") || t.kind != Kind::Word);
        if generic && next.is_none() {
            return None;
        }
        if !(has_aux || bare) {
            return None;
        }
        Some(Reading {
            act: verb.act,
            text: self.start..self.end,
            object: self.start..at,
            noun_phrase: false,
        })
    }

    /// "The command now finds X": behaviour that is said to be new.
    fn now(&self) -> Option<Reading> {
        let now = (self.start + 1..self.end).find(|i| self.tokens[*i].is("now"))?;
        let before = &self.tokens[self.start..now];
        let subject_is_reader =
            before.iter().any(|t| t.any("you users your should would will if when because which that"));
        let denied = before.iter().any(|t| t.any(lexicon::NEGATIONS) || t.any(lexicon::EARLIER));
        if subject_is_reader || denied || before.len() > 12 {
            return None;
        }
        let mut i = now + 1;
        while self.get(i).is_some_and(|t| t.any(lexicon::FILLERS)) {
            i += 1;
        }
        let token = self.get(i)?;
        let follows = self.verb(i).is_some_and(|v| matches!(v.form, Form::Third | Form::Base | Form::Past));
        let other_verb = token.kind == Kind::Word
            && token.lower.ends_with('s')
            && !token.lower.ends_with("ss")
            && token.lower.len() > 3
            && !before.last().is_some_and(|t| t.any("is are was"));
        let able = token.is("can") || before.last().is_some_and(|t| t.any("can is are"));
        (follows || other_verb || able).then_some(Reading {
            act: Act::Update,
            text: self.start..self.end,
            object: self.start..now,
            noun_phrase: false,
        })
    }

    /// "`Parser` has a new method `peek`": in a history, an addition.
    fn has_new(&self) -> Option<Reading> {
        let subject = self.get(self.start).filter(|t| t.kind == Kind::Code && self.written_for_history())?;
        let has = self.start + 1;
        let new = (has + 1..has + 3).find(|i| self.get(*i).is_some_and(|t| t.is("new")))?;
        let verb = self.get(has)?.any("has gains gained gets");
        let named = !subject.text.contains(' ') || subject.text.contains('<');
        (verb && named).then(|| Reading {
            act: Act::Add,
            text: self.start..self.end,
            object: new + 1..self.end,
            noun_phrase: false,
        })
    }

    /// "Support for X", "Complete tokenizer": a thing in a list of what the change contains.
    fn noun_phrase(&self) -> Option<Reading> {
        let list = match self.context.piece {
            PieceKind::Item { .. } => {
                self.context.source == SourceKind::Commit
                    || self.context.source == SourceKind::Pr
                    || self.context.section == Section::Changes && self.names_code_first()
            }
            PieceKind::Subject => !self.joined,
            // "Five new tests under `tests/`."
            PieceKind::Paragraph => {
                let first = self.get(self.start)?;
                let near = |words: &str| {
                    (self.start + 1..self.end.min(self.start + 5)).any(|i| self.tokens[i].any(words))
                };
                // "Comprehensive test coverage for the parser:"
                let praised =
                    first.any("comprehensive extensive thorough full complete") && near("test tests");
                self.written_for_history()
                    && (praised || super::counts::number(first).is_some() && near("tests doctests"))
            }
            _ => false,
        };
        if !list || self.joined || self.context.section == Section::TestPlan {
            return None;
        }
        let all = &self.tokens[self.start..self.end];
        // Parentheses explain; what they say does not make a sentence of the phrase.
        let mut depth = 0usize;
        let mut words = 0;
        for (k, token) in all.iter().enumerate() {
            match token.kind {
                Kind::Punct('(' | '[') => depth += 1,
                Kind::Punct(')' | ']') => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                Kind::Word | Kind::Code | Kind::Quote | Kind::Number => {
                    words += 1;
                    let finite = token.any("is are was were has have does do did you i we it they");
                    let third = k > 0
                        && (k < 4 || !self.written_for_history())
                        && (token.any("uses takes needs keeps stays becomes gets goes requires follows")
                            || !self.written_for_history() && token.any("works returns establishes points"));
                    if finite
                        || third
                        || takes_back(token)
                            && depth == 0
                            && !token.any("no without expected planned help if")
                    {
                        return None;
                    }
                }
                _ => {}
            }
        }
        let named =
            all.iter().any(|t| t.kind == Kind::Code || t.text.contains(['_', '.']) && t.kind == Kind::Word);
        // A test by its name alone: "- test_empty_input".
        let test = self.start + 1 == self.end && self.get(self.start)?.text.starts_with("test_");
        let least = if test {
            1
        } else if named || self.context.piece != PieceKind::Subject {
            2
        } else {
            3
        };
        let reading = Reading {
            act: Act::Add,
            text: self.start..self.end,
            object: self.start..self.end,
            noun_phrase: true,
        };
        (words >= least).then_some(reading)
    }

    fn names_code_first(&self) -> bool {
        self.get(self.start).is_some_and(|t| {
            t.kind == Kind::Code
                || t.kind == Kind::Word && t.text.contains('.')
                || t.kind == Kind::Number
                || t.text.ends_with("()")
        })
    }
}

fn takes_back(token: &Token<'_>) -> bool {
    token.any(lexicon::MODALS) || token.any(lexicon::NEGATIONS) || token.any(lexicon::EARLIER)
}
