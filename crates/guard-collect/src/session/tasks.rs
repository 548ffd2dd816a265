//! Task lists of every generation, replayed: lists that are written anew as a whole, and single
//! items that are created and updated by id.

use std::collections::HashMap;

use guard_model::words::{Task, TaskStatus, TaskStep};

/// One item as a call names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// Id, where the format has one.
    pub(crate) id: Option<String>,
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    pub(crate) status: TaskStatus,
}

/// What a call did to a list. `list` tells lists of several agents apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// The whole list was written anew.
    Replace { list: String, items: Vec<Item> },
    /// An item was added.
    Create { list: String, item: Item },
    /// An item was changed.
    Update {
        list: String,
        id: String,
        subject: Option<String>,
        description: Option<String>,
        status: Option<TaskStatus>,
    },
    /// The state of an item that is named by its text was set.
    Mark { list: String, subject: String, status: TaskStatus },
    /// The list was printed: what it shows is so, what it does not show is not said.
    Sync { list: String, items: Vec<Item> },
}

/// The lists as they stand.
#[derive(Debug, Default)]
pub(crate) struct Board {
    tasks: Vec<Task>,
    /// By list and id.
    by_id: HashMap<(String, String), usize>,
    /// Items of the list as it was last written, by list.
    written: HashMap<String, Vec<usize>>,
}

impl Board {
    pub(crate) fn apply(&mut self, op: Op, place: &str, order: u32) {
        let step = |status| TaskStep { status, place: place.to_owned(), order };
        match op {
            Op::Replace { list, items } => self.replace(&list, items, step),
            Op::Create { list, item } => {
                let id = item.id.clone().unwrap_or_else(|| (self.tasks.len() + 1).to_string());
                let index = self.add(id.clone(), item, step);
                self.by_id.insert((list.clone(), id), index);
                self.written.entry(list).or_default().push(index);
            }
            Op::Update { list, id, subject, description, status } => {
                let Some(&index) = self.by_id.get(&(list, id)) else { return };
                let task = &mut self.tasks[index];
                if let Some(subject) = subject {
                    task.subject = subject;
                }
                task.description = description.or(task.description.take());
                if let Some(status) = status {
                    set(task, status, step);
                }
            }
            Op::Mark { list, subject, status } => {
                let wanted = key(&subject);
                let Some(of_list) = self.written.get(&list) else { return };
                // The newest item of that text.
                if let Some(&index) = of_list.iter().rev().find(|&&i| key(&self.tasks[i].subject) == wanted) {
                    set(&mut self.tasks[index], status, step);
                }
            }
            Op::Sync { list, items } => {
                for item in items {
                    let Some(id) = item.id.clone() else { continue };
                    match self.by_id.get(&(list.clone(), id.clone())) {
                        Some(&index) => set(&mut self.tasks[index], item.status, step),
                        None => {
                            let index = self.add(id.clone(), item, step);
                            self.by_id.insert((list.clone(), id), index);
                            self.written.entry(list.clone()).or_default().push(index);
                        }
                    }
                }
            }
        }
    }

    fn add(&mut self, id: String, item: Item, step: impl Fn(TaskStatus) -> TaskStep) -> usize {
        self.tasks.push(Task {
            id,
            subject: item.subject,
            description: item.description,
            status: item.status,
            history: vec![step(item.status)],
        });
        self.tasks.len() - 1
    }

    /// Items are the same when their ids are, or else their texts. An unfinished item that is not
    /// in the new list has vanished; a finished one was tidied away and stays finished.
    fn replace(&mut self, list: &str, items: Vec<Item>, step: impl Fn(TaskStatus) -> TaskStep + Copy) {
        let old = self.written.remove(list).unwrap_or_default();
        let mut new = Vec::with_capacity(items.len());
        for (position, item) in items.into_iter().enumerate() {
            let known = old.iter().copied().filter(|index| !new.contains(index)).find(|&index| {
                let task = &self.tasks[index];
                key(&task.subject) == key(&item.subject)
                    || item.id.as_ref().is_some_and(|id| {
                        *id == task.id && self.by_id.get(&(list.to_owned(), id.clone())) == Some(&index)
                    })
            });
            let index = match known {
                Some(index) => {
                    let task = &mut self.tasks[index];
                    task.subject = item.subject;
                    set(task, item.status, step);
                    index
                }
                None => {
                    let own = item.id.clone();
                    let id = own.clone().unwrap_or_else(|| (position + 1).to_string());
                    let index = self.add(id, item, step);
                    if let Some(id) = own {
                        self.by_id.insert((list.to_owned(), id), index);
                    }
                    index
                }
            };
            new.push(index);
        }
        for index in old {
            let task = &mut self.tasks[index];
            let open = matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress);
            if open && !new.contains(&index) {
                set(task, TaskStatus::Vanished, step);
            }
        }
        self.written.insert(list.to_owned(), new);
    }

    pub(crate) fn into_tasks(self) -> Vec<Task> {
        self.tasks
    }
}

fn set(task: &mut Task, status: TaskStatus, step: impl Fn(TaskStatus) -> TaskStep) {
    if task.status != status {
        task.status = status;
        task.history.push(step(status));
    }
}

/// Text of an item without what does not tell items apart.
fn key(subject: &str) -> String {
    subject.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// State by the words that formats use.
pub(crate) fn status(word: &str) -> TaskStatus {
    match word.to_ascii_lowercase().as_str() {
        "in_progress" | "in-progress" | "inprogress" | "active" | "doing" | "started" => {
            TaskStatus::InProgress
        }
        "completed" | "complete" | "done" | "finished" => TaskStatus::Completed,
        "deleted" | "removed" | "cancelled" | "canceled" | "dropped" | "abandoned" => TaskStatus::Deleted,
        _ => TaskStatus::Pending,
    }
}

/// Items of a Markdown checklist with their line numbers: `- [ ]` open, `- [x]` done, `- [-]`,
/// `- [~]` and `- [/]` being worked on. Code blocks are no lists.
pub(crate) fn checklist(text: &str) -> Vec<(u64, Item)> {
    let mut items = Vec::new();
    let mut fence: Option<&str> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            fence = match fence {
                Some(open) if open == mark => None,
                None => Some(mark),
                other => other,
            };
            continue;
        }
        if fence.is_some() {
            continue;
        }
        let Some((mark, subject)) = checkbox(trimmed) else { continue };
        let status = match mark {
            'x' | 'X' | '✓' | '✔' => TaskStatus::Completed,
            '-' | '~' | '/' => TaskStatus::InProgress,
            _ => TaskStatus::Pending,
        };
        items.push((number, Item { id: None, subject: subject.to_owned(), description: None, status }));
    }
    items
}

/// The mark and the text of `- [x] text`, `* [ ] text` or `1. [x] text`.
fn checkbox(line: &str) -> Option<(char, &str)> {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if digits.len() < line.len() {
        digits.strip_prefix(". ").or_else(|| digits.strip_prefix(") "))?
    } else {
        line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or_else(|| line.strip_prefix("+ "))?
    };
    let mut chars = rest.trim_start().strip_prefix('[')?.chars();
    let mark = chars.next()?;
    let subject = chars.as_str().strip_prefix(']')?;
    if !subject.starts_with([' ', '\t']) {
        return None;
    }
    let subject = subject.trim();
    (!subject.is_empty()).then_some((mark, subject))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskStatus::{Completed, Deleted, InProgress, Pending, Vanished};

    fn items(list: &[(&str, TaskStatus)]) -> Vec<Item> {
        list.iter()
            .map(|(subject, status)| Item {
                id: None,
                subject: (*subject).into(),
                description: None,
                status: *status,
            })
            .collect()
    }

    fn replace(list: &[(&str, TaskStatus)]) -> Op {
        Op::Replace { list: String::new(), items: items(list) }
    }

    #[test]
    fn an_open_item_that_a_new_list_leaves_out_has_vanished_and_a_done_one_stays_done() {
        let mut board = Board::default();
        board.apply(replace(&[("a", InProgress), ("b", Pending), ("c", Pending)]), "f:1", 0);
        board.apply(replace(&[("a", Completed), ("b", InProgress)]), "f:2", 1);
        board.apply(replace(&[("d", Pending), ("c", Completed)]), "f:3", 2);
        let tasks = board.into_tasks();
        let seen: Vec<_> = tasks
            .iter()
            .map(|t| (t.subject.as_str(), t.history.iter().map(|s| s.status).collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            seen,
            [
                ("a", vec![InProgress, Completed]),
                ("b", vec![Pending, InProgress, Vanished]),
                ("c", vec![Pending, Vanished]),
                ("d", vec![Pending]),
                ("c", vec![Completed]),
            ]
        );
    }

    #[test]
    fn ids_restart_with_a_new_item_and_unknown_ids_change_nothing() {
        let list = String::new;
        let item = |id: &str, subject: &str| Item {
            id: Some(id.into()),
            subject: subject.into(),
            description: None,
            status: Pending,
        };
        let update = |id: &str, status| Op::Update {
            list: list(),
            id: id.into(),
            subject: None,
            description: None,
            status: Some(status),
        };
        let mut board = Board::default();
        board.apply(Op::Create { list: list(), item: item("1", "old") }, "f:1", 0);
        board.apply(update("1", Completed), "f:2", 1);
        board.apply(Op::Create { list: list(), item: item("1", "new") }, "f:3", 2);
        board.apply(update("1", Deleted), "f:4", 3);
        board.apply(update("7", Completed), "f:5", 4);
        let tasks = board.into_tasks();
        assert_eq!(
            tasks.iter().map(|t| (t.subject.as_str(), t.status)).collect::<Vec<_>>(),
            [("old", Completed), ("new", Deleted)]
        );
        assert_eq!(tasks[1].history[1], TaskStep { status: Deleted, place: "f:4".into(), order: 3 });
    }

    #[test]
    fn checklists_are_read_and_code_blocks_are_not() {
        let text = "# Plan\n- [ ] one\n  * [x] two\n3. [X] three\n- [-] four\n```\n- [x] code\n```\n- [link](x)\n- [] no\n- [x]no\n";
        let found: Vec<_> = checklist(text).into_iter().map(|(n, i)| (n, i.subject, i.status)).collect();
        assert_eq!(
            found,
            [
                (2, "one".to_owned(), Pending),
                (3, "two".to_owned(), Completed),
                (4, "three".to_owned(), Completed),
                (5, "four".to_owned(), InProgress),
            ]
        );
    }
}
