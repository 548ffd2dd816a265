//! The words that claims are made with: verbs of change in all their forms, and the small words that
//! take an assertion back.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::lists;

/// What a verb says was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// Something new exists.
    Add,
    /// Something is gone.
    Remove,
    /// Something has another name or place.
    Rename,
    /// One thing stands for another.
    Replace,
    /// Something is different.
    Update,
    /// A defect is gone.
    Fix,
    /// Something was written down.
    Document,
    /// Something is now tested.
    Test,
    /// Something was tried and seen.
    Check,
    /// Something was brought into shape.
    Format,
    /// Says what a thing does: a change only where the grammar says so.
    Behave,
}

/// A form of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// `add`: an order, or a subject line.
    Base,
    /// `adds`.
    Third,
    /// `added`: past tense or participle.
    Past,
    /// `adding`.
    Gerund,
}

/// A verb as it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verb {
    /// What it says was done.
    pub(super) act: Act,
    /// Its form.
    pub(super) form: Form,
    /// True for words that are as often a noun or an adjective in this form (`test`, `builds`, `complete`).
    pub(super) ambiguous: bool,
}

const VERBS: &[(Act, &str)] = &[
    (
        Act::Add,
        "add create implement introduce include provide write implement establish enable integrate define expose register wire install generate allow support develop reintroduce restore complete deliver author scaffold insert append embed define declare attach import export emit launch init initialize initialise populate incorporate build bundle port finish achieve offer accept derive",
    ),
    (
        Act::Remove,
        "remove delete drop eliminate strip purge prune deprecate retire discard erase omit disable clear clean exclude revert undo unset uninstall kill",
    ),
    (
        Act::Rename,
        "rename move relocate extract split separate reorganize reorganise restructure merge consolidate combine inline hoist lift factor pull group",
    ),
    (
        Act::Replace,
        "replace migrate switch convert swap transition substitute rewrite translate turn transform",
    ),
    (
        Act::Update,
        "update change modify improve refactor adjust rework simplify extend enhance make use configure bump upgrade downgrade optimize optimise reduce increase raise lower tighten relax tweak expand refine polish align standardize standardise normalize normalise unify harden strengthen clarify reword streamline modernize modernise adapt widen narrow shorten sort reorder mark tag set let apply limit cap guard gate wrap unwrap rebase sync synchronize synchronise centralize centralise generalize generalise promote demote tune cache speed shrink trim cut put bring keep retain preserve maintain isolate decouple parallelize parallelise propagate return pass route redirect hide show skip ignore avoid stop release version pin unpin patch modularize convert quote escape validate reject require enforce ensure mirror reuse share store log print report render handle parse treat detect filter collect read load give warn notify throw abort clamp inject override memoize memoise \
         encode decode serialize serialise deserialize deserialise sanitize sanitise truncate flatten encrypt decrypt \
         compress forward delegate dispatch throttle",
    ),
    (Act::Fix, "fix resolve correct repair address solve prevent close patch mitigate silence suppress"),
    (Act::Document, "document describe explain clarify annotate comment note"),
    (Act::Test, "test cover exercise"),
    (Act::Check, "run verify validate confirm check benchmark measure reproduce"),
    (Act::Format, "format lint reformat rustfmt prettify"),
    (
        Act::Behave,
        "suggest honor honour compute track work behave fall resume prompt display walk combine find list start begin demonstrate showcase ensure call serve distinguish recognize recognise recover retry send receive count compare produce yield consume take select choose consider match cover persist save merge evaluate execute compile transpile scan search",
    ),
];

/// Forms that no rule makes.
const IRREGULAR: &[(&str, &str, &str, &str)] = &[
    ("write", "writes", "wrote written", "writing"),
    ("rewrite", "rewrites", "rewrote rewritten", "rewriting"),
    ("make", "makes", "made", "making"),
    ("set", "sets", "set", "setting"),
    ("unset", "unsets", "unset", "unsetting"),
    ("split", "splits", "split", "splitting"),
    ("put", "puts", "put", "putting"),
    ("cut", "cuts", "cut", "cutting"),
    ("let", "lets", "let", "letting"),
    ("build", "builds", "built", "building"),
    ("bring", "brings", "brought", "bringing"),
    ("keep", "keeps", "kept", "keeping"),
    ("hide", "hides", "hid hidden", "hiding"),
    ("show", "shows", "showed shown", "showing"),
    ("run", "runs", "ran", "running"),
    ("give", "gives", "gave given", "giving"),
    ("read", "reads", "read", "reading"),
    ("undo", "undoes", "undid undone", "undoing"),
    ("shrink", "shrinks", "shrank shrunk", "shrinking"),
    ("speed", "speeds", "sped", "speeding"),
    ("fall", "falls", "fell fallen", "falling"),
    ("override", "overrides", "overrode overridden", "overriding"),
    ("throw", "throws", "threw thrown", "throwing"),
    ("find", "finds", "found", "finding"),
    ("begin", "begins", "began begun", "beginning"),
    ("send", "sends", "sent", "sending"),
    ("take", "takes", "took taken", "taking"),
    ("choose", "chooses", "chose chosen", "choosing"),
];

/// Base forms that are nouns or adjectives at least as often.
const NOUN_LIKE: &str = "test build check format lint support cover comment note document port complete import export \
    release version patch cache log report cap limit guard gate filter benchmark measure quote \
    escape group list call match work start run read store share mirror set split display search \
    scan track count update change fix use return sort tag mark print stop bundle clean clear \
    pass route load pin speed cut prompt close address correct retry lower narrow level offer \
    find exercise switch swap launch inline drop move merge wrap override abort forward delegate dispatch";

/// Third-person forms that are plural nouns at least as often.
const PLURAL_LIKE: &str = "tests builds checks formats lints comments notes documents ports imports exports releases \
    versions patches caches logs reports caps limits guards gates filters benchmarks measures \
    quotes escapes groups lists calls matches works runs stores shares mirrors sets splits \
    displays searches scans tracks counts updates changes fixes uses returns tags marks prints \
    stops bundles routes loads pins prompts addresses retries levels offers exercises launches \
    drops moves merges wraps covers results supports";

static FORMS: LazyLock<HashMap<String, Verb>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    for (act, words) in VERBS {
        for base in words.split(' ') {
            for (word, form) in inflect(base) {
                let ambiguous = match form {
                    Form::Base => lists(NOUN_LIKE, base),
                    Form::Third => lists(PLURAL_LIKE, word.as_str()),
                    Form::Past => {
                        matches!(base, "complete" | "set" | "split" | "put" | "cut" | "let" | "read")
                    }
                    Form::Gerund => matches!(base, "test" | "build" | "format" | "report" | "log"),
                };
                // The first meaning of a word wins; `set` is an order before it is a past tense.
                forms.entry(word).or_insert(Verb { act: *act, form, ambiguous });
            }
        }
    }
    forms
});

/// The verb that `word` (lower case) is a form of.
pub(super) fn verb(word: &str) -> Option<Verb> {
    if let Some(verb) = FORMS.get(word) {
        return Some(*verb);
    }
    let stem = word.strip_prefix("re-").or_else(|| word.strip_prefix("auto-"))?;
    FORMS.get(stem).copied()
}

fn inflect(base: &str) -> Vec<(String, Form)> {
    if let Some((_, third, past, gerund)) = IRREGULAR.iter().find(|(b, ..)| *b == base) {
        let mut forms = vec![(base.to_owned(), Form::Base), ((*third).to_owned(), Form::Third)];
        forms.extend(past.split(' ').map(|p| (p.to_owned(), Form::Past)));
        forms.push(((*gerund).to_owned(), Form::Gerund));
        return forms;
    }
    let bytes = base.as_bytes();
    let vowel = |b: u8| b"aeiou".contains(&b);
    let (last, before) = (bytes[bytes.len() - 1], bytes[bytes.len().saturating_sub(2)]);
    let third = if last == b'y' && !vowel(before) {
        format!("{}ies", &base[..base.len() - 1])
    } else if ["s", "sh", "ch", "x", "z"].iter().any(|e| base.ends_with(e)) {
        format!("{base}es")
    } else {
        format!("{base}s")
    };
    let doubles = [
        "drop", "strip", "stop", "swap", "cap", "trim", "wrap", "unwrap", "pin", "unpin", "tag", "log",
        "skip", "scan", "commit", "submit", "emit", "omit",
    ];
    let (past, gerund) = if doubles.contains(&base) {
        let last = last as char;
        (format!("{base}{last}ed"), format!("{base}{last}ing"))
    } else if last == b'e' {
        (format!("{base}d"), format!("{}ing", &base[..base.len() - 1]))
    } else if last == b'y' && !vowel(before) {
        (format!("{}ied", &base[..base.len() - 1]), format!("{base}ing"))
    } else {
        (format!("{base}ed"), format!("{base}ing"))
    };
    vec![(base.to_owned(), Form::Base), (third, Form::Third), (past, Form::Past), (gerund, Form::Gerund)]
}

/// Before a verb, these make it a wish, a plan or a possibility.
pub(super) const MODALS: &str = "will would should could can may might must shall cannot can't won't i'll we'll it'll you'll \
    i'd want wants wanted need needs needed plan plans planned planning going intend intends try \
    tries tried trying attempt attempts attempted attempting consider considered considering hope \
    hopes expect expects expected todo tbd let let's lets please propose proposed suggest \
    suggested recommend recommended wish ought supposed able unable failed decided asked chose \
    prefer remains remain yet later eventually someday follow-up pending wanted aim aims designed \
    meant help helps likely probably possibly perhaps maybe hopefully if";

/// Before a verb, these deny it.
pub(super) const NEGATIONS: &str = "not no never without don't doesn't didn't isn't aren't wasn't weren't hasn't haven't won't \
    couldn't wouldn't nothing neither nor none hardly barely cannot can't n't unable rather";

/// A clause that begins so speaks of a condition, a reason or an alternative.
pub(super) const OPENERS: &str = "if when whenever once unless until while because since although though whereas after before \
    given assuming instead otherwise without so like as even where why how what which who that \
    whether due per see next later eventually you your users they people everyone someone but \
    however except unlike note here's here there there's it's that's";

/// Words that place an action before this change.
pub(super) const EARLIER: &str = "previously earlier originally formerly initially already used had hadn't yesterday \
    historically once";

/// Words that may stand before the verb of a claim and change nothing.
pub(super) const FILLERS: &str = "now also then finally additionally first second third successfully and just properly fully \
    completely correctly explicitly further lastly moreover furthermore temporarily simply \
    consistently automatically directly proactively again therefore thus done perfect great \
    excellent plus significantly slightly greatly gracefully only manually carefully recently \
    safely cleanly partially mostly";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_verb_is_known() {
        for (word, act, form) in [
            ("added", Act::Add, Form::Past),
            ("adds", Act::Add, Form::Third),
            ("rewrote", Act::Replace, Form::Past),
            ("dropped", Act::Remove, Form::Past),
            ("dropping", Act::Remove, Form::Gerund),
            ("fixes", Act::Fix, Form::Third),
            ("modified", Act::Update, Form::Past),
            ("simplifies", Act::Update, Form::Third),
            ("set", Act::Update, Form::Base),
            ("removing", Act::Remove, Form::Gerund),
            ("re-added", Act::Add, Form::Past),
        ] {
            let verb = verb(word).unwrap_or_else(|| panic!("{word} is unknown"));
            assert_eq!((verb.act, verb.form), (act, form), "{word}");
        }
        assert_eq!(verb("parser"), None);
    }
}
