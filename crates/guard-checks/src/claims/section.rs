//! What headings and lead-ins put a statement under: changes, tests, plans, background.

/// What a heading is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// What was done.
    Changes,
    /// How it was checked.
    Testing,
    /// How it is to be checked.
    TestPlan,
    /// What is not done: next steps, limits, problems, background, how things work, what a reader may do.
    Elsewhere,
    /// Nothing that decides.
    Neutral,
}

/// The section that headings (outermost first) put a piece in.
pub(super) fn section(under: &[String]) -> Section {
    let mut found = Section::Neutral;
    for heading in under {
        match classify_heading(heading) {
            // Nothing below a heading about plans or problems is a claim, unless a heading below says so.
            Section::Neutral => {}
            other => found = other,
        }
    }
    found
}

/// Words above which a heading is a sentence.
const LONG: usize = 9;

fn classify_heading(heading: &str) -> Section {
    let lower = heading.to_lowercase();
    let words = lower.split_whitespace().count();
    // "Documentation (examples/README.md)": where it is does not say what it is.
    let lower = match lower.split_once(" (") {
        Some((outside, rest)) if rest.contains(['/', '.']) && !outside.trim().is_empty() => {
            outside.to_owned()
        }
        _ => lower,
    };
    let lower = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let has = |phrases: &str| phrases.split('|').any(|p| contains_word(lower, p));
    // Long sentences are parent items: only what they are about, not every word in them, decides.
    if words > LONG {
        return Section::Neutral;
    }
    // Words that name a plan only when they are the heading, not when they stand in one.
    if words <= 3
        && has(
            "schedule|automerge|rebasing|target|targets|goal|goals|option|options|left|missing|later|issue|commands|example|examples|\
            idea|ideas|unchanged|task|prompt|request|original prompt|backlog|won't do|won’t do|out-of-scope|manual steps|\
            manual step|migration|migrating|after merge|after merging|your turn|upgrade|upgrading|possible|potential|proposed|\
            proposal|optional|outstanding|skipped|postponed|upstream",
        )
    {
        return Section::Elsewhere;
    }
    if has(
        "next step|next steps|todo|todos|to do|to-do|still open|future|follow-up|follow-ups|followup|remaining|pending|\
        limitation|limitations|known issue|known issues|not included|out of scope|deferred|\
        planned|roadmap|blocked|blockers|recommendations|recommended|suggestions|not done|\
        non-goals|caveats|open questions|what's next",
    ) {
        return Section::Elsewhere;
    }
    if has("problem|problems|background|motivation|why|root cause|context|rationale|before|previously|\
        previous|the issue|the bug|alternatives|rejected|considered|what happened|cause|\
        current behavior|old behavior|reproduction|steps to reproduce|symptoms")
        && !has("fixed|fixes|resolved|fix")
    {
        return Section::Elsewhere;
    }
    if has("usage|how it works|how to|behavior|behaviour|which should you|notes for|\
        try it|quick start|getting started|instructions|to run|to test|you can|design|\
        architecture overview|reviewers|checklist|this means|this ensures|means|scenarios|deploy|\
        deployment|breaking|migration guide|following order|as follows|in order|when|if")
    {
        return Section::Elsewhere;
    }
    if has("test plan|testing plan|verification plan|manual testing steps") {
        return Section::TestPlan;
    }
    if has("test|tests|testing|verification|validation|verified|test results|results|quality|status") {
        return Section::Testing;
    }
    if has("change|changes|changed|summary|what i did|what was done|what's new|what changed|added|new|\
        fixed|fix|fixes|solution|implementation|implemented|features|feature|updated|removed|\
        created|improvements|refactoring|files|modified|completed|accomplished|done|deliverables|\
        highlights|includes|overview|work done|the fix|enhancements|documentation|docs")
    {
        return Section::Changes;
    }
    Section::Neutral
}

/// Whether a heading opens a list of what is still to do.
pub(super) fn is_plan(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    // A sentence that leads into a list tells of a deed: "by replacing the remaining casts in:".
    if lower.split_whitespace().count() > LONG {
        return false;
    }
    [
        "next step",
        "next steps",
        "todo",
        "to do",
        "future work",
        "remaining",
        "not done",
        "not yet",
        "pending",
        "planned",
    ]
    .iter()
    .any(|p| contains_word(&lower, p))
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let after = text[at + word.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        before && after
    })
}
