//! Everything that is run is untrusted: bounded in time, memory and output, and gone afterwards.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use crate::project::{Project, findings};

fn suite(run: &str, more: &str) -> Project {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write(
        "guard.toml",
        format!("{more}\n[[suite]]\nname = \"s\"\nrun = '''{run}'''\nresults = \"tap\"\n"),
    );
    project.commit("Policy");
    project.edit("src/lib.rs", "1", "2");
    project
}

#[test]
fn a_command_that_hangs_is_ended_with_all_its_descendants() {
    let mark = format!("31{}", std::process::id());
    let project = suite(&format!("setsid sleep {mark} & sleep {mark}"), "[limits]\ntest = \"2s\"");

    let (code, report) = project.check(&[]);

    assert_eq!(code, 3, "{report:#}");
    assert!(!is_running(&format!("sleep {mark}")), "a child is still there");
}

#[test]
fn a_command_that_prints_a_gigabyte_is_ended() {
    let project = suite("yes | head -c 1100000000", "[limits]\noutput = \"16MiB\"");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.contains("`limits.output`") && !headline.contains("y y"), "{headline}");
}

#[test]
fn a_command_that_is_killed_is_no_pass_and_no_crash_of_guard() {
    let project = suite("kill -9 $$", "");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
}

#[test]
fn a_transcript_with_a_line_of_300_mib_is_read_without_holding_it() {
    let project = Project::empty();
    let path = project.beside("session.jsonl");
    let record = |uuid: &str, parent: &str, kind: &str, text: &str| {
        format!(
            "{{\"type\":\"{kind}\",\"uuid\":\"{uuid}\",\"parentUuid\":{parent},\"sessionId\":\"s\",\"message\":{{\"role\":\"{kind}\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}}}\n"
        )
    };
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(record("a", "null", "user", "Do it.").as_bytes()).unwrap();
    file.write_all(b"{\"type\":\"user\",\"uuid\":\"b\",\"parentUuid\":\"a\",\"toolUseResult\":\"").unwrap();
    // A hole takes no room on the disk.
    file.seek(SeekFrom::Start(300 << 20)).unwrap();
    file.write_all(format!("\"}}\n{}", record("c", "\"b\"", "assistant", "It is done.")).as_bytes()).unwrap();

    let guard = env!("CARGO_BIN_EXE_guard");
    let script = format!("ulimit -d 131072; exec '{guard}' session show '{}'", path.display());
    let output = project.command("sh", &["-c", &script]).output().unwrap();

    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("3 records, 0 of unknown type, 1 broken"), "{shown}");
    assert!(shown.contains("note: lines of more than 32 MiB are left out"), "{shown}");
    assert!(shown.contains("Do it.") && shown.contains("final message  It is done."), "{shown}");
}

#[test]
fn an_interrupted_run_leaves_no_child_and_says_130() {
    let mark = format!("32{}", std::process::id());
    let project = suite(&format!("sleep {mark}"), "[limits]\ntest = \"5min\"");
    let pid_file = project.beside("pid");
    let guard = env!("CARGO_BIN_EXE_guard");
    let script = format!("'{guard}' check --offline & echo $! > '{}'; wait $!", pid_file.display());
    let mut command = project.command("sh", &["-c", &script]);
    let interrupter = std::thread::spawn(move || {
        let begun = Instant::now();
        while !is_running(&format!("sleep {mark}")) && begun.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let pid = fs::read_to_string(&pid_file).unwrap();
        assert!(
            assert_cmd::Command::new("kill").args(["-TERM", pid.trim()]).output().unwrap().status.success()
        );
        mark
    });
    let output = command.output().unwrap();
    let mark = interrupter.join().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!is_running(&format!("sleep {mark}")), "a child is still there");
}

#[test]
fn an_interrupted_run_ends_also_where_nothing_can_be_told_to_end() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.edit("src/lib.rs", "1", "2");
    let pipe = project.beside("message");
    let guard = env!("CARGO_BIN_EXE_guard");
    // The write end opens only once guard waits for what is never written.
    let script = format!(
        "mkfifo '{0}'; '{guard}' check --mode quick --message '{0}' & exec 3> '{0}'; kill -TERM $!; wait $!",
        pipe.display()
    );
    let output = project.command("sh", &["-c", &script]).timeout(Duration::from_secs(60)).output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_killed_run_leaves_no_child_and_the_next_run_works() {
    let mark = format!("33{}", std::process::id());
    let project = suite(&format!("sleep {mark}"), "[limits]\ntest = \"5min\"");
    let pid_file = project.beside("pid");
    let guard = env!("CARGO_BIN_EXE_guard");
    let script = format!("'{guard}' check --offline & echo $! > '{}'; wait $!", pid_file.display());
    let before = tree(&project);
    let mut command = project.command("sh", &["-c", &script]);
    let killer = std::thread::spawn(move || {
        let begun = Instant::now();
        while !is_running(&format!("sleep {mark}")) && begun.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let pid = fs::read_to_string(&pid_file).unwrap();
        assert!(
            assert_cmd::Command::new("kill").args(["-KILL", pid.trim()]).output().unwrap().status.success()
        );
        mark
    });
    let _ = command.output().unwrap();
    let mark = killer.join().unwrap();
    let begun = Instant::now();
    while is_running(&format!("sleep {mark}")) && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!is_running(&format!("sleep {mark}")), "a child is still there");
    assert_eq!(tree(&project), before, "the repository was touched");

    project.write(
        "guard.toml",
        "[[suite]]\nname = \"s\"\nrun = \"printf '1..1\\nok 1 - a\\n'\"\nresults = \"tap\"\n",
    );
    project.commit("Shorter");
    project.edit("src/lib.rs", "2", "3");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn tests_cannot_write_outside_the_scratch_area_or_reach_the_network() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    let outside = project.beside("outside");
    project.write(
        "tests/escape.rs",
        format!(
            "#[test]\nfn writes_outside() {{\n    std::fs::write({outside:?}, \"x\").unwrap();\n}}\n\n\
             #[test]\nfn loopback_works() {{\n    let l = std::net::TcpListener::bind(\"127.0.0.1:0\").unwrap();\n    std::net::TcpStream::connect(l.local_addr().unwrap()).unwrap();\n}}\n"
        ),
    );

    let (_, report) = project.check(&[]);

    if report["sandbox"]["writes_confined"] == true {
        assert!(!outside.exists());
        assert!(findings(&report).iter().any(|f| f.contains("failing-test")), "{:#}", report["findings"]);
    }
    let failing = report["findings"].to_string();
    assert!(!failing.contains("loopback_works"), "{failing}");
}

#[test]
fn nothing_of_the_users_is_touched() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write("staged.txt", "staged\n");
    project.git(&["add", "staged.txt"]);
    project.write("src/lib.rs", "pub fn one() -> u32 {\n    2\n}\n");
    project.write("untracked.txt", "untracked\n");
    let before = tree(&project);

    for args in [
        &["--mode", "commit"][..],
        &["--staged"],
        &["--mode", "quick"],
        &["--base", "HEAD", "--head", "HEAD"],
    ] {
        project.check(args);
        assert_eq!(tree(&project), before, "{args:?}");
    }
}

/// Path, size, time of change and content hash of every file of the repository, `.git` included.
fn tree(project: &Project) -> Vec<String> {
    let root = project.root();
    let mut all: Vec<String> = walkdir::WalkDir::new(&root)
        .into_iter()
        .flatten()
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            let meta = e.metadata().unwrap();
            let text = fs::read(e.path()).unwrap();
            let path = e.path().strip_prefix(&root).unwrap().display().to_string();
            format!(
                "{path} {:?} {} {:?}",
                meta.modified().unwrap(),
                text.len(),
                text.iter().fold(0u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(*b)))
            )
        })
        .collect();
    all.sort();
    all
}

/// Whether a process with this command line runs.
fn is_running(command: &str) -> bool {
    let wanted: Vec<u8> = command.bytes().map(|b| if b == b' ' { 0 } else { b }).collect();
    fs::read_dir("/proc").unwrap().flatten().any(|e| {
        fs::read(e.path().join("cmdline"))
            .is_ok_and(|line| line.strip_suffix(b"\0").unwrap_or(&line) == wanted)
    })
}
