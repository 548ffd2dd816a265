//! Conditions of the lab that explain a failure: the code may be fine.

use guard_model::Policy;

/// What the system says when there is no network but loopback.
const NO_NETWORK: [&str; 9] = [
    "Network is unreachable",
    "network unreachable",
    "Temporary failure in name resolution",
    "failed to lookup address information",
    "Name or service not known",
    "Could not resolve host",
    "gaierror",
    "EAI_AGAIN",
    "ENETUNREACH",
];

/// A condition of this run that a failure's own words name.
pub(crate) fn condition_said(policy: &Policy, message: &str) -> Option<String> {
    let network = !policy.sandbox.network && NO_NETWORK.iter().any(|n| message.contains(n));
    network.then(|| {
        "needs the network, which is closed to tests; open it with `sandbox.network = true`".to_owned()
    })
}

/// That a test holds a measured time against a limit: how fast this machine is, and what else runs on it,
/// decides too.
pub(crate) fn time_measured(name: &str, message: &str) -> Option<String> {
    const WORDS: [&str; 12] = [
        "performance",
        "benchmark",
        "latency",
        "p50",
        "p90",
        "p95",
        "p99",
        "elapsed",
        "took",
        "throughput",
        "speedup",
        "slower",
    ];
    let first = message.lines().next().unwrap_or_default().to_lowercase();
    let mut words = first.split(|c: char| c.is_whitespace() || "=<>≥≤:,()".contains(c));
    let is_time = |word: &str| {
        let number = word.trim_end_matches(['m', 's', 'u', 'µ', 'n']);
        number.len() < word.len() && word.ends_with('s') && number.parse::<f64>().is_ok()
    };
    let named = format!("{} {first}", name.to_lowercase());
    (words.any(is_time) && WORDS.iter().any(|w| named.contains(w))).then(|| {
        "holds a measured time against a limit, which the machine's speed and load decide too".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_on_a_measured_time_is_told_from_other_expectations() {
        let table = [
            ("test_p95", "AssertionError: p95@1000=693.6ms ≥ 300ms — too slow", true),
            ("test_import", "took 12.5s, allowed are 5s", true),
            ("test_format", "assert '3s' == '4s'", false),
            ("test_performance_report", "assert 3 == 4", false),
        ];
        for (name, message, expected) in table {
            assert_eq!(time_measured(name, message).is_some(), expected, "{message}");
        }
    }
}
