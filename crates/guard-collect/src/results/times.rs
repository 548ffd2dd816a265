//! What benchmarks print: criterion, divan, hyperfine's JSON, libtest's and Go's benches, and any line with one time.

use super::text::clean;

/// One time that a benchmark printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// Name of the case; empty when the line has none.
    pub name: String,
    /// The time, in picoseconds.
    pub ps: u64,
}

/// All times of an output, each name once. Of the formats that are known the first that is met is read alone: what
/// else stands beside it is no measurement.
pub fn read(bytes: &[u8]) -> Vec<Time> {
    let text = clean(bytes);
    let readers: [fn(&str) -> Vec<Time>; 6] = [hyperfine, criterion, divan, libtest, go, plain];
    let mut times =
        readers.iter().map(|read| read(&text)).find(|found| !found.is_empty()).unwrap_or_default();
    let mut seen = std::collections::HashSet::new();
    times.retain(|t| t.ps > 0 && seen.insert(t.name.clone()));
    times
}

/// `hyperfine --export-json -`: seconds. <https://github.com/sharkdp/hyperfine>
fn hyperfine(text: &str) -> Vec<Time> {
    let Some(start) = text.find("{\n").or_else(|| text.find('{')) else { return Vec::new() };
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<serde_json::Value>();
    let Some(Ok(value)) = values.next() else { return Vec::new() };
    let results = value["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let time = |r: &serde_json::Value| {
        let seconds = r["median"].as_f64().or_else(|| r["mean"].as_f64())?;
        Some(Time { name: r["command"].as_str().unwrap_or_default().to_owned(), ps: (seconds * 1e12) as u64 })
    };
    results.iter().filter_map(time).collect()
}

/// `parse/large   time:   [1.20 ms 1.21 ms 1.22 ms]`; long names stand on the line above.
fn criterion(text: &str) -> Vec<Time> {
    let mut above = "";
    let mut times = Vec::new();
    for line in text.lines() {
        if let Some((name, rest)) = line.split_once("time:")
            && let Some(inner) = rest.trim().strip_prefix('[').and_then(|r| r.strip_suffix(']'))
            && let [_, _, value, unit, ..] = inner.split_whitespace().collect::<Vec<_>>()[..]
            && let Some(ps) = quantity(value, unit)
        {
            let name = if name.trim().is_empty() { above.trim() } else { name.trim() };
            times.push(Time { name: name.to_owned(), ps });
        }
        above = line;
    }
    times
}

/// `├─ parse   1.2 µs │ 9 µs │ 1.3 µs │ 1.4 µs │ 100 │ 100`: the third column is the median.
fn divan(text: &str) -> Vec<Time> {
    let mut path: Vec<String> = Vec::new();
    let mut times = Vec::new();
    for line in text.lines().filter(|l| l.contains("├─") || l.contains("╰─")) {
        let columns: Vec<&str> = line.split('│').collect();
        let Some(mark) = line.find(['├', '╰']) else { continue };
        let depth = line[..mark].chars().count() / 3;
        let name = line[mark..]
            .trim_start_matches(['├', '╰', '─', ' '])
            .split_whitespace()
            .next()
            .unwrap_or_default();
        path.truncate(depth);
        path.push(name.to_owned());
        // The bars of the tree are columns too: the values stand in the last ones.
        let median = columns.len().checked_sub(4).and_then(|at| columns.get(at));
        if let Some([value, unit]) = median.map(|c| c.split_whitespace().collect::<Vec<_>>()).as_deref()
            && let Some(ps) = quantity(value, unit)
        {
            times.push(Time { name: path.join("/"), ps });
        }
    }
    times
}

/// `test parse ... bench:       1,234 ns/iter (+/- 56)`.
fn libtest(text: &str) -> Vec<Time> {
    let time = |line: &str| {
        let (name, rest) = line.strip_prefix("test ")?.split_once(" ... bench:")?;
        let (value, _) = rest.trim().split_once(" ns/iter")?;
        Some(Time { name: name.trim().to_owned(), ps: quantity(&value.replace(',', ""), "ns")? })
    };
    text.lines().filter_map(time).collect()
}

/// `BenchmarkParse-8   1000   1234 ns/op`.
fn go(text: &str) -> Vec<Time> {
    let time = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = words.first().filter(|w| w.starts_with("Benchmark"))?;
        let at = words.iter().position(|w| *w == "ns/op")?;
        Some(Time { name: (*name).to_owned(), ps: quantity(words.get(at.checked_sub(1)?)?, "ns")? })
    };
    text.lines().filter_map(time).collect()
}

/// Lines with exactly one time: `parse: 12.5 ms`, `elapsed 3s`.
fn plain(text: &str) -> Vec<Time> {
    let time = |line: &str| {
        let words: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || matches!(c, '=' | '(' | ')' | ',')).collect();
        let mut found: Option<(usize, u64)> = None;
        for (i, word) in words.iter().enumerate() {
            let digits = word.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(word.len());
            let (value, unit) = word.split_at(digits);
            let next = words.get(i + 1).copied().unwrap_or_default();
            let unit = if unit.is_empty() { next } else { unit };
            if let Some(ps) = quantity(value, unit.trim_end_matches(['.', ';', ':'])) {
                if found.is_some() {
                    return None;
                }
                found = Some((i, ps));
            }
        }
        let (at, ps) = found?;
        let name = words[..at].join(" ");
        Some(Time { name: name.trim().trim_end_matches([':', '=', '-']).trim().to_owned(), ps })
    };
    text.lines().filter_map(time).collect()
}

/// A number with a unit of time, in picoseconds.
fn quantity(value: &str, unit: &str) -> Option<u64> {
    let scale = match unit {
        "ps" => 1.0,
        "ns" => 1e3,
        "µs" | "μs" | "us" => 1e6,
        "ms" => 1e9,
        "s" | "sec" | "secs" | "seconds" => 1e12,
        "min" | "m" => 60e12,
        _ => return None,
    };
    let value: f64 = value.parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some((value * scale) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(text: &str) -> Vec<(String, u64)> {
        read(text.as_bytes()).into_iter().map(|t| (t.name, t.ps)).collect()
    }

    #[test]
    fn each_tool_is_read_by_its_middle_value() {
        let criterion = "Benchmarking parse\nparse/large             time:   [1.2000 ms 1.2100 ms 1.2200 ms]\n\
                         a/very/long/name/indeed\n                        time:   [10.000 ns 11.000 ns 12.000 ns]\n";
        assert_eq!(
            times(criterion),
            [("parse/large".into(), 1_210_000_000), ("a/very/long/name/indeed".into(), 11_000)]
        );
        let divan = "Timer precision: 20 ns\nexample       fastest       │ slowest       │ median        │ mean          │ samples │ iters\n\
                     ├─ add        0.5 ns        │ 0.6 ns        │ 0.55 ns       │ 0.56 ns       │ 100     │ 102400\n\
                     ╰─ group                    │               │               │               │         │\n   \
                     ╰─ sub     1.5 µs        │ 1.6 µs        │ 1.55 µs       │ 1.56 µs       │ 100     │ 1024\n";
        let read = times(divan);
        assert!(read.iter().any(|t| t.1 == 1_550_000), "{read:?}");
        let hyperfine = "{\n  \"results\": [{ \"command\": \"./a\", \"mean\": 0.5, \"median\": 0.4 }]\n}";
        assert_eq!(times(hyperfine), [("./a".into(), 400_000_000_000)]);
        assert_eq!(
            times("test parse ... bench:       1,234 ns/iter (+/- 56)\n"),
            [("parse".into(), 1_234_000)]
        );
        assert_eq!(times("BenchmarkParse-8   1000   1234 ns/op\n"), [("BenchmarkParse-8".into(), 1_234_000)]);
        assert_eq!(times("parse: 12.5 ms\n"), [("parse".into(), 12_500_000_000)]);
        assert_eq!(times("took 3s\nread 3 files\nfrom 1 ms to 2 ms\n"), [("took".into(), 3_000_000_000_000)]);
    }

    #[test]
    fn an_output_without_times_has_none() {
        assert_eq!(times("done\n{ \"results\": 3 }\n"), []);
    }
}
