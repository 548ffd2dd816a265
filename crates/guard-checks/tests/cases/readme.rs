//! Reads the cases out of a README.

/// One case: a heading below `## Cases` with its fenced blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    pub(crate) check: String,
    pub(crate) name: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) findings: Option<String>,
    pub(crate) headline: Option<String>,
}

/// A fenced block: its info string and its text.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) info: String,
    pub(crate) text: String,
}

impl Case {
    /// The heading as a test's name.
    pub(crate) fn slug(&self) -> String {
        let words: Vec<String> = self
            .name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.join("_")
    }
}

/// The cases of a README, in order.
pub(crate) fn cases(check: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut inside = false;
    let mut block: Option<(usize, Block)> = None;
    for line in text.lines() {
        if let Some((ticks, open)) = &mut block {
            if is_fence(line, *ticks) {
                let (_, done) = block.take().expect("a block is open");
                add(&mut cases, done);
            } else {
                open.text.push_str(line);
                open.text.push('\n');
            }
        } else if let Some(ticks) = fence(line) {
            block = Some((ticks, Block { info: line[ticks..].trim().to_owned(), text: String::new() }));
        } else if let Some(title) = line.strip_prefix("## ") {
            inside = title.trim() == "Cases";
        } else if let Some(name) = line.strip_prefix("### ").filter(|_| inside) {
            cases.push(Case { check: check.to_owned(), name: name.trim().to_owned(), ..Case::default() });
        }
    }
    cases
}

fn add(cases: &mut [Case], block: Block) {
    let Some(case) = cases.last_mut() else { return };
    match block.info.as_str() {
        "findings" => case.findings = Some(block.text),
        "headline" => case.headline = Some(block.text),
        _ => case.blocks.push(block),
    }
}

/// The README with the text of one block of one case replaced; a missing `findings` block is added.
pub(crate) fn with_block(text: &str, case: &str, info: &str, new: &str) -> String {
    let heading = format!("### {case}");
    let start = text
        .lines()
        .scan(0, |at, l| {
            let here = *at;
            *at += l.len() + 1;
            Some((here, l))
        })
        .find(|(_, l)| l.trim_end() == heading);
    let Some((start, _)) = start else { return text.to_owned() };
    let body = start + heading.len();
    let end = text[body..].find("\n### ").map_or(text.len(), |i| body + i + 1);
    let section = &text[body..end];
    let open = format!("\n```{info}\n");
    let section = match section.find(&open) {
        Some(at) => {
            let content = at + open.len();
            let close = section[content..].find("```").map_or(section.len(), |i| content + i);
            format!("{}{new}\n{}", &section[..content], &section[close..])
        }
        None => format!(
            "{}\n\n```{info}\n{new}\n```\n{}",
            section.trim_end(),
            if end == text.len() { "" } else { "\n" }
        ),
    };
    format!("{}{section}{}", &text[..body], &text[end..])
}

fn fence(line: &str) -> Option<usize> {
    let ticks = line.chars().take_while(|c| *c == '`').count();
    (ticks >= 3).then_some(ticks)
}

fn is_fence(line: &str, ticks: usize) -> bool {
    fence(line).is_some_and(|n| n >= ticks) && line.trim_end().chars().all(|c| c == '`')
}
