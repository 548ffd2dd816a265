//! What part a name has to play where it stands: what is added to a function is no field that it reads, what is returned
//! stands behind a `return`, what is used is more than declared or imported, what is extracted left its place.

use guard_model::{Claim, ClaimKind, Item, ItemKind, Side};

use super::super::Facts;
use super::super::code;
use super::super::terms::{Term, Terms};
use super::super::trace::{self, Place, has, occurrences, stems};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject::{self, Name};
use crate::claims::token::{Kind, Token};

/// Whether a name plays another part than the claim says.
pub(super) fn are_unmet(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>], terms: &Terms) -> bool {
    if matches!(claim.kind, ClaimKind::Remove | ClaimKind::Dependency) {
        return false;
    }
    let Some(said) = Deed::of(facts, tokens) else { return false };
    let objects: Vec<&Term> = terms.names.iter().filter(|n| !n.aside && said.is_object(n)).collect();
    let places = said.places(facts);
    let stand = |n: &Term| places.iter().any(|p| n.stands_in(&p.code) || lies_in(p, &n.text));
    if said.owner.is_some() && said.verb.any(PLACED) && !objects.iter().all(|n| stand(n)) {
        return true;
    }
    let of_type = said.owner.as_ref().is_some_and(|o| {
        code::items(facts, Side::Head, o)
            .iter()
            .any(|(_, i)| matches!(i.kind, ItemKind::Type | ItemKind::Trait))
    });
    let is_unmet = |n: &&Term| match &said.verb {
        v if v.any("return returns returned returning") => !is_returned(&places, n, tokens),
        v if v.any(USES) => !places.iter().any(|p| is_used(p, &n.text)),
        v if v.any("accept accepts accepted take takes") && said.leads => !is_taken(&places, n),
        v if v.any("extract extracts extracted") && n.object => !is_extracted(facts, n),
        v if lexicon::verb(&v.lower).is_some_and(|v| v.act == Act::Add)
            && !v.any("implement implements implemented export expose") =>
        {
            said.owner.is_some()
                && is_plain(&n.text)
                && !places.iter().any(|p| is_brought(facts, p, &n.text, of_type))
                || is_only_imported(facts, &n.text, tokens)
        }
        _ => false,
    };
    objects.iter().any(is_unmet)
        || renames_nothing(facts, said.verb, tokens)
        || stays_without_body(facts, said.verb, &objects)
        || lies_in_another(facts, claim, &objects)
        || is_on_another_tag(&places, &objects, said.rest)
        || turns_otherwise(facts, said.verb, &objects)
        || panics_more(facts, claim, tokens, &objects, if said.owner.is_some() { &places } else { &[] })
        || is_done_otherwise(facts, tokens)
        || handles_nothing_new(facts, &said, terms)
}

/// Verbs whose object stands in what they name behind it.
const PLACED: &str = "add adds added return returns returned use uses used call calls called pass passes passed set sets handle handles \
    handled validate validates validated check checks checked log logs logged throw throws raise raises raised wrap wraps wrapped";

/// Verbs that ask for more than a declaration.
const USES: &str = "use uses used using call calls called invoke invokes pass passes passed apply applies applied respect respects \
    respected honor honors enforce enforces enforced await awaits";

/// The verb, what it is done to, and where.
struct Deed<'t> {
    verb: &'t Token<'t>,
    /// "`f` now returns `X`": who does it stands first, and is where it is done.
    leads: bool,
    owner: Option<String>,
    /// The tokens behind the preposition.
    rest: &'t [Token<'t>],
    object: std::ops::Range<usize>,
    tokens: &'t [Token<'t>],
}

impl<'t> Deed<'t> {
    fn of(facts: &Facts<'_>, tokens: &'t [Token<'t>]) -> Option<Deed<'t>> {
        let known = |t: &Token<'_>| named(t).filter(|n| is_item(facts, n));
        let first = tokens.first()?;
        if let Some(name) = named(first) {
            let verb = (1..tokens.len().min(4)).find(|i| {
                tokens[*i].kind == Kind::Word
                    && (lexicon::verb(&tokens[*i].lower).is_some() || tokens[*i].any(USES))
            })?;
            let owner = is_item(facts, &name).then_some(name);
            let object = verb + 1..end(tokens, verb + 1);
            return Some(Deed { verb: &tokens[verb], leads: true, owner, rest: &[], object, tokens });
        }
        let verb = code::first_verb(tokens).or_else(|| first.any(USES).then_some(0))?;
        let end = end(tokens, verb + 1);
        let at = (verb + 1..tokens.len()).find(|i| {
            tokens[*i].any("in to into from inside within on")
                && (tokens[*i].any("in into inside within to on")
                    || tokens[verb].any("return returns returned throw raise"))
        });
        let behind = at
            .map(|a| {
                tokens[a + 1..].iter().skip_while(|t| {
                    t.any("the a an new existing function method type struct class component")
                })
            })
            .and_then(|mut b| b.next());
        let owner = behind.and_then(known);
        let rest = at.map_or(&[][..], |a| &tokens[a + 1..]);
        Some(Deed {
            verb: &tokens[verb],
            leads: false,
            owner,
            rest,
            object: verb + 1..at.unwrap_or(end).min(end),
            tokens,
        })
    }

    fn is_object(&self, name: &Term) -> bool {
        self.tokens[self.object.clone()]
            .iter()
            .any(|t| t.text.trim_start_matches('@').trim_end_matches("()") == name.written)
    }

    /// Where the owner's new lines are; all of the code where none is said.
    fn places<'f, 'e>(&self, facts: &'f Facts<'e>) -> Vec<&'f Place<'e>> {
        let all = facts.trace.code().flat_map(|f| &f.places);
        match &self.owner {
            Some(owner) => all.filter(|p| lies_in(p, last(owner))).collect(),
            None => all.filter(|p| !p.in_test).collect(),
        }
    }
}

/// Where the object ends: at a preposition of purpose, time or manner.
fn end(tokens: &[Token<'_>], from: usize) -> usize {
    (from..tokens.len())
        .find(|i| {
            tokens[*i].any("in to into from inside within on for of by as with when if so because after before instead via and")
                || tokens[*i].punct('(')
        })
        .unwrap_or(tokens.len())
}

fn named(token: &Token<'_>) -> Option<String> {
    match subject::name(token)? {
        Name::Symbol(symbol) => Some(symbol),
        Name::Path(_) => None,
    }
}

fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// Whether it is a function or a type of the changed files.
fn is_item(facts: &Facts<'_>, name: &str) -> bool {
    let kind =
        |i: &Item| matches!(i.kind, ItemKind::Function | ItemKind::Method | ItemKind::Type | ItemKind::Trait);
    code::items(facts, Side::Head, name).iter().any(|(_, i)| kind(i))
}

/// Whether a place is an item of this name, or within it.
fn lies_in(place: &Place<'_>, name: &str) -> bool {
    place.item.is_some_and(|i| i.qualified.split(['.', ':', ' ', '<', '>']).any(|p| p == name))
}

/// A name that a declaration brings, not a piece of code, a type or an attribute.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_lowercase() || c == '_')
}

fn is_import(line: &str) -> bool {
    const OPENS: [&str; 6] = ["use ", "import ", "from ", "#include", "const {", "require("];
    let text = line.trim_start();
    OPENS.iter().any(|o| text.starts_with(o)) && (!text.starts_with("const {") || text.contains("require("))
}

/// Positions of a name as a whole, with what is before and behind.
fn uses<'c>(line: &'c str, name: &'c str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(name)
        .map(move |(at, _)| (&line[..at], &line[at + name.len()..]))
        .filter(move |(before, after)| !inside(before.chars().next_back()) && !inside(after.chars().next()))
}

/// Whether the change brings `name` in this place: a parameter, a field, a local, an attribute, a call.
fn is_brought(facts: &Facts<'_>, place: &Place<'_>, name: &str, of_type_said: bool) -> bool {
    let of_type = place.item.is_none_or(|i| !matches!(i.kind, ItemKind::Function | ItemKind::Method));
    let declared = |line: &str| {
        uses(line, name).any(|(before, after)| {
            let member = before.ends_with('.') || before.ends_with("->");
            let after = after.trim_start();
            let called = after.starts_with(['(', '!']);
            let bound = after.starts_with([':', '=', '?']) && !after.starts_with("==");
            let word = before.trim_end().rsplit([' ', '(', ',', '[', '{']).next().unwrap_or_default();
            let opens = ["let", "mut", "const", "var", "auto", "val", "final"].contains(&word);
            let list = before.contains('[')
                && ["const [", "let ["].iter().any(|o| before.trim_start().starts_with(o));
            let of_self = of_type_said
                && bound
                && [" self.", " this."].iter().any(|m| format!(" {before}").ends_with(m));
            let marked = before.trim_start().starts_with('@')
                || before.contains("#[")
                || before.ends_with(['"', '\'', '-']);
            called
                || of_self
                || marked && !after.starts_with('.')
                || !member && (bound || opens || list || marked || of_type)
        })
    };
    let had = |i: &Item| {
        let of_base = code::items(facts, Side::Base, &i.name);
        of_base.iter().any(|(_, b)| b.qualified == i.qualified && occurrences(&b.signature, name) > 0)
    };
    let gained = place.item.is_some_and(|i| occurrences(&i.signature, name) > 0 && !had(i));
    // A parameter that was there before is written again with the line.
    let again = |line: &str| place.item.is_some_and(|i| line.contains(&format!("{}(", i.name)) && had(i));
    gained
        || place.item.is_some_and(|i| i.name == name)
        || place.code.lines().any(|l| declared(l) && !again(l))
}

/// Whether `name` stands where values go out: behind `return`, at the end, in the type of the result.
fn is_returned(places: &[&Place<'_>], name: &Term, tokens: &[Token<'_>]) -> bool {
    const OUT: [&str; 11] =
        ["return", "yield", "Ok(", "Err(", "Some(", "=>", "->", "ok_or", "map_err", "resolve(", "?"];
    let bare = tokens.iter().any(|t| t.any("unwrapped directly unchanged verbatim as-is bare"));
    let exact = |line: &str| {
        let value = line.split_once("return").map_or(line, |(_, rest)| rest);
        uses(value, &name.text).any(|(before, _)| {
            let before =
                ["Err(", "Ok(", "Some("].iter().fold(before.to_owned(), |text, w| text.replace(w, ""));
            !before.contains('(')
        })
    };
    places.iter().any(|p| {
        let result = p.item.is_some_and(|i| {
            i.signature.rsplit_once(')').is_some_and(|(_, result)| name.stands_in(result))
                || i.signature
                    .split('(')
                    .next()
                    .is_some_and(|front| i.name != name.text && name.stands_in(front))
        });
        let lines: Vec<&str> = p.code.lines().collect();
        let body: Vec<&&str> = lines.iter().filter(|l| l.chars().any(char::is_alphanumeric)).collect();
        let mut out = false;
        let mut shows = false;
        for line in &lines {
            // A value may go on below the word: `return {`.
            let opens = OUT.iter().any(|o| line.contains(o));
            out = opens || out && !line.trim_end().ends_with(';') && !line.trim().is_empty();
            let stands = name.stands_in(line)
                && (out || body.last().is_some_and(|l| *l == line) && !declares(line, &name.text));
            shows |= stands && (!bare || exact(line));
        }
        shows || result && !bare
    })
}

fn declares(line: &str, name: &str) -> bool {
    let Some((left, right)) = line.split_once(" := ").or_else(|| line.split_once(" = ")) else {
        return false;
    };
    occurrences(left, name) > 0 && occurrences(right, name) == 0
}

/// Whether a line of the place does more with the name than to declare or import it.
fn is_used(place: &Place<'_>, name: &str) -> bool {
    let own = place.item.map_or(0, |i| occurrences(&i.signature, name));
    let is_own = |l: &str| {
        place.item.is_some_and(|i| i.name == name)
            && occurrences(l, name) > 0
            && l.contains(&format!("{name}("))
    };
    let lines: Vec<&str> = place.code.lines().filter(|l| !is_import(l) && !declares(l, name)).collect();
    let written: usize = lines.iter().map(|l| occurrences(l, name)).sum();
    let signed = place.item.is_some_and(|i| {
        let front: String = i.signature.chars().take_while(|c| *c != '(').collect();
        !front.is_empty() && place.code.contains(front.trim())
    });
    let callable = place.item.is_some_and(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method));
    let spare = if signed && callable { own } else { 0 };
    let of_type =
        is_plain(name) && place.item.is_some_and(|i| matches!(i.kind, ItemKind::Type | ItemKind::Trait));
    let special = name.contains(|c: char| !(c.is_alphanumeric() || c == '_'));
    special && place.code.contains(name)
        || !of_type && written > spare && !(lines.len() == 1 && is_own(lines[0]) && written == 1)
}

/// "`f` now takes `x`": its signature does; what is no name of a parameter may stand anywhere.
fn is_taken(places: &[&Place<'_>], name: &Term) -> bool {
    let known =
        |p: &&&Place<'_>| p.item.is_some_and(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method));
    let mut functions = places.iter().filter(known).peekable();
    !is_plain(&name.text)
        || functions.peek().is_none()
        || functions.any(|p| p.item.is_some_and(|i| occurrences(&i.signature, &name.text) > 0))
}

/// "Add `x`", and the change imports it and no more.
fn is_only_imported(facts: &Facts<'_>, name: &str, tokens: &[Token<'_>]) -> bool {
    if tokens.iter().any(|t| t.any("import imports importing include includes dependency use module"))
        || name.contains(' ')
    {
        return false;
    }
    let has = |l: &&str| occurrences(l, name) > 0;
    let lines = || facts.trace.code().flat_map(|f| f.places.iter().flat_map(|p| p.code.lines())).filter(has);
    let item = code::items(facts, Side::Head, name);
    item.is_empty() && lines().next().is_some() && lines().all(is_import)
}

/// "Extract `f`": it is declared new, and what it holds stood elsewhere.
fn is_extracted(facts: &Facts<'_>, name: &Term) -> bool {
    let item = |p: &&Place<'_>| p.item.is_some_and(|i| i.name == name.text);
    let places: Vec<&Place<'_>> = facts.trace.code().flat_map(|f| &f.places).filter(item).collect();
    let bound =
        facts.trace.code().flat_map(|f| &f.places).any(|p| p.code.lines().any(|l| declares(l, &name.text)));
    if places.is_empty() {
        return bound || !is_plain(&name.text);
    }
    let callable =
        |p: &&&Place<'_>| p.item.is_some_and(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method));
    let gone: std::collections::BTreeSet<[String; 3]> =
        facts.trace.code().flat_map(|f| runs(&f.gone)).collect();
    let body =
        |p: &Place<'_>| p.code.split_once(['{', ':', '\n']).map_or_else(String::new, |(_, b)| b.to_owned());
    let mut functions = places.iter().filter(callable).peekable();
    functions.peek().is_none() || functions.any(|p| runs(&body(p)).iter().any(|run| gone.contains(run)))
}

/// Three words and signs that follow one another, with a word of some length among them.
fn runs(code: &str) -> Vec<[String; 3]> {
    const LONG: usize = 3;
    let mut pieces: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in code.chars() {
        let inside = c.is_alphanumeric() || c == '_';
        match pieces.last_mut().filter(|_| inside && in_word) {
            Some(word) => word.push(c),
            None if c.is_whitespace() => {}
            None => pieces.push(c.to_string()),
        }
        in_word = inside;
    }
    let three = pieces.windows(3).map(|w| [w[0].clone(), w[1].clone(), w[2].clone()]);
    three.filter(|w| w.iter().any(|p| p.len() >= LONG)).collect()
}

/// "Rename `a` to `b`", and `a` is still declared, or `b` stood there before.
fn renames_nothing(facts: &Facts<'_>, verb: &Token<'_>, tokens: &[Token<'_>]) -> bool {
    let Some(to) = tokens.iter().position(|t| t.any("to into")).filter(|_| verb.lower.starts_with("renam"))
    else {
        return false;
    };
    let (Some(old), Some(new)) =
        (tokens[..to].iter().rev().find_map(named), tokens[to + 1..].iter().find_map(named))
    else {
        return false;
    };
    let (was, is) = (last(&old), last(&new));
    if was == is {
        return false;
    }
    let declared = |side, name: &str| !code::items(facts, side, name).is_empty();
    let taken = |f: &super::super::trace::FileTrace<'_>| {
        let stays = f.places.iter().any(|p| occurrences(&p.code, was) > 0);
        occurrences(&f.gone, is) > 0 && stays
    };
    let files: Vec<_> =
        facts.trace.code().filter(|f| f.places.iter().any(|p| occurrences(&p.code, is) > 0)).collect();
    declared(Side::Head, &old) && declared(Side::Base, &old)
        || !files.is_empty() && files.iter().all(|f| taken(f))
}

/// "Implement `f`", and there is nothing in it.
fn stays_without_body(facts: &Facts<'_>, verb: &Token<'_>, objects: &[&Term]) -> bool {
    let callable = |i: &Item| matches!(i.kind, ItemKind::Function | ItemKind::Method);
    verb.any("implement implements implemented")
        && objects.iter().any(|n| {
            let found = code::items(facts, Side::Head, &n.written);
            let empty = |i: &Item| {
                let own = |p: &&Place<'_>| p.item.is_some_and(|o| o.qualified == i.qualified);
                i.stub.is_some()
                    || facts.trace.code().flat_map(|f| &f.places).filter(own).any(|p| trace::is_bare(&p.code))
            };
            found.iter().any(|(_, i)| callable(i))
                && found.iter().filter(|(_, i)| callable(i)).all(|(_, i)| empty(i))
        })
}

/// "Add `User.promote`", and it is `Admin.promote`.
fn lies_in_another(facts: &Facts<'_>, claim: &Claim, objects: &[&Term]) -> bool {
    claim.kind == ClaimKind::Add
        && objects.iter().any(|n| {
            let Some(around) = n.around.last() else { return false };
            let found = code::items(facts, Side::Head, &n.text);
            let function = |i: &Item| matches!(i.kind, ItemKind::Function | ItemKind::Method);
            let inside = |i: &Item| i.qualified.split(['.', ':', ' ', '<', '>']).any(|p| p == around);
            is_item(facts, around)
                && found.iter().any(|(_, i)| function(i))
                && !found.iter().any(|(_, i)| inside(i))
        })
}

/// "Add `aria-label` to the spinner", and it is on another element.
fn is_on_another_tag(places: &[&Place<'_>], objects: &[&Term], rest: &[Token<'_>]) -> bool {
    let owner: Vec<String> = rest
        .iter()
        .take_while(|t| t.kind == Kind::Word && !t.any("in for so when of and with"))
        .filter(|t| !t.any("the a an all each every element elements component components tag tags"))
        .flat_map(|t| stems(t.text).collect::<Vec<_>>())
        .collect();
    let [attribute] = objects else { return false };
    let name = attribute.text.split('=').next().unwrap_or_default();
    if owner.is_empty() || name.is_empty() {
        return false;
    }
    let tags: Vec<String> = places.iter().flat_map(|p| tags(&p.code, name)).collect();
    let fits = |tag: &String| {
        let own = stems(tag).collect();
        owner.iter().any(|w| has(&own, w))
    };
    !tags.is_empty() && !tags.iter().any(fits)
}

/// The tags that have an attribute, each as far as it stands in the text.
fn tags(code: &str, attribute: &str) -> Vec<String> {
    uses(code, attribute)
        .filter(|(_, after)| after.starts_with('=') && !after.starts_with("=="))
        .filter_map(|(before, after)| {
            let open =
                before.rfind('<').filter(|at| before[at + 1..].starts_with(|c: char| c.is_alphabetic()))?;
            // Behind a tag that is closed nothing is an attribute; arrows are no end.
            let closed = before[open..].replace("=>", "").contains('>');
            let end = after.find('>').unwrap_or(after.len());
            (!closed).then(|| format!("{}{attribute}{}", &before[open..], &after[..end]))
        })
        .collect()
}

/// "Enable `x`", and it is set to `false`.
fn turns_otherwise(facts: &Facts<'_>, verb: &Token<'_>, objects: &[&Term]) -> bool {
    const ON: [&str; 4] = ["true", "on", "yes", "enabled"];
    const OFF: [&str; 4] = ["false", "off", "no", "disabled"];
    let (wanted, other) = match verb {
        v if v.any("enable enables enabled activate activates activated") => (ON, OFF),
        v if v.any("disable disables disabled deactivate deactivates deactivated") => (OFF, ON),
        _ => return false,
    };
    let set = |n: &Term, values: &[&str]| {
        facts.trace.code().flat_map(|f| &f.places).flat_map(|p| p.code.lines()).any(|l| {
            uses(l, &n.text).any(|(_, after)| {
                let value = after.trim_start_matches(['"', '\'', ' ', ':', '=']);
                let end = value.find(|c: char| !c.is_alphanumeric()).unwrap_or(value.len());
                after.trim_start_matches(['"', '\'']).trim_start().starts_with([':', '='])
                    && values.contains(&value[..end].to_lowercase().as_str())
            })
        })
    };
    objects.iter().any(|n| set(n, &other) && !set(n, &wanted))
}

/// "Fix a panic in `f`", "handle `X`", where the new lines panic more often than the old ones.
fn panics_more(
    facts: &Facts<'_>,
    claim: &Claim,
    tokens: &[Token<'_>],
    objects: &[&Term],
    places: &[&Place<'_>],
) -> bool {
    const PANICS: [&str; 5] = ["panic!(", "unreachable!(", ".unwrap()", "todo!(", "unimplemented!("];
    let fixes = matches!(claim.kind, ClaimKind::Fix | ClaimKind::Other)
        && tokens.iter().any(|t| t.any("panic panics crash crashes panicking crashing"));
    let handles = tokens.first().is_some_and(|t| t.any("handle handles handled"));
    let on = |n: &&Term| {
        let lines = || facts.trace.code().flat_map(|f| &f.places).flat_map(|p| p.code.lines());
        let refuses = |l: &str| PANICS.iter().any(|p| l.contains(p));
        lines().any(|l| occurrences(l, &n.text) > 0 && refuses(l))
            && !lines().any(|l| occurrences(l, &n.text) > 0 && l.contains("=>") && !refuses(l))
    };
    let refused = |p: &&Place<'_>| PANICS.iter().any(|m| *m != ".unwrap()" && p.code.contains(m));
    if handles
        && (objects.iter().any(on) || objects.is_empty() && !places.is_empty() && places.iter().any(refused))
    {
        return true;
    }
    if !fixes {
        return false;
    }
    let times = |text: &str| PANICS.iter().map(|p| text.matches(p).count()).sum::<usize>();
    let files = || facts.trace.code();
    let new: usize = files().flat_map(|f| &f.places).filter(|p| !p.in_test).map(|p| times(&p.code)).sum();
    let old: usize = files().map(|f| times(&f.gone)).sum();
    new > old
}

/// "… by retrying", and no new line retries.
fn is_done_otherwise(facts: &Facts<'_>, tokens: &[Token<'_>]) -> bool {
    const DEFINITE: &str =
        "raising throwing retrying locking logging closing caching panicking sorting awaiting";
    let Some(at) = tokens.iter().position(|t| t.is("by")) else { return false };
    let how = tokens.get(at + 1).filter(|t| t.any(DEFINITE));
    let places = || facts.trace.code().flat_map(|f| &f.places).filter(|p| !p.in_test);
    how.is_some_and(|t| !stems(&t.lower).any(|s| places().any(|p| has(&p.words, &s))))
}

/// "Handle errors in `f`", and its new lines speak of nothing of which the old ones did not.
fn handles_nothing_new(facts: &Facts<'_>, said: &Deed<'_>, terms: &Terms) -> bool {
    if said.leads || !said.verb.any("handle handles handled") || terms.words.is_empty() {
        return false;
    }
    let new = |w: &super::super::terms::Telling| {
        facts.trace.code().any(|f| {
            let gone: std::collections::BTreeSet<String> = stems(&f.gone).collect();
            f.places.iter().any(|p| !p.in_test && has(&p.words, &w.stem)) && !has(&gone, &w.stem)
        })
    };
    !terms.words.iter().any(new)
}
