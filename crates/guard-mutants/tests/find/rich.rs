//! Code of many kinds, for the list of all its mutants. It is read, never compiled.

use std::fmt;

const KIB: usize = 1 << 10;
static LIMIT: usize = KIB * 4;
static PARSED: LazyLock<Regex> = LazyLock::new(|| make(KIB + 1));

#[derive(Debug, Clone, Default)]
pub struct Options {
    depth: usize,
    strict: bool,
    name: String,
}

#[repr(u8)]
enum Level {
    Low = 1 + 1,
    High = 4,
}

impl Options {
    pub fn new(depth: usize) -> Self {
        Self { depth: depth + 1, ..Default::default() }
    }

    pub fn named(name: &str) -> Self {
        let mut made = Vec::with_capacity(name.len() + 1);
        made.push(name);
        Options {
            name: name.to_owned(),
            strict: true, // as documented
            ..Options::new(3)
        }
    }

    pub const fn twice(&self) -> usize {
        self.depth * 2
    }

    unsafe fn raw(&self) -> usize {
        self.depth - 1
    }
}

impl Default for Level {
    fn default() -> Self {
        if 1 < 2 { Level::Low } else { Level::High }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #![allow(clippy::useless_format)]
        write!(f, "{}", 1 + 1)
    }
}

trait Measure {
    fn measure(&self) -> Option<u8>;
    fn twice(&self) -> Result<Vec<i8>, String> {
        Ok(vec![self.measure().unwrap_or(0) as i8 * 2])
    }
}

pub mod nested {
    pub(crate) async fn pick<'a>(items: &'a [&'a str], at: usize) -> &'a str {
        match items.get(at) {
            Some(&"a") => "first",
            Some(item) if item.len() > 3 && !item.is_empty() => item,
            | None => {
                log::warn!("nothing at {}", at + 1);
                ""
            }
            _ => "other",
        }
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn adds() {
            assert_eq!(1 + 1, 2);
        }
    }
}

pub fn sum(mut from: i64, to: i64) -> (i64, bool) {
    let mut total = 0;
    while from <= to {
        total += from * 2 - 1;
        from += 1;
    }
    if let Some(first) = Some(from)
        && first > to
        && total != 0
    {
        reset(first, to);
        total = -total;
    }
    for i in 0..3 {
        total -= i;
    }
    (total, total as usize > KIB)
}

pub fn load(path: &Path) -> io::Result<Box<str>> {
    check(path)?;
    let text = read(
        path, // where
        "two
lines",
    );
    tracing::debug!("read {}", text.len() - 1);
    let lines: [u8; 2 + 1] = [0; KIB - 1];
    text.map(|t| t.lines().filter(|l| l.len() >= 4 || l.starts_with('#')).collect())
}

pub fn all() -> impl Iterator<Item = bool> {
    std::iter::once(true)
}
