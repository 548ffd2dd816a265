//! `stubbed-body`: a body that does nothing of what its name or a claim says.

use guard_model::source::StubKind;
use guard_model::{
    Claim, ClaimKind, EvidenceItem, EvidenceKind, Item, ItemKind, Level, Mode, Side, SourceFacts, Stub,
};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::placeholders::UNDONE;
use crate::said::Sentence;
use crate::text::{count, shorten};

pub(super) const CHECK: Check = Check {
    name: "stubbed-body",
    group: Group::Code,
    summary: "a body that does nothing of what its name or a claim says",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let stubs = cx.items(Side::Head).filter_map(|(file, item)| Some((file, item, item.stub.as_ref()?)));
    stubs
        .filter(|(_, item, _)| !item.in_test)
        .filter_map(|(file, item, stub)| judge(cx, file, item, stub))
        .collect()
}

fn judge(cx: &Context<'_>, file: &SourceFacts, item: &Item, stub: &Stub) -> Option<Draft> {
    let before = at_base(cx, file, item);
    if before.is_some_and(|b| b.body == item.body) || is_moved_stub(cx, item) {
        return None;
    }
    let hollowed = before.filter(|b| b.stub.is_none() && b.body.is_some());
    let claim = claim_of(cx, item);
    if claim.is_none() && hollowed.is_none() && is_custom_here(cx, file, item, stub) {
        return None;
    }
    // A refusal may be meant, unless it stands where code did.
    let is_meant = stub.kind == StubKind::Refusal && hollowed.is_none();
    if is_meant && claim.is_none() {
        return None;
    }
    let (level, message) = match (claim, disclosed(cx, item)) {
        (Some(_), false) if is_meant => {
            (Level::Warn, format!("`{}` is said to be done and refuses: {}", item.qualified, what(stub)))
        }
        (Some(_), false) => {
            (Level::Deny, format!("`{}` is said to be done and is a stub: {}", item.qualified, what(stub)))
        }
        (_, true) => {
            (Level::Note, format!("`{}` is a stub, as the message says: {}", item.qualified, what(stub)))
        }
        (None, false) if hollowed.is_some() => {
            (Level::Warn, format!("`{}` had a real body and is now a stub: {}", item.qualified, what(stub)))
        }
        (None, false) => (Level::Warn, format!("`{}` is a stub: {}", item.qualified, what(stub))),
    };
    let seen = EvidenceItem::new(
        EvidenceKind::Site,
        format!("its body comes down to `{}`", shorten(&stub.text, 100)),
    )
    .at(Side::Head, &file.path, Some(stub.line));
    let was = hollowed.map(|b| {
        EvidenceItem::new(
            EvidenceKind::Diff,
            format!("its body had {} at base", count(b.body_tokens as usize, "token")),
        )
        .at(Side::Base, file_at_base(cx, &file.path), Some(b.line))
    });
    let said = claim.map(|c| {
        EvidenceItem::new(
            EvidenceKind::Session,
            format!("said at {}: \"{}\"", c.source.place, shorten(&c.text, 120)),
        )
    });
    Some(
        Draft::new(level, message, seen)
            .because_all(was)
            .because_all(said)
            .at(Side::Head, file.path.clone(), (item.line, item.end_line))
            .answers(claim)
            .identity(item.qualified.clone())
            .about(Fact::Item(file.path.clone(), item.qualified.clone()))
            .help("write the body, or say that it is not done yet"),
    )
}

fn what(stub: &Stub) -> String {
    let text = shorten(&stub.text, 60);
    match stub.kind {
        StubKind::Declared | StubKind::Refusal => format!("`{text}`"),
        StubKind::Empty => "its body is empty".to_owned(),
        StubKind::Constant => format!("it ignores its input and gives `{text}`"),
    }
}

fn file_at_base<'a>(cx: &Context<'a>, path: &'a str) -> &'a str {
    cx.change_of(path).map_or(path, |f| f.base_path())
}

/// The same item at base.
fn at_base<'a>(cx: &Context<'a>, file: &'a SourceFacts, item: &Item) -> Option<&'a Item> {
    let base = cx.source(Side::Base, file_at_base(cx, &file.path))?;
    base.items.iter().find(|b| b.kind == item.kind && b.qualified == item.qualified)
}

/// Whether the stub only moved here: base had the same one under the same name elsewhere.
fn is_moved_stub(cx: &Context<'_>, item: &Item) -> bool {
    let same = |b: &Item| b.stub.is_some() && b.name == item.name && b.body == item.body;
    cx.items(Side::Base)
        .any(|(f, b)| same(b) && !cx.items(Side::Head).any(|(h, i)| h.path == f.path && i == b))
}

/// Whether methods of the same type do the same at base: a visitor or base class that others fill in.
fn is_custom_here(cx: &Context<'_>, file: &SourceFacts, item: &Item, stub: &Stub) -> bool {
    const ALIKE: usize = 3;
    let owner =
        |i: &Item| i.qualified.strip_suffix(i.name.as_str()).map(str::to_owned).filter(|o| !o.is_empty());
    let Some(own) = owner(item) else { return false };
    let base = cx.source(Side::Base, file_at_base(cx, &file.path)).into_iter().flat_map(|f| &f.items);
    let like = |b: &&Item| {
        b.stub.as_ref().is_some_and(|s| s.kind == stub.kind && s.text == stub.text)
            && owner(b).as_deref() == Some(own.as_str())
    };
    base.filter(like).take(ALIKE).count() == ALIKE
}

/// The claim that says this very item is done.
fn claim_of<'a>(cx: &Context<'a>, item: &Item) -> Option<&'a Claim> {
    let is_about_doing = |c: &&Claim| {
        matches!(
            c.kind,
            ClaimKind::Add | ClaimKind::Update | ClaimKind::Fix | ClaimKind::Replace | ClaimKind::Other
        )
    };
    if !matches!(item.kind, ItemKind::Function | ItemKind::Method) {
        return None;
    }
    // A bare name may mean another item that this change wrote.
    let is_alone = !cx.items(Side::Head).any(|(file, other)| {
        let written = || at_base(cx, file, other).is_none_or(|b| b.body != other.body);
        other.name == item.name && other.stub.is_none() && !other.in_test && written()
    });
    let names = |symbol: &String| {
        let symbol = symbol.trim_matches('`').trim_end_matches("()").replace('.', "::");
        symbol == item.qualified
            || item.qualified.ends_with(&format!("::{symbol}")) && (is_alone || symbol.contains("::"))
            || symbol == item.name && is_alone
    };
    cx.claims.iter().filter(is_about_doing).find(|c| c.scope.symbols.iter().any(names))
}

/// Whether a sentence says that this item is not done.
fn disclosed(cx: &Context<'_>, item: &Item) -> bool {
    const IDLE: &[&str] = &["noop", "empty", "nothing"];
    let undone =
        |s: &Sentence<'_>| s.has_any(UNDONE) || s.has_any(IDLE) || s.has_near(&["no"], &["op", "ops"]);
    cx.said.find(|s| s.names(&item.name) && undone(s)).is_some()
}
