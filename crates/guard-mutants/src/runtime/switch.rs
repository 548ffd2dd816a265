// The crate that woven code calls. Compiled with the project's own compiler and linked into its tests, so it
// depends on nothing but std, and it may not panic, allocate in a hot path, or print.
#![allow(static_mut_refs)]

use std::cell::{Cell, UnsafeCell};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

/// Which mutant is switched on: 0 is none.
///
/// Written once before `main`. A `static mut`, because a `const fn` may read that and nothing else.
static mut ACTIVE: u32 = 0;
/// No mutant, but note which places are reached.
const TRACE: u32 = u32::MAX;
/// Places in `const fn`s that were reached: those cannot note more than that.
static mut TOUCHED: [bool; PLACES] = [false; PLACES];
/// Places beyond these are noted, but not counted.
const PLACES: usize = 1 << 16;

/// How often each place was reached while tracing.
static REACHED: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];

/// How often the active mutant may be met before this counts as a loop without end.
static mut LIMIT: u64 = u64::MAX;
static MET: AtomicU64 = AtomicU64::new(0);
/// Exit code of a process that met its mutant too often. Agrees with the runner's.
const EXIT_ENDLESS: i32 = 94;

/// Which of the `count` mutants from `first` on is active, from 1; 0 for none.
#[inline(always)]
pub fn at(first: u32, count: u32) -> u32 {
    // Read only, once `main` runs.
    let active = unsafe { ACTIVE };
    let index = active.wrapping_sub(first);
    if index < count {
        meet();
        return index + 1;
    }
    if active == TRACE {
        note(first);
    }
    0
}

/// [`at`] for a `const fn`.
#[inline(always)]
pub const fn at_const(first: u32, count: u32) -> u32 {
    let active = unsafe { ACTIVE };
    let index = active.wrapping_sub(first);
    if index < count {
        return index + 1;
    }
    if active == TRACE && (first as usize) < PLACES {
        // Every writer writes the same.
        unsafe { TOUCHED[first as usize] = true };
    }
    0
}

/// Reads a function's own static: a program that holds the one holds the other.
#[inline(always)]
pub fn linked(own: &'static u8) {
    let _ = unsafe { std::ptr::read_volatile(own) };
}

/// Whether a match arm stays.
#[inline(always)]
pub fn keep(id: u32) -> bool {
    at(id, 1) == 0
}

/// [`keep`] for a `const fn`.
#[inline(always)]
pub const fn keep_const(id: u32) -> bool {
    at_const(id, 1) == 0
}

#[cold]
#[inline(never)]
fn meet() {
    let met = MET.fetch_add(1, Ordering::Relaxed);
    if met >= unsafe { LIMIT } {
        extern "C" {
            fn _exit(code: i32) -> !;
        }
        unsafe { _exit(EXIT_ENDLESS) }
    }
}

thread_local! {
    /// Places this thread has noted, a bit each.
    static NOTED: UnsafeCell<Vec<u64>> = const { UnsafeCell::new(Vec::new()) };
    /// This thread is noting: the code that it calls may be woven, too.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

static NOTES: OnceLock<Option<File>> = OnceLock::new();

/// Notes once a thread that it reached a place: a line `first<TAB>thread`. One write each, so that a process
/// that is killed has noted all that it reached.
#[cold]
#[inline(never)]
fn note(first: u32) {
    if let Some(reached) = REACHED.get(first as usize) {
        reached.fetch_add(1, Ordering::Relaxed);
    }
    let _ = BUSY.try_with(|busy| {
        if busy.replace(true) {
            return;
        }
        let _ = NOTED.try_with(|noted| {
            // Only this thread comes here, and not twice at once.
            let noted = unsafe { &mut *noted.get() };
            let (word, bit) = (first as usize / 64, 1u64 << (first % 64));
            if noted.len() <= word {
                noted.resize(word + 1, 0);
            }
            if noted[word] & bit == 0 {
                noted[word] |= bit;
                let thread = std::thread::current();
                write_line(&format!("{first}\t{}\n", thread.name().unwrap_or("")));
            }
        });
        busy.set(false);
    });
}

fn write_line(line: &str) {
    let file = NOTES.get_or_init(|| {
        let dir = std::env::var_os("GUARD_MUTANT_NOTES").or_else(|| inherited("GUARD_MUTANT_NOTES").map(Into::into))?;
        let name = format!("{}", std::process::id());
        let mut file = OpenOptions::new().create(true).append(true).open(std::path::Path::new(&dir).join(name)).ok()?;
        let program = std::env::current_exe().unwrap_or_default();
        let _ = file.write_all(format!("program\t{}\n", program.display()).as_bytes());
        Some(file)
    });
    if let Some(mut file) = file.as_ref() {
        let _ = file.write_all(line.as_bytes());
    }
}

extern "C" fn at_exit() {
    let touched = unsafe { &TOUCHED };
    for (first, _) in touched.iter().enumerate().filter(|(_, t)| **t) {
        write_line(&format!("{first}\t\n"));
    }
    let counts = REACHED.iter().map(|r| r.load(Ordering::Relaxed)).enumerate();
    for (first, count) in counts.filter(|(_, count)| *count > 0) {
        write_line(&format!("count\t{first}\t{count}\n"));
    }
}

/// A variable of the nearest process above that has it: tests start programs with an empty environment.
#[cfg(target_os = "linux")]
fn inherited(name: &str) -> Option<String> {
    let mut pid = parent_of("self")?;
    for _ in 0..16 {
        if let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) {
            let mut all = environment.split(|b| *b == 0).filter_map(|v| std::str::from_utf8(v).ok());
            if let Some(value) = all.find_map(|v| v.strip_prefix(name)?.strip_prefix('=')) {
                return Some(value.to_owned());
            }
        }
        pid = parent_of(&pid)?;
    }
    None
}

#[cfg(target_os = "linux")]
fn parent_of(pid: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the program's name, which may hold anything: state, parent.
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
    (parent != "0" && parent != "1").then(|| parent.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn inherited(_name: &str) -> Option<String> {
    None
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

extern "C" fn start() {
    let Some(active) = variable("GUARD_MUTANT").or_else(|| inherited("GUARD_MUTANT")) else { return };
    if active == "trace" {
        extern "C" {
            fn atexit(f: extern "C" fn()) -> i32;
        }
        unsafe {
            ACTIVE = TRACE;
            atexit(at_exit);
        }
    } else if let Ok(id) = active.parse::<u32>() {
        let limit = variable("GUARD_MUTANT_LIMIT").and_then(|l| l.parse().ok());
        unsafe {
            ACTIVE = id;
            LIMIT = limit.unwrap_or(u64::MAX);
        }
    }
}

/// Runs before `main`, in test programs and in programs that they start.
#[used]
#[cfg_attr(any(target_os = "linux", target_os = "android", target_os = "freebsd"), link_section = ".init_array")]
#[cfg_attr(target_vendor = "apple", link_section = "__DATA,__mod_init_func")]
#[cfg_attr(windows, link_section = ".CRT$XCU")]
static START: extern "C" fn() = start;
