//! The index as bytes: numbers of varying length, and a checksum in front. What does not add up is no index.

use super::{Entry, File, Index, LISTS, Sort};

/// Changes whenever the layout does.
const MAGIC: &[u8] = b"guard index 1\n";

/// Bytes of the checksum.
const SUM: usize = 16;

impl Index {
    /// The index as bytes, for the guard that calls itself `guard`.
    pub(super) fn encode(&self, guard: &str) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(self.pool.len() * 3 + self.texts.len() * 12));
        out.text(guard);
        out.number(self.texts.len() as u64);
        for text in &self.texts {
            out.text(text);
        }
        out.number(self.files.len() as u64);
        for file in &self.files {
            out.text(&file.path);
            out.text(&file.oid);
            out.number(u64::from(file.is_read));
            let (_, entries) = self.entries_of(file);
            out.number(entries.len() as u64);
            for entry in entries {
                self.encode_entry(entry, &mut out);
            }
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend(&blake3::hash(&out.0).as_bytes()[..SUM]);
        bytes.extend(out.0);
        bytes
    }

    fn encode_entry(&self, entry: &Entry, out: &mut Writer) {
        out.number(entry.sort as u64);
        for number in [entry.name, entry.qualified, entry.line, entry.end_line - entry.line, entry.tokens] {
            out.number(u64::from(number));
        }
        out.number(u64::from(entry.form.is_some()));
        if let Some(form) = entry.form {
            out.0.extend(form.to_le_bytes());
        }
        for pair in entry.lists.windows(2) {
            let list = self.pool.get(pair[0] as usize..pair[1] as usize).unwrap_or_default();
            out.number(list.len() as u64);
            for id in list {
                out.number(u64::from(*id));
            }
        }
    }

    /// The index that these bytes are, if `guard` wrote them.
    pub(super) fn decode(bytes: &[u8], guard: &str) -> Option<Index> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sum, body) = rest.split_at_checked(SUM)?;
        if blake3::hash(body).as_bytes()[..SUM] != *sum {
            return None;
        }
        let mut read = Reader(body);
        if read.text()? != guard {
            return None;
        }
        let mut index = Index::default();
        for _ in 0..read.count()? {
            index.texts.push(read.text()?.into());
        }
        for file in 0..read.count()? {
            let (path, oid) = (read.text()?.into(), read.text()?.into());
            let is_read = read.number()? != 0;
            let start = index.entries.len() as u32;
            for _ in 0..read.count()? {
                let entry = read.entry(file as u32, &mut index.pool)?;
                index.entries.push(entry);
            }
            index.files.push(File { path, oid, is_read, entries: start..index.entries.len() as u32 });
        }
        let known = index.texts.len() as u32;
        let is_known = |id: &u32| *id < known;
        let names = index.entries.iter().all(|entry| entry.name < known && entry.qualified < known);
        (read.0.is_empty() && names && index.pool.iter().all(is_known)).then_some(index)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number of things that are still to come: each takes a byte at least.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<&'b str> {
        let count = self.count()?;
        let (text, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn entry(&mut self, file: u32, pool: &mut Vec<u32>) -> Option<Entry> {
        let sort = match self.number()? {
            0 => Sort::Test,
            1 => Sort::Helper,
            2 => Sort::Code,
            3 => Sort::Type,
            _ => return None,
        };
        let (name, qualified, line) = (self.small()?, self.small()?, self.small()?);
        let end_line = line.checked_add(self.small()?)?;
        let tokens = self.small()?;
        let form = match self.number()? {
            0 => None,
            _ => {
                let (form, rest) = self.0.split_at_checked(8)?;
                self.0 = rest;
                Some(u64::from_le_bytes(form.try_into().ok()?))
            }
        };
        let mut lists = [pool.len() as u32; LISTS + 1];
        for end in &mut lists[1..] {
            for _ in 0..self.count()? {
                pool.push(self.small()?);
            }
            *end = pool.len() as u32;
        }
        Some(Entry { file, sort, name, qualified, line, end_line, tokens, form, lists })
    }
}
