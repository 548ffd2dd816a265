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
