//! What hooks remember of one session between their calls, and what follows from it: never the same reason twice, and
//! never near the number of blocks after which an agent lets go by itself.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Blocks of one turn at most. Claude Code ends a turn after eight in a row.
const MAX_BLOCKS: u32 = 4;

/// Sessions are forgotten after this time.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// One session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The commit or tree that the agent began with.
    pub(super) base: Option<String>,
    /// How the work tree stood then.
    pub(super) began: String,
    /// How it stood when a turn's end was last checked.
    pub(super) checked: String,
    /// The findings that denied then, by fingerprint.
    pub(super) open: BTreeSet<String>,
    /// What was a reason to go on, and when.
    pub(super) told: BTreeSet<(When, String)>,
    /// The turn, and its blocks.
    pub(super) turn: String,
    /// Blocks in this turn.
    pub(super) blocks: u32,
}

/// When an agent is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum When {
    /// At the end of a turn.
    End,
    /// Before a commit, a push, a pull request: what the end of a turn told is told once more before it is recorded.
    Commit,
}

/// What a hook answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing.
    Silent,
    /// The agent should go on.
    Block,
    /// The agent was told before, or often enough: now the user is.
    TellUser,
}

impl State {
    /// Answers findings that deny, and remembers the answer.
    pub(super) fn answer(
        &mut self,
        when: When,
        turn: &str,
        standing: &str,
        denies: &BTreeSet<String>,
    ) -> Answer {
        if self.turn != turn {
            turn.clone_into(&mut self.turn);
            self.blocks = 0;
        }
        // Before a commit the final message is not said yet: the end of the turn is for looking again.
        if when == When::End {
            standing.clone_into(&mut self.checked);
        }
        self.open.clone_from(denies);
        if denies.is_empty() {
            return Answer::Silent;
        }
        if self.were_told(when) || self.blocks >= MAX_BLOCKS {
            return Answer::TellUser;
        }
        self.told.extend(denies.iter().map(|finding| (when, finding.clone())));
        self.blocks += 1;
        Answer::Block
    }

    /// Whether everything that is open was told on such an occasion.
    pub(super) fn were_told(&self, when: When) -> bool {
        self.open.iter().all(|finding| self.told.contains(&(when, finding.clone())))
    }

    /// Begins with this state of the work tree.
    pub(super) fn begin(base: String, standing: String) -> State {
        State { base: Some(base), began: standing, ..State::default() }
    }
}

/// Where states are kept: one small file a session, replaced as a whole, so that of two hooks at once the later wins.
pub(super) struct States {
    dir: PathBuf,
}

impl States {
    pub(super) fn new(dir: PathBuf) -> States {
        States { dir }
    }

    fn file(&self, session: &str) -> PathBuf {
        let name = &blake3::hash(session.as_bytes()).to_hex()[..16];
        self.dir.join(format!("{name}.json"))
    }

    /// What is remembered; `None` for a new session, and for a file that cannot be read.
    pub(super) fn load(&self, session: &str) -> Option<State> {
        serde_json::from_slice(&fs::read(self.file(session)).ok()?).ok()
    }

    /// Keeps a state.
    ///
    /// # Errors
    /// When the scratch area cannot be written.
    pub(super) fn save(&self, session: &str, state: &State) -> anyhow::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.persist(self.file(session))?;
        Ok(())
    }

    /// Forgets old sessions.
    pub(super) fn tidy(&self) {
        let is_old = |path: &Path| {
            let modified =
                fs::metadata(path).and_then(|m| m.modified()).unwrap_or_else(|_| SystemTime::now());
            // A clock that goes backwards makes nothing old.
            modified.elapsed().is_ok_and(|age| age > KEPT)
        };
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            if is_old(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn the_same_findings_block_once_and_new_ones_again() {
        let mut state = State::begin("HEAD".to_owned(), "0".to_owned());
        assert_eq!(state.answer(When::End, "p", "1", &set(&["a", "b"])), Answer::Block);
        assert_eq!(state.answer(When::End, "p", "2", &set(&["a", "b"])), Answer::TellUser);
        assert_eq!(state.answer(When::End, "p", "2", &set(&["b"])), Answer::TellUser);
        assert_eq!(state.answer(When::End, "p", "3", &set(&["b", "c"])), Answer::Block);
        assert_eq!(
            state.answer(When::End, "q", "4", &set(&["b"])),
            Answer::TellUser,
            "told in an earlier turn"
        );
        assert_eq!(
            state.answer(When::Commit, "q", "4", &set(&["b"])),
            Answer::Block,
            "and not before a commit"
        );
        assert_eq!(state.answer(When::End, "q", "5", &set(&[])), Answer::Silent);
    }

    #[test]
    fn a_turn_is_never_blocked_without_end() {
        let mut state = State::default();
        let answers: Vec<Answer> =
            (0..6).map(|i| state.answer(When::End, "p", "1", &set(&[&i.to_string()]))).collect();
        assert_eq!(answers.iter().filter(|a| **a == Answer::Block).count(), MAX_BLOCKS as usize);
        assert_eq!(answers[5], Answer::TellUser);
        assert_eq!(
            state.answer(When::End, "q", "1", &set(&["new"])),
            Answer::Block,
            "a new turn begins anew"
        );
    }

    #[test]
    fn a_state_that_cannot_be_read_is_a_new_session() {
        let dir = tempfile::tempdir().unwrap();
        let states = States::new(dir.path().join("hooks"));
        assert_eq!(states.load("s"), None);
        let state = State::begin("t".to_owned(), "1".to_owned());
        states.save("s", &state).unwrap();
        assert_eq!(states.load("s"), Some(state));
        fs::write(states.file("s"), b"{").unwrap();
        assert_eq!(states.load("s"), None);
    }
}
