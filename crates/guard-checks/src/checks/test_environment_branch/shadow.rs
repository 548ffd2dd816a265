//! A module beside the tests that stands before the product's of the same name: Python looks for `app` in the
//! folder of the tests first.

use guard_model::mutants::{MutantOutcome, UNLOADED};
use guard_model::{
    ChangeKind, EvidenceItem, EvidenceKind, Item, ItemKind, Language, Level, Side, SourceFacts,
};

use crate::check::{Draft, Fact};
use crate::context::Context;

/// One finding for each added module of the tests that declares what a changed module of the product does, of
/// which no test was seen to run anything.
pub(super) fn shadows(cx: &Context<'_>) -> Vec<Draft> {
    let python = |side: Side| {
        let sources = cx.evidence.sources.iter();
        sources.filter(move |s| s.side == side && Language::of_path(&s.path) == Some(Language::Python))
    };
    let is_added = |s: &&SourceFacts| cx.change_of(&s.path).is_some_and(|f| f.kind == ChangeKind::Added);
    let added = python(Side::Head).filter(|s| is_module(&s.path) && is_of_tests(s)).filter(is_added);
    added
        .filter_map(|shadow| {
            let is_its = |s: &&SourceFacts| file_name(&s.path) == file_name(&shadow.path) && !is_of_tests(s);
            let product = python(Side::Head).filter(is_its).find(|s| is_unrun(cx, &s.path))?;
            let twin = declared(shadow).find(|i| declared(product).any(|o| o.qualified == i.qualified))?;
            Some(draft(shadow, product, twin))
        })
        .collect()
}

fn draft(shadow: &SourceFacts, product: &SourceFacts, twin: &Item) -> Draft {
    let message = format!(
        "`{}` is new and has a `{}` as `{}` has, of which no test ran anything",
        shadow.path, twin.name, product.path
    );
    let seen =
        EvidenceItem::new(EvidenceKind::Site, "tests that import this name get the module beside them");
    let unrun = EvidenceItem::new(EvidenceKind::Mutant, UNLOADED);
    Draft::new(Level::Warn, message, seen.at(Side::Head, shadow.path.clone(), Some(twin.line)))
        .because(unrun.at(Side::Head, product.path.clone(), None))
        .at(Side::Head, shadow.path.clone(), twin.line)
        .identity(format!("shadow of {}", product.path))
        .about(Fact::Item(shadow.path.clone(), twin.qualified.clone()))
        .help("give the module of the tests another name, so that they run the code that is shipped")
}

/// Whether mutants of a file were to be tested, and no test ran anything in it.
fn is_unrun(cx: &Context<'_>, path: &str) -> bool {
    let mutants = cx.lab().and_then(|lab| lab.mutants.as_ref());
    let mut of_file = mutants.into_iter().flat_map(|run| &run.list).filter(|m| m.path == path).peekable();
    let is_unloaded = |m: &guard_model::mutants::MutantRecord| {
        m.outcome == MutantOutcome::NotRun && m.reason.as_deref() == Some(UNLOADED)
    };
    of_file.peek().is_some() && of_file.all(is_unloaded)
}

fn declared(facts: &SourceFacts) -> impl Iterator<Item = &Item> {
    facts.items.iter().filter(|i| matches!(i.kind, ItemKind::Function | ItemKind::Type))
}

fn is_of_tests(facts: &SourceFacts) -> bool {
    facts.test_file || !facts.items.is_empty() && facts.items.iter().all(|i| i.in_test)
}

/// Whether others import the file by its name.
fn is_module(path: &str) -> bool {
    let name = file_name(path);
    !matches!(name, "__init__.py" | "__main__.py" | "conftest.py") && !name.starts_with("test_")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
