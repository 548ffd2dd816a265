//! Which environment variables a child sees.
//!
//! Children start from a short list of variables that tools need, never from guard's whole
//! environment: what an agent wrote must not read tokens, and git must not hear of the repository
//! that guard's own hook was called for.

use std::ffi::{OsStr, OsString};

/// Variables that tools need to find programs, their own files and the user's language.
const KEPT: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TERM",
    "COLORTERM",
    "TZ",
    "TMPDIR",
    "CI",
    // Rust
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTUP_AUTO_INSTALL",
    "RUSTFLAGS",
    "RUST_BACKTRACE",
    // other toolchains: where they live, nothing more
    "NVM_DIR",
    "NVM_BIN",
    "VOLTA_HOME",
    "FNM_DIR",
    "FNM_MULTISHELL_PATH",
    "PNPM_HOME",
    "BUN_INSTALL",
    "DENO_DIR",
    "COREPACK_HOME",
    "NODE_PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "UV_PYTHON_INSTALL_DIR",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "GOROOT",
    "GOPATH",
    "GOMODCACHE",
    "GOCACHE",
    "GOTOOLCHAIN",
    "GOFLAGS",
    "JAVA_HOME",
    "MAVEN_HOME",
    "GRADLE_USER_HOME",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "RBENV_ROOT",
    "GEM_HOME",
    "GEM_PATH",
    "DOTNET_ROOT",
    "ANDROID_HOME",
    "HOMEBREW_PREFIX",
    // C
    "CC",
    "CXX",
    "AR",
    "LD",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "CPATH",
    "LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "PKG_CONFIG_PATH",
    "CMAKE_PREFIX_PATH",
    "OPENSSL_DIR",
    "LIBCLANG_PATH",
    "SDKROOT",
    "MACOSX_DEPLOYMENT_TARGET",
    // the XDG directories, but not XDG_RUNTIME_DIR: sockets of the session live there
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_DIRS",
    // Windows
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMFILES",
    "PROGRAMDATA",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
];

/// Families of variables that are kept, by prefix.
const KEPT_FAMILIES: &[&str] = &["LC_", "NIX_"];

/// Variables that only make sense when the network is open.
const NETWORK: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "CARGO_HTTP_CAINFO",
    "CARGO_HTTP_PROXY",
    "CARGO_NET_GIT_FETCH_WITH_CLI",
    "GOPROXY",
    "GONOPROXY",
    "GOPRIVATE",
    "GOSUMDB",
    "GONOSUMDB",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_CAFILE",
];

/// Words that mark a variable as a secret, whoever asks for it.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
];

/// Prefixes of variables that belong to an account, an agent or a running session.
const SECRET_FAMILIES: &[&str] =
    &["AWS_", "AZURE_", "GITHUB_", "GITLAB_", "ACTIONS_", "ANTHROPIC_", "OPENAI_", "SSH_"];

/// True when a child gets `name` from guard's own environment without anybody asking for it.
pub fn kept_by_default(name: &str, network_open: bool) -> bool {
    let upper = name.to_ascii_uppercase();
    if is_secret(name) {
        return false;
    }
    KEPT.contains(&upper.as_str())
        || KEPT_FAMILIES.iter().any(|family| upper.starts_with(family))
        || (network_open && NETWORK.contains(&upper.as_str()))
}

/// True when the name says that the value is a secret.
pub fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word))
        || SECRET_FAMILIES.iter().any(|family| upper.starts_with(family))
}

/// guard's own environment, cleaned.
pub(crate) fn cleaned(network_open: bool) -> Vec<(OsString, OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_some_and(|name| kept_by_default(name, network_open)))
        .collect()
}

/// What every git call of guard gets on top: no locks, no prompts, no pager, no programs of the
/// repository's own choice, no network for missing objects, the same language everywhere.
pub(crate) const GIT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_EDITOR", ":"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ADVICE", "0"),
    ("GIT_CONFIG_COUNT", "4"),
    ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
    ("GIT_CONFIG_VALUE_0", "false"),
    ("GIT_CONFIG_KEY_1", "core.hooksPath"),
    ("GIT_CONFIG_VALUE_1", "/dev/null"),
    ("GIT_CONFIG_KEY_2", "gc.auto"),
    ("GIT_CONFIG_VALUE_2", "0"),
    ("GIT_CONFIG_KEY_3", "maintenance.auto"),
    ("GIT_CONFIG_VALUE_3", "false"),
];

/// The value a child will see for `name`.
pub(crate) fn lookup<'a>(env: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    env.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_gits_own_variables_are_never_kept() {
        for name in [
            "GITHUB_TOKEN",
            "AWS_ACCESS_KEY_ID",
            "NPM_TOKEN",
            "CARGO_REGISTRY_TOKEN",
            "ANTHROPIC_API_KEY",
            "SSH_AUTH_SOCK",
            "DATABASE_URL",
            "XDG_RUNTIME_DIR",
            "GIT_DIR",
            "GIT_INDEX_FILE",
            "GIT_CONFIG_PARAMETERS",
            "GIT_WORK_TREE",
            "GIT_PREFIX",
            "LC_SECRET",
            "CLAUDECODE",
        ] {
            assert!(!kept_by_default(name, true), "{name}");
        }
    }

    #[test]
    fn tools_find_their_files_and_the_users_language() {
        for name in ["PATH", "HOME", "LC_TIME", "CARGO_HOME", "JAVA_HOME", "VIRTUAL_ENV"] {
            assert!(kept_by_default(name, false), "{name}");
        }
    }

    #[test]
    fn proxies_are_kept_only_when_the_network_is_open() {
        assert!(kept_by_default("https_proxy", true));
        assert!(!kept_by_default("https_proxy", false));
    }
}
