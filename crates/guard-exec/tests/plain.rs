//! Children without a sandbox: what trusted tools get.

use std::time::{Duration, Instant};

use guard_exec::{Cmd, Control, ExecError, Exit, Limits, Output, Piped};

fn sh(line: &str) -> Cmd {
    Cmd::shell(line, "/")
}

fn run(cmd: &Cmd) -> Output {
    cmd.run(&Control::new()).expect("the child starts")
}

#[test]
fn what_a_child_prints_and_how_it_ends_comes_back() {
    let output = run(&sh("echo out; echo err >&2; exit 3"));
    assert_eq!((output.exit, output.text().as_str()), (Exit::Code(3), "out\n"));
    assert_eq!(output.tail(5), "err");
    assert_eq!(run(&sh("kill -SEGV $$")).exit, Exit::Signal(11));
}

#[test]
fn a_large_input_and_a_large_answer_do_not_block_each_other() {
    let input: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let output = run(&Cmd::new("cat", "/").stdin_bytes(input.clone()));
    assert!(output.success() && output.stdout == input);
}

#[test]
fn a_child_need_not_read_its_input() {
    let output = run(&Cmd::new("true", "/").stdin_bytes(vec![0; 1 << 20]));
    assert!(output.success());
}

#[test]
fn merged_streams_keep_the_order_of_writing() {
    let output = run(&sh("for i in 1 2 3; do echo o$i; echo e$i >&2; done").merge_stderr());
    assert_eq!(output.text(), "o1\ne1\no2\ne2\no3\ne3\n");
    assert!(output.stderr.is_empty());
}

#[test]
fn a_stream_arrives_in_chunks_and_is_not_kept() {
    let mut seen = Vec::new();
    let output = sh("seq 1 100000").stream(&Control::new(), &mut |chunk| seen.extend_from_slice(chunk));
    let output = output.expect("the child starts");
    assert!(output.success() && output.stdout.is_empty());
    assert_eq!(seen.iter().filter(|b| **b == b'\n').count(), 100_000);
}

#[test]
fn a_missing_program_and_a_missing_directory_are_said_in_plain_words() {
    let error = Cmd::new("no-such-program", "/").run(&Control::new()).expect_err("there is none");
    assert_eq!(error.to_string(), "`no-such-program` is not installed or not on PATH");
    let error = Cmd::new("true", "/no/such/dir").run(&Control::new()).expect_err("there is none");
    assert!(matches!(error, ExecError::NoDirectory { .. }), "{error}");
    let error = Cmd::new("./absent", "/").run(&Control::new()).expect_err("there is none");
    assert!(matches!(error, ExecError::NotFound { .. }), "{error}");
}

#[test]
fn a_child_that_hangs_is_ended_with_its_children() {
    let limits = Limits::default().wall(Duration::from_millis(300));
    let output = run(&sh("sleep 1000 & setsid sleep 1000 & echo $! ; wait").limits(limits));
    assert_eq!(output.exit, Exit::TimedOut);
    assert!(output.ms < 20_000);
    let stray: i32 = output.text().trim().parse().expect("the shell printed a process id");
    assert!(dies(stray), "a child in a session of its own outlived its parent");
}

#[test]
fn a_child_that_leaves_something_holding_its_pipe_does_not_hold_guard() {
    let output = run(&sh("sleep 1000 & echo done"));
    assert_eq!((output.exit, output.text().as_str()), (Exit::Code(0), "done\n"));
    assert!(output.ms < 20_000);
}

#[test]
fn a_child_that_prints_without_end_is_cut_and_its_beginning_and_end_are_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("log");
    let limits = Limits { output: 50 << 20, keep: 1 << 10, ..Limits::default() };
    let output = run(&sh("echo first; yes").limits(limits).log_to(&log));
    assert_eq!(output.exit, Exit::OverOutput);
    assert!(output.stdout.starts_with(b"first\n") && output.stdout.len() < 2048, "{}", output.stdout.len());
    assert!(output.truncated());
    assert_eq!(std::fs::metadata(log).expect("the log").len(), 50 << 20);
}

#[test]
fn an_interrupt_ends_what_runs_and_refuses_what_comes() {
    let ctl = Control::new();
    let hand = ctl.clone();
    let waiting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        hand.interrupt();
    });
    let output = sh("sleep 1000").run(&ctl).expect("the child starts");
    waiting.join().expect("no panic");
    assert_eq!(output.exit, Exit::Interrupted);
    assert!(matches!(sh("true").run(&ctl), Err(ExecError::Interrupted { .. })));
}

#[test]
fn each_command_leaves_one_line_in_the_log_of_the_run() {
    let dir = tempfile::tempdir().expect("a directory");
    let ctl = Control::new();
    ctl.log_commands(&dir.path().join("commands.log")).expect("a log");
    sh("echo 'two\nlines'; exit 4").run(&ctl).expect("the child starts");
    Cmd::new("absent", "/").run(&ctl).expect_err("there is none");
    let log = std::fs::read_to_string(dir.path().join("commands.log")).expect("the log");
    let ends: Vec<Vec<&str>> = log.lines().map(|line| line.split('\t').skip(2).collect()).collect();
    assert_eq!(
        ends,
        [
            ["exit code 4", "/", r"sh -c 'echo '\\''two\nlines'\\''; exit 4'"],
            ["`absent` is not installed or not on PATH", "/", "absent"],
        ]
    );
}

#[test]
fn git_answers_through_a_lasting_child() {
    let dir = tempfile::tempdir().expect("a directory");
    let ctl = Control::new();
    let git = |args: &[&str]| Cmd::git(dir.path()).args(args.iter().copied()).run(&ctl).expect("git runs");
    assert!(git(&["init", "-q"]).success());
    let blob = Cmd::git(dir.path()).args(["hash-object", "-w", "--stdin"]).stdin_bytes("hello\nworld");
    let id = blob.run(&ctl).expect("git runs").text();
    let mut cat = Piped::start(&Cmd::git(dir.path()).args(["cat-file", "--batch"]), &ctl).expect("it starts");
    for _ in 0..3 {
        cat.send(id.as_bytes()).expect("it listens");
        let head = String::from_utf8(cat.line().expect("it answers").expect("a line")).expect("text");
        assert_eq!(head, format!("{} blob 11", id.trim()));
        assert_eq!(cat.bytes(12).expect("the blob"), b"hello\nworld\n");
    }
    assert_eq!(cat.finish().expect("it ends"), b"");
}

#[cfg(unix)]
/// A killed process closes its pipes a moment before the kernel says that it is dead.
fn dies(pid: i32) -> bool {
    let give_up = Instant::now() + Duration::from_secs(10);
    while is_alive(pid) && Instant::now() < give_up {
        std::thread::sleep(Duration::from_millis(5));
    }
    !is_alive(pid)
}

fn is_alive(pid: i32) -> bool {
    // A zombie that nobody has reaped yet is dead.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
