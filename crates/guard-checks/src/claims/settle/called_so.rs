//! "Convert relative paths to the main separator" is `convert_rel_path_to_main_sep`; "options take precedence over
//! environment variables" is the name of a test: what is done is what something new is called.

use std::collections::BTreeSet;

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, ItemKind, Side};

use super::present::admits;
use super::terms::Terms;
use super::trace::{has, occurrences, stems};
use super::{Facts, Ruling};
use crate::claims::token::lists;
use crate::text::{shorten, words};

/// Words that a name must share with the sentence: fewer meet by chance.
const FEWEST: usize = 4;
/// Words of names that say nothing.
const JOINTS: &str = "a an the to of in on for from with and or is be by at it should test tests when";
/// How much or how often, which no name shows; what remains of the sentence is in it.
const OFTEN: &str = "always now only never";

/// The ruling where a new function or test has the sentence for its name.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::of(&claim.text);
    let bare = terms.names.is_empty() && terms.numbers.is_empty() && terms.paths.is_empty();
    let says_all = words(&claim.text).iter().any(|w| lists("all every each both throughout", w));
    if !bare || says_all || claim.scope.count.is_some() {
        return None;
    }
    // That there is a function does not show that something is mended.
    let by_function = || (claim.kind != ClaimKind::Fix).then(|| function(facts, claim, &terms)).flatten();
    by_function().or_else(|| test(facts, &terms))
}

fn function(facts: &Facts<'_>, claim: &Claim, terms: &Terms) -> Option<Ruling> {
    let said: Vec<String> = words(&claim.text);
    let own: BTreeSet<String> = stems(&claim.text).collect();
    let (file, item) =
        facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p))).find_map(|(f, p)| {
            let item =
                p.item.filter(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method) && !i.in_test)?;
            let is_new = f.change.touches_head_line(item.line) && item.body_tokens >= 5 && !admits(p);
            let name: Vec<String> = words(&item.name).into_iter().filter(|w| !lists(JOINTS, w)).collect();
            // `rel` is short for "relative".
            let is_said = |w: &String| {
                has(&own, crate::text::stem(w))
                    || w.len() > 2 && said.iter().any(|s| s.starts_with(w.as_str()))
            };
            // A name that is said is one of those that are meant.
            let told = occurrences(&claim.text, &item.name) > 0;
            let whole = !told
                && name.len() >= FEWEST
                && name.iter().all(is_said)
                && name.len() * 3 >= terms.words.len() * 2;
            (is_new && whole).then_some((f, item))
        })?;
    let evidence = EvidenceItem::new(EvidenceKind::Diff, format!("`{}` is new, by its name", item.name));
    Some(Ruling::verified(evidence.at(Side::Head, file.path(), Some(item.line))))
}

fn test(facts: &Facts<'_>, terms: &Terms) -> Option<Ruling> {
    let said: Vec<&str> =
        terms.words.iter().filter(|w| !lists(OFTEN, &w.word)).map(|w| w.stem.as_str()).collect();
    let changed =
        facts.trace.code().any(|f| f.places.iter().any(|p| !p.in_test && !p.code.trim().is_empty()));
    let test = facts.tests.live.iter().filter(|_| changed && said.len() >= FEWEST).find(|t| {
        let name: BTreeSet<String> = stems(t.leaf()).collect();
        t.decl.assertions > 0 && t.decl.ignored.is_none() && said.iter().all(|s| has(&name, s))
    })?;
    let message = format!("a new test is called so: `{}`", shorten(test.leaf(), 100));
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    Some(Ruling::verified(item.at(Side::Head, test.path, Some(test.decl.line))))
}
