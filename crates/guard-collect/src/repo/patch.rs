//! Reading `git diff-tree --raw -z -p -U1` as it comes: records first, then the patch, of which only
//! line ranges are kept.
//!
//! Paths are taken from the records. The patch is matched to them by order, and checked by object
//! ids, so that no path and no content can pass for structure: content lines are counted, not
//! recognised.
//!
//! One line of context is asked for and dropped, because without any git compares in another way, and
//! the counts would not be those that `git diff --stat` shows.

use guard_model::Hunk;

/// One record of the raw part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) old_mode: u32,
    pub(super) new_mode: u32,
    pub(super) old_oid: String,
    pub(super) new_oid: String,
    /// `A`, `D`, `M`, `R` or `T`.
    pub(super) status: u8,
    /// Similarity of a rename in percent.
    pub(super) score: u32,
    pub(super) old_path: Vec<u8>,
    pub(super) new_path: Vec<u8>,
    /// What the patch says.
    pub(super) patch: Patch,
}

/// What the patch says about one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) seen: bool,
    pub(super) binary: bool,
    /// A changed line looks like one of a Git LFS pointer.
    pub(super) pointer: bool,
    pub(super) hunks: Vec<Hunk>,
}

/// The reader: fed with chunks, asked for records at the end.
#[derive(Debug, Default)]
pub(super) struct Reader {
    records: Vec<Record>,
    in_patch: bool,
    /// Bytes of an unfinished record, or the beginning of an unfinished line.
    pending: Vec<u8>,
    /// Index of the record that the current section belongs to.
    current: Option<usize>,
    /// Sections still to come for it.
    sections_left: u32,
    old_left: u64,
    new_left: u64,
    /// Numbers of the lines that come next.
    old_next: u32,
    new_next: u32,
    /// Whether the last line was a changed one, so that the next one belongs to the same range.
    in_change: bool,
    error: Option<String>,
}

/// Enough of a line for everything that is recognised.
const LINE_HEAD: usize = 256;

impl Reader {
    /// Takes the next chunk of git's answer.
    pub(super) fn feed(&mut self, mut chunk: &[u8]) {
        if !self.in_patch {
            self.pending.extend_from_slice(chunk);
            let used = self.raw();
            let rest = self.pending.split_off(used);
            self.pending.clear();
            if !self.in_patch {
                self.pending = rest;
                return;
            }
            return self.patch(&rest);
        }
        self.patch(std::mem::take(&mut chunk));
    }

    /// The records; an error when the patch does not fit them. `whole` is false when the rest of the
    /// patch was cut off.
    pub(super) fn finish(mut self, whole: bool) -> Result<Vec<Record>, String> {
        if self.in_patch && !self.pending.is_empty() {
            self.line();
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.in_patch && !self.pending.is_empty() {
            return Err(format!("an unfinished record of {} bytes", self.pending.len()));
        }
        if !whole {
            // The last section may lack its end.
            if let Some(current) = self.current {
                self.records[current].patch = Patch::default();
            }
        } else if self.old_left + self.new_left + u64::from(self.sections_left) > 0
            || self.current.map_or(0, |i| i + 1) != self.records.len()
        {
            return Err("the patch ends early".to_owned());
        }
        Ok(self.records)
    }

    /// Reads whole records from the pending bytes; returns how many bytes were used.
    fn raw(&mut self) -> usize {
        let mut used = 0;
        loop {
            let rest = &self.pending[used..];
            match rest.first() {
                None => return used,
                Some(0) => {
                    self.in_patch = true;
                    return used + 1;
                }
                Some(b':') => {}
                Some(_) => {
                    self.fail("a record does not begin with a colon");
                    self.in_patch = true;
                    return used;
                }
            }
            match record(rest) {
                Read::Whole(record, len) => {
                    self.records.push(record);
                    used += len;
                }
                Read::Short => return used,
                Read::Odd => {
                    self.fail("a malformed record");
                    self.in_patch = true;
                    return used;
                }
            }
        }
    }

    fn patch(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() && self.error.is_none() {
            let end = rest.iter().position(|&b| b == b'\n');
            let (piece, next) = match end {
                Some(end) => (&rest[..end], &rest[end + 1..]),
                None => (rest, &rest[rest.len()..]),
            };
            let room = LINE_HEAD.saturating_sub(self.pending.len());
            self.pending.extend_from_slice(&piece[..piece.len().min(room)]);
            if end.is_some() {
                self.line();
                self.pending.clear();
            }
            rest = next;
        }
    }

    /// Takes one line of the patch, of which `pending` has the beginning.
    fn line(&mut self) {
        let line = std::mem::take(&mut self.pending);
        if self.old_left + self.new_left > 0 {
            match line.first() {
                Some(b'-') if self.old_left > 0 => self.changed(1, 0),
                Some(b'+') if self.new_left > 0 => self.changed(0, 1),
                Some(b'\\') => {}
                // An empty line is one of context that a setting shows without its space.
                Some(b' ') | None if self.old_left > 0 && self.new_left > 0 => {
                    self.passed(1, 1);
                    self.in_change = false;
                }
                _ => self.fail("a line outside of its hunk"),
            }
            let is_pointer = |text: &[u8]| {
                text.starts_with(b"oid sha256:") || text.starts_with(b"version https://git-lfs.github.com/")
            };
            if line.get(1..).is_some_and(is_pointer)
                && let Some(i) = self.current
            {
                self.records[i].patch.pointer = true;
            }
        } else if line.starts_with(b"diff --git ") {
            self.section();
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            self.check(ids);
        } else if line.starts_with(b"@@ -") {
            match (hunk(&line), self.current) {
                (Some(hunk), Some(_)) => {
                    self.old_left = u64::from(hunk.old_lines);
                    self.new_left = u64::from(hunk.new_lines);
                    // A side without lines names the line before.
                    self.old_next = hunk.old_start.saturating_add(u32::from(hunk.old_lines == 0));
                    self.new_next = hunk.new_start.saturating_add(u32::from(hunk.new_lines == 0));
                    self.in_change = false;
                }
                _ => self.fail("a malformed hunk header"),
            }
        } else if line.starts_with(b"Binary files ")
            && let Some(i) = self.current
        {
            self.records[i].patch.binary = true;
        }
        self.pending = line;
    }

    /// Takes a removed or an added line.
    fn changed(&mut self, old: u32, new: u32) {
        let Some(hunks) = self.current.map(|i| &mut self.records[i].patch.hunks) else { return };
        if !self.in_change {
            hunks.push(Hunk {
                old_start: self.old_next.saturating_sub(1),
                old_lines: 0,
                new_start: self.new_next.saturating_sub(1),
                new_lines: 0,
            });
            self.in_change = true;
        }
        if let Some(hunk) = hunks.last_mut() {
            hunk.old_start += u32::from(old > 0 && hunk.old_lines == 0);
            hunk.new_start += u32::from(new > 0 && hunk.new_lines == 0);
            hunk.old_lines += old;
            hunk.new_lines += new;
        }
        self.passed(old, new);
    }

    fn passed(&mut self, old: u32, new: u32) {
        self.old_left -= u64::from(old);
        self.new_left -= u64::from(new);
        self.old_next = self.old_next.saturating_add(old);
        self.new_next = self.new_next.saturating_add(new);
    }

    /// Begins the next section: of the next record, or the second one of a type change, which is
    /// shown as a removal and an addition.
    fn section(&mut self) {
        if self.sections_left > 0 {
            self.sections_left -= 1;
            return;
        }
        let next = self.current.map_or(0, |i| i + 1);
        match self.records.get_mut(next) {
            Some(record) => {
                record.patch.seen = true;
                self.sections_left = u32::from(record.status == b'T');
                self.current = Some(next);
            }
            None => self.fail("more sections than records"),
        }
    }

    /// Compares the ids of a section with those of its record.
    fn check(&mut self, ids: &[u8]) {
        let ids = String::from_utf8_lossy(ids);
        let ids = ids.split(' ').next().unwrap_or_default();
        let Some(record) = self.current.and_then(|i| self.records.get(i)) else {
            return self.fail("a section without a record");
        };
        let fits = ids.split_once("..").is_some_and(|(old, new)| match record.status {
            b'T' => old == record.old_oid || new == record.new_oid,
            _ => old == record.old_oid && new == record.new_oid,
        });
        if !fits {
            let what = format!("section {ids} does not belong to {}..{}", record.old_oid, record.new_oid);
            self.fail(&what);
        }
    }

    fn fail(&mut self, what: &str) {
        self.error.get_or_insert_with(|| what.to_owned());
    }
}

enum Read {
    Whole(Record, usize),
    Short,
    Odd,
}

/// `:<mode> <mode> <id> <id> <status>\0<path>\0`, and a second path for a rename.
fn record(bytes: &[u8]) -> Read {
    let mut fields = bytes.split(|&b| b == 0);
    // The last piece of a split is what has no NUL behind it yet.
    let whole = bytes.iter().filter(|&&b| b == 0).take(3).count();
    if whole < 2 {
        return Read::Short;
    }
    let (Some(head), Some(path)) = (fields.next(), fields.next()) else { return Read::Short };
    let text = String::from_utf8_lossy(&head[1..]);
    let words: Vec<&str> = text.split(' ').collect();
    let [old_mode, new_mode, old_oid, new_oid, status] = words[..] else { return Read::Odd };
    let (Ok(old_mode), Ok(new_mode), Some(&letter)) =
        (u32::from_str_radix(old_mode, 8), u32::from_str_radix(new_mode, 8), status.as_bytes().first())
    else {
        return Read::Odd;
    };
    let mut len = head.len() + path.len() + 2;
    let mut new_path = path;
    if matches!(letter, b'R' | b'C') {
        if whole < 3 {
            return Read::Short;
        }
        let Some(second) = fields.next() else { return Read::Short };
        len += second.len() + 1;
        new_path = second;
    }
    let record = Record {
        old_mode,
        new_mode,
        old_oid: old_oid.to_owned(),
        new_oid: new_oid.to_owned(),
        status: letter,
        score: status[1..].parse().unwrap_or(100),
        old_path: path.to_vec(),
        new_path: new_path.to_vec(),
        patch: Patch::default(),
    };
    Read::Whole(record, len)
}

/// `@@ -<start>[,<lines>] +<start>[,<lines>] @@`
fn hunk(line: &[u8]) -> Option<Hunk> {
    let text = String::from_utf8_lossy(line);
    let mut words = text.strip_prefix("@@ -")?.split(' ');
    let range = |word: &str| -> Option<(u32, u32)> {
        match word.split_once(',') {
            Some((start, lines)) => Some((start.parse().ok()?, lines.parse().ok()?)),
            None => Some((word.parse().ok()?, 1)),
        }
    };
    let (old_start, old_lines) = range(words.next()?)?;
    let (new_start, new_lines) = range(words.next()?.strip_prefix('+')?)?;
    Some(Hunk { old_start, old_lines, new_start, new_lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Vec<u8> {
        let (a, b, z) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let mut text = Vec::new();
        text.extend(format!(":100644 100644 {a} {b} M\0new\nline\0").bytes());
        text.extend(format!(":100644 120000 {a} {b} T\0t\0").bytes());
        text.extend(format!(":100644 100644 {a} {a} R100\0from\0to\0\0").bytes());
        text.extend(format!("diff --git \"a/new\\nline\" \"b/new\\nline\"\nindex {a}..{b} 100644\n").bytes());
        text.extend(b"--- \"a/new\\nline\"\n+++ \"b/new\\nline\"\n@@ -3,2 +3 @@ fn x\n-diff --git a/x b/x\n-@@ -1 +1 @@\n");
        text.extend(b"\\ No newline at end of file\n+++ b/y\n@@ -9,0 +9 @@\n+index 1..2\n");
        text.extend(format!("diff --git a/t b/t\ndeleted file mode 100644\nindex {a}..{z}\n--- a/t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n").bytes());
        text.extend(format!("diff --git a/t b/t\nnew file mode 120000\nindex {z}..{b}\n--- /dev/null\n+++ b/t\n@@ -0,0 +1 @@\n+y\n\\ No newline at end of file\n").bytes());
        text.extend(b"diff --git a/from b/to\nsimilarity index 100%\nrename from from\nrename to to\n");
        text
    }

    #[test]
    fn content_that_looks_like_structure_is_content_however_the_answer_is_cut() {
        let text = answer();
        for size in [1, 2, 7, 64, text.len()] {
            let mut reader = Reader::default();
            text.chunks(size).for_each(|chunk| reader.feed(chunk));
            let records = reader.finish(true).expect("fits");
            let paths: Vec<_> = records.iter().map(|r| (r.status, r.new_path.as_slice())).collect();
            assert_eq!(paths, [(b'M', &b"new\nline"[..]), (b'T', b"t"), (b'R', b"to")]);
            let lines: Vec<_> = records[0]
                .patch
                .hunks
                .iter()
                .map(|h| (h.old_start, h.old_lines, h.new_start, h.new_lines))
                .collect();
            assert_eq!(lines, [(3, 2, 3, 1), (9, 0, 9, 1)]);
            assert_eq!(records[1].patch.hunks.len(), 2);
            assert!(records[2].patch.seen && records[2].patch.hunks.is_empty());
        }
    }

    #[test]
    fn lines_of_context_divide_ranges_and_belong_to_none() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let head = format!(
            ":100644 100644 {a} {b} M\0f\0\0diff --git a/f b/f\nindex {a}..{b} 100644\n--- a/f\n+++ b/f\n"
        );
        for (patch, expected) in [
            ("@@ -1,3 +1,4 @@\n a\n+b\n+c\n d\n-e\n", vec![(1, 0, 2, 2), (3, 1, 4, 0)]),
            (
                "@@ -1,3 +1,3 @@\n-a\n+A\n\n-c\n+C\n\\ No newline at end of file\n",
                vec![(1, 1, 1, 1), (3, 1, 3, 1)],
            ),
            ("@@ -9,2 +9 @@ fn\n x\n-y\n\\ No newline at end of file\n", vec![(10, 1, 9, 0)]),
            ("@@ -0,0 +1,2 @@\n+x\n+y\n", vec![(0, 0, 1, 2)]),
            ("@@ -1,2 +0,0 @@\n-x\n-y\n", vec![(1, 2, 0, 0)]),
            ("@@ -1 +1,2 @@\n+first\n x\n", vec![(0, 0, 1, 1)]),
        ] {
            let mut reader = Reader::default();
            reader.feed(format!("{head}{patch}").as_bytes());
            let records = reader.finish(true).expect("fits");
            let ranges: Vec<_> = records[0]
                .patch
                .hunks
                .iter()
                .map(|h| (h.old_start, h.old_lines, h.new_start, h.new_lines))
                .collect();
            assert_eq!(ranges, expected, "{patch}");
        }
    }

    #[test]
    fn a_cut_answer_is_refused_unless_it_was_cut_on_purpose() {
        let text = answer();
        let cut = &text[..text.len() - 120];
        for (whole, ok) in [(true, false), (false, true)] {
            let mut reader = Reader::default();
            reader.feed(cut);
            assert_eq!(reader.finish(whole).is_ok(), ok);
        }
    }

    #[test]
    fn a_section_of_another_file_is_refused() {
        let text = String::from_utf8(answer())
            .expect("text")
            .replace(&format!("index {}", "a".repeat(40)), "index 12");
        let mut reader = Reader::default();
        reader.feed(text.as_bytes());
        assert!(reader.finish(true).is_err());
    }

    #[test]
    fn no_change_at_all_is_no_record() {
        assert_eq!(Reader::default().finish(true), Ok(Vec::new()));
    }
}
