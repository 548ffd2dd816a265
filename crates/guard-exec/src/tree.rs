//! The processes below a process, and what they use. Linux only: elsewhere the tree is not known.

use crate::Limits;

/// What a tree uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) processes: u32,
    pub(crate) memory: u64,
}

impl Usage {
    pub(crate) fn is_over(self, limits: &Limits) -> bool {
        self.processes > limits.processes || limits.memory.is_some_and(|limit| self.memory > limit)
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{descendants, usage};

#[cfg(not(target_os = "linux"))]
pub(crate) fn descendants(_: u32) -> Vec<u32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn usage(_: u32, _: &Limits) -> Usage {
    Usage::default()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::fs;

    use super::Usage;
    use crate::Limits;

    /// More than this many processes are not listed: whoever asks has seen enough.
    const MOST: usize = 20_000;

    /// Everything below `root`, itself left out.
    pub(crate) fn descendants(root: u32) -> Vec<u32> {
        let mut found = vec![root];
        let mut next = 0;
        while next < found.len() && found.len() < MOST {
            match children(found[next]) {
                Some(children) => found.extend(children),
                None if next == 0 => return by_parents(root),
                None => {}
            }
            next += 1;
        }
        found.remove(0);
        found
    }

    /// Children of all threads of a process; `None` when the kernel does not list them.
    fn children(pid: u32) -> Option<Vec<u32>> {
        let mut all = Vec::new();
        for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
            let list = fs::read_to_string(task.path().join("children")).ok()?;
            all.extend(list.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        Some(all)
    }

    /// The same by looking at every process there is, for kernels without the `children` file.
    fn by_parents(root: u32) -> Vec<u32> {
        let mut below: HashMap<u32, Vec<u32>> = HashMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // The name in parentheses may hold anything, so the fields start after the last one.
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            let parent = stat
                .rsplit_once(')')
                .and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1)?.parse().ok());
            below.entry(parent.unwrap_or(0)).or_default().push(pid);
        }
        let mut found = below.remove(&root).unwrap_or_default();
        let mut next = 0;
        while next < found.len() {
            found.extend(below.remove(&found[next]).unwrap_or_default());
            next += 1;
        }
        found
    }

    /// What the tree of `root` uses. Resident pages are quick to read but count shared ones once for
    /// each process; only when they are over the limit the exact (and slow) figure is asked for.
    pub(crate) fn usage(root: u32, limits: &Limits) -> Usage {
        let mut pids = descendants(root);
        pids.push(root);
        let processes = u32::try_from(pids.len()).unwrap_or(u32::MAX);
        let Some(limit) = limits.memory else { return Usage { processes, memory: 0 } };
        let page = rustix::param::page_size() as u64;
        let resident: u64 =
            pids.iter().filter_map(|pid| statm(*pid)).map(|(resident, _)| resident * page).sum();
        if resident <= limit {
            return Usage { processes, memory: resident };
        }
        let exact = |pid: &u32| {
            own_share(*pid).or_else(|| statm(*pid).map(|(all, shared)| all.saturating_sub(shared) * page))
        };
        Usage { processes, memory: pids.iter().filter_map(exact).sum() }
    }

    /// Resident and shared pages.
    fn statm(pid: u32) -> Option<(u64, u64)> {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let mut fields = text.split_ascii_whitespace().skip(1).map_while(|field| field.parse().ok());
        Some((fields.next()?, fields.next()?))
    }

    /// Proportional share of memory that is not backed by files, in bytes: pages shared by n
    /// processes count one nth in each. `None` when the kernel does not tell or permit.
    fn own_share(pid: u32) -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let kib = |key: &str| {
            text.lines().find_map(|line| {
                line.strip_prefix(key)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
            })
        };
        match (kib("Pss_Anon:"), kib("Pss_Shmem:")) {
            (Some(anon), Some(shmem)) => Some((anon + shmem) << 10),
            _ => kib("Pss:").map(|all| all << 10),
        }
    }
}
