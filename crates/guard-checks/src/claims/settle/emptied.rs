//! "Removed all `a::f()` calls throughout the codebase": the change took some, and head has none.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Side};

use super::code::first_verb;
use super::trace::{FileTrace, occurrences};
use super::{Facts, Ruling};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject;
use crate::claims::token::{self, Kind};
use crate::text::{count, names};

/// The ruling where what was removed everywhere stands nowhere.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let callee = callee(claim)?;
    let call = callee.call();
    let lost = |f: &&FileTrace<'_>| occurrences(&f.gone, &call) > 0;
    let lines =
        |f: &FileTrace<'_>| f.lines.removed.iter().filter(|l| occurrences(&l.text, &call) > 0).count();
    let is_nowhere = |text: &String| {
        let found = facts.evidence.lookups.iter().find(|l| l.text == *text);
        found.is_some_and(|l| l.lines.is_some() && l.in_source == 0)
    };
    if !callee.forms().iter().all(is_nowhere) {
        return None;
    }
    let taken: Vec<&FileTrace<'_>> = facts.trace.code().filter(lost).collect();
    let first = taken.first()?;
    let line = first.lines.removed.iter().find(|l| occurrences(&l.text, &call) > 0).map(|l| l.line);
    let total: usize = taken.iter().map(|f| lines(f)).sum();
    let message = format!(
        "{} with {} went, and no source file of head has one",
        count(total, "line"),
        names(&[call], 1)
    );
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(
        Ruling::verified(item.at(Side::Base, first.change.base_path(), line))
            .counted(total as u64, total as u64),
    )
}

/// Texts that must stand nowhere at head for the claim to be shown.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let Some(callee) = callee(claim) else { return Vec::new() };
    let call = callee.call();
    let lost = facts.trace.code().any(|f| occurrences(&f.gone, &call) > 0);
    let written = facts.trace.code().any(|f| f.places.iter().any(|p| occurrences(&p.code, &call) > 0));
    if lost && !written { callee.forms() } else { Vec::new() }
}

/// What is called: `std::process::exit()`.
struct Callee {
    parts: Vec<String>,
    bang: bool,
}

impl Callee {
    /// How a call of it begins, whatever was imported.
    fn call(&self) -> String {
        let name = self.parts.last().map_or("", String::as_str);
        if self.bang { format!("{name}!") } else { format!("{name}(") }
    }

    /// The call, and the name as it is imported.
    fn forms(&self) -> Vec<String> {
        let mut forms = vec![self.call()];
        if let [.., owner, name] = self.parts.as_slice() {
            forms.push(format!("{owner}::{name}"));
        }
        forms
    }
}

/// The function or macro of which the claim says that all calls are gone.
fn callee(claim: &Claim) -> Option<Callee> {
    const TIMES: &str = "calls call uses usages invocations";
    const WIDE: &str = "all every throughout everywhere remaining";
    let tokens = token::tokens(&claim.text);
    let verb = first_verb(&tokens)?;
    let removes = lexicon::verb(&tokens[verb].lower)?.act == Act::Remove;
    let head = subject::head(&tokens[verb + 1..]);
    let at = head.iter().position(|t| t.kind == Kind::Code || t.text.ends_with("()"))?;
    let plain = head[..at].iter().all(|t| t.any("all every the remaining direct"))
        && head.get(at + 1).is_some_and(|t| t.any(TIMES))
        && claim.scope.paths.is_empty();
    let code = head[at].text.trim();
    let (name, bang) = match code.strip_suffix('!') {
        Some(name) => (name, true),
        None => (code.strip_suffix("()")?, false),
    };
    let parts: Vec<String> = name.split("::").flat_map(|p| p.split('.')).map(str::to_owned).collect();
    let named = parts
        .iter()
        .skip_while(|p| p.is_empty())
        .all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '_'));
    let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    let long = parts.last().is_some_and(|p| p.len() > 2);
    let wide = tokens.iter().any(|t| t.any(WIDE));
    (removes && plain && wide && named && long).then_some(Callee { parts, bang })
}
