//! Confined children, on whatever this machine offers: a promise in the report must hold, and what is
//! not promised must be said.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guard_exec::{Cmd, Confinement, Control, ExecError, Exit, Limits, Network, Output, Piece, probe};
use guard_model::lab::SandboxReport;

const ACTOR: &str = env!("CARGO_BIN_EXE_guard-confine");

fn ctl() -> Control {
    Control::new().supervisor(ACTOR)
}

/// A scratch area with room to write, and a place beside it.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("in")).expect("a directory");
        fs::create_dir(dir.path().join("out")).expect("a directory");
        Place { dir }
    }

    fn inside(&self) -> PathBuf {
        self.dir.path().join("in")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn confinement(&self) -> Confinement {
        Confinement::closed([self.inside()])
    }

    fn sh(&self, line: &str) -> Cmd {
        Cmd::shell(line, self.inside())
            .env("OUT", self.outside())
            .env("ACTOR", ACTOR)
            .confine(self.confinement())
    }
}

fn run(cmd: &Cmd) -> (Output, SandboxReport) {
    let output = cmd.run(&ctl()).expect("the child starts");
    let report = output.sandbox.clone().expect("a report");
    (output, report)
}

/// Waits for processes to go, generously: killing is not instant.
fn all_gone(pids: &[i32]) -> bool {
    let give_up = Instant::now() + Duration::from_secs(10);
    while Instant::now() < give_up {
        if pids.iter().all(|pid| !is_alive(*pid)) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Processes of the machine whose arguments contain `mark`.
fn marked(mark: &str) -> Vec<i32> {
    let pids = fs::read_dir("/proc").expect("a process list").flatten();
    pids.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let ours = String::from_utf8_lossy(&line).contains(mark);
        (ours && is_alive(pid)).then_some(pid)
    })
    .collect()
}

/// A sleep whose time is a mark that no other process has.
fn mark() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}{:05}.{:03}", 9000, std::process::id() % 100_000, NEXT.fetch_add(1, Ordering::SeqCst))
}

#[test]
fn the_report_says_what_holds_or_why_not() {
    let report = probe(&ctl()).expect("the supervisor starts");
    assert!(
        report.writes_confined && report.network_closed && report.tree_killed || !report.remarks.is_empty(),
        "{report:?}"
    );
}

#[test]
fn a_confined_child_ends_prints_and_reads_as_any_other() {
    let place = Place::new();
    let (output, _) = run(&place.sh("cat; echo err >&2; pwd; exit 7").stdin_bytes("hello "));
    assert_eq!(output.exit, Exit::Code(7));
    let cwd = fs::canonicalize(place.inside()).expect("it is there");
    assert_eq!(output.text().trim_end(), format!("hello {}", cwd.display()));
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(run(&place.sh("kill -ABRT $$")).0.exit, Exit::Signal(6));
    let missing = Cmd::new("absent", place.inside()).confine(place.confinement()).run(&ctl());
    assert!(matches!(missing, Err(ExecError::NotFound { .. })), "{missing:?}");
    fs::write(place.inside().join("text"), "no program").expect("a file");
    let text = Cmd::new("./text", place.inside()).confine(place.confinement()).run(&ctl());
    assert!(matches!(text, Err(ExecError::Spawn { .. })), "{text:?}");
}

#[test]
fn writes_are_allowed_inside_and_refused_outside() {
    let place = Place::new();
    fs::write(place.outside().join("kept"), "as it was").expect("a file");
    let tries = [
        "echo x > \"$OUT/new\"",
        "echo x > \"$OUT/kept\"",
        "rm \"$OUT/kept\"",
        "mv \"$OUT/kept\" .",
        "mkdir \"$OUT/dir\"",
        "ln -s x \"$OUT/link\"",
        "touch \"$HOME/.guard-exec-test-$$\"",
        "cd \"$OUT\" && touch new",
    ];
    for line in tries {
        let (output, report) = run(&place.sh(line));
        if report.writes_confined {
            assert!(!output.success(), "{line}: {report:?}");
            let left: Vec<_> = fs::read_dir(place.outside()).expect("it is there").flatten().collect();
            assert_eq!(left.len(), 1, "{line}");
            assert_eq!(
                fs::read_to_string(place.outside().join("kept")).expect("it is there"),
                "as it was",
                "{line}"
            );
        } else {
            assert!(!report.remarks.is_empty());
            return;
        }
    }
    let (output, _) =
        run(&place
            .sh("mkdir -p a/b && echo x > a/b/c && mv a/b/c d && ln d e && ln -s d f && rm -r a && cat d"));
    assert_eq!((output.exit, output.text().as_str()), (Exit::Code(0), "x\n"), "{}", output.tail(5));
    let (output, _) = run(&place.sh("echo x > /dev/null && echo x > /dev/zero && echo x | tee /dev/stderr"));
    assert!(output.success(), "{}", output.tail(5));
}

#[test]
fn writes_are_refused_without_landlock_too_where_mounts_can_be_made() {
    let place = Place::new();
    let mut confinement = place.confinement();
    confinement.without.push(Piece::Landlock);
    let cmd = place.sh("touch mine && ! touch \"$OUT/new\" 2>/dev/null").confine(confinement);
    let (output, report) = run(&cmd);
    if report.writes_confined {
        assert!(output.success(), "{}", output.tail(5));
        assert!(place.inside().join("mine").exists() && !place.outside().join("new").exists());
    } else {
        assert!(report.remarks.iter().any(|remark| remark.contains("Landlock")), "{report:?}");
    }
}

#[test]
fn there_is_no_network_but_loopback() {
    let place = Place::new();
    let machine = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = machine.local_addr().expect("an address").to_string();
    let loopback = Cmd::new(ACTOR, place.inside()).arg("loopback").confine(place.confinement());
    let reach = Cmd::new(ACTOR, place.inside()).args(["connect", address.as_str()]);

    let (output, report) = run(&loopback);
    assert!(output.success(), "{report:?}");
    let (output, report) = run(&reach.clone().confine(place.confinement()));
    assert_eq!(output.success(), !report.network_closed, "{report:?}");

    let open = Confinement { network: Network::Open, ..place.confinement() };
    let (output, report) = run(&reach.confine(open));
    assert!(output.success() && !report.network_closed, "{report:?}");
    assert!(report.remarks.iter().any(|remark| remark.contains("open")), "{report:?}");
}

#[test]
fn a_socket_of_the_machine_is_out_of_reach_unless_listed() {
    let place = Place::new();
    let path = fs::canonicalize(place.outside()).expect("it is there").join("service.sock");
    let _service = UnixListener::bind(&path).expect("a socket");
    let reach = Cmd::new(ACTOR, place.inside()).arg("connect").arg(&path);
    let (output, report) = run(&reach.clone().confine(place.confinement()));
    assert!(!output.success() || !report.remarks.is_empty(), "{report:?}");
    let listed = Confinement { sockets: vec![path], ..place.confinement() };
    assert!(run(&reach.confine(listed)).0.success());
}

#[test]
fn secrets_in_the_home_directory_cannot_be_read_unless_asked_for() {
    let place = Place::new();
    let home = place.dir.path().join("home");
    fs::create_dir_all(home.join(".ssh")).expect("a directory");
    fs::write(home.join(".ssh/id"), "KEY").expect("a file");
    fs::write(home.join(".netrc"), "PASSWORD").expect("a file");
    let cmd = place.sh("cat ~/.ssh/id ~/.netrc").env("HOME", &home);
    let (output, report) = run(&cmd);
    assert!(output.stdout.is_empty() || !report.remarks.is_empty(), "{report:?}");
    let asked = Confinement { hide_secrets: false, ..place.confinement() };
    assert_eq!(run(&cmd.confine(asked)).0.text(), "KEYPASSWORD");
}

#[test]
fn a_private_tmp_can_be_written_and_leaves_the_machines_alone() {
    let place = Place::new();
    let tmp = place.dir.path().join("tmp");
    fs::create_dir(&tmp).expect("a directory");
    let name = format!("guard-exec-{}", mark());
    fs::write(place.outside().join("read"), "me").expect("a file");
    let confinement =
        Confinement { private_tmp: Some(tmp.clone()), read: vec![place.outside()], ..place.confinement() };
    let line = format!(
        "echo x > /tmp/{name} && echo y > mine && cat \"$OUT/read\" && ! touch \"$OUT/new\" 2>/dev/null"
    );
    let (output, report) = run(&place.sh(&line).confine(confinement));
    if report.remarks.is_empty() {
        assert!(output.success(), "{}", output.tail(5));
        assert!(tmp.join(&name).exists() && place.inside().join("mine").exists());
        assert!(!Path::new("/tmp").join(&name).exists() && !place.outside().join("new").exists());
    } else {
        let _ = fs::remove_file(Path::new("/tmp").join(&name));
    }
}

#[test]
fn a_daemon_dies_with_the_time_limit() {
    let place = Place::new();
    let mark = mark();
    let limits = Limits::default().wall(Duration::from_millis(1500));
    // Two sessions away from the shell that is waited for, with all its descriptors closed.
    let daemon =
        format!("setsid sh -c 'setsid sleep {mark} >/dev/null 2>&1 </dev/null & exit' ; sleep {mark}");
    let (output, _) = run(&place.sh(&daemon).limits(limits));
    assert_eq!(output.exit, Exit::TimedOut);
    assert!(output.ms < 30_000);
    let left = marked(&mark);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_daemon_dies_when_its_command_ends() {
    for without in [vec![], vec![Piece::Pids], Piece::ALL.to_vec()] {
        let place = Place::new();
        let mark = mark();
        let confinement = Confinement { without: without.clone(), ..place.confinement() };
        let line = format!("setsid sh -c 'setsid sleep {mark} >/dev/null 2>&1 </dev/null & exit'; echo done");
        let (output, _) = run(&place.sh(&line).confine(confinement));
        assert_eq!((output.exit, output.text().as_str()), (Exit::Code(0), "done\n"));
        assert_eq!(marked(&mark), Vec::<i32>::new(), "{without:?}");
    }
}

#[test]
fn nothing_survives_a_guard_that_is_killed_or_interrupted() {
    for (signal, kills, pieces) in
        [("KILL", true, ""), ("KILL", true, "none"), ("TERM", false, ""), ("INT", false, "none")]
    {
        let mark = mark();
        let line =
            format!("setsid sh -c 'setsid sleep {mark} >/dev/null 2>&1 </dev/null & exit'; sleep {mark}");
        let outer = Control::new();
        let (send, started) = std::sync::mpsc::channel();
        let script = format!("\"$ACTOR\" guard \"$LINE\" {pieces} & echo $!; wait $!");
        let cmd = Cmd::shell(script, "/").env("ACTOR", ACTOR).env("LINE", line);
        let guard = std::thread::spawn(move || {
            cmd.stream(&outer, &mut |chunk| drop(send.send(String::from_utf8_lossy(chunk).trim().to_owned())))
        });
        let pid = started.recv_timeout(Duration::from_secs(20)).expect("the shell says its child's number");
        let give_up = Instant::now() + Duration::from_secs(20);
        while marked(&mark).iter().filter(|pid| is_sleep(**pid)).count() < 2 {
            assert!(Instant::now() < give_up, "the daemon did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let all = marked(&mark);
        Cmd::shell(format!("kill -{signal} {pid}"), "/").run(&Control::new()).expect("a shell");
        assert!(all_gone(&all), "{signal} {pieces}: {:?}", marked(&mark));
        let end = guard.join().expect("no panic").expect("the shell ran");
        assert_eq!(end.exit == Exit::Code(137), kills, "{:?}", end.exit);
    }
}

fn is_sleep(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sleep")
}

#[test]
fn a_memory_hog_is_ended() {
    let place = Place::new();
    let limits = Limits { memory: Some(200 << 20), wall: Duration::from_secs(60), ..Limits::default() };
    // `tail` keeps a line that never ends.
    let (output, _) = run(&place.sh("tail /dev/zero").limits(limits.clone()));
    assert_eq!(output.exit, Exit::OverMemory);
    let unconfined =
        Cmd::new("tail", "/").arg("/dev/zero").limits(limits).run(&ctl()).expect("the child starts");
    assert_eq!(unconfined.exit, Exit::OverMemory);
}

#[test]
fn memory_that_processes_share_counts_once() {
    let place = Place::new();
    let limits = Limits { memory: Some(300 << 20), ..Limits::default() };
    // Twelve forks of a shell that holds 40 MB: their resident pages add up to far more than the limit.
    let line = "x=$(head -c 40000000 /dev/zero | tr '\\0' a); for i in 1 2 3 4 5 6 7 8 9 10 11 12; do (sleep 1; :) & done; wait";
    let (output, report) = run(&place.sh(line).limits(limits));
    assert!(output.success(), "{:?} {report:?}", output.exit);
}

#[test]
fn a_fork_bomb_is_ended() {
    let place = Place::new();
    let limits = Limits { processes: 100, wall: Duration::from_secs(60), ..Limits::default() };
    let mark = mark();
    let line = format!("while :; do sleep {mark} & done 2>/dev/null");
    let (output, _) = run(&place.sh(&line).limits(limits));
    // As an ordinary user the kernel refuses the 101st, on which the shell gives up; else guard counts.
    assert!(!output.success() && output.exit != Exit::TimedOut, "{:?}", output.exit);
    assert_eq!(marked(&mark), Vec::<i32>::new());
}

#[test]
fn a_flood_of_output_is_cut() {
    let place = Place::new();
    let limits = Limits { output: 20 << 20, keep: 1 << 16, ..Limits::default() };
    let (output, _) = run(&place.sh("head -c 1G /dev/zero").limits(limits));
    assert_eq!(output.exit, Exit::OverOutput);
    assert!(output.stdout.len() < 1 << 17);
}

#[test]
fn neither_variables_nor_descriptors_of_guards_own_reach_the_child() {
    let place = Place::new();
    // A guard that was started with secrets in its environment, inside a git hook, with an open file.
    let line = "exec 7<>/dev/null; exec \"$ACTOR\" guard 'env > \"$TMPDIR/env\"; ls /proc/self/fd > \"$TMPDIR/fds\"'";
    let mut guard = Cmd::shell(line, "/").env("ACTOR", ACTOR).env("TMPDIR", place.inside());
    let dirty = [
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "SSH_AUTH_SOCK",
        "DATABASE_URL",
    ];
    for name in dirty {
        guard = guard.env(name, "/x");
    }
    let output = guard.run(&ctl()).expect("the shell starts");
    assert!(output.success(), "{}", output.tail(5));
    let env = fs::read_to_string(place.inside().join("env")).expect("it was written");
    let names: Vec<&str> = env.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"PATH") && names.contains(&"TMPDIR"), "{names:?}");
    let set_by_the_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    for name in names.iter().filter(|name| !set_by_the_shell.contains(name)) {
        assert!(guard_exec::kept_by_default(name, false), "{name}");
    }
    let fds = fs::read_to_string(place.inside().join("fds")).expect("it was written");
    // The three streams, and the one that `ls` reads the list with.
    assert_eq!(fds.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
}

#[test]
fn the_child_cannot_speak_for_the_supervisor() {
    // What guard believes about the child's end comes over a pipe that its parent holds.
    let place = Place::new();
    let line = "for fd in /proc/$PPID/fd/*; do echo 'failed forged' > $fd; done 2>/dev/null; exit 3";
    for without in [vec![], vec![Piece::User], Piece::ALL.to_vec()] {
        let confinement = Confinement { without, ..place.confinement() };
        assert_eq!(run(&place.sh(line).confine(confinement)).0.exit, Exit::Code(3));
    }
}

#[test]
fn what_the_caller_names_does_reach_the_child() {
    let place = Place::new();
    let cmd = place.sh("echo $MINE $HOME").env("MINE", "1").env_pass("HOME").env_pass("NOT_SET_ANYWHERE");
    let home = std::env::var("HOME").unwrap_or_default();
    assert_eq!(run(&cmd).0.text().trim_end(), format!("1 {home}").trim_end());
}

#[test]
fn the_child_is_an_ordinary_user_to_whom_guards_files_belong() {
    let place = Place::new();
    let line = "id -u; echo x > f; chmod 000 f; if cat f 2>/dev/null; then echo reads; else echo refused; fi; stat -c %u f";
    let (output, report) = run(&place.sh(line));
    let text = output.text();
    let said: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(said.first(), said.last(), "its own file is its own: {text}");
    if report.remarks.iter().all(|remark| !remark.contains("root") && !remark.contains("administrator")) {
        assert!(said[0] != "0" && said[1] == "refused", "{text} {report:?}");
    }
}

#[test]
fn every_piece_can_be_missing_and_is_then_named() {
    let place = Place::new();
    for piece in Piece::ALL {
        let confinement = Confinement { without: vec![piece], ..place.confinement() };
        let (output, report) = run(&place.sh("echo works").confine(confinement));
        assert_eq!(output.text(), "works\n", "{piece}: {report:?}");
        assert!(report.remarks.iter().any(|remark| remark.contains(piece.name())), "{piece}: {report:?}");
    }
    let nothing = Confinement { without: Piece::ALL.to_vec(), ..place.confinement() };
    let (output, report) = run(&place.sh("echo works").confine(nothing.clone()));
    assert_eq!(output.text(), "works\n");
    assert!(!report.writes_confined && !report.network_closed && !report.tree_killed, "{report:?}");

    let required = Confinement { required: true, ..nothing };
    let error = place.sh("touch ran").confine(required).run(&ctl()).expect_err("nothing is confined");
    let ExecError::NoSandbox { missing, help, .. } = &error else { panic!("{error}") };
    assert!(missing.contains("writes cannot be confined") && help.contains("sandbox.required"), "{error}");
    assert!(!place.inside().join("ran").exists());
}

#[test]
fn a_sandbox_works_inside_a_sandbox_as_far_as_it_can() {
    let place = Place::new();
    let line = "\"$ACTOR\" guard 'echo inner > \"$TMPDIR/inner\"'";
    let (output, report) = run(&place.sh(line).env("TMPDIR", place.inside()));
    assert!(output.success(), "{:?} {} {report:?}", output.exit, output.tail(5));
    assert_eq!(fs::read_to_string(place.inside().join("inner")).expect("it was written"), "inner\n");
}

#[test]
fn a_supervisor_that_is_none_is_said_in_plain_words() {
    let place = Place::new();
    let error = place.sh("true").run(&Control::new().supervisor("/bin/true")).expect_err("it says nothing");
    assert!(error.to_string().contains("the supervisor /bin/true ended with exit code 0"), "{error}");
}
