//! From words to claims.

use guard_model::{
    Claim, ClaimKind, ClaimScope, ClaimSource, ClaimVerdict, Evidence, Quantifier, SourceKind, Speaker,
    Statement, StatementKind, Task, TaskStatus, Words,
};

use super::clause::{self, Clause};
use super::commands;
use super::label;
use super::lexicon::{self, Form};
use super::markdown::{self, Piece, PieceKind};
use super::reading::{Context, Reading};
use super::section::{self, Section};
use super::settle;
use super::standing;
use super::subject::{self, Name};
use super::token::{self, Kind, Token};
use super::{outcome, reading::read};
use crate::transcript::{input_of, is_applied_edit};

/// Longest text that is read of one statement, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Most claims of one run.
const MAX_CLAIMS: usize = 5_000;

/// Everything that was asserted about the change, in reading order, not yet settled.
pub fn extract(evidence: &Evidence) -> Vec<Claim> {
    let words = &evidence.words;
    let mut claims = Vec::new();
    for statement in &words.statements {
        let Some((source, results_only)) = source(statement, words) else { continue };
        let subject = matches!(statement.kind, StatementKind::Commit | StatementKind::PrTitle);
        for found in read_text(&statement.text, source, subject) {
            if !results_only || is_result(found.kind) {
                claims.push(found.claim(source, &statement.place));
            }
        }
    }
    for task in words.tasks.iter().filter(|t| t.status == TaskStatus::Completed) {
        // A ticked line of a pull request's body was read with the body.
        let told = task_claim(task).filter(|claim| !claims.iter().any(|c: &Claim| is_same_line(c, claim)));
        claims.extend(told);
    }
    claims.truncate(MAX_CLAIMS);
    for (i, claim) in claims.iter_mut().enumerate() {
        claim.id = format!("c{}", i + 1);
    }
    claims
}

/// What a statement counts as, and whether only results are taken from it.
fn source(statement: &Statement, words: &Words) -> Option<(SourceKind, bool)> {
    match statement.kind {
        StatementKind::Commit => Some((SourceKind::Commit, false)),
        StatementKind::PrTitle | StatementKind::PrBody => Some((SourceKind::Pr, false)),
        // A user asks, a plan promises: neither says that something was done.
        StatementKind::UserRequest | StatementKind::Plan => None,
        _ if statement.speaker != Speaker::Agent => None,
        StatementKind::FinalMessage if is_last_turn(statement, words) => {
            Some((SourceKind::FinalMessage, false))
        }
        // What was said on the way holds for the hand-over only when nothing was edited afterwards.
        StatementKind::FinalMessage | StatementKind::Message => {
            (!edited_after(statement, words)).then_some((SourceKind::FinalMessage, true))
        }
    }
}

fn is_last_turn(statement: &Statement, words: &Words) -> bool {
    !words.statements.iter().any(|s| {
        s.kind == StatementKind::FinalMessage
            && s.speaker == Speaker::Agent
            && s.order > statement.order
            && input_of(&s.place) == input_of(&statement.place)
    })
}

fn edited_after(statement: &Statement, words: &Words) -> bool {
    words.events.iter().any(|e| {
        is_applied_edit(e)
            && e.live
            && e.order > statement.order
            && input_of(&e.place) == input_of(&statement.place)
    })
}

fn is_result(kind: ClaimKind) -> bool {
    matches!(
        kind,
        ClaimKind::TestResult
            | ClaimKind::BuildResult
            | ClaimKind::LintResult
            | ClaimKind::PreExisting
            | ClaimKind::Flaky
            | ClaimKind::Hedge
    )
}

/// Whether a claim of a pull request's body says what a ticked line of the same body says.
fn is_same_line(claim: &Claim, ticked: &Claim) -> bool {
    let body = ticked.source.place.rsplit_once(':').map(|(place, _)| place);
    claim.source.kind == SourceKind::Pr
        && body == Some(claim.source.place.as_str())
        && ticked.text.contains(claim.text.as_str())
}

fn task_claim(task: &Task) -> Option<Claim> {
    let place = task.history.last().map_or_else(|| task.id.clone(), |s| s.place.clone());
    let mut found = read_text(&task.subject, SourceKind::Todo, true);
    if found.is_empty() {
        let text = task.subject.trim();
        if text.is_empty() {
            return None;
        }
        found.push(Found { text: text.to_owned(), kind: ClaimKind::Other, scope: ClaimScope::default() });
    }
    // A ticked item is one claim, whatever it joins.
    let mut first = found.swap_remove(0);
    first.text = task.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if found.iter().any(|f| f.kind != first.kind) {
        first.kind = ClaimKind::Other;
    }
    Some(first.claim(SourceKind::Todo, &place))
}

/// A claim without its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Text.
    pub(super) text: String,
    /// Kind.
    pub(super) kind: ClaimKind,
    /// Scope.
    pub(super) scope: ClaimScope,
}

impl Found {
    fn claim(self, source: SourceKind, place: &str) -> Claim {
        Claim {
            id: String::new(),
            text: self.text,
            source: ClaimSource { kind: source, place: place.to_owned() },
            kind: self.kind,
            scope: self.scope,
            verdict: ClaimVerdict::Unsupported,
            looked: false,
            group: None,
            done: None,
            total: None,
            evidence: Vec::new(),
        }
    }
}

/// The claims of one text.
pub(super) fn read_text(text: &str, source: SourceKind, subject: bool) -> Vec<Found> {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut out: Vec<Found> = Vec::new();
    for piece in markdown::pieces(&text[..end], subject) {
        for found in read_piece(&piece, source) {
            if out.len() < MAX_CLAIMS
                && !out.iter().any(|o| o.text == found.text && o.scope.paths == found.scope.paths)
            {
                out.push(found);
            }
        }
    }
    out
}

fn read_piece(piece: &Piece, source: SourceKind) -> Vec<Found> {
    let section = section::section(&piece.under);
    if is_unsaid(piece, source) {
        return Vec::new();
    }
    let removes = piece.under.last().is_some_and(|h| label::says_removal(h));
    let context = Context { source, piece: piece.kind, section, removes };
    let all = commands::tokens(&piece.text);
    let (label, body) = match piece.kind {
        PieceKind::Subject => (None, label::skip_prefix(&all, &piece.text)),
        _ => label::label(&all),
    };
    // "Tests: 202 passing" is told with its label.
    if label.is_some()
        && let Some(found) = labelled_result(&piece.text, &all, context)
    {
        return vec![found];
    }
    if label.as_ref().is_some_and(|l| standing::is_denying_label(&all[l.clone()])) {
        return Vec::new();
    }
    let mut about = label.as_ref().map(|l| label::paths(&all[l.clone()])).unwrap_or_default();
    // "pipeline.rs:" and then what was done in it.
    if let (true, PieceKind::Item { .. }, Some(parent)) = (about.is_empty(), piece.kind, piece.under.last()) {
        let tokens = token::tokens(parent);
        let named = label::paths(&tokens);
        if matches!(tokens.first().and_then(subject::name), Some(Name::Path(_))) {
            about = label::paths(&tokens[..1]);
        } else if named.len() == 1
            && tokens.last().is_some_and(|t| t.punct(':') || t.punct(')'))
            && parent.contains('(')
        {
            // "Documentation (`docs/guide.md`):".
            about = named;
        }
    }
    let history = matches!(source, SourceKind::Commit | SourceKind::Pr);
    if history
        && matches!(piece.kind, PieceKind::Item { .. })
        && section != Section::Elsewhere
        && label::is_declaration(&all)
    {
        let kind = if removes { ClaimKind::Remove } else { ClaimKind::Add };
        return vec![found(&piece.text, &all, 0..1, kind, &[])];
    }
    // "Core parts:" leads into its items and says nothing by itself.
    let leads = all.len() <= 5 && piece.text.trim_end_matches(['*', '_', ' ']).ends_with(':');
    if let Some(label) = &label
        && label::is_described_symbol(&all[label.clone()], &all[body..])
    {
        // A history lists what it brings; a message may as well explain what was there.
        let history = matches!(source, SourceKind::Commit | SourceKind::Pr);
        let listed_as_new = history || piece.under.last().is_some_and(|h| label::says_new(h));
        return if listed_as_new && section != Section::Elsewhere {
            vec![found(&piece.text, &all, 0..all.len(), ClaimKind::Add, &[])]
        } else {
            Vec::new()
        };
    }
    // "This removes:" and then "a.rs - only used by b.rs".
    if let Some(label) = &label
        && removes
        && matches!(all[label.clone()].first().and_then(subject::name), Some(Name::Path(_)))
        && label.len() == 1
    {
        return vec![found(&piece.text, &all, 0..all.len(), ClaimKind::Remove, &[])];
    }
    // "Helper macros: `a!`, `b!`" lists what there is.
    if let Some(label) = &label
        && matches!(piece.kind, PieceKind::Item { .. })
        && section != Section::Elsewhere
        && label::lists_names(&all[body..])
        && !all[label.clone()].iter().any(|t| lexicon::verb(&t.lower).is_some_and(|v| v.form != Form::Base))
    {
        return vec![found(&piece.text, &all, 0..all.len(), ClaimKind::Add, &[])];
    }
    // "`a.rs`: Foo" and "Caching: LRU with expiry" are things with their label.
    let tells_result = clause::clauses(&all[body..])
        .iter()
        .any(|c| outcome::outcome(&all[body..][c.tokens.clone()]).is_some());
    if let Some(label) = &label
        && !tells_result
        && let Some(thing) = labelled_thing(&piece.text, &all, label.end, context)
    {
        return vec![thing];
    }
    // "New test file: a_test.rs", "Integration: tests/all.rs — one scenario".
    if let Some(label) = &label
        && section != Section::Elsewhere
        && matches!(all[body..].first().and_then(subject::name), Some(Name::Path(_)))
        && label::brings_file(&all[label.clone()], all.get(body + 1), history)
    {
        return vec![found(&piece.text, &all, 0..body + 1, ClaimKind::Add, &[])];
    }
    let tokens = &all[body..];
    let mut out: Vec<Found> = total_of_tests(&piece.text, tokens, context).into_iter().collect();
    for clause in clause::clauses(tokens) {
        let thing_that_leads =
            leads && !tells_result && read(tokens, &clause, context).is_some_and(|r| r.noun_phrase);
        if !thing_that_leads {
            out.extend(read_clause(&piece.text, tokens, &clause, context, &about));
        }
    }
    out
}

/// "…, bringing total integration tests from 32 to 54", "Coverage increased from 134 to 169 tests".
fn total_of_tests(text: &str, tokens: &[Token<'_>], context: Context) -> Option<Found> {
    const RISES: &str =
        "bringing brings brought increased increases increasing grew raised raising raises rose";
    let verb = tokens.iter().position(|t| t.any(RISES)).filter(|_| context.section != Section::Elsewhere)?;
    let stop = |t: &Token<'_>| matches!(t.kind, Kind::Punct('.' | ',' | ';'));
    // What the verb gives begins with it; what it tells of stands before.
    let start = if tokens[verb].lower.ends_with("ing") {
        verb
    } else {
        tokens[..verb].iter().rposition(stop).map_or(0, |at| at + 1)
    };
    let end = tokens[verb..].iter().position(stop).map_or(tokens.len(), |at| verb + at);
    let said = &tokens[start..end];
    let taken_back = said.iter().any(|t| t.any(lexicon::MODALS) || t.any(lexicon::NEGATIONS));
    let of_tests = said.iter().any(|t| t.any("tests"));
    settle::risen(said).filter(|_| of_tests && !taken_back)?;
    Some(found(text, tokens, start..end, ClaimKind::Other, &[]))
}

/// Pieces in which nothing is asserted as done.
fn is_unsaid(piece: &Piece, source: SourceKind) -> bool {
    if let PieceKind::Item { ticked: Some(false), .. } = piece.kind {
        return true;
    }
    // A step of a squashed branch that was taken back.
    if piece.text.trim_start_matches(['*', '-', ' ']).starts_with("Revert \"") {
        return true;
    }
    // "accept 403 by @someone in #263": another project's release notes, quoted by a bot.
    let credit = piece.text.find(" by @").or_else(|| piece.text.find(" by [@"));
    if credit.is_some_and(|at| piece.text[at..].contains(" in ") && piece.text[at..].contains("http")) {
        return true;
    }
    // "Files changed:" and "Modified files" announce a list.
    let announces =
        piece.kind == PieceKind::Heading || piece.text.trim_end_matches(['*', ' ']).ends_with(':');
    let generic = token::tokens(&piece.text).iter().all(|t| {
        t.kind != Kind::Word
            || t.any("files file changes changed made modified created added updated removed fixed new tests summary of the and key all what i main issues")
    });
    if announces && generic {
        return true;
    }
    // A heading tells what it is about; only in a message can it be all that is said ("## Fixed: X").
    if piece.kind == PieceKind::Heading && source != SourceKind::FinalMessage {
        return true;
    }
    // "Added a test that:" and then what the test does.
    if let (PieceKind::Item { .. }, Some(parent)) = (piece.kind, piece.under.last()) {
        let parent = parent.trim_end_matches(['*', '_', ' ', ':']).to_lowercase();
        let elaborates = [
            "benefits",
            "advantages",
            "that",
            "which",
            "verify",
            "verifying",
            "demonstrates",
            "shows",
            "where",
            "when",
            "to",
        ]
        .iter()
        .any(|w| parent.ends_with(&format!(" {w}")));
        if elaborates {
            return true;
        }
    }
    if standing::is_open(&piece.text) {
        return true;
    }
    if piece.kind != PieceKind::Subject {
        return false;
    }
    let lower = piece.text.to_lowercase();
    ["merge ", "wip", "checkpoint", "fixup!", "squash!", "amend!", "initial commit", "revert \""]
        .iter()
        .any(|p| lower.starts_with(p))
}

fn labelled_result(text: &str, all: &[Token<'_>], context: Context) -> Option<Found> {
    if context.section == Section::Elsewhere {
        return None;
    }
    let first = clause::clauses(all);
    let clause = first.first()?;
    if clause.question {
        return None;
    }
    let kind = outcome::outcome(&all[clause.tokens.clone()])?;
    // Only where the rest alone would not say it.
    Some(found(text, all, clause.tokens.clone(), kind, &[]))
}

fn labelled_thing(text: &str, all: &[Token<'_>], colon: usize, context: Context) -> Option<Found> {
    let rest = &all[colon + 1..];
    let clauses = clause::clauses(rest);
    let clause = clauses.first()?;
    let listed = matches!(context.piece, PieceKind::Item { .. }) && context.section != Section::Elsewhere;
    let whole = |kind: ClaimKind| found(text, all, 0..colon + 1 + clause.tokens.end, kind, &[]);
    // "Dispatch: 90 ns (11x faster)" and "Parser: complete".
    if listed && subject::is_performance(rest) && !rest.iter().any(|t| t.any(lexicon::MODALS)) {
        return Some(whole(ClaimKind::Performance));
    }
    let state = &rest[clause.tokens.clone()];
    if listed && state.len() == 1 && state[0].any("complete completed done implemented finished") {
        return Some(whole(ClaimKind::Other));
    }
    let reading = read(rest, clause, context).filter(|r| r.noun_phrase)?;
    let kind = thing_kind(subject::kind(rest, &reading), rest, context);
    Some(thing(found(text, all, 0..colon + 1 + clause.tokens.end, kind, &[])))
}

/// "18 tests for the parser" does not say that all of them are new.
fn thing(mut found: Found) -> Found {
    if found.kind == ClaimKind::TestAdded
        && !token::tokens(&found.text).iter().any(|t| t.any("new additional added"))
    {
        found.scope.count = None;
        if found.scope.quantifier == Quantifier::Count {
            found.scope.quantifier = Quantifier::None;
        }
    }
    found
}

fn read_clause(
    text: &str,
    tokens: &[Token<'_>],
    clause: &Clause,
    context: Context,
    about: &[String],
) -> Option<Found> {
    let words = &tokens[clause.tokens.clone()];
    if !clause.question
        && context.section != Section::Elsewhere
        && let Some(kind) = said_result(words, context)
    {
        let kind = subject::remark(words).filter(|k| matches!(k, ClaimKind::PreExisting)).unwrap_or(kind);
        return Some(found(text, tokens, clause.tokens.clone(), kind, about));
    }
    if !clause.question
        && let Some(kind) = remark(words, context)
    {
        return Some(found(text, tokens, clause.tokens.clone(), kind, about));
    }
    if context.piece == PieceKind::Row {
        return None;
    }
    let reading = read(tokens, clause, context)?;
    let kind = subject::kind(tokens, &reading);
    let end = trimmed_end(tokens, &reading);
    if reading.noun_phrase {
        let kind = thing_kind(kind, words, context);
        return Some(thing(found(text, tokens, reading.text.start..end, kind, about)));
    }
    Some(found(text, tokens, reading.text.start..end, kind, about))
}

/// A result that is told: as a sentence, or as a command in the section on testing.
fn said_result(words: &[Token<'_>], context: Context) -> Option<ClaimKind> {
    if let Some(kind) = outcome::outcome(words) {
        return Some(kind);
    }
    let told = context.section == Section::Testing && matches!(context.piece, PieceKind::Item { .. })
        || context.section == Section::TestPlan
            && matches!(context.piece, PieceKind::Item { ticked: Some(true), .. });
    let command = words.first().filter(|t| told && t.kind == Kind::Code)?;
    let rest = words[1..].iter().all(|t| !t.any("fails failed not skipped should will"));
    (rest && outcome::TEST_COMMANDS.split('|').any(|c| outcome::mentions_command(&command.lower, c)))
        .then_some(ClaimKind::TestResult)
}

/// Statements about failures and about what was left, which need no verb of change.
fn remark(words: &[Token<'_>], context: Context) -> Option<ClaimKind> {
    let kind = subject::remark(words)?;
    let conditional = words.first().is_some_and(|t| t.any("if when whether unless"));
    match kind {
        ClaimKind::PreExisting | ClaimKind::Flaky if !conditional => Some(kind),
        // "The rest follow the same pattern" says of itself that it is not done.
        ClaimKind::Hedge => {
            let rest = words.iter().any(|t| t.any("rest remaining others other"));
            let told = !conditional && rest && context.source == SourceKind::FinalMessage;
            (told && !words.iter().any(|t| t.any(lexicon::MODALS) && !t.any("remaining remain remains")))
                .then_some(kind)
        }
        ClaimKind::NoBehaviourChange => {
            // What follows "as" says why.
            let reason = words.iter().skip(2).position(|t| t.any("as because since")).map(|at| at + 2);
            let said = &words[..reason.unwrap_or(words.len())];
            (context.section != Section::Elsewhere
                && !conditional
                && said.len() <= 14
                && !said.iter().any(|t| t.any(lexicon::MODALS)))
            .then_some(kind)
        }
        ClaimKind::Superlative
            if context.section != Section::Elsewhere && !conditional && words.len() <= 16 =>
        {
            Some(kind)
        }
        _ => None,
    }
}

/// A thing in a list is an addition, unless its words say otherwise.
fn thing_kind(kind: ClaimKind, words: &[Token<'_>], context: Context) -> ClaimKind {
    // "This removes:" and then a list of things.
    if matches!(kind, ClaimKind::Add | ClaimKind::TestAdded | ClaimKind::Docs) && context.removes {
        return ClaimKind::Remove;
    }
    // "Five new tests … following the existing pattern" are no stock.
    let noun = words.iter().position(|t| t.any(super::counts::TEST_NOUNS)).unwrap_or(words.len());
    let is_new = words[..noun].iter().any(|t| t.is("new"));
    let stock = words.iter().enumerate().any(|(i, t)| {
        let there = t.any("total existing overall current maintained remaining");
        there && !(is_new && i > noun) || t.punct('→') || t.punct('%')
    });
    match (kind, context.piece) {
        (ClaimKind::Add, PieceKind::Subject) => ClaimKind::Other,
        // "54 tests in total" counts what is there, not what came.
        (ClaimKind::TestAdded, _) if stock => ClaimKind::Other,
        _ => kind,
    }
}

/// The claim ends where a reason or a consequence begins.
fn trimmed_end(tokens: &[Token<'_>], reading: &Reading) -> usize {
    let start = reading.text.start + 2;
    (start..reading.text.end)
        .find(|i| {
            let comma = tokens[*i - 1].punct(',');
            tokens[*i].any("because") || comma && tokens[*i].any("since so which as but while although")
        })
        .unwrap_or(reading.text.end)
}

/// Puts a claim together out of the tokens `range`.
fn found(
    text: &str,
    tokens: &[Token<'_>],
    range: std::ops::Range<usize>,
    kind: ClaimKind,
    about: &[String],
) -> Found {
    let mut range = range;
    while range.len() > 1
        && matches!(tokens[range.end - 1].kind, Kind::Mark | Kind::Punct(',' | ':' | '.' | '-' | '—'))
    {
        range.end -= 1;
    }
    while range.len() > 2 && tokens[range.end - 1].any("that which to with for and") {
        range.end -= 1;
    }
    // "(#123)" at the end is the forge's, not the speaker's.
    if range.len() > 4
        && tokens[range.end - 1].punct(')')
        && tokens[range.end - 3].punct('(')
        && tokens[range.end - 2].text.starts_with('#')
    {
        range.end -= 3;
    }
    while range.len() > 1
        && (tokens[range.start].kind == Kind::Mark
            || tokens[range.start].any("also and then")
            || tokens[range.start].punct(','))
    {
        range.start += 1;
    }
    let scope = subject::scope(tokens, range.clone(), about, kind);
    let (mut start, mut end) = (tokens[range.start].start, tokens[range.end - 1].end);
    // Emphasis that is cut in two is taken whole, or left outside.
    if text[start..end].matches("**").count() % 2 == 1 {
        if text[..start].ends_with("**") {
            start -= 2;
        } else if text[end..].starts_with("**") {
            end += 2;
        }
    }
    let text = text[start..end].to_owned();
    Found { text, kind, scope }
}
