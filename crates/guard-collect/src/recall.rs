//! What was read of things that never change, a blob or a tree, kept so that no later run reads it again.

use std::fs;
use std::path::{Path, PathBuf};

use guard_exec::Control;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::lab::this_guard;

/// Answers of one generation; there are two, and the older one goes when the younger is full.
const GENERATION: usize = 4_000;

/// Answers of earlier runs. One that cannot be read or kept is found anew.
#[derive(Debug, Default)]
pub struct Recall {
    /// The younger generation and the older one; `None` where nothing is kept.
    dirs: Option<[PathBuf; 2]>,
    guard: String,
}

impl Recall {
    /// Answers that are kept below `dir`. Only those that this very program gave are used.
    pub fn open(dir: &Path, ctl: &Control) -> Recall {
        let [young, old] = ["young", "old"].map(|name| dir.join(name));
        let is_full = fs::read_dir(&young).is_ok_and(|answers| answers.count() >= GENERATION);
        if is_full {
            // Two runs at once may both do so: then some answers are found anew.
            let _ = fs::remove_dir_all(&old);
            let _ = fs::rename(&young, &old);
        }
        let made = fs::create_dir_all(&young).is_ok();
        Recall { dirs: made.then_some([young, old]), guard: this_guard(ctl) }
    }

    /// Keeps and knows nothing.
    pub fn none() -> Recall {
        Recall::default()
    }

    /// The answer to a question, if it is known.
    pub(crate) fn get<T: DeserializeOwned>(&self, question: &[&str]) -> Option<T> {
        let [young, old] = self.dirs.as_ref()?;
        let name = self.name(question);
        let path = young.join(&name);
        let bytes = fs::read(&path).ok().or_else(|| {
            let bytes = fs::read(old.join(&name)).ok()?;
            // What is still asked for lives on.
            let _ = fs::rename(old.join(&name), &path);
            Some(bytes)
        })?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps an answer.
    pub(crate) fn put<T: Serialize>(&self, question: &[&str], answer: &T) {
        let Some([young, _]) = &self.dirs else { return };
        let Ok(bytes) = serde_json::to_vec(answer) else { return };
        // Whole or not at all: another run may read it now.
        let _ = tempfile::NamedTempFile::new_in(young).and_then(|mut file| {
            std::io::Write::write_all(&mut file, &bytes)?;
            Ok(file.persist(young.join(self.name(question)))?)
        });
    }

    fn name(&self, question: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [self.guard.as_str()].iter().chain(question) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recall(dir: &Path) -> Recall {
        Recall::open(dir, &Control::new())
    }

    #[test]
    fn what_is_asked_for_outlives_two_generations() {
        let dir = tempfile::tempdir().unwrap();
        recall(dir.path()).put(&["a", "b"], &1);
        assert_eq!(recall(dir.path()).get(&["a", "b"]), Some(1));
        assert_eq!(recall(dir.path()).get::<u8>(&["ab", ""]), None);
        let fill = |name: &str| {
            for i in 0..GENERATION {
                fs::write(dir.path().join("young").join(format!("{name}{i}")), "0").unwrap();
            }
        };
        fill("x");
        assert_eq!(recall(dir.path()).get(&["a", "b"]), Some(1));
        assert!(dir.path().join("old").is_dir());
        fill("y");
        assert_eq!(recall(dir.path()).get(&["a", "b"]), Some(1));
        fill("z");
        fill("w");
        recall(dir.path());
        fill("v");
        assert_eq!(recall(dir.path()).get::<u8>(&["a", "b"]), None);
        assert_eq!(Recall::none().get::<u8>(&["a", "b"]), None);
    }
}
