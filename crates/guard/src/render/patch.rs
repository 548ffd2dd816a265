//! Edits of files as a patch that `git apply` takes.

use std::fmt::Write as _;
use std::ops::Range;

use guard_model::Rewrite;

/// Unchanged lines around an edit.
const CONTEXT: usize = 3;

/// The patch for one file; empty when nothing changes. Edits that overlap an earlier one are left out, as
/// are those that do not lie in the text.
pub(crate) fn of_file(path: &str, text: &str, rewrites: &[&Rewrite]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |at, line| {
            *at += line.len();
            Some(*at - line.len())
        })
        .collect();
    let line_of = |byte: usize| starts.partition_point(|&start| start <= byte).saturating_sub(1);
    let mut sorted: Vec<&Rewrite> = rewrites.to_vec();
    sorted.sort_by_key(|r| (r.start, r.end));
    let mut changes: Vec<Change> = Vec::new();
    let mut done = 0;
    for rewrite in sorted {
        let (start, end) = (rewrite.start as usize, rewrite.end as usize);
        let fits = start >= done && start <= end && text.get(start..end).is_some();
        if !fits || text.is_empty() {
            continue;
        }
        done = end;
        // A rewrite that ends with a line break ends on that line.
        let (first, last) = (line_of(start), line_of(end.max(start + 1) - 1));
        match changes.last_mut().filter(|c| c.lines.end > first) {
            Some(change) => {
                change.lines.end = change.lines.end.max(last + 1);
                change.rewrites.push(rewrite);
            }
            None => changes.push(Change { lines: first..last + 1, rewrites: vec![rewrite] }),
        }
    }
    let changed = changes.into_iter().filter_map(|c| c.applied(text, &starts, &lines));
    let changed: Vec<(Range<usize>, Vec<String>)> = changed.collect();
    if changed.is_empty() {
        return String::new();
    }
    let name = |side: &str| quoted(&format!("{side}/{path}"));
    let mut patch = format!("--- {}\n+++ {}\n", name("a"), name("b"));
    let mut grown: isize = 0;
    let mut at = 0;
    while at < changed.len() {
        let mut end = at + 1;
        while end < changed.len() && changed[end].0.start <= changed[end - 1].0.end + 2 * CONTEXT {
            end += 1;
        }
        grown += hunk(&mut patch, &lines, &changed[at..end], grown);
        at = end;
    }
    patch
}

/// Edits on the same lines.
struct Change<'r> {
    lines: Range<usize>,
    rewrites: Vec<&'r Rewrite>,
}

impl Change<'_> {
    /// The lines as they become; `None` when they stay.
    fn applied(&self, text: &str, starts: &[usize], lines: &[&str]) -> Option<(Range<usize>, Vec<String>)> {
        let from = *starts.get(self.lines.start)?;
        let to = starts.get(self.lines.end).copied().unwrap_or(text.len());
        let mut new = String::new();
        let mut at = from;
        for rewrite in &self.rewrites {
            new.push_str(text.get(at..rewrite.start as usize)?);
            new.push_str(&rewrite.text);
            at = rewrite.end as usize;
        }
        new.push_str(text.get(at..to)?);
        let new: Vec<String> = new.split_inclusive('\n').map(str::to_owned).collect();
        // Lines at either end that stay as they are do not belong to the change.
        let old = &lines[self.lines.clone()];
        let head = old.iter().zip(&new).take_while(|(a, b)| *a == b).count();
        let most = old.len().min(new.len()) - head;
        let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| *a == b).count();
        let range = self.lines.start + head..self.lines.end - tail;
        let new = new[head..new.len() - tail].to_vec();
        (!range.is_empty() || !new.is_empty()).then_some((range, new))
    }
}

/// Writes changes that lie close together, and says by how many lines the file grows.
fn hunk(patch: &mut String, lines: &[&str], changes: &[(Range<usize>, Vec<String>)], grown: isize) -> isize {
    let (Some((first, _)), Some((last, _))) = (changes.first(), changes.last()) else { return 0 };
    let from = first.start.saturating_sub(CONTEXT);
    let to = (last.end + CONTEXT).min(lines.len());
    let growth: isize = changes.iter().map(|(old, new)| new.len() as isize - old.len() as isize).sum();
    let old = to - from;
    let new = old.saturating_add_signed(growth);
    // An empty side is numbered by the line before it.
    let start = |len: usize, at: usize| if len == 0 { at } else { at + 1 };
    let new_from = from.saturating_add_signed(grown);
    // Writing to a string cannot fail.
    let _ = writeln!(patch, "@@ -{},{old} +{},{new} @@", start(old, from), start(new, new_from));
    let mut put = |sign: char, line: &str| {
        patch.push(sign);
        patch.push_str(line);
        if !line.ends_with('\n') {
            patch.push_str("\n\\ No newline at end of file\n");
        }
    };
    let mut at = from;
    for (old, new) in changes {
        lines[at..old.start].iter().for_each(|l| put(' ', l));
        lines[old.clone()].iter().for_each(|l| put('-', l));
        new.iter().for_each(|l| put('+', l));
        at = old.end;
    }
    lines[at..to].iter().for_each(|l| put(' ', l));
    growth
}

/// A name as git writes it: in quotes where it holds what would end it.
fn quoted(name: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\');
    if name.chars().all(plain) {
        // A tab ends a name with spaces.
        return if name.contains(' ') { format!("{name}\t") } else { name.to_owned() };
    }
    let mut out = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\{:03o}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(start: u32, end: u32, text: &str) -> Rewrite {
        Rewrite { start, end, text: text.to_owned() }
    }

    #[test]
    fn edits_of_one_line_are_one_change_and_a_missing_last_line_break_is_said() {
        let text = "a(1); a(2);\nb\nc\nd\ne\nf\ng\nh\ni\na(3)";
        let edits = [rewrite(0, 1, "x"), rewrite(6, 7, "x"), rewrite(28, 29, "x"), rewrite(6, 8, "overlaps")];
        insta::assert_snapshot!(of_file("src/ab.rs", text, &edits.iter().collect::<Vec<_>>()), @r"
        --- a/src/ab.rs
        +++ b/src/ab.rs
        @@ -1,4 +1,4 @@
        -a(1); a(2);
        +x(1); x(2);
         b
         c
         d
        @@ -7,4 +7,4 @@
         g
         h
         i
        -a(3)
        \ No newline at end of file
        +x(3)
        \ No newline at end of file
        ");
    }

    #[test]
    fn names_are_written_as_git_reads_them() {
        for (name, expected) in
            [("a/b.rs", "a/b.rs"), ("a b.rs", "a b.rs\t"), ("é.rs", "é.rs"), ("a\"b\n", "\"a\\\"b\\n\"")]
        {
            assert_eq!(quoted(name), expected);
        }
    }

    #[test]
    fn lines_that_go_and_come_are_counted() {
        let text = "one\ntwo\nthree\n";
        insta::assert_snapshot!(of_file("f", text, &[&rewrite(3, 8, "\n"), &rewrite(13, 13, "\nfour")]), @r"
        --- a/f
        +++ b/f
        @@ -1,3 +1,3 @@
         one
        -two
         three
        +four
        ");
        assert_eq!(of_file("f", text, &[&rewrite(0, 3, "one"), &rewrite(50, 60, "")]), "");
    }
}
